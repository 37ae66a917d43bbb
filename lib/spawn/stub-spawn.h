/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_STUB_SPAWN_H
#define LIBNS_STUB_SPAWN_H

#include "spawn/plan.h"

struct libns_child;

/*
 * Carries out libns_spawn() for a plan with LIBNS_PLAN_OUT_OF_REACH. -EOPNOTSUPP means that nothing
 * has been done and no program has run.
 */
int stub_spawn(const struct plan *plan, struct libns_child **ret_child, struct libns_error *err);

#endif
