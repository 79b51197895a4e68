// SPDX-License-Identifier: MIT
//
// crash.h: what the two halves of the crash test have of each other: crash.c kills the store, sql.c the engine above it.
#ifndef SMEW_CRASH_H
#define SMEW_CRASH_H

#include <stdbool.h>
#include <stdint.h>

// One random workload of SQL, killed and recovered; false: something was lost, and was told. `disk_lies`: its flushes do nothing, which must be
// noticed. `tell`: prints the statements.
bool sql_point(uint64_t seed, bool disk_lies, bool tell);

#endif
