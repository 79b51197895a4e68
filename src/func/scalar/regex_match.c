// SPDX-License-Identifier: MIT
//
// regex_match.c: programs of regex_parse.c run over texts, in one of two ways, both linear in the text:
//
//   backtracking   with one bit for each (instruction, place) that was tried and is not tried again: fast, for what fits
//                  into BIT_LIMIT bits, as most texts of tables do
//   threads        all places of the program at once, one step a code point (Pike's machine), for the rest
#include "func/scalar/regex.h"

#define BIT_LIMIT (256 * 1024)

void regex_matcher_init(RegexMatcher *matcher, Memory *memory) { *matcher = (RegexMatcher){.memory = memory}; }

void regex_matcher_free(RegexMatcher *matcher) {
  memory_free(matcher->memory, matcher->words, matcher->word_capacity * sizeof *matcher->words);
  memory_free(matcher->memory, matcher->captures, matcher->capture_capacity * sizeof *matcher->captures);
  regex_matcher_init(matcher, matcher->memory);
}

static Status reserve_words(RegexMatcher *matcher, size_t count, Error *error) {
  if (count <= matcher->word_capacity) return OK;
  size_t capacity = MAX_OF(count, matcher->word_capacity * 2);
  uint32_t *words =
      memory_grow(matcher->memory, matcher->words, matcher->word_capacity * sizeof *words, capacity * sizeof *words);
  if (!words) return error_no_memory(error);
  matcher->words = words;
  matcher->word_capacity = capacity;
  return OK;
}

static Status reserve_captures(RegexMatcher *matcher, uint32_t count, Error *error) {
  if (count <= matcher->capture_capacity) return OK;
  size_t *captures = memory_grow(matcher->memory, matcher->captures, matcher->capture_capacity * sizeof *captures,
                                 count * sizeof *captures);
  if (!captures) return error_no_memory(error);
  matcher->captures = captures;
  matcher->capture_capacity = count;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// One instruction
// ---------------------------------------------------------------------------------------------------------------------

static bool in_ranges(const RegexSet *set, uint32_t c) {
  uint32_t low = 0, high = set->count;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (c > set->ranges[middle].last) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < set->count && c >= set->ranges[low].first;
}

static bool in_set(const RegexSet *set, uint32_t c, bool fold_case) {
  bool inside = in_ranges(set, c);
  if (!inside && fold_case) inside = in_ranges(set, unicode_case(c, false)) || in_ranges(set, unicode_case(c, true));
  return inside != set->negated;
}

static bool same_character(uint32_t wanted, uint32_t c, bool fold_case) {
  if (wanted == c) return true;
  return fold_case &&
         (unicode_case(wanted, false) == unicode_case(c, false) || unicode_case(wanted, true) == unicode_case(c, true));
}

static bool takes(const Regex *regex, const RegexInstruction *step, uint32_t c) {
  switch ((RegexOp)step->op) {
    case REGEX_CHAR:
      return same_character(step->value, c, step->fold_case);
    case REGEX_SET:
      return in_set(&regex->sets[step->value], c, step->fold_case);
    case REGEX_ANY:
      return true;
    case REGEX_ANY_LINE:
      return c != '\n';
    default:
      return false;
  }
}

static bool is_word(char c) { return c == '_' || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z'); }

static bool holds(RegexAssertion assertion, Str text, size_t at) {
  bool before, after;
  switch (assertion) {
    case REGEX_TEXT_START:
      return at == 0;
    case REGEX_TEXT_END:
      return at == text.length;
    case REGEX_LINE_START:
      return at == 0 || text.data[at - 1] == '\n';
    case REGEX_LINE_END:
      return at == text.length || text.data[at] == '\n';
    case REGEX_WORD_BOUNDARY:
    case REGEX_NO_WORD_BOUNDARY:
      before = at > 0 && is_word(text.data[at - 1]);
      after = at < text.length && is_word(text.data[at]);
      return (before != after) == (assertion == REGEX_WORD_BOUNDARY);
  }
  return false;
}

static size_t decode(Str text, size_t at, uint32_t *c) {
  if ((uint8_t)text.data[at] < 0x80) {
    *c = (uint8_t)text.data[at];
    return 1;
  }
  return utf8_decode(text, at, c);
}

// Where a match may begin at or after `at`; REGEX_NOWHERE: nowhere.
static size_t next_start(const Regex *regex, Str text, size_t at) {
  if (regex->anchored) return at == 0 ? 0 : REGEX_NOWHERE;
  if (!regex->prefix.length) return at;
  Str rest = {text.data + at, text.length - at};
  size_t offset;
  return str_find(rest, regex->prefix, &offset) ? at + offset : REGEX_NOWHERE;
}

static size_t after_character(Str text, size_t at) {
  uint32_t ignored;
  return at < text.length ? at + decode(text, at, &ignored) : REGEX_NOWHERE;
}

// ---------------------------------------------------------------------------------------------------------------------
// Backtracking
// ---------------------------------------------------------------------------------------------------------------------

// The words: the bits, then the stack. An entry of the stack is a place to go on from, or (RESTORE set) a capture to put
// back. As no (instruction, place) is entered twice, there are at most two entries for each bit set.
#define RESTORE 0x80000000u

typedef struct Backtracker {
  RegexMatcher *matcher;
  const Regex *regex;
  Str text;
  size_t from; // bits count places from here
  size_t bit_words;
  size_t depth; // words of the stack in use, behind the bits
  RegexAnchor anchor;
  Error *error;
} Backtracker;

static Status push(Backtracker *run, uint32_t what, size_t place) {
  size_t at = run->bit_words + run->depth;
  TRY(reserve_words(run->matcher, at + 2, run->error));
  run->matcher->words[at] = what;
  run->matcher->words[at + 1] = place == REGEX_NOWHERE ? UINT32_MAX : (uint32_t)(place - run->from);
  run->depth += 2;
  return OK;
}

static bool enter(Backtracker *run, uint32_t at, size_t place) {
  size_t bit = at * (run->text.length - run->from + 1) + (place - run->from);
  uint32_t *word = &run->matcher->words[bit / 32];
  bool fresh = !(*word & 1u << bit % 32);
  *word |= 1u << bit % 32;
  return fresh;
}

// Follows the program from one place until it cannot go on. *found: it matched.
static Status follow(Backtracker *run, uint32_t at, size_t place, bool *found) {
  const RegexInstruction *program = run->regex->program;
  *found = false;
  while (enter(run, at, place)) {
    const RegexInstruction *step = &program[at];
    uint32_t c;
    switch ((RegexOp)step->op) {
      case REGEX_MATCH:
        *found = run->anchor != REGEX_ANCHORED_BOTH || place == run->text.length;
        return OK;
      case REGEX_SPLIT:
        TRY(push(run, step->value, place));
        break;
      case REGEX_JUMP:
        break;
      case REGEX_SAVE:
        TRY(push(run, RESTORE | step->value, run->matcher->captures[step->value]));
        run->matcher->captures[step->value] = place;
        break;
      case REGEX_ASSERT:
        if (!holds((RegexAssertion)step->value, run->text, place)) return OK;
        break;
      default:
        if (place >= run->text.length) return OK;
        size_t taken = decode(run->text, place, &c);
        if (!takes(run->regex, step, c)) return OK;
        place += taken;
        break;
    }
    at = step->next;
  }
  return OK;
}

static Status match_here(Backtracker *run, size_t start, bool *found) {
  run->depth = 0;
  TRY(follow(run, 0, start, found));
  while (!*found && run->depth) {
    run->depth -= 2;
    const uint32_t *entry = run->matcher->words + run->bit_words + run->depth;
    size_t place = entry[1] == UINT32_MAX ? REGEX_NOWHERE : run->from + entry[1];
    if (entry[0] & RESTORE) {
      run->matcher->captures[entry[0] & ~RESTORE] = place;
    } else {
      TRY(follow(run, entry[0], place, found));
    }
  }
  return OK;
}

static Status search_backtracking(RegexMatcher *matcher, const Regex *regex, Str text, size_t from, RegexAnchor anchor,
                                  bool *found, Error *error) {
  Backtracker run = {.matcher = matcher, .regex = regex, .text = text, .from = from, .anchor = anchor, .error = error};
  run.bit_words = (regex->length * (text.length - from + 1) + 31) / 32;
  TRY(reserve_words(matcher, run.bit_words + 64, error));
  memset(matcher->words, 0, run.bit_words * sizeof *matcher->words);
  if (anchor != REGEX_UNANCHORED) return match_here(&run, from, found);
  for (size_t start = from; start != REGEX_NOWHERE && !*found; start = after_character(text, start)) {
    start = next_start(regex, text, start);
    if (start == REGEX_NOWHERE) break;
    TRY(match_here(&run, start, found));
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Threads
// ---------------------------------------------------------------------------------------------------------------------

// Threads in order of preference: a sparse set of instructions, and the captures of each.
typedef struct Threads {
  uint32_t *dense; // [length] instructions
  uint32_t *sparse;
  size_t *captures; // [length][capture_count]
  uint32_t count;
} Threads;

typedef struct Machine {
  const Regex *regex;
  Str text;
  uint32_t capture_count;
  Threads lists[2];
  uint64_t *stack; // instructions still to be added, or captures to put back
  size_t *present; // [capture_count] of the thread being added
  size_t *best;    // [capture_count] of the match so far
  uint8_t *block;
  size_t block_bytes;
} Machine;

static Status machine_open(Machine *machine, Memory *memory, Error *error) {
  size_t length = machine->regex->length;
  size_t list_bytes = length * (2 * sizeof(uint32_t) + machine->capture_count * sizeof(size_t));
  size_t stack_bytes = length * 4 * sizeof(uint64_t);
  machine->block_bytes = 2 * list_bytes + stack_bytes + 2 * machine->capture_count * sizeof(size_t);
  machine->block = memory_allocate(memory, machine->block_bytes);
  if (!machine->block) return error_no_memory(error);
  uint8_t *at = machine->block;
  machine->stack = (uint64_t *)at;
  at += stack_bytes;
  machine->present = (size_t *)at;
  machine->best = machine->present + machine->capture_count;
  at += 2 * machine->capture_count * sizeof(size_t);
  for (int i = 0; i < 2; i++) {
    machine->lists[i].captures = (size_t *)at;
    at += length * machine->capture_count * sizeof(size_t);
  }
  for (int i = 0; i < 2; i++) {
    machine->lists[i].dense = (uint32_t *)at;
    machine->lists[i].sparse = machine->lists[i].dense + length;
    at += 2 * length * sizeof(uint32_t);
  }
  memset(machine->lists[0].dense, 0, 4 * length * sizeof(uint32_t));
  return OK;
}

static bool has_thread(const Threads *threads, uint32_t at) {
  return threads->sparse[at] < threads->count && threads->dense[threads->sparse[at]] == at;
}

// Adds the thread at an instruction with the captures in `present`, and all that it leads to without taking a character.
static void add_thread(Machine *machine, Threads *threads, uint32_t first, size_t place) {
  size_t depth = 0;
  uint64_t *stack = machine->stack;
  stack[depth++] = first;
  while (depth) {
    uint64_t entry = stack[--depth];
    if (entry & RESTORE) {
      machine->present[entry & ~(uint64_t)RESTORE] = (size_t)stack[--depth];
      continue;
    }
    uint32_t at = (uint32_t)entry;
    while (!has_thread(threads, at)) {
      const RegexInstruction *step = &machine->regex->program[at];
      uint32_t slot = threads->count++;
      threads->dense[slot] = at;
      threads->sparse[at] = slot;
      if (step->op == REGEX_SPLIT) {
        stack[depth++] = step->value;
      } else if (step->op == REGEX_SAVE) {
        stack[depth++] = machine->present[step->value];
        stack[depth++] = RESTORE | step->value;
        machine->present[step->value] = place;
      } else if (step->op == REGEX_ASSERT) {
        if (!holds((RegexAssertion)step->value, machine->text, place)) break;
      } else if (step->op != REGEX_JUMP) {
        memcpy(threads->captures + (size_t)slot * machine->capture_count, machine->present,
               machine->capture_count * sizeof(size_t));
        break;
      }
      at = step->next;
    }
  }
}

// One character (or the end of the text) for all threads. True: one has matched, and those behind it are gone.
static bool step_threads(Machine *machine, Threads *from, Threads *to, size_t place, RegexAnchor anchor) {
  uint32_t c = 0;
  bool ended = place >= machine->text.length;
  size_t next = ended ? place : place + decode(machine->text, place, &c);
  to->count = 0;
  for (uint32_t i = 0; i < from->count; i++) {
    const RegexInstruction *step = &machine->regex->program[from->dense[i]];
    const size_t *captures = from->captures + (size_t)i * machine->capture_count;
    if (step->op == REGEX_MATCH) {
      if (anchor == REGEX_ANCHORED_BOTH && !ended) continue;
      memcpy(machine->best, captures, machine->capture_count * sizeof(size_t));
      return true;
    }
    if (ended || !takes(machine->regex, step, c)) continue;
    memcpy(machine->present, captures, machine->capture_count * sizeof(size_t));
    add_thread(machine, to, step->next, next);
  }
  return false;
}

static void run_threads(Machine *machine, size_t from, RegexAnchor anchor, bool *found) {
  Threads *present = &machine->lists[0];
  Threads *following = &machine->lists[1];
  for (size_t place = from; place != REGEX_NOWHERE; place = after_character(machine->text, place)) {
    bool may_start = !*found && (anchor == REGEX_UNANCHORED || place == from);
    if (!present->count && may_start && anchor == REGEX_UNANCHORED) {
      place = next_start(machine->regex, machine->text, place);
      if (place == REGEX_NOWHERE) return;
    }
    if (may_start) {
      for (uint32_t i = 0; i < machine->capture_count; i++) machine->present[i] = REGEX_NOWHERE;
      add_thread(machine, present, 0, place);
    }
    if (!present->count) return;
    *found |= step_threads(machine, present, following, place, anchor);
    Threads *swap = present;
    present = following;
    following = swap;
  }
}

static Status search_threads(RegexMatcher *matcher, const Regex *regex, Str text, size_t from, RegexAnchor anchor,
                             bool *found, Error *error) {
  Machine machine = {.regex = regex, .text = text, .capture_count = 2 * (regex->group_count + 1)};
  TRY(machine_open(&machine, matcher->memory, error));
  run_threads(&machine, from, anchor, found);
  if (*found) memcpy(matcher->captures, machine.best, machine.capture_count * sizeof(size_t));
  memory_free(matcher->memory, machine.block, machine.block_bytes);
  return OK;
}

Status regex_search(RegexMatcher *matcher, const Regex *regex, Str text, size_t from, RegexAnchor anchor, bool *found,
                    Error *error) {
  *found = false;
  if (text.length - from < regex->prefix.length) return OK;
  if (next_start(regex, text, from) == REGEX_NOWHERE) return OK;
  uint32_t count = 2 * (regex->group_count + 1);
  TRY(reserve_captures(matcher, count, error));
  for (uint32_t i = 0; i < count; i++) matcher->captures[i] = REGEX_NOWHERE;
  bool small = (uint64_t)regex->length * (text.length - from + 1) <= BIT_LIMIT;
  return (small ? search_backtracking : search_threads)(matcher, regex, text, from, anchor, found, error);
}
