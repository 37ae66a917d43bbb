/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_PLAN_H
#define LIBNS_PLAN_H

#include <libns/run.h>

/* A plan as the steps work with it: it is complete and checked, and it is decided who writes the id
 * maps. */
struct plan {
	struct libns_plan ask;
	bool self_uid;     /* the process in the new user namespace writes its own */
	bool self_gid;     /*   map, which has only the id that it had outside */
	bool outside_maps; /* at least one map is written from outside */
	bool keeps_mnt;    /* the mount namespace is kept on a file */
	int screen_fd;     /* the stub that executes the program, see screen.h; -1 */
};

/**
 * plan_load() - take over a caller's plan
 * @plan: receives it
 * @ask: the caller's, of the size it was compiled with
 * @how: enum libns_how
 * @euid: ids of the caller
 * @egid: see @euid
 *
 * This is the only place where plans are checked. It makes no system call.
 *
 * Return: 0, -EINVAL, -E2BIG.
 */
int plan_load(struct plan *plan, const struct libns_plan *ask, unsigned int how, uid_t euid,
	      gid_t egid, struct libns_error *err);

/* The types that the child makes itself, once it is in its control group: a cgroup namespace, whose
 * root that group becomes. */
uint64_t plan_later_types(const struct plan *plan);

/* The types that are joined before anything is made. */
uint64_t plan_entered_types(const struct plan *plan);

/*
 * Checks that a plan changes only namespaces that it makes or joins (@entered), and that it makes none
 * in sight of a pid namespace that it joins. Return: 0, -EINVAL.
 */
int plan_check_reach(const struct plan *plan, uint64_t entered, struct libns_error *err);

#endif
