// SPDX-License-Identifier: MIT
//
// bind_call.c: from a function's name and bound arguments to a call: looks the name up, chooses the overload as DuckDB's
// FunctionBinder does, runs the function's own bind, adds the casts.
//
// The choice: an overload whose parameters all take the arguments by implicit cast is a candidate, its cost the sum of
// the costs of the casts; the cheapest wins; several cheapest are an error. Literals bind looser than columns (an
// INTEGER_LITERAL fits every integer type that holds it, a STRING_LITERAL becomes anything), in scalar calls only.
#include "expr/expr.h"

// ---------------------------------------------------------------------------------------------------------------------
// Names
// ---------------------------------------------------------------------------------------------------------------------

typedef const char *(*NameAt)(const FunctionLibrary *library, uint32_t index);

static const char *scalar_name(const FunctionLibrary *library, uint32_t i) { return library->scalars[i]->name; }
static const char *aggregate_name(const FunctionLibrary *library, uint32_t i) { return library->aggregates[i]->name; }
static const char *table_name(const FunctionLibrary *library, uint32_t i) { return library->tables[i]->name; }

static char lower_char(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c; }

// Order of a name, any case, against a lower-case entry of the library.
static int compare_name(Str name, const char *entry) {
  for (size_t i = 0; i < name.length; i++) {
    uint8_t a = (uint8_t)lower_char(name.data[i]), b = (uint8_t)entry[i];
    if (a != b) return a < b ? -1 : 1; // the NUL of a shorter entry differs too
  }
  return entry[name.length] ? -1 : 0;
}

static bool find_name(const FunctionLibrary *library, uint32_t total, NameAt name_at, Str name, uint32_t *first,
                      uint32_t *count) {
  uint32_t low = 0, high = total;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (compare_name(name, name_at(library, middle)) > 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  *first = low;
  while (low < total && compare_name(name, name_at(library, low)) == 0) low++;
  *count = low - *first;
  return *count > 0;
}

bool library_find_scalar(const FunctionLibrary *library, Str name, uint32_t *first, uint32_t *count) {
  return find_name(library, library->scalar_count, scalar_name, name, first, count);
}

bool library_find_aggregate(const FunctionLibrary *library, Str name, uint32_t *first, uint32_t *count) {
  return find_name(library, library->aggregate_count, aggregate_name, name, first, count);
}

bool library_find_table(const FunctionLibrary *library, Str name, uint32_t *first, uint32_t *count) {
  return find_name(library, library->table_count, table_name, name, first, count);
}

static void nearest_name(const FunctionLibrary *library, uint32_t total, NameAt name_at, Str name,
                         uint32_t *best_distance, const char **best) {
  const char *previous = NULL;
  for (uint32_t i = 0; i < total; i++) {
    const char *entry = name_at(library, i);
    if (previous && strcmp(previous, entry) == 0) continue;
    previous = entry;
    uint32_t distance = str_edit_distance(name, str_from(entry));
    if (distance < *best_distance) {
      *best_distance = distance;
      *best = entry;
    }
  }
}

static Status unknown_name(const FunctionLibrary *library, const char *what, Str name, int32_t position, Error *error) {
  uint32_t distance = (uint32_t)MIN_OF(name.length, (size_t)256);
  const char *best = NULL;
  nearest_name(library, library->scalar_count, scalar_name, name, &distance, &best);
  nearest_name(library, library->aggregate_count, aggregate_name, name, &distance, &best);
  if (!best) {
    return error_set(error, ERROR_CATALOG, position, "%s Function with name %.*s does not exist!", what, STR_ARG(name));
  }
  return error_set(error, ERROR_CATALOG, position, "%s Function with name %.*s does not exist!\nDid you mean \"%s\"?",
                   what, STR_ARG(name), best);
}

// ---------------------------------------------------------------------------------------------------------------------
// Signatures: what scalar and aggregate functions have in common here
// ---------------------------------------------------------------------------------------------------------------------

typedef struct Signature {
  const char *name;
  const DeclaredType *parameters;
  uint32_t count;
  bool variadic; // the last parameter repeats zero or more times
  DeclaredType result;
} Signature;

#define LIST_INFO(name) [TYPE_##name] = {.count = 1, .types = &TYPE(name)}
static const TypeInfo element_infos[] = {LIST_INFO(BIGINT),  LIST_INFO(FLOAT),     LIST_INFO(DOUBLE),
                                         LIST_INFO(VARCHAR), LIST_INFO(TIMESTAMP), LIST_INFO(TIMESTAMP_TZ)};
static const Type date_part_types[] = {{.id = TYPE_BIGINT}, {.id = TYPE_BIGINT}, {.id = TYPE_BIGINT}};
static const Str date_part_names[] = {{"year", 4}, {"month", 5}, {"day", 3}};
static const TypeInfo date_parts = {.count = 3, .types = date_part_types, .names = date_part_names};

Type declared_type(DeclaredType declared) {
  if (declared < DECLARED_LIST) return (Type){.id = declared};
  if (declared == DECLARED_DATE_PARTS) return (Type){.id = TYPE_STRUCT, .info = &date_parts};
  const TypeInfo *info = &element_infos[declared % DECLARED_LIST];
  ASSERT(declared % DECLARED_LIST < COUNT_OF(element_infos) && info->count); // LIST_OF a type that LIST_INFO lacks
  if (declared < DECLARED_TRIPLE) return (Type){.id = TYPE_LIST, .info = info};
  return (Type){.id = TYPE_ARRAY, .array_size = 3, .info = info};
}

static Signature scalar_signature(const ScalarFunction *function) {
  return (Signature){function->name, function->arguments, function->argument_count, function->variadic,
                     function->result};
}

static Signature aggregate_signature(const AggregateFunction *function) {
  return (Signature){function->name, function->arguments, function->argument_count, function->variadic,
                     function->result};
}

static Type parameter_type(const Signature *signature, uint32_t index) {
  return declared_type(signature->parameters[MIN_OF(index, signature->count - 1)]);
}

// Declared without what makes it a complete type: stands for all types of its kind.
static bool is_open_type(Type type) {
  switch (type.id) {
    case TYPE_ANY:
      return true;
    case TYPE_LIST:
    case TYPE_ARRAY:
    case TYPE_STRUCT:
    case TYPE_MAP:
    case TYPE_UNION:
    case TYPE_ENUM:
      if (!type.info) return true;
      for (uint32_t i = 0; type.info->types && i < type.info->count; i++) {
        if (is_open_type(type.info->types[i])) return true;
      }
      return false;
    case TYPE_DECIMAL:
      return type.width == 0;
    default:
      return false;
  }
}

// The type that an integer literal has when nothing asks for another.
static TypeId natural_type(Type literal) {
  return literal.width < 32 ? TYPE_INTEGER : literal.width < 64 ? TYPE_BIGINT : TYPE_HUGEINT;
}

static int64_t parameter_cost(Type argument, Type parameter) {
  if (argument.id == TYPE_INTEGER_LITERAL && natural_type(argument) == parameter.id) return 0;
  if (argument.id == TYPE_LAMBDA || parameter.id == TYPE_LAMBDA) {
    return argument.id == parameter.id ? 0 : argument.id == TYPE_NULL ? 1 : -1; // NULL is for the function to refuse
  }
  if (type_is_nested(parameter) && !parameter.info) {
    if (argument.id == parameter.id) return 0;
    if (argument.id == TYPE_ARRAY && parameter.id == TYPE_LIST) return 1;
    if (argument.id != TYPE_NULL && argument.id != TYPE_UNKNOWN) return -1;
  }
  return type_implicit_cost(argument, parameter);
}

// -1: not a candidate. As in DuckDB, calls with a parameter of unknown type cost nothing once they are candidates.
static int64_t call_cost(const Signature *signature, const Type *arguments, uint32_t count) {
  if (signature->variadic ? count + 1 < signature->count : count != signature->count) return -1;
  int64_t total = 0;
  bool unknown = false;
  for (uint32_t i = 0; i < count; i++) {
    if (arguments[i].id == TYPE_UNKNOWN) {
      unknown = true;
      continue;
    }
    int64_t cost = parameter_cost(arguments[i], parameter_type(signature, i));
    if (cost < 0) return -1;
    total += cost;
  }
  return unknown && !signature->variadic ? 0 : total;
}

// ---------------------------------------------------------------------------------------------------------------------
// Errors
// ---------------------------------------------------------------------------------------------------------------------

static void print_call(TextBuilder *out, Str name, const Type *arguments, uint32_t count) {
  text_append(out, name);
  text_append_char(out, '(');
  for (uint32_t i = 0; i < count; i++) {
    if (i) text_append(out, STR(", "));
    Type type = arguments[i];
    if (type.id == TYPE_INTEGER_LITERAL || type.id == TYPE_STRING_LITERAL) {
      text_append(out, str_from(type_id_name((TypeId)type.id)));
    } else {
      type_print(out, type);
    }
  }
  text_append_char(out, ')');
}

// Open types print as the templates that DuckDB declares: T[] with T for the element.
static void print_declared(TextBuilder *out, Type type, bool templated) {
  if (type.id == TYPE_LIST && !type.info) {
    text_append(out, STR("T[]"));
  } else if (type.id == TYPE_MAP && !type.info) {
    text_append(out, STR("MAP(K, V)"));
  } else if (type.id == TYPE_ANY && templated) {
    text_append(out, STR("T"));
  } else {
    type_print(out, type);
  }
}

static void print_signature(TextBuilder *out, const Signature *signature) {
  bool templated = false;
  for (uint32_t i = 0; i < signature->count; i++) {
    templated |= signature->parameters[i] == TYPE_LIST;
  }
  text_append(out, str_from(signature->name));
  text_append_char(out, '(');
  for (uint32_t i = 0; i < signature->count; i++) {
    bool repeats = signature->variadic && i + 1 == signature->count;
    if (i) text_append(out, STR(", "));
    if (repeats) text_append_char(out, '[');
    print_declared(out, parameter_type(signature, i), templated);
    if (repeats) text_append(out, STR("...]"));
  }
  text_append(out, STR(") -> "));
  print_declared(out, declared_type(signature->result), templated);
}

// `chosen` says which overloads to list, in this order.
static Status report(Arena *arena, Error *error, int32_t position, const char *before, const char *after, Str name,
                     const Type *arguments, uint32_t argument_count, const Signature *signatures,
                     const uint32_t *chosen, uint32_t chosen_count) {
  TextBuilder text;
  text_init(&text, arena->memory);
  text_append(&text, str_from(before));
  print_call(&text, name, arguments, argument_count);
  text_append(&text, str_from(after));
  text_append(&text, STR("\n\tCandidate functions:\n"));
  for (uint32_t i = 0; i < chosen_count; i++) {
    text_append_char(&text, '\t');
    print_signature(&text, &signatures[chosen[i]]);
    text_append_char(&text, '\n');
  }
  Status status = text.failed ? error_no_memory(error)
                              : error_set(error, ERROR_BINDER, position, "%.*s", (int)text.length, text.data);
  text_free(&text);
  return status;
}

// ---------------------------------------------------------------------------------------------------------------------
// The choice
// ---------------------------------------------------------------------------------------------------------------------

static Status choose_overload(Arena *arena, Error *error, Str name, const Signature *signatures, uint32_t count,
                              const Type *arguments, uint32_t argument_count, int32_t position, uint32_t *out) {
  uint32_t *listed; // the cheapest but the first, then the first: the order DuckDB lists them in
  ARENA_NEW_ARRAY(arena, error, listed, count + 1);
  uint32_t listed_count = 0, best = count;
  int64_t lowest = INT64_MAX;
  for (uint32_t i = 0; i < count; i++) {
    int64_t cost = call_cost(&signatures[i], arguments, argument_count);
    if (cost < 0 || cost > lowest) continue;
    if (cost == lowest) {
      listed[listed_count++] = i;
      continue;
    }
    listed_count = 0;
    lowest = cost;
    best = i;
  }
  if (best == count) {
    for (uint32_t i = 0; i < count; i++) listed[i] = i;
    return report(arena, error, position, "No function matches the given name and argument types '",
                  "'. You might need to add explicit type casts.", name, arguments, argument_count, signatures, listed,
                  count);
  }
  if (listed_count) {
    for (uint32_t i = 0; i < argument_count; i++) {
      if (arguments[i].id == TYPE_UNKNOWN) {
        return error_set(error, ERROR_BINDER, position,
                         "Could not determine type of parameters: try adding explicit type casts");
      }
    }
    listed[listed_count++] = best;
    return report(arena, error, position, "Could not choose a best candidate function for the function call \"",
                  "\". In order to select one, please add explicit type casts.", name, arguments, argument_count,
                  signatures, listed, listed_count);
  }
  *out = best;
  return OK;
}

// What an argument is to the choice: constants of integers and text are literals.
static Type literal_type(const Expr *argument) {
  if (argument->kind != EXPR_CONSTANT) return argument->type;
  const Value *value = &argument->constant;
  if (argument->type.id == TYPE_VARCHAR) return TYPE(STRING_LITERAL);
  if (value->is_null || !type_is_integral(argument->type)) return argument->type;
  switch (argument->type.id) {
    case TYPE_UHUGEINT:
      if (value->u128 >> 127) return argument->type;
      return type_integer_literal((int128)value->u128);
    case TYPE_HUGEINT:
      return type_integer_literal(value->i128);
    case TYPE_UTINYINT:
    case TYPE_USMALLINT:
    case TYPE_UINTEGER:
    case TYPE_UBIGINT:
      return type_integer_literal((int128)value->u64);
    default:
      return type_integer_literal(value->i64);
  }
}

static Type plain_type(Type type) {
  if (type.id == TYPE_STRING_LITERAL) return TYPE(VARCHAR);
  return type;
}

// Decimal that holds every value of an integer type.
static Type decimal_of(Type type) {
  switch (type.id) {
    case TYPE_DECIMAL:
      return type;
    case TYPE_BOOLEAN:
      return type_decimal(1, 0);
    case TYPE_TINYINT:
    case TYPE_UTINYINT:
      return type_decimal(3, 0);
    case TYPE_SMALLINT:
    case TYPE_USMALLINT:
      return type_decimal(5, 0);
    case TYPE_INTEGER:
    case TYPE_UINTEGER:
      return type_decimal(10, 0);
    case TYPE_BIGINT:
      return type_decimal(19, 0);
    case TYPE_UBIGINT:
      return type_decimal(20, 0);
    case TYPE_HUGEINT:
    case TYPE_UHUGEINT:
      return type_decimal(38, 0);
    default:
      return type_decimal(18, 3);
  }
}

// The complete type behind what bind left open, from the argument's own.
static Status close_type(Arena *arena, Error *error, Type wanted, Type own, Type *out) {
  *out = wanted;
  if (!is_open_type(wanted)) return OK;
  if (wanted.id == TYPE_DECIMAL) {
    *out = decimal_of(own);
  } else if (wanted.id == TYPE_LIST && own.id == TYPE_ARRAY) {
    return type_make_list(arena, error, type_child(own, 0), out);
  } else {
    *out = own;
  }
  return OK;
}

static Status cast_arguments(Arena *arena, Error *error, Expr **arguments, const Type *wanted, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    if (arguments[i]->kind == EXPR_LAMBDA || wanted[i].id == TYPE_LAMBDA) continue;
    Type type;
    TRY(close_type(arena, error, wanted[i], arguments[i]->type, &type));
    arguments[i] = expr_as(arena, arguments[i], type);
    if (!arguments[i]) return error_no_memory(error);
  }
  return OK;
}

// Copies: callers may use their arrays again, and binds may replace arguments.
static Status call_arguments(Arena *arena, Error *error, const Signature *signature, Expr **arguments, uint32_t count,
                             Expr ***exprs, Type **types) {
  ARENA_NEW_ARRAY(arena, error, *exprs, count);
  ARENA_NEW_ARRAY(arena, error, *types, count);
  for (uint32_t i = 0; i < count; i++) {
    (*exprs)[i] = arguments[i];
    (*types)[i] = parameter_type(signature, i);
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Scalar calls
// ---------------------------------------------------------------------------------------------------------------------

static bool is_null_argument(const Expr *argument) {
  if (argument->type.id == TYPE_NULL) return true;
  while (argument->kind == EXPR_CAST) argument = argument->children[0];
  return argument->kind == EXPR_CONSTANT && argument->constant.is_null;
}

static Status make_scalar_call(Arena *arena, Error *error, const ScalarBind *bind, Expr **out) {
  const ScalarFunction *function = bind->replacement ? bind->replacement : bind->function;
  if (is_open_type(bind->result_type)) {
    return error_set(error, ERROR_INTERNAL, bind->position, "Function \"%s\" has no result type", function->name);
  }
  Expr *call = expr_node(arena, EXPR_CALL, bind->result_type, 0);
  if (!call) return error_no_memory(error);
  call->position = bind->position;
  call->children = bind->arguments;
  call->child_count = bind->argument_count;
  call->call.function = function;
  call->call.bind_data = bind->bind_data;
  *out = call;
  return OK;
}

static Status bind_chosen_scalar(Arena *arena, Error *error, StatementFacts *facts, const ScalarFunction *function,
                                 Expr **arguments, uint32_t argument_count, const Str *argument_names, int32_t position,
                                 Expr **out) {
  // NULL in, NULL out: the bind of such a function never sees a NULL.
  Type result = declared_type(function->result);
  if (function->nulls == NULLS_PROPAGATE) {
    for (uint32_t i = 0; i < argument_count; i++) {
      if (arguments[i]->kind == EXPR_LAMBDA || !is_null_argument(arguments[i])) continue;
      *out = expr_constant(arena, value_null(is_open_type(result) ? TYPE(NULL) : result));
      if (!*out) return error_no_memory(error);
      (*out)->position = position;
      return OK;
    }
  }
  Signature signature = scalar_signature(function);
  ScalarBind bind = {.arena = arena,
                     .error = error,
                     .facts = facts,
                     .function = function,
                     .argument_count = argument_count,
                     .result_type = result,
                     .argument_names = argument_names,
                     .position = position};
  TRY(call_arguments(arena, error, &signature, arguments, argument_count, &bind.arguments, &bind.argument_types));
  if (function->bind) TRY(function->bind(&bind));
  TRY(cast_arguments(arena, error, bind.arguments, bind.argument_types, bind.argument_count));
  return make_scalar_call(arena, error, &bind, out);
}

Status bind_scalar_call(Arena *arena, Error *error, StatementFacts *facts, const FunctionLibrary *library, Str name,
                        Expr **arguments, uint32_t argument_count, const Str *argument_names, int32_t position,
                        Expr **out) {
  uint32_t first, count, chosen = 0;
  if (!library_find_scalar(library, name, &first, &count)) {
    return unknown_name(library, "Scalar", name, position, error);
  }
  Signature *signatures;
  Type *types;
  ArenaMark mark = arena_mark(arena);
  ARENA_NEW_ARRAY(arena, error, signatures, count);
  ARENA_NEW_ARRAY(arena, error, types, argument_count);
  for (uint32_t i = 0; i < count; i++) signatures[i] = scalar_signature(library->scalars[first + i]);
  for (uint32_t i = 0; i < argument_count; i++) types[i] = literal_type(arguments[i]);
  TRY(choose_overload(arena, error, name, signatures, count, types, argument_count, position, &chosen));
  arena_rewind(arena, mark); // dozens of signatures a call
  return bind_chosen_scalar(arena, error, facts, library->scalars[first + chosen], arguments, argument_count,
                            argument_names, position, out);
}

// ---------------------------------------------------------------------------------------------------------------------
// Aggregate calls
// ---------------------------------------------------------------------------------------------------------------------

static Status bind_chosen_aggregate(Arena *arena, Error *error, StatementFacts *facts,
                                    const AggregateFunction *function, Expr **arguments, uint32_t argument_count,
                                    bool distinct, int32_t position, Expr **out) {
  Signature signature = aggregate_signature(function);
  AggregateBind bind = {.arena = arena,
                        .error = error,
                        .facts = facts,
                        .function = function,
                        .argument_count = argument_count,
                        .result_type = declared_type(function->result),
                        .distinct = distinct,
                        .position = position};
  TRY(call_arguments(arena, error, &signature, arguments, argument_count, &bind.arguments, &bind.argument_types));
  if (function->bind) TRY(function->bind(&bind));
  TRY(cast_arguments(arena, error, bind.arguments, bind.argument_types, bind.argument_count));
  if (bind.replacement) function = bind.replacement;
  if (is_open_type(bind.result_type)) {
    return error_set(error, ERROR_INTERNAL, position, "Function \"%s\" has no result type", function->name);
  }
  Expr *call = expr_node(arena, EXPR_AGGREGATE, bind.result_type, 0);
  if (!call) return error_no_memory(error);
  call->position = position;
  call->children = bind.arguments;
  call->child_count = bind.argument_count;
  call->aggregate.function = function;
  call->aggregate.bind_data = bind.bind_data;
  call->aggregate.distinct = distinct && function->distinct_matters;
  *out = call;
  return OK;
}

Status bind_aggregate_call(Arena *arena, Error *error, StatementFacts *facts, const FunctionLibrary *library, Str name,
                           Expr **arguments, uint32_t argument_count, bool distinct, int32_t position, Expr **out) {
  uint32_t first, count, chosen = 0;
  if (!library_find_aggregate(library, name, &first, &count)) {
    return unknown_name(library, "Aggregate", name, position, error);
  }
  Signature *signatures;
  Type *types;
  ArenaMark mark = arena_mark(arena);
  ARENA_NEW_ARRAY(arena, error, signatures, count);
  ARENA_NEW_ARRAY(arena, error, types, argument_count);
  for (uint32_t i = 0; i < count; i++) signatures[i] = aggregate_signature(library->aggregates[first + i]);
  for (uint32_t i = 0; i < argument_count; i++) types[i] = plain_type(arguments[i]->type);
  TRY(choose_overload(arena, error, name, signatures, count, types, argument_count, position, &chosen));
  arena_rewind(arena, mark); // dozens of signatures a call
  return bind_chosen_aggregate(arena, error, facts, library->aggregates[first + chosen], arguments, argument_count,
                               distinct, position, out);
}
