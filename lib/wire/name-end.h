/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_WIRE_NAME_END_H
#define LIBNS_WIRE_NAME_END_H

#include "kernel/helper.h"

/* Tells the keeper of a service that a named network namespace is of no use to anybody else any more. */
struct name_end {
	struct helper_guard guard;
	int run_fd;      /* or LIBNS_NETNS_RUN */
	char name[256];  /* by which the namespace is found when the keeper is let go */
	char holder[16]; /* number of the process that held it last, or empty */
	int mounts_fd;   /* the mounts of the keeper */
	int proc_fd;     /* the processes that it looks at */
};

/* @run_fd and @name are those of libns_netns_open(); they are borrowed until the keeper has started. */
void name_end_init(struct name_end *end, int run_fd, const char *name);

#endif
