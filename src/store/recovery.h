// SPDX-License-Identifier: MIT
//
// recovery.h: an existing file becomes a Store: headers, root, replay of the WAL, damaged WALs kept aside. And the checkpoint's
// entries that store.c needs. Private to store/.
#ifndef SMEW_STORE_RECOVERY_H
#define SMEW_STORE_RECOVERY_H

#include "store/state.h"

typedef struct Recovery Recovery;
Status recovery_begin(Store *store, Recovery **out, Error *error) MUST_USE;
Status recovery_step(Recovery *recovery, bool *done, Error *error) MUST_USE;
void recovery_free(Recovery *recovery); // NULL is fine

#define NO_WAL_FILE 2
typedef struct RecoveryDamage {
  uint32_t file; // the WAL file that is damaged before acknowledged commits; NO_WAL_FILE: none
  bool both;     // the other file goes on behind the damage
} RecoveryDamage;
RecoveryDamage recovery_damage(const Recovery *recovery); // when done

// aside.c: copies damaged WAL files to …-damaged-N, N being the last commit recovered; then cuts the damaged one before the damage and empties
// the one behind it.
typedef struct Aside Aside;
Status aside_begin(Store *store, RecoveryDamage damage, Aside **out, Error *error) MUST_USE;
Status aside_step(Aside *aside, StoreStep *step, Error *error) MUST_USE;
void aside_free(Aside *aside); // NULL is fine

// checkpoint.c
Status checkpoint_begin_final(Store *store,
                              Error *error) MUST_USE; // the header names no WAL; nothing may commit any more
void checkpoint_abandon(Store *store);

// root.c
Status root_encode(const Store *store, const Version *version, TextBuilder *out) MUST_USE;
Status root_decode(Store *store, const uint8_t *bytes, size_t length, Version **out, Error *error) MUST_USE;

#endif
