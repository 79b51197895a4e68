// SPDX-License-Identifier: MIT
//
// store.h: the database file, seen from above: objects and tables in versions, transactions, scans, checkpoints. The one header of store/.
//
//   Store         an open database: a file with its two write-ahead logs, or memory
//   Transaction   a pinned version and a private successor of it
//   TableScan…    reading rows of a table as a transaction sees it
//
// store/ keeps catalog objects as (id, kind, bytes) and does not know what they mean. Tables have column ids and types, no names.
//
// Order of calls: store_open_begin, store_open_step until done; transaction_begin, work, transaction_commit_begin and _step until done (or
// transaction_rollback); store_close. Not locked: one thread. Row ids are 64-bit, in the order of appending, never reused.
#ifndef SMEW_STORE_H
#define SMEW_STORE_H

#include "base/base.h"
#include "io/io.h"
#include "vector/vector.h"

#define ROW_GROUP_ROWS 122880u // 60 vectors

typedef struct Store Store;
typedef struct Transaction Transaction;

// ---------------------------------------------------------------------------------------------------------------------
// Opening and closing
// ---------------------------------------------------------------------------------------------------------------------

typedef struct StoreOptions {
  const char *path;          // NULL: in memory, nothing is written anywhere
  bool read_only;
  bool must_exist;
  uint64_t checkpoint_bytes; // write-ahead log that makes a checkpoint due; 0: 16 MiB
  uint32_t pool_pages;       // tests: the buffer pool holds no more pages than this; 0: what memory allows
  // Switches that the crash test must be able to fail under. All false: correct.
  bool test_no_wal_flush;
  bool test_no_file_flush;
  bool test_no_checksum;
  bool test_early_free;
} StoreOptions;

// Opening may wait (requests) and recovers in steps. `path` and options are copied.
Status store_open_begin(Store **out, Memory *memory, Host *host, const StoreOptions *options, Error *error) MUST_USE;
// *done: it is open. *waiting: a request is not answered yet. On an error store_close gives all back.
Status store_open_step(Store *store, bool *done, bool *waiting, Error *error) MUST_USE;
// All transactions must have ended. No checkpoint is made here.
void store_close(Store *store);

typedef struct StoreFacts {
  uint64_t file_bytes;
  uint64_t wal_bytes;
  uint64_t free_bytes;
  uint64_t commit_number;   // of the newest version
  uint64_t written_bytes;   // to all files since opening
  bool read_only;           // opened so, or after a failed flush
} StoreFacts;
StoreFacts store_facts(const Store *store);

// ---------------------------------------------------------------------------------------------------------------------
// Transactions: snapshot isolation; a row that another has changed since, or is changing, is a conflict at once.
// ---------------------------------------------------------------------------------------------------------------------

Status transaction_begin(Store *store, bool read_only, Transaction **out, Error *error) MUST_USE;
void transaction_rollback(Transaction *transaction); // ends it; NULL is fine

// What a commit says of itself; zero when there is no one to say it.
typedef struct CommitOrigin {
  uint8_t session[16];
  uint64_t request;
  uint32_t statement;
  uint64_t rows_changed;
} CommitOrigin;

// A commit in steps. After begin the transaction may only be stepped. It is visible to others, and durable, when `done`. An error before that means
// that nothing of it is there, but for a failed flush (ERROR_IO with "outcome unknown"): then the store is read-only until reopened.
// The transaction has ended in either case.
Status transaction_commit_begin(Transaction *transaction, const CommitOrigin *origin, Error *error) MUST_USE;
Status transaction_commit_step(Transaction *transaction, bool *done, Error *error) MUST_USE;

uint64_t transaction_number(const Transaction *transaction); // commit number of the version it sees
bool transaction_changed(const Transaction *transaction);    // it has something to commit
Store *transaction_store(const Transaction *transaction);

// ---------------------------------------------------------------------------------------------------------------------
// Objects
// ---------------------------------------------------------------------------------------------------------------------

typedef struct StoreObject {
  uint64_t id;
  uint32_t kind;
  Str bytes; // valid until the transaction ends or changes the object
} StoreObject;

uint64_t store_new_id(Transaction *transaction); // never given before, also not to a transaction that was rolled back since opening
Status object_put(Transaction *transaction, uint64_t id, uint32_t kind, Str bytes, Error *error) MUST_USE; // ERROR_CONFLICT: another wrote it
Status object_remove(Transaction *transaction, uint64_t id, Error *error) MUST_USE;
bool object_get(const Transaction *transaction, uint64_t id, StoreObject *out);
// The object with the lowest id above `after`; false: none.
bool object_next(const Transaction *transaction, uint64_t after, StoreObject *out);
// Changes whenever what objects the transaction sees changed: for caches.
uint64_t object_stamp(const Transaction *transaction);
// Claims a name until the transaction ends. ERROR_CONFLICT (no text set by callers' wish: composed by them) when another active transaction holds it, or one that
// committed after this began did.
Status name_claim(Transaction *transaction, Str name, Error *error) MUST_USE;

// ---------------------------------------------------------------------------------------------------------------------
// Tables
// ---------------------------------------------------------------------------------------------------------------------

typedef struct StoreColumn {
  uint32_t id; // stable within the table, never reused
  Type type;   // copied
} StoreColumn;

typedef struct StoreKey { // PRIMARY KEY, UNIQUE, unique index
  uint32_t number;        // within the table, chosen by the caller
  const uint32_t *columns; // column ids
  uint32_t column_count;
} StoreKey;

Status table_create(Transaction *transaction, uint64_t table, const StoreColumn *columns, uint32_t column_count,
                    Error *error) MUST_USE;
Status table_drop(Transaction *transaction, uint64_t table, Error *error) MUST_USE;
// Existing rows have the value (NULL value: NULL) there.
Status table_add_column(Transaction *transaction, uint64_t table, StoreColumn column, const Value *value, Error *error) MUST_USE;
Status table_drop_column(Transaction *transaction, uint64_t table, uint32_t column_id, Error *error) MUST_USE;
// Checks the rows that are there. ERROR_CONSTRAINT when they are not unique.
Status table_add_key(Transaction *transaction, uint64_t table, const StoreKey *key, Error *error) MUST_USE;
Status table_drop_key(Transaction *transaction, uint64_t table, uint32_t number, Error *error) MUST_USE;

uint64_t table_row_count(const Transaction *transaction, uint64_t table); // rows that the transaction sees
typedef struct ColumnFacts {
  bool known;
  bool has_nulls;
  double distinct; // estimate; 0: not known
  Value minimum;   // NULL value: not known; texts live until the transaction ends
  Value maximum;
} ColumnFacts;
ColumnFacts table_column_facts(const Transaction *transaction, uint64_t table, uint32_t column_id);

// ---------------------------------------------------------------------------------------------------------------------
// Reading
// ---------------------------------------------------------------------------------------------------------------------

#define STORE_ROW_ID UINT32_MAX // as a column id: the BIGINT row id

// Row groups that cannot hold such a row are skipped. Rows that do not match may still be handed out.
typedef struct ZoneFilter {
  uint32_t column; // index into the scan's columns
  uint8_t compare; // CompareOp, no DISTINCT forms
  Value value;     // not NULL
} ZoneFilter;

typedef struct StoreScan StoreScan;
// Sees the table as it is now for the transaction; later changes by the same transaction do not show.
Status scan_open(Transaction *transaction, uint64_t table, const uint32_t *columns, uint32_t column_count,
                 const ZoneFilter *filters, uint32_t filter_count, StoreScan **out, Error *error) MUST_USE;
// At most VECTOR_CAPACITY rows in any form of vectors, valid until the next call; bounded work. `out` has the scan's columns. done: no more rows will come. A
// chunk may be empty before that.
Status scan_next(StoreScan *scan, Chunk *out, bool *done, Error *error) MUST_USE;
double scan_progress(const StoreScan *scan);
Status scan_restart(StoreScan *scan, Error *error) MUST_USE;
void scan_close(StoreScan *scan);
// Rows by row id, in the order given; those that are not visible give no row. found[] (may be NULL) lists which of the ids are there.
Status table_fetch(Transaction *transaction, uint64_t table, const uint32_t *columns, uint32_t column_count,
                   const int64_t *row_ids, uint32_t count, Chunk *out, uint32_t *found, Error *error) MUST_USE;

// ---------------------------------------------------------------------------------------------------------------------
// Writing
// ---------------------------------------------------------------------------------------------------------------------

// A duplicate: which key, and where the row is that stands in the way.
typedef struct KeyConflict {
  uint32_t key_number;
  uint32_t row;       // of the chunk that was given
  int64_t row_id;     // of the row that is there; negative: an earlier row of the same chunk, at ~row_id
  bool found;
} KeyConflict;

// `chunk` has all columns of the table in order of creation. With keys: rows are checked against what the transaction sees; ERROR_CONSTRAINT fills `conflict` (may be
// NULL) and appends nothing. first_row_id (may be NULL) receives the id of the first row.
Status table_append(Transaction *transaction, uint64_t table, const Chunk *chunk, int64_t *first_row_id,
                    KeyConflict *conflict, Error *error) MUST_USE;
// Which rows of a chunk stand in the way of others: of row i, conflicts[i] is the row id of the row that has the same key, INT64_MIN: none. NULL keys never do.
Status table_find_keys(Transaction *transaction, uint64_t table, uint32_t key_number, const Chunk *chunk,
                       int64_t *conflicts, Error *error) MUST_USE;
// Rows that are not there (deleted twice in one statement) are passed over; *deleted counts.
Status table_delete(Transaction *transaction, uint64_t table, const int64_t *row_ids, uint32_t count, uint64_t *deleted,
                    Error *error) MUST_USE;
// values: one column for each column id; row i is the new value of row_ids[i]. Key columns are checked at the end of the statement by table_check_keys.
Status table_update(Transaction *transaction, uint64_t table, const int64_t *row_ids, uint32_t count,
                    const uint32_t *columns, uint32_t column_count, const Chunk *values, Error *error) MUST_USE;
// After the last table_update of a statement: the keys of all rows that it changed.
Status table_check_keys(Transaction *transaction, uint64_t table, KeyConflict *conflict, Error *error) MUST_USE;

// ---------------------------------------------------------------------------------------------------------------------
// Checkpoints
// ---------------------------------------------------------------------------------------------------------------------

bool store_checkpoint_due(const Store *store);
// In steps, between which statements go on. A second begin while one runs joins it.
Status store_checkpoint_begin(Store *store, Error *error) MUST_USE;
Status store_checkpoint_step(Store *store, bool *done, Error *error) MUST_USE;

#endif
