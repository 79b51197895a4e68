// SPDX-License-Identifier: MIT
//
// result.c: statements carried out, their rows as texts, and the hash of many rows.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sqllogic.h"

static Text value_text(const smew_chunk *chunk, uint32_t column, uint32_t row, smew_type_id type) {
  if (smew_is_null(chunk, column, row)) return text_from("NULL");
  if (type == SMEW_TYPE_BOOLEAN) return text_from(smew_get_boolean(chunk, column, row) ? "1" : "0");
  smew_text text;
  if (smew_value_text(chunk, column, row, &text) != SMEW_OK) return (Text){0};
  if (text.length == 0) return text_from("(empty)");
  Text out = text_of(text.data, text.length);
  if (!memchr(out.data, 0, out.length)) return out;
  Text shown = text_of("", 0); // NUL bytes as \0
  for (size_t i = 0; i < out.length; i++) {
    if (out.data[i])
      text_add(&shown, &out.data[i], 1);
    else
      text_add(&shown, "\\0", 2);
  }
  return shown;
}

static void take_columns(Result *result, smew_statement *statement) {
  result->column_count = smew_column_count(statement);
  result->types = must(calloc(result->column_count + 1, sizeof *result->types));
  result->scales = must(calloc(result->column_count + 1, sizeof *result->scales));
  for (size_t i = 0; i < result->column_count; i++) {
    const smew_type *type = smew_column_type(statement, (uint32_t)i);
    result->types[i] = smew_type_kind(type);
    result->scales[i] = smew_type_decimal_scale(type);
  }
  result->values = (TextList){0};
  result->row_count = 0;
}

// False: no memory for a value's text.
static bool take_chunk(Result *result, const smew_chunk *chunk) {
  uint32_t rows = smew_chunk_row_count(chunk);
  for (uint32_t row = 0; row < rows; row++) {
    for (uint32_t column = 0; column < result->column_count; column++) {
      Text value = value_text(chunk, column, row, result->types[column]);
      if (!value.data) return false;
      list_add(&result->values, value);
    }
  }
  result->row_count += rows;
  return true;
}

const char NO_MEMORY[] = "Out of Memory Error";

// Runs all statements of a text; the result is the last one's.
Result run_sql(smew_session *session, Text sql) {
  Result result = {0};
  const char *rest = sql.data, *end = sql.data + sql.length;
  while (rest < end) {
    smew_statement *statement = NULL;
    smew_status status = smew_prepare(session, rest, (size_t)(end - rest), &statement, &rest);
    if (status == SMEW_OK && !statement) break;
    bool has_columns = false;
    while (status == SMEW_OK || status == SMEW_CHUNK) {
      status = smew_step_blocking(statement);
      if (status != SMEW_CHUNK && status != SMEW_DONE) break;
      if (!has_columns) take_columns(&result, statement);
      has_columns = true;
      if (status == SMEW_CHUNK && !take_chunk(&result, smew_statement_chunk(statement))) {
        result.failed = true;
        result.error = text_from(NO_MEMORY);
        smew_finalize(statement);
        return result;
      }
      if (status == SMEW_DONE) break;
    }
    if (status != SMEW_DONE) {
      result.failed = true;
      result.error = status == SMEW_ERROR ? text_from(smew_error(session)->text) : text_from("Misuse of the interface");
      smew_finalize(statement);
      return result;
    }
    smew_finalize(statement);
  }
  return result;
}

// MD5 (RFC 1321) of results.

static uint32_t rotate(uint32_t x, uint32_t count) { return x << count | x >> (32 - count); }

static void md5_block(uint32_t state[4], const uint8_t block[64]) {
  static const uint8_t SHIFTS[16] = {7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21};
  uint32_t a = state[0], b = state[1], c = state[2], d = state[3], words_[16];
  memcpy(words_, block, 64);
  for (uint32_t i = 0; i < 64; i++) {
    uint32_t mixed, index;
    switch (i / 16) {
      case 0:
        mixed = (b & c) | (~b & d);
        index = i;
        break;
      case 1:
        mixed = (d & b) | (~d & c);
        index = (5 * i + 1) % 16;
        break;
      case 2:
        mixed = b ^ c ^ d;
        index = (3 * i + 5) % 16;
        break;
      default:
        mixed = c ^ (b | ~d);
        index = 7 * i % 16;
    }
    uint32_t constant = (uint32_t)(int64_t)floor(fabs(sin(i + 1)) * 4294967296.0);
    uint32_t sum = a + mixed + constant + words_[index];
    a = d;
    d = c;
    c = b;
    b += rotate(sum, SHIFTS[i / 16 * 4 + i % 4]);
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
}

static Text md5_hex(Text data) {
  uint32_t state[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  size_t at = 0;
  for (; at + 64 <= data.length; at += 64) md5_block(state, (const uint8_t *)data.data + at);
  uint8_t tail[128] = {0};
  size_t rest = data.length - at;
  if (rest) memcpy(tail, data.data + at, rest);
  tail[rest] = 0x80;
  size_t length = rest + 9 <= 64 ? 64 : 128;
  uint64_t bits = (uint64_t)data.length * 8;
  memcpy(tail + length - 8, &bits, 8);
  md5_block(state, tail);
  if (length == 128) md5_block(state, tail + 64);
  Text hex = text_of("", 0);
  for (size_t i = 0; i < 16; i++) text_print(&hex, "%02x", ((const uint8_t *)state)[i]);
  return hex;
}

Text hash_values(const TextList *values) {
  Text all = text_of("", 0);
  size_t total = 0;
  for (size_t i = 0; i < values->count; i++) total += values->items[i].length + 1;
  all.data = must(realloc(all.data, total + 1));
  for (size_t i = 0; i < values->count; i++) {
    memcpy(all.data + all.length, values->items[i].data, values->items[i].length);
    all.length += values->items[i].length;
    all.data[all.length++] = '\n';
  }
  Text hash = text_of("", 0);
  text_print(&hash, "%zu values hashing to %s", values->count, md5_hex(all).data);
  return hash;
}

bool is_hash(Text text) {
  size_t digits = strspn(text.data, "0123456789");
  return digits && strncmp(text.data + digits, " values hashing to ", 19) == 0 && text.length == digits + 19 + 32;
}
