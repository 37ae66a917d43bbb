/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sockets that wait for others, as sock_diag(7) lists them. No process need be looked at. */

#include "kernel/listeners.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/base.h"
#include "kernel/netlink.h"
#include "text/ip.h"

/* States of the kernel's include/net/tcp_states.h. */
#define STATE_CLOSE  7 /* also of sockets of UDP that anybody may send to */
#define STATE_LISTEN 10

struct looking {
	const struct libns_ip *address;
	uint8_t family; /* of the packets */
	uint16_t port;
	bool found;
};

static bool is_any(const struct inet_diag_msg *socket)
{
	static const uint8_t zero[16];

	return !memcmp(socket->id.idiag_src, zero, ip_size(socket->idiag_family));
}

/* A socket of IPv6 that is bound to no address takes IPv4 too, unless it has said otherwise. */
static bool takes_ip4(const struct netlink_item *item)
{
	struct netlink_view rest = netlink_attrs(item, sizeof(struct inet_diag_msg));
	struct netlink_attr attr;
	uint8_t only = 0;

	while (netlink_next_attr(&rest, &attr))
		if (attr.type == INET_DIAG_SKV6ONLY)
			(void)netlink_attr_u8(&attr, &only);
	return !only;
}

static int look(const struct netlink_item *item, void *data)
{
	struct looking *looking = data;
	const struct libns_ip *address = looking->address;
	struct inet_diag_msg socket;

	if (!netlink_fixed(item, &socket, sizeof(socket)) ||
	    ntohs(socket.id.idiag_sport) != looking->port)
		return 0;
	if (socket.idiag_family != looking->family)
		looking->found = looking->found || (is_any(&socket) && takes_ip4(item));
	else if (!address || !address->family || is_any(&socket) ||
		 !memcmp(socket.id.idiag_src, address->bytes, ip_size(address->family)))
		looking->found = true;
	return 0;
}

static int ask(struct netlink_call *call, uint8_t family, uint8_t protocol)
{
	const struct inet_diag_req_v2 request = {
		.sdiag_family = family,
		.sdiag_protocol = protocol,
		.idiag_states = 1U << (protocol == IPPROTO_TCP ? STATE_LISTEN : STATE_CLOSE),
	};
	struct netlink_msg msg;

	netlink_msg_init(&msg, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &request, sizeof(request));
	return netlink_transact(call, &msg);
}

int listeners_has(uint8_t family, uint8_t protocol, const struct libns_ip *address, uint16_t port)
{
	struct looking looking = { address, family, port, false };
	struct netlink_call call = { .reply = { .answer = look, .data = &looking } };
	int r;

	call.fd = netlink_open(NETLINK_SOCK_DIAG, NETLINK_HERE, NULL);
	if (call.fd < 0)
		return call.fd;
	r = ask(&call, family, protocol);
	if (r == 0 && family == AF_INET)
		r = ask(&call, AF_INET6, protocol);
	base_close(call.fd);
	return r < 0 ? r : looking.found;
}
