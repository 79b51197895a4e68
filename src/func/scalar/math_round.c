// SPDX-License-Identifier: MIT
//
// math_round.c: abs, sign, ceil, floor, round and trunc over integers, floating-point numbers and DECIMAL.
//
// DECIMAL keeps its width; ceil, floor, round(x) and trunc(x) drop the scale, round(x, n) and trunc(x, n) with constant n
// reduce it to n.
#include "func/support.h"

// ---------------------------------------------------------------------------------------------------------------------
// abs, sign
// ---------------------------------------------------------------------------------------------------------------------

#define ABS_SIGNED(function, C, minimum)                                                \
  KERNEL(function) {                                                                    \
    UNARY_CHECKED(context->error, arguments[0], row_count, result, C, C, {              \
      if (in == (minimum)) {                                                            \
        char text[NUMBER_TEXT_CAPACITY];                                                \
        return out_of_range(context, call, "Overflow on abs(%s)", text_i128(text, in)); \
      }                                                                                 \
      out = in < 0 ? (C)-in : in;                                                       \
    });                                                                                 \
    return OK;                                                                          \
  }
ABS_SIGNED(abs_i8, int8_t, INT8_MIN)
ABS_SIGNED(abs_i16, int16_t, INT16_MIN)
ABS_SIGNED(abs_i32, int32_t, INT32_MIN)
ABS_SIGNED(abs_i64, int64_t, INT64_MIN)
ABS_SIGNED(abs_i128, int128, INT128_MIN)

KERNEL(abs_f32) {
  UNUSED_CALL;
  UNARY_TOTAL(context->error, arguments[0], row_count, result, float, float, out = fabsf(in));
  return OK;
}
KERNEL(abs_f64) {
  UNUSED_CALL;
  UNARY_TOTAL(context->error, arguments[0], row_count, result, double, double, out = fabs(in));
  return OK;
}

// A decimal has no lowest value without a counterpart.
KERNEL(abs_decimal) {
  UNUSED_CALL;
  switch (result->physical) {
    case PHYSICAL_I16:
      UNARY_TOTAL(context->error, arguments[0], row_count, result, int16_t, int16_t,
                  out = (int16_t)(in < 0 ? -in : in));
      break;
    case PHYSICAL_I32:
      UNARY_CHECKED(context->error, arguments[0], row_count, result, int32_t, int32_t, out = in < 0 ? -in : in);
      break;
    case PHYSICAL_I64:
      UNARY_CHECKED(context->error, arguments[0], row_count, result, int64_t, int64_t, out = in < 0 ? -in : in);
      break;
    default:
      UNARY_CHECKED(context->error, arguments[0], row_count, result, int128, int128, out = in < 0 ? -in : in);
  }
  return OK;
}

#define SIGN_KERNEL(T, C, s, name)                                                                      \
  KERNEL(sign_##s) {                                                                                    \
    UNUSED_CALL;                                                                                        \
    UNARY_TOTAL(context->error, arguments[0], row_count, result, C, int8_t, out = (in > 0) - (0 > in)); \
    return OK;                                                                                          \
  }
SIGNED_TYPES(SIGN_KERNEL)
SIGN_KERNEL(HUGEINT, int128, i128, "")
FLOAT_TYPES(SIGN_KERNEL)
#define SIGN_UNSIGNED_KERNEL(T, C, s, name)                                                 \
  KERNEL(sign_##s) {                                                                        \
    UNUSED_CALL;                                                                            \
    UNARY_TOTAL(context->error, arguments[0], row_count, result, C, int8_t, out = in != 0); \
    return OK;                                                                              \
  }
UNSIGNED_TYPES(SIGN_UNSIGNED_KERNEL)
SIGN_UNSIGNED_KERNEL(UHUGEINT, uint128, u128, "")

// ---------------------------------------------------------------------------------------------------------------------
// Floating point
// ---------------------------------------------------------------------------------------------------------------------

#define FLOAT_UNARY(function, C, expression)                                                \
  KERNEL(function) {                                                                        \
    UNUSED_CALL;                                                                            \
    UNARY_TOTAL(context->error, arguments[0], row_count, result, C, C, out = (expression)); \
    return OK;                                                                              \
  }
FLOAT_UNARY(ceil_f32, float, ceilf(in))
FLOAT_UNARY(ceil_f64, double, ceil(in))
FLOAT_UNARY(floor_f32, float, floorf(in))
FLOAT_UNARY(floor_f64, double, floor(in))
FLOAT_UNARY(round_f32, float, (float)round(in))
FLOAT_UNARY(round_f64, double, round(in))
FLOAT_UNARY(trunc_f32, float, truncf(in))
FLOAT_UNARY(trunc_f64, double, trunc(in))

static double apply_digits(double value, int32_t digits, double (*operation)(double)) {
  if (operation == trunc && !isfinite(value)) return value;
  double modifier = power_of_ten_f64(digits < 0 ? -MAX_OF(digits, -309) : MIN_OF(digits, 309)); // from 309 on infinite
  if (digits < 0) {
    double rounded = operation(value / modifier) * modifier;
    return isfinite(rounded) ? rounded : 0;
  }
  double rounded = operation(value * modifier) / modifier;
  return isfinite(rounded) ? rounded : value;
}

#define FLOAT_DIGITS(function, C, operation)                                                     \
  KERNEL(function) {                                                                             \
    UNUSED_CALL;                                                                                 \
    BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, C, int32_t, C, \
                   out = (C)apply_digits(left, right, operation));                               \
    return OK;                                                                                   \
  }
FLOAT_DIGITS(round_digits_f32, float, round)
FLOAT_DIGITS(round_digits_f64, double, round)
FLOAT_DIGITS(trunc_digits_f32, float, trunc)
FLOAT_DIGITS(trunc_digits_f64, double, trunc)

// ---------------------------------------------------------------------------------------------------------------------
// Integers: only negative digits change something. Overflow wraps around, as in DuckDB.
// ---------------------------------------------------------------------------------------------------------------------

static int128 round_integer(int128 value, int32_t digits, bool half_up) {
  if (digits >= 0) return value;
  if (digits < -38) return 0;
  int128 power = power_of_ten_i128((uint32_t)-digits);
  if (half_up) {
    int128 half = power / 2;
    value = (int128)((uint128)value + (uint128)(value < 0 ? -half : half));
  }
  return value / power * power;
}

#define INTEGER_DIGITS(T, C, s, name)                                                            \
  KERNEL(round_digits_##s) {                                                                     \
    UNUSED_CALL;                                                                                 \
    BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, C, int32_t, C, \
                   out = (C)round_integer((int128)left, right, true));                           \
    return OK;                                                                                   \
  }
#define INTEGER_TRUNC_DIGITS(T, C, s, name)                                                      \
  KERNEL(trunc_digits_##s) {                                                                     \
    UNUSED_CALL;                                                                                 \
    BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, C, int32_t, C, \
                   out = (C)round_integer((int128)left, right, false));                          \
    return OK;                                                                                   \
  }
SIGNED_TYPES(INTEGER_DIGITS)
INTEGER_DIGITS(HUGEINT, int128, i128, "")
SIGNED_TYPES(INTEGER_TRUNC_DIGITS)
INTEGER_TRUNC_DIGITS(HUGEINT, int128, i128, "")
UNSIGNED_TYPES(INTEGER_TRUNC_DIGITS)

KERNEL(trunc_digits_u128) {
  UNUSED_CALL;
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, uint128, int32_t, uint128, {
    uint128 power = right < 0 && right >= -38 ? (uint128)power_of_ten_i128((uint32_t)-right) : 1;
    out = right < -38 ? 0 : left / power * power;
  });
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// DECIMAL
// ---------------------------------------------------------------------------------------------------------------------

typedef enum Rounding { ROUND_CEIL, ROUND_FLOOR, ROUND_HALF_UP, ROUND_TRUNC } Rounding;

// `drop` digits are removed from the value: bind data of the decimal kernels.
typedef struct DecimalRounding {
  uint32_t drop;  // digits behind the point that go
  uint32_t zeros; // digits before the point that become zero
  bool to_zero;   // more digits than there are: 0
} DecimalRounding;

static int128 divide_rounding(int128 value, int128 power, Rounding rounding) {
  int128 quotient = value / power, rest = value % power;
  switch (rounding) {
    case ROUND_CEIL:
      return quotient + (rest > 0);
    case ROUND_FLOOR:
      return quotient - (rest < 0);
    case ROUND_HALF_UP:
      if (rest >= 0) return quotient + (rest >= power - rest);
      return quotient - (-rest >= power + rest);
    default:
      return quotient;
  }
}

static Status round_decimal_rows(EvalContext *context, const ScalarCall *call, const Vector *const *arguments,
                                 uint32_t row_count, Vector *result, Rounding rounding) {
  const DecimalRounding *plan = call->bind_data;
  uint32_t count;
  TRY(kernel_begin(arguments, 1, row_count, result, &count, context->error));
  VectorView view;
  vector_view(arguments[0], &view);
  Physical from = arguments[0]->physical, to = result->physical;
  int128 power = power_of_ten_i128(plan->drop + plan->zeros), zeros = power_of_ten_i128(plan->zeros);
  for (uint32_t row = 0; row < count; row++) {
    if (!vector_row_valid(result, row)) continue;
    int128 value = decimal_at(from, view.data, view_row(&view, row));
    if (plan->to_zero) {
      value = 0;
    } else if (plan->drop || plan->zeros) {
      if (to == PHYSICAL_I64 && from == PHYSICAL_I64 && rounding == ROUND_TRUNC && !plan->zeros) {
        value = (int64_t)value / (int64_t)power;
      } else {
        value = divide_rounding(value, power, rounding) * zeros;
      }
    }
    decimal_put(to, result->data, row, value);
  }
  return OK;
}

#define DECIMAL_ROUND_KERNEL(function, rounding) \
  KERNEL(function) { return round_decimal_rows(context, call, arguments, row_count, result, rounding); }
DECIMAL_ROUND_KERNEL(ceil_decimal, ROUND_CEIL)
DECIMAL_ROUND_KERNEL(floor_decimal, ROUND_FLOOR)
DECIMAL_ROUND_KERNEL(round_decimal, ROUND_HALF_UP)
DECIMAL_ROUND_KERNEL(trunc_decimal, ROUND_TRUNC)

static Status bind_own_decimal(ScalarBind *bind) {
  bind_own_types(bind);
  if (bind->argument_types[0].id != TYPE_DECIMAL) {
    uint32_t width, scale;
    if (!decimal_properties(bind->argument_types[0], &width, &scale)) return bind_no_match(bind);
    bind->argument_types[0] = type_decimal(MAX_OF(width, 1), scale);
  }
  return OK;
}

static Status bind_keep_decimal(ScalarBind *bind) {
  TRY(bind_own_decimal(bind));
  bind->result_type = bind->argument_types[0];
  return OK;
}

static Status bind_drop_scale(ScalarBind *bind) {
  TRY(bind_own_decimal(bind));
  Type type = bind->argument_types[0];
  bind->result_type = type_decimal(type.width, 0);
  DecimalRounding *plan;
  ARENA_NEW(bind->arena, bind->error, plan);
  plan->drop = type.scale;
  bind->bind_data = plan;
  return OK;
}

static Status bind_digits(ScalarBind *bind) {
  TRY(bind_own_decimal(bind));
  Type type = bind->argument_types[0];
  Value digits;
  bool constant;
  TRY(bind_constant(bind, 1, &digits, &constant));
  if (!constant) {
    return error_set(bind->error, ERROR_NOT_IMPLEMENTED, bind->position,
                     "%s(DECIMAL, INTEGER) with non-constant precision is not supported",
                     bind->function->name[0] == 'r' ? "ROUND" : "TRUNC");
  }
  DecimalRounding *plan;
  ARENA_NEW(bind->arena, bind->error, plan);
  bind->bind_data = plan;
  Value number;
  TRY(value_cast(bind->arena, &digits, TYPE(INTEGER), &number, bind->error));
  int64_t wanted = number.is_null ? 0 : number.i64;
  uint32_t scale = type.scale;
  if (number.is_null) {
    plan->to_zero = true; // never seen: NULL digits make NULL rows
  } else if (wanted < 0) {
    scale = 0;
    plan->drop = type.scale;
    plan->zeros = wanted < -38 ? 0 : (uint32_t)-wanted;
    plan->to_zero = plan->zeros + plan->drop >= type.width || wanted < -38;
    if (plan->to_zero) plan->zeros = 0;
  } else if (wanted < type.scale) {
    scale = (uint32_t)wanted;
    plan->drop = type.scale - scale;
  }
  bind->result_type = type_decimal(type.width, scale);
  return OK;
}

KERNEL(round_digits_decimal) {
  if (argument_is_null_constant(arguments[1])) return kernel_null(context, call, arguments, row_count, result);
  return round_decimal(context, call, arguments, row_count, result);
}
KERNEL(trunc_digits_decimal) {
  if (argument_is_null_constant(arguments[1])) return kernel_null(context, call, arguments, row_count, result);
  return trunc_decimal(context, call, arguments, row_count, result);
}

// ---------------------------------------------------------------------------------------------------------------------
// The table
// ---------------------------------------------------------------------------------------------------------------------

#define SIGN_ENTRIES(T, C, s, name) SCALAR("sign", OF(TINYINT), TYPES(OF(T)), sign_##s),
#define ABS_ENTRIES(T, C, s, name)                               \
  SCALAR("abs", OF(T), TYPES(OF(T)), abs_##s, .can_fail = true), \
      SCALAR("@", OF(T), TYPES(OF(T)), abs_##s, .can_fail = true),
#define ABS_UNSIGNED_ENTRIES(T, C, s, name) \
  SCALAR("abs", OF(T), TYPES(OF(T)), kernel_identity), SCALAR("@", OF(T), TYPES(OF(T)), kernel_identity),
#define ROUND_INTEGER_ENTRIES(T, C, s, name)             \
  SCALAR("round", OF(T), TYPES(OF(T)), kernel_identity), \
      SCALAR("round", OF(T), TYPES(OF(T), OF(INTEGER)), round_digits_##s),
#define TRUNC_INTEGER_ENTRIES(T, C, s, name)             \
  SCALAR("trunc", OF(T), TYPES(OF(T)), kernel_identity), \
      SCALAR("trunc", OF(T), TYPES(OF(T), OF(INTEGER)), trunc_digits_##s),
#define FLOAT_ENTRIES(T, C, s, name)                                                                    \
  SCALAR("ceil", OF(T), TYPES(OF(T)), ceil_##s), SCALAR("ceiling", OF(T), TYPES(OF(T)), ceil_##s),      \
      SCALAR("floor", OF(T), TYPES(OF(T)), floor_##s), SCALAR("round", OF(T), TYPES(OF(T)), round_##s), \
      SCALAR("round", OF(T), TYPES(OF(T), OF(INTEGER)), round_digits_##s),                              \
      SCALAR("trunc", OF(T), TYPES(OF(T)), trunc_##s),                                                  \
      SCALAR("trunc", OF(T), TYPES(OF(T), OF(INTEGER)), trunc_digits_##s),
#define DECIMAL_ENTRY(text, kernel, bind_function) \
  SCALAR(text, OF(DECIMAL), TYPES(OF(DECIMAL)), kernel, .bind = bind_function)

SCALAR_TABLE(math_round) = {
    SIGNED_TYPES(ABS_ENTRIES) ABS_ENTRIES(HUGEINT, int128, i128, "") FLOAT_TYPES(ABS_ENTRIES)
        DECIMAL_ENTRY("abs", abs_decimal, bind_keep_decimal),
    DECIMAL_ENTRY("@", abs_decimal, bind_keep_decimal),
    UNSIGNED_TYPES(ABS_UNSIGNED_ENTRIES) ABS_UNSIGNED_ENTRIES(UHUGEINT, uint128, u128, "") NUMBER_TYPES(SIGN_ENTRIES)
        FLOAT_TYPES(FLOAT_ENTRIES) DECIMAL_ENTRY("ceil", ceil_decimal, bind_drop_scale),
    DECIMAL_ENTRY("ceiling", ceil_decimal, bind_drop_scale),
    DECIMAL_ENTRY("floor", floor_decimal, bind_drop_scale),
    DECIMAL_ENTRY("round", round_decimal, bind_drop_scale),
    DECIMAL_ENTRY("trunc", trunc_decimal, bind_drop_scale),
    SCALAR("round", OF(DECIMAL), TYPES(OF(DECIMAL), OF(INTEGER)), round_digits_decimal, .bind = bind_digits),
    SCALAR("trunc", OF(DECIMAL), TYPES(OF(DECIMAL), OF(INTEGER)), trunc_digits_decimal, .bind = bind_digits),
    SIGNED_TYPES(ROUND_INTEGER_ENTRIES) ROUND_INTEGER_ENTRIES(HUGEINT, int128, i128, "")
        INTEGER_TYPES(TRUNC_INTEGER_ENTRIES)};
SCALAR_TABLE_END(math_round);
