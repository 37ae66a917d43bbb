/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_PLAN_H
#define LIBNS_PLAN_H

#include <libns/run.h>

/* A plan as the operations work with it: complete, checked, with the decision
 * who writes the id maps. */
struct plan {
	struct libns_plan ask;
	bool self_uid;     /* the process in the new user namespace writes its */
	bool self_gid;     /*   own map: one id, the one it had outside */
	bool outside_maps; /* somebody outside writes at least one */
	bool keeps_mnt;    /* the mount namespace is kept on a file */
	int screen_fd;     /* what the program is executed from, see screen.h; -1 */
};

/**
 * plan_load() - take over a caller's plan
 * @plan: receives it
 * @ask: the caller's, of the size it was compiled with
 * @how: enum libns_how
 * @euid: ids of the caller
 * @egid: see @euid
 *
 * Pure. The only place where plans are checked.
 *
 * Return: 0, -EINVAL, -E2BIG.
 */
int plan_load(struct plan *plan, const struct libns_plan *ask, unsigned int how, uid_t euid,
	      gid_t egid, struct libns_error *err);

/* What the child makes when it is in its control group, which is to be the root of that. */
uint64_t plan_later_types(const struct plan *plan);

/* What is joined before anything is made. */
uint64_t plan_entered_types(const struct plan *plan);

/*
 * That it changes no namespace but those it makes or joins (@entered), and makes none in sight of
 * a pid namespace that it joins. -EINVAL.
 */
int plan_check_reach(const struct plan *plan, uint64_t entered, struct libns_error *err);

#endif
