// SPDX-License-Identifier: MIT
//
// keywords.c: is this word a keyword, and of which class?
#include "vector/keywords.h"

#define LONGEST_KEYWORD 18

// keywords[k - 1] is Keyword k; sorted by text.
static const SqlKeyword keywords[] = {
#define X(name, text, class) {text, sizeof(text) - 1, SQL_KEYWORD_##class},
    SQL_KEYWORDS(X)
#undef X
};
_Static_assert(COUNT_OF(keywords) == KEYWORD_COUNT - 1, "the enum and the table come from one list");

const SqlKeyword *sql_keywords(size_t *count) {
  *count = COUNT_OF(keywords);
  return keywords;
}

Keyword keyword_find(Str word) {
  if (word.length == 0 || word.length > LONGEST_KEYWORD) return NO_KEYWORD;
  char lowered[LONGEST_KEYWORD];
  for (size_t i = 0; i < word.length; i++) {
    char byte = word.data[i];
    lowered[i] = byte >= 'A' && byte <= 'Z' ? (char)(byte + 32) : byte;
  }
  Str needle = {lowered, word.length};
  size_t low = 0, high = COUNT_OF(keywords);
  while (low < high) {
    size_t middle = (low + high) / 2;
    int order = str_compare((Str){keywords[middle].text, keywords[middle].length}, needle);
    if (order == 0) return (Keyword)(middle + 1);
    if (order < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return NO_KEYWORD;
}

Str keyword_text(Keyword keyword) {
  ASSERT(keyword > NO_KEYWORD && keyword < KEYWORD_COUNT);
  return (Str){keywords[keyword - 1].text, keywords[keyword - 1].length};
}

SqlKeywordClass keyword_class(Keyword keyword) {
  return keyword == NO_KEYWORD ? SQL_KEYWORD_NONE : (SqlKeywordClass)keywords[keyword - 1].keyword_class;
}
