// SPDX-License-Identifier: MIT
//
// session_functions.h: functions whose answer is the catalog's or the session's; private to plan/. See session_functions.c.
#ifndef SMEW_PLAN_SESSION_FUNCTIONS_H
#define SMEW_PLAN_SESSION_FUNCTIONS_H

#include "plan/binder.h"

// *out NULL: not one of them.
Status bind_session_function(Binder *binder, Str name, Expr **arguments, uint32_t count, int32_t position,
                             Expr **out) MUST_USE;

#endif
