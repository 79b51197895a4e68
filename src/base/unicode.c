// SPDX-License-Identifier: MIT
//
// unicode.c: what Unicode knows of a code point: case, width, grapheme boundaries, white space, decomposition and
// composition. Owns the tables, which tools/unicode_tables.c makes from utf8proc's data at build time; the answers are
// those of utf8proc (test/unit/base_unicode.c compares them for every code point). Leaves encoding to utf8.c.
#include "base/base.h"

// In the order of utf8proc_category_t.
static const char category_names[][3] = {"Cn", "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd",
                                         "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm",
                                         "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co"};

typedef struct UnicodeClass {
  uint8_t category;  // of category_names
  uint8_t combining; // class
  uint8_t boundary;  // of graphemes
  uint8_t width;     // terminal columns
} UnicodeClass;

// `count` code points from `first` whose case changes by the same difference; `pairs`: upper and lower by turns.
typedef struct UnicodeCase {
  uint32_t first;
  int32_t upper;
  int32_t lower;
  uint16_t count;
  bool pairs;
} UnicodeCase;

// `count` code points from `first` have the numbers from `base`.
typedef struct UnicodeRun {
  uint32_t first;
  uint16_t count;
  uint16_t base;
} UnicodeRun;

// Made by tools/unicode_tables.c: unicode_blocks, unicode_class_of, unicode_classes; unicode_cases; unicode_canonical with
// unicode_first, unicode_second and their planes, unicode_compositions (sorted by second, then first part);
// unicode_ascii_runs with unicode_ascii_texts.
#include <unicode_tables.h>

enum { BLOCK = 256, LIMIT = 0x110000 };

static const UnicodeClass *class_of(uint32_t code_point) {
  if (code_point >= LIMIT) code_point = 0;
  return &unicode_classes[unicode_class_of[unicode_blocks[code_point / BLOCK]][code_point % BLOCK]];
}

const char *unicode_category(uint32_t code_point) { return category_names[class_of(code_point)->category]; }
bool unicode_is_space(uint32_t code_point) { return str_equal(str_from(unicode_category(code_point)), STR("Zs")); }
uint32_t unicode_width(uint32_t code_point) { return class_of(code_point)->width; }

static uint32_t ascii_case(uint32_t code_point, bool upper) {
  if (upper) return code_point >= 'a' && code_point <= 'z' ? code_point - 32 : code_point;
  return code_point >= 'A' && code_point <= 'Z' ? code_point + 32 : code_point;
}

uint32_t unicode_case(uint32_t code_point, bool upper) {
  if (code_point < 0x80) return ascii_case(code_point, upper);
  uint32_t low = 0, high = COUNT_OF(unicode_cases);
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (unicode_cases[middle].first <= code_point) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (!low) return code_point;
  const UnicodeCase *run = &unicode_cases[low - 1];
  uint32_t at = code_point - run->first;
  if (at >= run->count) return code_point;
  if (run->pairs) return run->first + (at & ~1U) + !upper;
  return code_point + (uint32_t)(upper ? run->upper : run->lower);
}

// ---------------------------------------------------------------------------------------------------------------------
// Graphemes: the rules GB1 to GB999 of Unicode's annex 29 as utf8proc has them.
// ---------------------------------------------------------------------------------------------------------------------

// utf8proc_boundclass_t.
enum {
  START = 0,
  CR = 2,
  LF = 3,
  CONTROL = 4,
  EXTEND = 5,
  L = 6,
  V = 7,
  T = 8,
  LV = 9,
  LVT = 10,
  REGIONAL_INDICATOR = 11,
  SPACING_MARK = 12,
  PREPEND = 13,
  ZWJ = 14,
  OTHER = 1,
  PICTOGRAPHIC = 19,
  PICTOGRAPHIC_ZWJ = 20,
};

static bool breaks_between(int left, int right) {
  if (left == START) return true;
  if (left == CR && right == LF) return false;
  if ((left >= CR && left <= CONTROL) || (right >= CR && right <= CONTROL)) return true;
  if (left == L) {
    if (right == L || right == V || right == LV || right == LVT) return false;
  } else if (left == LV || left == V) {
    if (right == V || right == T) return false;
  } else if ((left == LVT || left == T) && right == T) {
    return false;
  }
  if (right == EXTEND || right == ZWJ || right == SPACING_MARK || left == PREPEND) return false;
  if (left == PICTOGRAPHIC_ZWJ && right == PICTOGRAPHIC) return false;
  return left != REGIONAL_INDICATOR || right != REGIONAL_INDICATOR;
}

bool unicode_grapheme_break(uint32_t left, uint32_t right, int *state) {
  int right_class = class_of(right)->boundary;
  int before = *state == START ? class_of(left)->boundary : *state;
  bool breaks = breaks_between(before, right_class);
  if (before == right_class && right_class == REGIONAL_INDICATOR) {
    *state = OTHER; // flags are pairs
  } else if (before == PICTOGRAPHIC && right_class == EXTEND) {
    *state = PICTOGRAPHIC;
  } else if (before == PICTOGRAPHIC && right_class == ZWJ) {
    *state = PICTOGRAPHIC_ZWJ;
  } else {
    *state = right_class;
  }
  return breaks;
}

// ---------------------------------------------------------------------------------------------------------------------
// Decomposition
// ---------------------------------------------------------------------------------------------------------------------

enum { HANGUL = 0xAC00, HANGUL_COUNT = 11172, HANGUL_L = 0x1100, HANGUL_V = 0x1161, HANGUL_T = 0x11A7 };
enum { L_COUNT = 19, V_COUNT = 21, T_COUNT = 28 };

// The number of a code point within runs; UINT32_MAX: in none.
static uint32_t run_index(const UnicodeRun *runs, uint32_t run_count, uint32_t code_point) {
  uint32_t low = 0, high = run_count;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (runs[middle].first <= code_point) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (!low || code_point - runs[low - 1].first >= runs[low - 1].count) return UINT32_MAX;
  return runs[low - 1].base + code_point - runs[low - 1].first;
}

static uint32_t first_part(uint32_t index) {
  return unicode_first[index] | (uint32_t)(unicode_planes[index] & 15) << 16;
}
static uint32_t second_part(uint32_t index) {
  return unicode_second[index] | (uint32_t)(unicode_planes[index] >> 4) << 16;
}

uint32_t unicode_decompose(uint32_t code_point, uint32_t parts[UNICODE_PARTS]) {
  uint32_t hangul = code_point - HANGUL;
  if (hangul < HANGUL_COUNT) {
    parts[0] = HANGUL_L + hangul / (V_COUNT * T_COUNT);
    parts[1] = HANGUL_V + hangul % (V_COUNT * T_COUNT) / T_COUNT;
    parts[2] = HANGUL_T + hangul % T_COUNT;
    return hangul % T_COUNT ? 3 : 2;
  }
  // Only the first part is decomposed further: second ones are marks that stand for themselves.
  uint32_t marks[UNICODE_PARTS];
  uint32_t mark_count = 0, count = 0;
  for (uint32_t index; (index = run_index(unicode_canonical, COUNT_OF(unicode_canonical), code_point)) != UINT32_MAX;) {
    code_point = first_part(index);
    if (second_part(index)) marks[mark_count++] = second_part(index);
  }
  parts[count++] = code_point;
  while (mark_count) parts[count++] = marks[--mark_count];
  return count;
}

const char *unicode_compatible_ascii(uint32_t code_point) {
  uint32_t index = run_index(unicode_ascii_runs, COUNT_OF(unicode_ascii_runs), code_point);
  if (index == UINT32_MAX) return "";
  const char *text = unicode_ascii_texts;
  while (index--) text += strlen(text) + 1;
  return text;
}

// ---------------------------------------------------------------------------------------------------------------------
// Normal form C
// ---------------------------------------------------------------------------------------------------------------------

// The code point that two make; 0: none.
static uint32_t compose(uint32_t first, uint32_t second) {
  if (first - HANGUL_L < L_COUNT && second - HANGUL_V < V_COUNT) {
    return HANGUL + ((first - HANGUL_L) * V_COUNT + second - HANGUL_V) * T_COUNT;
  }
  if (first - HANGUL < HANGUL_COUNT && (first - HANGUL) % T_COUNT == 0 && second - HANGUL_T < T_COUNT) {
    return first + second - HANGUL_T;
  }
  uint32_t low = 0, high = COUNT_OF(unicode_compositions);
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    uint32_t index = unicode_compositions[middle];
    uint32_t middle_first = first_part(index), middle_second = second_part(index);
    if (middle_second < second || (middle_second == second && middle_first < first)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == COUNT_OF(unicode_compositions)) return 0;
  uint32_t index = unicode_compositions[low];
  if (first_part(index) != first || second_part(index) != second) return 0;
  for (uint32_t i = 0; i < COUNT_OF(unicode_canonical); i++) {
    const UnicodeRun *run = &unicode_canonical[i];
    if (index - run->base < run->count) return run->first + index - run->base;
  }
  return 0;
}

// Marks in the order of their combining classes; equal ones keep theirs.
static void order_marks(uint32_t *code_points, size_t count) {
  for (size_t i = 1; i < count; i++) {
    uint32_t moved = code_points[i];
    uint32_t rank = class_of(moved)->combining;
    size_t at = i;
    if (!rank) continue;
    for (; at && class_of(code_points[at - 1])->combining > rank; at--) code_points[at] = code_points[at - 1];
    code_points[at] = moved;
  }
}

size_t unicode_compose(uint32_t *code_points, size_t count, bool strip_marks) {
  if (strip_marks) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
      if (unicode_category(code_points[i])[0] != 'M') code_points[kept++] = code_points[i];
    }
    count = kept;
  }
  order_marks(code_points, count);
  size_t length = 0, starter = SIZE_MAX;
  int highest = -1; // combining class since the starter
  for (size_t i = 0; i < count; i++) {
    uint32_t code_point = code_points[i];
    int rank = class_of(code_point)->combining;
    if (starter != SIZE_MAX && rank > highest) {
      uint32_t composed = compose(code_points[starter], code_point);
      if (composed) {
        code_points[starter] = composed;
        continue;
      }
    }
    if (rank) {
      if (rank > highest) highest = rank;
    } else {
      starter = length;
      highest = -1;
    }
    code_points[length++] = code_point;
  }
  return length;
}
