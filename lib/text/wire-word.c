/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The words of "xnetns up": what a namespace is connected with, and its ports. */

#include <string.h>

#include <libns/wire.h>

#include "base/base.h"
#include "base/err.h"

static const struct {
	const char *word; /* with "=": something belongs behind it */
	enum libns_wire_net net;
} nets[] = {
	{ "nat", LIBNS_WIRE_NAT },    { "isolated", LIBNS_WIRE_ISOLATED },
	{ "none", LIBNS_WIRE_NONE },  { "bridge=", LIBNS_WIRE_BRIDGE },
	{ "peer=", LIBNS_WIRE_PEER }, { "pasta", LIBNS_WIRE_PASTA },
	{ "wg=", LIBNS_WIRE_WG },     { "host-dev=", LIBNS_WIRE_HOST_DEV },
};

LIBNS_PUBLIC int libns_wire_parse_net(const char *text, enum libns_wire_net *ret_net,
				      const char **ret_with, struct libns_error *err)
{
	const char *with = strchr(text, '=');
	size_t n = with ? (size_t)(with - text) + 1 : strlen(text);

	for (size_t i = 0; i < ARRAY_SIZE(nets); i++) {
		if (strlen(nets[i].word) != n || strncmp(text, nets[i].word, n) != 0)
			continue;
		if (with && !with[1])
			break;
		*ret_net = nets[i].net;
		*ret_with = with ? with + 1 : NULL;
		return 0;
	}
	return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
			 "'%s' is none of nat, isolated, none, pasta, bridge=LINK, peer=NAME, "
			 "host-dev=LINK and wg=FILE",
			 text);
}

/* Decimal digits up to @end. Return: 1 to 65535, or 0. */
static uint16_t port_number(const char *at, const char *end)
{
	uint32_t value = 0;

	if (at == end || end - at > 5)
		return 0;
	for (; at < end; at++) {
		if (*at < '0' || *at > '9')
			return 0;
		value = value * 10 + (uint32_t)(*at - '0');
	}
	return value <= UINT16_MAX ? (uint16_t)value : 0;
}

/* An address up to @end, which may be in brackets. */
static bool parse_address(const char *at, const char *end, struct libns_ip *ret)
{
	char text[LIBNS_IP_TEXT];
	size_t n;

	if (*at == '[') {
		if (end - at < 2 || end[-1] != ']')
			return false;
		at++;
		end--;
	}
	n = (size_t)(end - at);
	if (n >= sizeof(text) || memchr(at, '/', n))
		return false;
	memcpy(text, at, n);
	text[n] = '\0';
	return libns_ip_parse(text, ret) == 0;
}

static const char *last_colon(const char *from, const char *end)
{
	while (end > from)
		if (*--end == ':')
			return end;
	return NULL;
}

static bool parse_port(const char *text, struct libns_wire_port *port)
{
	const char *slash = strrchr(text, '/');
	const char *end = slash ? slash : text + strlen(text);
	const char *inside = last_colon(text, end);
	const char *host = inside ? last_colon(text, inside) : NULL;

	if (slash && strcmp(slash, "/udp") != 0 && strcmp(slash, "/tcp") != 0)
		return false;
	port->udp = slash && slash[1] == 'u';
	if (!inside || (host && !parse_address(text, host, &port->address)))
		return false;
	port->host = port_number(host ? host + 1 : text, inside);
	port->inside = port_number(inside + 1, end);
	return port->host && port->inside;
}

LIBNS_PUBLIC int libns_wire_parse_port(const char *text, struct libns_wire_port *ret_port,
				       struct libns_error *err)
{
	struct libns_wire_port port = { .udp = false };

	if (!parse_port(text, &port))
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "'%s' is no port: it is written [ADDRESS:]PORT:PORT[/udp], the "
				 "port of the host and the one inside",
				 text);
	*ret_port = port;
	return 0;
}
