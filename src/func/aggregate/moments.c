// SPDX-License-Identifier: MIT
//
// moments.c: variance and standard deviation (Welford), standard error, skewness, kurtosis.
#include "func/aggregate/aggregate.h"

typedef struct VarianceState {
  uint64_t count;
  double mean;
  double squares; // sum of squared distances from the mean
} VarianceState;

INIT(variance_init) {
  (void)call;
  *(VarianceState *)state = (VarianceState){0};
}
UPDATES(variance, VarianceState, double, {
  state->count++;
  double difference = in - state->mean;
  double mean = state->mean + difference / (double)state->count;
  state->squares += (in - mean) * difference;
  state->mean = mean;
})
COMBINE(variance_combine) {
  UNUSED_AGGREGATE;
  VarianceState *target = target_;
  const VarianceState *source = source_;
  if (!source->count) return OK;
  if (!target->count) {
    *target = *source;
    return OK;
  }
  double a = (double)target->count, b = (double)source->count, total = a + b;
  double delta = source->mean - target->mean;
  target->squares += source->squares + delta * delta * a * b / total;
  target->mean = (b * source->mean + a * target->mean) / total;
  target->count += source->count;
  return OK;
}

static Status moment_out_of_range(EvalContext *context, const char *what) {
  return error_set(context->error, ERROR_OUT_OF_RANGE, -1, "%s is out of range!", what);
}

#define VARIANCE_FINALIZE(function, least, expression, what)           \
  FINALIZE(function) {                                                 \
    (void)call;                                                        \
    for (uint32_t row = 0; row < row_count; row++) {                   \
      const VarianceState *state = states[row];                        \
      if (state->count < (least)) {                                    \
        TRY(vector_set_null(result, row, context->error));             \
        continue;                                                      \
      }                                                                \
      double count = (double)state->count;                             \
      double value = (expression);                                     \
      if (!isfinite(value)) return moment_out_of_range(context, what); \
      ((double *)result->data)[row] = value;                           \
    }                                                                  \
    return OK;                                                         \
  }
VARIANCE_FINALIZE(variance_sample_finalize, 2, state->squares / (count - 1), "VARSAMP")
VARIANCE_FINALIZE(variance_population_finalize, 1, count > 1 ? state->squares / count : 0, "VARPOP")
VARIANCE_FINALIZE(deviation_sample_finalize, 2, sqrt(state->squares / (count - 1)), "STDDEV_SAMP")
VARIANCE_FINALIZE(deviation_population_finalize, 1, count > 1 ? sqrt(state->squares / count) : 0, "STDDEV_POP")
VARIANCE_FINALIZE(standard_error_finalize, 1, count > 1 ? sqrt(state->squares / count) / sqrt(count) : 0, "SEM")

// ---------------------------------------------------------------------------------------------------------------------
// Skewness and kurtosis: power sums
// ---------------------------------------------------------------------------------------------------------------------

typedef struct PowerState {
  uint64_t count;
  double sum, squares, cubes, fourths;
} PowerState;

INIT(power_init) {
  (void)call;
  *(PowerState *)state = (PowerState){0};
}
UPDATES(power, PowerState, double, {
  state->count++;
  state->sum += in;
  state->squares += in * in;
  state->cubes += pow(in, 3);
  state->fourths += pow(in, 4);
})
COMBINE(power_combine) {
  UNUSED_AGGREGATE;
  PowerState *target = target_;
  const PowerState *source = source_;
  target->count += source->count;
  target->sum += source->sum;
  target->squares += source->squares;
  target->cubes += source->cubes;
  target->fourths += source->fourths;
  return OK;
}

FINALIZE(skewness_finalize) {
  (void)call;
  for (uint32_t row = 0; row < row_count; row++) {
    const PowerState *state = states[row];
    if (state->count <= 2) {
      TRY(vector_set_null(result, row, context->error));
      continue;
    }
    double n = (double)state->count, inverse = 1 / n;
    double p = pow(inverse * (state->squares - state->sum * state->sum * inverse), 3);
    if (p < 0) p = 0; // rounding
    double divisor = sqrt(p);
    if (divisor == 0) {
      ((double *)result->data)[row] = NAN; // all values alike
      continue;
    }
    double bias = sqrt(n * (n - 1)) / (n - 2);
    double value =
        bias * inverse *
        (state->cubes - 3 * state->squares * state->sum * inverse + 2 * pow(state->sum, 3) * inverse * inverse) /
        divisor;
    if (!isfinite(value)) return moment_out_of_range(context, "SKEW");
    ((double *)result->data)[row] = value;
  }
  return OK;
}

static Status kurtosis_rows(EvalContext *context, void *const *states, uint32_t row_count, Vector *result,
                            bool population) {
  for (uint32_t row = 0; row < row_count; row++) {
    const PowerState *state = states[row];
    double n = (double)state->count, inverse = 1 / n;
    bool known = state->count > 1 && (population || state->count > 3);
    double m2 = 0;
    if (known) {
      m2 = inverse * (state->squares - state->sum * state->sum * inverse);
      known = !(m2 <= 0); // constant input has none; NaN is an overflow and told below
    }
    if (!known) {
      TRY(vector_set_null(result, row, context->error));
      continue;
    }
    double m4 = inverse * (state->fourths - 4 * state->cubes * state->sum * inverse +
                           6 * state->squares * state->sum * state->sum * inverse * inverse -
                           3 * pow(state->sum, 4) * pow(inverse, 3));
    double value;
    if (population) {
      value = m4 / (m2 * m2) - 3;
    } else {
      value = (n - 1) * ((n + 1) * m4 / (m2 * m2) - 3 * (n - 1)) / ((n - 2) * (n - 3));
    }
    if (!isfinite(value)) return moment_out_of_range(context, population ? "Kurtosis_pop" : "Kurtosis");
    ((double *)result->data)[row] = value;
  }
  return OK;
}
FINALIZE(kurtosis_finalize) {
  (void)call;
  return kurtosis_rows(context, states, row_count, result, false);
}
FINALIZE(kurtosis_population_finalize) {
  (void)call;
  return kurtosis_rows(context, states, row_count, result, true);
}

#define MOMENT_ENTRY(text, State, prefix, finalize_function)                                                   \
  {                                                                                                            \
    .name = text, .result = OF(DOUBLE), TYPES(OF(DOUBLE)), .state_size = sizeof(State), .init = prefix##_init, \
    .update = prefix##_update, .update_one = prefix##_update_one, .combine = prefix##_combine,                 \
    .finalize = finalize_function, .distinct_matters = true, .skips_nulls = true                               \
  }

AGGREGATE_TABLE(moments) = {
    MOMENT_ENTRY("var_samp", VarianceState, variance, variance_sample_finalize),
    MOMENT_ENTRY("variance", VarianceState, variance, variance_sample_finalize),
    MOMENT_ENTRY("var_pop", VarianceState, variance, variance_population_finalize),
    MOMENT_ENTRY("stddev", VarianceState, variance, deviation_sample_finalize),
    MOMENT_ENTRY("stddev_samp", VarianceState, variance, deviation_sample_finalize),
    MOMENT_ENTRY("stddev_pop", VarianceState, variance, deviation_population_finalize),
    MOMENT_ENTRY("sem", VarianceState, variance, standard_error_finalize),
    MOMENT_ENTRY("skewness", PowerState, power, skewness_finalize),
    MOMENT_ENTRY("kurtosis", PowerState, power, kurtosis_finalize),
    MOMENT_ENTRY("kurtosis_pop", PowerState, power, kurtosis_population_finalize),
};
AGGREGATE_TABLE_END(moments);
