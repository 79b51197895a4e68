// SPDX-License-Identifier: MIT
//
// bind_statement.c: plan_bind: binds what kind of statement it is.
#include "plan/binder.h"

CatalogName catalog_name(const SqlName *name) {
  return (CatalogName){
      .database = name->catalog, .schema = name->schema, .name = name->name, .position = name->position};
}

Status settle_type(Binder *binder, Type type, Type *out) {
  *out = type.id == TYPE_NULL ? TYPE(INTEGER) : type;
  if (!type_is_nested(type) || !type.info) return OK;
  TypeInfo *info;
  Type *children;
  ARENA_NEW(binder->arena, binder->error, info);
  ARENA_NEW_ARRAY(binder->arena, binder->error, children, type.info->count);
  for (uint32_t i = 0; i < type.info->count; i++) TRY(settle_type(binder, type.info->types[i], &children[i]));
  *info = *type.info;
  info->types = children;
  out->info = info;
  return OK;
}

Status set_result(Binder *binder, PlannedStatement *out, LogicalPlan *plan, const Str *names) {
  uint32_t count = plan->column_count;
  // A column of bare NULLs is an INTEGER for who reads the result; a parameter that nothing said the type of is text.
  Type *types;
  ARENA_NEW_ARRAY(binder->arena, binder->error, types, count);
  for (uint32_t i = 0; i < count; i++) {
    TRY(settle_type(binder, plan->columns[i].type, &types[i]));
    if (types[i].id == TYPE_UNKNOWN) {
      types[i] = TYPE(VARCHAR);
      binder->uses_types_of_values = true;
    }
  }
  TRY(cast_columns(binder, &plan, types, count));
  out->root = plan;
  out->returns = RETURN_ROWS;
  out->column_count = count;
  out->types = types;
  ARENA_NEW_ARRAY(binder->arena, binder->error, out->names, count);
  for (uint32_t i = 0; i < count; i++) out->names[i] = names[i];
  return OK;
}

Status set_count_result(Binder *binder, PlannedStatement *out, LogicalPlan *plan) {
  out->root = plan;
  out->returns = RETURN_CHANGED_COUNT;
  out->column_count = 1;
  ARENA_NEW_ARRAY(binder->arena, binder->error, out->names, 1);
  ARENA_NEW_ARRAY(binder->arena, binder->error, out->types, 1);
  out->names[0] = STR("Count");
  out->types[0] = TYPE(BIGINT);
  return OK;
}

static Status bind_explain(Binder *binder, const SqlStatement *statement, PlannedStatement *out) {
  PlannedStatement inner = {0};
  TRY(bind_statement(binder, statement->explain.statement, &inner));
  LogicalPlan *plan;
  TRY(plan_make(&binder->planner, LOGICAL_EXPLAIN, inner.root, NULL, &plan));
  switch (statement->explain.format) {
    case SQL_EXPLAIN_JSON:
      plan->explain.format = STR("json");
      break;
    case SQL_EXPLAIN_DEFAULT:
    case SQL_EXPLAIN_TEXT:
      plan->explain.format = STR("text");
      break;
    default:
      return error_set(binder->error, ERROR_NOT_IMPLEMENTED, -1, "This format of EXPLAIN");
  }
  plan->explain.analyze = statement->explain.analyze;
  plan->explain.key = plan->explain.analyze                                    ? STR("analyzed_plan")
                      : setting_is(binder, "explain_output", "optimized_only") ? STR("logical_opt")
                                                                               : STR("physical_plan");
  TRY(plan_add_column(&binder->planner, plan, plan->table, 0, TYPE(VARCHAR), STR("explain_key")));
  TRY(plan_add_column(&binder->planner, plan, plan->table, 1, TYPE(VARCHAR), STR("explain_value")));
  out->root = plan;
  out->returns = RETURN_ROWS;
  out->column_count = 2;
  ARENA_NEW_ARRAY(binder->arena, binder->error, out->names, 2);
  ARENA_NEW_ARRAY(binder->arena, binder->error, out->types, 2);
  for (uint32_t i = 0; i < 2; i++) {
    out->names[i] = plan->columns[i].name;
    out->types[i] = TYPE(VARCHAR);
  }
  // EXPLAIN ANALYZE runs the statement, EXPLAIN does not.
  if (!statement->explain.analyze) binder->changes = false;
  out->kind = STATEMENT_EXPLAIN;
  return OK;
}

Status bind_statement(Binder *binder, const SqlStatement *statement, PlannedStatement *out) {
  binder->kind = statement->kind;
  switch (statement->kind) {
    case SQL_STATEMENT_SELECT: {
      BoundQuery query;
      out->kind = STATEMENT_SELECT;
      TRY(bind_query(binder, statement->query, NULL, NULL, &query));
      return set_result(binder, out, query.plan, query.names);
    }
    case SQL_STATEMENT_INSERT:
      return bind_insert(binder, statement, out);
    case SQL_STATEMENT_UPDATE:
      return bind_update(binder, statement, out);
    case SQL_STATEMENT_DELETE:
      return bind_delete(binder, statement, out);
    case SQL_STATEMENT_MERGE:
      return bind_merge(binder, statement, out);
    case SQL_STATEMENT_CREATE:
      return bind_create(binder, statement, out);
    case SQL_STATEMENT_DROP:
      return bind_drop(binder, statement, out);
    case SQL_STATEMENT_ALTER:
      return bind_alter(binder, statement, out);
    case SQL_STATEMENT_COMMENT:
      return bind_comment(binder, statement, out);
    case SQL_STATEMENT_COPY:
      return bind_copy(binder, statement, out);
    case SQL_STATEMENT_EXPLAIN:
      return bind_explain(binder, statement, out);
    default:
      return bind_utility(binder, statement, out);
  }
}

// Every use of a parameter has one type: that which the first use gave it. Others are cast from it.
static Status settle_parameters(Binder *binder, PlannedStatement *out) {
  for (uint32_t i = 0; i < binder->parameter_count; i++) {
    const Expr *first = binder->parameter_exprs[i];
    Type type = first ? first->type : TYPE(UNKNOWN);
    for (uint32_t k = 0; k < binder->repeated_parameters.count && type.id == TYPE_UNKNOWN; k++) {
      if (binder->repeated_parameters.items[k]->parameter == i) type = binder->repeated_parameters.items[k]->type;
    }
    TRY(type_normalize(binder->arena, binder->error, type, &type));
    if (type.id == TYPE_UNKNOWN || type.id == TYPE_NULL) binder->uses_types_of_values = true;
    binder->parameters[i].type = type;
    if (first) binder->parameter_exprs[i]->type = type;
  }
  for (uint32_t k = 0; k < binder->repeated_parameters.count; k++) {
    Expr *use = binder->repeated_parameters.items[k];
    if (use->kind != EXPR_PARAMETER) continue;
    Type type = binder->parameters[use->parameter].type;
    if (type_equal(use->type, type)) continue;
    if (use->type.id == TYPE_UNKNOWN) {
      use->type = type;
      continue;
    }
    Expr *source;
    TRY_NEW(binder, source, expr_node(binder->arena, EXPR_PARAMETER, type, 0));
    source->parameter = use->parameter;
    Type wanted = use->type;
    *use = (Expr){.kind = EXPR_CAST, .type = wanted, .position = use->position, .name = use->name};
    ARENA_NEW_ARRAY(binder->arena, binder->error, use->children, 1);
    use->children[0] = source;
    use->child_count = 1;
  }
  out->parameters = binder->parameters;
  out->parameter_count = binder->parameter_count;
  return OK;
}

static Status init_binder(Binder *binder, PlanContext *context, const SqlStatement *statement) {
  *binder = (Binder){.planner = {.context = context, .arena = context->arena, .error = context->error},
                     .context = context,
                     .arena = context->arena,
                     .error = context->error,
                     .statement = statement,
                     .parameter_count = statement->parameters.count};
  ARENA_NEW_ARRAY(context->arena, context->error, binder->parameters, binder->parameter_count);
  ARENA_NEW_ARRAY(context->arena, context->error, binder->parameter_exprs, binder->parameter_count);
  for (uint32_t i = 0; i < binder->parameter_count; i++)
    binder->parameters[i].name = statement->parameters.items[i].name;
  return OK;
}

Status check_statement(Binder *binder, const SqlStatement *statement) {
  Binder inner;
  PlannedStatement ignored = {0};
  PlanContext context = *binder->context;
  context.parameter_values = NULL;
  context.parameter_value_count = 0;
  context.lists = NULL;
  SqlStatement prepared = *statement;
  prepared.parameters = binder->statement->parameters; // they are the outer statement's
  TRY(init_binder(&inner, &context, &prepared));
  inner.allow_parameters_without_value = true;
  Status status = bind_statement(&inner, &prepared, &ignored);
  // Errors about types may go away with the values.
  bool open = inner.wants_files || inner.wanted || prepared.parameters.count;
  if (!open || status == ERROR_CATALOG || status == ERROR_PARSER) return status;
  error_clear(context.error);
  return OK;
}

static Status bind(Binder *binder, PlanContext *context, const SqlStatement *statement, PlannedStatement *out) {
  *out = (PlannedStatement){0};
  if (context->files) knowledge_rewind(context->files);
  if (context->lists) context->lists->bindings++;
  TRY(init_binder(binder, context, statement));
  Status status = bind_statement(binder, statement, out);
  if (binder->wants_files) {
    error_clear(context->error);
    *out = (PlannedStatement){.wants_files = true};
    return OK;
  }
  if (binder->wants_time) {
    error_clear(context->error);
    *out = (PlannedStatement){.wants_time = true};
    return OK;
  }
  if (binder->wanted) {
    error_clear(context->error);
    *out = (PlannedStatement){.root = binder->wanted, .wants_answer = true, .question = binder->question};
    return OK;
  }
  TRY(status);
  TRY(settle_parameters(binder, out));
  out->read_only = !binder->changes;
  out->uses_types_of_values = binder->uses_types_of_values;
  return OK;
}

Status plan_bind(PlanContext *context, const SqlStatement *statement, PlannedStatement *out) {
  Binder binder;
  TRY(bind(&binder, context, statement, out));
  ARENA_NEW(context->arena, context->error, out->planner);
  *out->planner = binder.planner;
  return OK;
}

Status plan_statement(PlanContext *context, const SqlStatement *statement, PlannedStatement *out) {
  bool done = false;
  TRY(plan_bind(context, statement, out));
  while (!done) TRY(plan_finish_step(out, &done));
  return OK;
}
