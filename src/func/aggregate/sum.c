// SPDX-License-Identifier: MIT
//
// sum.c: sum, avg, count_if, product, and the Kahan sums. Integers and decimals of every width are summed in 128 bits:
// ungrouped, a chunk is first summed in 64 bits (BIGINT as two halves, which vectorises) and carried over once.
#include "func/aggregate/aggregate.h"

typedef struct SumState {
  int128 sum;
  uint64_t count;
} SumState;

INIT(sum_init) {
  (void)call;
  *(SumState *)state = (SumState){0};
}

static Status sum_overflow(EvalContext *context, int128 left, int128 right) {
  char a[NUMBER_TEXT_CAPACITY], b[NUMBER_TEXT_CAPACITY];
  return out_of_range(context, NULL, "Overflow in HUGEINT addition: %s + %s", text_i128(a, left), text_i128(b, right));
}

// Up to 64 bits nothing can overflow: 2^64 rows would be needed.
#define SUM_UPDATE(name, C)          \
  HOT UPDATE(name##_update) {        \
    UNUSED_AGGREGATE;                \
    FOR_VALUES(C, {                  \
      SumState *state = states[row]; \
      state->sum += in;              \
      state->count++;                \
    });                              \
    return OK;                       \
  }
SUM_UPDATE(sum_bool, uint8_t)
SUM_UPDATE(sum_i8, int8_t)
SUM_UPDATE(sum_i16, int16_t)
SUM_UPDATE(sum_i32, int32_t)
SUM_UPDATE(sum_i64, int64_t)

// A chunk of up to 32 bits fits 64.
#define SUM_UPDATE_ONE(name, C)                                        \
  HOT UPDATE_ONE(name##_update_one) {                                  \
    UNUSED_AGGREGATE;                                                  \
    SumState *state = state_;                                          \
    int64_t sum = 0;                                                   \
    uint32_t count = 0;                                                \
    VectorView view;                                                   \
    vector_view(arguments[0], &view);                                  \
    const C *data = view.data;                                         \
    if (!view.validity && view_is_flat(&view)) {                       \
      for (uint32_t row = 0; row < row_count; row++) sum += data[row]; \
      count = row_count;                                               \
    } else {                                                           \
      FOR_VALUES(C, sum += in, count++);                               \
    }                                                                  \
    state->sum += sum;                                                 \
    state->count += count;                                             \
    return OK;                                                         \
  }
SUM_UPDATE_ONE(sum_bool, uint8_t)
SUM_UPDATE_ONE(sum_i8, int8_t)
SUM_UPDATE_ONE(sum_i16, int16_t)
SUM_UPDATE_ONE(sum_i32, int32_t)

HOT UPDATE_ONE(sum_i64_update_one) {
  UNUSED_AGGREGATE;
  SumState *state = state_;
  int64_t high = 0;
  uint64_t low = 0;
  uint32_t count = 0;
  VectorView view;
  vector_view(arguments[0], &view);
  const int64_t *data = view.data;
  if (!view.validity && view_is_flat(&view)) {
    for (uint32_t row = 0; row < row_count; row++) {
      high += data[row] >> 32;
      low += (uint32_t)data[row];
    }
    count = row_count;
  } else {
    FOR_VALUES(int64_t, {
      high += in >> 32;
      low += (uint32_t)in;
      count++;
    });
  }
  state->sum += (int128)(((uint128)high << 32) + low);
  state->count += count;
  return OK;
}

UPDATES(sum_i128, SumState, int128, {
  int128 sum;
  if (add_overflow_i128(state->sum, in, &sum)) return sum_overflow(context, state->sum, in);
  state->sum = sum;
  state->count++;
})

// avg of TIMETZ: the time of day that it is in UTC.
UPDATES(sum_time_tz, SumState, int64_t, {
  (void)context;
  int64_t utc = time_tz_micros(in) - time_tz_offset(in) * MICROS_PER_SECOND + 2 * MICROS_PER_DAY;
  state->sum += utc % MICROS_PER_DAY;
  state->count++;
})

COMBINE(sum_combine) {
  UNUSED_AGGREGATE;
  SumState *target = target_;
  const SumState *source = source_;
  int128 sum;
  if (add_overflow_i128(target->sum, source->sum, &sum)) return sum_overflow(context, target->sum, source->sum);
  target->sum = sum;
  target->count += source->count;
  return OK;
}

FINALIZE(sum_finalize) {
  (void)call;
  for (uint32_t row = 0; row < row_count; row++) {
    const SumState *state = states[row];
    if (state->count) {
      ((int128 *)result->data)[row] = state->sum;
    } else {
      TRY(vector_set_null(result, row, context->error));
    }
  }
  return OK;
}

// avg: bind data is the scale of a DECIMAL.
FINALIZE(average_finalize) {
  double divisor = call->bind_data ? power_of_ten_f64(*(const int *)call->bind_data) : 1;
  for (uint32_t row = 0; row < row_count; row++) {
    const SumState *state = states[row];
    if (state->count) {
      ((double *)result->data)[row] = i128_to_f64(state->sum) / ((double)state->count * divisor);
    } else {
      TRY(vector_set_null(result, row, context->error));
    }
  }
  return OK;
}

// avg of times and timestamps: the mean, rounded; a half towards zero.
FINALIZE(average_time_finalize) {
  (void)call;
  for (uint32_t row = 0; row < row_count; row++) {
    const SumState *state = states[row];
    if (state->count) {
      int128 count = (int128)state->count;
      int64_t mean = (int64_t)(state->sum / count), rest = (int64_t)(state->sum % count);
      mean += (rest > 0 && rest * 2 > (int64_t)count) - (rest < 0 && -rest * 2 > (int64_t)count);
      ((int64_t *)result->data)[row] = result->type.id == TYPE_TIME_TZ ? time_tz_make(mean, 0) : mean;
    } else {
      TRY(vector_set_null(result, row, context->error));
    }
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// DOUBLE
// ---------------------------------------------------------------------------------------------------------------------

typedef struct DoubleSumState {
  double sum;
  double error; // Kahan: what the last additions lost
  uint64_t count;
} DoubleSumState;

INIT(sum_f64_init) {
  (void)call;
  *(DoubleSumState *)state = (DoubleSumState){0};
}

// In the order of the rows, one after another: the same numbers as DuckDB's.
UPDATES(sum_f64, DoubleSumState, double, {
  state->sum += in;
  state->count++;
})

COMBINE(sum_f64_combine) {
  UNUSED_AGGREGATE;
  DoubleSumState *target = target_;
  const DoubleSumState *source = source_;
  target->sum += source->sum;
  target->count += source->count;
  return OK;
}

#define DOUBLE_FINALIZE(function, State, expression)       \
  FINALIZE(function) {                                     \
    (void)call;                                            \
    for (uint32_t row = 0; row < row_count; row++) {       \
      const State *state = states[row];                    \
      if (state->count) {                                  \
        ((double *)result->data)[row] = (expression);      \
      } else {                                             \
        TRY(vector_set_null(result, row, context->error)); \
      }                                                    \
    }                                                      \
    return OK;                                             \
  }
DOUBLE_FINALIZE(sum_f64_finalize, DoubleSumState, state->sum)
DOUBLE_FINALIZE(average_f64_finalize, DoubleSumState, state->sum / (double)state->count)

static inline void kahan_add(DoubleSumState *state, double in) {
  double difference = in - state->error;
  double sum = state->sum + difference;
  state->error = (sum - state->sum) - difference;
  state->sum = sum;
}

#define kahan_init sum_f64_init
UPDATES(kahan, DoubleSumState, double, {
  kahan_add(state, in);
  state->count++;
})
COMBINE(kahan_combine) {
  UNUSED_AGGREGATE;
  DoubleSumState *target = target_;
  const DoubleSumState *source = source_;
  kahan_add(target, source->sum);
  kahan_add(target, -source->error);
  target->count += source->count;
  return OK;
}
#define kahan_finalize sum_f64_finalize

INIT(product_init) {
  (void)call;
  *(DoubleSumState *)state = (DoubleSumState){.sum = 1};
}
UPDATES(product, DoubleSumState, double, {
  state->sum *= in;
  state->count++;
})
COMBINE(product_combine) {
  UNUSED_AGGREGATE;
  DoubleSumState *target = target_;
  const DoubleSumState *source = source_;
  target->sum *= source->sum;
  target->count += source->count;
  return OK;
}
#define product_finalize sum_f64_finalize

// ---------------------------------------------------------------------------------------------------------------------
// avg(INTERVAL): months, days and micros apart, remainders carried down.
// ---------------------------------------------------------------------------------------------------------------------

typedef struct IntervalSumState {
  int128 micros;
  int64_t months, days;
  uint64_t count;
} IntervalSumState;
INIT(average_interval_init) {
  (void)call;
  *(IntervalSumState *)state = (IntervalSumState){0};
}
UPDATES(average_interval, IntervalSumState, Interval, {
  state->months += in.months;
  state->days += in.days;
  state->micros += in.micros;
  state->count++;
})
COMBINE(average_interval_combine) {
  UNUSED_AGGREGATE;
  IntervalSumState *target = target_;
  const IntervalSumState *source = source_;
  target->months += source->months;
  target->days += source->days;
  target->micros += source->micros;
  target->count += source->count;
  return OK;
}
FINALIZE(average_interval_finalize) {
  (void)call;
  for (uint32_t row = 0; row < row_count; row++) {
    const IntervalSumState *state = states[row];
    if (!state->count) {
      TRY(vector_set_null(result, row, context->error));
      continue;
    }
    int64_t count = (int64_t)state->count;
    int64_t days = state->days + state->months % count * 30;
    int128 micros = state->micros + (int128)(days % count) * MICROS_PER_DAY;
    ((Interval *)result->data)[row] =
        (Interval){(int32_t)(state->months / count), (int32_t)(days / count), (int64_t)(micros / count)};
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// The table. DECIMAL picks its kernels by width.
// ---------------------------------------------------------------------------------------------------------------------

#define INTEGER_AGGREGATE(name_text, result_type, T, prefix, finalize_function, ...)                              \
  {                                                                                                               \
    .name = name_text, .result = OF(result_type), TYPES(OF(T)), .state_size = sizeof(SumState), .init = sum_init, \
    .update = prefix##_update, .update_one = prefix##_update_one, .combine = sum_combine,                         \
    .finalize = finalize_function, .distinct_matters = true, .skips_nulls = true, __VA_ARGS__                     \
  }
#define DECIMAL_SET(name, finalize_function)                                \
  {                                                                         \
    INTEGER_AGGREGATE(name, ANY, DECIMAL, sum_i16, finalize_function),      \
        INTEGER_AGGREGATE(name, ANY, DECIMAL, sum_i32, finalize_function),  \
        INTEGER_AGGREGATE(name, ANY, DECIMAL, sum_i64, finalize_function),  \
        INTEGER_AGGREGATE(name, ANY, DECIMAL, sum_i128, finalize_function), \
  }
static const AggregateFunction decimal_sums[4] = DECIMAL_SET("sum", sum_finalize);
static const AggregateFunction decimal_averages[4] = DECIMAL_SET("avg", average_finalize);

static uint32_t decimal_kernel(Type type) {
  switch (type_physical(type)) {
    case PHYSICAL_I16:
      return 0;
    case PHYSICAL_I32:
      return 1;
    case PHYSICAL_I64:
      return 2;
    default:
      return 3;
  }
}

static Status bind_decimal(AggregateBind *bind) {
  Type type = aggregate_argument_type(bind, 0);
  if (type.id != TYPE_DECIMAL) {
    uint32_t width, scale;
    if (!decimal_properties(type, &width, &scale)) return aggregate_no_match(bind);
    type = type_decimal(MAX_OF(width, 1), scale);
  }
  bind->argument_types[0] = type;
  return OK;
}

static Status bind_sum_decimal(AggregateBind *bind) {
  TRY(bind_decimal(bind));
  bind->result_type = type_decimal(38, bind->argument_types[0].scale);
  bind->replacement = &decimal_sums[decimal_kernel(bind->argument_types[0])];
  return OK;
}

static Status bind_average_decimal(AggregateBind *bind) {
  TRY(bind_decimal(bind));
  int *scale;
  ARENA_NEW(bind->arena, bind->error, scale);
  *scale = bind->argument_types[0].scale;
  bind->bind_data = scale;
  bind->result_type = TYPE(DOUBLE);
  bind->replacement = &decimal_averages[decimal_kernel(bind->argument_types[0])];
  return OK;
}

#define AVERAGE_ENTRIES(text)                                                                                          \
  INTEGER_AGGREGATE(text, ANY, DECIMAL, sum_i64, average_finalize, .bind = bind_average_decimal),                      \
      INTEGER_AGGREGATE(text, DOUBLE, SMALLINT, sum_i16, average_finalize),                                            \
      INTEGER_AGGREGATE(text, DOUBLE, INTEGER, sum_i32, average_finalize),                                             \
      INTEGER_AGGREGATE(text, DOUBLE, BIGINT, sum_i64, average_finalize),                                              \
      INTEGER_AGGREGATE(text, DOUBLE, HUGEINT, sum_i128, average_finalize),                                            \
      {.name = text,                                                                                                   \
       .result = OF(DOUBLE),                                                                                           \
       TYPES(OF(DOUBLE)),                                                                                              \
       .state_size = sizeof(DoubleSumState),                                                                           \
       .init = sum_f64_init,                                                                                           \
       .update = sum_f64_update,                                                                                       \
       .update_one = sum_f64_update_one,                                                                               \
       .combine = sum_f64_combine,                                                                                     \
       .finalize = average_f64_finalize,                                                                               \
       .distinct_matters = true,                                                                                       \
       .skips_nulls = true,                                                                                            \
       .order_matters = true},                                                                                         \
      INTEGER_AGGREGATE(text, TIMESTAMP, TIMESTAMP, sum_i64, average_time_finalize),                                   \
      INTEGER_AGGREGATE(text, TIMESTAMP_TZ, TIMESTAMP_TZ, sum_i64, average_time_finalize),                             \
      INTEGER_AGGREGATE(text, TIME, TIME, sum_i64, average_time_finalize),                                             \
      INTEGER_AGGREGATE(text, TIME_TZ, TIME_TZ, sum_time_tz, average_time_finalize),                                   \
      AGGREGATE(text, OF(INTERVAL), TYPES(OF(INTERVAL)), IntervalSumState, average_interval, .distinct_matters = true, \
                .skips_nulls = true)
#define DOUBLE_AGGREGATE(name, prefix, ...)                                                        \
  AGGREGATE(name, OF(DOUBLE), TYPES(OF(DOUBLE)), DoubleSumState, prefix, .distinct_matters = true, \
            .skips_nulls = true, .order_matters = true, __VA_ARGS__)

AGGREGATE_TABLE(sum) = {
    INTEGER_AGGREGATE("sum", ANY, DECIMAL, sum_i64, sum_finalize, .bind = bind_sum_decimal),
    INTEGER_AGGREGATE("sum", HUGEINT, BOOLEAN, sum_bool, sum_finalize),
    INTEGER_AGGREGATE("sum", HUGEINT, TINYINT, sum_i8, sum_finalize),
    INTEGER_AGGREGATE("sum", HUGEINT, SMALLINT, sum_i16, sum_finalize),
    INTEGER_AGGREGATE("sum", HUGEINT, INTEGER, sum_i32, sum_finalize),
    INTEGER_AGGREGATE("sum", HUGEINT, BIGINT, sum_i64, sum_finalize),
    INTEGER_AGGREGATE("sum", HUGEINT, HUGEINT, sum_i128, sum_finalize),
    DOUBLE_AGGREGATE("sum", sum_f64),
    INTEGER_AGGREGATE("sum_no_overflow", ANY, DECIMAL, sum_i64, sum_finalize, .bind = bind_sum_decimal),
    INTEGER_AGGREGATE("sum_no_overflow", HUGEINT, INTEGER, sum_i32, sum_finalize),
    INTEGER_AGGREGATE("sum_no_overflow", HUGEINT, BIGINT, sum_i64, sum_finalize),
    INTEGER_AGGREGATE("count_if", HUGEINT, BOOLEAN, sum_bool, sum_finalize),
    INTEGER_AGGREGATE("countif", HUGEINT, BOOLEAN, sum_bool, sum_finalize),
    AVERAGE_ENTRIES("avg"),
    AVERAGE_ENTRIES("mean"),
    DOUBLE_AGGREGATE("fsum", kahan),
    DOUBLE_AGGREGATE("sumkahan", kahan),
    DOUBLE_AGGREGATE("kahan_sum", kahan),
    {.name = "favg",
     .result = OF(DOUBLE),
     TYPES(OF(DOUBLE)),
     .state_size = sizeof(DoubleSumState),
     .init = sum_f64_init,
     .update = kahan_update,
     .update_one = kahan_update_one,
     .combine = kahan_combine,
     .finalize = average_f64_finalize,
     .distinct_matters = true,
     .skips_nulls = true,
     .order_matters = true},
    DOUBLE_AGGREGATE("product", product),
};
AGGREGATE_TABLE_END(sum);
