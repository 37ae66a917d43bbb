/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_CHILD_H
#define LIBNS_CHILD_H

#include <libns/run.h>

#include "kernel/channel.h"
#include "kernel/clone.h"
#include "kernel/report.h"
#include "spawn/keeper.h"
#include "spawn/plan.h"

struct libns_child {
	pid_t pid;
	int pidfd;            /* -1 before Linux 5.2 */
	int channel;          /* to the child, as long as it is held, or if it is a first process */
	struct keeper keeper; /* until the program runs */
	struct report *report; /* until the program runs */
	bool held;
	bool pid1;
	bool in_group;    /* it was born in the control group of the plan */
	bool has_screen;  /* it executes another program first, see screen.h */
	bool seen_inside; /* strangers see it before it executes its program */
	bool ended;
	int status; /* once it has ended */
};

/* A handle for the child of a plan, before it is made; NULL: -ENOMEM. */
struct libns_child *child_new(const struct libns_plan *ask, struct libns_error *err);

/* Fills in what ends the waiting for a process of a plan. */
void child_watch(const struct libns_plan *ask, pid_t pid, int pidfd, struct channel_peer *ret);

/*
 * Whether a child whose line has ended runs its program. A tracer can have it close the line instead.
 * But the kernel marks processes that have executed nothing, and clears that mark in execve(2), before
 * it closes the line. Return: 0, also if that cannot be found out; -EIO if it runs none.
 */
int child_check_program(const struct libns_child *child, struct libns_error *err);

/* Waits until the program runs, or is held, or has failed. @peer: who it is, and for how long. */
int child_expect_running(struct libns_child *child, struct channel_peer *peer,
			 struct libns_error *err);

/*
 * Makes the process, in the control group of the plan if the kernel can do that. If not, child_move()
 * moves it later, and it has to wait for that: then @waits is set before it is made.
 */
int child_clone(struct libns_child *child, const struct plan *plan, bool *waits,
		struct clone_result *ret, struct libns_error *err);

/* The same by a helper that has joined what @entry of the plan says: a child of the caller's, whose
 * number is stored in @slot, which is shared memory. @types: those that are left to be created. */
int child_clone_inside(const struct plan *plan, uint64_t types, pid_t *slot,
		       struct clone_result *ret, struct libns_error *err);

/* Whether a child that was not born in its control group has to be moved to one. */
bool child_is_moved(const struct libns_plan *ask);

/* Moves the child into the control groups of the plan. The caller does this, so that the child never
 * has the files, and that a full group does not refuse it. */
int child_move(const struct libns_child *child, const struct libns_plan *ask,
	       struct libns_error *err);

/* Strangers can have a child inside say anything, but not that no process could be made. */
void child_distrust(const struct libns_child *child, struct libns_error *err);

/* Ends and reaps a child whose set-up failed, and takes back what was bound. */
void child_discard(struct libns_child *child);

#endif
