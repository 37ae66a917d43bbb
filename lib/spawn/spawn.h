/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_SPAWN_H
#define LIBNS_SPAWN_H

#include "spawn/plan.h"

/* Whether the child must be made by a process of ours that is not the caller. */
bool spawn_needs_helper(const struct plan *plan);

/* Whether that process takes the steps of the plan too, before it makes the child. */
bool spawn_is_confined(const struct plan *plan);

/* What such a helper makes by unshare(2), before it makes the child. */
uint64_t spawn_early_types(const struct plan *plan);

/* Whether the child may have the memory of its caller until it executes the program. */
bool spawn_may_share(const struct plan *plan);

#endif
