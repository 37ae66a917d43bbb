/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* xnetns down: takes away what up has made, however much of it there is. */

#include <getopt.h>

#include "xnetns/watch.h"

enum { DOWN_DRY_RUN = CLI_LONG_BASE };

const struct cli_option xnetns_down_options[] = {
	{ 'a', "all", CLI_NO_ARG, NULL, "every namespace that is wired", NULL },
	{ DOWN_DRY_RUN, "dry-run", CLI_NO_ARG, NULL, "only print the commands for it", NULL },
	{ 'q', "quiet", CLI_NO_ARG, NULL, "do not tell what is done", NULL },
	{ 'j', "json", CLI_NO_ARG, NULL, "tell it as JSON", NULL },
	CLI_OPTIONS_END,
};

/* Return: -1 to go on, or an exit code. */
static int parse(struct xnetns *x, struct watch *watch, int argc, char **argv)
{
	int id;

	while ((id = cli_next(x->cli, argc, argv)) > 0)
		if (id == 'a')
			x->all = true;
		else if (id == 'q')
			watch->quiet = true;
		else if (id == 'j')
			x->as_json = true;
		else
			watch->dry_run = true;
	if (id != CLI_END)
		return id == CLI_DONE ? 0 : XNETNS_USAGE;
	if (x->all == (optind == argc))
		return -1;
	cli_usage(x->cli, x->all ? "down: either --all or names" : "down: no netns name specified");
	return XNETNS_USAGE;
}

static int take_down(struct watch *watch, const char *name)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	if (libns_wire_down(LIBNS_NETNS_RUN, name, watch->dry_run ? LIBNS_WIRE_DRY_RUN : 0,
			    &watch->watch, &err) < 0)
		return xnetns_fail(watch->x, &err, CLI_FAILURE);
	return 0;
}

/* Goes on after a failure, and fails in the end. */
static int take_all_down(struct watch *watch)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_wire_names *names;
	const char *name;
	int code = 0;

	if (libns_wire_names_new(LIBNS_NETNS_RUN, &names, &err) < 0)
		return xnetns_fail(watch->x, &err, CLI_FAILURE);
	for (size_t i = 0; (name = libns_wire_names_at(names, i)); i++)
		code = take_down(watch, name) ? CLI_FAILURE : code;
	libns_wire_names_free(names);
	return code;
}

int xnetns_down(void *context, int argc, char **argv)
{
	struct watch watch = { .quiet = false };
	struct xnetns *x = context;
	int code = parse(x, &watch, argc, argv);

	if (code >= 0)
		return code;
	watch.as_json = x->as_json;
	watch_begin(&watch, x);
	code = 0;
	if (x->all)
		code = take_all_down(&watch);
	for (char **name = argv + optind; !x->all && *name; name++) {
		int one = take_down(&watch, *name);

		code = one ? one : code;
	}
	watch_end(&watch);
	return code;
}
