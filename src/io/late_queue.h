// SPDX-License-Identifier: MIT
//
// late_queue.h: requests that a host leaves unanswered for some polls, to be answered in any order. Private to io/; for hosts made for tests.
#ifndef SMEW_LATE_QUEUE_H
#define SMEW_LATE_QUEUE_H

#include "io/io.h"

#define LATE_QUEUE_CAPACITY 64

typedef struct LateRequest {
  Request *request;
  uint32_t polls; // still to wait
} LateRequest;

typedef struct LateQueue {
  uint64_t random_state; // the seed at first
  uint32_t count;
  LateRequest items[LATE_QUEUE_CAPACITY];
} LateQueue;

// False: the queue is full, the request is to be answered now.
bool late_queue_add(LateQueue *queue, Request *request);
// False: it does not wait here.
bool late_queue_remove(LateQueue *queue, Request *request);
// Time goes on for all that wait; of those whose time has come one by chance is taken out. NULL: none.
Request *late_queue_poll(LateQueue *queue);

#endif
