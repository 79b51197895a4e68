// SPDX-License-Identifier: MIT
//
// support.h: private to func/. How functions are declared, and what their binds and kernels share.
#ifndef SMEW_FUNC_SUPPORT_H
#define SMEW_FUNC_SUPPORT_H

#include <math.h>

#include "func/func.h"
#include "vector/kernels.h"

// ---------------------------------------------------------------------------------------------------------------------
// Declarations: SCALAR("abs", OF(INTEGER), TYPES(OF(INTEGER)), abs_i32, .can_fail = true)
// ---------------------------------------------------------------------------------------------------------------------

#define OF(name) TYPE_##name
#define LIST_OF(name) (DECLARED_LIST + TYPE_##name)
#define TRIPLE_OF(name) (DECLARED_TRIPLE + TYPE_##name)
#define TYPES(...) .arguments = {__VA_ARGS__}, .argument_count = sizeof((const DeclaredType[]){__VA_ARGS__})
#define NO_TYPES .argument_count = 0
#define SCALAR(name_text, result_type, argument_types, kernel_function, ...) \
  { .name = name_text, .result = result_type, argument_types, .kernel = kernel_function, __VA_ARGS__ }
// A table of functions that library.c collects.
#define SCALAR_TABLE(table) const ScalarFunction scalar_##table[]
#define SCALAR_TABLE_END(table) const uint32_t scalar_##table##_count = COUNT_OF(scalar_##table)
#define AGGREGATE_TABLE(table) const AggregateFunction aggregate_##table[]
#define AGGREGATE_TABLE_END(table) const uint32_t aggregate_##table##_count = COUNT_OF(aggregate_##table)
#define TABLE_TABLE(table) const TableFunction table_##table[]
#define TABLE_TABLE_END(table) const uint32_t table_##table##_count = COUNT_OF(table_##table)

// The kernel's signature, once.
#define KERNEL(function)                                                                               \
  static Status function(EvalContext *context, const ScalarCall *call, const Vector *const *arguments, \
                         uint32_t row_count, Vector *result)
#define UNUSED_CALL ((void)call)

// X(TYPE, C type, suffix, name in errors): the signed and unsigned integers of up to 64 bits.
#define SIGNED_TYPES(X)              \
  X(TINYINT, int8_t, i8, "INT8")     \
  X(SMALLINT, int16_t, i16, "INT16") \
  X(INTEGER, int32_t, i32, "INT32")  \
  X(BIGINT, int64_t, i64, "INT64")
#define UNSIGNED_TYPES(X)               \
  X(UTINYINT, uint8_t, u8, "UINT8")     \
  X(USMALLINT, uint16_t, u16, "UINT16") \
  X(UINTEGER, uint32_t, u32, "UINT32")  \
  X(UBIGINT, uint64_t, u64, "UINT64")
#define INTEGER_TYPES(X)             \
  SIGNED_TYPES(X)                    \
  X(HUGEINT, int128, i128, "INT128") \
  UNSIGNED_TYPES(X)                  \
  X(UHUGEINT, uint128, u128, "UINT128")
#define FLOAT_TYPES(X)          \
  X(FLOAT, float, f32, "FLOAT") \
  X(DOUBLE, double, f64, "DOUBLE")
#define NUMBER_TYPES(X) INTEGER_TYPES(X) FLOAT_TYPES(X)

// ---------------------------------------------------------------------------------------------------------------------
// Binding
// ---------------------------------------------------------------------------------------------------------------------

// The type of a bound argument, literals resolved (INTEGER_LITERAL: INTEGER, BIGINT or HUGEINT by value).
Type argument_type(const Expr *argument);
// Sets every declared ANY, generic LIST, STRUCT or MAP, and DECIMAL without width, to the argument's own type.
void bind_own_types(ScalarBind *bind);
// The value of a constant argument. *constant is false (and no error) when it is not one.
Status bind_constant(ScalarBind *bind, uint32_t index, Value *value, bool *constant) MUST_USE;
// "No function matches the given name and argument types …".
Status call_no_match(const char *function, Expr **arguments, uint32_t count, int32_t position, Arena *arena,
                     Error *error) MUST_USE;
Status bind_no_match(ScalarBind *bind) MUST_USE;
// "Cannot deduce template type 'T' in function: …", with the signature as DuckDB prints it.
Status bind_no_template(ScalarBind *bind, const char *signature) MUST_USE;
// The setting ieee_floating_point_ops: off, x / 0 is NULL.
bool bind_ieee(const ScalarBind *bind);
// Digits and scale that a number needs as DECIMAL; false: not a number that fits one (FLOAT, VARCHAR …).
bool decimal_properties(Type type, uint32_t *width, uint32_t *scale);
// Unifies arguments [from, count) to one type. When there is none: "Cannot <what> of A and B - an explicit cast is required".
Status bind_unify(ScalarBind *bind, uint32_t from, const char *what, Type *out) MUST_USE;
// The element type of LIST or ARRAY; NULL type for NULL; false: neither.
bool list_element_type(Type type, Type *element);
// Makes argument `index` a LIST (ARRAY is cast, a bare NULL becomes NULL[]); false in *is_list when it is something else.
Status bind_list(ScalarBind *bind, uint32_t index, Type *element, bool *is_list) MUST_USE;

// ---------------------------------------------------------------------------------------------------------------------
// Kernels
// ---------------------------------------------------------------------------------------------------------------------

// The result borrows an argument as it is.
Status kernel_identity(EvalContext *context, const ScalarCall *call, const Vector *const *arguments, uint32_t row_count,
                       Vector *result);
// The result is NULL in all rows.
Status kernel_null(EvalContext *context, const ScalarCall *call, const Vector *const *arguments, uint32_t row_count,
                   Vector *result);
// Whether all arguments are constant vectors: such a kernel computes one row and calls vector_set_constant.
static inline uint32_t kernel_rows(const Vector *const *arguments, uint32_t argument_count, uint32_t row_count) {
  for (uint32_t i = 0; i < argument_count; i++) {
    if (arguments[i]->form != VECTOR_CONSTANT) return row_count;
  }
  return argument_count && row_count ? 1 : row_count;
}
static inline void kernel_finish(const Vector *const *arguments, uint32_t argument_count, Vector *result) {
  for (uint32_t i = 0; i < argument_count; i++) {
    if (arguments[i]->form != VECTOR_CONSTANT) return;
  }
  if (argument_count) vector_set_constant(result);
}
// A single NULL constant to stand for `result` when a required argument is NULL everywhere.
static inline bool argument_is_null_constant(const Vector *vector) {
  return vector->form == VECTOR_CONSTANT && !vector_row_valid(vector, 0);
}

// Sets row of a VARCHAR or BLOB result to bytes that the caller wrote into vector_string_room.
static inline void result_view(Vector *result, uint32_t row, const char *data, size_t length) {
  ((StringView *)result->data)[row] = string_view(data, length);
}
Status result_builder(Vector *result, uint32_t row, const TextBuilder *text, Error *error) MUST_USE;

// Room for `count` more elements in the child of a LIST result; *at is where they start. The entry of `row` is set.
Status list_append_entry(Vector *result, uint32_t row, uint32_t count, uint32_t *at, Error *error) MUST_USE;

// Kernels over BIGINT whose numbers must fit 32 bits.
Status check_fits_i32(EvalContext *context, const ScalarCall *call, int64_t number) MUST_USE;
Status out_of_range(EvalContext *context, const ScalarCall *call, const char *format, ...) MUST_USE PRINTF_LIKE(3, 4);
// Numbers of up to 128 bits as text in a caller's buffer, NUL-terminated.
const char *text_i128(char buffer[NUMBER_TEXT_CAPACITY], int128 value);
const char *text_u128(char buffer[NUMBER_TEXT_CAPACITY], uint128 value);

// A decimal value of any physical width.
int128 decimal_at(Physical physical, const void *data, uint32_t at);
void decimal_put(Physical physical, void *data, uint32_t at, int128 value);

// random_next is in func.h.
void random_seed(StatementFacts *facts, uint64_t seed);

// ---------------------------------------------------------------------------------------------------------------------
// Calendar (calendar.c): what functions of dates and times share. Timestamps are microseconds since 1970, UTC.
// ---------------------------------------------------------------------------------------------------------------------

static inline bool date_is_finite(int32_t days) { return days != DAY_INFINITY && days != DAY_NEGATIVE_INFINITY; }
static inline bool timestamp_is_finite(int64_t micros) {
  return micros != MICROS_INFINITY && micros != MICROS_NEGATIVE_INFINITY;
}
static inline int64_t floor_divide(int64_t value, int64_t by) { // by > 0
  int64_t quotient = value / by;
  return quotient - (value % by < 0);
}
static inline int32_t timestamp_date(int64_t micros) { return (int32_t)floor_divide(micros, MICROS_PER_DAY); }
static inline int64_t timestamp_time(int64_t micros) {
  return micros - floor_divide(micros, MICROS_PER_DAY) * MICROS_PER_DAY;
}
// False: out of the range of TIMESTAMP. Infinite dates become infinite timestamps.
bool date_to_timestamp(int32_t days, int64_t *micros);
bool timestamp_from_parts(int32_t days, int64_t time_micros, int64_t *micros);
// False: out of range.
bool timestamp_add_interval(int64_t micros, Interval interval, int64_t *out);
bool date_add_months(int32_t days, int64_t months, int32_t *out);
bool date_in_range(int64_t days);
bool interval_negate(Interval interval, Interval *out);
// a - b as years, months, days and time, as age() gives it.
Interval interval_age(int64_t a, int64_t b);
// a - b as days and time.
bool interval_difference(int64_t a, int64_t b, Interval *out);
int64_t interval_total_micros(Interval interval); // 30 days a month; saturates

static inline TimeZone zone_named(const StatementFacts *facts, Str name) {
  return (TimeZone){facts ? facts->host : NULL, name};
}

typedef enum DatePart {
  PART_YEAR,
  PART_MONTH,
  PART_DAY,
  PART_DECADE,
  PART_CENTURY,
  PART_MILLENNIUM,
  PART_QUARTER,
  PART_DOW,
  PART_ISODOW,
  PART_WEEK,
  PART_ISOYEAR,
  PART_DOY,
  PART_YEARWEEK,
  PART_ERA,
  PART_HOUR,
  PART_MINUTE,
  PART_SECOND,
  PART_MILLISECONDS,
  PART_MICROSECONDS,
  PART_NANOSECONDS,
  PART_EPOCH,
  PART_EPOCH_NS,
  PART_EPOCH_US,
  PART_EPOCH_MS,
  PART_JULIAN_DAY,
  PART_TIMEZONE,
  PART_TIMEZONE_HOUR,
  PART_TIMEZONE_MINUTE,
  PART_COUNT
} DatePart;
// Name or abbreviation of a part, any case; false: none.
bool date_part_from_name(Str name, DatePart *part);
Status date_part_unknown(Error *error, Str name) MUST_USE;
// The part of a date (parts below a day are zero) or of a timestamp; PART_EPOCH and PART_JULIAN_DAY are doubles: see date_part.c.
int64_t date_part_of_date(DatePart part, int32_t days);
int64_t date_part_of_timestamp(DatePart part, int64_t micros);

// date_arithmetic.c: months and days of an instant are those of the session's clock; hours pass everywhere alike. False: out of range.
bool instant_add_interval(const StatementFacts *facts, int64_t micros, Interval interval, int64_t *out);

// ---------------------------------------------------------------------------------------------------------------------
// Shared text helpers
// ---------------------------------------------------------------------------------------------------------------------

void digest_md5(const void *data, size_t length, uint8_t out[16]);
void digest_sha1(const void *data, size_t length, uint8_t out[20]);
void digest_sha256(const void *data, size_t length, uint8_t out[32]);
bool glob_match(Str text, Str pattern);
size_t find_bytes(Str text, Str needle, size_t from); // SIZE_MAX: not there; an empty needle is found at `from`

#endif
