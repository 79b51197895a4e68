// SPDX-License-Identifier: MIT
//
// kernels.h: the loops that vectorised functions are made of. Public to all folders below vector/ (func/, exec/ …).
//
// A kernel reads arguments in any form (flat, constant, dictionary) and writes a result that was reset. What repeats in
// every kernel is here: constants in give a constant out, NULL in gives NULL out, flat arguments run a loop that the
// compiler can vectorise, everything else goes through views. What differs is the body, one statement or block that
// reads `in` (or `left`, `right`; `first`, `second`, `third`) and assigns `out`; `row` is the row being written.
//
//   static Status negate(EvalContext *context, const ScalarCall *call, const Vector *const *arguments, uint32_t row_count,
//                        Vector *result) {
//     UNARY_CHECKED(context->error, arguments[0], row_count, result, int32_t, int32_t, {
//       if (in == INT32_MIN) return error_set(context->error, ERROR_OUT_OF_RANGE, call->position, "…");
//       out = -in;
//     });
//     return OK;
//   }
//
//   …_TOTAL    the body runs for every row, NULL ones too (their data is arbitrary, but was written: no bytes are read
//              that nobody set up; strings of NULL rows may be garbage, so never use TOTAL over strings). It must not
//              fail, return, or make NULL. No branch: vectorises.
//   …_CHECKED  the body runs for valid rows only. It may `return` an error, or say KERNEL_NULL(result, row, error) to
//              make this row NULL and `continue` is then not needed (`out` is preset to zero bytes).
//   …_VOID     as CHECKED but there is no `out`: the body writes the row itself (vector_set_string, children …).
//
// The macros expand to statements that use TRY, so they stand in functions returning Status. Bodies may hold commas.
// A body may not jump out of itself with `break`; `continue` skips the write of `out`.
//
// Kernels of other shapes call kernel_begin, take views and loop themselves:
//
//   uint32_t count;
//   TRY(kernel_begin(arguments, argument_count, row_count, result, &count, error));
//   for (uint32_t row = 0; row < count; row++) { if (!vector_row_valid(result, row)) continue; … }
#ifndef SMEW_VECTOR_KERNELS_H
#define SMEW_VECTOR_KERNELS_H

#include "vector/vector.h"

// Prepares `result` for a function that is NULL where any argument is NULL: all arguments constant make the result
// constant; otherwise the result is flat and its validity is the conjunction of the arguments'. *count is the number of
// rows to compute: row_count, 1 for a constant, 0 when the result is already the constant NULL or there are no rows.
Status kernel_begin(const Vector *const *arguments, uint32_t argument_count, uint32_t row_count, Vector *result,
                    uint32_t *count, Error *error) MUST_USE;

#define KERNEL_NULL(result, row, error) TRY(vector_set_null((result), (row), (error)))

// A view whose rows lie one after another: the fast loops apply.
static inline bool view_is_flat(const VectorView *view) { return !view->selection && view->mask; }
static inline bool view_is_constant(const VectorView *view) { return !view->selection && !view->mask; }

// X(PHYSICAL suffix, C type): the physical types that are plain numbers.
#define PHYSICAL_INTEGERS(X) \
  X(I8, int8_t)              \
  X(I16, int16_t)            \
  X(I32, int32_t)            \
  X(I64, int64_t)            \
  X(I128, int128)            \
  X(U8, uint8_t)             \
  X(U16, uint16_t)           \
  X(U32, uint32_t)           \
  X(U64, uint64_t)           \
  X(U128, uint128)
#define PHYSICAL_FLOATS(X) \
  X(F32, float)            \
  X(F64, double)
#define PHYSICAL_NUMBERS(X) PHYSICAL_INTEGERS(X) PHYSICAL_FLOATS(X)

// A file compiled for size (-Oz: most of the wasm build) has the kernels in one form: no loop over rows of its own, but a
// call for the next valid row, which sets the places of its values. Some nanoseconds a row more, a third of the bytes.
typedef struct KernelRows {
  const void *in[3];
  void *out; // NULL when the result's values have no size
  uint32_t row;
  uint32_t count;
  uint32_t argument_count;
  uint32_t sizes[3];
  uint32_t out_size;
  Vector *result;
  VectorView views[3];
} KernelRows;

Status kernel_rows_begin(KernelRows *rows, const Vector *const *arguments, uint32_t argument_count, uint32_t row_count,
                         Vector *result, Error *error) MUST_USE;
bool kernel_rows_next(KernelRows *rows);

#ifdef __OPTIMIZE_SIZE__

#define KERNEL_ROWS_(error, argument_array, argument_count, row_count, result, ...)                     \
  do {                                                                                                  \
    KernelRows rows_;                                                                                   \
    TRY(kernel_rows_begin(&rows_, (argument_array), (argument_count), (row_count), (result), (error))); \
    while (kernel_rows_next(&rows_)) {                                                                  \
      const uint32_t row = rows_.row;                                                                   \
      (void)row;                                                                                        \
      __VA_ARGS__;                                                                                      \
    }                                                                                                   \
  } while (0)

#define UNARY_VOID(error, argument, row_count, result, In, ...) \
  do {                                                          \
    const Vector *argument_ = (argument);                       \
    KERNEL_ROWS_(error, &argument_, 1, row_count, result, {     \
      const In in = *(const In *)rows_.in[0];                   \
      __VA_ARGS__;                                              \
    });                                                         \
  } while (0)
#define UNARY_CHECKED(error, argument, row_count, result, In, Out, ...) \
  UNARY_VOID(error, argument, row_count, result, In, {                  \
    Out out = (Out){0};                                                 \
    __VA_ARGS__;                                                        \
    *(Out *)rows_.out = out;                                            \
  })
#define UNARY_TOTAL(error, argument, row_count, result, In, Out, ...) \
  UNARY_VOID(error, argument, row_count, result, In, {                \
    Out out;                                                          \
    __VA_ARGS__;                                                      \
    *(Out *)rows_.out = out;                                          \
  })

#define BINARY_VOID(error, left_argument, right_argument, row_count, result, Left, Right, ...) \
  do {                                                                                         \
    const Vector *arguments_[2] = {(left_argument), (right_argument)};                         \
    KERNEL_ROWS_(error, arguments_, 2, row_count, result, {                                    \
      const Left left = *(const Left *)rows_.in[0];                                            \
      const Right right = *(const Right *)rows_.in[1];                                         \
      __VA_ARGS__;                                                                             \
    });                                                                                        \
  } while (0)
#define BINARY_CHECKED(error, left_argument, right_argument, row_count, result, Left, Right, Out, ...) \
  BINARY_VOID(error, left_argument, right_argument, row_count, result, Left, Right, {                  \
    Out out = (Out){0};                                                                                \
    __VA_ARGS__;                                                                                       \
    *(Out *)rows_.out = out;                                                                           \
  })
#define BINARY_TOTAL(error, left_argument, right_argument, row_count, result, Left, Right, Out, ...) \
  BINARY_VOID(error, left_argument, right_argument, row_count, result, Left, Right, {                \
    Out out;                                                                                         \
    __VA_ARGS__;                                                                                     \
    *(Out *)rows_.out = out;                                                                         \
  })

#define TERNARY_VOID(error, argument_array, row_count, result, First, Second, Third, ...) \
  KERNEL_ROWS_(error, argument_array, 3, row_count, result, {                             \
    const First first = *(const First *)rows_.in[0];                                      \
    const Second second = *(const Second *)rows_.in[1];                                   \
    const Third third = *(const Third *)rows_.in[2];                                      \
    __VA_ARGS__;                                                                          \
  })

#else

// ---------------------------------------------------------------------------------------------------------------------
// One argument
// ---------------------------------------------------------------------------------------------------------------------

#define UNARY_TOTAL(error, argument, row_count, result, In, Out, ...)          \
  do {                                                                         \
    const Vector *argument_ = (argument);                                      \
    uint32_t count_;                                                           \
    VectorView view_;                                                          \
    TRY(kernel_begin(&argument_, 1, (row_count), (result), &count_, (error))); \
    vector_view(argument_, &view_);                                            \
    const In *restrict data_ = view_.data;                                     \
    Out *restrict out_ = (result)->data;                                       \
    if (!view_.selection) {                                                    \
      for (uint32_t row = 0; row < count_; row++) {                            \
        const In in = data_[row];                                              \
        Out out;                                                               \
        __VA_ARGS__;                                                           \
        out_[row] = out;                                                       \
      }                                                                        \
    } else {                                                                   \
      for (uint32_t row = 0; row < count_; row++) {                            \
        const In in = data_[view_.selection[row]];                             \
        Out out;                                                               \
        __VA_ARGS__;                                                           \
        out_[row] = out;                                                       \
      }                                                                        \
    }                                                                          \
  } while (0)

#define UNARY_CHECKED(error, argument, row_count, result, In, Out, ...)        \
  do {                                                                         \
    const Vector *argument_ = (argument);                                      \
    uint32_t count_;                                                           \
    VectorView view_;                                                          \
    TRY(kernel_begin(&argument_, 1, (row_count), (result), &count_, (error))); \
    vector_view(argument_, &view_);                                            \
    const In *data_ = view_.data;                                              \
    Out *out_ = (result)->data;                                                \
    for (uint32_t row = 0; row < count_; row++) {                              \
      if ((result)->validity && !bit_get((result)->validity, row)) continue;   \
      const In in = data_[view_row(&view_, row)];                              \
      Out out = (Out){0};                                                      \
      __VA_ARGS__;                                                             \
      out_[row] = out;                                                         \
    }                                                                          \
  } while (0)

#define UNARY_VOID(error, argument, row_count, result, In, ...)                \
  do {                                                                         \
    const Vector *argument_ = (argument);                                      \
    uint32_t count_;                                                           \
    VectorView view_;                                                          \
    TRY(kernel_begin(&argument_, 1, (row_count), (result), &count_, (error))); \
    vector_view(argument_, &view_);                                            \
    const In *data_ = view_.data;                                              \
    for (uint32_t row = 0; row < count_; row++) {                              \
      if ((result)->validity && !bit_get((result)->validity, row)) continue;   \
      const In in = data_[view_row(&view_, row)];                              \
      __VA_ARGS__;                                                             \
    }                                                                          \
  } while (0)

// ---------------------------------------------------------------------------------------------------------------------
// Two arguments
// ---------------------------------------------------------------------------------------------------------------------

#define BINARY_LOOP_(Left, left_at, Right, right_at, Out, ...) \
  for (uint32_t row = 0; row < count_; row++) {                \
    const Left left = left_data_[left_at];                     \
    const Right right = right_data_[right_at];                 \
    Out out;                                                   \
    __VA_ARGS__;                                               \
    out_[row] = out;                                           \
  }

#define BINARY_TOTAL(error, left_argument, right_argument, row_count, result, Left, Right, Out, ...)       \
  do {                                                                                                     \
    const Vector *arguments_[2] = {(left_argument), (right_argument)};                                     \
    uint32_t count_;                                                                                       \
    VectorView left_view_, right_view_;                                                                    \
    TRY(kernel_begin(arguments_, 2, (row_count), (result), &count_, (error)));                             \
    vector_view(arguments_[0], &left_view_);                                                               \
    vector_view(arguments_[1], &right_view_);                                                              \
    const Left *restrict left_data_ = left_view_.data;                                                     \
    const Right *restrict right_data_ = right_view_.data;                                                  \
    Out *restrict out_ = (result)->data;                                                                   \
    if (view_is_flat(&left_view_) && view_is_flat(&right_view_)) {                                         \
      BINARY_LOOP_(Left, row, Right, row, Out, __VA_ARGS__)                                                \
    } else if (view_is_flat(&left_view_) && view_is_constant(&right_view_)) {                              \
      BINARY_LOOP_(Left, row, Right, 0, Out, __VA_ARGS__)                                                  \
    } else if (view_is_constant(&left_view_) && view_is_flat(&right_view_)) {                              \
      BINARY_LOOP_(Left, 0, Right, row, Out, __VA_ARGS__)                                                  \
    } else {                                                                                               \
      BINARY_LOOP_(Left, view_row(&left_view_, row), Right, view_row(&right_view_, row), Out, __VA_ARGS__) \
    }                                                                                                      \
  } while (0)

#define BINARY_CHECKED(error, left_argument, right_argument, row_count, result, Left, Right, Out, ...) \
  do {                                                                                                 \
    const Vector *arguments_[2] = {(left_argument), (right_argument)};                                 \
    uint32_t count_;                                                                                   \
    VectorView left_view_, right_view_;                                                                \
    TRY(kernel_begin(arguments_, 2, (row_count), (result), &count_, (error)));                         \
    vector_view(arguments_[0], &left_view_);                                                           \
    vector_view(arguments_[1], &right_view_);                                                          \
    const Left *left_data_ = left_view_.data;                                                          \
    const Right *right_data_ = right_view_.data;                                                       \
    Out *out_ = (result)->data;                                                                        \
    for (uint32_t row = 0; row < count_; row++) {                                                      \
      if ((result)->validity && !bit_get((result)->validity, row)) continue;                           \
      const Left left = left_data_[view_row(&left_view_, row)];                                        \
      const Right right = right_data_[view_row(&right_view_, row)];                                    \
      Out out = (Out){0};                                                                              \
      __VA_ARGS__;                                                                                     \
      out_[row] = out;                                                                                 \
    }                                                                                                  \
  } while (0)

#define BINARY_VOID(error, left_argument, right_argument, row_count, result, Left, Right, ...) \
  do {                                                                                         \
    const Vector *arguments_[2] = {(left_argument), (right_argument)};                         \
    uint32_t count_;                                                                           \
    VectorView left_view_, right_view_;                                                        \
    TRY(kernel_begin(arguments_, 2, (row_count), (result), &count_, (error)));                 \
    vector_view(arguments_[0], &left_view_);                                                   \
    vector_view(arguments_[1], &right_view_);                                                  \
    const Left *left_data_ = left_view_.data;                                                  \
    const Right *right_data_ = right_view_.data;                                               \
    for (uint32_t row = 0; row < count_; row++) {                                              \
      if ((result)->validity && !bit_get((result)->validity, row)) continue;                   \
      const Left left = left_data_[view_row(&left_view_, row)];                                \
      const Right right = right_data_[view_row(&right_view_, row)];                            \
      __VA_ARGS__;                                                                             \
    }                                                                                          \
  } while (0)

// ---------------------------------------------------------------------------------------------------------------------
// Three arguments: the body reads `first`, `second`, `third`.
// ---------------------------------------------------------------------------------------------------------------------

#define TERNARY_VOID(error, argument_array, row_count, result, First, Second, Third, ...)      \
  do {                                                                                         \
    const Vector *const *arguments_ = (argument_array);                                        \
    uint32_t count_;                                                                           \
    VectorView first_view_, second_view_, third_view_;                                         \
    TRY(kernel_begin(arguments_, 3, (row_count), (result), &count_, (error)));                 \
    vector_view(arguments_[0], &first_view_);                                                  \
    vector_view(arguments_[1], &second_view_);                                                 \
    vector_view(arguments_[2], &third_view_);                                                  \
    for (uint32_t row = 0; row < count_; row++) {                                              \
      if ((result)->validity && !bit_get((result)->validity, row)) continue;                   \
      const First first = ((const First *)first_view_.data)[view_row(&first_view_, row)];      \
      const Second second = ((const Second *)second_view_.data)[view_row(&second_view_, row)]; \
      const Third third = ((const Third *)third_view_.data)[view_row(&third_view_, row)];      \
      __VA_ARGS__;                                                                             \
    }                                                                                          \
  } while (0)

#endif

#define TERNARY_CHECKED(error, argument_array, row_count, result, First, Second, Third, Out, ...) \
  TERNARY_VOID(error, argument_array, row_count, result, First, Second, Third, {                  \
    Out out = (Out){0};                                                                           \
    __VA_ARGS__;                                                                                  \
    ((Out *)(result)->data)[row] = out;                                                           \
  })

#endif
