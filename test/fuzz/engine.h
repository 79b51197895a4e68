// SPDX-License-Identifier: MIT
//
// engine.h: what the fuzz targets of the whole engine share: a database over files in memory, bounded in memory and time, and statements run to
// their ends, with every value printed and written as Arrow. Whatever the SQL is: an answer, or an error that is no bug of Smew; nothing is kept.
#ifndef SMEW_FUZZ_ENGINE_H
#define SMEW_FUZZ_ENGINE_H

#include <smew.h>
#include <stdlib.h>
#include <string.h>

#include "io/io.h"

#define FUZZ_MEMORY_BYTES (64u << 20)
#define FUZZ_STEPS 60 // of a statement; it is ended then, wherever it is

// In place of the one of io/posix.c, which the link leaves out: what is fuzzed reaches no real file.
Host *host_create_posix(Memory *memory) { return host_create_memory(memory); }

static void require(bool condition) {
  if (!condition) abort();
}

static smew_database *open_engine(uint8_t form) {
  smew_database *database;
  smew_config config = {.memory_limit_bytes = FUZZ_MEMORY_BYTES, .hostile = {.vector_form = form % 3}};
  require(smew_open("/fuzz.smew", &config, &database) == SMEW_OK);
  return database;
}

static void require_no_bug(smew_session *session) {
  require(smew_error(session)->code != SMEW_ERROR_INTERNAL && smew_error(session)->code != SMEW_ERROR_CORRUPT);
}

static void look_at_chunk(smew_statement *statement) {
  const smew_chunk *chunk = smew_statement_chunk(statement);
  for (uint32_t column = 0; column < smew_chunk_column_count(chunk); column++) {
    require(smew_vector_row_count(smew_chunk_vector(chunk, column)) == smew_chunk_row_count(chunk));
    for (uint32_t row = 0; row < smew_chunk_row_count(chunk); row++) {
      smew_text text;
      if (smew_value_text(chunk, column, row, &text) == SMEW_OK) require(text.data[text.length] == 0);
    }
  }
  if (smew_arrow_chunk(statement) == SMEW_ERROR) require_no_bug(smew_statement_session(statement));
}

// Steps a statement to its end, or for as long as one has patience.
static smew_status run_statement(smew_statement *statement) {
  smew_status status = SMEW_YIELD;
  bool described = false;
  for (int i = 0; i < FUZZ_STEPS && status != SMEW_DONE && status != SMEW_ERROR; i++) {
    status = smew_step(statement);
    if (status == SMEW_WAITING) smew_wait(smew_session_database(smew_statement_session(statement)), 1000);
    if (status != SMEW_CHUNK) continue;
    if (!described) (void)smew_arrow_schema(statement);
    described = true;
    look_at_chunk(statement);
  }
  if (described) (void)smew_arrow_end(statement);
  if (status == SMEW_ERROR) require_no_bug(smew_statement_session(statement));
  return status;
}

#endif
