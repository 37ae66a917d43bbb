/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* xnetns connect and disconnect: two namespaces with each other, without the host. */

#include "xnetns/connect.h"

#include <getopt.h>
#include <string.h>
#include <sys/socket.h>

const struct cli_option xnetns_connect_options[] = {
	{ CONNECT_IP4, "ip4", CLI_ARG, "addr/n|off", "IPv4 address in the first", NULL },
	{ CONNECT_IP6, "ip6", CLI_ARG, "addr/n|off", "IPv6 address in the first", NULL },
	{ CONNECT_MTU, "mtu", CLI_ARG, "n", "MTU of both ends, from 68 to 65535", NULL },
	CONNECT_COMMON_OPTIONS,
};

const struct cli_option xnetns_disconnect_options[] = { CONNECT_COMMON_OPTIONS };

static int take_ip(const struct xnetns *x, const char *option, uint8_t family,
		   enum libns_wire_family *ret_how, struct libns_ip *ret_ip)
{
	if (!strcmp(optarg, "off") || !strcmp(optarg, "auto")) {
		*ret_how = *optarg == 'o' ? LIBNS_WIRE_OFF : LIBNS_WIRE_AUTO;
		return 0;
	}
	*ret_how = LIBNS_WIRE_GIVEN;
	if (strchr(optarg, '/') && libns_ip_parse(optarg, ret_ip) == 0 && ret_ip->family == family)
		return 0;
	cli_error(x->cli, "%s: '%s' is not an address with its prefix, \"auto\" or \"off\"", option,
		  optarg);
	return XNETNS_USAGE;
}

int connect_take_option(struct xnetns *x, struct watch *watch, struct libns_connect_options *o,
			int id)
{
	if (id == CONNECT_IP4)
		return take_ip(x, "--ip4", AF_INET, &o->ip4, &o->ip4_a);
	if (id == CONNECT_IP6)
		return take_ip(x, "--ip6", AF_INET6, &o->ip6, &o->ip6_a);
	if (id == 'q')
		watch->quiet = true;
	else if (id == 'j')
		x->as_json = true;
	else if (id == CONNECT_DRY_RUN)
		watch->dry_run = true;
	else if (!cli_u32(x->cli, "--mtu", optarg, &o->mtu))
		return XNETNS_USAGE;
	else if (o->mtu < 68 || o->mtu > 65535) {
		cli_error(x->cli, "--mtu: '%s' is not from 68 to 65535", optarg);
		return XNETNS_USAGE;
	}
	return 0;
}

static int run(void *context, int argc, char **argv,
	       int (*act)(const struct libns_connect_options *, struct libns_error *))
{
	struct libns_connect_options o = LIBNS_CONNECT_OPTIONS_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct watch watch = { .quiet = false };
	struct xnetns *x = context;
	int id, code = 0;

	while (code == 0 && (id = cli_next(x->cli, argc, argv)) > 0)
		code = connect_take_option(x, &watch, &o, id);
	if (code)
		return code;
	if (id != CLI_END)
		return id == CLI_DONE ? 0 : XNETNS_USAGE;
	if (argc - optind != 2) {
		cli_usage(x->cli, "%s: two names are needed", argv[0]);
		return XNETNS_USAGE;
	}
	o.a = argv[optind];
	o.b = argv[optind + 1];
	o.flags = watch.dry_run ? LIBNS_WIRE_DRY_RUN : 0;
	o.watch = &watch.watch;
	watch.as_json = x->as_json;
	watch_begin(&watch, x);
	if (act(&o, &err) < 0)
		code = xnetns_fail(x, &err, CLI_FAILURE);
	watch_end(&watch);
	return code;
}

int xnetns_connect(void *context, int argc, char **argv)
{
	return run(context, argc, argv, libns_wire_connect);
}

int xnetns_disconnect(void *context, int argc, char **argv)
{
	return run(context, argc, argv, libns_wire_disconnect);
}
