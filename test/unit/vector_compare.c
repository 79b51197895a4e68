// SPDX-License-Identifier: MIT
//
// Comparison, selection, hashes and sort keys agree with each other and with value_compare, in every form of vector.
#include "vector/kernels.h"
#include "vector_helpers.h"

// Texts of each type in ascending order; equal neighbours are joined by '=' at the front of the later one.
typedef struct Ordered {
  const char *type;
  const char *texts[10];
} Ordered;

static const Ordered ORDERED[] = {
    {"BOOLEAN", {"false", "true"}},
    {"TINYINT", {"-128", "-1", "0", "1", "127"}},
    {"SMALLINT", {"-32768", "-129", "0", "255", "256", "32767"}},
    {"INTEGER", {"-2147483648", "-1", "0", "65536", "2147483647"}},
    {"BIGINT", {"-9223372036854775808", "-4294967296", "0", "4294967296", "9223372036854775807"}},
    {"HUGEINT",
     {"-170141183460469231731687303715884105728", "-18446744073709551616", "-1", "0", "18446744073709551616",
      "170141183460469231731687303715884105727"}},
    {"UTINYINT", {"0", "127", "128", "255"}},
    {"USMALLINT", {"0", "32767", "32768", "65535"}},
    {"UINTEGER", {"0", "2147483648", "4294967295"}},
    {"UBIGINT", {"0", "9223372036854775808", "18446744073709551615"}},
    {"UHUGEINT", {"0", "170141183460469231731687303715884105728", "340282366920938463463374607431768211455"}},
    {"FLOAT", {"-inf", "-1.5", "0", "=-0.0", "1e-40", "1.5", "inf", "nan", "=-nan"}},
    {"DOUBLE", {"-inf", "-1e300", "-0.0", "=0", "5e-324", "1.5", "inf", "nan", "=-nan"}},
    {"DECIMAL(4,1)", {"-999.9", "-0.1", "0.0", "0.1", "999.9"}},
    {"DECIMAL(18,3)", {"-1.000", "0.000", "0.001", "1.000"}},
    {"DECIMAL(38,0)", {"-99999999999999999999999999999999999999", "0", "99999999999999999999999999999999999999"}},
    {"VARCHAR", {"", "A", "a", "ab", "abcd", "abcdefghijkl", "abcdefghijklm", "abcdefghijkln", "b", "é"}},
    {"BLOB", {"", "\\x00", "\\x00\\x00", "\\x00\\x01", "\\x01", "a", "a\\x00", "aaaaaaaaaaaaaaaaa", "\\xFF"}},
    {"DATE", {"-infinity", "0044-03-15 (BC)", "1969-12-31", "1970-01-01", "2020-02-29", "infinity"}},
    {"TIMESTAMP", {"-infinity", "1969-12-31 23:59:59.999999", "1970-01-01", "infinity"}},
    {"TIMETZ", {"11:00:00+02", "12:00:00+02", "=12:00:00+02", "11:00:00+00", "10:30:00-01"}},
    {"INTERVAL",
     {"-1 month", "=-30 days", "-1 day", "=-24:00:00", "00:00:00", "23:00:00", "1 day", "30 days", "=1 month",
      "1 month 00:00:01"}},
    {"UUID",
     {"00000000-0000-0000-0000-000000000000", "7fffffff-ffff-ffff-ffff-ffffffffffff",
      "80000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"}},
    {"ENUM('b', 'a')", {"b", "a"}},
    {"INTEGER[]", {"[]", "[1]", "[1, 1]", "[1, 2]", "[1, NULL]", "=[1, NULL]", "[2]", "[NULL]", "[NULL, 1]"}},
    {"VARCHAR[]", {"[]", "['']", "['', a]", "[a]", "[a, b]", "[ab]"}},
    {"INTEGER[2]", {"[1, 2]", "[1, 3]", "[1, NULL]", "[2, 0]", "[NULL, 0]"}},
    {"STRUCT(a INTEGER, b VARCHAR)",
     {"{'a': 1, 'b': x}", "{'a': 1, 'b': y}", "{'a': 1, 'b': NULL}", "{'a': 2, 'b': a}", "{'a': NULL, 'b': a}"}},
    {"MAP(INTEGER, INTEGER)", {"{}", "{1=1}", "{1=2}", "{1=2, 2=1}", "{2=0}"}},
    {"INTEGER[][]", {"[]", "[[]]", "[[], [1]]", "[[1]]", "[[1], NULL]", "[NULL]"}},
};
#define MOST 10

// The values of a sample with their ranks, then NULL, in a vector.
typedef struct Column {
  Vector vector;
  int ranks[MOST + 1]; // equal values share one; NULL has -1
  uint32_t count;
} Column;

static void make_column(Bench *bench, const Ordered *sample, Column *column) {
  Type type = parse_type(bench, sample->type);
  CHECK_OK(vector_init(&column->vector, &bench->memory, type, MOST + 1, &bench->error), &bench->error);
  column->count = 0;
  int rank = -1;
  for (uint32_t i = 0; i < MOST && sample->texts[i]; i++) {
    const char *text = sample->texts[i];
    if (*text == '=') {
      text++;
    } else {
      rank++;
    }
    Value value = parse_value(bench, type, text);
    CHECK_OK(vector_set_value(&column->vector, i, &value, &bench->error), &bench->error);
    column->ranks[column->count++] = rank;
  }
  CHECK_OK(vector_set_null(&column->vector, column->count, &bench->error), &bench->error);
  column->ranks[column->count++] = -1;
}

static int expected(CompareOp op, int a, int b) { // -1: NULL
  if (op == COMPARE_DISTINCT) return a != b;
  if (op == COMPARE_NOT_DISTINCT) return a == b;
  if (a < 0 || b < 0) return -1;
  switch (op) {
    case COMPARE_EQUAL:
      return a == b;
    case COMPARE_NOT_EQUAL:
      return a != b;
    case COMPARE_LESS:
      return a < b;
    case COMPARE_LESS_EQUAL:
      return a <= b;
    case COMPARE_GREATER:
      return a > b;
    default:
      return a >= b;
  }
}

typedef struct Pairs {
  uint32_t left[MOST * MOST * 2], right[MOST * MOST * 2];
  uint32_t count;
} Pairs;

static void check_compare(Bench *bench, const Ordered *sample, const Column *column, const Vector *left,
                          const Vector *right, const Pairs *pairs, const char *forms) {
  for (CompareOp op = COMPARE_EQUAL; op <= COMPARE_NOT_DISTINCT; op++) {
    Vector result;
    CHECK_OK(vector_init(&result, &bench->memory, TYPE(BOOLEAN), 256, &bench->error), &bench->error);
    CHECK_OK(vector_compare(op, left, right, pairs->count, &result, &bench->error), &bench->error);
    VectorView view;
    vector_view(&result, &view);
    uint32_t wanted[256], wanted_count = 0, kept[256], odd[128], odd_wanted[128], odd_count = 0, odd_kept = 0;
    for (uint32_t i = 0; i < pairs->count; i++) {
      int truth = expected(op, column->ranks[pairs->left[i]], column->ranks[pairs->right[i]]);
      uint32_t at = view_row(&view, i);
      int got = view_valid(&view, at) ? ((const uint8_t *)view.data)[at] : -1;
      if (got != truth) {
        UNIT_FAIL("%s %s op %d rows %u %u: %d, expected %d", sample->type, forms, op, pairs->left[i], pairs->right[i],
                  got, truth);
      }
      if (truth == 1) wanted[wanted_count++] = i;
      if (i % 2) {
        odd[odd_count++] = i;
        if (truth == 1) odd_wanted[odd_kept++] = i;
      }
    }
    CHECK_EQ_INT(vector_compare_select(op, left, right, NULL, pairs->count, kept), wanted_count);
    CHECK(memcmp(kept, wanted, sizeof(uint32_t) * wanted_count) == 0);
    CHECK_EQ_INT(vector_true_select(&result, NULL, pairs->count, kept), wanted_count);
    CHECK(memcmp(kept, wanted, sizeof(uint32_t) * wanted_count) == 0);
    memcpy(kept, odd, sizeof odd);
    CHECK_EQ_INT(vector_true_select(&result, odd, odd_count, kept), odd_kept);
    CHECK(memcmp(kept, odd_wanted, sizeof(uint32_t) * odd_kept) == 0);
    CHECK_EQ_INT(vector_compare_select(op, left, right, odd, odd_count, odd), odd_kept); // in place
    CHECK(memcmp(odd, odd_wanted, sizeof(uint32_t) * odd_kept) == 0);
    vector_free(&result);
  }
}

TEST(all_operators_in_all_forms) {
  Bench bench;
  bench_open(&bench);
  for (size_t s = 0; s < COUNT_OF(ORDERED); s++) {
    const Ordered *sample = &ORDERED[s];
    Column column;
    make_column(&bench, sample, &column);
    Type type = column.vector.type;
    Pairs pairs = {.count = 0};
    for (uint32_t l = 0; l < column.count; l++) {
      for (uint32_t r = 0; r < column.count; r++) {
        pairs.left[pairs.count] = l;
        pairs.right[pairs.count++] = r;
      }
    }
    Vector left, right, flat_left, flat_right;
    CHECK_OK(vector_init(&left, &bench.memory, type, 256, &bench.error), &bench.error);
    CHECK_OK(vector_init(&right, &bench.memory, type, 256, &bench.error), &bench.error);
    CHECK_OK(vector_init(&flat_left, &bench.memory, type, 256, &bench.error), &bench.error);
    CHECK_OK(vector_init(&flat_right, &bench.memory, type, 256, &bench.error), &bench.error);
    CHECK_OK(vector_slice(&left, &column.vector, pairs.left, pairs.count, &bench.error), &bench.error);
    CHECK_OK(vector_slice(&right, &column.vector, pairs.right, pairs.count, &bench.error), &bench.error);
    CHECK_OK(vector_copy(&flat_left, 0, &left, NULL, 0, pairs.count, &bench.error), &bench.error);
    CHECK_OK(vector_copy(&flat_right, 0, &right, NULL, 0, pairs.count, &bench.error), &bench.error);
    check_compare(&bench, sample, &column, &left, &right, &pairs, "dictionary, dictionary");
    check_compare(&bench, sample, &column, &flat_left, &right, &pairs, "flat, dictionary");
    check_compare(&bench, sample, &column, &flat_left, &flat_right, &pairs, "flat, flat");
    for (uint32_t c = 0; c < column.count; c++) {
      Vector constant;
      Value value;
      CHECK_OK(vector_init(&constant, &bench.memory, type, 1, &bench.error), &bench.error);
      CHECK_OK(vector_get_value(&column.vector, c, &bench.arena, &value, &bench.error), &bench.error);
      CHECK_OK(vector_fill_value(&constant, &value, &bench.error), &bench.error);
      Pairs same = pairs;
      for (uint32_t i = 0; i < same.count; i++) same.right[i] = c;
      check_compare(&bench, sample, &column, &flat_left, &constant, &same, "flat, constant");
      check_compare(&bench, sample, &column, &left, &constant, &same, "dictionary, constant");
      for (uint32_t i = 0; i < same.count; i++) same.left[i] = c;
      check_compare(&bench, sample, &column, &constant, &constant, &same, "constant, constant");
      same = pairs;
      for (uint32_t i = 0; i < same.count; i++) same.left[i] = c;
      check_compare(&bench, sample, &column, &constant, &flat_right, &same, "constant, flat");
      vector_free(&constant);
    }
    for (uint32_t i = 0; i + 1 < column.count; i++) {
      for (uint32_t k = 0; k + 1 < column.count; k++) {
        Value a, b;
        CHECK_OK(vector_get_value(&column.vector, i, &bench.arena, &a, &bench.error), &bench.error);
        CHECK_OK(vector_get_value(&column.vector, k, &bench.arena, &b, &bench.error), &bench.error);
        int order = column.ranks[i] - column.ranks[k];
        int sign = order < 0 ? -1 : order > 0;
        CHECK_EQ_INT(value_compare(&a, &b), sign);
        CHECK_EQ_INT(vector_compare_rows(&column.vector, i, &column.vector, k), sign);
      }
    }
    vector_free(&left);
    vector_free(&right);
    vector_free(&flat_left);
    vector_free(&flat_right);
    vector_free(&column.vector);
  }
  bench_close(&bench);
}

TEST(hashes_of_equal_values_are_equal) {
  Bench bench;
  bench_open(&bench);
  for (size_t s = 0; s < COUNT_OF(ORDERED); s++) {
    Column column;
    make_column(&bench, &ORDERED[s], &column);
    uint64_t flat[16], sliced[16], combined[16], constant_hashes[2];
    uint32_t reversed[16];
    for (uint32_t i = 0; i < column.count; i++) reversed[i] = column.count - 1 - i;
    Vector slice, constant;
    CHECK_OK(vector_init(&slice, &bench.memory, column.vector.type, 0, &bench.error), &bench.error);
    CHECK_OK(vector_slice(&slice, &column.vector, reversed, column.count, &bench.error), &bench.error);
    vector_hash(&column.vector, column.count, flat, false);
    vector_hash(&slice, column.count, sliced, false);
    memcpy(combined, flat, sizeof flat);
    vector_hash(&column.vector, column.count, combined, true);
    for (uint32_t i = 0; i < column.count; i++) {
      CHECK_EQ_U64(flat[i], sliced[column.count - 1 - i]);
      CHECK_EQ_U64(combined[i], hash_combine(flat[i], flat[i]));
      for (uint32_t k = 0; k < column.count; k++) {
        if ((flat[i] == flat[k]) != (column.ranks[i] == column.ranks[k])) {
          UNIT_FAIL("%s: hashes of %u and %u", ORDERED[s].type, i, k);
        }
      }
      Value value;
      CHECK_OK(vector_init(&constant, &bench.memory, column.vector.type, 1, &bench.error), &bench.error);
      CHECK_OK(vector_get_value(&column.vector, i, &bench.arena, &value, &bench.error), &bench.error);
      CHECK_OK(vector_fill_value(&constant, &value, &bench.error), &bench.error);
      vector_hash(&constant, 2, constant_hashes, false);
      CHECK_EQ_U64(constant_hashes[0], flat[i]);
      CHECK_EQ_U64(constant_hashes[1], flat[i]);
      vector_free(&constant);
    }
    vector_free(&slice);
    vector_free(&column.vector);
  }
  bench_close(&bench);
}

TEST(sort_keys_order_as_values) {
  Bench bench;
  bench_open(&bench);
  for (size_t s = 0; s < COUNT_OF(ORDERED); s++) {
    Column column;
    make_column(&bench, &ORDERED[s], &column);
    for (int direction = 0; direction < 4; direction++) {
      SortSpec spec = {.descending = direction & 1, .nulls_first = direction >> 1};
      TextBuilder keys[MOST + 1];
      for (uint32_t i = 0; i < column.count; i++) {
        text_init(&keys[i], &bench.memory);
        sort_key_append(&keys[i], &column.vector, i, spec);
        // What follows must not change the order of different keys.
        text_append_char(&keys[i], (char)(i * 37));
        CHECK(!keys[i].failed);
      }
      for (uint32_t i = 0; i < column.count; i++) {
        for (uint32_t k = 0; k < column.count; k++) {
          int a = column.ranks[i], b = column.ranks[k];
          if (a == b) continue;
          int order = a < 0 ? (spec.nulls_first ? -1 : 1) : b < 0 ? (spec.nulls_first ? 1 : -1) : a < b ? -1 : 1;
          if (a >= 0 && b >= 0 && spec.descending) order = -order;
          if (str_compare(text_str(&keys[i]), text_str(&keys[k])) != order) {
            UNIT_FAIL("%s: keys of %u and %u, direction %d", ORDERED[s].type, i, k, direction);
          }
        }
      }
      uint32_t size = sort_key_fixed_size(column.vector.type);
      if (size) {
        uint8_t fixed[(MOST + 1) * 40];
        sort_key_write_fixed(&column.vector, NULL, column.count, spec, fixed, 40);
        for (uint32_t i = 0; i < column.count; i++) {
          CHECK_EQ_INT(keys[i].length, size + 1);
          CHECK(memcmp(fixed + i * 40, keys[i].data, size) == 0);
        }
      }
      for (uint32_t i = 0; i < column.count; i++) text_free(&keys[i]);
    }
    vector_free(&column.vector);
  }
  bench_close(&bench);
}

// Against a plain loop, around the sizes where the loops change.
TEST(selection_of_large_vectors) {
  Bench bench;
  bench_open(&bench);
  uint64_t seed = 42;
  const uint32_t counts[] = {1, 63, 64, 65, 127, 2047, 2048, 2049, 6000};
  static uint32_t kept[6000], wanted[6000];
  for (size_t c = 0; c < COUNT_OF(counts); c++) {
    uint32_t count = counts[c];
    Vector numbers, constant;
    CHECK_OK(vector_init(&numbers, &bench.memory, TYPE(INTEGER), count, &bench.error), &bench.error);
    CHECK_OK(vector_init(&constant, &bench.memory, TYPE(INTEGER), 1, &bench.error), &bench.error);
    for (uint32_t i = 0; i < count; i++) {
      ((int32_t *)numbers.data)[i] = (int32_t)(unit_random(&seed) % 100);
      if (unit_random(&seed) % 5 == 0) CHECK_OK(vector_set_null(&numbers, i, &bench.error), &bench.error);
    }
    for (int32_t bound = -1; bound <= 101; bound += 17) {
      Value value = value_i64(TYPE(INTEGER), bound);
      CHECK_OK(vector_fill_value(&constant, &value, &bench.error), &bench.error);
      uint32_t wanted_count = 0;
      for (uint32_t i = 0; i < count; i++) {
        if (vector_row_valid(&numbers, i) && ((int32_t *)numbers.data)[i] < bound) wanted[wanted_count++] = i;
      }
      CHECK_EQ_INT(vector_compare_select(COMPARE_LESS, &numbers, &constant, NULL, count, kept), wanted_count);
      CHECK(memcmp(kept, wanted, sizeof(uint32_t) * wanted_count) == 0);
      CHECK_EQ_INT(vector_compare_select(COMPARE_GREATER, &constant, &numbers, NULL, count, kept), wanted_count);
      CHECK(memcmp(kept, wanted, sizeof(uint32_t) * wanted_count) == 0);
    }
    vector_free(&numbers);
    vector_free(&constant);
  }
  bench_close(&bench);
}

static Status add_rows(Error *error, const Vector *a, const Vector *b, uint32_t count, Vector *result) {
  BINARY_TOTAL(error, a, b, count, result, int32_t, int32_t, int64_t, out = (int64_t)left + right);
  return OK;
}

static Status divide_rows(Error *error, const Vector *a, const Vector *b, uint32_t count, Vector *result) {
  BINARY_CHECKED(error, a, b, count, result, int32_t, int32_t, int32_t, {
    if (right == 0) {
      KERNEL_NULL(result, row, error);
    } else {
      out = left / right;
    }
  });
  return OK;
}

TEST(kernel_loops) {
  Bench bench;
  bench_open(&bench);
  const char *const left_texts[] = {"1", "NULL", "3", "10"}, *const right_texts[] = {"5", "6", "NULL", "0"};
  Vector left, right, result, slice, constant;
  make_vector(&bench, &left, TYPE(INTEGER), left_texts, 4);
  make_vector(&bench, &right, TYPE(INTEGER), right_texts, 4);
  CHECK_OK(vector_init(&result, &bench.memory, TYPE(BIGINT), 16, &bench.error), &bench.error);
  CHECK_OK(vector_init(&slice, &bench.memory, TYPE(INTEGER), 16, &bench.error), &bench.error);
  CHECK_OK(vector_init(&constant, &bench.memory, TYPE(INTEGER), 1, &bench.error), &bench.error);
  CHECK_OK(add_rows(&bench.error, &left, &right, 4, &result), &bench.error);
  CHECK_EQ_STR(row_text(&bench, &result, 0), "6");
  CHECK_EQ_STR(row_text(&bench, &result, 1), "NULL");
  CHECK_EQ_STR(row_text(&bench, &result, 2), "NULL");
  CHECK_EQ_STR(row_text(&bench, &result, 3), "10");
  uint32_t rows[4] = {3, 2, 1, 0};
  CHECK_OK(vector_slice(&slice, &left, rows, 4, &bench.error), &bench.error);
  CHECK_OK(vector_reset(&result, &bench.error), &bench.error);
  CHECK_OK(add_rows(&bench.error, &slice, &right, 4, &result), &bench.error);
  CHECK_EQ_STR(row_text(&bench, &result, 0), "15");
  CHECK_EQ_STR(row_text(&bench, &result, 2), "NULL");
  Value two = value_i64(TYPE(INTEGER), 2), null = value_null(TYPE(INTEGER));
  CHECK_OK(vector_fill_value(&constant, &two, &bench.error), &bench.error);
  CHECK_OK(vector_reset(&result, &bench.error), &bench.error);
  CHECK_OK(add_rows(&bench.error, &constant, &left, 4, &result), &bench.error);
  CHECK_EQ_STR(row_text(&bench, &result, 3), "12");
  CHECK_OK(vector_reset(&result, &bench.error), &bench.error);
  CHECK_OK(add_rows(&bench.error, &constant, &constant, 4, &result), &bench.error);
  CHECK_EQ_INT(result.form, VECTOR_CONSTANT);
  CHECK_EQ_STR(row_text(&bench, &result, 3), "4");
  CHECK_OK(vector_fill_value(&constant, &null, &bench.error), &bench.error);
  CHECK_OK(vector_reset(&result, &bench.error), &bench.error);
  CHECK_OK(add_rows(&bench.error, &left, &constant, 4, &result), &bench.error);
  CHECK_EQ_INT(result.form, VECTOR_CONSTANT);
  CHECK_EQ_STR(row_text(&bench, &result, 3), "NULL");
  Vector quotient;
  CHECK_OK(vector_init(&quotient, &bench.memory, TYPE(INTEGER), 16, &bench.error), &bench.error);
  CHECK_OK(divide_rows(&bench.error, &left, &right, 4, &quotient), &bench.error);
  CHECK_EQ_STR(row_text(&bench, &quotient, 0), "0");
  CHECK_EQ_STR(row_text(&bench, &quotient, 3), "NULL");
  vector_free(&quotient);
  vector_free(&left);
  vector_free(&right);
  vector_free(&result);
  vector_free(&slice);
  vector_free(&constant);
  bench_close(&bench);
}

UNIT_MAIN
