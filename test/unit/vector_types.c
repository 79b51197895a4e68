// SPDX-License-Identifier: MIT
//
// Types: names, printing, equality, bytes, meeting types, implicit costs.
#include "vector_helpers.h"
#include "vector_unify_table.h"

static const char *const TYPES[] = {
    "BOOLEAN",
    "TINYINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UHUGEINT",
    "FLOAT",
    "DOUBLE",
    "DECIMAL(18,3)",
    "DECIMAL(38,38)",
    "VARCHAR",
    "BLOB",
    "BIT",
    "DATE",
    "TIME",
    "TIMESTAMP",
    "TIMESTAMP_NS",
    "INTERVAL",
    "UUID",
    "INTEGER[]",
    "INTEGER[3]",
    "VARCHAR[][]",
    "STRUCT(a INTEGER, b VARCHAR)",
    "MAP(INTEGER, VARCHAR[])",
    "UNION(a INTEGER, b VARCHAR)",
    "ENUM('a', 'b')",
    "STRUCT(\"a b\" STRUCT(c DECIMAL(4,1)[]), \"year\" DATE)[]",
};

TEST(print_reads_back) {
  Bench bench;
  bench_open(&bench);
  for (size_t i = 0; i < COUNT_OF(TYPES); i++) {
    Type type = parse_type(&bench, TYPES[i]);
    CHECK_EQ_STR(type_as_text(&bench, type), TYPES[i]);
  }
  Type row;
  Type fields[2] = {TYPE(INTEGER), TYPE(NULL)};
  CHECK_OK(type_make_struct(&bench.arena, &bench.error, fields, NULL, 2, &row), &bench.error);
  CHECK_EQ_STR(type_as_text(&bench, row), "STRUCT(INTEGER, \"NULL\")");
  CHECK_EQ_STR(type_as_text(&bench, TYPE(TIMESTAMP_TZ)), "TIMESTAMP WITH TIME ZONE");
  Str values[1] = {STR("it's")};
  Type enumeration;
  CHECK_OK(type_make_enum(&bench.arena, &bench.error, values, 1, &enumeration), &bench.error);
  CHECK_EQ_STR(type_as_text(&bench, enumeration), "ENUM('it''s')");
  Type alias;
  CHECK_OK(type_with_alias(&bench.arena, &bench.error, enumeration, STR("mood"), &alias), &bench.error);
  CHECK_EQ_STR(type_as_text(&bench, alias), type_as_text(&bench, enumeration)); // as DuckDB prints it
  CHECK(!type_equal(alias, enumeration));
  bench_close(&bench);
}

TEST(names_and_aliases) {
  Type type;
  CHECK(type_from_name(STR("Int8"), &type));
  CHECK_EQ_INT(type.id, TYPE_BIGINT);
  CHECK(type_from_name(STR("TEXT"), &type));
  CHECK_EQ_INT(type.id, TYPE_VARCHAR);
  CHECK(type_from_name(STR("numeric"), &type));
  CHECK_EQ_INT(type.width, 18);
  CHECK_EQ_INT(type.scale, 3);
  CHECK(!type_from_name(STR("mood"), &type));
  CHECK(!type_from_name(STR(""), &type));
}

TEST(bytes_round_trip_and_reject_damage) {
  Bench bench;
  bench_open(&bench);
  for (size_t i = 0; i < COUNT_OF(TYPES); i++) {
    Type type = parse_type(&bench, TYPES[i]), back;
    if (i % 2) CHECK_OK(type_with_alias(&bench.arena, &bench.error, type, STR("own"), &type), &bench.error);
    TextBuilder bytes;
    text_init(&bytes, &bench.memory);
    type_serialize(&bytes, type);
    size_t used = 0;
    const uint8_t *data = (const uint8_t *)bytes.data;
    CHECK_OK(type_deserialize(&bench.arena, &bench.error, data, bytes.length, &used, &back), &bench.error);
    CHECK_EQ_INT(used, bytes.length);
    CHECK(type_equal(type, back));
    for (size_t length = 0; length < bytes.length; length++) {
      CHECK(type_deserialize(&bench.arena, &bench.error, data, length, &used, &back) != OK);
    }
    // Any byte may be any other: an error or another type, never a crash.
    for (size_t at = 0; at < bytes.length; at++) {
      for (int value = 0; value < 256; value += 7) {
        char kept = bytes.data[at];
        bytes.data[at] = (char)value;
        Status status = type_deserialize(&bench.arena, &bench.error, data, bytes.length, &used, &back);
        CHECK(status == OK || status == ERROR_CORRUPT);
        bytes.data[at] = kept;
      }
    }
    text_free(&bytes);
  }
  bench_close(&bench);
}

TEST(depth_is_limited) {
  Bench bench;
  bench_open(&bench);
  Type type = TYPE(INTEGER);
  Status status = OK;
  uint32_t depth = 0;
  while (status == OK && depth < 1000) {
    status = type_make_list(&bench.arena, &bench.error, type, &type);
    depth++;
  }
  CHECK_STATUS(status, ERROR_INVALID_INPUT);
  CHECK_EQ_INT(depth, TYPE_DEPTH_LIMIT + 1);
  bench_close(&bench);
}

TEST(copies_are_equal_and_apart) {
  Bench bench;
  bench_open(&bench);
  for (size_t i = 0; i < COUNT_OF(TYPES); i++) {
    Arena other;
    arena_init(&other, &bench.memory);
    Type copy;
    CHECK_OK(type_copy(&other, &bench.error, parse_type(&bench, TYPES[i]), &copy), &bench.error);
    arena_reset(&bench.arena);
    CHECK_EQ_STR(type_as_text(&bench, copy), TYPES[i]);
    for (size_t k = 0; k < COUNT_OF(TYPES); k++) {
      CHECK_EQ_INT(type_equal(copy, parse_type(&bench, TYPES[k])), i == k);
    }
    arena_free(&other);
  }
  bench_close(&bench);
}

TEST(meeting_types_as_duckdb) {
  Bench bench;
  bench_open(&bench);
  for (size_t i = 0; i < COUNT_OF(UNIFY_TABLE); i++) {
    Type left = parse_type(&bench, UNIFY_TABLE[i].left), right = parse_type(&bench, UNIFY_TABLE[i].right), met;
    bool meets = UNIFY_TABLE[i].set_operation ? type_unify_force(&bench.arena, left, right, &met)
                                              : type_unify(&bench.arena, left, right, &met);
    Str answer = meets ? type_as_text(&bench, met) : STR("");
    if (!str_equal(answer, str_from(UNIFY_TABLE[i].expected))) {
      UNIT_FAIL("%s: %s + %s: %.*s, expected %s", UNIFY_TABLE[i].set_operation ? "UNION" : "CASE", UNIFY_TABLE[i].left,
                UNIFY_TABLE[i].right, STR_ARG(answer), UNIFY_TABLE[i].expected);
    }
    arena_reset(&bench.arena);
  }
  bench_close(&bench);
}

static Str unified(Bench *bench, Type left, Type right) {
  Type met;
  if (!type_unify(&bench->arena, left, right, &met)) return STR("");
  return type_as_text(bench, met);
}

TEST(literals) {
  Bench bench;
  bench_open(&bench);
  CHECK_EQ_STR(unified(&bench, type_integer_literal(1), TYPE(TINYINT)), "TINYINT");
  CHECK_EQ_STR(unified(&bench, type_integer_literal(127), TYPE(TINYINT)), "TINYINT");
  CHECK_EQ_STR(unified(&bench, type_integer_literal(128), TYPE(TINYINT)), "INTEGER");
  CHECK_EQ_STR(unified(&bench, type_integer_literal(-128), TYPE(TINYINT)), "TINYINT");
  CHECK_EQ_STR(unified(&bench, type_integer_literal(-1), TYPE(UTINYINT)), "INTEGER");
  CHECK_EQ_STR(unified(&bench, type_integer_literal(255), TYPE(UTINYINT)), "UTINYINT");
  CHECK_EQ_STR(unified(&bench, type_integer_literal(1), type_integer_literal(2)), "INTEGER");
  CHECK_EQ_STR(unified(&bench, type_integer_literal(1), type_integer_literal(INT64_C(5000000000))), "BIGINT");
  CHECK_EQ_STR(unified(&bench, type_integer_literal(1), type_decimal(2, 1)), "DECIMAL(11,1)");
  CHECK_EQ_STR(unified(&bench, type_integer_literal(1), TYPE(DOUBLE)), "DOUBLE");
  CHECK_EQ_STR(unified(&bench, type_integer_literal(1), TYPE(VARCHAR)), "");
  CHECK_EQ_STR(unified(&bench, TYPE(STRING_LITERAL), TYPE(DATE)), "DATE");
  CHECK_EQ_STR(unified(&bench, TYPE(STRING_LITERAL), TYPE(STRING_LITERAL)), "VARCHAR");
  CHECK_EQ_STR(unified(&bench, TYPE(NULL), type_integer_literal(1)), "INTEGER");
  CHECK_EQ_STR(unified(&bench, TYPE(NULL), TYPE(STRING_LITERAL)), "VARCHAR");
  Type met;
  CHECK(type_unify_compare(&bench.arena, TYPE(INTEGER), TYPE(VARCHAR), true, &met));
  CHECK_EQ_INT(met.id, TYPE_INTEGER);
  CHECK(!type_unify_compare(&bench.arena, TYPE(INTEGER), TYPE(VARCHAR), false, &met));
  CHECK(type_unify_compare(&bench.arena, TYPE(DATE), TYPE(TIMESTAMP), false, &met));
  CHECK_EQ_INT(met.id, TYPE_TIMESTAMP);
  bench_close(&bench);
}

TEST(implicit_costs) {
  CHECK_EQ_INT(type_implicit_cost(TYPE(INTEGER), TYPE(INTEGER)), 0);
  CHECK(type_implicit_cost(TYPE(INTEGER), TYPE(BIGINT)) > 0);
  CHECK(type_implicit_cost(TYPE(INTEGER), TYPE(BIGINT)) < type_implicit_cost(TYPE(INTEGER), TYPE(DOUBLE)));
  CHECK(type_implicit_cost(TYPE(INTEGER), TYPE(BIGINT)) < type_implicit_cost(TYPE(INTEGER), TYPE(HUGEINT)));
  CHECK_EQ_INT(type_implicit_cost(TYPE(BIGINT), TYPE(INTEGER)), -1);
  CHECK_EQ_INT(type_implicit_cost(TYPE(INTEGER), TYPE(VARCHAR)), -1);
  CHECK_EQ_INT(type_implicit_cost(TYPE(VARCHAR), TYPE(INTEGER)), -1);
  CHECK(type_implicit_cost(TYPE(STRING_LITERAL), TYPE(VARCHAR)) < type_implicit_cost(TYPE(STRING_LITERAL), TYPE(DATE)));
  CHECK_EQ_INT(type_implicit_cost(TYPE(BLOB), TYPE(VARCHAR)), -1);
  CHECK(type_implicit_cost(TYPE(DATE), TYPE(TIMESTAMP)) > 0);
  CHECK(type_implicit_cost(type_integer_literal(5), TYPE(TINYINT)) > 0);
  CHECK_EQ_INT(type_implicit_cost(type_integer_literal(500), TYPE(TINYINT)), -1);
  CHECK(type_implicit_cost(TYPE(INTEGER), TYPE(ANY)) >= 0);
  CHECK(type_implicit_cost(TYPE(INTEGER), type_decimal(0, 0)) > 0);
}

UNIT_MAIN
