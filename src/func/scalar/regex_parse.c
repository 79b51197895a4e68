// SPDX-License-Identifier: MIT
//
// regex_parse.c: patterns into programs: a recursive descent over the text into a tree, and the tree into instructions.
// Syntax and error texts are RE2's.
#include "func/scalar/regex.h"

#define DEPTH_LIMIT 400 // of groups; the stack is finite
#define REPEAT_LIMIT 1000
#define PROGRAM_LIMIT 200000
#define NO_LIMIT UINT32_MAX
#define MAX_CODE_POINT 0x10ffff

typedef enum NodeKind {
  NODE_EMPTY,
  NODE_INSTRUCTION, // one that takes a code point or asserts
  NODE_CONCAT,
  NODE_ALTERNATE,
  NODE_REPEAT,
  NODE_GROUP,
} NodeKind;

typedef struct Node Node;
typedef ARENA_LIST(Node *) NodeList;
struct Node {
  NodeKind kind;
  RegexInstruction instruction;
  NodeList children; // CONCAT, ALTERNATE
  Node *child;       // REPEAT, GROUP
  uint32_t least, most;
  bool lazy;
  uint32_t group;
};

typedef struct Flags {
  bool fold_case, multi_line, dot_all, swap_greed;
} Flags;

typedef ARENA_LIST(RegexRange) RangeList;
typedef ARENA_LIST(RegexSet) SetList;
typedef ARENA_LIST(RegexInstruction) InstructionList;
typedef ARENA_LIST(Str) NameList;

typedef struct Parser {
  Arena *arena;
  Error *error;
  int32_t position; // of the call, for errors
  Str text;
  size_t at;
  Flags flags;
  SetList sets;
  NameList names;
  uint32_t depth;
  InstructionList program;
} Parser;

static Status fail(Parser *parser, const char *what, size_t from, size_t to) {
  return error_set(parser->error, ERROR_INVALID_INPUT, parser->position, "%s: %.*s", what, (int)(to - from),
                   parser->text.data + from);
}

static bool at_end(const Parser *parser) { return parser->at >= parser->text.length; }
static char peek(const Parser *parser) { return at_end(parser) ? 0 : parser->text.data[parser->at]; }
static bool looks_at(const Parser *parser, const char *what) {
  Str rest = {parser->text.data + parser->at, parser->text.length - parser->at};
  return str_starts_with(rest, str_from(what));
}
static bool accept(Parser *parser, const char *what) {
  if (!looks_at(parser, what)) return false;
  parser->at += strlen(what);
  return true;
}

static Status new_node(Parser *parser, NodeKind kind, Node **out) {
  ARENA_NEW(parser->arena, parser->error, *out);
  (*out)->kind = kind;
  return OK;
}

static Status instruction_node(Parser *parser, RegexOp op, uint32_t value, Node **out) {
  TRY(new_node(parser, NODE_INSTRUCTION, out));
  bool takes = op == REGEX_CHAR || op == REGEX_SET;
  (*out)->instruction = (RegexInstruction){(uint8_t)op, takes && parser->flags.fold_case, value, 0};
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Classes
// ---------------------------------------------------------------------------------------------------------------------

typedef struct NamedClass {
  const char *name;
  const char *ranges; // pairs of ASCII characters
} NamedClass;

static const NamedClass posix_classes[] = {
    {"alnum", "09AZaz"}, {"alpha", "AZaz"}, {"ascii", NULL},      {"blank", "\t\t  "},  {"cntrl", NULL},
    {"digit", "09"},     {"graph", "!~"},   {"lower", "az"},      {"print", " ~"},      {"punct", "!/:@[`{~"},
    {"space", "\t\r  "}, {"upper", "AZ"},   {"word", "09AZaz__"}, {"xdigit", "09AFaf"},
};

// \d \s \w; the upper case letter is the complement.
static const char *perl_class(char letter) {
  switch (letter | 32) {
    case 'd':
      return "09";
    case 's':
      return "\t\n\f\r  ";
    case 'w':
      return "09AZaz__";
    default:
      return NULL;
  }
}

static Status add_range(Parser *parser, RangeList *ranges, uint32_t first, uint32_t last) {
  ARENA_PUSH(parser->arena, parser->error, ranges, ((RegexRange){first, last}));
  return OK;
}

// Sorts and joins in place.
static void normalize(RangeList *list) {
  for (uint32_t i = 1; i < list->count; i++) {
    RegexRange range = list->items[i];
    uint32_t at = i;
    for (; at > 0 && list->items[at - 1].first > range.first; at--) list->items[at] = list->items[at - 1];
    list->items[at] = range;
  }
  uint32_t kept = 0;
  for (uint32_t i = 0; i < list->count; i++) {
    RegexRange range = list->items[i];
    if (kept && range.first <= list->items[kept - 1].last + 1) {
      list->items[kept - 1].last = MAX_OF(list->items[kept - 1].last, range.last);
    } else {
      list->items[kept++] = range;
    }
  }
  list->count = kept;
}

// Adds ranges, or all that lies outside of them.
static Status add_ranges(Parser *parser, RangeList *into, RangeList *ranges, bool negated) {
  normalize(ranges);
  uint32_t next = 0;
  for (uint32_t i = 0; i < ranges->count; i++) {
    RegexRange range = ranges->items[i];
    if (!negated) {
      TRY(add_range(parser, into, range.first, range.last));
    } else if (range.first > next) {
      TRY(add_range(parser, into, next, range.first - 1));
    }
    next = range.last + 1;
  }
  return negated && next <= MAX_CODE_POINT ? add_range(parser, into, next, MAX_CODE_POINT) : OK;
}

static Status add_ascii(Parser *parser, RangeList *into, const char *pairs, bool negated) {
  RangeList ranges = {0};
  for (; *pairs; pairs += 2) TRY(add_range(parser, &ranges, (uint8_t)pairs[0], (uint8_t)pairs[1]));
  return add_ranges(parser, into, &ranges, negated);
}

// "L", "Lu", … ; false: no such category.
static bool category_fits(Str name, uint32_t code_point) {
  const char *category = unicode_category(code_point);
  return name.data[0] == category[0] && (name.length == 1 || name.data[1] == category[1]);
}

static Status add_category(Parser *parser, RangeList *into, Str name, bool negated, bool *known) {
  RangeList ranges = {0};
  *known = str_equal(name, STR("Any"));
  if (*known) TRY(add_range(parser, &ranges, 0, MAX_CODE_POINT));
  uint32_t first = 0;
  bool inside = false;
  for (uint32_t c = 0; !*known && name.length && name.length <= 2 && c <= MAX_CODE_POINT + 1; c++) {
    bool fits = c <= MAX_CODE_POINT && category_fits(name, c);
    if (fits && !inside) first = c;
    if (!fits && inside) TRY(add_range(parser, &ranges, first, c - 1));
    inside = fits;
  }
  *known = *known || ranges.count > 0;
  return add_ranges(parser, into, &ranges, negated);
}

// \pL, \p{Lu}, \p{^Lu}, \PL.
static Status parse_category(Parser *parser, RangeList *into) {
  size_t start = parser->at;
  bool negated = parser->text.data[start + 1] == 'P';
  parser->at += 2;
  Str name = {parser->text.data + parser->at, 1};
  if (at_end(parser)) return fail(parser, "invalid character class range", start, parser->at);
  if (accept(parser, "{")) {
    if (accept(parser, "^")) negated = !negated;
    name.data = parser->text.data + parser->at;
    while (!at_end(parser) && peek(parser) != '}') parser->at++;
    name.length = (size_t)(parser->text.data + parser->at - name.data);
    if (!accept(parser, "}")) return fail(parser, "invalid character class range", start, parser->at);
  } else {
    parser->at++;
  }
  bool known;
  TRY(add_category(parser, into, name, negated, &known));
  return known ? OK : fail(parser, "invalid character class range", start, parser->at);
}

// [:alpha:], [:^alpha:] within a class. *found false: it is none.
static Status parse_posix(Parser *parser, RangeList *into, bool *found) {
  size_t start = parser->at;
  size_t end = start + 2;
  *found = false;
  if (!looks_at(parser, "[:")) return OK;
  while (end + 1 < parser->text.length && !(parser->text.data[end] == ':' && parser->text.data[end + 1] == ']')) end++;
  if (end + 1 >= parser->text.length) return OK;
  *found = true;
  bool negated = parser->text.data[start + 2] == '^';
  Str name = {parser->text.data + start + 2 + negated, end - start - 2 - negated};
  parser->at = end + 2;
  for (size_t i = 0; i < COUNT_OF(posix_classes); i++) {
    const NamedClass *class = &posix_classes[i];
    if (!str_equal(name, str_from(class->name))) continue;
    if (class->ranges) return add_ascii(parser, into, class->ranges, negated);
    RangeList ranges = {0};
    bool ascii = class->name[0] == 'a';
    TRY(add_range(parser, &ranges, 0, ascii ? 0x7f : 0x1f));
    TRY(add_range(parser, &ranges, 0x7f, 0x7f));
    return add_ranges(parser, into, &ranges, negated);
  }
  return fail(parser, "invalid character class range", start, parser->at);
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c |= 32;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// Behind \x: two digits, or as many as one likes in braces.
static bool parse_hex(Parser *parser, uint32_t *out) {
  *out = 0;
  bool braces = accept(parser, "{");
  uint32_t digits = 0;
  while (!at_end(parser) && hex_digit(peek(parser)) >= 0 && (braces || digits < 2)) {
    *out = *out * 16 + (uint32_t)hex_digit(peek(parser));
    if (*out > MAX_CODE_POINT) return false;
    parser->at++;
    digits++;
  }
  return braces ? digits > 0 && accept(parser, "}") : digits == 2;
}

// An escape that stands for one code point.
static Status parse_escape(Parser *parser, uint32_t *out) {
  static const char from[] = "aftnrv";
  static const char to[] = "\a\f\t\n\r\v";
  size_t start = parser->at++;
  if (at_end(parser)) return error_set(parser->error, ERROR_INVALID_INPUT, parser->position, "trailing \\");
  char c = peek(parser);
  parser->at++;
  const char *simple = strchr(from, c);
  bool octal = c == '0' || (c >= '1' && c <= '7' && peek(parser) >= '0' && peek(parser) <= '7');
  if (c == 'x') {
    if (parse_hex(parser, out)) return OK;
  } else if (octal) {
    *out = (uint32_t)(c - '0');
    for (int i = 0; i < 2 && peek(parser) >= '0' && peek(parser) <= '7'; i++) {
      *out = *out * 8 + (uint32_t)(parser->text.data[parser->at++] - '0');
    }
    return OK;
  } else if (c && simple) {
    *out = (uint8_t)to[simple - from];
    return OK;
  } else if ((uint8_t)c < 0x80 && !(c >= '0' && c <= '9') && !((c | 32) >= 'a' && (c | 32) <= 'z')) {
    *out = (uint8_t)c;
    return OK;
  }
  if ((uint8_t)c >= 0x80) {
    uint32_t ignored;
    parser->at = start + 1 + utf8_decode(parser->text, start + 1, &ignored);
  }
  return fail(parser, "invalid escape sequence", start, parser->at);
}

static Status parse_code_point(Parser *parser, uint32_t *out) {
  if (peek(parser) == '\\') return parse_escape(parser, out);
  parser->at += utf8_decode(parser->text, parser->at, out);
  return OK;
}

static bool is_class_escape(const Parser *parser) {
  if (peek(parser) != '\\' || parser->at + 1 >= parser->text.length) return false;
  char c = parser->text.data[parser->at + 1];
  return c == 'p' || c == 'P' || (perl_class(c) && ((c | 32) == 'd' || (c | 32) == 's' || (c | 32) == 'w'));
}

// \d, \W, \pL.
static Status parse_class_escape(Parser *parser, RangeList *into) {
  char c = parser->text.data[parser->at + 1];
  if (c == 'p' || c == 'P') return parse_category(parser, into);
  parser->at += 2;
  return add_ascii(parser, into, perl_class(c), c < 'a');
}

static Status parse_class_range(Parser *parser, RangeList *into) {
  size_t start = parser->at;
  uint32_t first, last;
  TRY(parse_code_point(parser, &first));
  last = first;
  if (peek(parser) == '-' && parser->at + 1 < parser->text.length && parser->text.data[parser->at + 1] != ']') {
    parser->at++;
    TRY(parse_code_point(parser, &last));
    if (last < first) return fail(parser, "invalid character class range", start, parser->at);
  }
  return add_range(parser, into, first, last);
}

static Status set_node(Parser *parser, RangeList *ranges, bool negated, Node **out) {
  normalize(ranges);
  uint32_t number = parser->sets.count;
  ARENA_PUSH(parser->arena, parser->error, &parser->sets, ((RegexSet){ranges->items, ranges->count, negated}));
  return instruction_node(parser, REGEX_SET, number, out);
}

static Status parse_class(Parser *parser, Node **out) {
  size_t start = parser->at++;
  bool negated = accept(parser, "^");
  RangeList ranges = {0};
  for (bool first = true; first || peek(parser) != ']' || at_end(parser); first = false) {
    bool found;
    if (at_end(parser)) return fail(parser, "missing ]", start, parser->text.length);
    TRY(parse_posix(parser, &ranges, &found));
    if (found) continue;
    TRY(is_class_escape(parser) ? parse_class_escape(parser, &ranges) : parse_class_range(parser, &ranges));
  }
  parser->at++;
  return set_node(parser, &ranges, negated, out);
}

// ---------------------------------------------------------------------------------------------------------------------
// Atoms
// ---------------------------------------------------------------------------------------------------------------------

static Status parse_alternatives(Parser *parser, Node **out);

// \b, \A, …; *out NULL: it is none of them.
static Status parse_assertion(Parser *parser, Node **out) {
  *out = NULL;
  if (peek(parser) != '\\' || parser->at + 1 >= parser->text.length) return OK;
  RegexAssertion assertion;
  switch (parser->text.data[parser->at + 1]) {
    case 'A':
      assertion = REGEX_TEXT_START;
      break;
    case 'z':
      assertion = REGEX_TEXT_END;
      break;
    case 'b':
      assertion = REGEX_WORD_BOUNDARY;
      break;
    case 'B':
      assertion = REGEX_NO_WORD_BOUNDARY;
      break;
    default:
      return OK;
  }
  parser->at += 2;
  return instruction_node(parser, REGEX_ASSERT, assertion, out);
}

// \Q…\E
static Status parse_quoted(Parser *parser, Node **out) {
  TRY(new_node(parser, NODE_CONCAT, out));
  parser->at += 2;
  while (!at_end(parser) && !accept(parser, "\\E")) {
    uint32_t c;
    Node *node;
    parser->at += utf8_decode(parser->text, parser->at, &c);
    TRY(instruction_node(parser, REGEX_CHAR, c, &node));
    ARENA_PUSH(parser->arena, parser->error, &(*out)->children, node);
  }
  return OK;
}

// (?P<name> : the name is taken.
static Status parse_group_name(Parser *parser, size_t start, Str *name) {
  name->data = parser->text.data + parser->at;
  while (!at_end(parser) && peek(parser) != '>') parser->at++;
  name->length = (size_t)(parser->text.data + parser->at - name->data);
  if (!accept(parser, ">")) return fail(parser, "invalid named capture group", start, parser->text.length);
  bool valid = name->length > 0;
  for (size_t i = 0; i < name->length; i++) {
    char c = name->data[i];
    valid &= c == '_' || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
  }
  if (!valid) return fail(parser, "invalid named capture group", start, parser->at);
  return str_copy(parser->arena, parser->error, *name, name);
}

// (?i) and (?i:…). *group false: the flags hold until the end of the group around.
static Status parse_flags(Parser *parser, size_t start, bool *group) {
  bool value = true;
  bool any = false;
  for (; !at_end(parser); parser->at++) {
    switch (peek(parser)) {
      case 'i':
        parser->flags.fold_case = value;
        break;
      case 'm':
        parser->flags.multi_line = value;
        break;
      case 's':
        parser->flags.dot_all = value;
        break;
      case 'U':
        parser->flags.swap_greed = value;
        break;
      case '-':
        if (!value) return fail(parser, "invalid perl operator", start, parser->at + 1);
        value = false;
        any = false;
        continue;
      case ':':
      case ')':
        *group = peek(parser) == ':';
        if (!value && !any) return fail(parser, "invalid perl operator", start, parser->at + 1);
        parser->at++;
        return OK;
      default:
        return fail(parser, "invalid perl operator", start, parser->at + 1);
    }
    any = true;
  }
  return fail(parser, "invalid perl operator", start, parser->at);
}

static Status parse_group(Parser *parser, Node **out) {
  size_t start = parser->at++;
  Flags outer = parser->flags;
  Str name = {NULL, 0};
  bool captures = true;
  if (accept(parser, "?P<")) {
    TRY(parse_group_name(parser, start, &name));
  } else if (accept(parser, "?")) {
    bool group = true;
    captures = false;
    TRY(parse_flags(parser, start, &group));
    if (!group) return new_node(parser, NODE_EMPTY, out); // the flags stay
  }
  TRY(new_node(parser, NODE_GROUP, out));
  if (captures) {
    ARENA_PUSH(parser->arena, parser->error, &parser->names, name);
    (*out)->group = parser->names.count;
  }
  TRY(parse_alternatives(parser, &(*out)->child));
  if (!accept(parser, ")")) return fail(parser, "missing )", 0, parser->text.length);
  parser->flags = outer;
  return OK;
}

static Status parse_atom(Parser *parser, Node **out) {
  uint32_t c;
  switch (peek(parser)) {
    case '(':
      return parse_group(parser, out);
    case '[':
      return parse_class(parser, out);
    case '.':
      parser->at++;
      return instruction_node(parser, parser->flags.dot_all ? REGEX_ANY : REGEX_ANY_LINE, 0, out);
    case '^':
      parser->at++;
      return instruction_node(parser, REGEX_ASSERT, parser->flags.multi_line ? REGEX_LINE_START : REGEX_TEXT_START,
                              out);
    case '$':
      parser->at++;
      return instruction_node(parser, REGEX_ASSERT, parser->flags.multi_line ? REGEX_LINE_END : REGEX_TEXT_END, out);
    case '\\':
      if (accept(parser, "\\C")) return instruction_node(parser, REGEX_ANY, 0, out); // a byte in RE2
      if (looks_at(parser, "\\Q")) return parse_quoted(parser, out);
      if (is_class_escape(parser)) {
        RangeList ranges = {0};
        TRY(parse_class_escape(parser, &ranges));
        return set_node(parser, &ranges, false, out);
      }
      TRY(parse_assertion(parser, out));
      if (*out) return OK;
      break;
    default:
      break;
  }
  TRY(parse_code_point(parser, &c));
  return instruction_node(parser, REGEX_CHAR, c, out);
}

// ---------------------------------------------------------------------------------------------------------------------
// Repetition, sequence, alternatives
// ---------------------------------------------------------------------------------------------------------------------

static bool parse_count(Parser *parser, uint32_t *out) {
  if (peek(parser) < '0' || peek(parser) > '9') return false;
  for (*out = 0; peek(parser) >= '0' && peek(parser) <= '9'; parser->at++) {
    if (*out <= REPEAT_LIMIT) *out = *out * 10 + (uint32_t)(peek(parser) - '0');
  }
  return true;
}

// {n}, {n,}, {n,m}; false: it is text.
static bool parse_braces(Parser *parser, uint32_t *least, uint32_t *most) {
  size_t start = parser->at;
  if (accept(parser, "{") && parse_count(parser, least)) {
    *most = *least;
    if (accept(parser, ",") && !parse_count(parser, most)) *most = NO_LIMIT;
    if (accept(parser, "}")) return true;
  }
  parser->at = start;
  return false;
}

static bool parse_operator(Parser *parser, uint32_t *least, uint32_t *most) {
  *least = looks_at(parser, "+");
  *most = looks_at(parser, "?") ? 1 : NO_LIMIT;
  if (accept(parser, "*") || accept(parser, "+") || accept(parser, "?")) return true;
  return parse_braces(parser, least, most);
}

static Status parse_repeat(Parser *parser, Node **out) {
  size_t last = parser->at;
  uint32_t ignored[2];
  if (parse_operator(parser, &ignored[0], &ignored[1])) {
    accept(parser, "?");
    return fail(parser, "no argument for repetition operator", last, parser->at);
  }
  TRY(parse_atom(parser, out));
  for (uint32_t count = 0;; count++) {
    size_t start = parser->at;
    uint32_t least, most;
    if (!parse_operator(parser, &least, &most)) return OK;
    if (count) {
      accept(parser, "?");
      return fail(parser, "bad repetition operator", last, parser->at);
    }
    bool too_many = least > REPEAT_LIMIT || (most != NO_LIMIT && (most > REPEAT_LIMIT || most < least));
    if (too_many) return fail(parser, "invalid repetition size", start, parser->at);
    Node *repeat;
    TRY(new_node(parser, NODE_REPEAT, &repeat));
    repeat->child = *out;
    repeat->least = least;
    repeat->most = most;
    repeat->lazy = accept(parser, "?") != parser->flags.swap_greed;
    *out = repeat;
    last = start;
  }
}

static Status parse_sequence(Parser *parser, Node **out) {
  TRY(new_node(parser, NODE_CONCAT, out));
  while (!at_end(parser) && peek(parser) != '|' && peek(parser) != ')') {
    Node *node = NULL;
    TRY(parse_repeat(parser, &node));
    ARENA_PUSH(parser->arena, parser->error, &(*out)->children, node);
  }
  return OK;
}

static Status parse_alternatives(Parser *parser, Node **out) {
  if (++parser->depth > DEPTH_LIMIT) {
    return error_set(parser->error, ERROR_INVALID_INPUT, parser->position, "expression nests too deeply: %.*s", 40,
                     parser->text.data);
  }
  TRY(new_node(parser, NODE_ALTERNATE, out));
  do {
    Node *node;
    TRY(parse_sequence(parser, &node));
    ARENA_PUSH(parser->arena, parser->error, &(*out)->children, node);
  } while (accept(parser, "|"));
  parser->depth--;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// The program
// ---------------------------------------------------------------------------------------------------------------------

static Status emit(Parser *parser, RegexOp op, uint32_t value, uint32_t *at) {
  if (parser->program.count >= PROGRAM_LIMIT) {
    return error_set(parser->error, ERROR_INVALID_INPUT, parser->position, "pattern too large - compile failed");
  }
  *at = parser->program.count;
  ARENA_PUSH(parser->arena, parser->error, &parser->program, ((RegexInstruction){(uint8_t)op, false, value, *at + 1}));
  return OK;
}

static RegexInstruction *instruction(Parser *parser, uint32_t at) { return &parser->program.items[at]; }

static Status emit_node(Parser *parser, const Node *node);

static Status emit_alternate(Parser *parser, const Node *node) {
  uint32_t last_jump = UINT32_MAX; // the jumps to the end are chained through `next` until it is known
  for (uint32_t i = 0; i < node->children.count; i++) {
    uint32_t split = 0;
    uint32_t jump;
    bool more = i + 1 < node->children.count;
    if (more) TRY(emit(parser, REGEX_SPLIT, 0, &split));
    TRY(emit_node(parser, node->children.items[i]));
    if (!more) break;
    TRY(emit(parser, REGEX_JUMP, 0, &jump));
    instruction(parser, jump)->next = last_jump;
    last_jump = jump;
    instruction(parser, split)->value = parser->program.count;
  }
  while (last_jump != UINT32_MAX) {
    uint32_t before = instruction(parser, last_jump)->next;
    instruction(parser, last_jump)->next = parser->program.count;
    last_jump = before;
  }
  return OK;
}

// A split whose two ways are the next instruction and one to be set; lazy ones prefer the latter.
static void set_exit(Parser *parser, uint32_t split, bool lazy, uint32_t exit) {
  RegexInstruction *target = instruction(parser, split);
  target->value = lazy ? split + 1 : exit;
  target->next = lazy ? exit : split + 1;
}

// x+ is x and a way back to it; x* is (x+)?, so that an x that may be empty is tried in the right order (as in RE2's compiler).
static Status emit_loop(Parser *parser, const Node *node) {
  uint32_t enter = UINT32_MAX;
  uint32_t back, start;
  if (node->least == 0) TRY(emit(parser, REGEX_SPLIT, 0, &enter));
  for (uint32_t i = 1; i < node->least; i++) TRY(emit_node(parser, node->child));
  start = parser->program.count;
  TRY(emit_node(parser, node->child));
  TRY(emit(parser, REGEX_SPLIT, 0, &back));
  instruction(parser, back)->next = node->lazy ? back + 1 : start;
  instruction(parser, back)->value = node->lazy ? start : back + 1;
  if (node->least == 0) set_exit(parser, enter, node->lazy, back + 1);
  return OK;
}

static Status emit_repeat(Parser *parser, const Node *node) {
  if (node->most == NO_LIMIT) return emit_loop(parser, node);
  for (uint32_t i = 0; i < node->least; i++) TRY(emit_node(parser, node->child));
  // (x(x(x)?)?)?: all exits lead to the end, chained through `value` until it is known.
  uint32_t last_split = UINT32_MAX;
  for (uint32_t i = node->least; i < node->most; i++) {
    uint32_t split;
    TRY(emit(parser, REGEX_SPLIT, last_split, &split));
    last_split = split;
    TRY(emit_node(parser, node->child));
  }
  while (last_split != UINT32_MAX) {
    uint32_t before = instruction(parser, last_split)->value;
    set_exit(parser, last_split, node->lazy, parser->program.count);
    last_split = before;
  }
  return OK;
}

static Status emit_node(Parser *parser, const Node *node) {
  uint32_t at;
  switch (node->kind) {
    case NODE_EMPTY:
      return OK;
    case NODE_INSTRUCTION:
      TRY(emit(parser, (RegexOp)node->instruction.op, node->instruction.value, &at));
      instruction(parser, at)->fold_case = node->instruction.fold_case;
      return OK;
    case NODE_CONCAT:
      for (uint32_t i = 0; i < node->children.count; i++) TRY(emit_node(parser, node->children.items[i]));
      return OK;
    case NODE_ALTERNATE:
      return emit_alternate(parser, node);
    case NODE_REPEAT:
      return emit_repeat(parser, node);
    case NODE_GROUP:
      if (node->group) TRY(emit(parser, REGEX_SAVE, 2 * node->group, &at));
      TRY(emit_node(parser, node->child));
      return node->group ? emit(parser, REGEX_SAVE, 2 * node->group + 1, &at) : OK;
  }
  return OK;
}

// The text with which every match begins: the instructions before the first choice.
static Status find_prefix(Parser *parser, Regex *regex) {
  ARENA_LIST(char) prefix = {0};
  for (uint32_t at = 0;; at++) {
    const RegexInstruction *step = instruction(parser, at);
    if (step->op == REGEX_SAVE) continue;
    if (step->op == REGEX_ASSERT && step->value == REGEX_TEXT_START) regex->anchored = true;
    if (step->op != REGEX_CHAR || step->fold_case) break;
    char bytes[4];
    size_t length = utf8_encode(step->value, bytes);
    for (size_t i = 0; i < length; i++) ARENA_PUSH(parser->arena, parser->error, &prefix, bytes[i]);
  }
  regex->prefix = (Str){prefix.items, prefix.count};
  return OK;
}

static Status parse_literal(Parser *parser, Node **out) {
  TRY(new_node(parser, NODE_CONCAT, out));
  while (!at_end(parser)) {
    uint32_t c;
    Node *node;
    parser->at += utf8_decode(parser->text, parser->at, &c);
    TRY(instruction_node(parser, REGEX_CHAR, c, &node));
    ARENA_PUSH(parser->arena, parser->error, &(*out)->children, node);
  }
  return OK;
}

Status regex_compile(Arena *arena, Str pattern, RegexOptions options, int32_t position, const Regex **out,
                     Error *error) {
  Parser parser = {.arena = arena, .error = error, .position = position, .text = pattern};
  parser.flags = (Flags){.fold_case = options.fold_case, .dot_all = options.dot_matches_newline};
  Node *root;
  Regex *regex;
  uint32_t at;
  TRY(options.literal ? parse_literal(&parser, &root) : parse_alternatives(&parser, &root));
  if (!at_end(&parser)) return fail(&parser, "unexpected )", 0, pattern.length);
  ARENA_NEW(arena, error, regex);
  TRY(emit(&parser, REGEX_SAVE, 0, &at));
  TRY(emit_node(&parser, root));
  TRY(emit(&parser, REGEX_SAVE, 1, &at));
  TRY(emit(&parser, REGEX_MATCH, 0, &at));
  TRY(find_prefix(&parser, regex));
  regex->program = parser.program.items;
  regex->length = parser.program.count;
  regex->sets = parser.sets.items;
  regex->group_count = parser.names.count;
  regex->names = parser.names.items;
  *out = regex;
  return OK;
}
