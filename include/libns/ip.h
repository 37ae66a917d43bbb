/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_IP_H
#define LIBNS_IP_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Internet addresses and networks, and their text.
 */

/* An address of either family, or a network. */
struct libns_ip {
	uint8_t family;    /* AF_INET or AF_INET6; 0: none */
	uint8_t prefix;    /* bits of the network, 0 to 32 or 128 */
	uint8_t bytes[16]; /* in network order; IPv4 uses the first four */
};

/* Room for every text of an address with its prefix. */
#define LIBNS_IP_TEXT 64

/**
 * libns_ip_parse() - read an address
 * @text: "10.0.0.1/30" or "fd00::1"
 * @ret_ip: receives it; without '/' its prefix is that of one address
 *
 * Strict: four decimal numbers without leading zeros, or the text of an IPv6 address without a
 * zone; no white space, nothing before or behind. Async-signal-safe.
 *
 * Affects: nothing.
 * Return: 0, -EINVAL.
 * Since: 0.1
 */
int libns_ip_parse(const char *text, struct libns_ip *ret_ip);

/**
 * libns_ip_format() - an address as text
 * @ip: address
 * @with_prefix: whether "/30" follows
 * @buf: receives the text, terminated
 *
 * Affects: nothing.
 * Return: @buf: the canonical text; "" if there is no address.
 * Since: 0.1
 */
const char *libns_ip_format(const struct libns_ip *ip, bool with_prefix, char buf[LIBNS_IP_TEXT]);

/**
 * libns_ip_contains() - whether a network holds another, or an address
 * @net: network; bits beyond its prefix do not count
 * @ip: address, or the network that may lie in @net
 *
 * Async-signal-safe.
 *
 * Affects: nothing.
 * Return: whether it does; false for different families.
 * Since: 0.1
 */
bool libns_ip_contains(const struct libns_ip *net, const struct libns_ip *ip);

#ifdef __cplusplus
}
#endif

#endif
