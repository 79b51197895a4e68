// SPDX-License-Identifier: MIT
//
// expr_fixture.h: what the tests of expr/ share: a statement's surroundings and a few functions whose kernels are known.
#ifndef SMEW_UNIT_EXPR_FIXTURE_H
#define SMEW_UNIT_EXPR_FIXTURE_H

#include "expr/expr.h"
#include "unit.h"
#include "vector/kernels.h"

typedef struct Fixture {
  Memory memory;
  Arena arena;
  Arena scratch;
  Error error;
  StatementFacts facts;
  EvalContext context;
} Fixture;

static inline void fixture_open(Fixture *fixture) {
  memset(fixture, 0, sizeof *fixture);
  memory_init(&fixture->memory, 0);
  arena_init(&fixture->arena, &fixture->memory);
  arena_init(&fixture->scratch, &fixture->memory);
  fixture->facts.memory = &fixture->memory;
  fixture->context = (EvalContext){
      .error = &fixture->error, .memory = &fixture->memory, .facts = &fixture->facts, .scratch = &fixture->scratch};
}

static inline void fixture_close(Fixture *fixture) {
  arena_free(&fixture->scratch);
  arena_free(&fixture->arena);
  CHECK_EQ_INT(fixture->memory.used_bytes, 0);
}

// ---------------------------------------------------------------------------------------------------------------------
// Functions
// ---------------------------------------------------------------------------------------------------------------------

static int fixture_calls; // of the counting kernels
static long fixture_rows; // rows they were called with

#define FIXTURE_KERNEL(function)                                                                              \
  static inline Status function(EvalContext *context, const ScalarCall *call, const Vector *const *arguments, \
                                uint32_t row_count, Vector *result)

// Sum modulo 1000: cannot overflow; counted.
FIXTURE_KERNEL(fixture_add_kernel) {
  (void)call;
  fixture_calls++;
  fixture_rows += row_count;
  BINARY_TOTAL(context->error, arguments[0], arguments[1], row_count, result, int32_t, int32_t, int32_t,
               { out = (int32_t)(((int64_t)left + right) % 1000); });
  return OK;
}

FIXTURE_KERNEL(fixture_divide_kernel) {
  (void)call;
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, int32_t, int32_t, int32_t, {
    if (right == 0) return error_set(context->error, ERROR_OUT_OF_RANGE, call->position, "Division by zero!");
    out = left / right;
  });
  return OK;
}

// Appends "!" to a text; counted.
FIXTURE_KERNEL(fixture_shout_kernel) {
  (void)call;
  fixture_calls++;
  fixture_rows += row_count;
  UNARY_VOID(context->error, arguments[0], row_count, result, StringView, {
    char *room = vector_string_room(result, in.length + 1);
    if (!room) return error_no_memory(context->error);
    memcpy(room, string_data(&in), in.length);
    room[in.length] = '!';
    ((StringView *)result->data)[row] = string_view(room, in.length + 1);
  });
  return OK;
}

FIXTURE_KERNEL(fixture_length_kernel) {
  (void)call;
  UNARY_CHECKED(context->error, arguments[0], row_count, result, StringView, int32_t, { out = (int32_t)in.length; });
  return OK;
}

FIXTURE_KERNEL(fixture_counter_kernel) {
  (void)context;
  (void)call;
  (void)arguments;
  for (uint32_t row = 0; row < row_count; row++) ((int32_t *)result->data)[row] = fixture_calls++;
  return OK;
}

static const ScalarFunction fixture_add = {.name = "+",
                                           .arguments = {TYPE_INTEGER, TYPE_INTEGER},
                                           .argument_count = 2,
                                           .result = TYPE_INTEGER,
                                           .kernel = fixture_add_kernel};
// The same, said to fail: runs only for the rows that need it.
static const ScalarFunction fixture_guarded_add = {.name = "guarded_add",
                                                   .arguments = {TYPE_INTEGER, TYPE_INTEGER},
                                                   .argument_count = 2,
                                                   .result = TYPE_INTEGER,
                                                   .kernel = fixture_add_kernel,
                                                   .can_fail = true};
static const ScalarFunction fixture_divide = {.name = "//",
                                              .arguments = {TYPE_INTEGER, TYPE_INTEGER},
                                              .argument_count = 2,
                                              .result = TYPE_INTEGER,
                                              .kernel = fixture_divide_kernel,
                                              .can_fail = true};
static const ScalarFunction fixture_shout = {.name = "shout",
                                             .arguments = {TYPE_VARCHAR},
                                             .argument_count = 1,
                                             .result = TYPE_VARCHAR,
                                             .kernel = fixture_shout_kernel};
static const ScalarFunction fixture_length = {.name = "length",
                                              .arguments = {TYPE_VARCHAR},
                                              .argument_count = 1,
                                              .result = TYPE_INTEGER,
                                              .kernel = fixture_length_kernel};
static const ScalarFunction fixture_counter = {
    .name = "counter", .result = TYPE_INTEGER, .kernel = fixture_counter_kernel, .stability = STABILITY_VOLATILE};

// ---------------------------------------------------------------------------------------------------------------------
// Trees. Memory does not run out in these.
// ---------------------------------------------------------------------------------------------------------------------

static inline Expr *fixture_call(Fixture *f, const ScalarFunction *function, Expr *a, Expr *b) {
  Expr *call = expr_node(&f->arena, EXPR_CALL, declared_type(function->result), (a != NULL) + (b != NULL));
  call->call.function = function;
  if (a) call->children[0] = a;
  if (b) call->children[1] = b;
  return call;
}

static inline Expr *fixture_integer(Fixture *f, int64_t value) {
  return expr_constant(&f->arena, value_i64(TYPE(INTEGER), value));
}

static inline Expr *fixture_string(Fixture *f, const char *text) {
  return expr_constant(&f->arena, value_text(str_from(text)));
}

static inline Expr *fixture_null(Fixture *f, Type type) { return expr_constant(&f->arena, value_null(type)); }

static inline Expr *fixture_input(Fixture *f, uint32_t column, Type type) {
  return expr_input(&f->arena, column, type);
}

// kind with children …, ended by NULL.
static inline Expr *fixture_node(Fixture *f, ExprKind kind, Type type, Expr *const *children) {
  uint32_t count = 0;
  while (children[count]) count++;
  Expr *node = expr_node(&f->arena, kind, type, count);
  for (uint32_t i = 0; i < count; i++) node->children[i] = children[i];
  return node;
}
#define NODE(f, kind, type, ...) fixture_node((f), (kind), (type), (Expr *const[]){__VA_ARGS__, NULL})

// ---------------------------------------------------------------------------------------------------------------------
// Columns
// ---------------------------------------------------------------------------------------------------------------------

// Appends `count` integers; `nulls[i]` (may be NULL) makes row i NULL.
static inline void fixture_fill_integers(Fixture *f, Vector *vector, const int32_t *values, const char *nulls,
                                         uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    ((int32_t *)vector->data)[i] = values[i];
    if (nulls && nulls[i] == 'n') CHECK_OK(vector_set_null(vector, i, &f->error), &f->error);
  }
}

// The text of a row, as CAST to VARCHAR prints it. In a ring of static buffers.
static inline const char *fixture_text_of(Fixture *f, const Vector *vector, uint32_t row) {
  static char ring[8][256];
  static int next;
  char *buffer = ring[next++ % 8];
  TextBuilder text;
  text_init(&text, &f->memory);
  vector_print_row(&text, vector, row, (TimeZone){0});
  text_format_into(buffer, 256, "%.*s", (int)text.length, text.data ? text.data : "");
  text_free(&text);
  return buffer;
}

#endif
