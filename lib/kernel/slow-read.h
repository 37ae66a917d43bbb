/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_SLOW_READ_H
#define LIBNS_SLOW_READ_H

/*
 * Work on many items that may get stuck for ever on any of them, done by a
 * child process that is killed and replaced when it does.
 */

#include <stddef.h>
#include <sys/types.h>

struct slow_work {
	size_t n; /* items 0 ... n - 1 */

	/*
	 * Runs in the child: does item @i, and puts at most @size bytes into
	 * @buf. May set *@ret_fd to a descriptor to hand over (it is closed in
	 * the child). Only async-signal-safe functions. Return: bytes, or a
	 * negative errno.
	 */
	ssize_t (*read)(void *data, size_t i, char *buf, size_t size, int *ret_fd);

	/* Runs in the caller, in the order of items; @fd is -1 or now belongs to the callee. */
	int (*deliver)(void *data, size_t i, const char *buf, ssize_t n, int fd);

	void *data;
	unsigned int item_ms;  /* patience with one item */
	unsigned int total_ms; /* patience with all stuck ones together */
};

/* What deliver() receives for items that got stuck: as if read() had returned it. */
#define SLOW_STUCK (-ETIMEDOUT)

/* Return: 0, or the first negative result of deliver(), or the errno of fork or socketpair. */
int slow_read(const struct slow_work *work);

#endif
