/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The environment of a process.
 *
 * The kernel reads /proc/PID/environ from the memory of that process, which can hold its lock for
 * ever, or say with prctl(2) that its environment is somewhere else and larger than any. So a child
 * reads it (kernel/slow-read.h), part by part, and both the time and the size are limited.
 *
 * While execve(2) is at work the process has a new memory without an environment yet, and
 * the file is empty. /proc/PID/stat tells that from an environment without items.
 */

#include <string.h>
#include <time.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/proc.h"
#include "kernel/slow-read.h"
#include "text/procfile.h"

/* This is three quarters of the greatest stack; no execve(2) takes more. */
#define ENVIRON_MAX (6u << 20)
#define PART        (32u << 10)

/* What ends the reading: there is no more. */
#define AT_END (-ENODATA)
/* What ends the waiting for an environment. */
#define STILL_NONE (-ETIME)

struct reading {
	const struct libns_proc *proc;
	int fd; /* the child's own */
	int64_t deadline;
	char *text;
	size_t size;
};

/* In the child. */
static ssize_t read_part(void *data, size_t i, char *buf, size_t size, int *ret_fd)
{
	struct reading *reading = data;

	(void)ret_fd;
	if (i == 0)
		reading->fd = sys_open_at(reading->proc->dir_fd, "environ", O_RDONLY);
	else if (reading->fd < 0)
		/* This child replaces one that has died. By now the environment can be that of
		 * another program. */
		return -EIO;
	if (reading->fd < 0)
		return reading->fd == -ENOENT ? -ESRCH : reading->fd;
	return sys_read_full(reading->fd, buf, size < PART ? size : PART, -1);
}

static int keep_part(void *data, size_t i, const char *buf, ssize_t n, int fd)
{
	struct reading *reading = data;
	char *more;

	(void)i;
	base_close(fd);
	if (n < 0)
		return (int)n;
	more = realloc(reading->text, reading->size + (size_t)n + 1);
	if (!more)
		return -ENOMEM;
	reading->text = more;
	memcpy(more + reading->size, buf, (size_t)n);
	reading->size += (size_t)n;
	more[reading->size] = '\0';
	if ((size_t)n < PART)
		return AT_END;
	/* Each part may come in time, and yet all of them together may take for ever. */
	return sys_now_ms() > reading->deadline ? SLOW_STUCK : 0;
}

/* PF_KTHREAD of the kernel: such a process has no memory of its own. */
#define KERNEL_THREAD 0x00200000

/* Of a process whose file was empty. Return: 1 if it has none, 0 if not yet, or -errno. */
static int has_none(const struct libns_proc *proc)
{
	uint64_t flags, start, end;
	struct procfile_stat stat;
	char text[2048];
	ssize_t n = sys_read_at(proc->dir_fd, "stat", text, sizeof(text));

	if (n < 0)
		return n == -ENOENT ? -ESRCH : (int)n;
	if (procfile_stat(text, &stat) < 0 || procfile_stat_u64(text, STAT_FLAGS, &flags) < 0 ||
	    procfile_stat_u64(text, STAT_ENV_START, &start) < 0 ||
	    procfile_stat_u64(text, STAT_ENV_END, &end) < 0)
		return -EBADMSG;
	/* If the process has ended, no environment will come either. */
	if (stat.state == 'Z' || stat.state == 'X' || flags & KERNEL_THREAD)
		return 1;
	return end && start == end;
}

static int read_all(struct reading *reading, unsigned int patience_ms)
{
	const struct slow_work work = {
		.n = ENVIRON_MAX / PART,
		.read = read_part,
		.deliver = keep_part,
		.data = reading,
		.item_ms = patience_ms,
		.total_ms = patience_ms,
	};
	const struct timespec pause = { 0, 1000000 };
	int r;

	for (;;) {
		r = slow_read(&work);
		if (r != AT_END || reading->size)
			return r;
		r = has_none(reading->proc);
		if (r)
			return r < 0 ? r : AT_END;
		if (sys_now_ms() > reading->deadline)
			return STILL_NONE;
		nanosleep(&pause, NULL);
	}
}

LIBNS_PUBLIC int libns_proc_read_environ(const struct libns_proc *proc, unsigned int patience_ms,
					 char **ret_items, size_t *ret_size,
					 struct libns_error *err)
{
	struct reading reading = { .proc = proc, .fd = -1, .deadline = sys_now_ms() + patience_ms };
	int r = read_all(&reading, patience_ms);

	if (r == AT_END) {
		*ret_items = reading.text;
		*ret_size = reading.size;
		return 0;
	}
	free(reading.text);
	if (r == SLOW_STUCK || r == STILL_NONE)
		return error_say(err, LIBNS_STEP_PROC, ETIMEDOUT,
				 "the environment of process %d cannot be read: %s", (int)proc->pid,
				 r == SLOW_STUCK ? "its memory is locked"
						 : "its program is still being loaded");
	return error_set(err, LIBNS_STEP_PROC, r < 0 ? -r : E2BIG,
			 "cannot read the environment of process %d", (int)proc->pid);
}
