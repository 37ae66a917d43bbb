/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Why a namespace does not reach the world.
 *
 * Theory of operation
 *
 * First what both sides say of themselves is read: links, addresses and routes inside, and the same
 * of this host. An address that is still being tested for duplicates (IPv6) is waited for, since
 * nothing can be sent from it. Then the way out is followed from the inside outwards: link, other
 * end, address, route, whether this host is the router, its forwarding, its own way out, its rules.
 * Each of these can be told without a packet, and its cause is known.
 *
 * Last, the gateway, the name servers and whoever else is named are asked for a sign of life, all at
 * the same time. That decides, but says little of a cause.
 */

#include "wire/check.h"

#include <string.h>
#include <sys/socket.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sized.h"
#include "base/sys.h"

#define TIMEOUT_MS 3000

static int look(struct check *check, struct libns_error *err)
{
	int r = libns_rtnl_new(check->ns_fd, &check->inside.rtnl, err);

	if (r == 0)
		r = libns_rtnl_new(LIBNS_LINK_HERE, &check->host.rtnl, err);
	if (r == 0)
		r = check_net_read(&check->inside, err);
	if (r == 0)
		r = check_net_read(&check->host, err);
	/* The kernel has numbered it when it made a pair of links with one end there. */
	if (r == 0)
		r = libns_netns_query_nsid(check->ns_fd, &check->nsid, err);
	if (r < 0)
		return r;
	check_links(check);
	r = check_addresses(check, err);
	if (r == 0)
		r = check_find_ways(check, err);
	if (r < 0)
		return r;
	check_routes(check);
	r = check_router(check, err);
	if (r == 0)
		r = check_rules(check, err);
	return r < 0 ? r : check_answers(check, err);
}

LIBNS_PUBLIC int libns_wire_check(const struct libns_wire_check_options *options,
				  struct libns_wire_findings **ret_findings,
				  struct libns_error *err)
{
	_cleanup_(libns_wire_findings_freep) struct libns_wire_findings *out =
		calloc(1, sizeof(*out));
	struct libns_wire_check_options own;
	struct check check = { .options = &own, .out = out };
	_cleanup_close_ int ns_fd = -1;
	int r;

	if (!out)
		return error_set(err, LIBNS_STEP_NETNS, ENOMEM, "cannot list what was found");
	r = base_copy_sized(&own, sizeof(own), options, sizeof(own), "the check", err);
	if (r < 0)
		return r;
	if (!own.name)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "no name of a namespace");
	ns_fd = libns_netns_open(own.run_fd, own.name, err);
	if (ns_fd < 0)
		return ns_fd;
	check.name = own.name;
	check.ns_fd = ns_fd;
	check.begin = sys_now_ms();
	check.until = check.begin + (own.timeout_ms ? own.timeout_ms : TIMEOUT_MS);
	check.families[0] = (struct check_family){ .family = AF_INET, .word = "IPv4" };
	check.families[1] = (struct check_family){ .family = AF_INET6, .word = "IPv6" };
	r = look(&check, err);
	check_net_done(&check.inside);
	check_net_done(&check.host);
	libns_rtnl_free(check.inside.rtnl);
	libns_rtnl_free(check.host.rtnl);
	if (r == 0)
		r = findings_done(out, err);
	if (r == 0)
		*ret_findings = TAKE_PTR(out);
	return r;
}
