// SPDX-License-Identifier: MIT
//
// csv_row.c: bytes into one row of fields. Knows nothing of types, files and errors' texts.
//
// A row is scanned in one call, from its first byte; when its end does not lie within the bytes the call answers
// CSV_ROW_MORE and is made again when there are more, from the same place. Nothing is kept between calls.
//
// The rules are those of DuckDB's state machine:
//   - a field is quoted when its first byte is the quote, or a single space and then the quote;
//   - behind the closing quote there may be spaces; anything else is a fault, or part of the value when not strict;
//   - without "strict" an escape counts outside of quotes, and quotes inside of quoted values may stand unescaped;
//   - when strict, all rows end in the same way (\n, \r or \r\n), but for those that end in an empty field;
//   - a comment runs to the end of its line; a line with nothing in front of it is no row.
#include "format/csv/csv.h"

void csv_scanner_init(CsvScanner *scanner, const CsvDialect *dialect, bool only_rn) {
  *scanner = (CsvScanner){.dialect = *dialect, .only_rn = only_rn && dialect->new_line == CSV_NEW_LINE_RN};
  char first = dialect->delimiter_length ? dialect->delimiter[0] : 0;
  scanner->loose_escape = !dialect->strict && dialect->escape && dialect->escape != dialect->quote;
  scanner->space_skips = first != ' ';
  scanner->space_special = first == ' ' || dialect->quote == ' ' || dialect->escape == ' ' || dialect->comment == ' ';
  scanner->stops['\n'] |= CSV_STOP_PLAIN;
  scanner->stops['\r'] |= CSV_STOP_PLAIN;
  if (dialect->delimiter_length) scanner->stops[(uint8_t)first] |= CSV_STOP_PLAIN;
  if (dialect->comment) scanner->stops[(uint8_t)dialect->comment] |= CSV_STOP_PLAIN;
  if (scanner->loose_escape) scanner->stops[(uint8_t)dialect->escape] |= CSV_STOP_PLAIN;
  if (dialect->quote) scanner->stops[(uint8_t)dialect->quote] |= CSV_STOP_QUOTED;
  if (dialect->escape) scanner->stops[(uint8_t)dialect->escape] |= CSV_STOP_QUOTED;
}

size_t csv_byte_order_mark(const char *bytes, size_t length) {
  return length >= CSV_BYTE_ORDER_MARK_BYTES && memcmp(bytes, "\xEF\xBB\xBF", CSV_BYTE_ORDER_MARK_BYTES) == 0
             ? CSV_BYTE_ORDER_MARK_BYTES
             : 0;
}

// First byte in [from, limit) that stops in the given way, or limit.
static inline const char *find_stop(const uint8_t *stops, uint8_t kind, const char *from, const char *limit) {
  while (limit - from >= 4) {
    if (stops[(uint8_t)from[0]] & kind) return from;
    if (stops[(uint8_t)from[1]] & kind) return from + 1;
    if (stops[(uint8_t)from[2]] & kind) return from + 2;
    if (stops[(uint8_t)from[3]] & kind) return from + 3;
    from += 4;
  }
  while (from < limit && !(stops[(uint8_t)*from] & kind)) from++;
  return from;
}

// What stands at the end of a field.
typedef enum FieldEnd {
  END_DELIMITER,
  END_LINE,
  END_COMMENT,
  END_FILE, // of the bytes, and there are no more
  END_MORE, // of the bytes, but there are more
} FieldEnd;

typedef struct Scan {
  const CsvScanner *scanner;
  const char *limit;
  bool last;
  CsvRow *row;
  const char *position;
} Scan;

typedef enum Delimits { DELIMITS_NO, DELIMITS_YES, DELIMITS_MORE } Delimits;

static inline Delimits is_delimiter(const Scan *scan, const char *at) {
  const CsvDialect *dialect = &scan->scanner->dialect;
  if (dialect->delimiter_length == 0 || *at != dialect->delimiter[0]) return DELIMITS_NO;
  if (LIKELY(dialect->delimiter_length == 1)) return DELIMITS_YES;
  size_t there = (size_t)(scan->limit - at);
  if (there < dialect->delimiter_length) {
    if (memcmp(at, dialect->delimiter, there) != 0) return DELIMITS_NO;
    return scan->last ? DELIMITS_NO : DELIMITS_MORE;
  }
  return memcmp(at, dialect->delimiter, dialect->delimiter_length) == 0 ? DELIMITS_YES : DELIMITS_NO;
}

static inline void add_field(CsvRow *row, const char *data, const char *end, bool quoted, bool escaped) {
  if (row->field_count < row->keep) {
    row->fields[row->field_count] = (CsvField){data, (uint32_t)(end - data), quoted, escaped};
  }
  row->field_count++;
}

static void set_fault(CsvRow *row, CsvRowFault fault) {
  if (row->fault != CSV_FAULT_NONE) return;
  row->fault = (uint8_t)fault;
  row->fault_field = row->field_count;
}

// A \r or \n at scan->position that ends the row: sets where the next one starts. False: more bytes are needed to tell.
// `full`: the last field has bytes, and strict dialects want the right line end behind it.
static bool take_line_end(Scan *scan, const char *base, bool full) {
  CsvRow *row = scan->row;
  const CsvDialect *dialect = &scan->scanner->dialect;
  const char *at = scan->position;
  row->end = (size_t)(at - base);
  row->next = row->end + 1;
  bool right = true;
  switch (dialect->new_line) {
    case CSV_NEW_LINE_N:
      right = *at == '\n';
      break;
    case CSV_NEW_LINE_R:
      right = *at == '\r';
      break;
    case CSV_NEW_LINE_RN:
      right = false;
      if (*at == '\r') {
        if (at + 1 == scan->limit && !scan->last) return false;
        right = at + 1 < scan->limit && at[1] == '\n';
        row->next += right;
      }
      break;
    default:
      break;
  }
  if (UNLIKELY(!right && full && dialect->strict)) set_fault(row, CSV_FAULT_STATE);
  return true;
}

// An unquoted field from `start`; scanning goes on at scan->position.
static FieldEnd scan_plain(Scan *scan, const char *start) {
  const CsvScanner *scanner = scan->scanner;
  const CsvDialect *dialect = &scanner->dialect;
  bool escaped = false;
  const char *at = scan->position;
  FieldEnd end;
  for (;;) {
    at = find_stop(scanner->stops, CSV_STOP_PLAIN, at, scan->limit);
    if (at == scan->limit) {
      end = scan->last ? END_FILE : END_MORE;
      break;
    }
    char byte = *at;
    Delimits delimits = is_delimiter(scan, at);
    if (LIKELY(delimits == DELIMITS_YES)) {
      end = END_DELIMITER;
      break;
    }
    if (delimits == DELIMITS_MORE) {
      end = END_MORE;
      break;
    }
    if (byte == '\n' || byte == '\r') {
      if (scanner->only_rn && byte == '\r') {
        if (at + 1 == scan->limit && !scan->last) {
          end = END_MORE;
          break;
        }
        if (at + 1 < scan->limit && at[1] != '\n') {
          at++;
          continue;
        }
      }
      end = END_LINE;
      break;
    }
    if (dialect->comment && byte == dialect->comment) {
      end = END_COMMENT;
      break;
    }
    if (scanner->loose_escape && byte == dialect->escape) {
      escaped = true;
      scan->row->relaxed = true;
      if (at + 1 == scan->limit) {
        at++;
        continue;
      }
      // the next byte is content, a \r\n as a whole
      bool pair = dialect->new_line == CSV_NEW_LINE_RN && at[1] == '\r';
      if (pair && at + 2 == scan->limit && !scan->last) {
        end = END_MORE;
        break;
      }
      at += pair && at + 2 < scan->limit && at[2] == '\n' ? 3 : 2;
      continue;
    }
    at++; // the first byte of a long delimiter that did not go on
  }
  scan->position = at;
  if (end != END_MORE) add_field(scan->row, start, at, false, escaped);
  return end;
}

// A quoted field; `quote` is at its opening quote.
static FieldEnd scan_quoted(Scan *scan, const char *quote) {
  const CsvScanner *scanner = scan->scanner;
  const CsvDialect *dialect = &scanner->dialect;
  CsvRow *row = scan->row;
  row->ever_quoted = true;
  const char *start = quote + 1, *at = start;
  bool escaped = false;
  FieldEnd end;
inside:
  for (;;) {
    const char *stop = find_stop(scanner->stops, CSV_STOP_QUOTED, at, scan->limit);
    if (!row->quoted_new_line) {
      row->quoted_new_line = memchr(at, '\n', (size_t)(stop - at)) || memchr(at, '\r', (size_t)(stop - at));
    }
    at = stop;
    if (at == scan->limit) {
      if (!scan->last) {
        scan->position = at;
        return END_MORE;
      }
      if (dialect->strict) set_fault(row, CSV_FAULT_QUOTES);
      scan->position = at;
      // not strict: the last byte is taken for the closing quote, as DuckDB has it
      add_field(row, start, at > start ? at - 1 : at, true, escaped);
      return END_FILE;
    }
    if (*at == dialect->quote) break;
    // an escape that is not the quote: the next byte is content
    escaped = true;
    if (at + 1 < scan->limit && (at[1] == dialect->quote || !dialect->strict)) row->ever_escaped = true;
    if (at + 1 == scan->limit) {
      at++;
      continue;
    }
    at += 2;
  }
  // Behind the closing quote.
  const char *closing = at;
  bool maybe_inside = false; // behind quotes in a row, without an escape: the next byte tells
  at++;
  for (;;) {
    if (at == scan->limit) {
      end = scan->last ? END_FILE : END_MORE;
      break;
    }
    char byte = *at;
    Delimits delimits = is_delimiter(scan, at);
    if (delimits != DELIMITS_NO) {
      end = delimits == DELIMITS_YES ? END_DELIMITER : END_MORE;
      break;
    }
    if (byte == '\n' || byte == '\r') {
      end = END_LINE;
      break;
    }
    if (byte == dialect->quote) {
      if (dialect->quote == dialect->escape || (!dialect->strict && dialect->escape)) {
        row->relaxed |= dialect->quote != dialect->escape;
        escaped = true;
        row->ever_escaped = true;
        at++;
        goto inside;
      }
      if (!dialect->strict) {
        row->relaxed = true;
        maybe_inside = true;
        closing = at++;
        continue;
      }
    } else {
      if (dialect->comment && byte == dialect->comment) {
        end = END_COMMENT;
        break;
      }
      if (maybe_inside) {
        at++;
        goto inside;
      }
      if (byte == ' ' && !scanner->space_special) {
        at++;
        continue;
      }
    }
    if (dialect->strict) {
      set_fault(row, CSV_FAULT_QUOTES);
      scan->position = at;
      return scan_plain(scan, start);
    }
    row->relaxed = true;
    if (dialect->escape) escaped = true;
    closing = at++; // the value goes on; the last byte of it is taken for its closing quote
  }
  scan->position = at;
  if (end != END_MORE) add_field(row, start, closing, true, escaped);
  return end;
}

static FieldEnd scan_field(Scan *scan) {
  const CsvScanner *scanner = scan->scanner;
  const char *start = scan->position;
  char quote = scanner->dialect.quote;
  if (quote) {
    if (*start == quote) return scan_quoted(scan, start);
    if (*start == ' ' && scanner->space_skips && start + 1 < scan->limit && start[1] == quote) {
      return scan_quoted(scan, start + 1);
    }
  }
  return scan_plain(scan, start);
}

// Skips a comment from scan->position. False: its line does not end within the bytes.
static bool skip_comment(Scan *scan, const char *base) {
  CsvRow *row = scan->row;
  row->comment = true;
  size_t rest = (size_t)(scan->limit - scan->position);
  const char *new_line = memchr(scan->position, '\n', rest);
  const char *carriage = memchr(scan->position, '\r', new_line ? (size_t)(new_line - scan->position) : rest);
  const char *end = carriage ? carriage : new_line;
  if (!end) {
    if (!scan->last) return false;
    row->end = row->next = (size_t)(scan->limit - base);
    return true;
  }
  size_t content_end = (size_t)(scan->position - base);
  scan->position = end;
  if (!take_line_end(scan, base, false)) return false;
  row->end = content_end;
  return true;
}

static bool all_spaces(const char *from, const char *to) {
  while (from < to && *from == ' ') from++;
  return from == to;
}

CsvRowKind csv_scan_row(const CsvScanner *scanner, const char *bytes, size_t at, size_t limit, bool last, CsvRow *row) {
  row->field_count = 0;
  row->start = row->end = row->next = at;
  row->fault = CSV_FAULT_NONE;
  row->last_empty = row->comment = row->comment_inside = row->ever_quoted = row->ever_escaped = row->relaxed =
      row->quoted_new_line = false;
  if (at == limit) return last ? CSV_ROW_END : CSV_ROW_MORE;
  Scan scan = {scanner, bytes + limit, last, row, bytes + at};
  char first = *scan.position;
  if ((first == '\n' || first == '\r') && is_delimiter(&scan, scan.position) == DELIMITS_NO) {
    if (!take_line_end(&scan, bytes, false)) return CSV_ROW_MORE;
    return CSV_ROW_EMPTY;
  }
  if (scanner->dialect.comment && first == scanner->dialect.comment) {
    return skip_comment(&scan, bytes) ? CSV_ROW_COMMENT : CSV_ROW_MORE;
  }
  for (;;) {
    FieldEnd end;
    const char *start = scan.position;
    if (scan.position == scan.limit) { // behind a last delimiter
      if (!last) return CSV_ROW_MORE;
      add_field(row, start, start, false, false);
      end = END_FILE;
    } else {
      end = scan_field(&scan);
    }
    switch (end) {
      case END_DELIMITER:
        scan.position += scanner->dialect.delimiter_length;
        continue;
      case END_LINE:
        row->last_empty = row->field_count > 1 && scan.position == start;
        return take_line_end(&scan, bytes, scan.position > start) ? CSV_ROW : CSV_ROW_MORE;
      case END_FILE:
        row->last_empty = row->field_count > 1 && scan.position == start;
        row->end = row->next = limit;
        return CSV_ROW;
      case END_COMMENT: {
        const char *content_end = scan.position;
        row->comment_inside =
            content_end > start && !(content_end == start + 1 && *start == ' ') && *start != scanner->dialect.quote;
        if (!skip_comment(&scan, bytes)) return CSV_ROW_MORE;
        bool no_row = content_end == start ? row->field_count == 1 : all_spaces(start, content_end);
        return no_row ? CSV_ROW_COMMENT : CSV_ROW;
      }
      case END_MORE:
        return CSV_ROW_MORE;
    }
  }
}

size_t csv_unescape(const CsvScanner *scanner, const CsvField *field, char *out) {
  char escape = scanner->dialect.escape, quote = scanner->dialect.quote;
  bool strict = scanner->dialect.strict, just_escaped = false;
  size_t length = 0;
  for (uint32_t i = 0; i < field->length; i++) {
    char byte = field->data[i];
    if (byte == escape && !just_escaped) {
      just_escaped = true;
    } else if (byte == quote) {
      if (just_escaped || !strict) out[length++] = byte;
      just_escaped = false;
    } else {
      out[length++] = byte;
      just_escaped = false;
    }
  }
  return length;
}
