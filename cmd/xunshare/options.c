/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The options of xunshare: those of unshare(1) with their meaning, and ours.
 * Everything ends up in a struct request; what options imply is here as well,
 * and nothing is done but reading the subordinate ids.
 */

#include "xunshare/options.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "xunshare/preset.h"

static int bad_word(const struct request *q, const char *option, const char *words)
{
	cli_usage(&q->cli, "--%s: '%s' is none of %s", option, optarg, words);
	return CLI_BAD;
}

static int add_type(struct request *q, uint64_t type)
{
	struct libns_plan *plan = &q->plan;

	plan->types |= type;
	if (!optarg)
		return 0;
	/* Of several, the last one counts, as with other options. */
	for (size_t i = 0; i < plan->n_persist; i++) {
		if (q->persist[i].type == type) {
			q->persist[i].path = optarg;
			return 0;
		}
	}
	q->persist[plan->n_persist++] = (struct libns_persist){ type, optarg };
	return 0;
}

static int add_single(struct request *q, struct id_request *ids, uint32_t inner)
{
	q->plan.types |= LIBNS_TYPE_USER;
	ids->single = true;
	ids->inner = inner;
	return 0;
}

/* Parses one value of --map-users or --map-groups. */
static int add_ranges(struct request *q, struct id_request *ids, enum libns_idmap_kind kind,
		      const char *spec)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int r = 0;

	q->plan.types |= LIBNS_TYPE_USER;
	ids->ranges = true;
	if (!ids->map)
		r = libns_idmap_new(&ids->map, &err);
	if (r == 0 && !strcmp(spec, "auto"))
		r = libns_idmap_add_subids(ids->map, kind, geteuid(), LIBNS_SUBIDS_FROM_ZERO, &err);
	else if (r == 0 && !strcmp(spec, "subids"))
		r = libns_idmap_add_subids(ids->map, kind, geteuid(), LIBNS_SUBIDS_IDENTITY, &err);
	else if (r == 0 && !strcmp(spec, "all"))
		r = libns_idmap_add_all(ids->map, kind, &err);
	else if (r == 0)
		r = libns_idmap_add_text(ids->map, spec, &err);
	if (r < 0)
		cli_fail(&q->cli, &err);
	return r < 0 ? CLI_BAD : 0;
}

static int add_both_ranges(struct request *q, const char *spec)
{
	int r = add_ranges(q, &q->users, LIBNS_IDMAP_UID, spec);

	return r < 0 ? r : add_ranges(q, &q->groups, LIBNS_IDMAP_GID, spec);
}

static int parse_id(const struct request *q, const char *what, const char *text, uint32_t *ret)
{
	if (!cli_u32(&q->cli, what, text, ret))
		return CLI_BAD;
	if (*ret != UINT32_MAX)
		return 0;
	cli_error(&q->cli, "%s: '%s' is no id", what, text);
	return CLI_BAD;
}

static int parse_owner(struct request *q)
{
	char *colon = strchr(optarg, ':');
	int r;

	if (!colon) {
		cli_usage(&q->cli, "--owner: '%s' is not UID:GID", optarg);
		return CLI_BAD;
	}
	*colon = '\0';
	r = parse_id(q, "--owner", optarg, &q->plan.owner_uid);
	*colon = ':';
	if (r == 0)
		r = parse_id(q, "--owner", colon + 1, &q->plan.owner_gid);
	q->plan.types |= LIBNS_TYPE_USER;
	q->plan.flags |= LIBNS_PLAN_OWNER;
	return r;
}

static int parse_setgroups(struct request *q)
{
	if (!strcmp(optarg, "allow"))
		q->plan.setgroups = LIBNS_SETGROUPS_ALLOW;
	else if (!strcmp(optarg, "deny"))
		q->plan.setgroups = LIBNS_SETGROUPS_DENY;
	else
		return bad_word(q, "setgroups", "allow, deny");
	return 0;
}

static int parse_propagation(struct request *q)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	if (libns_propagation_parse(optarg, &q->plan.propagation, &err) < 0)
		return bad_word(q, "propagation", "private, shared, slave, unchanged");
	if (q->plan.propagation)
		q->plan.propagation |= MS_REC;
	return 0;
}

static int parse_offset(struct request *q, const char *what, uint64_t flag, int64_t *ret)
{
	q->plan.flags |= flag;
	return cli_i64(&q->cli, what, optarg, ret) ? 0 : CLI_BAD;
}

static int parse_report(struct request *q, const char *option, enum report *ret)
{
	if (optarg && strcmp(optarg, "json") != 0)
		return bad_word(q, option, "json");
	*ret = optarg ? REPORT_JSON : REPORT_TEXT;
	return 0;
}

static int add_binfmt(struct request *q, const char *dir)
{
	q->plan.types |= LIBNS_TYPE_USER | LIBNS_TYPE_MNT;
	q->plan.mount_binfmt = dir ? dir : "/proc/sys/fs/binfmt_misc";
	return dir || q->n_procs ? 0 : mounts_take_proc(q, "/proc");
}

static int parse_kill_child(struct request *q)
{
	q->fork = true;
	q->plan.death_signal = SIGKILL;
	if (!optarg)
		return 0;
	return cli_signal(&q->cli, "--kill-child", optarg, &q->plan.death_signal) ? 0 : CLI_BAD;
}

static int take_fd(const struct request *q, const char *what, int *ret)
{
	return cli_fd(&q->cli, what, optarg, ret) ? 0 : CLI_BAD;
}

static int take_ids(struct request *q, int id)
{
	struct libns_plan *plan = &q->plan;
	uint32_t value;

	switch (id) {
	case 'r':
		add_single(q, &q->users, 0);
		return add_single(q, &q->groups, 0);
	case OPT_KEEP_ID:
		q->keep_id = true;
		/* fallthrough */
	case 'c':
		add_single(q, &q->users, geteuid());
		return add_single(q, &q->groups, getegid());
	case OPT_MAP_USER:
		return cli_uid(&q->cli, "--map-user", optarg, &value)
			       ? add_single(q, &q->users, value)
			       : CLI_BAD;
	case OPT_MAP_GROUP:
		return cli_gid(&q->cli, "--map-group", optarg, &value)
			       ? add_single(q, &q->groups, value)
			       : CLI_BAD;
	case OPT_MAP_USERS:
		return add_ranges(q, &q->users, LIBNS_IDMAP_UID, optarg);
	case OPT_MAP_GROUPS:
		return add_ranges(q, &q->groups, LIBNS_IDMAP_GID, optarg);
	case OPT_MAP_AUTO:
		return add_both_ranges(q, "auto");
	case OPT_MAP_SUBIDS:
		return add_both_ranges(q, "subids");
	case OPT_OWNER:
		return parse_owner(q);
	case OPT_SETGROUPS:
		return parse_setgroups(q);
	case OPT_KEEP_CAPS:
		q->keep_caps = true;
		return 0;
	case 'S':
		plan->flags |= LIBNS_PLAN_UID;
		return parse_id(q, "--setuid", optarg, &plan->uid);
	default:
		plan->flags |= LIBNS_PLAN_GID | LIBNS_PLAN_CLEAR_GROUPS;
		return parse_id(q, "--setgid", optarg, &plan->gid);
	}
}

static int take_file_system(struct request *q, int id)
{
	struct libns_plan *plan = &q->plan;

	switch (id) {
	case OPT_MOUNT_PROC:
		return mounts_take_proc(q, optarg ? optarg : "/proc");
	case OPT_MOUNT_BINFMT:
		return add_binfmt(q, optarg);
	case 'l':
		plan->load_interp = optarg;
		return plan->mount_binfmt ? 0 : add_binfmt(q, NULL);
	case OPT_PROPAGATION:
		return parse_propagation(q);
	case 'R':
		q->root = optarg;
		q->root_flags = 0;
		return 0;
	case 'w':
		plan->cwd = optarg;
		return 0;
	case OPT_HOSTNAME:
		/* It must never be the hostname of the host that is changed. */
		plan->types |= LIBNS_TYPE_UTS;
		plan->hostname = optarg;
		return 0;
	case OPT_DOMAINNAME:
		plan->types |= LIBNS_TYPE_UTS;
		plan->domainname = optarg;
		return 0;
	case OPT_LO:
		plan->types |= LIBNS_TYPE_NET;
		plan->flags |= LIBNS_PLAN_LOOPBACK;
		return 0;
	case OPT_MONOTONIC:
		return parse_offset(q, "--monotonic", LIBNS_PLAN_MONOTONIC, &plan->monotonic);
	default:
		return parse_offset(q, "--boottime", LIBNS_PLAN_BOOTTIME, &plan->boottime);
	}
}

static int take_process(struct request *q, int id)
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
		return parse_kill_child(q);
	case OPT_DIE_WITH_PARENT:
		q->parent = getppid();
		return 0;
	case OPT_FORWARD_SIGNALS:
		q->fork = q->forward = true;
		return 0;
	case OPT_TIMEOUT:
		return value_timeout(q, optarg);
	case OPT_RLIMIT:
		return value_rlimit(q, optarg);
	case OPT_CLEAR_ENV:
		q->clear_env = true;
		return 0;
	case OPT_WHITELIST_ENV:
		return value_whitelist(q, optarg);
	case OPT_SETENV:
		return value_setenv(q, optarg);
	case OPT_CLOSE_FDS:
		q->close_fds = true;
		return 0;
	default:
		return value_pass_fd(q, optarg);
	}
}

static int take_script(struct request *q, int id)
{
	switch (id) {
	case OPT_CHECK:
		return parse_report(q, "check", &q->check);
	case OPT_DRY_RUN:
		return parse_report(q, "dry-run", &q->dry_run);
	case OPT_EXPLAIN:
		return parse_report(q, "explain", &q->explain);
	case OPT_STATUS_FD:
		return take_fd(q, "--status-fd", &q->status_fd);
	case OPT_READY_FD:
		return take_fd(q, "--ready-fd", &q->ready_fd);
	case OPT_BLOCK_FD:
		return take_fd(q, "--block-fd", &q->block_fd);
	default:
		q->cli.failure = 125;
		return 0;
	}
}

static int take(struct request *q, int id)
{
	switch (id) {
	case 'm':
		return add_type(q, LIBNS_TYPE_MNT);
	case 'u':
		return add_type(q, LIBNS_TYPE_UTS);
	case 'i':
		return add_type(q, LIBNS_TYPE_IPC);
	case 'n':
		return add_type(q, LIBNS_TYPE_NET);
	case 'p':
		return add_type(q, LIBNS_TYPE_PID);
	case 'U':
		return add_type(q, LIBNS_TYPE_USER);
	case 'C':
		return add_type(q, LIBNS_TYPE_CGROUP);
	case 'T':
		return add_type(q, LIBNS_TYPE_TIME);
	case 'r':
	case 'c':
	case OPT_KEEP_ID:
	case OPT_MAP_USER ... OPT_OWNER:
	case OPT_SETGROUPS:
	case OPT_KEEP_CAPS:
	case 'S':
	case 'G':
		return take_ids(q, id);
	case 'f':
	case OPT_KILL_CHILD:
	case OPT_FORWARD_SIGNALS:
	case OPT_CLEAR_ENV:
	case OPT_WHITELIST_ENV:
	case OPT_INIT ... OPT_PASS_FD:
		return take_process(q, id);
	case OPT_NO_NEW_PRIVS:
		return privilege_take(q, id, optarg);
	case OPT_CHECK ... OPT_EXIT_125:
		return take_script(q, id);
	case OPT_PIVOT_ROOT ... OPT_SYMLINK:
		return mounts_take(q, id, optarg);
	default:
		return take_file_system(q, id);
	}
}

/* Adds the ranges first and then the single id, for which the ranges make room. */
static int finish_map(struct request *q, struct id_request *ids, enum libns_idmap_kind kind,
		      uint32_t own, const struct libns_idmap **ret)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int r = 0;

	if (!ids->map && ids->single)
		r = libns_idmap_new(&ids->map, &err);
	if (r == 0 && ids->single && q->keep_id) {
		r = libns_idmap_add_subids(ids->map, kind, geteuid(), LIBNS_SUBIDS_FROM_ZERO, &err);
		/* Without subordinate ids only the caller's own id is mapped. */
		ids->ranges |= r == 0;
		r = r == -ENOENT ? 0 : r;
	}
	if (r == 0 && ids->single)
		r = libns_idmap_add_single(ids->map, ids->inner, own, &err);
	*ret = ids->map;
	if (r < 0)
		cli_fail(&q->cli, &err);
	return r < 0 ? CLI_BAD : 0;
}

static int finish_ids(struct request *q)
{
	struct libns_plan *plan = &q->plan;
	bool owner = plan->flags & LIBNS_PLAN_OWNER;
	int r;

	r = finish_map(q, &q->users, LIBNS_IDMAP_UID, owner ? plan->owner_uid : geteuid(),
		       &plan->uid_map);
	if (r == 0)
		r = finish_map(q, &q->groups, LIBNS_IDMAP_GID, owner ? plan->owner_gid : getegid(),
			       &plan->gid_map);
	if (r < 0)
		return r;
	if (q->groups.single && !q->groups.ranges) {
		if (plan->setgroups == LIBNS_SETGROUPS_ALLOW) {
			cli_usage(&q->cli,
				  "--setgroups=allow cannot be combined with a map of one group");
			return CLI_BAD;
		}
		plan->setgroups = LIBNS_SETGROUPS_DENY;
	}
	/* Without a user namespace of our own, setgroups(2) is allowed already. */
	if (plan->setgroups == LIBNS_SETGROUPS_ALLOW && !(plan->types & LIBNS_TYPE_USER))
		plan->setgroups = LIBNS_SETGROUPS_DEFAULT;
	if (q->keep_caps && (plan->types & LIBNS_TYPE_USER))
		plan->flags |= LIBNS_PLAN_KEEP_CAPS;
	return CLI_END;
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
	/* Should xunshare be killed without a chance to act, the kernel kills the program too. */
	if (q->parent && q->fork && !plan->death_signal)
		plan->death_signal = SIGKILL;
	plan->persist = q->persist;
	plan->rlimits = q->limits;
	if (mounts_finish(q) < 0 || privilege_finish(q) < 0)
		return CLI_BAD;
	return finish_ids(q);
}

struct given {
	int id;
	char *arg;
};

static int take_given(struct request *q, int id, char *arg)
{
	optarg = arg;
	return take(q, id);
}

/* Presets come first, whatever the order. */
static int take_all(struct request *q, const struct given *given, size_t n)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		if (preset_is(given[i].id))
			r = preset_note(q, given[i].id, given[i].arg);
	if (r == 0)
		r = preset_take(q, take_given);
	for (size_t i = 0; r == 0 && i < n; i++)
		if (!preset_is(given[i].id))
			r = take_given(q, given[i].id, given[i].arg);
	return r;
}

/* Return: as options_parse(). */
static int read_all(struct request *q, int argc, char **argv)
{
	struct given *given = NULL;
	size_t n = 0;
	int id;

	while ((id = cli_next(&q->cli, argc, argv)) > 0) {
		if (!MAKE_ROOM(q, given, n)) {
			id = CLI_BAD;
			break;
		}
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
	free(q->limits);
	libns_mount_plan_free(q->mounts);
	libns_confine_free(q->confine);
	preset_free(q);
}
