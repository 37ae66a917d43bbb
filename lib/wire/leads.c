/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Ports that are published. The files are the truth: a port is written down before it is added to
 * the table, and struck out after it is taken from there. So the table can be made again from them,
 * and nothing is in the table that nobody knows of.
 */

#include "wire/leads.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include <libns/netns.h>

#include "base/base.h"
#include "base/err.h"
#include "kernel/nft.h"
#include "netns/dir.h"
#include "netns/where.h"
#include "text/ip.h"
#include "text/procfile.h"
#include "wire/rules.h"
#include "wire/store.h"
#include "wire/wire.h"

void leads_done(struct leads *leads)
{
	free(leads->list);
	*leads = (struct leads){ NULL, 0 };
}

int leads_append(struct leads *leads, const struct wire_lead *lead)
{
	struct wire_lead *list = reallocarray(leads->list, leads->n + 1, sizeof(*list));

	if (!list)
		return -ENOMEM;
	leads->list = list;
	list[leads->n++] = *lead;
	return 0;
}

static int parse(const char *text, struct leads *leads)
{
	for (;;) {
		struct procfile_word line = procfile_next_line(&text);
		struct wire_lead lead;
		int r;

		if (!line.s)
			return 0;
		r = wire_lead_parse(line.s, line.n, &lead);
		if (r == 0)
			r = leads_append(leads, &lead);
		if (r < 0)
			return r;
	}
}

int leads_read(const char *name, struct leads *ret_leads, struct libns_error *err)
{
	_cleanup_(leads_done) struct leads leads = { NULL, 0 };
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r = wire_store_read(WIRE_STORE_PORTS, name, &text, &size, err);

	if (r < 0 && r != -ENOENT)
		return r;
	r = text ? parse(text, &leads) : 0;
	if (r < 0)
		return r == -EBADMSG ? wire_store_damaged(WIRE_STORE_PORTS, name, err)
				     : error_set(err, LIBNS_STEP_NETNS, -r,
						 "cannot read what is published for '%s'", name);
	*ret_leads = leads;
	leads = (struct leads){ NULL, 0 };
	return 0;
}

int leads_write(const char *name, const struct leads *leads, struct libns_error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t n = 0;

	if (!leads->n)
		return wire_store_remove(WIRE_STORE_PORTS, name, err);
	text = reallocarray(NULL, leads->n, WIRE_LEAD_LINE);
	if (!text)
		return error_set(err, LIBNS_STEP_NETNS, ENOMEM, "cannot write what is published");
	for (size_t i = 0; i < leads->n; i++)
		n += wire_lead_format(&leads->list[i], text + n);
	return wire_store_write(WIRE_STORE_PORTS, name, text, n, err);
}

struct each {
	int (*one)(const char *name, const struct leads *leads, void *data,
		   struct libns_error *err);
	void *data;
};

static int read_one(const char *file, void *data, struct libns_error *err)
{
	_cleanup_(leads_done) struct leads leads = { NULL, 0 };
	struct each *each = data;
	int r = leads_read(file, &leads, err);

	return r < 0 ? r : each->one(file, &leads, each->data, err);
}

int leads_each(int (*one)(const char *name, const struct leads *leads, void *data,
			  struct libns_error *err),
	       void *data, struct libns_error *err)
{
	struct each each = { one, data };

	return wire_store_each(WIRE_STORE_PORTS, read_one, &each, err);
}

struct used {
	int run_fd;
	const struct wire_without *without;
	bool any;
};

static int look_for_used(const char *name, const struct leads *leads, void *data,
			 struct libns_error *err)
{
	struct used *used = data;
	struct netns_where where;
	int fd;

	if (used->any || !leads->n || wire_is_without(used->without, name))
		return 0;
	fd = libns_netns_open(used->run_fd, name, err);
	if (netns_is_unknown(fd))
		return fd;
	/* Also where it may be in another mount namespace. */
	used->any = fd >= 0 || netns_find_elsewhere(used->run_fd, name, &where) != 0;
	base_close(fd);
	return 0;
}

int leads_are_used(int run_fd, const struct wire_without *without, struct libns_error *err)
{
	struct used used = { run_fd, without, false };
	int r = leads_each(look_for_used, &used, err);

	return r < 0 ? r : used.any;
}

static bool same_address(const struct libns_ip *a, const struct libns_ip *b)
{
	return a->family == b->family && !memcmp(a->bytes, b->bytes, ip_size(a->family));
}

static bool same_number(const struct wire_lead *a, const struct wire_lead *b)
{
	return a->port.udp == b->port.udp && a->port.host == b->port.host &&
	       a->inside.family == b->inside.family;
}

bool lead_overlaps(const struct wire_lead *a, const struct wire_lead *b)
{
	return same_number(a, b) && (!a->port.address.family || !b->port.address.family ||
				     same_address(&a->port.address, &b->port.address));
}

bool lead_is_same_port(const struct wire_lead *a, const struct wire_lead *b)
{
	return same_number(a, b) && same_address(&a->port.address, &b->port.address);
}

bool lead_equal(const struct wire_lead *a, const struct wire_lead *b)
{
	return lead_is_same_port(a, b) && a->port.inside == b->port.inside &&
	       same_address(&a->inside, &b->inside);
}

static const char *map_of(const struct wire_lead *lead)
{
	if (lead->inside.family == AF_INET)
		return lead->port.address.family ? "bound4" : "pub4";
	return lead->port.address.family ? "bound6" : "pub6";
}

/* "{ 192.0.2.1 . tcp . 80" */
static void add_key(struct words *to, const char *verb, const struct wire_lead *lead)
{
	char text[LIBNS_IP_TEXT];

	words_add(to, "%s element inet " WIRE_TABLE " %s { ", verb, map_of(lead));
	if (lead->port.address.family)
		words_add(to, "%s . ", libns_ip_format(&lead->port.address, false, text));
	words_add(to, "%s . %u", lead->port.udp ? "udp" : "tcp", lead->port.host);
}

void lead_words_of_add(struct words *to, const struct wire_lead *lead)
{
	char text[LIBNS_IP_TEXT];

	add_key(to, "add", lead);
	words_add(to, " : %s . %u }\n", libns_ip_format(&lead->inside, false, text),
		  lead->port.inside);
}

void lead_words_of_delete(struct words *to, const struct wire_lead *lead)
{
	add_key(to, "delete", lead);
	words_add(to, " }\n");
}

int lead_find(const struct wire_lead *lead, struct libns_error *err)
{
	const uint8_t protocol = lead->port.udp ? IPPROTO_UDP : IPPROTO_TCP;
	const uint16_t host = htons(lead->port.host), inside = htons(lead->port.inside);
	const struct libns_ip *address = &lead->port.address;
	struct nft_words key = { .n = 0 }, value = { .n = 0 };

	if (address->family)
		nft_words_put(&key, address->bytes, ip_size(address->family));
	nft_words_put(&key, &protocol, sizeof(protocol));
	nft_words_put(&key, &host, sizeof(host));
	nft_words_put(&value, lead->inside.bytes, ip_size(lead->inside.family));
	nft_words_put(&value, &inside, sizeof(inside));
	return nft_find_element(WIRE_TABLE, map_of(lead), &key, &value, err);
}

const char *lead_words(const struct wire_lead *lead, char buf[LEAD_WORDS])
{
	char address[LIBNS_IP_TEXT];

	if (lead->port.address.family)
		libns_ip_format(&lead->port.address, false, address);
	snprintf(buf, LEAD_WORDS, "port %u (%s%s) of %s", lead->port.host,
		 lead->port.udp ? "udp" : "tcp", lead->inside.family == AF_INET6 ? ", IPv6" : "",
		 lead->port.address.family ? address : "the host");
	return buf;
}

const char *lead_words_to(const struct wire_lead *lead, char buf[LEAD_WORDS])
{
	char address[LIBNS_IP_TEXT];
	size_t n = strlen(lead_words(lead, buf));

	snprintf(buf + n, LEAD_WORDS - n, " to %s port %u",
		 libns_ip_format(&lead->inside, false, address), lead->port.inside);
	return buf;
}
