// SPDX-License-Identifier: MIT
//
// unicode_tables.c: prints the tables of src/base/unicode.c, made from utf8proc's data (a program of the build machine, see
// Makefile). They hold what Smew asks for and no more, laid out so that gzip finds what repeats: 12 KB of a module where
// utf8proc's own tables are 78.
#include <stdio.h>
#include <stdlib.h>

#include "utf8proc.c"

enum { LIMIT = 0x110000, BLOCK = 256, MAX_CLASSES = 256 };

typedef struct Class {
  int category;
  int combining;
  int boundary;
  int width;
} Class;

static Class classes[MAX_CLASSES];
static int class_count;
static unsigned char class_of[LIMIT];

static void fail(const char *what) {
  fprintf(stderr, "unicode_tables: %s\n", what);
  exit(1);
}

static int class_number(utf8proc_int32_t code_point) {
  const utf8proc_property_t *property = utf8proc_get_property(code_point);
  Class class = {.category = property->category,
                 .combining = property->combining_class,
                 .boundary = property->boundclass,
                 .width = property->charwidth};
  for (int i = 0; i < class_count; i++) {
    if (!memcmp(&classes[i], &class, sizeof class)) return i;
  }
  if (class_count == MAX_CLASSES) fail("too many classes");
  classes[class_count] = class;
  return class_count++;
}

static void print_classes(void) {
  static unsigned char blocks[256][BLOCK];
  int block_count = 0;
  printf("static const uint8_t unicode_blocks[%d] = {", LIMIT / BLOCK);
  for (int at = 0; at < LIMIT; at += BLOCK) {
    for (int i = 0; i < BLOCK; i++) class_of[at + i] = (unsigned char)class_number(at + i);
    int block = 0;
    while (block < block_count && memcmp(blocks[block], class_of + at, BLOCK)) block++;
    if (block == 256) fail("too many blocks");
    if (block == block_count) memcpy(blocks[block_count++], class_of + at, BLOCK);
    printf("%d,", block);
  }
  printf("};\nstatic const uint8_t unicode_class_of[%d][%d] = {\n", block_count, BLOCK);
  for (int block = 0; block < block_count; block++) {
    printf("{");
    for (int i = 0; i < BLOCK; i++) printf("%d,", blocks[block][i]);
    printf("},\n");
  }
  printf("};\nstatic const UnicodeClass unicode_classes[%d] = {\n", class_count);
  for (int i = 0; i < class_count; i++) {
    printf("{%d,%d,%d,%d},\n", classes[i].category, classes[i].combining, classes[i].boundary, classes[i].width);
  }
  printf("};\n");
}

// Runs of code points whose case changes alike. `pairs`: upper and lower case by turns, starting with upper.
static void print_case(void) {
  printf("static const UnicodeCase unicode_cases[] = {\n");
  int count = 0;
  for (int at = 0x80; at < LIMIT;) {
    int upper = utf8proc_toupper(at) - at, lower = utf8proc_tolower(at) - at;
    if (!upper && !lower) {
      at++;
      continue;
    }
    int length = 1;
    bool pairs = upper == 0 && lower == 1 && utf8proc_toupper(at + 1) == at && utf8proc_tolower(at + 1) == at + 1;
    if (pairs) {
      while (at + length < LIMIT && utf8proc_toupper(at + length) == at + length - length % 2 &&
             utf8proc_tolower(at + length) == at + length + (length + 1) % 2) {
        length++;
      }
      length -= length % 2;
    } else {
      while (utf8proc_toupper(at + length) - at - length == upper &&
             utf8proc_tolower(at + length) - at - length == lower) {
        length++;
      }
    }
    printf("{%d,%d,%d,%d,%d},\n", at, upper, lower, length, pairs);
    at += length;
    count++;
  }
  printf("};\n");
}

static int canonical(int code_point, int parts[2]) {
  const utf8proc_property_t *property = utf8proc_get_property(code_point);
  if (property->decomp_seqindex == UINT16_MAX || property->decomp_type) return 0;
  const utf8proc_uint16_t *entry = &utf8proc_sequences[property->decomp_seqindex & 0x3FFF];
  int length = (property->decomp_seqindex >> 14) + 1;
  if (length > 2) fail("a long canonical decomposition");
  for (int i = 0; i < length; i++, entry++) parts[i] = seqindex_decode_entry(&entry);
  return length;
}

typedef struct Pair {
  int first, second, index;
} Pair;

static int pair_order(const void *left, const void *right) {
  const Pair *a = left, *b = right;
  return a->second != b->second ? a->second - b->second : a->first - b->first;
}

static void print_runs(const char *name, const unsigned char *is_in) {
  printf("static const UnicodeRun %s[] = {\n", name);
  int base = 0;
  for (int at = 0; at < LIMIT; at++) {
    if (!is_in[at]) continue;
    int length = 1;
    while (at + length < LIMIT && is_in[at + length]) length++;
    printf("{%d,%d,%d},\n", at, length, base);
    base += length;
    at += length;
  }
  printf("};\n");
}

static void print_decompositions(void) {
  static unsigned char has[LIMIT];
  static Pair all[LIMIT], composed[LIMIT];
  int count = 0, composed_count = 0;
  for (int at = 0x80; at < LIMIT; at++) {
    int parts[2] = {0, 0};
    int length = canonical(at, parts);
    if (!length) continue;
    has[at] = 1;
    Pair pair = {parts[0], parts[1], count};
    if (length == 2 && !utf8proc_get_property(at)->comp_exclusion) composed[composed_count++] = pair;
    all[count++] = pair;
  }
  print_runs("unicode_canonical", has);
  printf("static const uint16_t unicode_first[] = {");
  for (int i = 0; i < count; i++) printf("%d,", all[i].first & 0xFFFF);
  printf("};\nstatic const uint16_t unicode_second[] = {");
  for (int i = 0; i < count; i++) printf("%d,", all[i].second & 0xFFFF);
  printf("};\nstatic const uint8_t unicode_planes[] = {");
  for (int i = 0; i < count; i++) printf("%d,", all[i].first >> 16 | all[i].second >> 16 << 4);
  qsort(composed, (size_t)composed_count, sizeof *composed, pair_order);
  printf("};\nstatic const uint16_t unicode_compositions[] = {");
  for (int i = 0; i < composed_count; i++) printf("%d,", composed[i].index);
  printf("};\n");
}

// What is left of a compatibility decomposition when all but ASCII letters, digits, _ and white space is dropped.
static void print_ascii(void) {
  static unsigned char has[LIMIT];
  static char texts[LIMIT][24];
  for (int at = 0x80; at < LIMIT; at++) {
    int parts[32], boundary = 0;
    if (utf8proc_get_property(at)->decomp_seqindex == UINT16_MAX || !utf8proc_get_property(at)->decomp_type) continue;
    int count =
        (int)utf8proc_decompose_char(at, parts, 32, UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE, &boundary);
    int length = 0;
    for (int i = 0; i < count; i++) {
      int part = parts[i];
      bool kept = (part >= 'a' && part <= 'z') || (part >= 'A' && part <= 'Z') || (part >= '0' && part <= '9') ||
                  part == '_' || part == ' ' || (part >= '\t' && part <= '\r');
      if (kept) texts[at][length++] = (char)part;
    }
    has[at] = length > 0;
  }
  print_runs("unicode_ascii_runs", has);
  printf("static const char unicode_ascii_texts[] =");
  for (int at = 0; at < LIMIT; at++) {
    if (has[at]) printf(" \"%s\\0\"", texts[at]);
  }
  printf(";\n");
}

int main(void) {
  printf("// Generated by tools/unicode_tables.c from utf8proc %s (Unicode %s).\n", utf8proc_version(),
         utf8proc_unicode_version());
  print_classes();
  print_case();
  print_decompositions();
  print_ascii();
  return 0;
}
