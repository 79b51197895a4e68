// SPDX-License-Identifier: MIT
//
// recovery.h: an existing file becomes a Store: headers, root, replay of the WAL. And the checkpoint's entries that store.c needs.
// Private to store/.
#ifndef SMEW_STORE_RECOVERY_H
#define SMEW_STORE_RECOVERY_H

#include "store/state.h"

typedef struct Recovery Recovery;
Status recovery_begin(Store *store, Recovery **out, Error *error) MUST_USE;
Status recovery_step(Recovery *recovery, bool *done, Error *error) MUST_USE;
void recovery_free(Recovery *recovery);                   // NULL is fine
uint32_t recovery_damaged_file(const Recovery *recovery); // the WAL file to be kept aside; above 1: none
// Copies the damaged WAL to …-damaged-N, then cuts it before the damage. Called until *answered.
Status recovery_put_aside(Store *store, uint32_t which, Request *request, bool *submitted, TextBuilder *name,
                          TextBuilder *to_name, bool *answered, Error *error) MUST_USE;

// checkpoint.c
Status checkpoint_begin_final(Store *store,
                              Error *error) MUST_USE; // the header names no WAL; nothing may commit any more
void checkpoint_abandon(Store *store);

// root.c
Status root_encode(const Store *store, const Version *version, TextBuilder *out) MUST_USE;
Status root_decode(Store *store, const uint8_t *bytes, size_t length, Version **out, Error *error) MUST_USE;

#endif
