/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_PUBLISH_H
#define LIBNS_PUBLISH_H

#include <libns/wire.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Ports of the host that lead into named network namespaces.
 *
 * What is sent to such a port goes into the namespace, with the address it comes from: from other
 * machines, from the host itself, also to 127.0.0.1, and from any namespace that is wired. A program
 * of the host that listens on the port hears nothing meanwhile.
 */

/**
 * libns_wire_publish() - lead ports of the host into a namespace
 * @options: @run_fd, @name, @ports, @flags and @watch count; borrowed
 * @err: receives the sentence on failure, or NULL
 *
 * A port without an address is one of all addresses of the host, of each family that the namespace
 * has; one without a port inside leads to the same number there. What the name has already of the
 * ports is kept, and a port of it that is to lead elsewhere does so afterwards.
 *
 * The calling thread is in the network namespace of the host. Programs may be run: nft(8), where
 * libnftables cannot be loaded.
 *
 * Affects: rules, one setting of the link to the namespace, /run/xnetns.
 * Return: 0; -EADDRINUSE if a port is published for another name; -EADDRNOTAVAIL if the host reaches
 *         no address of that family inside; -EHOSTUNREACH if it is isolated and the port not
 *         of 127.0.0.1; -EOPNOTSUPP for ::1, or without nftables; -ELIBACC without libnftables and
 *         nft; -EEXIST if a table of the name is somebody else's; -ENOENT; -EINVAL; -EPERM;
 *         -ETIMEDOUT if another process changes the wiring for too long.
 * Since: 0.1
 */
int libns_wire_publish(const struct libns_wire_options *options, struct libns_error *err);

/**
 * libns_wire_unpublish() - take ports of the host back
 * @options: @name, @ports, @flags and @watch count; without @ports: all of the name; borrowed
 * @err: receives the sentence on failure, or NULL
 *
 * A port without a port inside is meant wherever it leads. Connections that it has led end. The
 * namespace need not be there any more.
 *
 * Affects: as libns_wire_publish().
 * Return: 0, also if they were not published; as libns_wire_publish().
 * Since: 0.1
 */
int libns_wire_unpublish(const struct libns_wire_options *options, struct libns_error *err);

/* A port that is published. */
struct libns_wire_lead {
	size_t size;      /* sizeof(struct libns_wire_lead) */
	const char *name; /* of the namespace */
	struct libns_wire_port port;
	struct libns_ip inside; /* where it leads, with @port.inside */
};

struct libns_wire_leads;

/**
 * libns_wire_leads_new() - what is published
 * @name: of this namespace; NULL: of all
 * @ret_leads: receives the list
 * @err: receives the sentence on failure, or NULL
 *
 * Of the network namespace that the calling thread is in.
 *
 * Ownership: free with libns_wire_leads_free().
 * Affects: nothing.
 * Return: 0, -EPERM, -ENOMEM, ...
 * Since: 0.1
 */
int libns_wire_leads_new(const char *name, struct libns_wire_leads **ret_leads,
			 struct libns_error *err);

/**
 * libns_wire_leads_free() - free a list
 * @leads: list, or NULL
 *
 * Affects: what libns_wire_leads_at() has returned is invalid.
 * Return: NULL.
 * Since: 0.1
 */
struct libns_wire_leads *libns_wire_leads_free(struct libns_wire_leads *leads);

/* For __attribute__((cleanup(libns_wire_leads_freep))). */
static inline void libns_wire_leads_freep(struct libns_wire_leads **leads)
{
	*leads = libns_wire_leads_free(*leads);
}

/**
 * libns_wire_leads_count() - how many there are
 * @leads: list
 *
 * Affects: nothing.
 * Return: number of ports.
 * Since: 0.1
 */
size_t libns_wire_leads_count(const struct libns_wire_leads *leads);

/**
 * libns_wire_leads_at() - one of them
 * @leads: list
 * @i: from 0
 *
 * Ownership: it belongs to the list.
 * Affects: nothing.
 * Return: port, or NULL behind the last.
 * Since: 0.1
 */
const struct libns_wire_lead *libns_wire_leads_at(const struct libns_wire_leads *leads, size_t i);

#ifdef __cplusplus
}
#endif

#endif
