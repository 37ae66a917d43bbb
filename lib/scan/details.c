/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Parent, name, user and command line of the processes that are shown. To prove
 * that the number still means the process of the scan, one of its namespaces is
 * read through the same directory descriptor. Another process with that number
 * in the same namespace would be just as good an example of its members.
 */

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/slow-read.h"
#include "scan/link.h"
#include "scan/scan.h"
#include "text/procfile.h"

/* Reading a command line that is in memory takes microseconds. */
#define PATIENCE_MS     150
#define PATIENCE_ALL_MS 900

/* Opens the directory of @task and proves that it is that process. Return: descriptor or -errno. */
static int open_task(const struct libns_scan *scan, const struct libns_task *task)
{
	char name[16];
	int dir_fd, t = 0;
	uint64_t ino;

	error_format(name, sizeof(name), "%d", task->pid);
	dir_fd = sys_open_at(scan->procfs_fd, name, O_PATH | O_DIRECTORY);
	if (dir_fd < 0)
		return dir_fd;
	while (t < LIBNS_N_TYPES && !task->ns[t])
		t++;
	/* A main thread that has exited keeps only its user and pid namespace, so there is
	 * nothing to compare. */
	if (t < LIBNS_N_TYPES && scan_read_link(dir_fd, scan_ns_paths[t], &ino) >= 0 &&
	    ino != task->ns[t]->id.ino) {
		close(dir_fd);
		return -ESRCH;
	}
	return dir_fd;
}

static int read_status(struct libns_scan *scan, struct libns_task *task, int dir_fd)
{
	struct procfile_stat stat;
	char text[2048];

	ssize_t n = sys_read_at(dir_fd, "stat", text, sizeof(text));

	if (sys_is_failure(n))
		return (int)n;
	if (n < 0 || procfile_stat(text, &stat) < 0)
		return 0;
	task->ppid = stat.ppid;
	task->comm = model_string(&scan->model, stat.comm.s, stat.comm.n);
	if (!task->comm)
		return -ENOMEM;
	task->loaded |= LIBNS_DETAIL_STATUS;
	return 0;
}

static int read_plain(struct libns_scan *scan, struct libns_task *task, uint64_t details)
{
	_cleanup_close_ int dir_fd = -1;
	struct stat st;

	details &= ~(uint64_t)task->loaded;
	if (details & LIBNS_DETAIL_COMMAND)
		details |= LIBNS_DETAIL_STATUS & ~(uint64_t)task->loaded;
	if (!details)
		return 0;
	dir_fd = open_task(scan, task);
	if (dir_fd < 0)
		return sys_is_failure(dir_fd) ? dir_fd : 0;
	if (details & LIBNS_DETAIL_UID) {
		int r = fstatat(dir_fd, "", &st, AT_EMPTY_PATH) < 0 ? -errno : 0;

		if (r < 0)
			return sys_is_failure(r) ? r : 0;
		task->uid = st.st_uid;
		task->loaded |= LIBNS_DETAIL_UID;
	}
	return details & LIBNS_DETAIL_STATUS ? read_status(scan, task, dir_fd) : 0;
}

struct commands {
	struct libns_scan *scan;
	struct libns_task **tasks;
	size_t n;
};

static ssize_t read_command(void *data, size_t i, char *buf, size_t size, int *ret_fd)
{
	const struct commands *commands = data;
	_cleanup_close_ int dir_fd = open_task(commands->scan, commands->tasks[i]);
	_cleanup_close_ int fd = -1;

	(void)ret_fd;
	if (dir_fd < 0)
		return dir_fd;
	fd = sys_open_at(dir_fd, "cmdline", O_RDONLY);
	return fd < 0 ? fd : sys_read_full(fd, buf, size, -1);
}

static int take_command(void *data, size_t i, const char *buf, ssize_t n, int fd)
{
	const struct commands *commands = data;
	struct libns_task *task = commands->tasks[i];
	char *command;

	(void)fd;
	if (n != SLOW_STUCK && sys_is_failure(n))
		return (int)n;
	if (n == SLOW_STUCK) {
		task->blocked = true;
		commands->scan->model.unseen[LIBNS_UNSEEN_COMMANDS]++;
	}
	while (n > 0 && buf[n - 1] == '\0')
		n--;
	if (n <= 0) {
		task->command = task->comm;
		return 0;
	}
	task->command = model_string(&commands->scan->model, buf, (size_t)n);
	if (!task->command)
		return -ENOMEM;
	command = (char *)(uintptr_t)task->command;
	for (ssize_t at = 0; at < n; at++)
		if (!command[at])
			command[at] = ' ';
	return 0;
}

static int read_commands(struct commands *commands)
{
	const struct slow_work work = {
		.n = commands->n,
		.read = read_command,
		.deliver = take_command,
		.data = commands,
		.item_ms = PATIENCE_MS,
		.total_ms = PATIENCE_ALL_MS,
	};

	return slow_read(&work);
}

LIBNS_PUBLIC int libns_scan_read_details(struct libns_scan *scan,
					 const struct libns_task *const *tasks, size_t n_tasks,
					 uint64_t details, struct libns_error *err)
{
	struct commands commands = { scan, NULL, 0 };
	int r = 0;

	if (!scan || (n_tasks && !tasks) || details & ~UINT64_C(7))
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "no such details of a process");
	if (details & LIBNS_DETAIL_COMMAND)
		commands.tasks = calloc(n_tasks ? n_tasks : 1, sizeof(struct libns_task *));
	if ((details & LIBNS_DETAIL_COMMAND) && !commands.tasks)
		r = -ENOMEM;
	for (size_t i = 0; i < n_tasks && r >= 0; i++) {
		/* The caller's pointers to const lead into our own array, so the task may be
		 * changed. */
		struct libns_task *task = &scan->model.tasks[tasks[i] - scan->model.tasks];

		r = read_plain(scan, task, details);
		/* A process without a name was gone already; kernel threads have no memory to
		 * read. */
		if ((details & LIBNS_DETAIL_COMMAND) && task->comm &&
		    !(task->loaded & LIBNS_DETAIL_COMMAND)) {
			/* Read it only once, though the process may stand for several namespaces. */
			task->loaded |= LIBNS_DETAIL_COMMAND;
			commands.tasks[commands.n++] = task;
		}
	}
	if (r >= 0 && commands.n)
		r = read_commands(&commands);
	free(commands.tasks);
	if (r < 0)
		return error_set(err, LIBNS_STEP_PROC, -r, "cannot read details of the processes");
	return 0;
}
