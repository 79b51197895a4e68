// SPDX-License-Identifier: MIT
//
// encode.c: catalog entries as the bytes of store objects. Part of the file format.
//
//   entry  := u8 1 (form), text schema, text name, text? comment, then by kind
//   text   := u32 length, bytes          text? := u32 0xffffffff for none, else text
//   type   := what type_serialize writes, preceded by its u32 length
//
// Integers are little-endian. A form that is not known is an error, never guessed at.
#include "catalog/view.h"

#define FORM 1
#define NO_TEXT UINT32_MAX

// ---------------------------------------------------------------------------------------------------------------------
// Writing
// ---------------------------------------------------------------------------------------------------------------------

static void put_u8(TextBuilder *out, uint8_t value) { text_append_char(out, (char)value); }
static void put_u32(TextBuilder *out, uint32_t value) {
  uint8_t bytes[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16), (uint8_t)(value >> 24)};
  text_append(out, (Str){(const char *)bytes, 4});
}
static void put_u64(TextBuilder *out, uint64_t value) {
  put_u32(out, (uint32_t)value);
  put_u32(out, (uint32_t)(value >> 32));
}
static void put_text(TextBuilder *out, Str text) {
  if (!text.data) {
    put_u32(out, NO_TEXT);
    return;
  }
  put_u32(out, (uint32_t)text.length);
  text_append(out, text);
}
static void put_texts(TextBuilder *out, const Str *texts, uint32_t count) {
  put_u32(out, count);
  for (uint32_t i = 0; i < count; i++) put_text(out, texts[i]);
}
static void put_numbers(TextBuilder *out, const uint32_t *numbers, uint32_t count) {
  put_u32(out, count);
  for (uint32_t i = 0; i < count; i++) put_u32(out, numbers[i]);
}
static void put_type(TextBuilder *out, Type type) {
  TextBuilder bytes;
  text_init(&bytes, out->memory);
  type_serialize(&bytes, type);
  if (bytes.failed) out->failed = true;
  put_u32(out, (uint32_t)bytes.length);
  text_append(out, text_str(&bytes));
  text_free(&bytes);
}

static void put_table(TextBuilder *out, const CatalogTable *table) {
  put_u64(out, table->store_table);
  put_u32(out, table->next_column_id);
  put_u32(out, table->column_count);
  for (uint32_t i = 0; i < table->column_count; i++) {
    const CatalogColumn *column = &table->columns[i];
    put_u32(out, column->id);
    put_text(out, column->name);
    put_type(out, column->type);
    put_text(out, column->default_sql);
    put_text(out, column->generated_sql);
    put_u8(out, column->not_null);
    put_text(out, column->collation);
    put_text(out, column->comment);
  }
  put_u32(out, table->constraint_count);
  for (uint32_t i = 0; i < table->constraint_count; i++) {
    const CatalogConstraint *constraint = &table->constraints[i];
    put_u8(out, constraint->kind);
    put_u8(out, constraint->with_column);
    put_text(out, constraint->name);
    put_numbers(out, constraint->columns, constraint->column_count);
    put_text(out, constraint->check_sql);
    put_text(out, constraint->foreign_schema);
    put_text(out, constraint->foreign_table);
    put_texts(out, constraint->foreign_columns, constraint->foreign_columns ? constraint->column_count : 0);
    put_u32(out, constraint->index_number);
  }
}

static void put_view(TextBuilder *out, const CatalogViewEntry *view) {
  put_text(out, view->query_sql);
  put_texts(out, view->column_aliases, view->alias_count);
  put_texts(out, view->column_names, view->column_count);
  for (uint32_t i = 0; i < view->column_count; i++) put_type(out, view->column_types[i]);
  if (view->column_comments) put_texts(out, view->column_comments, view->column_count);
}

static void put_macro(TextBuilder *out, const CatalogMacro *macro) {
  put_u32(out, macro->overload_count);
  for (uint32_t i = 0; i < macro->overload_count; i++) {
    const CatalogMacroOverload *overload = &macro->overloads[i];
    put_u32(out, overload->parameter_count);
    for (uint32_t p = 0; p < overload->parameter_count; p++) {
      put_text(out, overload->parameters[p].name);
      put_text(out, overload->parameters[p].default_sql);
      put_text(out, overload->parameters[p].type_sql);
    }
    put_text(out, overload->body_sql);
  }
}

Status entry_encode(TextBuilder *out, const CatalogEntry *entry, Error *error) {
  put_u8(out, FORM);
  put_text(out, entry->schema);
  put_text(out, entry->name);
  put_text(out, entry->comment);
  switch ((CatalogKind)entry->kind) {
    case CATALOG_TABLE:
      put_table(out, (const CatalogTable *)entry);
      break;
    case CATALOG_VIEW:
      put_view(out, (const CatalogViewEntry *)entry);
      break;
    case CATALOG_SEQUENCE: {
      const CatalogSequence *sequence = (const CatalogSequence *)entry;
      put_u64(out, (uint64_t)sequence->start);
      put_u64(out, (uint64_t)sequence->increment);
      put_u64(out, (uint64_t)sequence->minimum);
      put_u64(out, (uint64_t)sequence->maximum);
      put_u8(out, sequence->cycle);
      if (sequence->owner) put_u64(out, sequence->owner);
      break;
    }
    case CATALOG_INDEX: {
      const CatalogIndex *index = (const CatalogIndex *)entry;
      put_u64(out, index->table);
      put_text(out, index->table_name);
      put_u8(out, index->unique);
      put_numbers(out, index->columns, index->column_count);
      put_texts(out, index->expressions_sql, index->expressions_sql ? index->column_count : 0);
      put_u32(out, index->index_number);
      break;
    }
    case CATALOG_TYPE:
      put_type(out, ((const CatalogType *)entry)->type);
      break;
    case CATALOG_MACRO:
    case CATALOG_TABLE_MACRO:
      put_macro(out, (const CatalogMacro *)entry);
      break;
    case CATALOG_SCHEMA:
    case CATALOG_NONE:
      break;
  }
  return out->failed ? error_no_memory(error) : OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Reading. A reader that runs over its end is `broken` and gives zeros; that is looked at once, at the end.
// ---------------------------------------------------------------------------------------------------------------------

typedef struct Reader {
  const uint8_t *at;
  const uint8_t *end;
  bool broken;
  Arena *arena;
  Error *error;
  Status status; // of copies
} Reader;

static const uint8_t *take(Reader *reader, size_t length) {
  if ((size_t)(reader->end - reader->at) < length) {
    reader->broken = true;
    return NULL;
  }
  const uint8_t *bytes = reader->at;
  reader->at += length;
  return bytes;
}
static uint8_t get_u8(Reader *reader) {
  const uint8_t *bytes = take(reader, 1);
  return bytes ? bytes[0] : 0;
}
static uint32_t get_u32(Reader *reader) {
  const uint8_t *bytes = take(reader, 4);
  return bytes ? (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24 : 0;
}
static uint64_t get_u64(Reader *reader) {
  uint64_t low = get_u32(reader);
  return low | (uint64_t)get_u32(reader) << 32;
}
// How many of something that takes at least `least` bytes each.
static uint32_t get_count(Reader *reader, size_t least) {
  uint32_t count = get_u32(reader);
  if (count > (size_t)(reader->end - reader->at) / least) {
    reader->broken = true;
    return 0;
  }
  return count;
}
static Str get_text(Reader *reader) {
  uint32_t length = get_u32(reader);
  Str copy = {0};
  if (reader->broken || length == NO_TEXT) return copy;
  const uint8_t *bytes = take(reader, length);
  if (bytes && reader->status == OK)
    reader->status = str_copy(reader->arena, reader->error, (Str){(const char *)bytes, length}, &copy);
  return copy;
}
static void *get_room(Reader *reader, size_t size, uint32_t count) {
  void *room = arena_allocate_zeroed(reader->arena, size * ((size_t)count + (count == 0)));
  if (!room && reader->status == OK) reader->status = error_no_memory(reader->error);
  return room;
}
static Str *get_texts(Reader *reader, uint32_t *count) {
  *count = get_count(reader, 4);
  Str *texts = get_room(reader, sizeof *texts, *count);
  for (uint32_t i = 0; texts && i < *count; i++) texts[i] = get_text(reader);
  return texts;
}
static uint32_t *get_numbers(Reader *reader, uint32_t *count) {
  *count = get_count(reader, 4);
  uint32_t *numbers = get_room(reader, sizeof *numbers, *count);
  for (uint32_t i = 0; numbers && i < *count; i++) numbers[i] = get_u32(reader);
  return numbers;
}
static Type get_type(Reader *reader) {
  Type type = TYPE(INVALID);
  uint32_t length = get_u32(reader);
  const uint8_t *bytes = take(reader, length);
  size_t used;
  if (bytes && reader->status == OK)
    reader->status = type_deserialize(reader->arena, reader->error, bytes, length, &used, &type);
  return type;
}

static void get_table(Reader *reader, CatalogTable *table) {
  table->store_table = get_u64(reader);
  table->next_column_id = get_u32(reader);
  table->column_count = get_count(reader, 25);
  table->columns = get_room(reader, sizeof *table->columns, table->column_count);
  for (uint32_t i = 0; table->columns && i < table->column_count; i++) {
    CatalogColumn *column = &table->columns[i];
    column->id = get_u32(reader);
    column->name = get_text(reader);
    column->type = get_type(reader);
    column->default_sql = get_text(reader);
    column->generated_sql = get_text(reader);
    column->not_null = get_u8(reader);
    column->collation = get_text(reader);
    column->comment = get_text(reader);
  }
  table->constraint_count = get_count(reader, 30);
  table->constraints = get_room(reader, sizeof *table->constraints, table->constraint_count);
  for (uint32_t i = 0; table->constraints && i < table->constraint_count; i++) {
    CatalogConstraint *constraint = &table->constraints[i];
    uint32_t foreign_count;
    constraint->kind = get_u8(reader);
    constraint->with_column = get_u8(reader) != 0;
    constraint->name = get_text(reader);
    constraint->columns = get_numbers(reader, &constraint->column_count);
    constraint->check_sql = get_text(reader);
    constraint->foreign_schema = get_text(reader);
    constraint->foreign_table = get_text(reader);
    constraint->foreign_columns = get_texts(reader, &foreign_count);
    if (!foreign_count) constraint->foreign_columns = NULL;
    constraint->index_number = get_u32(reader);
    if (!foreign_count) constraint->foreign_columns = NULL;
    if (foreign_count && foreign_count != constraint->column_count) reader->broken = true;
    for (uint32_t k = 0; constraint->columns && k < constraint->column_count; k++) {
      if (constraint->columns[k] >= table->column_count) reader->broken = true;
    }
  }
}

static void get_view(Reader *reader, CatalogViewEntry *view) {
  view->query_sql = get_text(reader);
  view->column_aliases = get_texts(reader, &view->alias_count);
  view->column_names = get_texts(reader, &view->column_count);
  view->column_types = get_room(reader, sizeof *view->column_types, view->column_count);
  for (uint32_t i = 0; view->column_types && i < view->column_count; i++) view->column_types[i] = get_type(reader);
  if (reader->at == reader->end) return;
  uint32_t count;
  view->column_comments = get_texts(reader, &count);
  if (count != view->column_count) reader->broken = true;
}

static void get_macro(Reader *reader, CatalogMacro *macro) {
  macro->overload_count = get_count(reader, 8);
  macro->overloads = get_room(reader, sizeof *macro->overloads, macro->overload_count);
  for (uint32_t i = 0; macro->overloads && i < macro->overload_count; i++) {
    CatalogMacroOverload *overload = &macro->overloads[i];
    overload->parameter_count = get_count(reader, 12);
    overload->parameters = get_room(reader, sizeof *overload->parameters, overload->parameter_count);
    for (uint32_t p = 0; overload->parameters && p < overload->parameter_count; p++) {
      overload->parameters[p].name = get_text(reader);
      overload->parameters[p].default_sql = get_text(reader);
      overload->parameters[p].type_sql = get_text(reader);
    }
    overload->body_sql = get_text(reader);
  }
}

static Reader open_reader(const StoreObject *object, Arena *arena, Error *error) {
  return (Reader){.at = object->bytes, .end = object->bytes + object->length, .arena = arena, .error = error};
}

static Status finish(const Reader *reader, const StoreObject *object) {
  if (reader->status != OK) return reader->status;
  if (!reader->broken) return OK;
  return error_set(reader->error, ERROR_CORRUPT, -1, "The catalog entry with number %llu is damaged",
                   (unsigned long long)object->id);
}

static Status check_form(Reader *reader, const StoreObject *object) {
  uint8_t form = get_u8(reader);
  if (form == FORM) return OK;
  return error_set(reader->error, ERROR_VERSION, -1,
                   "The catalog entry with number %llu has form %u, which this version does not know",
                   (unsigned long long)object->id, form);
}

Status entry_decode_names(const StoreObject *object, Arena *arena, DirectoryEntry *out, Error *error) {
  Reader reader = open_reader(object, arena, error);
  TRY(check_form(&reader, object));
  out->kind = (uint8_t)object->kind;
  out->id = object->id;
  out->schema = get_text(&reader);
  out->name = get_text(&reader);
  return finish(&reader, object);
}

static size_t size_of_kind(uint32_t kind) {
  switch ((CatalogKind)kind) {
    case CATALOG_TABLE:
      return sizeof(CatalogTable);
    case CATALOG_VIEW:
      return sizeof(CatalogViewEntry);
    case CATALOG_SEQUENCE:
      return sizeof(CatalogSequence);
    case CATALOG_INDEX:
      return sizeof(CatalogIndex);
    case CATALOG_TYPE:
      return sizeof(CatalogType);
    case CATALOG_MACRO:
    case CATALOG_TABLE_MACRO:
      return sizeof(CatalogMacro);
    default:
      return sizeof(CatalogEntry);
  }
}

Status entry_decode(const StoreObject *object, Arena *arena, CatalogEntry **out, Error *error) {
  Reader reader = open_reader(object, arena, error);
  CatalogEntry *entry = arena_allocate_zeroed(arena, size_of_kind(object->kind));
  if (!entry) return error_no_memory(error);
  TRY(check_form(&reader, object));
  entry->kind = (uint8_t)object->kind;
  entry->id = object->id;
  entry->schema = get_text(&reader);
  entry->name = get_text(&reader);
  entry->comment = get_text(&reader);
  switch ((CatalogKind)object->kind) {
    case CATALOG_TABLE:
      get_table(&reader, (CatalogTable *)entry);
      break;
    case CATALOG_VIEW:
      get_view(&reader, (CatalogViewEntry *)entry);
      break;
    case CATALOG_SEQUENCE: {
      CatalogSequence *sequence = (CatalogSequence *)entry;
      sequence->start = (int64_t)get_u64(&reader);
      sequence->increment = (int64_t)get_u64(&reader);
      sequence->minimum = (int64_t)get_u64(&reader);
      sequence->maximum = (int64_t)get_u64(&reader);
      sequence->cycle = get_u8(&reader);
      if (reader.at < reader.end) sequence->owner = get_u64(&reader);
      break;
    }
    case CATALOG_INDEX: {
      CatalogIndex *index = (CatalogIndex *)entry;
      uint32_t expression_count;
      index->table = get_u64(&reader);
      index->table_name = get_text(&reader);
      index->unique = get_u8(&reader);
      index->columns = get_numbers(&reader, &index->column_count);
      index->expressions_sql = get_texts(&reader, &expression_count);
      index->index_number = get_u32(&reader);
      if (!expression_count) index->expressions_sql = NULL;
      if (expression_count && expression_count != index->column_count) reader.broken = true;
      break;
    }
    case CATALOG_TYPE:
      ((CatalogType *)entry)->type = get_type(&reader);
      break;
    case CATALOG_MACRO:
    case CATALOG_TABLE_MACRO:
      get_macro(&reader, (CatalogMacro *)entry);
      break;
    case CATALOG_SCHEMA:
    case CATALOG_NONE:
      break;
  }
  *out = entry;
  return finish(&reader, object);
}
