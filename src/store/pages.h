// SPDX-License-Identifier: MIT
//
// pages.h: the database file as pieces. Private to store/.
//
// A piece is a run of 4 KiB pages, or a slice of a page that small pieces share. Its reference carries length and checksum, so that who holds a
// reference vouches for the bytes. Writing never touches a page that anything durable refers to: pieces go to free pages, and a
// shared page takes further pieces only until the next flush.
//
// Reading goes through the buffer pool: a piece is a Buffer; holding a reference to it pins it.
#ifndef SMEW_STORE_PAGES_H
#define SMEW_STORE_PAGES_H

#include "store/free_space.h"
#include "store/store.h"

#define SHARED_PIECE_BYTES 2048 // smaller pieces share pages

typedef struct PieceRef { // part of the file format
  uint64_t page;          // 0: none
  uint64_t length;        // bytes
  uint64_t checksum;
  uint32_t page_count; // 0: a slice of a shared page
  uint32_t offset;     // in the shared page
} PieceRef;
_Static_assert(sizeof(PieceRef) == 32, "part of the file format");

typedef struct Pages {
  Memory *memory;
  File *file; // owned; NULL in memory
  Str path;   // borrowed from the store
  BufferPool *pool;
  PageSpace space;      // pages in use by anything: durable, pinned, or just being written
  uint64_t file_bytes;  // physical size
  uint64_t shared_page; // takes small pieces; 0: none
  uint32_t shared_used; // bytes of it
  bool shared_dirty;
  uint8_t *shared_bytes; // [PAGE_BYTES]
  uint64_t read_bytes;
  uint64_t written_bytes;
  uint64_t flushed_bytes; // of those, written before the last flush
  bool dirty;             // written since the last flush
  bool flush_failed;      // nobody knows what of the file is durable: nothing more may be made to depend on it
  bool unchecked;         // checksums are not tested: SAFEGUARD_PIECE_CHECKSUM
  bool closing;           // releases are for memory only: unloaded things need not be read to know their pages
} Pages;

// What a piece belongs to, for error texts: "row group 3 of table 17".
typedef struct PieceOwner {
  const char *what;
  uint64_t number;
  uint64_t table; // 0: none
} PieceOwner;

Status pages_init(Pages *pages, Memory *memory, Str path, uint64_t pool_bytes, Error *error) MUST_USE;
void pages_free(Pages *pages); // closes the file
Status piece_write(Pages *pages, const void *bytes, size_t length, PieceRef *ref, Error *error) MUST_USE;
// Into a run of pages that was allocated before; the length must fill all but the last page.
Status piece_write_at(Pages *pages, uint64_t page, uint32_t page_count, const void *bytes, size_t length, PieceRef *ref,
                      Error *error) MUST_USE;
void piece_release(Pages *pages, const PieceRef *ref); // its pages are free at once; a none reference is fine
// Pins the piece: *buffer is a reference to be dropped by buffer_drop, *bytes its ref->length bytes, at a multiple of 16.
Status piece_read(Pages *pages, const PieceRef *ref, PieceOwner owner, Buffer **buffer, const uint8_t **bytes,
                  Error *error) MUST_USE;
// Reads those that are not cached with few, large reads. What goes wrong is left for piece_read to say.
void pieces_prefetch(Pages *pages, const PieceRef **refs, uint32_t count);
// Writes what is still in memory and flushes the file.
Status pages_flush(Pages *pages, bool really, Error *error) MUST_USE;
// Cuts the file after the last used page: when that gives much back, by at most so many bytes and *done when that is all; or always.
Status pages_trim(Pages *pages, uint64_t most_bytes, bool *done, Error *error) MUST_USE;
Status pages_trim_wholly(Pages *pages, Error *error) MUST_USE;
// Whether the reference can be one of this file.
bool piece_ref_plausible(const PieceRef *ref);

// buffer_pool.c
BufferPool *pool_create(Memory *memory, uint64_t limit_bytes);
void pool_destroy(BufferPool *pool);                // NULL is fine
Buffer *pool_find(BufferPool *pool, uint64_t page); // a new reference, or NULL
// Takes no reference away from the caller. Failing to remember it is harmless.
void pool_remember(BufferPool *pool, uint64_t page, Buffer *buffer);
void pool_forget(BufferPool *pool, uint64_t page); // its page was freed

#endif
