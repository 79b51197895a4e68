// SPDX-License-Identifier: MIT
//
// assert.c: what a failed ASSERT does: says where, and stops the program. Debug builds only reach it. The one place in
// the engine that writes to the standard error stream, and not in wasm, where a trap carries its own stack trace.
#include "base/base.h"

#ifdef __wasm__

void assertion_failed(const char *condition, const char *file, int line) {
  (void)condition;
  (void)file;
  (void)line;
  __builtin_trap();
}

#else

#include <stdio.h>
#include <stdlib.h>

void assertion_failed(const char *condition, const char *file, int line) {
  fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, condition);
  abort();
}

#endif
