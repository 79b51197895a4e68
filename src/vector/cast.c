// SPDX-License-Identifier: MIT
//
// cast.c: which cast exists and where it is done; what happens when a row fails. See cast.h for the other parts.
#include "vector/cast.h"

// ---------------------------------------------------------------------------------------------------------------------
// Failing rows
// ---------------------------------------------------------------------------------------------------------------------

static Status fail(const CastContext *context, const char *message) {
  if (context->source_column.length) {
    return error_set(context->error, ERROR_CONVERSION, context->position, "%s when casting from source column %.*s",
                     message, STR_ARG(context->source_column));
  }
  return error_set(context->error, ERROR_CONVERSION, context->position, "%s", message);
}

Status cast_row_failed(const Cast *cast, uint32_t row, const char *format, ...) {
  if (cast->context->try_cast) return vector_set_null(cast->result, row, cast->context->error);
  TextBuilder message;
  text_init(&message, cast->context->memory);
  va_list arguments;
  va_start(arguments, format);
  text_format_list(&message, format, arguments);
  va_end(arguments);
  text_append_char(&message, '\0');
  Status status = message.failed ? error_no_memory(cast->context->error) : fail(cast->context, message.data);
  text_free(&message);
  return status;
}

const char *physical_name(Type type) {
  static const char *const NAMES[PHYSICAL_COUNT] = {
      [PHYSICAL_NONE] = "STRUCT",       [PHYSICAL_BOOL] = "BOOL",  [PHYSICAL_I8] = "INT8",
      [PHYSICAL_I16] = "INT16",         [PHYSICAL_I32] = "INT32",  [PHYSICAL_I64] = "INT64",
      [PHYSICAL_I128] = "INT128",       [PHYSICAL_U8] = "UINT8",   [PHYSICAL_U16] = "UINT16",
      [PHYSICAL_U32] = "UINT32",        [PHYSICAL_U64] = "UINT64", [PHYSICAL_U128] = "UINT128",
      [PHYSICAL_F32] = "FLOAT",         [PHYSICAL_F64] = "DOUBLE", [PHYSICAL_STRING] = "VARCHAR",
      [PHYSICAL_INTERVAL] = "INTERVAL", [PHYSICAL_LIST] = "LIST",
  };
  return NAMES[type_physical(type)];
}

Str type_text(Type type, Memory *memory, char buffer[TYPE_TEXT_CAPACITY]) {
  TextBuilder text;
  text_init(&text, memory);
  type_print(&text, type);
  size_t length = MIN_OF(text.failed ? 0 : text.length, (size_t)TYPE_TEXT_CAPACITY);
  if (length) memcpy(buffer, text.data, length);
  text_free(&text);
  return (Str){buffer, length};
}

Status cast_row_out_of_range(const Cast *cast, uint32_t row, const void *value) {
  if (cast->context->try_cast) return vector_set_null(cast->result, row, cast->context->error);
  char text[SCALAR_TEXT_CAPACITY];
  size_t length = scalar_write(text, cast->source->type, cast->source->physical, value);
  return cast_row_failed(
      cast, row, "Type %s with value %.*s can't be cast because the value is out of range for the destination type %s",
      physical_name(cast->source->type), (int)length, text, physical_name(cast->result->type));
}

// ---------------------------------------------------------------------------------------------------------------------
// Which casts there are
// ---------------------------------------------------------------------------------------------------------------------

// BOOLEAN, integers, FLOAT, DOUBLE.
static bool is_plain_number(Type type) {
  return type.id == TYPE_BOOLEAN || type_is_integral(type) || type.id == TYPE_FLOAT || type.id == TYPE_DOUBLE ||
         type.id == TYPE_INTEGER_LITERAL;
}

static bool is_number(Type type) { return is_plain_number(type) || type.id == TYPE_DECIMAL; }

static bool is_byte_type(Type type) { return type.id == TYPE_BLOB || type.id == TYPE_BIT || type.id == TYPE_UUID; }

static bool byte_cast_exists(TypeId from, TypeId to) {
  switch (from) {
    case TYPE_BLOB:
      return to == TYPE_BIT || to == TYPE_UUID;
    case TYPE_BIT:
      return to == TYPE_BLOB || is_plain_number((Type){.id = (uint8_t)to});
    case TYPE_UUID:
      return to == TYPE_BLOB;
    default:
      return to == TYPE_BIT && is_plain_number((Type){.id = (uint8_t)from});
  }
}

static bool time_cast_exists(TypeId from, TypeId to) {
  bool to_timestamp = to >= TYPE_TIMESTAMP_S && to <= TYPE_TIMESTAMP_TZ;
  switch (from) {
    case TYPE_DATE:
      return to_timestamp;
    case TYPE_TIME:
      return to == TYPE_TIME_NS || to == TYPE_TIME_TZ;
    case TYPE_TIME_NS:
      return to == TYPE_TIME;
    case TYPE_TIME_TZ:
      return to == TYPE_TIME;
    case TYPE_TIMESTAMP_S:
      return to == TYPE_DATE || to == TYPE_TIME || to_timestamp;
    case TYPE_TIMESTAMP_MS:
      return to == TYPE_DATE || to == TYPE_TIME || (to_timestamp && to != TYPE_TIMESTAMP_S);
    case TYPE_TIMESTAMP:
      return to == TYPE_DATE || to == TYPE_TIME || to == TYPE_TIME_TZ || to_timestamp;
    case TYPE_TIMESTAMP_NS:
      return to == TYPE_DATE || to == TYPE_TIME || to == TYPE_TIME_NS || to == TYPE_TIMESTAMP ||
             to == TYPE_TIMESTAMP_TZ;
    case TYPE_TIMESTAMP_TZ:
      return to == TYPE_DATE || to == TYPE_TIME_TZ || to_timestamp;
    default:
      return false;
  }
}

static bool nested_cast_exists(Type from, Type to) {
  if (!from.info || !to.info) return false;
  bool from_list = from.id == TYPE_LIST || from.id == TYPE_ARRAY;
  bool to_list = to.id == TYPE_LIST || to.id == TYPE_ARRAY;
  // Elements that cannot be cast fail one by one.
  if (from_list || to_list) return from_list && to_list;
  if (from.id == TYPE_MAP && to.id == TYPE_MAP) return true;
  if (from.id == TYPE_STRUCT) return to.id == TYPE_STRUCT || (to.id == TYPE_MAP && from.info->names);
  return from.id == TYPE_UNION && to.id == TYPE_UNION;
}

// Values lie alike and mean the same: the types differ in alias at most.
static bool same_but_for_alias(Type from, Type to) {
  if (from.id != to.id || from.id == TYPE_ENUM || type_is_nested(from)) return false;
  return from.id != TYPE_DECIMAL || (from.width == to.width && from.scale == to.scale);
}

bool cast_possible(Type from, Type to) {
  if (from.id == TYPE_NULL || from.id == TYPE_UNKNOWN || type_equal(from, to) || same_but_for_alias(from, to))
    return true;
  if (to.id == TYPE_BIGNUM || from.id == TYPE_BIGNUM) return false;
  if (type_is_string(from) || type_is_string(to) || from.id == TYPE_ENUM) return true;
  if (to.id == TYPE_UNION && from.id != TYPE_UNION) return type_implicit_cost(from, to) >= 0;
  if (type_is_nested(from) || type_is_nested(to)) return nested_cast_exists(from, to);
  if (is_number(from) && is_number(to)) return true;
  if (is_byte_type(from) || is_byte_type(to)) return byte_cast_exists(from.id, to.id);
  return time_cast_exists(from.id, to.id);
}

// ---------------------------------------------------------------------------------------------------------------------
// Running
// ---------------------------------------------------------------------------------------------------------------------

// There is no such cast: NULL rows pass, any other fails.
static Status cast_missing(const Cast *cast) {
  const Cast rows = *cast;
  uint32_t count = 0;
  TRY(kernel_begin(&cast->source, 1, cast->row_count, cast->result, &count, cast->context->error));
  for (uint32_t row = 0; row < count; row++) {
    if (!result_row_valid(cast, row)) continue;
    char from_text[TYPE_TEXT_CAPACITY], to_text[TYPE_TEXT_CAPACITY];
    Str from = type_text(cast->source->type, cast->context->memory, from_text);
    Str to = type_text(cast->result->type, cast->context->memory, to_text);
    if (cast->result->type.id == TYPE_UNION && cast->source->type.id != TYPE_UNION) {
      TextBuilder members;
      text_init(&members, cast->context->memory);
      for (uint32_t i = 0; i < cast->result->type.info->count; i++) {
        if (i) text_append(&members, STR(", "));
        type_print(&members, cast->result->type.info->types[i]);
      }
      Status status = cast_row_failed(
          &rows, row,
          "Type %.*s can't be cast as %.*s. %.*s can't be implicitly cast to any of the union member types: %.*s",
          STR_ARG(from), STR_ARG(to), STR_ARG(from), STR_ARG(text_str(&members)));
      text_free(&members);
      TRY(status);
      continue;
    }
    if (cast->source->type.id == TYPE_STRUCT && cast->result->type.id == TYPE_MAP && !cast->context->try_cast) {
      return error_set(cast->context->error, ERROR_MISMATCH_TYPE, cast->context->position,
                       "Type %.*s does not match with %.*s. Cannot cast unnamed STRUCTs to MAP", STR_ARG(from),
                       STR_ARG(to));
    }
    TRY(cast_row_failed(&rows, row, "Unimplemented type for cast (%.*s -> %.*s)", STR_ARG(from), STR_ARG(to)));
  }
  return OK;
}

static Status cast_by_text(const Cast *cast) {
  Vector text = {0};
  Status status = vector_init(&text, cast->context->memory, TYPE(VARCHAR), cast->row_count, cast->context->error);
  if (status == OK) {
    Cast first = {cast->context, cast->source, cast->row_count, &text};
    Cast second = {cast->context, &text, cast->row_count, cast->result};
    status = cast_run(&first);
    if (status == OK) status = cast_run(&second);
  }
  vector_free(&text);
  return status;
}

static Status cast_rows(const Cast *cast) {
  Type from = cast->source->type, to = cast->result->type;
  if (type_equal(from, to) || same_but_for_alias(from, to)) {
    return vector_copy(cast->result, 0, cast->source, NULL, 0, cast->row_count, cast->context->error);
  }
  if (!cast_possible(from, to)) return cast_missing(cast);
  if (type_is_string(to)) return cast_to_text(cast);
  if (from.id == TYPE_ENUM) return to.id == TYPE_ENUM ? cast_bytes(cast) : cast_by_text(cast);
  if (to.id == TYPE_UNION && from.id != TYPE_UNION) return cast_to_union(cast);
  if (type_is_string(from)) return cast_from_text(cast);
  if (type_is_nested(from)) return cast_nested(cast);
  if (is_plain_number(from) && is_plain_number(to)) return cast_numbers(cast);
  if (is_number(from) && is_number(to)) return cast_decimals(cast);
  if (is_byte_type(from) || is_byte_type(to)) return cast_bytes(cast);
  return cast_times(cast);
}

Status cast_run(const Cast *cast) {
  const Vector *source = cast->source;
  if (source->type.id == TYPE_NULL || source->type.id == TYPE_UNKNOWN) {
    vector_set_null_constant(cast->result);
    return OK;
  }
  if (source->form != VECTOR_CONSTANT) return cast_rows(cast);
  bool to_member = cast->result->type.id == TYPE_UNION && source->type.id != TYPE_UNION;
  if (!vector_row_valid(source, 0) && !to_member) {
    vector_set_null_constant(cast->result);
    return OK;
  }
  Cast one = *cast;
  one.row_count = MIN_OF(cast->row_count, 1u);
  TRY(cast_rows(&one));
  if (one.row_count) vector_set_constant(cast->result);
  return OK;
}

Status vector_cast(const CastContext *context, const Vector *source, uint32_t row_count, Vector *result) {
  if (type_equal(source->type, result->type)) {
    vector_borrow(result, source);
    return OK;
  }
  Cast cast = {context, source, row_count, result};
  return cast_run(&cast);
}
