// SPDX-License-Identifier: MIT
//
// smew.h: the public C interface of Smew, an embedded analytical SQL database. The one header that an embedder reads.
//
//   smew_database   an open database file (or memory); shared by its sessions
//   smew_session    a connection: settings, temporary objects, prepared names and at most one transaction
//   smew_statement  one prepared SQL statement with its parameters, its run and its result
//   smew_chunk      up to 2,048 rows of a result, column by column
//
// Order of calls:
//
//   smew_open, smew_connect
//     smew_prepare                            one statement of a script; `tail` is where the next begins
//       smew_bind_…                           for each parameter
//       smew_step … until SMEW_DONE           after each SMEW_CHUNK read smew_statement_chunk
//       smew_reset                            to run it again, or
//     smew_finalize
//   smew_disconnect, smew_close
//
// A statement runs in slices. smew_step does a bounded amount of work (about 4 ms) and says what it came to:
//
//   SMEW_CHUNK     a chunk of the result is ready; call again for more
//   SMEW_DONE      the statement has ended; its changes are committed when no transaction was begun by hand
//   SMEW_YIELD     the slice is over; call again, now or after other work
//   SMEW_WAITING   nothing can be done until the host answers; smew_wait, then call again
//   SMEW_ERROR     the statement has failed; smew_error says why; smew_reset or smew_finalize is next
//
// Many statements of one or several sessions may be open and be stepped in turns. smew_run does all this for a script
// at once and blocks.
//
//   static bool print_rows(void *context, smew_statement *statement, const smew_chunk *chunk) {
//     for (uint32_t row = 0; row < smew_chunk_row_count(chunk); row++) {
//       smew_text text;
//       if (smew_value_text(chunk, 0, row, &text) != SMEW_OK) return false;
//       printf("%.*s\n", (int)text.length, text.data);
//     }
//     return true;
//   }
//
//   int main(void) {
//     smew_database *database;
//     smew_session *session;
//     if (smew_open("shop.smew", NULL, &database) != SMEW_OK || smew_connect(database, &session) != SMEW_OK) {
//       fprintf(stderr, "%s\n", smew_database_error(database)->text);
//       return 1;
//     }
//     if (smew_run(session, "SELECT name FROM products ORDER BY price", SMEW_ALL, print_rows, NULL) != SMEW_OK) {
//       fprintf(stderr, "%s\n", smew_error(session)->text);
//     }
//     smew_disconnect(session);
//     smew_close(database);
//   }
//
// Threads: a database, its sessions and their statements are used by one thread at a time; smew_interrupt alone may be
// called from anywhere. Different databases are independent.
//
// Text is UTF-8. Lengths and positions are bytes. Text that Smew returns ends with a NUL that its length does not count.
// A length argument may be SMEW_ALL for text that ends with a NUL. Indexes of columns and rows count from 0, those of
// parameters from 1, as in SQL.
//
// Ownership: handles made here (open, connect, prepare) are closed by their maker. All else that Smew returns is borrowed,
// for as long as the comment at its function says.
#ifndef SMEW_H
#define SMEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct smew_database smew_database;
typedef struct smew_session smew_session;
typedef struct smew_statement smew_statement;
typedef struct smew_chunk smew_chunk;
typedef struct smew_vector smew_vector;
typedef struct smew_type smew_type;

// The length of a text that ends with a NUL.
#define SMEW_ALL SIZE_MAX

// What a call came to. Every value but the errors is a success.
typedef enum smew_status {
  SMEW_OK = 0,
  SMEW_CHUNK = 1,
  SMEW_DONE = 2,
  SMEW_YIELD = 3,
  SMEW_WAITING = 4,
  SMEW_ERROR = 5,     // the session's smew_error, or the database's smew_database_error, says why
  SMEW_MISUSE = 6,    // NULL or closed handle, index out of range, wrong order of calls; nothing was done
  SMEW_NO_MEMORY = 7, // not even a handle could be made
} smew_status;

// Borrowed text or bytes. `data` is never NULL; for text a NUL follows.
typedef struct smew_text {
  const char *data;
  size_t length;
} smew_text;

// ---------------------------------------------------------------------------------------------------------------------
// Errors
// ---------------------------------------------------------------------------------------------------------------------

// Stable codes; a new one may be added at the end.
typedef enum smew_error_code {
  SMEW_ERROR_NONE = 0,
  SMEW_ERROR_PARSER, // the text is not SQL
  SMEW_ERROR_SYNTAX,
  SMEW_ERROR_BINDER,       // the names or types do not fit together
  SMEW_ERROR_CATALOG,      // no such table, function, type …, or there is one already
  SMEW_ERROR_DEPENDENCY,   // something else needs the object
  SMEW_ERROR_CONVERSION,   // a value does not fit the type
  SMEW_ERROR_OUT_OF_RANGE, // overflow
  SMEW_ERROR_CONSTRAINT,   // NOT NULL, UNIQUE, CHECK, FOREIGN KEY
  SMEW_ERROR_TRANSACTION,  // BEGIN within a transaction, work after it was aborted …
  SMEW_ERROR_CONFLICT,     // another transaction changed the same rows; run it again
  SMEW_ERROR_INVALID_INPUT,
  SMEW_ERROR_INVALID_TYPE,
  SMEW_ERROR_MISMATCH_TYPE,
  SMEW_ERROR_NOT_IMPLEMENTED,
  SMEW_ERROR_PERMISSION,
  SMEW_ERROR_SETTINGS,
  SMEW_ERROR_SEQUENCE,
  SMEW_ERROR_PARAMETER,
  SMEW_ERROR_IO,
  SMEW_ERROR_NOT_FOUND, // no such file
  SMEW_ERROR_LOCKED,    // another process has the database open
  SMEW_ERROR_QUOTA,     // the disk or the origin's quota is full
  SMEW_ERROR_CORRUPT,   // the file is damaged or not a database
  SMEW_ERROR_VERSION,   // the file was written by a newer Smew
  SMEW_ERROR_READ_ONLY,
  SMEW_ERROR_OUT_OF_MEMORY, // memory_limit
  SMEW_ERROR_INTERRUPTED,   // smew_interrupt
  SMEW_ERROR_CLOSED,
  SMEW_ERROR_INTERNAL, // a bug of Smew
} smew_error_code;

// One error, explained. Owned by the session (or database); valid until its next failing call or its end.
typedef struct smew_error_info {
  smew_error_code code;
  const char *code_name;  // "BINDER": stable, for programs
  const char *class_name; // "Binder Error": DuckDB's name for the class
  const char *message;    // without the class
  const char *
      text; // all of it, as DuckDB prints it: class, message, and where there is a position the line of the SQL with a caret:
            //   Binder Error: Referenced column "prise" not found in FROM clause!
            //   Candidate bindings: "price"
            //
            //   LINE 1: SELECT prise FROM products
            //                  ^
  int64_t position;     // bytes into `sql`; -1: none
  uint32_t line;        // of the position, from 1; 0: none
  uint32_t column;      // of the position in its line, in code points from 1; 0: none
  const char *sql;      // the statement that failed; "" when it was none
  bool retryable;       // the same statement may succeed when it is run again (conflict, lock)
  bool outcome_unknown; // a commit whose flush failed: it may be there after the database is opened again
} smew_error_info;

// The last error of a session; never NULL; code SMEW_ERROR_NONE when there was none.
const smew_error_info *smew_error(const smew_session *session);
// The last error of smew_open, smew_connect, smew_checkpoint and smew_close. Never NULL, also for a NULL database (no memory).
const smew_error_info *smew_database_error(const smew_database *database);
// "BINDER" for SMEW_ERROR_BINDER; "UNKNOWN" for a number that is no code.
const char *smew_error_code_name(smew_error_code code);

// ---------------------------------------------------------------------------------------------------------------------
// Databases and sessions
// ---------------------------------------------------------------------------------------------------------------------

// For Smew's own tests: makes rare paths common. All zero: off. Results must not change.
typedef struct smew_hostile {
  uint32_t slice_chunks; // a slice ends after that many chunks
  uint32_t pool_pages;   // the buffer pool holds no more than that many pages
  uint32_t vector_form;  // 1: columns and values within expressions travel as constants where equal, 2: as dictionaries
  bool late_answers;     // requests to the host are answered late and out of order
  uint64_t fail_allocation; // the allocation with that number, and all after it, fail
} smew_hostile;

// Zero it, then set what you need: zero is the default of each field.
typedef struct smew_config {
  uint64_t memory_limit_bytes; // 0: none but the system's (natively 80 % of the machine's memory)
  uint64_t
      checkpoint_bytes; // size of the write-ahead log that starts a checkpoint at the next commit; 0: 16 MiB; UINT64_MAX: only by hand
  bool read_only;             // the file must exist and is not changed; several processes may read it
  bool must_exist;            // SMEW_ERROR_NOT_FOUND instead of a new, empty database
  const char *time_zone;      // "Europe/Berlin"; NULL: UTC
  const char *temporary_path; // directory for spilled data; NULL: beside the database file
  const void *host;           // reserved, NULL: the platform's own files, clock and randomness
  smew_hostile hostile;
} smew_config;

// Opens or creates a database. `path` NULL, "" or ":memory:" is a database in memory. `config` may be NULL. Blocks until
// the file is open and recovered. On SMEW_ERROR `*database` is a handle that serves smew_database_error and must be
// closed; on SMEW_NO_MEMORY it is NULL.
smew_status smew_open(const char *path, const smew_config *config, smew_database **database);
// The same without blocking: smew_open_start gives the handle, then smew_open_step is called until it says SMEW_OK. SMEW_YIELD:
// call again; SMEW_WAITING: the host has not answered yet; smew_wait, or whatever else wakes the caller, then call again;
// SMEW_ERROR: as for smew_open.
smew_status smew_open_start(const char *path, const smew_config *config, smew_database **database);
smew_status smew_open_step(smew_database *database);
// What opening found that somebody should know, although the database is open: a write-ahead log that was damaged before acknowledged commits,
// how many of them were recovered, and where it is kept. Of an attached database likewise. "": nothing. Valid until the next statement.
const char *smew_database_note(const smew_database *database);
// Ends all statements and sessions (open transactions are rolled back), checkpoints when the database was changed, closes the
// files. The handle is gone whatever it returns. NULL is fine.
smew_status smew_close(smew_database *database);
// The same without blocking: called until it says SMEW_OK or SMEW_ERROR; smew_database_error says why. Nothing but smew_close
// (which frees the handle and then does not block) may follow.
smew_status smew_close_step(smew_database *database);
// Writes all committed changes from the write-ahead log into the database file. Blocks. Commits by SQL `CHECKPOINT` likewise.
smew_status smew_checkpoint(smew_database *database);

// A new session. It ends with the database at the latest.
smew_status smew_connect(smew_database *database, smew_session **session);
// Finalizes the session's statements and rolls an open transaction back. NULL is fine.
void smew_disconnect(smew_session *session);
smew_database *smew_session_database(smew_session *session);
// A transaction was begun and has neither been committed nor rolled back.
bool smew_in_transaction(const smew_session *session);

// Asks the running statement of a session to end with SMEW_ERROR_INTERRUPTED at its next opportunity (within a slice). Sets a flag only:
// may be called from a signal handler and from another thread. Without a running statement it does nothing.
void smew_interrupt(smew_session *session);
// Sleeps until the host has answered a request of any statement of this database or the time is over; microseconds, negative: no limit.
// True: something was answered. For callers that have nothing else to do after SMEW_WAITING.
bool smew_wait(smew_database *database, int64_t timeout_micros);
// Bytes that the database holds now and the most it held; either pointer may be NULL.
void smew_memory(const smew_database *database, uint64_t *used_bytes, uint64_t *peak_bytes);
// For Smew's own tests: of the allocations from now on the one with that number, and all after it, fail; 0: none does. Returns how many were asked for since
// the last call, or since the database was opened.
uint64_t smew_fail_allocation(smew_database *database, uint64_t number);
// "0.1.0"
const char *smew_version(void);

// ---------------------------------------------------------------------------------------------------------------------
// Statements
// ---------------------------------------------------------------------------------------------------------------------

// What a statement is known to answer; known after smew_prepare.
typedef enum smew_kind {
  SMEW_KIND_QUERY,   // rows: SELECT, VALUES, FROM, DESCRIBE, SHOW, … RETURNING, CALL
  SMEW_KIND_EXPLAIN, // rows that are a plan, to be printed as they are (columns explain_key, explain_value)
  SMEW_KIND_CHANGES, // INSERT, UPDATE, DELETE, COPY, CREATE TABLE AS: one row `Count`; see smew_changes
  SMEW_KIND_NOTHING, // CREATE, DROP, SET, BEGIN, COMMIT …: no columns
} smew_kind;

// Prepares the first statement of `sql` (`length` bytes or SMEW_ALL). `*tail`, when not NULL, is set to the rest of the script behind its
// semicolon; `*statement` is NULL when there is none but white space and comments. The text is copied. Names are bound when the statement first
// runs or is asked for its columns, for that may have to look at files; smew_prepare itself never waits.
// On SMEW_ERROR `*statement` is NULL and `*tail` is behind the bad statement where its end can be found, else the end of the text.
smew_status smew_prepare(smew_session *session, const char *sql, size_t length, smew_statement **statement,
                         const char **tail);
// Ends a statement at any point. What an unfinished one changed is rolled back. NULL is fine.
void smew_finalize(smew_statement *statement);
// Back to before the first step; parameters stay bound.
smew_status smew_reset(smew_statement *statement);
smew_kind smew_statement_kind(const smew_statement *statement);
// Known after smew_prepare: the statement only reads, so that it may run beside other readers of its session. True for queries and EXPLAIN of
// them; false when it is not known before binding (EXECUTE, CALL).
bool smew_read_only(const smew_statement *statement);
smew_session *smew_statement_session(smew_statement *statement);
smew_text smew_statement_sql(const smew_statement *statement); // as long as the statement

// Binds names and types without running: SMEW_OK: columns are known; SMEW_YIELD, SMEW_WAITING: call again as for smew_step; SMEW_ERROR. Not needed
// before smew_step. Columns are known after SMEW_OK here or after any smew_step but SMEW_YIELD, SMEW_WAITING and SMEW_ERROR.
smew_status smew_describe(smew_statement *statement);
smew_status smew_step(smew_statement *statement);
// Steps and waits until SMEW_CHUNK, SMEW_DONE or SMEW_ERROR.
smew_status smew_step_blocking(smew_statement *statement);
// 0..1, negative: not known.
double smew_progress(const smew_statement *statement);
// What the last smew_step of the statement worked at when it ended: an operator of its plan ("HASH_JOIN", as EXPLAIN names them) or "PLAN",
// "COMMIT", "CHECKPOINT"; "" before the first. Never NULL, static. When a step took too long, this is what was at work.
const char *smew_activity(const smew_statement *statement);
// Rows inserted, updated, deleted or copied by a statement that is SMEW_DONE; 0 otherwise.
uint64_t smew_changes(const smew_statement *statement);

// Parameters: `?` and `$1` have numbers, `$name` the next free number and a name. Known after smew_prepare.
uint32_t smew_parameter_count(const smew_statement *statement);
// "name" of `$name`, "1" of `?` and `$1`; NULL: no such parameter. As long as the statement.
const char *smew_parameter_name(const smew_statement *statement, uint32_t index);
// The number of a name (without `$`; ASCII case does not matter); 0: none.
uint32_t smew_parameter_index(const smew_statement *statement, const char *name);

// Values for parameters; bytes are copied. A statement that has been stepped must be reset before. SMEW_MISUSE: no such index. A parameter
// that was never bound is an Invalid Input Error at the first step.
smew_status smew_bind_null(smew_statement *statement, uint32_t index);
smew_status smew_bind_boolean(smew_statement *statement, uint32_t index, bool value);
smew_status smew_bind_int32(smew_statement *statement, uint32_t index, int32_t value);   // INTEGER
smew_status smew_bind_int64(smew_statement *statement, uint32_t index, int64_t value);   // BIGINT
smew_status smew_bind_uint64(smew_statement *statement, uint32_t index, uint64_t value); // UBIGINT
smew_status smew_bind_hugeint(smew_statement *statement, uint32_t index, int64_t high, uint64_t low);
smew_status smew_bind_double(smew_statement *statement, uint32_t index, double value);
// high and low of the value times 10^scale.
smew_status smew_bind_decimal(smew_statement *statement, uint32_t index, uint8_t width, uint8_t scale, int64_t high,
                              uint64_t low);
smew_status smew_bind_text(smew_statement *statement, uint32_t index, const char *text, size_t length); // must be UTF-8
smew_status smew_bind_blob(smew_statement *statement, uint32_t index, const void *bytes, size_t length);
smew_status smew_bind_date(smew_statement *statement, uint32_t index, int32_t days);           // since 1970-01-01
smew_status smew_bind_time(smew_statement *statement, uint32_t index, int64_t micros);         // since midnight
smew_status smew_bind_timestamp(smew_statement *statement, uint32_t index, int64_t micros);    // since 1970-01-01
smew_status smew_bind_timestamp_tz(smew_statement *statement, uint32_t index, int64_t micros); // since 1970-01-01 UTC
smew_status smew_bind_interval(smew_statement *statement, uint32_t index, int32_t months, int32_t days, int64_t micros);
// Any other built-in type, nested ones too: its SQL name and the value's text form, cast as SQL would: ("INTEGER[]", "[1, 2, 3]").
smew_status smew_bind_cast(smew_statement *statement, uint32_t index, const char *type_name, const char *text,
                           size_t length);
smew_status smew_clear_bindings(smew_statement *statement); // all unbound again

// ---------------------------------------------------------------------------------------------------------------------
// Columns and types
// ---------------------------------------------------------------------------------------------------------------------

// The numbers are stable and part of the file format.
typedef enum smew_type_id {
  SMEW_TYPE_INVALID = 0,
  SMEW_TYPE_NULL = 1,
  SMEW_TYPE_BOOLEAN = 10,   // in memory: uint8_t 0, 1
  SMEW_TYPE_TINYINT = 11,   // int8_t
  SMEW_TYPE_SMALLINT = 12,  // int16_t
  SMEW_TYPE_INTEGER = 13,   // int32_t
  SMEW_TYPE_BIGINT = 14,    // int64_t
  SMEW_TYPE_HUGEINT = 15,   // smew_hugeint
  SMEW_TYPE_UTINYINT = 16,  // uint8_t
  SMEW_TYPE_USMALLINT = 17, // uint16_t
  SMEW_TYPE_UINTEGER = 18,  // uint32_t
  SMEW_TYPE_UBIGINT = 19,   // uint64_t
  SMEW_TYPE_UHUGEINT = 20,  // smew_hugeint, unsigned
  SMEW_TYPE_FLOAT = 21,     // float
  SMEW_TYPE_DOUBLE = 22,    // double
  SMEW_TYPE_DECIMAL = 23,   // value times 10^scale: width <= 4 int16_t, <= 9 int32_t, <= 18 int64_t, else smew_hugeint
  SMEW_TYPE_VARCHAR = 24,   // smew_string
  SMEW_TYPE_BLOB = 25,      // smew_string
  SMEW_TYPE_BIT = 26,       // smew_string
  SMEW_TYPE_DATE = 27,      // int32_t days since 1970-01-01
  SMEW_TYPE_TIME = 28,      // int64_t microseconds since midnight
  SMEW_TYPE_TIME_NS = 29,   // int64_t nanoseconds since midnight
  SMEW_TYPE_TIME_TZ = 30,   // uint64_t: microseconds << 24 | offset, as DuckDB
  SMEW_TYPE_TIMESTAMP_S = 31,  // int64_t seconds since 1970-01-01
  SMEW_TYPE_TIMESTAMP_MS = 32, // int64_t milliseconds
  SMEW_TYPE_TIMESTAMP = 33,    // int64_t microseconds
  SMEW_TYPE_TIMESTAMP_NS = 34, // int64_t nanoseconds
  SMEW_TYPE_TIMESTAMP_TZ = 35, // int64_t microseconds since 1970-01-01 UTC
  SMEW_TYPE_INTERVAL = 36,     // smew_interval
  SMEW_TYPE_UUID = 37,         // smew_hugeint
  SMEW_TYPE_ENUM = 38,         // index: uint8_t up to 255 values, uint16_t up to 65,535, else uint32_t
  SMEW_TYPE_BIGNUM = 39,       // smew_string
  SMEW_TYPE_LIST = 50,         // smew_list_entry; child 0: elements
  SMEW_TYPE_ARRAY = 51,        // child 0: array_size elements a row
  SMEW_TYPE_STRUCT = 52,       // a child for each field
  SMEW_TYPE_MAP = 53,          // smew_list_entry; child 0: STRUCT(key, value)
  SMEW_TYPE_UNION = 54,        // child 0: the tag (uint8_t), then a child for each member
} smew_type_id;

typedef struct smew_hugeint {
  uint64_t low;
  int64_t high;
} smew_hugeint;

typedef struct smew_interval {
  int32_t months;
  int32_t days;
  int64_t micros;
} smew_interval;

typedef struct smew_list_entry {
  uint32_t offset; // into the child vector
  uint32_t length;
} smew_list_entry;

// 16 bytes: up to 12 bytes of text lie inline, longer text behind a pointer.
typedef union smew_string {
  struct {
    uint32_t length;
    char prefix[4];
    const char *pointer;
#if UINTPTR_MAX == UINT32_MAX
    uint32_t padding;
#endif
  } far;
  struct {
    uint32_t length;
    char bytes[12];
  } near;
} smew_string;

// The bytes of a string; they live in *string itself when short.
static inline const char *smew_string_data(const smew_string *string) {
  return string->near.length <= 12 ? string->near.bytes : string->far.pointer;
}

// Columns of the result; 0 before they are known and for SMEW_KIND_NOTHING. Names and types live as long as the statement is not reset.
uint32_t smew_column_count(const smew_statement *statement);
const char *smew_column_name(const smew_statement *statement, uint32_t column); // NULL: no such column
const smew_type *smew_column_type(const smew_statement *statement, uint32_t column);

smew_type_id smew_type_kind(const smew_type *type);
const char *smew_type_text(const smew_type *type);      // "DECIMAL(18,3)", "STRUCT(a INTEGER, b VARCHAR[])"
uint8_t smew_type_decimal_width(const smew_type *type); // digits; 0 for other types
uint8_t smew_type_decimal_scale(const smew_type *type);
uint32_t smew_type_array_size(const smew_type *type); // ARRAY: elements a row
// LIST, ARRAY: 1; MAP: 2 (key, value); STRUCT: fields; UNION: members; ENUM: values, which have names but no types; else 0.
uint32_t smew_type_child_count(const smew_type *type);
const smew_type *smew_type_child(const smew_type *type, uint32_t index);
const char *smew_type_child_name(const smew_type *type, uint32_t index); // field, member or ENUM value; NULL: none

// ---------------------------------------------------------------------------------------------------------------------
// Chunks: rows of a result. Valid until the next smew_step, smew_reset or smew_finalize of the statement.
// ---------------------------------------------------------------------------------------------------------------------

// The chunk of the last step that returned SMEW_CHUNK; NULL when there is none. Never empty.
const smew_chunk *smew_statement_chunk(const smew_statement *statement);
uint32_t smew_chunk_row_count(const smew_chunk *chunk);
uint32_t smew_chunk_column_count(const smew_chunk *chunk);

// Row by row. Column and row must be within the chunk (an assertion in debug builds). NULL and types that do not convert give 0, 0.0, false, "".
bool smew_is_null(const smew_chunk *chunk, uint32_t column, uint32_t row);
bool smew_get_boolean(const smew_chunk *chunk, uint32_t column, uint32_t row);
int64_t smew_get_int64(const smew_chunk *chunk, uint32_t column,
                       uint32_t row); // integers, DATE, TIME, TIMESTAMP: as they lie; cut to 64 bits
uint64_t smew_get_uint64(const smew_chunk *chunk, uint32_t column, uint32_t row);
double smew_get_double(const smew_chunk *chunk, uint32_t column, uint32_t row); // all numbers; DECIMAL with its scale
smew_hugeint smew_get_hugeint(const smew_chunk *chunk, uint32_t column,
                              uint32_t row); // integers; DECIMAL without its scale; UUID
smew_interval smew_get_interval(const smew_chunk *chunk, uint32_t column, uint32_t row);
// VARCHAR, BLOB, BIT: the bytes themselves, as long as the chunk; no NUL follows.
smew_text smew_get_bytes(const smew_chunk *chunk, uint32_t column, uint32_t row);
// Any type as CAST(… AS VARCHAR) prints it; NULL is "NULL". As long as the chunk. SMEW_ERROR: no memory.
smew_status smew_value_text(const smew_chunk *chunk, uint32_t column, uint32_t row, smew_text *text);

// Column by column, without a call for each value. Vectors are flat: value i at data[i], in the memory form that smew_type_id tells.
const smew_vector *smew_chunk_vector(const smew_chunk *chunk, uint32_t column);
const smew_type *smew_vector_type(const smew_vector *vector);
uint32_t smew_vector_row_count(const smew_vector *vector);
const void *smew_vector_data(const smew_vector *vector); // NULL for STRUCT and ARRAY
// Bit i of word i / 64 is set where row i is not NULL; NULL: no row is.
const uint64_t *smew_vector_validity(const smew_vector *vector);
const smew_vector *smew_vector_child(const smew_vector *vector, uint32_t index);

// ---------------------------------------------------------------------------------------------------------------------
// Arrow: the result as an Arrow IPC stream, gathered in a buffer of the statement
//
//   smew_describe … or the first smew_step        until the columns are known
//   smew_arrow_schema                             once
//   for each SMEW_CHUNK of smew_step:
//     smew_arrow_chunk                            its rows join the batch that is being gathered
//     smew_arrow_pending > what one likes:
//       smew_arrow_batch                          the batch becomes a message
//     smew_arrow_bytes, smew_arrow_clear          take what is there
//   smew_arrow_end
//   smew_arrow_bytes, smew_arrow_clear
//
// How types travel: booleans, integers to 64 bits, FLOAT, DOUBLE, DECIMAL, DATE, TIME, TIMESTAMPs, VARCHAR, BLOB and nested types as Arrow's
// own (UNION: sparse; TIMESTAMP WITH TIME ZONE: UTC); HUGEINT and UHUGEINT as Decimal128(38, 0), and a value that does not fit is an error;
// INTERVAL as MonthDayNano; ENUM, UUID, BIT, BIGNUM and TIME WITH TIME ZONE as text. The metadata `smew.type` of each field is the SQL type.
// SMEW_MISUSE: columns are not known, or there is no schema before. SMEW_ERROR: smew_error says why; the statement can go on.
// ---------------------------------------------------------------------------------------------------------------------

smew_status smew_arrow_schema(smew_statement *statement);
smew_status smew_arrow_chunk(smew_statement *statement);      // may make messages of what was gathered before
uint64_t smew_arrow_pending(const smew_statement *statement); // bytes gathered and not yet a message
smew_status smew_arrow_batch(smew_statement *statement);      // nothing when no row was gathered
smew_status smew_arrow_end(smew_statement *statement);        // smew_arrow_batch, and the end of the stream
// All messages since the last smew_arrow_clear, aligned to 16 bytes; valid until the next smew_arrow_… call, smew_reset or smew_finalize.
smew_text smew_arrow_bytes(const smew_statement *statement);
void smew_arrow_clear(smew_statement *statement); // keeps the memory

// ---------------------------------------------------------------------------------------------------------------------
// All at once
// ---------------------------------------------------------------------------------------------------------------------

// Called for each chunk and, with chunk NULL, once when a statement is done. False: stop there with SMEW_ERROR_INTERRUPTED.
typedef bool (*smew_receiver)(void *context, smew_statement *statement, const smew_chunk *chunk);
// Runs every statement of a script and waits where it must. Stops at the first error. `receive` may be NULL.
smew_status smew_run(smew_session *session, const char *sql, size_t length, smew_receiver receive, void *context);

#ifdef __cplusplus
}
#endif

#endif
