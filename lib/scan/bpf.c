/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Processes, threads and descriptors as a BPF iterator tells them: one pass in
 * the kernel instead of some twenty system calls for each process.
 *
 * Theory of operation:
 *  1. Check whether it is allowed, whether it is faster, and whether it sees
 *    what procfs shows. An iterator shows the pid namespace of the caller, in
 *    numbers of the initial one, so both the caller and the procfs have to be
 *    in the initial one. A caller that could not read every process there
 *    (CAP_SYS_PTRACE) must not see more here.
 *  2. scan.bpf.c writes one record for each thread, and one for each descriptor
 *    that is a namespace or a socket, with its network namespace.
 *  3. The records are turned into what the readers of procfs make: processes
 *    and finds. Tun devices, io_urings, uncertain sockets, and threads that
 *    were changing meanwhile are read through procfs, each by itself. So are
 *    processes that procfs lists but that have no record for an unknown reason.
 *  4. The records also have owners, names and users, so that they need not be
 *    asked for again.
 *
 * If the program cannot be loaded or run, procfs is read instead.
 */

#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <pthread.h>
#include <string.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/bpf-iter.h"
#include "scan/link.h"
#include "scan/merge.h"
#include "scan/source.h"

#ifndef CAP_PERFMON /* Linux 5.8 */
#define CAP_PERFMON 38
#define CAP_BPF     39
#endif

/* With at least so many threads in the system, reading by BPF saves more time than loading the
 * program takes. */
#define PAYS_FOR_BPF 2000

#if !HAVE_BPF

int scan_bpf(struct libns_scan *scan, struct libns_error *err)
{
	if (scan->bpf != LIBNS_SCAN_BPF_ALWAYS)
		return 0;
	return error_say(err, LIBNS_STEP_QUERY, EOPNOTSUPP, "this build of libns has no BPF");
}

#else

/* The records of a thread and of what it has open. */
struct entry {
	struct bpf_task *task;
	const struct bpf_file *files;
	size_t n_files;
};

struct decoder {
	struct libns_scan *scan;
	uint64_t links; /* types that have links in procfs */
	struct scan_worker worker;
	struct entry *entries;
	size_t n_entries;
	struct scan_numbers listed; /* in procfs */
	int list_error;             /* negative errno, or 0 */
	size_t n_passed;            /* of them */
	unsigned int *pids;
	struct scan_process *processes; /* one for each of pids */
	size_t n;
};

static bool is_initial(const struct libns_scan *scan, const char *path, uint64_t initial)
{
	uint64_t ino;

	return scan_read_link(scan->procfs_fd, path, &ino) >= 0 && ino == initial;
}

static int check_rights(const struct libns_scan *scan, struct libns_error *err)
{
	if (!scan->live || !scan->own_pids ||
	    !is_initial(scan, "self/ns/pid", SYS_INITIAL_PID_INO) ||
	    !is_initial(scan, "self/ns/user", SYS_INITIAL_USER_INO))
		return error_say(err, LIBNS_STEP_QUERY, EOPNOTSUPP,
				 "BPF shows the processes of the initial namespaces only");
	if (scan->fatal & SCAN_CALL_BPF)
		return error_say(err, LIBNS_STEP_QUERY, ENOSYS,
				 "a seccomp filter kills whoever uses BPF");
	if (!sys_has_cap(CAP_SYS_PTRACE) ||
	    (!sys_has_cap(CAP_SYS_ADMIN) && !(sys_has_cap(CAP_BPF) && sys_has_cap(CAP_PERFMON))))
		return error_say(err, LIBNS_STEP_QUERY, EPERM,
				 "BPF needs CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE");
	return 0;
}

/* In "0.20 0.18 0.12 1/80 11206" the number of threads in the system follows the slash. */
static bool pays(const struct libns_scan *scan)
{
	char text[128];
	const char *slash;

	if (sys_read_at(scan->procfs_fd, "loadavg", text, sizeof(text)) < 0)
		return false;
	slash = strchr(text, '/');
	return slash && strtoul(slash + 1, NULL, 10) >= PAYS_FOR_BPF;
}

/* A kernel may have a type of namespace and no links for it in procfs. */
static uint64_t types_with_links(const struct libns_scan *scan)
{
	uint64_t types = 0, ino;

	for (size_t t = 0; t < LIBNS_N_TYPES; t++) {
		char path[32];

		error_format(path, sizeof(path), "self/%s", scan_ns_paths[t]);
		if (scan_read_link(scan->procfs_fd, path, &ino) != -ENOENT)
			types |= libns_type_at(t);
	}
	return types & scan->links;
}

/* Sorts by process, with the main thread first. */
static int by_task(const void *a, const void *b)
{
	const struct bpf_task *x = ((const struct entry *)a)->task;
	const struct bpf_task *y = ((const struct entry *)b)->task;

	if (x->tgid != y->tgid)
		return x->tgid < y->tgid ? -1 : 1;
	if ((x->tid == x->tgid) != (y->tid == y->tgid))
		return x->tid == x->tgid ? -1 : 1;
	return (x->tid > y->tid) - (x->tid < y->tid);
}

/* Notes where the record of each thread begins, in order. */
static int find_entries(struct decoder *d, char *records, size_t size)
{
	const struct bpf_file *files = (void *)records;
	bool sorted = true;

	d->entries = calloc(size / sizeof(struct bpf_task) + 1, sizeof(*d->entries));
	if (!d->entries)
		return -ENOMEM;
	for (size_t at = 0; at + sizeof(*files) <= size;) {
		struct bpf_task *task = (void *)(records + at);
		struct entry *entry = &d->entries[d->n_entries];

		if (task->kind != BPF_TASK) {
			at += sizeof(*files);
			continue;
		}
		/* The record is cut off. */
		if (size - at < sizeof(*task))
			break;
		*entry = (struct entry){
			task, files, (size_t)((char *)task - (const char *)files) / sizeof(*files)
		};
		/* Sorts by number of the thread. Usually that is the order already. */
		sorted &= d->n_entries == 0 || by_task(entry - 1, entry) < 0;
		d->n_entries++;
		at += sizeof(*task);
		files = (void *)(records + at);
	}
	if (!sorted)
		qsort(d->entries, d->n_entries, sizeof(*d->entries), by_task);
	return 0;
}

static uint32_t read_again(struct decoder *d, const char *path)
{
	uint64_t ino;

	return scan_read_link_of(&d->worker, d->scan->procfs_fd, path, &ino) < 0 ? 0
										 : (uint32_t)ino;
}

/* Reads the links of a thread that was changing its namespaces when BPF saw it. */
static void look_again(struct decoder *d, struct bpf_task *record)
{
	const struct {
		const char *path;
		uint32_t *ino;
	} children[] = {
		{ "pid_for_children", &record->pid_for_children },
		{ "time_for_children", &record->time_for_children },
	};
	char path[80];

	for (size_t t = 0; t < LIBNS_N_TYPES; t++) {
		error_format(path, sizeof(path), "%u/task/%u/%s", record->tgid, record->tid,
			     scan_ns_paths[t]);
		record->ino[t] = read_again(d, path);
	}
	for (size_t i = 0; i < ARRAY_SIZE(children); i++) {
		error_format(path, sizeof(path), "%u/task/%u/ns/%s", record->tgid, record->tid,
			     children[i].path);
		*children[i].ino = read_again(d, path);
	}
}

static void take_for_children(struct decoder *d, const struct bpf_task *record, const uint64_t *own)
{
	const struct {
		uint64_t type;
		uint64_t ino;
	} children[] = {
		{ LIBNS_TYPE_PID, record->pid_for_children },
		{ LIBNS_TYPE_TIME, record->time_for_children },
	};

	if (!(d->scan->sources & LIBNS_SCAN_FOR_CHILDREN))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(children); i++) {
		int type = model_type_index(children[i].type);

		if ((d->links & children[i].type) && children[i].ino &&
		    children[i].ino != own[type])
			scan_found(&d->worker,
				   &(struct scan_find){ LIBNS_HOLDER_FOR_CHILDREN, type,
							children[i].ino, (pid_t)record->tgid,
							(pid_t)record->tid, -1 });
	}
}

static void take_process(struct decoder *d, const struct bpf_task *record)
{
	struct scan_process *process = &d->processes[d->n];

	d->pids[d->n++] = record->tgid;
	for (size_t t = 0; t < LIBNS_N_TYPES; t++)
		if (d->links & libns_type_at(t))
			process->ino[t] = record->ino[t];
	if (d->scan->sources & LIBNS_SCAN_THREADS)
		process->threads = record->threads;
	take_for_children(d, record, process->ino);
}

static void take_thread(struct decoder *d, const struct bpf_task *record)
{
	const uint64_t never = LIBNS_TYPE_USER | LIBNS_TYPE_PID;
	struct scan_process *process = &d->processes[d->n - 1];
	uint64_t own[LIBNS_N_TYPES];

	memcpy(own, process->ino, sizeof(own));
	for (int t = 0; t < LIBNS_N_TYPES; t++) {
		if (!(d->links & libns_type_at((size_t)t) & ~never) || !record->ino[t])
			continue;
		own[t] = record->ino[t];
		if (process->ino[t] == own[t])
			continue;
		/* The main thread has exited: the process is where its other threads are. */
		if (!process->ino[t])
			process->ino[t] = own[t];
		scan_found(&d->worker,
			   &(struct scan_find){ LIBNS_HOLDER_THREAD, t, own[t], (pid_t)record->tgid,
						(pid_t)record->tid, -1 });
	}
	take_for_children(d, record, own);
}

static void take_socket(struct decoder *d, const struct bpf_file *record, struct scan_find find)
{
	uint64_t ino;

	find.kind = LIBNS_HOLDER_SOCKET;
	find.type = model_type_index(LIBNS_TYPE_NET);
	if (d->links & LIBNS_TYPE_NET)
		scan_found(&d->worker, &find);
	if (record->kind != BPF_FILE_QUEUE || !(d->scan->sources & LIBNS_SCAN_QUEUED) ||
	    scan_map_get(&d->worker.sockets, record->socket, &ino))
		return;
	if (scan_map_put(&d->worker.sockets, record->socket, find.ino) < 0)
		d->worker.error = -ENOMEM;
	find.kind = LIBNS_HOLDER_QUEUED;
	find.object = record->socket;
	find.ino = 0;
	scan_found(&d->worker, &find);
}

static void take_file(struct decoder *d, const struct bpf_task *task, const struct bpf_file *record)
{
	const struct scan_find find = { LIBNS_HOLDER_FD,  model_type_index(record->type),
					record->ino,      (pid_t)task->tgid,
					(pid_t)task->tid, (int)record->fd };

	switch ((enum bpf_kind)record->kind) {
	case BPF_FILE_NS:
		if (find.type >= 0 && (d->links & record->type))
			scan_found(&d->worker, &find);
		break;
	case BPF_FILE_SOCKET:
	case BPF_FILE_QUEUE:
		if (d->scan->sources & LIBNS_SCAN_SOCKETS)
			take_socket(d, record, find);
		break;
	case BPF_FILE_ASK:
		scan_some_fds(&d->worker, find.pid, find.tid, find.fd);
		break;
	case BPF_TASK:
		break;
	}
}

static void take_files(struct decoder *d, const struct entry *entry)
{
	if (!(d->scan->sources & LIBNS_SCAN_FDS))
		return;
	if (entry->task->ask_files) {
		scan_some_fds(&d->worker, (pid_t)entry->task->tgid, (pid_t)entry->task->tid, -1);
		return;
	}
	for (size_t i = 0; i < entry->n_files; i++)
		take_file(d, entry->task, &entry->files[i]);
}

/* Reads the processes below @end that are only in procfs. A security module may hide one, for
 * example. */
static void take_listed(struct decoder *d, unsigned int end)
{
	for (; d->n_passed < d->listed.n && d->listed.list[d->n_passed] <= end; d->n_passed++) {
		if (d->listed.list[d->n_passed] == end)
			continue;
		d->pids[d->n] = d->listed.list[d->n_passed];
		scan_read_process(&d->worker, (pid_t)d->pids[d->n], &d->processes[d->n]);
		d->n++;
	}
}

static int take_entries(struct decoder *d)
{
	size_t max = d->n_entries + d->listed.n + 1;

	d->pids = calloc(max, sizeof(*d->pids));
	d->processes = calloc(max, sizeof(*d->processes));
	if (!d->pids || !d->processes)
		return -ENOMEM;
	for (size_t i = 0; i < d->n_entries; i++) {
		struct bpf_task *task = d->entries[i].task;

		if (task->ask_ns)
			look_again(d, task);
		if (task->tid == task->tgid) {
			take_listed(d, task->tgid);
			take_process(d, task);
		} else if ((d->scan->sources & LIBNS_SCAN_THREADS) && d->n &&
			   d->pids[d->n - 1] == task->tgid) {
			take_thread(d, task);
		} else {
			continue;
		}
		take_files(d, &d->entries[i]);
	}
	take_listed(d, UINT_MAX);
	for (size_t i = 0; i < d->n; i++)
		for (size_t t = 0; t < LIBNS_N_TYPES; t++)
			d->processes[i].seen |= d->processes[i].ino[t] != 0;
	return d->worker.error;
}

/* Notes the owner of a namespace if that has been found too. Others are asked for later. */
static void relate(struct model *model, const struct bpf_task *task)
{
	for (size_t t = 0; t < LIBNS_N_TYPES; t++) {
		struct libns_node *node = task->owner[t] ? model_find(model, task->ino[t]) : NULL;

		if (!node || node->related || node->type != (int)t)
			continue;
		node->owner = model_find(model, task->owner[t]);
		node->related = node->owner;
	}
}

/* Notes what libns_scan_read_details() would read. */
static int take_details(struct model *model, struct libns_task *to, const struct bpf_task *task)
{
	to->uid = task->uid;
	to->loaded = LIBNS_DETAIL_UID;
	if (!*task->comm)
		return 0;
	to->ppid = (pid_t)task->ppid;
	to->comm = model_string(model, task->comm, strnlen(task->comm, sizeof(task->comm)));
	to->loaded |= LIBNS_DETAIL_STATUS;
	return to->comm ? 0 : -ENOMEM;
}

static int merge(struct decoder *d)
{
	struct model *model = &d->scan->model;
	int r = scan_merge_processes(model, d->pids, d->processes, d->n);
	size_t at = 0;

	for (size_t i = 0; i < d->n_entries && r == 0; i++) {
		const struct bpf_task *task = d->entries[i].task;

		if ((d->scan->sources & LIBNS_SCAN_RELATIONS) && !task->ask_ns)
			relate(model, task);
		while (at < model->n_tasks && model->tasks[at].pid < (pid_t)task->tgid)
			at++;
		if (task->tid == task->tgid && at < model->n_tasks &&
		    model->tasks[at].pid == (pid_t)task->tgid)
			r = take_details(model, &model->tasks[at], task);
	}
	if (r == 0)
		r = scan_merge_finds(d->scan, &d->worker);
	return r < 0 ? r : scan_trees(d->scan, d->worker.finds, d->worker.n_finds);
}

static void *list(void *data)
{
	struct decoder *d = data;
	int fd = sys_open_at(d->scan->procfs_fd, ".", O_RDONLY | O_DIRECTORY);

	d->list_error = fd < 0 ? fd : scan_list_numbers(fd, &d->listed);
	base_close(fd);
	return NULL;
}

/* Listing procfs takes a third of the time that loading the program does, so both are done at
 * the same time. */
static int read_records(struct decoder *d, char **ret_records, size_t *ret_size,
			struct libns_error *err)
{
	pthread_t thread;
	bool started = d->scan->threads != 1;
	int r;

	started = started && scan_start_thread(&thread, list, d) == 0;
	if (!started)
		list(d);
	r = bpf_iter_read(ret_records, ret_size, err);
	if (started)
		pthread_join(thread, NULL);
	if (r == 0 && d->list_error < 0)
		r = error_set(err, LIBNS_STEP_PROC, -d->list_error, "cannot list the processes");
	return r;
}

static int decode(struct libns_scan *scan, struct libns_error *err)
{
	struct decoder d = { .scan = scan,
			     .links = types_with_links(scan),
			     .worker = { .scan = scan } };
	_cleanup_free_ char *records = NULL;
	size_t size = 0;
	int r = read_records(&d, &records, &size, err);

	if (r < 0) {
		r = scan->bpf == LIBNS_SCAN_BPF_ALWAYS ? r : 0;
	} else {
		r = find_entries(&d, records, size);
		if (r == 0)
			r = take_entries(&d);
		if (r == 0)
			r = merge(&d);
		r = r < 0 ? error_set(err, LIBNS_STEP_PROC, -r, "cannot scan the processes") : 1;
	}
	free(d.entries);
	free(d.listed.list);
	free(d.pids);
	free(d.processes);
	scan_free_worker(&d.worker);
	return r;
}

int scan_bpf(struct libns_scan *scan, struct libns_error *err)
{
	struct libns_error ignored = LIBNS_ERROR_INIT;
	bool always = scan->bpf == LIBNS_SCAN_BPF_ALWAYS;
	int r;

	if (scan->bpf == LIBNS_SCAN_BPF_NEVER || (!always && !pays(scan)))
		return 0;
	r = check_rights(scan, always ? err : &ignored);
	if (r < 0)
		return always ? r : 0;
	return decode(scan, always ? err : &ignored);
}

#endif
