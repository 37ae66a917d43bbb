/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Routes.
 */

#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sized.h"
#include "kernel/rtnl.h"
#include "text/ip.h"

static int check_route(struct libns_route *to, const struct libns_route *from,
		       struct libns_error *err)
{
	int r = base_copy_sized(to, sizeof(*to), from, sizeof(*to), "the route", err);

	if (r < 0)
		return r;
	if (!ip_is_sound(&to->to))
		return rtnl_not_sound(&to->to, err);
	if (to->gateway.family && !ip_size(to->gateway.family))
		return rtnl_not_sound(&to->gateway, err);
	if (to->source.family && to->source.family != to->to.family)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "the source address of a route is of another family");
	return 0;
}

/* "10.0.0.0/8", or "0.0.0.0/0" for the default route. */
static int change_route(struct libns_rtnl *rtnl, uint16_t type, const struct libns_route *route,
			const char *verb, struct libns_error *err)
{
	char text[LIBNS_IP_TEXT], words[RTNL_LINK_WORDS];
	struct libns_route own;
	struct netlink_msg msg;
	int r = check_route(&own, route, err);

	if (r < 0)
		return r;
	rtnl_build_route(&msg, type, &own);
	r = rtnl_ask(rtnl, &msg, NULL, NULL, NULL);
	if (r == 0)
		return 0;
	libns_ip_format(&own.to, true, text);
	if (own.index)
		return rtnl_fail(rtnl, r, err, "%s the route to '%s' by %s", verb, text,
				 rtnl_link_words(rtnl, own.index, words));
	return rtnl_fail(rtnl, r, err, "%s the route to '%s'", verb, text);
}

LIBNS_PUBLIC int libns_route_add(struct libns_rtnl *rtnl, const struct libns_route *route,
				 struct libns_error *err)
{
	return change_route(rtnl, RTM_NEWROUTE, route, "make", err);
}

LIBNS_PUBLIC int libns_route_delete(struct libns_rtnl *rtnl, const struct libns_route *route,
				    struct libns_error *err)
{
	return change_route(rtnl, RTM_DELROUTE, route, "delete", err);
}

static int take_one(const struct netlink_item *item, void *data)
{
	struct libns_route one;

	if (rtnl_parse_route(item, &one))
		*(struct libns_route *)data = one;
	return 0;
}

/* IPv4 gives an error where a route leads nowhere, and IPv6 the route. */
static int error_of_type(uint8_t type)
{
	switch (type) {
	case RTN_BLACKHOLE:
		return -EINVAL;
	case RTN_UNREACHABLE:
		return -EHOSTUNREACH;
	case RTN_PROHIBIT:
		return -EACCES;
	case RTN_THROW:
		return -ENETUNREACH;
	default:
		return 0;
	}
}

LIBNS_PUBLIC int libns_route_find(struct libns_rtnl *rtnl, const struct libns_ip *to,
				  struct libns_route *ret_route, struct libns_error *err)
{
	struct libns_route found = { .size = 0 };
	char text[LIBNS_IP_TEXT];
	struct netlink_msg msg;
	int r = base_check_sized(ret_route, sizeof(found), "the route", err);

	if (r < 0)
		return r;
	if (!ip_size(to->family))
		return rtnl_not_sound(to, err);
	rtnl_build_find(&msg, to);
	r = rtnl_ask(rtnl, &msg, take_one, NULL, &found);
	if (r == 0)
		r = found.size ? error_of_type(found.type) : -EBADMSG;
	if (r < 0)
		return rtnl_fail(rtnl, r, err, "find a route to '%s'",
				 libns_ip_format(to, false, text));
	base_fill_sized(ret_route, &found, sizeof(found));
	return 0;
}

struct libns_routes {
	struct rtnl_list all;
};

static int add_route(const struct netlink_item *item, void *data)
{
	struct libns_route one;
	int r = 0;

	for (size_t i = 0; r == 0 && rtnl_parse_hop(item, i, &one); i++)
		if (rtnl_is_own_route(item, &one))
			r = rtnl_list_add(data, &one, sizeof(one));
	return r;
}

LIBNS_PUBLIC int libns_routes_new(struct libns_rtnl *rtnl, struct libns_routes **ret_routes,
				  struct libns_error *err)
{
	_cleanup_(libns_routes_freep) struct libns_routes *routes = calloc(1, sizeof(*routes));
	int r = rtnl_dump(rtnl, RTM_GETROUTE, add_route, routes ? &routes->all : NULL, err);

	if (r == 0)
		*ret_routes = TAKE_PTR(routes);
	return r;
}

LIBNS_PUBLIC struct libns_routes *libns_routes_free(struct libns_routes *routes)
{
	if (routes)
		rtnl_list_done(&routes->all);
	free(routes);
	return NULL;
}

LIBNS_PUBLIC size_t libns_routes_count(const struct libns_routes *routes)
{
	return routes->all.n;
}

LIBNS_PUBLIC const struct libns_route *libns_routes_at(const struct libns_routes *routes, size_t i)
{
	return rtnl_list_at(&routes->all, i, sizeof(struct libns_route));
}
