// SPDX-License-Identifier: MIT
//
// version.c: a database version: the set of catalog objects and the tables, both as arrays sorted by id. A commit copies the arrays
// (of references) that it changes; everything below is shared.
#include "store/encoding.h"
#include "store/tree.h"

// ---------------------------------------------------------------------------------------------------------------------
// Objects
// ---------------------------------------------------------------------------------------------------------------------

static void entry_drop(ObjectEntry *entry) {
  if (!entry || --entry->references) return;
  memory_free(entry->memory, entry, sizeof *entry + entry->length);
}

ObjectSet *object_set_create(Memory *memory, Pages *pages) {
  ObjectSet *set = memory_allocate_zeroed(memory, sizeof *set);
  if (!set) return NULL;
  *set = (ObjectSet){.references = 1, .memory = memory, .pages = pages};
  return set;
}

void object_set_drop(ObjectSet *set) {
  if (!set || --set->references) return;
  for (uint32_t i = 0; i < set->count; i++) entry_drop(set->items[i]);
  memory_free(set->memory, set->items, sizeof(ObjectEntry *) * set->capacity);
  piece_release(set->pages, &set->ref);
  memory_free(set->memory, set, sizeof *set);
}

Status object_set_writable(ObjectSet **slot, uint64_t stamp, Error *error) {
  ObjectSet *old = *slot;
  if (old->references == 1) {
    piece_release(old->pages, &old->ref);
    old->ref = (PieceRef){0};
    old->stamp = stamp;
    return OK;
  }
  ObjectSet *fresh = object_set_create(old->memory, old->pages);
  if (!fresh) return error_no_memory(error);
  fresh->stamp = stamp;
  fresh->capacity = old->count + 4;
  fresh->items = memory_allocate(old->memory, sizeof(ObjectEntry *) * fresh->capacity);
  if (!fresh->items) {
    fresh->capacity = 0;
    object_set_drop(fresh);
    return error_no_memory(error);
  }
  fresh->count = old->count;
  for (uint32_t i = 0; i < old->count; i++) {
    fresh->items[i] = old->items[i];
    fresh->items[i]->references++;
  }
  object_set_drop(old);
  *slot = fresh;
  return OK;
}

uint32_t object_set_find(const ObjectSet *set, uint64_t id, bool *found) {
  uint32_t low = 0, high = set->count;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (set->items[middle]->id < id)
      low = middle + 1;
    else
      high = middle;
  }
  *found = low < set->count && set->items[low]->id == id;
  return low;
}

Status object_set_put(ObjectSet *set, uint64_t id, uint32_t kind, const void *bytes, size_t length, Error *error) {
  bool found;
  uint32_t at = object_set_find(set, id, &found);
  if (length > UINT32_MAX) return error_set(error, ERROR_OUT_OF_RANGE, -1, "Catalog entry is too large");
  if (!found && set->count == set->capacity) {
    uint32_t capacity = set->capacity ? set->capacity * 2 : 16;
    ObjectEntry **items =
        memory_grow(set->memory, set->items, sizeof(ObjectEntry *) * set->capacity, sizeof(ObjectEntry *) * capacity);
    if (!items) return error_no_memory(error);
    set->items = items;
    set->capacity = capacity;
  }
  ObjectEntry *entry = memory_allocate(set->memory, sizeof *entry + length);
  if (!entry) return error_no_memory(error);
  *entry = (ObjectEntry){.references = 1, .kind = kind, .length = (uint32_t)length, .memory = set->memory, .id = id};
  if (length) memcpy(entry->bytes, bytes, length);
  if (found) {
    entry_drop(set->items[at]);
  } else {
    memmove(set->items + at + 1, set->items + at, sizeof(ObjectEntry *) * (set->count - at));
    set->count++;
  }
  set->items[at] = entry;
  return OK;
}

void object_set_remove(ObjectSet *set, uint64_t id) {
  bool found;
  uint32_t at = object_set_find(set, id, &found);
  if (!found) return;
  entry_drop(set->items[at]);
  memmove(set->items + at, set->items + at + 1, sizeof(ObjectEntry *) * (set->count - at - 1));
  set->count--;
}

void object_set_encode(const ObjectSet *set, TextBuilder *out) {
  put_varint(out, set->count);
  for (uint32_t i = 0; i < set->count; i++) {
    put_varint(out, set->items[i]->id);
    put_varint(out, set->items[i]->kind);
    put_text(out, set->items[i]->bytes, set->items[i]->length);
  }
}

Status object_set_decode(ObjectSet *set, const uint8_t *bytes, size_t length, Error *error) {
  ByteReader reader = byte_reader(bytes, length);
  uint64_t count = take_varint(&reader);
  for (uint64_t i = 0; i < count && !reader.failed; i++) {
    uint64_t id = take_varint(&reader);
    uint32_t kind = (uint32_t)take_varint(&reader);
    Str text = take_text(&reader);
    if (!reader.failed) TRY(object_set_put(set, id, kind, text.data, text.length, error));
  }
  return reader.failed ? error_set(error, ERROR_CORRUPT, -1, "The catalog is damaged") : OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Versions
// ---------------------------------------------------------------------------------------------------------------------

Version *version_create(Memory *memory, Pages *pages) {
  Version *version = memory_allocate_zeroed(memory, sizeof *version);
  if (!version) return NULL;
  *version = (Version){.references = 1, .memory = memory, .objects = object_set_create(memory, pages)};
  if (!version->objects) {
    memory_free(memory, version, sizeof *version);
    return NULL;
  }
  return version;
}

Status version_clone(const Version *version, Version **out, Error *error) {
  Memory *memory = version->memory;
  Version *fresh = memory_allocate(memory, sizeof *fresh);
  if (!fresh) return error_no_memory(error);
  *fresh = *version;
  fresh->references = 1;
  fresh->table_capacity = version->table_count + 1;
  fresh->tables = memory_allocate(memory, sizeof(TableVersion *) * fresh->table_capacity);
  if (!fresh->tables) {
    memory_free(memory, fresh, sizeof *fresh);
    return error_no_memory(error);
  }
  fresh->objects->references++;
  for (uint32_t i = 0; i < version->table_count; i++) {
    fresh->tables[i] = version->tables[i];
    fresh->tables[i]->references++;
  }
  *out = fresh;
  return OK;
}

void version_drop(Version *version) {
  if (!version || --version->references) return;
  for (uint32_t i = 0; i < version->table_count; i++) table_version_drop(version->tables[i]);
  memory_free(version->memory, version->tables, sizeof(TableVersion *) * version->table_capacity);
  object_set_drop(version->objects);
  memory_free(version->memory, version, sizeof *version);
}

uint32_t version_find(const Version *version, uint64_t table, bool *found) {
  uint32_t low = 0, high = version->table_count;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (version->tables[middle]->id < table)
      low = middle + 1;
    else
      high = middle;
  }
  *found = low < version->table_count && version->tables[low]->id == table;
  return low;
}

Status version_put(Version *version, TableVersion *table, Error *error) {
  bool found;
  uint32_t at = version_find(version, table->id, &found);
  if (found) {
    table_version_drop(version->tables[at]);
    version->tables[at] = table;
    return OK;
  }
  if (version->table_count == version->table_capacity) {
    uint32_t capacity = version->table_capacity ? version->table_capacity * 2 : 8;
    TableVersion **tables =
        memory_grow(version->memory, version->tables, sizeof(TableVersion *) * version->table_capacity,
                    sizeof(TableVersion *) * capacity);
    if (!tables) return error_no_memory(error);
    version->tables = tables;
    version->table_capacity = capacity;
  }
  memmove(version->tables + at + 1, version->tables + at, sizeof(TableVersion *) * (version->table_count - at));
  version->tables[at] = table;
  version->table_count++;
  return OK;
}

void version_remove(Version *version, uint64_t table) {
  bool found;
  uint32_t at = version_find(version, table, &found);
  if (!found) return;
  table_version_drop(version->tables[at]);
  memmove(version->tables + at, version->tables + at + 1, sizeof(TableVersion *) * (version->table_count - at - 1));
  version->table_count--;
}
