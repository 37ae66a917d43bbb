/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Of a check: who answers. The gateway, the name servers, whoever is named. */

#include <linux/neighbour.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/rtnl-neighbour.h"
#include "netns/dir.h"
#include "text/dns-msg.h"
#include "text/resolv.h"
#include "wire/check.h"
#include "wire/probe.h"

#define PORT_DNS 53
/* "discard": who is there refuses it, mostly. */
#define PORT_NOBODY 9

/* One who is asked; his probes have his number. */
struct asked {
	const char *check; /* "gateway", "dns", "reach" */
	struct libns_ip ip;
	uint16_t port;
	uint32_t link;      /* where he is a neighbour; 0: he is none */
	bool by_neighbour;  /* known by ARP or neighbour discovery, just now */
	uint16_t neighbour; /* NUD_* */
};

struct answers {
	struct check *check;
	struct asked *asked;
	size_t n_asked;
	struct probe *probes;
	size_t n_probes;
	bool no_memory;
	bool own_servers;  /* the name servers are the namespace's own, not this host's */
	char servers[320]; /* the file that names them */
};

static struct probe *add_probe(struct answers *a, enum probe_kind kind, uint16_t port,
			       uint32_t link)
{
	struct probe *more = reallocarray(a->probes, a->n_probes + 1, sizeof(*more));

	if (!more) {
		a->no_memory = true;
		return NULL;
	}
	a->probes = more;
	more += a->n_probes++;
	*more = (struct probe){ .kind = kind,
				.whom = a->n_asked - 1,
				.ip = a->asked[a->n_asked - 1].ip,
				.port = port,
				.link = link };
	return more;
}

static struct asked *add_asked(struct answers *a, const char *check, const struct libns_ip *ip)
{
	struct asked *more = reallocarray(a->asked, a->n_asked + 1, sizeof(*more));

	if (!more) {
		a->no_memory = true;
		return NULL;
	}
	a->asked = more;
	more += a->n_asked++;
	*more = (struct asked){ .check = check, .ip = *ip };
	return more;
}

static void ask_for_life(struct answers *a, const char *check, const struct libns_ip *ip,
			 uint32_t link)
{
	struct asked *asked = add_asked(a, check, ip);

	if (!asked)
		return;
	asked->link = link;
	add_probe(a, PROBE_PING, 0, link);
	add_probe(a, PROBE_UDP, PORT_NOBODY, link);
	add_probe(a, PROBE_TCP, PORT_NOBODY, link);
}

static uint32_t index_of(const struct check_net *net, const char *name)
{
	const struct libns_link *link;

	for (size_t i = 0; (link = libns_links_at(net->links, i)); i++)
		if (!strcmp(link->name, name))
			return link->index;
	return 0;
}

static bool is_loopback(const struct libns_ip *ip)
{
	static const uint8_t one[16] = { [15] = 1 };

	return ip->family == AF_INET ? ip->bytes[0] == 127 : !memcmp(ip->bytes, one, sizeof(one));
}

/* The file that programs in the namespace would read. */
static int read_servers(struct answers *a, char **ret_text, size_t *ret_size,
			struct libns_error *err)
{
	static const char *const places[] = { NETNS_ETC, NETNS_ETC_OWN };
	int r = -ENOENT;

	for (size_t i = 0; r == -ENOENT && i < ARRAY_SIZE(places); i++) {
		snprintf(a->servers, sizeof(a->servers), "%s/%s/resolv.conf", places[i],
			 a->check->name);
		r = sys_read_regular_at(AT_FDCWD, a->servers, ret_text, ret_size);
	}
	a->own_servers = r != -ENOENT;
	if (r == -ENOENT) {
		snprintf(a->servers, sizeof(a->servers), "/etc/resolv.conf");
		r = sys_read_regular_at(AT_FDCWD, a->servers, ret_text, ret_size);
	}
	if (r == -ENOMEM)
		return error_set(err, LIBNS_STEP_NETNS, ENOMEM, "cannot read name servers");
	if (r < 0)
		findings_add(a->check->out, LIBNS_WIRE_VERDICT_SKIP, "dns",
			     "no name server is known: '%s' cannot be read: %s", a->servers,
			     r == -EINVAL ? "it is not a regular file" : error_describe(-r));
	return r < 0 ? 1 : 0;
}

static int ask_servers(struct answers *a, struct libns_error *err)
{
	struct check *check = a->check;
	_cleanup_free_ char *text = NULL;
	char words[LIBNS_IP_TEXT];
	struct resolv_server server;
	const char *rest;
	size_t n = 0, size = 0;
	int r = read_servers(a, &text, &size, err);

	if (r)
		return r < 0 ? r : 0;
	for (rest = text; resolv_next(&rest, &size, &server); n++) {
		const struct check_family *f = &check->families[server.ip.family == AF_INET6];

		if (!is_loopback(&server.ip) && !f->from) {
			findings_add(check->out, LIBNS_WIRE_VERDICT_SKIP, "dns",
				     "the name server %s is not asked: there is no %s inside",
				     libns_ip_format(&server.ip, false, words), f->word);
		} else if (add_asked(a, "dns", &server.ip)) {
			a->asked[a->n_asked - 1].port = PORT_DNS;
			add_probe(a, PROBE_DNS, PORT_DNS, index_of(&check->inside, server.zone));
		}
	}
	if (n)
		return 0;
	findings_add(check->out, LIBNS_WIRE_VERDICT_FAIL, "dns", "no name server is named in '%s'",
		     a->servers);
	findings_why(check->out, "no name of a host can be looked up");
	return 0;
}

static void ask_whom(struct answers *a)
{
	const struct libns_wire_check_options *options = a->check->options;
	const struct check_family *f = &a->check->families[options->to.family == AF_INET6];
	uint32_t link = f->has_way && !f->way.gateway.family ? f->way.index : 0;
	struct probe *probe;

	if (!options->to.family)
		return;
	if (!options->to_port) {
		ask_for_life(a, "reach", &options->to, link);
		return;
	}
	if (!add_asked(a, "reach", &options->to))
		return;
	a->asked[a->n_asked - 1].port = options->to_port;
	a->asked[a->n_asked - 1].link = link;
	probe = add_probe(a, PROBE_TCP, options->to_port, 0);
	if (probe)
		probe->must_connect = true;
}

/* He is there, but has answered on the link only. Who is to be connected with must do more. */
static void answer_for(struct answers *a, size_t whom)
{
	struct probe *ping = NULL;

	for (size_t i = 0; i < a->n_probes; i++) {
		if (a->probes[i].whom != whom)
			continue;
		if (!a->probes[i].error)
			return;
		if (a->probes[i].kind == PROBE_PING)
			ping = &a->probes[i];
	}
	if (!ping)
		return;
	ping->error = 0;
	a->asked[whom].by_neighbour = true;
}

/* Asks the kernel what it knows of neighbours. */
static bool look_at_neighbours(void *data)
{
	struct answers *a = data;

	for (size_t i = 0; i < a->n_asked; i++) {
		struct asked *asked = &a->asked[i];

		if (!asked->link || rtnl_neighbour(a->check->inside.rtnl, asked->link, &asked->ip,
						   &asked->neighbour) < 0)
			continue;
		/* That is enough: nobody need wait for what a firewall drops. */
		if (asked->neighbour & (NUD_REACHABLE | NUD_PERMANENT | NUD_NOARP))
			answer_for(a, i);
	}
	return true;
}

static const char *address_of(const struct asked *asked, char buf[LIBNS_IP_TEXT + 8])
{
	char ip[LIBNS_IP_TEXT];

	libns_ip_format(&asked->ip, false, ip);
	if (!asked->port || asked->port == PORT_DNS)
		snprintf(buf, LIBNS_IP_TEXT + 8, "%s", ip);
	else
		snprintf(buf, LIBNS_IP_TEXT + 8, asked->ip.family == AF_INET6 ? "[%s]:%u" : "%s:%u",
			 ip, asked->port);
	return buf;
}

static const char *subject(const struct asked *asked)
{
	return !strcmp(asked->check, "gateway") ? "the gateway "
	       : !strcmp(asked->check, "dns")   ? "the name server "
						: "";
}

static void add_answer(struct answers *a, const struct asked *asked, const struct probe *probe)
{
	static const char *const words[] = { "answers a ping", "answers by UDP", "answers by TCP",
					     "answers" };
	struct check *check = a->check;
	char ip[LIBNS_IP_TEXT + 8];

	address_of(asked, ip);
	if (probe->kind == PROBE_DNS && probe->rcode != DNS_OK && probe->rcode != DNS_NXDOMAIN) {
		findings_add(check->out, LIBNS_WIRE_VERDICT_FAIL, "dns",
			     "the name server %s answers, but does not resolve names", ip);
		findings_why(check->out,
			     probe->rcode == DNS_REFUSED
				     ? "it refuses to be asked from this address"
				     : "it fails itself (rcode %d)",
			     probe->rcode);
		return;
	}
	findings_add(check->out, LIBNS_WIRE_VERDICT_OK, asked->check, "%s%s %s", subject(asked), ip,
		     asked->by_neighbour   ? "is there: it answers on the link"
		     : probe->must_connect ? "accepts a connection"
					   : words[probe->kind]);
}

static void add_cause(struct answers *a, const struct asked *asked, const struct probe *probe,
		      bool pinged)
{
	struct check *check = a->check;

	if (asked->neighbour & (NUD_INCOMPLETE | NUD_FAILED)) {
		findings_why(check->out, "nobody on the link has that address");
		return;
	}
	switch (probe->error) {
	case EHOSTUNREACH:
		findings_why(check->out, "a router says that there is no such host");
		break;
	case ENETUNREACH:
	case EADDRNOTAVAIL:
		findings_why(check->out, "there is no route to it");
		break;
	case EPERM:
	case EACCES:
		findings_why(check->out, "a rule inside the namespace forbids it");
		break;
	case ECONNREFUSED:
		if (is_loopback(&asked->ip) && !a->own_servers)
			findings_why(check->out,
				     "it is one of this host's own; inside, that is another "
				     "address, where nobody listens");
		else
			findings_why(check->out, "nobody listens there");
		break;
	default:
		findings_why(check->out, "nothing came back within %lld ms of %s",
			     (long long)(check->until - check->begin),
			     probe->kind == PROBE_DNS ? "a question by UDP"
			     : probe->must_connect    ? "a connection by TCP"
			     : pinged                 ? "a ping, UDP and TCP"
						      : "UDP and TCP (a ping is not allowed)");
	}
}

/* How much it says: an answer most of all, and that nothing may be sent least. */
static int weight(const struct probe *probe)
{
	switch (probe->error) {
	case 0:
		return 3;
	case EINPROGRESS:
		return 1;
	case EPERM:
	case EACCES:
		return 0;
	default:
		return 2;
	}
}

static const struct probe *telling(const struct answers *a, size_t whom, bool *ret_pinged)
{
	const struct probe *found = NULL;

	*ret_pinged = false;
	for (size_t i = 0; i < a->n_probes; i++) {
		const struct probe *probe = &a->probes[i];

		if (probe->whom != whom)
			continue;
		*ret_pinged |= probe->kind == PROBE_PING && weight(probe) > 0;
		if (!found || weight(probe) > weight(found))
			found = probe;
	}
	return found;
}

static void add_finding(struct answers *a, size_t whom)
{
	const struct asked *asked = &a->asked[whom];
	char ip[LIBNS_IP_TEXT + 8];
	bool pinged;
	const struct probe *probe = telling(a, whom, &pinged);

	if (!probe)
		return;
	if (!probe->error) {
		add_answer(a, asked, probe);
		return;
	}
	address_of(asked, ip);
	if (!strcmp(asked->check, "gateway") &&
	    asked->neighbour & (NUD_STALE | NUD_DELAY | NUD_PROBE)) {
		findings_add(a->check->out, LIBNS_WIRE_VERDICT_SKIP, asked->check,
			     "the gateway %s was there a while ago; it does not answer %sUDP and "
			     "TCP, which it may refuse",
			     ip, pinged ? "a ping, " : "");
		return;
	}
	findings_add(a->check->out, LIBNS_WIRE_VERDICT_FAIL, asked->check, "%s%s does not answer",
		     subject(asked), ip);
	add_cause(a, asked, probe, pinged);
}

int check_answers(struct check *check, struct libns_error *err)
{
	struct answers a = { .check = check };
	bool leads_out = false;
	int r = 0;

	for (size_t i = 0; i < CHECK_FAMILIES; i++) {
		const struct check_family *f = &check->families[i];

		leads_out |= f->has_way;
		if (f->has_way && f->way.gateway.family)
			ask_for_life(&a, "gateway", &f->way.gateway, f->way.index);
	}
	if (leads_out)
		r = ask_servers(&a, err);
	else
		findings_add(check->out, LIBNS_WIRE_VERDICT_SKIP, "dns",
			     "no name server is asked: nothing leads out");
	ask_whom(&a);
	if (r == 0 && a.no_memory)
		r = error_set(err, LIBNS_STEP_NETNS, ENOMEM, "cannot ask for signs of life");
	if (r == 0)
		r = probe_all(check->ns_fd, a.probes, a.n_probes, check->until, look_at_neighbours,
			      &a, err);
	for (size_t i = 0; r == 0 && i < a.n_asked; i++)
		add_finding(&a, i);
	free(a.asked);
	free(a.probes);
	return r;
}
