// SPDX-License-Identifier: MIT
//
// Lambdas: a kernel that runs the body over elements, captures of the row around it, lambdas in lambdas.
#include "expr_fixture.h"

static uint32_t map_batch = VECTOR_CAPACITY; // elements of one lambda_run

// map(list, lambda): the lambda of each element, in batches; parameters: element, index from 1.
FIXTURE_KERNEL(map_kernel) {
  Error *error = context->error;
  VectorView lists;
  vector_view(arguments[0], &lists);
  const Vector *elements = &lists.base->children[0];
  Vector element, index, out = {0};
  uint32_t rows[VECTOR_CAPACITY], at[VECTOR_CAPACITY], total = 0;
  TRY(vector_init(&element, context->memory, elements->type, 0, error));
  TRY(vector_init(&index, context->memory, TYPE(INTEGER), VECTOR_CAPACITY, error));
  ListEntry *entries = result->data;
  uint32_t written = 0, filled = 0;
  Status status = OK;
  for (uint32_t row = 0; row < row_count; row++) {
    uint32_t from = view_row(&lists, row);
    if (!view_valid(&lists, from)) {
      TRY(vector_set_null(result, row, error));
      entries[row] = (ListEntry){0};
      continue;
    }
    ListEntry entry = ((const ListEntry *)lists.data)[from];
    entries[row] = (ListEntry){.offset = total, .length = entry.length};
    total += entry.length;
  }
  TRY(vector_reserve(&result->children[0], total, error));
  for (uint32_t row = 0; row < row_count && status == OK; row++) {
    uint32_t from = view_row(&lists, row);
    ListEntry entry = view_valid(&lists, from) ? ((const ListEntry *)lists.data)[from] : (ListEntry){0};
    for (uint32_t i = 0; i <= entry.length && status == OK; i++) {
      bool last = row + 1 == row_count && i == entry.length;
      if (filled == map_batch || (last && filled)) {
        const Vector *parameters[] = {&element, &index};
        status = vector_slice(&element, elements, at, filled, error);
        if (status == OK) status = lambda_run(context, call, parameters, arguments, rows, filled, &out);
        if (status == OK) status = vector_copy(&result->children[0], written, &out, NULL, 0, filled, error);
        written += filled;
        filled = 0;
      }
      if (i == entry.length) break;
      at[filled] = entry.offset + i;
      ((int32_t *)index.data)[filled] = (int32_t)i + 1;
      rows[filled++] = row;
    }
  }
  result->child_rows = total;
  vector_free(&element);
  vector_free(&index);
  return status;
}

static const ScalarFunction map_function = {.name = "map", .result = TYPE_LIST, .kernel = map_kernel};

typedef struct Lists {
  Fixture f;
  Type list;
  Chunk input; // lists of INTEGER, INTEGER
} Lists;

// Row r: list of r % 4 elements r * 10, r * 10 + 1 …; NULL when r % 5 == 4. Second column: r.
static void lists_open(Lists *lists, uint32_t rows) {
  fixture_open(&lists->f);
  Error *error = &lists->f.error;
  CHECK_OK(type_make_list(&lists->f.arena, error, TYPE(INTEGER), &lists->list), error);
  Type types[] = {lists->list, TYPE(INTEGER)};
  CHECK_OK(chunk_init(&lists->input, &lists->f.memory, types, 2, error), error);
  Vector *column = &lists->input.columns[0], *elements = &column->children[0];
  uint32_t total = 0;
  for (uint32_t row = 0; row < rows; row++) {
    ((int32_t *)lists->input.columns[1].data)[row] = (int32_t)row;
    uint32_t length = row % 4;
    CHECK_OK(vector_reserve(elements, total + length, error), error);
    ((ListEntry *)column->data)[row] = (ListEntry){.offset = total, .length = length};
    for (uint32_t i = 0; i < length; i++) ((int32_t *)elements->data)[total + i] = (int32_t)(row * 10 + i);
    total += length;
    column->child_rows = total;
    if (row % 5 == 4) CHECK_OK(vector_set_null(column, row, error), error);
  }
  lists->input.row_count = rows;
}

static void lists_close(Lists *lists) {
  chunk_free(&lists->input);
  fixture_close(&lists->f);
}

static Expr *parameter(Fixture *f, uint32_t index, uint32_t depth, Type type) {
  Expr *e = expr_node(&f->arena, EXPR_LAMBDA_PARAMETER, type, 0);
  e->lambda_parameter.index = index;
  e->lambda_parameter.depth = depth;
  return e;
}

static Expr *map(Fixture *f, Expr *list, Expr *body, uint32_t parameter_count) {
  Expr *lambda = NODE(f, EXPR_LAMBDA, TYPE(LAMBDA), body);
  lambda->lambda.parameter_count = parameter_count;
  Expr *call = NODE(f, EXPR_CALL, list->type, list, lambda);
  call->call.function = &map_function;
  CHECK_OK(type_make_list(&f->arena, &f->error, body->type, &call->type), &f->error);
  return call;
}

static void run_lists(Lists *lists, Expr *expr, void (*check)(Fixture *, const Vector *)) {
  Fixture *f = &lists->f;
  Program *program;
  Evaluator *evaluator;
  Vector result = {0};
  CHECK_OK(program_compile(&f->arena, &f->error, &expr, 1, &program), &f->error);
  CHECK_OK(evaluator_open(&evaluator, program, NULL, &f->context), &f->error);
  for (int i = 0; i < 2; i++) {
    Status status = evaluator_run(evaluator, &lists->input, &result);
    CHECK_OK(status, &f->error);
    if (status == OK) check(f, &result);
    CHECK(f->context.lambda == NULL);
  }
  evaluator_close(evaluator);
}

static void check_simple(Fixture *f, const Vector *result) {
  CHECK_EQ_STR(fixture_text_of(f, result, 0), "[]");
  CHECK_EQ_STR(fixture_text_of(f, result, 3), "[31, 33, 35]");
  CHECK_EQ_STR(fixture_text_of(f, result, 4), "NULL");
  CHECK_EQ_STR(fixture_text_of(f, result, 7), "[71, 73, 75]");
}

TEST(runs_a_body_over_elements) {
  for (map_batch = 1; map_batch <= VECTOR_CAPACITY; map_batch *= 2) {
    Lists lists;
    lists_open(&lists, 8);
    Fixture *f = &lists.f;
    Expr *body = fixture_call(f, &fixture_add, parameter(f, 0, 0, TYPE(INTEGER)), parameter(f, 1, 0, TYPE(INTEGER)));
    run_lists(&lists, map(f, fixture_input(f, 0, lists.list), body, 2), check_simple);
    lists_close(&lists);
  }
  map_batch = VECTOR_CAPACITY;
}

static void check_capture(Fixture *f, const Vector *result) {
  CHECK_EQ_STR(fixture_text_of(f, result, 3), "[36, 37, 38]");
  CHECK_EQ_STR(fixture_text_of(f, result, 5), "[60]");
}

TEST(captures_columns_and_values_around) {
  Lists lists;
  lists_open(&lists, 2048 / 4);
  Fixture *f = &lists.f;
  // map(list, x -> x + (r + r)): r is captured; the constant list row by row.
  Expr *around = fixture_input(f, 1, TYPE(INTEGER));
  Expr *body =
      fixture_call(f, &fixture_add, parameter(f, 0, 0, TYPE(INTEGER)), fixture_call(f, &fixture_add, around, around));
  run_lists(&lists, map(f, fixture_input(f, 0, lists.list), body, 1), check_capture);
  lists_close(&lists);
}

static void check_case(Fixture *f, const Vector *result) {
  CHECK_EQ_STR(fixture_text_of(f, result, 0), "[]");
  CHECK_EQ_STR(fixture_text_of(f, result, 2), "[20, 21]");
  CHECK_EQ_STR(fixture_text_of(f, result, 4), "[1]");
  CHECK_EQ_STR(fixture_text_of(f, result, 6), "[66, 67]");
  CHECK_EQ_STR(fixture_text_of(f, result, 9), "[1]");
  vector_verify(result, 12);
}

TEST(nested_values_pass_through_case_and_coalesce) {
  Lists lists;
  lists_open(&lists, 12);
  Fixture *f = &lists.f;
  Expr *column = fixture_input(f, 0, lists.list), *row = fixture_input(f, 1, TYPE(INTEGER));
  Expr *shifted = map(f, column, fixture_call(f, &fixture_guarded_add, parameter(f, 0, 0, TYPE(INTEGER)), row), 1);
  Value one = value_i64(TYPE(INTEGER), 1);
  Value list = {.type = lists.list, .nested = {.items = &one, .count = 1}};
  Expr *large = expr_compare(&f->arena, COMPARE_GREATER, row, fixture_integer(f, 5));
  Expr *choice = NODE(f, EXPR_CASE, lists.list, large, shifted, column);
  run_lists(&lists, NODE(f, EXPR_COALESCE, lists.list, choice, expr_constant(&f->arena, list)), check_case);
  lists_close(&lists);
}

static void check_nested(Fixture *f, const Vector *result) {
  CHECK_EQ_STR(fixture_text_of(f, result, 2), "[[42, 43], [43, 44]]");
  CHECK_EQ_STR(fixture_text_of(f, result, 1), "[[21]]");
}

TEST(lambdas_in_lambdas) {
  Lists lists;
  lists_open(&lists, 8);
  Fixture *f = &lists.f;
  // map(list, x -> map(list, y -> x + y + r))
  Expr *inner =
      fixture_call(f, &fixture_add,
                   fixture_call(f, &fixture_add, parameter(f, 0, 1, TYPE(INTEGER)), parameter(f, 0, 0, TYPE(INTEGER))),
                   fixture_input(f, 1, TYPE(INTEGER)));
  Expr *column = fixture_input(f, 0, lists.list);
  run_lists(&lists, map(f, column, map(f, column, inner, 1), 1), check_nested);
  lists_close(&lists);
}

UNIT_MAIN
