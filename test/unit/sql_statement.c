// SPDX-License-Identifier: MIT
//
// sql_statement.c: every statement that is no query: what its node says.
#include "sql_helpers.h"

// One statement of the kind, as `statement`, in the body that follows; freed behind it.
#define STATEMENT(sql, expected_kind)                                                   \
  for (Parse parse, *once = &parse; once; parse_end(&parse), once = NULL)               \
    for (SqlStatement *statement = parse_one(&parse, sql); statement; statement = NULL) \
      if (statement->kind != (expected_kind)) {                                         \
        UNIT_FAIL("%s is of another kind", sql);                                        \
      } else

TEST(insert) {
  STATEMENT(
      "insert into s.t as x (a, b) values (1, default) on conflict (a) where a > 0 do update set b = excluded.b, (a, "
      "c) = "
      "(1, 2) where true returning *, a + 1 as n",
      SQL_STATEMENT_INSERT) {
    const SqlInsert *insert = &statement->insert;
    CHECK_STR(insert->table.schema, "s");
    CHECK_STR(insert->alias, "x");
    CHECK_EQ_INT(insert->columns.count, 2);
    CHECK_EQ_INT(insert->query->kind, SQL_QUERY_VALUES);
    CHECK_EQ_INT(insert->query->values.rows.items[0].items[1]->kind, SQL_EXPR_DEFAULT);
    CHECK_EQ_INT(insert->conflict, SQL_CONFLICT_UPDATE);
    CHECK_EQ_INT(insert->assignments.count, 3);
    CHECK(insert->conflict_where && insert->update_where);
    CHECK_EQ_INT(insert->returning.count, 2);
  }
  STATEMENT("insert or replace into t by name select 1 a", SQL_STATEMENT_INSERT) {
    CHECK_EQ_INT(statement->insert.conflict, SQL_CONFLICT_REPLACE);
    CHECK_EQ_INT(statement->insert.order, SQL_COLUMNS_BY_NAME);
  }
  STATEMENT("insert into t default values", SQL_STATEMENT_INSERT) CHECK(statement->insert.query == NULL);
  STATEMENT("with x as (select 1) insert into t (from x)", SQL_STATEMENT_INSERT) {
    CHECK_EQ_INT(statement->insert.ctes.count, 1);
    CHECK_EQ_INT(statement->insert.columns.count, 0);
  }
  CHECK_ERROR("insert into t(a) default values", 17, "Parser Error: syntax error at or near \"default\"");
  CHECK_ERROR("insert or abort into t values (1)", 10, "Parser Error: syntax error at or near \"abort\"");
}

TEST(update_and_delete) {
  STATEMENT("update t as x set a = 1, b = default, from u where t.a = u.a returning a", SQL_STATEMENT_UPDATE) {
    CHECK_STR(statement->update.table->alias, "x");
    CHECK_EQ_INT(statement->update.assignments.count, 2);
    CHECK(statement->update.from && statement->update.where);
  }
  STATEMENT("update set set set = 1", SQL_STATEMENT_UPDATE) CHECK_STR(statement->update.table->table.name.name, "set");
  STATEMENT("delete from t x using u, v where x.a = u.a returning *", SQL_STATEMENT_DELETE) {
    CHECK_STR(statement->delete_.table->alias, "x");
    CHECK_EQ_INT(statement->delete_.using_from->kind, SQL_FROM_JOIN);
  }
  STATEMENT("truncate table t", SQL_STATEMENT_DELETE) CHECK(statement->delete_.truncate);
  CHECK_ERROR("update t set (a, b) = (1, 2, 3)", -1,
              "Parser Error: Could not perform assignment, expected 2 values, got 3");
  CHECK_ERROR("update t set t.a = 1", -1, "Parser Error: Qualified column names in UPDATE .. SET not supported");
}

TEST(merge) {
  STATEMENT(
      "merge into t x using (select 1 a) u on x.a = u.a when matched and u.b then update set a = 1 when matched then "
      "delete "
      "when not matched by source then do nothing when not matched then insert (a) values (1) when not matched by "
      "target "
      "then insert by name * when matched then error 'no' returning merge_action",
      SQL_STATEMENT_MERGE) {
    const SqlMerge *merge = &statement->merge;
    CHECK_EQ_INT(merge->actions.count, 6);
    CHECK(merge->actions.items[0].condition != NULL);
    CHECK_EQ_INT(merge->actions.items[1].kind, SQL_MERGE_DELETE);
    CHECK_EQ_INT(merge->actions.items[2].match, SQL_MERGE_NOT_MATCHED_BY_SOURCE);
    CHECK_EQ_INT(merge->actions.items[3].columns.count, 1);
    CHECK_EQ_INT(merge->actions.items[4].order, SQL_COLUMNS_BY_NAME);
    CHECK_EQ_INT(merge->actions.items[5].kind, SQL_MERGE_ERROR);
    CHECK_EQ_INT(merge->returning.count, 1);
  }
}

TEST(create_table) {
  STATEMENT(
      "create or replace temp table s.t(a int primary key, b varchar collate nocase default 'x' not null check (b <> "
      "''), "
      "c int generated always as (a + 1) virtual, d as (a), constraint k unique (a, b), "
      "foreign key (a) references u(x) on delete restrict) partitioned by (a) with (x = 'y')",
      SQL_STATEMENT_CREATE) {
    const SqlCreate *create = &statement->create;
    CHECK_EQ_INT(create->kind, SQL_OBJECT_TABLE);
    CHECK_EQ_INT(create->on_conflict, SQL_CREATE_OR_REPLACE);
    CHECK(create->temporary);
    CHECK_EQ_INT(create->table.columns.count, 4);
    CHECK_EQ_INT(create->table.columns.items[0].constraints.items[0].kind, SQL_CONSTRAINT_PRIMARY_KEY);
    CHECK_STR(create->table.columns.items[1].collation, "nocase");
    CHECK_EQ_INT(create->table.columns.items[1].constraints.count, 2);
    CHECK(create->table.columns.items[2].generated != NULL);
    CHECK(create->table.columns.items[3].type == NULL);
    CHECK_STR(create->table.constraints.items[0].name, "k");
    CHECK_STR(create->table.constraints.items[1].references.name, "u");
    CHECK_EQ_INT(create->table.options.count, 1);
  }
  STATEMENT("create table if not exists t(a, b) as from u with no data", SQL_STATEMENT_CREATE) {
    CHECK_EQ_INT(statement->create.table.column_names.count, 2);
    CHECK(statement->create.table.with_no_data);
    CHECK_EQ_INT(statement->create.on_conflict, SQL_CREATE_IF_NOT_EXISTS);
  }
  CHECK_ERROR("create table t(a, b int)", 16, "Parser Error: syntax error at or near \",\"");
  CHECK_ERROR("create table t(a int) as select 1", 22, "Parser Error: syntax error at or near \"as\"");
  CHECK_ERROR("create table t()", -1, "Parser Error: Table must have at least one column!");
  CHECK_ERROR("create table t(a int collate nocase)", -1, "Parser Error: Only VARCHAR columns can have collations!");
  CHECK_ERROR("create table t(a int generated always as identity)", -1,
              "Not implemented Error: Constraint not implemented!");
  CHECK_ERROR("create table t(a int references u on delete cascade)", -1,
              "Parser Error: FOREIGN KEY constraints cannot use CASCADE, SET NULL or SET DEFAULT");
  CHECK_ERROR("create tabl t(a int)", 7, "Parser Error: syntax error at or near \"tabl\"");
}

TEST(create_others) {
  STATEMENT("create recursive view v(n) as select 1 union all select n + 1 from v", SQL_STATEMENT_CREATE) {
    sql_print_query(&parse.text, statement->create.view.query);
    CHECK_EQ_STR(parse_text(&parse),
                 "WITH RECURSIVE v (n) AS ((SELECT 1) UNION ALL (SELECT (n + 1) FROM v))SELECT n FROM v");
  }
  STATEMENT("create sequence s increment by -2 minvalue -10 no maxvalue cycle", SQL_STATEMENT_CREATE) {
    const SqlSequenceOptions *options = &statement->create.sequence;
    CHECK_EQ_INT(options->increment, -2);
    CHECK_EQ_INT(options->minimum, -10);
    CHECK_EQ_INT(options->maximum, -1);
    CHECK_EQ_INT(options->start, -1);
    CHECK(options->cycle);
  }
  STATEMENT("create unique index if not exists i on s.t using art (a desc, (b + 1), abs(b)) with (x = 1)",
            SQL_STATEMENT_CREATE) {
    CHECK(statement->create.index.unique);
    CHECK_EQ_INT(statement->create.index.exprs.count, 3);
    CHECK_STR(statement->create.index.table.schema, "s");
  }
  STATEMENT("create type m as enum ('a', 'b''c')", SQL_STATEMENT_CREATE) {
    CHECK_EQ_INT(statement->create.type.type->kind, SQL_TYPE_ENUM);
    CHECK_STR(statement->create.type.type->enumeration.labels.items[1], "b'c");
  }
  STATEMENT("create type m as enum (select 'a')", SQL_STATEMENT_CREATE) CHECK(statement->create.type.query != NULL);
  STATEMENT("create macro f(a, b int := 5) as a + b, (a) as a", SQL_STATEMENT_CREATE) {
    CHECK_EQ_INT(statement->create.kind, SQL_OBJECT_MACRO);
    CHECK_EQ_INT(statement->create.macros.count, 2);
    CHECK(statement->create.macros.items[0].parameters.items[1].type != NULL);
    CHECK(statement->create.macros.items[0].parameters.items[1].default_value != NULL);
  }
  STATEMENT("create function g() as table from t", SQL_STATEMENT_CREATE) {
    CHECK_EQ_INT(statement->create.kind, SQL_OBJECT_TABLE_MACRO);
  }
  STATEMENT("create schema if not exists a.b", SQL_STATEMENT_CREATE) CHECK_STR(statement->create.name.schema, "a");
  CHECK_ERROR("create sequence s increment 0", -1, "Parser Error: Increment must not be zero");
  CHECK_ERROR("create sequence s start 1 start 2", -1, "Parser Error: Start should be passed at most once");
  CHECK_ERROR("create macro f(a, A) as 1", -1, "Parser Error: Duplicate parameter 'A' in macro definition");
  CHECK_ERROR("create macro f(a := 1, b) as 1", -1,
              "Parser Error: Parameter without a default follows parameter with a default");
  CHECK_ERROR("create secret s (type s3)", 7, "Not implemented Error: CREATE SECRET is not supported");
}

TEST(alter_and_drop) {
  STATEMENT("alter table if exists s.t add column if not exists c int default 5", SQL_STATEMENT_ALTER) {
    CHECK_EQ_INT(statement->alter.action, SQL_ALTER_ADD_COLUMN);
    CHECK(statement->alter.if_exists && statement->alter.column_if_not_exists);
  }
  STATEMENT("alter table t drop column if exists st.x cascade", SQL_STATEMENT_ALTER) {
    CHECK_EQ_INT(statement->alter.column_path.count, 2);
    CHECK(statement->alter.cascade);
  }
  STATEMENT("alter table t alter a set data type varchar using a::varchar", SQL_STATEMENT_ALTER) {
    CHECK_EQ_INT(statement->alter.action, SQL_ALTER_SET_TYPE);
    CHECK(statement->alter.type && statement->alter.expr);
  }
  STATEMENT("alter table t alter a drop not null", SQL_STATEMENT_ALTER) {
    CHECK_EQ_INT(statement->alter.action, SQL_ALTER_DROP_NOT_NULL);
  }
  STATEMENT("alter table t rename a to b", SQL_STATEMENT_ALTER)
  CHECK_EQ_INT(statement->alter.action, SQL_ALTER_RENAME_COLUMN);
  STATEMENT("alter view v rename to w", SQL_STATEMENT_ALTER) CHECK_STR(statement->alter.new_name, "w");
  STATEMENT("alter table t add primary key (a)", SQL_STATEMENT_ALTER) {
    CHECK_EQ_INT(statement->alter.constraint.kind, SQL_CONSTRAINT_PRIMARY_KEY);
  }
  STATEMENT("drop table if exists a.b.c cascade", SQL_STATEMENT_DROP) {
    CHECK_STR(statement->drop.name.catalog, "a");
    CHECK(statement->drop.if_exists && statement->drop.cascade);
  }
  STATEMENT("drop macro table m", SQL_STATEMENT_DROP) CHECK_EQ_INT(statement->drop.kind, SQL_OBJECT_TABLE_MACRO);
  STATEMENT("comment on column s.t.a is null", SQL_STATEMENT_COMMENT) {
    CHECK_STR(statement->comment.column, "a");
    CHECK_STR(statement->comment.name.name, "t");
  }
  CHECK_ERROR("drop table a, b", -1, "Not implemented Error: Can only drop one object at a time");
  CHECK_ERROR("alter table t add c int, add d int", -1,
              "Parser Error: Only one ALTER command per statement is supported");
  CHECK_ERROR("comment on column a is 'x'", -1, "Parser Error: Invalid column reference: 'a', please specify a table");
}

TEST(copy_and_files) {
  STATEMENT("copy (select 1) to 'x.csv' (format csv, header, delimiter '|', force_quote (a, b), null 'x',)",
            SQL_STATEMENT_COPY) {
    CHECK(statement->copy.to && statement->copy.query);
    CHECK_EQ_INT(statement->copy.options.count, 5);
    CHECK(statement->copy.options.items[1].value == NULL);
    CHECK_STR(statement->copy.options.items[4].name, "null");
  }
  STATEMENT("copy t(a, b) from 'x.csv' with csv header delimiter as '|' force quote *", SQL_STATEMENT_COPY) {
    CHECK(!statement->copy.to);
    CHECK_EQ_INT(statement->copy.options.count, 4);
    CHECK_EQ_INT(statement->copy.options.items[3].value->kind, SQL_EXPR_STAR);
  }
  STATEMENT("copy t to ('a' || 'b')", SQL_STATEMENT_COPY) CHECK_EQ_INT(statement->copy.file->kind, SQL_EXPR_FUNCTION);
  STATEMENT("copy from database a to b (schema)", SQL_STATEMENT_COPY_DATABASE) {
    CHECK_EQ_INT(statement->copy_database.kind, SQL_COPY_DATABASE_SCHEMA);
  }
  STATEMENT("export database db to 'dir' (format csv)", SQL_STATEMENT_EXPORT)
  CHECK_STR(statement->archive.database, "db");
  STATEMENT("import database 'dir'", SQL_STATEMENT_IMPORT) CHECK_STR(statement->archive.path->literal.text, "dir");
  STATEMENT("attach or replace database if not exists 'f.db' as x (type duckdb, read_only)", SQL_STATEMENT_ATTACH) {
    CHECK_STR(statement->attach.alias, "x");
    CHECK_EQ_INT(statement->attach.options.count, 2);
    CHECK(statement->attach.if_not_exists);
  }
  STATEMENT("detach database if exists x", SQL_STATEMENT_DETACH) CHECK(statement->detach.if_exists);
  STATEMENT("use a.b", SQL_STATEMENT_USE) CHECK_STR(statement->use.name.schema, "a");
  CHECK_ERROR("use a.b.c", -1, "Parser Error: Expected \"USE database\" or \"USE database.schema\"");
}

TEST(settings) {
  STATEMENT("set global threads to 2", SQL_STATEMENT_SET) {
    CHECK_EQ_INT(statement->set.scope, SQL_SCOPE_GLOBAL);
    CHECK_STR(statement->set.name, "threads");
  }
  STATEMENT("set default_order = desc", SQL_STATEMENT_SET) CHECK_STR(statement->set.value->column.items[0], "desc");
  STATEMENT("set x.y = 'z'", SQL_STATEMENT_SET) CHECK_STR(statement->set.name, "x.y");
  STATEMENT("set variable v = 1 + 1", SQL_STATEMENT_SET) CHECK_EQ_INT(statement->set.scope, SQL_SCOPE_VARIABLE);
  STATEMENT("set threads = default", SQL_STATEMENT_SET) CHECK(statement->set.reset);
  STATEMENT("set time zone 'utc'", SQL_STATEMENT_SET) CHECK_STR(statement->set.name, "timezone");
  STATEMENT("reset variable v", SQL_STATEMENT_SET) CHECK(statement->set.reset);
  STATEMENT("pragma table_info('t')", SQL_STATEMENT_PRAGMA) CHECK_EQ_INT(statement->pragma.kind, SQL_PRAGMA_CALL);
  STATEMENT("pragma threads=4", SQL_STATEMENT_PRAGMA) CHECK_EQ_INT(statement->pragma.kind, SQL_PRAGMA_ASSIGN);
  STATEMENT("pragma database_list", SQL_STATEMENT_PRAGMA) CHECK_EQ_INT(statement->pragma.kind, SQL_PRAGMA_NAME);
  CHECK_ERROR("set search_path = a, b", -1, "Parser Error: SET needs a single scalar value parameter");
  CHECK_ERROR("set local x = 1", -1, "Not implemented Error: SET LOCAL is not implemented.");
}

TEST(running) {
  STATEMENT("begin transaction read only", SQL_STATEMENT_TRANSACTION) {
    CHECK_EQ_INT(statement->transaction.mode, SQL_TRANSACTION_READ_ONLY);
  }
  STATEMENT("end", SQL_STATEMENT_TRANSACTION) CHECK_EQ_INT(statement->transaction.kind, SQL_TRANSACTION_COMMIT);
  STATEMENT("abort work", SQL_STATEMENT_TRANSACTION)
  CHECK_EQ_INT(statement->transaction.kind, SQL_TRANSACTION_ROLLBACK);
  STATEMENT("explain (analyze, format json) select ?", SQL_STATEMENT_EXPLAIN) {
    CHECK(statement->explain.analyze);
    CHECK_EQ_INT(statement->explain.format, SQL_EXPLAIN_JSON);
    CHECK_EQ_INT(statement->explain.statement->kind, SQL_STATEMENT_SELECT);
    CHECK_EQ_INT(statement->parameters.count, 1);
    CHECK_EQ_INT(statement->explain.statement->parameters.count, 0);
  }
  STATEMENT("explain (select 1)", SQL_STATEMENT_EXPLAIN) CHECK(!statement->explain.analyze);
  STATEMENT("prepare p as insert into t values ($1, $2)", SQL_STATEMENT_PREPARE) {
    CHECK_EQ_INT(statement->prepare.statement->kind, SQL_STATEMENT_INSERT);
    CHECK_EQ_INT(statement->parameters.count, 2);
  }
  STATEMENT("execute p(1, x := 2)", SQL_STATEMENT_EXECUTE) CHECK_STR(statement->execute.arguments.items[1]->alias, "x");
  STATEMENT("deallocate prepare p", SQL_STATEMENT_DEALLOCATE) CHECK_STR(statement->deallocate.name, "p");
  STATEMENT("call s.f(1)", SQL_STATEMENT_CALL) CHECK_STR(statement->call.call->function.name.schema, "s");
  STATEMENT("force checkpoint db", SQL_STATEMENT_CHECKPOINT) {
    CHECK(statement->checkpoint.force);
    CHECK_STR(statement->checkpoint.database, "db");
  }
  STATEMENT("vacuum analyze t(a)", SQL_STATEMENT_VACUUM) CHECK_EQ_INT(statement->vacuum.columns.count, 1);
  STATEMENT("install x from y", SQL_STATEMENT_LOAD) CHECK_STR(statement->load.repository, "y");
  CHECK_ERROR(
      "explain (format foo) select 1", -1,
      "Invalid Input Error: \"foo\" is not a valid FORMAT argument, valid options are: mermaid, yaml, graphviz, html, "
      "json, text, default");
  CHECK_ERROR("deallocate all", -1, "Parser Error: DEALLOCATE requires a name");
}

TEST(snapshots) {
  STATEMENT("create snapshot clean", SQL_STATEMENT_SNAPSHOT)
  CHECK_EQ_INT(statement->snapshot.kind, SQL_SNAPSHOT_CREATE);
  STATEMENT("restore snapshot 'as it was' for table s.t", SQL_STATEMENT_SNAPSHOT) {
    CHECK_STR(statement->snapshot.name, "as it was");
    CHECK_STR(statement->snapshot.table.name, "t");
  }
  STATEMENT("drop snapshot if exists clean", SQL_STATEMENT_SNAPSHOT) CHECK(statement->snapshot.if_exists);
  STATEMENT("undo 3 for table t", SQL_STATEMENT_SNAPSHOT)
  CHECK(statement->snapshot.count && statement->snapshot.has_table);
  STATEMENT("redo", SQL_STATEMENT_SNAPSHOT) CHECK(statement->snapshot.count == NULL);
  STATEMENT("export snapshot clean to 'dir' (format parquet)", SQL_STATEMENT_SNAPSHOT) {
    CHECK_EQ_INT(statement->snapshot.options.count, 1);
  }
  STATEMENT("import snapshot clean from 'dir'", SQL_STATEMENT_SNAPSHOT)
  CHECK_STR(statement->snapshot.path->literal.text, "dir");
  CHECK_PARSES("select undo, redo, restore, snapshot from restore as undo"); // no keywords of their own
}

UNIT_MAIN
