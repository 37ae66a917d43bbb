/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_CONTAINER_STATE_H
#define LIBNS_CONTAINER_STATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What one state file of a container runtime says about one container. */
struct container_state {
	char runtime[16];
	char id[256];
	char name[256];         /* "" where the file has none */
	char pod[256];          /* name of the Kubernetes pod, or "" */
	char cgroup[1024];      /* its own control group, where the file says so */
	pid_t pid;              /* first process, or 0 */
	uint64_t start;         /* its start time in clock ticks, or 0 */
	uid_t owner;            /* of the file: whose word this is */
};

/**
 * container_state_read() - read the state files of all runtimes
 * @root_fd: directory below which they are, or AT_FDCWD for /
 * @found: called for each container; a negative result ends the reading
 * @data: for @found
 *
 * Return: 0, or what @found returned. What cannot be read is passed over.
 */
int container_state_read(int root_fd, int (*found)(void *data, const struct container_state *state),
			 void *data);

#endif
