// SPDX-License-Identifier: MIT
//
// csv_sniff.c: which dialect is it? Every combination of delimiter, quote, escape and comment character is tried on the first
// rows; the one whose rows have the same, greatest number of columns wins, and one whose quotes are really used goes first. The
// rules and their order are DuckDB's, since users see their results (names and numbers of columns).
//
// Cost: combinations differ only where their characters occur at all, so those that must count alike are counted once:
// a file without quotes and # is scanned four times (delimiters) and not seventy-two, and once where candidates are followed further.
#include "format/csv/csv.h"

// An unfinished quoted row of more bytes than this at the end of a cut sample is taken for a quote that never closes.
#define RUNAWAY_BYTES 65536
#define STEP_BYTES (1u << 20)     // counted by one step
#define SEARCHED_BYTES (8u << 20) // looked through for one character by one step

void csv_search_space(const CsvOptions *options, CsvSearchSpace *space) {
  static const char DELIMITERS[CSV_DELIMITER_CANDIDATES] = {',', '|', ';', '\t'};
  static const CsvQuoteEscape QUOTES[CSV_QUOTE_CANDIDATES] = {
      {0, 0}, {'"', 0}, {'"', '"'}, {'"', '\''}, {'"', '\\'}, {'\'', 0}, {'\'', '\''}, {'\'', '"'}, {'\'', '\\'}};
  const CsvDialect *dialect = &options->dialect;
  const CsvChosen *chosen = &options->chosen;
  *space = (CsvSearchSpace){0};
  if (chosen->delimiter) {
    memcpy(space->delimiters[0], dialect->delimiter, CSV_DELIMITER_CAPACITY);
    space->delimiter_lengths[0] = dialect->delimiter_length;
    space->delimiter_count = 1;
  } else {
    for (; space->delimiter_count < COUNT_OF(DELIMITERS); space->delimiter_count++) {
      space->delimiters[space->delimiter_count][0] = DELIMITERS[space->delimiter_count];
      space->delimiter_lengths[space->delimiter_count] = 1;
    }
  }
  if (chosen->comment) {
    space->comments[space->comment_count++] = dialect->comment;
  } else {
    space->comments[space->comment_count++] = 0;
    space->comments[space->comment_count++] = '#';
  }
  if (chosen->quote && chosen->escape) {
    space->quotes[space->quote_count++] = (CsvQuoteEscape){dialect->quote, dialect->escape};
    return;
  }
  for (uint32_t i = 0; i < COUNT_OF(QUOTES); i++) {
    if (chosen->quote && QUOTES[i].quote != dialect->quote) continue;
    if (chosen->escape && QUOTES[i].escape != dialect->escape) continue;
    space->quotes[space->quote_count++] = QUOTES[i];
  }
  if (space->quote_count) return;
  // an uncommon character
  if (chosen->quote) {
    const char escapes[] = {dialect->quote, 0, '\\', '"', '\''};
    for (uint32_t i = 0; i < sizeof escapes; i++) {
      space->quotes[space->quote_count++] = (CsvQuoteEscape){dialect->quote, escapes[i]};
    }
  } else {
    const char quotes[] = {dialect->escape, '"', '\''};
    for (uint32_t i = 0; i < sizeof quotes; i++) {
      space->quotes[space->quote_count++] = (CsvQuoteEscape){quotes[i], dialect->escape};
    }
  }
}

static uint8_t detect_new_line(const char *bytes, size_t length) {
  bool carriage = false;
  for (size_t i = 0; i < length; i++) {
    if (bytes[i] == '\r') {
      carriage = true;
    } else if (bytes[i] == '\n') {
      return carriage ? CSV_NEW_LINE_RN : CSV_NEW_LINE_N;
    } else if (carriage) {
      return CSV_NEW_LINE_R;
    }
  }
  return carriage ? CSV_NEW_LINE_R : CSV_NEW_LINE_N;
}

// ---------------------------------------------------------------------------------------------------------------------
// Counting columns
// ---------------------------------------------------------------------------------------------------------------------

typedef struct CountedRow {
  uint32_t columns;
  uint32_t empty_lines; // in front of it, all together
  bool is_comment;      // nothing but a comment
  bool ends_in_comment;
  bool last_empty; // in this row and in all after it the last field is empty
} CountedRow;

typedef struct Counts {
  CsvDialect dialect; // canonical: what was counted
  CountedRow *rows;
  uint32_t row_count;
  bool failed;        // a quote that does not close, bytes behind a closing quote …
  bool too_long;      // a line over the limit
  uint64_t long_line; // its number, from 1
  size_t long_start, long_end;
  bool ever_quoted, ever_escaped;
  bool finished; // no more rows in the sample
  bool complete; // as many rows as there are to be, or the last
  size_t resume;
  uint64_t line;
  uint32_t empty_lines; // since the last row
} Counts;

static void begin_count(Counts *counts, size_t at) {
  counts->failed = counts->finished = counts->complete = counts->ever_quoted = counts->ever_escaped = false;
  counts->resume = at;
  counts->row_count = counts->empty_lines = 0;
  counts->line = 1;
}

// Counts up to VECTOR_CAPACITY rows, some of them in each call.
static void count_rows(const CsvSniffer *sniffer, Counts *counts) {
  CsvScanner scanner;
  size_t at = counts->resume, from = at;
  const CsvOptions *options = sniffer->options;
  bool only_rn = options->chosen.strict && options->dialect.strict && options->chosen.new_line;
  csv_scanner_init(&scanner, &counts->dialect, only_rn);
  CsvRow row = {.keep = 0};
  counts->complete = true;
  while (counts->row_count < VECTOR_CAPACITY) {
    counts->resume = at;
    if (at - from > STEP_BYTES) {
      counts->complete = false;
      return;
    }
    size_t limit = at + (size_t)MIN_OF((uint64_t)(sniffer->length - at), 2 * (uint64_t)options->max_line_bytes);
    bool cut = limit < sniffer->length;
    CsvRowKind kind = csv_scan_row(&scanner, sniffer->bytes, at, limit, sniffer->whole && !cut, &row);
    if (cut && kind == CSV_ROW_MORE && !row.ever_quoted)
      kind = csv_scan_row(&scanner, sniffer->bytes, at, sniffer->length, sniffer->whole, &row);
    counts->ever_quoted |= row.ever_quoted;
    counts->ever_escaped |= row.ever_escaped;
    if (kind == CSV_ROW_END) {
      counts->finished = true;
      break;
    }
    if (kind == CSV_ROW_MORE) {
      counts->finished = true;
      counts->failed |= row.ever_quoted && (cut || sniffer->length - row.start > RUNAWAY_BYTES);
      break;
    }
    if (row.fault != CSV_FAULT_NONE) {
      counts->failed = true;
      return;
    }
    if (row.next - row.start > options->max_line_bytes) {
      counts->failed = counts->too_long = true;
      counts->long_line = counts->line;
      counts->long_start = row.start;
      counts->long_end = row.next;
      return;
    }
    at = row.next;
    counts->line++;
    if (kind == CSV_ROW_EMPTY) {
      counts->empty_lines++;
      continue;
    }
    CountedRow *counted = &counts->rows[counts->row_count];
    *counted = (CountedRow){.columns = kind == CSV_ROW_COMMENT ? 1 : row.field_count,
                            .empty_lines = counts->empty_lines,
                            .is_comment = kind == CSV_ROW_COMMENT || (row.comment && !row.comment_inside),
                            .ends_in_comment = row.comment,
                            .last_empty = row.last_empty};
    counts->row_count++;
    if (!row.last_empty) {
      for (uint32_t i = counts->row_count - 1; i > 0 && counts->rows[i - 1].last_empty; i--)
        counts->rows[i - 1].last_empty = false;
    }
  }
  counts->resume = at;
}

static bool dialect_equal(const CsvDialect *a, const CsvDialect *b) {
  return a->delimiter_length == b->delimiter_length && memcmp(a->delimiter, b->delimiter, a->delimiter_length) == 0 &&
         a->quote == b->quote && a->escape == b->escape && a->comment == b->comment;
}

// ---------------------------------------------------------------------------------------------------------------------
// Judging one dialect
// ---------------------------------------------------------------------------------------------------------------------

typedef ARENA_LIST(CsvCandidate) CandidateList;

typedef enum JudgePhase { JUDGE_SEARCHES, JUDGE_COUNTS, JUDGE_FOLLOWS, JUDGE_FOLLOWS_DISPLACED } JudgePhase;

typedef struct Judge {
  CsvSniffer *sniffer;
  JudgePhase phase;
  CsvSearchSpace space;
  CsvDialect dialect;
  size_t start;              // of the rows
  uint32_t next;             // combination
  struct Followed *followed; // scratch of following
  struct Counts *counts;
  uint64_t chunk;     // that is followed
  uint32_t following; // candidate in it
  uint32_t kept;      // of those before
  uint32_t followed_count;
  bool counting; // rows of the candidate
  bool any_finished;
  uint64_t best_consistent;
  uint64_t best_padding;
  uint64_t least_ignored;
  CandidateList candidates;
  CandidateList displaced; // the candidates without comments that gave way to some with comments
  uint32_t displaced_columns;
  ARENA_LIST(Counts *) counted;
  bool all_too_long; // every candidate failed for the line limit alone
  Counts *too_long;
  char sought[1 + 2 * CSV_QUOTE_CANDIDATES]; // characters of which is to be known whether they occur
  uint32_t sought_count, sought_next;
  size_t searched; // of the sample, for sought[sought_next]
  bool present[256];
} Judge;

static void seek(Judge *judge, char byte) {
  if (byte && !memchr(judge->sought, byte, judge->sought_count)) judge->sought[judge->sought_count++] = byte;
}

// Looks through some of the sample for one of the characters. False: all are known.
static bool search_some(Judge *judge) {
  const CsvSniffer *sniffer = judge->sniffer;
  if (judge->sought_next == judge->sought_count) return false;
  char byte = judge->sought[judge->sought_next];
  size_t from = sniffer->body + judge->searched, count = MIN_OF(sniffer->length - from, (size_t)SEARCHED_BYTES);
  bool found = count && memchr(sniffer->bytes + from, byte, count);
  judge->present[(uint8_t)byte] = found;
  judge->searched += count;
  if (!found && from + count < sniffer->length) return true;
  judge->sought_next++;
  judge->searched = 0;
  return true;
}

static bool occurs(const Judge *judge, char byte) { return judge->present[(uint8_t)byte]; }

// The dialect that counts alike: without the characters that do not occur. Strict ones only: the others differ more.
static CsvDialect canonical(const Judge *judge, const CsvDialect *dialect) {
  CsvDialect same = *dialect;
  if (!occurs(judge, same.comment)) same.comment = 0;
  if (!same.strict) return same;
  if (!occurs(judge, same.quote)) same.quote = same.escape = 0;
  if (same.escape != same.quote && !occurs(judge, same.escape)) same.escape = 0;
  return same;
}

// Columns were given: does a row of so many fields fit?
static bool unacceptable(const CsvOptions *options, uint32_t columns, bool last_empty) {
  if (!options->columns_set || options->ignore_errors) return false;
  uint32_t set = options->name_count;
  if (columns == set || columns == set + last_empty) return false;
  return !(options->null_padding && columns > set);
}

static uint32_t most_frequent_columns(const Counts *counts) {
  uint32_t best = 1, best_count = 0;
  for (uint32_t i = 0; i < counts->row_count; i++) {
    uint32_t columns = counts->rows[i].columns, count = 0;
    if (columns == best && best_count) continue;
    for (uint32_t j = 0; j < counts->row_count; j++) count += counts->rows[j].columns == columns;
    if (count > best_count || (count == best_count && columns > best)) {
      best = columns;
      best_count = count;
    }
  }
  return best;
}

// Comments are believed when some line is only a comment and most of those lines would not be rows otherwise.
static bool comments_acceptable(const CsvOptions *options, const Counts *counts, char comment, uint32_t columns) {
  if (options->chosen.comment) return true;
  uint32_t detected = 0, valid = 0;
  bool whole_line = false;
  for (uint32_t i = 0; i < counts->row_count; i++) {
    const CountedRow *row = &counts->rows[i];
    if (!row->is_comment && !row->ends_in_comment) continue;
    detected++;
    if (row->columns != columns && row->is_comment) {
      whole_line = true;
      valid++;
    }
    if (!row->is_comment && (row->columns == columns || (row->columns <= columns && options->null_padding))) valid++;
  }
  if (valid == 0 || !whole_line) return comment == 0;
  return (double)valid / detected >= 0.6;
}

// What the rows say together.
typedef struct Verdict {
  uint32_t columns;
  uint64_t consistent, padding, ignored, comments;
  uint64_t odd_comments; // of the comments: behind a delimiter, where a value of # may be meant
  uint64_t notes;        // lines in front of the first good row
  uint64_t notes_bare;   // without comments
  uint64_t empty_lines;
  bool acceptable;
} Verdict;

static void sum_up(const CsvOptions *options, const Counts *counts, Verdict *verdict) {
  bool by_frequency = options->ignore_errors && !options->null_padding;
  uint32_t columns = counts->row_count ? counts->rows[0].columns : 1;
  if (by_frequency) columns = most_frequent_columns(counts);
  *verdict = (Verdict){.columns = columns};
  if (unacceptable(options, columns, counts->row_count && counts->rows[0].last_empty)) return;
  bool first_valid = false;
  uint32_t header = 0;
  for (uint32_t i = 0; i < counts->row_count; i++) {
    const CountedRow *row = &counts->rows[i];
    if (unacceptable(options, row->columns, row->last_empty)) {
      verdict->columns = row->columns;
      return;
    }
    if (row->is_comment) {
      verdict->comments++;
      verdict->odd_comments += row->columns > 1;
    } else if (row->last_empty && row->columns == counts->rows[header].columns + 1) {
      verdict->consistent++; // the header lacks the delimiter that ends all rows
    } else if (verdict->columns < row->columns && (!options->chosen.skip || verdict->comments > 0) &&
               (!options->columns_set || options->null_padding) && (!first_valid || !by_frequency)) {
      first_valid = true;
      verdict->padding = 0;
      verdict->columns = row->columns;
      verdict->empty_lines = row->empty_lines;
      verdict->notes = i + row->empty_lines;
      verdict->notes_bare = verdict->notes - verdict->comments;
      header = i;
      verdict->consistent = 1;
    } else if (row->columns == verdict->columns || by_frequency) {
      if (!first_valid) {
        first_valid = true;
        verdict->empty_lines = row->empty_lines;
        verdict->notes = i + row->empty_lines;
        verdict->notes_bare = verdict->notes - verdict->comments;
        verdict->columns = row->columns;
      }
      verdict->ignored += row->columns != verdict->columns;
      verdict->consistent++;
    } else {
      verdict->padding++;
    }
  }
  verdict->consistent += verdict->padding;
  verdict->acceptable = true;
}

static Status add_candidate(Judge *judge, const CsvDialect *dialect, const Counts *counts, const Verdict *verdict,
                            uint64_t skip_rows) {
  CsvSniffer *sniffer = judge->sniffer;
  const CsvOptions *options = sniffer->options;
  bool is_skip = !options->chosen.skip && !options->null_padding; // what leads is told as "skip"
  CsvCandidate candidate = {.dialect = *dialect,
                            .column_count = verdict->columns,
                            .skip_rows = is_skip ? skip_rows : options->skip_rows,
                            .lead_rows = is_skip || options->null_padding ? 0 : verdict->notes_bare,
                            .ever_quoted = counts->ever_quoted,
                            .ever_escaped = counts->ever_escaped,
                            .resume = counts->resume,
                            .finished = counts->finished};
  sniffer->max_columns = verdict->columns;
  sniffer->lines_sniffed = counts->row_count;
  ARENA_PUSH(sniffer->arena, sniffer->error, &judge->candidates, candidate);
  return OK;
}

static bool notes_forbidden(const CsvOptions *options, uint64_t notes) {
  return options->chosen.skip && notes != 0 && !options->null_padding && !options->ignore_errors;
}

// A better candidate than those so far? Takes their place or joins them.
static Status judge_best(Judge *judge, const CsvDialect *dialect, const Counts *counts, const Verdict *verdict,
                         bool quoted) {
  CsvSniffer *sniffer = judge->sniffer;
  const CsvOptions *options = sniffer->options;
  const CsvCandidate *front = judge->candidates.count ? &judge->candidates.items[0] : NULL;
  uint32_t columns = verdict->columns;
  if (front && options->columns_set && sniffer->max_columns == options->name_count &&
      verdict->consistent <= judge->best_consistent && (front->ever_quoted || !counts->ever_quoted)) {
    return OK;
  }
  if (front && front->ever_quoted) {
    if (!counts->ever_quoted) return OK;
    if (!counts->ever_escaped && front->ever_escaped && dialect->strict) return OK;
    if (judge->best_consistent == verdict->consistent && columns >= sniffer->max_columns) {
      if (notes_forbidden(options, verdict->notes)) return OK;
      return add_candidate(judge, dialect, counts, verdict, verdict->notes);
    }
  }
  if (sniffer->max_columns == columns && verdict->ignored > judge->least_ignored) return OK;
  if (sniffer->max_columns > 1 && columns > sniffer->max_columns && verdict->consistent < judge->best_consistent / 2 &&
      (options->null_padding || options->ignore_errors)) {
    return OK;
  }
  if (quoted && columns < sniffer->max_columns) {
    bool needs_escaped = counts->ever_escaped && dialect->strict;
    for (uint32_t i = 0; i < judge->candidates.count; i++) {
      const CsvCandidate *other = &judge->candidates.items[i];
      if (other->ever_quoted && (other->ever_escaped || !needs_escaped)) return OK;
    }
  }
  uint32_t columns_before = sniffer->max_columns;
  judge->best_consistent = verdict->consistent;
  judge->best_padding = verdict->padding;
  judge->least_ignored = verdict->ignored;
  sniffer->max_columns = columns;
  if (verdict->comments == 0 && notes_forbidden(options, verdict->notes - verdict->empty_lines)) return OK;
  if (front && dialect->comment && !front->dialect.comment) {
    judge->displaced = judge->candidates;
    judge->displaced_columns = columns_before;
    judge->candidates = (CandidateList){0};
  }
  judge->candidates.count = 0;
  return add_candidate(judge, dialect, counts, verdict, verdict->notes_bare);
}

static Status judge_dialect(Judge *judge, const CsvDialect *dialect, const Counts *counts) {
  CsvSniffer *sniffer = judge->sniffer;
  const CsvOptions *options = sniffer->options;
  Verdict verdict;
  sum_up(options, counts, &verdict);
  sniffer->max_columns_seen = MAX_OF(sniffer->max_columns_seen, verdict.columns);
  if (!verdict.acceptable) return OK;
  uint32_t columns = verdict.columns, max_columns = sniffer->max_columns;
  uint64_t skip = 0; // the user's rows were skipped before counting
  bool more_rows = verdict.consistent > judge->best_consistent && columns >= max_columns;
  bool more_columns = verdict.consistent == judge->best_consistent && columns > max_columns;
  bool more_padding = verdict.padding > judge->best_padding, less_padding = verdict.padding < judge->best_padding;
  bool single_before = max_columns < 2 && columns > max_columns * judge->candidates.count;
  bool rows_consistent = verdict.consistent + (verdict.notes_bare - skip) + verdict.comments - verdict.empty_lines ==
                         counts->row_count - skip;
  bool invalid_padding = !options->null_padding && verdict.padding > 0;
  bool comments_good = comments_acceptable(options, counts, dialect->comment, columns);
  bool quoted = counts->ever_quoted && dialect->quote;
  bool columns_match = !options->columns_set || columns == options->name_count ||
                       (columns == options->name_count + 1 && counts->row_count && counts->rows[0].last_empty);
  if (columns_match && (rows_consistent || (options->columns_set && options->ignore_errors)) &&
      (single_before || ((more_rows || more_columns) && !more_padding) || (columns > 1 && less_padding) ||
       (quoted && verdict.odd_comments == 0)) &&
      !invalid_padding && comments_good) {
    return judge_best(judge, dialect, counts, &verdict, quoted);
  }
  bool start_good = judge->candidates.count && verdict.notes <= judge->candidates.items[0].skip_rows;
  if (columns_match && verdict.consistent > 1 && columns > 1 && start_good && rows_consistent && !more_padding &&
      !invalid_padding && columns == max_columns && comments_good) {
    if (notes_forbidden(options, verdict.notes)) return OK;
    return add_candidate(judge, dialect, counts, &verdict, verdict.notes);
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// All dialects
// ---------------------------------------------------------------------------------------------------------------------

static Status counts_of(Judge *judge, const CsvDialect *dialect, size_t start, Counts **out) {
  CsvSniffer *sniffer = judge->sniffer;
  CsvDialect same = canonical(judge, dialect);
  for (uint32_t i = 0; i < judge->counted.count; i++) {
    if (dialect_equal(&judge->counted.items[i]->dialect, &same)) {
      *out = judge->counted.items[i];
      return OK;
    }
  }
  Counts *counts;
  ARENA_NEW(sniffer->arena, sniffer->error, counts);
  ARENA_NEW_ARRAY(sniffer->arena, sniffer->error, counts->rows, VECTOR_CAPACITY);
  counts->dialect = same;
  begin_count(counts, start);
  ARENA_PUSH(sniffer->arena, sniffer->error, &judge->counted, counts);
  *out = counts;
  return OK;
}

// The next rows of a candidate, which were counted, are as the first ones?
static bool goes_on(const CsvSniffer *sniffer, CsvCandidate *candidate, const Counts *counts) {
  const CsvOptions *options = sniffer->options;
  candidate->ever_quoted |= counts->ever_quoted;
  candidate->ever_escaped |= counts->ever_escaped;
  candidate->resume = counts->resume;
  candidate->finished = counts->finished;
  if (counts->failed) return false;
  for (uint32_t i = 0; i < counts->row_count; i++) {
    const CountedRow *row = &counts->rows[i];
    if (options->columns_set) return !unacceptable(options, row->columns, row->last_empty);
    if (row->columns != sniffer->max_columns && !options->null_padding && !options->ignore_errors && !row->is_comment) {
      return false;
    }
  }
  return true;
}

// What the next rows said of a candidate, for those that count alike.
typedef struct Followed {
  CsvDialect canonical;
  size_t from;
  CsvCandidate after;
  bool good;
} Followed;

static bool goes_on_like(const Judge *judge, CsvCandidate *candidate, bool *good) {
  CsvDialect same = canonical(judge, &candidate->dialect);
  for (uint32_t i = 0; i < judge->followed_count; i++) {
    const Followed *other = &judge->followed[i];
    if (other->from != candidate->resume || !dialect_equal(&other->canonical, &same)) continue;
    candidate->ever_quoted |= other->after.ever_quoted;
    candidate->ever_escaped |= other->after.ever_escaped;
    candidate->resume = other->after.resume;
    candidate->finished = other->after.finished;
    *good = other->good;
    return true;
  }
  return false;
}

static Status begin_following(Judge *judge) {
  CsvSniffer *sniffer = judge->sniffer;
  judge->chunk = sniffer->candidate_count < 2 || sniffer->candidates[0].finished ? UINT64_MAX : 1;
  if (judge->chunk == UINT64_MAX) return OK;
  ARENA_NEW(sniffer->arena, sniffer->error, judge->counts);
  ARENA_NEW_ARRAY(sniffer->arena, sniffer->error, judge->counts->rows, VECTOR_CAPACITY);
  ARENA_NEW_ARRAY(sniffer->arena, sniffer->error, judge->followed, sniffer->candidate_count);
  return OK;
}

// Counts some of the next rows of the candidate whose turn it is. False: it knows whether it goes on.
static bool follow_some(Judge *judge, CsvCandidate *candidate, bool *good) {
  if (candidate->finished) *good = true;
  if (candidate->finished || goes_on_like(judge, candidate, good)) return false;
  Counts *counts = judge->counts;
  if (!judge->counting) {
    counts->dialect = candidate->dialect;
    begin_count(counts, candidate->resume);
  }
  count_rows(judge->sniffer, counts);
  judge->counting = !counts->complete;
  if (judge->counting) return true;
  Followed *entry = &judge->followed[judge->followed_count++];
  entry->canonical = canonical(judge, &candidate->dialect);
  entry->from = candidate->resume;
  *good = entry->good = goes_on(judge->sniffer, candidate, counts);
  entry->after = *candidate;
  return false;
}

// Follows the candidates through the next chunk of the sample, a step at a time. False: that was the last.
static bool follow_chunk(Judge *judge) {
  CsvSniffer *sniffer = judge->sniffer;
  CsvCandidate *candidates = sniffer->candidates;
  if (judge->chunk >= sniffer->options->sample_chunks || !sniffer->candidate_count) return false;
  if (judge->following < sniffer->candidate_count) {
    CsvCandidate *candidate = &candidates[judge->following];
    bool good, finished = candidate->finished;
    if (follow_some(judge, candidate, &good)) return true;
    judge->following++;
    judge->any_finished |= finished;
    if (good) candidates[judge->kept++] = *candidate;
    return true;
  }
  bool finished = judge->any_finished;
  sniffer->candidate_count = judge->kept;
  sniffer->lines_sniffed += judge->counts->row_count;
  judge->following = judge->kept = judge->followed_count = 0;
  judge->any_finished = false;
  judge->chunk++;
  return !finished;
}

// Of the candidates that went on to the end, those that use their quotes come first, and of several one is chosen.
static void choose_followed(CsvSniffer *sniffer) {
  CsvCandidate *candidates = sniffer->candidates;
  uint32_t kept = 0;
  bool any_quoted = false;
  for (uint32_t i = 0; i < sniffer->candidate_count; i++) {
    CsvCandidate candidate = candidates[i];
    if (candidate.ever_quoted && candidate.ever_escaped) {
      candidates[0] = candidate;
      sniffer->candidate_count = 1;
      return;
    }
    if (candidate.ever_quoted && !any_quoted) {
      any_quoted = true;
      kept = 0;
    }
    if (candidate.ever_quoted || !any_quoted) candidates[kept++] = candidate;
  }
  if (kept > 1) {
    uint32_t chosen = 0;
    for (uint32_t i = 0; i < kept; i++) {
      if (candidates[i].dialect.quote == candidates[i].dialect.escape) {
        chosen = i;
        break;
      }
    }
    candidates[0] = candidates[chosen];
    kept = 1;
  }
  sniffer->candidate_count = kept;
}

size_t csv_skip_rows(const CsvSniffer *sniffer, const CsvDialect *dialect, uint64_t rows, uint64_t *lines) {
  CsvScanner scanner;
  csv_scanner_init(&scanner, dialect, false);
  CsvRow row = {.keep = 0};
  size_t at = sniffer->body;
  for (uint64_t i = 0; i < rows;) {
    CsvRowKind kind = csv_scan_row(&scanner, sniffer->bytes, at, sniffer->length, sniffer->whole, &row);
    if (kind == CSV_ROW_END || kind == CSV_ROW_MORE) {
      at = sniffer->length;
      break;
    }
    at = row.next;
    i += kind != CSV_ROW_COMMENT;
    (*lines)++;
  }
  return at;
}

static Status begin_judging(CsvSniffer *sniffer) {
  const CsvOptions *options = sniffer->options;
  Judge *judge;
  ARENA_NEW(sniffer->arena, sniffer->error, judge);
  sniffer->judge = judge;
  *judge = (Judge){.sniffer = sniffer, .all_too_long = true, .start = sniffer->body};
  csv_search_space(options, &judge->space);
  judge->dialect =
      (CsvDialect){.strict = options->dialect.strict,
                   .new_line = options->chosen.new_line
                                   ? options->dialect.new_line
                                   : detect_new_line(sniffer->bytes + sniffer->body, sniffer->length - sniffer->body)};
  for (uint32_t i = 0; i < judge->space.comment_count; i++) seek(judge, judge->space.comments[i]);
  for (uint32_t i = 0; i < judge->space.quote_count; i++) {
    seek(judge, judge->space.quotes[i].quote);
    seek(judge, judge->space.quotes[i].escape);
  }
  return OK;
}

// Judges the combination of characters numbered judge->next, or counts some of its rows.
static Status judge_combination(Judge *judge) {
  CsvSniffer *sniffer = judge->sniffer;
  const CsvSearchSpace *space = &judge->space;
  CsvDialect *dialect = &judge->dialect;
  uint32_t d = judge->next % space->delimiter_count;
  uint32_t q = judge->next / space->delimiter_count % space->quote_count;
  dialect->comment = space->comments[judge->next / space->delimiter_count / space->quote_count];
  dialect->quote = space->quotes[q].quote;
  dialect->escape = space->quotes[q].escape;
  memcpy(dialect->delimiter, space->delimiters[d], CSV_DELIMITER_CAPACITY);
  dialect->delimiter_length = space->delimiter_lengths[d];
  if (sniffer->options->chosen.skip && judge->next == 0 && judge->start == sniffer->body) {
    uint64_t lines = 0;
    judge->start = csv_skip_rows(sniffer, dialect, sniffer->options->skip_rows, &lines);
  }
  Counts *counts = NULL;
  TRY(counts_of(judge, dialect, judge->start, &counts));
  if (!counts->complete) count_rows(sniffer, counts);
  if (!counts->complete) return OK;
  judge->next++;
  if (!counts->failed) {
    judge->all_too_long = false;
    return judge_dialect(judge, dialect, counts);
  }
  if (counts->too_long)
    judge->too_long = counts;
  else
    judge->all_too_long = false;
  return OK;
}

// *done: there are no more combinations.
static Status judge_some(Judge *judge, bool *done) {
  const CsvSearchSpace *space = &judge->space;
  uint32_t combinations = space->comment_count * space->quote_count * space->delimiter_count;
  if (judge->next < combinations) TRY(judge_combination(judge));
  *done = judge->next == combinations;
  return OK;
}

static Status no_dialect(const Judge *judge) {
  const CsvSniffer *sniffer = judge->sniffer;
  const CsvOptions *options = sniffer->options;
  if (!judge->all_too_long || !judge->too_long)
    return csv_error_sniffing(options, sniffer->path, sniffer->max_columns_seen, false, sniffer->memory,
                              sniffer->error);
  const Counts *counts = judge->too_long;
  CsvOptions so_far = *options;
  CsvPlace place = {.path = sniffer->path,
                    .line = counts->long_line,
                    .row = {sniffer->bytes + counts->long_start, counts->long_end - counts->long_start}};
  return csv_error_line_size(&so_far, &place, counts->long_end - counts->long_start, sniffer->memory, sniffer->error);
}

Status csv_dialect_step(CsvSniffer *sniffer, bool *done) {
  *done = false;
  if (!sniffer->judge) TRY(begin_judging(sniffer));
  Judge *judge = sniffer->judge;
  if (judge->phase == JUDGE_SEARCHES) {
    if (!search_some(judge)) judge->phase = JUDGE_COUNTS;
    return OK;
  }
  if (judge->phase == JUDGE_COUNTS) {
    bool judged;
    TRY(judge_some(judge, &judged));
    if (!judged) return OK;
    sniffer->candidates = judge->candidates.items;
    sniffer->candidate_count = judge->candidates.count;
    judge->phase = JUDGE_FOLLOWS;
    return begin_following(judge);
  }
  if (judge->chunk != UINT64_MAX) {
    if (follow_chunk(judge)) return OK;
    choose_followed(sniffer);
  }
  *done = sniffer->candidate_count > 0;
  if (*done) return OK;
  if (judge->phase == JUDGE_FOLLOWS_DISPLACED || !judge->displaced.count) return no_dialect(judge);
  // Comments that only looked like some in the first rows: then without.
  sniffer->candidates = judge->displaced.items;
  sniffer->candidate_count = judge->displaced.count;
  sniffer->max_columns = judge->displaced_columns;
  judge->phase = JUDGE_FOLLOWS_DISPLACED;
  return begin_following(judge);
}
