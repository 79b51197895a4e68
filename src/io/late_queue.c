// SPDX-License-Identifier: MIT
//
// late_queue.c: requests that wait for some polls and come out in any order, told in late_queue.h.
#include "io/late_queue.h"

#define MOST_POLLS 4 // that a request waits

// SplitMix64.
static uint64_t next_random(LateQueue *queue) {
  uint64_t z = queue->random_state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}

bool late_queue_add(LateQueue *queue, Request *request) {
  if (queue->count == LATE_QUEUE_CAPACITY) return false;
  queue->items[queue->count++] = (LateRequest){request, (uint32_t)(next_random(queue) % MOST_POLLS)};
  return true;
}

bool late_queue_remove(LateQueue *queue, Request *request) {
  for (uint32_t i = 0; i < queue->count; i++) {
    if (queue->items[i].request != request) continue;
    queue->items[i] = queue->items[--queue->count];
    return true;
  }
  return false;
}

Request *late_queue_poll(LateQueue *queue) {
  Request *ready[LATE_QUEUE_CAPACITY];
  uint32_t ready_count = 0;
  for (uint32_t i = 0; i < queue->count; i++) {
    if (queue->items[i].polls) {
      queue->items[i].polls--;
    } else {
      ready[ready_count++] = queue->items[i].request;
    }
  }
  if (!ready_count) return NULL;
  Request *chosen = ready[next_random(queue) % ready_count];
  late_queue_remove(queue, chosen);
  return chosen;
}
