/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_WIRE_LOCAL_H
#define LIBNS_WIRE_LOCAL_H

#include "wire/leads.h"

/* Ports of 127.0.0.1 that lead into a namespace, and whose address this host has. */

/* Return: 0; -EADDRNOTAVAIL with the sentence if this host has not the address of one of the ports, and
 * does not expect it either (the sysctl ip_nonlocal_bind); or -errno. */
int local_check(const struct libns_wire_port *ports, size_t n, struct libns_error *err);

/* Programs of the host can use those of 127.0.0.1 there. All lead to one namespace, over @link, which
 * a dry run need not find; NULL: it is looked for. */
int local_open(const struct leads *leads, const char *link, uint64_t flags,
	       const struct libns_wire_watch *watch, struct libns_error *err);

/* The link is as before if none of @left, which leads over the same link, is one. */
int local_close(const struct leads *gone, const struct leads *left, uint64_t flags,
		const struct libns_wire_watch *watch, struct libns_error *err);

#endif
