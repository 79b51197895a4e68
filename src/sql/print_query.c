// SPDX-License-Identifier: MIT
//
// print_query.c: queries and FROM items as SQL text in DuckDB's form, in which views are kept and shown.
#include "sql/print.h"

// ---------------------------------------------------------------------------------------------------------------------
// FROM
// ---------------------------------------------------------------------------------------------------------------------

static const char *sample_method(const SqlSample *sample) {
  switch (sample->method) {
    case SQL_SAMPLE_SYSTEM:
      return "System";
    case SQL_SAMPLE_BERNOULLI:
      return "Bernoulli";
    case SQL_SAMPLE_RESERVOIR:
      return "Reservoir";
    case SQL_SAMPLE_DEFAULT:
      break;
  }
  return sample->percent ? "System" : "Reservoir";
}

static void print_sample_size(TextBuilder *out, const SqlSample *sample) {
  sql_print_expr(out, sample->size);
  bool whole = sample->size->kind == SQL_EXPR_LITERAL && sample->size->literal.kind == SQL_LITERAL_INTEGER;
  if (sample->percent && whole) text_append(out, STR(".0"));
}

static void print_table_sample(TextBuilder *out, const SqlSample *sample) {
  if (!sample) return;
  text_format(out, " TABLESAMPLE %s(", sample_method(sample));
  print_sample_size(out, sample);
  text_append(out, sample->percent ? STR(" PERCENT)") : STR(" ROWS)"));
  if (sample->has_seed) text_format(out, " REPEATABLE (%lld)", (long long)sample->seed);
}

static void print_using_sample(TextBuilder *out, const SqlSample *sample) {
  if (!sample) return;
  text_append(out, STR(" USING SAMPLE "));
  print_sample_size(out, sample);
  if (sample->percent) text_append_char(out, '%');
  text_format(out, " (%s", sample_method(sample));
  if (sample->has_seed) text_format(out, ", %lld", (long long)sample->seed);
  text_append_char(out, ')');
}

static void print_alias(TextBuilder *out, const SqlFrom *from) {
  if (!from->alias.data) return;
  text_append(out, STR(" AS "));
  sql_print_name(out, from->alias);
  if (from->column_aliases.count > 0) {
    text_append_char(out, '(');
    print_names(out, &from->column_aliases);
    text_append_char(out, ')');
  }
}

static void print_from_within(TextBuilder *out, const SqlFrom *from, bool outermost);

// `outermost`: nothing but commas stands around it, so that a comma may stand for CROSS JOIN, as DuckDB prints it; elsewhere a
// JOIN beside it would bind tighter.
static void print_join(TextBuilder *out, const SqlFrom *from, bool outermost) {
  static const char *const kinds[] = {"INNER", "LEFT", "RIGHT", "FULL", "SEMI", "ANTI"};
  bool comma = from->join.form == SQL_JOIN_CROSS && outermost;
  // A right side that is a join itself needs parentheses to stay together.
  bool nested = from->join.right->kind == SQL_FROM_JOIN && !comma;
  print_from_within(out, from->join.left, comma);
  switch (from->join.form) {
    case SQL_JOIN_REGULAR:
      text_format(out, " %s JOIN ", kinds[from->join.kind]);
      break;
    case SQL_JOIN_NATURAL:
      text_format(out, " NATURAL %s JOIN ", kinds[from->join.kind]);
      break;
    case SQL_JOIN_ASOF:
      text_format(out, " ASOF %s JOIN ", kinds[from->join.kind]);
      break;
    case SQL_JOIN_CROSS:
      text_append(out, comma ? STR(" , ") : STR(" CROSS JOIN "));
      break;
    case SQL_JOIN_POSITIONAL:
      text_append(out, STR(" POSITIONAL JOIN "));
      break;
  }
  if (nested) text_append_char(out, '(');
  print_from_within(out, from->join.right, false);
  if (nested) text_append_char(out, ')');
  if (from->join.condition) {
    text_append(out, STR(" ON ("));
    sql_print_expr(out, from->join.condition);
    text_append_char(out, ')');
  } else if (from->join.using_columns.count > 0) {
    text_append(out, STR(" USING ("));
    print_names(out, &from->join.using_columns);
    text_append_char(out, ')');
  }
}

static void print_pivot_column(TextBuilder *out, const SqlPivotColumn *column) {
  if (column->names.count == 1) {
    sql_print_name(out, column->names.items[0]);
  } else if (column->names.count > 1) {
    text_append_char(out, '(');
    print_names(out, &column->names);
    text_append_char(out, ')');
  } else {
    text_append_char(out, '(');
    print_list(out, &column->exprs);
    text_append_char(out, ')');
  }
  if (column->enum_name.data) {
    text_append(out, STR(" IN "));
    sql_print_name(out, column->enum_name);
    return;
  }
  if (column->subquery) {
    text_append(out, STR(" IN ("));
    sql_print_query(out, column->subquery);
    text_append_char(out, ')');
  } else if (column->entries.count > 0) {
    text_append(out, STR(" IN ("));
    print_aliased_list(out, &column->entries);
    text_append_char(out, ')');
  }
}

// PIVOT t ON a USING sum(b): what the other form cannot say, for it must name its entries.
static void print_pivot_statement(TextBuilder *out, const SqlFrom *from) {
  text_append(out, STR("PIVOT "));
  print_from_within(out, from->pivot.source, false);
  for (uint32_t i = 0; i < from->pivot.columns.count; i++) {
    text_append(out, i > 0 ? STR(", ") : STR(" ON "));
    print_pivot_column(out, &from->pivot.columns.items[i]);
  }
  if (from->pivot.aggregates.count > 0) {
    text_append(out, STR(" USING "));
    print_aliased_list(out, &from->pivot.aggregates);
  }
  if (from->pivot.groups.count > 0) {
    text_append(out, STR(" GROUP BY "));
    print_names(out, &from->pivot.groups);
  }
}

static bool names_all_entries(const SqlFrom *from) {
  if (from->pivot.columns.count == 0) return false;
  for (uint32_t i = 0; i < from->pivot.columns.count; i++) {
    const SqlPivotColumn *column = &from->pivot.columns.items[i];
    if (column->entries.count == 0 && !column->enum_name.data) return false;
  }
  return true;
}

static bool needs_pivot_statement(const SqlFrom *from) {
  return from->kind == SQL_FROM_PIVOT && (!names_all_entries(from) || from->pivot.aggregates.count == 0);
}

static void print_pivot(TextBuilder *out, const SqlFrom *from) {
  bool unpivot = from->kind == SQL_FROM_UNPIVOT;
  if (needs_pivot_statement(from)) {
    text_append_char(out, '(');
    print_pivot_statement(out, from);
    text_append_char(out, ')');
    return;
  }
  bool join = from->pivot.source->kind == SQL_FROM_JOIN;
  if (join) text_append_char(out, '(');
  print_from_within(out, from->pivot.source, false);
  if (join) text_append_char(out, ')');
  if (unpivot) {
    text_append(out, from->pivot.include_nulls ? STR(" UNPIVOT INCLUDE NULLS (") : STR(" UNPIVOT ("));
    bool several = from->pivot.value_names.count > 1;
    if (several) text_append_char(out, '(');
    print_names(out, &from->pivot.value_names);
    if (several) text_append_char(out, ')');
  } else {
    text_append(out, STR(" PIVOT ("));
    print_aliased_list(out, &from->pivot.aggregates);
  }
  text_append(out, STR(" FOR"));
  for (uint32_t i = 0; i < from->pivot.columns.count; i++) {
    text_append_char(out, ' ');
    print_pivot_column(out, &from->pivot.columns.items[i]);
  }
  if (from->pivot.groups.count > 0) {
    text_append(out, STR(" GROUP BY "));
    print_names(out, &from->pivot.groups);
  }
  text_append_char(out, ')');
}

static void print_values_rows(TextBuilder *out, const SqlQuery *query) {
  text_append(out, STR("(VALUES "));
  for (uint32_t i = 0; i < query->values.rows.count; i++) {
    text_append(out, i > 0 ? STR(", (") : STR("("));
    print_list(out, &query->values.rows.items[i]);
    text_append_char(out, ')');
  }
  text_append_char(out, ')');
}

static bool is_bare_values(const SqlQuery *query) {
  return query->kind == SQL_QUERY_VALUES && query->ctes.count == 0 && query->orders.count == 0 && !query->limit &&
         !query->offset;
}

static void print_at(TextBuilder *out, const SqlFrom *from) {
  static const char *const units[] = {"", "SNAPSHOT", "VERSION", "TIMESTAMP"};
  if (from->kind != SQL_FROM_TABLE || from->table.at == SQL_AT_NONE) return;
  text_format(out, " AT (%s => ", units[from->table.at]);
  sql_print_expr(out, from->table.at_value);
  text_append_char(out, ')');
}

static void print_from_within(TextBuilder *out, const SqlFrom *from, bool outermost) {
  if (out->failed) return;
  switch (from->kind) {
    case SQL_FROM_TABLE:
      sql_print_qualified_name(out, &from->table.name);
      break;
    case SQL_FROM_FUNCTION:
      sql_print_expr(out, from->function.call);
      if (from->function.with_ordinality) text_append(out, STR(" WITH ORDINALITY"));
      break;
    case SQL_FROM_SUBQUERY:
      if (is_bare_values(from->subquery.query) && str_equal(from->alias, STR("valueslist"))) {
        print_values_rows(out, from->subquery.query); // what a VALUES query was printed as before
        break;
      }
      text_append_char(out, '(');
      sql_print_query(out, from->subquery.query);
      text_append_char(out, ')');
      break;
    case SQL_FROM_JOIN:
      print_join(out, from, outermost);
      break;
    case SQL_FROM_PIVOT:
    case SQL_FROM_UNPIVOT:
      print_pivot(out, from);
      break;
  }
  print_alias(out, from);
  print_at(out, from);
  print_table_sample(out, from->sample);
}

void sql_print_from(TextBuilder *out, const SqlFrom *from) { print_from_within(out, from, true); }

// ---------------------------------------------------------------------------------------------------------------------
// SELECT
// ---------------------------------------------------------------------------------------------------------------------

static void print_grouping_set(TextBuilder *out, const SqlGroupBy *group_by, const SqlGroupingSet *set) {
  for (uint32_t i = 0; i < set->count; i++) {
    if (i > 0) text_append(out, STR(", "));
    sql_print_expr(out, group_by->exprs.items[set->items[i]]);
  }
}

static void print_group_by(TextBuilder *out, const SqlGroupBy *group_by) {
  if (!group_by->present) return;
  text_append(out, STR(" GROUP BY "));
  if (group_by->all) {
    text_append(out, STR("ALL"));
  } else if (group_by->sets.count == 1) {
    if (group_by->sets.items[0].count == 0) text_append(out, STR("()"));
    print_grouping_set(out, group_by, &group_by->sets.items[0]);
  } else {
    text_append(out, STR("GROUPING SETS ("));
    for (uint32_t i = 0; i < group_by->sets.count; i++) {
      text_append(out, i > 0 ? STR(",(") : STR("("));
      print_grouping_set(out, group_by, &group_by->sets.items[i]);
      text_append_char(out, ')');
    }
    text_append_char(out, ')');
  }
}

static void print_clause(TextBuilder *out, const char *word, const SqlExpr *expr) {
  if (!expr) return;
  text_format(out, " %s ", word);
  sql_print_expr(out, expr);
}

// A PIVOT statement was made SELECT * FROM it.
static bool is_pivot_statement(const SqlSelect *select) {
  return select->from && !select->from->alias.data && needs_pivot_statement(select->from) && select->items.count == 1 &&
         select->items.items[0]->kind == SQL_EXPR_STAR && !select->where && !select->group_by.present &&
         !select->having && !select->qualify && !select->sample && !select->distinct;
}

static void print_select(TextBuilder *out, const SqlSelect *select) {
  if (is_pivot_statement(select)) {
    print_pivot_statement(out, select->from);
    return;
  }
  text_append(out, STR("SELECT "));
  if (select->distinct_on.count > 0) {
    text_append(out, STR("DISTINCT ON ("));
    print_list(out, &select->distinct_on);
    text_append(out, STR(") "));
  } else if (select->distinct) {
    text_append(out, STR("DISTINCT "));
  }
  print_aliased_list(out, &select->items);
  if (select->from) {
    text_append(out, STR(" FROM "));
    sql_print_from(out, select->from);
  }
  print_clause(out, "WHERE", select->where);
  print_group_by(out, &select->group_by);
  print_clause(out, "HAVING", select->having);
  print_clause(out, "QUALIFY", select->qualify);
  print_using_sample(out, select->sample);
}

static void print_set(TextBuilder *out, const SqlQuery *query) {
  static const char *const words[] = {"UNION", "EXCEPT", "INTERSECT"};
  for (uint32_t i = 0; i < query->set.children.count; i++) {
    if (i > 0) {
      text_format(out, " %s%s%s ", words[query->set.op], query->set.all ? " ALL" : "",
                  query->set.by_name ? " BY NAME" : "");
    }
    text_append_char(out, '(');
    sql_print_query(out, query->set.children.items[i]);
    text_append_char(out, ')');
  }
}

static void print_show(TextBuilder *out, const SqlQuery *query) {
  static const char *const words[] = {"DESCRIBE",       "SUMMARIZE",    "SHOW TABLES",   "SHOW ALL TABLES",
                                      "SHOW DATABASES", "SHOW SCHEMAS", "SHOW VARIABLES"};
  text_append(out, str_from(words[query->show.kind]));
  if (query->show.query) {
    text_append(out, STR(" ("));
    sql_print_query(out, query->show.query);
    text_append_char(out, ')');
  } else if (query->show.table.name.data) {
    text_append(out, query->show.kind == SQL_SHOW_TABLES ? STR(" FROM ") : STR(" "));
    sql_print_qualified_name(out, &query->show.table);
  }
}

static void print_ctes(TextBuilder *out, const SqlQuery *query) {
  static const char *const materialized[] = {"", " MATERIALIZED", " NOT MATERIALIZED"};
  if (query->ctes.count == 0) return;
  text_append(out, query->recursive ? STR("WITH RECURSIVE ") : STR("WITH "));
  for (uint32_t i = 0; i < query->ctes.count; i++) {
    const SqlCte *cte = &query->ctes.items[i];
    if (i > 0) text_append(out, STR(", "));
    sql_print_name(out, cte->name);
    if (cte->column_aliases.count > 0) {
      text_append(out, STR(" ("));
      print_names(out, &cte->column_aliases);
      text_append_char(out, ')');
    }
    if (cte->key_columns.count > 0) {
      text_append(out, STR(" USING KEY ("));
      print_aliased_list(out, &cte->key_columns);
      text_append_char(out, ')');
    }
    text_format(out, " AS%s (", materialized[cte->materialize]);
    sql_print_query(out, cte->query);
    text_append_char(out, ')');
  }
}

void sql_print_query(TextBuilder *out, const SqlQuery *query) {
  if (out->failed) return;
  print_ctes(out, query);
  switch (query->kind) {
    case SQL_QUERY_SELECT:
      print_select(out, &query->select);
      break;
    case SQL_QUERY_SET:
      print_set(out, query);
      break;
    case SQL_QUERY_VALUES:
      text_append(out, STR("SELECT * FROM "));
      print_values_rows(out, query);
      text_append(out, STR(" AS valueslist"));
      break;
    case SQL_QUERY_SHOW:
      print_show(out, query);
      break;
  }
  if (query->orders.count > 0) {
    text_append(out, STR(" ORDER BY "));
    print_orders(out, &query->orders);
  }
  if (query->limit) {
    text_append(out, query->limit_percent ? STR(" LIMIT (") : STR(" LIMIT "));
    sql_print_expr(out, query->limit);
    if (query->limit_percent) text_append(out, STR(") %"));
  }
  print_clause(out, "OFFSET", query->offset);
}
