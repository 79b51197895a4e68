// SPDX-License-Identifier: MIT
//
// store.h: the database file, versions, transactions, tables. The one header of store/.
//
//   Store         one open database: a file with its two WAL files, or ":memory:" (the same code without files)
//   Transaction   a pinned version and the private changes on top of it; read-only ones are plain pins
//   objects       (id, kind, bytes): catalog entries; store/ does not know what they mean
//   tables        columns by stable ids, rows by stable 64-bit row ids, unique keys; scan, fetch, append, delete, update
//   pool          the only way to read the database file, and the owner of large transient memory
//
// Order of calls
//   store_open_begin, store_open_step until done; store_close_begin, store_close_step until done; store_free.
//   transaction_begin; reads and writes; transaction_commit_begin, transaction_commit_step until done (or
//   transaction_rollback); transaction_free. store_checkpoint_begin/_step between slices of other work.
//
// Step functions do a bounded amount of work (a few milliseconds) and answer STORE_DONE, STORE_MORE (call again) or
// STORE_WAIT (a request to the host is under way: host_poll first). They never block.
//
// Versions. A transaction sees the newest version at its begin and its own changes. Nothing published is ever modified: a
// scan keeps seeing what there was when it was opened, whatever the same or other transactions do meanwhile.
// Conflicts are noticed at once: updating a row that another transaction has updated since this one began, or is updating, and deleting one
// that is deleted, fail with ERROR_CONFLICT ("Conflict on update!", "Conflict on tuple deletion!"). After any failed write the
// transaction can only be rolled back; the caller sees to that.
//
// Row ids are stable and never reused. Rows that a transaction appended have provisional ids from ROW_ID_LOCAL on until it commits;
// they are valid in that transaction only.
//
// Everything of one database runs on one thread. A Store must outlive its transactions and scans.
#ifndef SMEW_STORE_H
#define SMEW_STORE_H

#include "base/base.h"
#include "io/io.h"
#include "vector/vector.h"

typedef struct Store Store;
typedef struct Transaction Transaction;
typedef struct TableScan TableScan;
typedef struct BufferPool BufferPool;

#define STORE_FORMAT_VERSION 1
#define ROW_GROUP_ROWS 122880
#define ROW_ID_LOCAL (INT64_C(1) << 62)

typedef enum StoreStep { STORE_DONE, STORE_MORE, STORE_WAIT } StoreStep;

// ---------------------------------------------------------------------------------------------------------------------
// Opening and closing
// ---------------------------------------------------------------------------------------------------------------------

// What makes commits durable, rule by rule. The crash test leaves out one at a time and must then fail; nobody else may.
typedef enum StoreSafeguard {
  SAFEGUARD_LOG_START_FLUSH = 1 << 0,      // a WAL's header is flushed before anything names it
  SAFEGUARD_COMMIT_FLUSH = 1 << 1,         // a record is flushed before its commit is acknowledged
  SAFEGUARD_ADOPT_FLUSH = 1 << 2,          // adopted pages are flushed before the record that adopts them is written
  SAFEGUARD_CHECKPOINT_FLUSH = 1 << 3,     // a checkpoint's pages are flushed before the header that refers to them
  SAFEGUARD_HEADER_FLUSH = 1 << 4,         // a header is flushed before the WAL that it makes needless is emptied
  SAFEGUARD_RECORD_CHECKSUM = 1 << 5,      // of WAL records, tested
  SAFEGUARD_LOG_HEADER_CHECKSUM = 1 << 6,  // of a WAL's header, tested
  SAFEGUARD_HEADER_CHECKSUM = 1 << 7,      // of the database file's headers, tested
  SAFEGUARD_PIECE_CHECKSUM = 1 << 8,       // of what lies in pages, tested
  SAFEGUARD_KEEP_DURABLE_PAGES = 1 << 9,   // pages of the durable version are free only after the next header's flush
  SAFEGUARD_KEEP_ADOPTED_PAGES = 1 << 10,  // adopted pages are free only when the WAL that adopts them is emptied
  SAFEGUARD_CLAIM_ADOPTED_PAGES = 1 << 11, // recovery takes adopted pages before anything is allocated
  SAFEGUARD_SETTLE = 1 << 12,              // before its first write an opening makes durable what it has relied on
} StoreSafeguard;

typedef struct StoreOptions {
  Str path;                  // empty or ":memory:": in memory
  bool read_only;            // the file must exist; nothing is written, not even recovery's result
  bool must_exist;           // a missing file is ERROR_NOT_FOUND, not a new database
  Memory *memory;            // accounts everything; must outlive the store. Its `reclaim` hook is set by the store
  Host *host;                // borrowed; may be NULL for :memory:
  uint64_t pool_bytes;       // soft limit of cached pages; 0: a quarter of the memory limit, or 256 MB without one
  uint64_t checkpoint_bytes; // WAL bytes after which store_checkpoint_due; 0: 16 MB
  uint32_t bulk_rows;        // a transaction that appends so many to a table writes pages, not WAL; 0: 16,384
  uint32_t piece_bytes;      // of a large commit's WAL record, built and written at once; at least 1,024; 0: 1 MB
  uint32_t left_out;         // StoreSafeguard bits, for the crash test
} StoreOptions;

// The path is copied. On failure nothing is left. *out is valid at once, but only for the calls of this paragraph until
// store_open_step has answered STORE_DONE. A failed step leaves a store that can only be freed.
// Errors: LOCKED, NOT_FOUND, VERSION (a newer format), CORRUPT, IO "… is not a Smew database", QUOTA, NO_MEMORY.
Status store_open_begin(const StoreOptions *options, Store **out, Error *error) MUST_USE;
Status store_open_step(Store *store, StoreStep *step, Error *error) MUST_USE;
// Checkpoints when there is something to (unless read-only), removes the WAL files, closes the files. No transaction may be open.
// A failure loses nothing: the WAL stays and the next opening replays it.
Status store_close_begin(Store *store, Error *error) MUST_USE;
Status store_close_step(Store *store, StoreStep *step, Error *error) MUST_USE;
// Frees everything, without checkpoint when store_close_step has not finished. NULL is fine.
void store_free(Store *store);

typedef struct StoreStatistics {
  uint64_t file_bytes;    // database file; 0 in memory
  uint64_t wal_bytes;     // both WAL files
  uint64_t used_bytes;    // pages in use × 4,096; in memory: bytes of pieces
  uint64_t free_bytes;    // free pages within the file
  uint64_t cached_bytes;  // buffer pool
  uint64_t commit_number; // of the newest version
  uint64_t header_number; // of the header that counts
  uint64_t commits_since_checkpoint;
  uint64_t read_bytes;    // from the database file since opening
  uint64_t written_bytes; // to the database file since opening
  uint64_t wal_written_bytes;
  uint64_t recovered_commits; // replayed when it was opened
} StoreStatistics;
void store_statistics(const Store *store, StoreStatistics *statistics);
bool store_is_read_only(const Store *store);
bool store_in_memory(const Store *store);
Str store_path(const Store *store);
BufferPool *store_pool(Store *store);
Memory *store_memory(Store *store);
// What recovery has to tell (a damaged WAL kept aside …); empty: nothing.
Str store_recovery_note(const Store *store);

// ---------------------------------------------------------------------------------------------------------------------
// Checkpoint
// ---------------------------------------------------------------------------------------------------------------------

bool store_checkpoint_due(const Store *store); // the WAL has grown over checkpoint_bytes and none is running
void store_set_checkpoint_bytes(Store *store, uint64_t bytes);
bool store_checkpoint_running(const Store *store);
// Starts one; OK and nothing to do when nothing was committed since the last. In memory: nothing to do.
Status store_checkpoint_begin(Store *store, Error *error) MUST_USE;
// Commits may happen between steps. A failed checkpoint loses nothing; it may be begun again.
Status store_checkpoint_step(Store *store, StoreStep *step, Error *error) MUST_USE;

// ---------------------------------------------------------------------------------------------------------------------
// Transactions
// ---------------------------------------------------------------------------------------------------------------------

// Who made a commit, written with it; zero when nobody. Label and SQL may be empty; both are cut at 4 KiB.
typedef struct CommitOrigin {
  uint8_t session[16];
  uint64_t request;
  uint32_t statement;
  uint64_t rows_changed;
  Str label;
  Str sql;
} CommitOrigin;

// Pins the newest version. Cheap. `read_only`: writes fail with ERROR_READ_ONLY ("Cannot execute … in read-only mode!" is the
// caller's to say better).
Status transaction_begin(Store *store, bool read_only, Transaction **out, Error *error) MUST_USE;
// A read-only transaction on the version that `base` pins (without the changes of `base`).
Status transaction_begin_at(const Transaction *base, Transaction **out, Error *error) MUST_USE;
bool transaction_is_read_only(const Transaction *transaction);
bool transaction_has_changes(const Transaction *transaction);
uint64_t transaction_version(const Transaction *transaction); // commit number of the pinned version
// Changes when this transaction sees another set of objects than before (its own changes included).
uint64_t transaction_catalog_stamp(const Transaction *transaction);
Store *transaction_store(const Transaction *transaction);

// Makes the changes durable and visible. Errors:
//   ERROR_CONFLICT    another commit got in between (tables altered, keys); nothing was applied
//   ERROR_CONSTRAINT  a duplicate key against rows that others committed meanwhile; transaction_duplicate tells which
//   ERROR_QUOTA, ERROR_IO before the record was written: nothing was applied. When a header could not be written, or part of the
//     record not flushed, the database is read-only from then on (store_is_read_only)
//   ERROR_IO "… outcome unknown": the flush failed; the database is read-only until it is opened again
// After OK with STORE_DONE or after an error the transaction can only be freed (rollback is implied).
Status transaction_commit_begin(Transaction *transaction, const CommitOrigin *origin, Error *error) MUST_USE;
Status transaction_commit_step(Transaction *transaction, StoreStep *step, Error *error) MUST_USE;
// The commit number given; 0 when there was nothing to commit.
uint64_t transaction_commit_number(const Transaction *transaction);
void transaction_rollback(Transaction *transaction); // forgets the changes; the pin stays until freed
void transaction_free(Transaction *transaction);     // rolls back what was not committed; NULL is fine

// ---------------------------------------------------------------------------------------------------------------------
// Objects: what the catalog keeps
// ---------------------------------------------------------------------------------------------------------------------

typedef struct StoreObject {
  uint64_t id;
  uint32_t kind;
  const uint8_t *bytes; // as long as the transaction lives and the object is not put again or removed by it
  uint32_t length;
} StoreObject;

// A new id, never given again by this database (ids of objects and of tables come from the same counter, from 1).
Status object_new_id(Transaction *transaction, uint64_t *id, Error *error) MUST_USE;
Status object_put(Transaction *transaction, uint64_t id, uint32_t kind, const void *bytes, size_t length,
                  Error *error) MUST_USE; // new or changed
Status object_remove(Transaction *transaction, uint64_t id, Error *error) MUST_USE;
bool object_get(const Transaction *transaction, uint64_t id, StoreObject *out);
// The object with the smallest id >= from; false: none. Iterate with from = out->id + 1.
bool object_next(const Transaction *transaction, uint64_t from, StoreObject *out);
// Takes the intent to create, change or drop the name `key` of kind `kind` until the transaction ends. *conflict true (and OK): another active
// transaction has it, or a commit since this one began took it; the caller composes
// `Catalog write-write conflict on create with "x"` (ERROR_CONFLICT).
Status object_lock(Transaction *transaction, uint32_t kind, Str key, bool *conflict, Error *error) MUST_USE;
// At its commit the transaction conflicts if one committed since it began has guarded the same key with `against` as its kind: what uses a
// thing and what removes it see each other. `complaint` is a format (static) for the key.
Status object_guard(Transaction *transaction, uint32_t kind, uint32_t against, Str key, const char *complaint,
                    Error *error) MUST_USE;

// Numbers outside of all versions (sequences): not undone by rollback, durable with the next commit that follows. 0 when never set.
Status counter_get(const Transaction *transaction, uint64_t id, int64_t *value, bool *found, Error *error) MUST_USE;
Status counter_set(Transaction *transaction, uint64_t id, int64_t value, Error *error) MUST_USE;
Status counter_remove(Transaction *transaction, uint64_t id, Error *error) MUST_USE;

// ---------------------------------------------------------------------------------------------------------------------
// Tables
// ---------------------------------------------------------------------------------------------------------------------

typedef struct TableColumn {
  uint32_t id; // stable within the table, never reused; chosen by the caller
  Type type;
} TableColumn;

// NULLs never collide. Numbers are the caller's, unique within the table.
typedef struct TableKey {
  uint32_t number;
  bool primary;
  const uint32_t *column_ids;
  uint32_t column_count;
} TableKey;

Status table_create(Transaction *transaction, const TableColumn *columns, uint32_t column_count, uint64_t *table,
                    Error *error) MUST_USE;
Status table_drop(Transaction *transaction, uint64_t table, Error *error) MUST_USE;
bool table_exists(const Transaction *transaction, uint64_t table);
// Every row there is gets `value` (may be NULL). Costs nothing per row.
Status table_add_column(Transaction *transaction, uint64_t table, const TableColumn *column, const Value *value,
                        Error *error) MUST_USE;
Status table_drop_column(Transaction *transaction, uint64_t table, uint32_t column_id, Error *error) MUST_USE;
// Checks the rows there are. ERROR_CONSTRAINT without a text when there are duplicates: transaction_duplicate tells.
Status table_add_key(Transaction *transaction, uint64_t table, const TableKey *key, Error *error) MUST_USE;
// The same check in bounded steps, until STORE_DONE, before table_add_key, which then has nothing left to look at. The key's number does not matter.
Status table_prepare_key(Transaction *transaction, uint64_t table, const TableKey *key, StoreStep *step,
                         Error *error) MUST_USE;
Status table_drop_key(Transaction *transaction, uint64_t table, uint32_t number, Error *error) MUST_USE;
// From here on the table is altered, though its columns and keys stay: what others write to it meanwhile conflicts with this transaction.
Status table_guard(Transaction *transaction, uint64_t table, Error *error) MUST_USE;
// Whether another active transaction has altered the table, or one that committed since this one began.
bool table_altered_elsewhere(const Transaction *transaction, uint64_t table);
// Columns in the order of creation; the array and its types live as long as the transaction, until it alters the table.
Status table_columns(const Transaction *transaction, uint64_t table, const TableColumn **columns,
                     uint32_t *column_count, Error *error) MUST_USE;

// What the optimizer wants to know. Bounds are outer bounds (deleted or updated values may lie at them).
typedef struct ColumnStatistics {
  bool has_bounds;       // min and max are known (no NULLs considered; text may be cut: see below)
  Value minimum;         // in `arena`; text: at most 16 bytes, a lower bound
  Value maximum;         // text: an upper bound; has_bounds is false when none that short is valid UTF-8
  uint64_t null_count;   // an upper bound
  double distinct_count; // an estimate; 0: unknown
} ColumnStatistics;
Status table_row_count(const Transaction *transaction, uint64_t table, uint64_t *row_count,
                       Error *error) MUST_USE; // exact
Status table_column_statistics(const Transaction *transaction, uint64_t table, uint32_t column_id, Arena *arena,
                               ColumnStatistics *statistics, Error *error) MUST_USE;
// Bytes that the table takes: compressed segments and what is in memory.
Status table_bytes(const Transaction *transaction, uint64_t table, uint64_t *bytes, Error *error) MUST_USE;
typedef struct TableStorage { // one row of pragma_storage_info
  uint32_t row_group;
  uint32_t column_id;
  int64_t first_row;
  uint64_t row_count;
  const char *codec;
  uint64_t bytes;
  uint64_t page; // 0: in memory
  bool has_updates;
} TableStorage;
// Segments of the table one after the other; *cursor starts at 0; *found false: no more.
Status table_storage_next(const Transaction *transaction, uint64_t table, uint64_t *cursor, TableStorage *out,
                          bool *found, Error *error) MUST_USE;

// ---------------------------------------------------------------------------------------------------------------------
// Reading
// ---------------------------------------------------------------------------------------------------------------------

#define COLUMN_ROW_ID UINT32_MAX // pseudo column: BIGINT row ids

// A condition that row groups and segments are tested against by their zone maps: what cannot hold is skipped. Rows that do not hold may
// come out all the same: the caller applies the condition.
typedef enum ZoneFilterKind { ZONE_COMPARE, ZONE_IS_NULL, ZONE_IS_NOT_NULL } ZoneFilterKind;
typedef struct ZoneFilter {
  uint32_t column_id;
  uint8_t kind;    // ZoneFilterKind
  uint8_t compare; // CompareOp, not the DISTINCT forms: column op value
  Value value;     // of the column's type, not NULL; borrowed until the scan is closed
} ZoneFilter;

// Opens a scan over what the transaction sees now. Rows come in row id order, the transaction's own last. Types are
// those of the table (BIGINT for COLUMN_ROW_ID). An empty column list counts rows.
Status scan_open(Transaction *transaction, uint64_t table, const uint32_t *column_ids, uint32_t column_count,
                 const ZoneFilter *filters, uint32_t filter_count, TableScan **out, Error *error) MUST_USE;
// Gets what the next chunk needs into memory: pins it. STORE_WAIT: the host is asked; call again later.
Status scan_need(TableScan *scan, StoreStep *step, Error *error) MUST_USE;
// The next chunk of at most VECTOR_CAPACITY rows (seldom none before the end); *done: there was none. `out` is borrowed from the scan
// (a Chunk made by chunk_init with the types of scan_types): valid until the next call; vector_share keeps.
Status scan_next(TableScan *scan, Chunk *out, bool *done, Error *error) MUST_USE;
// Further zone filters, from joins that learn their bounds late; apply to what comes from now on.
Status scan_add_filter(TableScan *scan, const ZoneFilter *filter, Error *error) MUST_USE;
void scan_types(const TableScan *scan, Type *types); // [column_count]
double scan_progress(const TableScan *scan);         // 0..1
void scan_rewind(TableScan *scan);                   // from the first row again, the same version
void scan_close(TableScan *scan);                    // NULL is fine

// Rows by id, in the given order, what the transaction sees now. `out` is a chunk made by chunk_init with the columns' types and room for
// `count` rows; values are copied. `found` (may be NULL: then a missing row is ERROR_INTERNAL) is set per row; missing rows give NULLs.
// Faster when ids are ascending.
Status table_fetch(Transaction *transaction, uint64_t table, const uint32_t *column_ids, uint32_t column_count,
                   const int64_t *row_ids, uint32_t count, Chunk *out, bool *found, Error *error) MUST_USE;
// The row with a key, by the unique index (built on first need). `key`: values of the key's columns in row `row` of `columns`.
// *found false: none, or a NULL among the values.
Status table_find_key(Transaction *transaction, uint64_t table, uint32_t key_number, const Vector *columns,
                      uint32_t row, int64_t *row_id, bool *found, Error *error) MUST_USE;

// ---------------------------------------------------------------------------------------------------------------------
// Writing
// ---------------------------------------------------------------------------------------------------------------------

// Appends the rows of a chunk whose columns are all the table's columns in order. Any form of vector. `row_ids` (may be NULL): the
// provisional ids.
// ERROR_CONSTRAINT without a text: a duplicate key; see transaction_duplicate. Of the chunk nothing is appended then.
Status table_append(Transaction *transaction, uint64_t table, const Chunk *chunk, int64_t *row_ids,
                    Error *error) MUST_USE;
// Before an append, until STORE_DONE: compresses row groups that have become full, a bounded step at a time, in a file onto free pages.
// What is not done here the commit does.
Status table_pack_appends(Transaction *transaction, uint64_t table, StoreStep *step, Error *error) MUST_USE;
// As table_append, but rows with a key that is there are left out: keep[i] tells (INSERT OR IGNORE).
Status table_append_ignore(Transaction *transaction, uint64_t table, const Chunk *chunk, bool *kept, int64_t *row_ids,
                           Error *error) MUST_USE;
// Rows that are gone already (deleted by this very transaction) are passed over; *deleted counts the others.
Status table_delete(Transaction *transaction, uint64_t table, const int64_t *row_ids, uint32_t count, uint64_t *deleted,
                    Error *error) MUST_USE;
// A foreign key of a row that the transaction writes refers to this one: until it ends others cannot delete it or set columns of its keys. ERROR_CONFLICT:
// another transaction is doing so. *there false: one that committed since this one began has done so.
Status table_refer(Transaction *transaction, uint64_t table, int64_t row_id, bool *there, Error *error) MUST_USE;
// Sets columns of rows: values->columns[i] holds the new values of column_ids[i] for row_ids[0..count). Row ids must differ.
// Key columns are checked once the statement is over: call table_check_keys then.
Status table_update(Transaction *transaction, uint64_t table, const int64_t *row_ids, uint32_t count,
                    const uint32_t *column_ids, uint32_t column_count, const Chunk *values, Error *error) MUST_USE;
// After the last table_update of a statement, until STORE_DONE: duplicates among the changed rows give ERROR_CONSTRAINT without a text.
Status table_check_keys(Transaction *transaction, uint64_t table, StoreStep *step, Error *error) MUST_USE;
// Before the writes of a statement, until STORE_DONE: brings the unique indexes of the table up to date in bounded steps. What is not done here, the
// first write does at once. `column_ids` (NULL: all): those that are written.
Status table_prepare_keys(Transaction *transaction, uint64_t table, const uint32_t *column_ids, uint32_t column_count,
                          StoreStep *step, Error *error) MUST_USE;
// Deletes all rows without looking at them.
Status table_truncate(Transaction *transaction, uint64_t table, uint64_t *deleted, Error *error) MUST_USE;

// The key that a write failed on: which key of which table, and the row's values for the text
// `Duplicate key "i: 1" violates primary key constraint.`
typedef struct DuplicateKey {
  uint64_t table;
  uint32_t key_number;
  bool primary;
  bool at_commit;     // found by transaction_commit_step
  bool own;           // the other row is one that this transaction wrote
  uint32_t chunk_row; // row of the appended chunk; UINT32_MAX: not from a chunk
  uint32_t column_count;
  const uint32_t *column_ids;
  const Value *values; // [column_count], until the transaction is freed or fails again
} DuplicateKey;
bool transaction_duplicate(const Transaction *transaction, DuplicateKey *out);

// The table for which a commit failed with ERROR_CONFLICT.
typedef struct CommitConflict {
  uint64_t table;
  bool dropped;   // by the other transaction; else altered or changed
  bool only_adds; // this transaction only appended rows to it
} CommitConflict;
bool transaction_conflict(const Transaction *transaction, CommitConflict *out);

// ---------------------------------------------------------------------------------------------------------------------
// Pool: large transient memory of operators, in relocatable blocks
// ---------------------------------------------------------------------------------------------------------------------

#define POOL_BLOCK_BYTES (256 * 1024)
typedef uint32_t PoolBlock; // 0: none

// A pinned block; contents undefined.
Status pool_block_allocate(BufferPool *pool, PoolBlock *block, void **bytes, Error *error) MUST_USE;
// While pinned the address stands; afterwards the block may move. Pins are counted.
Status pool_block_pin(BufferPool *pool, PoolBlock block, void **bytes, Error *error) MUST_USE;
void pool_block_unpin(BufferPool *pool, PoolBlock block);
void pool_block_free(BufferPool *pool, PoolBlock block); // with whatever pins
uint64_t pool_cached_bytes(const BufferPool *pool);

#endif
