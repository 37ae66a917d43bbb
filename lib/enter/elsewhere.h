/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_ELSEWHERE_H
#define LIBNS_ELSEWHERE_H

#include <stdbool.h>

#include <libns/enter.h>

/* Work that can only be done by a process in the namespaces of an entry, before it is entered. */
struct elsewhere {
	/* Runs in a child, and must be async-signal-safe. Return: a result, or a negative errno. */
	int (*work)(void *data);
	void *data;
	bool gives_fd;            /* the result is a descriptor, which is sent to the caller */
	unsigned int patience_ms; /* 0: half a minute */
};

/*
 * Has the work done by a child that nobody inside can trace, and that is killed when it gets stuck.
 * What the child changes in its memory is lost.
 *
 * Return: the result, or a negative errno: -ETIMEDOUT when it was stuck, -EMFILE where there was
 *         no room for its descriptor, or why there is no child.
 */
int elsewhere_do(const struct elsewhere *job);

/* For such a child: joins the mount namespace of an entry, with the rights of its owner, and adopts
 * the root directory of the entry. Return: 0, or a negative errno. */
int elsewhere_join_root(const struct libns_entry *entry);

/* For such a child: joins the user namespace of an entry, and makes a copy of the caller's mounts that
 * belongs to that. Return: 0, or a negative errno; -EPERM if no user namespace is entered. */
int elsewhere_join_user(const struct libns_entry *entry);

#endif
