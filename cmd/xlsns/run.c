/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* xlsns, once the command line is read: takes the snapshot and has the mode show it. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xlsns/xlsns.h"

/* "4026531840", "net:[4026531840]", or the path of a file a namespace is on. */
static bool parse_namespace(const struct cli *cli, const char *text, uint64_t *ret_ino)
{
	const char *digits = strstr(text, ":[");
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_id id;
	char *end;
	int fd;

	if (strchr(text, '/')) {
		fd = libns_fd_open(AT_FDCWD, text, &err);
		if (fd < 0 || libns_fd_query_id(fd, &id, &err) < 0)
			return cli_fail(cli, &err), false;
		close(fd);
		*ret_ino = id.ino;
		return true;
	}
	digits = digits ? digits + 2 : text;
	errno = 0;
	*ret_ino = strtoull(digits, &end, 10);
	if (errno || end == digits || *digits == '-' || strcmp(end, digits == text ? "" : "]") != 0)
		return cli_error(cli, "invalid namespace argument: '%s'", text), false;
	return true;
}

static const struct libns_node *find_namespace(const struct options *o,
					       const struct libns_scan *scan, const char *text)
{
	const struct libns_node *node;
	uint64_t ino;

	if (!parse_namespace(o->cli, text, &ino))
		return NULL;
	node = libns_scan_find(scan, ino);
	if (!node)
		cli_error(o->cli, "not found namespace: %llu", (unsigned long long)ino);
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
			fprintf(stderr, "%s: %zu %s\n", o->cli->name, n,
				libns_unseen_text((enum libns_unseen)i));
	}
	if (libns_scan_hides_processes(scan))
		fprintf(stderr,
			"%s: processes of others are hidden by the mount option hidepid; how many "
			"cannot be known\n",
			o->cli->name);
}

/* Members and nothing else: no need to look into descriptors. */
#define MEMBERS                                                                                    \
	(LIBNS_SCAN_PROCESSES | LIBNS_SCAN_THREADS | LIBNS_SCAN_OWN_MOUNTS | LIBNS_SCAN_RELATIONS)

static int take_scan(const struct options *o, struct libns_scan **ret_scan)
{
	struct libns_scan_options how = LIBNS_SCAN_OPTIONS_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;

	how.sources = LIBNS_SCAN_ALL;
	how.types = o->mode == MODE_LIST && !rows_need_all_types(o) ? o->types : 0;
	if (o->pid || o->mode == MODE_MEMBERS || o->mode == MODE_PID_MAP ||
	    o->mode == MODE_CONTAINERS || o->mode == MODE_PROPAGATION || o->mode == MODE_PID_TREE)
		how.sources = MEMBERS;
	how.sources &= ~o->without;
	how.bpf = o->bpf;
	return libns_scan_new(o->procfs_fd, &how, ret_scan, &err) < 0 ? cli_fail(o->cli, &err) : 0;
}

static int show(const struct options *o, struct libns_scan *scan)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct rows rows = { NULL, 0 };
	int code = 0;
	bool done;

	if (o->mode == MODE_MEMBERS) {
		const struct libns_node *node = find_namespace(o, scan, o->namespace);

		if (!node)
			return CLI_FAILURE;
		if (o->types && !(o->types & libns_node_get_type(node)))
			return cli_error(o->cli, "not found namespace: %llu",
					 (unsigned long long)libns_node_get_id(node)->ino);
		if (o->persistent && libns_node_count_tasks(node))
			return 0;
		done = rows_select_members(&rows, scan, node);
	} else {
		done = rows_select(&rows, scan, o);
	}
	if (done && rows_load(&rows, scan, o, &err) < 0) {
		free(rows.list);
		return cli_fail(o->cli, &err);
	}
	if (!done)
		code = cli_error(o->cli, "out of memory");
	if (code == 0 && o->filter)
		code = rows_filter(&rows, scan, o);
	if (code == 0 && o->mode == MODE_GRAPH) {
		print_graph(&rows, scan, *o->subject == 'm');
	} else if (code == 0) {
		rows_nest(&rows, scan, o->tree);
		code = print_rows(o, &rows, scan);
	}
	free(rows.list);
	return code;
}

static int compare(const struct options *o)
{
	pid_t first, second = getpid();

	if (!cli_pid(o->cli, "--compare", o->subject, &first))
		return 2;
	if (o->namespace && !cli_pid(o->cli, "--compare", o->namespace, &second))
		return 2;
	return show_compare(o, o->procfs_fd, first, second);
}

static int pid_map(const struct options *o, const struct libns_scan *scan)
{
	const struct libns_node *where = NULL;
	pid_t pid;

	if (!cli_pid(o->cli, "--pid-map", o->subject, &pid))
		return CLI_FAILURE;
	if (o->in) {
		where = find_namespace(o, scan, o->in);
		if (!where)
			return CLI_FAILURE;
	}
	return show_pid_map(o, scan, o->procfs_fd, pid, where);
}

static int propagation(const struct options *o, const struct libns_scan *scan)
{
	pid_t pid = getpid();

	if (o->subject && !cli_pid(o->cli, "--propagation", o->subject, &pid))
		return CLI_FAILURE;
	return show_propagation(o, scan, pid);
}

static int pid_tree(const struct options *o, struct libns_scan *scan)
{
	pid_t pid = 0;

	if (o->subject && !cli_pid(o->cli, "--pid-tree", o->subject, &pid))
		return CLI_FAILURE;
	return show_pid_tree(o, scan, pid);
}

static int answer(const struct options *o, struct libns_scan *scan)
{
	const struct libns_node *node;

	switch (o->mode) {
	case MODE_HOLDERS:
		node = find_namespace(o, scan, o->subject);
		return node ? show_holders(o, scan, node) : CLI_FAILURE;
	case MODE_PID_MAP:
		return pid_map(o, scan);
	case MODE_PROPAGATION:
		return propagation(o, scan);
	case MODE_PID_TREE:
		return pid_tree(o, scan);
	case MODE_CONTAINERS:
		return show_containers(o, scan);
	default:
		return show(o, scan);
	}
}

int xlsns_run(const struct options *o)
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
