/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* xnetns doctor and gc: what others have left behind or undone. */

#include "xnetns/findings.h"
#include "xnetns/watch.h"

enum { OPT_FIX = CLI_LONG_BASE, OPT_DRY_RUN };

const struct cli_option xnetns_doctor_options[] = {
	{ OPT_FIX, "fix", CLI_NO_ARG, NULL, "mend what can be mended", NULL },
	{ OPT_DRY_RUN, "dry-run", CLI_NO_ARG, NULL, "print commands that would mend it", NULL },
	{ 'j', "json", CLI_NO_ARG, NULL, "print JSON", NULL },
	{ 'p', "pretty", CLI_NO_ARG, NULL, "lay JSON out for reading", NULL },
	CLI_OPTIONS_END,
};

const struct cli_option xnetns_gc_options[] = {
	{ OPT_DRY_RUN, "dry-run", CLI_NO_ARG, NULL, "print commands that would do it", NULL },
	{ 'j', "json", CLI_NO_ARG, NULL, "print JSON", NULL },
	{ 'p', "pretty", CLI_NO_ARG, NULL, "lay JSON out for reading", NULL },
	CLI_OPTIONS_END,
};

/* Return: 0 to go on, or an exit code + 1. */
static int parse(struct xnetns *x, int argc, char **argv, struct libns_wire_doctor_options *options)
{
	int id;

	while ((id = cli_next(x->cli, argc, argv)) > 0) {
		if (!xnetns_take_option(x, id))
			options->flags |= id == OPT_FIX ? LIBNS_WIRE_MEND
							: LIBNS_WIRE_MEND | LIBNS_WIRE_DRY_RUN;
	}
	if (id != CLI_END)
		return 1 + (id == CLI_DONE ? 0 : XNETNS_USAGE);
	if (argc - optind > !(options->flags & LIBNS_WIRE_GARBAGE)) {
		cli_usage(x->cli, "unexpected word '%s'", argv[argc - 1]);
		return 1 + XNETNS_USAGE;
	}
	options->name = argv[optind];
	return 0;
}

static int examine(struct xnetns *x, int argc, char **argv, uint64_t flags)
{
	__attribute__((cleanup(libns_wire_findings_freep))) struct libns_wire_findings *findings =
		NULL;
	struct libns_wire_doctor_options options = LIBNS_WIRE_DOCTOR_OPTIONS_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct watch watch = { .dry_run = true };
	int code, r;

	options.flags = flags;
	code = parse(x, argc, argv, &options);
	if (code)
		return code - 1;
	if (!(options.flags & LIBNS_WIRE_DRY_RUN)) {
		if (libns_wire_doctor(&options, &findings, &err) < 0)
			return xnetns_fail(x, &err, CLI_FAILURE);
		return findings_print(x, findings) ? CLI_FAILURE : 0;
	}
	watch.as_json = x->as_json;
	watch_begin(&watch, x);
	options.watch = &watch.watch;
	r = libns_wire_doctor(&options, &findings, &err);
	watch_end(&watch);
	return r < 0 ? xnetns_fail(x, &err, CLI_FAILURE) : 0;
}

int xnetns_doctor(void *context, int argc, char **argv)
{
	return examine(context, argc, argv, 0);
}

int xnetns_gc(void *context, int argc, char **argv)
{
	return examine(context, argc, argv, LIBNS_WIRE_MEND | LIBNS_WIRE_GARBAGE);
}
