// SPDX-License-Identifier: MIT
//
// test_disk.c: the model of a disk under test_host.c; see test_host.h for what a crash may leave.
#include "io/test_disk.h"

#include <stdlib.h>

#include "io/memory_host.h"

#define SECTOR_BYTES 512    // what a disk writes whole
#define TORN_HEAD_BYTES 256 // where headers and record heads lie

uint64_t test_random(uint64_t *state) {
  *state += UINT64_C(0x9e3779b97f4a7c15);
  uint64_t z = *state;
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}

static void *must(void *pointer) {
  if (!pointer) abort();
  return pointer;
}

// Doubles an ARENA_LIST whose items are owned through the disk's Memory.
#define RESERVE_ONE(disk, list)                                                                                  \
  do {                                                                                                           \
    if ((list)->count == (list)->capacity) {                                                                     \
      uint32_t capacity_ = (list)->capacity ? (list)->capacity * 2 : 8;                                          \
      (list)->items = must(memory_grow(&(disk)->memory, (list)->items, sizeof *(list)->items * (list)->capacity, \
                                       sizeof *(list)->items * capacity_));                                      \
      (list)->capacity = capacity_;                                                                              \
    }                                                                                                            \
  } while (0)

void test_disk_init(TestDisk *disk) {
  *disk = (TestDisk){0};
  memory_init(&disk->memory, 0);
  arena_init(&disk->arena, &disk->memory);
}

// ---------------------------------------------------------------------------------------------------------------------
// Contents
// ---------------------------------------------------------------------------------------------------------------------

static TestNode *new_node(TestDisk *disk) {
  TestNode *node = must(memory_allocate_zeroed(&disk->memory, sizeof *node));
  node->next = disk->nodes;
  disk->nodes = node;
  return node;
}

static void drop_pending(TestDisk *disk, TestNode *node) {
  for (uint32_t i = 0; i < node->pending.count; i++) {
    memory_free(&disk->memory, node->pending.items[i].bytes, node->pending.items[i].length);
  }
  node->pending.count = 0;
}

void test_disk_free(TestDisk *disk) {
  while (disk->nodes) {
    TestNode *node = disk->nodes;
    disk->nodes = node->next;
    drop_pending(disk, node);
    memory_free(&disk->memory, node->pending.items, sizeof *node->pending.items * node->pending.capacity);
    memory_free(&disk->memory, node->durable, node->durable_capacity);
    memory_free(&disk->memory, node, sizeof *node);
  }
  memory_free(&disk->memory, disk->current.list.items, sizeof(NameEntry) * disk->current.list.capacity);
  memory_free(&disk->memory, disk->durable.list.items, sizeof(NameEntry) * disk->durable.list.capacity);
  memory_free(&disk->memory, disk->pending_names.items, sizeof(NameChange) * disk->pending_names.capacity);
  arena_free(&disk->arena);
  ASSERT(disk->memory.used_bytes == 0);
}

// Bytes that grow: what a file holds, while it is put together.
typedef struct Image {
  Memory *memory;
  uint8_t *bytes;
  size_t length, capacity;
} Image;

static void image_resize(Image *image, size_t length) {
  if (length > image->capacity) {
    size_t capacity = MAX_OF(length, image->capacity * 2);
    image->bytes = must(memory_grow(image->memory, image->bytes, image->capacity, capacity));
    image->capacity = capacity;
  }
  if (length > image->length) memset(image->bytes + image->length, 0, length - image->length);
  image->length = length;
}

// The first `length` bytes of the change happen.
static void image_apply(Image *image, const TestChange *change, size_t length) {
  if (change->is_truncate) {
    image_resize(image, (size_t)change->offset);
    return;
  }
  if (length == 0) return;
  size_t end = (size_t)change->offset + length;
  if (end > image->length) image_resize(image, end);
  memcpy(image->bytes + change->offset, change->bytes, length);
}

// The file is as long as after the write; of its sectors only some were written, the others hold what was there before.
static void image_apply_sectors(Image *image, const TestChange *change, uint64_t *random_state) {
  size_t end = (size_t)change->offset + change->length;
  if (end > image->length) image_resize(image, end);
  for (size_t from = 0, size; from < change->length; from += size) {
    size = MIN_OF(SECTOR_BYTES - ((size_t)change->offset + from) % SECTOR_BYTES, change->length - from);
    if (test_random(random_state) % 2) memcpy(image->bytes + change->offset + from, change->bytes + from, size);
  }
}

// What power failure does to one pending change.
static void image_apply_by_chance(Image *image, const TestChange *change, uint64_t *random_state) {
  uint64_t dice = test_random(random_state) % 8;
  if (dice < 3) { // kept
    image_apply(image, change, change->length);
  } else if (change->is_truncate || dice == 7) { // dropped
  } else if (dice < 5) {                         // torn, as often as not within what the write begins with
    size_t most = dice == 3 ? MIN_OF(change->length, (size_t)TORN_HEAD_BYTES) : change->length;
    image_apply(image, change, (size_t)(test_random(random_state) % most));
  } else if (dice == 5) { // the size came, the bytes did not
    size_t end = (size_t)change->offset + change->length;
    if (end > image->length) image_resize(image, end);
  } else {
    image_apply_sectors(image, change, random_state);
  }
}

static Image node_image(TestDisk *disk, const TestNode *node) {
  Image image = {.memory = &disk->memory};
  image_resize(&image, node->durable_length);
  if (node->durable_length) memcpy(image.bytes, node->durable, node->durable_length);
  return image;
}

static void set_durable(TestDisk *disk, TestNode *node, Image image) {
  memory_free(&disk->memory, node->durable, node->durable_capacity);
  node->durable = image.bytes;
  node->durable_length = image.length;
  node->durable_capacity = image.capacity;
  drop_pending(disk, node);
}

// Works on the durable bytes themselves, for flushes are many.
static Image take_durable(TestDisk *disk, TestNode *node) {
  Image image = {&disk->memory, node->durable, node->durable_length, node->durable_capacity};
  node->durable = NULL;
  node->durable_length = node->durable_capacity = 0;
  return image;
}

void test_disk_write(TestDisk *disk, TestNode *node, uint64_t offset, const void *bytes, size_t length) {
  if (length == 0) return;
  RESERVE_ONE(disk, &node->pending);
  uint8_t *copy = must(memory_allocate(&disk->memory, length));
  memcpy(copy, bytes, length);
  node->pending.items[node->pending.count++] = (TestChange){.offset = offset, .length = length, .bytes = copy};
}

void test_disk_truncate(TestDisk *disk, TestNode *node, uint64_t size_bytes) {
  RESERVE_ONE(disk, &node->pending);
  node->pending.items[node->pending.count++] = (TestChange){.is_truncate = true, .offset = size_bytes};
}

// ---------------------------------------------------------------------------------------------------------------------
// Names
// ---------------------------------------------------------------------------------------------------------------------

Str test_disk_copy(TestDisk *disk, Str text) {
  Str copy;
  if (str_copy(&disk->arena, NULL, text, &copy) != OK) abort();
  return copy;
}

static NameEntry *table_find(const NameTable *table, Str path) {
  for (uint32_t i = 0; i < table->list.count; i++) {
    if (str_equal(table->list.items[i].path, path)) return &table->list.items[i];
  }
  return NULL;
}

static void table_set(TestDisk *disk, NameTable *table, Str path, TestNode *node) {
  NameEntry *entry = table_find(table, path);
  if (entry) {
    entry->node = node;
    return;
  }
  RESERVE_ONE(disk, &table->list);
  table->list.items[table->list.count++] = (NameEntry){path, node};
}

static void table_remove(NameTable *table, Str path) {
  NameEntry *entry = table_find(table, path);
  if (entry) *entry = table->list.items[--table->list.count];
}

// A rename moves whatever node the change speaks of, also when its old name has meanwhile become another's.
static void table_apply(TestDisk *disk, NameTable *table, const NameChange *change) {
  if (change->kind != NAME_CREATE) {
    NameEntry *entry = table_find(table, change->path);
    if (entry && entry->node == change->node) table_remove(table, change->path);
  }
  if (change->kind == NAME_CREATE) table_set(disk, table, change->path, change->node);
  if (change->kind == NAME_RENAME) table_set(disk, table, change->to_path, change->node);
}

static void change_names(TestDisk *disk, NameChange change) {
  table_apply(disk, &disk->current, &change);
  RESERVE_ONE(disk, &disk->pending_names);
  disk->pending_names.items[disk->pending_names.count++] = change;
}

TestNode *test_disk_find(const TestDisk *disk, Str path) {
  NameEntry *entry = table_find(&disk->current, path);
  return entry ? entry->node : NULL;
}

TestNode *test_disk_add_durable(TestDisk *disk, Str path, Str bytes) {
  TestNode *node = new_node(disk);
  Image image = {.memory = &disk->memory};
  image_resize(&image, bytes.length);
  if (bytes.length) memcpy(image.bytes, bytes.data, bytes.length);
  set_durable(disk, node, image);
  Str copy = test_disk_copy(disk, path);
  table_set(disk, &disk->current, copy, node);
  table_set(disk, &disk->durable, copy, node);
  return node;
}

TestNode *test_disk_create(TestDisk *disk, Str path) {
  TestNode *node = new_node(disk);
  change_names(disk, (NameChange){.kind = NAME_CREATE, .path = test_disk_copy(disk, path), .node = node});
  return node;
}

void test_disk_rename(TestDisk *disk, Str path, Str to_path) {
  TestNode *node = test_disk_find(disk, path);
  ASSERT(node);
  change_names(disk, (NameChange){NAME_RENAME, test_disk_copy(disk, path), test_disk_copy(disk, to_path), node});
}

void test_disk_remove(TestDisk *disk, Str path) {
  TestNode *node = test_disk_find(disk, path);
  ASSERT(node);
  change_names(disk, (NameChange){.kind = NAME_REMOVE, .path = test_disk_copy(disk, path), .node = node});
}

// The pending changes of the node's names become durable, and with them earlier ones of the same names, which they
// supersede. The others stay pending.
static void settle_names(TestDisk *disk, const TestNode *node) {
  uint32_t last = 0;
  for (uint32_t i = 0; i < disk->pending_names.count; i++) {
    if (disk->pending_names.items[i].node == node) last = i + 1;
  }
  uint32_t kept = 0;
  for (uint32_t i = 0; i < disk->pending_names.count; i++) {
    NameChange change = disk->pending_names.items[i];
    bool settles = change.node == node;
    for (uint32_t k = i + 1; k < last && !settles; k++) {
      const NameChange *later = &disk->pending_names.items[k];
      Str made = later->kind == NAME_RENAME ? later->to_path : later->path;
      Str touched = change.kind == NAME_RENAME ? change.to_path : change.path;
      settles = later->node == node && (str_equal(made, touched) || str_equal(made, change.path));
    }
    if (settles) {
      table_apply(disk, &disk->durable, &change);
    } else {
      disk->pending_names.items[kept++] = change;
    }
  }
  disk->pending_names.count = kept;
}

// ---------------------------------------------------------------------------------------------------------------------
// Flush and crash
// ---------------------------------------------------------------------------------------------------------------------

void test_disk_flush(TestDisk *disk, TestNode *node) {
  Image image = take_durable(disk, node);
  for (uint32_t i = 0; i < node->pending.count; i++) {
    image_apply(&image, &node->pending.items[i], node->pending.items[i].length);
  }
  set_durable(disk, node, image);
  settle_names(disk, node);
}

void test_disk_flush_failed(TestDisk *disk, TestNode *node, uint64_t *random_state) {
  Image image = take_durable(disk, node);
  for (uint32_t i = 0; i < node->pending.count; i++) {
    image_apply_by_chance(&image, &node->pending.items[i], random_state);
  }
  set_durable(disk, node, image);
}

Status test_disk_crash(TestDisk *disk, Host *memory_host, uint64_t seed, Error *error) {
  uint64_t random_state = seed;
  NameTable names = {0};
  for (uint32_t i = 0; i < disk->durable.list.count; i++) {
    table_set(disk, &names, disk->durable.list.items[i].path, disk->durable.list.items[i].node);
  }
  // One crash in four keeps all of the names and one none, so that the plain cases are met often.
  uint64_t mood = test_random(&random_state) % 4;
  for (uint32_t i = 0; i < disk->pending_names.count; i++) {
    bool happens = mood == 0 || (mood != 1 && test_random(&random_state) % 2);
    if (happens) table_apply(disk, &names, &disk->pending_names.items[i]);
  }
  Status status = OK;
  mood = test_random(&random_state) % 8;
  for (uint32_t i = 0; i < names.list.count && status == OK; i++) {
    const NameEntry *entry = &names.list.items[i];
    Image image = node_image(disk, entry->node);
    for (uint32_t k = 0; k < entry->node->pending.count; k++) {
      const TestChange *change = &entry->node->pending.items[k];
      if (mood == 0) {
        image_apply(&image, change, change->length);
      } else if (mood != 1) {
        image_apply_by_chance(&image, change, &random_state);
      }
    }
    status = memory_host_put(memory_host, entry->path, image.bytes, image.length, error);
    memory_free(&disk->memory, image.bytes, image.capacity);
  }
  memory_free(&disk->memory, names.list.items, sizeof(NameEntry) * names.list.capacity);
  return status;
}
