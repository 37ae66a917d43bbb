/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_CONNECT_H
#define LIBNS_CONNECT_H

#include <libns/wire.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Two named network namespaces that are connected by a pair of links, without the host: it has no
 * link of it, and no address.
 */

struct libns_connect_options {
	size_t size;       /* sizeof(struct libns_connect_options) */
	uint64_t flags;    /* LIBNS_WIRE_DRY_RUN */
	int run_fd;        /* directory of names, or LIBNS_NETNS_RUN */
	const char *a, *b; /* the names */
	enum libns_wire_family ip4, ip6;
	struct libns_ip ip4_a, ip6_a;         /* GIVEN: address and prefix in @a */
	uint32_t mtu;                         /* 0: the kernel's */
	const struct libns_wire_watch *watch; /* or NULL */
};

/* All other fields are zero. */
/* clang-format off */
#define LIBNS_CONNECT_OPTIONS_INIT                                                                 \
	{                                                                                          \
		sizeof(struct libns_connect_options), 0, LIBNS_NETNS_RUN, NULL, NULL,              \
		LIBNS_WIRE_AUTO, LIBNS_WIRE_AUTO, { 0, 0, { 0 } }, { 0, 0, { 0 } }, 0, NULL        \
	}
/* clang-format on */

/**
 * libns_wire_connect() - connect two namespaces
 * @options: which, and how
 * @err: receives the sentence on failure, or NULL
 *
 * The link in one is called "to-" and the name of the other, or twelve hexadecimal digits where
 * that is no name for a link. Addresses are of a network that is free in both. If they are connected
 * already they get what is missing, so that a call that was killed is finished by the next. On
 * failure a pair that was made is removed.
 *
 * Affects: both namespaces.
 * Return: 0; -ENOENT if there is no such name; -EEXIST for a link that is called so and is none of
 *         this pair; -EADDRINUSE, -EADDRNOTAVAIL for addresses; -ETIMEDOUT, -EPERM, -EINVAL.
 * Since: 0.1
 */
int libns_wire_connect(const struct libns_connect_options *options, struct libns_error *err);

/**
 * libns_wire_disconnect() - take the connection of two namespaces away
 * @options: which; addresses and the MTU do not count
 * @err: receives the sentence on failure, or NULL
 *
 * Affects: both namespaces.
 * Return: 0, also if they are not connected; otherwise as libns_wire_connect().
 * Since: 0.1
 */
int libns_wire_disconnect(const struct libns_connect_options *options, struct libns_error *err);

#ifdef __cplusplus
}
#endif

#endif
