// SPDX-License-Identifier: MIT
//
// runtime.c: what Debian's compiler-rt for wasm asks of its surroundings. It is compiled with stack protectors, for which
// wasi-libc has neither guard nor failure. A wasm stack that is overrun runs into the end of memory, for it lies first.
#include <stdint.h>

__attribute__((used)) uintptr_t __stack_chk_guard = 0x5f3759df;

_Noreturn void __stack_chk_fail(void);
__attribute__((used)) _Noreturn void __stack_chk_fail(void) { __builtin_trap(); }
