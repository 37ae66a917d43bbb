/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_GENL_H
#define LIBNS_GENL_H

#include "kernel/netlink.h"

/*
 * The number of a family of generic netlink. @call: its descriptor is a socket of NETLINK_GENERIC.
 * Return: it, or -ENOENT where the kernel has no such family, or another errno with the sentence.
 */
int genl_family(struct netlink_call *call, const char *name, struct libns_error *err);

#endif
