/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The options of xunshare: those of unshare(1) with their meaning, and ours.
 * Everything ends up in a struct request; what options imply is here as well,
 * and nothing is done but reading the subordinate ids.
 */

#include "xunshare/options.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "xunshare/preset.h"

static int add_type(struct request *q, uint64_t type, char *text)
{
	struct libns_plan *plan = &q->plan;

	plan->types |= type;
	if (!text)
		return 0;
	/* Of several, the last one counts, as with other options. */
	for (size_t i = 0; i < plan->n_persist; i++) {
		if (q->persist[i].type == type) {
			q->persist[i].path = text;
			return 0;
		}
	}
	q->persist[plan->n_persist++] = (struct libns_persist){ type, text };
	return 0;
}

static int parse_propagation(struct request *q, char *text)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	if (libns_propagation_parse(text, &q->plan.propagation, &err) < 0)
		return value_bad_word(q, "propagation", text, "private, shared, slave, unchanged");
	if (q->plan.propagation)
		q->plan.propagation |= MS_REC;
	return 0;
}

static int parse_offset(struct request *q, const char *what, const char *text, uint64_t flag,
			int64_t *ret)
{
	q->plan.flags |= flag;
	return cli_i64(&q->cli, what, text, ret) ? 0 : CLI_BAD;
}

static int parse_report(struct request *q, const char *option, const char *text, enum report *ret)
{
	if (text && strcmp(text, "json") != 0)
		return value_bad_word(q, option, text, "json");
	*ret = text ? REPORT_JSON : REPORT_TEXT;
	return 0;
}

static int add_binfmt(struct request *q, const char *dir)
{
	q->plan.types |= LIBNS_TYPE_USER | LIBNS_TYPE_MNT;
	q->plan.mount_binfmt = dir ? dir : "/proc/sys/fs/binfmt_misc";
	return dir || q->n_procs ? 0 : mounts_take_proc(q, "/proc");
}

static int parse_kill_child(struct request *q, char *text)
{
	q->fork = true;
	q->plan.death_signal = SIGKILL;
	if (!text)
		return 0;
	return cli_signal(&q->cli, "--kill-child", text, &q->plan.death_signal) ? 0 : CLI_BAD;
}

static int take_file_system(struct request *q, int id, char *text)
{
	struct libns_plan *plan = &q->plan;

	switch (id) {
	case OPT_MOUNT_PROC:
		return mounts_take_proc(q, text ? text : "/proc");
	case OPT_MOUNT_BINFMT:
		return add_binfmt(q, text);
	case 'l':
		plan->load_interp = text;
		return plan->mount_binfmt ? 0 : add_binfmt(q, NULL);
	case OPT_PROPAGATION:
		return parse_propagation(q, text);
	case 'R':
		q->root = text;
		q->root_flags = 0;
		return 0;
	case 'w':
		plan->cwd = text;
		return 0;
	case OPT_HOSTNAME:
		if (!*text)
			return cli_usage(&q->cli, "--hostname: the name is empty"), CLI_BAD;
		/* It must never be the hostname of the host that is changed. */
		plan->types |= LIBNS_TYPE_UTS;
		plan->hostname = text;
		return 0;
	case OPT_DOMAINNAME:
		plan->types |= LIBNS_TYPE_UTS;
		plan->domainname = text;
		return 0;
	case OPT_LO:
		plan->types |= LIBNS_TYPE_NET;
		plan->flags |= LIBNS_PLAN_LOOPBACK;
		return 0;
	case OPT_MONOTONIC:
		return parse_offset(q, "--monotonic", text, LIBNS_PLAN_MONOTONIC, &plan->monotonic);
	default:
		return parse_offset(q, "--boottime", text, LIBNS_PLAN_BOOTTIME, &plan->boottime);
	}
}

static int take_process(struct request *q, int id, char *text)
{
	switch (id) {
	case 'f':
		q->fork = true;
		return 0;
	case OPT_INIT:
		q->fork = true;
		q->plan.types |= LIBNS_TYPE_PID;
		q->plan.flags |= LIBNS_PLAN_PID1;
		return 0;
	case OPT_KILL_CHILD:
		return parse_kill_child(q, text);
	case OPT_DIE_WITH_PARENT:
		q->parent = getppid();
		return 0;
	case OPT_FORWARD_SIGNALS:
		q->fork = q->forward = true;
		return 0;
	case OPT_NEW_SESSION:
	case OPT_PTY:
		return terminal_take(q, id);
	case OPT_TIMEOUT:
		return value_timeout(q, text);
	case OPT_RLIMIT:
		return value_rlimit(q, text);
	case OPT_CLEAR_ENV:
		q->clear_env = true;
		return 0;
	case OPT_WHITELIST_ENV:
		return value_whitelist(q, text);
	case OPT_SETENV:
		return value_setenv(q, text);
	default:
		q->close_fds = true;
		return 0;
	}
}

static int take_script(struct request *q, int id, char *text)
{
	switch (id) {
	case OPT_CHECK:
		return parse_report(q, "check", text, &q->check);
	case OPT_DRY_RUN:
		return parse_report(q, "dry-run", text, &q->dry_run);
	default:
		return parse_report(q, "explain", text, &q->explain);
	}
}

static int take(struct request *q, int id, char *text)
{
	if (cli_type_of(id))
		return add_type(q, cli_type_of(id), text);
	switch (id) {
	case 'r':
	case 'c':
	case OPT_KEEP_ID:
	case OPT_MAP_USER ... OPT_OWNER:
	case OPT_FINAL_USER:
	case OPT_SETGROUPS:
	case OPT_KEEP_CAPS:
	case 'S':
	case 'G':
		return ids_take(q, id, text);
	case 'f':
	case OPT_KILL_CHILD:
	case OPT_FORWARD_SIGNALS:
	case OPT_CLEAR_ENV:
	case OPT_WHITELIST_ENV:
	case OPT_INIT ... OPT_RLIMIT:
	case OPT_SETENV ... OPT_CLOSE_FDS:
		return take_process(q, id, text);
	case OPT_SETUP:
		return setup_take(q, text);
	case OPT_LIMIT:
	case OPT_LIMIT_BELOW:
		return limit_take(q, id, text);
	case OPT_SECCOMP:
		return seccomp_take(q, text);
	case OPT_CAPS ... OPT_NO_NEW_PRIVS:
		return privilege_take(q, id, text);
	case OPT_LANDLOCK:
	case OPT_LANDLOCK_BEST_EFFORT:
		return landlock_take(q, id, text);
	case OPT_CHECK ... OPT_EXPLAIN:
		return take_script(q, id, text);
	case OPT_JOIN_NET ... OPT_PASTA:
		return network_take(q, id, text);
	case OPT_PIVOT_ROOT ... OPT_SYMLINK:
		return mounts_take(q, id, text);
	default:
		return take_file_system(q, id, text);
	}
}

static int finish(struct request *q)
{
	struct libns_plan *plan = &q->plan;

	if ((plan->flags & (LIBNS_PLAN_MONOTONIC | LIBNS_PLAN_BOOTTIME)) &&
	    !(plan->types & LIBNS_TYPE_TIME)) {
		cli_usage(&q->cli, "--monotonic and --boottime need a new time namespace (-T)");
		return CLI_BAD;
	}
	if (!(plan->types & LIBNS_TYPE_MNT))
		plan->propagation = 0;
	if (limit_finish(q) < 0 || setup_finish(q) < 0)
		return CLI_BAD;
	/* Should xunshare be killed without a chance to act, the kernel kills the program too. */
	if (q->parent && q->fork && !plan->death_signal)
		plan->death_signal = SIGKILL;
	plan->persist = q->persist;
	plan->rlimits = q->limits;
	if (mounts_finish(q) < 0 || landlock_finish(q) < 0 || privilege_finish(q) < 0 ||
	    network_finish(q) < 0)
		return CLI_BAD;
	return ids_finish(q);
}

struct given {
	int id;
	char *arg;
};

/* Presets come first, whatever the order. */
static int take_all(struct request *q, const struct given *given, size_t n)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		q->preset.joins_net |= given[i].id == OPT_JOIN_NET;
		q->preset.has_pasta |= given[i].id == OPT_PASTA;
		if (preset_is(given[i].id))
			r = preset_note(q, given[i].id, given[i].arg);
	}
	if (r == 0)
		r = preset_take(q, take);
	for (size_t i = 0; r == 0 && i < n; i++)
		if (!preset_is(given[i].id))
			r = take(q, given[i].id, given[i].arg);
	return r;
}

/* A descriptor of the caller's: nothing of ours is open yet that could be taken for it. */
static int take_fd(const struct request *q, const char *what, const char *text, int *ret)
{
	int fd;

	if (!cli_fd(&q->cli, what, text, &fd))
		return CLI_BAD;
	if (fcntl(fd, F_GETFD) < 0)
		return cli_error(&q->cli, "%s: descriptor %d: %s", what, fd, strerror(errno)),
		       CLI_BAD;
	*ret = fd;
	return 1;
}

/* Of an option that is taken later, and begins with a number. Return: 0, CLI_BAD. */
static int check_fd(const struct request *q, const char *what, const char *text)
{
	char *end;
	unsigned long fd = strtoul(text, &end, 10);

	/* What else is wrong with it is said then. */
	if (*text < '0' || *text > '9' || fd > INT_MAX || fcntl((int)fd, F_GETFD) >= 0)
		return 0;
	cli_error(&q->cli, "%s: descriptor %d: %s", what, (int)fd, strerror(errno));
	return CLI_BAD;
}

/* Takes what also holds for what is wrong with the options that follow. Return: 1, 0 if it is none
 * of these options, CLI_BAD. */
static int take_at_once(struct request *q, int id, const char *text)
{
	int fd, r;

	switch (id) {
	case OPT_STATUS_FD:
		return take_fd(q, "--status-fd", text, &q->status_fd);
	case OPT_READY_FD:
		return take_fd(q, "--ready-fd", text, &q->ready_fd);
	case OPT_BLOCK_FD:
		return take_fd(q, "--block-fd", text, &q->block_fd);
	case OPT_PASS_FD:
		r = take_fd(q, "--pass-fd", text, &fd);
		return r > 0 && value_pass_fd(q, fd) < 0 ? CLI_BAD : r;
	case OPT_FILE:
		return check_fd(q, "--file", text);
	case OPT_JOIN_NET:
		return strncmp(text, "fd:", 3) ? 0 : check_fd(q, "--join-net", text + 3);
	case OPT_EXIT_125:
		q->cli.failure = 125;
		return 1;
	default:
		return 0;
	}
}

/* Return: as options_parse(). */
static int read_all(struct request *q, int argc, char **argv)
{
	struct given *given = NULL;
	size_t n = 0;
	int id, taken;

	while ((id = cli_next(&q->cli, argc, argv)) > 0) {
		if (!MAKE_ROOM(q, given, n)) {
			id = CLI_BAD;
			break;
		}
		taken = take_at_once(q, id, optarg);
		if (taken < 0) {
			id = CLI_BAD;
			break;
		}
		if (!taken)
			given[n++] = (struct given){ id, optarg };
	}
	if (id == CLI_END && take_all(q, given, n) < 0)
		id = CLI_BAD;
	free(given);
	return id;
}

int options_parse(struct request *q, int argc, char **argv)
{
	int r;

	*q = (struct request){
		.cli = xunshare_cli,
		.plan = LIBNS_PLAN_INIT,
		.own_uid = geteuid(),
		.own_gid = getegid(),
		.status_fd = -1,
		.ready_fd = -1,
		.block_fd = -1,
		.timeout_ms = -1,
		.kill_after_ms = -1,
	};
	q->plan.propagation = MS_PRIVATE | MS_REC;
	r = read_all(q, argc, argv);
	if (r != CLI_END)
		return r;
	if (argv[optind])
		q->plan.argv = argv + optind;
	return finish(q);
}

void options_free(struct request *q)
{
	libns_idmap_free(q->users.map);
	libns_idmap_free(q->groups.map);
	free(q->keep_env);
	free(q->set_env);
	free(q->pass_fds);
	free(q->own_fds);
	free(q->limits);
	free(q->group.limits);
	libns_mount_plan_free(q->mounts);
	libns_confine_free(q->confine);
	libns_landlock_free(q->landlock);
	libns_confine_free(q->last);
	free(q->filters);
	setup_free(q);
	preset_free(q);
	free((void *)(uintptr_t)q->plan.envp);
	libns_entry_free(q->entry);
	free(q->pasta_args);
}
