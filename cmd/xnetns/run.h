/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CMD_XNETNS_RUN_H
#define CMD_XNETNS_RUN_H

#include "xnetns/inside.h"
#include "xnetns/up-options.h"

/* A process that waits for the end of xnetns; see run-wire.c. */
struct run_guard {
	pid_t pid;
	int life; /* it ends when nobody holds this any more */
};

/* One call of xnetns run. */
struct run {
	struct xnetns *x;
	struct inside in;
	struct up_options up;
	char **argv; /* the program */
	pid_t parent;
	struct run_guard program_guard;
	int guards_fd; /* it can be read when a guard has ended; or -1 */
	bool rootless; /* in a user namespace of the caller's own */
	char *resolv_conf;
	struct libns_idmap *uids, *gids;
	struct libns_supervisor *supervisor;
	struct libns_pasta *pasta;
};

/* Whether libns_wire_up() makes it; others are no more than a new namespace. */
bool run_is_wired(const struct run *run);

/* Makes the namespace with its links, calls @supervise, and sees to it that nothing is left and that
 * the program ends, also when xnetns is killed. Return: as @supervise. */
int run_guarded(struct run *run, int (*supervise)(struct run *run, int *ret_status),
		int *ret_status);
/* Has the child, which is still held, end with xnetns. Return: 0 or an exit code. */
int run_guard_child(struct run *run, struct libns_child *child);
/* --dry-run. Return: exit code. */
int run_explain(struct run *run);

#endif
