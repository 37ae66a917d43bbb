/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* xnetns publish, unpublish: ports of the host that lead into a namespace. */

#include "xnetns/publish.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xnetns/watch.h"

enum { DRY_RUN = CLI_LONG_BASE };

const struct cli_option xnetns_publish_options[] = {
	{ 'j', "json", CLI_NO_ARG, NULL, "print JSON", NULL },
	{ 'p', "pretty", CLI_NO_ARG, NULL, "lay JSON out for reading", NULL },
	{ 'q', "quiet", CLI_NO_ARG, NULL, "say nothing of what is done", NULL },
	{ DRY_RUN, "dry-run", CLI_NO_ARG, NULL, "print the commands and change nothing", NULL },
	CLI_OPTIONS_END,
};

const struct cli_option xnetns_unpublish_options[] = {
	{ 'a', "all", CLI_NO_ARG, NULL, "all ports of the namespace", NULL },
	{ 'j', "json", CLI_NO_ARG, NULL, "print JSON", NULL },
	{ 'p', "pretty", CLI_NO_ARG, NULL, "lay JSON out for reading", NULL },
	{ 'q', "quiet", CLI_NO_ARG, NULL, "say nothing of what is done", NULL },
	{ DRY_RUN, "dry-run", CLI_NO_ARG, NULL, "print the commands and change nothing", NULL },
	CLI_OPTIONS_END,
};

/* Options before and behind the operands. Return: 0, or an exit code + 1. */
static int parse(struct xnetns *x, struct watch *w, int argc, char **argv)
{
	int id;

	while ((id = cli_next(x->cli, argc, argv)) > 0) {
		if (xnetns_take_option(x, id))
			continue;
		if (id == 'q')
			w->quiet = true;
		else
			w->dry_run = true;
	}
	w->as_json = x->as_json;
	if (id == CLI_END)
		return 0;
	return 1 + (id == CLI_DONE ? 0 : XNETNS_USAGE);
}

/* "[ADDRESS:]PORT[/udp]", as if it led to port 1, which is then taken away. */
static bool parse_short(const char *word, struct libns_wire_port *ret)
{
	size_t n = strcspn(word, "/"), size = strlen(word) + 3;
	char *whole = malloc(size);
	bool good;

	if (!whole)
		return false;
	snprintf(whole, size, "%.*s:1%s", (int)n, word, word + n);
	good = libns_wire_parse_port(whole, ret, NULL) == 0;
	free(whole);
	ret->inside = 0;
	return good;
}

/* Return: whether all are good; the reason is printed. */
static bool parse_ports(const struct xnetns *x, char **words, size_t n,
			struct libns_wire_port *ports)
{
	for (size_t i = 0; i < n; i++) {
		struct libns_error err = LIBNS_ERROR_INIT;

		if (libns_wire_parse_port(words[i], &ports[i], &err) < 0 &&
		    !parse_short(words[i], &ports[i])) {
			cli_fail(x->cli, &err);
			return false;
		}
	}
	return true;
}

static void print_lead(struct xnetns *x, const struct libns_wire_lead *lead, bool named)
{
	char address[LIBNS_IP_TEXT] = "*", inside[LIBNS_IP_TEXT];
	const char *protocol = lead->port.udp ? "udp" : "tcp";
	bool six = strchr(libns_ip_format(&lead->inside, false, inside), ':') != NULL;

	if (lead->port.address.family)
		libns_ip_format(&lead->port.address, false, address);
	if (x->as_json) {
		json_object(&x->json);
		json_text(&x->json, "name", lead->name);
		json_text(&x->json, "protocol", protocol);
		if (lead->port.address.family)
			json_text(&x->json, "address", address);
		json_number(&x->json, "port", lead->port.host);
		json_text(&x->json, "inside", inside);
		json_number(&x->json, "inside-port", lead->port.inside);
		json_object_end(&x->json);
		return;
	}
	if (named) {
		xnetns_print_name(lead->name);
		putchar(' ');
	}
	printf(strchr(address, ':') ? "[%s]:%u/%s -> " : "%s:%u/%s -> ", address, lead->port.host,
	       protocol);
	printf(six ? "[%s]:%u\n" : "%s:%u\n", inside, lead->port.inside);
}

static int list(struct xnetns *x, const char *name)
{
	__attribute__((cleanup(libns_wire_leads_freep))) struct libns_wire_leads *leads = NULL;
	struct libns_error err = LIBNS_ERROR_INIT;
	const struct libns_wire_lead *lead;

	if (libns_wire_leads_new(name, &leads, &err) < 0)
		return xnetns_fail(x, &err, CLI_FAILURE);
	if (x->as_json)
		json_begin(&x->json);
	for (size_t i = 0; (lead = libns_wire_leads_at(leads, i)); i++)
		print_lead(x, lead, !name);
	if (x->as_json)
		json_end(&x->json);
	return 0;
}

/* Carries one of the two out for the name and the ports at @argv. */
static int change(struct xnetns *x, struct watch *w, char **argv, size_t n_ports,
		  int (*carry_out)(const struct libns_wire_options *options,
				   struct libns_error *err))
{
	struct libns_wire_port *ports = calloc(n_ports + 1, sizeof(*ports));
	struct libns_wire_options o = LIBNS_WIRE_OPTIONS_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	int code = 0;

	o.name = argv[0];
	o.ports = ports;
	o.n_ports = n_ports;
	o.flags = w->dry_run ? LIBNS_WIRE_DRY_RUN : 0;
	o.watch = &w->watch;
	if (!ports)
		return cli_error(x->cli, "out of memory");
	if (!parse_ports(x, argv + 1, n_ports, ports)) {
		code = XNETNS_USAGE;
	} else {
		watch_begin(w, x);
		if (carry_out(&o, &err) < 0)
			code = xnetns_fail(x, &err, CLI_FAILURE);
		watch_end(w);
	}
	free(ports);
	return code;
}

int xnetns_publish(void *context, int argc, char **argv)
{
	struct xnetns *x = context;
	struct watch w = { .x = x };
	int code = parse(x, &w, argc, argv), n;

	if (code)
		return code - 1;
	argv += optind;
	n = argc - optind;
	if (n < 2)
		return list(x, argv[0]);
	return change(x, &w, argv, (size_t)n - 1, libns_wire_publish);
}

int xnetns_unpublish(void *context, int argc, char **argv)
{
	struct xnetns *x = context;
	struct watch w = { .x = x };
	int code = parse(x, &w, argc, argv), n;

	if (code)
		return code - 1;
	argv += optind;
	n = argc - optind;
	if (n < 1 || (n == 1) != x->all) {
		cli_usage(x->cli, "unpublish: a name and ports are needed, or a name and --all");
		return XNETNS_USAGE;
	}
	return change(x, &w, argv, (size_t)n - 1, libns_wire_unpublish);
}
