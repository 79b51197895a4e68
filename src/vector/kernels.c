// SPDX-License-Identifier: MIT
//
// kernels.c: what every NULL-propagating kernel does before its loop: form and validity of the result.
#include "vector/kernels.h"

// ANDs the validity of rows 0..count of a vector into the result's bitmap.
static Status merge_validity(const Vector *argument, uint32_t row_count, Vector *result, Error *error) {
  VectorView view;
  vector_view(argument, &view);
  if (!view.validity || view_is_constant(&view)) return OK;
  bool fresh = result->validity == NULL;
  TRY(vector_need_validity(result, error));
  if (!view.selection) {
    size_t words = BITS_WORDS(row_count);
    if (fresh) {
      memcpy(result->validity, view.validity, words * sizeof(uint64_t));
    } else {
      for (size_t i = 0; i < words; i++) result->validity[i] &= view.validity[i];
    }
    return OK;
  }
  for (uint32_t from = 0; from < row_count; from += 64) {
    uint32_t rows = MIN_OF(row_count - from, 64u);
    uint64_t word = 0;
    for (uint32_t i = 0; i < rows; i++) {
      word |= (uint64_t)bit_get(view.validity, view.selection[from + i]) << i;
    }
    if (rows < 64) word |= ~UINT64_C(0) << rows;
    result->validity[from / 64] &= word;
  }
  return OK;
}

Status kernel_begin(const Vector *const *arguments, uint32_t argument_count, uint32_t row_count, Vector *result,
                    uint32_t *count, Error *error) {
  bool all_constant = true;
  for (uint32_t i = 0; i < argument_count; i++) {
    const Vector *argument = arguments[i];
    if (argument->form != VECTOR_CONSTANT) {
      all_constant = false;
    } else if (!vector_row_valid(argument, 0)) {
      vector_set_null_constant(result);
      *count = 0;
      return OK;
    }
  }
  if (all_constant && argument_count) {
    vector_set_constant(result);
    *count = MIN_OF(row_count, 1u);
    return OK;
  }
  for (uint32_t i = 0; i < argument_count; i++) {
    if (arguments[i]->form != VECTOR_CONSTANT) TRY(merge_validity(arguments[i], row_count, result, error));
  }
  // No kernel writes the fields of a NULL struct, yet they are copied and looked at with the others.
  for (uint32_t row = 0; result->physical == PHYSICAL_NONE && result->validity && row < row_count; row++) {
    if (!bit_get(result->validity, row)) TRY(vector_set_null(result, row, error));
  }
  *count = row_count;
  return OK;
}

Status kernel_rows_begin(KernelRows *rows, const Vector *const *arguments, uint32_t argument_count, uint32_t row_count,
                         Vector *result, Error *error) {
  TRY(kernel_begin(arguments, argument_count, row_count, result, &rows->count, error));
  for (uint32_t i = 0; i < argument_count; i++) {
    vector_view(arguments[i], &rows->views[i]);
    rows->sizes[i] = physical_size(arguments[i]->physical);
  }
  rows->argument_count = argument_count;
  rows->result = result;
  rows->out_size = physical_size(result->physical);
  rows->row = UINT32_MAX;
  return OK;
}

bool kernel_rows_next(KernelRows *rows) {
  const uint64_t *validity = rows->result->validity;
  uint32_t row = rows->row + 1;
  while (row < rows->count && validity && !bit_get(validity, row)) row++;
  rows->row = row;
  if (row >= rows->count) return false;
  for (uint32_t i = 0; i < rows->argument_count; i++) {
    const VectorView *view = &rows->views[i];
    rows->in[i] = (const uint8_t *)view->data + (size_t)view_row(view, row) * rows->sizes[i];
  }
  rows->out = (uint8_t *)rows->result->data + (size_t)row * rows->out_size;
  return true;
}
