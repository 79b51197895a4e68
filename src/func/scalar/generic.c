// SPDX-License-Identifier: MIT
//
// generic.c: functions of any type and facts of the session: typeof, hash, error, alias, constant_or_null,
// current_setting, version, uuid and their kin.
#include "func/support.h"

#define SMEW_VERSION "v0.1.0"

// ---------------------------------------------------------------------------------------------------------------------
// Types
// ---------------------------------------------------------------------------------------------------------------------

static Status print_type_into(Vector *result, Type type, EvalContext *context) {
  TextBuilder text;
  text_init(&text, context->memory);
  type_print(&text, type);
  Status status = result_builder(result, 0, &text, context->error);
  text_free(&text);
  vector_set_constant(result);
  return status;
}

// Bind data is the type: a NULL literal keeps its own.
KERNEL(type_name) {
  (void)arguments, (void)row_count;
  return print_type_into(result, *(const Type *)call->bind_data, context);
}

static Status bind_type_name(ScalarBind *bind) {
  Type *type;
  ARENA_NEW(bind->arena, bind->error, type);
  *type = argument_type(bind->arguments[0]);
  bind->argument_types[0] = *type;
  bind->bind_data = type;
  return OK;
}

KERNEL(can_cast) {
  (void)context, (void)arguments, (void)row_count;
  const Type *types = call->bind_data;
  ((uint8_t *)result->data)[0] = type_implicit_cost(types[0], types[1]) >= 0;
  vector_set_constant(result);
  return OK;
}

static Status bind_two_types(ScalarBind *bind) {
  Type *types;
  ARENA_NEW_ARRAY(bind->arena, bind->error, types, 2);
  for (uint32_t i = 0; i < 2; i++) types[i] = bind->argument_types[i] = argument_type(bind->arguments[i]);
  bind->bind_data = types;
  return OK;
}

KERNEL(vector_form) {
  UNUSED_CALL, (void)row_count;
  static const char *const names[] = {"FLAT_VECTOR", "CONSTANT_VECTOR", "DICTIONARY_VECTOR"};
  TRY(vector_set_string(result, 0, str_from(names[arguments[0]->form]), context->error));
  vector_set_constant(result);
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Values
// ---------------------------------------------------------------------------------------------------------------------

static Status bind_first_type(ScalarBind *bind) {
  bind_own_types(bind);
  bind->result_type = bind->argument_types[0];
  return OK;
}

static Status bind_any(ScalarBind *bind) {
  bind_own_types(bind);
  return OK;
}

KERNEL(hash_values) {
  UNUSED_CALL;
  uint64_t *out = result->data;
  for (uint32_t i = 0; i < call->argument_count; i++) vector_hash(arguments[i], row_count, out, i > 0);
  (void)context;
  return OK;
}

KERNEL(raise_error) {
  UNARY_VOID(context->error, arguments[0], row_count, result, StringView, {
    Str text = string_str(&in);
    return error_set(context->error, ERROR_INVALID_INPUT, call->position, "%.*s", STR_ARG(text));
  });
  return OK;
}

// The first argument, NULL where any other is NULL.
KERNEL(constant_or_null) {
  uint32_t count = kernel_rows(arguments, call->argument_count, row_count);
  if (argument_is_null_constant(arguments[0])) {
    vector_set_null_constant(result);
    return OK;
  }
  TRY(vector_copy(result, 0, arguments[0], NULL, 0, count, context->error));
  for (uint32_t i = 1; i < call->argument_count; i++) {
    VectorView view;
    vector_view(arguments[i], &view);
    if (!view.validity) continue;
    for (uint32_t row = 0; row < count; row++) {
      if (!view_valid(&view, view_row(&view, row))) TRY(vector_set_null(result, row, context->error));
    }
  }
  kernel_finish(arguments, call->argument_count, result);
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// The session
// ---------------------------------------------------------------------------------------------------------------------

KERNEL(current_setting) {
  UNARY_VOID(context->error, arguments[0], row_count, result, StringView, {
    Str name = string_str(&in);
    Value value;
    Value as_text;
    if (!context->facts->setting || !context->facts->setting(context->facts->session, name, &value)) {
      return error_set(context->error, ERROR_CATALOG, call->position, "unrecognized configuration parameter \"%.*s\"",
                       STR_ARG(name));
    }
    if (value.is_null) {
      KERNEL_NULL(result, row, context->error);
    } else {
      TRY(value_cast(context->scratch, &value, call->result_type, &as_text, context->error));
      TRY(vector_set_value(result, row, &as_text, context->error));
    }
  });
  return OK;
}

// A constant name gives the setting its own type.
static Status bind_current_setting(ScalarBind *bind) {
  Value name, value;
  bool constant;
  bind->result_type = TYPE(VARCHAR);
  TRY(bind_constant(bind, 0, &name, &constant));
  if (!constant || name.is_null) return OK;
  if (!bind->facts || !bind->facts->setting || !bind->facts->setting(bind->facts->session, name.text, &value)) {
    return error_set(bind->error, ERROR_CATALOG, bind->position, "unrecognized configuration parameter \"%.*s\"",
                     STR_ARG(name.text));
  }
  return type_copy(bind->arena, bind->error, value.type, &bind->result_type);
}

KERNEL(version) {
  UNUSED_CALL, (void)arguments, (void)row_count;
  TRY(vector_set_string(result, 0, STR(SMEW_VERSION), context->error));
  vector_set_constant(result);
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// UUIDs: kept as signed 128 bits with the top bit flipped, so that their order is that of the bytes.
// ---------------------------------------------------------------------------------------------------------------------

static int128 uuid_value(uint128 bits) { return (int128)(bits ^ (uint128)1 << 127); }
static uint128 uuid_bits(int128 value) { return (uint128)value ^ (uint128)1 << 127; }

static uint128 random_uuid(StatementFacts *facts, const ScalarCall *call, unsigned version) {
  uint128 bits = 0;
  for (int half = 0; half < 2; half++) { // DuckDB writes 32 bits at a time, the least first
    uint64_t next = random_next(facts, call);
    bits = bits << 64 | (uint64_t)__builtin_bswap32((uint32_t)(next >> 32)) << 32 | __builtin_bswap32((uint32_t)next);
  }
  bits = uuid_bits((int128)bits);
  bits &= ~((uint128)0xF << 76);
  bits |= (uint128)version << 76;
  bits &= ~((uint128)0x3 << 62);
  return bits | (uint128)0x2 << 62;
}

KERNEL(uuid_v4) {
  (void)arguments;
  for (uint32_t row = 0; row < row_count; row++) {
    ((int128 *)result->data)[row] = uuid_value(random_uuid(context->facts, call, 4));
  }
  return OK;
}

// 48 bits of milliseconds lead.
KERNEL(uuid_v7) {
  (void)arguments;
  uint64_t millis = (uint64_t)(context->facts->statement_micros / 1000);
  for (uint32_t row = 0; row < row_count; row++) {
    uint128 bits = random_uuid(context->facts, call, 7);
    bits &= ((uint128)1 << 80) - 1;
    bits |= (uint128)(millis & ((UINT64_C(1) << 48) - 1)) << 80;
    ((int128 *)result->data)[row] = uuid_value(bits);
  }
  return OK;
}

KERNEL(uuid_version) {
  UNUSED_CALL;
  UNARY_TOTAL(context->error, arguments[0], row_count, result, int128, uint32_t,
              out = (uint32_t)(uuid_bits(in) >> 76) & 0xF);
  return OK;
}

KERNEL(uuid_timestamp) {
  UNARY_CHECKED(context->error, arguments[0], row_count, result, int128, int64_t, {
    uint128 bits = uuid_bits(in);
    if (((unsigned)(bits >> 76) & 0xF) != 7) {
      return error_set(context->error, ERROR_INVALID_INPUT, call->position,
                       "Given UUID is with version %u, not version 7.", (unsigned)(bits >> 76) & 0xF);
    }
    out = (int64_t)(uint64_t)(bits >> 80) * 1000;
  });
  return OK;
}

#define ANY_ENTRY(name, result, kernel, bind_function) \
  SCALAR(name, OF(result), TYPES(OF(ANY)), kernel, .bind = bind_function, .nulls = NULLS_SPECIAL)
#define SESSION_ENTRY(name, result, kernel) SCALAR(name, OF(result), NO_TYPES, kernel, .stability = STABILITY_VOLATILE)

SCALAR_TABLE(generic) = {
    ANY_ENTRY("typeof", VARCHAR, type_name, bind_type_name),
    SCALAR("can_cast_implicitly", OF(BOOLEAN), TYPES(OF(ANY), OF(ANY)), can_cast, .bind = bind_two_types,
           .nulls = NULLS_SPECIAL),
    SCALAR("vector_type", OF(VARCHAR), TYPES(OF(ANY)), vector_form, .bind = bind_any, .nulls = NULLS_SPECIAL,
           .stability = STABILITY_VOLATILE),
    ANY_ENTRY("alias", ANY, kernel_identity, bind_first_type),
    SCALAR("hash", OF(UBIGINT), TYPES(OF(ANY)), hash_values, .variadic = true, .bind = bind_any,
           .nulls = NULLS_SPECIAL),
    SCALAR("error", OF(NULL), TYPES(OF(VARCHAR)), raise_error, .can_fail = true, .stability = STABILITY_VOLATILE),
    SCALAR("constant_or_null", OF(ANY), TYPES(OF(ANY), OF(ANY), OF(ANY)), constant_or_null, .variadic = true,
           .bind = bind_first_type, .nulls = NULLS_SPECIAL),
    SCALAR("current_setting", OF(ANY), TYPES(OF(VARCHAR)), current_setting, .bind = bind_current_setting,
           .stability = STABILITY_STATEMENT, .can_fail = true),
    SCALAR("version", OF(VARCHAR), NO_TYPES, version),
    SESSION_ENTRY("uuid", UUID, uuid_v4),
    SESSION_ENTRY("uuidv4", UUID, uuid_v4),
    SESSION_ENTRY("gen_random_uuid", UUID, uuid_v4),
    SESSION_ENTRY("uuidv7", UUID, uuid_v7),
    SCALAR("uuid_extract_version", OF(UINTEGER), TYPES(OF(UUID)), uuid_version),
    SCALAR("uuid_extract_timestamp", OF(TIMESTAMP_TZ), TYPES(OF(UUID)), uuid_timestamp, .can_fail = true),
};
SCALAR_TABLE_END(generic);
