/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_NETLINK_MSG_H
#define LIBNS_NETLINK_MSG_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Netlink messages as bytes: building requests, taking answers apart. No I/O. */

struct netlink_msg {
	union {
		struct nlmsghdr header;
		char bytes
			[4096]; /* more than any one request needs; what follows @used is not set */
	};
	size_t used;   /* bytes, as in the header */
	bool overflow; /* an attribute did not fit: the message must not be sent */
};

/* @fixed is what follows the header (struct rtgenmsg, ifinfomsg, ...). */
void netlink_msg_init(struct netlink_msg *msg, uint16_t type, uint16_t flags, const void *fixed,
		      size_t size);
void netlink_msg_put(struct netlink_msg *msg, uint16_t type, const void *data, size_t size);
void netlink_msg_put_u8(struct netlink_msg *msg, uint16_t type, uint8_t value);
void netlink_msg_put_u16(struct netlink_msg *msg, uint16_t type, uint16_t value);
void netlink_msg_put_u32(struct netlink_msg *msg, uint16_t type, uint32_t value);
/* With the byte that terminates it. */
void netlink_msg_put_string(struct netlink_msg *msg, uint16_t type, const char *text);

/*
 * Attributes inside of an attribute: the second is given what the first returned. @fixed precedes
 * them there, as in the message itself; or it is NULL and @size 0.
 */
size_t netlink_msg_nest(struct netlink_msg *msg, uint16_t type, const void *fixed, size_t size);
void netlink_msg_nest_end(struct netlink_msg *msg, size_t nest);

/* The bytes that have not been looked at yet. */
struct netlink_view {
	const char *data;
	size_t size;
};

/* One message; @body follows its header. */
struct netlink_item {
	struct nlmsghdr header;
	struct netlink_view body;
};

struct netlink_attr {
	uint16_t type; /* without NLA_F_* */
	struct netlink_view value;
};

/* Both take one element off @rest. Return: false at the end, and at garbage. */
bool netlink_next(struct netlink_view *rest, struct netlink_item *ret_item);
bool netlink_next_attr(struct netlink_view *rest, struct netlink_attr *ret_attr);

/* The attributes that follow a fixed part of @size bytes. */
struct netlink_view netlink_attrs(const struct netlink_item *item, size_t size);

/* Copies the fixed part out. Return: whether all of it is there. */
bool netlink_fixed(const struct netlink_item *item, void *ret_fixed, size_t size);

/* Return: whether the value has that many bits. */
bool netlink_attr_u8(const struct netlink_attr *attr, uint8_t *ret_value);
bool netlink_attr_u32(const struct netlink_attr *attr, uint32_t *ret_value);

/* Copies a text of any length, terminated or not. Return: whether all of it fitted into @size
 * bytes. */
bool netlink_attr_string(const struct netlink_attr *attr, char *ret_text, size_t size);

/*
 * The verdict in an NLMSG_ERROR or NLMSG_DONE: 0 or a negative errno. @text
 * receives the kernel's own words about it (extack), or "".
 */
int netlink_verdict(const struct netlink_item *item, char *text, size_t size);

/* How answers are read out of a datagram. */
struct netlink_reply {
	uint32_t seq;     /* of the request; answers to others are passed over */
	bool dump;        /* it ends with NLMSG_DONE, else with the acknowledgement */
	bool interrupted; /* a dump that is no picture of any one moment */
	/* Called for every message of the answer; a negative errno ends the call. */
	int (*answer)(const struct netlink_item *item, void *data);
	void *data;
	char text[160]; /* the kernel's own words on failure, or "" */
};

/*
 * Takes one datagram. Return: 1 when the answer is complete, 0 if there is more to come,
 * or a negative errno: that of the verdict, of the function, -EINTR at the end of a
 * dump during which something changed, -EBADMSG for bytes that are no messages.
 */
int netlink_take(struct netlink_reply *reply, const char *data, size_t size);

#endif
