/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_WIRE_SLOT_H
#define LIBNS_WIRE_SLOT_H

#include <libns/error.h>
#include <libns/ip.h>
#include <libns/link.h>

/*
 * Names of links and addresses, computed of the name of a namespace. Nothing here asks the kernel.
 *
 * The pool of addresses is cut into slots of equal size, each for one pair of links. A name has its
 * slot, so that a namespace has the same addresses tomorrow; if that is taken, it gets the next.
 */
#define WIRE_SLOTS 16384u

/* "xn-web", or "xn-" and twelve hexadecimal digits where the name is no name for a link. */
void wire_slot_link(const char *name, char ret_link[16]);

uint32_t wire_slot_first(const char *name);

/* The two addresses of a slot: 10.171.x.y/30, or /64 below the prefix @ula of 48 bits. */
void wire_slot_ip4(uint32_t slot, struct libns_ip *ret_host, struct libns_ip *ret_inside);
void wire_slot_ip6(uint32_t slot, const uint8_t ula[6], struct libns_ip *ret_host,
		   struct libns_ip *ret_inside);

/* The network of a bridge: 10.171.x.0/24, or a /64 below @ula that is that of no slot. @n is below
 * WIRE_BRIDGES. */
#define WIRE_BRIDGES 256u
void wire_slot_bridge(uint32_t n, const uint8_t ula[6], struct libns_ip *ret_ip4,
		      struct libns_ip *ret_ip6);

/* The network that an address is in. */
struct libns_ip wire_ip_network(const struct libns_ip *ip);
bool wire_ip_same(const struct libns_ip *a, const struct libns_ip *b);

/* The first address in the network of @ip that is not @ip itself, for the other end of the link.
 * Return: false where there is none. */
bool wire_ip_other(const struct libns_ip *ip, struct libns_ip *ret);

/* Return: why a machine in the network of @ip cannot have that address; NULL if it can. */
const char *wire_ip_wrong(const struct libns_ip *ip);
/* Return: 0; -EINVAL, and a sentence with that reason. */
int wire_ip_check(const struct libns_ip *ip, struct libns_error *err);

/* Whether it says nothing without its link: fe80::1. */
bool wire_ip_is_link_local(const struct libns_ip *ip);

/* The @i-th address of a network, from 1. Return: false beyond its end: the last one of IPv4 is for
 * all, and more than some ten thousands are not looked at. */
bool wire_ip_nth(const struct libns_ip *net, uint32_t i, struct libns_ip *ret);

/* Whether a network may not be used because of a route or address that is there. Routes to half
 * the world, as of VPNs, are not in its way. */
bool wire_ip_clashes(const struct libns_ip *net, const struct libns_ip *with);

#endif
