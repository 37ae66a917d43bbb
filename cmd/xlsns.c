/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* xlsns: every namespace, who is inside, what keeps it alive. A drop-in for lsns(8). */

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xlsns.h"

enum {
	OPT_OUTPUT_ALL = CLI_LONG_BASE, OPT_PROC, OPT_HOLDERS, OPT_COMPARE, OPT_PID_MAP, OPT_IN,
	OPT_CONTAINERS, OPT_GRAPH, OPT_PROPAGATION,
};

static const struct cli_option option_table[] = {
	CLI_HEADING("What to show"),
	{ 't', "type", CLI_ARG, "type", "namespaces of this type (repeatable; or a comma list)",
	  "mnt net ipc user pid uts cgroup time" },
	{ 'p', "task", CLI_ARG, "pid", "namespaces this process is a member of", ":pid" },
	{ 'P', "persistent", CLI_NO_ARG, NULL, "namespaces without a process only", NULL },
	{ 'Q', "filter", CLI_ARG, "expr", "rows that fit, such as 'TYPE == \"net\" && NPROCS > 1'",
	  NULL },
	{ OPT_PROC, "proc", CLI_ARG, "dir", "read this procfs instead of /proc", ":dir" },
	CLI_HEADING("Answers about one namespace or process"),
	{ OPT_HOLDERS, "holders", CLI_ARG, "ns", "everything that keeps it alive, and how to end that",
	  ":ns" },
	{ OPT_COMPARE, "compare", CLI_ARG, "pid", "in what it differs from another PID, or from us",
	  ":pid" },
	{ OPT_PID_MAP, "pid-map", CLI_ARG, "pid", "its number in every nested pid namespace", ":pid" },
	{ OPT_IN, "in", CLI_ARG, "ns", "with --pid-map: the number is one of this pid namespace", ":ns" },
	{ OPT_PROPAGATION, "propagation", CLI_OPT_ARG, "pid", "to whom its mounts leak, and why (or ours)",
	  ":pid" },
	{ OPT_CONTAINERS, "containers", CLI_NO_ARG, NULL, "the containers, no daemon asked", NULL },
	CLI_HEADING("How to show it"),
	{ OPT_GRAPH, "graph", CLI_ARG, "lang", "as a picture for dot (graphviz) or mermaid",
	  "dot mermaid" },
	{ 'l', "list", CLI_NO_ARG, NULL, "flat list, no tree", NULL },
	{ 'T', "tree", CLI_OPT_ARG, "rel", "tree by owner (default), parent or process",
	  "owner parent process" },
	{ 'J', "json", CLI_NO_ARG, NULL, "JSON; with -l flat, with a schema version", NULL },
	{ 'r', "raw", CLI_NO_ARG, NULL, "raw output format", NULL },
	{ 'n', "noheadings", CLI_NO_ARG, NULL, "no headings", NULL },
	{ 'o', "output", CLI_ARG, "list", "columns to show; +list adds to the default ones",
	  ",NS TYPE PATH NPROCS PID PPID COMMAND UID USER NETNSID NSFS PNS ONS CONTAINER" },
	{ OPT_OUTPUT_ALL, "output-all", CLI_NO_ARG, NULL, "all columns", NULL },
	{ 'u', "notruncate", CLI_NO_ARG, NULL, "never cut text", NULL },
	{ 'W', "nowrap", CLI_NO_ARG, NULL, "one line for each namespace", NULL },
	{ 'H', "list-columns", CLI_NO_ARG, NULL, "show the columns there are", NULL },
	{ 'v', "verbose", CLI_NO_ARG, NULL, "say on standard error what could not be read", NULL },
	CLI_OPTIONS_END,
};

static const struct cli cli = {
	.name = "xlsns",
	.usage = "[options] [namespace]",
	.summary = "Lists the namespaces of this system, or the processes of one of them.",
	.options = option_table,
	.footer = "Examples:\n"
		  "  xlsns -t net            network namespaces, with their names\n"
		  "  xlsns -p $$             the namespaces of this shell\n"
		  "  xlsns -T                who owns what\n"
		  "  xlsns --holders INODE   what keeps a namespace alive\n"
		  "  xlsns -Jl -o +NSFS,ONS  flat JSON\n",
	.operands = ":ns",
	.permute = true,
};

/* What the command line said, before it is known which defaults apply. */
struct arguments {
	struct options options;
	const char *output;
	bool output_all, tree_given, list_columns;
	int json_raw, list_tree, pid_persistent; /* the option given first of each pair */
};

static bool set_mode(struct arguments *a, enum mode mode)
{
	if (a->options.mode && a->options.mode != mode) {
		cli_error(&cli, "only one of --holders, --compare, --pid-map, --containers, --graph, --propagation");
		return false;
	}
	a->options.mode = mode;
	a->options.subject = optarg;
	return true;
}

/* Options of which only one may be given: @seen remembers the first. */
static bool excludes(int *seen, int id, const char *a, const char *b)
{
	if (*seen && *seen != id) {
		cli_error(&cli, "mutually exclusive arguments: --%s --%s", a, b);
		return false;
	}
	*seen = id;
	return true;
}

static bool parse_types(const char *text, uint64_t *types)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	uint64_t more;

	if (libns_types_parse(text, &more, &err) < 0) {
		cli_error(&cli, "unknown namespace type: '%s'", text);
		return false;
	}
	*types |= more;
	return true;
}

static bool parse_tree(const char *text, enum tree *tree)
{
	/* "-T=parent", as the elder takes it. */
	if (text && *text == '=')
		text++;
	if (!text || !strcmp(text, "owner"))
		*tree = TREE_OWNER;
	else if (!strcmp(text, "parent"))
		*tree = TREE_PARENT;
	else if (!strcmp(text, "process"))
		*tree = TREE_PROCESS;
	else
		return cli_error(&cli, "unknown tree type: '%s'", text), false;
	return true;
}

static bool parse_filter(const char *text, struct options *o)
{
	char why[160];

	filter_free(o->filter);
	o->filter = filter_new(text, column_find, why, sizeof(why));
	if (!o->filter)
		cli_error(&cli, "--filter: %s", why);
	return o->filter;
}

static bool parse_option(int id, struct arguments *a)
{
	struct options *o = &a->options;

	switch (id) {
	case 't':
		return parse_types(optarg, &o->types);
	case 'p':
		return excludes(&a->pid_persistent, 'p', "persistent", "task") &&
		       cli_pid(&cli, "--task", optarg, &o->pid);
	case 'P':
		return o->persistent = excludes(&a->pid_persistent, 'P', "persistent", "task");
	case 'l':
		return o->list = excludes(&a->list_tree, 'l', "list", "tree");
	case 'T':
		a->tree_given = true;
		return excludes(&a->list_tree, 'T', "list", "tree") &&
		       parse_tree(optarg, &o->tree);
	case 'J':
		return o->json = excludes(&a->json_raw, 'J', "json", "raw");
	case 'r':
		o->no_wrap = true;
		return o->raw = excludes(&a->json_raw, 'r', "json", "raw");
	case 'o':
		a->output = optarg;
		return true;
	case 'Q':
		return parse_filter(optarg, o);
	case OPT_OUTPUT_ALL:
		return a->output_all = true;
	case OPT_HOLDERS:
		return set_mode(a, MODE_HOLDERS);
	case OPT_COMPARE:
		return set_mode(a, MODE_COMPARE);
	case OPT_PID_MAP:
		return set_mode(a, MODE_PID_MAP);
	case OPT_PROPAGATION:
		return set_mode(a, MODE_PROPAGATION);
	case OPT_CONTAINERS:
		return set_mode(a, MODE_CONTAINERS);
	case OPT_GRAPH:
		if (strcmp(optarg, "dot") != 0 && strcmp(optarg, "mermaid") != 0)
			return cli_error(&cli, "--graph: dot or mermaid, not '%s'", optarg), false;
		return set_mode(a, MODE_GRAPH);
	case OPT_IN:
		o->in = optarg;
		return true;
	case OPT_PROC:
		o->proc = optarg;
		return true;
	case 'n':
		return o->no_headings = true;
	case 'u':
		return o->no_truncate = true;
	case 'W':
		return o->no_wrap = true;
	case 'H':
		return a->list_columns = true;
	case 'v':
		return o->verbose = true;
	}
	return false;
}

static bool add_column(struct options *o, int column)
{
	if (o->n_columns == MAX_COLUMNS)
		return cli_error(&cli, "too many columns"), false;
	o->columns[o->n_columns++] = column;
	return true;
}

static bool parse_columns(struct options *o, const char *list)
{
	for (const char *word = list;; word++) {
		size_t n = strcspn(word, ",");
		int column = column_find(word, n);

		if (column < 0)
			return cli_error(&cli, "unknown column: '%.*s'", (int)n, word), false;
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
	const char *names = "NS,TYPE,NPROCS,PID,USER,COMMAND";

	if (o->namespace)
		names = "PID,PPID,USER,COMMAND";
	else if (o->types & LIBNS_TYPE_NET)
		names = "NS,TYPE,NPROCS,PID,USER,NETNSID,NSFS,COMMAND";
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

/* 1: go on; otherwise an exit code through @ret_code. */
static bool parse_argv(int argc, char **argv, struct arguments *a, int *ret_code)
{
	struct options *o = &a->options;
	int id;

	*ret_code = CLI_FAILURE;
	while ((id = cli_next(&cli, argc, argv)) > 0)
		if (!parse_option(id, a))
			return false;
	if (id == CLI_DONE)
		*ret_code = 0;
	if (id != CLI_END)
		return false;
	if (a->list_columns) {
		*ret_code = print_columns(o) ? 0 : CLI_FAILURE;
		return false;
	}
	o->namespace = argv[optind];
	if (o->namespace && o->pid)
		return cli_error(&cli, "--task is mutually exclusive with <namespace>"), false;
	if (!a->tree_given)
		o->tree = o->list || a->output_all ? TREE_NONE : TREE_PROCESS;
	return choose_columns(a);
}

/* "4026531840", "net:[4026531840]", or the path of a file a namespace is on. */
static bool parse_namespace(const char *text, uint64_t *ret_ino)
{
	const char *digits = strstr(text, ":[");
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_id id;
	char *end;
	int fd;

	if (strchr(text, '/')) {
		fd = libns_fd_open(AT_FDCWD, text, &err);
		if (fd < 0 || libns_fd_query_id(fd, &id, &err) < 0)
			return cli_fail(&cli, &err), false;
		close(fd);
		*ret_ino = id.ino;
		return true;
	}
	digits = digits ? digits + 2 : text;
	errno = 0;
	*ret_ino = strtoull(digits, &end, 10);
	if (errno || end == digits || *digits == '-' || strcmp(end, digits == text ? "" : "]") != 0)
		return cli_error(&cli, "invalid namespace argument: '%s'", text), false;
	return true;
}

static const struct libns_node *find_namespace(const struct libns_scan *scan, const char *text)
{
	const struct libns_node *node;
	uint64_t ino;

	if (!parse_namespace(text, &ino))
		return NULL;
	node = libns_scan_find(scan, ino);
	if (!node)
		cli_error(&cli, "not found namespace: %llu", (unsigned long long)ino);
	return node;
}

/* Only where nobody parses it: on a terminal, or when asked. */
static void report_unseen(const struct options *o, const struct libns_scan *scan)
{
	if (!o->verbose && (o->json || !isatty(STDERR_FILENO) || !isatty(STDOUT_FILENO)))
		return;
	fflush(stdout);
	for (int i = 0; i < LIBNS_N_UNSEEN; i++) {
		size_t n = libns_scan_count_unseen(scan, (enum libns_unseen)i);

		if (n)
			fprintf(stderr, "%s: %zu %s\n", cli.name, n,
				libns_unseen_text((enum libns_unseen)i));
	}
}

/* Members and nothing else: no need to look into descriptors. */
#define MEMBERS \
	(LIBNS_SCAN_PROCESSES | LIBNS_SCAN_THREADS | LIBNS_SCAN_OWN_MOUNTS | LIBNS_SCAN_RELATIONS)

static int take_scan(const struct options *o, struct libns_scan **ret_scan)
{
	struct libns_scan_options how = LIBNS_SCAN_OPTIONS_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;

	how.types = o->namespace || (o->mode && o->mode != MODE_GRAPH) ? 0 : o->types;
	if (o->pid || o->namespace || o->mode == MODE_PID_MAP || o->mode == MODE_CONTAINERS ||
	    o->mode == MODE_PROPAGATION)
		how.sources = MEMBERS;
	return libns_scan_new(o->procfs_fd, &how, ret_scan, &err) < 0 ? cli_fail(&cli, &err) : 0;
}

static int show(const struct options *o, struct libns_scan *scan)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct rows rows = { NULL, 0 };
	bool done;

	if (o->namespace) {
		const struct libns_node *node = find_namespace(scan, o->namespace);

		if (!node)
			return CLI_FAILURE;
		done = rows_select_members(&rows, scan, node);
	} else {
		done = rows_select(&rows, scan, o);
	}
	if (done && rows_load(&rows, scan, o, &err) < 0) {
		free(rows.list);
		return cli_fail(&cli, &err);
	}
	if (done && o->filter)
		done = rows_filter(&rows, scan, o);
	if (done && o->mode == MODE_GRAPH) {
		print_graph(&rows, *o->subject == 'm');
	} else if (done) {
		rows_nest(&rows, scan, o->tree);
		done = print_rows(o, &rows, scan);
	}
	free(rows.list);
	return done ? 0 : cli_error(&cli, "out of memory");
}

static int compare(const struct options *o)
{
	pid_t first, second = getpid();

	if (!cli_pid(&cli, "--compare", o->subject, &first))
		return 2;
	if (o->namespace && !cli_pid(&cli, "--compare", o->namespace, &second))
		return 2;
	return show_compare(o, o->procfs_fd, first, second);
}

static int pid_map(const struct options *o, const struct libns_scan *scan)
{
	const struct libns_node *where = NULL;
	pid_t pid;

	if (!cli_pid(&cli, "--pid-map", o->subject, &pid))
		return CLI_FAILURE;
	if (o->in) {
		where = find_namespace(scan, o->in);
		if (!where)
			return CLI_FAILURE;
	}
	return show_pid_map(o, scan, o->procfs_fd, pid, where);
}

static int propagation(const struct options *o, const struct libns_scan *scan)
{
	pid_t pid = getpid();

	if (o->subject && !cli_pid(&cli, "--propagation", o->subject, &pid))
		return CLI_FAILURE;
	return show_propagation(o, scan, pid);
}

static int answer(const struct options *o, struct libns_scan *scan)
{
	const struct libns_node *node;

	switch (o->mode) {
	case MODE_HOLDERS:
		node = find_namespace(scan, o->subject);
		return node ? show_holders(o, scan, node) : CLI_FAILURE;
	case MODE_PID_MAP:
		return pid_map(o, scan);
	case MODE_PROPAGATION:
		return propagation(o, scan);
	case MODE_CONTAINERS:
		return show_containers(o, scan);
	default:
		return show(o, scan);
	}
}

static int run(const struct options *o)
{
	struct libns_scan *scan = NULL;
	int code;

	if (o->mode == MODE_COMPARE)
		return compare(o);
	code = take_scan(o, &scan);
	if (code)
		return code;
	code = answer(o, scan);
	if (code == 0)
		report_unseen(o, scan);
	libns_scan_free(scan);
	return code;
}

int main(int argc, char **argv)
{
	struct arguments arguments = { .options = { .cli = &cli, .procfs_fd = LIBNS_PROCFS } };
	struct options *o = &arguments.options;
	int code;

	cli_init();
	setlocale(LC_ALL, "");
	if (!parse_argv(argc, argv, &arguments, &code))
		return cli_finish(&cli, code);
	if (o->proc) {
		o->procfs_fd = open(o->proc, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (o->procfs_fd < 0)
			return cli_error(&cli, "--proc: cannot open '%s': %s", o->proc,
					 strerror(errno));
	}
	code = run(o);
	filter_free(o->filter);
	return cli_finish(&cli, code);
}
