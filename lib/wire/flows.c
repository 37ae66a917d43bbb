/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Which flows are forgotten when a port is published or taken back.
 *
 * When one is published, only UDP is concerned: a connection of TCP to a program of the host would
 * break, and its next one is led anyway. When it is taken back, everything that it has led ends.
 */

#include "wire/flows.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/base.h"
#include "base/err.h"
#include "kernel/conntrack.h"
#include "text/ip.h"
#include "wire/leads.h"
#include "wire/words.h"

/* How often flows are looked for that have come back. */
#define PASSES 16

struct wanted {
	const struct wire_lead *lead;       /* NULL: they are told by addresses inside */
	const struct libns_addresses *host; /* its addresses; NULL: does not matter */
	const struct libns_ip *inside;
	size_t n_inside;
	bool *found; /* of which of those there are some */
};

static bool is_ip(const struct libns_ip *ip, const uint8_t *bytes)
{
	return !memcmp(ip->bytes, bytes, ip_size(ip->family));
}

/* Whether it is the address of this host that is published. */
static bool is_of_host(const struct wanted *wanted, uint8_t family, const uint8_t *bytes)
{
	const struct libns_address *address;

	if (wanted->lead->port.address.family)
		return is_ip(&wanted->lead->port.address, bytes);
	if (family == AF_INET && bytes[0] == 127)
		return true;
	for (size_t i = 0; (address = libns_addresses_at(wanted->host, i)); i++)
		if (address->ip.family == family && is_ip(&address->ip, bytes))
			return true;
	return false;
}

static bool is_led(const struct wire_lead *lead, const struct conntrack_flow *flow)
{
	return flow->protocol == (lead->port.udp ? IPPROTO_UDP : IPPROTO_TCP) &&
	       flow->there.to_port == lead->port.host &&
	       flow->back.from_port == lead->port.inside && is_ip(&lead->inside, flow->back.from);
}

/*
 * An answer that was under way when its flow was forgotten begins a flow of its own, and the next
 * packet follows that: to the program of the host here, and inside in was_led(), where the port is
 * kept when the answer is masqueraded. So the flows of answers are forgotten as well.
 */
static bool went_elsewhere(const struct conntrack_flow *flow, void *data)
{
	const struct wanted *wanted = data;
	const struct conntrack_way *way = &flow->there;
	uint16_t port = wanted->lead->port.host;

	if (flow->protocol != IPPROTO_UDP || is_led(wanted->lead, flow))
		return false;
	return (way->to_port == port && is_of_host(wanted, flow->family, way->to)) ||
	       (way->from_port == port && is_of_host(wanted, flow->family, way->from));
}

static bool was_led(const struct conntrack_flow *flow, void *data)
{
	const struct wanted *wanted = data;
	const struct wire_lead *lead = wanted->lead;

	return is_led(lead, flow) ||
	       (flow->protocol == (lead->port.udp ? IPPROTO_UDP : IPPROTO_TCP) &&
		flow->there.from_port == lead->port.inside &&
		is_ip(&lead->inside, flow->there.from));
}

static bool is_of_inside(const struct conntrack_flow *flow, void *data)
{
	const struct wanted *wanted = data;
	bool any = false;

	for (size_t i = 0; i < wanted->n_inside; i++) {
		const struct libns_ip *ip = &wanted->inside[i];

		if (ip->family != flow->family ||
		    !(is_ip(ip, flow->there.from) || is_ip(ip, flow->there.to) ||
		      is_ip(ip, flow->back.from)))
			continue;
		any = wanted->found[i] = true;
	}
	return any;
}

/* What conntrack(8) would have to be told. */
static void add_command(struct words *words, const struct wanted *wanted)
{
	const struct wire_lead *lead = wanted->lead;
	const char *ip = lead->inside.family == AF_INET ? "ipv4" : "ipv6";
	char text[LIBNS_IP_TEXT];

	words_add(words, "conntrack -D -f %s -p %s --orig-port-dst %u", ip,
		  lead->port.udp ? "udp" : "tcp", lead->port.host);
	if (!wanted->host)
		words_add(words, " -r %s", libns_ip_format(&lead->inside, false, text));
	else if (lead->port.address.family)
		words_add(words, " -d %s", libns_ip_format(&lead->port.address, false, text));
}

/* They are forgotten already. */
static int nothing_more(void *data, struct libns_error *err)
{
	return 0;
}

struct counting {
	bool (*match)(const struct conntrack_flow *flow, void *data);
	void *data;
	size_t n;
};

static bool count_only(const struct conntrack_flow *flow, void *data)
{
	struct counting *counting = data;

	counting->n += counting->match(flow, counting->data);
	return false;
}

/* How many there are to forget. Who may not look may still be told of everything else. */
static int count(struct wanted *wanted, uint8_t family,
		 bool (*match)(const struct conntrack_flow *flow, void *data), size_t *ret_n,
		 struct libns_error *err)
{
	struct counting counting = { match, wanted, 0 };
	int r = conntrack_flush(family, count_only, &counting, NULL, err);

	*ret_n = counting.n;
	return r == -EPERM ? 0 : r;
}

/* Until there are none, or for a while: what was under way may bring some back. */
static int flush(struct wanted *wanted, uint8_t family,
		 bool (*match)(const struct conntrack_flow *flow, void *data), size_t *ret_n,
		 struct libns_error *err)
{
	size_t n = 1;
	int r = 0;

	*ret_n = 0;
	for (int i = 0; r == 0 && n && i < PASSES; i++) {
		if (i)
			nanosleep(&(struct timespec){ 0, 2000000 }, NULL);
		r = conntrack_flush(family, match, wanted, &n, err);
		*ret_n += r == 0 ? n : 0;
	}
	return r;
}

/* @family: or AF_UNSPEC for both. Return: 0; *@ret_n are forgotten, or would be. */
static int forget_or_count(struct wanted *wanted, uint8_t family,
			   bool (*match)(const struct conntrack_flow *flow, void *data),
			   uint64_t flags, size_t *ret_n, struct libns_error *err)
{
	return flags & LIBNS_WIRE_DRY_RUN ? count(wanted, family, match, ret_n, err)
					  : flush(wanted, family, match, ret_n, err);
}

/* Of a lead. Tells only of what there was to forget. */
static int forget(struct wanted *wanted,
		  bool (*match)(const struct conntrack_flow *flow, void *data), const char *what,
		  uint64_t flags, const struct libns_wire_watch *watch, struct libns_error *err)
{
	_cleanup_(words_done) struct words command = { NULL };
	struct wire_step step = { .kind = WIRE_CALL, .what = what, .call = nothing_more };
	size_t n;
	int r = forget_or_count(wanted, wanted->lead->inside.family, match, flags, &n, err);

	if (r < 0 || !n)
		return r;
	add_command(&command, wanted);
	r = wire_step_say(&step, NULL, &command, err);
	return r < 0 ? r : wire_step_run(&step, flags, watch, err);
}

int flows_forget_before(const struct wire_lead *lead, uint64_t flags,
			const struct libns_wire_watch *watch, struct libns_error *err)
{
	_cleanup_(libns_addresses_freep) struct libns_addresses *host = NULL;
	_cleanup_(libns_rtnl_freep) struct libns_rtnl *rtnl = NULL;
	struct wanted wanted = { .lead = lead };
	char words[LEAD_WORDS], what[LEAD_WORDS + 32];
	int r;

	if (!lead->port.udp)
		return 0;
	r = libns_rtnl_new(LIBNS_LINK_HERE, &rtnl, err);
	if (r == 0)
		r = libns_addresses_new(rtnl, &host, err);
	if (r < 0)
		return r;
	wanted.host = host;
	snprintf(what, sizeof(what), "forget flows to %s", lead_words(lead, words));
	return forget(&wanted, went_elsewhere, what, flags, watch, err);
}

int flows_forget_led(const struct wire_lead *lead, uint64_t flags,
		     const struct libns_wire_watch *watch, struct libns_error *err)
{
	struct wanted wanted = { .lead = lead };
	char words[LEAD_WORDS], what[LEAD_WORDS + 32];

	snprintf(what, sizeof(what), "forget flows that %s has led", lead_words(lead, words));
	return forget(&wanted, was_led, what, flags, watch, err);
}

static int tell_inside(const struct libns_ip *ip, uint64_t flags,
		       const struct libns_wire_watch *watch, struct libns_error *err)
{
	_cleanup_(words_done) struct words what = { NULL }, command = { NULL };
	struct wire_step step = { .kind = WIRE_CALL, .call = nothing_more };
	const char *family = ip->family == AF_INET ? "ipv4" : "ipv6";
	char text[LIBNS_IP_TEXT];
	int r;

	libns_ip_format(ip, false, text);
	words_add(&what, "forget flows of %s", text);
	words_add(&command, "conntrack -D -f %s -s %s; conntrack -D -f %s -r %s", family, text,
		  family, text);
	r = wire_step_say(&step, &what, &command, err);
	return r < 0 ? r : wire_step_run(&step, flags, watch, err);
}

int flows_forget_inside(const struct libns_ip *inside, size_t n, uint64_t flags,
			const struct libns_wire_watch *watch, struct libns_error *err)
{
	_cleanup_free_ bool *found = calloc(n ? n : 1, sizeof(*found));
	struct wanted wanted = { .inside = inside, .n_inside = n, .found = found };
	size_t n_flows;
	int r;

	if (!found)
		return error_set(err, LIBNS_STEP_NETNS, ENOMEM, "cannot forget flows");
	r = n ? forget_or_count(&wanted, AF_UNSPEC, is_of_inside, flags, &n_flows, err) : 0;
	for (size_t i = 0; r == 0 && i < n; i++)
		if (found[i])
			r = tell_inside(&inside[i], flags, watch, err);
	return r;
}
