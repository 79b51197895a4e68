// SPDX-License-Identifier: MIT
//
// root.c: the root of a database version on disk. Everything else hangs below it by references:
//
//   next id, counter count, { id, value } …, reference of the catalog, table count, { id, reference of the record } …
#include "store/encoding.h"
#include "store/recovery.h"

Status root_encode(const Store *store, const Version *version, TextBuilder *out) {
  put_varint(out, store->next_id);
  put_varint(out, store->counters.count);
  for (uint32_t i = 0; i < store->counters.count; i++) {
    put_varint(out, store->counters.items[i].id);
    put_u64(out, (uint64_t)store->counters.items[i].value);
  }
  put_bytes(out, &version->objects->ref, sizeof version->objects->ref);
  put_varint(out, version->table_count);
  for (uint32_t i = 0; i < version->table_count; i++) {
    put_varint(out, version->tables[i]->id);
    put_bytes(out, &version->tables[i]->record, sizeof version->tables[i]->record);
  }
  return out->failed ? ERROR_NO_MEMORY : OK;
}

static Status damaged(const Store *store, const char *what, Error *error) {
  return error_set(error, ERROR_CORRUPT, -1, "Corrupt database file \"%.*s\": %s is damaged", STR_ARG(store->path),
                   what);
}

static Status load_objects(Store *store, Version *version, const PieceRef *ref, Error *error) {
  Buffer *buffer;
  const uint8_t *bytes;
  if (!ref->page) return OK;
  TRY(piece_read(&store->pages, ref, (PieceOwner){"catalog", 0, 0}, &buffer, &bytes, error));
  Status status = object_set_decode(version->objects, bytes, (size_t)ref->length, error);
  buffer_drop(buffer);
  if (status == OK) version->objects->ref = *ref;
  return status;
}

static Status load_tables(Store *store, Version *version, ByteReader *reader, Error *error) {
  uint64_t count = take_varint(reader), previous = 0;
  for (uint64_t i = 0; i < count && !reader->failed; i++) {
    uint64_t id = take_varint(reader);
    PieceRef record;
    take_into(reader, &record, sizeof record);
    if (reader->failed || id <= previous || !record.page || !piece_ref_plausible(&record))
      return damaged(store, "the root", error);
    previous = id;
    TableVersion *table;
    TRY(table_version_create(store->memory, &store->pages, &store->immortals, id, NULL, 0, &table, error));
    Status status = version_put(version, table, error);
    if (status != OK) {
      table_version_drop(table);
      return status;
    }
    table->record = record;
  }
  return OK;
}

static Status decode_into(Store *store, Version *version, ByteReader *reader, Error *error) {
  store->next_id = take_varint(reader);
  uint64_t counter_count = take_varint(reader);
  for (uint64_t i = 0; i < counter_count && !reader->failed; i++) {
    uint64_t id = take_varint(reader);
    TRY(counter_set_put(&store->counters, id, (int64_t)take_u64(reader), error));
  }
  PieceRef objects;
  take_into(reader, &objects, sizeof objects);
  if (reader->failed || !piece_ref_plausible(&objects)) return damaged(store, "the root", error);
  TRY(load_objects(store, version, &objects, error));
  version->objects->stamp = store_new_stamp(store);
  TRY(load_tables(store, version, reader, error));
  return reader->failed ? damaged(store, "the root", error) : OK;
}

Status root_decode(Store *store, const uint8_t *bytes, size_t length, Version **out, Error *error) {
  ByteReader reader = byte_reader(bytes, length);
  Version *version = version_create(store->memory, &store->pages);
  if (!version) return error_no_memory(error);
  Status status = decode_into(store, version, &reader, error);
  if (status != OK) {
    store->pages.closing = true; // nothing is to be given back to pages that are not understood
    version_drop(version);
    return status;
  }
  *out = version;
  return OK;
}
