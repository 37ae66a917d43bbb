/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_CONNTRACK_MSG_H
#define LIBNS_CONNTRACK_MSG_H

#include "text/netlink-msg.h"

/* Flows that the kernel tracks, as netlink messages. No I/O. */

/* One direction of a flow. Addresses are in network order and fill the array from its beginning;
 * ports are numbers of the machine. */
struct conntrack_way {
	uint8_t from[16], to[16];
	uint16_t from_port, to_port;
};

struct conntrack_flow {
	uint8_t family, protocol;
	struct conntrack_way there; /* as the first packet was sent */
	struct conntrack_way
		back; /* as answers come; the other way round unless it is translated */
	/* What the kernel finds it by. */
	char tuple[160];
	size_t tuple_size;
	uint32_t id;   /* in network order */
	uint16_t zone; /* the same */
	bool has_id, has_zone;
};

/* Asks for all flows of a family, or of all (AF_UNSPEC). */
void conntrack_msg_ask(struct netlink_msg *msg, uint8_t family);

/* Return: whether an answer is a flow of a protocol with ports. */
bool conntrack_msg_read(const struct netlink_item *item, struct conntrack_flow *ret);

/* Deletes a flow. */
void conntrack_msg_delete(struct netlink_msg *msg, const struct conntrack_flow *flow);

#endif
