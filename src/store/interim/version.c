// SPDX-License-Identifier: MIT
//
// version.c: versions: sorted arrays of shared objects and tables.
#include "store/interim/version.h"

Status version_create(Memory *memory, Version **out, Error *error) {
  Version *version = memory_allocate_zeroed(memory, sizeof *version);
  if (!version) return error_no_memory(error);
  version->references = 1;
  version->memory = memory;
  *out = version;
  return OK;
}

static void object_release(Memory *memory, Object *object) {
  if (--object->references == 0) memory_free(memory, object, sizeof *object + object->length);
}

void version_release(Version *version) {
  if (!version || --version->references) return;
  for (uint32_t i = 0; i < version->object_count; i++) object_release(version->memory, version->objects[i]);
  for (uint32_t i = 0; i < version->table_count; i++) table_release(version->tables[i]);
  memory_free(version->memory, version->objects, sizeof(Object *) * version->object_capacity);
  memory_free(version->memory, version->tables, sizeof(Table *) * version->table_capacity);
  memory_free(version->memory, version, sizeof *version);
}

static Status reserve(Memory *memory, void **items, uint32_t *capacity, uint32_t count, Error *error) {
  if (count <= *capacity) return OK;
  uint32_t wanted = MAX_OF(*capacity * 2, MAX_OF(count, 8u));
  void *grown = memory_grow(memory, *items, sizeof(void *) * *capacity, sizeof(void *) * wanted);
  if (!grown) return error_no_memory(error);
  *items = grown;
  *capacity = wanted;
  return OK;
}

Status version_copy(const Version *version, uint64_t owner, Version **out, Error *error) {
  Version *copy = NULL;
  TRY(version_create(version->memory, &copy, error));
  copy->owner = owner;
  copy->number = version->number;
  copy->stamp = version->stamp;
  Status status = reserve(copy->memory, (void **)&copy->objects, &copy->object_capacity, version->object_count, error);
  if (status == OK) status = reserve(copy->memory, (void **)&copy->tables, &copy->table_capacity, version->table_count, error);
  if (status != OK) {
    version_release(copy);
    return status;
  }
  for (uint32_t i = 0; i < version->object_count; i++) {
    copy->objects[i] = version->objects[i];
    copy->objects[i]->references++;
  }
  for (uint32_t i = 0; i < version->table_count; i++) {
    copy->tables[i] = version->tables[i];
    table_keep(copy->tables[i]);
  }
  copy->object_count = version->object_count;
  copy->table_count = version->table_count;
  *out = copy;
  return OK;
}

bool version_find_object(const Version *version, uint64_t id, uint32_t *position) {
  uint32_t low = 0;
  uint32_t high = version->object_count;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (version->objects[middle]->id < id) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  *position = low;
  return low < version->object_count && version->objects[low]->id == id;
}

Status version_put_object(Version *version, uint64_t id, uint32_t kind, Str bytes, Error *error) {
  uint32_t at;
  Object *object = memory_allocate(version->memory, sizeof *object + bytes.length);
  if (!object) return error_no_memory(error);
  object->references = 1;
  object->id = id;
  object->kind = kind;
  object->length = (uint32_t)bytes.length;
  if (bytes.length) memcpy(object->bytes, bytes.data, bytes.length);
  if (version_find_object(version, id, &at)) {
    object_release(version->memory, version->objects[at]);
  } else {
    Status status = reserve(version->memory, (void **)&version->objects, &version->object_capacity, version->object_count + 1, error);
    if (status != OK) {
      object_release(version->memory, object);
      return status;
    }
    memmove(&version->objects[at + 1], &version->objects[at], sizeof(Object *) * (version->object_count - at));
    version->object_count++;
  }
  version->objects[at] = object;
  return OK;
}

void version_remove_object(Version *version, uint32_t at) {
  object_release(version->memory, version->objects[at]);
  version->object_count--;
  memmove(&version->objects[at], &version->objects[at + 1], sizeof(Object *) * (version->object_count - at));
}

static bool find_table(const Version *version, uint64_t id, uint32_t *position) {
  uint32_t low = 0;
  uint32_t high = version->table_count;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (version->tables[middle]->id < id) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  *position = low;
  return low < version->table_count && version->tables[low]->id == id;
}

Table *version_find_table(const Version *version, uint64_t id) {
  uint32_t at;
  return find_table(version, id, &at) ? version->tables[at] : NULL;
}

Status version_put_table(Version *version, Table *table, Error *error) {
  uint32_t at;
  if (find_table(version, table->id, &at)) {
    table_release(version->tables[at]);
    version->tables[at] = table;
    return OK;
  }
  TRY(reserve(version->memory, (void **)&version->tables, &version->table_capacity, version->table_count + 1, error));
  memmove(&version->tables[at + 1], &version->tables[at], sizeof(Table *) * (version->table_count - at));
  version->table_count++;
  version->tables[at] = table;
  return OK;
}

void version_remove_table(Version *version, uint64_t id) {
  uint32_t at;
  if (!find_table(version, id, &at)) return;
  table_release(version->tables[at]);
  version->table_count--;
  memmove(&version->tables[at], &version->tables[at + 1], sizeof(Table *) * (version->table_count - at));
}
