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

#endif
