/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* xlsns: every namespace, who is inside, what keeps it alive. A drop-in for lsns(8). */

#include "xlsns/xlsns.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "xlsns/values.h"

enum {
	OPT_OUTPUT_ALL = CLI_LONG_BASE,
	OPT_PROC,
	OPT_HOLDERS,
	OPT_COMPARE,
	OPT_PID_MAP,
	OPT_IN,
	OPT_CONTAINERS,
	OPT_GRAPH,
	OPT_PROPAGATION,
	OPT_PID_TREE,
	OPT_WITHOUT,
	OPT_COLOR,
	OPT_BPF,
	OPT_METRICS,
};

static const struct cli_option option_table[] = {
	CLI_HEADING("What to show"),
	{ 't', "type", CLI_ARG, "type", "namespaces of this type (repeatable; or a comma list)",
	  "mnt net ipc user pid uts cgroup time" },
	{ 'p', "task", CLI_ARG, "target", "namespaces this process is a member of", ":target" },
	{ 'P', "persistent", CLI_NO_ARG, NULL, "namespaces without a process only", NULL },
	{ 'Q', "filter", CLI_ARG, "expr", "rows that fit, such as 'TYPE == \"net\" && NPROCS > 1'",
	  NULL },
	{ OPT_PROC, "proc", CLI_ARG, "dir", "read this procfs instead of /proc", ":dir" },
	{ OPT_WITHOUT, "without", CLI_ARG, "list", "sources not to look into, such as fds,sockets",
	  ",threads for_children fds sockets queued io_uring own_mounts other_mounts relations listns" },
	{ OPT_BPF, "bpf", CLI_ARG, "when",
	  "BPF instead of procfs: auto (where it pays), never, always", "auto never always" },
	CLI_HEADING("Answers about one namespace or process"),
	{ OPT_HOLDERS, "holders", CLI_ARG, "ns",
	  "everything that keeps it alive, and how to end that", ":ns" },
	{ OPT_COMPARE, "compare", CLI_ARG, "target",
	  "in what it differs from another process, or from us", ":target" },
	{ OPT_PID_MAP, "pid-map", CLI_ARG, "target", "its number in every nested pid namespace",
	  ":target" },
	{ OPT_IN, "in", CLI_ARG, "ns", "with --pid-map: the number is one of this pid namespace",
	  ":ns" },
	{ OPT_PID_TREE, "pid-tree", CLI_OPT_ARG, "target",
	  "processes as a tree, with their inner numbers", ":target" },
	{ OPT_PROPAGATION, "propagation", CLI_OPT_ARG, "target",
	  "to whom its mounts leak, and why (or ours)", ":target" },
	{ OPT_CONTAINERS, "containers", CLI_NO_ARG, NULL, "the containers, no daemon asked", NULL },
	{ OPT_METRICS, "metrics", CLI_NO_ARG, NULL,
	  "counts for Prometheus: what holds namespaces, what leaks", NULL },
	CLI_HEADING("How to show it"),
	{ OPT_GRAPH, "graph", CLI_ARG, "lang",
	  "as a picture for dot (graphviz) or mermaid, or as a page of HTML", "dot mermaid html" },
	{ 'l', "list", CLI_NO_ARG, NULL, "flat list, no tree", NULL },
	{ 'T', "tree", CLI_OPT_ARG, "rel", "tree by owner (default), parent or process",
	  "owner parent process" },
	{ 'J', "json", CLI_NO_ARG, NULL, "JSON; with -l flat, with a schema version", NULL },
	{ 'r', "raw", CLI_NO_ARG, NULL, "raw output format", NULL },
	{ 'n', "noheadings", CLI_NO_ARG, NULL, "no headings", NULL },
	{ 'o', "output", CLI_ARG, "list", "columns to show; +list adds to the default ones",
	  ",NS TYPE PATH NPROCS PID PPID COMMAND UID USER NETNSID NSFS PNS ONS CONTAINER "
	  "OWNERUID OWNER UIDMAP GIDMAP FIRST FIRSTCMD UNIT WHOSE" },
	{ OPT_OUTPUT_ALL, "output-all", CLI_NO_ARG, NULL, "all columns", NULL },
	{ 'u', "notruncate", CLI_NO_ARG, NULL, "never cut text", NULL },
	{ OPT_COLOR, "color", CLI_OPT_ARG, "when",
	  "colours: auto (on a terminal, the default), always, never", "auto always never" },
	{ 'W', "nowrap", CLI_NO_ARG, NULL, "one line for each namespace", NULL },
	{ 'H', "list-columns", CLI_NO_ARG, NULL, "show the columns there are", NULL },
	{ 'v', "verbose", CLI_NO_ARG, NULL, "say on standard error what could not be read", NULL },
	CLI_OPTIONS_END,
};

static struct cli cli = {
	.name = "xlsns",
	.usage = "[options] [namespace]",
	.summary = "Lists the namespaces of this system, or the processes of one of them.",
	.options = option_table,
	.footer = "A target is what xnsenter -t takes: PID, PID:INODE, tid:TID, fd:N, ns:INODE,\n"
		  "netns:NAME, container:NAME or cgroup:PATH. A namespace is named by its inode,\n"
		  "by a file, or by a target, of whose namespaces --type chooses one.\n\n"
		  "Examples:\n"
		  "  xlsns -t net            network namespaces, with their names\n"
		  "  xlsns -p $$             the namespaces of this shell\n"
		  "  xlsns -T                who owns what\n"
		  "  xlsns --holders INODE   what keeps a namespace alive\n"
		  "  xlsns --compare container:web   how a container differs from us\n"
		  "  xlsns -Jl -o +NSFS,ONS  flat JSON\n",
	.operands = ":ns",
	.permute = true,
};

/* What the command line said, before it is known which defaults apply. */
struct arguments {
	struct options options;
	const char *output;
	bool output_all, tree_given;
	bool given[256], bare[256]; /* options, by their place in the table; without an argument */
	int json_raw, list_tree, pid_persistent; /* the option given first of each pair */
};

/* The options that choose a mode. What they take, if anything, is what it is about. */
static const struct {
	int id;
	enum mode mode;
} mode_options[] = {
	{ OPT_HOLDERS, MODE_HOLDERS },
	{ OPT_COMPARE, MODE_COMPARE },
	{ OPT_PID_MAP, MODE_PID_MAP },
	{ OPT_PID_TREE, MODE_PID_TREE },
	{ OPT_PROPAGATION, MODE_PROPAGATION },
	{ OPT_CONTAINERS, MODE_CONTAINERS },
	{ OPT_METRICS, MODE_METRICS },
	{ OPT_GRAPH, MODE_GRAPH },
	{ 'H', MODE_COLUMNS },
};

/* MODE_LIST if the option chooses none. */
static enum mode mode_of_option(int id)
{
	for (size_t i = 0; i < sizeof(mode_options) / sizeof(mode_options[0]); i++)
		if (mode_options[i].id == id)
			return mode_options[i].mode;
	return MODE_LIST;
}

static bool set_mode(struct arguments *a, enum mode mode)
{
	if (mode == MODE_GRAPH && strcmp(optarg, "dot") != 0 && strcmp(optarg, "mermaid") != 0 &&
	    strcmp(optarg, "html") != 0) {
		cli_error(&cli, "--graph: dot, mermaid or html, not '%s'", optarg);
		return false;
	}
	if (a->options.mode && a->options.mode != mode) {
		cli_error(&cli, "%s does not go with %s", mode_name(mode),
			  mode_name(a->options.mode));
		return false;
	}
	a->options.mode = mode;
	a->options.subject = optarg;
	return true;
}

/* Refuses the second of two options that exclude each other: @seen is the first one given. */
static bool excludes(int *seen, int id, const char *a, const char *b)
{
	if (*seen && *seen != id) {
		cli_error(&cli, "mutually exclusive arguments: --%s --%s", a, b);
		return false;
	}
	*seen = id;
	return true;
}

static void hint_columns(void)
{
	cli_hint("'%s --list-columns' shows the columns there are", cli.name);
}

static bool parse_filter(const char *text, struct options *o)
{
	struct filter_error error;

	filter_free(o->filter);
	o->filter = filter_new(text, column_find, &error);
	if (!o->filter)
		cli_error(&cli, "--filter: %s", error.text);
	if (!o->filter && error.no_column)
		hint_columns();
	return o->filter;
}

/* If there is no process of that number nothing is shown, and lsns does the same. */
static void parse_task(const char *text, struct options *o)
{
	size_t n = strspn(text, "0123456789");
	unsigned long long number = strtoull(text, NULL, 10);

	o->task = text;
	/* All other words are looked up as targets. */
	o->pid = n && !text[n] && number <= INT32_MAX ? (pid_t)number : 0;
}

/* What an option without an argument switches on, or NULL if it does more than that. */
static bool *flag_of_option(int id, struct arguments *a)
{
	switch (id) {
	case 'n':
		return &a->options.no_headings;
	case 'u':
		return &a->options.no_truncate;
	case 'W':
		return &a->options.no_wrap;
	case 'v':
		return &a->options.verbose;
	case OPT_OUTPUT_ALL:
		return &a->output_all;
	default:
		return NULL;
	}
}

/* Options of which only one of a pair may be given. */
static bool parse_one_of_pair(int id, struct arguments *a)
{
	struct options *o = &a->options;

	switch (id) {
	case 'p':
		parse_task(optarg, o);
		return excludes(&a->pid_persistent, id, "persistent", "task");
	case 'P':
		return o->persistent = excludes(&a->pid_persistent, id, "persistent", "task");
	case 'l':
		return o->list = excludes(&a->list_tree, id, "list", "tree");
	case 'T':
		a->tree_given = true;
		return excludes(&a->list_tree, id, "list", "tree") &&
		       parse_tree(&cli, optarg, &o->tree);
	case 'J':
		return o->json = excludes(&a->json_raw, id, "json", "raw");
	case 'r':
		o->no_wrap = true;
		return o->raw = excludes(&a->json_raw, id, "json", "raw");
	default:
		return false;
	}
}

static bool parse_option(int id, struct arguments *a)
{
	struct options *o = &a->options;
	enum mode mode = mode_of_option(id);
	bool *flag = flag_of_option(id, a);

	if (mode)
		return set_mode(a, mode);
	if (flag)
		return *flag = true;
	switch (id) {
	case 't':
		return parse_types(&cli, optarg, &o->types);
	case 'o':
		a->output = optarg;
		return true;
	case 'Q':
		return parse_filter(optarg, o);
	case OPT_WITHOUT:
		return parse_without(&cli, optarg, &o->without);
	case OPT_COLOR:
		return parse_color(&cli, optarg, &o->color);
	case OPT_BPF:
		return parse_bpf(&cli, optarg, &o->bpf);
	case OPT_IN:
		o->in = optarg;
		return true;
	case OPT_PROC:
		o->proc = optarg;
		/* A saved copy, or that of another system. */
		cli.no_hint = true;
		return true;
	default:
		return parse_one_of_pair(id, a);
	}
}

static bool add_column(struct options *o, int column)
{
	if (o->n_columns == MAX_COLUMNS)
		return cli_error(&cli, "too many columns"), false;
	o->columns[o->n_columns++] = column;
	return true;
}

static bool refuse_column(const char *word, size_t n)
{
	cli_error(&cli, "unknown column: '%.*s'", (int)n, word);
	hint_columns();
	return false;
}

static bool parse_columns(struct options *o, const char *list)
{
	for (const char *word = list;; word++) {
		size_t n = strcspn(word, ",");
		int column = column_find(word, n);

		if (column < 0)
			return refuse_column(word, n);
		if (!add_column(o, column))
			return false;
		word += n;
		if (!*word)
			return true;
	}
}

static bool choose_columns(struct arguments *a)
{
	struct options *o = &a->options;
	/* Scripts get the columns of lsns; a person reads by which name each is known. */
	bool person = isatty(STDOUT_FILENO) && !o->json && !o->raw;
	const char *names = person ? "NS,TYPE,NPROCS,PID,USER,WHOSE,COMMAND"
				   : "NS,TYPE,NPROCS,PID,USER,COMMAND";

	if (o->namespace)
		names = person ? "PID,PPID,USER,WHOSE,COMMAND" : "PID,PPID,USER,COMMAND";
	else if (o->types & LIBNS_TYPE_NET)
		names = person ? "NS,TYPE,NPROCS,PID,USER,NETNSID,NSFS,WHOSE,COMMAND"
			       : "NS,TYPE,NPROCS,PID,USER,NETNSID,NSFS,COMMAND";
	if (a->output_all) {
		for (int i = 0; i < N_COLUMNS; i++)
			if (!add_column(o, i))
				return false;
		return true;
	}
	if (!a->output || *a->output == '+')
		if (!parse_columns(o, names))
			return false;
	return !a->output || parse_columns(o, a->output + (*a->output == '+'));
}

static void note_given(struct arguments *a, int id)
{
	for (size_t i = 0; i < sizeof(option_table) / sizeof(option_table[0]); i++)
		if (option_table[i].id == id) {
			a->given[i] = true;
			a->bare[i] = !optarg;
		}
}

static bool is_one_of(const char *words, const char *word)
{
	for (size_t n; *words; words += n + (words[n] == ' ')) {
		n = strcspn(words, " ");
		if (!strncmp(words, word, n) && !word[n])
			return true;
	}
	return false;
}

/* The option whose argument, which may be left out, was given as a word of its own; or NULL. */
static const char *find_bare(const struct arguments *a, const char *word)
{
	for (size_t i = 0; i < sizeof(option_table) / sizeof(option_table[0]); i++) {
		const struct cli_option *o = &option_table[i];

		if (a->bare[i] && o->arg == CLI_OPT_ARG &&
		    (mode_of_option(o->id) || is_one_of(o->complete, word)))
			return o->name;
	}
	return NULL;
}

static void hint_bare(const struct arguments *a, const char *word)
{
	const char *name = find_bare(a, word);

	if (name)
		cli_hint("the argument of this option goes behind a '=': --%s=%s", name, word);
}

/* Refuses options that mean nothing in the mode, and operands that it does not take. */
static bool check_mode(const struct arguments *a, int n_operands)
{
	enum mode mode = a->options.mode;

	for (size_t i = 0; i < sizeof(option_table) / sizeof(option_table[0]); i++) {
		const char *name = option_table[i].name;

		if (!a->given[i] || mode_takes(mode, name))
			continue;
		if (mode == MODE_LIST || mode == MODE_MEMBERS)
			cli_error(&cli, "--%s does not go with %s", name, mode_name(mode));
		else
			cli_error(&cli, "%s does not go with --%s", mode_name(mode), name);
		return false;
	}
	/* lsns ignores further operands of the modes that it has. */
	if (mode != MODE_LIST && mode != MODE_MEMBERS && mode != MODE_COLUMNS &&
	    n_operands > (mode == MODE_COMPARE)) {
		cli_error(&cli, "%s takes no further argument", mode_name(mode));
		hint_bare(a, a->options.namespace);
		return false;
	}
	if (mode == MODE_MEMBERS && find_bare(a, a->options.namespace)) {
		cli_error(&cli, "invalid namespace argument: '%s'", a->options.namespace);
		hint_bare(a, a->options.namespace);
		return false;
	}
	return true;
}

/* Return: whether to go on; if not, the exit code is stored through @ret_code. */
static bool parse_argv(int argc, char **argv, struct arguments *a, int *ret_code)
{
	struct options *o = &a->options;
	int id;

	*ret_code = CLI_FAILURE;
	while ((id = cli_next(&cli, argc, argv)) > 0) {
		note_given(a, id);
		if (!parse_option(id, a))
			return false;
	}
	if (id == CLI_DONE)
		*ret_code = 0;
	if (id != CLI_END)
		return false;
	o->namespace = argv[optind];
	if (o->mode == MODE_LIST && o->namespace)
		o->mode = MODE_MEMBERS;
	if (!check_mode(a, argc - optind)) {
		*ret_code = o->mode == MODE_COMPARE ? 2 : CLI_FAILURE;
		return false;
	}
	if (o->mode == MODE_COLUMNS) {
		*ret_code = print_columns(o) ? 0 : CLI_FAILURE;
		return false;
	}
	if (o->namespace && o->task)
		return cli_error(&cli, "--task is mutually exclusive with <namespace>"), false;
	if (!a->tree_given)
		o->tree = o->list || a->output_all ? TREE_NONE : TREE_PROCESS;
	return choose_columns(a);
}

/*
 * The usual limit is one for select(2), which nobody calls here; as many descriptors as
 * there may be are better than a snapshot that fails for want of one.
 */
static void raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int main(int argc, char **argv)
{
	struct arguments arguments = { .options = { .cli = &cli, .procfs_fd = LIBNS_PROCFS } };
	struct options *o = &arguments.options;
	int code;

	cli_init();
	cli_default_sigchld(NULL);
	setlocale(LC_ALL, "");
	o->color = color_terminal();
	if (!parse_argv(argc, argv, &arguments, &code))
		return cli_finish(&cli, code);
	raise_limit();
	if (o->proc) {
		o->procfs_fd = open(o->proc, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (o->procfs_fd < 0)
			return cli_error(&cli, "--proc: cannot open '%s': %s", o->proc,
					 strerror(errno)) +
			       (o->mode == MODE_COMPARE);
	}
	code = xlsns_run(o);
	filter_free(o->filter);
	code = cli_finish(&cli, code);
	/* For --compare an exit status of 1 is an answer: a failure is 2. */
	return o->mode == MODE_COMPARE && ferror(stdout) ? 2 : code;
}
