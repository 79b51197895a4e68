// SPDX-License-Identifier: MIT
//
// test_disk.h: what a disk holds for sure and what it may hold: the model behind test_host.c. Private to io/.
//
// A TestNode is a file without its name: durable bytes, and the pending changes since the last flush in their order. The
// TestDisk has the durable names, and the pending changes of names in their order.
#ifndef SMEW_TEST_DISK_H
#define SMEW_TEST_DISK_H

#include "io/io.h"

typedef struct TestChange {
  bool is_truncate;
  uint64_t offset; // or the size to truncate to
  size_t length;
  uint8_t *bytes; // owned, length of them
} TestChange;

typedef struct TestNode {
  struct TestNode *next; // all nodes of the disk
  uint8_t *durable;      // owned, durable_capacity bytes
  size_t durable_length, durable_capacity;
  ARENA_LIST(TestChange) pending; // owned; grown through Memory, not an arena
} TestNode;

typedef enum NameChangeKind { NAME_CREATE, NAME_RENAME, NAME_REMOVE } NameChangeKind;

typedef struct NameChange {
  NameChangeKind kind;
  Str path, to_path; // in the disk's arena
  TestNode *node;
} NameChange;

typedef struct NameEntry {
  Str path; // in the disk's arena
  TestNode *node;
} NameEntry;

typedef struct NameTable {
  ARENA_LIST(NameEntry) list; // in the disk's arena
} NameTable;

typedef struct TestDisk {
  Memory memory; // its own, without limit
  Arena arena;   // names and logs, until the disk ends
  TestNode *nodes;
  NameTable current;                    // names as the running program sees them
  NameTable durable;                    // names for sure
  ARENA_LIST(NameChange) pending_names; // in the arena
} TestDisk;

void test_disk_init(TestDisk *disk);
void test_disk_free(TestDisk *disk);
uint64_t test_random(uint64_t *state);

// All of these stop the program when the system has no memory: they serve tests only.
Str test_disk_copy(TestDisk *disk, Str text);
TestNode *test_disk_find(const TestDisk *disk, Str path); // current name; NULL: none
TestNode *test_disk_add_durable(TestDisk *disk, Str path, Str bytes);
TestNode *test_disk_create(TestDisk *disk, Str path);
void test_disk_rename(TestDisk *disk, Str path, Str to_path);
void test_disk_remove(TestDisk *disk, Str path);
void test_disk_write(TestDisk *disk, TestNode *node, uint64_t offset, const void *bytes, size_t length);
void test_disk_truncate(TestDisk *disk, TestNode *node, uint64_t size_bytes);
void test_disk_flush(TestDisk *disk, TestNode *node);
// A flush that failed: a random part of what is pending has reached the disk, the rest never will.
void test_disk_flush_failed(TestDisk *disk, TestNode *node, uint64_t *random_state);
// Lays one of the states that a crash may leave into a memory host.
Status test_disk_crash(TestDisk *disk, Host *memory_host, uint64_t seed, Error *error) MUST_USE;

#endif
