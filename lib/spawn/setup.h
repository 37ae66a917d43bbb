/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_SETUP_H
#define LIBNS_SETUP_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/report.h"
#include "spawn/plan.h"
#include "spawn/step.h"

/*
 * The steps inside the new namespaces, for libns_unshare() and for the child of
 * libns_spawn(). All of it is async-signal-safe. Each step is one function that
 * either takes it or, if step_is_named() says so, only names it.
 */

struct setup {
	const struct plan *plan;
	struct explain *explain; /* NULL: do it, and nobody asks how far that went */
	bool outside; /* a process that nobody inside sees takes the steps, and then makes the child */
	bool in_place;         /* the process that becomes the program takes them */
	int line;              /* the channel, which stays open; -1 */
	int own_fds;           /* directory of this process's descriptors, opened before; -1 */
	struct report *report; /* where the step that is being taken is noted; NULL */
};

/* Takes on the ids that are to own the user namespace, before it is made. */
int setup_owner(const struct setup *s, struct libns_error *err);

/* Writes setgroups and the maps that the process inside writes itself. */
int setup_own_maps(const struct setup *s, struct libns_error *err);

/* Sets the clock offsets, while only future children are in the new time namespace. */
int setup_clocks(const struct setup *s, struct libns_error *err);

/*
 * Takes all other steps, up to the closing of descriptors. It begins with step
 * *@next, which is 0 at first, and stores there which step is due next. If
 * @outside is set, it stops at the first step that only the child can take.
 */
int setup_rest(const struct setup *s, size_t *next, struct libns_error *err);

/* A part of setup_mounts(), in setup-programs.c. */
int setup_programs(const struct setup *s, struct libns_error *err);

/* Steps of setup_rest() in setup-namespaces.c. */
int setup_cgroup_namespace(const struct setup *s, struct libns_error *err);
int setup_final_user(const struct setup *s, struct libns_error *err);

/* Steps of setup_rest() in setup-mounts.c. */
int setup_own_mounts(const struct setup *s, struct libns_error *err);
int setup_mounts(const struct setup *s, struct libns_error *err);
/* Whether the program has another root than its caller by a step of the plan, or also because it is
 * in another mount namespace. */
bool setup_has_new_root(const struct setup *s);
bool setup_is_elsewhere(const struct setup *s);

/* Steps of setup_rest() in setup-last.c. */
int setup_forget(const struct setup *s, struct libns_error *err);
int setup_cgroups(const struct setup *s, struct libns_error *err);
int setup_close(const struct setup *s, struct libns_error *err);
/* If that closes what execve(2) would, or there is a final user: opens what these steps need as
 * @own_fds. Return: it, or -1. */
int setup_open_own_fds(const struct setup *s);
int setup_limit(const struct setup *s, const struct libns_rlimit *limit, struct libns_error *err);
const char *setup_limit_name(int resource);
/* Return: whether the step was only to be named, and has been. */
bool setup_explain_limit(const struct setup *s, const char *why, const struct libns_rlimit *limit);
/* The lowest descriptor from @first on that stays open; UINT_MAX: none. */
unsigned int setup_next_kept(const struct setup *s, unsigned int first);
/* Whether setup_late_limits() sets a limit, and whether it is left to that. */
bool setup_limit_is_late(const struct setup *s, const struct libns_rlimit *limit);
bool setup_limit_waits(const struct setup *s, const struct libns_rlimit *limit);

/* Sets the limits of processes and descriptors that would hinder the steps before. */
int setup_late_limits(const struct setup *s, struct libns_error *err);

/* Wipes what earlier calls have left on the stack, which the program is not meant to have. */
void setup_wipe_stack(void);

/* For @confine of the plan, see setup-confine.c. Changes what the caller has and the child inherits;
 * setup_restore() undoes that. */
int setup_inherited(const struct setup *s, struct libns_error *err);
void setup_restore(const struct setup *s);
/* Does what works only until something is joined. */
int setup_before_join(const struct setup *s, struct libns_error *err);
/* Steps of setup_rest(): with all rights in the namespaces; and with the ids of the program. */
int setup_confine(const struct setup *s, struct libns_error *err);
/* Keeps capabilities through the change of ids, which would take them from a former root. */
int setup_keep_rights(const struct setup *s, struct libns_error *err);
int setup_confined(const struct setup *s, struct libns_error *err);
/* Takes away again what a second user namespace has given, and does what would have forbidden to
 * make that. */
int setup_confine_again(const struct setup *s, struct libns_error *err);
/* The part of it that is in setup-landlock.c. @confine of the plan is not NULL. */
int setup_landlock(const struct setup *s, struct libns_error *err);
/* The very last step: loads filters, which could refuse all other steps. */
int setup_filters(const struct setup *s, struct libns_error *err);

/* Does what only the child can do after that: session, terminal, late limits. Where it becomes
 * process 1, the limits wait for the program. */
int setup_child(const struct setup *s, struct libns_error *err);

#endif
