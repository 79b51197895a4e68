// SPDX-License-Identifier: MIT
//
// Statements through smew.h: scripts, parameters, values of every type in and out, errors with their place, transactions and conflicts, handles
// that are used too late.
#include "api_fixture.h"

// ---------------------------------------------------------------------------------------------------------------------
// Scripts
// ---------------------------------------------------------------------------------------------------------------------

TEST(a_script_is_prepared_statement_by_statement) {
  Fixture fixture = {0};
  CHECK_OR_RETURN(fixture_open(&fixture, NULL));
  const char *sql = "-- first\nSELECT 1 AS a; SELECT ';' AS b, 2 /* ; */ AS c;;\n INSERT INTO t VALUES (1) ; -- end";
  smew_statement *statement;
  CHECK_EQ_INT(smew_prepare(fixture.session, sql, SMEW_ALL, &statement, &sql), SMEW_OK);
  CHECK_OR_RETURN(statement != NULL);
  CHECK_EQ_INT(smew_statement_kind(statement), SMEW_KIND_QUERY);
  CHECK_EQ_INT(smew_describe(statement), SMEW_OK);
  CHECK_EQ_INT(smew_column_count(statement), 1);
  CHECK_EQ_STR(smew_column_name(statement, 0), "a");
  CHECK(smew_column_name(statement, 1) == NULL);
  smew_finalize(statement);
  CHECK_EQ_INT(smew_prepare(fixture.session, sql, SMEW_ALL, &statement, &sql), SMEW_OK);
  Answer answer = {0};
  CHECK_EQ_INT(run_statement(statement, &answer), SMEW_DONE);
  CHECK_EQ_STR((const char *)answer.text, ";|2");
  CHECK_EQ_STR(smew_column_name(statement, 1), "c");
  smew_finalize(statement);
  CHECK_EQ_INT(smew_prepare(fixture.session, sql, SMEW_ALL, &statement, &sql), SMEW_OK);
  CHECK_OR_RETURN(statement != NULL);
  CHECK_EQ_INT(smew_statement_kind(statement), SMEW_KIND_CHANGES);
  CHECK_EQ_INT(smew_step(statement), SMEW_ERROR); // there is no t
  CHECK_EQ_INT(smew_error(fixture.session)->code, SMEW_ERROR_CATALOG);
  smew_finalize(statement);
  CHECK_EQ_INT(smew_prepare(fixture.session, sql, SMEW_ALL, &statement, &sql), SMEW_OK);
  CHECK(statement == NULL);
  CHECK_EQ_STR(sql, "");
  fixture_close(&fixture);
}

// EXPORT DATABASE runs as several statements; what they return is not its own.
TEST(a_statement_that_is_a_script_returns_nothing) {
  char folder[] = "/tmp/smew_export_XXXXXX";
  Fixture fixture = {0};
  CHECK_OR_RETURN(mkdtemp(folder) && fixture_open(&fixture, NULL));
  char sql[128];
  snprintf(sql, sizeof sql, "EXPORT DATABASE '%s/to'", folder);
  CHECK_EQ_INT(smew_run(fixture.session, "CREATE TABLE t AS SELECT 1 AS a", SMEW_ALL, NULL, NULL), SMEW_OK);
  smew_statement *statement = prepare(fixture.session, sql);
  CHECK_EQ_INT(smew_step_blocking(statement), SMEW_DONE);
  CHECK_EQ_INT(smew_column_count(statement), 0);
  CHECK(smew_column_name(statement, 0) == NULL);
  smew_finalize(statement);
  fixture_close(&fixture);
  snprintf(sql, sizeof sql, "rm -r '%s'", folder);
  CHECK_EQ_INT(system(sql), 0);
}

TEST(several_statements_are_open_at_once) {
  Fixture fixture = {0};
  CHECK_OR_RETURN(fixture_open(&fixture, NULL));
  smew_statement *numbers = prepare(fixture.session, "SELECT i FROM range(5000) t(i)");
  smew_statement *letters = prepare(fixture.session, "SELECT chr((65 + i)::INTEGER) FROM range(3) t(i)");
  CHECK_EQ_INT(smew_step_blocking(numbers), SMEW_CHUNK);
  Answer answer = {0};
  CHECK_EQ_INT(run_statement(letters, &answer), SMEW_DONE);
  CHECK_EQ_STR((const char *)answer.text, "A;B;C");
  uint64_t rows = smew_chunk_row_count(smew_statement_chunk(numbers)); // its chunk is still there
  while (smew_step_blocking(numbers) == SMEW_CHUNK) rows += smew_chunk_row_count(smew_statement_chunk(numbers));
  CHECK_EQ_INT(rows, 5000);
  CHECK(smew_statement_chunk(numbers) == NULL);
  CHECK_EQ_INT(smew_step(numbers), SMEW_DONE); // stays done
  smew_finalize(letters);
  smew_finalize(numbers);
  fixture_close(&fixture);
}

TEST(statements_tell_their_kind_and_what_they_changed) {
  Fixture fixture = {0};
  CHECK_OR_RETURN(fixture_open(&fixture, NULL));
  run(fixture.session, "CREATE TABLE t (a INTEGER)");
  static const struct {
    const char *sql;
    smew_kind kind;
    uint64_t changes;
  } CASES[] = {{"INSERT INTO t FROM range(10)", SMEW_KIND_CHANGES, 10},
               {"UPDATE t SET a = a + 1 WHERE a < 4", SMEW_KIND_CHANGES, 4},
               {"DELETE FROM t WHERE a = 9", SMEW_KIND_CHANGES, 1},
               {"INSERT INTO t VALUES (1) RETURNING a", SMEW_KIND_QUERY, 1},
               {"CREATE TABLE u AS FROM t", SMEW_KIND_CHANGES, 10},
               {"CREATE VIEW v AS FROM t", SMEW_KIND_NOTHING, 0},
               {"EXPLAIN SELECT 1", SMEW_KIND_EXPLAIN, 0},
               {"SET VARIABLE x = 1", SMEW_KIND_NOTHING, 0},
               {"FROM t", SMEW_KIND_QUERY, 0}};
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    smew_statement *statement = prepare(fixture.session, CASES[i].sql);
    CHECK_OR_RETURN(statement != NULL);
    CHECK_EQ_INT(run_statement(statement, NULL), SMEW_DONE);
    if (smew_statement_kind(statement) != CASES[i].kind || smew_changes(statement) != CASES[i].changes)
      UNIT_FAIL("%s: kind %d, changes %d", CASES[i].sql, smew_statement_kind(statement), (int)smew_changes(statement));
    CHECK_EQ_STR(smew_statement_sql(statement).data, CASES[i].sql);
    smew_finalize(statement);
  }
  fixture_close(&fixture);
}

// ---------------------------------------------------------------------------------------------------------------------
// Parameters
// ---------------------------------------------------------------------------------------------------------------------

TEST(parameters_have_numbers_and_names) {
  Fixture fixture = {0};
  CHECK_OR_RETURN(fixture_open(&fixture, NULL));
  smew_statement *statement = prepare(fixture.session, "SELECT ? + ?");
  CHECK_EQ_INT(smew_parameter_count(statement), 2);
  CHECK_EQ_STR(smew_parameter_name(statement, 2), "2");
  CHECK_EQ_INT(smew_parameter_index(statement, "1"), 1);
  smew_bind_int32(statement, 1, 40);
  smew_bind_int32(statement, 2, 2);
  Answer answer = {0};
  CHECK_EQ_INT(run_statement(statement, &answer), SMEW_DONE);
  CHECK_EQ_STR((const char *)answer.text, "42");
  smew_finalize(statement);

  statement = prepare(fixture.session, "SELECT $2 - $1, $2");
  CHECK_EQ_INT(smew_parameter_count(statement), 2);
  smew_bind_int64(statement, smew_parameter_index(statement, "1"), 1);
  smew_bind_int64(statement, smew_parameter_index(statement, "2"), 10);
  answer = (Answer){0};
  CHECK_EQ_INT(run_statement(statement, &answer), SMEW_DONE);
  CHECK_EQ_STR((const char *)answer.text, "9|10");
  smew_finalize(statement);

  statement = prepare(fixture.session, "SELECT $low || $High || $low");
  CHECK_EQ_INT(smew_parameter_count(statement), 2);
  CHECK_EQ_INT(smew_parameter_index(statement, "HIGH"), smew_parameter_index(statement, "high"));
  CHECK_EQ_INT(smew_parameter_index(statement, "other"), 0);
  CHECK_EQ_INT(smew_bind_text(statement, smew_parameter_index(statement, "low"), "a", SMEW_ALL), SMEW_OK);
  CHECK_EQ_INT(smew_bind_text(statement, smew_parameter_index(statement, "high"), "bcd", 2), SMEW_OK);
  answer = (Answer){0};
  CHECK_EQ_INT(run_statement(statement, &answer), SMEW_DONE);
  CHECK_EQ_STR((const char *)answer.text, "abca");
  CHECK_EQ_INT(smew_bind_null(statement, 3), SMEW_MISUSE);
  CHECK_EQ_INT(smew_bind_null(statement, 0), SMEW_MISUSE);
  CHECK(smew_parameter_name(statement, 3) == NULL);
  smew_finalize(statement);
  fixture_close(&fixture);
}

TEST(a_parameter_must_be_bound_and_stays_bound) {
  Fixture fixture = {0};
  CHECK_OR_RETURN(fixture_open(&fixture, NULL));
  smew_statement *statement = prepare(fixture.session, "SELECT $a, $b");
  smew_bind_int32(statement, 1, 1);
  CHECK_EQ_INT(smew_step(statement), SMEW_ERROR);
  CHECK_EQ_INT(smew_error(fixture.session)->code, SMEW_ERROR_INVALID_INPUT);
  CHECK(strstr(smew_error(fixture.session)->message, ": b") != NULL);
  CHECK_EQ_INT(smew_reset(statement), SMEW_OK);
  smew_bind_int32(statement, 2, 2);
  for (int i = 0; i < 3; i++) { // again and again, with what is bound
    Answer answer = {0};
    CHECK_EQ_INT(run_statement(statement, &answer), SMEW_DONE);
    CHECK_EQ_STR((const char *)answer.text, "1|2");
    CHECK_EQ_INT(smew_bind_int32(statement, 2, 3), SMEW_MISUSE); // not between step and reset
    CHECK_EQ_INT(smew_reset(statement), SMEW_OK);
  }
  CHECK_EQ_INT(smew_clear_bindings(statement), SMEW_OK);
  CHECK_EQ_INT(smew_step(statement), SMEW_ERROR);
  smew_finalize(statement);
  fixture_close(&fixture);
}

// ---------------------------------------------------------------------------------------------------------------------
// Values
// ---------------------------------------------------------------------------------------------------------------------

// Runs `SELECT $1, typeof($1)` with what was bound and compares both as text.
static void check_bound(smew_statement *statement, const char *expected) {
  Answer answer = {0};
  if (run_statement(statement, &answer) != SMEW_DONE) {
    UNIT_FAIL("%s: %s", expected, smew_error(smew_statement_session(statement))->text);
  }
  CHECK_EQ_STR((const char *)answer.text, expected);
  CHECK_EQ_INT(smew_reset(statement), SMEW_OK);
}

TEST(values_of_every_type_go_in) {
  Fixture fixture = {0};
  CHECK_OR_RETURN(fixture_open(&fixture, NULL));
  smew_statement *statement = prepare(fixture.session, "SELECT $1, typeof($1)");
  CHECK_OR_RETURN(statement != NULL);
  smew_bind_null(statement, 1);
  check_bound(statement, "NULL|\"NULL\"");
  smew_bind_boolean(statement, 1, true);
  check_bound(statement, "true|BOOLEAN");
  smew_bind_int32(statement, 1, INT32_MIN);
  check_bound(statement, "-2147483648|INTEGER");
  smew_bind_int64(statement, 1, INT64_MAX);
  check_bound(statement, "9223372036854775807|BIGINT");
  smew_bind_uint64(statement, 1, UINT64_MAX);
  check_bound(statement, "18446744073709551615|UBIGINT");
  smew_bind_hugeint(statement, 1, -1, 0);
  check_bound(statement, "-18446744073709551616|HUGEINT");
  smew_bind_double(statement, 1, 0.1);
  check_bound(statement, "0.1|DOUBLE");
  smew_bind_decimal(statement, 1, 9, 3, 0, 1234567);
  check_bound(statement, "1234.567|DECIMAL(9,3)");
  smew_bind_text(statement, 1,
                 "d\xc3\xbc"
                 "nn",
                 SMEW_ALL);
  check_bound(statement,
              "d\xc3\xbc"
              "nn|VARCHAR");
  smew_bind_blob(statement, 1,
                 "\x01"
                 "a\xff",
                 3);
  check_bound(statement, "\\x01a\\xFF|BLOB");
  smew_bind_date(statement, 1, 19000);
  check_bound(statement, "2022-01-08|DATE");
  smew_bind_time(statement, 1, 3723000001);
  check_bound(statement, "01:02:03.000001|TIME");
  smew_bind_timestamp(statement, 1, 86400000000);
  check_bound(statement, "1970-01-02 00:00:00|TIMESTAMP");
  smew_bind_timestamp_tz(statement, 1, 0);
  check_bound(statement, "1970-01-01 00:00:00+00|TIMESTAMP WITH TIME ZONE");
  smew_bind_interval(statement, 1, 14, 3, 1000000);
  check_bound(statement, "1 year 2 months 3 days 00:00:01|INTERVAL");
  CHECK_EQ_INT(smew_bind_cast(statement, 1, "INTEGER[]", "[1, 2, NULL]", SMEW_ALL), SMEW_OK);
  check_bound(statement, "[1, 2, NULL]|INTEGER[]");
  CHECK_EQ_INT(smew_bind_cast(statement, 1, "STRUCT(a TINYINT, b VARCHAR)", "{'a': 1, 'b': x}", SMEW_ALL), SMEW_OK);
  check_bound(statement, "{'a': 1, 'b': x}|STRUCT(a TINYINT, b VARCHAR)");
  CHECK_EQ_INT(smew_bind_cast(statement, 1, "UUID", "00112233-4455-6677-8899-aabbccddeeff", SMEW_ALL), SMEW_OK);
  check_bound(statement, "00112233-4455-6677-8899-aabbccddeeff|UUID");
  CHECK_EQ_INT(smew_bind_cast(statement, 1, "TINYINT", "300", SMEW_ALL), SMEW_ERROR);
  CHECK_EQ_INT(smew_error(fixture.session)->code, SMEW_ERROR_CONVERSION);
  CHECK_EQ_INT(smew_bind_text(statement, 1, "\xff", 1), SMEW_ERROR); // not UTF-8
  smew_finalize(statement);
  fixture_close(&fixture);
}

TEST(values_of_every_type_come_out) {
  Fixture fixture = {0};
  CHECK_OR_RETURN(fixture_open(&fixture, NULL));
  smew_statement *statement = prepare(
      fixture.session,
      "SELECT true, -5::TINYINT, 300::SMALLINT, -70000, 5000000000, 170141183460469231731687303715884105727::HUGEINT, "
      "200::UTINYINT, 60000::USMALLINT, 4000000000::UINTEGER, 18446744073709551615::UBIGINT, 1.5::FLOAT, 2.25::DOUBLE, "
      "12.34::DECIMAL(4,2), 'a longer text than twelve', '\\x00\\x01'::BLOB, DATE '1970-01-03', TIME '00:00:01', "
      "TIMESTAMP '1970-01-01 00:00:02', INTERVAL '1 month 2 days', NULL::INTEGER");
  CHECK_OR_RETURN(statement != NULL);
  CHECK_EQ_INT(smew_step_blocking(statement), SMEW_CHUNK);
  const smew_chunk *chunk = smew_statement_chunk(statement);
  static const smew_type_id KINDS[] = {SMEW_TYPE_BOOLEAN,  SMEW_TYPE_TINYINT,   SMEW_TYPE_SMALLINT, SMEW_TYPE_INTEGER,
                                       SMEW_TYPE_BIGINT,   SMEW_TYPE_HUGEINT,   SMEW_TYPE_UTINYINT, SMEW_TYPE_USMALLINT,
                                       SMEW_TYPE_UINTEGER, SMEW_TYPE_UBIGINT,   SMEW_TYPE_FLOAT,    SMEW_TYPE_DOUBLE,
                                       SMEW_TYPE_DECIMAL,  SMEW_TYPE_VARCHAR,   SMEW_TYPE_BLOB,     SMEW_TYPE_DATE,
                                       SMEW_TYPE_TIME,     SMEW_TYPE_TIMESTAMP, SMEW_TYPE_INTERVAL, SMEW_TYPE_INTEGER};
  CHECK_EQ_INT(smew_column_count(statement), 20);
  for (uint32_t i = 0; i < 20; i++) CHECK_EQ_INT(smew_type_kind(smew_column_type(statement, i)), KINDS[i]);
  CHECK(smew_get_boolean(chunk, 0, 0));
  CHECK_EQ_INT(smew_get_int64(chunk, 1, 0), -5);
  CHECK_EQ_INT(smew_get_int64(chunk, 2, 0), 300);
  CHECK_EQ_INT(smew_get_int64(chunk, 3, 0), -70000);
  CHECK_EQ_INT(smew_get_int64(chunk, 4, 0), 5000000000);
  smew_hugeint huge = smew_get_hugeint(chunk, 5, 0);
  CHECK_EQ_INT(huge.high, INT64_MAX);
  CHECK_EQ_U64(huge.low, UINT64_MAX);
  CHECK_EQ_INT(smew_get_int64(chunk, 6, 0), 200);
  CHECK_EQ_INT(smew_get_int64(chunk, 7, 0), 60000);
  CHECK_EQ_INT(smew_get_int64(chunk, 8, 0), 4000000000);
  CHECK_EQ_U64(smew_get_uint64(chunk, 9, 0), UINT64_MAX);
  CHECK_EQ_DOUBLE(smew_get_double(chunk, 10, 0), 1.5);
  CHECK_EQ_DOUBLE(smew_get_double(chunk, 11, 0), 2.25);
  CHECK_EQ_DOUBLE(smew_get_double(chunk, 12, 0), 12.34);
  CHECK_EQ_INT(smew_get_hugeint(chunk, 12, 0).low, 1234);
  CHECK_EQ_INT(smew_type_decimal_width(smew_column_type(statement, 12)), 4);
  CHECK_EQ_INT(smew_type_decimal_scale(smew_column_type(statement, 12)), 2);
  smew_text text = smew_get_bytes(chunk, 13, 0);
  CHECK_EQ_STR(((Str){text.data, text.length}), "a longer text than twelve");
  CHECK_EQ_INT(smew_get_bytes(chunk, 14, 0).length, 2);
  CHECK_EQ_INT(smew_get_bytes(chunk, 14, 0).data[1], 1);
  CHECK_EQ_INT(smew_get_int64(chunk, 15, 0), 2);
  CHECK_EQ_INT(smew_get_int64(chunk, 16, 0), 1000000);
  CHECK_EQ_INT(smew_get_int64(chunk, 17, 0), 2000000);
  CHECK_EQ_INT(smew_get_interval(chunk, 18, 0).months, 1);
  CHECK_EQ_INT(smew_get_interval(chunk, 18, 0).days, 2);
  CHECK(smew_is_null(chunk, 19, 0));
  CHECK(!smew_is_null(chunk, 0, 0));
  CHECK_EQ_INT(smew_get_int64(chunk, 19, 0), 0);
  smew_finalize(statement);
  fixture_close(&fixture);
}

TEST(nested_values_come_out_column_by_column) {
  Fixture fixture = {0};
  CHECK_OR_RETURN(fixture_open(&fixture, NULL));
  smew_statement *statement =
      prepare(fixture.session,
              "SELECT range(i) AS l, {'a': i, 'b': 'x' || i} AS s, CASE WHEN i <> 1 THEN i END AS n "
              "FROM range(4) t(i) WHERE i > 0 ORDER BY i DESC");
  CHECK_OR_RETURN(statement != NULL);
  CHECK_EQ_INT(smew_step_blocking(statement), SMEW_CHUNK);
  const smew_chunk *chunk = smew_statement_chunk(statement);
  CHECK_EQ_INT(smew_chunk_row_count(chunk), 3);
  const smew_vector *list = smew_chunk_vector(chunk, 0);
  const smew_list_entry *entries = smew_vector_data(list);
  const int64_t *elements = smew_vector_data(smew_vector_child(list, 0));
  CHECK_EQ_INT(entries[0].length, 3);
  CHECK_EQ_INT(entries[2].length, 1);
  CHECK_EQ_INT(elements[entries[0].offset + 2], 2);
  CHECK_EQ_STR(smew_type_text(smew_vector_type(list)), "BIGINT[]");
  const smew_vector *structs = smew_chunk_vector(chunk, 1);
  CHECK_EQ_INT(smew_type_child_count(smew_vector_type(structs)), 2);
  CHECK_EQ_STR(smew_type_child_name(smew_vector_type(structs), 1), "b");
  const smew_string *texts = smew_vector_data(smew_vector_child(structs, 1));
  CHECK_EQ_INT(texts[1].near.length, 2);
  CHECK(memcmp(smew_string_data(&texts[1]), "x2", 2) == 0);
  const uint64_t *validity = smew_vector_validity(smew_chunk_vector(chunk, 2));
  CHECK_OR_RETURN(validity != NULL);
  CHECK_EQ_INT(validity[0] & 7, 3);
  smew_finalize(statement);
  fixture_close(&fixture);
}

// ---------------------------------------------------------------------------------------------------------------------
// Errors
// ---------------------------------------------------------------------------------------------------------------------

TEST(errors_know_their_place) {
  Fixture fixture = {0};
  CHECK_OR_RETURN(fixture_open(&fixture, NULL));
  smew_statement *statement;
  const char *sql = "SELECT a\nFRM t; SELECT 1";
  CHECK_EQ_INT(smew_prepare(fixture.session, sql, SMEW_ALL, &statement, &sql), SMEW_ERROR);
  CHECK(statement == NULL);
  CHECK_EQ_STR(sql, " SELECT 1"); // the script goes on behind it
  const smew_error_info *error = smew_error(fixture.session);
  CHECK_EQ_INT(error->code, SMEW_ERROR_PARSER);
  CHECK_EQ_STR(error->class_name, "Parser Error");
  CHECK_EQ_INT(error->line, 2);
  CHECK_EQ_INT(error->column, 5);
  CHECK_EQ_INT(error->position, 13);
  CHECK(strstr(error->text, "LINE 2: FRM t;") != NULL);

  run(fixture.session, "CREATE TABLE t (price INTEGER)");
  CHECK_FAILS(fixture.session, "SELECT 'ü', prise FROM t", SMEW_ERROR_BINDER);
  error = smew_error(fixture.session);
  CHECK_EQ_INT(error->line, 1);
  CHECK_EQ_INT(error->column, 13);   // code points
  CHECK_EQ_INT(error->position, 13); // bytes, from 0
  CHECK(strstr(error->text, "Candidate bindings: \"price\"") != NULL);
  CHECK(!error->retryable);
  CHECK_EQ_STR(error->sql, "SELECT 'ü', prise FROM t");

  CHECK_FAILS(fixture.session, "SELECT * FROM nowhere", SMEW_ERROR_CATALOG);
  CHECK_FAILS(fixture.session, "SELECT 'x'::INTEGER", SMEW_ERROR_CONVERSION);
  CHECK_FAILS(fixture.session, "SELECT 2147483647::INTEGER + 1::INTEGER", SMEW_ERROR_OUT_OF_RANGE);
  CHECK_FAILS(fixture.session, "SELECT * FROM '/nowhere/at/all.csv'", SMEW_ERROR_NOT_FOUND);
  run(fixture.session, "SELECT 1");
  CHECK_EQ_INT(smew_error(fixture.session)->code, SMEW_ERROR_NONE);
  CHECK_EQ_STR(smew_error_code_name(SMEW_ERROR_BINDER), "BINDER");
  CHECK_EQ_STR(smew_error_code_name((smew_error_code)999), "UNKNOWN");
  fixture_close(&fixture);
}

TEST(a_failed_statement_can_only_be_reset_or_finalized) {
  Fixture fixture = {0};
  CHECK_OR_RETURN(fixture_open(&fixture, NULL));
  run(fixture.session, "CREATE TABLE t AS SELECT 0 AS a");
  smew_statement *statement = prepare(fixture.session, "SELECT CASE WHEN a = 0 THEN error('none') END FROM t");
  CHECK_EQ_INT(smew_step_blocking(statement), SMEW_ERROR);
  CHECK_EQ_INT(smew_step(statement), SMEW_MISUSE);
  CHECK(smew_statement_chunk(statement) == NULL);
  run(fixture.session, "UPDATE t SET a = 1");
  CHECK_EQ_INT(smew_reset(statement), SMEW_OK);
  Answer answer = {0};
  CHECK_EQ_INT(run_statement(statement, &answer), SMEW_DONE);
  CHECK_EQ_STR((const char *)answer.text, "NULL");
  smew_finalize(statement);
  fixture_close(&fixture);
}

TEST(handles_that_are_not_there_are_refused) {
  smew_database *database = NULL;
  smew_statement *statement = NULL;
  CHECK_EQ_INT(smew_open("", NULL, NULL), SMEW_MISUSE);
  CHECK_EQ_INT(smew_close(NULL), SMEW_OK);
  CHECK_EQ_INT(smew_connect(NULL, NULL), SMEW_MISUSE);
  CHECK_EQ_INT(smew_prepare(NULL, "SELECT 1", SMEW_ALL, &statement, NULL), SMEW_MISUSE);
  CHECK_EQ_INT(smew_step(NULL), SMEW_MISUSE);
  CHECK_EQ_INT(smew_reset(NULL), SMEW_MISUSE);
  CHECK_EQ_INT(smew_run(NULL, "", SMEW_ALL, NULL, NULL), SMEW_MISUSE);
  CHECK_EQ_INT(smew_checkpoint(NULL), SMEW_MISUSE);
  CHECK_EQ_INT(smew_column_count(NULL), 0);
  CHECK_EQ_INT(smew_parameter_count(NULL), 0);
  CHECK(smew_statement_chunk(NULL) == NULL);
  CHECK_EQ_STR(smew_activity(NULL), "");
  smew_finalize(NULL);
  smew_disconnect(NULL);
  smew_interrupt(NULL);
  CHECK(!smew_wait(NULL, 0));
  CHECK_EQ_INT(smew_error(NULL)->code, SMEW_ERROR_NONE);
  // A database that could not be opened still tells why, and nothing can be done with it.
  smew_config config = {.must_exist = true};
  CHECK_EQ_INT(smew_open("/nowhere/at/all.smew", &config, &database), SMEW_ERROR);
  CHECK_OR_RETURN(database != NULL);
  CHECK(smew_database_error(database)->code == SMEW_ERROR_NOT_FOUND ||
        smew_database_error(database)->code == SMEW_ERROR_IO);
  smew_session *session = NULL;
  CHECK_EQ_INT(smew_connect(database, &session), SMEW_MISUSE);
  smew_close(database);
}

TEST(closing_ends_what_is_open) {
  Fixture fixture = {0};
  CHECK_OR_RETURN(fixture_open(&fixture, NULL));
  run(fixture.session, "CREATE TABLE t AS FROM range(100000) r(i); BEGIN; INSERT INTO t VALUES (-1)");
  smew_statement *sorting = prepare(fixture.session, "SELECT i FROM t ORDER BY i % 7, i");
  CHECK_EQ_INT(smew_step(sorting) == SMEW_ERROR, false);
  smew_statement *untouched = prepare(fixture.session, "SELECT 1");
  (void)untouched;
  smew_session *other;
  CHECK_EQ_INT(smew_connect(fixture.database, &other), SMEW_OK);
  smew_disconnect(fixture.session); // statements and the transaction go with it
  CHECK_ANSWER(other, "SELECT count(*) FROM t", "100000");
  fixture_close(&fixture); // finds that all memory was given back
}

// ---------------------------------------------------------------------------------------------------------------------
// Transactions
// ---------------------------------------------------------------------------------------------------------------------

TEST(transactions_are_seen_when_committed) {
  Fixture fixture = {0};
  CHECK_OR_RETURN(fixture_open(&fixture, NULL));
  smew_session *other;
  CHECK_EQ_INT(smew_connect(fixture.database, &other), SMEW_OK);
  CHECK(smew_session_database(other) == fixture.database);
  run(fixture.session, "CREATE TABLE t (a INTEGER)");
  run(fixture.session, "BEGIN; INSERT INTO t VALUES (1)");
  CHECK(smew_in_transaction(fixture.session));
  CHECK(!smew_in_transaction(other));
  CHECK_ANSWER(fixture.session, "SELECT count(*) FROM t", "1");
  CHECK_ANSWER(other, "SELECT count(*) FROM t", "0");
  run(other, "BEGIN; FROM t");
  run(fixture.session, "COMMIT");
  CHECK(!smew_in_transaction(fixture.session));
  CHECK_ANSWER(other, "SELECT count(*) FROM t", "0"); // its own version
  run(other, "COMMIT");
  CHECK_ANSWER(other, "SELECT count(*) FROM t", "1");
  run(fixture.session, "BEGIN; DELETE FROM t; ROLLBACK");
  CHECK_ANSWER(fixture.session, "SELECT count(*) FROM t", "1");
  fixture_close(&fixture);
}

TEST(two_sessions_conflict_over_a_row) {
  Fixture fixture = {0};
  CHECK_OR_RETURN(fixture_open(&fixture, NULL));
  smew_session *other;
  CHECK_EQ_INT(smew_connect(fixture.database, &other), SMEW_OK);
  run(fixture.session, "CREATE TABLE t AS SELECT 1 AS id, 10 AS v");
  run(fixture.session, "BEGIN; UPDATE t SET v = 11");
  CHECK_FAILS(other, "UPDATE t SET v = 12", SMEW_ERROR_CONFLICT);
  CHECK(smew_error(other)->retryable);
  run(fixture.session, "COMMIT");
  run(other, "UPDATE t SET v = v + 1"); // again, as the error said
  CHECK_ANSWER(fixture.session, "FROM t", "1|12");
  fixture_close(&fixture);
}

TEST(an_error_aborts_the_transaction) {
  Fixture fixture = {0};
  CHECK_OR_RETURN(fixture_open(&fixture, NULL));
  run(fixture.session, "CREATE TABLE t (a INTEGER PRIMARY KEY); BEGIN; INSERT INTO t VALUES (1)");
  CHECK_FAILS(fixture.session, "INSERT INTO t VALUES (1)", SMEW_ERROR_CONSTRAINT);
  CHECK(smew_in_transaction(fixture.session));
  CHECK_FAILS(fixture.session, "SELECT 1", SMEW_ERROR_TRANSACTION);
  run(fixture.session, "COMMIT"); // ends it all the same
  CHECK(!smew_in_transaction(fixture.session));
  CHECK_ANSWER(fixture.session, "SELECT count(*) FROM t", "0");
  fixture_close(&fixture);
}

static bool stop_at_second(void *context, smew_statement *statement, const smew_chunk *chunk) {
  (void)statement;
  (void)chunk;
  return ++*(int *)context < 2;
}

TEST(a_receiver_can_stop_a_script) {
  Fixture fixture = {0};
  CHECK_OR_RETURN(fixture_open(&fixture, NULL));
  int calls = 0;
  CHECK_EQ_INT(smew_run(fixture.session, "SELECT 1; CREATE TABLE never (a INTEGER)", SMEW_ALL, stop_at_second, &calls),
               SMEW_ERROR);
  CHECK_EQ_INT(smew_error(fixture.session)->code, SMEW_ERROR_INTERRUPTED);
  CHECK_FAILS(fixture.session, "FROM never", SMEW_ERROR_CATALOG);
  fixture_close(&fixture);
}

UNIT_MAIN
