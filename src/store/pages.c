// SPDX-License-Identifier: MIT
//
// pages.c: see pages.h.
#include "store/pages.h"

#define GROW_LEAST_BYTES (64 * 1024)
#define GROW_MOST_BYTES (16 * 1024 * 1024)
#define MERGED_READ_BYTES (1024 * 1024)
#define STANDALONE_READ_BYTES (256 * 1024) // pieces from there on are read straight into place

Status pages_init(Pages *pages, Memory *memory, Str path, uint64_t pool_bytes, Error *error) {
  *pages = (Pages){.memory = memory, .path = path};
  pages->pool = pool_create(memory, pool_bytes);
  if (!pages->pool) return error_no_memory(error);
  pages->shared_bytes = memory_allocate(memory, PAGE_BYTES);
  if (!pages->shared_bytes) {
    pages_free(pages);
    return error_no_memory(error);
  }
  return space_init(&pages->space, memory, error);
}

void pages_free(Pages *pages) {
  if (!pages->memory) return;
  file_close(pages->file);
  pool_destroy(pages->pool);
  memory_free(pages->memory, pages->shared_bytes, PAGE_BYTES);
  space_free(&pages->space);
  *pages = (Pages){0};
}

bool piece_ref_plausible(const PieceRef *ref) {
  if (!ref->page) return true;
  if (ref->page < FIRST_DATA_PAGE || ref->page > (UINT64_MAX >> 16)) return false;
  if (!ref->page_count)
    return ref->offset <= PAGE_BYTES && ref->length <= PAGE_BYTES - ref->offset && ref->offset % 16 == 0;
  return !ref->offset && ref->length <= (uint64_t)ref->page_count * PAGE_BYTES &&
         ref->length > (uint64_t)(ref->page_count - 1) * PAGE_BYTES;
}

// ---------------------------------------------------------------------------------------------------------------------
// Writing
// ---------------------------------------------------------------------------------------------------------------------

// The file grows in large steps: growing by each write is slow on some hosts.
static Status make_room(Pages *pages, uint64_t end, Error *error) {
  if (end <= pages->file_bytes) return OK;
  uint64_t step = MIN_OF(MAX_OF(pages->file_bytes / 8, (uint64_t)GROW_LEAST_BYTES), (uint64_t)GROW_MOST_BYTES);
  uint64_t wanted = (end + step - 1) / step * step;
  Status status = file_truncate(pages->file, wanted, error);
  if (status != OK) {
    wanted = (end + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES; // a full disk may have room for less
    TRY(file_truncate(pages->file, wanted, error));
  }
  pages->file_bytes = wanted;
  return OK;
}

static Status write_at(Pages *pages, uint64_t page, const void *bytes, size_t length, Error *error) {
  TRY(make_room(pages, page * PAGE_BYTES + length, error));
  TRY(file_write(pages->file, page * PAGE_BYTES, bytes, length, error));
  pages->written_bytes += length;
  pages->dirty = true;
  return OK;
}

static Status write_shared_page(Pages *pages, Error *error) {
  if (!pages->shared_dirty) return OK;
  TRY(write_at(pages, pages->shared_page, pages->shared_bytes, PAGE_BYTES, error));
  pages->shared_dirty = false;
  return OK;
}

static Status write_slice(Pages *pages, const void *bytes, size_t length, PieceRef *ref, Error *error) {
  if (!pages->shared_page || pages->shared_used + length > PAGE_BYTES) {
    uint64_t page;
    TRY(write_shared_page(pages, error));
    pages->shared_page = 0;
    TRY(space_allocate(&pages->space, 1, &page, error));
    memset(pages->shared_bytes, 0, PAGE_BYTES);
    pages->shared_page = page;
    pages->shared_used = 0;
  }
  bool first = !pages->shared_used;
  Status status = space_share(&pages->space, pages->shared_page, error);
  if (status != OK) {
    if (first) space_release(&pages->space, pages->shared_page, 1);
    if (first) pages->shared_page = 0;
    return status;
  }
  // A page that is being read while it fills: the cached copy is of before.
  pool_forget(pages->pool, pages->shared_page);
  memcpy(pages->shared_bytes + pages->shared_used, bytes, length);
  *ref = (PieceRef){.page = pages->shared_page,
                    .length = length,
                    .checksum = checksum_bytes(bytes, length, pages->shared_page),
                    .offset = pages->shared_used};
  pages->shared_used += (uint32_t)((length + 15) & ~(size_t)15);
  pages->shared_dirty = true;
  return OK;
}

Status piece_write(Pages *pages, const void *bytes, size_t length, PieceRef *ref, Error *error) {
  *ref = (PieceRef){0};
  ASSERT(length > 0);
  if (length <= SHARED_PIECE_BYTES) return write_slice(pages, bytes, length, ref, error);
  uint64_t count = (length + PAGE_BYTES - 1) / PAGE_BYTES, page;
  if (count > UINT32_MAX) return error_set(error, ERROR_OUT_OF_RANGE, -1, "Data of one column is too large");
  TRY(space_allocate(&pages->space, count, &page, error));
  Status status = write_at(pages, page, bytes, length, error);
  if (status != OK) {
    space_release(&pages->space, page, count);
    return status;
  }
  *ref = (PieceRef){
      .page = page, .length = length, .checksum = checksum_bytes(bytes, length, page), .page_count = (uint32_t)count};
  return OK;
}

Status piece_write_at(Pages *pages, uint64_t page, uint32_t page_count, const void *bytes, size_t length, PieceRef *ref,
                      Error *error) {
  TRY(write_at(pages, page, bytes, length, error));
  *ref = (PieceRef){
      .page = page, .length = length, .checksum = checksum_bytes(bytes, length, page), .page_count = page_count};
  ASSERT(piece_ref_plausible(ref));
  return OK;
}

void piece_release(Pages *pages, const PieceRef *ref) {
  if (!ref->page || pages->closing) return;
  if (ref->page_count) {
    pool_forget(pages->pool, ref->page);
    space_release(&pages->space, ref->page, ref->page_count);
  } else if (space_unshare(&pages->space, ref->page)) {
    pool_forget(pages->pool, ref->page);
    if (ref->page == pages->shared_page) {
      pages->shared_page = 0;
      pages->shared_dirty = false;
    }
  }
}

Status pages_flush(Pages *pages, bool really, Error *error) {
  TRY(write_shared_page(pages, error));
  pages->shared_page = 0; // what is durable is not written again
  if (pages->dirty && really) {
    Status status = file_flush(pages->file, error);
    pages->flush_failed |= status != OK;
    TRY(status);
  }
  pages->dirty = false;
  pages->flushed_bytes = pages->written_bytes;
  return OK;
}

static Status shorten(Pages *pages, uint64_t bytes, Error *error) {
  if (bytes >= pages->file_bytes) return OK;
  TRY(file_truncate(pages->file, bytes, error));
  pages->file_bytes = bytes;
  return OK;
}

Status pages_trim(Pages *pages, uint64_t most_bytes, bool *done, Error *error) {
  uint64_t end = space_end(&pages->space) * PAGE_BYTES;
  *done =
      end >= pages->file_bytes || pages->file_bytes - end <= MAX_OF(pages->file_bytes / 4, (uint64_t)GROW_LEAST_BYTES);
  if (*done) return OK;
  *done = pages->file_bytes - end <= most_bytes;
  return shorten(pages, *done ? end : pages->file_bytes - most_bytes, error);
}

Status pages_trim_wholly(Pages *pages, Error *error) {
  return shorten(pages, space_end(&pages->space) * PAGE_BYTES, error);
}

// ---------------------------------------------------------------------------------------------------------------------
// Reading
// ---------------------------------------------------------------------------------------------------------------------

static Status damaged(const Pages *pages, const PieceRef *ref, PieceOwner owner, const char *why, Error *error) {
  char place[96];
  if (owner.table) {
    text_format_into(place, sizeof place, "%s %llu of table %llu", owner.what, (unsigned long long)owner.number,
                     (unsigned long long)owner.table);
  } else {
    text_format_into(place, sizeof place, "%s", owner.what);
  }
  return error_set(error, ERROR_CORRUPT, -1, "Corrupt database file \"%.*s\": %s at page %llu (%s)",
                   STR_ARG(pages->path), why, (unsigned long long)ref->page, place);
}

static size_t frame_bytes(const PieceRef *ref) { return ref->page_count ? (size_t)ref->length : PAGE_BYTES; }

static bool bytes_match(const Pages *pages, const PieceRef *ref, const uint8_t *bytes) {
  return pages->unchecked || checksum_bytes(bytes, (size_t)ref->length, ref->page) == ref->checksum;
}

static bool frame_serves(const Buffer *buffer, const PieceRef *ref) {
  return buffer->capacity_bytes >= frame_bytes(ref);
}

Status piece_read(Pages *pages, const PieceRef *ref, PieceOwner owner, Buffer **buffer, const uint8_t **bytes,
                  Error *error) {
  if (!ref->page || !piece_ref_plausible(ref) || !pages->file)
    return damaged(pages, ref, owner, "bad reference", error);
  bool fresh = false;
  Buffer *frame = pool_find(pages->pool, ref->page);
  if (frame && !frame_serves(frame, ref)) {
    buffer_drop(frame);
    return damaged(pages, ref, owner, "bad reference", error);
  }
  if (!frame) {
    fresh = true;
    if (ref->page == pages->shared_page) TRY(write_shared_page(pages, error));
    size_t wanted = frame_bytes(ref), read;
    frame = buffer_create(pages->memory, wanted);
    if (!frame) return error_no_memory(error);
    Status status = file_read(pages->file, ref->page * PAGE_BYTES, frame->data, wanted, &read, error);
    if (status != OK) {
      buffer_drop(frame);
      return status;
    }
    pages->read_bytes += read;
    if (read < wanted) memset(frame->data + read, 0, wanted - read);
  }
  const uint8_t *start = frame->data + ref->offset;
  // A run was checked when it was read; of a shared page each slice is checked by itself.
  if ((fresh || !ref->page_count) && !bytes_match(pages, ref, start)) {
    buffer_drop(frame);
    return damaged(pages, ref, owner, "checksum mismatch", error);
  }
  if (fresh) pool_remember(pages->pool, ref->page, frame);
  *buffer = frame;
  *bytes = start;
  return OK;
}

static void sort_by_page(const PieceRef **refs, uint32_t count) {
  for (uint32_t i = 1; i < count; i++) {
    const PieceRef *ref = refs[i];
    uint32_t at = i;
    for (; at && refs[at - 1]->page > ref->page; at--) refs[at] = refs[at - 1];
    refs[at] = ref;
  }
}

// Cuts one large read into the pieces that it covers.
static void read_run(Pages *pages, const PieceRef **refs, uint32_t count) {
  uint64_t start = refs[0]->page * PAGE_BYTES;
  size_t length = (size_t)(refs[count - 1]->page * PAGE_BYTES - start) + frame_bytes(refs[count - 1]), read;
  uint8_t *staging = memory_allocate(pages->memory, length);
  if (!staging) return;
  if (file_read(pages->file, start, staging, length, &read, NULL) == OK) {
    pages->read_bytes += read;
    for (uint32_t i = 0; i < count; i++) {
      size_t at = (size_t)(refs[i]->page * PAGE_BYTES - start), wanted = frame_bytes(refs[i]);
      if (at >= read) break;
      size_t there = MIN_OF(read - at, wanted);
      if (refs[i]->page_count && (there < wanted || !bytes_match(pages, refs[i], staging + at))) {
        continue;
      }
      Buffer *frame = buffer_create(pages->memory, wanted);
      if (!frame) break;
      memcpy(frame->data, staging + at, there);
      memset(frame->data + there, 0, wanted - there);
      pool_remember(pages->pool, refs[i]->page, frame);
      buffer_drop(frame);
    }
  }
  memory_free(pages->memory, staging, length);
}

void pieces_prefetch(Pages *pages, const PieceRef **refs, uint32_t count) {
  uint32_t missing = 0;
  for (uint32_t i = 0; i < count; i++) {
    const PieceRef *ref = refs[i];
    if (!ref->page || !piece_ref_plausible(ref) || frame_bytes(ref) >= STANDALONE_READ_BYTES) continue;
    if (ref->page == pages->shared_page) continue;
    Buffer *cached = pool_find(pages->pool, ref->page);
    buffer_drop(cached);
    if (!cached) refs[missing++] = ref;
  }
  if (missing < 2) return;
  sort_by_page(refs, missing);
  for (uint32_t from = 0; from < missing;) {
    uint32_t to = from + 1;
    uint64_t start = refs[from]->page * PAGE_BYTES;
    while (to < missing) {
      uint64_t previous_end = refs[to - 1]->page * PAGE_BYTES + frame_bytes(refs[to - 1]);
      uint64_t begin = refs[to]->page * PAGE_BYTES;
      if (begin > previous_end + 4 * PAGE_BYTES || begin + frame_bytes(refs[to]) - start > MERGED_READ_BYTES) break;
      to++;
    }
    if (to - from > 1) read_run(pages, refs + from, to - from);
    from = to;
  }
}
