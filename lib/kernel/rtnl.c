/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Connections to rtnetlink(7), and lists of what it tells.
 */

#include "kernel/rtnl.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/base.h"
#include "base/err.h"

struct libns_rtnl *rtnl_new_from_socket(int socket_fd)
{
	struct libns_rtnl *rtnl = socket_fd < 0 ? NULL : calloc(1, sizeof(*rtnl));

	if (rtnl)
		rtnl->call.fd = socket_fd;
	else
		base_close(socket_fd);
	return rtnl;
}

LIBNS_PUBLIC int libns_rtnl_new(int ns_fd, struct libns_rtnl **ret_rtnl, struct libns_error *err)
{
	int fd = netlink_open(NETLINK_ROUTE, ns_fd, err);
	struct libns_rtnl *rtnl;

	if (fd < 0)
		return fd;
	rtnl = rtnl_new_from_socket(fd);
	if (!rtnl)
		return error_set(err, LIBNS_STEP_NETLINK, ENOMEM, "cannot open a netlink socket");
	*ret_rtnl = rtnl;
	return 0;
}

LIBNS_PUBLIC struct libns_rtnl *libns_rtnl_free(struct libns_rtnl *rtnl)
{
	if (rtnl)
		base_close(rtnl->call.fd);
	free(rtnl);
	return NULL;
}

int rtnl_ask(struct libns_rtnl *rtnl, struct netlink_msg *msg,
	     int (*answer)(const struct netlink_item *item, void *data), void (*again)(void *data),
	     void *data)
{
	rtnl->call.reply.answer = answer;
	rtnl->call.reply.data = data;
	rtnl->call.again = again;
	return netlink_transact(&rtnl->call, msg);
}

int rtnl_fail(const struct libns_rtnl *rtnl, int r, struct libns_error *err, const char *format,
	      ...)
{
	char words[320];
	va_list ap;

	va_start(ap, format);
	error_format_v(words, sizeof(words), format, ap);
	va_end(ap);
	return netlink_fail(&rtnl->call, r, words, err);
}

int rtnl_list_add(struct rtnl_list *list, const void *object, size_t size)
{
	if (list->n == list->room) {
		size_t room = list->room ? 2 * list->room : 16;
		char *more = reallocarray(list->bytes, room, size);

		if (!more)
			return -ENOMEM;
		list->bytes = more;
		list->room = room;
	}
	memcpy(list->bytes + list->n++ * size, object, size);
	return 0;
}

static void forget_all(void *data)
{
	struct rtnl_list *list = data;

	list->n = 0;
}

int rtnl_dump(struct libns_rtnl *rtnl, uint16_t type,
	      int (*take)(const struct netlink_item *item, void *data), struct rtnl_list *list,
	      struct libns_error *err)
{
	static const char *const names[] = {
		[RTM_GETLINK] = "links", [RTM_GETADDR] = "addresses", [RTM_GETROUTE] = "routes"
	};
	struct netlink_msg msg;
	int r = -ENOMEM;

	rtnl_build_dump(&msg, type);
	rtnl->call.reply.text[0] = '\0';
	if (list)
		r = rtnl_ask(rtnl, &msg, take, forget_all, list);
	return r < 0 ? rtnl_fail(rtnl, r, err, "list the %s", names[type]) : 0;
}

void rtnl_list_done(struct rtnl_list *list)
{
	free(list->bytes);
}

const void *rtnl_list_at(const struct rtnl_list *list, size_t i, size_t size)
{
	return i < list->n ? list->bytes + i * size : NULL;
}
