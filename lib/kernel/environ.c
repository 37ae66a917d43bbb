/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The environment of a process.
 *
 * /proc/PID/environ is read out of the memory of that process, which can keep its lock
 * for ever, or say with prctl(2) that its environment is somewhere else, and larger than
 * any. So a child reads it (kernel/slow-read.h), part by part, and both the time and the
 * size have an end.
 */

#include <string.h>
#include <time.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/proc.h"
#include "kernel/slow-read.h"

/* Three quarters of the greatest stack: no execve(2) takes more. */
#define ENVIRON_MAX (6u << 20)
#define PART        (32u << 10)

/* What ends the reading: there is no more. */
#define AT_END (-ENODATA)

struct reading {
	const struct libns_proc *proc;
	int fd; /* the child's own */
	int64_t deadline;
	char *text;
	size_t size;
};

/* Of a clock that nobody sets. */
static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* In the child. */
static ssize_t read_part(void *data, size_t i, char *buf, size_t size, int *ret_fd)
{
	struct reading *reading = data;

	(void)ret_fd;
	if (i == 0)
		reading->fd = sys_open_at(reading->proc->dir_fd, "environ", O_RDONLY);
	else if (reading->fd < 0)
		/* In place of a child that has died: by now it can be another program's. */
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
	/* Every part may be in time, and all of them take for ever. */
	return now_ms() > reading->deadline ? SLOW_STUCK : 0;
}

LIBNS_PUBLIC int libns_proc_read_environ(const struct libns_proc *proc, unsigned int patience_ms,
					 char **ret_items, size_t *ret_size,
					 struct libns_error *err)
{
	struct reading reading = { .proc = proc, .fd = -1, .deadline = now_ms() + patience_ms };
	const struct slow_work work = {
		.n = ENVIRON_MAX / PART,
		.read = read_part,
		.deliver = keep_part,
		.data = &reading,
		.item_ms = patience_ms,
		.total_ms = patience_ms,
	};
	int r = slow_read(&work);

	if (r == AT_END) {
		*ret_items = reading.text;
		*ret_size = reading.size;
		return 0;
	}
	free(reading.text);
	if (r == SLOW_STUCK)
		return error_say(err, LIBNS_STEP_PROC, ETIMEDOUT,
				 "the environment of process %d cannot be read: its memory is "
				 "locked",
				 (int)proc->pid);
	return error_set(err, LIBNS_STEP_PROC, r < 0 ? -r : E2BIG,
			 "cannot read the environment of process %d", (int)proc->pid);
}
