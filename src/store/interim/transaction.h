// SPDX-License-Identifier: MIT
//
// transaction.h: stores and transactions from inside; private to store/.
//
//   store->newest     the version that new transactions pin
//   transaction       `base`, the version it pinned, and `version`, its private successor (the same until it writes)
//   write sets        which rows of which table a transaction changed: compared with those of others that are active, or that committed after it began
#ifndef SMEW_STORE_TRANSACTION_H
#define SMEW_STORE_TRANSACTION_H

#include "store/interim/key_index.h"
#include "store/interim/version.h"

// Rows by number: bitmaps of 2,048 rows in a hash table.
typedef struct RowSetPage {
  int64_t number;   // row id / 2,048; -1: free
  uint64_t bits[VECTOR_CAPACITY / 64];
} RowSetPage;
typedef struct RowSet {
  RowSetPage *pages;
  uint32_t page_count;
  uint32_t page_capacity; // a power of two, or 0
} RowSet;
bool row_set_has(const RowSet *set, int64_t row_id);
Status row_set_add(RowSet *set, Memory *memory, int64_t row_id, Error *error) MUST_USE;
void row_set_free(RowSet *set, Memory *memory);
// Calls visit for each row, in no order.
typedef Status (*RowVisitor)(void *context, int64_t row_id);
Status row_set_visit(const RowSet *set, RowVisitor visit, void *context) MUST_USE;

typedef struct TableWrites {
  uint64_t table;
  int64_t first_own_row;   // rows from here on were appended by the transaction
  bool created;            // the table itself is the transaction's own
  bool dropped;
  bool altered;            // columns or keys changed: any other write to it is a conflict
  RowSet deleted;
  RowSet updated;
  // Keys: rows whose key must be checked at the end of the statement, and the index of own rows
  RowSet unchecked;
  struct TableWrites *next;
} TableWrites;

// What a transaction wrote, kept after its commit while older transactions are active.
typedef struct WriteRecord {
  uint64_t commit_number; // 0: active
  TableWrites *tables;
  uint64_t *objects;      // ids
  uint32_t object_count;
  uint32_t object_capacity;
  Str *names;             // claimed; each in memory of its own
  uint32_t name_count;
  uint32_t name_capacity;
  struct WriteRecord *next;
} WriteRecord;

// A number outside of all versions (sequences).
typedef struct Counter {
  uint64_t id;
  int64_t value;
} Counter;

struct Transaction {
  Store *store;
  uint64_t id;
  bool read_only;
  Version *base;
  Version *version;      // base until the first write
  WriteRecord *writes;   // NULL: none
  KeyIndex *own_keys;    // keys of its own rows
  uint64_t commit_number;
  bool ended;            // committed, failed to, or rolled back: only to be freed
  Arena arena;           // of the duplicate key that it failed on
  DuplicateKey duplicate;
  bool has_duplicate;
  Transaction *next;     // active ones of the store
};

struct Store {
  Memory *memory;
  Host *host;
  bool read_only;
  Version *newest;
  Transaction *active;
  WriteRecord *committed; // newest first
  KeyIndex *keys;         // keys of committed rows
  uint64_t next_transaction;
  uint64_t next_id;
  uint64_t next_stamp;
  Counter *counters;
  uint32_t counter_count;
  uint32_t counter_capacity;
};

Table *transaction_table(const Transaction *transaction, uint64_t table); // as it sees it; NULL: none
// The table, ready to be changed.
Status transaction_own_table(Transaction *transaction, uint64_t table, Table **out, TableWrites **writes, Error *error) MUST_USE;
Status transaction_need_version(Transaction *transaction, Error *error) MUST_USE; // makes the private successor
// Does another transaction change that row, or did one that committed since this began?
bool row_conflicts(const Transaction *transaction, uint64_t table, int64_t row_id);
bool table_conflicts(const Transaction *transaction, uint64_t table, bool alter);

// scan.c
Status fetch_rows(const Table *table, const uint32_t *columns, uint32_t column_count, const int64_t *row_ids, uint32_t count,
                  Chunk *out, bool *found, Error *error) MUST_USE;
// write.c: the keys of a transaction's new and changed rows against `table`.
Status check_committed_keys(Transaction *transaction, const Table *table, TableWrites *writes, Error *error) MUST_USE;

#endif
