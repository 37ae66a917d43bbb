/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* xnetns down: takes away what up has made, however much of it there is. */

#include <getopt.h>
#include <signal.h>

#include "xnetns/watch.h"

enum { DOWN_DRY_RUN = CLI_LONG_BASE, DOWN_KILL, DOWN_WAIT };

/* Whoever has not ended by then will not do so soon. */
#define WAIT_MILLISECONDS 30000

struct down {
	struct watch watch;
	int sig; /* 0: processes go on */
	bool wait;
};

const struct cli_option xnetns_down_options[] = {
	{ 'a', "all", CLI_NO_ARG, NULL, "every namespace that is wired", NULL },
	{ DOWN_KILL, "kill", CLI_OPT_ARG, "SIGNAL", "end the processes inside first (KILL)",
	  ":signal" },
	{ DOWN_WAIT, "wait", CLI_NO_ARG, NULL, "with --kill: wait until they have ended", NULL },
	{ DOWN_DRY_RUN, "dry-run", CLI_NO_ARG, NULL, "only print the commands for it", NULL },
	{ 'q', "quiet", CLI_NO_ARG, NULL, "do not tell what is done", NULL },
	{ 'j', "json", CLI_NO_ARG, NULL, "tell it as JSON", NULL },
	CLI_OPTIONS_END,
};

/* Return: -1, or an exit code where the option is wrong. */
static int take(struct xnetns *x, struct down *down, int id)
{
	if (id == 'a')
		x->all = true;
	else if (id == 'q')
		down->watch.quiet = true;
	else if (id == 'j')
		x->as_json = true;
	else if (id == DOWN_WAIT)
		down->wait = true;
	else if (id == DOWN_DRY_RUN)
		down->watch.dry_run = true;
	else if (!optarg)
		down->sig = SIGKILL;
	else if (!cli_signal(x->cli, "--kill", optarg, &down->sig))
		return XNETNS_USAGE;
	return -1;
}

/* Return: -1 to go on, or an exit code. */
static int parse(struct xnetns *x, struct down *down, int argc, char **argv)
{
	int id, code;

	while ((id = cli_next(x->cli, argc, argv)) > 0) {
		code = take(x, down, id);
		if (code >= 0)
			return code;
	}
	if (id != CLI_END)
		return id == CLI_DONE ? 0 : XNETNS_USAGE;
	if (down->wait && !down->sig)
		cli_usage(x->cli, "down: --wait goes with --kill");
	else if (x->all == (optind == argc))
		return -1;
	else
		cli_usage(x->cli,
			  x->all ? "down: either --all or names" : "down: no netns name specified");
	return XNETNS_USAGE;
}

static int take_down(struct down *down, const char *name)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct watch *watch = &down->watch;
	uint64_t flags = watch->dry_run ? LIBNS_WIRE_DRY_RUN : 0;

	if (down->sig &&
	    libns_wire_end(LIBNS_NETNS_RUN, name, down->sig, down->wait ? WAIT_MILLISECONDS : 0,
			   flags, &watch->watch, &err) < 0)
		return xnetns_fail(watch->x, &err, CLI_FAILURE);
	if (libns_wire_down(LIBNS_NETNS_RUN, name, flags, &watch->watch, &err) < 0)
		return xnetns_fail(watch->x, &err, CLI_FAILURE);
	return 0;
}

/* Goes on after a failure, and fails in the end. */
static int take_all_down(struct down *down)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_wire_names *names;
	const char *name;
	int code = 0;

	if (libns_wire_names_new(LIBNS_NETNS_RUN, &names, &err) < 0)
		return xnetns_fail(down->watch.x, &err, CLI_FAILURE);
	for (size_t i = 0; (name = libns_wire_names_at(names, i)); i++)
		code = take_down(down, name) ? CLI_FAILURE : code;
	libns_wire_names_free(names);
	return code;
}

int xnetns_down(void *context, int argc, char **argv)
{
	struct down down = { .sig = 0 };
	struct xnetns *x = context;
	int code = parse(x, &down, argc, argv);

	if (code >= 0)
		return code;
	down.watch.as_json = x->as_json;
	watch_begin(&down.watch, x);
	code = 0;
	if (x->all)
		code = take_all_down(&down);
	for (char **name = argv + optind; !x->all && *name; name++) {
		int one = take_down(&down, *name);

		code = one ? one : code;
	}
	watch_end(&down.watch);
	return code;
}
