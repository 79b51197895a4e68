// SPDX-License-Identifier: MIT
//
// bind_window.c: calls with OVER. See WindowCall in plan.h for how they are laid out.
#include "plan/binder.h"

typedef struct WindowFunction {
  const char *name;
  uint8_t kind; // WindowKind
  uint8_t least;
  uint8_t most; // arguments
} WindowFunction;

static const WindowFunction window_functions[] = {
    {"row_number", WINDOW_ROW_NUMBER, 0, 0},
    {"rank", WINDOW_RANK, 0, 0},
    {"dense_rank", WINDOW_DENSE_RANK, 0, 0},
    {"rank_dense", WINDOW_DENSE_RANK, 0, 0},
    {"percent_rank", WINDOW_PERCENT_RANK, 0, 0},
    {"cume_dist", WINDOW_CUME_DIST, 0, 0},
    {"ntile", WINDOW_NTILE, 1, 1},
    {"lag", WINDOW_LAG, 1, 3},
    {"lead", WINDOW_LEAD, 1, 3},
    {"first_value", WINDOW_FIRST_VALUE, 1, 1},
    {"first", WINDOW_FIRST_VALUE, 1, 1},
    {"last_value", WINDOW_LAST_VALUE, 1, 1},
    {"last", WINDOW_LAST_VALUE, 1, 1},
    {"nth_value", WINDOW_NTH_VALUE, 2, 2},
    {"fill", WINDOW_FILL, 1, 1},
};

static const WindowFunction *find_window_function(Str name) {
  for (uint32_t i = 0; i < COUNT_OF(window_functions); i++) {
    if (str_equal_nocase(name, str_from(window_functions[i].name))) return &window_functions[i];
  }
  return NULL;
}

bool is_window_only(Str name) {
  const WindowFunction *function = find_window_function(name);
  return function && !str_equal_nocase(name, STR("first")) && !str_equal_nocase(name, STR("last"));
}

static Status push_expr(ExprBinder *expr_binder, const SqlExpr *sql, ExprList *children) {
  Expr *expr;
  TRY(bind_expr(expr_binder, sql, &expr));
  TRY(bind_literal_types(expr_binder->binder, &expr));
  ARENA_PUSH(expr_binder->binder->arena, expr_binder->binder->error, children, expr);
  return OK;
}

static FrameBound frame_bound(SqlFrameBound bound) {
  switch (bound) {
    case SQL_BOUND_UNBOUNDED_PRECEDING:
      return FRAME_UNBOUNDED_PRECEDING;
    case SQL_BOUND_PRECEDING:
      return FRAME_PRECEDING;
    case SQL_BOUND_CURRENT_ROW:
      return FRAME_CURRENT_ROW;
    case SQL_BOUND_FOLLOWING:
      return FRAME_FOLLOWING;
    case SQL_BOUND_UNBOUNDED_FOLLOWING:
      return FRAME_UNBOUNDED_FOLLOWING;
  }
  return FRAME_CURRENT_ROW;
}

// ROWS and GROUPS count rows; RANGE bounds are values: key - offset or key + offset, in the direction of the order.
static Status bind_frame_expr(ExprBinder *expr_binder, const SqlExpr *sql, WindowCall *call, FrameBound bound,
                              Expr *key, ExprList *children) {
  Binder *binder = expr_binder->binder;
  Expr *expr;
  TRY(bind_expr(expr_binder, sql, &expr));
  if (call->frame_mode != FRAME_RANGE) {
    TRY(bind_cast(binder, expr, TYPE(BIGINT), false, &expr));
  } else {
    if (!key || call->order_count != 1) {
      return error_set(binder->error, ERROR_BINDER, sql->position,
                       "RANGE frames must have only one ORDER BY expression");
    }
    bool minus = (bound == FRAME_PRECEDING) != call->order_specs[0].descending;
    Expr *arguments[2] = {NULL, expr};
    TRY_NEW(binder, arguments[0], expr_copy(binder->arena, key));
    TRY(bind_function(expr_binder, minus ? "-" : "+", arguments, 2, sql->position, &expr));
  }
  TRY(bind_literal_types(binder, &expr));
  ARENA_PUSH(binder->arena, binder->error, children, expr);
  return OK;
}

// A RANGE compares the key with its bounds in a type that holds them all: a DATE and an hour before it, 1 and 2.5 after it.
static Status unify_range(Binder *binder, Expr **key, Expr **bounds, uint32_t count) {
  Type type = (*key)->type;
  for (uint32_t i = 0; i < count; i++) {
    if (!type_unify(binder->arena, type, bounds[i]->type, &type)) type = (*key)->type;
  }
  TRY(bind_cast(binder, *key, type, false, key));
  for (uint32_t i = 0; i < count; i++) TRY(bind_cast(binder, bounds[i], type, false, &bounds[i]));
  return OK;
}

static Status check_frame(Binder *binder, const SqlWindow *window) {
  if (window->unit == SQL_FRAME_NONE) return OK;
  if (window->start == SQL_BOUND_UNBOUNDED_FOLLOWING) {
    return error_set(binder->error, ERROR_PARSER, window->position, "frame start cannot be UNBOUNDED FOLLOWING");
  }
  if (window->finish == SQL_BOUND_UNBOUNDED_PRECEDING) {
    return error_set(binder->error, ERROR_PARSER, window->position, "frame end cannot be UNBOUNDED PRECEDING");
  }
  if (window->start == SQL_BOUND_CURRENT_ROW && window->finish == SQL_BOUND_PRECEDING) {
    return error_set(binder->error, ERROR_PARSER, window->position,
                     "frame starting from current row cannot have preceding rows");
  }
  if (window->start == SQL_BOUND_FOLLOWING &&
      (window->finish == SQL_BOUND_PRECEDING || window->finish == SQL_BOUND_CURRENT_ROW)) {
    return error_set(binder->error, ERROR_PARSER, window->position,
                     "frame starting from following row cannot have preceding rows");
  }
  return OK;
}

// The call itself: its kind, arguments, and type.
static Status bind_window_function(ExprBinder *expr_binder, const SqlExpr *expr, WindowCall *call, ExprList *children,
                                   Type *type) {
  Binder *binder = expr_binder->binder;
  const SqlFunction *sql = &expr->function;
  const WindowFunction *function = find_window_function(sql->name.name);
  if (!function) {
    Str name;
    TRY(str_lower(binder->arena, binder->error, sql->name.name, &name));
    if (str_equal(name, STR("count")) &&
        (sql->arguments.count == 0 || sql->arguments.items[0]->kind == SQL_EXPR_STAR)) {
      name = STR("count_star");
    }
    uint32_t first, count;
    if (!library_find_aggregate(binder->context->library, name, &first, &count)) {
      if (library_find_scalar(binder->context->library, name, &first, &count)) {
        return error_set(binder->error, ERROR_CATALOG, expr->position, "%.*s is not an aggregate function",
                         STR_ARG(name));
      }
      return unknown_function(binder, "Aggregate Function", sql->name.name, expr->position, false);
    }
    for (uint32_t i = 0; i < sql->arguments.count; i++) {
      if (sql->arguments.items[i]->kind == SQL_EXPR_STAR) continue;
      Expr *argument;
      TRY(bind_expr(expr_binder, sql->arguments.items[i], &argument));
      ARENA_PUSH(binder->arena, binder->error, children, argument);
    }
    Expr *aggregate;
    PlanContext *context = binder->context;
    TRY(bind_aggregate_call(binder->arena, binder->error, context->facts, context->library, name, children->items,
                            children->count, sql->distinct, expr->position, &aggregate));
    if (aggregate->kind != EXPR_AGGREGATE) {
      return error_set(binder->error, ERROR_NOT_IMPLEMENTED, expr->position, "%.*s as a window function",
                       STR_ARG(name));
    }
    call->kind = WINDOW_AGGREGATE;
    call->function = aggregate->aggregate.function;
    call->bind_data = aggregate->aggregate.bind_data;
    call->distinct = sql->distinct && call->function->distinct_matters;
    *type = aggregate->type;
    children->count = 0;
    for (uint32_t i = 0; i < aggregate->child_count; i++) {
      TRY(bind_literal_types(binder, &aggregate->children[i]));
      ARENA_PUSH(binder->arena, binder->error, children, aggregate->children[i]);
    }
    return OK;
  }
  if (sql->arguments.count < function->least || sql->arguments.count > function->most) {
    return error_set(binder->error, ERROR_PARSER, expr->position, "Incorrect number of parameters for function %.*s",
                     STR_ARG(sql->name.name));
  }
  call->kind = function->kind;
  for (uint32_t i = 0; i < sql->arguments.count; i++) TRY(push_expr(expr_binder, sql->arguments.items[i], children));
  *type = TYPE(BIGINT);
  switch ((WindowKind)function->kind) {
    case WINDOW_PERCENT_RANK:
    case WINDOW_CUME_DIST:
      *type = TYPE(DOUBLE);
      return OK;
    case WINDOW_NTILE:
      return bind_cast(binder, children->items[0], TYPE(BIGINT), false, &children->items[0]);
    case WINDOW_NTH_VALUE:
      *type = children->items[0]->type;
      return bind_cast(binder, children->items[1], TYPE(BIGINT), false, &children->items[1]);
    case WINDOW_LAG:
    case WINDOW_LEAD: {
      *type = children->items[0]->type;
      Expr *constant;
      if (children->count < 2) {
        TRY_NEW(binder, constant, expr_constant(binder->arena, value_i64(TYPE(BIGINT), 1)));
        ARENA_PUSH(binder->arena, binder->error, children, constant);
      }
      if (children->count < 3) {
        TRY_NEW(binder, constant, expr_constant(binder->arena, value_null(*type)));
        ARENA_PUSH(binder->arena, binder->error, children, constant);
      }
      TRY(bind_cast(binder, children->items[1], TYPE(BIGINT), false, &children->items[1]));
      return bind_cast(binder, children->items[2], *type, false, &children->items[2]);
    }
    case WINDOW_FIRST_VALUE:
    case WINDOW_LAST_VALUE:
    case WINDOW_FILL:
      *type = children->items[0]->type;
      return OK;
    default:
      return OK;
  }
}

static Status push_key(ExprBinder *expr_binder, const SqlExpr *sql, ExprList *children) {
  TRY(push_expr(expr_binder, sql, children));
  return collation_push_own(expr_binder->binder, &children->items[children->count - 1]);
}

// What only some window functions take.
static Status check_window_clauses(Binder *binder, const SqlExpr *expr) {
  const SqlFunction *sql = &expr->function;
  const SqlWindow *window = sql->window;
  const WindowFunction *own = find_window_function(sql->name.name);
  Error *error = binder->error;
  if (!own && sql->nulls != SQL_TREAT_DEFAULT)
    return error_set(error, ERROR_PARSER, -1, "RESPECT/IGNORE NULLS is not supported for windowed aggregates");
  if (!own) return OK;
  if (sql->filter && is_window_only(sql->name.name))
    return error_set(error, ERROR_PARSER, -1, "FILTER is not implemented for non-aggregate window functions!");
  if (sql->distinct && is_window_only(sql->name.name))
    return error_set(error, ERROR_PARSER, -1, "DISTINCT is not implemented for non-aggregate window functions!");
  bool values = str_equal_nocase(sql->name.name, STR("first_value")) ||
                str_equal_nocase(sql->name.name, STR("first")) || str_equal_nocase(sql->name.name, STR("last_value")) ||
                str_equal_nocase(sql->name.name, STR("last")) || str_equal_nocase(sql->name.name, STR("nth_value"));
  if (sql->orders.count && window->exclude != SQL_EXCLUDE_NO_OTHERS && !values) {
    return error_set(error, ERROR_PARSER, -1, "EXCLUDE is not supported for the window function \"%.*s\"",
                     STR_ARG(sql->name.name));
  }
  if (sql->orders.count && own->kind == WINDOW_DENSE_RANK) {
    return error_set(error, ERROR_PARSER, -1, "ORDER BY is not supported for the window function \"%.*s\"",
                     STR_ARG(sql->name.name));
  }
  if (str_equal_nocase(sql->name.name, STR("fill")) && sql->orders.count > 1)
    return error_set(error, ERROR_BINDER, expr->position, "FILL functions must have only one ORDER BY expression");
  return OK;
}

static bool can_be_filled(const Expr *expr) {
  Type type = expr->type;
  return type.id != TYPE_BIGNUM && (type_is_numeric(type) || type_is_temporal(type) || type.id == TYPE_NULL);
}

// A straight line needs differences of values and of what orders them.
static Status check_fill(Binder *binder, const Expr *value, const Expr *key) {
  if (can_be_filled(value) && (!key || can_be_filled(key))) return OK;
  return error_set(binder->error, ERROR_BINDER, -1, "FILL %s must support subtraction",
                   can_be_filled(value) ? "ordering" : "argument");
}

static Status bind_window_parts(ExprBinder *expr_binder, const SqlExpr *expr, Expr **out) {
  Binder *binder = expr_binder->binder;
  const SqlFunction *sql = &expr->function;
  const SqlWindow *window = sql->window;
  WindowCall *call;
  ARENA_NEW(binder->arena, binder->error, call);
  ExprList children = {0};
  Type type;
  TRY(check_window_clauses(binder, expr));
  TRY(check_frame(binder, window));
  TRY(bind_window_function(expr_binder, expr, call, &children, &type));
  call->argument_count = children.count;
  for (uint32_t i = 0; i < window->partitions.count; i++)
    TRY(push_key(expr_binder, window->partitions.items[i], &children));
  call->partition_count = window->partitions.count;
  SortSpec *specs;
  uint32_t order_count = window->orders.count;
  uint32_t argument_order_count = sql->orders.count;
  ARENA_NEW_ARRAY(binder->arena, binder->error, specs, order_count + argument_order_count);
  uint32_t first_key = children.count;
  for (uint32_t i = 0; i < order_count; i++) {
    TRY(push_key(expr_binder, window->orders.items[i].expr, &children));
    TRY(make_sort_spec(binder, &window->orders.items[i], &specs[i]));
  }
  for (uint32_t i = 0; i < argument_order_count; i++) {
    TRY(push_key(expr_binder, sql->orders.items[i].expr, &children));
    TRY(make_sort_spec(binder, &sql->orders.items[i], &specs[order_count + i]));
  }
  if (call->kind == WINDOW_FILL) {
    uint32_t key = first_key + (argument_order_count ? order_count : 0);
    TRY(check_fill(binder, children.items[0], key < children.count ? children.items[key] : NULL));
  }
  call->order_count = order_count;
  call->order_specs = specs;
  call->argument_order_count = argument_order_count;
  call->argument_order_specs = specs + order_count;
  call->ignore_nulls = sql->nulls == SQL_IGNORE_NULLS;
  if (sql->filter) {
    Expr *filter;
    TRY(bind_condition(expr_binder, sql->filter, &filter));
    TRY(bind_literal_types(binder, &filter));
    ARENA_PUSH(binder->arena, binder->error, &children, filter);
    call->has_filter = true;
  }
  call->frame_mode = window->unit == SQL_FRAME_ROWS     ? FRAME_ROWS
                     : window->unit == SQL_FRAME_GROUPS ? FRAME_GROUPS
                                                        : FRAME_RANGE;
  call->frame_start = FRAME_UNBOUNDED_PRECEDING;
  call->frame_end = FRAME_CURRENT_ROW;
  call->exclude = (uint8_t)window->exclude;
  if (window->unit != SQL_FRAME_NONE) {
    Expr *key = order_count ? children.items[first_key] : NULL;
    uint32_t first_bound = children.count;
    call->frame_start = (uint8_t)frame_bound(window->start);
    call->frame_end = (uint8_t)frame_bound(window->finish);
    if (window->start_expr) {
      TRY(bind_frame_expr(expr_binder, window->start_expr, call, (FrameBound)call->frame_start, key, &children));
      call->has_start = true;
    }
    if (window->finish_expr) {
      TRY(bind_frame_expr(expr_binder, window->finish_expr, call, (FrameBound)call->frame_end, key, &children));
      call->has_end = true;
    }
    if (call->frame_mode == FRAME_RANGE && children.count > first_bound) {
      TRY(unify_range(binder, &children.items[first_key], &children.items[first_bound], children.count - first_bound));
    }
  }
  TRY(type_normalize(binder->arena, binder->error, type, &type));
  TRY_NEW(binder, *out, expr_node(binder->arena, EXPR_WINDOW, type, 0));
  (*out)->children = children.items;
  (*out)->child_count = children.count;
  (*out)->window = call;
  (*out)->position = expr->position;
  return OK;
}

Status bind_window_call(ExprBinder *expr_binder, const SqlExpr *expr, Expr **out) {
  Binder *binder = expr_binder->binder;
  if (expr_binder->in_window) {
    return error_set(binder->error, ERROR_BINDER, expr->position, "window function calls cannot be nested");
  }
  if (expr_binder->in_aggregate) {
    return error_set(binder->error, ERROR_BINDER, expr->position,
                     "aggregate function calls cannot contain window function calls");
  }
  if (!expr_binder->allow_windows && is_alter_clause(expr_binder)) {
    return error_set(binder->error, ERROR_BINDER, expr->position,
                     "window functions are not allowed in alter statement");
  }
  if (!expr_binder->allow_windows) {
    return error_set(binder->error, ERROR_BINDER, expr->position, "%s cannot contain window functions!",
                     expr_binder->clause);
  }
  expr_binder->in_window = true;
  Status status = bind_window_parts(expr_binder, expr, out);
  expr_binder->in_window = false;
  return status;
}
