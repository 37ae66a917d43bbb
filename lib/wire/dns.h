/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_WIRE_DNS_H
#define LIBNS_WIRE_DNS_H

#include <libns/wire.h>

/*
 * The name servers of a namespace with a name: /etc/netns/NAME/resolv.conf, which programs inside
 * find as /etc/resolv.conf. A file that somebody else has written is left alone; ours is told by its
 * first line. To be called under the lock of the wiring.
 */

/* Writes the file. Where nothing is wanted, or the host has no name server that others reach, there
 * is none, and the watcher is told why. Return: 0 or -errno with the sentence. */
int wire_dns_write(const char *name, const struct libns_wire_options *options, uint64_t flags,
		   const struct libns_wire_watch *watch, struct libns_error *err);

/* Whether there is one that is ours. */
bool wire_dns_is_ours(const char *name);

/* Removes it, if it is ours. Return: 0 or -errno with the sentence. */
int wire_dns_remove(const char *name, uint64_t flags, const struct libns_wire_watch *watch,
		    struct libns_error *err);

#endif
