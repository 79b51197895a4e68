// SPDX-License-Identifier: MIT
//
// parameters.c: values for the parameters of statements.
#include "api/api.h"
#include "func/func.h"

uint32_t smew_parameter_count(const smew_statement *statement) { return statement ? statement->parameter_count : 0; }

const char *smew_parameter_name(const smew_statement *statement, uint32_t index) {
  return statement && index >= 1 && index <= statement->parameter_count ? statement->parameter_names[index - 1] : NULL;
}

uint32_t smew_parameter_index(const smew_statement *statement, const char *name) {
  if (!statement || !name) return 0;
  for (uint32_t i = 0; i < statement->parameter_count; i++) {
    if (str_equal_nocase(str_from(statement->parameter_names[i]), str_from(name))) return i + 1;
  }
  return 0;
}

static smew_status bind_value(smew_statement *statement, uint32_t index, Value value) {
  if (!statement || index < 1 || index > statement->parameter_count || statement->state != STATE_NEW)
    return SMEW_MISUSE;
  statement->parameter_values[index - 1] = value;
  statement->parameter_bound[index - 1] = true;
  return SMEW_OK;
}

static smew_status bind_bytes(smew_statement *statement, uint32_t index, Type type, const char *bytes, size_t length) {
  Str copy;
  if (!statement || !bytes) return SMEW_MISUSE;
  Error *error = &statement->session->report.error;
  if (length == SMEW_ALL) length = strlen(bytes);
  if (type.id == TYPE_VARCHAR && !utf8_valid((Str){bytes, length}, NULL)) {
    Status status = error_set(error, ERROR_INVALID_INPUT, -1, "The text of a parameter is not valid UTF-8");
    return error_report_fill(&statement->session->report, status, statement->sql);
  }
  Status status = str_copy(&statement->lasting, error, (Str){bytes, length}, &copy);
  if (status != OK) {
    return error_report_fill(&statement->session->report, status, statement->sql);
  }
  return bind_value(statement, index, (Value){.type = type, .text = copy});
}

static int128 join_halves(int64_t high, uint64_t low) { return (int128)(((uint128)(uint64_t)high << 64) | low); }

smew_status smew_bind_null(smew_statement *statement, uint32_t index) {
  return bind_value(statement, index, value_null(TYPE(NULL)));
}
smew_status smew_bind_boolean(smew_statement *statement, uint32_t index, bool value) {
  return bind_value(statement, index, value_boolean(value));
}
smew_status smew_bind_int32(smew_statement *statement, uint32_t index, int32_t value) {
  return bind_value(statement, index, value_i64(TYPE(INTEGER), value));
}
smew_status smew_bind_int64(smew_statement *statement, uint32_t index, int64_t value) {
  return bind_value(statement, index, value_i64(TYPE(BIGINT), value));
}
smew_status smew_bind_uint64(smew_statement *statement, uint32_t index, uint64_t value) {
  return bind_value(statement, index, (Value){.type = TYPE(UBIGINT), .u64 = value});
}
smew_status smew_bind_hugeint(smew_statement *statement, uint32_t index, int64_t high, uint64_t low) {
  return bind_value(statement, index, (Value){.type = TYPE(HUGEINT), .i128 = join_halves(high, low)});
}
smew_status smew_bind_double(smew_statement *statement, uint32_t index, double value) {
  return bind_value(statement, index, value_f64(value));
}
smew_status smew_bind_decimal(smew_statement *statement, uint32_t index, uint8_t width, uint8_t scale, int64_t high,
                              uint64_t low) {
  if (width < 1 || width > 38 || scale > width) return SMEW_MISUSE;
  return bind_value(statement, index, (Value){.type = type_decimal(width, scale), .i128 = join_halves(high, low)});
}
smew_status smew_bind_text(smew_statement *statement, uint32_t index, const char *text, size_t length) {
  return bind_bytes(statement, index, TYPE(VARCHAR), text, length);
}
smew_status smew_bind_blob(smew_statement *statement, uint32_t index, const void *bytes, size_t length) {
  return bind_bytes(statement, index, TYPE(BLOB), bytes, length);
}
smew_status smew_bind_date(smew_statement *statement, uint32_t index, int32_t days) {
  return bind_value(statement, index, value_i64(TYPE(DATE), days));
}
smew_status smew_bind_time(smew_statement *statement, uint32_t index, int64_t micros) {
  return bind_value(statement, index, value_i64(TYPE(TIME), micros));
}
smew_status smew_bind_timestamp(smew_statement *statement, uint32_t index, int64_t micros) {
  return bind_value(statement, index, value_i64(TYPE(TIMESTAMP), micros));
}
smew_status smew_bind_timestamp_tz(smew_statement *statement, uint32_t index, int64_t micros) {
  return bind_value(statement, index, value_i64(TYPE(TIMESTAMP_TZ), micros));
}
smew_status smew_bind_interval(smew_statement *statement, uint32_t index, int32_t months, int32_t days,
                               int64_t micros) {
  return bind_value(statement, index, (Value){.type = TYPE(INTERVAL), .interval = {months, days, micros}});
}

smew_status smew_bind_cast(smew_statement *statement, uint32_t index, const char *type_name, const char *text,
                           size_t length) {
  Type type;
  Value cast;
  if (!statement || !type_name || !text) return SMEW_MISUSE;
  Error *error = &statement->session->report.error;
  Value value = value_text((Str){text, length == SMEW_ALL ? strlen(text) : length});
  Status status = type_from_text(NULL, &statement->lasting, str_from(type_name), &type, error);
  if (status == OK) status = value_cast(&statement->lasting, &value, type, &cast, error);
  if (status != OK) return error_report_fill(&statement->session->report, status, statement->sql);
  return bind_value(statement, index, cast);
}

smew_status smew_clear_bindings(smew_statement *statement) {
  if (!statement || statement->state != STATE_NEW) return SMEW_MISUSE;
  for (uint32_t i = 0; i < statement->parameter_count; i++) statement->parameter_bound[i] = false;
  return SMEW_OK;
}
