/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_PROC_PRIVATE_H
#define LIBNS_PROC_PRIVATE_H

#include <stdbool.h>
#include <sys/types.h>

#include <libns/proc.h>

/* Shared by proc.c, which pins, and proc-read.c, which asks. */
struct libns_proc {
	pid_t pid;
	int pidfd;    /* -1: the directory alone pins it */
	int dir_fd;   /* O_PATH */
	bool fixture; /* the directory is a copy on another file system */
};

/* Whether a descriptor is on procfs: 1, 0 or a negative errno. */
int proc_is_procfs(int fd);

#endif
