/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Pinned processes: a number becomes a pidfd and a directory of procfs that
 * belong together, so that later questions cannot reach another process.
 *
 * Theory of operation
 *
 * The directory alone is a pin: it keeps the kernel's struct pid, and once that
 * process was reaped every access below it gives ESRCH, also when the number
 * has a new bearer. The pidfd is needed for what procfs cannot do (setns,
 * signals, waiting). Two things can go wrong between the two:
 *
 * - The number changed its bearer between the two calls.
 * - The procfs belongs to another pid namespace, where the number means
 *   another process. This is an everyday state: "unshare --pid --fork" without
 *   a new /proc. Comparing one's own number with the "self" link is not enough,
 *   the numbers can be equal by chance.
 *
 * Both are settled by one read of the pidfd's fdinfo in that same procfs: its
 * "Pid:" is the number as that procfs counts, and -1 once the process was
 * reaped. Equal to the number we opened, and asked after the directory was
 * opened, it proves that both are the same, living process. If procfs does not
 * show ourselves it cannot know our pidfd either, and the directory stands alone.
 */

#include "kernel/proc.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <libns/type.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "text/procfile.h"

/* A path below a procfs: "12" or, for the usual one, "/proc/12". */
struct place {
	int dir_fd;
	char path[48];
};

static struct place place(int procfs_fd, const char *format, int number)
{
	struct place p = { procfs_fd, "" };
	size_t n = 0;

	if (procfs_fd == LIBNS_PROCFS) {
		p.dir_fd = AT_FDCWD;
		n = strlen(strcpy(p.path, "/proc/"));
	}
	error_format(p.path + n, sizeof(p.path) - n, format, number);
	return p;
}

int proc_is_procfs(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return -errno;
	return fs.f_type == SYS_PROC_MAGIC;
}

enum { GONE = -ESRCH, ELSEWHERE = 0 };

/*
 * The number that this procfs gives to the process of @pidfd; GONE when it was
 * reaped, ELSEWHERE when this procfs has no number for it or does not show us,
 * -EINVAL when it is no pidfd.
 */
static int pidfd_number(int procfs_fd, int pidfd)
{
	struct place p = place(procfs_fd, "thread-self/fdinfo/%d", pidfd);
	struct procfile_word word;
	char text[1024];
	pid_t pid;
	ssize_t n;

	n = sys_read_at(p.dir_fd, p.path, text, sizeof(text));
	if (n == -ENOENT || n == -ENOTDIR)
		return ELSEWHERE;
	if (n == -E2BIG)
		return -EINVAL;
	if (n < 0)
		return (int)n;
	word = procfile_find(text, "Pid");
	if (!word.s)
		return -EINVAL;
	if (word.n == 2 && !memcmp(word.s, "-1", 2))
		return GONE;
	return procfile_pid(word.s, word.n, &pid) < 0 ? -EINVAL : pid;
}

/* Says why a number is not in a procfs. */
static int explain_absent(int procfs_fd, const struct libns_proc *proc, int code,
			  struct libns_error *err)
{
	if (procfs_fd == LIBNS_PROCFS) {
		struct statfs fs;

		if (statfs("/proc", &fs) < 0 || fs.f_type != SYS_PROC_MAGIC)
			return error_say(
				err, LIBNS_STEP_PROC, ENODEV,
				"cannot look for process %d: no procfs is mounted on /proc",
				proc->pid);
	}
	if (code != ENOENT && code != ESRCH)
		return error_set(err, LIBNS_STEP_PROC, code, "cannot open process %d", proc->pid);
	return error_say(err, LIBNS_STEP_PROC, ESRCH, "there is no process %d", proc->pid);
}

static int open_pidfd(struct libns_proc *proc, struct libns_error *err)
{
	int fd = sys_pidfd_open(proc->pid, 0);

	/* The number of a thread that is not the first: EINVAL before Linux 6.9, then ENOENT. */
	if (fd == -ENOENT || fd == -EINVAL)
		fd = sys_pidfd_open(proc->pid, PIDFD_THREAD);
	if (fd == -EMFILE || fd == -ENFILE || fd == -ENOMEM)
		return error_set(err, LIBNS_STEP_PROC, -fd, "cannot open process %d", proc->pid);
	/*
	 * ESRCH is not the last word: procfs may be that of another pid
	 * namespace. Without the call (ENOSYS, or EPERM by a seccomp filter)
	 * the directory has to do.
	 */
	proc->pidfd = fd < 0 ? -1 : fd;
	return 0;
}

static int open_dir(int procfs_fd, struct libns_proc *proc, struct libns_error *err)
{
	struct place p = place(procfs_fd, "%d", proc->pid);
	int r;

	proc->dir_fd = sys_open_at(p.dir_fd, p.path, O_PATH | O_DIRECTORY);
	if (proc->dir_fd < 0)
		return explain_absent(procfs_fd, proc, -proc->dir_fd, err);
	r = proc_is_procfs(proc->dir_fd);
	if (r < 0)
		return error_set(err, LIBNS_STEP_PROC, -r, "cannot query process %d", proc->pid);
	if (r == 0 && procfs_fd == LIBNS_PROCFS)
		return error_say(err, LIBNS_STEP_PROC, ENODEV,
				 "cannot trust /proc/%d: it is not on a procfs", proc->pid);
	proc->fixture = r == 0;
	return 0;
}

/* Returns a process that nothing pins yet. */
static struct libns_proc unpinned(pid_t pid)
{
	return (struct libns_proc){ .pid = pid, .pidfd = -1, .dir_fd = -1 };
}

static int pin_number(int procfs_fd, pid_t pid, struct libns_proc *proc, struct libns_error *err)
{
	int number, r;

	*proc = unpinned(pid);
	r = open_pidfd(proc, err);
	if (r == 0)
		r = open_dir(procfs_fd, proc, err);
	if (r < 0 || proc->pidfd < 0)
		return r;
	number = proc->fixture ? ELSEWHERE : pidfd_number(procfs_fd, proc->pidfd);
	if (number == GONE)
		return error_say(err, LIBNS_STEP_PROC, ESRCH, "process %d has ended", pid);
	if (number != pid)
		proc->pidfd = base_close(proc->pidfd);
	return 0;
}

static int pin_pidfd(int procfs_fd, int pidfd, struct libns_proc *proc, struct libns_error *err)
{
	int number, r;

	*proc = unpinned(0);
	proc->pidfd = fcntl(pidfd, F_DUPFD_CLOEXEC, 3);
	if (proc->pidfd < 0)
		return error_set(err, LIBNS_STEP_PROC, errno, "cannot use descriptor %d as a pidfd",
				 pidfd);
	number = pidfd_number(procfs_fd, proc->pidfd);
	if (number == -EINVAL)
		return error_say(err, LIBNS_STEP_PROC, EINVAL, "descriptor %d is not a pidfd",
				 pidfd);
	if (number == GONE)
		return error_say(err, LIBNS_STEP_PROC, ESRCH, "the process of pidfd %d has ended",
				 pidfd);
	if (number == ELSEWHERE)
		return error_say(err, LIBNS_STEP_PROC, ESRCH,
				 "the process of pidfd %d is not visible in this procfs", pidfd);
	if (number < 0)
		return error_set(err, LIBNS_STEP_PROC, -number, "cannot read what pidfd %d is",
				 pidfd);
	proc->pid = number;
	r = open_dir(procfs_fd, proc, err);
	if (r < 0)
		return r;
	if (pidfd_number(procfs_fd, proc->pidfd) != proc->pid)
		return error_say(err, LIBNS_STEP_PROC, ESRCH, "process %d has ended", proc->pid);
	return 0;
}

static int pin_local(int procfs_fd, pid_t pid, struct libns_proc *proc, struct libns_error *err)
{
	struct libns_error why = LIBNS_ERROR_INIT;
	_cleanup_close_ int pidfd = -1;
	int r = pin_number(procfs_fd, pid, proc, &why);

	/* pin_number() has kept the pidfd if both count processes alike, as they usually do. */
	if (r == -ESRCH || (r == 0 && !proc->fixture && proc->pidfd < 0))
		pidfd = sys_pidfd_open(pid, 0);
	if (pidfd >= 0) {
		proc_unpin(proc);
		return pin_pidfd(procfs_fd, pidfd, proc, err);
	}
	if (r < 0 && err)
		*err = why;
	if (r == 0 && pidfd == -ESRCH)
		return error_say(err, LIBNS_STEP_PROC, ESRCH, "there is no process %d", pid);
	return r;
}

int proc_pin_local(int procfs_fd, pid_t pid, struct libns_proc *ret_proc, struct libns_error *err)
{
	struct libns_proc proc;
	int r = pin_local(procfs_fd, pid, &proc, err);

	if (r < 0)
		proc_unpin(&proc);
	else
		*ret_proc = proc;
	return r;
}

void proc_unpin(struct libns_proc *proc)
{
	proc->pidfd = base_close(proc->pidfd);
	proc->dir_fd = base_close(proc->dir_fd);
}

/* Hands out what was pinned, or lets go of it if that has failed with @r. */
static int hand_out(int r, struct libns_proc *proc, struct libns_proc **ret_proc,
		    struct libns_error *err)
{
	struct libns_proc *copy = r < 0 ? NULL : malloc(sizeof(*copy));

	if (r >= 0 && !copy)
		r = error_set(err, LIBNS_STEP_PROC, ENOMEM, "cannot open process %d", proc->pid);
	if (r < 0) {
		proc_unpin(proc);
		return r;
	}
	*copy = *proc;
	*ret_proc = copy;
	return 0;
}

LIBNS_PUBLIC int libns_proc_new(int procfs_fd, pid_t pid, struct libns_proc **ret_proc,
				struct libns_error *err)
{
	struct libns_proc proc;

	if (pid < 1 || !ret_proc)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "%d is not a process id", pid);
	return hand_out(pin_number(procfs_fd, pid, &proc, err), &proc, ret_proc, err);
}

LIBNS_PUBLIC int libns_proc_new_from_pidfd(int procfs_fd, int pidfd, struct libns_proc **ret_proc,
					   struct libns_error *err)
{
	struct libns_proc proc;

	return hand_out(pin_pidfd(procfs_fd, pidfd, &proc, err), &proc, ret_proc, err);
}

int proc_new_local(int procfs_fd, pid_t pid, struct libns_proc **ret_proc, struct libns_error *err)
{
	struct libns_proc proc;

	return hand_out(pin_local(procfs_fd, pid, &proc, err), &proc, ret_proc, err);
}

LIBNS_PUBLIC struct libns_proc *libns_proc_free(struct libns_proc *proc)
{
	if (proc)
		proc_unpin(proc);
	free(proc);
	return NULL;
}

LIBNS_PUBLIC pid_t libns_proc_get_pid(const struct libns_proc *proc)
{
	return proc->pid;
}

LIBNS_PUBLIC int libns_proc_get_pidfd(const struct libns_proc *proc)
{
	return proc->pidfd;
}

LIBNS_PUBLIC int libns_proc_get_dir_fd(const struct libns_proc *proc)
{
	return proc->dir_fd;
}

LIBNS_PUBLIC bool libns_proc_is_alive(const struct libns_proc *proc)
{
	struct stat st;

	if (proc->pidfd >= 0)
		return sys_pidfd_send_signal(proc->pidfd, 0) != -ESRCH;
	/* ESRCH means that it was reaped. ENOENT would only mean that procfs hides it. */
	return fstatat(proc->dir_fd, "stat", &st, AT_SYMLINK_NOFOLLOW) == 0 || errno != ESRCH;
}
