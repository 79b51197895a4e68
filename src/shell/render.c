// SPDX-License-Identifier: MIT
//
// render.c: results row by row, as they come: csv, tabs, list, line, json, jsonlines, insert, quote, html; each as DuckDB's shell prints
// it. Modes that need the widths of all rows are render_table.c's.
#include <stdlib.h>

#include "shell/shell.h"
#include "vector/vector.h"

static const char *const MODE_NAMES[MODE_COUNT] = {"duckbox", "box",   "table", "column", "markdown", "latex",
                                                   "csv",     "tabs",  "list",  "line",   "json",     "jsonlines",
                                                   "insert",  "quote", "html",  "trash"};

const char *mode_name(Mode mode) { return MODE_NAMES[mode]; }

bool mode_from_name(const char *name, Mode *mode) {
  for (uint32_t i = 0; i < MODE_COUNT; i++) {
    if (!str_equal_nocase(str_from(name), str_from(MODE_NAMES[i]))) continue;
    *mode = (Mode)i;
    return true;
  }
  return false;
}

struct Renderer {
  Shell *shell;
  smew_statement *statement;
  FILE *output;
  Mode mode;
  Table *table; // modes of render_table.c
  uint32_t column_count;
  uint64_t row_count;
  TextBuilder text; // of a chunk
};

// ---------------------------------------------------------------------------------------------------------------------
// Values
// ---------------------------------------------------------------------------------------------------------------------

static void append_json_text(TextBuilder *out, const char *data, size_t length) {
  text_append_char(out, '"');
  for (size_t i = 0; i < length; i++) {
    uint8_t byte = (uint8_t)data[i];
    switch (byte) {
      case '"':
      case '\\':
        text_append_char(out, '\\');
        text_append_char(out, (char)byte);
        break;
      case '\b':
        text_append(out, STR("\\b"));
        break;
      case '\f':
        text_append(out, STR("\\f"));
        break;
      case '\n':
        text_append(out, STR("\\n"));
        break;
      case '\r':
        text_append(out, STR("\\r"));
        break;
      case '\t':
        text_append(out, STR("\\t"));
        break;
      default:
        if (byte < 0x20)
          text_format(out, "\\u%04x", byte);
        else
          text_append_char(out, (char)byte);
    }
  }
  text_append_char(out, '"');
}

static bool is_number(smew_type_id type) {
  return (type >= SMEW_TYPE_TINYINT && type <= SMEW_TYPE_UBIGINT) || type == SMEW_TYPE_FLOAT ||
         type == SMEW_TYPE_DOUBLE || type == SMEW_TYPE_DECIMAL;
}

// A number as JSON has it: no nan and inf.
static void append_json_number(TextBuilder *out, const char *text, size_t length) {
  bool finite = length && (text[length - 1] >= '0' && text[length - 1] <= '9');
  if (finite)
    text_append(out, (Str){text, length});
  else
    append_json_text(out, text, length);
}

static void append_json_vector(TextBuilder *out, const smew_vector *vector, uint32_t row, uint32_t depth);

static void append_json_list(TextBuilder *out, const smew_vector *items, uint32_t offset, uint32_t length,
                             uint32_t depth) {
  text_append_char(out, '[');
  for (uint32_t i = 0; i < length; i++) {
    if (i) text_append_char(out, ',');
    append_json_vector(out, items, offset + i, depth + 1);
  }
  text_append_char(out, ']');
}

// {"a":1,"b":2} of a STRUCT's children; a MAP's entries are its rows.
static void append_json_struct(TextBuilder *out, const smew_vector *vector, uint32_t row, uint32_t depth) {
  const smew_type *type = smew_vector_type(vector);
  text_append_char(out, '{');
  for (uint32_t i = 0; i < smew_type_child_count(type); i++) {
    const char *name = smew_type_child_name(type, i);
    if (i) text_append_char(out, ',');
    append_json_text(out, name ? name : "", name ? strlen(name) : 0);
    text_append_char(out, ':');
    append_json_vector(out, smew_vector_child(vector, i), row, depth + 1);
  }
  text_append_char(out, '}');
}

static void append_json_map(TextBuilder *out, const smew_vector *entries, uint32_t offset, uint32_t length,
                            uint32_t depth) {
  const smew_vector *keys = smew_vector_child(entries, 0), *values = smew_vector_child(entries, 1);
  text_append_char(out, '{');
  for (uint32_t i = 0; i < length; i++) {
    if (i) text_append_char(out, ',');
    size_t start = out->length;
    append_json_vector(out, keys, offset + i, depth + 1);
    if (!out->failed && out->data[start] != '"') { // keys are texts
      size_t key_length = out->length - start;
      char *key = malloc(key_length);
      if (key) {
        memcpy(key, out->data + start, key_length);
        out->length = start;
        append_json_text(out, key, key_length);
        free(key);
      }
    }
    text_append_char(out, ':');
    append_json_vector(out, values, offset + i, depth + 1);
  }
  text_append_char(out, '}');
}

static void append_json_scalar(TextBuilder *out, const smew_vector *vector, uint32_t row) {
  const void *data = smew_vector_data(vector);
  char number[64];
  switch (smew_type_kind(smew_vector_type(vector))) {
    case SMEW_TYPE_BOOLEAN:
      text_append(out, ((const uint8_t *)data)[row] ? STR("true") : STR("false"));
      return;
    case SMEW_TYPE_TINYINT:
      text_format(out, "%d", ((const int8_t *)data)[row]);
      return;
    case SMEW_TYPE_SMALLINT:
      text_format(out, "%d", ((const int16_t *)data)[row]);
      return;
    case SMEW_TYPE_INTEGER:
      text_format(out, "%d", ((const int32_t *)data)[row]);
      return;
    case SMEW_TYPE_BIGINT:
      text_format(out, "%lld", (long long)((const int64_t *)data)[row]);
      return;
    case SMEW_TYPE_UTINYINT:
      text_format(out, "%u", ((const uint8_t *)data)[row]);
      return;
    case SMEW_TYPE_USMALLINT:
      text_format(out, "%u", ((const uint16_t *)data)[row]);
      return;
    case SMEW_TYPE_UINTEGER:
      text_format(out, "%u", ((const uint32_t *)data)[row]);
      return;
    case SMEW_TYPE_UBIGINT:
      text_format(out, "%llu", (unsigned long long)((const uint64_t *)data)[row]);
      return;
    case SMEW_TYPE_FLOAT:
      append_json_number(out, number, number_write_f32(number, ((const float *)data)[row]));
      return;
    case SMEW_TYPE_DOUBLE:
      append_json_number(out, number, number_write_f64(number, ((const double *)data)[row]));
      return;
    case SMEW_TYPE_VARCHAR: {
      const smew_string *string = (const smew_string *)data + row;
      append_json_text(out, smew_string_data(string), string->near.length);
      return;
    }
    default: { // its own text form has no access by vector: the type's name tells what was left out
      const char *type = smew_type_text(smew_vector_type(vector));
      append_json_text(out, type, strlen(type));
    }
  }
}

// Depth of nesting is that of the type; counted all the same.
static void append_json_vector(TextBuilder *out, const smew_vector *vector, uint32_t row, uint32_t depth) {
  const uint64_t *validity = smew_vector_validity(vector);
  if (depth > 64 || (validity && !(validity[row / 64] >> (row % 64) & 1))) {
    text_append(out, STR("null"));
    return;
  }
  const smew_type *type = smew_vector_type(vector);
  switch (smew_type_kind(type)) {
    case SMEW_TYPE_LIST: {
      smew_list_entry entry = ((const smew_list_entry *)smew_vector_data(vector))[row];
      append_json_list(out, smew_vector_child(vector, 0), entry.offset, entry.length, depth);
      return;
    }
    case SMEW_TYPE_MAP: {
      smew_list_entry entry = ((const smew_list_entry *)smew_vector_data(vector))[row];
      append_json_map(out, smew_vector_child(vector, 0), entry.offset, entry.length, depth);
      return;
    }
    case SMEW_TYPE_ARRAY: {
      uint32_t size = smew_type_array_size(type);
      append_json_list(out, smew_vector_child(vector, 0), row * size, size, depth);
      return;
    }
    case SMEW_TYPE_STRUCT:
      append_json_struct(out, vector, row, depth);
      return;
    default:
      append_json_scalar(out, vector, row);
  }
}

// Are all parts of a nested type such that their JSON can be made from the vectors?
static bool json_plain(const smew_type *type) {
  smew_type_id kind = smew_type_kind(type);
  if (kind == SMEW_TYPE_UNION || kind == SMEW_TYPE_ENUM) return false;
  bool nested = kind == SMEW_TYPE_LIST || kind == SMEW_TYPE_ARRAY || kind == SMEW_TYPE_MAP || kind == SMEW_TYPE_STRUCT;
  for (uint32_t i = 0; nested && i < smew_type_child_count(type); i++) {
    if (!json_plain(smew_type_child(type, i))) return false;
  }
  return nested || kind == SMEW_TYPE_VARCHAR || kind == SMEW_TYPE_BOOLEAN ||
         (is_number(kind) && kind != SMEW_TYPE_DECIMAL && kind != SMEW_TYPE_HUGEINT);
}

void render_json_value(TextBuilder *out, const smew_vector *vector, uint32_t row, smew_text text) {
  const smew_type *type = smew_vector_type(vector);
  smew_type_id kind = smew_type_kind(type);
  if (is_number(kind))
    append_json_number(out, text.data, text.length);
  else if (kind == SMEW_TYPE_BOOLEAN)
    text_append(out, (Str){text.data, text.length});
  else if (kind >= SMEW_TYPE_LIST && json_plain(type))
    append_json_vector(out, vector, row, 0);
  else
    append_json_text(out, text.data, text.length);
}

static void append_quoted(TextBuilder *out, const char *data, size_t length, char quote) {
  text_append_char(out, quote);
  for (size_t i = 0; i < length; i++) {
    if (data[i] == quote) text_append_char(out, quote);
    text_append_char(out, data[i]);
  }
  text_append_char(out, quote);
}

// Quoted where anything but plain ASCII is in it.
static void append_csv(TextBuilder *out, const char *data, size_t length, const char *separator) {
  bool quote = false;
  for (size_t i = 0; i < length && !quote; i++) {
    uint8_t byte = (uint8_t)data[i];
    quote = byte < 0x20 || byte >= 0x7F || byte == '"' || byte == '\'' || data[i] == separator[0];
  }
  if (quote)
    append_quoted(out, data, length, '"');
  else
    text_append(out, (Str){data, length});
}

// A literal on one line: concat('two', chr(10), 'lines').
static void append_sql_text(TextBuilder *out, smew_text text) {
  bool apart = false;
  for (size_t i = 0; i < text.length && !apart; i++)
    apart = text.data[i] == '\n' || text.data[i] == '\r' || !text.data[i];
  if (!apart) {
    append_quoted(out, text.data, text.length, '\'');
    return;
  }
  text_append(out, STR("concat('"));
  for (size_t i = 0; i < text.length; i++) {
    char byte = text.data[i];
    if (byte == '\n' || byte == '\r' || !byte) {
      text_format(out, "', chr(%d), '", byte);
    } else {
      if (byte == '\'') text_append_char(out, byte);
      text_append_char(out, byte);
    }
  }
  text_append(out, STR("')"));
}

static void append_sql(TextBuilder *out, Mode mode, smew_type_id type, smew_text text) {
  bool number = is_number(type) || type == SMEW_TYPE_HUGEINT || type == SMEW_TYPE_UHUGEINT;
  if (number || (mode == MODE_QUOTE && type == SMEW_TYPE_BOOLEAN)) {
    text_append(out, (Str){text.data, text.length});
  } else if (mode == MODE_INSERT) {
    append_sql_text(out, text);
  } else {
    append_quoted(out, text.data, text.length, '\'');
  }
}

static void append_html(TextBuilder *out, const char *element, Str text) {
  text_format(out, "<%s>", element);
  for (size_t i = 0; i < text.length; i++) {
    char byte = text.data[i];
    const char *entity = byte == '<'    ? "&lt;"
                         : byte == '>'  ? "&gt;"
                         : byte == '&'  ? "&amp;"
                         : byte == '"'  ? "&quot;"
                         : byte == '\'' ? "&#39;"
                                        : NULL;
    if (entity)
      text_append(out, str_from(entity));
    else
      text_append_char(out, byte);
  }
  text_format(out, "</%s>\n", element);
}

// ---------------------------------------------------------------------------------------------------------------------
// Rows
// ---------------------------------------------------------------------------------------------------------------------

static const char *separator_of(const Renderer *renderer) {
  if (renderer->shell->separator[0]) return renderer->shell->separator;
  if (renderer->mode == MODE_CSV || renderer->mode == MODE_QUOTE) return ",";
  return renderer->mode == MODE_TABS ? "\t" : "|";
}

static const char *row_end_of(const Renderer *renderer) {
  if (renderer->shell->row_separator[0]) return renderer->shell->row_separator;
  return "\n";
}

static bool has_header(const Renderer *renderer) {
  return renderer->shell->headers_set ? renderer->shell->headers : true;
}

static void render_header(Renderer *renderer) {
  TextBuilder *out = &renderer->text;
  bool html = renderer->mode == MODE_HTML;
  bool separated = renderer->mode == MODE_CSV || renderer->mode == MODE_LIST || renderer->mode == MODE_TABS;
  if (!has_header(renderer) || !(separated || html || renderer->mode == MODE_QUOTE)) return;
  if (html) text_append(out, STR("<tr>"));
  for (uint32_t i = 0; i < renderer->column_count; i++) {
    const char *name = smew_column_name(renderer->statement, i);
    if (i && !html) text_append(out, str_from(separator_of(renderer)));
    if (html)
      append_html(out, "th", str_from(name));
    else if (renderer->mode == MODE_CSV)
      append_csv(out, name, strlen(name), separator_of(renderer));
    else if (renderer->mode == MODE_QUOTE)
      append_quoted(out, name, strlen(name), '\'');
    else
      text_append(out, str_from(name));
  }
  text_append(out, html ? STR("</tr>\n") : str_from(row_end_of(renderer)));
}

const char *null_text(const Shell *shell) { return shell->null_set ? shell->null_text : "NULL"; }

static void render_separated(Renderer *renderer, const smew_chunk *chunk, uint32_t row) {
  TextBuilder *out = &renderer->text;
  for (uint32_t i = 0; i < renderer->column_count; i++) {
    if (i) text_append(out, str_from(separator_of(renderer)));
    smew_text text;
    if (smew_is_null(chunk, i, row))
      text_append(out, str_from(null_text(renderer->shell)));
    else if (smew_value_text(chunk, i, row, &text) != SMEW_OK)
      out->failed = true;
    else if (renderer->mode == MODE_CSV)
      append_csv(out, text.data, text.length, separator_of(renderer));
    else
      text_append(out, (Str){text.data, text.length});
  }
  text_append(out, str_from(row_end_of(renderer)));
}

static void render_lines(Renderer *renderer, const smew_chunk *chunk, uint32_t row) {
  TextBuilder *out = &renderer->text;
  uint32_t widest = 5;
  for (uint32_t i = 0; i < renderer->column_count; i++) {
    widest = MAX_OF(widest, utf8_width(str_from(smew_column_name(renderer->statement, i))));
  }
  if (renderer->row_count) text_append_char(out, '\n');
  for (uint32_t i = 0; i < renderer->column_count; i++) {
    Str name = str_from(smew_column_name(renderer->statement, i));
    text_append_repeated(out, ' ', widest - utf8_width(name));
    text_append(out, name);
    text_append(out, STR(" = "));
    smew_text text;
    if (smew_is_null(chunk, i, row))
      text_append(out, str_from(null_text(renderer->shell)));
    else if (smew_value_text(chunk, i, row, &text) != SMEW_OK)
      out->failed = true;
    else
      text_append(out, (Str){text.data, text.length});
    text_append_char(out, '\n');
  }
}

static void render_json(Renderer *renderer, const smew_chunk *chunk, uint32_t row) {
  TextBuilder *out = &renderer->text;
  if (renderer->mode == MODE_JSON) text_append(out, renderer->row_count ? STR(",\n") : STR("["));
  text_append_char(out, '{');
  for (uint32_t i = 0; i < renderer->column_count; i++) {
    const char *name = smew_column_name(renderer->statement, i);
    if (i) text_append_char(out, ',');
    append_json_text(out, name, strlen(name));
    text_append_char(out, ':');
    smew_text text;
    if (smew_is_null(chunk, i, row))
      text_append(out, STR("null"));
    else if (smew_value_text(chunk, i, row, &text) != SMEW_OK)
      out->failed = true;
    else
      render_json_value(out, smew_chunk_vector(chunk, i), row, text);
  }
  text_append_char(out, '}');
  if (renderer->mode == MODE_JSONLINES) text_append_char(out, '\n');
}

static void render_sql(Renderer *renderer, const smew_chunk *chunk, uint32_t row) {
  TextBuilder *out = &renderer->text;
  bool insert = renderer->mode == MODE_INSERT;
  if (insert) {
    text_append(out, STR("INSERT INTO "));
    identifier_print(out, str_from(renderer->shell->insert_table ? renderer->shell->insert_table : "table"));
    for (uint32_t i = 0; has_header(renderer) && i < renderer->column_count; i++) {
      text_append_char(out, i ? ',' : '(');
      identifier_print(out, str_from(smew_column_name(renderer->statement, i)));
    }
    text_append(out, has_header(renderer) ? STR(") VALUES(") : STR(" VALUES("));
  }
  for (uint32_t i = 0; i < renderer->column_count; i++) {
    if (i) text_append(out, insert ? STR(",") : str_from(separator_of(renderer)));
    smew_text text;
    if (smew_is_null(chunk, i, row))
      text_append(out, STR("NULL"));
    else if (smew_value_text(chunk, i, row, &text) != SMEW_OK)
      out->failed = true;
    else
      append_sql(out, renderer->mode, smew_type_kind(smew_column_type(renderer->statement, i)), text);
  }
  text_append(out, insert ? STR(");\n") : str_from(row_end_of(renderer)));
}

static void render_html(Renderer *renderer, const smew_chunk *chunk, uint32_t row) {
  TextBuilder *out = &renderer->text;
  text_append(out, STR("<tr>"));
  for (uint32_t i = 0; i < renderer->column_count; i++) {
    smew_text text = {0};
    if (smew_is_null(chunk, i, row))
      append_html(out, "td", str_from(null_text(renderer->shell)));
    else if (smew_value_text(chunk, i, row, &text) != SMEW_OK)
      out->failed = true;
    else
      append_html(out, "td", (Str){text.data, text.length});
  }
  text_append(out, STR("</tr>\n"));
}

// EXPLAIN: the plan as it is.
static void render_plan(Renderer *renderer, const smew_chunk *chunk, uint32_t row) {
  smew_text text;
  if (smew_value_text(chunk, renderer->column_count - 1, row, &text) != SMEW_OK) return;
  text_append(&renderer->text, (Str){text.data, text.length});
  if (text.length && text.data[text.length - 1] != '\n') text_append_char(&renderer->text, '\n');
}

static bool flush_text(Renderer *renderer) {
  bool good = !renderer->text.failed;
  if (good && renderer->text.length) {
    good = fwrite(renderer->text.data, 1, renderer->text.length, renderer->output) == renderer->text.length;
  }
  text_clear(&renderer->text);
  return good;
}

// ---------------------------------------------------------------------------------------------------------------------
// A result
// ---------------------------------------------------------------------------------------------------------------------

Renderer *renderer_open(Shell *shell, smew_statement *statement) {
  smew_kind kind = smew_statement_kind(statement);
  if (kind == SMEW_KIND_NOTHING) return NULL;
  if (kind == SMEW_KIND_CHANGES && shell->mode != MODE_DUCKBOX && shell->mode != MODE_BOX) return NULL;
  Renderer *renderer = calloc(1, sizeof *renderer);
  if (!renderer) return NULL;
  *renderer = (Renderer){.shell = shell,
                         .statement = statement,
                         .output = shell_output(shell),
                         .mode = shell->mode,
                         .column_count = smew_column_count(statement)};
  text_init(&renderer->text, &shell->memory);
  if (kind == SMEW_KIND_EXPLAIN) return renderer;
  switch (renderer->mode) {
    case MODE_DUCKBOX:
    case MODE_BOX:
    case MODE_TABLE:
    case MODE_COLUMN:
    case MODE_MARKDOWN:
    case MODE_LATEX:
      renderer->table = table_open(shell, statement);
      if (renderer->table) return renderer;
      free(renderer);
      return NULL;
    default:
      render_header(renderer);
      return renderer;
  }
}

bool renderer_chunk(Renderer *renderer, const smew_chunk *chunk) {
  if (renderer->table) return table_chunk(renderer->table, chunk);
  bool plan = smew_statement_kind(renderer->statement) == SMEW_KIND_EXPLAIN;
  for (uint32_t row = 0; row < smew_chunk_row_count(chunk); row++, renderer->row_count++) {
    if (plan) {
      render_plan(renderer, chunk, row);
      continue;
    }
    switch (renderer->mode) {
      case MODE_CSV:
      case MODE_LIST:
      case MODE_TABS:
        render_separated(renderer, chunk, row);
        break;
      case MODE_LINE:
        render_lines(renderer, chunk, row);
        break;
      case MODE_JSON:
      case MODE_JSONLINES:
        render_json(renderer, chunk, row);
        break;
      case MODE_INSERT:
      case MODE_QUOTE:
        render_sql(renderer, chunk, row);
        break;
      case MODE_HTML:
        render_html(renderer, chunk, row);
        break;
      default:
        break;
    }
  }
  return flush_text(renderer);
}

void renderer_close(Renderer *renderer, bool complete) {
  if (renderer->table) {
    table_close(renderer->table, complete);
  } else if (renderer->mode == MODE_JSON && smew_statement_kind(renderer->statement) != SMEW_KIND_EXPLAIN) {
    if (renderer->row_count == 0) text_append(&renderer->text, STR("["));
    text_append(&renderer->text, STR("]\n"));
  }
  flush_text(renderer);
  fflush(renderer->output);
  text_free(&renderer->text);
  free(renderer);
}
