// SPDX-License-Identifier: MIT
//
// request.h: what the hosts of io/ share: answering requests and giving results back. Private to io/.
#ifndef SMEW_REQUEST_H
#define SMEW_REQUEST_H

#include "io/io.h"

// The request is done. For a failure its error must be filled already.
void request_answer(Request *request, Status status);
// The request is done with an error of this text.
void request_fail(Request *request, Status status, const char *format, ...) PRINTF_LIKE(3, 4);
// Memory of an answer, given back by request_give_back. NULL: the request is answered with "no memory".
void *request_allocate(Host *host, Request *request, size_t size_bytes);
// HostFunctions.release for hosts whose answers are one block of request_allocate.
void request_give_back(Host *host, Request *request);

#endif
