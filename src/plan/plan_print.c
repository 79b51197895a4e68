// SPDX-License-Identifier: MIT
//
// plan_print.c: a plan as text. Three forms: the boxes of EXPLAIN (laid out as DuckDB's TextTreeRenderer does, so that the two can be laid side by
// side), its JSON, and one line a node for tests. Reads plans, changes nothing.
//
// A box: the node's name, and for some kinds entries below it. An entry has a key ("Filters"; empty: none is shown) and a text of one line or more.
// Boxes stand on a grid: a node's first child is right below it, the others further right, each as wide as all that is below it. All boxes
// of one row of the grid are equally high.
#include "plan/plan.h"

#define BOX_WIDTH 29 // columns of the terminal
#define BOX_WIDTH_MINIMUM 15
#define PRINT_WIDTH_MAXIMUM 240
#define BOX_LINES_MAXIMUM 30  // of one entry; more are cut in the middle
#define PRINT_DEPTH_LIMIT 500 // levels; what is deeper is left out
#define GRID_COLUMNS 64       // what is further right is left out (it would not fit into PRINT_WIDTH_MAXIMUM)

// ---------------------------------------------------------------------------------------------------------------------
// Names
// ---------------------------------------------------------------------------------------------------------------------

const char *logical_kind_name(LogicalKind kind) {
  static const char *const names[] = {
#define X(name, text) text,
      LOGICAL_KINDS(X)
#undef X
  };
  return kind < LOGICAL_KIND_COUNT ? names[kind] : "UNKNOWN";
}

const char *join_kind_name(JoinKind kind) {
  switch (kind) {
    case JOIN_INNER:
      return "INNER";
    case JOIN_LEFT:
      return "LEFT";
    case JOIN_RIGHT:
      return "RIGHT";
    case JOIN_FULL:
      return "FULL";
    case JOIN_SEMI:
      return "SEMI";
    case JOIN_ANTI:
      return "ANTI";
    case JOIN_MARK:
      return "MARK";
    case JOIN_SINGLE:
      return "SINGLE";
    case JOIN_ASOF:
      return "ASOF";
    case JOIN_RIGHT_SEMI:
      return "RIGHT_SEMI";
    case JOIN_RIGHT_ANTI:
      return "RIGHT_ANTI";
  }
  return "UNKNOWN";
}

static const char *join_node_name(const JoinNode *join) {
  if (join->join == JOIN_ASOF) return "ASOF_JOIN";
  if (join->equal_count) return "HASH_JOIN";
  if (plan_is_range_join(join)) return "RANGE_JOIN";
  return join->condition_count ? "NESTED_LOOP_JOIN" : "BLOCKWISE_NL_JOIN";
}

static void append_upper(TextBuilder *out, Str text) {
  for (size_t i = 0; i < text.length; i++) {
    char c = text.data[i];
    text_append_char(out, c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c);
  }
}

// DuckDB's name for windows that need neither sorting nor what comes later.
static bool streams(const Expr *expr) {
  const WindowCall *call = expr->window;
  if (call->partition_count || call->order_count || call->argument_order_count || call->ignore_nulls ||
      call->exclude != EXCLUDE_NOTHING) {
    return false;
  }
  switch ((WindowKind)call->kind) {
    case WINDOW_AGGREGATE:
      return call->frame_mode == FRAME_ROWS && call->frame_start == FRAME_UNBOUNDED_PRECEDING &&
             call->frame_end == FRAME_CURRENT_ROW;
    case WINDOW_LAG:
    case WINDOW_LEAD:
      return expr->children[1]->kind == EXPR_CONSTANT && expr->children[2]->kind == EXPR_CONSTANT;
    case WINDOW_ROW_NUMBER:
    case WINDOW_RANK:
    case WINDOW_DENSE_RANK:
    case WINDOW_PERCENT_RANK:
    case WINDOW_FIRST_VALUE:
      return true;
    default:
      return false;
  }
}

static bool all_stream(const WindowNode *node) {
  for (uint32_t i = 0; i < node->window_count; i++) {
    if (!streams(node->windows[i])) return false;
  }
  return node->window_count > 0;
}

// The name at the head of a box: the physical operator that does the work, by DuckDB's names.
static void append_name(TextBuilder *out, const LogicalPlan *plan) {
  const char *name = logical_kind_name((LogicalKind)plan->kind);
  switch ((LogicalKind)plan->kind) {
    case LOGICAL_VALUES:
      name = "COLUMN_DATA_SCAN";
      break;
    case LOGICAL_TABLE_FUNCTION:
      append_upper(out, str_from(plan->function.function->name));
      return;
    case LOGICAL_AGGREGATE:
      name = plan->aggregate.group_count || plan->aggregate.set_count ? "HASH_GROUP_BY" : "UNGROUPED_AGGREGATE";
      break;
    case LOGICAL_DISTINCT:
      name = "HASH_GROUP_BY";
      break;
    case LOGICAL_WINDOW:
      if (all_stream(&plan->window)) name = "STREAMING_WINDOW";
      break;
    case LOGICAL_LIMIT:
      name = plan->limit.kind == LIMIT_PERCENT ? "LIMIT_PERCENT" : "STREAMING_LIMIT";
      break;
    case LOGICAL_JOIN:
      name = join_node_name(&plan->join);
      break;
    case LOGICAL_POSITIONAL:
      name = "POSITIONAL_SCAN";
      break;
    case LOGICAL_SET_OPERATION: {
      static const char *const names[] = {"UNION", "EXCEPT", "INTERSECT"};
      name = names[plan->set_operation.operation];
      break;
    }
    case LOGICAL_CTE_SCAN:
      name = plan->cte.recursive ? "REC_CTE_SCAN" : "CTE_SCAN";
      break;
    case LOGICAL_RECURSIVE_CTE:
      name = "REC_CTE";
      break;
    case LOGICAL_SAMPLE:
      name = plan->sample.method == SAMPLE_RESERVOIR ? "RESERVOIR_SAMPLE" : "STREAMING_SAMPLE";
      break;
    default:
      break;
  }
  text_append(out, str_from(name));
}

// ---------------------------------------------------------------------------------------------------------------------
// Entries of a node
// ---------------------------------------------------------------------------------------------------------------------

// What becomes of the entries: lines of a box, or part of one line.
typedef struct EntrySink {
  void (*entry)(struct EntrySink *sink, const char *key, Str text); // lines of `text` are separated by \n
  TextBuilder *scratch;                                             // text of the entry in hand
} EntrySink;

static void put(EntrySink *sink, const char *key) {
  sink->entry(sink, key, text_str(sink->scratch));
  text_clear(sink->scratch);
}

static void next_line(TextBuilder *text) {
  if (text->length) text_append_char(text, '\n');
}

static void put_expressions(EntrySink *sink, const char *key, Expr *const *expressions, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    next_line(sink->scratch);
    expr_print(sink->scratch, expressions[i]);
  }
  if (count) put(sink, key);
}

static void append_column(TextBuilder *out, const PlanColumn *column, uint32_t position) {
  if (column->name.length) {
    text_append(out, column->name);
  } else {
    text_format(out, "#%u", position);
  }
}

static void append_order(TextBuilder *out, const SortKey *keys, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    next_line(out);
    expr_print(out, keys[i].expr);
    text_append(out, keys[i].spec.descending ? STR(" DESC") : STR(" ASC"));
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Windows
// ---------------------------------------------------------------------------------------------------------------------

static void append_keys(TextBuilder *out, const char *lead, Expr *const *keys, const SortSpec *specs, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    text_append(out, i ? STR(", ") : str_from(lead));
    expr_print(out, keys[i]);
    if (!specs) continue;
    text_append(out, specs[i].descending ? STR(" DESC") : STR(" ASC"));
    text_append(out, specs[i].nulls_first ? STR(" NULLS FIRST") : STR(" NULLS LAST"));
  }
}

static void append_bound(TextBuilder *out, FrameBound bound, const Expr *expr) {
  static const char *const names[] = {"UNBOUNDED PRECEDING", "PRECEDING", "CURRENT ROW", "FOLLOWING",
                                      "UNBOUNDED FOLLOWING"};
  if (expr) {
    expr_print(out, expr);
    text_append_char(out, ' ');
  }
  text_append(out, str_from(names[bound]));
}

static void append_frame(TextBuilder *out, const WindowCall *call, const Expr *start, const Expr *end) {
  static const char *const modes[] = {"ROWS", "RANGE", "GROUPS"};
  static const char *const excluded[] = {"", " EXCLUDE CURRENT ROW", " EXCLUDE GROUP", " EXCLUDE TIES"};
  bool usual = call->frame_mode == FRAME_RANGE && call->frame_start == FRAME_UNBOUNDED_PRECEDING &&
               call->frame_end == FRAME_CURRENT_ROW;
  if (!usual || call->exclude) {
    bool first = !call->partition_count && !call->order_count;
    text_format(out, "%s%s BETWEEN ", first ? "" : " ", modes[call->frame_mode]);
    append_bound(out, (FrameBound)call->frame_start, start);
    text_append(out, STR(" AND "));
    append_bound(out, (FrameBound)call->frame_end, end);
  }
  text_append(out, str_from(excluded[call->exclude]));
}

static const char *window_name(const WindowCall *call) {
  static const char *const names[] = {"",           "ROW_NUMBER", "RANK", "DENSE_RANK", "PERCENT_RANK",
                                      "CUME_DIST",  "NTILE",      "LAG",  "LEAD",       "FIRST_VALUE",
                                      "LAST_VALUE", "NTH_VALUE",  "FILL"};
  return call->kind == WINDOW_AGGREGATE ? call->function->name : names[call->kind];
}

// sum(b) OVER (PARTITION BY s ORDER BY b ASC NULLS LAST)
static void append_window(TextBuilder *out, const Expr *expr) {
  const WindowCall *call = expr->window;
  Expr **children = expr->children + call->argument_count;
  Expr **partitions = children;
  Expr **orders = partitions + call->partition_count;
  Expr **argument_orders = orders + call->order_count;
  Expr **rest = argument_orders + call->argument_order_count;
  text_format(out, "%s(%s", window_name(call), call->distinct ? "DISTINCT " : "");
  append_keys(out, "", expr->children, NULL, call->argument_count);
  append_keys(out, " ORDER BY ", argument_orders, call->argument_order_specs, call->argument_order_count);
  text_append(out, call->ignore_nulls ? STR(" IGNORE NULLS)") : STR(")"));
  if (call->has_filter) {
    text_append(out, STR(" FILTER (WHERE "));
    expr_print(out, *rest++);
    text_append_char(out, ')');
  }
  text_append(out, STR(" OVER ("));
  append_keys(out, "PARTITION BY ", partitions, NULL, call->partition_count);
  append_keys(out, call->partition_count ? " ORDER BY " : "ORDER BY ", orders, call->order_specs, call->order_count);
  const Expr *start = call->has_start ? *rest++ : NULL;
  append_frame(out, call, start, call->has_end ? *rest : NULL);
  text_append_char(out, ')');
}

static void put_windows(EntrySink *sink, const WindowNode *node) {
  for (uint32_t i = 0; i < node->window_count; i++) {
    next_line(sink->scratch);
    append_window(sink->scratch, node->windows[i]);
  }
  if (node->window_count) put(sink, "Projections");
}

// ---------------------------------------------------------------------------------------------------------------------
// Scans, joins and the rest
// ---------------------------------------------------------------------------------------------------------------------

static const char *compare_sign(uint8_t compare) {
  static const char *const signs[] = {"=", "!=", "<", "<=", ">", ">="};
  return compare < COUNT_OF(signs) ? signs[compare] : "?";
}

static void append_scan_filter(TextBuilder *out, const ScanNode *scan, const ScanFilter *filter) {
  uint32_t column = scan->columns[filter->column];
  text_append(out, column == PLAN_ROW_ID ? STR("rowid") : scan->table->columns[column].name);
  switch ((ScanFilterKind)filter->kind) {
    case SCAN_COMPARE:
      text_append(out, str_from(compare_sign(filter->compare)));
      value_print_sql(out, &filter->value);
      return;
    case SCAN_IS_NULL:
      text_append(out, STR(" IS NULL"));
      return;
    case SCAN_IS_NOT_NULL:
      text_append(out, STR(" IS NOT NULL"));
      return;
    case SCAN_IN:
      text_append(out, STR(" IN ("));
      for (uint32_t i = 0; i < filter->value_count; i++) {
        if (i) text_append(out, STR(", "));
        value_print_sql(out, &filter->values[i]);
      }
      text_append_char(out, ')');
  }
}

static void put_scan(EntrySink *sink, const ScanNode *scan) {
  const CatalogEntry *entry = &scan->table->entry;
  TextBuilder *text = sink->scratch;
  text_format(text, "%.*s.%.*s.%.*s", STR_ARG(entry->database_name), STR_ARG(entry->schema), STR_ARG(entry->name));
  put(sink, "Table");
  if (scan->snapshot.length) {
    text_append(text, scan->snapshot);
    put(sink, "Snapshot");
  }
  text_append(text, STR("Sequential Scan"));
  put(sink, "Type");
  for (uint32_t i = 0; i < scan->column_count; i++) {
    if (scan->columns[i] == PLAN_ROW_ID) continue;
    next_line(text);
    text_append(text, scan->table->columns[scan->columns[i]].name);
  }
  if (text->length) put(sink, "Projections");
  for (uint32_t i = 0; i < scan->filter_count; i++) {
    next_line(text);
    append_scan_filter(text, scan, &scan->filters[i]);
  }
  if (scan->filter) {
    next_line(text);
    expr_print(text, scan->filter);
  }
  if (text->length) put(sink, "Filters");
}

static void put_table_function(EntrySink *sink, const LogicalPlan *plan) {
  const TableFunctionNode *node = &plan->function;
  append_upper(sink->scratch, str_from(node->function->name));
  put(sink, "Function");
  // ranges and the like have one column of their own name, which says nothing
  if (node->column_count > 1 ||
      (plan->column_count == 1 && !str_equal(plan->columns[0].name, str_from(node->function->name)))) {
    for (uint32_t i = 0; i < plan->column_count; i++) {
      next_line(sink->scratch);
      append_column(sink->scratch, &plan->columns[i], i);
    }
    if (plan->column_count) put(sink, "Projections");
  }
  if (node->filter) put_expressions(sink, "Filters", &node->filter, 1);
}

static void put_aggregate(EntrySink *sink, const AggregateNode *node) {
  put_expressions(sink, "Groups", node->groups, node->group_count);
  for (uint32_t i = 0; i < node->set_count; i++) {
    next_line(sink->scratch);
    text_append_char(sink->scratch, '(');
    for (uint32_t k = 0; k < node->sets[i].count; k++) {
      if (k) text_append(sink->scratch, STR(", "));
      expr_print(sink->scratch, node->groups[node->sets[i].groups[k]]);
    }
    text_append_char(sink->scratch, ')');
  }
  if (node->set_count) put(sink, "Grouping Sets");
  put_expressions(sink, "Aggregates", node->aggregates, node->aggregate_count);
}

static void put_distinct(EntrySink *sink, const LogicalPlan *plan) {
  if (plan->distinct.key_count) {
    put_expressions(sink, "Groups", plan->distinct.keys, plan->distinct.key_count);
  } else {
    for (uint32_t i = 0; i < plan->column_count; i++) {
      next_line(sink->scratch);
      append_column(sink->scratch, &plan->columns[i], i);
    }
    if (plan->column_count) put(sink, "Groups");
  }
  append_order(sink->scratch, plan->distinct.order, plan->distinct.order_count);
  if (plan->distinct.order_count) put(sink, "Order By");
}

static const char *join_type_text(const JoinNode *join) {
  return join_kind_name((JoinKind)(join->join == JOIN_ASOF ? join->nearest : join->join));
}

static void put_join(EntrySink *sink, const JoinNode *join) {
  static const char *const signs[] = {"=", "!=", "<", "<=", ">", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"};
  text_append(sink->scratch, str_from(join_type_text(join)));
  put(sink, "Join Type");
  for (uint32_t i = 0; i < join->condition_count; i++) {
    next_line(sink->scratch);
    expr_print(sink->scratch, join->conditions[i].left);
    text_format(sink->scratch, " %s ", signs[join->conditions[i].compare]);
    expr_print(sink->scratch, join->conditions[i].right);
  }
  if (join->residual) {
    next_line(sink->scratch);
    expr_print(sink->scratch, join->residual);
  }
  if (join->condition_count || join->residual) put(sink, join->condition_count ? "Conditions" : "Condition");
}

static void put_cte(EntrySink *sink, const LogicalPlan *plan) {
  if (plan->kind == LOGICAL_CTE_SCAN) {
    text_format(sink->scratch, "%u", plan->cte.id);
    put(sink, "CTE Index");
    return;
  }
  text_append(sink->scratch, plan->cte.name);
  put(sink, "CTE Name");
  text_format(sink->scratch, "%u", plan->cte.id);
  put(sink, "Table Index");
}

static void put_sample(EntrySink *sink, const SampleNode *sample) {
  char number[NUMBER_TEXT_CAPACITY];
  if (sample->percent) {
    text_append(sink->scratch, (Str){number, number_write_f64(number, sample->amount)});
    text_append_char(sink->scratch, '%');
  } else {
    text_append(sink->scratch, (Str){number, number_write_u64(number, (uint64_t)sample->amount)});
    text_append(sink->scratch, STR(" rows"));
  }
  put(sink, "Sample Size");
}

static void put_entries(EntrySink *sink, const LogicalPlan *plan) {
  switch ((LogicalKind)plan->kind) {
    case LOGICAL_SCAN:
      put_scan(sink, &plan->scan);
      return;
    case LOGICAL_TABLE_FUNCTION:
      put_table_function(sink, plan);
      return;
    case LOGICAL_PROJECT:
      put_expressions(sink, "", plan->project.expressions, plan->column_count);
      return;
    case LOGICAL_FILTER:
      put_expressions(sink, "", &plan->filter.condition, 1);
      return;
    case LOGICAL_AGGREGATE:
      put_aggregate(sink, &plan->aggregate);
      return;
    case LOGICAL_DISTINCT:
      put_distinct(sink, plan);
      return;
    case LOGICAL_WINDOW:
      put_windows(sink, &plan->window);
      return;
    case LOGICAL_ORDER:
      append_order(sink->scratch, plan->order.keys, plan->order.key_count);
      put(sink, "");
      return;
    case LOGICAL_TOP_N:
      text_format(sink->scratch, "%llu", (unsigned long long)plan->order.limit);
      put(sink, "Top");
      if (plan->order.offset) {
        text_format(sink->scratch, "%llu", (unsigned long long)plan->order.offset);
        put(sink, "Offset");
      }
      append_order(sink->scratch, plan->order.keys, plan->order.key_count);
      put(sink, "Order By");
      return;
    case LOGICAL_JOIN:
    case LOGICAL_DELIM_JOIN:
      put_join(sink, &plan->join);
      return;
    case LOGICAL_DELIM_SCAN:
      text_format(sink->scratch, "%u", plan->delim_scan.delim_id);
      put(sink, "Delim Index");
      return;
    case LOGICAL_CTE:
    case LOGICAL_CTE_SCAN:
    case LOGICAL_RECURSIVE_CTE:
      put_cte(sink, plan);
      return;
    case LOGICAL_SAMPLE:
      put_sample(sink, &plan->sample);
      return;
    default:
      return;
  }
}

// Which boxes end with the estimate of their rows, as in DuckDB.
static bool shows_estimate(const LogicalPlan *plan) {
  switch ((LogicalKind)plan->kind) {
    case LOGICAL_VALUES:
    case LOGICAL_SCAN:
    case LOGICAL_TABLE_FUNCTION:
    case LOGICAL_PROJECT:
    case LOGICAL_FILTER:
    case LOGICAL_DISTINCT:
    case LOGICAL_JOIN:
    case LOGICAL_DELIM_JOIN:
    case LOGICAL_DELIM_SCAN:
    case LOGICAL_CTE:
    case LOGICAL_CTE_SCAN:
    case LOGICAL_RECURSIVE_CTE:
      return true;
    case LOGICAL_AGGREGATE:
      return plan->aggregate.group_count || plan->aggregate.set_count;
    default:
      return false;
  }
}

// "~3,000 rows"
static void append_estimate(TextBuilder *out, double estimate) {
  char digits[NUMBER_TEXT_CAPACITY];
  uint64_t rows = !(estimate > 0) ? 0 : estimate >= 1e18 ? UINT64_C(1000000000000000000) : (uint64_t)(estimate + 0.5);
  size_t length = number_write_u64(digits, rows);
  text_append_char(out, '~');
  for (size_t i = 0; i < length; i++) {
    if (i && (length - i) % 3 == 0) text_append_char(out, ',');
    text_append_char(out, digits[i]);
  }
  text_append(out, rows == 1 ? STR(" row") : STR(" rows"));
}

// ---------------------------------------------------------------------------------------------------------------------
// Boxes
// ---------------------------------------------------------------------------------------------------------------------

typedef struct Box {
  const LogicalPlan *plan; // NULL: no box here
  uint32_t last_child;     // grid column of the last child; of the first when there is one only
  bool has_children;
} Box;

// The lines of a box below its name, each ended by \n.
typedef struct BoxLines {
  EntrySink sink;
  TextBuilder text;
  uint32_t count;
  uint32_t width;     // of a box
  bool needs_padding; // an empty line before the next entry
  bool was_inline;
} BoxLines;

typedef struct Grid {
  Box *boxes; // [rows * GRID_COLUMNS]
  uint32_t rows;
  uint32_t columns; // in use
  uint32_t box_width;
  TextBuilder *out;
} Grid;

static void push_line(BoxLines *lines, Str line) {
  text_append(&lines->text, line);
  text_append_char(&lines->text, '\n');
  lines->count++;
}

static bool can_split_before(char c) {
  return (c < '0' || (c > '9' && c < 'A') || (c > 'Z' && c < 'a') || c > 'z') && c != '_' && !((uint8_t)c & 0x80);
}

// Breaks a line that is too wide, at a sign where that leaves more than 8 characters.
static void split_line(BoxLines *lines, Str line) {
  uint32_t limit = lines->width - 2;
  size_t start = 0;
  size_t split = 0;
  uint32_t width = 0;
  for (size_t at = 0; at < line.length;) {
    uint32_t code_point;
    size_t size = utf8_decode(line, at, &code_point);
    uint32_t character_width = utf8_width((Str){line.data + at, size});
    if (width + character_width > limit) {
      if (start + 8 > split) split = at;
      push_line(lines, (Str){line.data + start, split - start});
      start = split;
      width = utf8_width((Str){line.data + start, at - start});
    }
    if (can_split_before(line.data[at])) split = at;
    width += character_width;
    at += size;
  }
  if (start < line.length || !line.length) push_line(lines, (Str){line.data + start, line.length - start});
}

static uint32_t count_lines(Str text) {
  uint32_t count = 1;
  for (size_t i = 0; i < text.length; i++) count += text.data[i] == '\n';
  return count;
}

static void split_lines(BoxLines *lines, Str text) {
  uint32_t total = count_lines(text);
  uint32_t number = 0;
  for (size_t at = 0; at <= text.length; number++) {
    const char *end = text.length > at ? memchr(text.data + at, '\n', text.length - at) : NULL;
    size_t length = end ? (size_t)(end - (text.data + at)) : text.length - at;
    bool cut = total > BOX_LINES_MAXIMUM && number >= BOX_LINES_MAXIMUM / 2 && number < total - BOX_LINES_MAXIMUM / 2;
    if (!cut) {
      split_line(lines, (Str){text.data + at, length});
    } else if (number == BOX_LINES_MAXIMUM / 2) {
      push_line(lines, STR("..."));
    }
    at += length + 1;
  }
}

static void push_separator(BoxLines *lines) {
  uint32_t dashes = lines->width - 9;
  for (uint32_t i = 0; i < dashes; i++) text_append(&lines->text, STR("─"));
  text_append_char(&lines->text, '\n');
  lines->count++;
}

static void box_entry(EntrySink *sink, const char *key, Str text) {
  BoxLines *lines = (BoxLines *)sink;
  size_t key_length = strlen(key);
  bool is_inline = false;
  if (!lines->count) push_separator(lines);
  if (key_length) is_inline = count_lines(text) == 1 && key_length + utf8_width(text) + 2 < lines->width - 7;
  if (is_inline && lines->was_inline) lines->needs_padding = false;
  if (lines->needs_padding) push_line(lines, STR(""));
  if (is_inline) {
    text_format(&lines->text, "%s: %.*s\n", key, STR_ARG(text));
    lines->count++;
  } else {
    if (key_length) {
      text_format(&lines->text, "%s:\n", key);
      lines->count++;
    }
    split_lines(lines, text);
  }
  lines->needs_padding = true;
  lines->was_inline = is_inline;
}

static void fill_box(BoxLines *lines, const LogicalPlan *plan) {
  put_entries(&lines->sink, plan);
  if (!shows_estimate(plan)) return;
  if (!lines->count) push_separator(lines);
  if (lines->needs_padding) push_line(lines, STR(""));
  push_line(lines, STR("")); // the estimate is in the last line of the row, which a higher box may move down
}

// Line `index` of the text; empty when there is none.
static Str line_of(const BoxLines *lines, uint32_t index) {
  Str text = text_str(&lines->text);
  if (index >= lines->count) return STR("");
  size_t at = 0;
  for (; index; index--) at = (size_t)((const char *)memchr(text.data + at, '\n', text.length - at) - text.data) + 1;
  return (Str){text.data + at,
               (size_t)((const char *)memchr(text.data + at, '\n', text.length - at) - (text.data + at))};
}

// ---------------------------------------------------------------------------------------------------------------------
// Layout
// ---------------------------------------------------------------------------------------------------------------------

static void measure(const LogicalPlan *plan, uint32_t depth, uint32_t *width, uint32_t *height) {
  uint32_t total = 0;
  *height = MAX_OF(*height, depth + 1);
  for (uint32_t i = 0; i < plan->child_count && depth + 1 < PRINT_DEPTH_LIMIT; i++) {
    uint32_t child_width;
    measure(plan->children[i], depth + 1, &child_width, height);
    total = MIN_OF(total + child_width, (uint32_t)GRID_COLUMNS);
  }
  *width = MAX_OF(total, 1U);
}

// Returns the grid columns taken.
static uint32_t place(Grid *grid, const LogicalPlan *plan, uint32_t column, uint32_t row) {
  Box *box = &grid->boxes[row * GRID_COLUMNS + column];
  uint32_t taken = 0;
  box->plan = plan;
  box->last_child = column;
  for (uint32_t i = 0; i < plan->child_count && row + 1 < PRINT_DEPTH_LIMIT && column + taken < GRID_COLUMNS; i++) {
    box->has_children = true;
    box->last_child = column + taken;
    taken += place(grid, plan->children[i], column + taken, row + 1);
  }
  return MAX_OF(taken, 1U);
}

static const Box *box_at(const Grid *grid, uint32_t column, uint32_t row) {
  static const Box none;
  return row < grid->rows && column < grid->columns ? &grid->boxes[row * GRID_COLUMNS + column] : &none;
}
static bool has_box(const Grid *grid, uint32_t column, uint32_t row) { return box_at(grid, column, row)->plan != NULL; }

static bool box_to_the_right(const Grid *grid, uint32_t column, uint32_t row) {
  for (; column < grid->columns; column++) {
    if (has_box(grid, column, row)) return true;
  }
  return false;
}

// The line to a child further right than this column passes here.
static bool child_to_the_right(const Grid *grid, uint32_t column, uint32_t row) {
  for (uint32_t x = column + 1; x-- > 0;) {
    if (has_box(grid, x, row)) return box_at(grid, x, row)->last_child > column;
  }
  return false;
}

static void append_repeated(const Grid *grid, Str text, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) text_append(grid->out, text);
}

static void spaces(const Grid *grid, uint32_t count) { text_append_repeated(grid->out, ' ', count); }

static void render_edge(const Grid *grid, uint32_t row, bool top) {
  uint32_t half = grid->box_width / 2;
  for (uint32_t x = 0; x < grid->columns && x * grid->box_width < PRINT_WIDTH_MAXIMUM; x++) {
    bool more = box_to_the_right(grid, x, row) || (!top && child_to_the_right(grid, x, row));
    if (has_box(grid, x, row)) {
      bool joined = top ? row > 0 : box_at(grid, x, row)->has_children;
      text_append(grid->out, top ? STR("┌") : STR("└"));
      append_repeated(grid, STR("─"), half - 1);
      text_append(grid->out, !joined ? STR("─") : top ? STR("┴") : STR("┬"));
      append_repeated(grid, STR("─"), half - 1);
      text_append(grid->out, top ? STR("┐") : STR("┘"));
    } else if (!top && has_box(grid, x, row + 1)) {
      spaces(grid, half);
      text_append(grid->out, STR("│"));
      if (more) spaces(grid, half);
    } else if (more) {
      spaces(grid, grid->box_width);
    }
  }
  text_append_char(grid->out, '\n');
}

// Text in the middle of a box, cut when it is too wide.
static void append_centered(const Grid *grid, Str text) {
  uint32_t room = grid->box_width - 2;
  uint32_t width = utf8_width(text);
  bool cut = width > room;
  if (cut) {
    size_t length = utf8_offset(text, room - 3);
    text = (Str){text.data, length};
    width = utf8_width(text) + 3;
  }
  uint32_t free_columns = room > width ? room - width : 0;
  spaces(grid, free_columns - free_columns / 2);
  text_append(grid->out, text);
  if (cut) text_append(grid->out, STR("..."));
  spaces(grid, free_columns / 2);
}

// A place of the grid without a box: lines that pass.
static void render_gap(const Grid *grid, uint32_t x, uint32_t row, uint32_t line, uint32_t halfway) {
  uint32_t half = grid->box_width / 2;
  bool below = has_box(grid, x, row + 1);
  bool onwards = child_to_the_right(grid, x, row);
  bool more = box_to_the_right(grid, x, row);
  if (line == halfway && below) {
    append_repeated(grid, STR("─"), half);
    text_append(grid->out, onwards ? STR("┬") : STR("┐"));
    if (onwards) {
      append_repeated(grid, STR("─"), half);
    } else if (more) {
      spaces(grid, half);
    }
  } else if (line == halfway && onwards) {
    append_repeated(grid, STR("─"), grid->box_width);
  } else if (line > halfway && below) {
    spaces(grid, half);
    text_append(grid->out, STR("│"));
    if (more || onwards) spaces(grid, half);
  } else if (more || (line > halfway && onwards)) {
    spaces(grid, grid->box_width);
  }
}

static void render_row(Grid *grid, uint32_t row, BoxLines *lines, TextBuilder *scratch) {
  uint32_t height = 0;
  text_clear(scratch);
  for (uint32_t x = 0; x < grid->columns; x++) {
    text_clear(&lines[x].text);
    lines[x].count = 0;
    lines[x].needs_padding = lines[x].was_inline = false;
    if (has_box(grid, x, row)) fill_box(&lines[x], box_at(grid, x, row)->plan);
    height = MAX_OF(height, lines[x].count);
  }
  if (grid->out->failed || scratch->failed) return;
  uint32_t halfway = (height + 1) / 2;
  render_edge(grid, row, true);
  for (uint32_t line = 0; line <= height; line++) {
    for (uint32_t x = 0; x < grid->columns && x * grid->box_width < PRINT_WIDTH_MAXIMUM; x++) {
      const Box *box = box_at(grid, x, row);
      if (!box->plan) {
        render_gap(grid, x, row, line, halfway);
        continue;
      }
      text_append(grid->out, STR("│"));
      text_clear(scratch);
      if (line == 0) {
        append_name(scratch, box->plan);
      } else if (line == height && shows_estimate(box->plan)) {
        append_estimate(scratch, box->plan->row_estimate);
      } else if (!lines[x].text.failed) {
        text_append(scratch, line_of(&lines[x], line - 1));
      }
      append_centered(grid, text_str(scratch));
      text_append(grid->out, line == halfway && box->last_child > x ? STR("├") : STR("│"));
    }
    text_append_char(grid->out, '\n');
  }
  render_edge(grid, row, false);
}

Status plan_print(TextBuilder *out, const LogicalPlan *plan, Error *error) {
  Grid grid = {.out = out, .box_width = BOX_WIDTH};
  TextBuilder scratch;
  BoxLines lines[GRID_COLUMNS];
  measure(plan, 0, &grid.columns, &grid.rows);
  size_t bytes = sizeof *grid.boxes * grid.rows * GRID_COLUMNS;
  grid.boxes = memory_allocate_zeroed(out->memory, bytes);
  if (!grid.boxes) return error_no_memory(error);
  while (grid.columns * grid.box_width > PRINT_WIDTH_MAXIMUM && grid.box_width >= BOX_WIDTH_MINIMUM + 2)
    grid.box_width -= 2;
  place(&grid, plan, 0, 0);
  text_init(&scratch, out->memory);
  for (uint32_t x = 0; x < grid.columns; x++) {
    lines[x] = (BoxLines){.sink = {.entry = box_entry, .scratch = &scratch}, .width = grid.box_width};
    text_init(&lines[x].text, out->memory);
  }
  for (uint32_t row = 0; row < grid.rows; row++) render_row(&grid, row, lines, &scratch);
  bool failed = scratch.failed || out->failed;
  for (uint32_t x = 0; x < grid.columns; x++) {
    failed |= lines[x].text.failed;
    text_free(&lines[x].text);
  }
  text_free(&scratch);
  memory_free(out->memory, grid.boxes, bytes);
  return failed ? error_no_memory(error) : OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// One line a node
// ---------------------------------------------------------------------------------------------------------------------

typedef struct LineSink {
  EntrySink sink;
  TextBuilder *out;
} LineSink;

static void line_entry(EntrySink *sink, const char *key, Str text) {
  TextBuilder *out = ((LineSink *)sink)->out;
  text_append_char(out, ' ');
  if (*key) text_format(out, "%s: ", key);
  text_append_char(out, '[');
  for (size_t i = 0; i < text.length; i++) {
    if (text.data[i] == '\n') {
      text_append(out, STR(", "));
    } else {
      text_append_char(out, text.data[i]);
    }
  }
  text_append_char(out, ']');
}

static void print_lines(LineSink *sink, const LogicalPlan *plan, uint32_t depth) {
  text_append_repeated(sink->out, ' ', (size_t)depth * 2);
  append_name(sink->out, plan);
  put_entries(&sink->sink, plan);
  text_append_char(sink->out, ' ');
  append_estimate(sink->out, plan->row_estimate);
  text_append_char(sink->out, '\n');
  if (depth + 1 >= PRINT_DEPTH_LIMIT) return;
  for (uint32_t i = 0; i < plan->child_count; i++) print_lines(sink, plan->children[i], depth + 1);
}

void plan_print_lines(TextBuilder *out, const LogicalPlan *plan) {
  TextBuilder scratch;
  text_init(&scratch, out->memory);
  LineSink sink = {.sink = {.entry = line_entry, .scratch = &scratch}, .out = out};
  print_lines(&sink, plan, 0);
  out->failed |= scratch.failed;
  text_free(&scratch);
}

// ---------------------------------------------------------------------------------------------------------------------
// JSON, in the form of EXPLAIN (FORMAT json)
// ---------------------------------------------------------------------------------------------------------------------

#define JSON_INDENT 4

typedef struct JsonSink {
  EntrySink sink;
  TextBuilder *out;
  const LogicalPlan *plan; // whose entries are printed
  uint32_t depth;
  bool any; // an entry was printed
} JsonSink;

static void json_line(TextBuilder *out, uint32_t depth) {
  text_append_char(out, '\n');
  text_append_repeated(out, ' ', (size_t)depth * JSON_INDENT);
}

static void append_json(TextBuilder *out, Str text) {
  text_append_char(out, '"');
  for (size_t i = 0; i < text.length; i++) {
    char c = text.data[i];
    if (c == '"' || c == '\\') {
      text_append_char(out, '\\');
      text_append_char(out, c);
    } else if (c == '\n') {
      text_append(out, STR("\\n"));
    } else if ((uint8_t)c < 0x20) {
      text_format(out, "\\u%04x", (unsigned)(uint8_t)c);
    } else {
      text_append_char(out, c);
    }
  }
  text_append_char(out, '"');
}

// Entries without a key have one in JSON.
static const char *json_key(const LogicalPlan *plan, const char *key) {
  if (*key) return key;
  switch ((LogicalKind)plan->kind) {
    case LOGICAL_FILTER:
      return "Expression";
    case LOGICAL_ORDER:
      return "Order By";
    default:
      return "Projections";
  }
}

// An entry of several lines is a list of them.
static void json_entry(EntrySink *sink, const char *key, Str text) {
  JsonSink *json = (JsonSink *)sink;
  TextBuilder *out = json->out;
  if (json->any) text_append_char(out, ',');
  json->any = true;
  json_line(out, json->depth);
  append_json(out, str_from(json_key(json->plan, key)));
  text_append(out, STR(": "));
  size_t end;
  bool list = str_find(text, STR("\n"), &end);
  if (!list) {
    append_json(out, text);
    return;
  }
  text_append_char(out, '[');
  for (bool more = true; more;) {
    more = str_find(text, STR("\n"), &end);
    json_line(out, json->depth + 1);
    append_json(out, (Str){text.data, more ? end : text.length});
    if (!more) break;
    text_append_char(out, ',');
    text = (Str){text.data + end + 1, text.length - end - 1};
  }
  json_line(out, json->depth);
  text_append_char(out, ']');
}

static void print_json(JsonSink *sink, const LogicalPlan *plan, uint32_t depth) {
  TextBuilder *out = sink->out;
  text_append_char(out, '{');
  json_line(out, depth + 1);
  text_append(out, STR("\"name\": \""));
  append_name(out, plan);
  text_append(out, STR("\","));
  json_line(out, depth + 1);
  text_append(out, STR("\"children\": ["));
  uint32_t children = depth + 2 < PRINT_DEPTH_LIMIT ? plan->child_count : 0;
  for (uint32_t i = 0; i < children; i++) {
    if (i) text_append_char(out, ',');
    json_line(out, depth + 2);
    print_json(sink, plan->children[i], depth + 2);
  }
  if (children) json_line(out, depth + 1);
  text_append(out, STR("],"));
  json_line(out, depth + 1);
  text_append(out, STR("\"extra_info\": {"));
  sink->plan = plan;
  sink->depth = depth + 2;
  sink->any = false;
  put_entries(&sink->sink, plan);
  if (shows_estimate(plan)) {
    char digits[NUMBER_TEXT_CAPACITY];
    double rows = MIN_OF(MAX_OF(plan->row_estimate, 0.0), 1e18);
    json_entry(&sink->sink, "Estimated Cardinality", (Str){digits, number_write_u64(digits, (uint64_t)(rows + 0.5))});
  }
  if (sink->any) json_line(out, depth + 1);
  text_append_char(out, '}');
  json_line(out, depth);
  text_append_char(out, '}');
}

void plan_print_json(TextBuilder *out, const LogicalPlan *plan) {
  TextBuilder scratch;
  text_init(&scratch, out->memory);
  JsonSink sink = {.sink = {.entry = json_entry, .scratch = &scratch}, .out = out};
  text_append_char(out, '[');
  json_line(out, 1);
  print_json(&sink, plan, 1);
  text_append(out, STR("\n]\n"));
  out->failed |= scratch.failed;
  text_free(&scratch);
}
