// SPDX-License-Identifier: MIT
//
// float_digits.h: private to func/. Doubles as text with a given precision, exactly rounded (half to even), without libc.
#ifndef SMEW_FUNC_FLOAT_DIGITS_H
#define SMEW_FUNC_FLOAT_DIGITS_H

#include "base/base.h"

// Finite, not negative values. Appends; the sign is the caller's.
void float_append_fixed(TextBuilder *out, double value, uint32_t precision);                // 12.50
void float_append_exponent(TextBuilder *out, double value, uint32_t precision, bool upper); // 1.25e+01
// As %g: `precision` significant digits, fixed or with exponent; zeros at the end are kept when asked for.
void float_append_general(TextBuilder *out, double value, uint32_t precision, bool keep_zeros, bool upper);

#endif
