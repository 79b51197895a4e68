// SPDX-License-Identifier: MIT
//
// memory_host.h: more than a host can do: laying files into a memory host and looking at what lies there. Private to io/
// and tests.
#ifndef SMEW_MEMORY_HOST_H
#define SMEW_MEMORY_HOST_H

#include "io/io.h"

// Makes or replaces a file; the bytes are copied.
Status memory_host_put(Host *host, Str path, const void *bytes, size_t length, Error *error) MUST_USE;
uint32_t memory_host_file_count(Host *host);
// The index-th file: path and bytes, borrowed until the host changes.
void memory_host_file_at(Host *host, uint32_t index, Str *path, Str *bytes);

#endif
