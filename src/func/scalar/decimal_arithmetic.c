// SPDX-License-Identifier: MIT
//
// decimal_arithmetic.c: + - * % and unary + - over DECIMAL, with DuckDB's rules for width and scale.
//
//   a + b    scale: the larger; width: the larger integer part, plus the scale, plus one
//   a * b    widths and scales add up
//   a % b    scale: the larger; width: the larger integer part plus the scale
//
// A result wider than 18 digits of two operands that are not stays at 18 and is checked; more than 38 is cut at 38 and
// checked. Where the width grew nothing can overflow and the kernels do not look.
#include "func/support.h"

#define MAX_WIDTH_I64 18
#define MAX_WIDTH_I128 38

static Status overflow_decimal(EvalContext *context, const ScalarCall *call, const char *what, char sign, int128 left,
                               int128 right) {
  char a[NUMBER_TEXT_CAPACITY], b[NUMBER_TEXT_CAPACITY];
  bool wide = call->result_type.width > MAX_WIDTH_I64;
  const char *advice = ". You might want to add an explicit cast to a bigger decimal.";
  if (wide) advice = sign == '*' ? ". You might want to add an explicit cast to a decimal with a smaller scale." : ";";
  return out_of_range(context, call, "Overflow in %s of DECIMAL(%d) (%s %c %s)%s", what, wide ? 38 : 18,
                      text_i128(a, left), sign, text_i128(b, right), advice);
}

// ---------------------------------------------------------------------------------------------------------------------
// Addition and subtraction: both sides and the result have one physical type.
// ---------------------------------------------------------------------------------------------------------------------

#define PLAIN_LOOP(C, U, op) \
  BINARY_TOTAL(context->error, arguments[0], arguments[1], row_count, result, C, C, C, out = (C)((U)left op(U) right))

#define PLAIN_KERNEL(function, op)         \
  HOT KERNEL(function) {                   \
    UNUSED_CALL;                           \
    switch (result->physical) {            \
      case PHYSICAL_I16:                   \
        PLAIN_LOOP(int16_t, uint16_t, op); \
        break;                             \
      case PHYSICAL_I32:                   \
        PLAIN_LOOP(int32_t, uint32_t, op); \
        break;                             \
      case PHYSICAL_I64:                   \
        PLAIN_LOOP(int64_t, uint64_t, op); \
        break;                             \
      default:                             \
        PLAIN_LOOP(int128, uint128, op);   \
    }                                      \
    return OK;                             \
  }
PLAIN_KERNEL(add_plain, +)
PLAIN_KERNEL(subtract_plain, -)

#define LIMIT_I64 INT64_C(999999999999999999)

#define CHECKED_LOOP(C, builtin, limit, what, sign)                                        \
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, C, C, C, { \
    if (builtin(left, right, &out) || out > (limit) || out < -(limit)) {                   \
      return overflow_decimal(context, call, what, sign, left, right);                     \
    }                                                                                      \
  })
#define CHECKED_KERNEL(function, builtin_i64, builtin_i128, what, sign) \
  KERNEL(function) {                                                    \
    if (result->physical == PHYSICAL_I64) {                             \
      CHECKED_LOOP(int64_t, builtin_i64, LIMIT_I64, what, sign);        \
    } else {                                                            \
      int128 limit = power_of_ten_i128(MAX_WIDTH_I128) - 1;             \
      CHECKED_LOOP(int128, builtin_i128, limit, what, sign);            \
    }                                                                   \
    return OK;                                                          \
  }
CHECKED_KERNEL(add_checked, __builtin_add_overflow, add_overflow_i128, "addition", '+')
CHECKED_KERNEL(subtract_checked, __builtin_sub_overflow, sub_overflow_i128, "subtract", '-')
CHECKED_KERNEL(multiply_checked, __builtin_mul_overflow, mul_overflow_i128, "multiplication", '*')

// The two operands' digits before and after the point.
static bool operand_properties(ScalarBind *bind, uint32_t *integers, uint32_t *scale, uint32_t *width) {
  *integers = *scale = *width = 0;
  for (uint32_t i = 0; i < bind->argument_count; i++) {
    uint32_t own_width, own_scale;
    if (!decimal_properties(argument_type(bind->arguments[i]), &own_width, &own_scale)) return false;
    *integers = MAX_OF(*integers, own_width - own_scale);
    *scale = MAX_OF(*scale, own_scale);
    *width = MAX_OF(*width, own_width);
  }
  return true;
}

static const ScalarFunction checked_add, checked_subtract, checked_multiply, double_modulo;

static Status bind_add_subtract(ScalarBind *bind) {
  uint32_t integers, scale, width;
  if (!operand_properties(bind, &integers, &scale, &width)) return bind_no_match(bind);
  uint32_t required = integers + scale + 1;
  bool check = false;
  if (required > MAX_WIDTH_I64 && width <= MAX_WIDTH_I64) {
    // Both fit 64 bits: stay there, and look.
    check = true;
    required = MAX_WIDTH_I64;
  }
  if (required > MAX_WIDTH_I128) {
    check = true;
    required = MAX_WIDTH_I128;
  }
  bind->result_type = type_decimal(required, scale);
  for (uint32_t i = 0; i < bind->argument_count; i++) {
    Type type = argument_type(bind->arguments[i]);
    bool same =
        type.id == TYPE_DECIMAL && type.scale == scale && type_physical(type) == type_physical(bind->result_type);
    bind->argument_types[i] = same ? type : bind->result_type;
  }
  if (check) bind->replacement = bind->function->kernel == add_plain ? &checked_add : &checked_subtract;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Multiplication: the sides keep their own widths, the product has its own.
// ---------------------------------------------------------------------------------------------------------------------

#define MULTIPLY_LOOP(Left, Right, Out)                                                         \
  BINARY_TOTAL(context->error, arguments[0], arguments[1], row_count, result, Left, Right, Out, \
               out = (Out)((Out)left * (Out)right))
#define MULTIPLY_RIGHT(Left, Out)        \
  switch (arguments[1]->physical) {      \
    case PHYSICAL_I16:                   \
      MULTIPLY_LOOP(Left, int16_t, Out); \
      return OK;                         \
    case PHYSICAL_I32:                   \
      MULTIPLY_LOOP(Left, int32_t, Out); \
      return OK;                         \
    default:                             \
      MULTIPLY_LOOP(Left, int64_t, Out); \
      return OK;                         \
  }

HOT KERNEL(multiply_to_i64) {
  UNUSED_CALL;
  switch (arguments[0]->physical) {
    case PHYSICAL_I16:
      MULTIPLY_RIGHT(int16_t, int64_t)
    case PHYSICAL_I32:
      MULTIPLY_RIGHT(int32_t, int64_t)
    default:
      MULTIPLY_RIGHT(int64_t, int64_t)
  }
}

KERNEL(multiply_plain) {
  switch (result->physical) {
    case PHYSICAL_I16:
      MULTIPLY_LOOP(int16_t, int16_t, int16_t);
      return OK;
    case PHYSICAL_I32:
      if (arguments[0]->physical == PHYSICAL_I16 && arguments[1]->physical == PHYSICAL_I16) {
        MULTIPLY_LOOP(int16_t, int16_t, int32_t);
      } else if (arguments[0]->physical == PHYSICAL_I16) {
        MULTIPLY_LOOP(int16_t, int32_t, int32_t);
      } else if (arguments[1]->physical == PHYSICAL_I16) {
        MULTIPLY_LOOP(int32_t, int16_t, int32_t);
      } else {
        MULTIPLY_LOOP(int32_t, int32_t, int32_t);
      }
      return OK;
    case PHYSICAL_I64:
      return multiply_to_i64(context, call, arguments, row_count, result);
    default:
      if (arguments[0]->physical == PHYSICAL_I64 && arguments[1]->physical == PHYSICAL_I64) {
        MULTIPLY_LOOP(int64_t, int64_t, int128); // one 64 x 64 -> 128 instruction
      } else {
        MULTIPLY_LOOP(int128, int128, int128);
      }
      return OK;
  }
}

static Status bind_multiply(ScalarBind *bind) {
  uint32_t width = 0, scale = 0, widest = 0;
  for (uint32_t i = 0; i < 2; i++) {
    uint32_t own_width, own_scale;
    if (!decimal_properties(argument_type(bind->arguments[i]), &own_width, &own_scale)) return bind_no_match(bind);
    width += own_width;
    scale += own_scale;
    widest = MAX_OF(widest, own_width);
  }
  if (scale > MAX_WIDTH_I128) {
    return error_set(
        bind->error, ERROR_OUT_OF_RANGE, bind->position,
        "Needed scale %u to accurately represent the multiplication result, but this is out of range of the "
        "DECIMAL type. Max scale is %d; could not perform an accurate multiplication. Either add a cast to "
        "DOUBLE, or add an explicit cast to a decimal with a lower scale.",
        scale, MAX_WIDTH_I128);
  }
  bool check = false;
  if (width > MAX_WIDTH_I64 && widest <= MAX_WIDTH_I64 && scale < MAX_WIDTH_I64) {
    check = true;
    width = MAX_WIDTH_I64;
  }
  if (width > MAX_WIDTH_I128) {
    check = true;
    width = MAX_WIDTH_I128;
  }
  bind->result_type = type_decimal(width, scale);
  Physical physical = type_physical(bind->result_type);
  bool all_i64 = true;
  for (uint32_t i = 0; i < 2; i++) {
    uint32_t own_width, own_scale;
    decimal_properties(argument_type(bind->arguments[i]), &own_width, &own_scale);
    bind->argument_types[i] = type_decimal(MAX_OF(own_width, 1), own_scale);
    if (type_physical(bind->argument_types[i]) != PHYSICAL_I64) all_i64 = false;
  }
  if (check || (physical == PHYSICAL_I128 && !all_i64)) {
    for (uint32_t i = 0; i < 2; i++) {
      if (type_physical(bind->argument_types[i]) != physical) {
        bind->argument_types[i] = type_decimal(width, bind->argument_types[i].scale);
      }
    }
  }
  if (check) bind->replacement = &checked_multiply;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Remainder and negation
// ---------------------------------------------------------------------------------------------------------------------

#define MODULO_LOOP(C)                                                                     \
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, C, C, C, { \
    if (right == 0) {                                                                      \
      KERNEL_NULL(result, row, context->error);                                            \
    } else {                                                                               \
      out = right == -1 ? 0 : (C)(left % right);                                           \
    }                                                                                      \
  })

KERNEL(modulo_decimal) {
  UNUSED_CALL;
  switch (result->physical) {
    case PHYSICAL_I16:
      MODULO_LOOP(int16_t);
      break;
    case PHYSICAL_I32:
      MODULO_LOOP(int32_t);
      break;
    case PHYSICAL_I64:
      MODULO_LOOP(int64_t);
      break;
    default:
      MODULO_LOOP(int128);
  }
  return OK;
}

KERNEL(modulo_as_double) {
  UNUSED_CALL;
  BINARY_TOTAL(context->error, arguments[0], arguments[1], row_count, result, double, double, double,
               out = fmod(left, right));
  return OK;
}

static Status bind_modulo(ScalarBind *bind) {
  uint32_t integers, scale, width;
  if (!operand_properties(bind, &integers, &scale, &width)) return bind_no_match(bind);
  if (integers + scale > MAX_WIDTH_I128) {
    bind->replacement = &double_modulo;
    bind->result_type = TYPE(DOUBLE);
    bind->argument_types[0] = bind->argument_types[1] = TYPE(DOUBLE);
    return OK;
  }
  bind->result_type = type_decimal(integers + scale, scale);
  bind->argument_types[0] = bind->argument_types[1] = bind->result_type;
  return OK;
}

#define NEGATE_LOOP(C) UNARY_TOTAL(context->error, arguments[0], row_count, result, C, C, out = (C)(-in))

KERNEL(negate_decimal) {
  UNUSED_CALL;
  switch (result->physical) {
    case PHYSICAL_I16:
      NEGATE_LOOP(int16_t);
      break;
    case PHYSICAL_I32:
      UNARY_TOTAL(context->error, arguments[0], row_count, result, int32_t, int32_t,
                  out = (int32_t)(0u - (uint32_t)in));
      break;
    case PHYSICAL_I64:
      UNARY_TOTAL(context->error, arguments[0], row_count, result, int64_t, int64_t,
                  out = (int64_t)(0u - (uint64_t)in));
      break;
    default:
      UNARY_TOTAL(context->error, arguments[0], row_count, result, int128, int128,
                  out = (int128)((uint128)0 - (uint128)in));
  }
  return OK;
}

static Status bind_own_decimal(ScalarBind *bind) {
  bind_own_types(bind);
  if (bind->argument_types[0].id != TYPE_DECIMAL) {
    uint32_t width, scale;
    if (!decimal_properties(bind->argument_types[0], &width, &scale)) return bind_no_match(bind);
    bind->argument_types[0] = type_decimal(MAX_OF(width, 1), scale);
  }
  bind->result_type = bind->argument_types[0];
  return OK;
}

static const ScalarFunction checked_add =
    SCALAR("+", OF(DECIMAL), TYPES(OF(DECIMAL), OF(DECIMAL)), add_checked, .can_fail = true);
static const ScalarFunction checked_subtract =
    SCALAR("-", OF(DECIMAL), TYPES(OF(DECIMAL), OF(DECIMAL)), subtract_checked, .can_fail = true);
static const ScalarFunction checked_multiply =
    SCALAR("*", OF(DECIMAL), TYPES(OF(DECIMAL), OF(DECIMAL)), multiply_checked, .can_fail = true);
static const ScalarFunction double_modulo = SCALAR("%", OF(DOUBLE), TYPES(OF(DOUBLE), OF(DOUBLE)), modulo_as_double);

#define DECIMAL_BINARY(text, kernel_function, bind_function) \
  SCALAR(text, OF(DECIMAL), TYPES(OF(DECIMAL), OF(DECIMAL)), kernel_function, .bind = bind_function)
#define DECIMAL_UNARY(text, kernel_function) \
  SCALAR(text, OF(DECIMAL), TYPES(OF(DECIMAL)), kernel_function, .bind = bind_own_decimal)

SCALAR_TABLE(decimal_arithmetic) = {
    DECIMAL_BINARY("+", add_plain, bind_add_subtract),
    DECIMAL_BINARY("add", add_plain, bind_add_subtract),
    DECIMAL_BINARY("-", subtract_plain, bind_add_subtract),
    DECIMAL_BINARY("subtract", subtract_plain, bind_add_subtract),
    DECIMAL_BINARY("*", multiply_plain, bind_multiply),
    DECIMAL_BINARY("multiply", multiply_plain, bind_multiply),
    DECIMAL_BINARY("%", modulo_decimal, bind_modulo),
    DECIMAL_BINARY("mod", modulo_decimal, bind_modulo),
    DECIMAL_UNARY("+", kernel_identity),
    DECIMAL_UNARY("add", kernel_identity),
    DECIMAL_UNARY("-", negate_decimal),
    DECIMAL_UNARY("subtract", negate_decimal),
};
SCALAR_TABLE_END(decimal_arithmetic);
