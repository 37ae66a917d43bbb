/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests of netlink as bytes, and values in answers. */
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>

#include "tap.h"
#include "text/netlink-msg.h"

TEST(build)
{
	static const unsigned char expected[] = {
		28, 0, 0, 0, 90, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, /* header */
		0,  0, 0, 0,                                      /* struct rtgenmsg, padded */
		8,  0, 3, 0, 7,  0, 0, 0,                         /* NETNSA_FD = 7 */
	};
	struct rtgenmsg fixed = { .rtgen_family = 0 };
	struct netlink_msg msg;

	netlink_msg_init(&msg, RTM_GETNSID, NLM_F_DUMP, &fixed, sizeof(fixed));
	netlink_msg_put_u32(&msg, NETNSA_FD, 7);
	CHECK(!msg.overflow);
	CHECK_INT(msg.header.nlmsg_len, sizeof(expected));
	CHECK(!memcmp(msg.bytes, expected, sizeof(expected)));
}

TEST(attribute_that_does_not_fit)
{
	struct rtgenmsg fixed = { .rtgen_family = 0 };
	struct netlink_msg msg;
	static char big[sizeof(msg.bytes) + 100];

	netlink_msg_init(&msg, RTM_GETNSID, 0, &fixed, sizeof(fixed));
	netlink_msg_put(&msg, 1, big, sizeof(msg.bytes) - 24);
	CHECK(!msg.overflow);
	netlink_msg_put(&msg, 1, big, 0);
	CHECK(msg.overflow);
	netlink_msg_init(&msg, RTM_GETNSID, 0, &fixed, sizeof(fixed));
	netlink_msg_put(&msg, 1, big, sizeof(big));
	CHECK(msg.overflow);
	CHECK_INT(msg.header.nlmsg_len, 20);
}

TEST(attributes_in_attributes)
{
	static const unsigned char expected[] = {
		64, 0, 0, 0,    16,  0,   0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* header */
		7,  0, 0, 0,                                            /* fixed part */
		36, 0, 1, 0x80,                                         /* nest */
		9,  9, 9, 9,                                            /* fixed part of it */
		16, 0, 2, 0x80,                                         /* nest in it */
		5,  0, 3, 0,    4,   0,   0, 0,                         /* 8 bits */
		4,  0, 5, 0,                                            /* nothing */
		7,  0, 6, 0,    'a', 'b', 0, 0,                         /* text */
		4,  0, 8, 0x80,                                         /* an empty nest */
		6,  0, 7, 0,    1,   2,   0, 0,                         /* 16 bits */
	};
	uint16_t sixteen;
	uint32_t fixed = 7;
	struct netlink_msg msg;
	size_t outer, inner, empty;

	/* What was there before does not show in the padding. */
	memset(&msg, 'x', sizeof(msg));
	netlink_msg_init(&msg, RTM_NEWLINK, 0, &fixed, sizeof(fixed));
	outer = netlink_msg_nest(&msg, 1, "\t\t\t\t", 4);
	inner = netlink_msg_nest(&msg, 2, NULL, 0);
	netlink_msg_put_u8(&msg, 3, 4);
	netlink_msg_put(&msg, 5, NULL, 0);
	netlink_msg_nest_end(&msg, inner);
	netlink_msg_put_string(&msg, 6, "ab");
	empty = netlink_msg_nest(&msg, 8, NULL, 0);
	netlink_msg_nest_end(&msg, empty);
	netlink_msg_nest_end(&msg, outer);
	memcpy(&sixteen, "\1\2", 2);
	netlink_msg_put_u16(&msg, 7, sixteen);
	CHECK(!msg.overflow);
	CHECK_INT(msg.header.nlmsg_len, sizeof(expected));
	CHECK(!memcmp(msg.bytes, expected, sizeof(expected)));
}

TEST(a_nest_that_does_not_fit)
{
	struct rtgenmsg fixed = { .rtgen_family = 0 };
	static char big[sizeof(((struct netlink_msg *)NULL)->bytes)];
	struct netlink_msg msg;
	size_t nest;

	netlink_msg_init(&msg, RTM_NEWLINK, 0, &fixed, sizeof(fixed));
	nest = netlink_msg_nest(&msg, 1, NULL, 0);
	netlink_msg_put(&msg, 2, big, sizeof(big) - 28);
	netlink_msg_nest_end(&msg, nest);
	CHECK(!msg.overflow);
	CHECK_INT(msg.used, sizeof(msg.bytes));
	nest = netlink_msg_nest(&msg, 1, NULL, 0);
	netlink_msg_put_u8(&msg, 2, 1);
	netlink_msg_nest_end(&msg, nest);
	CHECK(msg.overflow);
	CHECK_INT(msg.used, sizeof(msg.bytes));
}

TEST(values)
{
	static const char bytes[] = "\5\0\0\0"              /* fixed part */
				    "\5\0\1\0\7\0\0\0"      /* 8 bits */
				    "\7\0\2\0abc\0"         /* terminated by its length */
				    "\11\0\3\0abcd\0\0\0\0" /* by a byte */
				    "\4\0\4\0";             /* nothing */
	struct netlink_item item = { .body = { bytes, sizeof(bytes) - 1 } };
	struct netlink_view rest = netlink_attrs(&item, sizeof(struct rtgenmsg));
	struct netlink_attr attr;
	struct rtgenmsg fixed;
	char text[4] = "xxx";
	uint8_t byte = 0;

	CHECK(netlink_fixed(&item, &fixed, sizeof(fixed)));
	CHECK_INT(fixed.rtgen_family, 5);
	CHECK(netlink_next_attr(&rest, &attr));
	CHECK(netlink_attr_u8(&attr, &byte));
	CHECK_INT(byte, 7);
	CHECK(netlink_next_attr(&rest, &attr));
	CHECK(!netlink_attr_u8(&attr, &byte));
	CHECK(netlink_attr_string(&attr, text, sizeof(text)));
	CHECK_STR(text, "abc");
	CHECK(netlink_next_attr(&rest, &attr));
	CHECK(!netlink_attr_string(&attr, text, sizeof(text)));
	CHECK_STR(text, "abc");
	CHECK(netlink_next_attr(&rest, &attr));
	CHECK(netlink_attr_string(&attr, text, sizeof(text)));
	CHECK_STR(text, "");
	item.body.size = 0;
	CHECK(!netlink_fixed(&item, &fixed, sizeof(fixed)));
}

TAP_MAIN
