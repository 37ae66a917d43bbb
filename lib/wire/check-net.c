/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Of a check: what a network namespace says of itself. */

#include "wire/check.h"

void check_net_done(struct check_net *net)
{
	net->links = libns_links_free(net->links);
	net->addresses = libns_addresses_free(net->addresses);
	net->routes = libns_routes_free(net->routes);
}

int check_net_read(struct check_net *net, struct libns_error *err)
{
	int r;

	check_net_done(net);
	r = libns_links_new(net->rtnl, &net->links, err);
	if (r == 0)
		r = libns_addresses_new(net->rtnl, &net->addresses, err);
	if (r == 0)
		r = libns_routes_new(net->rtnl, &net->routes, err);
	return r;
}

const struct libns_link *check_link_at(const struct check_net *net, uint32_t index)
{
	const struct libns_link *link;

	for (size_t i = 0; (link = libns_links_at(net->links, i)); i++)
		if (link->index == index)
			return link;
	return NULL;
}

const struct libns_link *check_end_of(const struct check *check, const struct libns_link *link)
{
	const struct libns_link *end = link->peer ? check_link_at(&check->host, link->peer) : NULL;

	/* Numbers of links are told apart only together with their namespace. */
	return end && end->peer == link->index && end->peer_nsid == check->nsid && check->nsid >= 0
		       ? end
		       : NULL;
}

struct words *check_ip(const struct check *check, struct words *words)
{
	words_add(words, "ip -n ");
	words_quote(words, check->name);
	words_add(words, " ");
	return words;
}

void check_mend(struct check *check, const struct words *words)
{
	findings_words(check->out, words);
}
