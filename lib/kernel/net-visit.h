/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_NET_VISIT_H
#define LIBNS_NET_VISIT_H

#include <libns/error.h>

/* The network namespace of the calling thread. */
#define NET_VISIT_HERE (-1)

/*
 * net_visit() - run a function in another network namespace
 * @ns_fd: network namespace, or NET_VISIT_HERE; borrowed
 * @main: async-signal-safe calls only; what it opens is the caller's too
 * @data: handed to @main
 * @ret_result: receives what @main returned
 *
 * Sockets stay in the namespace that they were made in, and so do open files of /proc/net and
 * /proc/sys/net. The calling thread stays where it is. Not to be called between clone(2) and
 * execve(2).
 *
 * Return: 0, or a negative errno with the sentence: the namespace cannot be entered.
 */
int net_visit(int ns_fd, int (*main)(void *data), void *data, int *ret_result,
	      struct libns_error *err);

#endif
