// SPDX-License-Identifier: MIT
//
// Str, TextBuilder and the formatter, the latter against libc's snprintf.
#include "unit.h"

TEST(compares) {
  CHECK(str_equal(STR("abc"), STR("abc")));
  CHECK(!str_equal(STR("abc"), STR("abd")));
  CHECK(str_equal((Str){NULL, 0}, STR("")));
  CHECK(str_equal_nocase(STR("SeLeCt"), STR("sElEcT")));
  CHECK(!str_equal_nocase(STR("@"), STR("`")));
  CHECK(!str_equal_nocase(STR("["), STR("{")));
  CHECK_EQ_INT(str_compare(STR("a"), STR("b")), -1);
  CHECK_EQ_INT(str_compare(STR("b"), STR("a")), 1);
  CHECK_EQ_INT(str_compare(STR("a"), STR("ab")), -1);
  CHECK_EQ_INT(str_compare(STR("\xff"), STR("a")), 1);
  CHECK_EQ_INT(str_compare((Str){NULL, 0}, (Str){NULL, 0}), 0);
}

TEST(finds) {
  size_t position = 99;
  CHECK(str_find(STR("hello world"), STR("o w"), &position));
  CHECK_EQ_INT(position, 4);
  CHECK(str_find(STR("aaab"), STR("aab"), &position));
  CHECK_EQ_INT(position, 1);
  CHECK(!str_find(STR("aaa"), STR("aaaa"), &position));
  CHECK(!str_find(STR("abc"), STR("cd"), &position));
  CHECK(str_find(STR("abc"), STR("c"), &position));
  CHECK_EQ_INT(position, 2);
  CHECK(str_find((Str){NULL, 0}, STR(""), &position));
  CHECK_EQ_INT(position, 0);
  CHECK(!str_find((Str){NULL, 0}, STR("x"), &position));
  CHECK(str_starts_with(STR("abc"), STR("ab")) && !str_starts_with(STR("ab"), STR("abc")));
  CHECK(str_ends_with(STR("abc"), STR("bc")) && !str_ends_with(STR("bc"), STR("abc")));
  CHECK_EQ_STR(str_trim(STR(" \t\r\n a b \v\f")), "a b");
  CHECK_EQ_STR(str_trim(STR("  ")), "");
}

TEST(copies_and_formats_in_an_arena) {
  Memory memory;
  memory_init(&memory, 0);
  Arena arena;
  arena_init(&arena, &memory);
  Error error;
  Str text;
  CHECK_OK(str_copy(&arena, &error, STR("abc"), &text), &error);
  CHECK_EQ_STR(text, "abc");
  CHECK_EQ_INT(text.data[3], 0);
  CHECK_OK(str_copy(&arena, &error, (Str){NULL, 0}, &text), &error);
  CHECK_EQ_INT(text.length, 0);
  CHECK_OK(str_lower(&arena, &error, STR("ABC\xC3\x84[Z"), &text), &error);
  CHECK_EQ_STR(text, "abc\xC3\x84[z");
  CHECK_OK(str_format(&arena, &error, &text, "%d-%s-%.*s", 42, "x", 2, "yzw"), &error);
  CHECK_EQ_STR(text, "42-x-yz");
  memory.fail_at = 1;
  arena_free(&arena);
  CHECK_STATUS(str_format(&arena, &error, &text, "%d", 1), ERROR_NO_MEMORY);
  CHECK_STATUS(str_copy(&arena, &error, STR("a"), &text), ERROR_NO_MEMORY);
}

TEST(edit_distance) {
  CHECK_EQ_INT(str_edit_distance(STR("kitten"), STR("sitting")), 3);
  CHECK_EQ_INT(str_edit_distance(STR("ABC"), STR("abc")), 0);
  CHECK_EQ_INT(str_edit_distance(STR(""), STR("abc")), 3);
  CHECK_EQ_INT(str_edit_distance(STR("abc"), STR("")), 3);
  char many[1000];
  memset(many, 'a', sizeof many);
  CHECK_EQ_INT(str_edit_distance((Str){many, 1000}, STR("a")), 255);
}

TEST(builder_grows_and_remembers_failure) {
  Memory memory;
  memory_init(&memory, 0);
  TextBuilder text;
  text_init(&text, &memory);
  CHECK_EQ_INT(text_str(&text).length, 0);
  for (int i = 0; i < 1000; i++) text_append(&text, STR("ab"));
  text_append_char(&text, 'c');
  text_append_repeated(&text, 'd', 5);
  text_append(&text, (Str){NULL, 0});
  CHECK_EQ_INT(text.length, 2006);
  CHECK(str_ends_with(text_str(&text), STR("abcddddd")));
  text_clear(&text);
  text_format(&text, "%s=%d;", "a", 1);
  text_format(&text, "%5s|%-5s|%05d", "x", "y", -42);
  CHECK_EQ_STR(text_str(&text), "a=1;    x|y    |-0042");
  memory.fail_at = memory.allocation_count + 1;
  size_t length = text.length;
  text_append_repeated(&text, 'x', 100000);
  CHECK(text.failed);
  text_append_char(&text, 'y');
  CHECK_EQ_INT(text.length, length);
  text_clear(&text);
  CHECK(!text.failed);
  text_append_repeated(&text, 'x', SIZE_MAX);
  CHECK(text.failed);
  text_free(&text);
  CHECK_EQ_INT(memory.used_bytes, 0);
}

#define SAME_AS_LIBC(...)                                             \
  do {                                                                \
    char ours[256], theirs[256];                                      \
    size_t length = text_format_into(ours, sizeof ours, __VA_ARGS__); \
    int their_length = snprintf(theirs, sizeof theirs, __VA_ARGS__);  \
    CHECK_EQ_INT(length, their_length);                               \
    CHECK_EQ_STR(ours, theirs);                                       \
  } while (0)

#pragma GCC diagnostic ignored "-Wformat-truncation"
TEST(formats_as_libc_does) {
  SAME_AS_LIBC("plain");
  SAME_AS_LIBC("%%%s%%", "x");
  SAME_AS_LIBC("%d %i %u %x %X", -5, 6, 7u, 0xbeefu, 0xBEEFu);
  SAME_AS_LIBC("%d %d", INT32_MIN, INT32_MAX);
  SAME_AS_LIBC("%ld %lu %lld %llu", INT64_MIN, (unsigned long)UINT64_MAX, (long long)INT64_MIN,
               (unsigned long long)UINT64_MAX);
  SAME_AS_LIBC("%zu %zd %jd %td", (size_t)12345, (ssize_t)-5, (intmax_t)-7, (ptrdiff_t)9);
  SAME_AS_LIBC("%hhd %hhu %hd %hu", (signed char)-1, (unsigned char)200, (short)-300, (unsigned short)60000);
  SAME_AS_LIBC("[%5d][%-5d][%05d][%+d][% d][%+05d]", 42, 42, 42, 42, 42, 42);
  SAME_AS_LIBC("[%.3d][%8.3d][%-8.3d][%08x]", 5, -5, 5, 0xabcu);
  SAME_AS_LIBC("[%*d][%-*d][%*d]", 6, 42, 6, 42, -6, 42);
  SAME_AS_LIBC("[%10s][%-10s][%.2s][%10.2s][%.*s]", "abc", "abc", "abc", "abc", 1, "abc");
  SAME_AS_LIBC("[%c][%3c][%-3c]", 'x', 'y', 'z');
  SAME_AS_LIBC("%p", (void *)0x1234);
}

TEST(format_is_cut_at_the_capacity) {
  char small[5];
  CHECK_EQ_INT(text_format_into(small, sizeof small, "%s", "abcdefgh"), 4);
  CHECK_EQ_STR(small, "abcd");
  CHECK_EQ_INT(text_format_into(small, 1, "%d", 12), 0);
  CHECK_EQ_STR(small, "");
  CHECK_EQ_INT(text_format_into(small, sizeof small, "%9d", 1), 4);
  CHECK_EQ_STR(small, "    ");
}

UNIT_MAIN
