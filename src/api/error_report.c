// SPDX-License-Identifier: MIT
//
// error_report.c: an Error in the form that callers read: code, class, and the text with the line and the caret.
#include "api/api.h"

// Bytes that every report has from its beginning, so that the error "no memory" can be told whole.
#define TEXT_RESERVE 256

#define SHOWN_COLUMNS 80

static smew_error_code public_code(Status status) {
  switch (status) {
#define SAME(name)   \
  case ERROR_##name: \
    return SMEW_ERROR_##name
    SAME(PARSER);
    SAME(SYNTAX);
    SAME(BINDER);
    SAME(CATALOG);
    SAME(DEPENDENCY);
    SAME(CONVERSION);
    SAME(OUT_OF_RANGE);
    SAME(CONSTRAINT);
    SAME(TRANSACTION);
    SAME(CONFLICT);
    SAME(INVALID_INPUT);
    SAME(INVALID_TYPE);
    SAME(MISMATCH_TYPE);
    SAME(NOT_IMPLEMENTED);
    SAME(PERMISSION);
    SAME(SETTINGS);
    SAME(SEQUENCE);
    SAME(PARAMETER);
    SAME(IO);
    SAME(NOT_FOUND);
    SAME(LOCKED);
    SAME(QUOTA);
    SAME(CORRUPT);
    SAME(VERSION);
    SAME(READ_ONLY);
    SAME(INTERRUPTED);
    SAME(CLOSED);
    SAME(INTERNAL);
#undef SAME
    case ERROR_NO_MEMORY:
      return SMEW_ERROR_OUT_OF_MEMORY;
    default:
      return SMEW_ERROR_NONE;
  }
}

const char *smew_error_code_name(smew_error_code code) {
  static const char *const names[] = {"NONE",       "PARSER",        "SYNTAX",       "BINDER",        "CATALOG",
                                      "DEPENDENCY", "CONVERSION",    "OUT_OF_RANGE", "CONSTRAINT",    "TRANSACTION",
                                      "CONFLICT",   "INVALID_INPUT", "INVALID_TYPE", "MISMATCH_TYPE", "NOT_IMPLEMENTED",
                                      "PERMISSION", "SETTINGS",      "SEQUENCE",     "PARAMETER",     "IO",
                                      "NOT_FOUND",  "LOCKED",        "QUOTA",        "CORRUPT",       "VERSION",
                                      "READ_ONLY",  "OUT_OF_MEMORY", "INTERRUPTED",  "CLOSED",        "INTERNAL"};
  return (size_t)code < COUNT_OF(names) ? names[code] : "UNKNOWN";
}

void error_report_init(ErrorReport *report, Memory *memory) {
  memset(report, 0, sizeof *report);
  text_init(&report->text, memory);
  text_init(&report->sql, memory);
  text_append_repeated(&report->text, 0, TEXT_RESERVE);
  error_report_clear(report);
}

void error_report_free(ErrorReport *report) {
  text_free(&report->text);
  text_free(&report->sql);
}

void error_report_clear(ErrorReport *report) {
  error_clear(&report->error);
  report->info =
      (smew_error_info){.code_name = "NONE", .class_name = "", .message = "", .text = "", .position = -1, .sql = ""};
}

// The line of the text that has the position, cut to a window around it, and the caret below.
static void append_line(ErrorReport *report, Str sql, size_t position) {
  size_t start = position;
  size_t end = position;
  uint32_t line = 1;
  while (start > 0 && sql.data[start - 1] != '\n') start--;
  while (end < sql.length && sql.data[end] != '\n') end++;
  for (size_t i = 0; i < start; i++) line += sql.data[i] == '\n';
  report->info.line = line;
  report->info.column = (uint32_t)utf8_length((Str){sql.data + start, position - start}) + 1;
  bool cut_left = false;
  bool cut_right = false;
  if (end - start > SHOWN_COLUMNS) {
    size_t from = position - start > SHOWN_COLUMNS / 2 ? position - SHOWN_COLUMNS / 2 : start;
    size_t to = MIN_OF(from + SHOWN_COLUMNS, end);
    while (from > start && ((uint8_t)sql.data[from] & 0xc0) == 0x80) from--;
    while (to < end && ((uint8_t)sql.data[to] & 0xc0) == 0x80) to++;
    cut_left = from > start;
    cut_right = to < end;
    start = from;
    end = to;
  }
  char head[32];
  size_t head_length = text_format_into(head, sizeof head, "LINE %u: ", line);
  text_append(&report->text, STR("\n\n"));
  text_append(&report->text, (Str){head, head_length});
  if (cut_left) text_append(&report->text, STR("..."));
  text_append(&report->text, (Str){sql.data + start, end - start});
  if (cut_right) text_append(&report->text, STR("..."));
  text_append_char(&report->text, '\n');
  size_t indent = head_length + (cut_left ? 3 : 0) + utf8_width((Str){sql.data + start, position - start});
  text_append_repeated(&report->text, ' ', indent);
  text_append_char(&report->text, '^');
}

// The class and the message, as the beginning of the text.
static void append_message(ErrorReport *report) {
  text_clear(&report->text);
  text_append(&report->text, str_from(report->info.class_name));
  text_append(&report->text, STR(": "));
  text_append(&report->text, (Str){report->error.message, report->error.length});
}

smew_status error_report_fill(ErrorReport *report, Status status, Str sql) {
  Error *error = &report->error;
  error_settle(error, status);
  if (error->code == OK) error->code = status;
  smew_error_info *info = &report->info;
  *info = (smew_error_info){.code = public_code(error->code),
                            .class_name = error_class(error->code),
                            .message = error->message,
                            .text = error->message,
                            .position = error->position,
                            .sql = "",
                            .retryable = error->code == ERROR_CONFLICT || error->code == ERROR_LOCKED};
  info->code_name = smew_error_code_name(info->code);
  info->outcome_unknown = str_find((Str){error->message, error->length}, STR("outcome unknown"), &(size_t){0});
  text_clear(&report->sql);
  text_append(&report->sql, sql);
  text_append_char(&report->sql, '\0');
  append_message(report);
  if (error->position >= 0 && (size_t)error->position <= sql.length) append_line(report, sql, (size_t)error->position);
  text_append_char(&report->text, '\0');
  if (report->text.failed) { // without the line there may be room
    append_message(report);
    text_append_char(&report->text, '\0');
  }
  if (!report->sql.failed) info->sql = report->sql.data;
  if (report->text.failed) {
    text_format_into(report->brief, sizeof report->brief, "%s: %s", info->class_name, error->message);
    info->text = report->brief;
  } else {
    info->text = report->text.data;
  }
  return SMEW_ERROR;
}
