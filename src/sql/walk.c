// SPDX-License-Identifier: MIT
//
// walk.c: the visitor. The one place that knows which slots of a node hold children, in the order of the text.
#include "sql/sql.h"

Status sql_visit_expr(SqlVisitor *visitor, SqlExpr **slot) {
  if (!*slot) return OK;
  return visitor->expr ? visitor->expr(visitor, slot) : sql_visit_expr_children(visitor, *slot);
}

Status sql_visit_query(SqlVisitor *visitor, SqlQuery **slot) {
  if (!*slot) return OK;
  return visitor->query ? visitor->query(visitor, slot) : sql_visit_query_children(visitor, *slot);
}

Status sql_visit_from(SqlVisitor *visitor, SqlFrom **slot) {
  if (!*slot) return OK;
  return visitor->from ? visitor->from(visitor, slot) : sql_visit_from_children(visitor, *slot);
}

Status sql_visit_type(SqlVisitor *visitor, SqlType **slot) {
  if (!*slot) return OK;
  return visitor->type ? visitor->type(visitor, slot) : sql_visit_type_children(visitor, *slot);
}

// ---------------------------------------------------------------------------------------------------------------------
// Lists
// ---------------------------------------------------------------------------------------------------------------------

static Status visit_list(SqlVisitor *visitor, SqlExprList *list) {
  for (uint32_t i = 0; i < list->count; i++) TRY(sql_visit_expr(visitor, &list->items[i]));
  return OK;
}

static Status visit_orders(SqlVisitor *visitor, SqlOrderList *orders) {
  for (uint32_t i = 0; i < orders->count; i++) TRY(sql_visit_expr(visitor, &orders->items[i].expr));
  return OK;
}

static Status visit_window(SqlVisitor *visitor, SqlWindow *window) {
  if (!window) return OK;
  TRY(visit_list(visitor, &window->partitions));
  TRY(visit_orders(visitor, &window->orders));
  TRY(sql_visit_expr(visitor, &window->start_expr));
  return sql_visit_expr(visitor, &window->finish_expr);
}

static Status visit_options(SqlVisitor *visitor, SqlOptionList *options) {
  for (uint32_t i = 0; i < options->count; i++) TRY(sql_visit_expr(visitor, &options->items[i].value));
  return OK;
}

static Status visit_assignments(SqlVisitor *visitor, SqlAssignmentList *assignments) {
  for (uint32_t i = 0; i < assignments->count; i++) TRY(sql_visit_expr(visitor, &assignments->items[i].value));
  return OK;
}

static Status visit_ctes(SqlVisitor *visitor, SqlCteList *ctes) {
  for (uint32_t i = 0; i < ctes->count; i++) {
    TRY(visit_list(visitor, &ctes->items[i].key_columns));
    TRY(sql_visit_query(visitor, &ctes->items[i].query));
  }
  return OK;
}

static Status visit_sample(SqlVisitor *visitor, SqlSample *sample) {
  return sample ? sql_visit_expr(visitor, &sample->size) : OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Children of each kind of node
// ---------------------------------------------------------------------------------------------------------------------

static Status visit_function(SqlVisitor *visitor, SqlFunction *function) {
  TRY(visit_list(visitor, &function->arguments));
  TRY(visit_orders(visitor, &function->orders));
  TRY(sql_visit_expr(visitor, &function->filter));
  return visit_window(visitor, function->window);
}

static Status visit_case(SqlVisitor *visitor, SqlExpr *expr) {
  TRY(sql_visit_expr(visitor, &expr->conditional.operand));
  for (uint32_t i = 0; i < expr->conditional.whens.count; i++) {
    TRY(sql_visit_expr(visitor, &expr->conditional.whens.items[i].condition));
    TRY(sql_visit_expr(visitor, &expr->conditional.whens.items[i].result));
  }
  return sql_visit_expr(visitor, &expr->conditional.otherwise);
}

Status sql_visit_expr_children(SqlVisitor *visitor, SqlExpr *expr) {
  switch (expr->kind) {
    case SQL_EXPR_LITERAL:
    case SQL_EXPR_COLUMN:
    case SQL_EXPR_ORDINAL:
    case SQL_EXPR_PARAMETER:
    case SQL_EXPR_DEFAULT:
      return OK;
    case SQL_EXPR_STAR:
      TRY(visit_list(visitor, &expr->star.replaces));
      return sql_visit_expr(visitor, &expr->star.columns);
    case SQL_EXPR_FUNCTION:
      return visit_function(visitor, &expr->function);
    case SQL_EXPR_OPERATOR:
      return visit_list(visitor, &expr->operation.children);
    case SQL_EXPR_COMPARE:
      TRY(sql_visit_expr(visitor, &expr->compare.left));
      return sql_visit_expr(visitor, &expr->compare.right);
    case SQL_EXPR_AND:
    case SQL_EXPR_OR:
      return visit_list(visitor, &expr->conjunction.children);
    case SQL_EXPR_BETWEEN:
      TRY(sql_visit_expr(visitor, &expr->between.value));
      TRY(sql_visit_expr(visitor, &expr->between.low));
      return sql_visit_expr(visitor, &expr->between.high);
    case SQL_EXPR_CASE:
      return visit_case(visitor, expr);
    case SQL_EXPR_CAST:
      TRY(sql_visit_expr(visitor, &expr->cast.child));
      return sql_visit_type(visitor, &expr->cast.type);
    case SQL_EXPR_COLLATE:
      return sql_visit_expr(visitor, &expr->collate.child);
    case SQL_EXPR_LAMBDA:
      TRY(sql_visit_expr(visitor, &expr->lambda.left));
      return sql_visit_expr(visitor, &expr->lambda.body);
    case SQL_EXPR_SUBQUERY:
      TRY(sql_visit_expr(visitor, &expr->subquery.left));
      return sql_visit_query(visitor, &expr->subquery.query);
  }
  return OK;
}

Status sql_visit_type_children(SqlVisitor *visitor, SqlType *type) {
  switch (type->kind) {
    case SQL_TYPE_NAMED:
      return visit_list(visitor, &type->named.modifiers);
    case SQL_TYPE_LIST:
    case SQL_TYPE_ARRAY:
      return sql_visit_type(visitor, &type->list.child);
    case SQL_TYPE_STRUCT:
    case SQL_TYPE_UNION:
      for (uint32_t i = 0; i < type->fields.fields.count; i++) {
        TRY(sql_visit_type(visitor, &type->fields.fields.items[i].type));
      }
      return OK;
    case SQL_TYPE_MAP:
      TRY(sql_visit_type(visitor, &type->map.key));
      return sql_visit_type(visitor, &type->map.value);
    case SQL_TYPE_ENUM:
      return OK;
  }
  return OK;
}

static Status visit_pivot(SqlVisitor *visitor, SqlFrom *from) {
  TRY(sql_visit_from(visitor, &from->pivot.source));
  TRY(visit_list(visitor, &from->pivot.aggregates));
  for (uint32_t i = 0; i < from->pivot.columns.count; i++) {
    SqlPivotColumn *column = &from->pivot.columns.items[i];
    TRY(visit_list(visitor, &column->exprs));
    TRY(visit_list(visitor, &column->entries));
    TRY(sql_visit_query(visitor, &column->subquery));
  }
  return OK;
}

Status sql_visit_from_children(SqlVisitor *visitor, SqlFrom *from) {
  switch (from->kind) {
    case SQL_FROM_TABLE:
      TRY(sql_visit_expr(visitor, &from->table.at_value));
      break;
    case SQL_FROM_FUNCTION:
      TRY(sql_visit_expr(visitor, &from->function.call));
      break;
    case SQL_FROM_SUBQUERY:
      TRY(sql_visit_query(visitor, &from->subquery.query));
      break;
    case SQL_FROM_JOIN:
      TRY(sql_visit_from(visitor, &from->join.left));
      TRY(sql_visit_from(visitor, &from->join.right));
      TRY(sql_visit_expr(visitor, &from->join.condition));
      break;
    case SQL_FROM_PIVOT:
    case SQL_FROM_UNPIVOT:
      TRY(visit_pivot(visitor, from));
      break;
  }
  return visit_sample(visitor, from->sample);
}

static Status visit_select(SqlVisitor *visitor, SqlSelect *select) {
  TRY(visit_list(visitor, &select->distinct_on));
  TRY(visit_list(visitor, &select->items));
  TRY(sql_visit_from(visitor, &select->from));
  TRY(sql_visit_expr(visitor, &select->where));
  TRY(visit_list(visitor, &select->group_by.exprs));
  TRY(sql_visit_expr(visitor, &select->having));
  for (uint32_t i = 0; i < select->windows.count; i++) TRY(visit_window(visitor, select->windows.items[i]));
  TRY(sql_visit_expr(visitor, &select->qualify));
  return visit_sample(visitor, select->sample);
}

Status sql_visit_query_children(SqlVisitor *visitor, SqlQuery *query) {
  TRY(visit_ctes(visitor, &query->ctes));
  switch (query->kind) {
    case SQL_QUERY_SELECT:
      TRY(visit_select(visitor, &query->select));
      break;
    case SQL_QUERY_SET:
      for (uint32_t i = 0; i < query->set.children.count; i++) {
        TRY(sql_visit_query(visitor, &query->set.children.items[i]));
      }
      break;
    case SQL_QUERY_VALUES:
      for (uint32_t i = 0; i < query->values.rows.count; i++) TRY(visit_list(visitor, &query->values.rows.items[i]));
      break;
    case SQL_QUERY_SHOW:
      TRY(sql_visit_query(visitor, &query->show.query));
      break;
  }
  TRY(visit_orders(visitor, &query->orders));
  TRY(sql_visit_expr(visitor, &query->limit));
  return sql_visit_expr(visitor, &query->offset);
}

// ---------------------------------------------------------------------------------------------------------------------
// Statements
// ---------------------------------------------------------------------------------------------------------------------

static Status visit_insert(SqlVisitor *visitor, SqlInsert *insert) {
  TRY(visit_ctes(visitor, &insert->ctes));
  TRY(sql_visit_query(visitor, &insert->query));
  TRY(sql_visit_expr(visitor, &insert->conflict_where));
  TRY(visit_assignments(visitor, &insert->assignments));
  TRY(sql_visit_expr(visitor, &insert->update_where));
  return visit_list(visitor, &insert->returning);
}

static Status visit_update(SqlVisitor *visitor, SqlUpdate *update) {
  TRY(visit_ctes(visitor, &update->ctes));
  TRY(sql_visit_from(visitor, &update->table));
  TRY(visit_assignments(visitor, &update->assignments));
  TRY(sql_visit_from(visitor, &update->from));
  TRY(sql_visit_expr(visitor, &update->where));
  return visit_list(visitor, &update->returning);
}

static Status visit_delete(SqlVisitor *visitor, SqlDelete *delete) {
  TRY(visit_ctes(visitor, &delete->ctes));
  TRY(sql_visit_from(visitor, &delete->table));
  TRY(sql_visit_from(visitor, &delete->using_from));
  TRY(sql_visit_expr(visitor, &delete->where));
  return visit_list(visitor, &delete->returning);
}

static Status visit_merge(SqlVisitor *visitor, SqlMerge *merge) {
  TRY(visit_ctes(visitor, &merge->ctes));
  TRY(sql_visit_from(visitor, &merge->table));
  TRY(sql_visit_from(visitor, &merge->source));
  TRY(sql_visit_expr(visitor, &merge->condition));
  for (uint32_t i = 0; i < merge->actions.count; i++) {
    SqlMergeAction *action = &merge->actions.items[i];
    TRY(sql_visit_expr(visitor, &action->condition));
    TRY(visit_assignments(visitor, &action->assignments));
    TRY(visit_list(visitor, &action->values));
  }
  return visit_list(visitor, &merge->returning);
}

static Status visit_constraints(SqlVisitor *visitor, SqlConstraintList *constraints) {
  for (uint32_t i = 0; i < constraints->count; i++) TRY(sql_visit_expr(visitor, &constraints->items[i].check));
  return OK;
}

static Status visit_column_definition(SqlVisitor *visitor, SqlColumnDefinition *column) {
  TRY(sql_visit_type(visitor, &column->type));
  TRY(sql_visit_expr(visitor, &column->default_value));
  TRY(sql_visit_expr(visitor, &column->generated));
  return visit_constraints(visitor, &column->constraints);
}

static Status visit_create_table(SqlVisitor *visitor, SqlCreateTable *table) {
  for (uint32_t i = 0; i < table->columns.count; i++) TRY(visit_column_definition(visitor, &table->columns.items[i]));
  TRY(visit_constraints(visitor, &table->constraints));
  TRY(sql_visit_query(visitor, &table->query));
  TRY(visit_list(visitor, &table->partitioned_by));
  TRY(visit_orders(visitor, &table->sorted_by));
  return visit_options(visitor, &table->options);
}

static Status visit_macros(SqlVisitor *visitor, SqlMacroList *macros) {
  for (uint32_t i = 0; i < macros->count; i++) {
    SqlMacro *macro = &macros->items[i];
    for (uint32_t k = 0; k < macro->parameters.count; k++) {
      TRY(sql_visit_type(visitor, &macro->parameters.items[k].type));
      TRY(sql_visit_expr(visitor, &macro->parameters.items[k].default_value));
    }
    TRY(sql_visit_expr(visitor, &macro->expr));
    TRY(sql_visit_query(visitor, &macro->query));
  }
  return OK;
}

static Status visit_create(SqlVisitor *visitor, SqlCreate *create) {
  switch (create->kind) {
    case SQL_OBJECT_TABLE:
      return visit_create_table(visitor, &create->table);
    case SQL_OBJECT_VIEW:
      return sql_visit_query(visitor, &create->view.query);
    case SQL_OBJECT_INDEX:
      TRY(visit_list(visitor, &create->index.exprs));
      TRY(visit_options(visitor, &create->index.options));
      return sql_visit_expr(visitor, &create->index.where);
    case SQL_OBJECT_TYPE:
      TRY(sql_visit_type(visitor, &create->type.type));
      return sql_visit_query(visitor, &create->type.query);
    case SQL_OBJECT_MACRO:
    case SQL_OBJECT_TABLE_MACRO:
      return visit_macros(visitor, &create->macros);
    default:
      return OK;
  }
}

static Status visit_alter(SqlVisitor *visitor, SqlAlter *alter) {
  TRY(visit_column_definition(visitor, &alter->column));
  TRY(sql_visit_type(visitor, &alter->type));
  TRY(sql_visit_expr(visitor, &alter->expr));
  TRY(visit_list(visitor, &alter->exprs));
  TRY(visit_orders(visitor, &alter->orders));
  TRY(sql_visit_expr(visitor, &alter->constraint.check));
  return visit_options(visitor, &alter->options);
}

Status sql_visit_statement(SqlVisitor *visitor, SqlStatement *statement) {
  switch (statement->kind) {
    case SQL_STATEMENT_SELECT:
      return sql_visit_query(visitor, &statement->query);
    case SQL_STATEMENT_INSERT:
      return visit_insert(visitor, &statement->insert);
    case SQL_STATEMENT_UPDATE:
      return visit_update(visitor, &statement->update);
    case SQL_STATEMENT_DELETE:
      return visit_delete(visitor, &statement->delete_);
    case SQL_STATEMENT_MERGE:
      return visit_merge(visitor, &statement->merge);
    case SQL_STATEMENT_CREATE:
      return visit_create(visitor, &statement->create);
    case SQL_STATEMENT_ALTER:
      return visit_alter(visitor, &statement->alter);
    case SQL_STATEMENT_COMMENT:
      return sql_visit_expr(visitor, &statement->comment.text);
    case SQL_STATEMENT_COPY:
      TRY(sql_visit_query(visitor, &statement->copy.query));
      TRY(sql_visit_expr(visitor, &statement->copy.file));
      return visit_options(visitor, &statement->copy.options);
    case SQL_STATEMENT_EXPORT:
    case SQL_STATEMENT_IMPORT:
      TRY(sql_visit_expr(visitor, &statement->archive.path));
      return visit_options(visitor, &statement->archive.options);
    case SQL_STATEMENT_ATTACH:
      TRY(sql_visit_expr(visitor, &statement->attach.path));
      return visit_options(visitor, &statement->attach.options);
    case SQL_STATEMENT_EXPLAIN:
      return sql_visit_statement(visitor, statement->explain.statement);
    case SQL_STATEMENT_SET:
      return sql_visit_expr(visitor, &statement->set.value);
    case SQL_STATEMENT_PRAGMA:
      return visit_list(visitor, &statement->pragma.arguments);
    case SQL_STATEMENT_PREPARE:
      for (uint32_t i = 0; i < statement->prepare.types.count; i++) {
        TRY(sql_visit_type(visitor, &statement->prepare.types.items[i]));
      }
      return sql_visit_statement(visitor, statement->prepare.statement);
    case SQL_STATEMENT_EXECUTE:
      return visit_list(visitor, &statement->execute.arguments);
    case SQL_STATEMENT_CALL:
      return sql_visit_expr(visitor, &statement->call.call);
    case SQL_STATEMENT_VACUUM:
      return sql_visit_from(visitor, &statement->vacuum.table);
    case SQL_STATEMENT_SNAPSHOT:
      TRY(sql_visit_expr(visitor, &statement->snapshot.count));
      TRY(sql_visit_expr(visitor, &statement->snapshot.path));
      return visit_options(visitor, &statement->snapshot.options);
    case SQL_STATEMENT_DROP:
    case SQL_STATEMENT_COPY_DATABASE:
    case SQL_STATEMENT_DETACH:
    case SQL_STATEMENT_USE:
    case SQL_STATEMENT_TRANSACTION:
    case SQL_STATEMENT_DEALLOCATE:
    case SQL_STATEMENT_CHECKPOINT:
    case SQL_STATEMENT_LOAD:
      return OK;
  }
  return OK;
}
