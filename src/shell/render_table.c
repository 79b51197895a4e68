// SPDX-License-Identifier: MIT
//
// render_table.c: results as tables. duckbox as DuckDB draws it (a row of types, the first and last rows of long results, a footer that
// counts), and box, table, column, markdown and latex with all rows.
//
// A column is as wide as its widest cell; duckbox cuts cells and leaves out columns in the middle where the terminal is too narrow. Long
// results: duckbox keeps only the rows that it shows, so that memory is bounded.
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "shell/shell.h"

#define DEFAULT_WIDTH 80
#define DEFAULT_MAX_ROWS 40
#define NARROWEST_COLUMN 20 // wider ones are cut to this when the table is too wide

typedef struct Cell {
  char *text;
  uint32_t width;
} Cell;

struct Table {
  Shell *shell;
  Mode mode;
  FILE *output;
  uint32_t column_count;
  char **names;
  char **types;       // duckbox
  bool *right;        // numbers
  Cell **rows;        // rows kept: the first `head_count`, then a ring of the last ones
  uint64_t row_count; // of the result
  uint64_t kept;      // rows in `rows`
  uint64_t capacity;
  uint64_t limit; // rows to keep; 0: all
};

uint32_t terminal_width(const Shell *shell) {
  if (shell->max_width) return shell->max_width;
  struct winsize size;
  if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return DEFAULT_WIDTH;
}

// ---------------------------------------------------------------------------------------------------------------------
// Collecting
// ---------------------------------------------------------------------------------------------------------------------

static char *copy_text(const char *text, size_t length) {
  char *copy = malloc(length + 1);
  if (!copy) return NULL;
  if (length) memcpy(copy, text, length);
  copy[length] = 0;
  return copy;
}

// Control characters as escapes, so that a cell is one line; in markdown the bar too, so that it is one cell.
static char *cell_text(smew_text text, bool markdown) {
  size_t extra = 0;
  for (size_t i = 0; i < text.length; i++) extra += (uint8_t)text.data[i] < 0x20 || text.data[i] == '|' ? 3 : 0;
  char *cell = malloc(text.length + extra + 1);
  if (!cell) return NULL;
  size_t length = 0;
  for (size_t i = 0; i < text.length; i++) {
    char byte = text.data[i];
    if ((uint8_t)byte >= 0x20) {
      if (markdown && byte == '|') cell[length++] = '\\';
      cell[length++] = byte;
      continue;
    }
    const char *named = byte == '\n' ? "\\n" : byte == '\t' ? "\\t" : byte == '\r' ? "\\r" : byte == 0 ? "\\0" : NULL;
    length += named ? (size_t)snprintf(cell + length, 3, "%s", named)
                    : (size_t)snprintf(cell + length, 5, "\\x%02x", (uint8_t)byte);
  }
  cell[length] = 0;
  return cell;
}

// int32 for INTEGER, as duckbox has it.
static char *type_name(const smew_type *type) {
  static const struct {
    smew_type_id id;
    const char *name;
  } NAMES[] = {{SMEW_TYPE_TINYINT, "int8"},     {SMEW_TYPE_SMALLINT, "int16"},  {SMEW_TYPE_INTEGER, "int32"},
               {SMEW_TYPE_BIGINT, "int64"},     {SMEW_TYPE_HUGEINT, "int128"},  {SMEW_TYPE_UTINYINT, "uint8"},
               {SMEW_TYPE_USMALLINT, "uint16"}, {SMEW_TYPE_UINTEGER, "uint32"}, {SMEW_TYPE_UBIGINT, "uint64"},
               {SMEW_TYPE_UHUGEINT, "uint128"}};
  for (size_t i = 0; i < COUNT_OF(NAMES); i++) {
    if (smew_type_kind(type) == NAMES[i].id) return copy_text(NAMES[i].name, strlen(NAMES[i].name));
  }
  if (smew_type_kind(type) == SMEW_TYPE_LIST) {
    char *element = type_name(smew_type_child(type, 0));
    size_t length = element ? strlen(element) : 0;
    char *list = element ? realloc(element, length + 3) : NULL;
    if (!list) {
      free(element);
      return NULL;
    }
    memcpy(list + length, "[]", 3);
    return list;
  }
  const char *text = smew_type_text(type);
  char *lower = copy_text(text, strlen(text));
  for (char *byte = lower; byte && *byte && *byte != '('; byte++) {
    if (*byte >= 'A' && *byte <= 'Z') *byte |= 32;
  }
  return lower;
}

static bool is_number(smew_type_id type) { return type >= SMEW_TYPE_TINYINT && type <= SMEW_TYPE_DECIMAL; }

Table *table_open(Shell *shell, smew_statement *statement) {
  Table *table = calloc(1, sizeof *table);
  if (!table) return NULL;
  uint32_t columns = smew_column_count(statement);
  *table = (Table){.shell = shell,
                   .mode = shell->mode,
                   .output = shell_output(shell),
                   .column_count = columns,
                   .names = calloc(columns + 1, sizeof(char *)),
                   .types = calloc(columns + 1, sizeof(char *)),
                   .right = calloc(columns + 1, sizeof(bool))};
  if (!table->names || !table->types || !table->right) {
    table_close(table, false);
    return NULL;
  }
  for (uint32_t i = 0; i < columns; i++) {
    const smew_type *type = smew_column_type(statement, i);
    const char *name = smew_column_name(statement, i);
    table->names[i] = cell_text((smew_text){name, strlen(name)}, table->mode == MODE_MARKDOWN);
    table->types[i] = type_name(type);
    table->right[i] = is_number(smew_type_kind(type));
  }
  // three more than are shown: so few are not worth the dots
  if (shell->mode == MODE_DUCKBOX && shell->max_rows) table->limit = (uint64_t)shell->max_rows + 3;
  return table;
}

static void free_row(const Table *table, Cell *row) {
  for (uint32_t i = 0; row && i < table->column_count; i++) free(row[i].text);
  free(row);
}

static uint64_t head_count(const Table *table) { return (table->limit + 1) / 2; }

static bool keep_row(Table *table, Cell *row) {
  uint64_t index = table->row_count++;
  if (table->limit && index >= table->limit) { // a ring behind the head
    uint64_t head = head_count(table), place = head + (index - head) % (table->limit - head);
    free_row(table, table->rows[place]);
    table->rows[place] = row;
    return true;
  }
  if (table->kept == table->capacity) {
    uint64_t capacity = table->capacity ? table->capacity * 2 : 64;
    Cell **rows = realloc(table->rows, sizeof *rows * capacity);
    if (!rows) return false;
    table->rows = rows;
    table->capacity = capacity;
  }
  table->rows[table->kept++] = row;
  return true;
}

bool table_chunk(Table *table, const smew_chunk *chunk) {
  const char *absent = null_text(table->shell);
  uint32_t count = smew_chunk_row_count(chunk);
  for (uint32_t row = 0; row < count; row++) {
    // A row of this chunk will take its place: its text is not needed.
    if (table->limit && table->row_count >= table->limit && count - row > table->limit - head_count(table)) {
      table->row_count++;
      continue;
    }
    Cell *cells = calloc(table->column_count + 1, sizeof *cells);
    if (!cells) return false;
    for (uint32_t i = 0; i < table->column_count; i++) {
      smew_text text = {absent, strlen(absent)};
      if (!smew_is_null(chunk, i, row) && smew_value_text(chunk, i, row, &text) != SMEW_OK) text = (smew_text){"", 0};
      cells[i].text = cell_text(text, table->mode == MODE_MARKDOWN);
      if (!cells[i].text) {
        free_row(table, cells);
        return false;
      }
      cells[i].width = utf8_width(str_from(cells[i].text));
    }
    if (!keep_row(table, cells)) {
      free_row(table, cells);
      return false;
    }
  }
  return true;
}

// The i-th row that is kept, in the order of the result.
static const Cell *row_at(const Table *table, uint64_t index) {
  uint64_t head = head_count(table);
  if (!table->limit || table->row_count <= table->limit || index < head) return table->rows[index];
  uint64_t ring = table->limit - head, oldest = (table->row_count - head) % ring;
  return table->rows[head + (oldest + index - head) % ring];
}

// ---------------------------------------------------------------------------------------------------------------------
// Drawing
// ---------------------------------------------------------------------------------------------------------------------

static void repeat(FILE *out, const char *text, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) fputs(text, out);
}

typedef enum Align { ALIGN_LEFT, ALIGN_RIGHT, ALIGN_CENTER } Align;

// Text in a field of `width` cells, cut with … where it is wider.
static void put_cell(FILE *out, const char *text, uint32_t width, Align align) {
  Str shown = str_from(text);
  uint32_t cells = utf8_width(shown);
  bool cut = cells > width;
  if (cut) {
    size_t end = 0;
    uint32_t used = 0;
    while (end < shown.length) {
      size_t next = end + 1;
      while (next < shown.length && ((uint8_t)shown.data[next] & 0xC0) == 0x80) next++;
      uint32_t wide = utf8_width((Str){shown.data + end, next - end});
      if (used + wide + 1 > width) break;
      used += wide;
      end = next;
    }
    shown.length = end;
    cells = used + 1;
  }
  uint32_t pad = width - MIN_OF(cells, width);
  uint32_t left = align == ALIGN_RIGHT ? pad : align == ALIGN_CENTER ? pad / 2 : 0;
  repeat(out, " ", left);
  fwrite(shown.data, 1, shown.length, out);
  if (cut) fputs("…", out);
  repeat(out, " ", pad - left);
}

// Columns that are drawn, in order; `gap`: some in the middle are not.
typedef struct Layout {
  uint32_t *columns;
  uint32_t *widths; // of the drawn ones
  uint32_t count;
  uint32_t gap_at; // before this drawn column; count: no gap
  uint32_t total;  // cells of a line
} Layout;

static uint32_t total_width(const Layout *layout, bool gap) {
  uint32_t total = 1;
  for (uint32_t i = 0; i < layout->count; i++) total += layout->widths[i] + 3;
  return total + (gap ? 4 : 0);
}

static uint32_t column_width(const Table *table, uint32_t column) {
  if (column < table->shell->width_count && table->shell->widths[column]) return table->shell->widths[column];
  uint32_t width = utf8_width(str_from(table->names[column] ? table->names[column] : ""));
  if (table->mode == MODE_DUCKBOX && table->types[column])
    width = MAX_OF(width, utf8_width(str_from(table->types[column])));
  for (uint64_t row = 0; row < table->kept; row++) width = MAX_OF(width, table->rows[row][column].width);
  return width;
}

static bool lay_out(const Table *table, Layout *layout) {
  *layout = (Layout){.columns = calloc(table->column_count + 1, sizeof(uint32_t)),
                     .widths = calloc(table->column_count + 1, sizeof(uint32_t)),
                     .count = table->column_count};
  if (!layout->columns || !layout->widths) return false;
  for (uint32_t i = 0; i < table->column_count; i++) {
    layout->columns[i] = i;
    layout->widths[i] = column_width(table, i);
  }
  layout->gap_at = layout->count;
  layout->total = total_width(layout, false);
  if (table->mode != MODE_DUCKBOX) return true;
  uint32_t room = terminal_width(table->shell);
  // first the widest columns are cut
  while (layout->total > room) {
    uint32_t widest = 0;
    for (uint32_t i = 1; i < layout->count; i++) {
      if (layout->widths[i] > layout->widths[widest]) widest = i;
    }
    if (layout->count == 0 || layout->widths[widest] <= NARROWEST_COLUMN) break;
    uint32_t excess = layout->total - room, spare = layout->widths[widest] - NARROWEST_COLUMN;
    layout->widths[widest] -= MIN_OF(excess, spare);
    layout->total = total_width(layout, false);
  }
  // then columns in the middle are left out
  while (layout->total > room && layout->count > 1) {
    uint32_t middle = layout->count / 2;
    for (uint32_t i = middle; i + 1 < layout->count; i++) {
      layout->columns[i] = layout->columns[i + 1];
      layout->widths[i] = layout->widths[i + 1];
    }
    layout->count--;
    layout->gap_at = middle;
    layout->total = total_width(layout, true);
  }
  return true;
}

// ├───┼───┤
static void put_rule(const Table *table, const Layout *layout, const char *left, const char *cross, const char *right,
                     const char *line) {
  FILE *out = table->output;
  fputs(left, out);
  for (uint32_t i = 0; i < layout->count; i++) {
    if (layout->gap_at == i && layout->count < table->column_count) {
      repeat(out, line, 3);
      fputs(cross, out);
    }
    repeat(out, line, layout->widths[i] + 2);
    if (i + 1 < layout->count) fputs(cross, out);
  }
  if (layout->gap_at == layout->count && layout->count < table->column_count) {
    fputs(cross, out);
    repeat(out, line, 3);
  }
  fputs(right, out);
  fputc('\n', out);
}

// One line of cells; `text` gives the text of a column.
static void put_line(const Table *table, const Layout *layout, const Cell *cells, char *const *texts, const char *bar,
                     bool center, const char *instead) {
  FILE *out = table->output;
  fputs(bar, out);
  for (uint32_t i = 0; i <= layout->count; i++) {
    if (layout->gap_at == i && layout->count < table->column_count) {
      fprintf(out, " %s %s", instead ? instead : "…", bar);
    }
    if (i == layout->count) break;
    uint32_t column = layout->columns[i];
    const char *text = instead ? instead : cells ? cells[column].text : texts[column];
    bool right = table->right[column] && table->mode == MODE_DUCKBOX;
    Align align = center || instead ? ALIGN_CENTER : right ? ALIGN_RIGHT : ALIGN_LEFT;
    if (instead && right) align = ALIGN_RIGHT;
    fputc(' ', out);
    put_cell(out, text ? text : "", layout->widths[i], align);
    fprintf(out, " %s", bar);
  }
  fputc('\n', out);
}

// "100 rows (40 shown)     5 columns (3 shown)", in two lines when there is not that much room. The rules are DuckDB's.
typedef struct Footer {
  char rows[64], shown[64], columns[64];
} Footer;

static Footer footer_of(const Table *table, uint32_t columns_shown, uint64_t shown) {
  Footer footer = {0};
  unsigned long long rows = table->row_count;
  snprintf(footer.rows, sizeof footer.rows, "%llu %s", rows, rows == 1 ? "row" : "rows");
  if (shown < rows) snprintf(footer.shown, sizeof footer.shown, "(%llu shown)", (unsigned long long)shown);
  const char *unit = table->column_count == 1 ? "column" : "columns";
  if (columns_shown < table->column_count) {
    snprintf(footer.columns, sizeof footer.columns, "%u %s (%u shown)", table->column_count, unit, columns_shown);
  } else {
    snprintf(footer.columns, sizeof footer.columns, "%u %s", table->column_count, unit);
  }
  return footer;
}

static uint32_t footer_width(const Footer *footer) {
  return (uint32_t)MAX_OF(strlen(footer->rows), strlen(footer->shown)) + 4;
}

static void put_footer_line(FILE *out, const Layout *layout, const char *text) {
  fputs("│ ", out);
  put_cell(out, text, layout->total - 4, ALIGN_CENTER);
  fputs(" │\n", out);
}

static void put_footer(const Table *table, const Layout *layout, uint64_t shown) {
  FILE *out = table->output;
  Footer footer = footer_of(table, layout->count, shown);
  bool apart = footer.shown[0] != 0;
  if (apart && layout->total >= strlen(footer.rows) + strlen(footer.shown) + 5) {
    size_t length = strlen(footer.rows);
    snprintf(footer.rows + length, sizeof footer.rows - length, " %.40s", footer.shown);
    footer.shown[0] = 0;
    apart = false;
  }
  uint32_t rows_width = (uint32_t)strlen(footer.rows), columns_width = (uint32_t)strlen(footer.columns);
  bool hidden = layout->count < table->column_count;
  bool both = layout->total >= rows_width + columns_width + 6 &&
              ((hidden && table->row_count) || (table->row_count >= 10 && table->column_count > 1));
  bool rows_only = layout->total >= footer_width(&footer) && (table->row_count == 0 || table->row_count >= 10);
  bool any = both || rows_only;
  if (table->row_count) put_rule(table, layout, any ? "├" : "└", "┴", any ? "┤" : "┘", "─");
  if (!any) return;
  if (both) {
    fprintf(out, "│ %s", footer.rows);
    repeat(out, " ", layout->total - rows_width - columns_width - 4);
    fprintf(out, "%s │\n", footer.columns);
  } else {
    put_footer_line(out, layout, footer.rows);
    if (apart) put_footer_line(out, layout, footer.shown);
  }
  fputs("└", out);
  repeat(out, "─", layout->total - 2);
  fputs("┘\n", out);
}

static uint64_t shown_rows(const Table *table) {
  return table->limit && table->row_count > table->limit ? table->shell->max_rows : table->row_count;
}

// That rows are hidden, or that there are none, is always said: the first column makes room.
static void make_room(const Table *table, Layout *layout) {
  uint64_t shown = shown_rows(table);
  Footer footer = footer_of(table, layout->count, shown);
  uint32_t wanted = footer_width(&footer);
  if ((shown == table->row_count && table->row_count) || layout->total >= wanted || layout->count == 0) return;
  layout->widths[0] += wanted - layout->total;
  layout->total = wanted;
}

static void draw_duckbox(const Table *table, Layout *layout) {
  make_room(table, layout);
  put_rule(table, layout, "┌", "┬", "┐", "─");
  put_line(table, layout, NULL, table->names, "│", true, NULL);
  put_line(table, layout, NULL, table->types, "│", true, NULL);
  put_rule(table, layout, "├", table->row_count ? "┼" : "┴", "┤", "─");
  uint64_t shown = shown_rows(table);
  uint64_t top = shown == table->row_count ? shown : (shown + 1) / 2;
  for (uint64_t row = 0; row < top; row++) put_line(table, layout, row_at(table, row), NULL, "│", false, NULL);
  if (shown < table->row_count) {
    for (uint32_t i = 0; i < 3; i++) put_line(table, layout, NULL, NULL, "│", false, "·");
    for (uint64_t row = table->kept - (shown - top); row < table->kept; row++) {
      put_line(table, layout, row_at(table, row), NULL, "│", false, NULL);
    }
  }
  put_footer(table, layout, shown);
}

static void draw_box(const Table *table, const Layout *layout) {
  bool ascii = table->mode == MODE_TABLE;
  const char *bar = ascii ? "|" : "│", *line = ascii ? "-" : "─";
  put_rule(table, layout, ascii ? "+" : "┌", ascii ? "+" : "┬", ascii ? "+" : "┐", line);
  put_line(table, layout, NULL, table->names, bar, true, NULL);
  put_rule(table, layout, ascii ? "+" : "├", ascii ? "+" : "┼", ascii ? "+" : "┤", line);
  for (uint64_t row = 0; row < table->kept; row++) put_line(table, layout, table->rows[row], NULL, bar, false, NULL);
  put_rule(table, layout, ascii ? "+" : "└", ascii ? "+" : "┴", ascii ? "+" : "┘", line);
}

static void draw_markdown(const Table *table, const Layout *layout) {
  FILE *out = table->output;
  put_line(table, layout, NULL, table->names, "|", true, NULL);
  fputc('|', out);
  for (uint32_t i = 0; i < layout->count; i++) {
    repeat(out, "-", layout->widths[i] + 1);
    fputs(table->right[layout->columns[i]] ? ":|" : "-|", out);
  }
  fputc('\n', out);
  for (uint64_t row = 0; row < table->kept; row++) put_line(table, layout, table->rows[row], NULL, "|", false, NULL);
}

static void draw_columns(const Table *table, const Layout *layout) {
  FILE *out = table->output;
  bool headers = table->shell->headers_set ? table->shell->headers : true;
  for (uint32_t pass = headers ? 0 : 2; pass < 2; pass++) {
    for (uint32_t i = 0; i < layout->count; i++) {
      if (i) fputs("  ", out);
      if (pass == 0)
        put_cell(out, table->names[i], layout->widths[i], ALIGN_LEFT);
      else
        repeat(out, "-", layout->widths[i]);
    }
    fputc('\n', out);
  }
  for (uint64_t row = 0; row < table->kept; row++) {
    for (uint32_t i = 0; i < layout->count; i++) {
      if (i) fputs("  ", out);
      put_cell(out, table->rows[row][i].text, layout->widths[i], ALIGN_LEFT);
    }
    fputc('\n', out);
  }
}

static void draw_latex(const Table *table, const Layout *layout) {
  FILE *out = table->output;
  fputs("\\begin{tabular}{|", out);
  for (uint32_t i = 0; i < layout->count; i++) fputc(table->right[layout->columns[i]] ? 'r' : 'l', out);
  fputs("|}\n\\hline\n", out);
  for (uint64_t row = 0; row <= table->kept; row++) {
    for (uint32_t i = 0; i < layout->count; i++) {
      if (i) fputs(" & ", out);
      put_cell(out, row ? table->rows[row - 1][i].text : table->names[i], layout->widths[i],
               row ? ALIGN_LEFT : ALIGN_CENTER);
    }
    fputs(row ? " \\\\\n" : " \\\\\n\\hline\n", out);
  }
  fputs("\\hline\n\\end{tabular}\n", out);
}

void table_close(Table *table, bool complete) {
  Layout layout = {0};
  if (complete && table->column_count && lay_out(table, &layout)) {
    switch (table->mode) {
      case MODE_DUCKBOX:
        draw_duckbox(table, &layout);
        break;
      case MODE_MARKDOWN:
        draw_markdown(table, &layout);
        break;
      case MODE_COLUMN:
        draw_columns(table, &layout);
        break;
      case MODE_LATEX:
        draw_latex(table, &layout);
        break;
      default:
        draw_box(table, &layout);
    }
  }
  free(layout.columns);
  free(layout.widths);
  for (uint64_t row = 0; row < table->kept; row++) free_row(table, table->rows[row]);
  for (uint32_t i = 0; i < table->column_count; i++) {
    if (table->names) free(table->names[i]);
    if (table->types) free(table->types[i]);
  }
  free(table->rows);
  free(table->names);
  free(table->types);
  free(table->right);
  free(table);
}
