// SPDX-License-Identifier: MIT
//
// state.h: the run state of a Store and of its transactions. Private to store/.
#ifndef SMEW_STORE_STATE_H
#define SMEW_STORE_STATE_H

#include "store/key_map.h"
#include "store/pack.h"
#include "store/row_set.h"
#include "store/tree.h"
#include "store/wal.h"

typedef struct Checkpoint Checkpoint;
typedef struct Opening Opening;
typedef struct Closing Closing;

// Rows of its pinned version that a transaction has to do with. As in DuckDB one may update a row that another deletes: it is gone then. Setting a key, or a
// value that DuckDB does not change in its place, is both an update and a deletion.
typedef enum RowMark {
  ROWS_UPDATED,    // conflicts with updated
  ROWS_DELETED,    // conflicts with deleted and with referenced
  ROWS_REFERENCED, // by a foreign key of rows that it wrote: conflicts with deleted
  ROW_MARKS
} RowMark;

// What a commit changed, kept while a transaction that began before it is active: conflicts are looked for here.
typedef struct CommitLogTable {
  uint64_t table;
  bool whole; // shape changed, dropped: everything conflicts
  RowSet rows[ROW_MARKS];
} CommitLogTable;
typedef struct CommitLog CommitLog;
struct CommitLog {
  CommitLog *next; // newer
  uint64_t number;
  CommitLogTable *tables; // [table_count]
  uint32_t table_count;
};

// A name that a transaction has taken. Kept after the commit for as long as others are active that began before it.
typedef struct NameLock NameLock;
struct NameLock {
  NameLock *next;
  Transaction *holder; // NULL: committed
  uint64_t number;     // of the commit
  uint32_t kind;
  uint32_t against;      // of a guard: the kind that must not have been committed since; 0: a lock
  const char *complaint; // … if it was
  uint32_t length;
  char key[];
};

typedef struct Counter {
  uint64_t id;
  int64_t value;
} Counter;
typedef struct CounterSet { // sorted by id
  Memory *memory;
  Counter *items;
  uint32_t count;
  uint32_t capacity;
} CounterSet;
Status counter_set_put(CounterSet *set, uint64_t id, int64_t value, Error *error) MUST_USE;
void counter_set_remove(CounterSet *set, uint64_t id);
const Counter *counter_set_find(const CounterSet *set, uint64_t id); // NULL: none
void counter_set_free(CounterSet *set);

// The unique index of a key of a table: keys of the rows of the newest version. Made on first need.
typedef struct KeyWalk KeyWalk;
typedef struct KeyLayer KeyLayer;
typedef struct NewKeyCheck NewKeyCheck;
typedef struct UniqueIndex UniqueIndex;
struct UniqueIndex {
  UniqueIndex *next;
  uint64_t table;
  uint32_t key_number;
  KeyMap map;
  KeyLayer *layers;  // of large commits, the newest first: they hide what `map` says of their keys
  KeyWalk *building; // while `map` does not have all keys yet
};

struct Store {
  StoreOptions options;
  Memory *memory;
  Host *host;
  Str path; // owned, NUL-terminated
  bool in_memory;
  bool read_only;
  bool must_exist;
  bool open;   // opening is done, closing has not begun
  bool broken; // a flush failed: nothing more may be written
  Pages pages;
  TableShape *immortals;   // shapes that live as long as the store
  Version *current;        // the newest version
  Version *durable;        // that of the header that counts; NULL: in memory
  PieceRef root;           // of that header
  PieceRef space_record;   // its list of used pages
  PageSpace durable_space; // what it says
  uint64_t next_id;
  uint64_t next_stamp;
  CounterSet counters;
  bool counters_dirty; // not in the WAL yet
  Transaction *active; // list of all that are open
  CommitLog *oldest_log;
  CommitLog *newest_log;
  NameLock *locks;
  UniqueIndex *indexes;
  WalPair wal;
  uint64_t header_number;
  bool unsettled;        // what recovery has read may lie in the system's cache alone: store_settle
  uint64_t unnamed_salt; // of the WAL that recovery has followed though the header names none; 0: none
  uint8_t file_id[16];
  Checkpoint *checkpoint; // running
  Opening *opening;
  Closing *closing;
  RowGroup **adopted[2]; // row groups that a WAL file adopts; held until it is emptied
  uint32_t adopted_count[2];
  uint32_t adopted_capacity[2];
  uint64_t commits_since_checkpoint;
  uint64_t retry_checkpoint_bytes; // WAL bytes before which a failed checkpoint is not tried again
  uint64_t recovered_commits;
  char note[512];
};

// Keys that a transaction has added and removed, for one unique key of one table.
typedef struct KeyChange {
  uint32_t number;
  KeyMap added;     // key -> row id (local ones included)
  KeyMap removed;   // key -> row id: keys of committed rows that are gone
  KeyMap pending;   // key -> row id: of updated rows, checked when the statement is over
  bool complete;    // `added` has all keys there are: the index is not asked
  uint32_t checked; // position in `pending` of table_check_keys
  // commit: `added` was compared with the index, up to built_at; a large change goes into a layer
  KeyLayer *layer;
  uint32_t built_at;
  bool built;
} KeyChange;

typedef struct TransactionTable TransactionTable;
struct TransactionTable {
  TransactionTable *next;
  uint64_t id;
  TableVersion *base;     // as pinned; NULL: created by this transaction
  TableVersion *work;     // base with this transaction's deletes, updates and shape
  TableVersion *local;    // rows appended by it, from ROW_ID_LOCAL on
  RowSet rows[ROW_MARKS]; // of base
  bool dropped;
  bool reshaped;
  bool bulk;              // row groups were written to the file
  bool packing;           // a full row group of `local` is being compressed
  uint32_t packing_group; // it, or the next to be
  Packer packer;
  KeyChange *keys; // [key_count]
  uint32_t key_count;
  NewKeyCheck *new_key;      // table_prepare_key
  uint64_t writes;           // chunks appended, deleted, updated
  uint32_t *updated_columns; // ids
  uint32_t updated_count;
  uint32_t updated_capacity;
};

typedef struct Commit Commit;

struct Transaction {
  Transaction *next;
  Transaction *previous;
  Store *store;
  Version *version; // pinned
  bool read_only;
  bool finished;         // committed or rolled back
  bool counters_touched; // its commit writes the counters
  ObjectSet *objects;    // NULL: those of the version
  TransactionTable *tables;
  uint64_t commit_number;
  Commit *commit;          // while it runs
  CommitConflict conflict; // transaction_conflict; table 0: none
  // transaction_duplicate
  bool has_duplicate;
  DuplicateKey duplicate;
  Arena duplicate_arena;
};

// transaction.c
TransactionTable *transaction_find_table(const Transaction *transaction, uint64_t table);
// The table as the transaction sees it (borrowed, loaded). ERROR_INTERNAL: there is none.
Status transaction_table(const Transaction *transaction, uint64_t table, TableVersion **out, Error *error) MUST_USE;
// For writing: makes the transaction's own record of the table. ERROR_READ_ONLY.
Status transaction_write_table(Transaction *transaction, uint64_t table, TransactionTable **out, Error *error) MUST_USE;
Status transaction_check_writable(const Transaction *transaction, Error *error) MUST_USE;
Status transaction_check_guards(const Transaction *transaction, Error *error) MUST_USE; // object_guard
Status transaction_local(TransactionTable *table, Error *error) MUST_USE;               // makes `local`
// Compresses full row groups of `local` (with the last one, when asked), so many steps of it; *done: nothing is left to do.
Status transaction_pack(Transaction *transaction, TransactionTable *own, uint32_t steps, bool last_too, bool *done,
                        Error *error) MUST_USE;
void transaction_end(Transaction *transaction); // leaves the list, frees changes and logs nobody needs
uint64_t store_new_stamp(Store *store);

// A row group that the active WAL file adopts: held until that file is emptied.
Status store_hold_adopted(Store *store, RowGroup *group, Error *error) MUST_USE;
void store_release_adopted(Store *store, uint32_t wal_file);

static inline bool store_guards(const Store *store, StoreSafeguard safeguard) {
  return !(store->options.left_out & safeguard);
}

// store.c
// Flushes the pages written so far, if the safeguard is there. A failure breaks the store.
Status store_flush_pages(Store *store, StoreSafeguard safeguard, Error *error) MUST_USE;
// So much was written since the last flush that one now keeps the flush at the end short.
bool store_flush_due(const Store *store);
// Writes header number + 1 (into the other page) and flushes it; on success it is the one that counts.
Status store_write_header(Store *store, uint64_t wal_salt, uint64_t commit, const PieceRef *root, const PieceRef *space,
                          Error *error) MUST_USE;
// Before the first write after an opening: makes durable what the opening has relied on. A flush that failed before it, in a process that
// is gone, may have left the newest header and the last WAL record where reads see them and a power failure does not.
Status store_settle(Store *store, Error *error) MUST_USE;
Status store_settle_step(Store *store, bool *done, Error *error) MUST_USE; // some of it

// commit.c
void commit_abandon(Transaction *transaction);      // what a commit that did not come to its end holds
void commit_log_free(Store *store, CommitLog *log); // NULL is fine

// unique_index.c
// Checks and notes the keys of a chunk about to be appended to `local`; keep (may be NULL): rows that collide are marked false instead
// of failing.
Status keys_before_append(Transaction *transaction, TransactionTable *table, const Chunk *chunk, bool *keep,
                          Error *error) MUST_USE;
Status keys_before_delete(Transaction *transaction, TransactionTable *table, const int64_t *row_ids, uint32_t count,
                          Error *error) MUST_USE;
Status keys_before_update(Transaction *transaction, TransactionTable *table, const int64_t *row_ids, uint32_t count,
                          const uint32_t *column_ids, uint32_t column_count, const Chunk *values,
                          Error *error) MUST_USE;
// At commit: a step of comparing the keys with those of the newest version. final_row tells where an appended row will be. When another commit gets in
// between, the build is forgotten and begins again. Then, when nothing can fail any more, the index follows.
typedef int64_t (*FinalRow)(void *context, int64_t local_row);
Status keys_build_step(Transaction *transaction, TransactionTable *table, FinalRow final_row, void *context,
                       int64_t *budget, bool *done, Error *error) MUST_USE;
void keys_forget_build(Transaction *transaction);
void keys_after_commit(Transaction *transaction, TransactionTable *table, FinalRow final_row, void *context);
// Whether the rows that the transaction sees have distinct keys (table_add_key).
Status keys_check_new(Transaction *transaction, TransactionTable *table, const TableKey *key, Error *error) MUST_USE;
bool key_has_column(const TableKey *key, const uint32_t *column_ids, uint32_t column_count);
void store_forget_indexes(Store *store, uint64_t table);
void key_changes_free(TransactionTable *table, Memory *memory);

#endif
