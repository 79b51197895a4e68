// SPDX-License-Identifier: MIT
//
// quantile.c: median, quantile_cont, quantile_disc, mad. The values of a group are collected and, at the end, selected by
// quickselect over keys whose integer order is the order of the values (text is compared as it is), a bounded step at a time.
//
// Positions: quantile_disc takes the value at ceil(n * q) - 1, quantile_cont interpolates at (n - 1) * q. A negative q
// counts from the greatest.
#include "func/aggregate/aggregate.h"

// What bind made of the call.
typedef struct QuantilePlan {
  double *fractions; // in [0, 1]
  bool *descending;
  uint32_t count;
  bool list; // result is a LIST
  bool interpolate;
  bool approximate; // as a t-digest gives while every value is a centroid of its own: interpolated at n * q - 0.5
  Type element;     // type of one result
} QuantilePlan;

INIT(quantile_init) {
  (void)call;
  *(Collection *)state = (Collection){0};
}
UPDATE(quantile_update) {
  (void)call;
  VectorView view;
  vector_view(arguments[0], &view);
  for (uint32_t row = 0; row < row_count; row++) {
    uint32_t at = view_row(&view, row);
    if (view_valid(&view, at)) TRY(collection_push(states[row], &view, at, arena, context->error));
  }
  return OK;
}
UPDATE_ONE(quantile_update_one) {
  (void)call;
  VectorView view;
  vector_view(arguments[0], &view);
  for (uint32_t row = 0; row < row_count; row++) {
    uint32_t at = view_row(&view, row);
    if (view_valid(&view, at)) TRY(collection_push(state_, &view, at, arena, context->error));
  }
  return OK;
}
COMBINE(quantile_combine) {
  return collection_append(target_, source_, call->argument_types[0], arena, context->error);
}

// ---------------------------------------------------------------------------------------------------------------------
// Keys: every number as int64 or int128 in the same order.
// ---------------------------------------------------------------------------------------------------------------------

static inline int64_t key_of_f64(double value) {
  if (value != value) return INT64_MAX; // all NaNs alike, greatest
  if (value == 0) value = 0;            // -0.0
  int64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits < 0 ? (int64_t)(~(uint64_t)bits | UINT64_C(1) << 63) : bits;
}
static inline double f64_of_key(int64_t key) {
  if (key == INT64_MAX) return NAN;
  int64_t bits = key < 0 ? (int64_t)(~((uint64_t)key & ~(UINT64_C(1) << 63))) : key;
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

// A quickselect under way.
typedef struct Selection {
  size_t low, high; // the place looked for is among these
  size_t i, j;      // while they are parted by the pivot
  bool started, parting;
  _Alignas(16) uint8_t pivot[sizeof(Value)];
} Selection;

#define SELECT_KERNEL(function, C, less)                                                                              \
  /* In the end items[k] is what a sort would put there; smaller ones are before it. False: the budget is used up. */ \
  static bool function(C *items, Selection *selection, size_t k, uint32_t *budget) {                                  \
    size_t low = selection->low, high = selection->high, i = selection->i, j = selection->j;                          \
    uint32_t left = *budget;                                                                                          \
    C pivot;                                                                                                          \
    memcpy(&pivot, selection->pivot, sizeof pivot);                                                                   \
    while (low < high && left) {                                                                                      \
      if (!selection->parting) {                                                                                      \
        C a = items[low], b = items[low + (high - low) / 2], c = items[high];                                         \
        pivot = less(a, b) ? (less(b, c) ? b : less(a, c) ? c : a) : (less(a, c) ? a : less(b, c) ? c : b);           \
        i = low;                                                                                                      \
        j = high;                                                                                                     \
        selection->parting = true;                                                                                    \
      }                                                                                                               \
      while (left && less(items[i], pivot)) i++, left--;                                                              \
      while (left && less(pivot, items[j])) j--, left--;                                                              \
      if (!left) break;                                                                                               \
      if (i < j) {                                                                                                    \
        C swap = items[i];                                                                                            \
        items[i++] = items[j];                                                                                        \
        items[j--] = swap;                                                                                            \
        left--;                                                                                                       \
        continue;                                                                                                     \
      }                                                                                                               \
      selection->parting = false;                                                                                     \
      if (k <= j) {                                                                                                   \
        high = j;                                                                                                     \
      } else {                                                                                                        \
        low = j + 1;                                                                                                  \
      }                                                                                                               \
    }                                                                                                                 \
    selection->low = low;                                                                                             \
    selection->high = high;                                                                                           \
    selection->i = i;                                                                                                 \
    selection->j = j;                                                                                                 \
    memcpy(selection->pivot, &pivot, sizeof pivot);                                                                   \
    *budget = left;                                                                                                   \
    return low >= high;                                                                                               \
  }
#define LESS_NUMBER(a, b) ((a) < (b))
static inline bool less_text(StringView a, StringView b) { return string_compare(&a, &b) < 0; }
static inline bool less_interval(Interval a, Interval b) { return interval_compare(a, b) < 0; }
static inline bool less_value(Value a, Value b) { return value_compare(&a, &b) < 0; }
SELECT_KERNEL(select_i64, int64_t, LESS_NUMBER)
SELECT_KERNEL(select_i128, int128, LESS_NUMBER)
SELECT_KERNEL(select_u128, uint128, LESS_NUMBER)
SELECT_KERNEL(select_text, StringView, less_text)
SELECT_KERNEL(select_interval, Interval, less_interval)
SELECT_KERNEL(select_value, Value, less_value)

// The values of a group, to be selected from.
typedef struct Sample {
  Physical physical;
  size_t count;
  int64_t *keys; // numbers of up to 64 bits and floats
  void *values;  // the keys, or 128 bits, text, intervals, nested
  Selection selection;
  bool upper_found; // sample_find
} Sample;

static bool is_nested(Physical physical) { return physical == PHYSICAL_NONE || physical == PHYSICAL_LIST; }

static Status sample_open(Sample *sample, Physical physical, size_t count, Arena *arena, Error *error) {
  *sample = (Sample){.physical = physical, .count = count};
  size_t width = is_nested(physical) ? sizeof(Value) : MAX_OF(physical_size(physical), (uint32_t)sizeof(int64_t));
  sample->values = arena_allocate(arena, count * width);
  if (!sample->values) return error_no_memory(error);
  if (width == sizeof(int64_t)) sample->keys = sample->values;
  return OK;
}

// The values of a segment (none is NULL) to places at …
static void sample_fill(Sample *sample, size_t at, const Segment *segment) {
#define KEY_CASE(P, C, expression)                           \
  case PHYSICAL_##P:                                         \
    for (uint32_t i = 0; i < segment->count; i++) {          \
      C value = ((const C *)(const void *)segment->data)[i]; \
      sample->keys[at + i] = (expression);                   \
    }                                                        \
    break;
  switch (sample->physical) {
    KEY_CASE(BOOL, uint8_t, value)
    KEY_CASE(I8, int8_t, value)
    KEY_CASE(I16, int16_t, value)
    KEY_CASE(I32, int32_t, value)
    KEY_CASE(I64, int64_t, value)
    KEY_CASE(U8, uint8_t, value)
    KEY_CASE(U16, uint16_t, value)
    KEY_CASE(U32, uint32_t, value)
    KEY_CASE(U64, uint64_t, (int64_t)(value ^ UINT64_C(1) << 63))
    KEY_CASE(F32, float, key_of_f64((double)value))
    KEY_CASE(F64, double, key_of_f64(value))
    case PHYSICAL_NONE:
    case PHYSICAL_LIST:
      memcpy((Value *)sample->values + at, segment->data, sizeof(Value) * segment->count);
      break;
    default: // 16 bytes
      memcpy((int128 *)sample->values + at, segment->data, sizeof(int128) * segment->count);
  }
}

// Of the first `count` puts the k-th into its place. False: the budget is used up, call again with the same.
static bool sample_select(Sample *sample, size_t count, size_t k, uint32_t *budget) {
  Selection *selection = &sample->selection;
  bool found;
  if (!selection->started) *selection = (Selection){.started = true, .high = count - 1};
  if (sample->keys) {
    found = select_i64(sample->keys, selection, k, budget);
  } else {
    switch (sample->physical) {
      case PHYSICAL_I128:
        found = select_i128(sample->values, selection, k, budget);
        break;
      case PHYSICAL_U128:
        found = select_u128(sample->values, selection, k, budget);
        break;
      case PHYSICAL_STRING:
        found = select_text(sample->values, selection, k, budget);
        break;
      case PHYSICAL_INTERVAL:
        found = select_interval(sample->values, selection, k, budget);
        break;
      default:
        found = select_value(sample->values, selection, k, budget);
    }
  }
  if (found) selection->started = false;
  return found;
}

// Both into their places: once the upper is, the lower ones are before it.
static bool sample_find(Sample *sample, size_t low, size_t high, uint32_t *budget) {
  if (!sample->upper_found) sample->upper_found = sample_select(sample, sample->count, high, budget);
  if (!sample->upper_found || (low < high && !sample_select(sample, high, low, budget))) return false;
  sample->upper_found = false;
  return true;
}

// Samples group by group: what `finalize` keeps between its calls.
typedef struct SampleWork {
  Sample sample;
  ArenaMark mark;
  const Segment *segment; // next to be filled in
  size_t filled;
  uint32_t step;    // of quantiles: which one is next; of mad: see there
  bool listed;      // the list of quantiles is begun
  Sample distances; // mad
  double median_f64;
  int128 median_i128;
} SampleWork;

// A result from the complete sample, *done: it is there.
typedef Status (*SampleResult)(EvalContext *context, const AggregateCall *call, SampleWork *work, Vector *result,
                               uint32_t row, uint32_t *budget, bool *done);

static Status open_work(const Collection *collection, Type type, EvalContext *context, SampleWork **out) {
  ArenaMark mark = arena_mark(context->scratch);
  SampleWork *work;
  ARENA_NEW(context->scratch, context->error, work);
  work->mark = mark;
  work->segment = collection->first;
  *out = work;
  return sample_open(&work->sample, type_physical(type), collection->count, context->scratch, context->error);
}

static Status finalize_samples(EvalContext *context, const AggregateCall *call, void *const *states, uint32_t row_count,
                               Vector *result, FinalizeCursor *cursor, SampleResult finish) {
  uint32_t budget = FINALIZE_BUDGET;
  for (; cursor->row < row_count; cursor->row++) {
    const Collection *collection = states[cursor->row];
    if (!collection->count) {
      TRY(vector_set_null(result, cursor->row, context->error));
      continue;
    }
    SampleWork *work = cursor->work;
    if (!work) TRY(open_work(collection, call->argument_types[0], context, &work));
    cursor->work = work;
    for (; work->segment && budget; work->segment = work->segment->next) {
      sample_fill(&work->sample, work->filled, work->segment);
      work->filled += work->segment->count;
      spend(&budget, work->segment->count / 2);
    }
    bool done = false;
    if (!work->segment && budget) TRY(finish(context, call, work, result, cursor->row, &budget, &done));
    cursor->more = !done;
    if (!done) return OK;
    arena_rewind(context->scratch, work->mark);
    cursor->work = NULL;
  }
  return OK;
}

static double sample_f64(const Sample *sample, size_t k) {
  if (!sample->keys) {
    if (sample->physical == PHYSICAL_U128) {
      uint128 value = ((const uint128 *)sample->values)[k];
      return (double)(uint64_t)(value >> 64) * 18446744073709551616.0 + (double)(uint64_t)value;
    }
    return i128_to_f64(((const int128 *)sample->values)[k]);
  }
  int64_t key = sample->keys[k];
  if (sample->physical == PHYSICAL_F64 || sample->physical == PHYSICAL_F32) return f64_of_key(key);
  if (sample->physical == PHYSICAL_U64) return (double)((uint64_t)key ^ UINT64_C(1) << 63);
  return (double)key;
}

// The value at position k as it is.
static Status sample_emit(const Sample *sample, size_t k, Vector *out, uint32_t row, Error *error) {
  if (sample->keys) {
    int64_t key = sample->keys[k];
    switch (sample->physical) {
      case PHYSICAL_F32:
        ((float *)out->data)[row] = (float)f64_of_key(key);
        break;
      case PHYSICAL_F64:
        ((double *)out->data)[row] = f64_of_key(key);
        break;
      case PHYSICAL_U64:
        ((uint64_t *)out->data)[row] = (uint64_t)key ^ UINT64_C(1) << 63;
        break;
      case PHYSICAL_BOOL:
      case PHYSICAL_I8:
      case PHYSICAL_U8:
        ((uint8_t *)out->data)[row] = (uint8_t)key;
        break;
      case PHYSICAL_I16:
      case PHYSICAL_U16:
        ((uint16_t *)out->data)[row] = (uint16_t)key;
        break;
      case PHYSICAL_I32:
      case PHYSICAL_U32:
        ((uint32_t *)out->data)[row] = (uint32_t)key;
        break;
      default:
        ((int64_t *)out->data)[row] = key;
    }
    return OK;
  }
  switch (sample->physical) {
    case PHYSICAL_I128:
    case PHYSICAL_U128:
      ((int128 *)out->data)[row] = ((const int128 *)sample->values)[k];
      return OK;
    case PHYSICAL_INTERVAL:
      ((Interval *)out->data)[row] = ((const Interval *)sample->values)[k];
      return OK;
    case PHYSICAL_STRING:
      return vector_set_string(out, row, string_str(&((const StringView *)sample->values)[k]), error);
    default:
      return vector_set_value(out, row, &((const Value *)sample->values)[k], error);
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Interpolation
// ---------------------------------------------------------------------------------------------------------------------

static int128 interpolate_i128(int128 low, int128 high, double fraction) {
  int128 delta;
  if (!f64_to_i128(trunc(i128_to_f64(high - low) * fraction), &delta)) return low;
  return low + delta;
}

// Times are interpolated as doubles, as DuckDB does, and rounded.
static int128 interpolate_rounded(int128 low, int128 high, double fraction) {
  int128 between;
  if (!f64_to_i128(rint(i128_to_f64(low) * (1 - fraction) + i128_to_f64(high) * fraction), &between)) return low;
  return between;
}

// A date as micros; quantile_cont of DATE is a TIMESTAMP.
static int64_t date_micros(int64_t days) {
  int64_t micros = 0;
  if (!date_to_timestamp((int32_t)days, &micros)) return days < 0 ? MICROS_NEGATIVE_INFINITY : MICROS_INFINITY;
  return micros;
}

static Status emit_between(const Sample *sample, const QuantilePlan *plan, size_t low, size_t high, double fraction,
                           Type type, Vector *out, uint32_t row, Error *error) {
  if (type.id == TYPE_DATE && !plan->approximate) {
    int64_t a = date_micros(sample->keys[low]), b = date_micros(sample->keys[high]);
    ((int64_t *)out->data)[row] = low == high ? a : (int64_t)interpolate_rounded(a, b, fraction);
    return OK;
  }
  if (plan->element.id == TYPE_DOUBLE || plan->element.id == TYPE_FLOAT) {
    double a = sample_f64(sample, low), b = sample_f64(sample, high);
    double value = low == high ? a : a * (1 - fraction) + b * fraction;
    if (type_is_integral(type) && low != high) value = a + (b - a) * fraction;
    if (plan->element.id == TYPE_FLOAT) {
      ((float *)out->data)[row] = (float)value;
    } else {
      ((double *)out->data)[row] = value;
    }
    return OK;
  }
  if (low == high) return sample_emit(sample, low, out, row, error);
  int128 a = sample->keys ? sample->keys[low] : ((const int128 *)sample->values)[low];
  int128 b = sample->keys ? sample->keys[high] : ((const int128 *)sample->values)[high];
  bool rounded = plan->approximate || (type_is_temporal(type) && type.id != TYPE_TIME_TZ);
  int128 value = rounded ? interpolate_rounded(a, b, fraction) : interpolate_i128(a, b, fraction);
  if (sample->physical == PHYSICAL_I128) {
    ((int128 *)out->data)[row] = value;
  } else {
    Sample single = {.physical = sample->physical, .count = 1};
    int64_t key = (int64_t)value;
    single.keys = &key;
    return sample_emit(&single, 0, out, row, error);
  }
  return OK;
}

static Status emit_quantile(Sample *sample, const QuantilePlan *plan, uint32_t index, Type type, Vector *out,
                            uint32_t row, uint32_t *budget, bool *done, Error *error) {
  double q = plan->fractions[index];
  size_t last = sample->count - 1;
  if (!plan->interpolate) {
    size_t floored = (size_t)floor((double)sample->count - (double)sample->count * q);
    size_t k = MAX_OF(sample->count - floored, 1) - 1;
    if (k > last) k = last;
    if (plan->descending[index]) k = last - k;
    *done = sample_find(sample, k, k, budget);
    return *done ? sample_emit(sample, k, out, row, error) : OK;
  }
  double position = (double)last * q;
  if (plan->approximate) position = fmin(fmax((double)sample->count * q - 0.5, 0), (double)last);
  size_t low = (size_t)floor(position), high = (size_t)ceil(position);
  double fraction = position - (double)low;
  if (plan->descending[index]) {
    low = last - low;
    high = last - high;
  }
  *done = sample_find(sample, MIN_OF(low, high), MAX_OF(low, high), budget);
  return *done ? emit_between(sample, plan, low, high, fraction, type, out, row, error) : OK;
}

static Status emit_quantiles(EvalContext *context, const AggregateCall *call, SampleWork *work, Vector *result,
                             uint32_t row, uint32_t *budget, bool *done) {
  const QuantilePlan *plan = call->bind_data;
  Vector *out = result;
  uint32_t at = row;
  if (plan->list) {
    if (!work->listed) TRY(list_append_entry(result, row, plan->count, &at, context->error));
    work->listed = true;
    out = &result->children[0];
    at = ((const ListEntry *)result->data)[row].offset;
  }
  *done = true;
  for (; work->step < plan->count; work->step++) {
    TRY(emit_quantile(&work->sample, plan, work->step, call->argument_types[0], out, at + work->step, budget, done,
                      context->error));
    if (!*done) return OK;
  }
  return OK;
}

FINALIZE(quantile_finalize) {
  return finalize_samples(context, call, states, row_count, result, cursor, emit_quantiles);
}

// ---------------------------------------------------------------------------------------------------------------------
// mad: the median of the distances from the median
// ---------------------------------------------------------------------------------------------------------------------

static bool find_median(Sample *sample, uint32_t *budget) {
  return sample_find(sample, (sample->count - 1) / 2, sample->count / 2, budget);
}

static double median_f64(const Sample *sample) {
  double lower = sample_f64(sample, (sample->count - 1) / 2), upper = sample_f64(sample, sample->count / 2);
  return sample->count % 2 ? upper : lower + (upper - lower) * 0.5;
}

// Dates count in micros.
static int128 sample_i128(const Sample *sample, Type type, size_t k) {
  if (!sample->keys) return ((const int128 *)sample->values)[k];
  return type.id == TYPE_DATE ? date_micros(sample->keys[k]) : sample->keys[k];
}

// Halves of the unit of times count as one, those of decimals are cut.
static int128 median_i128(const Sample *sample, Type type) {
  int128 lower = sample_i128(sample, type, (sample->count - 1) / 2);
  int128 upper = sample_i128(sample, type, sample->count / 2);
  return lower + (upper - lower + (type.id != TYPE_DECIMAL)) / 2;
}

static bool is_floating(Type type) { return type.id == TYPE_FLOAT || type.id == TYPE_DOUBLE; }

static void fill_distance(const AggregateCall *call, SampleWork *work, size_t at) {
  Type type = call->argument_types[0];
  if (is_floating(type)) {
    work->distances.keys[at] = key_of_f64(fabs(sample_f64(&work->sample, at) - work->median_f64));
  } else {
    int128 distance = sample_i128(&work->sample, type, at) - work->median_i128;
    ((int128 *)work->distances.values)[at] = distance < 0 ? -distance : distance;
  }
}

static void emit_mad(const Sample *distances, Vector *result, uint32_t row) {
  if (result->physical == PHYSICAL_F32) {
    ((float *)result->data)[row] = (float)median_f64(distances);
  } else if (result->physical == PHYSICAL_F64) {
    ((double *)result->data)[row] = median_f64(distances);
  } else {
    bool times = result->physical == PHYSICAL_INTERVAL;
    int128 distance = median_i128(distances, times ? TYPE(TIMESTAMP) : TYPE(DECIMAL)); // whole units throughout
    if (times) {
      ((Interval *)result->data)[row] =
          (Interval){0, (int32_t)(distance / MICROS_PER_DAY), (int64_t)(distance % MICROS_PER_DAY)};
    } else {
      decimal_put(result->physical, result->data, row, distance);
    }
  }
}

enum { MAD_MEDIAN, MAD_DISTANCES, MAD_RESULT };

static Status finish_mad(EvalContext *context, const AggregateCall *call, SampleWork *work, Vector *result,
                         uint32_t row, uint32_t *budget, bool *done) {
  Type type = call->argument_types[0];
  if (work->step == MAD_MEDIAN) {
    if (!find_median(&work->sample, budget)) return OK;
    work->median_f64 = is_floating(type) ? median_f64(&work->sample) : 0;
    work->median_i128 = is_floating(type) ? 0 : median_i128(&work->sample, type);
    TRY(sample_open(&work->distances, is_floating(type) ? PHYSICAL_F64 : PHYSICAL_I128, work->sample.count,
                    context->scratch, context->error));
    work->filled = 0;
    work->step = MAD_DISTANCES;
  }
  for (; work->filled < work->sample.count && *budget; work->filled++, --*budget) {
    fill_distance(call, work, work->filled);
  }
  *done = work->filled == work->sample.count && find_median(&work->distances, budget);
  if (*done) emit_mad(&work->distances, result, row);
  return OK;
}

FINALIZE(mad_finalize) { return finalize_samples(context, call, states, row_count, result, cursor, finish_mad); }

// ---------------------------------------------------------------------------------------------------------------------
// Binding
// ---------------------------------------------------------------------------------------------------------------------

static Status check_fraction(AggregateBind *bind, const Value *value, QuantilePlan *plan, uint32_t index) {
  if (value->is_null) {
    return error_set(bind->error, ERROR_BINDER, bind->position, "QUANTILE argument must not be NULL");
  }
  Value number;
  TRY(value_cast(bind->arena, value, TYPE(DOUBLE), &number, bind->error));
  if (!(number.f64 >= -1 && number.f64 <= 1)) {
    return error_set(bind->error, ERROR_BINDER, bind->position,
                     "QUANTILE can only take parameters in the range [-1, 1]");
  }
  plan->descending[index] = number.f64 < 0;
  plan->fractions[index] = fabs(number.f64);
  return OK;
}

static Status read_fractions(AggregateBind *bind, QuantilePlan *plan) {
  if (bind->argument_count < 2) {
    plan->count = 1;
    ARENA_NEW_ARRAY(bind->arena, bind->error, plan->fractions, 1);
    ARENA_NEW_ARRAY(bind->arena, bind->error, plan->descending, 1);
    plan->fractions[0] = 0.5;
    return OK;
  }
  Value value;
  bool constant;
  TRY(aggregate_constant(bind, 1, &value, &constant));
  if (!constant) {
    return error_set(bind->error, ERROR_BINDER, bind->position, "QUANTILE can only take constant parameters");
  }
  if (value.is_null) return error_set(bind->error, ERROR_BINDER, bind->position, "QUANTILE argument must not be NULL");
  plan->list = value.type.id == TYPE_LIST || value.type.id == TYPE_ARRAY;
  plan->count = plan->list ? value.nested.count : 1;
  ARENA_NEW_ARRAY(bind->arena, bind->error, plan->fractions, plan->count);
  ARENA_NEW_ARRAY(bind->arena, bind->error, plan->descending, plan->count);
  for (uint32_t i = 0; i < plan->count; i++) {
    TRY(check_fraction(bind, plan->list ? &value.nested.items[i] : &value, plan, i));
    if (plan->fractions[i] == 0 || plan->descending[i] == plan->descending[0] || plan->fractions[0] == 0) continue;
    return error_set(bind->error, ERROR_BINDER, bind->position, "QUANTILE parameters must have consistent signs");
  }
  return OK;
}

// The type of an interpolated value; false: the type has no values between.
static bool interpolated_type(Type type, Type *out) {
  switch (type.id) {
    case TYPE_FLOAT:
    case TYPE_DECIMAL:
    case TYPE_TIME:
    case TYPE_TIME_TZ:
    case TYPE_TIMESTAMP_S:
    case TYPE_TIMESTAMP_MS:
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMP_NS:
    case TYPE_TIMESTAMP_TZ:
      *out = type;
      return true;
    case TYPE_DATE:
      *out = TYPE(TIMESTAMP);
      return true;
    default:
      *out = TYPE(DOUBLE);
      return type_is_numeric(type);
  }
}

static Status bind_quantile(AggregateBind *bind, bool interpolate, bool must_interpolate) {
  QuantilePlan *plan;
  ARENA_NEW(bind->arena, bind->error, plan);
  Type type = aggregate_argument_type(bind, 0);
  if (type.id == TYPE_UNKNOWN) type = TYPE(NULL);
  if (type.id == TYPE_NULL && bind->argument_count == 1) type = TYPE(DOUBLE); // median(NULL)
  plan->element = type;
  plan->interpolate = interpolate && interpolated_type(type, &plan->element);
  if (type.id == TYPE_NULL) plan->interpolate = false;
  if (!plan->interpolate) {
    if (must_interpolate && type.id != TYPE_NULL) return aggregate_no_match(bind);
    plan->element = type;
  }
  TRY(read_fractions(bind, plan));
  bind->argument_types[0] = type;
  if (bind->argument_count > 1) bind->argument_types[1] = argument_type(bind->arguments[1]);
  bind->bind_data = plan;
  bind->result_type = plan->element;
  if (plan->list) return type_make_list(bind->arena, bind->error, plan->element, &bind->result_type);
  return OK;
}
static Status bind_continuous(AggregateBind *bind) { return bind_quantile(bind, true, true); }
static Status bind_discrete(AggregateBind *bind) { return bind_quantile(bind, false, false); }
static Status bind_approximate(AggregateBind *bind) {
  Type type = aggregate_argument_type(bind, 0);
  bool known = type_is_numeric(type) || type_is_temporal(type) || type.id == TYPE_NULL || type.id == TYPE_UNKNOWN;
  if (!known || type.id == TYPE_BIGNUM || type.id == TYPE_INTERVAL) return aggregate_no_match(bind);
  TRY(bind_quantile(bind, false, false));
  QuantilePlan *plan = (QuantilePlan *)(uintptr_t)bind->bind_data; // made just now
  plan->interpolate = plan->approximate = type_is_numeric(type) || type_is_temporal(type);
  return OK;
}
static Status bind_median(AggregateBind *bind) { return bind_quantile(bind, true, false); }

static Status bind_mad(AggregateBind *bind) {
  Type type = aggregate_argument_type(bind, 0);
  switch (type.id) {
    case TYPE_FLOAT:
    case TYPE_DECIMAL:
      bind->result_type = type;
      break;
    case TYPE_DATE:
    case TYPE_TIME:
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMP_TZ:
      bind->result_type = TYPE(INTERVAL);
      break;
    case TYPE_TIME_TZ:
      bind->result_type = TYPE(INTERVAL);
      type = TYPE(TIME);
      break;
    case TYPE_TIMESTAMP_S:
    case TYPE_TIMESTAMP_MS:
    case TYPE_TIMESTAMP_NS:
      bind->result_type = TYPE(INTERVAL);
      type = TYPE(TIMESTAMP);
      break;
    default:
      if (!type_is_numeric(type) && type.id != TYPE_NULL) return aggregate_no_match(bind);
      bind->result_type = type = TYPE(DOUBLE);
  }
  bind->argument_types[0] = type;
  return OK;
}

#define mad_init quantile_init
#define mad_update quantile_update
#define mad_update_one quantile_update_one
#define mad_combine quantile_combine

AGGREGATE_TABLE(quantile) = {
    AGGREGATE("median", OF(ANY), TYPES(OF(ANY)), Collection, quantile, .bind = bind_median, .distinct_matters = true,
              .skips_nulls = true),
    AGGREGATE("quantile_cont", OF(ANY), TYPES(OF(ANY), OF(ANY)), Collection, quantile, .bind = bind_continuous,
              .distinct_matters = true, .skips_nulls = true),
    AGGREGATE("quantile_disc", OF(ANY), TYPES(OF(ANY), OF(ANY)), Collection, quantile, .bind = bind_discrete,
              .distinct_matters = true, .skips_nulls = true),
    AGGREGATE("quantile", OF(ANY), TYPES(OF(ANY), OF(ANY)), Collection, quantile, .bind = bind_discrete,
              .distinct_matters = true, .skips_nulls = true),
    AGGREGATE("approx_quantile", OF(ANY), TYPES(OF(ANY), OF(ANY)), Collection, quantile, .bind = bind_approximate,
              .distinct_matters = true, .skips_nulls = true),
    AGGREGATE("reservoir_quantile", OF(ANY), TYPES(OF(ANY), OF(ANY)), Collection, quantile, .bind = bind_discrete,
              .distinct_matters = true, .skips_nulls = true),
    AGGREGATE("mad", OF(ANY), TYPES(OF(ANY)), Collection, mad, .bind = bind_mad, .distinct_matters = true,
              .skips_nulls = true),
};
AGGREGATE_TABLE_END(quantile);
