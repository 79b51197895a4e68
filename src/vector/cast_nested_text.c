// SPDX-License-Identifier: MIT
//
// cast_nested_text.c: VARCHAR to LIST, ARRAY, STRUCT and MAP. A text is split into the texts of its children, which are
// collected in VARCHAR vectors and cast from there: nesting in the text becomes nesting of casts, bounded by the type.
//
//   [1, 'a, b', NULL, [x]]      {'a': 1, b: "x"}      (1, x)      {key=value, 'k 2'=[1, 2]}
//
// Outside of inner brackets quotes are taken away and \ escapes within them; inner brackets keep their text as it is.
// Outside of quotes \ takes their meaning from quotes only.
#include "vector/cast.h"

typedef struct Splitter {
  Str text;
  size_t at;
  TextBuilder item; // the item just taken, unquoted
  bool item_quoted; // some of it stood in quotes: it is not NULL and not trimmed away
} Splitter;

static bool splitter_end(const Splitter *splitter) { return splitter->at >= splitter->text.length; }
static char splitter_peek(const Splitter *splitter) {
  return splitter_end(splitter) ? '\0' : splitter->text.data[splitter->at];
}

static void splitter_skip_spaces(Splitter *splitter) {
  while (!splitter_end(splitter) && text_is_space(splitter_peek(splitter))) splitter->at++;
}

static bool splitter_take(Splitter *splitter, char wanted) {
  if (splitter_end(splitter) || splitter_peek(splitter) != wanted) return false;
  splitter->at++;
  return true;
}

// From an opening quote to its closing one. Raw: quotes and escapes are kept, for the cast of the inner value.
static bool take_quoted(Splitter *splitter, bool raw) {
  char quote = splitter->text.data[splitter->at++];
  if (raw) text_append_char(&splitter->item, quote);
  while (!splitter_end(splitter)) {
    char byte = splitter->text.data[splitter->at++];
    if (byte == quote) {
      if (raw) text_append_char(&splitter->item, quote);
      return true;
    }
    if (byte == '\\' && !splitter_end(splitter)) {
      if (raw) text_append_char(&splitter->item, byte);
      byte = splitter->text.data[splitter->at++];
    }
    text_append_char(&splitter->item, byte);
  }
  return false;
}

static bool is_opening(char byte) { return byte == '[' || byte == '{' || byte == '('; }
static bool is_closing(char byte) { return byte == ']' || byte == '}' || byte == ')'; }

// An item up to one of two stop characters outside quotes and inner brackets; the stop is left. False: the text ends.
static bool take_item(Splitter *splitter, char stop, char other_stop) {
  text_clear(&splitter->item);
  splitter->item_quoted = false;
  splitter_skip_spaces(splitter);
  size_t depth = 0;
  size_t kept = 0; // length without the spaces at the end
  while (!splitter_end(splitter)) {
    char byte = splitter_peek(splitter);
    if (!depth && (byte == stop || byte == other_stop)) {
      splitter->item.length = kept;
      return true;
    }
    if (byte == '\\' && splitter->at + 1 < splitter->text.length) {
      char next = splitter->text.data[splitter->at + 1];
      if (next == '"' || next == '\'') {
        if (depth) text_append_char(&splitter->item, byte);
        text_append_char(&splitter->item, next);
        kept = splitter->item.length;
        splitter->at += 2;
        continue;
      }
    }
    if (byte == '"' || byte == '\'') {
      splitter->item_quoted |= !depth;
      if (!take_quoted(splitter, depth > 0)) return false;
      kept = splitter->item.length;
      continue;
    }
    if (is_opening(byte)) depth++;
    if (is_closing(byte) && depth) depth--;
    text_append_char(&splitter->item, byte);
    if (!text_is_space(byte)) kept = splitter->item.length;
    splitter->at++;
  }
  return false;
}

static bool item_is_null(const Splitter *splitter) {
  return !splitter->item_quoted && str_equal_nocase(text_str(&splitter->item), STR("NULL"));
}

static bool splitter_finish(Splitter *splitter) {
  splitter_skip_spaces(splitter);
  return splitter_end(splitter);
}

// ---------------------------------------------------------------------------------------------------------------------
// Texts of children
// ---------------------------------------------------------------------------------------------------------------------

// A VARCHAR vector that grows.
typedef struct ItemTexts {
  Vector vector;
  uint32_t count;
} ItemTexts;

static Status item_texts_set(ItemTexts *texts, uint32_t row, const Splitter *splitter, Error *error) {
  if (splitter->item.failed) return error_no_memory(error);
  if (item_is_null(splitter)) return vector_set_null(&texts->vector, row, error);
  if (texts->vector.validity) bit_set(texts->vector.validity, row);
  return vector_set_string(&texts->vector, row, text_str(&splitter->item), error);
}

static Status item_texts_push(ItemTexts *texts, const Splitter *splitter, Error *error) {
  if (texts->count == texts->vector.capacity) TRY(vector_reserve(&texts->vector, texts->count * 2 + 64, error));
  return item_texts_set(texts, texts->count++, splitter, error);
}

// Casts all texts into the whole of a child vector.
static Status cast_item_texts(const Cast *cast, const ItemTexts *texts, uint32_t count, Vector *target) {
  Error *error = cast->context->error;
  TRY(vector_reserve(target, count, error));
  Cast inner = {cast->context, &texts->vector, count, target};
  TRY(cast_run(&inner));
  return vector_flatten(target, count, error);
}

static Status row_not_split(const Cast *cast, uint32_t row, Str text) {
  char buffer[TYPE_TEXT_CAPACITY];
  Str type = type_text(cast->result->type, cast->context->memory, buffer);
  return cast_row_failed(
      cast, row, "Type VARCHAR with value '%.*s' can't be cast to the destination type %.*s%s", STR_ARG(text),
      STR_ARG(type),
      cast->result->type.id == TYPE_ARRAY ? ", the size of the array must match the destination type" : "");
}

// ---------------------------------------------------------------------------------------------------------------------
// LIST and ARRAY
// ---------------------------------------------------------------------------------------------------------------------

// Pushes the items of one text; *valid false: it is no list.
static Status split_list(Splitter *splitter, ItemTexts *texts, bool *valid, Error *error) {
  *valid = false;
  splitter_skip_spaces(splitter);
  if (!splitter_take(splitter, '[')) return OK;
  splitter_skip_spaces(splitter);
  if (!splitter_take(splitter, ']')) {
    do {
      if (!take_item(splitter, ',', ']')) return OK;
      TRY(item_texts_push(texts, splitter, error));
    } while (splitter_take(splitter, ','));
    splitter->at++; // the closing bracket
  }
  *valid = splitter_finish(splitter);
  return OK;
}

static Status split_list_rows(const Cast *cast, Splitter *splitter, ItemTexts *texts, uint32_t count) {
  VectorView view;
  vector_view(cast->source, &view);
  Error *error = cast->context->error;
  bool to_array = cast->result->type.id == TYPE_ARRAY;
  uint32_t size = cast->result->type.array_size;
  ListEntry *entries = cast->result->data;
  for (uint32_t row = 0; row < count; row++) {
    uint32_t before = texts->count;
    bool valid = false;
    bool present = result_row_valid(cast, row);
    if (present) {
      splitter->text = string_str(&((const StringView *)view.data)[view_row(&view, row)]);
      splitter->at = 0;
      TRY(split_list(splitter, texts, &valid, error));
      if (to_array && texts->count - before != size) valid = false;
      if (!valid) {
        texts->count = before;
        TRY(row_not_split(cast, row, splitter->text));
      }
    }
    if (!to_array) {
      entries[row] = (ListEntry){before, texts->count - before};
      continue;
    }
    // The rows of an array are all there, NULL ones with NULL elements.
    splitter->item_quoted = false;
    text_clear(&splitter->item);
    text_append(&splitter->item, STR("NULL"));
    while (!valid && texts->count < before + size) TRY(item_texts_push(texts, splitter, error));
  }
  cast->result->child_rows = to_array ? 0 : texts->count;
  return OK;
}

static Status text_to_lists(const Cast *cast, Splitter *splitter, uint32_t count) {
  ItemTexts texts = {0};
  Status status =
      vector_init(&texts.vector, cast->context->memory, TYPE(VARCHAR), VECTOR_CAPACITY, cast->context->error);
  if (status == OK) status = split_list_rows(cast, splitter, &texts, count);
  if (status == OK) status = cast_item_texts(cast, &texts, texts.count, &cast->result->children[0]);
  vector_free(&texts.vector);
  return status;
}

// ---------------------------------------------------------------------------------------------------------------------
// STRUCT
// ---------------------------------------------------------------------------------------------------------------------

static uint32_t find_field(const TypeInfo *info, Str name) {
  for (uint32_t i = 0; info->names && i < info->count; i++) {
    if (str_equal(info->names[i], name)) return i;
  }
  return info->count;
}

// {name: value, …}; fields that are not named stay NULL.
static Status split_named_struct(Splitter *splitter, const TypeInfo *info, ItemTexts *fields, uint32_t row, bool *valid,
                                 Error *error) {
  splitter_skip_spaces(splitter);
  if (!splitter_take(splitter, '}')) {
    do {
      if (!take_item(splitter, ':', '}')) return OK;
      uint32_t field = find_field(info, text_str(&splitter->item));
      if (field == info->count || !splitter_take(splitter, ':')) return OK;
      if (!take_item(splitter, ',', '}')) return OK;
      TRY(item_texts_set(&fields[field], row, splitter, error));
    } while (splitter_take(splitter, ','));
    splitter->at++;
  }
  *valid = splitter_finish(splitter);
  return OK;
}

// (value, …): values of the first fields; the others stay NULL.
static Status split_row_struct(Splitter *splitter, const TypeInfo *info, ItemTexts *fields, uint32_t row, bool *valid,
                               Error *error) {
  uint32_t field = 0;
  splitter_skip_spaces(splitter);
  if (splitter_take(splitter, ')')) {
    *valid = splitter_finish(splitter);
    return OK;
  }
  do {
    if (field == info->count || !take_item(splitter, ',', ')')) return OK;
    TRY(item_texts_set(&fields[field++], row, splitter, error));
  } while (splitter_take(splitter, ','));
  splitter->at++;
  *valid = splitter_finish(splitter);
  return OK;
}

static Status split_struct_rows(const Cast *cast, Splitter *splitter, ItemTexts *fields, uint32_t count) {
  VectorView view;
  vector_view(cast->source, &view);
  Error *error = cast->context->error;
  const TypeInfo *info = cast->result->type.info;
  for (uint32_t row = 0; row < count; row++) {
    for (uint32_t i = 0; i < info->count; i++) TRY(vector_set_null(&fields[i].vector, row, error));
    if (!result_row_valid(cast, row)) continue;
    bool valid = false;
    splitter->text = string_str(&((const StringView *)view.data)[view_row(&view, row)]);
    splitter->at = 0;
    splitter_skip_spaces(splitter);
    if (splitter_take(splitter, '{')) {
      TRY(split_named_struct(splitter, info, fields, row, &valid, error));
    } else if (splitter_take(splitter, '(')) {
      TRY(split_row_struct(splitter, info, fields, row, &valid, error));
    }
    if (valid) continue;
    for (uint32_t i = 0; i < info->count; i++) TRY(vector_set_null(&fields[i].vector, row, error));
    TRY(row_not_split(cast, row, splitter->text));
  }
  return OK;
}

static Status text_to_structs(const Cast *cast, Splitter *splitter, uint32_t count) {
  uint32_t field_count = cast->result->type.info->count;
  Memory *memory = cast->context->memory;
  size_t bytes = sizeof(ItemTexts) * MAX_OF(field_count, 1u);
  ItemTexts *fields = memory_allocate_zeroed(memory, bytes);
  if (!fields) return error_no_memory(cast->context->error);
  Status status = OK;
  for (uint32_t i = 0; i < field_count && status == OK; i++) {
    status = vector_init(&fields[i].vector, memory, TYPE(VARCHAR), count, cast->context->error);
  }
  if (status == OK) status = split_struct_rows(cast, splitter, fields, count);
  for (uint32_t i = 0; i < field_count && status == OK; i++) {
    status = cast_item_texts(cast, &fields[i], count, &cast->result->children[i]);
  }
  for (uint32_t i = 0; i < field_count; i++) vector_free(&fields[i].vector);
  memory_free(memory, fields, bytes);
  return status;
}

// ---------------------------------------------------------------------------------------------------------------------
// MAP
// ---------------------------------------------------------------------------------------------------------------------

static Status split_map(Splitter *splitter, ItemTexts *keys, ItemTexts *values, bool *valid, Error *error) {
  *valid = false;
  splitter_skip_spaces(splitter);
  if (!splitter_take(splitter, '{')) return OK;
  splitter_skip_spaces(splitter);
  if (!splitter_take(splitter, '}')) {
    do {
      if (!take_item(splitter, '=', '}') || item_is_null(splitter)) return OK;
      TRY(item_texts_push(keys, splitter, error));
      if (!splitter_take(splitter, '=') || !take_item(splitter, ',', '}')) return OK;
      TRY(item_texts_push(values, splitter, error));
    } while (splitter_take(splitter, ','));
    splitter->at++;
  }
  *valid = splitter_finish(splitter);
  return OK;
}

static Status split_map_rows(const Cast *cast, Splitter *splitter, ItemTexts *keys, ItemTexts *values, uint32_t count) {
  VectorView view;
  vector_view(cast->source, &view);
  ListEntry *entries = cast->result->data;
  for (uint32_t row = 0; row < count; row++) {
    uint32_t before = values->count;
    if (result_row_valid(cast, row)) {
      bool valid;
      splitter->text = string_str(&((const StringView *)view.data)[view_row(&view, row)]);
      splitter->at = 0;
      TRY(split_map(splitter, keys, values, &valid, cast->context->error));
      if (!valid) {
        values->count = before;
        TRY(row_not_split(cast, row, splitter->text));
      }
      keys->count = values->count;
    }
    entries[row] = (ListEntry){before, values->count - before};
  }
  cast->result->child_rows = values->count;
  return OK;
}

// A key that could not be cast (TRY_CAST) leaves no map.
static Status check_keys(const Cast *cast, uint32_t count) {
  ListEntry *entries = cast->result->data;
  const Vector *keys = &cast->result->children[0].children[0];
  for (uint32_t row = 0; row < count; row++) {
    for (uint32_t i = 0; i < entries[row].length; i++) {
      if (!vector_row_valid(keys, entries[row].offset + i)) {
        entries[row].length = 0;
        TRY(vector_set_null(cast->result, row, cast->context->error));
      }
      for (uint32_t k = 0; k < i && i < entries[row].length; k++) {
        if (vector_compare_rows(keys, entries[row].offset + i, keys, entries[row].offset + k)) continue;
        return error_set(cast->context->error, ERROR_INVALID_INPUT, cast->context->position,
                         "Map keys must be unique.");
      }
    }
  }
  return OK;
}

static Status text_to_maps(const Cast *cast, Splitter *splitter, uint32_t count) {
  ItemTexts keys = {0}, values = {0};
  Memory *memory = cast->context->memory;
  Error *error = cast->context->error;
  Vector *pairs = &cast->result->children[0];
  Status status = vector_init(&keys.vector, memory, TYPE(VARCHAR), VECTOR_CAPACITY, error);
  if (status == OK) status = vector_init(&values.vector, memory, TYPE(VARCHAR), VECTOR_CAPACITY, error);
  if (status == OK) status = split_map_rows(cast, splitter, &keys, &values, count);
  if (status == OK) status = vector_reserve(pairs, values.count, error);
  if (status == OK) status = cast_item_texts(cast, &keys, values.count, &pairs->children[0]);
  if (status == OK) status = cast_item_texts(cast, &values, values.count, &pairs->children[1]);
  if (status == OK) status = check_keys(cast, count);
  vector_free(&keys.vector);
  vector_free(&values.vector);
  return status;
}

Status cast_text_to_nested(const Cast *cast) {
  uint32_t count = 0;
  TRY(kernel_begin(&cast->source, 1, cast->row_count, cast->result, &count, cast->context->error));
  cast->result->form = VECTOR_FLAT; // while it is written; see cast_nested
  Splitter splitter = {0};
  text_init(&splitter.item, cast->context->memory);
  Status status;
  switch (cast->result->type.id) {
    case TYPE_LIST:
    case TYPE_ARRAY:
      status = text_to_lists(cast, &splitter, count);
      break;
    case TYPE_MAP:
      status = text_to_maps(cast, &splitter, count);
      break;
    default:
      status = text_to_structs(cast, &splitter, count);
  }
  text_free(&splitter.item);
  return status;
}
