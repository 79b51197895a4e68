// SPDX-License-Identifier: MIT
//
// expr.c: bound expressions as trees: making, copying, comparing, hashing, walking, and what can be said of them.
//
// A tree is plain data in an arena. Nodes are never shared between two places of one tree by these functions, so that
// a rewrite of one place changes no other. All walks count their depth against EXPR_DEPTH_LIMIT.
#include "expr/expr.h"

#include "vector/vector.h"

// ---------------------------------------------------------------------------------------------------------------------
// Making
// ---------------------------------------------------------------------------------------------------------------------

Expr *expr_node(Arena *arena, ExprKind kind, Type type, uint32_t child_count) {
  Expr *expr = arena_allocate_zeroed(arena, sizeof *expr);
  if (!expr) return NULL;
  expr->kind = (uint8_t)kind;
  expr->type = type;
  expr->position = -1;
  expr->child_count = child_count;
  if (child_count) {
    expr->children = arena_allocate_zeroed(arena, sizeof *expr->children * (size_t)child_count);
    if (!expr->children) return NULL;
  }
  return expr;
}

Expr *expr_constant(Arena *arena, Value value) {
  Expr *expr = expr_node(arena, EXPR_CONSTANT, value.type, 0);
  if (expr) expr->constant = value;
  return expr;
}

Expr *expr_column(Arena *arena, uint32_t table, uint32_t column, Type type, Str name) {
  Expr *expr = expr_node(arena, EXPR_COLUMN, type, 0);
  if (!expr) return NULL;
  expr->column.table = table;
  expr->column.column = column;
  expr->name = name;
  return expr;
}

Expr *expr_input(Arena *arena, uint32_t input, Type type) {
  Expr *expr = expr_node(arena, EXPR_INPUT, type, 0);
  if (expr) expr->input = input;
  return expr;
}

Expr *expr_compare(Arena *arena, CompareOp op, Expr *left, Expr *right) {
  ASSERT(type_equal(left->type, right->type));
  Expr *expr = expr_node(arena, EXPR_COMPARE, TYPE(BOOLEAN), 2);
  if (!expr) return NULL;
  expr->compare = op;
  expr->children[0] = left;
  expr->children[1] = right;
  expr->position = left->position;
  return expr;
}

static uint32_t conjunct_count(const Expr *expr) { return expr->kind == EXPR_AND ? expr->child_count : 1; }

static Expr **conjunct_append(Expr **to, Expr *expr) {
  if (expr->kind != EXPR_AND) {
    *to = expr;
    return to + 1;
  }
  memcpy(to, expr->children, sizeof *to * expr->child_count);
  return to + expr->child_count;
}

Expr *expr_and(Arena *arena, Expr *left, Expr *right) {
  if (!left || !right) return left ? left : right;
  Expr *expr = expr_node(arena, EXPR_AND, TYPE(BOOLEAN), conjunct_count(left) + conjunct_count(right));
  if (!expr) return NULL;
  conjunct_append(conjunct_append(expr->children, left), right);
  expr->position = left->position;
  return expr;
}

Expr *expr_not(Arena *arena, Expr *child) {
  ASSERT(child->type.id == TYPE_BOOLEAN);
  Expr *expr = expr_node(arena, EXPR_NOT, TYPE(BOOLEAN), 1);
  if (!expr) return NULL;
  expr->children[0] = child;
  expr->position = child->position;
  return expr;
}

Expr *expr_is_null(Arena *arena, Expr *child, bool negated) {
  Expr *expr = expr_node(arena, negated ? EXPR_IS_NOT_NULL : EXPR_IS_NULL, TYPE(BOOLEAN), 1);
  if (!expr) return NULL;
  expr->children[0] = child;
  expr->position = child->position;
  return expr;
}

Expr *expr_cast(Arena *arena, Expr *child, Type type, bool try_cast) {
  if (type_equal(child->type, type)) return child;
  if (child->kind == EXPR_PARAMETER && child->type.id == TYPE_UNKNOWN) {
    child->type = type; // the first use that knows says what the parameter is
    return child;
  }
  Expr *expr;
  bool is_member = type.id == TYPE_UNION && child->type.id != TYPE_NULL; // a NULL of a member is none of the union
  if (child->kind == EXPR_CONSTANT && child->constant.is_null && !is_member) {
    expr = expr_constant(arena, value_null(type));
  } else {
    expr = expr_node(arena, EXPR_CAST, type, 1);
    if (expr) {
      expr->cast.try_cast = try_cast;
      expr->children[0] = child;
    }
  }
  if (!expr) return NULL;
  expr->name = child->name;
  expr->position = child->position;
  return expr;
}

static bool literal_as(Arena *arena, Expr *literal, Type type) {
  Error ignored = {0};
  if (literal->kind != EXPR_CONSTANT) return false;
  bool is_text = literal->type.id == TYPE_STRING_LITERAL && type_equal(literal->constant.type, type);
  bool is_integer = literal->type.id == TYPE_INTEGER_LITERAL && type_is_integral(type);
  if (!is_text && !is_integer) return false;
  if (value_cast(arena, &literal->constant, type, &literal->constant, &ignored) != OK) return false;
  literal->type = type;
  return true;
}

Expr *expr_as(Arena *arena, Expr *child, Type type) {
  return literal_as(arena, child, type) ? child : expr_cast(arena, child, type, false);
}

// ---------------------------------------------------------------------------------------------------------------------
// Copying
// ---------------------------------------------------------------------------------------------------------------------

static Expr *copy_at(Arena *arena, const Expr *expr, uint32_t depth) {
  if (depth > EXPR_DEPTH_LIMIT) return NULL;
  Expr *copy = arena_allocate(arena, sizeof *copy);
  if (!copy) return NULL;
  *copy = *expr;
  if (expr->child_count) {
    copy->children = arena_allocate(arena, sizeof *copy->children * (size_t)expr->child_count);
    if (!copy->children) return NULL;
    for (uint32_t i = 0; i < expr->child_count; i++) {
      copy->children[i] = copy_at(arena, expr->children[i], depth + 1);
      if (!copy->children[i]) return NULL;
    }
  }
  if (expr->kind != EXPR_AGGREGATE) return copy;
  if (expr->aggregate.filter) {
    copy->aggregate.filter = copy_at(arena, expr->aggregate.filter, depth + 1);
    if (!copy->aggregate.filter) return NULL;
  }
  if (expr->aggregate.order_count) {
    copy->aggregate.order = arena_allocate(arena, sizeof *copy->aggregate.order * expr->aggregate.order_count);
    if (!copy->aggregate.order) return NULL;
    for (uint32_t i = 0; i < expr->aggregate.order_count; i++) {
      copy->aggregate.order[i] = expr->aggregate.order[i];
      copy->aggregate.order[i].expr = copy_at(arena, expr->aggregate.order[i].expr, depth + 1);
      if (!copy->aggregate.order[i].expr) return NULL;
    }
  }
  return copy;
}

Expr *expr_copy(Arena *arena, const Expr *expr) { return copy_at(arena, expr, 0); }

// ---------------------------------------------------------------------------------------------------------------------
// Comparing and hashing
// ---------------------------------------------------------------------------------------------------------------------

// The same bits, which is stricter than value_equal: 0.0 is not -0.0 and 30 days are not a month.
static bool value_identical(const Value *a, const Value *b) {
  if (!type_equal(a->type, b->type) || a->is_null != b->is_null) return false;
  if (a->is_null) return true;
  switch (type_physical(a->type)) {
    case PHYSICAL_BOOL:
      return a->boolean == b->boolean;
    case PHYSICAL_I128:
    case PHYSICAL_U128:
      return a->i128 == b->i128;
    case PHYSICAL_F32:
      return memcmp(&a->f32, &b->f32, sizeof a->f32) == 0;
    case PHYSICAL_STRING:
      return str_equal(a->text, b->text);
    case PHYSICAL_INTERVAL:
      return a->interval.months == b->interval.months && a->interval.days == b->interval.days &&
             a->interval.micros == b->interval.micros;
    case PHYSICAL_NONE:
    case PHYSICAL_LIST:
      if (!type_is_nested(a->type)) return false;
      if (a->nested.count != b->nested.count) return false;
      for (uint32_t i = 0; i < a->nested.count; i++) {
        if (!value_identical(&a->nested.items[i], &b->nested.items[i])) return false;
      }
      return true;
    default:
      if (a->type.id == TYPE_DECIMAL) return a->i128 == b->i128;
      return a->u64 == b->u64;
  }
}

static uint64_t value_hash(const Value *value) {
  uint64_t hash = hash_u64(value->type.id * 2u + value->is_null);
  if (value->is_null) return hash;
  switch (type_physical(value->type)) {
    case PHYSICAL_BOOL:
      return hash_combine(hash, hash_u64(value->boolean));
    case PHYSICAL_I128:
    case PHYSICAL_U128:
      return hash_combine(hash, hash_u64((uint64_t)value->u128 ^ (uint64_t)(value->u128 >> 64)));
    case PHYSICAL_F32:
      return hash_combine(hash, hash_bytes(&value->f32, sizeof value->f32));
    case PHYSICAL_STRING:
      return hash_combine(hash, hash_bytes(value->text.data, value->text.length));
    case PHYSICAL_INTERVAL:
      return hash_combine(hash, hash_u64((uint64_t)value->interval.micros + (uint64_t)value->interval.days));
    case PHYSICAL_NONE:
    case PHYSICAL_LIST:
      if (!type_is_nested(value->type)) return hash;
      for (uint32_t i = 0; i < value->nested.count; i++) hash = hash_combine(hash, value_hash(&value->nested.items[i]));
      return hash;
    default:
      if (value->type.id == TYPE_DECIMAL) return hash_combine(hash, hash_u64((uint64_t)value->i128));
      return hash_combine(hash, hash_u64(value->u64));
  }
}

static bool sort_keys_equal(const SortKey *a, const SortKey *b, uint32_t count, uint32_t depth);

static bool equal_at(const Expr *a, const Expr *b, uint32_t depth) {
  if (a == b && !expr_is_volatile(a)) return true;
  if (depth > EXPR_DEPTH_LIMIT) return false;
  if (a->kind != b->kind || a->child_count != b->child_count || a->negated != b->negated) return false;
  if (!type_equal(a->type, b->type)) return false;
  switch ((ExprKind)a->kind) {
    case EXPR_CONSTANT:
      return value_identical(&a->constant, &b->constant);
    case EXPR_COLUMN:
      return a->column.table == b->column.table && a->column.column == b->column.column &&
             a->column.depth == b->column.depth;
    case EXPR_INPUT:
      return a->input == b->input;
    case EXPR_LAMBDA_PARAMETER:
      return a->lambda_parameter.index == b->lambda_parameter.index &&
             a->lambda_parameter.depth == b->lambda_parameter.depth;
    case EXPR_LAMBDA:
      if (a->lambda.parameter_count != b->lambda.parameter_count) return false;
      break;
    case EXPR_PARAMETER:
      return a->parameter == b->parameter;
    case EXPR_CALL:
      if (a->call.function != b->call.function || a->call.function->stability == STABILITY_VOLATILE) return false;
      break;
    case EXPR_CAST:
      if (a->cast.try_cast != b->cast.try_cast) return false;
      break;
    case EXPR_COMPARE:
      if (a->compare != b->compare) return false;
      break;
    case EXPR_AGGREGATE:
      if (a->aggregate.function != b->aggregate.function || a->aggregate.distinct != b->aggregate.distinct ||
          a->aggregate.order_count != b->aggregate.order_count || !a->aggregate.filter != !b->aggregate.filter) {
        return false;
      }
      if (a->aggregate.filter && !equal_at(a->aggregate.filter, b->aggregate.filter, depth + 1)) return false;
      if (!sort_keys_equal(a->aggregate.order, b->aggregate.order, a->aggregate.order_count, depth + 1)) return false;
      break;
    case EXPR_WINDOW:
      if (a->window != b->window) return false;
      break;
    case EXPR_SUBQUERY:
      if (a->subquery.plan != b->subquery.plan || a->subquery.kind != b->subquery.kind ||
          a->subquery.compare != b->subquery.compare) {
        return false;
      }
      break;
    default:
      break;
  }
  for (uint32_t i = 0; i < a->child_count; i++) {
    if (!equal_at(a->children[i], b->children[i], depth + 1)) return false;
  }
  return true;
}

static bool sort_keys_equal(const SortKey *a, const SortKey *b, uint32_t count, uint32_t depth) {
  for (uint32_t i = 0; i < count; i++) {
    if (a[i].spec.descending != b[i].spec.descending || a[i].spec.nulls_first != b[i].spec.nulls_first) return false;
    if (!equal_at(a[i].expr, b[i].expr, depth)) return false;
  }
  return true;
}

bool expr_equal(const Expr *a, const Expr *b) { return equal_at(a, b, 0); }

static uint64_t hash_at(const Expr *expr, uint32_t depth) {
  uint64_t hash = hash_u64((uint64_t)expr->kind << 16 | (uint64_t)expr->negated << 8 | expr->type.id);
  if (depth > EXPR_DEPTH_LIMIT) return hash;
  switch ((ExprKind)expr->kind) {
    case EXPR_CONSTANT:
      hash = hash_combine(hash, value_hash(&expr->constant));
      break;
    case EXPR_COLUMN:
      hash = hash_combine(hash, hash_u64((uint64_t)expr->column.table << 32 | expr->column.column));
      break;
    case EXPR_INPUT:
    case EXPR_PARAMETER:
      hash = hash_combine(hash, hash_u64(expr->input));
      break;
    case EXPR_LAMBDA_PARAMETER:
      hash = hash_combine(hash, hash_u64((uint64_t)expr->lambda_parameter.depth << 32 | expr->lambda_parameter.index));
      break;
    case EXPR_CALL:
      hash = hash_combine(hash, hash_u64((uint64_t)(uintptr_t)expr->call.function));
      break;
    case EXPR_COMPARE:
      hash = hash_combine(hash, hash_u64(expr->compare));
      break;
    case EXPR_AGGREGATE:
      hash = hash_combine(hash, hash_u64((uint64_t)(uintptr_t)expr->aggregate.function));
      if (expr->aggregate.filter) hash = hash_combine(hash, hash_at(expr->aggregate.filter, depth + 1));
      break;
    case EXPR_WINDOW:
      hash = hash_combine(hash, hash_u64((uint64_t)(uintptr_t)expr->window));
      break;
    case EXPR_SUBQUERY:
      hash = hash_combine(hash, hash_u64((uint64_t)(uintptr_t)expr->subquery.plan));
      break;
    default:
      break;
  }
  for (uint32_t i = 0; i < expr->child_count; i++) hash = hash_combine(hash, hash_at(expr->children[i], depth + 1));
  return hash;
}

uint64_t expr_hash(const Expr *expr) { return hash_at(expr, 0); }

// ---------------------------------------------------------------------------------------------------------------------
// Walking
// ---------------------------------------------------------------------------------------------------------------------

static void visit_at(Expr *expr, ExprVisitor visit, void *context, uint32_t depth) {
  ASSERT(depth <= EXPR_DEPTH_LIMIT);
  if (depth > EXPR_DEPTH_LIMIT || !visit(context, expr)) return;
  for (uint32_t i = 0; i < expr->child_count; i++) visit_at(expr->children[i], visit, context, depth + 1);
  if (expr->kind != EXPR_AGGREGATE) return;
  if (expr->aggregate.filter) visit_at(expr->aggregate.filter, visit, context, depth + 1);
  for (uint32_t i = 0; i < expr->aggregate.order_count; i++) {
    visit_at(expr->aggregate.order[i].expr, visit, context, depth + 1);
  }
}

void expr_visit(Expr *expr, ExprVisitor visit, void *context) { visit_at(expr, visit, context, 0); }

static Status rewrite_at(Expr **slot, ExprRewriter rewrite, void *context, uint32_t depth) {
  ASSERT(depth <= EXPR_DEPTH_LIMIT);
  if (depth > EXPR_DEPTH_LIMIT) return ERROR_INTERNAL;
  Expr *expr = *slot;
  for (uint32_t i = 0; i < expr->child_count; i++) TRY(rewrite_at(&expr->children[i], rewrite, context, depth + 1));
  if (expr->kind == EXPR_AGGREGATE) {
    if (expr->aggregate.filter) TRY(rewrite_at(&expr->aggregate.filter, rewrite, context, depth + 1));
    for (uint32_t i = 0; i < expr->aggregate.order_count; i++) {
      TRY(rewrite_at(&expr->aggregate.order[i].expr, rewrite, context, depth + 1));
    }
  }
  TRY(rewrite(context, slot));
  return *slot ? OK : ERROR_NO_MEMORY;
}

Status expr_rewrite(Expr **slot, ExprRewriter rewrite, void *context) { return rewrite_at(slot, rewrite, context, 0); }

// ---------------------------------------------------------------------------------------------------------------------
// What can be said of an expression
// ---------------------------------------------------------------------------------------------------------------------

// lambda_depth: lambdas around the node that belong to the expression itself.
static bool constant_at(const Expr *expr, uint32_t lambda_depth, uint32_t depth) {
  if (depth > EXPR_DEPTH_LIMIT) return false;
  switch ((ExprKind)expr->kind) {
    case EXPR_COLUMN:
    case EXPR_INPUT:
    case EXPR_PARAMETER:
    case EXPR_AGGREGATE:
    case EXPR_WINDOW:
    case EXPR_SUBQUERY:
    case EXPR_DEFAULT:
    case EXPR_UNNEST:
      return false;
    case EXPR_LAMBDA_PARAMETER:
      return expr->lambda_parameter.depth < lambda_depth;
    case EXPR_LAMBDA:
      lambda_depth++;
      break;
    case EXPR_CALL:
      if (expr->call.function->stability != STABILITY_PURE) return false;
      break;
    default:
      break;
  }
  for (uint32_t i = 0; i < expr->child_count; i++) {
    if (!constant_at(expr->children[i], lambda_depth, depth + 1)) return false;
  }
  return true;
}

bool expr_is_constant(const Expr *expr) { return constant_at(expr, 0, 0); }

static bool volatile_at(const Expr *expr, uint32_t depth) {
  if (depth > EXPR_DEPTH_LIMIT) return true;
  if (expr->kind == EXPR_CALL && expr->call.function->stability == STABILITY_VOLATILE) return true;
  for (uint32_t i = 0; i < expr->child_count; i++) {
    if (volatile_at(expr->children[i], depth + 1)) return true;
  }
  if (expr->kind == EXPR_AGGREGATE) {
    if (expr->aggregate.filter && volatile_at(expr->aggregate.filter, depth + 1)) return true;
    for (uint32_t i = 0; i < expr->aggregate.order_count; i++) {
      if (volatile_at(expr->aggregate.order[i].expr, depth + 1)) return true;
    }
  }
  return false;
}

bool expr_is_volatile(const Expr *expr) { return volatile_at(expr, 0); }

// Decimal digits that hold every value of an integer type; 0: not an integer type.
static uint32_t integer_digits(TypeId id) {
  switch (id) {
    case TYPE_BOOLEAN:
      return 1;
    case TYPE_TINYINT:
    case TYPE_UTINYINT:
      return 3;
    case TYPE_SMALLINT:
    case TYPE_USMALLINT:
      return 5;
    case TYPE_INTEGER:
    case TYPE_UINTEGER:
      return 10;
    case TYPE_BIGINT:
      return 19;
    case TYPE_UBIGINT:
      return 20;
    case TYPE_HUGEINT:
    case TYPE_UHUGEINT:
      return 39;
    default:
      return 0;
  }
}

static uint32_t integer_bits(TypeId id) {
  switch (id) {
    case TYPE_BOOLEAN:
      return 1;
    case TYPE_TINYINT:
    case TYPE_UTINYINT:
      return 8;
    case TYPE_SMALLINT:
    case TYPE_USMALLINT:
      return 16;
    case TYPE_INTEGER:
    case TYPE_UINTEGER:
      return 32;
    case TYPE_BIGINT:
    case TYPE_UBIGINT:
      return 64;
    default:
      return 128;
  }
}

static bool integer_is_signed(TypeId id) { return id >= TYPE_TINYINT && id <= TYPE_HUGEINT; }

bool cast_can_fail(Type from, Type to) {
  if (type_equal(from, to) || from.id == TYPE_NULL || to.id == TYPE_VARCHAR) return false;
  TypeId a = from.id, b = to.id;
  uint32_t digits = integer_digits(a);
  if (digits) {
    if (b == TYPE_BOOLEAN || b == TYPE_DOUBLE) return false;
    if (b == TYPE_FLOAT) return false;
    if (b == TYPE_DECIMAL) return to.width - to.scale < (int)digits;
    if (!integer_digits(b)) return true;
    if (integer_is_signed(a)) return !integer_is_signed(b) || integer_bits(b) < integer_bits(a);
    return integer_is_signed(b) ? integer_bits(b) <= integer_bits(a) : integer_bits(b) < integer_bits(a);
  }
  if (a == TYPE_FLOAT && b == TYPE_DOUBLE) return false;
  if (a == TYPE_DECIMAL) {
    if (b == TYPE_DOUBLE || b == TYPE_FLOAT || b == TYPE_BOOLEAN) return false;
    if (b == TYPE_DECIMAL) return to.scale < from.scale || to.width - to.scale < from.width - from.scale;
    return true;
  }
  if (a == TYPE_TIMESTAMP && (b == TYPE_DATE || b == TYPE_TIMESTAMP_TZ)) return false;
  if (a == TYPE_TIMESTAMP_TZ && b == TYPE_TIMESTAMP) return false;
  return true;
}

static bool can_fail_at(const Expr *expr, uint32_t depth) {
  if (depth > EXPR_DEPTH_LIMIT) return true;
  switch ((ExprKind)expr->kind) {
    case EXPR_CALL:
      if (expr->call.function->can_fail) return true;
      break;
    case EXPR_CAST:
      if (!expr->cast.try_cast && cast_can_fail(expr->children[0]->type, expr->type)) return true;
      break;
    case EXPR_SUBQUERY:
    case EXPR_DEFAULT:
    case EXPR_AGGREGATE:
    case EXPR_WINDOW:
      return true;
    case EXPR_TRY:
      return false;
    default:
      break;
  }
  for (uint32_t i = 0; i < expr->child_count; i++) {
    if (can_fail_at(expr->children[i], depth + 1)) return true;
  }
  return false;
}

bool expr_can_fail(const Expr *expr) { return can_fail_at(expr, 0); }

Status aggregate_finalize(EvalContext *context, const AggregateCall *call, void *const *states, uint32_t row_count,
                          Vector *result) {
  FinalizeCursor cursor = {0};
  do {
    cursor.more = false;
    TRY(call->function->finalize(context, call, states, row_count, result, &cursor));
  } while (cursor.more);
  return OK;
}
