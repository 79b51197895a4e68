// SPDX-License-Identifier: MIT
//
// listings.h: table functions whose rows are known when the statement is bound: of the session, of the function library, of the grammar;
// private to plan/. See listings.c.
#ifndef SMEW_PLAN_LISTINGS_H
#define SMEW_PLAN_LISTINGS_H

#include "plan/binder.h"

bool is_listing(Str name);
// The rows of a listing, as a plan with a column for each name.
Status bind_listing(Binder *binder, Str name, LogicalPlan **out, Str **names) MUST_USE;

#endif
