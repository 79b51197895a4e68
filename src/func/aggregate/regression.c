// SPDX-License-Identifier: MIT
//
// regression.c: covariance, correlation and linear regression of pairs (y, x); pairs with a NULL do not count. One state
// keeps the means, the squared distances of both and their product, updated one pair at a time.
#include "func/aggregate/aggregate.h"

typedef struct PairState {
  uint64_t count;
  double mean_y, mean_x;
  double squares_y, squares_x; // sums of squared distances from the means
  double products;             // sum of products of the distances
} PairState;

INIT(pair_init) {
  (void)call;
  *(PairState *)state = (PairState){0};
}

static inline void pair_add(PairState *state, double y, double x) {
  state->count++;
  double n = (double)state->count;
  double dx = x - state->mean_x;
  double mean_x = state->mean_x + dx / n;
  double dy = y - state->mean_y;
  double mean_y = state->mean_y + dy / n;
  state->products += dx * (y - mean_y);
  state->squares_x += dx * (x - mean_x);
  state->squares_y += dy * (y - mean_y);
  state->mean_x = mean_x;
  state->mean_y = mean_y;
}

UPDATE(pair_update) {
  UNUSED_AGGREGATE;
  FOR_PAIRS(double, pair_add(states[row], left, right));
  return OK;
}
UPDATE_ONE(pair_update_one) {
  UNUSED_AGGREGATE;
  FOR_PAIRS(double, pair_add(state_, left, right));
  return OK;
}
COMBINE(pair_combine) {
  UNUSED_AGGREGATE;
  PairState *target = target_;
  const PairState *source = source_;
  if (!source->count) return OK;
  if (!target->count) {
    *target = *source;
    return OK;
  }
  double a = (double)target->count, b = (double)source->count, total = a + b;
  double dx = source->mean_x - target->mean_x, dy = source->mean_y - target->mean_y;
  target->products += source->products + dx * dy * a * b / total;
  target->squares_x += source->squares_x + dx * dx * a * b / total;
  target->squares_y += source->squares_y + dy * dy * a * b / total;
  target->mean_x = (b * source->mean_x + a * target->mean_x) / total;
  target->mean_y = (b * source->mean_y + a * target->mean_y) / total;
  target->count += source->count;
  return OK;
}

#define PAIR_FINALIZE(function, known, expression)         \
  FINALIZE(function) {                                     \
    (void)call;                                            \
    for (uint32_t row = 0; row < row_count; row++) {       \
      const PairState *state = states[row];                \
      double n = (double)state->count;                     \
      (void)n;                                             \
      if (known) {                                         \
        ((double *)result->data)[row] = (expression);      \
      } else {                                             \
        TRY(vector_set_null(result, row, context->error)); \
      }                                                    \
    }                                                      \
    return OK;                                             \
  }

static double correlation(const PairState *state) {
  double n = (double)state->count;
  double deviation_y = sqrt(state->squares_y / n), deviation_x = sqrt(state->squares_x / n);
  return state->products / n / (deviation_y * deviation_x);
}
static double slope(const PairState *state) {
  double n = (double)state->count;
  return state->products / n / (state->squares_x / n);
}

PAIR_FINALIZE(covariance_population_finalize, state->count > 0, state->products / n)
PAIR_FINALIZE(covariance_sample_finalize, state->count > 1, state->products / (n - 1))
PAIR_FINALIZE(average_x_finalize, state->count > 0, state->mean_x)
PAIR_FINALIZE(average_y_finalize, state->count > 0, state->mean_y)
PAIR_FINALIZE(slope_finalize, state->count > 0, slope(state))
PAIR_FINALIZE(intercept_finalize, state->count > 0 && state->squares_x != 0,
              state->mean_y - slope(state) * state->mean_x)
PAIR_FINALIZE(squares_x_finalize, state->count > 0, state->count > 1 ? state->squares_x : 0)
PAIR_FINALIZE(squares_y_finalize, state->count > 0, state->count > 1 ? state->squares_y : 0)
PAIR_FINALIZE(products_finalize, state->count > 0, state->products)
// No spread of x: no fit. No spread of y: a perfect one.
PAIR_FINALIZE(fit_finalize, state->count > 0 && state->squares_x != 0,
              state->squares_y == 0 ? 1 : correlation(state) * correlation(state))

FINALIZE(correlation_finalize) {
  (void)call;
  for (uint32_t row = 0; row < row_count; row++) {
    const PairState *state = states[row];
    if (!state->count) {
      TRY(vector_set_null(result, row, context->error));
      continue;
    }
    double n = (double)state->count;
    if (!isfinite(state->products / n)) {
      return error_set(context->error, ERROR_OUT_OF_RANGE, -1, "CORR is out of range!");
    }
    if (!isfinite(sqrt(state->squares_y / n))) {
      return error_set(context->error, ERROR_OUT_OF_RANGE, -1, "STDDEV_POP for X is out of range!");
    }
    if (!isfinite(sqrt(state->squares_x / n))) {
      return error_set(context->error, ERROR_OUT_OF_RANGE, -1, "STDDEV_POP for Y is out of range!");
    }
    ((double *)result->data)[row] = correlation(state);
  }
  return OK;
}

FINALIZE(count_finalize) {
  (void)context, (void)call;
  for (uint32_t row = 0; row < row_count; row++) {
    ((uint32_t *)result->data)[row] = (uint32_t)((const PairState *)states[row])->count;
  }
  return OK;
}

#define PAIR_ENTRY(text, result_type, finalize_function)                                                     \
  {                                                                                                          \
    .name = text, .result = OF(result_type), TYPES(OF(DOUBLE), OF(DOUBLE)), .state_size = sizeof(PairState), \
    .init = pair_init, .update = pair_update, .update_one = pair_update_one, .combine = pair_combine,        \
    .finalize = finalize_function, .distinct_matters = true                                                  \
  }

AGGREGATE_TABLE(regression) = {
    PAIR_ENTRY("covar_pop", DOUBLE, covariance_population_finalize),
    PAIR_ENTRY("covar_samp", DOUBLE, covariance_sample_finalize),
    PAIR_ENTRY("corr", DOUBLE, correlation_finalize),
    PAIR_ENTRY("regr_avgx", DOUBLE, average_x_finalize),
    PAIR_ENTRY("regr_avgy", DOUBLE, average_y_finalize),
    PAIR_ENTRY("regr_count", UINTEGER, count_finalize),
    PAIR_ENTRY("regr_slope", DOUBLE, slope_finalize),
    PAIR_ENTRY("regr_intercept", DOUBLE, intercept_finalize),
    PAIR_ENTRY("regr_r2", DOUBLE, fit_finalize),
    PAIR_ENTRY("regr_sxx", DOUBLE, squares_x_finalize),
    PAIR_ENTRY("regr_syy", DOUBLE, squares_y_finalize),
    PAIR_ENTRY("regr_sxy", DOUBLE, products_finalize),
};
AGGREGATE_TABLE_END(regression);
