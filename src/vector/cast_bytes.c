// SPDX-License-Identifier: MIT
//
// cast_bytes.c: BLOB, BIT, UUID and ENUM: among each other, from numbers and from text. (Their text: print.c.)
#include "vector/cast.h"

#define UUID_BYTES 16
#define ENUM_HASH_THRESHOLD 16 // that many values are compared one by one

// ---------------------------------------------------------------------------------------------------------------------
// BIT
// ---------------------------------------------------------------------------------------------------------------------

// The padding bits of a BIT are ones; as bytes of a number or BLOB they are zeros.
static uint8_t bit_byte(Str bits, size_t index) {
  uint8_t byte = (uint8_t)bits.data[1 + index];
  return index == 0 ? (uint8_t)(byte & 0xff >> (uint8_t)bits.data[0]) : byte;
}

static Status set_bytes(const Cast *cast, uint32_t row, Str bytes) {
  return vector_set_string(cast->result, row, bytes, cast->context->error);
}

static Status number_to_bit(const Cast *cast) {
  uint32_t size = physical_size(cast->source->physical);
  VectorView view;
  vector_view(cast->source, &view);
  uint32_t count = 0;
  TRY(kernel_begin(&cast->source, 1, cast->row_count, cast->result, &count, cast->context->error));
  for (uint32_t row = 0; row < count; row++) {
    if (!result_row_valid(cast, row)) continue;
    const uint8_t *value = (const uint8_t *)view.data + (size_t)view_row(&view, row) * size;
    char bits[1 + sizeof(int128)] = {0};
    for (uint32_t i = 0; i < size; i++) bits[1 + i] = (char)value[size - 1 - i]; // little-endian machines only
    TRY(set_bytes(cast, row, (Str){bits, 1 + size}));
  }
  return OK;
}

static Status bit_to_number(const Cast *cast) {
  uint32_t size = physical_size(cast->result->physical);
  uint8_t *out = cast->result->data;
  bool to_bool = cast->result->type.id == TYPE_BOOLEAN;
  UNARY_VOID(cast->context->error, cast->source, cast->row_count, cast->result, StringView, {
    Str bits = string_str(&in);
    size_t byte_count = bits.length - 1;
    if (byte_count > size) {
      TRY(cast_row_failed(cast, row, "Bitstring doesn't fit inside of %s",
                          to_bool ? "UINT8" : physical_name(cast->result->type)));
      continue;
    }
    memset(out + (size_t)row * size, 0, size);
    for (size_t i = 0; i < byte_count; i++) out[(size_t)row * size + byte_count - 1 - i] = bit_byte(bits, i);
    if (to_bool) out[row] = out[row] != 0;
  });
  return OK;
}

static Status bit_to_blob(const Cast *cast) {
  UNARY_VOID(cast->context->error, cast->source, cast->row_count, cast->result, StringView, {
    Str bits = string_str(&in);
    TextBuilder bytes;
    text_init(&bytes, cast->context->memory);
    for (size_t i = 0; i + 1 < bits.length; i++) text_append_char(&bytes, (char)bit_byte(bits, i));
    Status status = bytes.failed ? error_no_memory(cast->context->error) : set_bytes(cast, row, text_str(&bytes));
    text_free(&bytes);
    TRY(status);
  });
  return OK;
}

static Status blob_to_bit(const Cast *cast) {
  UNARY_VOID(cast->context->error, cast->source, cast->row_count, cast->result, StringView, {
    Str blob = string_str(&in);
    if (!blob.length) {
      TRY(cast_row_failed(cast, row, "Cannot cast empty BLOB to BIT"));
      continue;
    }
    TextBuilder bits;
    text_init(&bits, cast->context->memory);
    text_append_char(&bits, 0);
    text_append(&bits, blob);
    Status status = bits.failed ? error_no_memory(cast->context->error) : set_bytes(cast, row, text_str(&bits));
    text_free(&bits);
    TRY(status);
  });
  return OK;
}

static Status text_to_bit_row(const Cast *cast, uint32_t row, Str text) {
  if (!text.length) return cast_row_failed(cast, row, "Cannot cast empty string to BIT");
  size_t byte_count = (text.length + 7) / 8;
  uint32_t padding = (uint32_t)(byte_count * 8 - text.length);
  TextBuilder bits;
  text_init(&bits, cast->context->memory);
  text_append_char(&bits, (char)padding);
  uint32_t byte = (1u << padding) - 1; // padding ones stand at the top of the first byte
  uint32_t filled = padding;
  Status status = OK;
  for (size_t i = 0; i < text.length; i++) {
    if (text.data[i] != '0' && text.data[i] != '1') {
      size_t length = (uint8_t)text.data[i] < 0x80 ? 1 : MIN_OF(text.length - i, (size_t)4);
      uint32_t code_point;
      if (length > 1) length = utf8_decode(text, i, &code_point);
      status = cast_row_failed(cast, row, "Invalid character encountered in string -> bit conversion: '%.*s'",
                               (int)length, text.data + i);
      text_free(&bits);
      return status;
    }
    byte = byte << 1 | (uint32_t)(text.data[i] - '0');
    if (++filled == 8) {
      text_append_char(&bits, (char)byte);
      byte = filled = 0;
    }
  }
  status = bits.failed ? error_no_memory(cast->context->error) : set_bytes(cast, row, text_str(&bits));
  text_free(&bits);
  return status;
}

// ---------------------------------------------------------------------------------------------------------------------
// BLOB and UUID
// ---------------------------------------------------------------------------------------------------------------------

static int hex_digit(char byte) {
  if (text_is_digit(byte)) return byte - '0';
  char lower = text_lower_char(byte);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Bytes as they are, \xAA for any byte; all that is not ASCII must be escaped.
static Status text_to_blob_row(const Cast *cast, uint32_t row, Str text) {
  TextBuilder blob;
  text_init(&blob, cast->context->memory);
  Status status = OK;
  bool failed = false;
  for (size_t i = 0; i < text.length && !failed; i++) {
    char byte = text.data[i];
    if (byte == '\\') {
      bool whole = i + 3 < text.length;
      int high = whole && text.data[i + 1] == 'x' ? hex_digit(text.data[i + 2]) : -1;
      int low = whole ? hex_digit(text.data[i + 3]) : -1;
      if (!whole) {
        failed = true;
        status = cast_row_failed(cast, row,
                                 "Invalid hex escape code encountered in string -> blob conversion of string \"%.*s\": "
                                 "unterminated escape code at end of blob",
                                 STR_ARG(text));
      } else if (high < 0 || low < 0) {
        failed = true;
        status = cast_row_failed(
            cast, row, "Invalid hex escape code encountered in string -> blob conversion of string \"%.*s\": %.*s",
            STR_ARG(text), 4, text.data + i);
      } else {
        text_append_char(&blob, (char)(high << 4 | low));
        i += 3;
      }
    } else if ((uint8_t)byte >= 0x80) {
      failed = true;
      status =
          cast_row_failed(cast, row,
                          "Invalid byte encountered in STRING -> BLOB conversion of string \"%.*s\". All non-ascii "
                          "characters must be escaped with hex codes (e.g. \\xAA)",
                          STR_ARG(text));
    } else {
      text_append_char(&blob, byte);
    }
  }
  if (!failed) status = blob.failed ? error_no_memory(cast->context->error) : set_bytes(cast, row, text_str(&blob));
  text_free(&blob);
  return status;
}

// 32 hex digits, hyphens anywhere between them, perhaps in braces.
static bool parse_uuid(Str text, int128 *uuid) {
  if (text.length >= 2 && text.data[0] == '{') {
    if (text.data[text.length - 1] != '}') return false;
    text = (Str){text.data + 1, text.length - 2};
  }
  uint128 bits = 0;
  uint32_t digits = 0;
  for (size_t i = 0; i < text.length; i++) {
    if (text.data[i] == '-' && digits) continue;
    int digit = hex_digit(text.data[i]);
    if (digit < 0 || ++digits > 32) return false;
    bits = bits << 4 | (uint32_t)digit;
  }
  *uuid = (int128)(bits ^ (uint128)1 << 127);
  return digits == 32;
}

static Status blob_to_uuid(const Cast *cast) {
  UNARY_CHECKED(cast->context->error, cast->source, cast->row_count, cast->result, StringView, int128, {
    Str blob = string_str(&in);
    if (blob.length != UUID_BYTES) {
      TRY(cast_row_failed(cast, row, "Could not convert string '%.*s' to INT128", STR_ARG(blob)));
      continue;
    }
    uint128 bits = 0;
    for (size_t i = 0; i < UUID_BYTES; i++) bits = bits << 8 | (uint8_t)blob.data[i];
    out = (int128)(bits ^ (uint128)1 << 127);
  });
  return OK;
}

static Status uuid_to_blob(const Cast *cast) {
  UNARY_VOID(cast->context->error, cast->source, cast->row_count, cast->result, int128, {
    uint128 bits = (uint128)in ^ (uint128)1 << 127;
    char bytes[UUID_BYTES];
    for (int i = 0; i < UUID_BYTES; i++) bytes[i] = (char)(uint8_t)(bits >> (120 - i * 8));
    TRY(set_bytes(cast, row, (Str){bytes, UUID_BYTES}));
  });
  return OK;
}

Status cast_text_to_bytes(const Cast *cast) {
  TypeId to = cast->result->type.id;
  int128 *uuids = cast->result->data;
  UNARY_VOID(cast->context->error, cast->source, cast->row_count, cast->result, StringView, {
    Str text = string_str(&in);
    if (to == TYPE_BIT) {
      TRY(text_to_bit_row(cast, row, text));
    } else if (to == TYPE_BLOB) {
      TRY(text_to_blob_row(cast, row, text));
    } else if (!parse_uuid(text, &uuids[row])) {
      TRY(cast_row_failed(cast, row, "Could not convert string '%.*s' to INT128", STR_ARG(text)));
    }
  });
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// ENUM
// ---------------------------------------------------------------------------------------------------------------------

// Values of an ENUM by text. Slots hold value index + 1, 0 is empty; NULL slots: few values, looked at one by one.
typedef struct EnumTable {
  const TypeInfo *info;
  Memory *memory;
  uint32_t *slots;
  uint32_t slot_count; // a power of two
} EnumTable;

static Status enum_table_init(EnumTable *table, const TypeInfo *info, Memory *memory, Error *error) {
  *table = (EnumTable){.info = info, .memory = memory};
  if (info->count <= ENUM_HASH_THRESHOLD) return OK;
  table->slot_count = 64;
  while (table->slot_count < info->count * 2) table->slot_count *= 2;
  table->slots = memory_allocate_zeroed(memory, sizeof(uint32_t) * table->slot_count);
  if (!table->slots) return error_no_memory(error);
  for (uint32_t i = 0; i < info->count; i++) {
    uint32_t slot = (uint32_t)hash_bytes(info->names[i].data, info->names[i].length) & (table->slot_count - 1);
    while (table->slots[slot]) slot = (slot + 1) & (table->slot_count - 1);
    table->slots[slot] = i + 1;
  }
  return OK;
}

static void enum_table_free(EnumTable *table) {
  memory_free(table->memory, table->slots, sizeof(uint32_t) * table->slot_count);
}

static bool enum_table_find(const EnumTable *table, Str text, uint32_t *index) {
  const TypeInfo *info = table->info;
  if (!table->slots) {
    for (uint32_t i = 0; i < info->count; i++) {
      if (str_equal(info->names[i], text)) {
        *index = i;
        return true;
      }
    }
    return false;
  }
  uint32_t slot = (uint32_t)hash_bytes(text.data, text.length) & (table->slot_count - 1);
  for (; table->slots[slot]; slot = (slot + 1) & (table->slot_count - 1)) {
    if (str_equal(info->names[table->slots[slot] - 1], text)) {
      *index = table->slots[slot] - 1;
      return true;
    }
  }
  return false;
}

static void store_enum(const Cast *cast, uint32_t row, uint32_t index) {
  int64_t value = index;
  hub_store_i64(&value, 1, cast->result->physical, row, cast->result->data);
}

static Status text_rows_to_enum(const Cast *cast, const EnumTable *table) {
  UNARY_VOID(cast->context->error, cast->source, cast->row_count, cast->result, StringView, {
    Str text = string_str(&in);
    uint32_t index;
    if (enum_table_find(table, text, &index)) {
      store_enum(cast, row, index);
    } else {
      TRY(cast_row_failed(cast, row, "Could not convert string '%.*s' to %s", STR_ARG(text),
                          physical_name(cast->result->type)));
    }
  });
  return OK;
}

Status cast_text_to_enum(const Cast *cast) {
  EnumTable table;
  TRY(enum_table_init(&table, cast->result->type.info, cast->context->memory, cast->context->error));
  Status status = text_rows_to_enum(cast, &table);
  enum_table_free(&table);
  return status;
}

static Status enum_rows_to_enum(const Cast *cast, const EnumTable *table) {
  VectorView view;
  vector_view(cast->source, &view);
  uint32_t count = 0;
  TRY(kernel_begin(&cast->source, 1, cast->row_count, cast->result, &count, cast->context->error));
  uint32_t size = physical_size(cast->source->physical);
  for (uint32_t row = 0; row < count; row++) {
    if (!result_row_valid(cast, row)) continue;
    const uint8_t *value = (const uint8_t *)view.data + (size_t)view_row(&view, row) * size;
    uint32_t from = (uint32_t)integer_read(cast->source->physical, value), index;
    if (enum_table_find(table, cast->source->type.info->names[from], &index)) {
      store_enum(cast, row, index);
    } else {
      TRY(cast_row_failed(
          cast, row,
          "Type %s with value %u can't be cast because the value is out of range for the destination type %s",
          physical_name(cast->source->type), from, physical_name(cast->result->type)));
    }
  }
  return OK;
}

static Status enum_to_enum(const Cast *cast) {
  EnumTable table;
  TRY(enum_table_init(&table, cast->result->type.info, cast->context->memory, cast->context->error));
  Status status = enum_rows_to_enum(cast, &table);
  enum_table_free(&table);
  return status;
}

Status cast_bytes(const Cast *cast) {
  TypeId from = cast->source->type.id, to = cast->result->type.id;
  if (from == TYPE_ENUM) return enum_to_enum(cast);
  if (from == TYPE_UUID) return uuid_to_blob(cast);
  if (from == TYPE_BLOB) return to == TYPE_UUID ? blob_to_uuid(cast) : blob_to_bit(cast);
  if (from == TYPE_BIT) return to == TYPE_BLOB ? bit_to_blob(cast) : bit_to_number(cast);
  return number_to_bit(cast);
}
