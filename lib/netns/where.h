/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_NETNS_WHERE_H
#define LIBNS_NETNS_WHERE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <libns/error.h>

/* Where a name is bound that is not bound in the caller's mount namespace. */

struct netns_where {
	bool found;
	pid_t pid;           /* first process of that mount namespace; 0: covered in our own */
	size_t n_unreadable; /* mount tables of processes that could not be read */
};

/*
 * Looks for names of the directory @dir_fd in all mount namespaces that have a
 * process. Return: 0, or a negative errno if nothing can be found out.
 */
int netns_find(int dir_fd, const char *const *names, struct netns_where *wheres, size_t n);

/*
 * Looks for a name that the caller's directory of names does not have in those that processes have at
 * the same path, in other mount namespaces, but in the caller's network. Return: 1; 0 if there is none;
 * or -errno where that cannot be told: the name may be in use then.
 */
int netns_find_elsewhere(int run_fd, const char *name, struct netns_where *ret_where);

/* Writes "in the mount namespace of process 4711 (sleep)". Return: @buf. */
const char *netns_where_words(const struct netns_where *where, char *buf, size_t size);

#endif
