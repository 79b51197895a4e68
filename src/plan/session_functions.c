// SPDX-License-Identifier: MIT
//
// session_functions.c: current_schema() and its like become constants when the statement is bound; nextval() and currval() become calls
// that hold the sequence they are about.
#include "plan/session_functions.h"

// ---------------------------------------------------------------------------------------------------------------------
// Sequences
// ---------------------------------------------------------------------------------------------------------------------

typedef struct SequenceCall {
  CatalogView *catalog;
  const CatalogSequence *sequence;
} SequenceCall;

static Status run_nextval(EvalContext *context, const ScalarCall *call, const Vector *const *arguments,
                          uint32_t row_count, Vector *result) {
  (void)arguments;
  const SequenceCall *data = call->bind_data;
  int64_t *values = result->data;
  for (uint32_t i = 0; i < row_count; i++) {
    TRY(catalog_sequence_next(data->catalog, data->sequence, &values[i], context->error));
  }
  return OK;
}

static Status run_currval(EvalContext *context, const ScalarCall *call, const Vector *const *arguments,
                          uint32_t row_count, Vector *result) {
  (void)arguments;
  const SequenceCall *data = call->bind_data;
  int64_t *values = result->data;
  for (uint32_t i = 0; i < row_count; i++) {
    TRY(catalog_sequence_current(data->catalog, data->sequence, &values[i], context->error));
  }
  return OK;
}

static const ScalarFunction nextval_function = {.name = "nextval",
                                                .arguments = {TYPE_VARCHAR},
                                                .argument_count = 1,
                                                .result = TYPE_BIGINT,
                                                .kernel = run_nextval,
                                                .nulls = NULLS_SPECIAL,
                                                .stability = STABILITY_VOLATILE,
                                                .can_fail = true};
static const ScalarFunction currval_function = {.name = "currval",
                                                .arguments = {TYPE_VARCHAR},
                                                .argument_count = 1,
                                                .result = TYPE_BIGINT,
                                                .kernel = run_currval,
                                                .nulls = NULLS_SPECIAL,
                                                .stability = STABILITY_VOLATILE,
                                                .can_fail = true};

static Status bind_sequence(Binder *binder, const ScalarFunction *function, Expr *argument, int32_t position,
                            Expr **out) {
  Value name;
  bool constant = expr_constant_value(binder->arena, binder->context->facts, argument, &name);
  if (constant && name.is_null) {
    TRY_NEW(binder, *out, expr_constant(binder->arena, value_null(TYPE(BIGINT))));
    return OK;
  }
  if (!constant || name.type.id != TYPE_VARCHAR) {
    return error_set(binder->error, ERROR_NOT_IMPLEMENTED, position,
                     "currval/nextval requires a constant sequence - non-constant sequences are no longer supported");
  }
  SqlPath path;
  TRY(sql_parse_path(binder->arena, name.text, &path, binder->error));
  CatalogName wanted = {.position = position, .name = path.items[path.count - 1]};
  if (path.count >= 2) wanted.schema = path.items[path.count - 2];
  if (path.count >= 3) wanted.database = path.items[path.count - 3];
  const CatalogEntry *entry;
  TRY(catalog_find(binder->context->catalog, binder->arena, CATALOG_SEQUENCE, wanted, false, &entry, binder->error));
  SequenceCall *data;
  ARENA_NEW(binder->arena, binder->error, data);
  data->catalog = binder->context->catalog;
  data->sequence = (const CatalogSequence *)entry;
  TRY_NEW(binder, *out, expr_node(binder->arena, EXPR_CALL, TYPE(BIGINT), 1));
  TRY(bind_literal_types(binder, &argument));
  (*out)->children[0] = argument;
  (*out)->call.function = function;
  (*out)->call.bind_data = data;
  (*out)->position = position;
  if (function == &nextval_function) binder->changes = true;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Constants of the session
// ---------------------------------------------------------------------------------------------------------------------

static Status text_constant(Binder *binder, Str text, Expr **out) {
  Str copy;
  TRY(str_copy(binder->arena, binder->error, text, &copy));
  TRY_NEW(binder, *out, expr_constant(binder->arena, value_text(copy)));
  return OK;
}

// getvariable('x') and current_setting('x'): variables are settings named "variable:x".
static Status bind_setting(Binder *binder, const char *prefix, Expr *argument, bool must_exist, int32_t position,
                           Expr **out) {
  Value name;
  if (!expr_constant_value(binder->arena, binder->context->facts, argument, &name) || name.is_null ||
      name.type.id != TYPE_VARCHAR) {
    return error_set(binder->error, ERROR_PARSER, position, "Key name for %s needs to be a constant string argument",
                     must_exist ? "current_setting" : "getvariable");
  }
  Str key;
  TRY(str_format(binder->arena, binder->error, &key, "%s%.*s", prefix, STR_ARG(name.text)));
  if (must_exist) TRY(str_lower(binder->arena, binder->error, key, &key));
  Value value;
  StatementFacts *facts = binder->context->facts;
  if (!facts->setting(facts->session, key, &value)) {
    if (must_exist) {
      return error_set(binder->error, ERROR_CATALOG, position, "unrecognized configuration parameter \"%.*s\"",
                       STR_ARG(name.text));
    }
    value = value_null(TYPE(NULL));
  }
  TRY(value_copy(binder->arena, binder->error, value, &value));
  TRY_NEW(binder, *out, expr_constant(binder->arena, value));
  return OK;
}

static Status bind_search_path(Binder *binder, bool implicit, Expr **out) {
  Value *items;
  uint32_t behind, count = 0;
  const CatalogPlace *path = catalog_path(binder->context->catalog, &behind);
  ARENA_NEW_ARRAY(binder->arena, binder->error, items, behind + 3);
  items[count++] = value_text(catalog_current_schema(binder->context->catalog));
  for (uint32_t i = 0; i < behind; i++) items[count++] = value_text(path[i].schema);
  if (implicit) {
    items[count++] = value_text(STR("main"));
    items[count++] = value_text(STR("pg_catalog"));
  }
  for (uint32_t i = 0; i < count; i++) TRY(str_copy(binder->arena, binder->error, items[i].text, &items[i].text));
  Value list = {.nested = {items, count}};
  TRY(type_make_list(binder->arena, binder->error, TYPE(VARCHAR), &list.type));
  TRY_NEW(binder, *out, expr_constant(binder->arena, list));
  return OK;
}

Status bind_session_function(Binder *binder, Str name, Expr **arguments, uint32_t count, int32_t position, Expr **out) {
  *out = NULL;
  CatalogView *catalog = binder->context->catalog;
  if (!catalog) return OK;
  if (count == 0) {
    if (str_equal_nocase(name, STR("current_database")) || str_equal_nocase(name, STR("current_catalog"))) {
      return text_constant(binder, catalog_current_database(catalog), out);
    }
    if (str_equal_nocase(name, STR("current_schema")))
      return text_constant(binder, catalog_current_schema(catalog), out);
    if (str_equal_nocase(name, STR("current_user")) || str_equal_nocase(name, STR("session_user")) ||
        str_equal_nocase(name, STR("user")) || str_equal_nocase(name, STR("current_role"))) {
      return text_constant(binder, STR("duckdb"), out);
    }
    if (str_equal_nocase(name, STR("current_query"))) return text_constant(binder, str_trim(binder->context->sql), out);
    return OK;
  }
  if (count != 1) return OK;
  if (str_equal_nocase(name, STR("nextval")))
    return bind_sequence(binder, &nextval_function, arguments[0], position, out);
  if (str_equal_nocase(name, STR("currval")))
    return bind_sequence(binder, &currval_function, arguments[0], position, out);
  if (str_equal_nocase(name, STR("getvariable")))
    return bind_setting(binder, "variable:", arguments[0], false, position, out);
  if (str_equal_nocase(name, STR("current_setting")))
    return bind_setting(binder, "", arguments[0], true, position, out);
  if (str_equal_nocase(name, STR("current_schemas"))) {
    Value implicit;
    TRY(evaluate_constant(binder, arguments[0], &implicit));
    return bind_search_path(binder, !implicit.is_null && implicit.boolean, out);
  }
  return OK;
}
