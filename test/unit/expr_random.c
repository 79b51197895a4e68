// SPDX-License-Identifier: MIT
//
// Random expressions over random columns, in every vector form, against an interpreter of one row at a time: as
// projections and as filters.
#include "expr_fixture.h"

#define COLUMNS 5 // INTEGER flat, INTEGER constant or flat, VARCHAR flat, VARCHAR dictionary, BOOLEAN

typedef struct World {
  Fixture f;
  uint64_t seed;
  Chunk input;
  Vector words;
  uint32_t selection[VECTOR_CAPACITY];
} World;

static uint32_t below(World *w, uint32_t limit) { return (uint32_t)(unit_random(&w->seed) % limit); }

// ---------------------------------------------------------------------------------------------------------------------
// The interpreter
// ---------------------------------------------------------------------------------------------------------------------

static Value interpret(World *w, const Expr *e, uint32_t row);

static Value truth(int value) { return value == 2 ? value_null(TYPE(BOOLEAN)) : value_boolean(value); }
static int truth_of(Value value) { return value.is_null ? 2 : value.boolean; }

static int compare_values(CompareOp op, Value a, Value b) {
  if (op == COMPARE_DISTINCT || op == COMPARE_NOT_DISTINCT) return value_equal(&a, &b) == (op == COMPARE_NOT_DISTINCT);
  if (a.is_null || b.is_null) return 2;
  int order = value_compare(&a, &b);
  switch (op) {
    case COMPARE_EQUAL:
      return order == 0;
    case COMPARE_NOT_EQUAL:
      return order != 0;
    case COMPARE_LESS:
      return order < 0;
    case COMPARE_LESS_EQUAL:
      return order <= 0;
    case COMPARE_GREATER:
      return order > 0;
    default:
      return order >= 0;
  }
}

static Value interpret_call(World *w, const Expr *e, uint32_t row) {
  Value a = interpret(w, e->children[0], row);
  if (a.is_null) return value_null(e->type);
  if (e->call.function == &fixture_length) return value_i64(TYPE(INTEGER), (int64_t)a.text.length);
  if (e->call.function == &fixture_shout) {
    Str text;
    CHECK_OK(str_format(&w->f.arena, &w->f.error, &text, "%.*s!", STR_ARG(a.text)), &w->f.error);
    return value_text(text);
  }
  Value b = interpret(w, e->children[1], row);
  if (b.is_null) return value_null(e->type);
  return value_i64(TYPE(INTEGER), (a.i64 + b.i64) % 1000);
}

static Value interpret(World *w, const Expr *e, uint32_t row) {
  Value value = {0};
  switch ((ExprKind)e->kind) {
    case EXPR_CONSTANT:
      return e->constant;
    case EXPR_INPUT:
      CHECK_OK(vector_get_value(&w->input.columns[e->input], row, &w->f.arena, &value, &w->f.error), &w->f.error);
      return value;
    case EXPR_CALL:
      return interpret_call(w, e, row);
    case EXPR_COMPARE:
      return truth(compare_values(e->compare, interpret(w, e->children[0], row), interpret(w, e->children[1], row)));
    case EXPR_AND:
    case EXPR_OR: {
      int decided = e->kind == EXPR_OR, result = !decided;
      for (uint32_t i = 0; i < e->child_count; i++) {
        int child = truth_of(interpret(w, e->children[i], row));
        if (child == decided || result == decided) {
          result = decided;
        } else if (child == 2) {
          result = 2;
        }
      }
      return truth(result);
    }
    case EXPR_NOT: {
      int child = truth_of(interpret(w, e->children[0], row));
      return truth(child == 2 ? 2 : !child);
    }
    case EXPR_IS_NULL:
      return truth(interpret(w, e->children[0], row).is_null);
    case EXPR_IS_NOT_NULL:
      return truth(!interpret(w, e->children[0], row).is_null);
    case EXPR_CASE:
      for (uint32_t i = 0; i + 1 < e->child_count; i += 2) {
        if (truth_of(interpret(w, e->children[i], row)) == 1) return interpret(w, e->children[i + 1], row);
      }
      return interpret(w, e->children[e->child_count - 1], row);
    case EXPR_COALESCE:
      for (uint32_t i = 0; i < e->child_count; i++) {
        value = interpret(w, e->children[i], row);
        if (!value.is_null) break;
      }
      return value;
    case EXPR_BETWEEN: {
      Value v = interpret(w, e->children[0], row);
      int low = compare_values(COMPARE_GREATER_EQUAL, v, interpret(w, e->children[1], row));
      int high = compare_values(COMPARE_LESS_EQUAL, v, interpret(w, e->children[2], row));
      return truth(low == 0 || high == 0 ? 0 : low == 2 || high == 2 ? 2 : 1);
    }
    case EXPR_IN: {
      Value v = interpret(w, e->children[0], row);
      int found = 0;
      for (uint32_t i = 1; i < e->child_count; i++) {
        int equal = compare_values(COMPARE_EQUAL, v, interpret(w, e->children[i], row));
        if (equal == 1 || found == 1) {
          found = 1;
        } else if (equal == 2) {
          found = 2;
        }
      }
      return truth(found == 2 ? 2 : found != e->negated);
    }
    default:
      UNIT_FAIL("kind %d", e->kind);
      return value;
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Random columns and trees
// ---------------------------------------------------------------------------------------------------------------------

static const char *const texts[] = {"", "a", "twelve bytes", "thirteen byte", "a rather longer piece of text", "zebra"};

static void fill_columns(World *w, uint32_t rows) {
  Error *error = &w->f.error;
  Chunk *c = &w->input;
  c->row_count = rows;
  bool nulls[4];
  for (int i = 0; i < 4; i++) nulls[i] = below(w, 2);
  CHECK_OK(chunk_reset(c, error), error);
  c->row_count = rows;
  for (uint32_t i = 0; i < rows; i++) {
    ((int32_t *)c->columns[0].data)[i] = (int32_t)below(w, 40) - 10;
    ((int32_t *)c->columns[1].data)[i] = (int32_t)below(w, 1000);
    CHECK_OK(vector_set_string(&c->columns[2], i, str_from(texts[below(w, COUNT_OF(texts))]), error), error);
    ((uint8_t *)c->columns[4].data)[i] = (uint8_t)below(w, 2);
    if (nulls[0] && below(w, 4) == 0) CHECK_OK(vector_set_null(&c->columns[0], i, error), error);
    if (nulls[1] && below(w, 9) == 0) CHECK_OK(vector_set_null(&c->columns[1], i, error), error);
    if (nulls[2] && below(w, 3) == 0) CHECK_OK(vector_set_null(&c->columns[2], i, error), error);
    if (nulls[3] && below(w, 3) == 0) CHECK_OK(vector_set_null(&c->columns[4], i, error), error);
    w->selection[i] = below(w, COUNT_OF(texts) + 1);
  }
  if (below(w, 3) == 0) vector_set_constant(&c->columns[1]);
  CHECK_OK(vector_slice(&c->columns[3], &w->words, w->selection, rows, error), error);
}

static Expr *random_tree(World *w, TypeId type, uint32_t depth);

static Expr *random_leaf(World *w, TypeId type) {
  Fixture *f = &w->f;
  uint32_t choice = below(w, 10);
  if (choice == 0) return fixture_null(f, (Type){.id = (uint8_t)type});
  if (type == TYPE_INTEGER) {
    if (choice < 4) return fixture_integer(f, (int)below(w, 40) - 10);
    return fixture_input(f, below(w, 2), TYPE(INTEGER));
  }
  if (type == TYPE_VARCHAR) {
    if (choice < 4) return fixture_string(f, texts[below(w, COUNT_OF(texts))]);
    return fixture_input(f, 2 + below(w, 2), TYPE(VARCHAR));
  }
  if (choice < 2) return expr_constant(&f->arena, value_boolean(below(w, 2)));
  return fixture_input(f, 4, TYPE(BOOLEAN));
}

static Expr *random_list(World *w, ExprKind kind, TypeId type, TypeId of, uint32_t least, uint32_t depth,
                         bool constant) {
  uint32_t count = least + below(w, 4);
  Expr *e = expr_node(&w->f.arena, kind, (Type){.id = (uint8_t)type}, count);
  for (uint32_t i = 0; i < count; i++) {
    e->children[i] = random_tree(w, of, depth);
    while (constant && i && e->children[i]->kind != EXPR_CONSTANT) e->children[i] = random_leaf(w, of);
  }
  return e;
}

static Expr *random_boolean(World *w, uint32_t depth) {
  Fixture *f = &w->f;
  TypeId of = below(w, 2) ? TYPE_INTEGER : TYPE_VARCHAR;
  Expr *e;
  switch (below(w, 10)) {
    case 0:
    case 1:
      return random_list(w, EXPR_AND, TYPE_BOOLEAN, TYPE_BOOLEAN, 2, depth, false);
    case 2:
    case 3:
      return random_list(w, EXPR_OR, TYPE_BOOLEAN, TYPE_BOOLEAN, 2, depth, false);
    case 4:
      return expr_not(&f->arena, random_tree(w, TYPE_BOOLEAN, depth));
    case 5:
      return expr_is_null(&f->arena, random_tree(w, of, depth), below(w, 2));
    case 6:
      e = random_list(w, EXPR_IN, TYPE_BOOLEAN, of, 2, depth, below(w, 2));
      e->negated = below(w, 2);
      return e;
    case 7:
      return NODE(f, EXPR_BETWEEN, TYPE(BOOLEAN), random_tree(w, of, depth), random_tree(w, of, depth),
                  random_tree(w, of, depth));
    default:
      return expr_compare(&f->arena, (CompareOp)below(w, 8), random_tree(w, of, depth), random_tree(w, of, depth));
  }
}

static Expr *random_tree(World *w, TypeId type, uint32_t depth) {
  Fixture *f = &w->f;
  if (depth == 0 || below(w, 8) == 0) return random_leaf(w, type);
  depth--;
  uint32_t choice = below(w, 4);
  if (choice == 0) {
    uint32_t arms = 1 + below(w, 3);
    Expr *e = expr_node(&f->arena, EXPR_CASE, (Type){.id = (uint8_t)type}, arms * 2 + 1);
    for (uint32_t i = 0; i < arms; i++) {
      e->children[2 * i] = random_tree(w, TYPE_BOOLEAN, depth);
      e->children[2 * i + 1] = random_tree(w, type, depth);
    }
    e->children[2 * arms] = random_tree(w, type, depth);
    return e;
  }
  if (type == TYPE_BOOLEAN) return random_boolean(w, depth);
  if (choice == 1) return random_list(w, EXPR_COALESCE, type, type, 1, depth, false);
  if (type == TYPE_VARCHAR) return fixture_call(f, &fixture_shout, random_tree(w, TYPE_VARCHAR, depth), NULL);
  if (choice == 2) return fixture_call(f, &fixture_length, random_tree(w, TYPE_VARCHAR, depth), NULL);
  return fixture_call(f, below(w, 2) ? &fixture_add : &fixture_guarded_add, random_tree(w, TYPE_INTEGER, depth),
                      random_tree(w, TYPE_INTEGER, depth));
}

// ---------------------------------------------------------------------------------------------------------------------

static void world_open(World *w, uint64_t seed) {
  static const Type types[COLUMNS] = {
      {.id = TYPE_INTEGER}, {.id = TYPE_INTEGER}, {.id = TYPE_VARCHAR}, {.id = TYPE_VARCHAR}, {.id = TYPE_BOOLEAN}};
  fixture_open(&w->f);
  w->seed = seed;
  Error *error = &w->f.error;
  CHECK_OK(chunk_init(&w->input, &w->f.memory, types, COLUMNS, error), error);
  CHECK_OK(vector_init(&w->words, &w->f.memory, TYPE(VARCHAR), COUNT_OF(texts) + 1, error), error);
  for (uint32_t i = 0; i < COUNT_OF(texts); i++)
    CHECK_OK(vector_set_string(&w->words, i, str_from(texts[i]), error), error);
  CHECK_OK(vector_set_null(&w->words, COUNT_OF(texts), error), error);
}

static void world_close(World *w) {
  CHECK_OK(chunk_reset(&w->input, &w->f.error), &w->f.error);
  vector_free(&w->words);
  chunk_free(&w->input);
  fixture_close(&w->f);
}

static void check_tree(World *w, const Expr *tree, const Vector *result, const uint32_t *selected,
                       uint32_t selected_count, uint64_t seed) {
  uint32_t next = 0;
  for (uint32_t row = 0; row < w->input.row_count; row++) {
    Value expected = interpret(w, tree, row), actual;
    CHECK_OK(vector_get_value(result, row, &w->f.arena, &actual, &w->f.error), &w->f.error);
    if (!value_equal(&expected, &actual)) {
      UNIT_FAIL("seed %" PRIu64 ", row %u of %u: value differs", seed, row, w->input.row_count);
      return;
    }
    if (tree->type.id != TYPE_BOOLEAN) continue;
    bool wanted = truth_of(expected) == 1;
    bool got = next < selected_count && selected[next] == row;
    next += got;
    if (wanted != got) {
      UNIT_FAIL("seed %" PRIu64 ", row %u of %u: filter differs", seed, row, w->input.row_count);
      return;
    }
  }
}

static void run_seed(uint64_t seed) {
  static World world;
  static const uint32_t sizes[] = {1, 2, 63, 64, 300, 2047, 2048};
  World *w = &world;
  world_open(w, seed);
  TypeId types[] = {TYPE_BOOLEAN, TYPE_INTEGER, TYPE_VARCHAR, TYPE_BOOLEAN};
  TypeId type = types[below(w, 4)];
  Expr *tree = random_tree(w, type, 2 + below(w, 3));
  Program *program;
  Evaluator *evaluator, *filter = NULL;
  Vector result = {0};
  uint32_t selection[VECTOR_CAPACITY], count = 0;
  Error *error = &w->f.error;
  CHECK_OK(program_compile(&w->f.arena, error, &tree, 1, &program), error);
  CHECK_OK(evaluator_open(&evaluator, program, NULL, &w->f.context), error);
  if (type == TYPE_BOOLEAN) {
    CHECK_OK(program_compile_filter(&w->f.arena, error, tree, &program), error);
    CHECK_OK(evaluator_open(&filter, program, NULL, &w->f.context), error);
  }
  for (uint32_t chunk = 0; chunk < 5; chunk++) {
    fill_columns(w, sizes[below(w, COUNT_OF(sizes))]);
    ArenaMark mark = arena_mark(&w->f.arena);
    Status status = evaluator_run(evaluator, &w->input, &result);
    CHECK_OK(status, error);
    if (status == OK && filter) CHECK_OK(evaluator_select(filter, &w->input, selection, &count), error);
    // The filter's run has reset the scratch memory, where the result may lie.
    if (status == OK) CHECK_OK(evaluator_run(evaluator, &w->input, &result), error);
    if (status == OK) check_tree(w, tree, &result, selection, count, seed);
    vector_verify(&result, w->input.row_count);
    arena_rewind(&w->f.arena, mark);
  }
  evaluator_close(evaluator);
  evaluator_close(filter);
  world_close(w);
}

TEST(random_trees) {
  for (uint64_t seed = 1; seed <= 1500 && unit_failures < 5; seed++) run_seed(seed);
}

UNIT_MAIN
