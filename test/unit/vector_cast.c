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
      UNIT_FAIL("%s '%s' -> %s: got  %.*s\n    expected  %s", CAST_TABLE[i].from, CAST_TABLE[i].value, CAST_TABLE[i].to,
                STR_ARG(answer), CAST_TABLE[i].expected);
    }
    arena_reset(&bench.arena);
  }
  bench_close(&bench);
}

// Flat, dictionary and constant sources give the same rows.
TEST(every_form_casts_alike) {
  Bench bench;
  bench_open(&bench);
  static const struct {
    const char *from, *to;
    const char *texts[4];
  } CASES[] = {
      {"INTEGER", "BIGINT", {"1", "NULL", "-3", "4"}},
      {"INTEGER", "DOUBLE", {"1", "NULL", "-3", "4"}},
      {"BIGINT", "TINYINT", {"1", "NULL", "-3", "4"}},
      {"DOUBLE", "INTEGER", {"1.5", "NULL", "-2.5", "4"}},
      {"DECIMAL(18,3)", "DECIMAL(38,10)", {"1.5", "NULL", "-2.5", "4"}},
      {"DECIMAL(38,10)", "DECIMAL(4,1)", {"1.55", "NULL", "-2.55", "4"}},
      {"DECIMAL(9,2)", "DOUBLE", {"1.5", "NULL", "-2.5", "4"}},
      {"VARCHAR", "INTEGER", {"1", "NULL", "-3", "4"}},
      {"INTEGER", "VARCHAR", {"1", "NULL", "-3", "4"}},
      {"DATE", "TIMESTAMP", {"2020-01-01", "NULL", "infinity", "1969-12-31"}},
      {"INTEGER[]", "VARCHAR[]", {"[1, 2]", "NULL", "[]", "[NULL, 3]"}},
      {"INTEGER[]", "VARCHAR", {"[1, 2]", "NULL", "[]", "[NULL, 3]"}},
      {"VARCHAR", "INTEGER[]", {"[1, 2]", "NULL", "[]", "[NULL, 3]"}},
      {"INTEGER[]", "INTEGER[2]", {"[1, 2]", "NULL", "[NULL, 4]", "[NULL, 3]"}},
      {"INTEGER[2]", "BIGINT[]", {"[1, 2]", "NULL", "[NULL, 4]", "[NULL, 3]"}},
      {"STRUCT(a INTEGER, b VARCHAR)",
       "STRUCT(b VARCHAR, a DOUBLE, c DATE)",
       {"{'a': 1, 'b': x}", "NULL", "{'a': NULL, 'b': y}", "{'a': 3, 'b': NULL}"}},
      {"MAP(INTEGER, INTEGER)", "MAP(VARCHAR, DOUBLE)", {"{1=2}", "NULL", "{}", "{3=4, 5=NULL}"}},
      {"STRUCT(a INTEGER, b INTEGER)",
       "MAP(VARCHAR, BIGINT)",
       {"{'a': 1, 'b': 2}", "NULL", "{'a': NULL, 'b': 3}", "{'a': 3, 'b': NULL}"}},
      {"INTEGER", "UNION(t VARCHAR, i BIGINT)", {"1", "NULL", "-3", "4"}},
      {"ENUM('a', 'b')", "ENUM('x', 'b', 'a')", {"a", "NULL", "b", "a"}},
      {"VARCHAR", "STRUCT(a INTEGER, b VARCHAR)", {"{a: 1}", "NULL", "{b: x}", "(1, y)"}},
      {"VARCHAR", "MAP(VARCHAR, INTEGER)", {"{a=1}", "NULL", "{}", "{b=2, c=NULL}"}},
      {"VARCHAR", "INTEGER[2]", {"[1, 2]", "NULL", "[NULL, 3]", "[4, 5]"}},
  };
  for (size_t c = 0; c < COUNT_OF(CASES); c++) {
    Type from = parse_type(&bench, CASES[c].from), to = parse_type(&bench, CASES[c].to);
    CastContext context = {.memory = &bench.memory, .error = &bench.error, .position = -1};
    Vector source, flat, slice, sliced, constant, single;
    make_vector(&bench, &source, from, CASES[c].texts, 4);
    CHECK_OK(vector_init(&flat, &bench.memory, to, 8, &bench.error), &bench.error);
    CHECK_OK(vector_init(&sliced, &bench.memory, to, 8, &bench.error), &bench.error);
    CHECK_OK(vector_init(&slice, &bench.memory, from, 0, &bench.error), &bench.error);
    CHECK_OK(vector_init(&constant, &bench.memory, from, 1, &bench.error), &bench.error);
    CHECK_OK(vector_init(&single, &bench.memory, to, 8, &bench.error), &bench.error);
    CHECK_OK(vector_cast(&context, &source, 4, &flat), &bench.error);
    vector_verify(&flat, 4);
    uint32_t rows[6] = {3, 1, 2, 2, 0, 3};
    CHECK_OK(vector_slice(&slice, &source, rows, 6, &bench.error), &bench.error);
    CHECK_OK(vector_cast(&context, &slice, 6, &sliced), &bench.error);
    vector_verify(&sliced, 6);
    for (uint32_t i = 0; i < 6; i++) {
      if (vector_compare_rows(&sliced, i, &flat, rows[i])) UNIT_FAIL("%s -> %s row %u", CASES[c].from, CASES[c].to, i);
    }
    for (uint32_t i = 0; i < 4; i++) {
      Value value;
      CHECK_OK(vector_get_value(&source, i, &bench.arena, &value, &bench.error), &bench.error);
      CHECK_OK(vector_fill_value(&constant, &value, &bench.error), &bench.error);
      CHECK_OK(vector_reset(&single, &bench.error), &bench.error);
      CHECK_OK(vector_cast(&context, &constant, 1000, &single), &bench.error);
      CHECK_EQ_INT(single.form, VECTOR_CONSTANT);
      CHECK_EQ_INT(vector_compare_rows(&single, 999, &flat, i), 0);
    }
    vector_free(&source);
    vector_free(&flat);
    vector_free(&slice);
    vector_free(&sliced);
    vector_free(&constant);
    vector_free(&single);
  }
  bench_close(&bench);
}

TEST(try_cast_makes_null) {
  Bench bench;
  bench_open(&bench);
  static const struct {
    const char *from, *to;
    const char *texts[4], *expected[4];
  } CASES[] = {
      {"VARCHAR", "INTEGER", {"1", "x", "NULL", "4"}, {"1", "NULL", "NULL", "4"}},
      {"INTEGER", "TINYINT", {"1", "300", "NULL", "-129"}, {"1", "NULL", "NULL", "NULL"}},
      {"DOUBLE", "INTEGER", {"1", "nan", "NULL", "1e10"}, {"1", "NULL", "NULL", "NULL"}},
      {"DECIMAL(9,2)", "DECIMAL(4,2)", {"1", "99.99", "100", "-100"}, {"1.00", "99.99", "NULL", "NULL"}},
      {"VARCHAR", "DATE", {"2020-01-01", "x", "NULL", "2020-02-30"}, {"2020-01-01", "NULL", "NULL", "NULL"}},
      {"VARCHAR", "INTEGER[]", {"[1, x]", "x", "NULL", "[]"}, {"[1, NULL]", "NULL", "NULL", "[]"}},
      {"VARCHAR[]", "INTEGER[]", {"[1, x]", "[x]", "NULL", "[]"}, {"[1, NULL]", "[NULL]", "NULL", "[]"}},
      {"INTEGER[]", "INTEGER[2]", {"[1, 2]", "[1]", "NULL", "[]"}, {"[1, 2]", "NULL", "NULL", "NULL"}},
      {"VARCHAR", "STRUCT(a INTEGER)", {"{a: x}", "x", "NULL", "{a: 1}"}, {"{'a': NULL}", "NULL", "NULL", "{'a': 1}"}},
      {"INTEGER", "DATE", {"1", "NULL", "NULL", "2"}, {"NULL", "NULL", "NULL", "NULL"}},
      {"VARCHAR", "BLOB", {"a", "\\x", "NULL", "b"}, {"a", "NULL", "NULL", "b"}},
  };
  for (size_t c = 0; c < COUNT_OF(CASES); c++) {
    Type from = parse_type(&bench, CASES[c].from), to = parse_type(&bench, CASES[c].to);
    CastContext context = {.memory = &bench.memory, .error = &bench.error, .position = -1, .try_cast = true};
    Vector source, result;
    make_vector(&bench, &source, from, CASES[c].texts, 4);
    CHECK_OK(vector_init(&result, &bench.memory, to, 8, &bench.error), &bench.error);
    CHECK_OK(vector_cast(&context, &source, 4, &result), &bench.error);
    for (uint32_t i = 0; i < 4; i++) CHECK_EQ_STR(row_text(&bench, &result, i), CASES[c].expected[i]);
    vector_free(&source);
    vector_free(&result);
  }
  bench_close(&bench);
}

// Rows that are NULL or that no one refers to raise nothing, whatever lies in them.
TEST(unseen_rows_raise_nothing) {
  Bench bench;
  bench_open(&bench);
  const char *const texts[] = {"1", "bad", "2"};
  Vector source, slice, result;
  CastContext context = {.memory = &bench.memory, .error = &bench.error, .position = 7, .source_column = STR("x")};
  make_vector(&bench, &source, TYPE(VARCHAR), texts, 3);
  CHECK_OK(vector_init(&result, &bench.memory, TYPE(INTEGER), 8, &bench.error), &bench.error);
  CHECK_OK(vector_init(&slice, &bench.memory, TYPE(VARCHAR), 0, &bench.error), &bench.error);
  uint32_t rows[2] = {2, 0};
  CHECK_OK(vector_slice(&slice, &source, rows, 2, &bench.error), &bench.error);
  CHECK_OK(vector_cast(&context, &slice, 2, &result), &bench.error);
  CHECK_EQ_STR(row_text(&bench, &result, 0), "2");
  CHECK_OK(vector_reset(&result, &bench.error), &bench.error);
  CHECK_STATUS(vector_cast(&context, &source, 3, &result), ERROR_CONVERSION);
  CHECK_EQ_STR(bench.error.message, "Could not convert string 'bad' to INT32 when casting from source column x");
  CHECK_EQ_INT(bench.error.position, 7);
  CHECK_OK(vector_need_validity(&source, &bench.error), &bench.error);
  bit_clear(source.validity, 1);
  CHECK_OK(vector_reset(&result, &bench.error), &bench.error);
  CHECK_OK(vector_cast(&context, &source, 3, &result), &bench.error);
  CHECK_EQ_STR(row_text(&bench, &result, 1), "NULL");
  vector_free(&slice);
  vector_free(&source);
  vector_free(&result);
  bench_close(&bench);
}

TEST(large_vectors) {
  Bench bench;
  bench_open(&bench);
  CastContext context = {.memory = &bench.memory, .error = &bench.error, .position = -1, .try_cast = true};
  Vector source, small, text;
  const uint32_t count = 5000;
  CHECK_OK(vector_init(&source, &bench.memory, TYPE(BIGINT), count, &bench.error), &bench.error);
  CHECK_OK(vector_init(&small, &bench.memory, TYPE(SMALLINT), count, &bench.error), &bench.error);
  CHECK_OK(vector_init(&text, &bench.memory, TYPE(VARCHAR), count, &bench.error), &bench.error);
  for (uint32_t i = 0; i < count; i++) ((int64_t *)source.data)[i] = (int64_t)i * 20 - 40000;
  CHECK_OK(vector_cast(&context, &source, count, &small), &bench.error);
  CHECK_OK(vector_cast(&context, &source, count, &text), &bench.error);
  for (uint32_t i = 0; i < count; i++) {
    int64_t value = (int64_t)i * 20 - 40000;
    bool fits = value >= INT16_MIN && value <= INT16_MAX;
    CHECK_EQ_INT(vector_row_valid(&small, i), fits);
    if (fits) CHECK_EQ_INT(((int16_t *)small.data)[i], value);
  }
  CHECK_EQ_STR(row_text(&bench, &text, 4999), "59980");
  vector_free(&source);
  vector_free(&small);
  vector_free(&text);
  bench_close(&bench);
}

UNIT_MAIN
