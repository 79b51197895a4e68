// SPDX-License-Identifier: MIT
//
// arrow_schema.c: SQL types as Arrow's, and the schema message. Source: Schema.fbs and Message.fbs of the Arrow format, version 1.x
// (metadata version V5); the numbers of fields and unions below are theirs.
#include "format/arrow/arrow.h"

enum {
  ARROW_VERSION_V5 = 4,
  ARROW_TYPE_NULL = 1,
  ARROW_TYPE_INT = 2,
  ARROW_TYPE_FLOATING_POINT = 3,
  ARROW_TYPE_BINARY = 4,
  ARROW_TYPE_UTF8 = 5,
  ARROW_TYPE_BOOL = 6,
  ARROW_TYPE_DECIMAL = 7,
  ARROW_TYPE_DATE = 8,
  ARROW_TYPE_TIME = 9,
  ARROW_TYPE_TIMESTAMP = 10,
  ARROW_TYPE_INTERVAL = 11,
  ARROW_TYPE_LIST = 12,
  ARROW_TYPE_STRUCT = 13,
  ARROW_TYPE_UNION = 14,
  ARROW_TYPE_FIXED_SIZE_LIST = 16,
  ARROW_TYPE_MAP = 17,
};
enum { PRECISION_SINGLE = 1, PRECISION_DOUBLE = 2 };
enum { DATE_UNIT_DAY = 0 };
enum { TIME_UNIT_SECOND, TIME_UNIT_MILLISECOND, TIME_UNIT_MICROSECOND, TIME_UNIT_NANOSECOND };
enum { INTERVAL_UNIT_MONTH_DAY_NANO = 2 };
enum { UNION_MODE_SPARSE = 0 };
// Type ids of unions are int8.
#define UNION_MEMBER_LIMIT 128

// ---------------------------------------------------------------------------------------------------------------------
// Layouts
// ---------------------------------------------------------------------------------------------------------------------

ArrowLayout arrow_layout(Type type, uint8_t *value_bytes) {
  switch (type.id) {
    case TYPE_NULL:
      return ARROW_NULLS;
    case TYPE_BOOLEAN:
      return ARROW_BITS;
    case TYPE_DECIMAL:
    case TYPE_HUGEINT:
    case TYPE_UHUGEINT:
    case TYPE_INTERVAL:
      *value_bytes = 16;
      return ARROW_FIXED;
    case TYPE_VARCHAR:
    case TYPE_BLOB:
    case TYPE_BIT:
    case TYPE_BIGNUM:
    case TYPE_UUID:
    case TYPE_ENUM:
    case TYPE_TIME_TZ:
      return ARROW_TEXT;
    case TYPE_LIST:
    case TYPE_MAP:
      return ARROW_LIST;
    case TYPE_ARRAY:
      return ARROW_FIXED_LIST;
    case TYPE_STRUCT:
      return ARROW_STRUCT;
    case TYPE_UNION:
      return ARROW_UNION;
    default:
      *value_bytes = (uint8_t)physical_size(type_physical(type));
      return ARROW_FIXED;
  }
}

uint32_t arrow_child_count(Type type) {
  switch (type.id) {
    case TYPE_LIST:
    case TYPE_ARRAY:
    case TYPE_MAP:
      return 1;
    case TYPE_STRUCT:
    case TYPE_UNION:
      return type.info->count;
    default:
      return 0;
  }
}

Type arrow_child(Type type, uint32_t index) {
  return type.id == TYPE_STRUCT || type.id == TYPE_UNION ? type.info->types[index] : type_element(type);
}

Status arrow_check_type(Type type, Str column, Error *error) {
  if (type.id == TYPE_UNION && type.info->count > UNION_MEMBER_LIMIT)
    return error_set(error, ERROR_NOT_IMPLEMENTED, -1,
                     "Column \"%.*s\": Arrow has no UNION with more than %d members, this one has %u", STR_ARG(column),
                     UNION_MEMBER_LIMIT, type.info->count);
  for (uint32_t i = 0; i < arrow_child_count(type); i++) TRY(arrow_check_type(arrow_child(type, i), column, error));
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Types
// ---------------------------------------------------------------------------------------------------------------------

static void write_int(FlatBuilder *builder, size_t reference, int64_t bits, bool is_signed) {
  FlatTable table = flat_table(builder, reference, (const uint8_t[]){4, 1}, 2);
  flat_set(builder, table.field[0], bits, 4);
  flat_set(builder, table.field[1], is_signed, 1);
}

static void write_decimal(FlatBuilder *builder, size_t reference, int64_t precision, int64_t scale) {
  FlatTable table = flat_table(builder, reference, (const uint8_t[]){4, 4, 4}, 3);
  flat_set(builder, table.field[0], precision, 4);
  flat_set(builder, table.field[1], scale, 4);
  flat_set(builder, table.field[2], 128, 4);
}

// FloatingPoint, Date, Interval and Union have one number first, all of 16 bits.
static FlatTable write_unit(FlatBuilder *builder, size_t reference, int64_t unit, uint8_t second_bytes) {
  FlatTable table = flat_table(builder, reference, (const uint8_t[]){2, second_bytes}, 2);
  flat_set(builder, table.field[0], unit, 2);
  return table;
}

static void write_timestamp(FlatBuilder *builder, size_t reference, int64_t unit, bool is_utc) {
  FlatTable table = write_unit(builder, reference, unit, is_utc ? 4 : 0);
  if (is_utc) flat_string(builder, table.field[1], STR("UTC"));
}

static void write_time(FlatBuilder *builder, size_t reference, int64_t unit) {
  FlatTable table = write_unit(builder, reference, unit, 4);
  flat_set(builder, table.field[1], 64, 4);
}

static void write_union(FlatBuilder *builder, size_t reference, uint32_t member_count) {
  FlatTable table = write_unit(builder, reference, UNION_MODE_SPARSE, 4);
  size_t ids = flat_vector(builder, table.field[1], member_count, 4, 4);
  for (uint32_t i = 0; i < member_count; i++) flat_set(builder, ids + 4 * (size_t)i, i, 4);
}

static void write_number(FlatBuilder *builder, size_t reference, int64_t number, uint8_t bytes) {
  FlatTable table = flat_table(builder, reference, &bytes, 1);
  flat_set(builder, table.field[0], number, bytes);
}

// The type table; returns its number in the union of types.
static uint8_t write_type(FlatBuilder *builder, size_t reference, Type type) {
  switch (type.id) {
    case TYPE_TINYINT:
    case TYPE_SMALLINT:
    case TYPE_INTEGER:
    case TYPE_BIGINT:
      write_int(builder, reference, 8 * (int64_t)physical_size(type_physical(type)), true);
      return ARROW_TYPE_INT;
    case TYPE_UTINYINT:
    case TYPE_USMALLINT:
    case TYPE_UINTEGER:
    case TYPE_UBIGINT:
      write_int(builder, reference, 8 * (int64_t)physical_size(type_physical(type)), false);
      return ARROW_TYPE_INT;
    case TYPE_HUGEINT:
    case TYPE_UHUGEINT:
      write_decimal(builder, reference, 38, 0);
      return ARROW_TYPE_DECIMAL;
    case TYPE_DECIMAL:
      write_decimal(builder, reference, type.width, type.scale);
      return ARROW_TYPE_DECIMAL;
    case TYPE_FLOAT:
      write_unit(builder, reference, PRECISION_SINGLE, 0);
      return ARROW_TYPE_FLOATING_POINT;
    case TYPE_DOUBLE:
      write_unit(builder, reference, PRECISION_DOUBLE, 0);
      return ARROW_TYPE_FLOATING_POINT;
    case TYPE_DATE:
      write_unit(builder, reference, DATE_UNIT_DAY, 0);
      return ARROW_TYPE_DATE;
    case TYPE_TIME:
      write_time(builder, reference, TIME_UNIT_MICROSECOND);
      return ARROW_TYPE_TIME;
    case TYPE_TIME_NS:
      write_time(builder, reference, TIME_UNIT_NANOSECOND);
      return ARROW_TYPE_TIME;
    case TYPE_TIMESTAMP_S:
      write_timestamp(builder, reference, TIME_UNIT_SECOND, false);
      return ARROW_TYPE_TIMESTAMP;
    case TYPE_TIMESTAMP_MS:
      write_timestamp(builder, reference, TIME_UNIT_MILLISECOND, false);
      return ARROW_TYPE_TIMESTAMP;
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMP_TZ:
      write_timestamp(builder, reference, TIME_UNIT_MICROSECOND, type.id == TYPE_TIMESTAMP_TZ);
      return ARROW_TYPE_TIMESTAMP;
    case TYPE_TIMESTAMP_NS:
      write_timestamp(builder, reference, TIME_UNIT_NANOSECOND, false);
      return ARROW_TYPE_TIMESTAMP;
    case TYPE_INTERVAL:
      write_unit(builder, reference, INTERVAL_UNIT_MONTH_DAY_NANO, 0);
      return ARROW_TYPE_INTERVAL;
    case TYPE_UNION:
      write_union(builder, reference, type.info->count);
      return ARROW_TYPE_UNION;
    case TYPE_ARRAY:
      write_number(builder, reference, type.array_size, 4);
      return ARROW_TYPE_FIXED_SIZE_LIST;
    case TYPE_MAP:
      write_number(builder, reference, false, 1); // keys are in no order
      return ARROW_TYPE_MAP;
    default:
      break;
  }
  flat_table(builder, reference, NULL, 0);
  switch (type.id) {
    case TYPE_NULL:
      return ARROW_TYPE_NULL;
    case TYPE_BOOLEAN:
      return ARROW_TYPE_BOOL;
    case TYPE_BLOB:
      return ARROW_TYPE_BINARY;
    case TYPE_LIST:
      return ARROW_TYPE_LIST;
    case TYPE_STRUCT:
      return ARROW_TYPE_STRUCT;
    default:
      return ARROW_TYPE_UTF8; // VARCHAR, and what travels as its text
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Fields
// ---------------------------------------------------------------------------------------------------------------------

enum { FIELD_NAME, FIELD_NULLABLE, FIELD_TYPE_TYPE, FIELD_TYPE, FIELD_DICTIONARY, FIELD_CHILDREN, FIELD_METADATA };

static void write_child_name(FlatBuilder *builder, size_t reference, Type parent, uint32_t index) {
  char number[NUMBER_TEXT_CAPACITY];
  if (parent.id == TYPE_LIST || parent.id == TYPE_ARRAY) {
    flat_string(builder, reference, STR("item"));
  } else if (parent.id == TYPE_MAP) {
    flat_string(builder, reference, STR("entries"));
  } else if (parent.info->names) {
    flat_string(builder, reference, parent.info->names[index]);
  } else { // an unnamed struct: readers take names for keys, so they must differ
    flat_string(builder, reference, (Str){number, number_write_u64(number, index + 1)});
  }
}

static void write_children(FlatBuilder *builder, size_t reference, Type type, bool is_entry);

// All of a field but its name and metadata. Entries of maps and their keys are never NULL.
static void write_field(FlatBuilder *builder, const FlatTable *field, Type type, bool nullable, bool is_entry) {
  flat_set(builder, field->field[FIELD_NULLABLE], nullable, 1);
  flat_set(builder, field->field[FIELD_TYPE_TYPE], write_type(builder, field->field[FIELD_TYPE], type), 1);
  write_children(builder, field->field[FIELD_CHILDREN], type, is_entry);
}

static void write_children(FlatBuilder *builder, size_t reference, Type type, bool is_entry) {
  static const Str ENTRY_NAMES[] = {{"key", 3}, {"value", 5}};
  uint32_t count = arrow_child_count(type);
  size_t slots = flat_vector(builder, reference, count, 4, 4);
  for (uint32_t i = 0; i < count; i++) {
    FlatTable field = flat_table(builder, slots + 4 * (size_t)i, (const uint8_t[]){4, 1, 1, 4, 0, 4}, 6);
    if (is_entry) {
      flat_string(builder, field.field[FIELD_NAME], ENTRY_NAMES[i]);
    } else {
      write_child_name(builder, field.field[FIELD_NAME], type, i);
    }
    bool is_map = type.id == TYPE_MAP;
    write_field(builder, &field, arrow_child(type, i), !is_map && !(is_entry && i == 0), is_map);
  }
}

// smew.type: the SQL type, for what Arrow's types do not tell (UUID, ENUM, HUGEINT, BIT …).
static void write_metadata(const ArrowWriter *writer, FlatBuilder *builder, size_t reference, Type type) {
  TextBuilder text;
  size_t slot = flat_vector(builder, reference, 1, 4, 4);
  FlatTable pair = flat_table(builder, slot, (const uint8_t[]){4, 4}, 2);
  text_init(&text, writer->memory);
  type_print(&text, type);
  flat_string(builder, pair.field[0], STR("smew.type"));
  flat_string(builder, pair.field[1], text_str(&text));
  if (text.failed) builder->out->failed = true;
  text_free(&text);
}

ArrowMessage arrow_message(FlatBuilder *builder, TextBuilder *out, ArrowHeader header) {
  enum { MESSAGE_VERSION, MESSAGE_HEADER_TYPE, MESSAGE_HEADER, MESSAGE_BODY_LENGTH };
  size_t root = flat_begin(builder, out);
  FlatTable message = flat_table(builder, root, (const uint8_t[]){2, 1, 4, 8}, 4);
  flat_set(builder, message.field[MESSAGE_VERSION], ARROW_VERSION_V5, 2);
  flat_set(builder, message.field[MESSAGE_HEADER_TYPE], header, 1);
  return (ArrowMessage){message.field[MESSAGE_HEADER], message.field[MESSAGE_BODY_LENGTH]};
}

void arrow_schema_metadata(const ArrowWriter *writer, TextBuilder *out) {
  enum { SCHEMA_ENDIANNESS, SCHEMA_FIELDS }; // endianness 0: little
  FlatBuilder flat, *builder = &flat;
  ArrowMessage message = arrow_message(builder, out, ARROW_HEADER_SCHEMA);
  FlatTable schema = flat_table(builder, message.header, (const uint8_t[]){2, 4}, 2);
  size_t slots = flat_vector(builder, schema.field[SCHEMA_FIELDS], writer->column_count, 4, 4);
  for (uint32_t i = 0; i < writer->column_count; i++) {
    FlatTable field = flat_table(builder, slots + 4 * (size_t)i, (const uint8_t[]){4, 1, 1, 4, 0, 4, 4}, 7);
    flat_string(builder, field.field[FIELD_NAME], writer->names[i]);
    write_field(builder, &field, writer->types[i], true, false);
    write_metadata(writer, builder, field.field[FIELD_METADATA], writer->types[i]);
  }
}
