/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * System call filters of another process.
 *
 * The kernel hands them out to a tracer only, one by one from the oldest, while the
 * tracee is stopped. The tracer is a child of the caller, because it may have to be
 * given up: a process that waits in the kernel does not stop, and one that was seized
 * but has not stopped can be let go of only by the end of its tracer.
 */

#include "kernel/seccomp.h"

#include <linux/seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/slow-read.h"
#include "text/procfile.h"

/* All programs of a process together have at most 32768 instructions, each counting four
 * more: no process has as many filters as this. */
#define FILTERS_MAX 8192

/* What the child sends: these flags, then the instructions. */
struct record {
	uint64_t flags;
	struct sock_filter program[];
};

/* <linux/ptrace.h> and <sys/ptrace.h> cannot be had together everywhere. */
#define GET_FILTER   0x420cL
#define GET_METADATA 0x420dL /* Linux 4.16 */

struct metadata {
	uint64_t filter_off, flags;
};

struct reading {
	const struct libns_proc *proc;
	struct libns_seccomp *all;
	bool stopped; /* in the child */
};

/* Seizes the process and waits until it is stopped. */
static int stop(struct reading *reading)
{
	pid_t pid = libns_proc_get_pid(reading->proc);
	int status;

	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0)
		return -errno;
	/* No other process can have this number while the pinned one lives. */
	if (sys_pidfd_send_signal(libns_proc_get_pidfd(reading->proc), 0) == -ESRCH)
		return -ESRCH;
	if (ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) < 0)
		return -errno;
	while (waitpid(pid, &status, __WALL) < 0)
		if (errno != EINTR)
			return -errno;
	if (!WIFSTOPPED(status))
		return -ESRCH;
	reading->stopped = true;
	return 0;
}

static ssize_t read_one(void *data, size_t i, char *buf, size_t size, int *ret_fd)
{
	struct metadata about = { .filter_off = i };
	struct reading *reading = data;
	pid_t pid = libns_proc_get_pid(reading->proc);
	struct record record = { 0 };
	long n;
	int r;

	if (!reading->stopped) {
		r = stop(reading);
		if (r < 0)
			return r;
	}
	if (size < sizeof(record) + SECCOMP_PROGRAM_MAX * sizeof(struct sock_filter))
		return -ENOBUFS;
	n = syscall(SYS_ptrace, GET_FILTER, (long)pid, i, buf + sizeof(record));
	if (n < 0)
		return -errno;
	if (n > SECCOMP_PROGRAM_MAX)
		return -ENOBUFS;
	if (syscall(SYS_ptrace, GET_METADATA, (long)pid, sizeof(about), &about) > 0)
		record.flags = about.flags;
	memcpy(buf, &record, sizeof(record));
	return (ssize_t)(sizeof(record) + (size_t)n * sizeof(struct sock_filter));
}

static int keep_one(void *data, size_t i, const char *buf, ssize_t n, int fd)
{
	struct record record;

	(void)i;
	(void)fd;
	/* The filter before was the last one. */
	if (n == -ENOENT)
		return -ENODATA;
	if (n < (ssize_t)sizeof(record))
		return n < 0 ? (int)n : -EBADMSG;
	memcpy(&record, buf, sizeof(record));
	n -= (ssize_t)sizeof(record);
	return seccomp_set_add(((struct reading *)data)->all, NULL, record.flags,
			       buf + sizeof(record), (size_t)n / sizeof(struct sock_filter));
}

static int read_failed(pid_t pid, int code, struct libns_error *err)
{
	/* The kernel was built without CONFIG_CHECKPOINT_RESTORE. */
	if (code == EIO || code == EINVAL)
		return error_say(err, LIBNS_STEP_PROC, EOPNOTSUPP,
				 "cannot read the system call filters of process %d: the kernel "
				 "does not hand them out (CONFIG_CHECKPOINT_RESTORE)",
				 (int)pid);
	if (code == ETIMEDOUT)
		return error_say(err, LIBNS_STEP_PROC, ETIMEDOUT,
				 "cannot read the system call filters of process %d: it does not "
				 "stop: it is stuck, or its control group is frozen",
				 (int)pid);
	return error_set(err, LIBNS_STEP_PROC, code,
			 "cannot read the system call filters of process %d", (int)pid);
}

LIBNS_PUBLIC int libns_seccomp_read_mode(const struct libns_proc *proc, unsigned int *ret_mode,
					 struct libns_error *err)
{
	pid_t pid = libns_proc_get_pid(proc);
	_cleanup_free_ char *text = NULL;
	uint64_t mode = SECCOMP_MODE_DISABLED;
	int r;

	r = sys_read_alloc_at(libns_proc_get_dir_fd(proc), "status", &text, NULL);
	if (r < 0)
		return error_set(err, LIBNS_STEP_PROC, -r, "cannot read the status of process %d",
				 (int)pid);
	r = procfile_find_u64(text, "Seccomp", &mode);
	/* A kernel without system call filters has no such line. */
	if (r < 0 && r != -ENOENT)
		return error_set(err, LIBNS_STEP_PROC, -r,
				 "cannot understand the status of process %d", (int)pid);
	*ret_mode = (unsigned int)mode;
	return 0;
}

LIBNS_PUBLIC int libns_seccomp_read(const struct libns_proc *proc, unsigned int patience_ms,
				    struct libns_seccomp **ret, struct libns_error *err)
{
	struct reading reading = { .proc = proc };
	struct slow_work work = {
		.n = FILTERS_MAX,
		.read = read_one,
		.deliver = keep_one,
		.data = &reading,
		.item_ms = patience_ms,
		/* A process that is stuck with one filter would be stuck with all others, too. */
		.total_ms = patience_ms,
	};
	unsigned int mode;
	int r;

	r = libns_seccomp_read_mode(proc, &mode, err);
	if (r < 0)
		return r;
	if (mode == SECCOMP_MODE_STRICT)
		return error_say(err, LIBNS_STEP_PROC, EOPNOTSUPP,
				 "process %d may only read, write and end (strict seccomp mode): "
				 "no program can be run under that",
				 (int)libns_proc_get_pid(proc));
	reading.all = calloc(1, sizeof(*reading.all));
	if (!reading.all)
		return error_set(err, LIBNS_STEP_PROC, ENOMEM, "cannot read system call filters");
	r = mode == SECCOMP_MODE_FILTER ? slow_read(&work) : -ENODATA;
	if (r == -ENODATA) {
		*ret = reading.all;
		return 0;
	}
	libns_seccomp_free(reading.all);
	return read_failed(libns_proc_get_pid(proc), r < 0 ? -r : ENOBUFS, err);
}
