/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* xnetns bridge: namespaces that are connected by a switch in a namespace of its own. */

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "xnetns/connect.h"

const struct cli_option xnetns_bridge_options[] = {
	{ CONNECT_IP4, "ip4", CLI_ARG, "addr/n|off", "IPv4 address of the first port", NULL },
	{ CONNECT_IP6, "ip6", CLI_ARG, "addr/n|off", "IPv6 address of the first port", NULL },
	{ CONNECT_MTU, "mtu", CLI_ARG, "n", "MTU of ports, from 68 to 65535", NULL },
	CONNECT_COMMON_OPTIONS,
};

/* "-" without one. */
static const char *address(const struct libns_ip *ip, char text[LIBNS_IP_TEXT])
{
	return ip->family ? libns_ip_format(ip, true, text) : "-";
}

static void print_port(struct xnetns *x, const struct libns_bridge_port *port)
{
	char ip4[LIBNS_IP_TEXT], ip6[LIBNS_IP_TEXT];

	if (!x->as_json) {
		xnetns_print_name(*port->name ? port->name : port->link);
		printf(" %s %s\n", address(&port->ip4, ip4), address(&port->ip6, ip6));
		return;
	}
	json_object(&x->json);
	if (*port->name)
		json_text(&x->json, "name", port->name);
	json_text(&x->json, "link", port->link);
	if (port->ip4.family)
		json_text(&x->json, "ip4", address(&port->ip4, ip4));
	if (port->ip6.family)
		json_text(&x->json, "ip6", address(&port->ip6, ip6));
	json_object_end(&x->json);
}

static int list(struct xnetns *x, const char *name)
{
	__attribute__((cleanup(libns_bridge_ports_freep))) struct libns_bridge_ports *ports = NULL;
	struct libns_error err = LIBNS_ERROR_INIT;
	const struct libns_bridge_port *port;

	if (libns_bridge_ports_new(LIBNS_NETNS_RUN, name, &ports, &err) < 0)
		return xnetns_fail(x, &err, CLI_FAILURE);
	if (x->as_json)
		json_begin(&x->json);
	for (size_t i = 0; (port = libns_bridge_ports_at(ports, i)); i++)
		print_port(x, port);
	if (x->as_json)
		json_end(&x->json);
	return 0;
}

static int change(struct xnetns *x, struct watch *watch, const struct libns_connect_options *c,
		  char **words, int n)
{
	struct libns_bridge_options o = LIBNS_BRIDGE_OPTIONS_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	int r;

	o.flags = watch->dry_run ? LIBNS_WIRE_DRY_RUN : 0;
	o.name = words[0];
	o.ports = (const char *const *)words + 2;
	o.n_ports = (size_t)n - 2;
	o.ip4 = c->ip4;
	o.ip6 = c->ip6;
	o.ip4_first = c->ip4_a;
	o.ip6_first = c->ip6_a;
	o.mtu = c->mtu;
	o.watch = &watch->watch;
	watch->as_json = x->as_json;
	watch_begin(watch, x);
	if (!strcmp(words[1], "delete"))
		r = libns_bridge_delete(&o, &err);
	else if (!strcmp(words[1], "del"))
		r = libns_bridge_remove(&o, &err);
	else
		r = libns_bridge_add(&o, &err);
	r = r < 0 ? xnetns_fail(x, &err, CLI_FAILURE) : 0;
	watch_end(watch);
	return r;
}

/* Return: whether the words behind the options can be carried out. */
static bool check_words(const struct xnetns *x, char **words, int n)
{
	bool ports = n > 1 && (!strcmp(words[1], "add") || !strcmp(words[1], "del"));

	if (n < 1)
		cli_usage(x->cli, "bridge: the name of a switch is needed");
	else if (n > 1 && !ports && strcmp(words[1], "delete") != 0)
		cli_usage(x->cli, "bridge: '%s' is not \"add\", \"del\" or \"delete\"", words[1]);
	else if (ports && n < 3)
		cli_usage(x->cli, "bridge: %s needs the names of namespaces", words[1]);
	else if (n > 2 && !ports)
		cli_usage(x->cli, "bridge: delete takes all ports away: '%s' is one word too many",
			  words[2]);
	else
		return true;
	return false;
}

int xnetns_bridge(void *context, int argc, char **argv)
{
	struct libns_connect_options c = LIBNS_CONNECT_OPTIONS_INIT;
	struct watch watch = { .quiet = false };
	struct xnetns *x = context;
	int id, code = 0;

	while (code == 0 && (id = cli_next(x->cli, argc, argv)) > 0)
		code = connect_take_option(x, &watch, &c, id);
	if (code)
		return code;
	if (id != CLI_END)
		return id == CLI_DONE ? 0 : XNETNS_USAGE;
	argv += optind;
	argc -= optind;
	if (!check_words(x, argv, argc))
		return XNETNS_USAGE;
	return argc == 1 ? list(x, argv[0]) : change(x, &watch, &c, argv, argc);
}
