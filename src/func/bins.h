// SPDX-License-Identifier: MIT
//
// bins.h: what histograms share: private to func/. See scalar/bins.c.
#ifndef SMEW_FUNC_BINS_H
#define SMEW_FUNC_BINS_H

#include "func/support.h"

// The key under which a histogram counts what is in no bin: the greatest value of the type, '', [] … *has false: the type has none.
Status bin_other_value(Arena *arena, Error *error, Type type, Value *value, bool *has) MUST_USE;

#endif
