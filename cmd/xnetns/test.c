/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* xnetns test: whether a namespace reaches the world, and if not, why. */

#include <string.h>
#include <sys/socket.h>

#include "xnetns/findings.h"

enum { OPT_TO = CLI_LONG_BASE, OPT_TIMEOUT };

const struct cli_option xnetns_test_options[] = {
	{ OPT_TO, "to", CLI_ARG, "ADDR[:PORT]", "whom to reach; with PORT: by TCP", "-" },
	{ OPT_TIMEOUT, "timeout", CLI_ARG, "SECONDS", "for all of it (3)", "-" },
	{ 'j', "json", CLI_NO_ARG, NULL, "print JSON", NULL },
	{ 'p', "pretty", CLI_NO_ARG, NULL, "lay JSON out for reading", NULL },
	CLI_OPTIONS_END,
};

/* "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]:80" */
static bool parse_to(const struct cli *cli, const char *word, struct libns_wire_check_options *o)
{
	const char *colon = strrchr(word, ':'), *end = NULL;
	char text[LIBNS_IP_TEXT];
	uint32_t port = 0;

	if (*word == '[') {
		end = strchr(++word, ']');
		colon = end && end[1] == ':' ? end + 1 : NULL;
		if (!end || (end[1] && !colon))
			return cli_error(cli, "--to: no address before ']': '%s'", word - 1), false;
	} else if (colon && strchr(word, ':') == colon) {
		end = colon;
	} else {
		colon = NULL;
		end = word + strlen(word);
	}
	if ((size_t)(end - word) < sizeof(text)) {
		memcpy(text, word, (size_t)(end - word));
		text[end - word] = '\0';
	} else {
		*text = '\0';
	}
	if (strchr(text, '/') || libns_ip_parse(text, &o->to) < 0)
		return cli_error(cli, "--to: '%s' is no address: names are not looked up", word),
		       false;
	if (!colon)
		return true;
	if (!cli_u32(cli, "--to", colon + 1, &port))
		return false;
	if (port < 1 || port > 65535)
		return cli_error(cli, "--to: there is no port %u", port), false;
	o->to_port = (uint16_t)port;
	return true;
}

static bool parse_timeout(const struct cli *cli, const char *word,
			  struct libns_wire_check_options *o)
{
	uint32_t seconds;

	if (!cli_u32(cli, "--timeout", word, &seconds))
		return false;
	if (seconds < 1 || seconds > 3600)
		return cli_error(cli, "--timeout: 1 to 3600 seconds"), false;
	o->timeout_ms = seconds * 1000;
	return true;
}

int xnetns_test(void *context, int argc, char **argv)
{
	__attribute__((cleanup(libns_wire_findings_freep))) struct libns_wire_findings *findings =
		NULL;
	struct libns_wire_check_options options = LIBNS_WIRE_CHECK_OPTIONS_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct xnetns *x = context;
	int id;

	while ((id = cli_next(x->cli, argc, argv)) > 0) {
		if (xnetns_take_option(x, id))
			continue;
		if (id == OPT_TO ? !parse_to(x->cli, optarg, &options)
				 : !parse_timeout(x->cli, optarg, &options))
			return XNETNS_USAGE;
	}
	if (id != CLI_END)
		return id == CLI_DONE ? 0 : XNETNS_USAGE;
	if (argc - optind != 1) {
		cli_usage(x->cli, "one netns name is needed");
		return XNETNS_USAGE;
	}
	options.name = argv[optind];
	if (libns_wire_check(&options, &findings, &err) < 0)
		return xnetns_fail(x, &err, CLI_FAILURE);
	return findings_print(x, findings) ? CLI_FAILURE : 0;
}
