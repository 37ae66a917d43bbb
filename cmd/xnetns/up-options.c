/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "xnetns/up-options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void up_options_done(struct up_options *up)
{
	free(up->ports);
	free(up->servers);
}

static int take_net(struct xnetns *x, struct up_options *up, const char *word)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	if (libns_wire_parse_net(word, &up->wire.net, &up->wire.with, &err) == 0)
		return 0;
	cli_usage(x->cli, "--net: %s", libns_error_text(&err));
	return XNETNS_USAGE;
}

static int take_address(struct xnetns *x, const char *option, const char *word, uint8_t bits,
			enum libns_wire_family *wanted, struct libns_ip *ret)
{
	struct libns_ip ip;

	if (!strcmp(word, "auto") || !strcmp(word, "off")) {
		*wanted = *word == 'a' ? LIBNS_WIRE_AUTO : LIBNS_WIRE_OFF;
		return 0;
	}
	if (libns_ip_parse(word, &ip) == 0 && !strchr(word, ':') == (bits == 32) &&
	    strchr(word, '/') && ip.prefix > 0 && ip.prefix <= bits) {
		*wanted = LIBNS_WIRE_GIVEN;
		*ret = ip;
		return 0;
	}
	cli_usage(x->cli,
		  "--%s: '%s' is neither auto nor off nor an address inside with the length of its "
		  "prefix, such as %s",
		  option, word, bits == 32 ? "10.9.0.2/30" : "fd00:9::2/64");
	return XNETNS_USAGE;
}

static int take_mtu(struct xnetns *x, struct up_options *up, const char *word)
{
	if (!strcmp(word, "auto")) {
		up->wire.mtu = 0;
		return 0;
	}
	if (!cli_u32(x->cli, "--mtu", word, &up->wire.mtu))
		return XNETNS_USAGE;
	/* What the kernel's pairs of links can carry; the least is that of IPv4. */
	if (up->wire.mtu >= 68 && up->wire.mtu <= 65535)
		return 0;
	cli_usage(x->cli, "--mtu: %s is not between 68 and 65535", word);
	return XNETNS_USAGE;
}

/* Addresses with commas between them. */
static int take_servers(struct xnetns *x, struct up_options *up, const char *list)
{
	char word[LIBNS_IP_TEXT];

	up->wire.n_name_servers = 0;
	for (const char *at = list; at; at = strchr(at, ',')) {
		size_t n;

		at += *at == ',';
		n = strcspn(at, ",");
		up->servers = reallocarray(up->servers, up->wire.n_name_servers + 1,
					   sizeof(*up->servers));
		if (!up->servers)
			return cli_error(x->cli, "--dns: no memory");
		snprintf(word, sizeof(word), "%.*s", (int)(n < sizeof(word) ? n : 0), at);
		if (strchr(word, '/') ||
		    libns_ip_parse(word, &up->servers[up->wire.n_name_servers++]) < 0) {
			cli_usage(x->cli, "--dns: '%s' is neither host nor none nor addresses",
				  list);
			return XNETNS_USAGE;
		}
	}
	up->wire.dns = LIBNS_WIRE_DNS_GIVEN;
	up->wire.name_servers = up->servers;
	return 0;
}

static int take_dns(struct xnetns *x, struct up_options *up, const char *word)
{
	if (strcmp(word, "host") != 0 && strcmp(word, "none") != 0)
		return take_servers(x, up, word);
	up->wire.dns = *word == 'h' ? LIBNS_WIRE_DNS_HOST : LIBNS_WIRE_DNS_NONE;
	return 0;
}

static int take_port(struct xnetns *x, struct up_options *up, const char *word)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_wire_port *more =
		reallocarray(up->ports, up->wire.n_ports + 1, sizeof(*up->ports));

	if (!more)
		return cli_error(x->cli, "-p: no memory");
	up->wire.ports = up->ports = more;
	if (libns_wire_parse_port(word, &more[up->wire.n_ports], &err) < 0) {
		cli_usage(x->cli, "-p: %s", libns_error_text(&err));
		return XNETNS_USAGE;
	}
	up->wire.n_ports++;
	return 0;
}

int up_options_take(struct xnetns *x, struct up_options *up, int id, const char *word)
{
	switch (id) {
	case UP_NET:
		return take_net(x, up, word);
	case UP_IP4:
		return take_address(x, "ip4", word, 32, &up->wire.ip4, &up->wire.ip4_inside);
	case UP_IP6:
		return take_address(x, "ip6", word, 128, &up->wire.ip6, &up->wire.ip6_inside);
	case UP_MTU:
		return take_mtu(x, up, word);
	case UP_DNS:
		return take_dns(x, up, word);
	case 'p':
		return take_port(x, up, word);
	case UP_DRY_RUN:
		up->watch.dry_run = true;
		up->wire.flags |= LIBNS_WIRE_DRY_RUN;
		return 0;
	case 'q':
		up->watch.quiet = true;
		return 0;
	case 'j':
		x->as_json = true;
		return 0;
	default:
		return -1;
	}
}
