/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Keys and peers of a WireGuard interface, by generic netlink. What was sent is overwritten: no key
 * stays in memory of this process.
 */

#include "kernel/wireguard.h"

#include <linux/genetlink.h>
#include <linux/wireguard.h>
#include <string.h>

#include "base/base.h"
#include "base/err.h"
#include "kernel/genl.h"
#include "text/wg-msg.h"

static int send(struct netlink_call *call, struct netlink_msg *msg)
{
	int r = msg->overflow ? -EMSGSIZE : netlink_transact(call, msg);

	explicit_bzero(msg, sizeof(*msg));
	return r;
}

static int send_all(struct netlink_call *call, uint16_t family, const char *link,
		    const struct wg_conf *conf)
{
	struct netlink_msg msg;
	int r;

	call->reply.answer = NULL;
	wg_msg_device(&msg, family, link, conf);
	r = send(call, &msg);
	for (size_t i = 0; r == 0 && i < conf->n_peers; i++) {
		const struct wg_peer *peer = &conf->peers[i];
		size_t next = 0;

		do {
			next = wg_msg_peer(&msg, family, link, conf, peer, next);
			r = send(call, &msg);
		} while (r == 0 && next < peer->n_allowed);
	}
	return r;
}

int wireguard_set(int ns_fd, const char *link, const struct wg_conf *conf, struct libns_error *err)
{
	struct netlink_call call = { .fd = netlink_open(NETLINK_GENERIC, ns_fd, err) };
	char words[96];
	int r;

	if (call.fd < 0)
		return call.fd;
	r = genl_family(&call, WG_GENL_NAME, err);
	if (r >= 0) {
		r = send_all(&call, (uint16_t)r, link, conf);
		error_format(words, sizeof(words), "configure the WireGuard interface '%s'", link);
		r = r < 0 ? netlink_fail(&call, r, words, err) : 0;
	}
	base_close(call.fd);
	return r;
}
