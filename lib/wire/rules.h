/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_WIRE_RULES_H
#define LIBNS_WIRE_RULES_H

#include <libns/wire.h>

#include "text/wire-text.h"
#include "wire/facts.h"

/*
 * What is changed of the host for namespaces that are wired: one table of rules, two settings of a
 * link, ports. All of it in the network namespace of the calling thread, under the lock of the state
 * directory, and done again without harm.
 */

/* Carries commands of nft(8) out as a step. @what: in words. */
int wire_rules_run(const char *what, const char *commands, uint64_t flags,
		   const struct libns_wire_watch *watch, struct libns_error *err);

/*
 * The table is there and whole afterwards, with all ports that are published and all uplinks that
 * forward for our sake. A table of that name that is not ours: -EEXIST.
 *
 * @next: uplinks whose forwarding is switched on next; NULL: none
 */
int wire_rules_ensure(const struct wire_uplinks *next, uint64_t flags,
		      const struct libns_wire_watch *watch, struct libns_error *err);

/* The table is made anew, if it is there and ours. */
int wire_rules_renew(uint64_t flags, const struct libns_wire_watch *watch, struct libns_error *err);

/* It is gone afterwards, if it is ours. For when no namespace is wired any more. */
int wire_rules_drop(uint64_t flags, const struct libns_wire_watch *watch, struct libns_error *err);

/* Whether the table is whole, for who only looks. Return: 1, 0, or a negative errno. */
int wire_rules_are_whole(const struct wire_uplinks *next, struct libns_error *err);

/*
 * The uplinks forward packets afterwards, IPv6 too if @ip6 of them, and the table is there, so that
 * they do so for nobody else. What was so before is kept until wire_forwarding_release(). Before
 * Linux 6.17 no single link can be made to forward IPv6: this is told, and no failure.
 */
int wire_forwarding_take(const struct wire_uplinks *uplinks, uint64_t flags,
			 const struct libns_wire_watch *watch, struct libns_error *err);

/*
 * The settings of all links are as they were, unless somebody else has changed them since. What
 * cannot be known any more is told.
 */
int wire_forwarding_release(uint64_t flags, const struct libns_wire_watch *watch,
			    struct libns_error *err);

/* Whether one link can be made to forward IPv6 (Linux 6.17). */
bool wire_forwarding_has_ip6(void);

/* Where ports lead to. */
struct wire_inside {
	const struct libns_ip *ip4, *ip6; /* NULL: the namespace has none */
	const char *link; /* of this host, that leads there; NULL: it is looked for */
};

/*
 * Whether ports can be published for a name: it is to be known before the table is made. An address
 * that is NULL is not there. Return: 0; -EADDRINUSE: published for another name; -EOPNOTSUPP,
 * -EADDRNOTAVAIL, ...
 */
int wire_ports_check(const char *name, const struct libns_wire_port *ports, size_t n_ports,
		     const struct wire_inside *inside, struct libns_error *err);

/*
 * Whether ports can be published for a name whose link does not forward: only those of 127.0.0.1,
 * since answers to other machines would not be sent on. Return: 0 or -EHOSTUNREACH.
 */
int wire_ports_check_isolated(const char *name, const struct libns_wire_port *ports, size_t n_ports,
			      struct libns_error *err);

/*
 * The ports lead to the addresses afterwards. Ports that were published for the name at other
 * addresses of it are dropped. The table is there. Return: as wire_ports_check().
 */
int wire_ports_add(const char *name, const struct libns_wire_port *ports, size_t n_ports,
		   const struct wire_inside *inside, uint64_t flags,
		   const struct libns_wire_watch *watch, struct libns_error *err);

/* The ports lead nowhere afterwards; without @ports: all of the name. The namespace may be gone. */
int wire_ports_remove(const char *name, const struct libns_wire_port *ports, size_t n_ports,
		      uint64_t flags, const struct libns_wire_watch *watch,
		      struct libns_error *err);

/* The table is whole, and leads all ports that are published, whatever has become of it. */
int wire_ports_rebuild(uint64_t flags, const struct libns_wire_watch *watch,
		       struct libns_error *err);

/*
 * What is written down of the ports of a name cannot be read: it is told and removed, and the table
 * made again without them.
 */
int wire_ports_forget_damaged(const char *name, uint64_t flags,
			      const struct libns_wire_watch *watch, struct libns_error *err);

/* How many ports that are published are not in the table. Return: that, or a negative errno. */
int wire_ports_count_lost(struct libns_error *err);

#endif
