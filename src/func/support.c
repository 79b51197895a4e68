// SPDX-License-Identifier: MIT
//
// support.c: what the binds and kernels of func/ share: argument types, constants, list results, numbers in error texts,
// the statement's random numbers.
#include "func/support.h"

// ---------------------------------------------------------------------------------------------------------------------
// Binding
// ---------------------------------------------------------------------------------------------------------------------

Type argument_type(const Expr *argument) {
  Type type = argument->type;
  if (type.id == TYPE_STRING_LITERAL) return TYPE(VARCHAR);
  if (type.id != TYPE_INTEGER_LITERAL) return type;
  if (argument->kind == EXPR_CONSTANT) {
    const Value *value = &argument->constant;
    if (value->type.id != TYPE_INTEGER_LITERAL) return value->type;
    if (value->i64 < INT32_MIN || value->i64 > INT32_MAX) return TYPE(BIGINT);
  }
  return TYPE(INTEGER);
}

static bool type_is_generic(Type type) {
  switch (type.id) {
    case TYPE_ANY:
      return true;
    case TYPE_LIST:
    case TYPE_ARRAY:
    case TYPE_STRUCT:
    case TYPE_MAP:
    case TYPE_UNION:
    case TYPE_ENUM:
      return type.info == NULL;
    case TYPE_DECIMAL:
      return type.width == 0;
    default:
      return false;
  }
}

void bind_own_types(ScalarBind *bind) {
  for (uint32_t i = 0; i < bind->argument_count; i++) {
    if (type_is_generic(bind->argument_types[i])) bind->argument_types[i] = argument_type(bind->arguments[i]);
  }
}

Status bind_constant(ScalarBind *bind, uint32_t index, Value *value, bool *constant) {
  const Expr *argument = bind->arguments[index];
  *constant = false;
  if (argument->kind == EXPR_CONSTANT) {
    *value = argument->constant;
    *constant = true;
    return OK;
  }
  if (!expr_is_constant(argument)) return OK;
  EvalContext context = {
      .error = bind->error, .memory = bind->arena->memory, .facts = bind->facts, .scratch = bind->arena};
  TRY(expr_evaluate_constant(&context, bind->arena, argument, NULL, value));
  *constant = true;
  return OK;
}

Status call_no_match(const char *function, Expr **arguments, uint32_t count, int32_t position, Arena *arena,
                     Error *error) {
  TextBuilder text;
  text_init(&text, arena->memory);
  for (uint32_t i = 0; i < count; i++) {
    if (i) text_append(&text, STR(", "));
    type_print(&text, arguments[i]->type);
  }
  Status status = error_set(error, ERROR_BINDER, position,
                            "No function matches the given name and argument types '%s(%.*s)'. You might need to add "
                            "explicit type casts.",
                            function, (int)text.length, text.length ? text.data : "");
  text_free(&text);
  return status;
}

Status bind_no_match(ScalarBind *bind) {
  return call_no_match(bind->function->name, bind->arguments, bind->argument_count, bind->position, bind->arena,
                       bind->error);
}

Status bind_no_template(ScalarBind *bind, const char *signature) {
  return error_set(bind->error, ERROR_BINDER, bind->position, "Cannot deduce template type 'T' in function: '%s%s'",
                   bind->function->name, signature);
}

bool bind_ieee(const ScalarBind *bind) {
  Value value;
  const StatementFacts *facts = bind->facts;
  if (!facts || !facts->setting || !facts->setting(facts->session, STR("ieee_floating_point_ops"), &value)) return true;
  return value.is_null || value.type.id != TYPE_BOOLEAN || value.boolean;
}

bool decimal_properties(Type type, uint32_t *width, uint32_t *scale) {
  *scale = 0;
  switch (type.id) {
    case TYPE_NULL:
    case TYPE_BOOLEAN:
      *width = type.id == TYPE_NULL ? 0 : 1;
      return type.id == TYPE_NULL;
    case TYPE_TINYINT:
    case TYPE_UTINYINT:
      *width = 3;
      return true;
    case TYPE_SMALLINT:
    case TYPE_USMALLINT:
      *width = 5;
      return true;
    case TYPE_INTEGER:
    case TYPE_UINTEGER:
      *width = 10;
      return true;
    case TYPE_BIGINT:
      *width = 19;
      return true;
    case TYPE_UBIGINT:
      *width = 20;
      return true;
    case TYPE_HUGEINT:
    case TYPE_UHUGEINT:
      *width = 38;
      return true;
    case TYPE_DECIMAL:
      *width = type.width;
      *scale = type.scale;
      return true;
    default:
      return false;
  }
}

// What an argument is when types meet: constants of text and integers adapt to the others.
static Type meeting_type(const Expr *argument) {
  if (argument->kind != EXPR_CONSTANT || argument->constant.is_null) return argument->type;
  switch (argument->type.id) {
    case TYPE_VARCHAR:
      return TYPE(STRING_LITERAL);
    case TYPE_INTEGER:
    case TYPE_BIGINT:
      return type_integer_literal(argument->constant.i64);
    default:
      return argument->type;
  }
}

Status bind_unify(ScalarBind *bind, uint32_t from, const char *what, Type *out) {
  Type type = TYPE(NULL);
  for (uint32_t i = from; i < bind->argument_count; i++) {
    Type next = meeting_type(bind->arguments[i]), unified;
    if (i == from) {
      type = next;
      continue;
    }
    if (!type_unify(bind->arena, type, next, &unified)) {
      TextBuilder left, right;
      text_init(&left, bind->arena->memory);
      text_init(&right, bind->arena->memory);
      type_print(&left, type);
      type_print(&right, next);
      Status status = error_set(bind->error, ERROR_BINDER, bind->position,
                                "Cannot %s of %.*s and %.*s - an explicit cast is required", what, (int)left.length,
                                left.length ? left.data : "", (int)right.length, right.length ? right.data : "");
      text_free(&left);
      text_free(&right);
      return status;
    }
    type = unified;
  }
  if (type.id == TYPE_UNKNOWN) type = TYPE(NULL);
  return type_normalize(bind->arena, bind->error, type, out);
}

bool list_element_type(Type type, Type *element) {
  if (type.id == TYPE_NULL || type.id == TYPE_UNKNOWN) {
    *element = TYPE(NULL);
    return true;
  }
  if ((type.id == TYPE_LIST || type.id == TYPE_ARRAY) && type.info) {
    *element = type.info->types[0];
    return true;
  }
  return false;
}

Status bind_list(ScalarBind *bind, uint32_t index, Type *element, bool *is_list) {
  Type type = bind->arguments[index]->type;
  if (type.id == TYPE_MAP && type.info) {
    *element = type_element(type);
    *is_list = true;
    bind->argument_types[index] = type;
    return OK;
  }
  *is_list = list_element_type(type, element);
  if (!*is_list) return OK;
  if (type.id == TYPE_LIST) {
    bind->argument_types[index] = type;
    return OK;
  }
  return type_make_list(bind->arena, bind->error, *element, &bind->argument_types[index]);
}

// ---------------------------------------------------------------------------------------------------------------------
// Kernels
// ---------------------------------------------------------------------------------------------------------------------

Status kernel_identity(EvalContext *context, const ScalarCall *call, const Vector *const *arguments, uint32_t row_count,
                       Vector *result) {
  (void)call;
  return vector_share(result, arguments[0], row_count, context->error);
}

Status kernel_null(EvalContext *context, const ScalarCall *call, const Vector *const *arguments, uint32_t row_count,
                   Vector *result) {
  (void)context;
  (void)call;
  (void)arguments;
  (void)row_count;
  vector_set_null_constant(result);
  return OK;
}

Status result_builder(Vector *result, uint32_t row, const TextBuilder *text, Error *error) {
  if (text->failed) return error_no_memory(error);
  return vector_set_string(result, row, text_str(text), error);
}

Status list_append_entry(Vector *result, uint32_t row, uint32_t count, uint32_t *at, Error *error) {
  uint32_t start = result->child_rows;
  if (count > UINT32_MAX - start) {
    return error_set(error, ERROR_OUT_OF_RANGE, -1, "Cannot create a list of more than 4294967295 elements");
  }
  if (start + count > result->children[0].capacity) {
    uint64_t wanted = (uint64_t)result->children[0].capacity * 2;
    if (wanted < start + (uint64_t)count) wanted = start + (uint64_t)count;
    if (wanted > UINT32_MAX) wanted = UINT32_MAX;
    TRY(vector_reserve(&result->children[0], (uint32_t)wanted, error));
  }
  ((ListEntry *)result->data)[row] = (ListEntry){start, count};
  result->child_rows = start + count;
  *at = start;
  return OK;
}

Status check_fits_i32(EvalContext *context, const ScalarCall *call, int64_t number) {
  if (number >= INT32_MIN && number <= INT32_MAX) return OK;
  return error_set(context->error, ERROR_INVALID_INPUT, call->position,
                   "Type INT64 with value %lld can't be cast because the value is out of range for the destination "
                   "type INT32",
                   (long long)number);
}

Status out_of_range(EvalContext *context, const ScalarCall *call, const char *format, ...) {
  TextBuilder text;
  text_init(&text, context->memory);
  va_list list;
  va_start(list, format);
  text_format_list(&text, format, list);
  va_end(list);
  Status status = text.failed ? error_no_memory(context->error)
                              : error_set(context->error, ERROR_OUT_OF_RANGE, call ? call->position : -1, "%.*s",
                                          (int)text.length, text.length ? text.data : "");
  text_free(&text);
  return status;
}

const char *text_i128(char buffer[NUMBER_TEXT_CAPACITY], int128 value) {
  buffer[number_write_i128(buffer, value)] = 0;
  return buffer;
}

const char *text_u128(char buffer[NUMBER_TEXT_CAPACITY], uint128 value) {
  buffer[number_write_u128(buffer, value)] = 0;
  return buffer;
}

int128 decimal_at(Physical physical, const void *data, uint32_t at) {
  switch (physical) {
    case PHYSICAL_I16:
      return ((const int16_t *)data)[at];
    case PHYSICAL_I32:
      return ((const int32_t *)data)[at];
    case PHYSICAL_I64:
      return ((const int64_t *)data)[at];
    default:
      return ((const int128 *)data)[at];
  }
}

void decimal_put(Physical physical, void *data, uint32_t at, int128 value) {
  switch (physical) {
    case PHYSICAL_I16:
      ((int16_t *)data)[at] = (int16_t)value;
      break;
    case PHYSICAL_I32:
      ((int32_t *)data)[at] = (int32_t)value;
      break;
    case PHYSICAL_I64:
      ((int64_t *)data)[at] = (int64_t)value;
      break;
    default:
      ((int128 *)data)[at] = value;
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Random numbers
// ---------------------------------------------------------------------------------------------------------------------

// PCG-XSH-RR (O'Neill, 2014): 64 bits of state, 32 of output.
#define PCG_FACTOR UINT64_C(6364136223846793005)
#define PCG_STEP UINT64_C(1442695040888963407)

static uint64_t pcg_seed(uint64_t seed) { return (seed + PCG_STEP) * PCG_FACTOR + PCG_STEP; }

static uint64_t pcg_next(uint64_t *state) {
  uint64_t next = 0;
  for (int half = 0; half < 2; half++) {
    uint32_t mixed = (uint32_t)((*state >> 18 ^ *state) >> 27);
    uint32_t turn = (uint32_t)(*state >> 59);
    next = next << 32 | (mixed >> turn | mixed << (-turn & 31));
    *state = *state * PCG_FACTOR + PCG_STEP;
  }
  return next;
}

uint64_t random_next(StatementFacts *facts, const void *call) {
  RandomState *random = &facts->random;
  uint32_t i = call ? 0 : RANDOM_STREAMS;
  while (i < random->stream_count && random->streams[i].call != call) i++;
  if (i >= RANDOM_STREAMS) return pcg_next(&random->session);
  if (i == random->stream_count) {
    random->streams[random->stream_count++] = (struct RandomStream){call, pcg_seed(pcg_next(&random->session))};
  }
  return pcg_next(&random->streams[i].state);
}

void random_seed(StatementFacts *facts, uint64_t seed) { facts->random.session = pcg_seed(seed); }
