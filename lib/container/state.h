/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_CONTAINER_STATE_H
#define LIBNS_CONTAINER_STATE_H

#include "text/container-parse.h"

/* Where what container runtimes know is to be found: their state files, and their helpers. */

struct container_reader {
	int root_fd; /* below which everything is */
	int procfs_fd;
	int (*found)(void *data, const struct container_state *state);
	void *data;
	size_t unread;        /* places that were left out */
	char unread_why[480]; /* the first of them, and why */
};

/* Counts a place that is left out, and keeps the words about the first. */
void container_leave_out(struct container_reader *reader, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * container_state_read() - read the state files of all runtimes
 * @reader: its @found is called for each container; a negative result ends the reading
 *
 * What cannot be read is passed over. Of what only root and the caller can
 * write, everything is read; of each other user as much as 1,024 files and 4 MiB.
 *
 * Return: 0, or what @found returned, or -ENOMEM.
 */
int container_state_read(struct container_reader *reader);

/* One text more, in a directory and under a form that a helper has named. */
int container_state_read_bundle(struct container_reader *reader,
				const struct container_state *helper);

/**
 * container_ask() - ask the helpers that stay beside containers
 * @reader: as above
 * @pids: processes whose name is that of a helper
 * @n: how many
 *
 * A helper's command line is the word of the user it runs for, and counts if it
 * runs in the caller's pid namespace, and in the caller's user namespace or in one
 * that this user has made. Command lines are read by a child that can be killed.
 *
 * Return: 0, or what @found returned, or -ENOMEM.
 */
int container_ask(struct container_reader *reader, const pid_t *pids, size_t n);

#endif
