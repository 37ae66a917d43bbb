/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_WIRE_FOREIGN_H
#define LIBNS_WIRE_FOREIGN_H

#include <libns/wire.h>

/*
 * Calls @found with a sentence for each foreign chain of rules that drops packets between a link of
 * ours and the way out, in the network namespace of the calling thread. Nothing is changed. What
 * cannot be read is a sentence too.
 *
 * @link: the host's end of the pair; @uplink: the link of the default route
 * @family: AF_INET or AF_INET6
 * Return: how many there were, or a negative errno: -ELIBACC without libnftables and nft, ...
 */
int wire_foreign_find(const char *link, const char *uplink, uint8_t family,
		      void (*found)(const char *sentence, void *data), void *data,
		      struct libns_error *err);

#endif
