/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_NETNS_CREATE_H
#define LIBNS_NETNS_CREATE_H

#include <libns/error.h>
#include <libns/link.h>

/*
 * Makes a network namespace without a name, which ends with the descriptor. The calling thread stays
 * where it is. @ret_rtnl: receives a connection to it, which the child has opened that made it; NULL
 * if that failed, and libns_rtnl_new() may tell why. It may be NULL itself. Return: descriptor, or
 * -errno with the sentence.
 */
int netns_create(struct libns_rtnl **ret_rtnl, struct libns_error *err);

/*
 * Runs @main in a child that the rest of the program does not notice, as with vfork(2). @flags: of
 * clone(2); @data: its argument; @result: a part of that, which it sets. Return: the result, or
 * -errno where there is no child.
 */
int netns_helper(int (*main)(void *), unsigned long flags, void *data, int *result);

#endif
