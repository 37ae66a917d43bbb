/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * xnetns: named network namespaces. Stands in for ip-netns(8): "ip netns add x"
 * is "xnetns add x", with the same output, exit codes and abbreviations, also
 * of the options, which ip(8) writes with one dash.
 */

#include "xnetns/xnetns.h"

#include <getopt.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "common/help.h"
#include "common/text.h"

int xnetns_fail(const struct xnetns *x, const struct libns_error *err, int code)
{
	cli_fail(x->cli, err);
	return err->step == LIBNS_STEP_ARGUMENT ? XNETNS_USAGE : code;
}

void xnetns_print_name(const char *name)
{
	char *clean = isatty(STDOUT_FILENO) ? text_clean(name, true) : NULL;

	fputs(clean ? clean : name, stdout);
	free(clean);
}

/* The name that a command needs. Further arguments are ignored, as ip(8) does. */
static const char *name_of(const struct xnetns *x, int argc, char **argv)
{
	if (argc > 1)
		return argv[1];
	cli_usage(x->cli, "%s: no netns name specified", argv[0]);
	return NULL;
}

/* Warns where the name was made, but may not be visible to those who asked for it. */
static void report_reach(const struct xnetns *x, const char *name)
{
	bool reaches;

	if (libns_netns_query_reach(LIBNS_NETNS_RUN, &reaches, NULL) < 0 || reaches)
		return;
	cli_error(x->cli,
		  "'%s' can be used in this mount namespace only: its /run takes mounts "
		  "from another one and gives none back; there the name looks stale",
		  name);
	fputs("hint: add it from outside, or run the service without mounts of its own "
	      "(PrivateMounts=, PrivateTmp=, ProtectSystem= and the like)\n",
	      stderr);
}

static int add(void *context, int argc, char **argv)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct xnetns *x = context;
	const char *name = name_of(x, argc, argv);

	if (!name)
		return CLI_FAILURE;
	if (libns_netns_add(LIBNS_NETNS_RUN, name, &err) < 0)
		return xnetns_fail(x, &err, CLI_FAILURE);
	report_reach(x, name);
	return 0;
}

static int attach(void *context, int argc, char **argv)
{
	__attribute__((cleanup(libns_proc_freep))) struct libns_proc *proc = NULL;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct xnetns *x = context;
	int ns_fd, r;
	pid_t pid;

	if (argc < 3) {
		cli_usage(x->cli, "%s: no netns name and PID specified", argv[0]);
		return CLI_FAILURE;
	}
	if (!cli_pid(x->cli, "PID", argv[2], &pid))
		return CLI_FAILURE;
	if (libns_proc_new(LIBNS_PROCFS, pid, &proc, &err) < 0)
		return xnetns_fail(x, &err, CLI_FAILURE);
	ns_fd = libns_proc_open_ns(proc, LIBNS_TYPE_NET, &err);
	if (ns_fd < 0)
		return xnetns_fail(x, &err, CLI_FAILURE);
	r = libns_netns_attach(LIBNS_NETNS_RUN, argv[1], ns_fd, &err);
	close(ns_fd);
	if (r < 0)
		return xnetns_fail(x, &err, CLI_FAILURE);
	report_reach(x, argv[1]);
	return 0;
}

/*
 * A name that was an empty file to us, but not to everybody: it is deleted, as ip netns
 * does it, since nothing else can be done about it from here; whose it was is told.
 */
static void report_taken(const struct xnetns *x, const struct libns_netns_entry *entry)
{
	if (!entry->elsewhere)
		return;
	if (entry->pid)
		cli_error(x->cli,
			  "note: '%s' was bound in the mount namespace of process %d only; "
			  "it is gone there too",
			  entry->name, entry->pid);
	else
		cli_error(x->cli, "note: '%s' was bound below another mount; it is gone there too",
			  entry->name);
}

/* Whether the name can be used from here. One call tells, and usually it can. */
static bool is_bound_here(const char *name)
{
	char path[320];
	struct statfs fs;

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	return statfs(path, &fs) == 0 && fs.f_type == NSFS_MAGIC;
}

static int delete_one(const struct xnetns *x, const char *name)
{
	__attribute__((cleanup(libns_netns_list_freep))) struct libns_netns_list *list = NULL;
	const struct libns_netns_entry *entry;
	struct libns_error err = LIBNS_ERROR_INIT;

	/* Find this out first: once the name is deleted nobody can. */
	if (!is_bound_here(name))
		(void)libns_netns_list_new(LIBNS_NETNS_RUN, &list, NULL);
	if (libns_netns_delete(LIBNS_NETNS_RUN, name, &err) < 0)
		return xnetns_fail(x, &err, CLI_FAILURE);
	for (size_t i = 0; list && (entry = libns_netns_list_at(list, i)); i++)
		if (!strcmp(entry->name, name))
			report_taken(x, entry);
	return 0;
}

/* Removes all names. If one cannot be removed it goes on with the next, and fails in the end. */
static int delete_all(const struct xnetns *x)
{
	__attribute__((cleanup(libns_netns_list_freep))) struct libns_netns_list *list = NULL;
	const struct libns_netns_entry *entry;
	struct libns_error err = LIBNS_ERROR_INIT;
	int code = 0;

	if (libns_netns_list_new(LIBNS_NETNS_RUN, &list, &err) < 0)
		return xnetns_fail(x, &err, CLI_FAILURE);
	for (size_t i = 0; (entry = libns_netns_list_at(list, i)); i++)
		if (libns_netns_delete(LIBNS_NETNS_RUN, entry->name, &err) < 0)
			code = xnetns_fail(x, &err, CLI_FAILURE);
		else
			report_taken(x, entry);
	return code;
}

static int delete (void *context, int argc, char **argv)
{
	struct xnetns *x = context;
	const char *name;

	if (x->all)
		return delete_all(x);
	name = name_of(x, argc, argv);
	return name ? delete_one(x, name) : CLI_FAILURE;
}

static int set(void *context, int argc, char **argv)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int32_t nsid = LIBNS_NSID_NONE;
	struct xnetns *x = context;
	int ns_fd, r;

	if (!name_of(x, argc, argv))
		return CLI_FAILURE;
	if (argc < 3) {
		cli_usage(x->cli, "%s: no nsid specified", argv[0]);
		return CLI_FAILURE;
	}
	ns_fd = libns_netns_open(LIBNS_NETNS_RUN, argv[1], &err);
	if (ns_fd < 0)
		return xnetns_fail(x, &err, CLI_FAILURE);
	if (strcmp(argv[2], "auto") != 0 && !cli_fd(x->cli, "netnsid", argv[2], &nsid))
		return XNETNS_USAGE;
	r = libns_netns_set_nsid(ns_fd, nsid, &err);
	close(ns_fd);
	return r < 0 ? xnetns_fail(x, &err, XNETNS_KERNEL) : 0;
}

static int help(void *context, int argc, char **argv);

/* Options of the tool that some commands heed; they may also follow these. */
static const struct cli_option json_options[] = {
	{ 'j', "json", CLI_NO_ARG, NULL, "print JSON", NULL },
	{ 'p', "pretty", CLI_NO_ARG, NULL, "lay JSON out for reading", NULL },
	CLI_OPTIONS_END,
};
static const struct cli_option all_options[] = {
	{ 'a', "all", CLI_NO_ARG, NULL, "for every name", NULL },
	CLI_OPTIONS_END,
};

/* clang-format off */
/* In the order in which ip-netns(8) tries abbreviations: "a" is add, "l" is list. */
static const struct cli_command commands[] = {
	{ "list", "", "show the names (the default)", "", xnetns_list, json_options, NULL, true },
	{ "show", "", NULL, "", xnetns_list, json_options, NULL, true },
	{ "lst", "", NULL, "", xnetns_list, json_options, NULL, true },
	{ "list-id", "[target-nsid N] [nsid N]", "show the numbers that are given",
	  "target-nsid nsid", xnetns_list_id, json_options, NULL, true },
	{ "help", "[COMMAND]", "explain a command", NULL, help, NULL, NULL, false },
	{ "add", "NAME", "create a network namespace and name it", "", add, NULL, NULL, false },
	{ "set", "NAME N|auto", "number a network namespace", ":netns", set, NULL, NULL, false },
	{ "delete", "NAME", "remove a name (with --all: all)", ":netns", delete, all_options,
	  NULL, false },
	{ "identify", "[PID]", "show the name of a process's namespace", ":pid", xnetns_identify,
	  json_options, NULL, true },
	{ "pids", "NAME", "show the processes inside", ":netns", xnetns_pids, json_options,
	  NULL, true },
	{ "exec", "NAME CMD...", "run a program inside (with --all: in each)", ":netns :command",
	  xnetns_exec, all_options, NULL, false },
	{ "monitor", "", "report names that come and go", "", xnetns_monitor, json_options,
	  NULL, true },
	{ "attach", "NAME PID", "name the namespace a process is in", ":netns :pid", attach,
	  NULL, NULL, false },
	{ "who", "NAME|TARGET", "show what keeps a namespace alive", ":netns", xnetns_who,
	  json_options, NULL, true },
	{ NULL, NULL, NULL, NULL, NULL, NULL, NULL, false },
};
/* clang-format on */

static const struct cli_option options[] = {
	{ 'a', "all", CLI_NO_ARG, NULL, "exec, delete: for every name", NULL },
	{ 'j', "json", CLI_NO_ARG, NULL, "print JSON", NULL },
	{ 'p', "pretty", CLI_NO_ARG, NULL, "lay JSON out for reading", NULL },
	{ 'n', "netns", CLI_ARG, "NAME", "enter this namespace first", ":netns" },
	CLI_OPTIONS_END,
};

static const struct cli cli = {
	.name = "xnetns",
	.usage = "[options] [command] [argument...]",
	.summary = "Add, remove, list and enter named network namespaces.",
	.options = options,
	.footer = "Commands can be abbreviated. Examples:\n"
		  "  xnetns add blue\n"
		  "  xnetns exec blue ip link\n"
		  "  xnetns delete blue\n",
	.operands = ":command",
	.commands = commands,
};

/* "-all" as ip(8) writes it, for getopt_long(3): "--all". */
static void spell_out(char **argv)
{
	for (char **word = argv + 1; *word && **word == '-'; word++) {
		size_t n = strlen(*word);
		const struct cli_option *o = options;

		if (n < 3 || (*word)[1] == '-')
			o = NULL;
		while (o && o->name && strncmp(o->name, *word + 1, n - 1) != 0)
			o++;
		if (o && o->name) {
			char *copy = malloc(n + 2);

			if (!copy)
				return;
			copy[0] = '-';
			memcpy(copy + 1, *word, n + 1);
			*word = copy;
		}
		/* The next word is the argument of this option, and not an option itself. */
		if ((!strcmp(*word, "-n") || !strncmp(*word, "--n", 3)) && !strchr(*word, '=') &&
		    !*++word)
			return;
	}
}

static int help(void *context, int argc, char **argv)
{
	const struct cli_command *command;
	struct cli sub;

	(void)context;
	if (argc < 2) {
		help_print(&cli, false);
		return 0;
	}
	command = cli_find_command(&cli, argv[1]);
	if (!command) {
		cli_usage(&cli, "command '%s' is unknown", argv[1]);
		return XNETNS_USAGE;
	}
	sub = cli_of_command(&cli, command);
	help_print(&sub, false);
	return 0;
}

/* Heeds an option of the tool. Return: false if it is none. */
static bool take_option(struct xnetns *x, int id)
{
	if (id == 'a')
		x->all = true;
	else if (id == 'j')
		x->as_json = true;
	else if (id == 'p')
		x->json.pretty = true;
	else
		return false;
	return true;
}

/* Runs a command whose only options are those of the tool. */
static int run_simple(struct xnetns *x, const struct cli_command *command, int argc, char **argv)
{
	char *verb = argv[0];
	int id;

	while ((id = cli_next(x->cli, argc, argv)) > 0)
		take_option(x, id);
	if (id != CLI_END)
		return id == CLI_DONE ? 0 : XNETNS_USAGE;
	argc -= optind - 1;
	argv += optind - 1;
	argv[0] = verb;
	return command->run(x, argc, argv);
}

static int run_command(struct xnetns *x, int argc, char **argv)
{
	const struct cli_command *command = cli_find_command(&cli, argv[0]);
	struct cli sub;

	if (!command) {
		cli_usage(&cli, "command '%s' is unknown", argv[0]);
		return XNETNS_USAGE;
	}
	sub = cli_of_command(&cli, command);
	x->cli = &sub;
	if (!command->options || command->options == json_options ||
	    command->options == all_options)
		return run_simple(x, command, argc, argv);
	return command->run(x, argc, argv);
}

/* Return: 0 to go on, or an exit code + 1. */
static int parse_options(struct xnetns *x, int argc, char **argv, const char **ret_netns)
{
	int id;

	while ((id = cli_next(&cli, argc, argv)) > 0)
		if (!take_option(x, id) && id == 'n')
			*ret_netns = optarg;
	if (id == CLI_END)
		return 0;
	return 1 + (id == CLI_DONE ? cli_finish(&cli, 0) : XNETNS_USAGE);
}

int main(int argc, char **argv)
{
	struct xnetns x = { .cli = &cli };
	char list_name[] = "list";
	char *list[] = { list_name, NULL };
	const char *netns = NULL;
	int code;

	cli_init();
	code = cli_refuse_gained_rights(&cli);
	if (code)
		return code;
	spell_out(argv);
	code = parse_options(&x, argc, argv, &netns);
	if (code)
		return code - 1;
	argc -= optind;
	argv += optind;
	if (argc == 0) {
		argc = 1;
		argv = list;
	}
	/* What is no command is told before anything is done. */
	code = netns && cli_find_command(&cli, argv[0]) ? xnetns_enter(&x, netns) : 0;
	return code ? code : cli_finish(&cli, run_command(&x, argc, argv));
}
