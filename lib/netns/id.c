/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Numbers of network namespaces. A network namespace gives numbers to others
 * that it is connected to (by a veth pair, for example) or that were numbered
 * by hand. Which number a namespace has depends on the namespace that is asked.
 * See RTM_NEWNSID and RTM_GETNSID in rtnetlink(7).
 */

#include "netns/id.h"

#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <libns/netns.h>

#include "base/base.h"
#include "base/err.h"
#include "kernel/netlink.h"

int netns_id_open(struct libns_error *err)
{
	return netlink_open(NETLINK_ROUTE, NETLINK_HERE, err);
}

static void prepare(struct netlink_msg *msg, uint16_t type, uint16_t flags)
{
	const struct rtgenmsg fixed = { .rtgen_family = AF_UNSPEC };

	netlink_msg_init(msg, type, flags, &fixed, sizeof(fixed));
}

bool netns_id_parse(const struct netlink_item *item, struct libns_nsid *ret)
{
	struct netlink_view rest = netlink_attrs(item, sizeof(struct rtgenmsg));
	bool has_current = false;
	struct netlink_attr attr;
	uint32_t value;

	if (item->header.nlmsg_type != RTM_NEWNSID)
		return false;
	ret->nsid = ret->current = LIBNS_NSID_NONE;
	while (netlink_next_attr(&rest, &attr)) {
		if (!netlink_attr_u32(&attr, &value))
			continue;
		if (attr.type == NETNSA_NSID)
			ret->nsid = (int32_t)value;
		if (attr.type == NETNSA_CURRENT_NSID) {
			ret->current = (int32_t)value;
			has_current = true;
		}
	}
	/* When a namespace is asked about itself, the kernel gives the number in one field only. */
	if (!has_current)
		ret->current = ret->nsid;
	return true;
}

static int take_one(const struct netlink_item *item, void *data)
{
	netns_id_parse(item, data);
	return 0;
}

static int take_none(const struct netlink_item *item, void *data)
{
	(void)item;
	(void)data;
	return 0;
}

int netns_id_query(int socket_fd, int ns_fd, int32_t *ret_nsid, struct libns_error *err)
{
	struct libns_nsid answer = { LIBNS_NSID_NONE, LIBNS_NSID_NONE };
	struct netlink_call call = { .fd = socket_fd,
				     .reply = { .answer = take_one, .data = &answer } };
	struct netlink_msg msg;
	int r;

	prepare(&msg, RTM_GETNSID, 0);
	netlink_msg_put_u32(&msg, NETNSA_FD, (uint32_t)ns_fd);
	r = netlink_transact(&call, &msg);
	if (r < 0)
		return netlink_fail(&call, r, "query the number of a network namespace", err);
	*ret_nsid = answer.nsid;
	return 0;
}

int netns_id_is_held(struct libns_rtnl *rtnl, int32_t nsid)
{
	struct netlink_msg msg;
	int r;

	prepare(&msg, RTM_GETNSID, 0);
	netlink_msg_put_u32(&msg, NETNSA_NSID, (uint32_t)nsid);
	r = rtnl_ask(rtnl, &msg, take_none, NULL, NULL);
	return r == 0 ? 1 : r == -ENOENT ? 0 : r;
}

LIBNS_PUBLIC int libns_netns_query_nsid(int ns_fd, int32_t *ret_nsid, struct libns_error *err)
{
	_cleanup_close_ int fd = netlink_open(NETLINK_ROUTE, NETLINK_HERE, err);

	return fd < 0 ? fd : netns_id_query(fd, ns_fd, ret_nsid, err);
}

LIBNS_PUBLIC int libns_netns_set_nsid(int ns_fd, int32_t nsid, struct libns_error *err)
{
	_cleanup_close_ int fd = netlink_open(NETLINK_ROUTE, NETLINK_HERE, err);
	struct netlink_call call = { .fd = fd };
	struct netlink_msg msg;
	int r;

	if (fd < 0)
		return fd;
	prepare(&msg, RTM_NEWNSID, 0);
	netlink_msg_put_u32(&msg, NETNSA_FD, (uint32_t)ns_fd);
	netlink_msg_put_u32(&msg, NETNSA_NSID, (uint32_t)nsid);
	r = netlink_transact(&call, &msg);
	return r < 0 ? netlink_fail(&call, r, "number the network namespace", err) : 0;
}

struct libns_nsids {
	struct libns_nsid *entries;
	size_t n;
};

static int take_all(const struct netlink_item *item, void *data)
{
	struct libns_nsids *all = data;
	struct libns_nsid *more;
	struct libns_nsid one;

	if (!netns_id_parse(item, &one))
		return 0;
	more = realloc(all->entries, (all->n + 1) * sizeof(one));
	if (!more)
		return -ENOMEM;
	all->entries = more;
	all->entries[all->n++] = one;
	return 0;
}

static void forget_all(void *data)
{
	struct libns_nsids *all = data;

	all->n = 0;
}

static int dump(int fd, int32_t target, struct libns_nsids *all, struct libns_error *err)
{
	struct netlink_call call = { .fd = fd,
				     .reply = { .answer = take_all, .data = all },
				     .again = forget_all };
	struct netlink_msg msg;
	int r;

	prepare(&msg, RTM_GETNSID, NLM_F_DUMP);
	if (target >= 0)
		netlink_msg_put_u32(&msg, NETNSA_TARGET_NSID, (uint32_t)target);
	r = netlink_transact(&call, &msg);
	return r < 0 ? netlink_fail(&call, r, "list numbers of network namespaces", err) : 0;
}

bool netns_id_any(int socket_fd)
{
	struct libns_nsids all = { NULL, 0 };
	int r = dump(socket_fd, LIBNS_NSID_NONE, &all, NULL);

	free(all.entries);
	return r < 0 || all.n;
}

LIBNS_PUBLIC int libns_nsids_new(int32_t target, struct libns_nsids **ret_nsids,
				 struct libns_error *err)
{
	_cleanup_close_ int fd = netlink_open(NETLINK_ROUTE, NETLINK_HERE, err);
	_cleanup_(libns_nsids_freep) struct libns_nsids *all = NULL;
	int r;

	if (fd < 0)
		return fd;
	all = calloc(1, sizeof(*all));
	if (!all)
		return error_set(err, LIBNS_STEP_NETNS, ENOMEM,
				 "cannot list numbers of network namespaces");
	r = dump(fd, target, all, err);
	if (r == 0)
		*ret_nsids = TAKE_PTR(all);
	return r;
}

LIBNS_PUBLIC struct libns_nsids *libns_nsids_free(struct libns_nsids *nsids)
{
	if (nsids)
		free(nsids->entries);
	free(nsids);
	return NULL;
}

LIBNS_PUBLIC size_t libns_nsids_count(const struct libns_nsids *nsids)
{
	return nsids->n;
}

LIBNS_PUBLIC const struct libns_nsid *libns_nsids_at(const struct libns_nsids *nsids, size_t i)
{
	return i < nsids->n ? &nsids->entries[i] : NULL;
}

LIBNS_PUBLIC int libns_netns_translate_nsid(int32_t nsid, int32_t target, int32_t *ret_nsid,
					    int32_t *ret_current, struct libns_error *err)
{
	_cleanup_close_ int fd = netlink_open(NETLINK_ROUTE, NETLINK_HERE, err);
	struct libns_nsid answer = { LIBNS_NSID_NONE, LIBNS_NSID_NONE };
	struct netlink_call call = { .fd = fd, .reply = { .answer = take_one, .data = &answer } };
	struct netlink_msg msg;
	int r;

	if (fd < 0)
		return fd;
	prepare(&msg, RTM_GETNSID, 0);
	netlink_msg_put_u32(&msg, NETNSA_NSID, (uint32_t)nsid);
	if (target >= 0)
		netlink_msg_put_u32(&msg, NETNSA_TARGET_NSID, (uint32_t)target);
	r = netlink_transact(&call, &msg);
	if (r < 0)
		return netlink_fail(&call, r, "translate the number of a network namespace", err);
	*ret_nsid = answer.nsid;
	if (ret_current)
		*ret_current = answer.current;
	return 0;
}
