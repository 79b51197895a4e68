// SPDX-License-Identifier: MIT
//
// regexp.c: the functions of regular expressions (regex.h).
//
// A constant pattern is compiled while binding, into the statement's arena; others are compiled when they change from row
// to row, into the scratch of the kernel's call.
#include "func/scalar/regex.h"
#include "func/scalar/string_text.h"

#define GROUP_LIMIT 10 // \0 … \9

// What bind knows. Kernels of other patterns compile with the same options.
typedef struct RegexpPlan {
  RegexOptions options;
  bool global;        // regexp_replace
  const Regex *regex; // NULL: the pattern varies
  Str literal;        // a pattern without operators: searched as text
  bool is_literal;
  int group; // regexp_extract
  bool group_is_null;
} RegexpPlan;

typedef struct RegexpRun {
  EvalContext *context;
  const ScalarCall *call;
  const RegexpPlan *plan;
  RegexMatcher matcher;
  const Regex *regex; // of the present row
  TextBuilder last_pattern;
} RegexpRun;

// ---------------------------------------------------------------------------------------------------------------------
// Patterns
// ---------------------------------------------------------------------------------------------------------------------

static bool pattern_is_literal(Str pattern) {
  for (size_t i = 0; i < pattern.length; i++) {
    char c = pattern.data[i];
    if (!c || strchr("\\^$.|?*+()[]{}", c)) return false;
  }
  return true;
}

static Status parse_options(Str text, bool for_replace, int32_t position, Error *error, RegexpPlan *plan) {
  RegexOptions *options = &plan->options;
  for (size_t i = 0; i < text.length; i++) {
    switch (text.data[i]) {
      case 'c':
        options->fold_case = false;
        break;
      case 'i':
        options->fold_case = true;
        break;
      case 'l':
        options->literal = true;
        break;
      case 'm':
      case 'n':
      case 'p':
        options->dot_matches_newline = false;
        break;
      case 's':
        options->dot_matches_newline = true;
        break;
      case 'g':
        if (!for_replace) {
          return error_set(error, ERROR_INVALID_INPUT, position,
                           "Option 'g' (global replace) is only valid for regexp_replace");
        }
        plan->global = true;
        break;
      case ' ':
      case '\t':
      case '\n':
        break;
      default:
        return error_set(error, ERROR_INVALID_INPUT, position, "Unrecognized Regex option %c", text.data[i]);
    }
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Binding
// ---------------------------------------------------------------------------------------------------------------------

// Options at `options_index` (beyond the arguments: none) and the pattern at 1.
static Status bind_plan(ScalarBind *bind, uint32_t options_index, bool for_replace, RegexpPlan **out) {
  RegexpPlan *plan;
  ARENA_NEW(bind->arena, bind->error, plan);
  bind->bind_data = plan;
  *out = plan;
  Value value;
  bool constant;
  if (options_index < bind->argument_count) {
    TRY(bind_constant(bind, options_index, &value, &constant));
    if (!constant) {
      return error_set(bind->error, ERROR_INVALID_INPUT, bind->position, "Regex options field must be a constant");
    }
    if (value.is_null) {
      return error_set(bind->error, ERROR_INVALID_INPUT, bind->position, "Regex options field must not be NULL");
    }
    TRY(parse_options(value.text, for_replace, bind->position, bind->error, plan));
  }
  TRY(bind_constant(bind, 1, &value, &constant));
  if (!constant || value.is_null) return OK;
  TRY(str_copy(bind->arena, bind->error, value.text, &plan->literal));
  plan->is_literal = !plan->options.fold_case && (plan->options.literal || pattern_is_literal(plan->literal));
  return regex_compile(bind->arena, plan->literal, plan->options, bind->position, &plan->regex, bind->error);
}

static Status bind_match(ScalarBind *bind) {
  RegexpPlan *plan;
  return bind_plan(bind, 2, false, &plan);
}
static Status bind_replace(ScalarBind *bind) {
  RegexpPlan *plan;
  return bind_plan(bind, 3, true, &plan);
}
static Status bind_split(ScalarBind *bind) { return bind_match(bind); }

static Status bind_group(ScalarBind *bind, RegexpPlan *plan) {
  if (bind->argument_count < 3) return OK;
  Value group;
  bool constant;
  TRY(bind_constant(bind, 2, &group, &constant));
  if (!constant)
    return error_set(bind->error, ERROR_INVALID_INPUT, bind->position, "Group index field field must be a constant!");
  if (group.is_null) {
    plan->group_is_null = true;
    return OK;
  }
  Value number;
  TRY(value_cast(bind->arena, &group, TYPE(INTEGER), &number, bind->error));
  if (number.i64 < 0 || number.i64 >= GROUP_LIMIT) {
    return error_set(bind->error, ERROR_INVALID_INPUT, bind->position, "Group index must be between 0 and 9!");
  }
  plan->group = (int)number.i64;
  return OK;
}

static Status bind_extract(ScalarBind *bind) {
  RegexpPlan *plan;
  TRY(bind_plan(bind, 3, false, &plan));
  return bind_group(bind, plan);
}

static Status bind_extract_all(ScalarBind *bind) {
  RegexpPlan *plan;
  return bind_plan(bind, 3, false, &plan);
}

// regexp_extract(text, pattern, ['a', 'b']): group 1 is field a, …
static Status bind_extract_struct(ScalarBind *bind) {
  RegexpPlan *plan;
  TRY(bind_plan(bind, 3, false, &plan));
  Value names;
  bool constant;
  TRY(bind_constant(bind, 2, &names, &constant));
  if (!plan->regex) {
    return error_set(bind->error, ERROR_BINDER, bind->position, "%s with group names requires a constant pattern",
                     bind->function->name);
  }
  if (!constant) {
    return error_set(bind->error, ERROR_INVALID_INPUT, -1, "Group specification field must be a constant%s",
                     bind->function->name[14] == '_' ? " list" : "!");
  }
  if (bind->function->name[14] == '_' && (names.is_null || !names.nested.count)) {
    return error_set(
        bind->error, ERROR_BINDER, bind->position,
        names.is_null ? "Group specification must be a non-NULL LIST" : "Group name list must be non-empty");
  }
  if (names.is_null || !names.nested.count) {
    return error_set(bind->error, ERROR_BINDER, bind->position, "%s requires non-empty lists of capture names",
                     bind->function->name);
  }
  uint32_t groups = plan->regex->group_count, count = names.nested.count;
  if (groups < count) {
    return error_set(bind->error, ERROR_BINDER, bind->position,
                     "Not enough capturing groups (%u) for provided names (%u)", groups, count);
  }
  Str *fields;
  Type *types;
  ARENA_NEW_ARRAY(bind->arena, bind->error, fields, count);
  ARENA_NEW_ARRAY(bind->arena, bind->error, types, count);
  for (uint32_t i = 0; i < count; i++) {
    const Value *name = &names.nested.items[i];
    if (name->is_null) {
      return error_set(bind->error, ERROR_BINDER, bind->position, "NULL group name in %s", bind->function->name);
    }
    for (uint32_t k = 0; k < i; k++) {
      if (str_equal_nocase(fields[k], name->text)) {
        return error_set(bind->error, ERROR_BINDER, bind->position, "Duplicate group name '%.*s' in %s",
                         STR_ARG(name->text), bind->function->name);
      }
    }
    TRY(str_copy(bind->arena, bind->error, name->text, &fields[i]));
    types[i] = TYPE(VARCHAR);
  }
  TRY(type_make_struct(bind->arena, bind->error, types, fields, count, &bind->result_type));
  if (bind->function->name[14] == '_') { // regexp_extract_all: a list of them
    return type_make_list(bind->arena, bind->error, bind->result_type, &bind->result_type);
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Running
// ---------------------------------------------------------------------------------------------------------------------

static void run_open(RegexpRun *run, EvalContext *context, const ScalarCall *call) {
  *run = (RegexpRun){.context = context, .call = call, .plan = call->bind_data};
  text_init(&run->last_pattern, context->memory);
  regex_matcher_init(&run->matcher, context->memory);
  run->regex = run->plan->regex;
}

static void run_close(RegexpRun *run) {
  text_free(&run->last_pattern);
  regex_matcher_free(&run->matcher);
}

static Status run_pattern(RegexpRun *run, Str pattern) {
  if (run->plan->regex) return OK;
  if (run->regex && str_equal(pattern, text_str(&run->last_pattern))) return OK;
  text_clear(&run->last_pattern);
  text_append(&run->last_pattern, pattern);
  if (run->last_pattern.failed) return error_no_memory(run->context->error);
  return regex_compile(run->context->scratch, pattern, run->plan->options, run->call->position, &run->regex,
                       run->context->error);
}

// Searches from `from`. Places: run->matcher.captures.
static Status run_search(RegexpRun *run, Str text, size_t from, bool *found) {
  return regex_search(&run->matcher, run->regex, text, from, REGEX_UNANCHORED, found, run->context->error);
}

static Str group_of(const RegexpRun *run, Str text, uint32_t group, bool *matched) {
  const size_t *places = run->matcher.captures;
  *matched = group <= run->regex->group_count && places[2 * group] != REGEX_NOWHERE;
  if (!*matched) return (Str){NULL, 0};
  return (Str){text.data + places[2 * group], places[2 * group + 1] - places[2 * group]};
}

typedef Status (*RegexpRow)(RegexpRun *run, Str text, const VectorView *views, Vector *result, uint32_t row);

// Rows where an argument is NULL are NULL; the pattern of the row is compiled.
static Status regexp_rows(RegexpRun *run, const Vector *const *arguments, uint32_t argument_count, uint32_t row_count,
                          Vector *result, RegexpRow operation) {
  uint32_t count;
  TRY(kernel_begin(arguments, argument_count, row_count, result, &count, run->context->error));
  VectorView views[4];
  for (uint32_t i = 0; i < argument_count; i++) vector_view(arguments[i], &views[i]);
  for (uint32_t row = 0; row < count; row++) {
    if (!vector_row_valid(result, row)) continue;
    Str text = string_str(&((const StringView *)views[0].data)[view_row(&views[0], row)]);
    TRY(run_pattern(run, string_str(&((const StringView *)views[1].data)[view_row(&views[1], row)])));
    TRY(operation(run, text, views, result, row));
  }
  return OK;
}

static Status regexp_kernel(EvalContext *context, const ScalarCall *call, const Vector *const *arguments,
                            uint32_t argument_count, uint32_t row_count, Vector *result, RegexpRow operation) {
  RegexpRun run;
  run_open(&run, context, call);
  Status status = regexp_rows(&run, arguments, argument_count, row_count, result, operation);
  run_close(&run);
  return status;
}

static Status match_row(RegexpRun *run, Str text, const VectorView *views, Vector *result, uint32_t row) {
  (void)views;
  bool found;
  if (run->plan->is_literal) {
    found = find_bytes(text, run->plan->literal, 0) != SIZE_MAX;
  } else {
    TRY(run_search(run, text, 0, &found));
  }
  ((uint8_t *)result->data)[row] = found;
  return OK;
}

static Status full_match_row(RegexpRun *run, Str text, const VectorView *views, Vector *result, uint32_t row) {
  (void)views;
  bool found;
  TRY(regex_search(&run->matcher, run->regex, text, 0, REGEX_ANCHORED_BOTH, &found, run->context->error));
  ((uint8_t *)result->data)[row] = found;
  return OK;
}

KERNEL(regexp_matches) { return regexp_kernel(context, call, arguments, 2, row_count, result, match_row); }
KERNEL(regexp_full_match) { return regexp_kernel(context, call, arguments, 2, row_count, result, full_match_row); }

// ---------------------------------------------------------------------------------------------------------------------
// regexp_extract
// ---------------------------------------------------------------------------------------------------------------------

static Status extract_row(RegexpRun *run, Str text, const VectorView *views, Vector *result, uint32_t row) {
  (void)views;
  bool found, matched;
  Str part = {NULL, 0};
  TRY(run_search(run, text, 0, &found));
  if (found && !run->plan->group_is_null) part = group_of(run, text, (uint32_t)run->plan->group, &matched);
  return vector_set_string(result, row, part, run->context->error);
}
KERNEL(regexp_extract) { return regexp_kernel(context, call, arguments, 2, row_count, result, extract_row); }

// Of a match: what the group holds, NULL when it took no part.
static Status set_group(RegexpRun *run, Str text, uint32_t group, Vector *out, uint32_t row) {
  bool matched;
  Str part = group_of(run, text, group, &matched);
  if (!matched) return vector_set_null(out, row, run->context->error);
  return vector_set_string(out, row, part, run->context->error);
}

static Status extract_struct_row(RegexpRun *run, Str text, const VectorView *views, Vector *result, uint32_t row) {
  (void)views;
  bool found;
  TRY(run_search(run, text, 0, &found));
  for (uint32_t i = 0; i < result->child_count; i++) {
    bool matched;
    Str part = found ? group_of(run, text, i + 1, &matched) : (Str){NULL, 0};
    TRY(vector_set_string(&result->children[i], row, part, run->context->error));
  }
  return OK;
}
KERNEL(regexp_extract_struct) {
  return regexp_kernel(context, call, arguments, 2, row_count, result, extract_struct_row);
}

// Where the next search starts after a match; empty matches step over a character. SIZE_MAX: the end.
static size_t after_match(Str text, const size_t *offsets) {
  if (offsets[1] > offsets[0]) return offsets[1];
  if (offsets[1] >= text.length) return SIZE_MAX;
  uint32_t ignored;
  return offsets[1] + utf8_decode(text, offsets[1], &ignored);
}

// The group may vary; a negative one is none.
static Status extract_all_row(RegexpRun *run, Str text, const VectorView *views, Vector *result, uint32_t row) {
  uint32_t first = result->child_rows, at, count = 0, groups = run->regex->group_count;
  Vector *child = &result->children[0];
  bool structs = child->physical == PHYSICAL_NONE;
  int64_t group = 0;
  if (!structs && run->call->argument_count > 2) group = ((const int32_t *)views[2].data)[view_row(&views[2], row)];
  for (size_t from = 0; group >= 0 && from != SIZE_MAX && from <= text.length;) {
    bool found;
    TRY(run_search(run, text, from, &found));
    if (!found) break;
    if (group > groups) {
      return error_set(run->context->error, ERROR_INVALID_INPUT, -1, "Pattern has %u groups. Cannot access group %lld",
                       groups, (long long)group);
    }
    TRY(list_append_entry(result, row, 1, &at, run->context->error));
    count++;
    if (!structs) TRY(set_group(run, text, (uint32_t)group, child, at));
    for (uint32_t i = 0; structs && i < child->child_count; i++) {
      TRY(set_group(run, text, i + 1, &child->children[i], at));
    }
    from = after_match(text, run->matcher.captures);
  }
  ((ListEntry *)result->data)[row] = (ListEntry){first, count};
  return OK;
}
KERNEL(regexp_extract_all) {
  return regexp_kernel(context, call, arguments, MIN_OF(call->argument_count, 3), row_count, result, extract_all_row);
}

// ---------------------------------------------------------------------------------------------------------------------
// regexp_replace
// ---------------------------------------------------------------------------------------------------------------------

// False: the replacement names a group that the pattern does not have, or a wrong escape.
static bool replacement_valid(const RegexpRun *run, Str replacement) {
  uint32_t groups = run->regex->group_count;
  for (size_t i = 0; i < replacement.length; i++) {
    if (replacement.data[i] != '\\') continue;
    if (++i >= replacement.length) return false;
    char c = replacement.data[i];
    if (c == '\\') continue;
    if (c < '0' || c > '9' || (uint32_t)(c - '0') > groups) return false;
  }
  return true;
}

static void append_replacement(RegexpRun *run, TextBuilder *out, Str text, Str replacement) {
  for (size_t i = 0; i < replacement.length; i++) {
    char c = replacement.data[i];
    if (c != '\\') {
      text_append_char(out, c);
      continue;
    }
    c = replacement.data[++i];
    if (c == '\\') {
      text_append_char(out, c);
    } else {
      bool matched;
      text_append(out, group_of(run, text, (uint32_t)(c - '0'), &matched));
    }
  }
}

static Status replace_into(RegexpRun *run, Str text, Str replacement, TextBuilder *out) {
  size_t copied = 0, from = 0, last_end = SIZE_MAX;
  while (from <= text.length) {
    bool found;
    TRY(run_search(run, text, from, &found));
    if (!found) break;
    size_t start = run->matcher.captures[0], end = run->matcher.captures[1];
    if (start == end && start == last_end) { // no empty match right behind a match
      if (start >= text.length) break;
      uint32_t ignored;
      from = start + utf8_decode(text, start, &ignored);
      last_end = SIZE_MAX;
      continue;
    }
    text_append(out, (Str){text.data + copied, start - copied});
    append_replacement(run, out, text, replacement);
    copied = last_end = from = end;
    if (!run->plan->global) break;
    if (start == end) {
      if (end >= text.length) break;
      uint32_t ignored;
      from = end + utf8_decode(text, end, &ignored);
      last_end = SIZE_MAX;
    }
  }
  text_append(out, (Str){text.data + copied, text.length - copied});
  return OK;
}

static Status replace_row(RegexpRun *run, Str text, const VectorView *views, Vector *result, uint32_t row) {
  Str replacement = string_str(&((const StringView *)views[2].data)[view_row(&views[2], row)]);
  if (!replacement_valid(run, replacement)) return vector_set_string(result, row, text, run->context->error);
  TextBuilder out;
  text_init(&out, run->context->memory);
  Status status = replace_into(run, text, replacement, &out);
  if (status == OK) status = result_builder(result, row, &out, run->context->error);
  text_free(&out);
  return status;
}
KERNEL(regexp_replace) { return regexp_kernel(context, call, arguments, 3, row_count, result, replace_row); }

// ---------------------------------------------------------------------------------------------------------------------
// Splitting, escaping
// ---------------------------------------------------------------------------------------------------------------------

static Status push_piece(RegexpRun *run, Vector *result, uint32_t row, Str piece, uint32_t *found) {
  uint32_t at;
  TRY(list_append_entry(result, row, 1, &at, run->context->error));
  ++*found;
  return vector_set_string(&result->children[0], at, piece, run->context->error);
}

// Each piece is searched as a text of its own, as DuckDB does: ^ and \b hold at its start. A match of nothing there splits
// behind a character.
static Status split_row(RegexpRun *run, Str text, const VectorView *views, Vector *result, uint32_t row) {
  (void)views;
  uint32_t first = result->child_rows, count = 0;
  while (text.length) {
    bool found;
    TRY(run_search(run, text, 0, &found));
    if (!found) break;
    size_t start = run->matcher.captures[0], end = run->matcher.captures[1];
    if (end == 0) {
      uint32_t ignored;
      start = end = utf8_decode(text, 0, &ignored);
      if (end == text.length) break;
    }
    TRY(push_piece(run, result, row, (Str){text.data, start}, &count));
    text = (Str){text.data + end, text.length - end};
  }
  TRY(push_piece(run, result, row, text, &count));
  ((ListEntry *)result->data)[row] = (ListEntry){first, count};
  return OK;
}
KERNEL(regexp_split) { return regexp_kernel(context, call, arguments, 2, row_count, result, split_row); }

static Status escape_row(Vector *result, uint32_t row, Str text, Error *error) {
  char *out = vector_string_room(result, text.length * 4);
  if (!out) return error_no_memory(error);
  size_t at = 0;
  for (size_t i = 0; i < text.length; i++) {
    char c = text.data[i];
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || (c & 0x80);
    if (!c) {
      memcpy(out + at, "\\x00", 4);
      at += 4;
      continue;
    }
    if (!plain) out[at++] = '\\';
    out[at++] = c;
  }
  result_view(result, row, out, at);
  return OK;
}
KERNEL(regexp_escape) {
  UNUSED_CALL;
  UNARY_VOID(context->error, arguments[0], row_count, result, StringView,
             TRY(escape_row(result, row, string_str(&in), context->error)));
  return OK;
}

#define MATCH_ENTRIES(name, kernel)                                                                         \
  SCALAR(name, OF(BOOLEAN), TYPES(OF(VARCHAR), OF(VARCHAR)), kernel, .bind = bind_match, .can_fail = true), \
      SCALAR(name, OF(BOOLEAN), TYPES(OF(VARCHAR), OF(VARCHAR), OF(VARCHAR)), kernel, .bind = bind_match,   \
             .can_fail = true, .nulls = NULLS_SPECIAL)
#define SPLIT_ENTRIES(name)                                                                                            \
  SCALAR(name, LIST_OF(VARCHAR), TYPES(OF(VARCHAR), OF(VARCHAR)), regexp_split, .bind = bind_split, .can_fail = true), \
      SCALAR(name, LIST_OF(VARCHAR), TYPES(OF(VARCHAR), OF(VARCHAR), OF(VARCHAR)), regexp_split, .bind = bind_split,   \
             .can_fail = true, .nulls = NULLS_SPECIAL)
#define PATTERN_2 OF(VARCHAR), OF(VARCHAR)
// The group may be NULL: such calls are not NULL.
#define EXTRACT(name, result_type, kernel, bind_function, ...) \
  SCALAR(name, result_type, TYPES(__VA_ARGS__), kernel, .bind = bind_function, .can_fail = true, .nulls = NULLS_SPECIAL)
#define EXTRACT_LIST(name, ...)                                                                                      \
  SCALAR(name, LIST_OF(VARCHAR), TYPES(__VA_ARGS__), regexp_extract_all, .bind = bind_extract_all, .can_fail = true, \
         .nulls = NULLS_SPECIAL)

SCALAR_TABLE(regexp) = {
    MATCH_ENTRIES("regexp_matches", regexp_matches),
    MATCH_ENTRIES("regexp_full_match", regexp_full_match),
    SCALAR("regexp_replace", OF(VARCHAR), TYPES(PATTERN_2, OF(VARCHAR)), regexp_replace, .bind = bind_replace,
           .can_fail = true),
    SCALAR("regexp_replace", OF(VARCHAR), TYPES(PATTERN_2, OF(VARCHAR), OF(VARCHAR)), regexp_replace,
           .bind = bind_replace, .can_fail = true),
    EXTRACT("regexp_extract", OF(VARCHAR), regexp_extract, bind_extract, PATTERN_2),
    EXTRACT("regexp_extract", OF(VARCHAR), regexp_extract, bind_extract, PATTERN_2, OF(INTEGER)),
    EXTRACT("regexp_extract", OF(VARCHAR), regexp_extract, bind_extract, PATTERN_2, OF(INTEGER), OF(VARCHAR)),
    EXTRACT("regexp_extract", OF(ANY), regexp_extract_struct, bind_extract_struct, PATTERN_2, LIST_OF(VARCHAR)),
    EXTRACT("regexp_extract", OF(ANY), regexp_extract_struct, bind_extract_struct, PATTERN_2, LIST_OF(VARCHAR),
            OF(VARCHAR)),
    EXTRACT_LIST("regexp_extract_all", PATTERN_2),
    EXTRACT_LIST("regexp_extract_all", PATTERN_2, OF(INTEGER)),
    EXTRACT_LIST("regexp_extract_all", PATTERN_2, OF(INTEGER), OF(VARCHAR)),
    EXTRACT("regexp_extract_all", OF(ANY), regexp_extract_all, bind_extract_struct, PATTERN_2, LIST_OF(VARCHAR)),
    EXTRACT("regexp_extract_all", OF(ANY), regexp_extract_all, bind_extract_struct, PATTERN_2, LIST_OF(VARCHAR),
            OF(VARCHAR)),
    SPLIT_ENTRIES("string_split_regex"),
    SPLIT_ENTRIES("str_split_regex"),
    SPLIT_ENTRIES("regexp_split_to_array"),
    SCALAR("regexp_escape", OF(VARCHAR), TYPES(OF(VARCHAR)), regexp_escape),
};
SCALAR_TABLE_END(regexp);
