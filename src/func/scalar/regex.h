// SPDX-License-Identifier: MIT
//
// regex.h: regular expressions as RE2 understands them (https://github.com/google/re2/wiki/Syntax), which is what DuckDB
// has: no look-around and no back-references, and so time linear in the text for every pattern.
//
//   regex_compile   a pattern into a program (regex_parse.c), in an arena
//   regex_search    the leftmost match, the first alternative preferred (regex_match.c)
//
// A program is immutable; a RegexMatcher is the memory of searches, used by one of them at a time. Source of the two ways to
// match: Russ Cox, "Regular Expression Matching: the Virtual Machine Approach" and "… in the Wild" (https://swtch.com/~rsc/regexp/).
#ifndef SMEW_REGEX_H
#define SMEW_REGEX_H

#include "base/base.h"

typedef enum RegexOp {
  REGEX_CHAR,     // one code point, `value`
  REGEX_SET,      // sets[value]
  REGEX_ANY,      // any code point
  REGEX_ANY_LINE, // any but \n
  REGEX_SPLIT,    // goes on at `next` first, then at `value`
  REGEX_JUMP,     // goes on at `next`
  REGEX_SAVE,     // notes the place in captures[value]
  REGEX_ASSERT,   // `value` is a RegexAssertion
  REGEX_MATCH,
} RegexOp;

typedef enum RegexAssertion {
  REGEX_TEXT_START,
  REGEX_TEXT_END,
  REGEX_LINE_START,
  REGEX_LINE_END,
  REGEX_WORD_BOUNDARY, // of ASCII words
  REGEX_NO_WORD_BOUNDARY,
} RegexAssertion;

typedef struct RegexInstruction {
  uint8_t op;     // RegexOp
  bool fold_case; // CHAR, SET
  uint32_t value;
  uint32_t next;
} RegexInstruction;

typedef struct RegexRange {
  uint32_t first, last;
} RegexRange;

typedef struct RegexSet {
  RegexRange *ranges; // sorted, not touching
  uint32_t count;
  bool negated;
} RegexSet;

typedef struct Regex {
  const RegexInstruction *program;
  uint32_t length;
  const RegexSet *sets;
  uint32_t group_count; // without group 0
  const Str *names;     // [group_count]; data NULL: the group has none
  bool anchored;        // begins with \A
  Str prefix;           // every match begins with these bytes
} Regex;

typedef struct RegexOptions {
  bool fold_case;
  bool literal; // the pattern is text
  bool dot_matches_newline;
} RegexOptions;

typedef enum RegexAnchor { REGEX_UNANCHORED, REGEX_ANCHORED_START, REGEX_ANCHORED_BOTH } RegexAnchor;

// Where nothing was captured.
#define REGEX_NOWHERE SIZE_MAX

typedef struct RegexMatcher {
  Memory *memory;
  uint32_t *words; // scratch of both ways to match
  size_t word_capacity;
  size_t *captures; // start and end of group 0, 1, …
  uint32_t capture_capacity;
} RegexMatcher;

// Errors are Invalid Input Errors in RE2's words. The pattern must be valid UTF-8 and is not needed afterwards.
Status regex_compile(Arena *arena, Str pattern, RegexOptions options, int32_t position, const Regex **out,
                     Error *error) MUST_USE;

void regex_matcher_init(RegexMatcher *matcher, Memory *memory);
void regex_matcher_free(RegexMatcher *matcher);
// Searches valid UTF-8 from the offset `from` on; what lies before it is seen by ^ and \b. With *found true the matcher's captures
// are set, until its next search.
Status regex_search(RegexMatcher *matcher, const Regex *regex, Str text, size_t from, RegexAnchor anchor, bool *found,
                    Error *error) MUST_USE;

#endif
