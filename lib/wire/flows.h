/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_WIRE_FLOWS_H
#define LIBNS_WIRE_FLOWS_H

#include "text/wire-text.h"

/* Flows that the kernel would go on to send where they went before a change. In the network
 * namespace of the calling thread. */

/* After a port is published: those of UDP that its packets went to before. */
int flows_forget_before(const struct wire_lead *lead, uint64_t flags,
			const struct libns_wire_watch *watch, struct libns_error *err);

/* After it was taken back: those that it led. */
int flows_forget_led(const struct wire_lead *lead, uint64_t flags,
		     const struct libns_wire_watch *watch, struct libns_error *err);

/* All flows from or to addresses inside, as their namespaces go. The kernel is asked once. */
int flows_forget_inside(const struct libns_ip *inside, size_t n, uint64_t flags,
			const struct libns_wire_watch *watch, struct libns_error *err);

#endif
