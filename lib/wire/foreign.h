/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_WIRE_FOREIGN_H
#define LIBNS_WIRE_FOREIGN_H

#include <libns/link.h>

/* A chain that drops packets, or may do so: @certain. */
typedef void wire_foreign_found(const char *sentence, bool certain, void *data);

/*
 * Finds foreign chains of rules that drop packets between a link and the way out, in the network
 * namespace of the calling thread. Nothing is changed. What cannot be read is told too.
 *
 * @link: of a namespace, as the host sees it; @uplink: by which the host sends on
 * @family: AF_INET or AF_INET6
 * Return: how many there were, or a negative errno: -EOPNOTSUPP if the kernel has no nftables,
 *         -ELIBACC without libnftables and nft, -EPERM, ...
 */
int wire_foreign_find(const struct libns_link *link, const struct libns_link *uplink,
		      uint8_t family, wire_foreign_found *found, void *data,
		      struct libns_error *err);

#endif
