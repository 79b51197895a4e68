// SPDX-License-Identifier: MIT
//
// error.c: filling an Error, and the names of its codes. Allocates nothing.
#include "base/base.h"

static const char *const class_texts[STATUS_COUNT] = {"OK",
#define X(name, text) text,
                                                      ERROR_CODES(X)
#undef X
};

static const char *const code_names[STATUS_COUNT] = {"OK",
#define X(name, text) #name,
                                                     ERROR_CODES(X)
#undef X
};

void error_clear(Error *error) {
  error->code = OK;
  error->position = -1;
  error->length = 0;
  error->message[0] = 0;
}

Status error_set(Error *error, Status code, int32_t position, const char *format, ...) {
  ASSERT(code != OK);
  if (!error) return code;
  // Formatted aside, for the arguments may lie in the message that is replaced.
  char message[ERROR_MESSAGE_CAPACITY];
  va_list arguments;
  va_start(arguments, format);
  size_t length = text_format_list_into(message, sizeof message, format, arguments);
  va_end(arguments);
  if (length == sizeof message - 1) {
    // Perhaps cut. Ends with "..." after a whole code point.
    length -= 3;
    while (length && ((uint8_t)message[length] & 0xC0) == 0x80) length--;
    memcpy(message + length, "...", 4);
    length += 3;
  }
  error->code = code;
  error->position = position;
  error->length = (uint32_t)length;
  memcpy(error->message, message, length + 1);
  return code;
}

void error_settle(Error *error, Status status) {
  if (status != ERROR_NO_MEMORY || !error || error->code == status) return;
  (void)error_set(error, status, -1, "failed to allocate memory: the memory limit or the system's is reached");
}

const char *error_class(Status code) { return (unsigned)code < STATUS_COUNT ? class_texts[code] : "Error"; }

const char *error_code_name(Status code) { return (unsigned)code < STATUS_COUNT ? code_names[code] : "UNKNOWN"; }
