/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Messages of ctnetlink. A flow is deleted by the very bytes that the kernel has described its first
 * direction with, and by its number, so that no later flow between the same ends is meant.
 */

#include "text/conntrack-msg.h"

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <string.h>

#include "base/base.h"

static void begin(struct netlink_msg *msg, uint16_t kind, uint16_t flags, uint8_t family)
{
	const struct nfgenmsg fixed = { family, NFNETLINK_V0, 0 };

	netlink_msg_init(msg, NFNL_SUBSYS_CTNETLINK << 8 | kind, flags, &fixed, sizeof(fixed));
}

void conntrack_msg_ask(struct netlink_msg *msg, uint8_t family)
{
	begin(msg, IPCTNL_MSG_CT_GET, NLM_F_DUMP, family);
}

void conntrack_msg_delete(struct netlink_msg *msg, const struct conntrack_flow *flow)
{
	begin(msg, IPCTNL_MSG_CT_DELETE, 0, flow->family);
	netlink_msg_put(msg, CTA_TUPLE_ORIG | NLA_F_NESTED, flow->tuple, flow->tuple_size);
	if (flow->has_zone)
		netlink_msg_put(msg, CTA_ZONE, &flow->zone, sizeof(flow->zone));
	if (flow->has_id)
		netlink_msg_put(msg, CTA_ID, &flow->id, sizeof(flow->id));
}

static void read_address(const struct netlink_attr *attr, uint8_t to[16])
{
	if (attr->value.size == 4 || attr->value.size == 16)
		memcpy(to, attr->value.data, attr->value.size);
}

static void read_addresses(struct netlink_view rest, struct conntrack_way *way)
{
	struct netlink_attr attr;

	while (netlink_next_attr(&rest, &attr)) {
		if (attr.type == CTA_IP_V4_SRC || attr.type == CTA_IP_V6_SRC)
			read_address(&attr, way->from);
		else if (attr.type == CTA_IP_V4_DST || attr.type == CTA_IP_V6_DST)
			read_address(&attr, way->to);
	}
}

static void read_port(const struct netlink_attr *attr, uint16_t *ret)
{
	const unsigned char *bytes = (const unsigned char *)attr->value.data;

	if (attr->value.size == 2)
		*ret = (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static void read_ports(struct netlink_view rest, struct conntrack_way *way, uint8_t *ret_protocol)
{
	struct netlink_attr attr;

	while (netlink_next_attr(&rest, &attr)) {
		if (attr.type == CTA_PROTO_NUM && attr.value.size == 1)
			*ret_protocol = (uint8_t)attr.value.data[0];
		else if (attr.type == CTA_PROTO_SRC_PORT)
			read_port(&attr, &way->from_port);
		else if (attr.type == CTA_PROTO_DST_PORT)
			read_port(&attr, &way->to_port);
	}
}

static void read_way(struct netlink_view rest, struct conntrack_way *way, uint8_t *ret_protocol)
{
	struct netlink_attr attr;

	while (netlink_next_attr(&rest, &attr)) {
		if (attr.type == CTA_TUPLE_IP)
			read_addresses(attr.value, way);
		else if (attr.type == CTA_TUPLE_PROTO)
			read_ports(attr.value, way, ret_protocol);
	}
}

static void keep_tuple(const struct netlink_attr *attr, struct conntrack_flow *flow)
{
	if (attr->value.size > sizeof(flow->tuple))
		return;
	memcpy(flow->tuple, attr->value.data, attr->value.size);
	flow->tuple_size = attr->value.size;
}

bool conntrack_msg_read(const struct netlink_item *item, struct conntrack_flow *ret)
{
	struct netlink_view rest = netlink_attrs(item, sizeof(struct nfgenmsg));
	struct conntrack_flow flow = { 0 };
	struct netlink_attr attr;

	if (item->header.nlmsg_type != (NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW) ||
	    !item->body.size)
		return false;
	flow.family = (uint8_t)item->body.data[0];
	while (netlink_next_attr(&rest, &attr)) {
		if (attr.type == CTA_TUPLE_ORIG) {
			keep_tuple(&attr, &flow);
			read_way(attr.value, &flow.there, &flow.protocol);
		} else if (attr.type == CTA_TUPLE_REPLY) {
			read_way(attr.value, &flow.back, &flow.protocol);
		} else if (attr.type == CTA_ID && attr.value.size == sizeof(flow.id)) {
			memcpy(&flow.id, attr.value.data, sizeof(flow.id));
			flow.has_id = true;
		} else if (attr.type == CTA_ZONE && attr.value.size == sizeof(flow.zone)) {
			memcpy(&flow.zone, attr.value.data, sizeof(flow.zone));
			flow.has_zone = true;
		}
	}
	if (!flow.tuple_size || !flow.there.to_port)
		return false;
	*ret = flow;
	return true;
}
