// SPDX-License-Identifier: MIT
//
// collate.c: collations. A VARCHAR type may carry the name of one ("nocase.noaccent", TypeInfo.collation); type_equal does not look at it. Where
// text is compared, sorted or grouped the operands are rewritten: NOCASE is lower(x), NOACCENT strip_accents(x), NFC nfc_normalize(x).
// A collation says how texts are compared, never what they are: results keep the text as it is.
#include "plan/binder.h"

// The function behind one part of a collation's name; NULL: compared by bytes. False: no such collation.
static bool collation_function(Str part, const char **function) {
  static const struct {
    const char *name;
    const char *function;
  } collations[] = {
      {"nocase", "lower"}, {"noaccent", "strip_accents"}, {"nfc", "nfc_normalize"}, {"binary", NULL}, {"c", NULL},
      {"posix", NULL},
  };
  for (uint32_t i = 0; i < COUNT_OF(collations); i++) {
    if (!str_equal_nocase(part, str_from(collations[i].name))) continue;
    *function = collations[i].function;
    return true;
  }
  return false;
}

static bool next_part(Str *rest, Str *part) {
  if (!rest->length) return false;
  size_t dot = 0;
  while (dot < rest->length && rest->data[dot] != '.') dot++;
  *part = (Str){rest->data, dot};
  size_t used = dot < rest->length ? dot + 1 : dot;
  *rest = (Str){rest->data + used, rest->length - used};
  return true;
}

Status collation_check(Binder *binder, Str collation, int32_t position) {
  Str part;
  const char *function;
  while (next_part(&collation, &part)) {
    if (collation_function(part, &function)) continue;
    return error_set(binder->error, ERROR_CATALOG, position, "Collation with name %.*s does not exist!", STR_ARG(part));
  }
  return OK;
}

Status collated_type(Binder *binder, Str collation, Type *type) {
  if (!collation.length || type->id != TYPE_VARCHAR) return OK;
  TypeInfo *info;
  ARENA_NEW(binder->arena, binder->error, info);
  if (type->info) *info = *type->info;
  info->collation = collation;
  type->info = info;
  return OK;
}

static Str own_collation(Type type) {
  return type.id == TYPE_VARCHAR && type.info ? type.info->collation : (Str){NULL, 0};
}

// SET default_collation is that of every text without one.
static Str default_collation(Binder *binder) {
  StatementFacts *facts = binder->context->facts;
  Value value;
  if (!facts->setting || !facts->setting(facts->session, STR("default_collation"), &value) || value.is_null ||
      value.type.id != TYPE_VARCHAR) {
    return (Str){NULL, 0};
  }
  return value.text;
}

Status collation_combine(Binder *binder, Expr *const *operands, uint32_t count, Str *out) {
  *out = (Str){NULL, 0};
  for (uint32_t i = 0; i < count; i++) {
    Str collation = own_collation(operands[i]->type);
    if (!collation.length) continue;
    if (out->length && !str_equal_nocase(*out, collation)) {
      return error_set(binder->error, ERROR_BINDER, -1, "Cannot combine types with different collation!");
    }
    *out = collation;
  }
  return OK;
}

Status collation_push(Binder *binder, Str collation, Expr **slot) {
  if (!type_is_string((*slot)->type)) return OK;
  if (!collation.length) collation = default_collation(binder);
  Str part;
  while (next_part(&collation, &part)) {
    const char *function = NULL;
    if (!collation_function(part, &function) || !function) continue;
    Expr *argument = *slot;
    TRY(make_call(&binder->planner, function, &argument, 1, slot));
    (*slot)->position = argument->position;
    (*slot)->name = argument->name;
  }
  return OK;
}

Status collation_push_own(Binder *binder, Expr **slot) {
  return collation_push(binder, own_collation((*slot)->type), slot);
}

Status collation_push_all(Binder *binder, Expr **operands, uint32_t count) {
  Str collation;
  TRY(collation_combine(binder, operands, count, &collation));
  for (uint32_t i = 0; i < count; i++) TRY(collation_push(binder, collation, &operands[i]));
  return OK;
}

bool collation_matters(Binder *binder, Type type) {
  Str collation = own_collation(type);
  if (type.id != TYPE_VARCHAR) return false;
  if (!collation.length) collation = default_collation(binder);
  Str part;
  const char *function = NULL;
  while (!function && next_part(&collation, &part)) collation_function(part, &function);
  return function != NULL;
}

bool collation_searches(Str name) {
  static const char *const functions[] = {"contains", "ends_with",   "instr",       "position",       "prefix",
                                          "replace",  "starts_with", "strpos",      "suffix",         "^@",
                                          "~~",       "!~~",         "like_escape", "not_like_escape"};
  for (uint32_t i = 0; i < COUNT_OF(functions); i++) {
    if (str_equal(name, str_from(functions[i]))) return true;
  }
  return false;
}
