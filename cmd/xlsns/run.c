/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* xlsns, once the command line is read: takes the snapshot and has the mode show it. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "common/holders.h"
#include "common/suggest.h"
#include "common/target.h"
#include "xlsns/xlsns.h"

static void refuse_word(const struct options *o, const char *text)
{
	cli_error(o->cli, "invalid namespace argument: '%s'", text);
	suggest_namespace(o->cli, o->procfs_fd, text);
}

/* "4026531840", "net:[4026531840]", or the path of a file a namespace is on. */
static bool parse_namespace(const struct options *o, const char *text, uint64_t *ret_ino)
{
	const char *digits = strstr(text, ":[");
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_id id;
	char *end;
	int fd;

	if (strchr(text, '/')) {
		fd = libns_fd_open(AT_FDCWD, text, &err);
		if (fd < 0 || libns_fd_query_id(fd, &id, &err) < 0)
			return cli_fail(o->cli, &err), false;
		close(fd);
		*ret_ino = id.ino;
		return true;
	}
	digits = digits ? digits + 2 : text;
	errno = 0;
	*ret_ino = strtoull(digits, &end, 10);
	if (errno || end == digits || *digits == '-' || strcmp(end, digits == text ? "" : "]") != 0)
		return refuse_word(o, text), false;
	return true;
}

/* "netns:blue", "container:web": not "net:[4026531840]", nor a path with a colon in it. */
static bool is_target(const char *text)
{
	size_t n = strcspn(text, ":/");

	return text[n] == ':' && text[n + 1] != '[';
}

/* Of a target that is a process, the namespace of the one type in @types. */
static bool parse_target(const struct options *o, const char *text, uint64_t types,
			 uint64_t *ret_ino)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	const char *what = text == o->in             ? "--in"
			   : o->mode == MODE_HOLDERS ? "--holders"
						     : "namespace";
	struct libns_target *target;
	struct libns_id id;
	int r;

	if (!cli_target(o->cli, what, o->procfs_fd, text, &target))
		return false;
	if (!libns_target_get_proc(target)) {
		r = libns_fd_query_id(libns_target_get_ns_fd(target), &id, &err);
	} else if (!types || types & (types - 1)) {
		cli_error(o->cli, "'%s' is a process: choose one of its namespaces with --type",
			  text);
		cli_hint("'%s -p %s' shows which it is in; one of them is '%s -t net'",
			 o->cli->name, text, text);
		libns_target_free(target);
		return false;
	} else {
		r = libns_proc_read_id(libns_target_get_proc(target), types, &id, &err);
	}
	libns_target_free(target);
	if (r < 0)
		return cli_fail(o->cli, &err), false;
	*ret_ino = id.ino;
	return true;
}

static const struct libns_node *find_namespace(const struct options *o,
					       const struct libns_scan *scan, const char *text,
					       uint64_t types)
{
	const struct libns_node *node, *found;
	char number[24];
	uint64_t ino;

	if (is_target(text) ? !parse_target(o, text, types, &ino) : !parse_namespace(o, text, &ino))
		return NULL;
	found = libns_scan_find(scan, ino);
	node = found && types && !(types & libns_node_get_type(found)) ? NULL : found;
	if (!node)
		cli_error(o->cli, "not found namespace: %llu", (unsigned long long)ino);
	/* A list of nobody says as little. */
	if (!found || (node && o->mode == MODE_MEMBERS && !libns_node_count_tasks(node))) {
		snprintf(number, sizeof(number), "%llu", (unsigned long long)ino);
		suggest_namespace(o->cli, o->procfs_fd, number);
	}
	return node;
}

/* Says what could not be read, but only when asked or on a terminal, where nobody parses it. */
static void report_unseen(const struct options *o, const struct libns_scan *scan)
{
	if (!o->verbose && (o->json || !isatty(STDERR_FILENO) || !isatty(STDOUT_FILENO)))
		return;
	holders_report_unseen(o->cli, scan);
}

static int draw(const struct options *o, const struct rows *rows, struct libns_scan *scan)
{
	struct columns *ctx = columns_new(scan, o);
	bool failed, full = false;

	if (!ctx)
		return cli_error(o->cli, "out of memory");
	if (*o->subject == 'h')
		print_page(rows, scan, ctx);
	else
		full = print_graph(rows, scan, ctx, *o->subject == 'm') < 0;
	failed = columns_failed(ctx);
	columns_free(ctx);
	if (full)
		return cli_error(o->cli, "out of memory");
	return failed ? CLI_FAILURE : 0;
}

/* A snapshot knows processes only, so the number of another thread is refused. */
static bool refuse_thread(const struct options *o, const struct libns_proc *proc)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_proc_ids ids = LIBNS_PROC_IDS_INIT;
	pid_t tid = libns_proc_get_pid(proc);

	/* If this cannot be read, whoever reads more of the process will say why. */
	if (libns_proc_read_ids(proc, &ids, &err) < 0 || ids.tgid == tid)
		return true;
	cli_error(o->cli,
		  "%d is a thread of process %d, and may be in other namespaces: name the process",
		  (int)tid, (int)ids.tgid);
	return false;
}

bool explain_process(const struct options *o, const struct libns_proc *proc)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_id id;

	return libns_proc_read_id(proc, LIBNS_TYPE_MNT, &id, &err) < 0 && cli_fail(o->cli, &err);
}

/*
 * Says why nothing is shown of the process that --task names by its number, for lsns says nothing.
 * That is no failure, here as there.
 */
static void explain_task(const struct options *o, const struct libns_scan *scan)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_proc *proc;

	if (libns_scan_find_task(scan, o->pid))
		return;
	if (libns_proc_new(o->procfs_fd, o->pid, &proc, &err) < 0) {
		cli_fail(o->cli, &err);
		return;
	}
	if (refuse_thread(o, proc))
		explain_process(o, proc);
	libns_proc_free(proc);
}

/* Lists of namespaces or of the processes of one, and pictures. */
static int show(const struct options *o, struct libns_scan *scan, const struct libns_proc *proc)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct rows rows = { NULL, 0 };
	int code = 0;
	bool done;

	if (o->mode == MODE_MEMBERS) {
		const struct libns_node *node = find_namespace(o, scan, o->namespace, o->types);

		if (!node)
			return CLI_FAILURE;
		if (o->persistent && libns_node_count_tasks(node))
			return 0;
		done = rows_select_members(&rows, scan, node);
	} else {
		done = rows_select(&rows, scan, o);
		if (o->pid)
			explain_task(o, scan);
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
		code = draw(o, &rows, scan);
	} else if (code == 0) {
		rows_nest(&rows, scan, o->tree);
		code = print_rows(o, &rows, scan);
	}
	free(rows.list);
	return code;
}

/* xlsns itself, as the procfs counts: that need not be the one of its pid namespace. */
static bool find_self(const struct options *o, const char *what, struct libns_target **ret_target)
{
	char *number = o->procfs_fd < 0 ? file_read_link_at(AT_FDCWD, "/proc/self")
					: file_read_link_at(o->procfs_fd, "self");
	bool found;

	if (!number)
		return cli_error(o->cli, "%s: cannot find xlsns itself in this procfs: %s", what,
				 strerror(errno)),
		       false;
	found = cli_target_proc(o->cli, what, o->procfs_fd, number, ret_target);
	free(number);
	return found;
}

/* The process that a mode is about; ourselves if none is named. */
static bool find_subject(const struct options *o, const char *word,
			 struct libns_target **ret_target)
{
	const char *what = mode_name(o->mode);

	return word ? cli_target_proc(o->cli, what, o->procfs_fd, word, ret_target)
		    : find_self(o, what, ret_target);
}

static int compare(const struct options *o)
{
	struct libns_target *first = NULL, *second = NULL;
	int code = 2;

	if (find_subject(o, o->subject, &first) && find_subject(o, o->namespace, &second))
		code = show_compare(o, libns_target_get_proc(first), libns_target_get_proc(second));
	libns_target_free(first);
	libns_target_free(second);
	return code;
}

static int holders(const struct options *o, struct libns_scan *scan, const struct libns_proc *proc)
{
	const struct libns_node *node = find_namespace(o, scan, o->subject, o->types);

	return node ? show_holders(o, scan, node) : CLI_FAILURE;
}

/* A number inside, with --in; else a process. */
static int pid_map(const struct options *o, struct libns_scan *scan, const struct libns_proc *proc)
{
	const struct libns_node *where;
	pid_t pid;

	if (proc)
		return show_pid_map(o, scan, proc);
	if (!cli_pid(o->cli, "--pid-map", o->subject, &pid))
		return CLI_FAILURE;
	where = is_target(o->in) ? find_namespace(o, scan, o->in, LIBNS_TYPE_PID)
				 : find_namespace(o, scan, o->in, 0);
	return where ? show_inner_pid(o, scan, pid, where) : CLI_FAILURE;
}

static int propagation(const struct options *o, struct libns_scan *scan,
		       const struct libns_proc *proc)
{
	return show_propagation(o, scan, proc);
}

static int pid_tree(const struct options *o, struct libns_scan *scan, const struct libns_proc *proc)
{
	if (proc && !libns_scan_find_task(scan, libns_proc_get_pid(proc)) &&
	    explain_process(o, proc))
		return CLI_FAILURE;
	return show_pid_tree(o, scan, proc ? libns_proc_get_pid(proc) : 0);
}

static int containers(const struct options *o, struct libns_scan *scan,
		      const struct libns_proc *proc)
{
	return show_containers(o, scan);
}

static int metrics(const struct options *o, struct libns_scan *scan, const struct libns_proc *proc)
{
	return show_metrics(o, scan);
}

/* Members and nothing else: no need to look into descriptors. */
#define MEMBERS                                                                                    \
	(LIBNS_SCAN_PROCESSES | LIBNS_SCAN_THREADS | LIBNS_SCAN_OWN_MOUNTS | LIBNS_SCAN_RELATIONS)

/* What each mode needs before it can answer. --compare takes no snapshot, see compare(). */
static const struct {
	uint64_t sources; /* LIBNS_SCAN_* */
	enum { NO_PROCESS, NAMED_PROCESS, NAMED_PROCESS_OR_OURS } about;
	int (*answer)(const struct options *o, struct libns_scan *scan,
		      const struct libns_proc *proc);
} modes[] = {
	[MODE_LIST] = { LIBNS_SCAN_ALL, NO_PROCESS, show },
	[MODE_MEMBERS] = { MEMBERS, NO_PROCESS, show },
	[MODE_GRAPH] = { LIBNS_SCAN_ALL, NO_PROCESS, show },
	[MODE_HOLDERS] = { LIBNS_SCAN_ALL, NO_PROCESS, holders },
	[MODE_PID_MAP] = { MEMBERS, NAMED_PROCESS_OR_OURS, pid_map },
	[MODE_PID_TREE] = { MEMBERS, NAMED_PROCESS, pid_tree },
	[MODE_PROPAGATION] = { MEMBERS, NAMED_PROCESS_OR_OURS, propagation },
	[MODE_CONTAINERS] = { MEMBERS, NO_PROCESS, containers },
	[MODE_METRICS] = { LIBNS_SCAN_ALL, NO_PROCESS, metrics },
};

static int take_scan(const struct options *o, struct libns_scan **ret_scan)
{
	struct libns_scan_options how = LIBNS_SCAN_OPTIONS_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;

	how.types = o->mode == MODE_LIST && !rows_need_all_types(o) ? o->types : 0;
	how.sources = o->pid ? MEMBERS : modes[o->mode].sources;
	how.sources &= ~o->without;
	how.bpf = o->bpf;
	return libns_scan_new(o->procfs_fd, &how, ret_scan, &err) < 0 ? cli_fail(o->cli, &err) : 0;
}

/* With --in the subject is a number. */
static bool is_about_process(const struct options *o)
{
	return !o->in && (o->subject ? modes[o->mode].about != NO_PROCESS
				     : modes[o->mode].about == NAMED_PROCESS_OR_OURS);
}

/* The process that is asked about, if it is one: pinned before the snapshot is taken. */
static bool pin_subject(struct options *o, struct libns_target **ret_target)
{
	bool named = o->task && !o->pid, found = true;

	if (named)
		found = cli_target_proc(o->cli, "--task", o->procfs_fd, o->task, ret_target);
	else if (is_about_process(o))
		found = find_subject(o, o->subject, ret_target);
	if (!found || !*ret_target)
		return found;
	if (named)
		o->pid = libns_proc_get_pid(libns_target_get_proc(*ret_target));
	return refuse_thread(o, libns_target_get_proc(*ret_target));
}

static int snapshot(const struct options *o, const struct libns_proc *proc)
{
	struct libns_scan *scan = NULL;
	int code = take_scan(o, &scan);

	if (code)
		return code;
	/* If it has ended, the process of that number in the snapshot may be another one. */
	if (proc && !libns_proc_is_alive(proc))
		code = cli_error(o->cli, "process %d has ended", (int)libns_proc_get_pid(proc));
	else
		code = modes[o->mode].answer(o, scan, proc);
	if (code == 0)
		report_unseen(o, scan);
	libns_scan_free(scan);
	return code;
}

int xlsns_run(const struct options *asked)
{
	struct options o = *asked;
	struct libns_target *target = NULL;
	int code = CLI_FAILURE;

	if (o.mode == MODE_COMPARE)
		return compare(&o);
	if (pin_subject(&o, &target))
		code = snapshot(&o, target ? libns_target_get_proc(target) : NULL);
	libns_target_free(target);
	return code;
}

int pin_task(const struct options *o, const struct libns_task *task, uint64_t type,
	     struct libns_proc **ret_proc, struct libns_error *err)
{
	const struct libns_node *node = libns_task_get_ns(task, type);
	struct libns_proc *proc = NULL;
	struct libns_id id;
	int r = libns_proc_new(o->procfs_fd, libns_task_get_pid(task), &proc, err);

	if (r == 0 && node)
		r = libns_proc_read_id(proc, type, &id, err);
	if (r == 0 && node && id.ino != libns_node_get_id(node)->ino)
		r = -ESRCH;
	if (r < 0)
		libns_proc_free(proc);
	else
		*ret_proc = proc;
	return r;
}
