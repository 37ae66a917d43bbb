/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_WIRE_FACTS_H
#define LIBNS_WIRE_FACTS_H

#include "wire/step.h"

/* What there is in a network namespace, as the kernel told it once. */
struct wire_facts {
	struct libns_addresses *addresses;
	struct libns_routes *routes;
};

int wire_facts_read(struct wire_facts *facts, struct wire_place *place, struct libns_error *err);
void wire_facts_done(struct wire_facts *facts);

/* The first address of a family on a link that is not of the link alone. NULL: there is none. */
const struct libns_ip *wire_facts_find(const struct wire_facts *facts, uint32_t index,
				       uint8_t family);
bool wire_facts_has_address(const struct wire_facts *facts, uint32_t index,
			    const struct libns_ip *ip);
bool wire_facts_has_route(const struct wire_facts *facts, uint32_t index,
			  const struct libns_ip *to);
/* Whether anything but the link @except is in the way of a network. */
bool wire_facts_clashes(const struct wire_facts *facts, uint32_t except,
			const struct libns_ip *net);

/*
 * The way that a packet to @to would take. Return: 1; 0 if there is none; a negative errno if it
 * could not be asked for.
 */
int wire_find_way(struct libns_rtnl *rtnl, const struct libns_ip *to, struct libns_route *ret,
		  struct libns_error *err);

/* A link by which packets leave for the world. */
struct wire_uplink {
	char name[16];
	uint32_t index;
	uint32_t mtu; /* that of the route, if it has one */
	bool ip4, ip6;
};

struct wire_uplinks {
	struct wire_uplink *list;
	size_t n;
};

int wire_uplinks_read(struct wire_uplinks *uplinks, const struct wire_facts *facts,
		      struct wire_place *place, struct libns_error *err);
void wire_uplinks_done(struct wire_uplinks *uplinks);
/* The smallest; 0 without any. */
uint32_t wire_uplinks_mtu(const struct wire_uplinks *uplinks);

#endif
