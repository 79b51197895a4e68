// SPDX-License-Identifier: MIT
//
// file_set.c: which files a reader reads. Globs are the host's; the answers come through the statement's FileKnowledge.
#include "func/table/file_set.h"

typedef ARENA_LIST(ScanFile) FileList;

static bool has_glob(Str path) {
  for (size_t i = 0; i < path.length; i++) {
    if (path.data[i] == '*' || path.data[i] == '?' || path.data[i] == '[') return true;
  }
  return false;
}

// A name that reads as a pattern which nothing matches may be a name all the same: "[x].csv".
static Status add_literal(TableBind *bind, Str path, FileList *list, bool *known) {
  Error no_match = *bind->error;
  Str bytes;
  FileFacts facts;
  bool there;
  if (knowledge_bytes(bind->files, path, 1, &bytes, &facts, &there, bind->error) != OK) {
    *bind->error = no_match;
    return ERROR_NOT_FOUND;
  }
  if (!there) {
    *known = false;
    return OK;
  }
  ScanFile file = {.path = path, .size_bytes = facts.size_bytes, .stamp = facts.stamp};
  ARENA_PUSH(bind->arena, bind->error, list, file);
  return OK;
}

static Status add_pattern(TableBind *bind, Str pattern, FileList *list, bool *known) {
  const FileFacts *facts;
  uint32_t count;
  bool there;
  Status status = knowledge_list(bind->files, pattern, &facts, &count, &there, bind->error);
  if (status == ERROR_NOT_FOUND && memchr(pattern.data, '[', pattern.length))
    return add_literal(bind, pattern, list, known);
  TRY(status);
  if (!there) {
    *known = false;
    return OK;
  }
  for (uint32_t i = 0; i < count; i++) {
    ScanFile file = {.path = facts[i].path, .size_bytes = facts[i].size_bytes, .stamp = facts[i].stamp};
    ARENA_PUSH(bind->arena, bind->error, list, file);
  }
  return OK;
}

Status file_set_expand(TableBind *bind, const Value *argument, FileSet *set, bool *known) {
  FileList list = {0};
  *set = (FileSet){0};
  *known = true;
  const char *function = bind->function->name;
  bool is_list = argument->type.id == TYPE_LIST || argument->type.id == TYPE_ARRAY;
  if (argument->is_null) {
    return error_set(bind->error, ERROR_PARSER, -1, "%s cannot take NULL list as parameter", function);
  }
  if (is_list && argument->nested.count == 0) {
    return error_set(bind->error, ERROR_IO, -1, "%s needs at least one file to read", function);
  }
  uint32_t count = is_list ? argument->nested.count : 1;
  for (uint32_t i = 0; i < count; i++) {
    const Value *item = is_list ? &argument->nested.items[i] : argument;
    if (item->is_null) {
      return error_set(bind->error, ERROR_PARSER, -1, "%s reader cannot take NULL input as parameter", function);
    }
    set->many |= is_list || has_glob(item->text);
    TRY(add_pattern(bind, item->text, &list, known));
  }
  set->files = list.items;
  set->count = list.count;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Partitions
// ---------------------------------------------------------------------------------------------------------------------

typedef struct Partition {
  Str name;
  Str value;
} Partition;
typedef ARENA_LIST(Partition) PartitionList;

// name=value of every directory.
static Status partitions_of(Str path, Arena *arena, Error *error, PartitionList *list) {
  size_t start = 0;
  for (size_t i = 0; i < path.length; i++) {
    if (path.data[i] != '/' && path.data[i] != '\\') continue;
    Str part = {path.data + start, i - start};
    start = i + 1;
    size_t equals;
    if (!str_find(part, STR("="), &equals) || equals == 0 || memchr(part.data, '?', part.length)) continue;
    Partition found = {{part.data, equals}, {part.data + equals + 1, part.length - equals - 1}};
    // sorted by name
    ARENA_PUSH(arena, error, list, found);
    for (uint32_t j = list->count - 1; j > 0 && str_compare(list->items[j - 1].name, list->items[j].name) > 0; j--) {
      Partition swap = list->items[j];
      list->items[j] = list->items[j - 1];
      list->items[j - 1] = swap;
    }
  }
  return OK;
}

static bool same_names(const PartitionList *a, const PartitionList *b) {
  if (a->count != b->count) return false;
  for (uint32_t i = 0; i < a->count; i++) {
    if (!str_equal_nocase(a->items[i].name, b->items[i].name)) return false;
  }
  return true;
}

static int32_t hex_digit(char byte) {
  if (byte >= '0' && byte <= '9') return byte - '0';
  byte |= 32;
  return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

// %20 and so on.
static Status unescape(Arena *arena, Error *error, Str text, Str *out) {
  char *bytes = arena_allocate(arena, text.length + 1);
  if (!bytes) return error_no_memory(error);
  size_t length = 0;
  for (size_t i = 0; i < text.length; i++) {
    if (text.data[i] == '%' && i + 2 < text.length) {
      int32_t high = hex_digit(text.data[i + 1]), low = hex_digit(text.data[i + 2]);
      if (high >= 0 && low >= 0) {
        bytes[length++] = (char)(high * 16 + low);
        i += 2;
        continue;
      }
    }
    bytes[length++] = text.data[i];
  }
  *out = (Str){bytes, length};
  return OK;
}

#define NULL_PARTITION "__HIVE_DEFAULT_PARTITION__"

static bool all_cast(const FileSet *set, uint32_t column, Type type, Arena *arena) {
  for (uint32_t i = 0; i < set->count; i++) {
    Value cast;
    if (!set->files[i].partition[column].is_null &&
        value_cast(arena, &set->files[i].partition[column], type, &cast, NULL) != OK) {
      return false;
    }
  }
  return true;
}

static Status choose_type(const FileSet *set, const PartitionOptions *options, uint32_t column, Arena *arena,
                          Error *error) {
  set->partition_types[column] = TYPE(VARCHAR);
  for (uint32_t i = 0; i < options->type_count; i++) {
    if (str_equal_nocase(options->typed_names[i], set->partition_names[column])) {
      set->partition_types[column] = options->types[i];
      return OK;
    }
  }
  if (!options->guess_types || options->type_count) return OK;
  static const Type CANDIDATES[] = {{.id = TYPE_DATE}, {.id = TYPE_TIMESTAMP}, {.id = TYPE_BIGINT}};
  for (uint32_t i = 0; i < COUNT_OF(CANDIDATES); i++) {
    if (!all_cast(set, column, CANDIDATES[i], arena)) continue;
    set->partition_types[column] = CANDIDATES[i];
    break;
  }
  (void)error;
  return OK;
}

static Status cast_values(FileSet *set, uint32_t column, Arena *arena, Error *error) {
  Type type = set->partition_types[column];
  for (uint32_t i = 0; i < set->count; i++) {
    Value *value = &set->files[i].partition[column], cast;
    if (value->is_null) {
      *value = value_null(type);
      continue;
    }
    if (value_cast(arena, value, type, &cast, NULL) != OK) {
      TextBuilder text;
      text_init(&text, arena->memory);
      text_format(&text, "Unable to cast '%.*s' (from hive partition column '", STR_ARG(value->text));
      for (size_t j = 0; j < set->partition_names[column].length; j++) {
        char byte = set->partition_names[column].data[j];
        text_append_char(&text, byte >= 'a' && byte <= 'z' ? (char)(byte - 32) : byte);
      }
      text_append(&text, STR("') to: '"));
      type_print(&text, type);
      text_append_char(&text, '\'');
      Status status = text.failed ? error_no_memory(error)
                                  : error_set(error, ERROR_INVALID_INPUT, -1, "%.*s", (int)text.length, text.data);
      text_free(&text);
      return status;
    }
    *value = cast;
  }
  return OK;
}

Status file_set_partitions(FileSet *set, const PartitionOptions *options, Arena *arena, Error *error) {
  if (options->refused || set->count == 0) return OK;
  PartitionList first = {0};
  TRY(partitions_of(set->files[0].path, arena, error, &first));
  PartitionList *lists;
  ARENA_NEW_ARRAY(arena, error, lists, set->count);
  for (uint32_t i = 0; i < set->count; i++) {
    TRY(partitions_of(set->files[i].path, arena, error, &lists[i]));
    if (same_names(&first, &lists[i])) continue;
    if (!options->wanted) return OK;
    return error_set(error, ERROR_BINDER, -1,
                     "Hive partition mismatch between file \"%.*s\" and \"%.*s\": the partition columns differ",
                     STR_ARG(set->files[0].path), STR_ARG(set->files[i].path));
  }
  if (first.count == 0) return OK;
  set->partition_count = first.count;
  ARENA_NEW_ARRAY(arena, error, set->partition_names, first.count);
  ARENA_NEW_ARRAY(arena, error, set->partition_types, first.count);
  for (uint32_t j = 0; j < first.count; j++) TRY(str_copy(arena, error, first.items[j].name, &set->partition_names[j]));
  for (uint32_t i = 0; i < set->count; i++) {
    ARENA_NEW_ARRAY(arena, error, set->files[i].partition, first.count);
    for (uint32_t j = 0; j < first.count; j++) {
      Str value;
      TRY(unescape(arena, error, lists[i].items[j].value, &value));
      bool is_null = str_equal(value, STR(NULL_PARTITION)) || str_equal_nocase(value, STR("NULL"));
      set->files[i].partition[j] = is_null ? value_null(TYPE(VARCHAR)) : value_text(value);
    }
  }
  for (uint32_t j = 0; j < first.count; j++) {
    TRY(choose_type(set, options, j, arena, error));
    TRY(cast_values(set, j, arena, error));
  }
  return OK;
}
