// SPDX-License-Identifier: MIT
//
// header.c: see header.h.
#include "store/header.h"

void header_seal(DatabaseHeader *header) {
  memcpy(header->magic, DATABASE_MAGIC, sizeof header->magic);
  header->format_version = STORE_FORMAT_VERSION;
  header->header_bytes = sizeof *header;
  header->checksum = checksum_bytes(header, offsetof(DatabaseHeader, checksum), 0);
}

static bool all_zero(const DatabaseHeader *header) {
  const uint8_t *bytes = (const uint8_t *)header;
  for (size_t i = 0; i < sizeof *header; i++) {
    if (bytes[i]) return false;
  }
  return true;
}

HeaderState header_check(const DatabaseHeader *header, bool with_checksum) {
  if (memcmp(header->magic, DATABASE_MAGIC, sizeof header->magic) != 0)
    return all_zero(header) ? HEADER_ABSENT : HEADER_DAMAGED;
  // The checksum of a newer format may lie elsewhere: magic and version are all that is known of it.
  if (header->format_version > STORE_FORMAT_VERSION) return HEADER_NEWER;
  if (with_checksum && header->checksum != checksum_bytes(header, offsetof(DatabaseHeader, checksum), 0))
    return HEADER_DAMAGED;
  return HEADER_VALID;
}
