// SPDX-License-Identifier: MIT
//
// raw.h: values moved by their size alone, whatever their type. Private to vector/.
#ifndef SMEW_VECTOR_RAW_H
#define SMEW_VECTOR_RAW_H

#include "base/base.h"

typedef uint8_t __attribute__((may_alias)) Raw8;
typedef uint16_t __attribute__((may_alias)) Raw16;
typedef uint32_t __attribute__((may_alias)) Raw32;
typedef uint64_t __attribute__((may_alias)) Raw64;
typedef struct __attribute__((may_alias)) Raw128 { // two words: no 16-byte alignment is asked of what is read
  uint64_t low, high;
} Raw128;

#endif
