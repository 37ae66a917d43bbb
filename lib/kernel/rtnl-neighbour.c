/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Neighbours: who is there on a link. */

#include "kernel/rtnl-neighbour.h"

#include "base/base.h"
#include "kernel/rtnl.h"

static int take_one(const struct netlink_item *item, void *data)
{
	(void)rtnl_parse_neighbour(item, data);
	return 0;
}

int rtnl_neighbour(struct libns_rtnl *rtnl, uint32_t index, const struct libns_ip *ip,
		   uint16_t *ret_state)
{
	struct netlink_msg msg;
	int r;

	*ret_state = 0;
	rtnl_build_neighbour(&msg, index, ip);
	r = rtnl_ask(rtnl, &msg, take_one, NULL, ret_state);
	return r == -ENOENT ? 0 : r;
}
