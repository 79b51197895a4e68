// SPDX-License-Identifier: MIT
//
// Vectors: forms, copies, slices, sharing, growth, values in and out, chunks, and memory that runs out at any point.
#include "vector_helpers.h"

typedef struct Sample {
  const char *type;
  const char *texts[6];
} Sample;

static const Sample SAMPLES[] = {
    {"BOOLEAN", {"true", "NULL", "false", "true", "NULL", "false"}},
    {"TINYINT", {"1", "-128", "NULL", "127", "0", "5"}},
    {"SMALLINT", {"1", "-300", "NULL", "127", "0", "5"}},
    {"INTEGER", {"1", "-70000", "NULL", "127", "0", "5"}},
    {"BIGINT", {"1", "-70000000000", "NULL", "127", "0", "5"}},
    {"HUGEINT", {"1", "-7000000000000000000000", "NULL", "127", "0", "5"}},
    {"DOUBLE", {"1.5", "nan", "NULL", "-inf", "0.0", "5.25"}},
    {"DECIMAL(18,3)", {"1.500", "0.001", "NULL", "-7.000", "0.000", "5.250"}},
    {"VARCHAR", {"", "NULL", "short", "exactly12byt", "a longer text than twelve bytes", "häßlich länger als zwölf"}},
    {"BLOB", {"a", "NULL", "\\x00\\xFF", "", "abcdefghijklmnop", "z"}},
    {"DATE", {"2020-02-29", "NULL", "infinity", "0044-03-15 (BC)", "1970-01-01", "9999-12-31"}},
    {"INTERVAL", {"1 year", "NULL", "3 days", "-00:00:01", "00:00:00", "1 month 1 day"}},
    {"INTEGER[]", {"[1, 2]", "NULL", "[]", "[NULL]", "[3]", "[4, 5, 6]"}},
    {"VARCHAR[]", {"[a, 'b, c']", "NULL", "[]", "[NULL, '']", "[a longer text than twelve]", "[x]"}},
    {"INTEGER[][]", {"[[1], [2, 3]]", "NULL", "[]", "[NULL, []]", "[[]]", "[[4, NULL]]"}},
    {"INTEGER[2]", {"[1, 2]", "NULL", "[NULL, 3]", "[4, 5]", "[6, NULL]", "[7, 8]"}},
    {"STRUCT(a INTEGER, b VARCHAR)",
     {"{'a': 1, 'b': x}", "NULL", "{'a': NULL, 'b': NULL}", "{'a': 2, 'b': a longer text than twelve}",
      "{'a': 3, 'b': ''}", "{'a': 4, 'b': y}"}},
    {"STRUCT(a INTEGER[], b STRUCT(c DATE))",
     {"{'a': [1, 2], 'b': {'c': 2020-01-01}}", "NULL", "{'a': NULL, 'b': NULL}", "{'a': [], 'b': {'c': NULL}}",
      "{'a': [7], 'b': NULL}", "{'a': [NULL], 'b': {'c': 1970-01-01}}"}},
    {"MAP(VARCHAR, INTEGER)", {"{a=1}", "NULL", "{}", "{b=NULL, c=3}", "{a key that is longer=4}", "{x=5, y=6}"}},
    {"ENUM('a', 'b')", {"a", "NULL", "b", "a", "b", "b"}},
    {"UUID",
     {"12345678-1234-1234-1234-123456789abc", "NULL", "ffffffff-ffff-ffff-ffff-ffffffffffff",
      "00000000-0000-0000-0000-000000000000", "80000000-0000-0000-0000-000000000000",
      "7fffffff-ffff-ffff-ffff-ffffffffffff"}},
    {"BIT", {"0101", "NULL", "1", "111111111", "00000000", "10"}},
};
#define ROWS 6

static void check_rows(Bench *bench, const Sample *sample, const Vector *vector, const uint32_t *rows, uint32_t count) {
  vector_verify(vector, count);
  for (uint32_t i = 0; i < count; i++) {
    uint32_t row = rows ? rows[i] : i;
    Str text = row_text(bench, vector, i);
    if (!str_equal(text, str_from(sample->texts[row]))) {
      UNIT_FAIL("%s row %u: %.*s, expected %s", sample->type, i, STR_ARG(text), sample->texts[row]);
    }
  }
}

static const uint32_t ORDER[8] = {5, 0, 0, 3, 1, 4, 2, 5};

TEST(values_in_and_out) {
  Bench bench;
  bench_open(&bench);
  for (size_t s = 0; s < COUNT_OF(SAMPLES); s++) {
    Vector vector, copy;
    make_vector(&bench, &vector, parse_type(&bench, SAMPLES[s].type), SAMPLES[s].texts, ROWS);
    check_rows(&bench, &SAMPLES[s], &vector, NULL, ROWS);
    CHECK_OK(vector_init(&copy, &bench.memory, vector.type, ROWS, &bench.error), &bench.error);
    for (uint32_t i = 0; i < ROWS; i++) {
      Value value, again;
      CHECK_OK(vector_get_value(&vector, i, &bench.arena, &value, &bench.error), &bench.error);
      CHECK_OK(value_copy(&bench.arena, &bench.error, value, &again), &bench.error);
      CHECK(value_equal(&value, &again));
      CHECK_OK(vector_set_value(&copy, i, &again, &bench.error), &bench.error);
      TextBuilder text;
      text_init(&text, &bench.memory);
      value_print(&text, &value);
      CHECK_EQ_STR(text_str(&text), SAMPLES[s].texts[i]);
      text_free(&text);
    }
    check_rows(&bench, &SAMPLES[s], &copy, NULL, ROWS);
    vector_free(&copy);
    vector_free(&vector);
  }
  bench_close(&bench);
}

// A slice, a slice of a slice, a flattened slice, a share that outlives its source, a deep copy: all show the same.
TEST(every_form_shows_the_same_rows) {
  Bench bench;
  bench_open(&bench);
  for (size_t s = 0; s < COUNT_OF(SAMPLES); s++) {
    const Sample *sample = &SAMPLES[s];
    Vector source, slice, again, shared, copy, borrowed;
    Type type = parse_type(&bench, sample->type);
    make_vector(&bench, &source, type, sample->texts, ROWS);
    CHECK_OK(vector_init(&slice, &bench.memory, type, 16, &bench.error), &bench.error);
    CHECK_OK(vector_init(&again, &bench.memory, type, 16, &bench.error), &bench.error);
    CHECK_OK(vector_init(&shared, &bench.memory, type, 16, &bench.error), &bench.error);
    CHECK_OK(vector_init(&copy, &bench.memory, type, 16, &bench.error), &bench.error);
    CHECK_OK(vector_init(&borrowed, &bench.memory, type, 16, &bench.error), &bench.error);

    CHECK_OK(vector_slice(&slice, &source, ORDER, 8, &bench.error), &bench.error);
    check_rows(&bench, sample, &slice, ORDER, 8);
    uint32_t second[3] = {7, 4, 0}, composed[3] = {ORDER[7], ORDER[4], ORDER[0]};
    CHECK_OK(vector_slice(&again, &slice, second, 3, &bench.error), &bench.error);
    check_rows(&bench, sample, &again, composed, 3);
    vector_borrow(&borrowed, &slice);
    check_rows(&bench, sample, &borrowed, ORDER, 8);
    CHECK_OK(vector_copy(&copy, 0, &slice, NULL, 0, 8, &bench.error), &bench.error);
    CHECK_OK(vector_copy(&copy, 8, &slice, second, 0, 3, &bench.error), &bench.error);
    CHECK_OK(vector_copy(&copy, 11, &source, NULL, 2, 3, &bench.error), &bench.error);
    uint32_t all[14] = {5, 0, 0, 3, 1, 4, 2, 5, composed[0], composed[1], composed[2], 2, 3, 4};
    check_rows(&bench, sample, &copy, all, 14);
    CHECK_OK(vector_share(&shared, &slice, 8, &bench.error), &bench.error);
    CHECK_OK(vector_flatten(&slice, 8, &bench.error), &bench.error);
    check_rows(&bench, sample, &slice, ORDER, 8);
    CHECK_OK(vector_slice(&slice, &slice, second, 3, &bench.error), &bench.error); // of itself
    check_rows(&bench, sample, &slice, composed, 3);
    uint32_t third[2] = {2, 0}, twice[2] = {composed[2], composed[0]};
    CHECK_OK(vector_slice(&slice, &slice, third, 2, &bench.error), &bench.error);
    check_rows(&bench, sample, &slice, twice, 2);
    CHECK_OK(vector_flatten(&slice, 2, &bench.error), &bench.error);
    check_rows(&bench, sample, &slice, twice, 2);
    CHECK_OK(vector_reset(&slice, &bench.error), &bench.error);
    CHECK_OK(vector_copy(&slice, 0, &source, NULL, 0, ROWS, &bench.error), &bench.error);
    check_rows(&bench, sample, &slice, NULL, ROWS);
    vector_free(&source);
    check_rows(&bench, sample, &shared, ORDER, 8);
    CHECK_OK(vector_reset(&shared, &bench.error), &bench.error);
    CHECK_OK(vector_share(&shared, &slice, ROWS, &bench.error), &bench.error);
    CHECK_OK(vector_reset(&slice, &bench.error), &bench.error); // shared storage is not written over
    CHECK_OK(vector_copy(&slice, 0, &copy, NULL, 1, 1, &bench.error), &bench.error);
    check_rows(&bench, sample, &shared, NULL, ROWS);
    vector_free(&slice);
    vector_free(&again);
    vector_free(&shared);
    vector_free(&copy);
    vector_free(&borrowed);
  }
  bench_close(&bench);
}

TEST(constants) {
  Bench bench;
  bench_open(&bench);
  for (size_t s = 0; s < COUNT_OF(SAMPLES); s++) {
    const Sample *sample = &SAMPLES[s];
    Type type = parse_type(&bench, sample->type);
    for (uint32_t row = 0; row < ROWS; row++) {
      uint32_t same[5] = {row, row, row, row, row};
      Vector constant, copy, shared;
      CHECK_OK(vector_init(&constant, &bench.memory, type, 4, &bench.error), &bench.error);
      CHECK_OK(vector_init(&copy, &bench.memory, type, 8, &bench.error), &bench.error);
      CHECK_OK(vector_init(&shared, &bench.memory, type, 1, &bench.error), &bench.error);
      Value value = parse_value(&bench, type, sample->texts[row]);
      CHECK_OK(vector_fill_value(&constant, &value, &bench.error), &bench.error);
      CHECK_EQ_INT(constant.form, VECTOR_CONSTANT);
      check_rows(&bench, sample, &constant, same, 5);
      CHECK_OK(vector_copy(&copy, 0, &constant, NULL, 3, 5, &bench.error), &bench.error);
      check_rows(&bench, sample, &copy, same, 5);
      CHECK_OK(vector_share(&shared, &constant, 5, &bench.error), &bench.error);
      CHECK_OK(vector_flatten(&constant, 5, &bench.error), &bench.error);
      CHECK_EQ_INT(constant.form, VECTOR_FLAT);
      check_rows(&bench, sample, &constant, same, 5);
      vector_free(&constant);
      check_rows(&bench, sample, &shared, same, 5);
      vector_free(&copy);
      vector_free(&shared);
    }
  }
  bench_close(&bench);
}

TEST(sizes_around_the_capacity) {
  Bench bench;
  bench_open(&bench);
  const uint32_t counts[] = {0, 1, 63, 64, 65, 2047, 2048, 2049, 5000};
  for (size_t c = 0; c < COUNT_OF(counts); c++) {
    uint32_t count = counts[c];
    Vector numbers, texts, copy;
    CHECK_OK(vector_init(&numbers, &bench.memory, TYPE(INTEGER), count, &bench.error), &bench.error);
    CHECK_OK(vector_init(&texts, &bench.memory, TYPE(VARCHAR), 1, &bench.error), &bench.error);
    CHECK_OK(vector_reserve(&texts, count, &bench.error), &bench.error);
    for (uint32_t i = 0; i < count; i++) {
      ((int32_t *)numbers.data)[i] = (int32_t)i;
      if (i % 3 == 0) CHECK_OK(vector_set_null(&numbers, i, &bench.error), &bench.error);
      char text[40];
      size_t length = text_format_into(text, sizeof text, "this is row number %u", i);
      CHECK_OK(vector_set_string(&texts, i, (Str){text, length}, &bench.error), &bench.error);
    }
    CHECK_OK(vector_init(&copy, &bench.memory, TYPE(INTEGER), count + 1, &bench.error), &bench.error);
    CHECK_OK(vector_copy(&copy, 1, &numbers, NULL, 0, count, &bench.error), &bench.error);
    for (uint32_t i = 0; i < count; i++) {
      CHECK_EQ_INT(vector_row_valid(&copy, i + 1), i % 3 != 0);
      if (i % 3) CHECK_EQ_INT(((int32_t *)copy.data)[i + 1], i);
    }
    if (count) CHECK(vector_row_valid(&copy, 0));
    vector_verify(&texts, count);
    vector_free(&numbers);
    vector_free(&texts);
    vector_free(&copy);
  }
  bench_close(&bench);
}

TEST(chunks) {
  Bench bench;
  bench_open(&bench);
  Type types[2] = {TYPE(INTEGER), TYPE(VARCHAR)};
  Chunk chunk, slice, out;
  CHECK_OK(chunk_init(&chunk, &bench.memory, types, 2, &bench.error), &bench.error);
  CHECK_OK(chunk_init(&slice, &bench.memory, types, 2, &bench.error), &bench.error);
  CHECK_OK(chunk_init(&out, &bench.memory, types, 2, &bench.error), &bench.error);
  for (int32_t i = 0; i < 100; i++) {
    ((int32_t *)chunk.columns[0].data)[i] = i;
    CHECK_OK(vector_set_string(&chunk.columns[1], (uint32_t)i, i % 2 ? STR("odd") : STR("an even number, as it is"),
                               &bench.error),
             &bench.error);
  }
  chunk.row_count = 100;
  uint32_t rows[3] = {99, 0, 50};
  CHECK_OK(chunk_slice(&slice, &chunk, rows, 3, &bench.error), &bench.error);
  CHECK_OK(chunk_append(&out, &slice, NULL, 0, 3, &bench.error), &bench.error);
  CHECK_OK(chunk_append(&out, &chunk, NULL, 10, 2, &bench.error), &bench.error);
  CHECK_EQ_INT(out.row_count, 5);
  CHECK_EQ_STR(row_text(&bench, &out.columns[0], 0), "99");
  CHECK_EQ_STR(row_text(&bench, &out.columns[1], 1), "an even number, as it is");
  CHECK_EQ_STR(row_text(&bench, &out.columns[0], 4), "11");
  CHECK_OK(chunk_slice(&chunk, &chunk, rows, 3, &bench.error), &bench.error);
  CHECK_OK(chunk_flatten(&chunk, &bench.error), &bench.error);
  CHECK_EQ_STR(row_text(&bench, &chunk.columns[0], 2), "50");
  CHECK_OK(chunk_reset(&chunk, &bench.error), &bench.error);
  CHECK_EQ_INT(chunk.row_count, 0);
  chunk_borrow(&slice, &out);
  CHECK_EQ_INT(slice.row_count, 5);
  chunk_free(&slice);
  chunk_free(&out);
  chunk_free(&chunk);
  bench_close(&bench);
}

static Status all_operations(Bench *bench, Memory *memory, const Sample *sample, Type type, Arena *arena) {
  Error *error = &bench->error;
  Vector source = {0}, slice = {0}, shared = {0}, text = {0}, back = {0};
  Status status = vector_init(&source, memory, type, ROWS, error);
  for (uint32_t i = 0; i < ROWS && status == OK; i++) {
    Value words = value_text(str_from(sample->texts[i])), value = value_null(type);
    if (strcmp(sample->texts[i], "NULL") != 0) status = value_cast(arena, &words, type, &value, error);
    if (status == OK) status = vector_set_value(&source, i, &value, error);
  }
  CastContext context = {.memory = memory, .error = error, .position = -1};
  if (status == OK) status = vector_init(&slice, memory, type, 8, error);
  if (status == OK) status = vector_init(&shared, memory, type, 8, error);
  if (status == OK) status = vector_init(&text, memory, TYPE(VARCHAR), 8, error);
  if (status == OK) status = vector_init(&back, memory, type, 8, error);
  if (status == OK) status = vector_slice(&slice, &source, ORDER, 8, error);
  if (status == OK) status = vector_share(&shared, &slice, 8, error);
  if (status == OK) status = vector_cast(&context, &slice, 8, &text);
  if (status == OK) status = vector_cast(&context, &text, 8, &back);
  if (status == OK) status = vector_flatten(&slice, 8, error);
  if (status == OK) status = vector_slice(&slice, &slice, ORDER + 4, 1, error);
  if (status == OK) status = vector_reset(&slice, error);
  if (status == OK && type.id != TYPE_BIT && type.id != TYPE_BLOB) {
    for (uint32_t i = 0; i < 8; i++) CHECK_EQ_INT(vector_compare_rows(&shared, i, &back, i), 0);
  }
  vector_free(&source);
  vector_free(&slice);
  vector_free(&shared);
  vector_free(&text);
  vector_free(&back);
  return status;
}

// Each allocation fails in turn: only success or "no memory", and nothing leaks.
TEST(every_allocation_may_fail) {
  Bench bench;
  bench_open(&bench);
  for (size_t s = 0; s < COUNT_OF(SAMPLES); s++) {
    Type type = parse_type(&bench, SAMPLES[s].type);
    Status status = ERROR_NO_MEMORY;
    for (uint64_t fail_at = 1; status != OK && fail_at < 2000; fail_at++) {
      Memory memory;
      Arena arena;
      memory_init(&memory, 0);
      memory.fail_at = fail_at;
      arena_init(&arena, &memory);
      status = all_operations(&bench, &memory, &SAMPLES[s], type, &arena);
      if (status != OK && status != ERROR_NO_MEMORY) UNIT_FAIL("%s: %s", SAMPLES[s].type, bench.error.message);
      arena_free(&arena);
      CHECK_EQ_INT(memory.used_bytes, 0);
    }
    CHECK_EQ_INT(status, OK);
  }
  bench_close(&bench);
}

UNIT_MAIN
