// SPDX-License-Identifier: MIT
//
// arrow.c: a statement's result as an Arrow IPC stream: the writer of format/ and the buffer it writes to, as smew.h shows them.
#include "api/api.h"

void arrow_release(smew_statement *statement) {
  arrow_writer_close(statement->arrow);
  statement->arrow = NULL;
  if (statement->arrow_bytes.memory) text_free(&statement->arrow_bytes);
}

static smew_status answer(smew_statement *statement, Status status) {
  if (status == OK) return SMEW_OK;
  return error_report_fill(&statement->session->report, status, statement->sql);
}

smew_status smew_arrow_schema(smew_statement *statement) {
  if (!statement || !statement->column_types || statement->arrow) return SMEW_MISUSE;
  Error *error = &statement->session->report.error;
  Memory *memory = &statement->session->database->memory;
  const PlannedStatement *planned = &statement->planned;
  Status status =
      arrow_writer_open(&statement->arrow, memory, planned->names, planned->types, planned->column_count, error);
  if (status == OK) {
    text_init(&statement->arrow_bytes, memory);
    status = arrow_write_schema(statement->arrow, &statement->arrow_bytes, error);
    if (status != OK) arrow_release(statement);
  }
  return answer(statement, status);
}

static Status write_batch(smew_statement *statement) {
  if (!arrow_batch_rows(statement->arrow)) return OK;
  return arrow_write_batch(statement->arrow, &statement->arrow_bytes, &statement->session->report.error);
}

static Status add_chunk(smew_statement *statement, const Chunk *chunk) {
  uint32_t at = 0;
  for (;;) {
    TRY(arrow_add_rows(statement->arrow, chunk, at, &at, &statement->session->report.error));
    if (at == chunk->row_count) return OK;
    TRY(write_batch(statement));
  }
}

smew_status smew_arrow_chunk(smew_statement *statement) {
  if (!statement || !statement->arrow || !statement->chunk.chunk) return SMEW_MISUSE;
  return answer(statement, add_chunk(statement, statement->chunk.chunk));
}

uint64_t smew_arrow_pending(const smew_statement *statement) {
  return statement && statement->arrow ? arrow_batch_bytes(statement->arrow) : 0;
}

smew_status smew_arrow_batch(smew_statement *statement) {
  if (!statement || !statement->arrow) return SMEW_MISUSE;
  return answer(statement, write_batch(statement));
}

smew_status smew_arrow_end(smew_statement *statement) {
  if (!statement || !statement->arrow) return SMEW_MISUSE;
  Status status = write_batch(statement);
  if (status == OK) status = arrow_write_end(&statement->arrow_bytes, &statement->session->report.error);
  return answer(statement, status);
}

smew_text smew_arrow_bytes(const smew_statement *statement) {
  if (!statement || !statement->arrow_bytes.length) return (smew_text){"", 0};
  return (smew_text){statement->arrow_bytes.data, statement->arrow_bytes.length};
}

void smew_arrow_clear(smew_statement *statement) {
  if (statement && statement->arrow) text_clear(&statement->arrow_bytes);
}
