/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Flows that the kernel tracks. The first packet of a flow decides where all of it goes. For UDP,
 * where a flow goes on as long as somebody sends, a port that is published or taken back would
 * otherwise make no difference to those who use it already.
 */

#include "kernel/conntrack.h"

#include "base/base.h"
#include "base/err.h"
#include "kernel/net-sysctl.h"
#include "kernel/netlink.h"

struct flows {
	bool (*wanted)(const struct conntrack_flow *flow, void *data);
	void *data;
	struct conntrack_flow *list;
	size_t n, room;
};

static int take_flow(const struct netlink_item *item, void *data)
{
	struct flows *flows = data;
	struct conntrack_flow flow;

	if (!conntrack_msg_read(item, &flow) || !flows->wanted(&flow, flows->data))
		return 0;
	if (flows->n == flows->room) {
		size_t room = flows->room ? 2 * flows->room : 16;
		struct conntrack_flow *list = reallocarray(flows->list, room, sizeof(*flows->list));

		if (!list)
			return -ENOMEM;
		flows->list = list;
		flows->room = room;
	}
	flows->list[flows->n++] = flow;
	return 0;
}

static void forget_flows(void *data)
{
	((struct flows *)data)->n = 0;
}

static int delete_flows(int fd, const struct flows *flows, size_t *ret_n)
{
	size_t n = 0;

	for (size_t i = 0; i < flows->n; i++) {
		struct netlink_call call = { .fd = fd };
		struct netlink_msg msg;
		int r;

		conntrack_msg_delete(&msg, &flows->list[i]);
		r = netlink_transact(&call, &msg);
		/* Flows end by themselves as well. */
		if (r < 0 && r != -ENOENT)
			return r;
		n += r == 0;
	}
	if (ret_n)
		*ret_n = n;
	return 0;
}

/* Whether the kernel does not track flows, or nobody can ask it about them. */
static bool is_absent(int r)
{
	return r == -EINVAL || r == -EOPNOTSUPP || r == -EPROTONOSUPPORT;
}

int conntrack_flush(uint8_t family, bool (*wanted)(const struct conntrack_flow *flow, void *data),
		    void *data, size_t *ret_n, struct libns_error *err)
{
	struct flows flows = { wanted, data, NULL, 0, 0 };
	struct netlink_call call = { .reply = { .answer = take_flow, .data = &flows },
				     .again = forget_flows };
	struct libns_error why = LIBNS_ERROR_INIT;
	struct netlink_msg msg;
	int r, n;

	if (ret_n)
		*ret_n = 0;
	/* Where it says that there are none, it need not look for them. */
	if (net_sysctl_read("net/netfilter/nf_conntrack_count", &n) == 0 && n == 0)
		return 0;
	call.fd = netlink_open(NETLINK_NETFILTER, NETLINK_HERE, &why);
	if (call.fd < 0) {
		if (is_absent(call.fd))
			return 0;
		if (err)
			*err = why;
		return call.fd;
	}
	conntrack_msg_ask(&msg, family);
	r = netlink_transact(&call, &msg);
	if (is_absent(r))
		r = 0;
	else if (r == 0)
		r = delete_flows(call.fd, &flows, ret_n);
	base_close(call.fd);
	free(flows.list);
	return r < 0 ? netlink_fail(&call, r, "make the kernel forget flows", err) : 0;
}
