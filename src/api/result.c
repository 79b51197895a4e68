// SPDX-License-Identifier: MIT
//
// result.c: columns, types and chunks of results as smew.h shows them.
#include "api/api.h"

// ---------------------------------------------------------------------------------------------------------------------
// Types
// ---------------------------------------------------------------------------------------------------------------------

static Status print_type(Arena *arena, Error *error, Type type, const char **out) {
  TextBuilder text;
  Str copy = {0};
  text_init(&text, arena->memory);
  type_print(&text, type);
  Status status = text.failed ? error_no_memory(error) : str_copy(arena, error, text_str(&text), &copy);
  text_free(&text);
  *out = copy.data;
  return status;
}

static Status describe_type(Arena *arena, Error *error, Type type, smew_type *out) {
  out->type = type;
  TRY(print_type(arena, error, type, &out->text));
  if (!type.info) return OK;
  out->child_count = type.info->count;
  if (type.info->types) {
    ARENA_NEW_ARRAY(arena, error, out->children, type.info->count);
    for (uint32_t i = 0; i < type.info->count; i++)
      TRY(describe_type(arena, error, type.info->types[i], &out->children[i]));
  }
  if (!type.info->names) return OK;
  ARENA_NEW_ARRAY(arena, error, out->names, type.info->count);
  for (uint32_t i = 0; i < type.info->count; i++) {
    Str name;
    TRY(str_copy(arena, error, type.info->names[i], &name));
    out->names[i] = name.data;
  }
  return OK;
}

smew_type_id smew_type_kind(const smew_type *type) { return type ? (smew_type_id)type->type.id : SMEW_TYPE_INVALID; }
const char *smew_type_text(const smew_type *type) { return type ? type->text : ""; }
uint8_t smew_type_decimal_width(const smew_type *type) {
  return type && type->type.id == TYPE_DECIMAL ? type->type.width : 0;
}
uint8_t smew_type_decimal_scale(const smew_type *type) {
  return type && type->type.id == TYPE_DECIMAL ? type->type.scale : 0;
}
uint32_t smew_type_array_size(const smew_type *type) { return type ? type->type.array_size : 0; }
uint32_t smew_type_child_count(const smew_type *type) { return type ? type->child_count : 0; }
const smew_type *smew_type_child(const smew_type *type, uint32_t index) {
  return type && type->children && index < type->child_count ? &type->children[index] : NULL;
}
const char *smew_type_child_name(const smew_type *type, uint32_t index) {
  return type && type->names && index < type->child_count ? type->names[index] : NULL;
}

// ---------------------------------------------------------------------------------------------------------------------
// Columns
// ---------------------------------------------------------------------------------------------------------------------

Status result_describe(smew_statement *statement) {
  const PlannedStatement *planned = &statement->planned;
  Error *error = &statement->session->report.error;
  ARENA_NEW_ARRAY(&statement->arena, error, statement->column_types, planned->column_count);
  ARENA_NEW_ARRAY(&statement->arena, error, statement->column_names, planned->column_count);
  for (uint32_t i = 0; i < planned->column_count; i++) {
    Str name;
    TRY(str_copy(&statement->arena, error, planned->names[i], &name));
    statement->column_names[i] = name.data;
    TRY(describe_type(&statement->arena, error, planned->types[i], &statement->column_types[i]));
  }
  return OK;
}

uint32_t smew_column_count(const smew_statement *statement) {
  return statement && statement->column_types && !statement->script ? statement->planned.column_count : 0;
}
const char *smew_column_name(const smew_statement *statement, uint32_t column) {
  return column < smew_column_count(statement) ? statement->column_names[column] : NULL;
}
const smew_type *smew_column_type(const smew_statement *statement, uint32_t column) {
  return column < smew_column_count(statement) ? &statement->column_types[column] : NULL;
}

// ---------------------------------------------------------------------------------------------------------------------
// Chunks by row
// ---------------------------------------------------------------------------------------------------------------------

void result_release(smew_statement *statement) {
  statement->chunk = (smew_chunk){0};
  if (statement->flat.columns) chunk_free(&statement->flat);
  statement->flat = (Chunk){0};
  arena_reset(&statement->chunk_arena);
}

const smew_chunk *smew_statement_chunk(const smew_statement *statement) {
  return statement && statement->chunk.chunk ? &statement->chunk : NULL;
}
uint32_t smew_chunk_row_count(const smew_chunk *chunk) { return chunk ? chunk->chunk->row_count : 0; }
uint32_t smew_chunk_column_count(const smew_chunk *chunk) { return chunk ? chunk->chunk->column_count : 0; }

typedef struct Cell {
  const void *data;
  uint32_t at;
  Type type;
  Physical physical;
  bool valid;
} Cell;

static Cell cell_of(const smew_chunk *chunk, uint32_t column, uint32_t row) {
  ASSERT(column < chunk->chunk->column_count && row < chunk->chunk->row_count);
  const Vector *vector = &chunk->chunk->columns[column];
  VectorView view;
  vector_view(vector, &view);
  uint32_t at = view_row(&view, row);
  return (Cell){view.data, at, vector->type, vector->physical, view_valid(&view, at)};
}

bool smew_is_null(const smew_chunk *chunk, uint32_t column, uint32_t row) { return !cell_of(chunk, column, row).valid; }

static int128 integer_of(Cell cell) {
  if (!cell.valid) return 0;
  switch (cell.physical) {
    case PHYSICAL_BOOL:
    case PHYSICAL_U8:
      return ((const uint8_t *)cell.data)[cell.at];
    case PHYSICAL_I8:
      return ((const int8_t *)cell.data)[cell.at];
    case PHYSICAL_I16:
      return ((const int16_t *)cell.data)[cell.at];
    case PHYSICAL_U16:
      return ((const uint16_t *)cell.data)[cell.at];
    case PHYSICAL_I32:
      return ((const int32_t *)cell.data)[cell.at];
    case PHYSICAL_U32:
      return ((const uint32_t *)cell.data)[cell.at];
    case PHYSICAL_I64:
      return ((const int64_t *)cell.data)[cell.at];
    case PHYSICAL_U64:
      return (int128)((const uint64_t *)cell.data)[cell.at];
    case PHYSICAL_I128:
    case PHYSICAL_U128: {
      int128 value;
      memcpy(&value, (const uint8_t *)cell.data + (size_t)cell.at * 16, sizeof value);
      return value;
    }
    default:
      return 0;
  }
}

bool smew_get_boolean(const smew_chunk *chunk, uint32_t column, uint32_t row) {
  return integer_of(cell_of(chunk, column, row)) != 0;
}
int64_t smew_get_int64(const smew_chunk *chunk, uint32_t column, uint32_t row) {
  return (int64_t)integer_of(cell_of(chunk, column, row));
}
uint64_t smew_get_uint64(const smew_chunk *chunk, uint32_t column, uint32_t row) {
  return (uint64_t)integer_of(cell_of(chunk, column, row));
}

double smew_get_double(const smew_chunk *chunk, uint32_t column, uint32_t row) {
  Cell cell = cell_of(chunk, column, row);
  if (!cell.valid) return 0;
  if (cell.physical == PHYSICAL_F64) return ((const double *)cell.data)[cell.at];
  if (cell.physical == PHYSICAL_F32) return ((const float *)cell.data)[cell.at];
  double value = i128_to_f64(integer_of(cell));
  return cell.type.id == TYPE_DECIMAL ? value / power_of_ten_f64(cell.type.scale) : value;
}

smew_hugeint smew_get_hugeint(const smew_chunk *chunk, uint32_t column, uint32_t row) {
  int128 value = integer_of(cell_of(chunk, column, row));
  return (smew_hugeint){.low = (uint64_t)value, .high = (int64_t)(value >> 64)};
}

smew_interval smew_get_interval(const smew_chunk *chunk, uint32_t column, uint32_t row) {
  Cell cell = cell_of(chunk, column, row);
  if (!cell.valid || cell.physical != PHYSICAL_INTERVAL) return (smew_interval){0, 0, 0};
  const Interval *interval = (const Interval *)cell.data + cell.at;
  return (smew_interval){interval->months, interval->days, interval->micros};
}

smew_text smew_get_bytes(const smew_chunk *chunk, uint32_t column, uint32_t row) {
  Cell cell = cell_of(chunk, column, row);
  if (!cell.valid || cell.physical != PHYSICAL_STRING) return (smew_text){"", 0};
  const StringView *text = (const StringView *)cell.data + cell.at;
  return (smew_text){string_data(text), text->length};
}

smew_status smew_value_text(const smew_chunk *chunk, uint32_t column, uint32_t row, smew_text *out) {
  smew_statement *statement = chunk->statement;
  TextBuilder text;
  Str copy;
  Error ignored;
  text_init(&text, &statement->session->database->memory);
  ASSERT(column < chunk->chunk->column_count && row < chunk->chunk->row_count);
  vector_print_row(&text, &chunk->chunk->columns[column], row, session_zone(&statement->session->facts));
  bool failed = text.failed || str_copy(&statement->chunk_arena, &ignored, text_str(&text), &copy) != OK;
  text_free(&text);
  if (failed) return SMEW_ERROR;
  *out = (smew_text){copy.data, copy.length};
  return SMEW_OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Chunks by column: flat copies, made when they are asked for
// ---------------------------------------------------------------------------------------------------------------------

static Status flatten_all(smew_statement *statement) {
  const Chunk *chunk = statement->chunk.chunk;
  Error *error = &statement->session->report.error;
  Type *types;
  if (statement->flat.columns) return OK;
  ARENA_NEW_ARRAY(&statement->chunk_arena, error, types, chunk->column_count);
  for (uint32_t i = 0; i < chunk->column_count; i++) types[i] = chunk->columns[i].type;
  TRY(chunk_init(&statement->flat, &statement->session->database->memory, types, chunk->column_count, error));
  return chunk_append(&statement->flat, chunk, NULL, 0, chunk->row_count, error);
}

static smew_vector *wrap_vector(smew_statement *statement, const Vector *vector, const smew_type *type,
                                uint32_t row_count) {
  smew_vector *wrapped = arena_allocate_zeroed(&statement->chunk_arena, sizeof *wrapped);
  if (!wrapped) return NULL;
  *wrapped = (smew_vector){.vector = vector, .type = type, .row_count = row_count};
  if (!vector->child_count) return wrapped;
  wrapped->children = arena_allocate_zeroed(&statement->chunk_arena, sizeof *wrapped->children * vector->child_count);
  if (!wrapped->children) return NULL;
  for (uint32_t i = 0; i < vector->child_count; i++) {
    uint32_t rows = row_count;
    if (vector->type.id == TYPE_LIST || vector->type.id == TYPE_MAP) rows = vector->child_rows;
    if (vector->type.id == TYPE_ARRAY) rows = row_count * vector->type.array_size;
    wrapped->children[i] = wrap_vector(statement, &vector->children[i], smew_type_child(type, i), rows);
    if (!wrapped->children[i]) return NULL;
  }
  return wrapped;
}

const smew_vector *smew_chunk_vector(const smew_chunk *chunk, uint32_t column) {
  if (!chunk || column >= chunk->chunk->column_count) return NULL;
  smew_statement *statement = chunk->statement;
  if (flatten_all(statement) != OK) return NULL;
  return wrap_vector(statement, &statement->flat.columns[column], &statement->column_types[column],
                     chunk->chunk->row_count);
}

const smew_type *smew_vector_type(const smew_vector *vector) { return vector ? vector->type : NULL; }
uint32_t smew_vector_row_count(const smew_vector *vector) { return vector ? vector->row_count : 0; }
const void *smew_vector_data(const smew_vector *vector) { return vector ? vector->vector->data : NULL; }
const uint64_t *smew_vector_validity(const smew_vector *vector) { return vector ? vector->vector->validity : NULL; }
const smew_vector *smew_vector_child(const smew_vector *vector, uint32_t index) {
  return vector && index < vector->vector->child_count ? vector->children[index] : NULL;
}
