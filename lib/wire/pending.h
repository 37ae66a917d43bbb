/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_WIRE_PENDING_H
#define LIBNS_WIRE_PENDING_H

#include <libns/wire.h>

/* Rules, forwarding and ports: what is not there yet fails, or is said. */
int wire_rules_ensure(uint64_t flags, const struct libns_wire_watch *watch,
		      struct libns_error *err);
int wire_rules_drop(uint64_t flags, const struct libns_wire_watch *watch, struct libns_error *err);
int wire_forwarding_take(const char *link, bool ip6, uint64_t flags,
			 const struct libns_wire_watch *watch, struct libns_error *err);
int wire_forwarding_release(const char *link, uint64_t flags, const struct libns_wire_watch *watch,
			    struct libns_error *err);
bool wire_forwarding_has_ip6(void);
int wire_ports_add(const char *name, const struct libns_wire_port *ports, size_t n_ports,
		   const struct libns_ip *inside4, const struct libns_ip *inside6, uint64_t flags,
		   const struct libns_wire_watch *watch, struct libns_error *err);
int wire_ports_remove(const char *name, const struct libns_wire_port *ports, size_t n_ports,
		      uint64_t flags, const struct libns_wire_watch *watch,
		      struct libns_error *err);
#endif
