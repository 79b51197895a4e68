// SPDX-License-Identifier: MIT
//
// system_macros.h: macros that are always there; private to plan/. See system_macros.c.
#ifndef SMEW_PLAN_SYSTEM_MACROS_H
#define SMEW_PLAN_SYSTEM_MACROS_H

#include "plan/binder.h"

uint32_t system_macro_count(void);
Status system_macro_at(Binder *binder, uint32_t index, const CatalogMacro **out) MUST_USE;
// kind: CATALOG_MACRO or CATALOG_TABLE_MACRO. *out NULL: no such macro.
Status find_system_macro(Binder *binder, Str name, CatalogKind kind, const CatalogMacro **out) MUST_USE;
// A function of the library that is a macro in DuckDB: its parameters. *out NULL: none.
Status find_macro_like(Binder *binder, Str name, const CatalogMacro **out) MUST_USE;

#endif
