/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * xnetns run: a network namespace without a name, for one program.
 *
 * Theory of operation
 *
 * The program is a child. xnetns stands in for it: it passes signals on, ends as the program ends,
 * and the program is killed if xnetns is. The namespace belongs to whoever is in it, so the kernel
 * takes it away with the last of them, and with it links, addresses and routes.
 *
 * What is in the host's network then, and the program where it still runs, is taken away by a guard
 * (run-wire.c), a process that waits for the end of xnetns, however that comes about.
 *
 * An ordinary user gets a user namespace of his own, in which he is himself. In it the same is done
 * by the same code: the mounts for the program, and its name servers. The way out is pasta(1) then,
 * which runs as the user too.
 */

#include "xnetns/run.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

const struct cli_option xnetns_run_options[] = {
	UP_OPTIONS,
	INSIDE_OPTIONS,
	CLI_OPTIONS_END,
};

bool run_is_wired(const struct run *run)
{
	return run->up.wire.net != LIBNS_WIRE_NONE && run->up.wire.net != LIBNS_WIRE_PASTA;
}

/* ------------------------------------------------------------------------- the child */

/* Runs in the child. A change of ids has cleared the signal that the end of xnetns sends. */
static int die_with_parent(const struct run *run)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return cli_error(run->x->cli, "cannot have the program end with xnetns: %s",
				 strerror(errno));
	/* If it has ended already, nobody waits for a word. */
	return getppid() == run->parent ? 0 : CLI_FAILURE;
}

/* Runs in the child, which is held until it has a way out. Return: exit code. */
static int inside(void *data)
{
	struct run *run = data;

	if (inside_enter(&run->in) || inside_become_user(&run->in) || die_with_parent(run))
		return CLI_FAILURE;
	return cli_exec(run->x->cli, run->argv);
}

/* ------------------------------------------------------------------------- the parent */

static int fail(const struct run *run, const struct libns_error *err)
{
	return cli_fail(run->x->cli, err);
}

/* The caller's own ids, and no others. */
static int map_self(struct run *run, struct libns_plan *plan)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int r = libns_idmap_new(&run->uids, &err);

	if (r == 0)
		r = libns_idmap_new(&run->gids, &err);
	if (r == 0)
		r = libns_idmap_add_single(run->uids, geteuid(), geteuid(), &err);
	if (r == 0)
		r = libns_idmap_add_single(run->gids, getegid(), getegid(), &err);
	if (r < 0)
		return fail(run, &err);
	plan->types |= LIBNS_TYPE_USER;
	plan->uid_map = run->uids;
	plan->gid_map = run->gids;
	plan->setgroups = LIBNS_SETGROUPS_DENY;
	return 0;
}

static int fill_plan(struct run *run, struct libns_plan *plan)
{
	plan->main = inside;
	plan->main_data = run;
	plan->death_signal = SIGKILL;
	plan->flags = LIBNS_PLAN_HOLD;
	if (run_is_wired(run))
		return 0;
	plan->types = LIBNS_TYPE_NET;
	plan->flags |= LIBNS_PLAN_LOOPBACK;
	return run->rootless ? map_self(run, plan) : 0;
}

static int give_pasta(struct run *run, struct libns_child *child, struct libns_error *err)
{
	int fd = libns_child_open_ns(child, LIBNS_TYPE_NET, err), r;

	if (fd < 0)
		return fd;
	r = libns_wire_pasta(&run->up.wire, fd, libns_child_get_pidfd(child), &run->pasta, err);
	close(fd);
	return r;
}

/* Gives the held child a way out, and lets it run. */
static int let_go(struct run *run, struct libns_child *child)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int code = run_guard_child(run, child), r = 0;

	if (code)
		return code;
	if (run->up.wire.net == LIBNS_WIRE_PASTA)
		r = give_pasta(run, child, &err);
	if (r == 0)
		r = libns_child_release(child, &err);
	return r < 0 ? fail(run, &err) : 0;
}

static int fail_start(const struct run *run, const struct libns_error *err, int *ret_status)
{
	int sig = libns_supervisor_get_signal(run->supervisor);

	if (err->code != ECANCELED || !sig)
		return fail(run, err);
	*ret_status = sig;
	return 0;
}

/* Return: 0 and how the program has ended, or an exit code once the reason is printed. */
static int supervise(struct run *run, int *ret_status)
{
	struct libns_supervisor_options options = LIBNS_SUPERVISOR_OPTIONS_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_plan plan = LIBNS_PLAN_INIT;
	int code = fill_plan(run, &plan);

	if (code)
		return code;
	options.signals = LIBNS_SUPERVISE_ALL;
	options.flags = LIBNS_SUPERVISE_CANCEL | LIBNS_SUPERVISE_UNTIL;
	options.until_fd = run->guards_fd;
	if (libns_supervisor_new(&options, &run->supervisor, &err) < 0)
		return fail(run, &err);
	fflush(stdout);
	if (libns_supervisor_spawn(run->supervisor, &plan, &err) < 0)
		return fail_start(run, &err, ret_status);
	code = let_go(run, libns_supervisor_get_child(run->supervisor));
	if (code)
		return code;
	if (libns_supervisor_wait(run->supervisor, ret_status, &err) < 0)
		return fail(run, &err);
	return 0;
}

static void run_done(struct run *run)
{
	/* A child that is still held ends with this. */
	run->supervisor = libns_supervisor_free(run->supervisor);
	run->pasta = libns_pasta_free(run->pasta);
	run->uids = libns_idmap_free(run->uids);
	run->gids = libns_idmap_free(run->gids);
	free(run->resolv_conf);
	inside_done(&run->in);
	up_options_done(&run->up);
}

/* -------------------------------------------------------------------------- options */

/* Return: -1 to go on, or an exit code. */
static int parse(struct run *run, int argc, char **argv)
{
	int id, code;

	while ((id = cli_next(run->x->cli, argc, argv)) > 0) {
		code = up_options_take(run->x, &run->up, id, optarg);
		if (code > 0 || (code < 0 && inside_take(&run->in, id, optarg) < 0))
			return XNETNS_USAGE;
	}
	if (id != CLI_END)
		return id == CLI_DONE ? 0 : XNETNS_USAGE;
	run->argv = argv + optind;
	if (*run->argv)
		return -1;
	cli_usage(run->x->cli, "run: no command specified");
	return XNETNS_USAGE;
}

/* What an ordinary user cannot have, and how he can. */
static int check_rights(struct run *run)
{
	if (inside_has_rights())
		return 0;
	run->rootless = true;
	run->in.enter.flags |= LIBNS_NETNS_ENTER_TRY_SYSFS;
	if (run_is_wired(run)) {
		cli_error(run->x->cli,
			  "%s can connect a network namespace with the host in this way",
			  geteuid() == 0 ? "only root with CAP_SYS_ADMIN (here it is taken away)"
					 : "only root");
		cli_hint("xnetns run --net pasta -- CMD gives a program a way out to whoever "
			 "runs it, --net none gives it none; xunshare -Urnm makes a user "
			 "namespace in which you are root, with a network of its own");
		return CLI_FAILURE;
	}
	if (!run->in.confine)
		return 0;
	return cli_error(
		run->x->cli,
		"--user: user %u cannot become '%s': in a user namespace of his own a user "
		"is himself",
		geteuid(), run->in.account.name);
}

static int prepare(struct run *run)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int code = inside_find_user(&run->in);

	if (!code)
		code = check_rights(run);
	if (code)
		return code;
	if (libns_wire_resolv_conf(&run->up.wire, &run->resolv_conf, &err) < 0)
		return fail(run, &err);
	run->in.enter.resolv_conf = run->resolv_conf;
	run->in.enter.flags |= run_is_wired(run) ? LIBNS_NETNS_ENTER_FD : LIBNS_NETNS_ENTER_HERE;
	return 0;
}

static int go(struct run *run)
{
	int status = 0, code = prepare(run);

	if (!code)
		code = run->up.watch.dry_run ? run_explain(run)
					     : run_guarded(run, supervise, &status);
	run_done(run);
	if (!code)
		cli_end_as(status);
	return code;
}

int xnetns_run(void *context, int argc, char **argv)
{
	struct run run = { .x = context, .up.wire = LIBNS_WIRE_OPTIONS_INIT, .guards_fd = -1 };
	int code;

	inside_init(&run.in, run.x);
	run.in.enter.etc = LIBNS_NETNS_ETC_OVERLAY;
	run.parent = getpid();
	code = parse(&run, argc, argv);
	if (code >= 0) {
		run_done(&run);
		return code;
	}
	/* What the program prints is the output. */
	run.up.watch.quiet = true;
	watch_begin(&run.up.watch, run.x);
	run.up.wire.watch = &run.up.watch.watch;
	return go(&run);
}
