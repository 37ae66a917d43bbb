/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libns/nsfd.h>
#include <libns/proc.h>
#include <libns/type.h>

#include "base/sys.h"
#include "kernel/proc.h"
#include "pid-namespace.h"
#include "process.h"

static void reuse_the_number(void)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_proc *proc, *without_pidfd;
	struct libns_id id;
	pid_t *pids, old = start(NULL);
	size_t n;
	int procfs;

	if (mount("proc", "/proc", "proc", 0, NULL) < 0)
		SKIP("no new procfs here");
	procfs = open("/proc", O_PATH | O_CLOEXEC);
	proc = pin(old);
	CHECK_INT(libns_proc_new(procfs, old, &without_pidfd, &err), 0);
	CHECK(libns_proc_get_pidfd(proc) >= 3);
	end(old);
	start_with_number(old);

	/* The number lives again; the handle does not. */
	CHECK_INT(kill(old, 0), 0);
	CHECK(!libns_proc_is_alive(proc));
	CHECK_INT(libns_proc_open_ns(proc, LIBNS_TYPE_NET, &err), -ESRCH);
	CHECK_CONTAINS(err.text, "it has ended");
	CHECK_INT(libns_proc_read_id(proc, LIBNS_TYPE_USER, &id, &err), -ESRCH);
	CHECK_INT(libns_proc_read_nspid(proc, &pids, &n, &err), -ESRCH);
	CHECK_INT(libns_proc_open_root(proc, &err), -ESRCH);
	CHECK_INT(sys_pidfd_send_signal(libns_proc_get_pidfd(proc), SIGKILL), -ESRCH);
	CHECK_INT(libns_proc_open_root(without_pidfd, &err), -ESRCH);
	/* A new handle reads the new process. */
	CHECK(libns_proc_open_ns(pin(old), LIBNS_TYPE_NET, &err) >= 3);
	CHECK_INT(kill(old, SIGKILL), 0);
}

TEST(reused_number_is_never_read)
{
	in_pid_namespace(reuse_the_number);
}

/* /proc is still that of the outer pid namespace. */
static void foreign_procfs(void)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_proc *proc = NULL;
	char self[16] = "";

	CHECK(readlink("/proc/self", self, sizeof(self) - 1) > 0);
	CHECK(atoi(self) > 1);
	/* Number 1 of that procfs is not us, and pidfd_open(1) would be. */
	CHECK_INT(libns_proc_new(LIBNS_PROCFS, 1, &proc, &err), 0);
	CHECK_INT(libns_proc_get_pidfd(proc), -1);
	libns_proc_free(proc);
	CHECK_INT(libns_proc_new(LIBNS_PROCFS, atoi(self), &proc, &err), 0);
	CHECK(libns_proc_is_alive(proc));
	CHECK(libns_proc_open_ns(proc, LIBNS_TYPE_PID, &err) >= 3);
	libns_proc_free(proc);
	/* Number 1 of ours is us, which that procfs calls otherwise. */
	CHECK_INT(getpid(), 1);
	CHECK_INT(proc_new_local(LIBNS_PROCFS, 1, &proc, &err), 0);
	CHECK_INT(libns_proc_get_pid(proc), atoi(self));
	CHECK(libns_proc_get_pidfd(proc) >= 3);
	libns_proc_free(proc);
	CHECK_INT(proc_new_local(LIBNS_PROCFS, 4194303, &proc, &err), -ESRCH);
}

TEST(procfs_of_another_pid_namespace)
{
	in_pid_namespace(foreign_procfs);
}

TEST(overmounted_proc)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_proc *proc = NULL;

	if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0)
		SKIP("needs root");
	CHECK_INT(mount("none", "/", NULL, MS_PRIVATE | MS_REC, NULL), 0);
	CHECK_INT(mount("tmpfs", "/proc", "tmpfs", 0, NULL), 0);
	CHECK_INT(libns_proc_new(LIBNS_PROCFS, getpid(), &proc, &err), -ENODEV);
	CHECK_CONTAINS(err.text, "no procfs is mounted on /proc");
	CHECK_INT(mkdir("/proc/77", 0700), 0);
	CHECK_INT(libns_proc_new(LIBNS_PROCFS, 77, &proc, &err), -ENODEV);
	CHECK_STR(err.text, "cannot trust /proc/77: it is not on a procfs");
}

TEST(hidden_by_mount_option)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_proc *proc = NULL;
	struct libns_proc_ids ids = LIBNS_PROC_IDS_INIT;
	pid_t pid = start(NULL);
	char text[128];

	if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0)
		SKIP("needs root");
	CHECK_INT(mount("none", "/", NULL, MS_PRIVATE | MS_REC, NULL), 0);
	CHECK_INT(mount("proc", "/proc", "proc", 0, "hidepid=2"), 0);
	/* Group 0 is the one that hidepid does not concern. */
	CHECK_INT(sys_setgroups(0, NULL), 0);
	CHECK_INT(setgid(65533), 0);
	CHECK_INT(setuid(65533), 0);
	proc = pin(pid);
	CHECK(libns_proc_is_alive(proc));
	CHECK_INT(libns_proc_read_ids(proc, &ids, &err), -EACCES);
	snprintf(text, sizeof(text),
		 "cannot read the status of process %d: procfs hides it (mount option hidepid)",
		 pid);
	CHECK_STR(err.text, text);
	CHECK_INT(libns_proc_open_ns(proc, LIBNS_TYPE_NET, &err), -EACCES);
	CHECK_CONTAINS(err.text, "procfs hides it");
	CHECK_INT(libns_proc_new(LIBNS_PROCFS, INT_MAX, &proc, &err), -ESRCH);
}

static void pid_namespace_without_first_process(void)
{
	if (unshare((geteuid() ? CLONE_NEWUSER : 0) | CLONE_NEWPID) < 0)
		_exit(1);
}

TEST(pid_namespace_for_children)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_proc *proc = pin(start(pid_namespace_without_first_process));
	int r = libns_proc_open_ns_for_children(proc, LIBNS_TYPE_PID, &err);

	if (r >= 0)
		SKIP("since Linux 7.1 it opens before its first process");
	CHECK_INT(r, -ENOENT);
	CHECK_CONTAINS(err.text, "cannot open the pid namespace for children of process");
	CHECK_CONTAINS(err.text, "it has no first process yet");
	CHECK(tap_keep(libns_proc_open_ns_for_children(proc, LIBNS_TYPE_TIME, &err)) >= 3);
}

static pid_t nested_innermost;

static void nested(void)
{
	pid_t *pids, *tgids;
	size_t n, n_tgids;

	nested_innermost = fork();
	if (nested_innermost == 0) {
		struct libns_proc *proc = NULL;
		char self[16] = "";

		CHECK(readlink("/proc/self", self, sizeof(self) - 1) > 0);
		CHECK_INT(libns_proc_new(LIBNS_PROCFS, atoi(self), &proc, NULL), 0);
		CHECK_INT(libns_proc_read_nspid(proc, &pids, &n, NULL), 0);
		CHECK_INT(libns_proc_read_nstgid(proc, &tgids, &n_tgids, NULL), 0);
		CHECK(n >= 2);
		CHECK_INT(n, n_tgids);
		CHECK_INT(pids[0], atoi(self));
		CHECK_INT(pids[n - 1], getpid());
		CHECK_INT(tgids[n - 1], getpid());
		free(pids);
		free(tgids);
		exit(0);
	}
	waitpid(nested_innermost, &(int){ 0 }, 0);
}

TEST(ids_in_every_pid_namespace)
{
	in_pid_namespace(nested);
}

TAP_MAIN
