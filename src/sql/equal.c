// SPDX-License-Identifier: MIT
//
// equal.c: are two trees the same expression? Names compare without case; positions, parentheses and aliases of whole
// expressions do not count, aliases inside (named arguments, select items, tables) do.
#include "sql/sql.h"

static bool same_list(const SqlExprList *a, const SqlExprList *b) {
  if (a->count != b->count) return false;
  for (uint32_t i = 0; i < a->count; i++) {
    const SqlExpr *x = a->items[i], *y = b->items[i];
    if (!sql_expr_equal(x, y)) return false;
    if (x && !str_equal_nocase(x->alias, y->alias)) return false;
  }
  return true;
}

static bool same_names(const SqlNameList *a, const SqlNameList *b) {
  if (a->count != b->count) return false;
  for (uint32_t i = 0; i < a->count; i++) {
    if (!str_equal_nocase(a->items[i], b->items[i])) return false;
  }
  return true;
}

static bool same_path(const SqlPath *a, const SqlPath *b) {
  if (a->count != b->count) return false;
  for (uint32_t i = 0; i < a->count; i++) {
    if (!str_equal_nocase(a->items[i], b->items[i])) return false;
  }
  return true;
}

static bool same_name(const SqlName *a, const SqlName *b) {
  return str_equal_nocase(a->name, b->name) && str_equal_nocase(a->schema, b->schema) &&
         str_equal_nocase(a->catalog, b->catalog);
}

static bool same_orders(const SqlOrderList *a, const SqlOrderList *b) {
  if (a->count != b->count) return false;
  for (uint32_t i = 0; i < a->count; i++) {
    const SqlOrder *x = &a->items[i], *y = &b->items[i];
    if (x->direction != y->direction || x->nulls != y->nulls || !sql_expr_equal(x->expr, y->expr)) return false;
  }
  return true;
}

static bool same_window(const SqlWindow *a, const SqlWindow *b) {
  if (!a || !b) return a == b;
  return same_list(&a->partitions, &b->partitions) && same_orders(&a->orders, &b->orders) && a->unit == b->unit &&
         a->start == b->start && a->finish == b->finish && a->exclude == b->exclude &&
         sql_expr_equal(a->start_expr, b->start_expr) && sql_expr_equal(a->finish_expr, b->finish_expr);
}

static bool same_literal(const SqlLiteral *a, const SqlLiteral *b) {
  if (a->kind != b->kind) return false;
  switch (a->kind) {
    case SQL_LITERAL_NULL:
      return true;
    case SQL_LITERAL_BOOLEAN:
      return a->boolean == b->boolean;
    case SQL_LITERAL_INTEGER:
      return a->integer == b->integer;
    case SQL_LITERAL_UNSIGNED:
      return a->unsigned_integer == b->unsigned_integer;
    case SQL_LITERAL_DECIMAL:
      return a->integer == b->integer && a->width == b->width && a->scale == b->scale;
    case SQL_LITERAL_FLOAT:
      return memcmp(&a->floating, &b->floating, sizeof a->floating) == 0;
    case SQL_LITERAL_STRING:
    case SQL_LITERAL_BLOB:
      return str_equal(a->text, b->text);
  }
  return false;
}

static bool same_star(const SqlStar *a, const SqlStar *b) {
  if (!same_path(&a->relation, &b->relation) || a->is_columns != b->is_columns ||
      a->excludes.count != b->excludes.count || a->renames.count != b->renames.count) {
    return false;
  }
  for (uint32_t i = 0; i < a->excludes.count; i++) {
    if (!same_path(&a->excludes.items[i], &b->excludes.items[i])) return false;
  }
  for (uint32_t i = 0; i < a->renames.count; i++) {
    const SqlStarRename *x = &a->renames.items[i], *y = &b->renames.items[i];
    if (!same_path(&x->column, &y->column) || !str_equal_nocase(x->name, y->name)) return false;
  }
  return same_list(&a->replaces, &b->replaces) && sql_expr_equal(a->columns, b->columns);
}

static bool same_function(const SqlFunction *a, const SqlFunction *b) {
  return same_name(&a->name, &b->name) && a->is_operator == b->is_operator && a->distinct == b->distinct &&
         a->nulls == b->nulls && a->export_state == b->export_state && same_list(&a->arguments, &b->arguments) &&
         same_orders(&a->orders, &b->orders) && sql_expr_equal(a->filter, b->filter) &&
         same_window(a->window, b->window);
}

static bool same_case(const SqlExpr *a, const SqlExpr *b) {
  if (a->conditional.whens.count != b->conditional.whens.count) return false;
  for (uint32_t i = 0; i < a->conditional.whens.count; i++) {
    const SqlWhen *x = &a->conditional.whens.items[i], *y = &b->conditional.whens.items[i];
    if (!sql_expr_equal(x->condition, y->condition) || !sql_expr_equal(x->result, y->result)) return false;
  }
  return sql_expr_equal(a->conditional.operand, b->conditional.operand) &&
         sql_expr_equal(a->conditional.otherwise, b->conditional.otherwise);
}

bool sql_expr_equal(const SqlExpr *a, const SqlExpr *b) {
  if (!a || !b) return a == b;
  if (a->kind != b->kind) return false;
  switch (a->kind) {
    case SQL_EXPR_LITERAL:
      return same_literal(&a->literal, &b->literal);
    case SQL_EXPR_COLUMN:
      return same_path(&a->column, &b->column);
    case SQL_EXPR_STAR:
      return same_star(&a->star, &b->star);
    case SQL_EXPR_ORDINAL:
      return a->ordinal.index == b->ordinal.index;
    case SQL_EXPR_PARAMETER:
      return str_equal_nocase(a->parameter.name, b->parameter.name);
    case SQL_EXPR_DEFAULT:
      return true;
    case SQL_EXPR_FUNCTION:
      return same_function(&a->function, &b->function);
    case SQL_EXPR_OPERATOR:
      return a->operation.op == b->operation.op && same_list(&a->operation.children, &b->operation.children);
    case SQL_EXPR_COMPARE:
      return a->compare.op == b->compare.op && sql_expr_equal(a->compare.left, b->compare.left) &&
             sql_expr_equal(a->compare.right, b->compare.right);
    case SQL_EXPR_AND:
    case SQL_EXPR_OR:
      return same_list(&a->conjunction.children, &b->conjunction.children);
    case SQL_EXPR_BETWEEN:
      return sql_expr_equal(a->between.value, b->between.value) && sql_expr_equal(a->between.low, b->between.low) &&
             sql_expr_equal(a->between.high, b->between.high);
    case SQL_EXPR_CASE:
      return same_case(a, b);
    case SQL_EXPR_CAST:
      return a->cast.try_cast == b->cast.try_cast && sql_expr_equal(a->cast.child, b->cast.child) &&
             sql_type_equal(a->cast.type, b->cast.type);
    case SQL_EXPR_COLLATE:
      return str_equal_nocase(a->collate.collation, b->collate.collation) &&
             sql_expr_equal(a->collate.child, b->collate.child);
    case SQL_EXPR_LAMBDA:
      return same_names(&a->lambda.parameters, &b->lambda.parameters) &&
             sql_expr_equal(a->lambda.left, b->lambda.left) && sql_expr_equal(a->lambda.body, b->lambda.body);
    case SQL_EXPR_SUBQUERY:
      return a->subquery.kind == b->subquery.kind &&
             (a->subquery.kind != SQL_SUBQUERY_ANY || a->subquery.comparison == b->subquery.comparison) &&
             sql_expr_equal(a->subquery.left, b->subquery.left) &&
             sql_query_equal(a->subquery.query, b->subquery.query);
  }
  return false;
}

static bool same_fields(const SqlTypeFieldList *a, const SqlTypeFieldList *b) {
  if (a->count != b->count) return false;
  for (uint32_t i = 0; i < a->count; i++) {
    if (!str_equal_nocase(a->items[i].name, b->items[i].name) || !sql_type_equal(a->items[i].type, b->items[i].type)) {
      return false;
    }
  }
  return true;
}

bool sql_type_equal(const SqlType *a, const SqlType *b) {
  if (!a || !b) return a == b;
  if (a->kind != b->kind) return false;
  switch (a->kind) {
    case SQL_TYPE_NAMED:
      return same_name(&a->named.name, &b->named.name) && same_list(&a->named.modifiers, &b->named.modifiers);
    case SQL_TYPE_LIST:
      return sql_type_equal(a->list.child, b->list.child);
    case SQL_TYPE_ARRAY:
      return a->list.size == b->list.size && sql_type_equal(a->list.child, b->list.child);
    case SQL_TYPE_STRUCT:
    case SQL_TYPE_UNION:
      return same_fields(&a->fields.fields, &b->fields.fields);
    case SQL_TYPE_MAP:
      return sql_type_equal(a->map.key, b->map.key) && sql_type_equal(a->map.value, b->map.value);
    case SQL_TYPE_ENUM:
      if (a->enumeration.labels.count != b->enumeration.labels.count) return false;
      for (uint32_t i = 0; i < a->enumeration.labels.count; i++) {
        if (!str_equal(a->enumeration.labels.items[i], b->enumeration.labels.items[i])) return false;
      }
      return true;
  }
  return false;
}

// ---------------------------------------------------------------------------------------------------------------------
// Queries
// ---------------------------------------------------------------------------------------------------------------------

static bool same_sample(const SqlSample *a, const SqlSample *b) {
  if (!a || !b) return a == b;
  return a->method == b->method && a->percent == b->percent && a->has_seed == b->has_seed && a->seed == b->seed &&
         sql_expr_equal(a->size, b->size);
}

static bool same_pivot(const SqlFrom *a, const SqlFrom *b);

static bool same_from(const SqlFrom *a, const SqlFrom *b) {
  if (!a || !b) return a == b;
  if (a->kind != b->kind || !str_equal_nocase(a->alias, b->alias) ||
      !same_names(&a->column_aliases, &b->column_aliases) || !same_sample(a->sample, b->sample)) {
    return false;
  }
  switch (a->kind) {
    case SQL_FROM_TABLE:
      return same_name(&a->table.name, &b->table.name) && a->table.at == b->table.at &&
             sql_expr_equal(a->table.at_value, b->table.at_value);
    case SQL_FROM_FUNCTION:
      return a->function.with_ordinality == b->function.with_ordinality &&
             sql_expr_equal(a->function.call, b->function.call);
    case SQL_FROM_SUBQUERY:
      return sql_query_equal(a->subquery.query, b->subquery.query);
    case SQL_FROM_JOIN:
      return a->join.kind == b->join.kind && a->join.form == b->join.form && same_from(a->join.left, b->join.left) &&
             same_from(a->join.right, b->join.right) && sql_expr_equal(a->join.condition, b->join.condition) &&
             same_names(&a->join.using_columns, &b->join.using_columns);
    case SQL_FROM_PIVOT:
    case SQL_FROM_UNPIVOT:
      return same_pivot(a, b);
  }
  return false;
}

static bool same_pivot(const SqlFrom *a, const SqlFrom *b) {
  if (a->pivot.columns.count != b->pivot.columns.count || a->pivot.include_nulls != b->pivot.include_nulls)
    return false;
  for (uint32_t i = 0; i < a->pivot.columns.count; i++) {
    const SqlPivotColumn *x = &a->pivot.columns.items[i], *y = &b->pivot.columns.items[i];
    if (!same_list(&x->exprs, &y->exprs) || !same_names(&x->names, &y->names) || !same_list(&x->entries, &y->entries) ||
        !str_equal_nocase(x->enum_name, y->enum_name) || !sql_query_equal(x->subquery, y->subquery)) {
      return false;
    }
  }
  return same_from(a->pivot.source, b->pivot.source) && same_list(&a->pivot.aggregates, &b->pivot.aggregates) &&
         same_names(&a->pivot.groups, &b->pivot.groups) && same_names(&a->pivot.value_names, &b->pivot.value_names);
}

static bool same_group_by(const SqlGroupBy *a, const SqlGroupBy *b) {
  if (a->present != b->present || a->all != b->all || !same_list(&a->exprs, &b->exprs) ||
      a->sets.count != b->sets.count) {
    return false;
  }
  for (uint32_t i = 0; i < a->sets.count; i++) {
    const SqlGroupingSet *x = &a->sets.items[i], *y = &b->sets.items[i];
    if (x->count != y->count) return false;
    if (x->count > 0 && memcmp(x->items, y->items, sizeof *x->items * x->count) != 0) return false;
  }
  return true;
}

static bool same_select(const SqlSelect *a, const SqlSelect *b) {
  return a->distinct == b->distinct && same_list(&a->distinct_on, &b->distinct_on) && same_list(&a->items, &b->items) &&
         same_from(a->from, b->from) && sql_expr_equal(a->where, b->where) &&
         same_group_by(&a->group_by, &b->group_by) && sql_expr_equal(a->having, b->having) &&
         sql_expr_equal(a->qualify, b->qualify) && same_sample(a->sample, b->sample);
}

static bool same_ctes(const SqlCteList *a, const SqlCteList *b) {
  if (a->count != b->count) return false;
  for (uint32_t i = 0; i < a->count; i++) {
    const SqlCte *x = &a->items[i], *y = &b->items[i];
    if (!str_equal_nocase(x->name, y->name) || !same_names(&x->column_aliases, &y->column_aliases) ||
        x->materialize != y->materialize || !same_list(&x->key_columns, &y->key_columns) ||
        !sql_query_equal(x->query, y->query)) {
      return false;
    }
  }
  return true;
}

static bool same_query_body(const SqlQuery *a, const SqlQuery *b) {
  switch (a->kind) {
    case SQL_QUERY_SELECT:
      return same_select(&a->select, &b->select);
    case SQL_QUERY_SET:
      if (a->set.op != b->set.op || a->set.all != b->set.all || a->set.by_name != b->set.by_name ||
          a->set.children.count != b->set.children.count) {
        return false;
      }
      for (uint32_t i = 0; i < a->set.children.count; i++) {
        if (!sql_query_equal(a->set.children.items[i], b->set.children.items[i])) return false;
      }
      return true;
    case SQL_QUERY_VALUES:
      if (a->values.rows.count != b->values.rows.count) return false;
      for (uint32_t i = 0; i < a->values.rows.count; i++) {
        if (!same_list(&a->values.rows.items[i], &b->values.rows.items[i])) return false;
      }
      return true;
    case SQL_QUERY_SHOW:
      return a->show.kind == b->show.kind && same_name(&a->show.table, &b->show.table) &&
             sql_query_equal(a->show.query, b->show.query);
  }
  return false;
}

bool sql_query_equal(const SqlQuery *a, const SqlQuery *b) {
  if (!a || !b) return a == b;
  return a->kind == b->kind && a->recursive == b->recursive && same_ctes(&a->ctes, &b->ctes) &&
         same_orders(&a->orders, &b->orders) && a->limit_percent == b->limit_percent &&
         sql_expr_equal(a->limit, b->limit) && sql_expr_equal(a->offset, b->offset) && same_query_body(a, b);
}
