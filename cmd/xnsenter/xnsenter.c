/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * xnsenter: run a program in the namespaces of another process. Options only;
 * what they mean is in the library and in the other xnsenter files.
 */

#include "xnsenter/xnsenter.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/suggest.h"

enum {
	OPT_PRESERVE = CLI_LONG_BASE,
	OPT_KEEP_CAPS,
	OPT_USER_PARENT,
	OPT_COMPAT,
	OPT_PLAN,
	OPT_PTY,
	OPT_NO_PTY,
	OPT_KEEP_FD,
	OPT_CLEAN_ENV,
	OPT_LIKE,
	OPT_CAPS,
	OPT_DROP_CAPS,
	OPT_BEST_EFFORT,
	OPT_TIMEOUT,
	OPT_TOOLS,
	OPT_HOST_ROOT,
};

static const struct cli_option option_table[] = {
	CLI_HEADING("Target"),
	{ 't', "target", CLI_ARG, "target",
	  "PID, PID:INODE, tid:N, fd:N, ns:INODE, netns:NAME, container:[UID/]NAME, cgroup:PATH",
	  ":target" },
	{ OPT_PLAN, "plan", CLI_OPT_ARG, "json", "print what would be done, do nothing", "json" },

	CLI_HEADING("Namespaces; without any: all that differ"),
	{ 'a', "all", CLI_NO_ARG, NULL, "all namespaces of the target", NULL },
	{ 'm', "mount", CLI_OPT_ARG, "file", "mount namespace", ":file" },
	{ 'u', "uts", CLI_OPT_ARG, "file", "UTS namespace (host name)", ":file" },
	{ 'i', "ipc", CLI_OPT_ARG, "file", "System V IPC namespace", ":file" },
	{ 'n', "net", CLI_OPT_ARG, "file", "network namespace", ":file" },
	{ 'p', "pid", CLI_OPT_ARG, "file", "pid namespace", ":file" },
	{ 'C', "cgroup", CLI_OPT_ARG, "file", "cgroup namespace", ":file" },
	{ 'U', "user", CLI_OPT_ARG, "file", "user namespace", ":file" },
	{ 'T', "time", CLI_OPT_ARG, "file", "time namespace", ":file" },
	{ 'N', "net-socket", CLI_ARG, "fd", "network namespace of a socket of the target", NULL },
	{ OPT_USER_PARENT, "user-parent", CLI_NO_ARG, NULL,
	  "the user namespace that owns the chosen one", NULL },

	CLI_HEADING("Directories"),
	{ 'r', "root", CLI_OPT_ARG, "dir", "root directory; without dir: the target's", ":dir" },
	{ 'w', "wd", CLI_OPT_ARG, "dir", "working directory, opened before entering", ":dir" },
	{ 'W', "wdns", CLI_OPT_ARG, "dir", "working directory, opened inside", NULL },

	{ OPT_TOOLS, "tools", CLI_OPT_ARG, "dir",
	  "show static programs inside, to the program only; default: busybox", ":dir" },
	{ OPT_HOST_ROOT, "host-root", CLI_ARG, "dir",
	  "keep the host's root, show the target's tree on dir", ":dir" },

	CLI_HEADING("Identity and rights"),
	{ 'S', "setuid", CLI_ARG, "uid|name|follow",
	  "user id inside, with a name also the user's groups; follow: the target's", ":user" },
	{ 'G', "setgid", CLI_ARG, "gid|name|follow", "group id inside; follow: the target's",
	  ":group" },
	{ OPT_PRESERVE, "preserve-credentials", CLI_NO_ARG, NULL, "keep user and group ids", NULL },
	{ OPT_KEEP_CAPS, "keep-caps", CLI_NO_ARG, NULL,
	  "keep the capabilities gained in the user namespace", NULL },
	{ OPT_LIKE, "like-target", CLI_OPT_ARG, "list",
	  "as confined as the target; -word leaves a part out",
	  ",ids groups caps no-new-privs limits nice oom umask label cgroup filter" },
	{ OPT_CAPS, "caps", CLI_ARG, "list", "keep these capabilities only", NULL },
	{ OPT_DROP_CAPS, "drop-caps", CLI_ARG, "list|all", "give these capabilities up", NULL },
	{ 'c', "join-cgroup", CLI_NO_ARG, NULL, "join the target's cgroup", NULL },
	{ 'Z', "follow-context", CLI_NO_ARG, NULL, "take over the target's SELinux context", NULL },

	CLI_HEADING("Running"),
	{ 'e', "env", CLI_NO_ARG, NULL, "the target's environment", NULL },
	{ 'F', "no-fork", CLI_NO_ARG, NULL, "do not fork before running the program", NULL },
	{ OPT_PTY, "pty", CLI_NO_ARG, NULL, "run on a terminal of its own", NULL },
	{ OPT_NO_PTY, "no-pty", CLI_NO_ARG, NULL, "run on the caller's terminal", NULL },
	{ OPT_KEEP_FD, "keep-fd", CLI_ARG, "n", "leave this descriptor open; repeatable", NULL },
	{ OPT_CLEAN_ENV, "clean-env", CLI_NO_ARG, NULL, "pass on only TERM and language", NULL },
	{ OPT_BEST_EFFORT, "best-effort", CLI_NO_ARG, NULL,
	  "leave out namespaces that are refused, and say so", NULL },
	{ OPT_TIMEOUT, "timeout", CLI_ARG, "seconds", "give up when a step takes longer", NULL },
	{ OPT_COMPAT, "compat", CLI_NO_ARG, NULL, "all defaults as those of nsenter", NULL },
	CLI_OPTIONS_END,
};

static const struct cli cli = {
	.name = "xnsenter",
	.usage = "[options] -t <target> [<program> [<argument>...]]",
	.summary = "Run a program in the namespaces of another process.",
	.options = option_table,
	.footer = "Examples:\n"
		  "  xnsenter -t container:web    a shell in a container; xlsns --containers\n"
		  "                               shows which there are\n"
		  "  xnsenter -t 1234             a shell in everything that differs\n"
		  "  xnsenter -t 1234 -n ss -tln  the host's ss in its network\n",
	.operands = ":command",
};

/* Some argument forms have grown a '=' in front: -m=FILE, -w=DIR. */
static const char *plain_value(const char *value)
{
	return value && *value == '=' ? value + 1 : value;
}

static int open_dir(const char *path, int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return *fd < 0 ? cli_error(&cli, "cannot open '%s': %m", path) : 0;
}

/* A file, or ":N", the id that the kernel never uses again. Return: descriptor, or negative with
 * the reason printed. */
static int open_namespace(uint64_t type, const char *text)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	uint64_t found = type;
	int64_t id;
	int fd;

	if (*text != ':')
		fd = libns_fd_open(AT_FDCWD, text, &err);
	else if (!cli_i64(&cli, "namespace id", text + 1, &id))
		return -1;
	else
		fd = libns_target_open_id(LIBNS_PROCFS, type, (uint64_t)id, &err);
	if (fd < 0 || libns_fd_query_type(fd, &found, &err) < 0)
		return -cli_fail(&cli, &err);
	if (found == type)
		return fd;
	cli_error(&cli, "'%s' is a %s namespace, not a %s namespace", text, libns_type_name(found),
		  libns_type_name(type));
	return -1;
}

static int add_file(struct options *o, uint64_t type, const char *path)
{
	int fd = open_namespace(type, path);

	if (fd < 0)
		return CLI_FAILURE;
	if (o->file_types & type)
		return cli_usage(&cli, "the %s namespace is given twice", libns_type_name(type));
	o->ns_fds[o->n_ns_fds++] = fd;
	o->file_types |= type;
	return 0;
}

static int take_type(struct options *o, uint64_t type)
{
	if (optarg)
		return add_file(o, type, plain_value(optarg));
	o->types |= type;
	return 0;
}

static int take_id(const char *what, enum ids_from *from, uint32_t *id, const char **name)
{
	/* What begins like a number is one, or a mistake. */
	bool is_name = *optarg && !strchr("0123456789-+ ", *optarg);

	*from = IDS_FOLLOW;
	if (!strcmp(optarg, "follow"))
		return 0;
	*from = is_name ? IDS_NAME : IDS_NUMBER;
	*name = optarg;
	if (is_name)
		return 0;
	if (!cli_u32(&cli, what, optarg, id))
		return CLI_FAILURE;
	return *id == UINT32_MAX ? cli_error(&cli, "%s: '%s' is out of range", what, optarg) : 0;
}

static int take_directory(struct options *o, int id)
{
	switch (id) {
	case 'r':
		o->root_of_target = !optarg;
		return optarg ? open_dir(optarg, &o->root_fd) : 0;
	case 'w':
		o->cwd_of_target = !optarg;
		return optarg ? open_dir(plain_value(optarg), &o->cwd_fd) : 0;
	default:
		o->wdns = plain_value(optarg);
		o->cwd_of_target |= !optarg;
		return 0;
	}
}

static int take_keep_fd(struct options *o)
{
	if (o->n_keep_fds == sizeof(o->keep_fds) / sizeof(o->keep_fds[0]))
		return cli_usage(&cli, "too many descriptors to keep");
	return cli_fd(&cli, "--keep-fd", optarg, &o->keep_fds[o->n_keep_fds++]) ? 0 : CLI_FAILURE;
}

static int take_caps(struct options *o, bool drop)
{
	uint64_t set;

	if (!cli_caps(&cli, drop ? "--drop-caps" : "--caps", optarg, &set))
		return CLI_FAILURE;
	o->caps &= drop ? ~set : set;
	return 0;
}

static int take_timeout(struct options *o)
{
	uint32_t seconds;

	if (!cli_u32(&cli, "--timeout", optarg, &seconds))
		return CLI_FAILURE;
	if (seconds < 1 || seconds > 86400)
		return cli_error(&cli, "--timeout: '%s' is not between 1 and 86400", optarg);
	o->timeout_ms = (int)seconds * 1000;
	return 0;
}

static int take_like(struct options *o)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	if (libns_confine_parse(optarg, &o->like, &err) < 0) {
		cli_usage(&cli, "--like-target: %s", libns_error_text(&err));
		return like_hint_parts();
	}
	o->join_cgroup |= (o->like & LIBNS_CONFINE_CGROUPS) != 0;
	return 0;
}

static int take_plan(struct options *o)
{
	o->plan = true;
	o->plan_json = optarg && !strcmp(optarg, "json");
	if (optarg && !o->plan_json)
		return cli_usage(&cli, "--plan: json or nothing, not '%s'", optarg);
	return 0;
}

static int take_target(struct options *o)
{
	if (o->target)
		return cli_usage(&cli, "--target is given twice");
	o->target = optarg;
	return 0;
}

/* The options that are on or off. */
static bool turn_on(struct options *o, int id)
{
	static const struct {
		int id;
		size_t offset;
	} switches[] = {
		{ 'a', offsetof(struct options, all) },
		{ OPT_USER_PARENT, offsetof(struct options, user_parent) },
		{ OPT_PRESERVE, offsetof(struct options, preserve) },
		{ OPT_KEEP_CAPS, offsetof(struct options, keep_caps) },
		{ 'c', offsetof(struct options, join_cgroup) },
		{ 'Z', offsetof(struct options, context) },
		{ 'e', offsetof(struct options, env) },
		{ 'F', offsetof(struct options, no_fork) },
		{ OPT_CLEAN_ENV, offsetof(struct options, clean_env) },
		{ OPT_BEST_EFFORT, offsetof(struct options, best_effort) },
		{ OPT_COMPAT, offsetof(struct options, compat) },
	};

	for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
		if (switches[i].id != id)
			continue;
		*(bool *)((char *)o + switches[i].offset) = true;
		return true;
	}
	return false;
}

static int take_option(struct options *o, int id)
{
	if (cli_type_of(id))
		return take_type(o, cli_type_of(id));
	if (turn_on(o, id))
		return 0;
	switch (id) {
	case 't':
		return take_target(o);
	case OPT_PLAN:
		return take_plan(o);
	case 'N':
		return cli_fd(&cli, "--net-socket", optarg, &o->net_socket) ? 0 : CLI_FAILURE;
	case 'S':
		return take_id("--setuid", &o->uid_from, &o->uid, &o->user);
	case 'G':
		return take_id("--setgid", &o->gid_from, &o->gid, &o->group);
	case OPT_LIKE:
		return take_like(o);
	case OPT_CAPS:
	case OPT_DROP_CAPS:
		return take_caps(o, id == OPT_DROP_CAPS);
	case OPT_PTY:
	case OPT_NO_PTY:
		o->pty = id == OPT_PTY;
		o->no_pty = !o->pty;
		return 0;
	case OPT_KEEP_FD:
		return take_keep_fd(o);
	case OPT_TIMEOUT:
		return take_timeout(o);
	case OPT_TOOLS:
		o->tools = true;
		o->tools_dir = optarg;
		return 0;
	case OPT_HOST_ROOT:
		o->host_root = optarg;
		return 0;
	default:
		return take_directory(o, id);
	}
}

/* Perhaps the program given is a target. */
static int refuse_nothing(const char *word)
{
	int code = cli_usage(&cli, "no target and no namespace given");

	if (word)
		suggest_operand(&cli, LIBNS_PROCFS, "-t", word);
	return code;
}

bool options_need_process(const struct options *o)
{
	return o->all || o->types || o->root_of_target || o->cwd_of_target ||
	       o->uid_from == IDS_FOLLOW || o->gid_from == IDS_FOLLOW || o->env || o->join_cgroup ||
	       o->context || o->like || o->net_socket >= 0;
}

static int check(struct options *o)
{
	if (o->wdns && (o->cwd_fd >= 0 || o->cwd_of_target))
		return cli_usage(&cli, "--wd and --wdns exclude each other");
	if (!o->target && options_need_process(o))
		return cli_usage(&cli, "no target given, use --target");
	if ((o->tools || o->host_root) && (o->root_fd >= 0 || o->root_of_target || o->cwd_fd >= 0 ||
					   o->cwd_of_target || (o->tools && o->host_root)))
		return cli_usage(&cli,
				 "--tools, --host-root, and --root or --wd exclude each other");
	/* A user by name is whole: his id, his login group, his groups. */
	if (o->uid_from == IDS_NAME && !o->gid_from) {
		o->like &= ~LIBNS_CONFINE_GROUPS;
		o->gid_from = IDS_NAME;
	}
	if (o->like & LIBNS_CONFINE_IDS) {
		o->uid_from = o->uid_from ? o->uid_from : IDS_FOLLOW;
		o->gid_from = o->gid_from ? o->gid_from : IDS_FOLLOW;
	}
	if (!o->target && !o->file_types)
		return refuse_nothing(*o->argv);
	if (o->compat && !o->types && !o->all && !o->file_types)
		return cli_usage(&cli, "no namespace given");
	return 0;
}

/* <0: done, exit with *code; 0: go on. */
static int parse_argv(struct options *o, int argc, char **argv, int *code)
{
	int id;

	while ((id = cli_next(&cli, argc, argv)) > 0) {
		*code = take_option(o, id);
		if (*code)
			return -1;
	}
	if (id != CLI_END) {
		*code = id == CLI_DONE ? 0 : CLI_FAILURE;
		return -1;
	}
	o->argv = argv + optind;
	*code = check(o);
	return *code ? -1 : 0;
}

static int carry_out(struct job *job)
{
	int code = job_resolve(job);

	if (code)
		return code;
	if (job->opts->plan) {
		code = job_prepare(job);
		return code ? code : job_plan(job);
	}
	code = job_may_use_stub(job) ? 0 : job_seal(job);
	if (code)
		return code;
	if (*job->note)
		cli_note(&cli, "%s", job->note);
	return job_run(job);
}

static int run(const struct options *o, char **argv, const struct lifted_limits *lifted,
	       bool is_copy, int pinned_before)
{
	struct job job = {
		.cli = &cli,
		.opts = o,
		.all_argv = argv,
		.lifted = lifted,
		.target_ns = -1,
		.pinned = -1,
		.is_copy = is_copy,
		.pinned_before = pinned_before,
		.root_fd = o->root_fd,
		.cwd_fd = o->cwd_fd,
	};
	int code = carry_out(&job);

	job_free(&job);
	return code;
}

/* The child is a copy of this memory, and whoever may trace it reads what was freed too:
 * tables of mounts, accounts, what is known of other containers. */
static void forget_what_is_freed(void)
{
#ifdef M_PERTURB
	mallopt(M_PERTURB, 0xff);
#endif
}

int main(int argc, char **argv)
{
	struct options o = { .root_fd = -1, .cwd_fd = -1, .net_socket = -1, .caps = UINT64_MAX };
	struct lifted_limits lifted = { .n = 0 };
	int code = 0, pinned_before;
	bool is_copy;

	forget_what_is_freed();
	lifted.n = libns_rlimits_lift(lifted.had);
	cli_init();
	code = cli_refuse_gained_rights(&cli);
	if (code)
		return code;
	is_copy = libns_seal_take_over(&pinned_before);
	if (parse_argv(&o, argc, argv, &code) == 0)
		code = run(&o, argv, &lifted, is_copy, pinned_before);
	return cli_finish(&cli, code);
}
