// SPDX-License-Identifier: MIT
//
// change.h: changes applied to a table version: by a commit to the newest version, by recovery from WAL records. Private to store/.
#ifndef SMEW_STORE_CHANGE_H
#define SMEW_STORE_CHANGE_H

#include "store/encoding.h"
#include "store/state.h"

// Marks rows deleted; those that are already, or are not there, are passed over. Ids ascending.
Status change_delete(TableVersion **table, const int64_t *row_ids, uint32_t count, Error *error) MUST_USE;
// Overlays row_ids[i] (ascending) with row value_rows[i] of `values`.
Status change_update(TableVersion **table, uint32_t column_id, const int64_t *row_ids, uint32_t count,
                     const Vector *values, const uint32_t *value_rows, Error *error) MUST_USE;
// The same for a window whose first row has this id, when its overlay still is `before` (NULL: none), by sharing `overlay`, which is that with the changes.
Status change_share(TableVersion **table, int64_t first_row_id, const Overlay *before, Overlay *overlay, bool *shared,
                    Error *error) MUST_USE;
// A row group whose slots are blocks becomes the next of the table; its row ids start at next_row. The blocks are shared.
Status change_adopt(TableVersion **table, const RowGroup *group, RowGroup **adopted, Error *error) MUST_USE;
// A slot of raw rows becomes the next rows of the table, without copying them.
Status change_append_slot(TableVersion **table, const Slot *slot, Error *error) MUST_USE;

// What happened in a commit, as bytes: the payload of its WAL record. Numbers are part of the file format.
typedef enum ChangeOp {
  CHANGE_END = 0,
  CHANGE_OBJECT_PUT = 1,    // id, kind, bytes
  CHANGE_OBJECT_REMOVE = 2, // id
  CHANGE_TABLE_CREATE = 3,  // id, shape
  CHANGE_TABLE_DROP = 4,    // id
  CHANGE_TABLE_SHAPE = 5,   // id, shape
  CHANGE_APPEND = 6,        // table, first row, count, columns: id, image
  CHANGE_ADOPT = 7,         // table, first row, row group metadata
  CHANGE_DELETE = 8,        // table, count, row ids as differences
  CHANGE_UPDATE = 9,        // table, column, count, row ids as differences, image of the values
  CHANGE_COUNTERS = 10,     // all counters: count, id, value …
} ChangeOp;
void put_row_ids(TextBuilder *out, const int64_t *row_ids, uint32_t count);
// Applies a payload (behind the origin) to a version that only the caller holds, some operations a step. Pages of adopted row groups are
// claimed, and the row groups held (store_hold_adopted). The bytes stay the caller's. They may come in parts: a step that needs more than there is
// ends before the operation and sets `starved`.
typedef struct ChangeReplay {
  Store *store;
  Version *version;
  ByteReader reader;
  bool more;    // of the payload than the reader has
  bool starved; // change_replay_feed first
  Arena arena;  // of one operation
} ChangeReplay;
void change_replay_begin(ChangeReplay *replay, Store *store, Version *version);
// Replay goes on at bytes + at; `bytes` lie at a multiple of 16 in the payload.
void change_replay_feed(ChangeReplay *replay, const uint8_t *bytes, size_t length, size_t at, bool more);
// Operations until about `budget` bytes were read, which it takes off. *done: the payload is at its end.
Status change_replay_step(ChangeReplay *replay, uint64_t *budget, bool *done, Error *error) MUST_USE;
void change_replay_end(ChangeReplay *replay); // also of one that failed or was never begun (zeroed)
// Reads over origin and key/value area; *at: where the changes begin.
Status change_read_head(const uint8_t *bytes, size_t length, CommitOrigin *origin, uint64_t *next_id,
                        int64_t *wall_micros, size_t *at, Error *error) MUST_USE;
void change_write_head(TextBuilder *out, const CommitOrigin *origin, uint64_t next_id, int64_t wall_micros);

#endif
