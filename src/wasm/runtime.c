// SPDX-License-Identifier: MIT
//
// runtime.c: what the compiler and libraries built without our options ask for. wasi-libc copies and fills memory byte by byte
// where the machine has instructions for it (-mbulk-memory), and sorts by smoothsort, which is large.
//
// Debian's compiler-rt for wasm is compiled with stack protectors, for which wasi-libc has neither guard nor failure. A
// wasm stack that is overrun runs into the end of memory, for it lies first.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

__attribute__((used)) uintptr_t __stack_chk_guard = 0x5f3759df;

_Noreturn void __stack_chk_fail(void);
__attribute__((used)) _Noreturn void __stack_chk_fail(void) { __builtin_trap(); }

__attribute__((used)) void *memmove(void *to, const void *from, size_t length) {
  return __builtin_memmove(to, from, length);
}
__attribute__((used)) void *memcpy(void *restrict to, const void *restrict from, size_t length) {
  return __builtin_memcpy(to, from, length);
}
__attribute__((used)) void *memset(void *to, int byte, size_t length) { return __builtin_memset(to, byte, length); }

static void swap_bytes(uint8_t *a, uint8_t *b, size_t size) {
  for (size_t i = 0; i < size; i++) {
    uint8_t byte = a[i];
    a[i] = b[i];
    b[i] = byte;
  }
}

// Shell's sort: directories and listings of files are what is sorted by it.
__attribute__((used)) void qsort(void *items, size_t count, size_t size, int (*compare)(const void *, const void *)) {
  uint8_t *bytes = items;
  for (size_t gap = count / 2; gap; gap = gap == 2 ? 1 : gap * 5 / 11) {
    for (size_t i = gap; i < count; i++) {
      for (size_t at = i; at >= gap && compare(bytes + (at - gap) * size, bytes + at * size) > 0; at -= gap) {
        swap_bytes(bytes + (at - gap) * size, bytes + at * size, size);
      }
    }
  }
}
