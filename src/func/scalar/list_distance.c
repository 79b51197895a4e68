// SPDX-License-Identifier: MIT
//
// list_distance.c: distances and products of vectors (lists and arrays of FLOAT or DOUBLE).
#include "func/support.h"

#define FOLD(function, C, statement, answer)                  \
  static C function(const C *a, const C *b, uint32_t count) { \
    C sum = 0, left_norm = 0, right_norm = 0;                 \
    for (uint32_t i = 0; i < count; i++) {                    \
      C left = a[i], right = b[i];                            \
      statement;                                              \
    }                                                         \
    (void)left_norm, (void)right_norm;                        \
    return (C)(answer);                                       \
  }
// NaN, of vectors without length, is -1.
#define CLAMP(x) (!((x) >= -1) ? -1 : (x) > 1 ? 1 : (x))
#define NORMS               \
  sum += left * right;      \
  left_norm += left * left; \
  right_norm += right * right
#define FOLDS(s, C, root)                                                          \
  FOLD(distance_##s, C, sum += (left - right) * (left - right), root(sum))         \
  FOLD(inner_product_##s, C, sum += left * right, sum)                             \
  FOLD(negative_inner_product_##s, C, sum += left * right, -sum)                   \
  FOLD(cosine_similarity_##s, C, NORMS, CLAMP(sum / root(left_norm * right_norm))) \
  FOLD(cosine_distance_##s, C, NORMS, 1 - CLAMP(sum / root(left_norm * right_norm)))
FOLDS(f32, float, sqrtf)
FOLDS(f64, double, sqrt)

// The elements of an entry one after another; a NULL among them is an error.
static Status elements_at(EvalContext *context, const ScalarCall *call, const VectorView *elements, ListEntry entry,
                          uint32_t size, const char *side, const void **out) {
  for (uint32_t i = 0; i < entry.length; i++) {
    if (view_valid(elements, view_row(elements, entry.offset + i))) continue;
    return error_set(context->error, ERROR_INVALID_INPUT, call->position, "%s: %s argument can not contain NULL values",
                     call->function->name, side);
  }
  if (view_is_flat(elements)) {
    *out = (const uint8_t *)elements->data + (size_t)entry.offset * size;
    return OK;
  }
  uint8_t *copy = arena_allocate(context->scratch, (size_t)entry.length * size + 1);
  if (!copy) return error_no_memory(context->error);
  for (uint32_t i = 0; i < entry.length; i++) {
    memcpy(copy + (size_t)i * size,
           (const uint8_t *)elements->data + (size_t)view_row(elements, entry.offset + i) * size, size);
  }
  *out = copy;
  return OK;
}

#define DISTANCE_KERNEL(measure, C, null_when_empty)                                                      \
  KERNEL(kernel_##measure) {                                                                              \
    uint32_t count;                                                                                       \
    TRY(kernel_begin(arguments, 2, row_count, result, &count, context->error));                           \
    VectorView lists[2], elements[2];                                                                     \
    for (int i = 0; i < 2; i++) {                                                                         \
      vector_view(arguments[i], &lists[i]);                                                               \
      vector_view(&lists[i].base->children[0], &elements[i]);                                             \
    }                                                                                                     \
    for (uint32_t row = 0; row < count; row++) {                                                          \
      if (!vector_row_valid(result, row)) continue;                                                       \
      ListEntry left = ((const ListEntry *)lists[0].data)[view_row(&lists[0], row)];                      \
      ListEntry right = ((const ListEntry *)lists[1].data)[view_row(&lists[1], row)];                     \
      if (left.length != right.length) {                                                                  \
        return error_set(context->error, ERROR_INVALID_INPUT, call->position,                             \
                         "%s: list dimensions must be equal, got left length '%u' and right length '%u'", \
                         call->function->name, left.length, right.length);                                \
      }                                                                                                   \
      const void *a, *b;                                                                                  \
      TRY(elements_at(context, call, &elements[0], left, sizeof(C), "left", &a));                         \
      TRY(elements_at(context, call, &elements[1], right, sizeof(C), "right", &b));                       \
      if (null_when_empty && !left.length) {                                                              \
        KERNEL_NULL(result, row, context->error);                                                         \
        continue;                                                                                         \
      }                                                                                                   \
      ((C *)result->data)[row] = measure(a, b, left.length);                                              \
    }                                                                                                     \
    return OK;                                                                                            \
  }
// null_when_empty: of no elements there is no answer.
#define DISTANCE_KERNELS(name, null_when_empty)       \
  DISTANCE_KERNEL(name##_f32, float, null_when_empty) \
  DISTANCE_KERNEL(name##_f64, double, null_when_empty)
DISTANCE_KERNELS(distance, false)
DISTANCE_KERNELS(inner_product, false)
DISTANCE_KERNELS(negative_inner_product, false)
DISTANCE_KERNELS(cosine_similarity, true)
DISTANCE_KERNELS(cosine_distance, true)

// Arrays of different sizes are an error before any row is looked at.
static Status bind_array_sizes(ScalarBind *bind) {
  Type left = argument_type(bind->arguments[0]), right = argument_type(bind->arguments[1]);
  if (left.id == TYPE_ARRAY && right.id == TYPE_ARRAY && left.array_size != right.array_size &&
      str_starts_with(str_from(bind->function->name), STR("array_"))) {
    return error_set(bind->error, ERROR_BINDER, bind->position, "%s: Array arguments must be of the same size",
                     bind->function->name);
  }
  return OK;
}

#define CROSS_KERNEL(s, C)                                                                      \
  KERNEL(cross_product_##s) {                                                                   \
    uint32_t count;                                                                             \
    TRY(kernel_begin(arguments, 2, row_count, result, &count, context->error));                 \
    VectorView arrays[2], elements[2];                                                          \
    for (int i = 0; i < 2; i++) {                                                               \
      vector_view(arguments[i], &arrays[i]);                                                    \
      vector_view(&arrays[i].base->children[0], &elements[i]);                                  \
    }                                                                                           \
    C *out = result->children[0].data;                                                          \
    for (uint32_t row = 0; row < count; row++, out += 3) {                                      \
      out[0] = out[1] = out[2] = 0;                                                             \
      if (!vector_row_valid(result, row)) continue;                                             \
      const void *left, *right;                                                                 \
      ListEntry a = {view_row(&arrays[0], row) * 3, 3}, b = {view_row(&arrays[1], row) * 3, 3}; \
      TRY(elements_at(context, call, &elements[0], a, sizeof(C), "left", &left));               \
      TRY(elements_at(context, call, &elements[1], b, sizeof(C), "right", &right));             \
      const C *l = left, *r = right;                                                            \
      out[0] = l[1] * r[2] - l[2] * r[1];                                                       \
      out[1] = l[2] * r[0] - l[0] * r[2];                                                       \
      out[2] = l[0] * r[1] - l[1] * r[0];                                                       \
    }                                                                                           \
    return OK;                                                                                  \
  }
CROSS_KERNEL(f32, float)
CROSS_KERNEL(f64, double)

#define DISTANCE_ENTRIES(name, prefix)                                                                            \
  SCALAR(name, OF(FLOAT), TYPES(LIST_OF(FLOAT), LIST_OF(FLOAT)), kernel_##prefix##_f32, .bind = bind_array_sizes, \
         .can_fail = true),                                                                                       \
      SCALAR(name, OF(DOUBLE), TYPES(LIST_OF(DOUBLE), LIST_OF(DOUBLE)), kernel_##prefix##_f64,                    \
             .bind = bind_array_sizes, .can_fail = true)

SCALAR_TABLE(list_distance) = {
    DISTANCE_ENTRIES("list_distance", distance),
    DISTANCE_ENTRIES("array_distance", distance),
    DISTANCE_ENTRIES("<->", distance),
    DISTANCE_ENTRIES("list_inner_product", inner_product),
    DISTANCE_ENTRIES("list_dot_product", inner_product),
    DISTANCE_ENTRIES("array_inner_product", inner_product),
    DISTANCE_ENTRIES("array_dot_product", inner_product),
    DISTANCE_ENTRIES("list_negative_inner_product", negative_inner_product),
    DISTANCE_ENTRIES("list_negative_dot_product", negative_inner_product),
    DISTANCE_ENTRIES("array_negative_inner_product", negative_inner_product),
    DISTANCE_ENTRIES("array_negative_dot_product", negative_inner_product),
    DISTANCE_ENTRIES("list_cosine_similarity", cosine_similarity),
    DISTANCE_ENTRIES("array_cosine_similarity", cosine_similarity),
    DISTANCE_ENTRIES("list_cosine_distance", cosine_distance),
    DISTANCE_ENTRIES("array_cosine_distance", cosine_distance),
    DISTANCE_ENTRIES("<=>", cosine_distance),
    SCALAR("array_cross_product", TRIPLE_OF(FLOAT), TYPES(TRIPLE_OF(FLOAT), TRIPLE_OF(FLOAT)), cross_product_f32,
           .can_fail = true),
    SCALAR("array_cross_product", TRIPLE_OF(DOUBLE), TYPES(TRIPLE_OF(DOUBLE), TRIPLE_OF(DOUBLE)), cross_product_f64,
           .can_fail = true),
};
SCALAR_TABLE_END(list_distance);
