// SPDX-License-Identifier: MIT
//
// vector_helpers.h: what the tests of vector/ share: types from their printed form, vectors from texts.
#ifndef SMEW_VECTOR_HELPERS_H
#define SMEW_VECTOR_HELPERS_H

#include "unit.h"
#include "vector/vector.h"

typedef struct Bench {
  Memory memory;
  Arena arena;
  Error error;
} Bench;

static inline void bench_open(Bench *bench) {
  memset(bench, 0, sizeof *bench);
  memory_init(&bench->memory, 0);
  arena_init(&bench->arena, &bench->memory);
}

// Everything must have been given back.
static inline void bench_close(Bench *bench) {
  arena_free(&bench->arena);
  CHECK_EQ_INT(bench->memory.used_bytes, 0);
}

static inline void skip_blanks(const char **next) {
  while (**next == ' ') (*next)++;
}

static inline Str take_name(const char **next) {
  skip_blanks(next);
  Str name = {*next, 0};
  if (**next == '\'' || **next == '"') {
    char quote = *(*next)++;
    name.data = *next;
    while (**next != quote) (*next)++;
    name.length = (size_t)(*next - name.data);
    (*next)++;
    return name;
  }
  while (**next && !strchr(" ,()[]", **next)) (*next)++;
  name.length = (size_t)(*next - name.data);
  return name;
}

static inline Type parse_type_at(Bench *bench, const char **next) {
  Str name = take_name(next);
  Type type = {0};
  Type types[16];
  Str names[16];
  uint32_t count = 0;
  if (str_equal(name, STR("DECIMAL")) && **next == '(') {
    uint32_t width = (uint32_t)strtoul(*next + 1, (char **)next, 10);
    uint32_t scale = (uint32_t)strtoul(*next + 1, (char **)next, 10);
    type = type_decimal(width, scale);
    (*next)++;
  } else if (**next == '(') {
    do {
      (*next)++;
      skip_blanks(next);
      if (str_equal(name, STR("MAP"))) {
        types[count++] = parse_type_at(bench, next);
      } else {
        names[count] = take_name(next);
        if (!str_equal(name, STR("ENUM"))) types[count] = parse_type_at(bench, next);
        count++;
      }
      skip_blanks(next);
    } while (**next == ',');
    (*next)++;
    Status status = ERROR_INTERNAL;
    if (str_equal(name, STR("MAP"))) status = type_make_map(&bench->arena, &bench->error, types[0], types[1], &type);
    if (str_equal(name, STR("STRUCT")))
      status = type_make_struct(&bench->arena, &bench->error, types, names, count, &type);
    if (str_equal(name, STR("UNION")))
      status = type_make_union(&bench->arena, &bench->error, types, names, count, &type);
    if (str_equal(name, STR("ENUM"))) status = type_make_enum(&bench->arena, &bench->error, names, count, &type);
    CHECK_EQ_INT(status, OK);
  } else if (!type_from_name(name, &type)) {
    UNIT_FAIL("no type %.*s", STR_ARG(name));
  }
  while (**next == '[') {
    uint32_t size = (uint32_t)strtoul(*next + 1, (char **)next, 10);
    (*next)++;
    Type element = type;
    Status status = size ? type_make_array(&bench->arena, &bench->error, element, size, &type)
                         : type_make_list(&bench->arena, &bench->error, element, &type);
    CHECK_EQ_INT(status, OK);
  }
  return type;
}

static inline Type parse_type(Bench *bench, const char *text) { return parse_type_at(bench, &text); }

// A VARCHAR text cast to the type; the text "NULL" is NULL.
static inline Value parse_value(Bench *bench, Type type, const char *text) {
  Value out = value_null(type);
  if (strcmp(text, "NULL") == 0) return out;
  Value source = value_text(str_from(text));
  CHECK_OK(value_cast(&bench->arena, &source, type, &out, &bench->error), &bench->error);
  return out;
}

// A flat vector of the texts.
static inline void make_vector(Bench *bench, Vector *vector, Type type, const char *const *texts, uint32_t count) {
  CHECK_OK(vector_init(vector, &bench->memory, type, MAX_OF(count, 1u), &bench->error), &bench->error);
  for (uint32_t i = 0; i < count; i++) {
    Value value = parse_value(bench, type, texts[i]);
    CHECK_OK(vector_set_value(vector, i, &value, &bench->error), &bench->error);
  }
}

// The printed form of a row, in the arena.
static inline Str row_text(Bench *bench, const Vector *vector, uint32_t row) {
  TextBuilder text;
  text_init(&text, &bench->memory);
  vector_print_row(&text, vector, row, (TimeZone){0});
  Str copy = {0};
  CHECK_OK(str_copy(&bench->arena, &bench->error, text_str(&text), &copy), &bench->error);
  text_free(&text);
  return copy;
}

static inline Str type_as_text(Bench *bench, Type type) {
  TextBuilder text;
  text_init(&text, &bench->memory);
  type_print(&text, type);
  Str copy = {0};
  CHECK_OK(str_copy(&bench->arena, &bench->error, text_str(&text), &copy), &bench->error);
  text_free(&text);
  return copy;
}

#endif
