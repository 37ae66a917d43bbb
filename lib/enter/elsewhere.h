/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_ELSEWHERE_H
#define LIBNS_ELSEWHERE_H

#include <stdbool.h>

#include <libns/enter.h>

/* Work that can only be done by a process in the namespaces of an entry, before it is entered. */
struct elsewhere {
	int (*work)(
		void *data); /* in a child: its result, or a negative errno. Async-signal-safe */
	void *data;
	bool gives_fd;            /* the result is a descriptor, which is handed over */
	unsigned int patience_ms; /* 0: half a minute */
};

/*
 * Has it done by a child that nobody inside can trace, and that is killed when it gets stuck.
 * The changes it makes to memory are lost with it.
 *
 * Return: the result, or a negative errno: -ETIMEDOUT when it was stuck, -EMFILE where there was
 *         no room for its descriptor, or why there is no child.
 */
int elsewhere_do(const struct elsewhere *job);

/* In such a child: joins the mounts of an entry, as their owner, and its root directory.
 * Return: 0, or a negative errno. */
int elsewhere_join_root(const struct libns_entry *entry);

/* In such a child: joins the user namespace of an entry, with a copy of the caller's mounts that
 * belongs to it. Return: 0, or a negative errno; -EPERM if none is entered. */
int elsewhere_join_user(const struct libns_entry *entry);

#endif
