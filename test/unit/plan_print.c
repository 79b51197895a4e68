// SPDX-License-Identifier: MIT
//
// EXPLAIN's boxes: one below another, side by side, wide texts, empty nodes.
#include "plan/plan.h"
#include "unit.h"

static Memory memory;
static Arena arena;

static LogicalPlan *node(LogicalKind kind, LogicalPlan *left, LogicalPlan *right) {
  LogicalPlan *plan = arena_allocate_zeroed(&arena, sizeof *plan);
  plan->kind = (uint8_t)kind;
  plan->children = arena_allocate_zeroed(&arena, 2 * sizeof *plan->children);
  if (left) plan->children[plan->child_count++] = left;
  if (right) plan->children[plan->child_count++] = right;
  return plan;
}

static LogicalPlan *project(LogicalPlan *child, uint32_t columns, double rows) {
  LogicalPlan *plan = node(LOGICAL_PROJECT, child, NULL);
  plan->column_count = columns;
  plan->row_estimate = rows;
  plan->project.expressions = arena_allocate_zeroed(&arena, (columns + 1) * sizeof(Expr *));
  for (uint32_t i = 0; i < columns; i++)
    plan->project.expressions[i] = expr_constant(&arena, value_i64(TYPE(INTEGER), i + 1));
  return plan;
}

static void check(const LogicalPlan *plan, const char *expected) {
  TextBuilder text;
  Error error;
  text_init(&text, &memory);
  CHECK_EQ_INT(plan_print(&text, plan, &error), OK);
  text_append_char(&text, 0);
  CHECK_EQ_STR(text.data, expected);
  text_free(&text);
}

TEST(boxes_below_one_another) {
  memory_init(&memory, 0);
  arena_init(&arena, &memory);
  check(project(node(LOGICAL_DUMMY, NULL, NULL), 1, 1),
        "┌───────────────────────────┐\n"
        "│         PROJECTION        │\n"
        "│    ────────────────────   │\n"
        "│             1             │\n"
        "│                           │\n"
        "│           ~1 row          │\n"
        "└─────────────┬─────────────┘\n"
        "┌─────────────┴─────────────┐\n"
        "│         DUMMY_SCAN        │\n"
        "└───────────────────────────┘\n");
  arena_free(&arena);
  CHECK_EQ_INT(memory.used_bytes, 0);
}

TEST(boxes_side_by_side) {
  memory_init(&memory, 0);
  arena_init(&arena, &memory);
  LogicalPlan *dummy = node(LOGICAL_DUMMY, NULL, NULL);
  LogicalPlan *pair = node(LOGICAL_CROSS, dummy, project(dummy, 2, 3000));
  check(node(LOGICAL_CROSS, pair, dummy),
        "┌───────────────────────────┐\n"
        "│       CROSS_PRODUCT       ├───────────────────────────────────────────┐\n"
        "└─────────────┬─────────────┘                                           │\n"
        "┌─────────────┴─────────────┐                             ┌─────────────┴─────────────┐\n"
        "│       CROSS_PRODUCT       ├──────────────┐              │         DUMMY_SCAN        │\n"
        "└─────────────┬─────────────┘              │              └───────────────────────────┘\n"
        "┌─────────────┴─────────────┐┌─────────────┴─────────────┐\n"
        "│         DUMMY_SCAN        ││         PROJECTION        │\n"
        "│                           ││    ────────────────────   │\n"
        "│                           ││             1             │\n"
        "│                           ││             2             │\n"
        "│                           ││                           │\n"
        "│                           ││        ~3,000 rows        │\n"
        "└───────────────────────────┘└─────────────┬─────────────┘\n"
        "                             ┌─────────────┴─────────────┐\n"
        "                             │         DUMMY_SCAN        │\n"
        "                             └───────────────────────────┘\n");
  arena_free(&arena);
  CHECK_EQ_INT(memory.used_bytes, 0);
}

TEST(wide_texts_are_split) {
  memory_init(&memory, 0);
  arena_init(&arena, &memory);
  LogicalPlan *plan = project(NULL, 1, 0);
  plan->project.expressions[0] = expr_constant(&arena, value_text(STR("(s || abcdefghijklmnopqrstuvwxyz0123456789")));
  check(plan,
        "┌───────────────────────────┐\n"
        "│         PROJECTION        │\n"
        "│    ────────────────────   │\n"
        "│'(s || abcdefghijklmnopqrst│\n"
        "│     uvwxyz0123456789'     │\n"
        "│                           │\n"
        "│          ~0 rows          │\n"
        "└───────────────────────────┘\n");
  arena_free(&arena);
}

TEST(lines) {
  TextBuilder text;
  memory_init(&memory, 0);
  arena_init(&arena, &memory);
  text_init(&text, &memory);
  plan_print_lines(&text, project(node(LOGICAL_DUMMY, NULL, NULL), 2, 1));
  text_append_char(&text, 0);
  CHECK_EQ_STR(text.data, "PROJECTION [1, 2] ~1 row\n  DUMMY_SCAN ~0 rows\n");
  text_free(&text);
  arena_free(&arena);
}

UNIT_MAIN
