/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Processes and threads.
 *
 * Theory of operation:
 *  1. One pass over procfs lists the process numbers.
 *  2. Reading threads (one, or two when it pays) take numbers in turn. Each
 *     process is read through a descriptor of its directory, so that all its
 *     links belong to one and the same process.
 *  3. What they found goes into the model, by one thread, without further
 *     system calls.
 *
 * A namespace is known from the text of a link alone. stat(2) on it would make
 * the kernel create an inode on nsfs (5 us instead of 2.5 us, measured). Other
 * programs are slow because they ask each process for a property of the
 * namespace. Here relations are asked for once for each namespace, in
 * scan/relations.c.
 *
 * Threads of a process can differ from it in all types but user and pid. A main
 * thread that has exited has lost all links but those two. The process is then
 * shown in the namespaces of its first living thread.
 */

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <libns/proc.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "scan/link.h"
#include "scan/merge.h"
#include "scan/source.h"

/* A second thread costs about 60 us to start and stop. */
#define PAYS_FOR_A_THREAD 200
#define MAX_THREADS       8
/* So many numbers a reading thread takes at once. */
#define BATCH 32

#ifndef KCMP_FILES
#define KCMP_FILES 2
#endif

static const struct {
	uint64_t type;
	const char *path;
} for_children[] = {
	{ LIBNS_TYPE_PID, "ns/pid_for_children" },
	{ LIBNS_TYPE_TIME, "ns/time_for_children" },
};

struct work {
	const unsigned int *pids;
	size_t n;
	struct scan_process *tasks; /* one for each of pids */
	atomic_size_t next;
};

struct reader {
	pthread_t thread;
	struct work *work;
	struct scan_worker worker;
};

static bool is_denied(int r)
{
	return r == -EACCES || r == -EPERM;
}

static void read_for_children(struct scan_worker *w, const struct scan_owner *owner,
			      const uint64_t *ino)
{
	for (size_t i = 0; i < ARRAY_SIZE(for_children); i++) {
		uint64_t child;
		int type;

		if (!(w->scan->links & for_children[i].type))
			continue;
		type = scan_read_link_of(w, owner->dir_fd, for_children[i].path, &child);
		if (type >= 0 && child != ino[type])
			scan_found(w, &(struct scan_find){ LIBNS_HOLDER_FOR_CHILDREN, type, child,
							   owner->pid, owner->tid, -1 });
	}
}

static bool shares_descriptors(const struct scan_worker *w, pid_t pid, pid_t tid)
{
	return w->scan->own_pids && !(w->scan->fatal & SCAN_CALL_KCMP) &&
	       syscall(SYS_kcmp, pid, tid, KCMP_FILES, 0, 0) == 0;
}

static void read_thread(struct scan_worker *w, struct scan_owner *owner, struct scan_process *task)
{
	const uint64_t never = LIBNS_TYPE_USER | LIBNS_TYPE_PID;
	uint64_t own[LIBNS_N_TYPES];

	memcpy(own, task->ino, sizeof(own));
	for (int t = 0; t < LIBNS_N_TYPES; t++) {
		uint64_t bit = libns_type_at((size_t)t), ino;

		if (!(w->scan->links & bit & ~never))
			continue;
		if (scan_read_link_of(w, owner->dir_fd, scan_ns_paths[t], &ino) != t)
			continue;
		own[t] = ino;
		if (task->ino[t] == ino)
			continue;
		/* The main thread has exited and its links are gone, so the process is shown
		 * where this thread is. */
		if (!task->ino[t])
			task->ino[t] = ino;
		scan_found(w, &(struct scan_find){ LIBNS_HOLDER_THREAD, t, ino, owner->pid,
						   owner->tid, -1 });
	}
	if (w->scan->sources & LIBNS_SCAN_FOR_CHILDREN)
		read_for_children(w, owner, own);
	if ((w->scan->sources & LIBNS_SCAN_FDS) && !shares_descriptors(w, owner->pid, owner->tid))
		scan_fds(w, owner);
}

static void read_threads(struct scan_worker *w, const struct scan_owner *process,
			 struct scan_process *task)
{
	_cleanup_close_ int dir_fd = -1;
	struct stat st;

	/* There is one subdirectory for each thread; the number is 1 where the file system does
	 * not count them. */
	if (fstatat(process->dir_fd, "task", &st, 0) < 0) {
		scan_note(w, -errno);
		return;
	}
	task->threads = st.st_nlink > 2 ? (uint32_t)st.st_nlink - 2 : 1;
	if (st.st_nlink == 3)
		return;
	dir_fd = sys_open_at(process->dir_fd, "task", O_RDONLY | O_DIRECTORY);
	scan_note(w, dir_fd < 0 ? dir_fd : scan_list_numbers(dir_fd, &w->tids));
	if (dir_fd < 0)
		return;
	for (size_t i = 0; i < w->tids.n; i++) {
		/* The thread needs its own pidfd: that of the process leads to the main thread's
		 * table. */
		struct scan_owner thread = { process->pid, (pid_t)w->tids.list[i], -1, -1 };
		char name[16];

		if (thread.tid == process->pid)
			continue;
		error_format(name, sizeof(name), "%d", thread.tid);
		thread.dir_fd = openat(dir_fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (thread.dir_fd < 0) {
			scan_note(w, -errno);
			continue;
		}
		read_thread(w, &thread, task);
		base_close(thread.pidfd);
		close(thread.dir_fd);
	}
}

void scan_read_process(struct scan_worker *w, pid_t pid, struct scan_process *task)
{
	const struct libns_scan *scan = w->scan;
	struct scan_owner owner = { pid, pid, -1, -1 };
	char name[16];

	error_format(name, sizeof(name), "%d", pid);
	owner.dir_fd = openat(scan->procfs_fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (owner.dir_fd < 0) {
		scan_note(w, -errno);
		return;
	}
	for (int t = 0; t < LIBNS_N_TYPES; t++) {
		uint64_t ino;
		int r;

		if (!(scan->links & libns_type_at((size_t)t)))
			continue;
		r = scan_read_link_of(w, owner.dir_fd, scan_ns_paths[t], &ino);
		if (r == t) {
			task->ino[t] = ino;
			task->seen = true;
		} else if (is_denied(r)) {
			w->unseen[LIBNS_UNSEEN_PROCESSES]++;
			goto out;
		}
	}
	if (scan->sources & LIBNS_SCAN_FOR_CHILDREN)
		read_for_children(w, &owner, task->ino);
	if (scan->sources & LIBNS_SCAN_FDS)
		scan_fds(w, &owner);
	if (scan->sources & LIBNS_SCAN_THREADS)
		read_threads(w, &owner, task);
	for (int t = 0; t < LIBNS_N_TYPES; t++)
		task->seen |= task->ino[t] != 0;
out:
	base_close(owner.pidfd);
	close(owner.dir_fd);
}

static void *read_tasks(void *data)
{
	struct reader *reader = data;
	struct work *work = reader->work;

	for (;;) {
		size_t first = atomic_fetch_add(&work->next, BATCH);

		if (first >= work->n)
			return NULL;
		for (size_t i = first; i < first + BATCH && i < work->n; i++)
			scan_read_process(&reader->worker, (pid_t)work->pids[i], &work->tasks[i]);
	}
}

static unsigned int count_threads(const struct libns_scan *scan, size_t n_pids)
{
	cpu_set_t cpus;
	unsigned int n = scan->threads;

	if (n == 0 && n_pids < PAYS_FOR_A_THREAD)
		return 1;
	if (n == 0)
		n = sched_getaffinity(0, sizeof(cpus), &cpus) < 0 ? 1
								  : (unsigned int)CPU_COUNT(&cpus);
	/* procfs takes a lock for each directory entry that it makes, so more than two threads
	 * gain little. */
	if (scan->threads == 0 && n > 2)
		n = 2;
	return n > MAX_THREADS ? MAX_THREADS : n;
}

static void run_readers(struct reader *readers, unsigned int n)
{
	unsigned int started = 1;

	while (started < n &&
	       !scan_start_thread(&readers[started].thread, read_tasks, &readers[started]))
		started++;
	read_tasks(&readers[0]);
	for (unsigned int i = 1; i < started; i++)
		pthread_join(readers[i].thread, NULL);
}

/* Looks into the detached trees of all at once: one may have been inherited by processes that
 * different threads have read. */
static int read_trees(struct libns_scan *scan, const struct reader *readers, unsigned int n)
{
	_cleanup_free_ struct scan_find *finds = NULL;
	size_t n_finds = 0, at = 0;

	for (unsigned int i = 0; i < n; i++)
		n_finds += readers[i].worker.n_finds;
	if (n_finds)
		finds = malloc(n_finds * sizeof(*finds));
	if (n_finds && !finds)
		return -ENOMEM;
	for (unsigned int i = 0; i < n; i++)
		for (size_t k = 0; k < readers[i].worker.n_finds; k++)
			if (readers[i].worker.finds[k].kind == LIBNS_HOLDER_TREE)
				finds[at++] = readers[i].worker.finds[k];
	return scan_trees(scan, finds, at);
}

static int read_and_merge(struct libns_scan *scan, struct work *work)
{
	struct reader readers[MAX_THREADS] = { 0 };
	unsigned int n = count_threads(scan, work->n);
	int r = 0;

	for (unsigned int i = 0; i < n; i++)
		readers[i] = (struct reader){ .work = work, .worker = { .scan = scan } };
	run_readers(readers, n);
	for (unsigned int i = 0; i < n && r == 0; i++)
		r = readers[i].worker.error;
	if (r == 0)
		r = scan_merge_processes(&scan->model, work->pids, work->tasks, work->n);
	for (unsigned int i = 0; i < n && r == 0; i++)
		r = scan_merge_finds(scan, &readers[i].worker);
	if (r == 0)
		r = read_trees(scan, readers, n);
	for (unsigned int i = 0; i < n; i++)
		scan_free_worker(&readers[i].worker);
	return r;
}

static int by_number(const void *a, const void *b)
{
	unsigned int x = *(const unsigned int *)a, y = *(const unsigned int *)b;

	return (x > y) - (x < y);
}

int scan_procfs(struct libns_scan *scan, struct libns_error *err)
{
	_cleanup_close_ int dir_fd = sys_open_at(scan->procfs_fd, ".", O_RDONLY | O_DIRECTORY);
	struct scan_numbers pids = { 0 };
	struct work work = { 0 };
	int r;

	r = dir_fd < 0 ? dir_fd : scan_list_numbers(dir_fd, &pids);
	if (r < 0) {
		free(pids.list);
		return error_set(err, LIBNS_STEP_PROC, -r, "cannot list the processes");
	}
	scan->model.hidden = libns_proc_hides_others(scan->procfs_fd);
	/* procfs is in order already, a saved copy of it is not. */
	if (pids.n)
		qsort(pids.list, pids.n, sizeof(*pids.list), by_number);
	work.pids = pids.list;
	work.n = pids.n;
	work.tasks = calloc(pids.n ? pids.n : 1, sizeof(*work.tasks));
	r = work.tasks ? read_and_merge(scan, &work) : -ENOMEM;
	free(work.tasks);
	free(pids.list);
	if (r < 0)
		return error_set(err, LIBNS_STEP_PROC, -r, "cannot scan the processes");
	if (work.n == 0)
		return error_say(err, LIBNS_STEP_PROC, ESRCH,
				 "this procfs shows no process: is it mounted?");
	return 0;
}
