// SPDX-License-Identifier: MIT
//
// values.c: libFuzzer on what reads little languages within texts: casts from text, patterns, formats of times and numbers. Whatever the texts
// are: a value or an error that is no bug of Smew; and a value printed as text is read as the same value.
//
// Bytes: what is asked, the form in which vectors travel, the length of the first text; the two texts.
#include <stdio.h>

#include "engine.h"

// Types whose text form says all of a value.
static const char *const types[] = {
    "BOOLEAN",
    "TINYINT",
    "UBIGINT",
    "HUGEINT",
    "UHUGEINT",
    "BIGNUM",
    "FLOAT",
    "DOUBLE",
    "DECIMAL(4, 1)",
    "DECIMAL(18, 3)",
    "DECIMAL(38, 10)",
    "DATE",
    "TIME",
    "TIMETZ",
    "TIMESTAMP",
    "TIMESTAMP_S",
    "TIMESTAMP_MS",
    "TIMESTAMP_NS",
    "TIMESTAMPTZ",
    "INTERVAL",
    "UUID",
    "BLOB",
    "BIT",
    "ENUM('a', 'b c', '')",
    "INTEGER[]",
    "VARCHAR[]",
    "VARCHAR[][]",
    "DATE[]",
    "INTEGER[3]",
    "VARCHAR[2]",
    "STRUCT(a INTEGER, b VARCHAR)",
    "STRUCT(a VARCHAR[], \"b c\" STRUCT(d DOUBLE))[]",
    "MAP(VARCHAR, INTEGER)",
    "MAP(INTEGER, VARCHAR[])",
};
static const char *const questions[] = {
    "SELECT $1 LIKE $2, $1 ILIKE $2, $1 GLOB $2, $1 LIKE $2 ESCAPE '!', like_escape($1, $2, substr($2, 1, 1))",
    "SELECT regexp_matches($1, $2), regexp_full_match($1, $2, 'i'), regexp_extract($1, $2), regexp_extract_all($1, $2)",
    "SELECT regexp_replace($1, $2, '<\\0>', 'g'), regexp_split_to_array($1, $2), regexp_extract($1, $2, 1)",
    "SELECT regexp_replace($1, 'a(b|c)*', $2, 'g'), $1 SIMILAR TO $2, regexp_escape($1)",
    "SELECT strptime($1, $2)",
    "SELECT try_strptime($1, [$2, '%Y-%m-%d', '%c'])",
    "SELECT strftime(t, $1), strftime(t::DATE, $2) FROM (VALUES (TIMESTAMP '2024-02-29 01:02:03.456789'), (NULL), "
    "('infinity')) v(t)",
    "SELECT strptime(strftime(TIMESTAMP '1969-12-31 23:59:59.5', $1), $1)",
    "SELECT format($1, 42, 'text', -1.5), format($2, 7)",
    "SELECT printf($1, 42, 'text', -1.5), printf($2, 7)",
    "SELECT string_split($1, $2), replace($1, $2, 'z'), translate($1, $2, 'xyz'), position($2 IN $1), contains($1, $2)",
    "SELECT levenshtein($1, $2), damerau_levenshtein($1, $2), jaccard($1 || 'a', $2 || 'a'), "
    "jaro_winkler_similarity($1, $2)",
    "SELECT upper($1), lower($2), strip_accents($1), reverse($2), substring_grapheme($1, 2, 3), length_grapheme($2), "
    "nfc_normalize($1)",
    "SELECT lpad($1, 9, $2 || 'x'), rpad($1, 9, $2 || 'x'), trim($1, $2), left($1, -2), $1[2:-1], ascii($1), "
    "unicode($2)",
    "SELECT date_part($1, TIMESTAMP '2024-02-29 01:02:03'), date_trunc($1, DATE '2024-02-29'), date_diff($2, DATE "
    "'2020-01-01', DATE '2024-02-29')",
    "SELECT unhex($1), from_base64($2)",
    "SELECT url_decode($1), url_encode($2), encode($1), hash($1, $2), md5($1), sha256($2), bar(length($1), 0, 9, 4)",
    "SELECT x, count(*) FROM (SELECT unnest([$1, $2, $1, NULL]) AS x) GROUP BY x ORDER BY x",
    "SELECT $1::UNION(i INTEGER, t VARCHAR), TRY_CAST($2 AS UNION(l INTEGER[], d DATE))",
    "SELECT TRY_CAST($1 AS INTERVAL) + TRY_CAST($2 AS TIMESTAMP), TRY_CAST($1 AS TIMESTAMPTZ) - TRY_CAST($2 AS "
    "INTERVAL)",
};
#define COUNT(array) (sizeof(array) / sizeof *(array))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// A value and its text's value: one row, unless they are the same.
static void make_cast(char *sql, size_t capacity, const char *type) {
  snprintf(
      sql, capacity,
      "SELECT v, v::VARCHAR, v::VARCHAR::%s FROM (SELECT TRY_CAST(x AS %s) AS v FROM (VALUES ($1), ($2), (NULL)) t(x)) "
      "WHERE v::VARCHAR::%s IS DISTINCT FROM v",
      type, type, type);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 3) return 0;
  char cast[1024];
  size_t number = data[0] % (COUNT(types) + COUNT(questions)), first = data[2] < size - 3 ? data[2] : size - 3;
  bool is_cast = number < COUNT(types);
  if (is_cast) make_cast(cast, sizeof cast, types[number]);
  smew_database *database = open_engine(data[1]);
  smew_session *session;
  smew_statement *statement;
  require(smew_connect(database, &session) == SMEW_OK);
  require(smew_prepare(session, is_cast ? cast : questions[number - COUNT(types)], SMEW_ALL, &statement, NULL) ==
          SMEW_OK);
  const char *text = (const char *)data + 3;
  bool bound = smew_bind_text(statement, 1, text, first) == SMEW_OK;
  if (smew_parameter_count(statement) > 1)
    bound = bound && smew_bind_text(statement, 2, text + first, size - 3 - first) == SMEW_OK;
  if (bound) {
    bool same = smew_step_blocking(statement) != SMEW_CHUNK;
    if (is_cast) require(same);
    require(smew_reset(statement) == SMEW_OK);
    smew_status status = run_statement(statement);
    if (is_cast)
      require(status == SMEW_DONE || smew_error(session)->code == SMEW_ERROR_INVALID_INPUT); // keys of a map twice
  }
  require(smew_close(database) == SMEW_OK);
  return 0;
}
