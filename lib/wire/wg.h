/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_WIRE_WG_H
#define LIBNS_WIRE_WG_H

#include "wire/up.h"

/*
 * A WireGuard interface as the only way out. It is born in the host's namespace, where its packets
 * stay for good, and then moved in: what is inside reaches the world through it or not at all.
 */

/* Reads the file and looks its endpoints up. Nothing is made before. */
int wire_wg_read(struct wire_up *up, struct libns_error *err);
/* The interface, its keys and addresses. */
int wire_wg_link(struct wire_up *up, struct libns_error *err);
/* Sets it up, with the routes to what its peers allow. */
int wire_wg_way(struct wire_up *up, struct libns_error *err);

/* The text of a resolv.conf with the name servers of a file; of none if it names none, so that
 * nobody asks those of the host. */
int wire_wg_resolv(const char *path, const struct libns_wire_watch *watch, char **ret_text,
		   struct libns_error *err);

#endif
