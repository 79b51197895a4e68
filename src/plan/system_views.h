// SPDX-License-Identifier: MIT
//
// system_views.h: views that are always there; private to plan/. See system_views.c.
#ifndef SMEW_PLAN_SYSTEM_VIEWS_H
#define SMEW_PLAN_SYSTEM_VIEWS_H

#include "base/base.h"

// The query behind a built-in view; data NULL: no such view. `schema` data NULL: not said.
Str system_view_sql(Str schema, Str name);

#endif
