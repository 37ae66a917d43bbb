/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_FOLLOW_H
#define LIBNS_FOLLOW_H

#include <libns/confine.h>
#include <libns/error.h>
#include <libns/run.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A program that is what the processes are among which it is run. Which ids it has, whether its
 * groups can be set, and what the numbers of groups mean depends on the user namespace that is
 * joined. This decides all of it:
 *
 *   plan.entry = entry;
 *   plan.argv = argv;
 *   if (libns_plan_follow_target(&plan, LIBNS_CONFINE_ALL | LIBNS_CONFINE_IDS, 2000, &err) == 0)
 *           libns_spawn(&plan, &child, &err);
 *   libns_confine_free(plan.confine);
 *
 * The example alike.c of the documentation is a whole program.
 */

/**
 * libns_plan_follow_target() - make the program what the target is: its ids, and how confined it is
 * @plan: plan whose @entry was made for a process
 * @parts: LIBNS_CONFINE_*, LIBNS_CONFINE_IDS among them
 * @patience_ms: as for libns_confine_read()
 * @err: receives the sentence on failure, or NULL
 *
 * Fills in @uid and @gid with their flags, and @confine. Where the ids are not asked for, they are
 * those that make sense inside (libns_entry_query_ids()), and the supplementary groups are cleared
 * unless they are among @parts. Call it before anything is joined. Not async-signal-safe.
 *
 * Ownership: free @confine of the plan with libns_confine_free(), also on failure.
 * Affects: as libns_confine_read().
 * Return: 0; -EINVAL for a plan without an entry or with @confine; -ENODATA for an entry without a
 *         process; otherwise as libns_entry_query_target_id(), libns_entry_query_ids() and
 *         libns_confine_read().
 * Since: 0.1
 */
int libns_plan_follow_target(struct libns_plan *plan, unsigned int parts, unsigned int patience_ms,
			     struct libns_error *err);

#ifdef __cplusplus
}
#endif

#endif
