/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "wire/pending.h"

#include "base/base.h"
#include "base/err.h"

static int not_yet(struct libns_error *err, const char *what)
{
	return error_say(err, LIBNS_STEP_NETNS, EOPNOTSUPP, "%s cannot be made yet", what);
}

int wire_rules_ensure(uint64_t flags, const struct libns_wire_watch *watch, struct libns_error *err)
{
	return not_yet(err, "the rules of a net that leads beyond the host");
}

int wire_rules_drop(uint64_t flags, const struct libns_wire_watch *watch, struct libns_error *err)
{
	return 0;
}

int wire_forwarding_take(const char *link, bool ip6, uint64_t flags,
			 const struct libns_wire_watch *watch, struct libns_error *err)
{
	return not_yet(err, "a net that leads beyond the host");
}

int wire_forwarding_release(const char *link, uint64_t flags, const struct libns_wire_watch *watch,
			    struct libns_error *err)
{
	return 0;
}

bool wire_forwarding_has_ip6(void)
{
	return access("/proc/sys/net/ipv6/conf/all/force_forwarding", F_OK) == 0;
}

int wire_ports_add(const char *name, const struct libns_wire_port *ports, size_t n_ports,
		   const struct libns_ip *inside4, const struct libns_ip *inside6, uint64_t flags,
		   const struct libns_wire_watch *watch, struct libns_error *err)
{
	return not_yet(err, "ports that lead inside");
}

int wire_ports_remove(const char *name, const struct libns_wire_port *ports, size_t n_ports,
		      uint64_t flags, const struct libns_wire_watch *watch, struct libns_error *err)
{
	return 0;
}
