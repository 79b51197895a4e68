// SPDX-License-Identifier: MIT
//
// bounds.c: bitstring_agg(x) without bounds takes those of the column of a table that x is, as the storage knows them: they may lie outside
// of the values that reach the aggregate. Any other x is refused by the aggregate when its first value comes.
#include "plan/optimize.h"
#include "store/store.h"

static Status bounds_of_expr(Planner *planner, const LogicalPlan *child, const Expr *expr, ColumnStatistics *found);

static Status bounds_of_column(Planner *planner, const LogicalPlan *plan, uint32_t table, uint32_t column,
                               ColumnStatistics *found) {
  uint32_t position;
  if (plan->kind == LOGICAL_SCAN && plan->table == table) {
    const CatalogTable *base = plan->scan.table;
    if (column >= base->column_count || base->columns[column].generated_sql.data) return OK;
    return table_column_statistics(catalog_transaction(planner->context->catalog, &base->entry), base->store_table,
                                   base->columns[column].id, planner->arena, found, planner->error);
  }
  if (!plan_find_column(plan, table, column, &position)) return OK;
  if (plan->kind == LOGICAL_PROJECT && plan->table == table) {
    return bounds_of_expr(planner, plan->children[0], plan->project.expressions[position], found);
  }
  if (plan->kind == LOGICAL_AGGREGATE && table == plan->aggregate.group_table) {
    return bounds_of_expr(planner, plan->children[0], plan->aggregate.groups[position], found);
  }
  for (uint32_t i = 0; i < plan->child_count && !found->has_bounds; i++) {
    TRY(bounds_of_column(planner, plan->children[i], table, column, found));
  }
  return OK;
}

// Casts here are between integers, which keep the order.
static Status bounds_of_expr(Planner *planner, const LogicalPlan *child, const Expr *expr, ColumnStatistics *found) {
  while (expr->kind == EXPR_CAST && type_is_integral(expr->type)) expr = expr->children[0];
  if (expr->kind != EXPR_COLUMN || !type_is_integral(expr->type)) return OK;
  return bounds_of_column(planner, child, expr->column.table, expr->column.column, found);
}

Status give_bounds(void *context, LogicalPlan **slot) {
  Planner *planner = context;
  LogicalPlan *node = *slot;
  for (uint32_t i = 0; node->kind == LOGICAL_AGGREGATE && i < node->aggregate.aggregate_count; i++) {
    Expr *aggregate = node->aggregate.aggregates[i], *bound;
    Str name = str_from(aggregate->aggregate.function->name);
    if (aggregate->child_count != 1 || !str_equal(name, STR("bitstring_agg"))) continue;
    ColumnStatistics found = {0};
    TRY(bounds_of_expr(planner, node->children[0], aggregate->children[0], &found));
    if (!found.has_bounds) continue;
    Expr *arguments[3] = {aggregate->children[0]};
    arguments[1] = expr_constant(planner->arena, found.minimum);
    arguments[2] = expr_constant(planner->arena, found.maximum);
    if (!arguments[1] || !arguments[2]) return error_no_memory(planner->error);
    TRY(bind_aggregate_call(planner->arena, planner->error, planner->context->facts, planner->context->library, name,
                            arguments, 3, aggregate->aggregate.distinct, aggregate->position, &bound));
    bound->aggregate.filter = aggregate->aggregate.filter;
    node->aggregate.aggregates[i] = bound;
  }
  return OK;
}
