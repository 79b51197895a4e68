// SPDX-License-Identifier: MIT
//
// Bound expressions as trees: making, equality, hash, copy, walks, what can be said of them, printing.
#include "expr_fixture.h"

static const char *printed(Fixture *f, const Expr *expr) {
  static char buffer[1024];
  TextBuilder text;
  text_init(&text, &f->memory);
  expr_print(&text, expr);
  text_format_into(buffer, sizeof buffer, "%.*s", (int)text.length, text.data);
  text_free(&text);
  return buffer;
}

TEST(and_flattens) {
  Fixture f;
  fixture_open(&f);
  Expr *a = fixture_input(&f, 0, TYPE(BOOLEAN)), *b = fixture_input(&f, 1, TYPE(BOOLEAN));
  Expr *c = fixture_input(&f, 2, TYPE(BOOLEAN));
  Expr *both = expr_and(&f.arena, expr_and(&f.arena, a, b), expr_and(&f.arena, NULL, c));
  CHECK_EQ_INT(both->kind, EXPR_AND);
  CHECK_EQ_INT(both->child_count, 3);
  CHECK(both->children[2] == c);
  CHECK(expr_and(&f.arena, NULL, a) == a);
  CHECK(expr_and(&f.arena, a, NULL) == a);
  fixture_close(&f);
}

TEST(cast_to_the_same_type_is_the_child) {
  Fixture f;
  fixture_open(&f);
  Expr *a = fixture_input(&f, 0, TYPE(INTEGER));
  CHECK(expr_cast(&f.arena, a, TYPE(INTEGER), false) == a);
  Expr *wide = expr_cast(&f.arena, a, TYPE(BIGINT), false);
  CHECK_EQ_INT(wide->kind, EXPR_CAST);
  CHECK(type_equal(wide->type, TYPE(BIGINT)));
  Expr *null = expr_cast(&f.arena, fixture_null(&f, (Type){.id = TYPE_NULL}), TYPE(DATE), false);
  CHECK_EQ_INT(null->kind, EXPR_CONSTANT);
  CHECK(null->constant.is_null && null->constant.type.id == TYPE_DATE);
  Expr *parameter = expr_node(&f.arena, EXPR_PARAMETER, TYPE(UNKNOWN), 0);
  CHECK(expr_cast(&f.arena, parameter, TYPE(DOUBLE), false) == parameter);
  CHECK_EQ_INT(parameter->type.id, TYPE_DOUBLE);
  fixture_close(&f);
}

TEST(equal_trees_hash_alike) {
  Fixture f;
  fixture_open(&f);
  Expr *sum = fixture_call(&f, &fixture_add, fixture_input(&f, 0, TYPE(INTEGER)), fixture_integer(&f, 7));
  Expr *same = expr_copy(&f.arena, sum);
  CHECK(same != sum && same->children != sum->children);
  CHECK(expr_equal(sum, same));
  CHECK(expr_hash(sum) == expr_hash(same));
  same->children[1]->constant.i64 = 8;
  CHECK(!expr_equal(sum, same));
  CHECK(expr_hash(sum) != expr_hash(same));
  Expr *counter = fixture_call(&f, &fixture_counter, NULL, NULL);
  CHECK(!expr_equal(counter, counter));
  fixture_close(&f);
}

TEST(constants_are_equal_by_bits) {
  Fixture f;
  fixture_open(&f);
  CHECK(!expr_equal(expr_constant(&f.arena, value_f64(0.0)), expr_constant(&f.arena, value_f64(-0.0))));
  CHECK(expr_equal(expr_constant(&f.arena, value_f64(NAN)), expr_constant(&f.arena, value_f64(NAN))));
  Value month = {.type = TYPE(INTERVAL), .interval = {.months = 1}};
  Value days = {.type = TYPE(INTERVAL), .interval = {.days = 30}};
  CHECK(!expr_equal(expr_constant(&f.arena, month), expr_constant(&f.arena, days)));
  Value decimal = {.type = type_decimal(4, 2), .i128 = 150};
  Value other = {.type = type_decimal(4, 1), .i128 = 150};
  CHECK(expr_equal(expr_constant(&f.arena, decimal), expr_constant(&f.arena, decimal)));
  CHECK(!expr_equal(expr_constant(&f.arena, decimal), expr_constant(&f.arena, other)));
  CHECK(!expr_equal(fixture_null(&f, TYPE(INTEGER)), fixture_integer(&f, 0)));
  fixture_close(&f);
}

TEST(knows_what_is_constant_volatile_or_may_fail) {
  Fixture f;
  fixture_open(&f);
  Expr *column = fixture_input(&f, 0, TYPE(INTEGER));
  Expr *constant = fixture_call(&f, &fixture_add, fixture_integer(&f, 1), fixture_integer(&f, 2));
  CHECK(expr_is_constant(constant));
  CHECK(!expr_is_constant(fixture_call(&f, &fixture_add, column, fixture_integer(&f, 2))));
  Expr *counter = fixture_call(&f, &fixture_add, fixture_call(&f, &fixture_counter, NULL, NULL), column);
  CHECK(expr_is_volatile(counter) && !expr_is_constant(counter));
  CHECK(!expr_can_fail(constant));
  CHECK(expr_can_fail(fixture_call(&f, &fixture_divide, column, column)));
  CHECK(!expr_can_fail(expr_cast(&f.arena, column, TYPE(BIGINT), false)));
  CHECK(expr_can_fail(expr_cast(&f.arena, column, TYPE(SMALLINT), false)));
  CHECK(!expr_can_fail(expr_cast(&f.arena, column, TYPE(SMALLINT), true)));
  CHECK(cast_can_fail(TYPE(INTEGER), TYPE(UBIGINT)));
  CHECK(!cast_can_fail(TYPE(UINTEGER), TYPE(BIGINT)));
  CHECK(cast_can_fail(TYPE(UINTEGER), TYPE(INTEGER)));
  CHECK(!cast_can_fail(TYPE(INTEGER), type_decimal(10, 0)));
  CHECK(cast_can_fail(TYPE(INTEGER), type_decimal(10, 1)));
  CHECK(!cast_can_fail(type_decimal(5, 2), type_decimal(6, 3)));
  CHECK(cast_can_fail(type_decimal(5, 2), type_decimal(5, 3)));
  CHECK(!cast_can_fail(TYPE(DOUBLE), TYPE(VARCHAR)));
  CHECK(cast_can_fail(TYPE(VARCHAR), TYPE(DOUBLE)));
  // A lambda's own parameters do not make it vary.
  Expr *own = expr_node(&f.arena, EXPR_LAMBDA_PARAMETER, TYPE(INTEGER), 0);
  Expr *lambda = NODE(&f, EXPR_LAMBDA, TYPE(LAMBDA), own);
  CHECK(expr_is_constant(lambda));
  own->lambda_parameter.depth = 1;
  CHECK(!expr_is_constant(lambda));
  fixture_close(&f);
}

static bool count_inputs(void *context, Expr *expr) {
  *(int *)context += expr->kind == EXPR_INPUT;
  return true;
}

static Status inputs_to_sevens(void *context, Expr **slot) {
  if ((*slot)->kind == EXPR_INPUT) *slot = fixture_integer(context, 7);
  return OK;
}

TEST(walks_and_rewrites) {
  Fixture f;
  fixture_open(&f);
  Expr *column = fixture_input(&f, 3, TYPE(INTEGER));
  Expr *tree = fixture_call(&f, &fixture_add, fixture_call(&f, &fixture_add, column, fixture_integer(&f, 1)),
                            expr_copy(&f.arena, column));
  int inputs = 0;
  expr_visit(tree, count_inputs, &inputs);
  CHECK_EQ_INT(inputs, 2);
  CHECK_OK(expr_rewrite(&tree, inputs_to_sevens, &f), &f.error);
  CHECK_EQ_STR(printed(&f, tree), "((7 + 1) + 7)");
  fixture_close(&f);
}

TEST(prints) {
  Fixture f;
  fixture_open(&f);
  Expr *a = expr_column(&f.arena, 1, 0, TYPE(INTEGER), STR("a"));
  Expr *positive = expr_compare(&f.arena, COMPARE_GREATER, a, fixture_integer(&f, 0));
  CHECK_EQ_STR(printed(&f, positive), "(a > 0)");
  CHECK_EQ_STR(printed(&f, expr_not(&f.arena, positive)), "(NOT (a > 0))");
  CHECK_EQ_STR(printed(&f, expr_is_null(&f.arena, a, true)), "(a IS NOT NULL)");
  CHECK_EQ_STR(printed(&f, expr_cast(&f.arena, a, TYPE(BIGINT), false)), "CAST(a AS BIGINT)");
  CHECK_EQ_STR(printed(&f, NODE(&f, EXPR_IN, TYPE(BOOLEAN), a, fixture_integer(&f, 1), fixture_integer(&f, 2))),
               "(a IN (1, 2))");
  CHECK_EQ_STR(printed(&f, fixture_call(&f, &fixture_shout, fixture_string(&f, "it's"), NULL)), "shout('it''s')");
  CHECK_EQ_STR(printed(&f, expr_and(&f.arena, positive, expr_is_null(&f.arena, a, false))),
               "((a > 0) AND (a IS NULL))");
  fixture_close(&f);
}

UNIT_MAIN
