// SPDX-License-Identifier: MIT
//
// Casts: DuckDB's answers (vector_cast_table.h), every form of source, TRY_CAST, NULL rows, memory that runs out.
#include "vector_cast_table.h"
#include "vector_helpers.h"

// The text of a cast's result, or '!' and its error.
static Str cast_answer(Bench *bench, const Value *source, Type to) {
  Value result = value_null(to);
  TextBuilder text;
  text_init(&text, &bench->memory);
  error_clear(&bench->error);
  Status status = value_cast(&bench->arena, source, to, &result, &bench->error);
  if (status == OK) {
    value_print(&text, &result);
  } else {
    text_format(&text, "!%s: %s", error_class(status), bench->error.message);
  }
  Str copy = {0};
  CHECK_OK(str_copy(&bench->arena, &bench->error, text_str(&text), &copy), &bench->error);
  text_free(&text);
  return copy;
}

TEST(casts_as_duckdb) {
  Bench bench;
  bench_open(&bench);
  for (size_t i = 0; i < COUNT_OF(CAST_TABLE); i++) {
    Type from = parse_type(&bench, CAST_TABLE[i].from), to = parse_type(&bench, CAST_TABLE[i].to);
    Value text = value_text(str_from(CAST_TABLE[i].value)), source;
    if (value_cast(&bench.arena, &text, from, &source, &bench.error) != OK) {
      UNIT_FAIL("%s does not read as %s: %s", CAST_TABLE[i].value, CAST_TABLE[i].from, bench.error.message);
      continue;
    }
    Str answer = cast_answer(&bench, &source, to);
    if (!str_equal(answer, str_from(CAST_TABLE[i].expected))) {
      UNIT_FAIL("%s '%s' -> %s: got  %.*s\n    expected  %s", CAST_TABLE[i].from, CAST_TABLE[i].value,
                CAST_TABLE[i].to, STR_ARG(answer), CAST_TABLE[i].expected);
    }
    arena_reset(&bench.arena);
  }
  bench_close(&bench);
}

UNIT_MAIN
