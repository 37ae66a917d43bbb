/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_WIRE_DOWN_H
#define LIBNS_WIRE_DOWN_H

#include "wire/step.h"
#include "wire/wire.h"

/* Gives a link of @place back that was moved there from the host. Return: 0 or -errno. */
int wire_down_move_back(struct wire_place *place, const char *link, uint64_t flags,
			const struct libns_wire_watch *watch, struct libns_error *err);

/* Takes away what the host has for all namespaces, unless one is wired still. The rules stay also as
 * long as ports lead to a name, which may be one that was wired by hand. */
int wire_down_last(int run_fd, const struct wire_without *without, uint64_t flags,
		   const struct libns_wire_watch *watch, struct libns_error *err);

/* Whether the table of nftables is needed still: by @links, those of the host, or by ports. Return: 1, 0
 * or -errno. */
int wire_rules_are_needed(int run_fd, const struct libns_links *links,
			  const struct wire_without *without, struct libns_error *err);

#endif
