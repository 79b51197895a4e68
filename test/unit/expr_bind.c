// SPDX-License-Identifier: MIT
//
// Names to functions: lookup, DuckDB's overload choice and its error texts, casts, NULL arguments.
#include "expr_fixture.h"

FIXTURE_KERNEL(no_kernel) {
  (void)context;
  (void)call;
  (void)arguments;
  (void)row_count;
  (void)result;
  return OK;
}

#define ONE(T) .arguments = {TYPE_##T}, .argument_count = 1
#define TWO(A, B) .arguments = {TYPE_##A, TYPE_##B}, .argument_count = 2
#define FUNCTION(variable, text, result_type, ...) \
  static const ScalarFunction variable = {.name = text, .result = TYPE_##result_type, .kernel = no_kernel, __VA_ARGS__}

static Status bind_decimal(ScalarBind *bind) {
  bind->result_type = bind->argument_types[0] = bind->arguments[0]->type;
  return OK;
}

static Status bind_first(ScalarBind *bind) {
  bind->result_type = bind->arguments[0]->type;
  return OK;
}

FUNCTION(abs_i8, "abs", TINYINT, ONE(TINYINT));
FUNCTION(abs_i32, "abs", INTEGER, ONE(INTEGER));
FUNCTION(abs_i64, "abs", BIGINT, ONE(BIGINT));
FUNCTION(abs_f64, "abs", DOUBLE, ONE(DOUBLE));
FUNCTION(abs_decimal, "abs", DECIMAL, ONE(DECIMAL), .bind = bind_decimal);
FUNCTION(concat, "concat", ANY, TWO(ANY, ANY), .variadic = true, .nulls = NULLS_SPECIAL, .bind = bind_first);
FUNCTION(contains, "list_contains", BOOLEAN, TWO(LIST, ANY));
FUNCTION(pi_function, "pi", DOUBLE);
FUNCTION(trunc_date, "trunc", TIMESTAMP, TWO(VARCHAR, DATE));
FUNCTION(trunc_interval, "trunc", INTERVAL, TWO(VARCHAR, INTERVAL));
FUNCTION(trunc_timestamp, "trunc", TIMESTAMP, TWO(VARCHAR, TIMESTAMP));

static const ScalarFunction *const scalars[] = {&abs_i8,      &abs_i32,        &abs_i64,        &abs_f64,
                                                &abs_decimal, &concat,         &contains,       &pi_function,
                                                &trunc_date,  &trunc_interval, &trunc_timestamp};

static const AggregateFunction sum_integer = {
    .name = "sum", .arguments = {TYPE_INTEGER}, .argument_count = 1, .result = TYPE_HUGEINT, .distinct_matters = true};
static const AggregateFunction sum_double = {
    .name = "sum", .arguments = {TYPE_DOUBLE}, .argument_count = 1, .result = TYPE_DOUBLE, .distinct_matters = true};
static const AggregateFunction max_double = {
    .name = "max", .arguments = {TYPE_DOUBLE}, .argument_count = 1, .result = TYPE_DOUBLE};
static const AggregateFunction *const aggregates[] = {&max_double, &sum_integer, &sum_double};

static const FunctionLibrary library = {.scalars = scalars,
                                        .scalar_count = COUNT_OF(scalars),
                                        .aggregates = aggregates,
                                        .aggregate_count = COUNT_OF(aggregates)};

static Status bind(Fixture *f, const char *name, Expr **out, uint32_t count, Expr *a, Expr *b) {
  Expr *arguments[2] = {a, b};
  return bind_scalar_call(&f->arena, &f->error, &f->facts, &library, str_from(name), arguments, count, NULL, 7, out);
}

static Status sum(Fixture *f, Expr **out, Expr *argument, bool distinct) {
  return bind_aggregate_call(&f->arena, &f->error, &f->facts, &library, STR("sum"), &argument, 1, distinct, 7, out);
}

TEST(finds_names_in_any_case) {
  uint32_t first, count;
  CHECK(library_find_scalar(&library, STR("ABS"), &first, &count));
  CHECK_EQ_INT(first, 0);
  CHECK_EQ_INT(count, 5);
  CHECK(library_find_scalar(&library, STR("trunc"), &first, &count));
  CHECK_EQ_INT(count, 3);
  CHECK(!library_find_scalar(&library, STR("ab"), &first, &count));
  CHECK(!library_find_scalar(&library, STR("abss"), &first, &count));
  CHECK(!library_find_scalar(&library, STR(""), &first, &count));
  CHECK(library_find_aggregate(&library, STR("sum"), &first, &count));
  CHECK_EQ_INT(first, 1);
  CHECK(!library_find_table(&library, STR("range"), &first, &count));
}

TEST(chooses_the_cheapest_cast) {
  Fixture f;
  fixture_open(&f);
  Expr *out = NULL;
  CHECK_OK(bind(&f, "abs", &out, 1, fixture_input(&f, 0, TYPE(SMALLINT)), NULL), &f.error);
  CHECK(out->call.function == &abs_i64); // BIGINT is the cheapest wider type, as in DuckDB
  CHECK_EQ_INT(out->children[0]->kind, EXPR_CAST);
  CHECK_EQ_INT(out->position, 7);
  CHECK_OK(bind(&f, "abs", &out, 1, fixture_input(&f, 0, TYPE(INTEGER)), NULL), &f.error);
  CHECK(out->call.function == &abs_i32 && out->children[0]->kind == EXPR_INPUT);
  CHECK_OK(bind(&f, "abs", &out, 1, fixture_input(&f, 0, TYPE(FLOAT)), NULL), &f.error);
  CHECK(out->call.function == &abs_f64);
  CHECK_OK(bind(&f, "abs", &out, 1, fixture_input(&f, 0, type_decimal(7, 2)), NULL), &f.error);
  CHECK(out->call.function == &abs_decimal && type_equal(out->type, type_decimal(7, 2)));
  CHECK_OK(bind(&f, "pi", &out, 0, NULL, NULL), &f.error);
  CHECK_EQ_INT(out->child_count, 0);
  fixture_close(&f);
}

TEST(literals_bind_loosely) {
  Fixture f;
  fixture_open(&f);
  Expr *out = NULL;
  CHECK_OK(bind(&f, "abs", &out, 1, fixture_integer(&f, 1), NULL), &f.error);
  CHECK(out->call.function == &abs_i32);
  CHECK_OK(bind(&f, "abs", &out, 1, expr_constant(&f.arena, value_i64(TYPE(BIGINT), INT64_C(300000000000))), NULL),
           &f.error);
  CHECK(out->call.function == &abs_i64);
  CHECK_OK(bind(&f, "trunc", &out, 2, fixture_string(&f, "month"), fixture_input(&f, 0, TYPE(DATE))), &f.error);
  CHECK(out->call.function == &trunc_date);
  CHECK_STATUS(bind(&f, "abs", &out, 1, fixture_string(&f, "x"), NULL), ERROR_BINDER);
  CHECK_EQ_STR(f.error.message,
               "Could not choose a best candidate function for the function call \"abs(STRING_LITERAL)\". In order to "
               "select one, please add explicit type casts.\n\tCandidate functions:\n\tabs(INTEGER) -> INTEGER\n\t"
               "abs(BIGINT) -> BIGINT\n\tabs(DOUBLE) -> DOUBLE\n\tabs(TINYINT) -> TINYINT\n");
  fixture_close(&f);
}

TEST(says_what_does_not_match) {
  Fixture f;
  fixture_open(&f);
  Expr *out = NULL;
  CHECK_STATUS(bind(&f, "abs", &out, 1, fixture_input(&f, 0, TYPE(VARCHAR)), NULL), ERROR_BINDER);
  CHECK_EQ_STR(f.error.message,
               "No function matches the given name and argument types 'abs(VARCHAR)'. You might need to add explicit "
               "type casts.\n\tCandidate functions:\n\tabs(TINYINT) -> TINYINT\n\tabs(INTEGER) -> INTEGER\n\t"
               "abs(BIGINT) -> BIGINT\n\tabs(DOUBLE) -> DOUBLE\n\tabs(DECIMAL) -> DECIMAL\n");
  CHECK_EQ_INT(f.error.position, 7);
  CHECK_STATUS(bind(&f, "concat", &out, 0, NULL, NULL), ERROR_BINDER);
  CHECK_EQ_STR(f.error.message,
               "No function matches the given name and argument types 'concat()'. You might need to add explicit type "
               "casts.\n\tCandidate functions:\n\tconcat(ANY, [ANY...]) -> ANY\n");
  CHECK_STATUS(bind(&f, "list_contains", &out, 2, fixture_integer(&f, 1), fixture_integer(&f, 2)), ERROR_BINDER);
  CHECK_EQ_STR(f.error.message,
               "No function matches the given name and argument types 'list_contains(INTEGER_LITERAL, "
               "INTEGER_LITERAL)'. You might need to add explicit type casts.\n\tCandidate functions:\n\t"
               "list_contains(T[], T) -> BOOLEAN\n");
  CHECK_STATUS(bind(&f, "trunk", &out, 0, NULL, NULL), ERROR_CATALOG);
  CHECK_EQ_STR(f.error.message, "Scalar Function with name trunk does not exist!\nDid you mean \"trunc\"?");
  fixture_close(&f);
}

TEST(null_and_unknown_arguments) {
  Fixture f;
  fixture_open(&f);
  Expr *out = NULL;
  Expr *bare = fixture_null(&f, (Type){.id = TYPE_NULL});
  CHECK_OK(bind(&f, "abs", &out, 1, bare, NULL), &f.error);
  CHECK_EQ_INT(out->kind, EXPR_CONSTANT);
  CHECK(out->constant.is_null && out->type.id == TYPE_BIGINT);
  CHECK_OK(bind(&f, "concat", &out, 2, fixture_input(&f, 0, TYPE(VARCHAR)), bare), &f.error);
  CHECK_EQ_INT(out->kind, EXPR_CALL);
  CHECK_STATUS(bind(&f, "trunc", &out, 2, bare, bare), ERROR_BINDER);
  CHECK_EQ_STR(
      f.error.message,
      "Could not choose a best candidate function for the function call \"trunc(\"NULL\", \"NULL\")\". In order "
      "to select one, please add explicit type casts.\n\tCandidate functions:\n\ttrunc(VARCHAR, INTERVAL) -> "
      "INTERVAL\n\ttrunc(VARCHAR, DATE) -> TIMESTAMP\n");
  Expr *parameter = expr_node(&f.arena, EXPR_PARAMETER, TYPE(UNKNOWN), 0);
  CHECK_STATUS(bind(&f, "abs", &out, 1, parameter, NULL), ERROR_BINDER);
  CHECK_OK(bind(&f, "list_contains", &out, 2, parameter, fixture_integer(&f, 1)), &f.error);
  Expr *unit = expr_node(&f.arena, EXPR_PARAMETER, TYPE(UNKNOWN), 0);
  CHECK_OK(bind(&f, "trunc", &out, 2, unit, fixture_input(&f, 0, TYPE(INTERVAL))), &f.error);
  CHECK_EQ_INT(unit->type.id, TYPE_VARCHAR);
  fixture_close(&f);
}

TEST(aggregates_take_plain_types) {
  Fixture f;
  fixture_open(&f);
  Expr *out = NULL;
  CHECK_OK(sum(&f, &out, fixture_integer(&f, 1), true), &f.error);
  CHECK_EQ_INT(out->kind, EXPR_AGGREGATE);
  CHECK(out->aggregate.function == &sum_integer && out->aggregate.distinct);
  CHECK_STATUS(sum(&f, &out, fixture_string(&f, "a"), false), ERROR_BINDER);
  CHECK_EQ_STR(f.error.message,
               "No function matches the given name and argument types 'sum(VARCHAR)'. You might need to add explicit "
               "type casts.\n\tCandidate functions:\n\tsum(INTEGER) -> HUGEINT\n\tsum(DOUBLE) -> DOUBLE\n");
  Expr *argument = fixture_input(&f, 0, TYPE(INTEGER));
  CHECK_OK(bind_aggregate_call(&f.arena, &f.error, &f.facts, &library, STR("MAX"), &argument, 1, true, -1, &out),
           &f.error);
  CHECK(!out->aggregate.distinct && out->children[0]->kind == EXPR_CAST);
  fixture_close(&f);
}

UNIT_MAIN
