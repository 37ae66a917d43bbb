/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_WIRE_BRIDGE_H
#define LIBNS_WIRE_BRIDGE_H

#include <libns/connect.h>

#include "wire/ends.h"

/* The link that makes a namespace a switch. */
#define WIRE_BRIDGE "br0"

/* One run of libns_bridge_add() and the like. */
struct wire_bridge {
	struct libns_bridge_options o;
	struct wire_end at; /* the switch; @link is the bridge; not open: it is not there */
	bool named;
	struct libns_ip net4, net6; /* family 0: it has none */
	uint32_t last4, last6;      /* the numbers of the addresses that were given last */
	bool made;                  /* by this run: it goes again if no port comes */
	bool noted;                 /* by this run, that there is such a switch */
};

/* bridge-ports.c. Return: 0, or -EINVAL with the sentence. */
int wire_bridge_check_name(const char *name, struct libns_error *err);
/* Opens the switch and finds what it has. Return: 0, also where it is not there;
 * -ENODEV for a namespace that is none. */
int wire_bridge_open(struct wire_bridge *b, struct libns_error *err);
void wire_bridge_done(struct wire_bridge *b);
/* The address that is claimed for a port, with the prefix of its network. NULL: none. */
const struct libns_ip *wire_bridge_claimed(const struct wire_facts *facts, uint32_t port,
					   uint8_t family);

/* bridge-net.c: which networks it has, or is to have. */
int wire_bridge_choose(struct wire_bridge *b, struct libns_error *err);
/* Which addresses a port has, or is to have: at[0] is the end in the port's namespace. */
int wire_bridge_addresses(struct wire_bridge *b, struct wire_ends *ends, bool first,
			  struct libns_error *err);

#endif
