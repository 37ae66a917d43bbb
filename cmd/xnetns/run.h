/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CMD_XNETNS_RUN_H
#define CMD_XNETNS_RUN_H

#include "xnetns/inside.h"
#include "xnetns/up-options.h"

/* One call of xnetns run. */
struct run {
	struct xnetns *x;
	struct inside in;
	struct up_options up;
	char **argv; /* the program */
	pid_t parent;
	bool rootless; /* in a user namespace of the caller's own */
	char *resolv_conf;
	struct libns_idmap *uids, *gids;
	struct libns_supervisor *supervisor;
	struct libns_pasta *pasta;
};

/* Makes the namespace with its links, calls @supervise, and sees to it that nothing is left, also
 * when xnetns is killed. Return: as @supervise. */
int run_wired(struct run *run, int (*supervise)(struct run *run, int *ret_status), int *ret_status);

#endif
