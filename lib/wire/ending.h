/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_WIRE_ENDING_H
#define LIBNS_WIRE_ENDING_H

#include "wire/facts.h"

/*
 * Links of which the other end is in a namespace that nobody holds any more. The kernel ends such a
 * namespace some time later, and they go with it. Until then their names and addresses are in the way
 * of whoever makes the same again. And that nobody holds it may show some time after its name was
 * deleted and its processes have ended: sockets are freed later, too.
 */

/* How long that takes at most, unless somebody does hold it. */
#define WIRE_ENDING_MS 1000

/* Waits until sys_now_ms() is @until for a link to become such a one, or to be gone. It is not waited
 * for one with both ends in one namespace. Return: whether it is. */
bool wire_is_ending(struct libns_rtnl *rtnl, const struct libns_link *link, int64_t until);

/* Waits for that, but in a dry run, and deletes the link. Return: 1; 0 if it stays; or -errno. */
int wire_ending_delete(struct wire_place *place, const struct libns_link *link, uint64_t flags,
		       const struct libns_wire_watch *watch, struct libns_error *err);

/*
 * Whether something is in the way of a network in @place that will stay. @facts are those of the place
 * and may be read anew; the link @except is not in the way. Return: 1, 0, or -errno.
 */
int wire_ending_clashes(struct wire_place *place, struct wire_facts *facts, uint32_t except,
			const struct libns_ip *net, uint64_t flags,
			const struct libns_wire_watch *watch, struct libns_error *err);

#endif
