/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_SPAWN_H
#define LIBNS_SPAWN_H

#include "spawn/plan.h"
#include "spawn/step.h"

/* Takes over the plan of this process, see plan_load() and plan_check_reach(). */
int spawn_load(struct plan *plan, const struct libns_plan *ask, unsigned int how,
	       struct libns_error *err);

/* Whether a helper has to make the child, and not the caller itself. */
bool spawn_needs_helper(const struct plan *plan);

/* Whether the helper also takes the steps of the plan before it makes the child. */
bool spawn_is_confined(const struct plan *plan);

/* The types that such a helper makes by unshare(2), before it makes the child. */
uint64_t spawn_early_types(const struct plan *plan);

/* The types that are left for the clone that makes the child. */
uint64_t spawn_late_types(const struct plan *plan);

/* Whether the child may have the memory of its caller until it executes the program. */
bool spawn_may_share(const struct plan *plan);

/* Names, or counts, what the caller does between the clone and GO. @is_mapped: the id maps have
 * been written before. */
void explain_served(const struct plan *plan, bool is_mapped, struct explain *explain);

/* Names, or counts, what the keeper does for libns_unshare(). */
void explain_kept(const struct plan *plan, struct explain *explain);

/* Calls @trace of the plan for each step that was counted. @r: the result of the last one. */
void explain_taken(const struct plan *plan, unsigned int how, const struct explain *counted, int r);

#endif
