// SPDX-License-Identifier: MIT
//
// bind_pivot.c: PIVOT and UNPIVOT.
#include "plan/binder.h"

Status bind_pivot(Binder *binder, const SqlFrom *from, Scope *scope, LogicalPlan **out) {
  (void)scope;
  (void)out;
  return error_set(binder->error, ERROR_NOT_IMPLEMENTED, from->position, "PIVOT and UNPIVOT");
}
