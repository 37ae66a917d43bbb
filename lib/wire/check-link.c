/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Of a check: lo, links and their other ends, addresses. */

#include <linux/if_addr.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/base.h"
#include "base/sys.h"
#include "wire/check.h"
#include "wire/slot.h"

static bool is_lo(const struct libns_link *link)
{
	return link->flags & IFF_LOOPBACK;
}

/* The kernel puts these into every namespace, when their modules are loaded. */
static bool is_there_anyway(const struct libns_link *link)
{
	static const char *const kinds[] = { "ipip",   "sit",    "ip6tnl", "gre", "gretap",
					     "erspan", "ip6gre", "vti",    "vti6" };

	if (link->flags & IFF_UP)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(link->kind, kinds[i]))
			return true;
	/* Those that are in every namespace are told as links without a kind by some. */
	return !strcmp(link->name, "tunl0") || !strcmp(link->name, "sit0");
}

static void mend_link(struct check *check, bool inside, const char *link, const char *words)
{
	_cleanup_(words_done) struct words command = { NULL };

	if (inside)
		check_ip(check, &command);
	else
		words_add(&command, "ip ");
	words_add(&command, "link set ");
	words_quote(&command, link);
	words_add(&command, " %s", words);
	check_mend(check, &command);
}

static void check_lo(struct check *check)
{
	const struct libns_link *link;

	for (size_t i = 0; (link = libns_links_at(check->inside.links, i)); i++) {
		if (!is_lo(link))
			continue;
		if (link->flags & IFF_UP) {
			findings_add(check->out, LIBNS_WIRE_VERDICT_OK, "lo", "'%s' is up",
				     link->name);
		} else {
			findings_add(check->out, LIBNS_WIRE_VERDICT_FAIL, "lo", "'%s' is down",
				     link->name);
			findings_why(check->out,
				     "the namespace does not reach itself by 127.0.0.1");
			mend_link(check, true, link->name, "up");
		}
	}
}

static void check_mtu(struct check *check, const struct libns_link *link,
		      const struct libns_link *end)
{
	char words[32];

	if (!end || end->mtu == link->mtu)
		return;
	findings_add(check->out, LIBNS_WIRE_VERDICT_FAIL, "mtu",
		     "packets of %u bytes leave by '%s', and of %u bytes come in by '%s'",
		     link->mtu, link->name, end->mtu, end->name);
	findings_why(check->out, "what is larger than the other end takes is dropped silently");
	if (link->mtu > end->mtu) {
		snprintf(words, sizeof(words), "mtu %u", end->mtu);
		mend_link(check, true, link->name, words);
	} else {
		snprintf(words, sizeof(words), "mtu %u", link->mtu);
		mend_link(check, false, end->name, words);
	}
}

static void check_link(struct check *check, const struct libns_link *link)
{
	const struct libns_link *end = check_end_of(check, link);
	const struct libns_link *master =
		end && end->master ? check_link_at(&check->host, end->master) : NULL;

	if (!(link->flags & IFF_UP)) {
		findings_add(check->out, LIBNS_WIRE_VERDICT_FAIL, "link", "'%s' is down",
			     link->name);
		mend_link(check, true, link->name, "up");
	} else if (end && !(end->flags & IFF_UP)) {
		findings_add(check->out, LIBNS_WIRE_VERDICT_FAIL, "link", "'%s' has no carrier",
			     link->name);
		findings_why(check->out, "its other end in this host, '%s', is down", end->name);
		mend_link(check, false, end->name, "up");
	} else if (!(link->flags & IFF_RUNNING)) {
		findings_add(check->out, LIBNS_WIRE_VERDICT_FAIL, "link", "'%s' has no carrier",
			     link->name);
		findings_why(check->out, link->peer ? "its other end, in another namespace, is down"
						    : "nothing is connected with it");
	} else if (master && !(master->flags & IFF_UP)) {
		findings_add(check->out, LIBNS_WIRE_VERDICT_FAIL, "link",
			     "'%s' leads into a bridge", link->name);
		findings_why(check->out, "'%s', which '%s' is a port of, is down", master->name,
			     end->name);
		mend_link(check, false, master->name, "up");
	} else if (end) {
		findings_add(check->out, LIBNS_WIRE_VERDICT_OK, "link",
			     "'%s' is up, and so is its other end in this host, '%s'", link->name,
			     end->name);
	} else {
		findings_add(check->out, LIBNS_WIRE_VERDICT_OK, "link", "'%s' is up", link->name);
	}
	check_mtu(check, link, end);
}

void check_links(struct check *check)
{
	const struct libns_link *link;
	_cleanup_(words_done) struct words words = { NULL };
	size_t n = 0;

	check_lo(check);
	for (size_t i = 0; (link = libns_links_at(check->inside.links, i)); i++)
		if (!is_lo(link) && !is_there_anyway(link)) {
			check_link(check, link);
			n++;
		}
	if (n)
		return;
	findings_add(check->out, LIBNS_WIRE_VERDICT_FAIL, "link", "there is no link but lo");
	findings_why(check->out, "nothing connects the namespace with anything");
	words_add(&words, "xnetns up ");
	words_quote(&words, check->name);
	check_mend(check, &words);
}

static bool is_tentative(const struct libns_address *address)
{
	return (address->flags & (IFA_F_TENTATIVE | IFA_F_OPTIMISTIC | IFA_F_DADFAILED)) ==
	       IFA_F_TENTATIVE;
}

/* Links without a carrier keep theirs tentative for ever. */
static const struct libns_address *find_tentative(const struct check *check)
{
	const struct libns_address *address;

	for (size_t i = 0; (address = libns_addresses_at(check->inside.addresses, i)); i++) {
		const struct libns_link *link = check_link_at(&check->inside, address->index);

		if (is_tentative(address) && link && link->flags & IFF_RUNNING)
			return address;
	}
	return NULL;
}

/* Whether it is of use beyond the link: not fe80::1, not ::1. */
static bool reaches_out(const struct check *check, const struct libns_address *address)
{
	const struct libns_link *link = check_link_at(&check->inside, address->index);

	return link && !is_lo(link) && !wire_ip_is_link_local(&address->ip);
}

static void check_address(struct check *check, const struct libns_address *address)
{
	const struct libns_link *link = check_link_at(&check->inside, address->index);
	char text[LIBNS_IP_TEXT];

	libns_ip_format(&address->ip, true, text);
	if (address->flags & IFA_F_DADFAILED) {
		findings_add(check->out, LIBNS_WIRE_VERDICT_FAIL, "address", "'%s' cannot use %s",
			     link->name, text);
		findings_why(check->out, "somebody else on the link has the same address");
	} else if (is_tentative(address)) {
		findings_add(check->out, LIBNS_WIRE_VERDICT_FAIL, "address",
			     "'%s' may not use %s yet", link->name, text);
		findings_why(check->out,
			     "the kernel is still looking for somebody who has the same one; it "
			     "does not with the option nodad of ip address add");
	} else {
		findings_add(check->out, LIBNS_WIRE_VERDICT_OK, "address", "'%s' has %s",
			     link->name, text);
	}
}

int check_addresses(struct check *check, struct libns_error *err)
{
	/* A third of the time is left for answers. */
	int64_t until = check->begin + (check->until - check->begin) * 2 / 3;
	const struct libns_address *address;
	size_t n = 0;
	int r = 0;

	while (r == 0 && find_tentative(check) && sys_now_ms() < until) {
		nanosleep(&(struct timespec){ 0, 20000000 }, NULL);
		r = check_net_read(&check->inside, err);
	}
	if (r < 0)
		return r;
	for (size_t i = 0; (address = libns_addresses_at(check->inside.addresses, i)); i++) {
		struct check_family *family = &check->families[address->ip.family == AF_INET6];

		if (!reaches_out(check, address))
			continue;
		check_address(check, address);
		n++;
		if (!family->from)
			family->from = address;
	}
	if (!n && libns_links_count(check->inside.links) > 1) {
		findings_add(check->out, LIBNS_WIRE_VERDICT_FAIL, "address",
			     "no link has an address");
		findings_why(check->out, "nothing can be sent without one");
	}
	return 0;
}
