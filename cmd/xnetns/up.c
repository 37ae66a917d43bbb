/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* xnetns up: a namespace with its wiring, at once. */

#include <getopt.h>

#include "xnetns/up-options.h"

const struct cli_option xnetns_up_options[] = {
	UP_OPTIONS,
	CLI_OPTIONS_END,
};

/* Return: -1 to go on, or an exit code. */
static int parse(struct xnetns *x, struct up_options *up, int argc, char **argv)
{
	int id, code;

	while ((id = cli_next(x->cli, argc, argv)) > 0) {
		code = up_options_take(x, up, id, optarg);
		if (code > 0)
			return code;
	}
	if (id != CLI_END)
		return id == CLI_DONE ? 0 : XNETNS_USAGE;
	if (optind + 1 == argc) {
		up->wire.name = argv[optind];
		return -1;
	}
	cli_usage(x->cli,
		  optind == argc ? "up: no netns name specified" : "up: one name, not several");
	return XNETNS_USAGE;
}

int xnetns_up(void *context, int argc, char **argv)
{
	__attribute__((cleanup(up_options_done))) struct up_options up = {
		.wire = LIBNS_WIRE_OPTIONS_INIT,
	};
	struct libns_error err = LIBNS_ERROR_INIT;
	struct xnetns *x = context;
	int r, code = parse(x, &up, argc, argv);

	if (code >= 0)
		return code;
	up.watch.as_json = x->as_json;
	watch_begin(&up.watch, x);
	up.wire.watch = &up.watch.watch;
	r = libns_wire_up(&up.wire, NULL, &err);
	watch_end(&up.watch);
	return r < 0 ? xnetns_fail(x, &err, CLI_FAILURE) : 0;
}
