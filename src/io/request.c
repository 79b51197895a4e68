// SPDX-License-Identifier: MIT
//
// request.c: the life of a request, as far as all hosts share it.
#include "io/request.h"

void request_answer(Request *request, Status status) {
  ASSERT(!request->done);
  request->status = status;
  error_settle(&request->error, status);
  request->done = true;
}

void request_fail(Request *request, Status status, const char *format, ...) {
  char message[ERROR_MESSAGE_CAPACITY];
  va_list arguments;
  va_start(arguments, format);
  size_t length = text_format_list_into(message, sizeof message, format, arguments);
  va_end(arguments);
  request_answer(request, error_set(&request->error, status, -1, "%.*s", (int)length, message));
}

void *request_allocate(Host *host, Request *request, size_t size_bytes) {
  ASSERT(!request->host_data);
  void *block = memory_allocate(host->memory, size_bytes);
  if (!block) {
    request_answer(request, error_no_memory(&request->error));
    return NULL;
  }
  request->host_data = block;
  request->host_size = size_bytes;
  return block;
}

void request_give_back(Host *host, Request *request) {
  memory_free(host->memory, request->host_data, request->host_size);
  request->host_data = NULL;
  request->host_size = 0;
  request->entries = NULL;
  request->entry_count = 0;
  request->bytes = NULL;
  request->byte_count = 0;
}

// A second is long enough not to spin and short enough that a host that forgot to wake us is survived.
#define BLOCKING_POLL_MICROS 1000000

Status host_request_blocking(Host *host, Request *request, Error *error) {
  host_submit(host, request);
  while (!request->done) host_poll(host, BLOCKING_POLL_MICROS);
  if (request->status != OK && error) *error = request->error;
  return request->status;
}
