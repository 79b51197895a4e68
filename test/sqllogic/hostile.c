// SPDX-License-Identifier: MIT
//
// hostile.c: the hostile modes that the runner itself carries out: the database is opened again, allocations fail. The others are
// smew_config.hostile.
#define _GNU_SOURCE
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "sqllogic.h"

// Is a word among those that make state which ends with the session? Looked for in the whole statement where it cannot mean anything else, at the
// start of statements otherwise.
static bool makes_session_state(Text sql) {
  static const char *const FIRST[] = {"set", "reset", "pragma", "use", "attach", "detach", "prepare", "load"};
  static const char *const ANYWHERE[] = {"temp", "temporary", "currval", "setseed", "store_rejects"};
  char *copy = text_of(sql.data, sql.length).data;
  bool first = true;
  for (char *at = copy; *at;) {
    if (!isalnum((unsigned char)*at) && *at != '_') {
      first |= *at++ == ';';
      continue;
    }
    char *end = at;
    while (isalnum((unsigned char)*end) || *end == '_') end++;
    Text word = text_of(at, (size_t)(end - at));
    for (size_t i = 0; i < sizeof FIRST / sizeof *FIRST; i++) {
      if (first && strcasecmp(word.data, FIRST[i]) == 0) return true;
    }
    for (size_t i = 0; i < sizeof ANYWHERE / sizeof *ANYWHERE; i++) {
      if (strcasecmp(word.data, ANYWHERE[i]) == 0) return true;
    }
    first = false;
    at = end;
  }
  return false;
}

// After a statement: closes and opens the database where nothing can be lost by it.
void reopen(Runner *runner, Text sql, int line) {
  if (!runner->options->reopen || !runner->may_reopen) return;
  runner->may_reopen = runner->connection_count == 0 && !makes_session_state(sql);
  if (!runner->may_reopen || smew_in_transaction(runner->session)) return;
  close_database(runner);
  open_database(runner, line);
}

static bool is_no_memory(const Result *result) { return result->failed && text_starts(result->error, NO_MEMORY); }

// Of the same class: the details of a message may be what there was no memory for.
static bool same_class(Text a, Text b) {
  const char *colon = strchr(a.data, ':');
  return colon && strncmp(a.data, b.data, (size_t)(colon - a.data) + 1) == 0;
}

// Whether the text is one statement, which cannot have been carried out in part.
static bool is_one_statement(smew_session *session, Text sql, smew_kind *kind) {
  smew_statement *statement = NULL, *next = NULL;
  const char *rest;
  if (smew_prepare(session, sql.data, sql.length, &statement, &rest) != SMEW_OK || !statement) return false;
  *kind = smew_statement_kind(statement);
  smew_finalize(statement);
  bool more = smew_prepare(session, rest, SMEW_ALL, &next, NULL) != SMEW_OK || next;
  smew_finalize(next);
  return !more;
}

// All that is in the database, as text.
static Text contents(smew_session *session) {
  static const char *const OBJECTS[] = {
      ("SELECT schema_name, table_name, column_name, data_type, column_default, is_nullable FROM duckdb_columns() "
       "WHERE "
       "NOT internal ORDER BY ALL"),
      "SELECT table_name, constraint_text FROM duckdb_constraints() ORDER BY ALL",
      "SELECT schema_name, view_name, sql FROM duckdb_views() WHERE NOT internal ORDER BY ALL",
      "SELECT index_name, sql FROM duckdb_indexes() ORDER BY ALL",
      "SELECT sequence_name FROM duckdb_sequences() ORDER BY ALL",
      "SELECT type_name FROM duckdb_types() WHERE NOT internal ORDER BY ALL"};
  Text all = text_of("", 0);
  Result tables = run_sql(session, text_from("SELECT format('FROM \"{}\".\"{}\".\"{}\"', database_name, schema_name, "
                                             "table_name) FROM duckdb_tables() WHERE NOT internal ORDER BY ALL"));
  TextList queries = tables.values;
  for (size_t i = 0; i < sizeof OBJECTS / sizeof *OBJECTS; i++) list_add(&queries, text_from(OBJECTS[i]));
  for (size_t i = 0; i < queries.count; i++) {
    Result result = run_sql(session, queries.items[i]);
    text_print(&all, "%s\n%s\n", queries.items[i].data, result.failed ? result.error.data : "");
    for (size_t k = 0; k < result.values.count; k++) {
      text_print(&all, "%s%c", result.values.items[k].data, (k + 1) % result.column_count ? '\t' : '\n');
    }
  }
  return all;
}

// Runs a statement again and again: an early allocation fails and all after it, then a later one, … until none does. The result is that of the last
// time. The first ones all have their turn; of thousands, by different strides for different lines, some.
Result run_failing(Runner *runner, smew_session *session, Text sql, int line) {
  smew_kind kind;
  bool counts = strcasestr(sql.data, "nextval") != NULL; // a sequence does not go back
  if (counts || smew_in_transaction(session) || !is_one_statement(session, sql, &kind)) return run_sql(session, sql);
  bool changes = kind == SMEW_KIND_CHANGES || kind == SMEW_KIND_NOTHING;
  Text before = changes ? contents(session) : (Text){0}, other = {0};
  uint64_t other_number = 0;
  for (uint64_t number = 1 + (uint64_t)line % 3;; number += 1 + number / (20 + (uint64_t)line % 7)) {
    smew_fail_allocation(runner->database, number);
    Result result = run_sql(session, sql);
    bool struck = smew_fail_allocation(runner->database, 0) >= number;
    if (struck && result.failed && !is_no_memory(&result) && !other.data) {
      other = result.error; // well when it is what the statement ends with in any case
      other_number = number;
    }
    if (!struck || !result.failed) {
      if (other.data && !(result.failed && same_class(result.error, other))) {
        fail(runner, line, "Allocation %llu failed, and not Out of Memory is the error\n%s\n---- error\n%s\n",
             (unsigned long long)other_number, sql.data, other.data);
      }
      return result;
    }
    if (!changes || !struck) continue;
    Text after = contents(session);
    if (text_equal(before, after)) continue;
    fail(runner, line, "Allocation %llu failed, and the statement left changes\n%s\n---- before\n%s\n---- after\n%s\n",
         (unsigned long long)number, sql.data, before.data, after.data);
    return result;
  }
}

// Opening and connecting as well.
void open_failing(Runner *runner) {
  for (uint64_t number = 1; !runner->failed; number++) {
    smew_database *database = NULL;
    smew_session *session = NULL;
    smew_config config = {.hostile = runner->options->hostile};
    config.hostile.fail_allocation = number;
    smew_status status = smew_open(runner->path.data, &config, &database);
    if (status == SMEW_OK) status = smew_connect(database, &session);
    bool struck = smew_fail_allocation(database, 0) >= number;
    const smew_error_info *error = smew_database_error(database);
    if (struck && status == SMEW_ERROR && error->code != SMEW_ERROR_OUT_OF_MEMORY) {
      fail(runner, 0, "Allocation %llu of opening failed, and the error is: %s", (unsigned long long)number,
           error->text);
    }
    smew_close(database);
    if (!struck) return;
  }
}
