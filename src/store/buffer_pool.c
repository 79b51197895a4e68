// SPDX-License-Identifier: MIT
//
// buffer_pool.c: pieces of the database file that are in memory, and the blocks of transient memory that operators ask for.
//
// A cached piece is a Buffer; the pool holds one reference. Whoever reads it holds others: that is the pin. Eviction goes round like the
// hand of a clock and takes unpinned pieces that were not used since its last visit, when the pool is over its size or Memory asks back.
#include "store/tree.h"

typedef struct Frame {
  uint64_t page; // 0: empty slot
  Buffer *buffer;
  bool used; // since the hand came by
} Frame;

typedef struct TransientBlock {
  uint8_t *bytes; // NULL: free
  uint32_t pins;
  uint32_t next_free;
} TransientBlock;

struct BufferPool {
  Memory *memory;
  uint64_t limit_bytes;
  uint64_t cached_bytes;
  Frame *frames; // open addressing by page
  uint32_t frame_count;
  uint32_t frame_capacity; // power of two
  uint32_t hand;
  TransientBlock *blocks; // [block_capacity]; number 0 is never given out
  uint32_t block_count;
  uint32_t block_capacity;
  uint32_t free_block;
};

static uint32_t find_slot(const BufferPool *pool, uint64_t page) {
  uint32_t mask = pool->frame_capacity - 1, slot = (uint32_t)hash_u64(page) & mask;
  while (pool->frames[slot].page && pool->frames[slot].page != page) slot = (slot + 1) & mask;
  return slot;
}

// Takes a frame out; later ones of its run move back.
static void remove_frame(BufferPool *pool, uint32_t slot) {
  uint32_t mask = pool->frame_capacity - 1, hole = slot;
  pool->cached_bytes -= pool->frames[slot].buffer->capacity_bytes;
  buffer_drop(pool->frames[slot].buffer);
  for (uint32_t next = (hole + 1) & mask; pool->frames[next].page; next = (next + 1) & mask) {
    uint32_t home = (uint32_t)hash_u64(pool->frames[next].page) & mask;
    if (((next - home) & mask) >= ((next - hole) & mask)) {
      pool->frames[hole] = pool->frames[next];
      hole = next;
    }
  }
  pool->frames[hole] = (Frame){0};
  pool->frame_count--;
}

static uint64_t evict(BufferPool *pool, uint64_t wanted_bytes) {
  uint64_t given = 0;
  for (uint64_t step = 0; step < (uint64_t)pool->frame_capacity * 2 && given < wanted_bytes && pool->frame_count;
       step++) {
    Frame *frame = &pool->frames[pool->hand];
    if (frame->page && frame->buffer->references == 1) {
      if (!frame->used) {
        given += frame->buffer->capacity_bytes;
        remove_frame(pool, pool->hand);
        continue; // another may have moved here
      }
      frame->used = false;
    }
    pool->hand = (pool->hand + 1) & (pool->frame_capacity - 1);
  }
  return given;
}

static bool pool_reclaim(void *owner, uint64_t wanted_bytes) { return evict(owner, wanted_bytes) > 0; }

BufferPool *pool_create(Memory *memory, uint64_t limit_bytes) {
  BufferPool *pool = memory_allocate_zeroed(memory, sizeof *pool);
  if (!pool) return NULL;
  *pool = (BufferPool){.memory = memory, .limit_bytes = limit_bytes};
  if (!memory->reclaim) {
    memory->reclaim = pool_reclaim;
    memory->reclaim_owner = pool;
  }
  return pool;
}

void pool_destroy(BufferPool *pool) {
  if (!pool) return;
  Memory *memory = pool->memory;
  if (memory->reclaim_owner == pool) {
    memory->reclaim = NULL;
    memory->reclaim_owner = NULL;
  }
  for (uint32_t i = 0; i < pool->frame_capacity; i++) {
    if (pool->frames[i].page) buffer_drop(pool->frames[i].buffer);
  }
  memory_free(memory, pool->frames, sizeof(Frame) * pool->frame_capacity);
  for (uint32_t i = 0; i < pool->block_count; i++) memory_free(memory, pool->blocks[i].bytes, POOL_BLOCK_BYTES);
  memory_free(memory, pool->blocks, sizeof(TransientBlock) * pool->block_capacity);
  memory_free(memory, pool, sizeof *pool);
}

Buffer *pool_find(BufferPool *pool, uint64_t page) {
  if (!pool->frame_count) return NULL;
  Frame *frame = &pool->frames[find_slot(pool, page)];
  if (!frame->page) return NULL;
  frame->used = true;
  buffer_keep(frame->buffer);
  return frame->buffer;
}

static bool grow_frames(BufferPool *pool) {
  uint32_t old_capacity = pool->frame_capacity, capacity = old_capacity ? old_capacity * 2 : 64;
  Frame *fresh = memory_allocate_zeroed(pool->memory, sizeof(Frame) * capacity);
  if (!fresh) return false;
  // Asking for memory may have evicted frames: the old ones are looked at only now.
  Frame *old = pool->frames;
  pool->frames = fresh;
  pool->frame_capacity = capacity;
  pool->hand = 0;
  for (uint32_t i = 0; i < old_capacity; i++) {
    if (old[i].page) pool->frames[find_slot(pool, old[i].page)] = old[i];
  }
  memory_free(pool->memory, old, sizeof(Frame) * old_capacity);
  return true;
}

void pool_remember(BufferPool *pool, uint64_t page, Buffer *buffer) {
  uint64_t bytes = buffer->capacity_bytes;
  if (pool->cached_bytes + bytes > pool->limit_bytes) evict(pool, pool->cached_bytes + bytes - pool->limit_bytes);
  if ((pool->frame_count + 1) * 4 > pool->frame_capacity * 3 && !grow_frames(pool)) return;
  uint32_t slot = find_slot(pool, page);
  if (pool->frames[slot].page) return;
  buffer_keep(buffer);
  pool->frames[slot] = (Frame){page, buffer, true};
  pool->frame_count++;
  pool->cached_bytes += bytes;
}

void pool_forget(BufferPool *pool, uint64_t page) {
  if (!pool->frame_count) return;
  uint32_t slot = find_slot(pool, page);
  if (!pool->frames[slot].page) return;
  // A table that goes may have hundreds of megabytes here.
  Buffer *buffer = pool->frames[slot].buffer;
  buffer_keep(buffer);
  remove_frame(pool, slot);
  buffer_drop_later(buffer);
}

uint64_t pool_cached_bytes(const BufferPool *pool) { return pool->cached_bytes; }

// ---------------------------------------------------------------------------------------------------------------------
// Transient blocks
// ---------------------------------------------------------------------------------------------------------------------

static Status grow_blocks(BufferPool *pool, Error *error) {
  uint32_t capacity = pool->block_capacity ? pool->block_capacity * 2 : 16;
  TransientBlock *blocks = memory_grow(pool->memory, pool->blocks, sizeof(TransientBlock) * pool->block_capacity,
                                       sizeof(TransientBlock) * capacity);
  if (!blocks) return error_no_memory(error);
  pool->blocks = blocks;
  pool->block_capacity = capacity;
  if (!pool->block_count) pool->blocks[pool->block_count++] = (TransientBlock){0};
  return OK;
}

Status pool_block_allocate(BufferPool *pool, PoolBlock *block, void **bytes, Error *error) {
  uint32_t number = pool->free_block;
  if (!number && pool->block_count == pool->block_capacity) TRY(grow_blocks(pool, error));
  uint8_t *memory = memory_allocate(pool->memory, POOL_BLOCK_BYTES);
  if (!memory) return error_no_memory(error);
  if (number)
    pool->free_block = pool->blocks[number].next_free;
  else
    number = pool->block_count++;
  pool->blocks[number] = (TransientBlock){.bytes = memory, .pins = 1};
  *block = number;
  *bytes = memory;
  return OK;
}

Status pool_block_pin(BufferPool *pool, PoolBlock block, void **bytes, Error *error) {
  (void)error;
  ASSERT(block && block < pool->block_count && pool->blocks[block].bytes);
  pool->blocks[block].pins++;
  *bytes = pool->blocks[block].bytes;
  return OK;
}

void pool_block_unpin(BufferPool *pool, PoolBlock block) {
  ASSERT(block && block < pool->block_count && pool->blocks[block].pins > 0);
  pool->blocks[block].pins--;
}

void pool_block_free(BufferPool *pool, PoolBlock block) {
  if (!block) return;
  ASSERT(block < pool->block_count && pool->blocks[block].bytes);
  memory_free(pool->memory, pool->blocks[block].bytes, POOL_BLOCK_BYTES);
  pool->blocks[block] = (TransientBlock){.next_free = pool->free_block};
  pool->free_block = block;
}
