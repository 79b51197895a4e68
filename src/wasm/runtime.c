// SPDX-License-Identifier: MIT
//
// runtime.c: what the compiler and libraries built without our options ask for. wasi-libc copies and fills memory byte by byte
// where the machine has instructions for it (-mbulk-memory).
//
// Debian's compiler-rt for wasm is compiled with stack protectors, for which wasi-libc has neither guard nor failure. A
// wasm stack that is overrun runs into the end of memory, for it lies first.
#include <stdint.h>
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
