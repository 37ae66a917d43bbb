/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Addresses of links.
 */

#include <linux/rtnetlink.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sized.h"
#include "kernel/rtnl.h"
#include "text/ip.h"

int rtnl_not_sound(const struct libns_ip *ip, struct libns_error *err)
{
	if (!ip_size(ip->family))
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "an address is of a family that is neither IPv4 nor IPv6");
	return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
			 "the prefix %u of an address is longer than the address", ip->prefix);
}

static int check_address(struct libns_address *to, const struct libns_address *from,
			 struct libns_error *err)
{
	int r = base_copy_sized(to, sizeof(*to), from, sizeof(*to), "the address", err);

	if (r < 0)
		return r;
	return ip_is_sound(&to->ip) ? 0 : rtnl_not_sound(&to->ip, err);
}

/* Gives or takes an address. */
static int change(struct libns_rtnl *rtnl, const struct libns_address *address, bool gives,
		  struct libns_error *err)
{
	char text[LIBNS_IP_TEXT], words[RTNL_LINK_WORDS];
	struct libns_address own;
	struct netlink_msg msg;
	int r = check_address(&own, address, err);

	if (r < 0)
		return r;
	rtnl_build_address(&msg, gives ? RTM_NEWADDR : RTM_DELADDR, &own);
	r = rtnl_ask(rtnl, &msg, NULL, NULL, NULL);
	if (r == 0)
		return 0;
	libns_ip_format(&own.ip, true, text);
	rtnl_link_words(rtnl, own.index, words);
	return gives ? rtnl_fail(rtnl, r, err, "give %s the address '%s'", words, text)
		     : rtnl_fail(rtnl, r, err, "take the address '%s' from %s", text, words);
}

LIBNS_PUBLIC int libns_address_add(struct libns_rtnl *rtnl, const struct libns_address *address,
				   struct libns_error *err)
{
	return change(rtnl, address, true, err);
}

LIBNS_PUBLIC int libns_address_delete(struct libns_rtnl *rtnl, const struct libns_address *address,
				      struct libns_error *err)
{
	return change(rtnl, address, false, err);
}

struct libns_addresses {
	struct rtnl_list all;
};

static int add_address(const struct netlink_item *item, void *data)
{
	struct libns_address one;

	return rtnl_parse_address(item, &one) ? rtnl_list_add(data, &one, sizeof(one)) : 0;
}

LIBNS_PUBLIC int libns_addresses_new(struct libns_rtnl *rtnl,
				     struct libns_addresses **ret_addresses,
				     struct libns_error *err)
{
	_cleanup_(libns_addresses_freep) struct libns_addresses *addresses =
		calloc(1, sizeof(*addresses));
	int r = rtnl_dump(rtnl, RTM_GETADDR, add_address, addresses ? &addresses->all : NULL, err);

	if (r == 0)
		*ret_addresses = TAKE_PTR(addresses);
	return r;
}

LIBNS_PUBLIC struct libns_addresses *libns_addresses_free(struct libns_addresses *addresses)
{
	if (addresses)
		rtnl_list_done(&addresses->all);
	free(addresses);
	return NULL;
}

LIBNS_PUBLIC size_t libns_addresses_count(const struct libns_addresses *addresses)
{
	return addresses->all.n;
}

LIBNS_PUBLIC const struct libns_address *libns_addresses_at(const struct libns_addresses *addresses,
							    size_t i)
{
	return rtnl_list_at(&addresses->all, i, sizeof(struct libns_address));
}
