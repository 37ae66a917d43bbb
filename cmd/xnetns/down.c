/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* xnetns down: takes away what up has made, however much of it there is. */

#include <getopt.h>
#include <signal.h>
#include <stdlib.h>

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

static uint64_t flags_of(const struct down *down)
{
	return down->watch.dry_run ? LIBNS_WIRE_DRY_RUN : 0;
}

/* Ends the processes inside. Those whose processes do not end stay. @ret_n: how many names are left.
 * Return: 0 or an exit code. */
static int end_all(struct down *down, char **names, size_t *ret_n)
{
	struct watch *watch = &down->watch;
	size_t n = 0;
	int code = 0;

	for (size_t i = 0; i < *ret_n; i++) {
		struct libns_error err = LIBNS_ERROR_INIT;

		if (down->sig && libns_wire_end(LIBNS_NETNS_RUN, names[i], down->sig,
						down->wait ? WAIT_MILLISECONDS : 0, flags_of(down),
						&watch->watch, &err) < 0)
			code = xnetns_fail(watch->x, &err, CLI_FAILURE);
		else
			names[n++] = names[i];
	}
	*ret_n = n;
	return code;
}

/* Goes on after a failure, and fails in the end. @names: may be changed. */
static int take_down(struct down *down, char **names, size_t n)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int code = end_all(down, names, &n);

	if (n && libns_wire_down_many(LIBNS_NETNS_RUN, (const char *const *)names, n,
				      flags_of(down), &down->watch.watch, &err) < 0)
		code = xnetns_fail(down->watch.x, &err, CLI_FAILURE);
	return code;
}

static int take_all_down(struct down *down)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_wire_names *all;
	char **names;
	size_t n;
	int code;

	if (libns_wire_names_new(LIBNS_NETNS_RUN, &all, &err) < 0)
		return xnetns_fail(down->watch.x, &err, CLI_FAILURE);
	n = libns_wire_names_count(all);
	names = calloc(n + 1, sizeof(*names));
	for (size_t i = 0; names && i < n; i++)
		names[i] = (char *)(uintptr_t)libns_wire_names_at(all, i);
	code = names ? take_down(down, names, n) : cli_error(down->watch.x->cli, "out of memory");
	free(names);
	libns_wire_names_free(all);
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
	if (x->all)
		code = take_all_down(&down);
	else
		code = take_down(&down, argv + optind, (size_t)(argc - optind));
	watch_end(&down.watch);
	return code;
}
