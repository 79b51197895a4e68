// SPDX-License-Identifier: MIT
//
// type_text.c: type names as text into types, for arguments such as `columns = {'a': 'DECIMAL(18,3)'}`. The SQL parser lies below
// func/ and cannot be asked; the grammar of types is small:
//
//   type      name [ "(" arguments ")" ] { "[" [ size ] "]" | ARRAY "[" size "]" }
//   name      a word, words that are one name (DOUBLE PRECISION, TIMESTAMP WITH TIME ZONE), or a quoted name
//   arguments numbers (DECIMAL, VARCHAR), types (MAP, LIST), fields (STRUCT, ROW, UNION) or texts (ENUM)
#include "func/func.h"

#define DEPTH_LIMIT 64

typedef struct TypeReader {
  CatalogView *view;
  Arena *arena;
  Error *error;
  Str text;
  size_t at;
  uint32_t depth;
} TypeReader;

static Status read_type(TypeReader *reader, Type *type);

static Status malformed(const TypeReader *reader) {
  if (reader->at >= reader->text.length)
    return error_set(reader->error, ERROR_PARSER, -1, "syntax error at end of input");
  return error_set(reader->error, ERROR_PARSER, -1, "syntax error at or near \"%.*s\"",
                   (int)(reader->text.length - reader->at), reader->text.data + reader->at);
}

static bool is_space(char byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }
static bool is_word(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '_' ||
         byte == '$' || (uint8_t)byte >= 0x80;
}

static void skip_space(TypeReader *reader) {
  while (reader->at < reader->text.length && is_space(reader->text.data[reader->at])) reader->at++;
}

static bool take(TypeReader *reader, char byte) {
  skip_space(reader);
  if (reader->at == reader->text.length || reader->text.data[reader->at] != byte) return false;
  reader->at++;
  return true;
}

static Status expect(TypeReader *reader, char byte) { return take(reader, byte) ? OK : malformed(reader); }

// Text between quotes, where the quote is doubled.
static Status read_quoted(TypeReader *reader, char quote, Str *out) {
  size_t start = ++reader->at, length = 0;
  char *bytes = arena_allocate(reader->arena, reader->text.length - start + 1);
  if (!bytes) return error_no_memory(reader->error);
  for (;; reader->at++) {
    if (reader->at == reader->text.length) return malformed(reader);
    char byte = reader->text.data[reader->at];
    if (byte == quote) {
      if (reader->at + 1 == reader->text.length || reader->text.data[reader->at + 1] != quote) break;
      reader->at++;
    }
    bytes[length++] = byte;
  }
  reader->at++;
  *out = (Str){bytes, length};
  return OK;
}

static Status read_name(TypeReader *reader, Str *name) {
  skip_space(reader);
  if (reader->at < reader->text.length && reader->text.data[reader->at] == '"') return read_quoted(reader, '"', name);
  size_t start = reader->at;
  while (reader->at < reader->text.length && is_word(reader->text.data[reader->at])) reader->at++;
  if (reader->at == start) return malformed(reader);
  *name = (Str){reader->text.data + start, reader->at - start};
  return OK;
}

// The next word when it is the given one.
static bool take_word(TypeReader *reader, const char *word) {
  size_t mark = reader->at;
  skip_space(reader);
  size_t start = reader->at;
  while (reader->at < reader->text.length && is_word(reader->text.data[reader->at])) reader->at++;
  if (str_equal_nocase((Str){reader->text.data + start, reader->at - start}, str_from(word))) return true;
  reader->at = mark;
  return false;
}

static Status read_number(TypeReader *reader, uint32_t *number) {
  skip_space(reader);
  uint64_t value = 0;
  size_t start = reader->at;
  while (reader->at < reader->text.length && reader->text.data[reader->at] >= '0' &&
         reader->text.data[reader->at] <= '9') {
    value = value * 10 + (uint64_t)(reader->text.data[reader->at++] - '0');
    value = MIN_OF(value, (uint64_t)UINT32_MAX);
  }
  if (reader->at == start) return malformed(reader);
  *number = (uint32_t)value;
  return OK;
}

static Status read_decimal(TypeReader *reader, Type *type) {
  uint32_t width = 18, scale = 3;
  if (take(reader, '(')) {
    TRY(read_number(reader, &width));
    scale = 0;
    if (take(reader, ',')) TRY(read_number(reader, &scale));
    TRY(expect(reader, ')'));
  }
  if (width < 1 || width > 38) {
    return error_set(reader->error, ERROR_BINDER, -1, "Width must be between 1 and 38!");
  }
  if (scale > width) return error_set(reader->error, ERROR_BINDER, -1, "Scale cannot be bigger than width");
  *type = type_decimal(width, scale);
  return OK;
}

typedef ARENA_LIST(Type) TypeList;
typedef ARENA_LIST(Str) NameList;

// (name type, …)
static Status read_fields(TypeReader *reader, TypeList *types, NameList *names) {
  TRY(expect(reader, '('));
  do {
    Str name;
    Type type;
    TRY(read_name(reader, &name));
    TRY(str_copy(reader->arena, reader->error, name, &name));
    TRY(read_type(reader, &type));
    ARENA_PUSH(reader->arena, reader->error, names, name);
    ARENA_PUSH(reader->arena, reader->error, types, type);
  } while (take(reader, ','));
  return expect(reader, ')');
}

static Status read_struct(TypeReader *reader, Type *type, bool is_union) {
  TypeList types = {0};
  NameList names = {0};
  TRY(read_fields(reader, &types, &names));
  TRY(type_make_struct(reader->arena, reader->error, types.items, names.items, types.count, type));
  if (is_union) type->id = TYPE_UNION;
  return OK;
}

static Status read_map(TypeReader *reader, Type *type) {
  Type key, value;
  TRY(expect(reader, '('));
  TRY(read_type(reader, &key));
  TRY(expect(reader, ','));
  TRY(read_type(reader, &value));
  TRY(expect(reader, ')'));
  return type_make_map(reader->arena, reader->error, key, value, type);
}

static Status read_enum(TypeReader *reader, Type *type) {
  NameList values = {0};
  TRY(expect(reader, '('));
  do {
    Str value;
    skip_space(reader);
    if (reader->at == reader->text.length || reader->text.data[reader->at] != '\'') return malformed(reader);
    TRY(read_quoted(reader, '\'', &value));
    ARENA_PUSH(reader->arena, reader->error, &values, value);
  } while (take(reader, ','));
  TRY(expect(reader, ')'));
  TypeInfo *info;
  ARENA_NEW(reader->arena, reader->error, info);
  *info = (TypeInfo){.count = values.count, .names = values.items};
  *type = (Type){.id = TYPE_ENUM, .info = info};
  return OK;
}

// Lengths and precisions that mean nothing: VARCHAR(20), TIMESTAMP(6).
static Status skip_arguments(TypeReader *reader) {
  if (!take(reader, '(')) return OK;
  uint32_t ignored;
  do TRY(read_number(reader, &ignored));
  while (take(reader, ','));
  return expect(reader, ')');
}

static Status find_user_type(TypeReader *reader, Str name, Type *type) {
  if (!reader->view) {
    return error_set(reader->error, ERROR_CATALOG, -1, "Type with name %.*s does not exist!", STR_ARG(name));
  }
  const CatalogEntry *entry;
  CatalogName wanted = {.name = name, .position = -1};
  TRY(catalog_find(reader->view, reader->arena, CATALOG_TYPE, wanted, false, &entry, reader->error));
  *type = ((const CatalogType *)(const void *)entry)->type;
  return OK;
}

static Status read_named(TypeReader *reader, Type *type) {
  Str name;
  TRY(read_name(reader, &name));
  if (str_equal_nocase(name, STR("decimal")) || str_equal_nocase(name, STR("numeric")) ||
      str_equal_nocase(name, STR("dec"))) {
    return read_decimal(reader, type);
  }
  if (str_equal_nocase(name, STR("struct")) || str_equal_nocase(name, STR("row")))
    return read_struct(reader, type, false);
  if (str_equal_nocase(name, STR("union"))) return read_struct(reader, type, true);
  if (str_equal_nocase(name, STR("map"))) return read_map(reader, type);
  if (str_equal_nocase(name, STR("enum"))) return read_enum(reader, type);
  bool known = type_from_name(name, type);
  if (!known) return find_user_type(reader, name, type);
  TRY(skip_arguments(reader));
  if (type->id == TYPE_DOUBLE) (void)take_word(reader, "precision");
  if (str_equal_nocase(name, STR("character"))) (void)take_word(reader, "varying");
  if (type->id != TYPE_TIMESTAMP && type->id != TYPE_TIME) return OK;
  bool with = take_word(reader, "with");
  if (!with && !take_word(reader, "without")) return OK;
  if (!take_word(reader, "time") || !take_word(reader, "zone")) return malformed(reader);
  if (with) *type = type->id == TYPE_TIMESTAMP ? TYPE(TIMESTAMP_TZ) : TYPE(TIME_TZ);
  return OK;
}

static Status read_type(TypeReader *reader, Type *type) {
  if (++reader->depth > DEPTH_LIMIT) {
    return error_set(reader->error, ERROR_PARSER, -1, "Types are nested more than %d levels deep", DEPTH_LIMIT);
  }
  TRY(read_named(reader, type));
  for (;;) {
    bool array = take_word(reader, "array");
    if (!take(reader, '[')) {
      if (array) TRY(type_make_list(reader->arena, reader->error, *type, type));
      break;
    }
    if (take(reader, ']')) {
      TRY(type_make_list(reader->arena, reader->error, *type, type));
      continue;
    }
    uint32_t size;
    TRY(read_number(reader, &size));
    TRY(expect(reader, ']'));
    TRY(type_make_array(reader->arena, reader->error, *type, size, type));
  }
  reader->depth--;
  return OK;
}

Status type_from_text(CatalogView *view, Arena *arena, Str text, Type *type, Error *error) {
  TypeReader reader = {.view = view, .arena = arena, .error = error, .text = text};
  TRY(read_type(&reader, type));
  skip_space(&reader);
  return reader.at == text.length ? OK : malformed(&reader);
}
