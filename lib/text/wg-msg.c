/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "text/wg-msg.h"

#include <linux/genetlink.h>
#include <linux/wireguard.h>
#include <netinet/in.h>
#include <string.h>

#include "base/base.h"
#include "text/ip.h"

/* Each takes less than fifty bytes, and all else of a peer less than three hundred. */
#define ALLOWED_AT_ONCE 64

static void begin(struct netlink_msg *msg, uint16_t family, uint8_t command, uint8_t version,
		  uint16_t flags)
{
	const struct genlmsghdr header = { .cmd = command, .version = version };

	netlink_msg_init(msg, family, flags, &header, sizeof(header));
}

void genl_msg_family(struct netlink_msg *msg, const char *name)
{
	begin(msg, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1, NLM_F_REQUEST | NLM_F_ACK);
	netlink_msg_put_string(msg, CTRL_ATTR_FAMILY_NAME, name);
}

uint16_t genl_msg_read_family(const struct netlink_item *item)
{
	struct netlink_view rest = netlink_attrs(item, sizeof(struct genlmsghdr));
	struct netlink_attr attr;
	uint16_t family = 0;

	while (netlink_next_attr(&rest, &attr))
		if (attr.type == CTRL_ATTR_FAMILY_ID && attr.value.size == sizeof(family))
			memcpy(&family, attr.value.data, sizeof(family));
	return family;
}

static void begin_device(struct netlink_msg *msg, uint16_t family, const char *link)
{
	begin(msg, family, WG_CMD_SET_DEVICE, WG_GENL_VERSION, NLM_F_REQUEST | NLM_F_ACK);
	netlink_msg_put_string(msg, WGDEVICE_A_IFNAME, link);
}

void wg_msg_device(struct netlink_msg *msg, uint16_t family, const char *link,
		   const struct wg_conf *conf)
{
	begin_device(msg, family, link);
	netlink_msg_put_u32(msg, WGDEVICE_A_FLAGS, WGDEVICE_F_REPLACE_PEERS);
	netlink_msg_put(msg, WGDEVICE_A_PRIVATE_KEY, conf->private_key, WG_KEY_SIZE);
	netlink_msg_put_u16(msg, WGDEVICE_A_LISTEN_PORT, conf->listen_port);
	netlink_msg_put_u32(msg, WGDEVICE_A_FWMARK, conf->fwmark);
}

static void put_endpoint(struct netlink_msg *msg, const struct wg_peer *peer)
{
	struct sockaddr_in in4 = { .sin_family = AF_INET, .sin_port = htons(peer->port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(peer->port) };

	if (peer->endpoint.family == AF_INET) {
		memcpy(&in4.sin_addr, peer->endpoint.bytes, sizeof(in4.sin_addr));
		netlink_msg_put(msg, WGPEER_A_ENDPOINT, &in4, sizeof(in4));
	} else if (peer->endpoint.family == AF_INET6) {
		memcpy(&in6.sin6_addr, peer->endpoint.bytes, sizeof(in6.sin6_addr));
		netlink_msg_put(msg, WGPEER_A_ENDPOINT, &in6, sizeof(in6));
	}
}

static void put_allowed(struct netlink_msg *msg, const struct libns_ip *ip)
{
	size_t one = netlink_msg_nest(msg, 0, NULL, 0);

	netlink_msg_put_u16(msg, WGALLOWEDIP_A_FAMILY, ip->family);
	netlink_msg_put(msg, WGALLOWEDIP_A_IPADDR, ip->bytes, ip_size(ip->family));
	netlink_msg_put_u8(msg, WGALLOWEDIP_A_CIDR_MASK, ip->prefix);
	netlink_msg_nest_end(msg, one);
}

size_t wg_msg_peer(struct netlink_msg *msg, uint16_t family, const char *link,
		   const struct wg_conf *conf, const struct wg_peer *peer, size_t from)
{
	size_t peers, one, allowed, i = from;

	begin_device(msg, family, link);
	peers = netlink_msg_nest(msg, WGDEVICE_A_PEERS, NULL, 0);
	one = netlink_msg_nest(msg, 0, NULL, 0);
	netlink_msg_put(msg, WGPEER_A_PUBLIC_KEY, peer->public_key, WG_KEY_SIZE);
	if (from == 0) {
		netlink_msg_put_u32(msg, WGPEER_A_FLAGS, WGPEER_F_REPLACE_ALLOWEDIPS);
		netlink_msg_put(msg, WGPEER_A_PRESHARED_KEY, peer->preshared_key, WG_KEY_SIZE);
		netlink_msg_put_u16(msg, WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL, peer->keepalive);
		put_endpoint(msg, peer);
	}
	allowed = netlink_msg_nest(msg, WGPEER_A_ALLOWEDIPS, NULL, 0);
	for (; i < peer->n_allowed && i < from + ALLOWED_AT_ONCE; i++)
		put_allowed(msg, &conf->allowed[peer->allowed + i]);
	netlink_msg_nest_end(msg, allowed);
	netlink_msg_nest_end(msg, one);
	netlink_msg_nest_end(msg, peers);
	return i;
}
