// SPDX-License-Identifier: MIT
//
// func_regex.c: regular expressions: syntax, preference, both ways to match, linear time.
#include "func/scalar/regex.h"
#include "unit.h"

static Memory memory;

// The match as "start-end" of each group, "-" where there is none; "none"; or the error's text.
static const char *answer(const char *pattern, Str text, size_t from, RegexAnchor anchor) {
  static char out[256];
  Arena arena;
  RegexMatcher matcher;
  const Regex *regex;
  Error error = {0};
  bool found = false;
  size_t at = 0;
  memory_init(&memory, 0);
  arena_init(&arena, &memory);
  regex_matcher_init(&matcher, &memory);
  if (regex_compile(&arena, str_from(pattern), (RegexOptions){0}, -1, &regex, &error) != OK ||
      regex_search(&matcher, regex, text, from, anchor, &found, &error) != OK) {
    text_format_into(out, sizeof out, "%s", error.message);
  } else if (!found) {
    text_format_into(out, sizeof out, "none");
  } else {
    for (uint32_t i = 0; i <= regex->group_count; i++) {
      const size_t *place = matcher.captures + 2 * i;
      const char *gap = i ? " " : "";
      at += place[0] == REGEX_NOWHERE
                ? text_format_into(out + at, sizeof out - at, "%s-", gap)
                : text_format_into(out + at, sizeof out - at, "%s%u-%u", gap, (unsigned)place[0], (unsigned)place[1]);
    }
  }
  regex_matcher_free(&matcher);
  arena_free(&arena);
  CHECK(memory.used_bytes == 0);
  return out;
}

#define FINDS(pattern, text, expected) CHECK_EQ_STR(answer(pattern, str_from(text), 0, REGEX_UNANCHORED), expected)

// The same behind so much text that the threads have to find it.
#define FINDS_FAR(pattern, text, expected_offset) check_far(pattern, text, expected_offset)

static void check_far(const char *pattern, const char *tail, unsigned expected_length) {
  static char text[400000];
  size_t pad = 390000;
  char expected[64];
  memset(text, '#', pad);
  memcpy(text + pad, tail, strlen(tail) + 1);
  text_format_into(expected, sizeof expected, "%u-%u", (unsigned)pad, (unsigned)pad + expected_length);
  const char *found = answer(pattern, (Str){text, pad + strlen(tail)}, 0, REGEX_UNANCHORED);
  CHECK(strncmp(found, expected, strlen(expected)) == 0);
}

TEST(syntax) {
  FINDS("b+", "abbc", "1-3");
  FINDS("a|ab", "ab", "0-1");
  FINDS("(a)(b)?", "ac", "0-1 0-1 -");
  FINDS("a*?", "aa", "0-0");
  FINDS("x{2,3}", "xxxx", "0-3");
  FINDS("x{2,3}?", "xxxx", "0-2");
  FINDS("x{,2}", "x{,2}", "0-5");
  FINDS("[]a]+", "]a", "0-2");
  FINDS("[^\\D]", "a1", "1-2");
  FINDS("[[:upper:][:digit:]]+", "aB1", "1-3");
  FINDS("\\pL+", "1\xc3\xa4z", "1-4");
  FINDS("\\p{^Lu}", "A\xc3\x89x", "3-4");
  FINDS("(?i)\xc3\x84", "\xc3\xa4", "0-2");
  FINDS("(?P<n>x)", "x", "0-1 0-1");
  FINDS("\\Q.*\\E", "a.*", "1-3");
  FINDS("\\bfoo\\b", "foobar foo", "7-10");
  FINDS("(?m)^b$", "a\nb\nc", "2-3");
  FINDS("^b", "ab", "none");
  FINDS(".", "\n", "none");
  FINDS("(?s).", "\n", "0-1");
  FINDS("", "", "0-0");
}

TEST(errors) {
  FINDS("(a", "", "missing ): (a");
  FINDS("a)", "", "unexpected ): a)");
  FINDS("[a", "", "missing ]: [a");
  FINDS("a**", "", "bad repetition operator: **");
  FINDS("*?", "", "no argument for repetition operator: *?");
  FINDS("a{2,1}", "", "invalid repetition size: {2,1}");
  FINDS("(?=a)", "", "invalid perl operator: (?=");
  FINDS("[z-a]", "", "invalid character class range: z-a");
  FINDS("\\1", "", "invalid escape sequence: \\1");
  FINDS("a\\", "", "trailing \\");
  FINDS("(((a{1000}){1000}){1000})", "", "pattern too large - compile failed");
}

TEST(anchors_and_offsets) {
  CHECK_EQ_STR(answer("a|ab", STR("ab"), 0, REGEX_ANCHORED_BOTH), "0-2");
  CHECK_EQ_STR(answer("b", STR("ab"), 0, REGEX_ANCHORED_START), "none");
  CHECK_EQ_STR(answer("^a", STR("aa"), 1, REGEX_UNANCHORED), "none");
  CHECK_EQ_STR(answer("\\ba", STR("xa"), 1, REGEX_UNANCHORED), "none");
}

TEST(threads_agree) {
  FINDS_FAR("b+", "bb", 2);
  FINDS_FAR("a|ab", "ab", 1);
  FINDS_FAR("[a-c]{2,}?x", "abcx", 4);
  FINDS_FAR("(x(y)?)+z", "xxyz", 4);
}

TEST(time_is_linear) {
  static char text[100000];
  memset(text, 'a', sizeof text);
  CHECK_EQ_STR(answer("(a*)*(a*)*(a*)*b", (Str){text, 28}, 0, REGEX_UNANCHORED), "none");
  CHECK_EQ_STR(answer("(a|aa)+$x", (Str){text, sizeof text}, 0, REGEX_UNANCHORED), "none");
}

UNIT_MAIN
