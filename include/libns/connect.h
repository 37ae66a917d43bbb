/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_CONNECT_H
#define LIBNS_CONNECT_H

#include <libns/wire.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Named network namespaces that are connected without the host, which has no link of it, and no
 * address: two by a pair of links, or many by a switch.
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

/*
 * A switch is a named network namespace that has the bridge "br0". Each port is a pair of links: one
 * end in the namespace of the port, called "to-" and the name of the switch, and one in the switch,
 * called "xn-" and the name of the port, with that name as its alias. Where that is no name for a
 * link there are twelve hexadecimal digits.
 */
struct libns_bridge_options {
	size_t size;              /* sizeof(struct libns_bridge_options) */
	uint64_t flags;           /* LIBNS_WIRE_DRY_RUN */
	int run_fd;               /* directory of names, or LIBNS_NETNS_RUN */
	const char *name;         /* of the switch */
	const char *const *ports; /* names of namespaces */
	size_t n_ports;
	enum libns_wire_family ip4, ip6;
	struct libns_ip ip4_first, ip6_first; /* GIVEN: address and prefix of the first port */
	uint32_t mtu;                         /* of ports; 0: the kernel's */
	const struct libns_wire_watch *watch; /* or NULL */
};

/* All other fields are zero. */
/* clang-format off */
#define LIBNS_BRIDGE_OPTIONS_INIT                                                                  \
	{                                                                                          \
		sizeof(struct libns_bridge_options), 0, LIBNS_NETNS_RUN, NULL, NULL, 0,            \
		LIBNS_WIRE_AUTO, LIBNS_WIRE_AUTO, { 0, 0, { 0 } }, { 0, 0, { 0 } }, 0, NULL        \
	}
/* clang-format on */

/**
 * libns_bridge_add() - connect namespaces by a switch
 * @options: which, and how
 * @err: receives the sentence on failure, or NULL
 *
 * The switch is made where it is missing. It has one network of each family, which overlaps none of
 * the host, of other switches or of the ports, and each port gets the lowest address of it that is
 * free; the first one that of @ip4_first and @ip6_first. What is there gets what it lacks, so that a
 * call that was killed is finished by the next. Of the port that failed all is undone; those before
 * it stay. A port ends with its namespace, and its address is free again.
 *
 * Affects: the namespaces, and @run_fd.
 * Return: 0; -ENOENT if there is no namespace of the name of a port; -ENODEV if that of the switch
 *         is none; -EEXIST for a link that is called so, or another network; -EADDRINUSE,
 *         -EADDRNOTAVAIL, -EAFNOSUPPORT for addresses; -ETIMEDOUT, -EPERM, -EINVAL, -ENOMEM.
 * Since: 0.1
 */
int libns_bridge_add(const struct libns_bridge_options *options, struct libns_error *err);

/**
 * libns_bridge_remove() - take ports out of a switch
 * @options: which; addresses and the MTU do not count
 * @err: receives the sentence on failure, or NULL
 *
 * Affects: the namespaces.
 * Return: 0, also where a namespace is no port or is not there; -ENOENT, -ENODEV if there is no
 *         such switch; -EEXIST for a link that is called so and is none of ours; -ETIMEDOUT, -EPERM,
 *         -EINVAL.
 * Since: 0.1
 */
int libns_bridge_remove(const struct libns_bridge_options *options, struct libns_error *err);

/**
 * libns_bridge_delete() - take a switch away, with all its ports
 * @options: which; ports, addresses and the MTU do not count
 * @err: receives the sentence on failure, or NULL
 *
 * Affects: the namespaces, and @run_fd.
 * Return: 0, also where there is no such name; -ENODEV if the namespace is no switch; -ETIMEDOUT,
 *         -EPERM, -EINVAL, -ENOMEM.
 * Since: 0.1
 */
int libns_bridge_delete(const struct libns_bridge_options *options, struct libns_error *err);

/* A port of a switch. */
struct libns_bridge_port {
	const char *name;         /* of the namespace; "": the link is not one of ours */
	const char *link;         /* in the switch */
	struct libns_ip ip4, ip6; /* with the prefix of the network; family 0: none */
};

struct libns_bridge_ports;

/**
 * libns_bridge_ports_new() - the ports of a switch
 * @run_fd: directory of names, or LIBNS_NETNS_RUN
 * @name: of the switch
 * @ret_ports: receives them, in the kernel's order
 * @err: receives the sentence on failure, or NULL
 *
 * Ownership: free with libns_bridge_ports_free().
 * Affects: nothing.
 * Return: 0; -ENOENT, -ENODEV if there is no such switch; -EPERM, -EINVAL, -ENOMEM.
 * Since: 0.1
 */
int libns_bridge_ports_new(int run_fd, const char *name, struct libns_bridge_ports **ret_ports,
			   struct libns_error *err);

/**
 * libns_bridge_ports_free() - free a list of ports
 * @ports: list, or NULL
 *
 * Affects: nothing.
 * Return: NULL.
 * Since: 0.1
 */
struct libns_bridge_ports *libns_bridge_ports_free(struct libns_bridge_ports *ports);

/* For __attribute__((cleanup(libns_bridge_ports_freep))). */
static inline void libns_bridge_ports_freep(struct libns_bridge_ports **ports)
{
	*ports = libns_bridge_ports_free(*ports);
}

/**
 * libns_bridge_ports_count() - how many there are
 * @ports: list
 *
 * Affects: nothing.
 * Return: number.
 * Since: 0.1
 */
size_t libns_bridge_ports_count(const struct libns_bridge_ports *ports);

/**
 * libns_bridge_ports_at() - one of them
 * @ports: list
 * @i: index from 0
 *
 * Ownership: belongs to @ports.
 * Affects: nothing.
 * Return: the entry, or NULL beyond the end.
 * Since: 0.1
 */
const struct libns_bridge_port *libns_bridge_ports_at(const struct libns_bridge_ports *ports,
						      size_t i);

#ifdef __cplusplus
}
#endif

#endif
