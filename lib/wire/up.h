/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_WIRE_UP_H
#define LIBNS_WIRE_UP_H

#include "text/wg-conf.h"
#include "wire/facts.h"
#include "wire/hidden.h"
#include "wire/pasta.h"
#include "wire/words.h"

/* One run of libns_wire_up(): what is wanted, what is there, and what it has made. */
struct wire_up {
	struct libns_wire_options o;
	const char *label; /* the name, or what an anonymous one is called */
	bool named;        /* it had its name before this run */
	uint64_t flags;

	/* Where the two ends of the pair are: the host, or another namespace; and the one that is
	 * wired. */
	struct wire_place host, inside;
	struct wire_facts host_facts, inside_facts;
	struct wire_hidden hidden; /* read when a network is to be chosen */
	struct wire_uplinks uplinks;

	char link[16];                  /* name of the end in @host */
	const char *inside_name;        /* of the end inside */
	struct libns_link outer, inner; /* index 0: it is not there yet */
	uint32_t bridge;                /* index */
	struct wg_conf wg;              /* LIBNS_WIRE_WG: what the file says */
	uint32_t mtu;

	/* For each family: family 0 where it has none. */
	uint8_t ula[6];
	struct libns_ip host4, inside4, host6, inside6;
	bool way4, way6; /* a default route is wanted */
	uint32_t group;  /* of the end in @host */
	bool single6;    /* a single link can be made to forward IPv6 */
	struct wire_pasta pasta;

	/* Made by this run, and undone if it fails. */
	bool made_link, made_ports, made_dns, made_name, moved;
};

/* way.c: sets a setting of the host's end. */
int wire_up_sysctl(struct wire_up *up, const char *name, const char *value,
		   struct libns_error *err);

/* Runs a step, unless a signal waits that is held back (base/hold.h): -EINTR. */
static inline int wire_up_step(struct wire_up *up, const struct wire_step *step,
			       struct libns_error *err)
{
	return wire_step_unless_over(step, up->label, up->flags, up->o.watch, err);
}

/* found.c: looks at what is there, and refuses what contradicts it. */
int wire_up_find(struct wire_up *up, struct libns_error *err);
/* pair.c: the two ends, their addresses, and what an address is claimed with. */
int wire_up_pair(struct wire_up *up, struct libns_error *err);
/* A number of 40 bits that is this machine's, as the beginning of IPv6 addresses. It stays as it is:
 * addresses come of it. */
int wire_find_ula(uint8_t ula[6], struct libns_error *err);
/* Return: NULL, or why there is no IPv6. */
const char *wire_lacks_ip6(void);
/* way.c: routes inside, forwarding and rules outside. */
int wire_up_way(struct wire_up *up, struct libns_error *err);

#endif
