// SPDX-License-Identifier: MIT
//
// unit.h: the smallest test framework that serves. One program a file:
//
//   #include "unit.h"
//   TEST(adds_small_numbers) { CHECK_EQ_INT(1 + 1, 2); }
//   UNIT_MAIN
//
// Tests register themselves and run in the order of the file. A failed check is printed as file:line and the test goes
// on, so that one run shows all; CHECK_OR_RETURN leaves the test. The program ends with "N passed, N failed" (tests, not
// checks) and exit code 1 when any failed. `program NAME…` runs only the tests whose names contain one of the NAMEs.
// Tests may use libc freely.
#ifndef SMEW_UNIT_H
#define SMEW_UNIT_H

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"

typedef struct UnitTest {
  const char *name;
  void (*run)(void);
  struct UnitTest *next;
} UnitTest;

static UnitTest *unit_first;
static UnitTest **unit_last = &unit_first;
static int unit_failures; // of the running test

#define TEST(test_name)                                                 \
  static void test_##test_name(void);                                   \
  __attribute__((constructor)) static void register_##test_name(void) { \
    static UnitTest test = {#test_name, test_##test_name, NULL};        \
    *unit_last = &test;                                                 \
    unit_last = &test.next;                                             \
  }                                                                     \
  static void test_##test_name(void)

#define UNIT_FAIL(...)                              \
  do {                                              \
    unit_failures++;                                \
    fprintf(stderr, "%s:%d: ", __FILE__, __LINE__); \
    fprintf(stderr, __VA_ARGS__);                   \
    fputc('\n', stderr);                            \
  } while (0)

#define CHECK(condition)                                   \
  do {                                                     \
    if (!(condition)) UNIT_FAIL("failed: %s", #condition); \
  } while (0)
#define CHECK_OR_RETURN(condition)         \
  do {                                     \
    if (!(condition)) {                    \
      UNIT_FAIL("failed: %s", #condition); \
      return;                              \
    }                                      \
  } while (0)

#define CHECK_EQ_INT(actual, expected)                                                             \
  do {                                                                                             \
    long long actual_ = (long long)(actual), expected_ = (long long)(expected);                    \
    if (actual_ != expected_) UNIT_FAIL("%s is %lld, expected %lld", #actual, actual_, expected_); \
  } while (0)
#define CHECK_EQ_U64(actual, expected)                                                               \
  do {                                                                                               \
    unsigned long long actual_ = (actual), expected_ = (expected);                                   \
    if (actual_ != expected_) UNIT_FAIL("%s is %#llx, expected %#llx", #actual, actual_, expected_); \
  } while (0)

// Text: Str, char * or const char *, each side either.
static inline Str unit_str_of_text(const char *text) { return str_from(text); }
static inline Str unit_str_of_str(Str text) { return text; }
#define UNIT_STR(value) \
  _Generic((value), Str : unit_str_of_str, char * : unit_str_of_text, const char * : unit_str_of_text)(value)
#define CHECK_EQ_STR(actual, expected)                                                               \
  do {                                                                                               \
    Str actual_ = UNIT_STR(actual), expected_ = UNIT_STR(expected);                                  \
    if (actual_.length != expected_.length ||                                                        \
        (actual_.length && memcmp(actual_.data, expected_.data, actual_.length) != 0)) {             \
      UNIT_FAIL("%s is \"%.*s\", expected \"%.*s\"", #actual, STR_ARG(actual_), STR_ARG(expected_)); \
    }                                                                                                \
  } while (0)
// The same number, NaN included; 0.0 and -0.0 are the same.
#define CHECK_EQ_DOUBLE(actual, expected)                                    \
  do {                                                                       \
    double actual_ = (actual), expected_ = (expected);                       \
    if (actual_ != expected_ && !(isnan(actual_) && isnan(expected_))) {     \
      UNIT_FAIL("%s is %.17g, expected %.17g", #actual, actual_, expected_); \
    }                                                                        \
  } while (0)
// The call succeeds; else its error is shown. `error_pointer` is what the call was given.
#define CHECK_OK(status, error_pointer)                                                              \
  do {                                                                                               \
    const Error *error_ = (error_pointer);                                                           \
    Status status_ = (status);                                                                       \
    if (status_ != OK) {                                                                             \
      UNIT_FAIL("%s gave %s: %s", #status, error_code_name(status_), error_ ? error_->message : ""); \
    }                                                                                                \
  } while (0)
// The call fails with this code.
#define CHECK_STATUS(status, expected)                                                                    \
  do {                                                                                                    \
    Status status_ = (status);                                                                            \
    if (status_ != (expected)) {                                                                          \
      UNIT_FAIL("%s gave %s, expected %s", #status, error_code_name(status_), error_code_name(expected)); \
    }                                                                                                     \
  } while (0)

// Repeatable random numbers (splitmix64): print the seed in the failure.
static inline uint64_t unit_random(uint64_t *state) {
  uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}

static inline int unit_main(int argument_count, char **arguments) {
  int passed = 0, failed = 0;
  for (UnitTest *test = unit_first; test; test = test->next) {
    bool wanted = argument_count < 2;
    for (int i = 1; i < argument_count; i++) wanted |= strstr(test->name, arguments[i]) != NULL;
    if (!wanted) continue;
    unit_failures = 0;
    test->run();
    if (unit_failures) {
      fprintf(stderr, "FAILED %s\n", test->name);
      failed++;
    } else {
      passed++;
    }
  }
  printf("%d passed, %d failed\n", passed, failed);
  return failed ? 1 : 0;
}

#define UNIT_MAIN \
  int main(int argument_count, char **arguments) { return unit_main(argument_count, arguments); }

#endif
