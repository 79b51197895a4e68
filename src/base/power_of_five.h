// SPDX-License-Identifier: MIT
//
// power_of_five.h: the leading 128 bits of every power of five that doubles need. Private to base/; shared by
// number_write.c (Schubfach) and number_parse.c (Eisel-Lemire).
#ifndef SMEW_POWER_OF_FIVE_H
#define SMEW_POWER_OF_FIVE_H

#include "base/base.h"

#define POWER_OF_FIVE_LEAST (-351)
#define POWER_OF_FIVE_MOST 350

// 5^exponent = (result + fraction) * 2^k for some k, 0 <= fraction < 1, with the highest bit of the result set.
// The fraction is zero for exponents 0..55 only.
uint128 power_of_five_128(int exponent);

#endif
