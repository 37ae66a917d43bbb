/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_WIRE_ENDS_H
#define LIBNS_WIRE_ENDS_H

#include "wire/facts.h"

/*
 * A pair of links between two named namespaces. It is born by one request, with an end in each:
 * there are both or none. That the two are a pair is told by their indexes, each of which the other
 * names.
 */

struct wire_end {
	struct wire_place place; /* its descriptor belongs to the end */
	struct wire_facts facts;
	struct libns_link link; /* index 0: it is not there */
	char name[16];
	struct libns_ip ip4, ip6; /* family 0: none */
};

struct wire_ends {
	struct wire_end at[2];
	uint64_t flags;
	const struct libns_wire_watch *watch;
	uint32_t mtu; /* 0: the kernel's */
	bool made;
};

/* clang-format off */
#define WIRE_ENDS_INIT { .at = { { .place.ns_fd = -1 }, { .place.ns_fd = -1 } } }
/* clang-format on */

void wire_ends_done(struct wire_ends *ends);

/* "to-web", or "to-" and twelve hexadecimal digits where the name is no name for a link. */
void wire_end_name(const char *other, char ret_name[16]);

/* Opens the namespace @name and reads what is there. */
int wire_end_open(struct wire_end *end, int run_fd, const char *name, struct libns_error *err);
/* Reads what is there in a place that is open, and whether it has the link @end->name. */
int wire_end_read(struct wire_end *end, struct libns_error *err);
/* Return: -EEXIST if a link that is called so is none of this pair. One whose other end is in a
 * namespace that is ending is deleted (ending.h). */
int wire_ends_check(struct wire_ends *ends, struct libns_error *err);

/* Makes the pair. The first end is set up. */
int wire_ends_pair(struct wire_ends *ends, struct libns_error *err);
int wire_ends_up(struct wire_ends *ends, size_t i, struct libns_error *err);
/* Gives an end an address, and the route that claims its network. Without one: nothing. */
int wire_ends_address(struct wire_ends *ends, size_t i, const struct libns_ip *ip,
		      struct libns_error *err);
/* Takes a pair away that was made by this run. */
void wire_ends_undo(struct wire_ends *ends);

#endif
