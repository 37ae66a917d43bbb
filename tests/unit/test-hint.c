/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <libns/error.h>
#include <libns/type.h>

#include "hint.h"
#include "one-proc.h"
#include "refuse.h"

TEST(nothing_to_say)
{
	line[0] = 'x';
	CHECK_INT(libns_error_hint(NULL, line, sizeof(line)), 0);
	CHECK_STR(line, "");
	CHECK_INT(hint(LIBNS_STEP_NONE, 0, 0, ""), 0);
	CHECK_INT(hint(LIBNS_STEP_ARGUMENT, EINVAL, 0, "x"), 0);
	CHECK_INT(hint(LIBNS_STEP_UNSHARE, EIO, 0, "x"), 0);
	CHECK_INT(libns_error_hint(NULL, NULL, 0), 0);
}

TEST(limit_is_zero)
{
	enter_userns(0);
	put("/proc/sys/user/max_net_namespaces", "0");
	CHECK(unshare(CLONE_NEWNET) < 0);
	CHECK_INT(hint(LIBNS_STEP_UNSHARE, ENOSPC, CLONE_NEWNET | CLONE_NEWUTS, "x"), 1);
	CHECK_CONTAINS(line, "user.max_net_namespaces is 0; as root");
	/* The types not asked for are not to blame. */
	CHECK_INT(hint(LIBNS_STEP_UNSHARE, ENOSPC, CLONE_NEWUTS, "x"), 0);
	put("/proc/sys/user/max_user_namespaces", "0");
	CHECK_INT(hint(LIBNS_STEP_CLONE, ENOSPC, CLONE_NEWUSER, "x"), 1);
	CHECK_CONTAINS(line, "user.max_user_namespaces is 0");
}

TEST(limit_is_used_up)
{
	enter_userns(0);
	put("/proc/sys/user/max_uts_namespaces", "1");
	CHECK_INT(unshare(CLONE_NEWUTS), 0);
	CHECK(unshare(CLONE_NEWUTS) < 0);
	CHECK_INT(hint(LIBNS_STEP_UNSHARE, ENOSPC, CLONE_NEWIPC | CLONE_NEWUTS, "x"), 1);
	CHECK_CONTAINS(line, "user.max_uts_namespaces is used up, here (1)");
}

TEST(nested_too_deep)
{
	char map[48] = "";

	enter_userns(0);
	for (int i = 0; i < 40; i++) {
		if (unshare(CLONE_NEWUSER) < 0)
			break;
		snprintf(map, sizeof(map), "0 0 1");
		put("/proc/self/uid_map", map);
		put("/proc/self/setgroups", "deny");
		put("/proc/self/gid_map", map);
	}
	CHECK_INT(hint(LIBNS_STEP_UNSHARE, ENOSPC, CLONE_NEWUSER, "x"), 1);
	CHECK_CONTAINS(line, "nested 32 deep");
}

TEST(chroot_without_mount)
{
	need_root();
	private_mounts();
	CHECK_INT(mkdir("/mnt/root", 0755), 0);
	CHECK_INT(mkdir("/mnt/root/proc", 0755), 0);
	CHECK_INT(mount("/proc", "/mnt/root/proc", NULL, MS_BIND, NULL), 0);
	CHECK_INT(chroot("/mnt/root"), 0);
	CHECK_INT(chdir("/"), 0);
	CHECK_INT(unshare(CLONE_NEWUSER), -1);
	CHECK_INT(errno, EPERM);
	CHECK_INT(hint(LIBNS_STEP_UNSHARE, EPERM, CLONE_NEWUSER, "x"), 1);
	CHECK_CONTAINS(line, "chroot");
	CHECK_CONTAINS(line, "pivot_root");
	CHECK_INT(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), -1);
	CHECK_INT(errno, EINVAL);
	CHECK_INT(hint(LIBNS_STEP_MOUNT, EINVAL, 0, "cannot change the propagation of '/'"), 1);
	CHECK_CONTAINS(line, "--propagation unchanged");
	/* An ordinary user sees it as well. */
	become_somebody();
	CHECK_INT(hint(LIBNS_STEP_CLONE, EPERM, CLONE_NEWUSER, "x"), 1);
	CHECK_CONTAINS(line, "chroot");
}

TEST(chroot_on_mount_point)
{
	need_root();
	private_mounts();
	CHECK_INT(mkdir("/mnt/proc", 0755), 0);
	CHECK_INT(mount("/proc", "/mnt/proc", NULL, MS_BIND, NULL), 0);
	CHECK_INT(hint(LIBNS_STEP_MOUNT, EINVAL, 0, "x"), 0);
	CHECK_INT(chroot("/mnt"), 0);
	CHECK_INT(chdir("/"), 0);
	/* Its / has a propagation of its own. */
	CHECK_INT(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	CHECK_INT(hint(LIBNS_STEP_MOUNT, EINVAL, 0, "x"), 0);
	CHECK_INT(hint(LIBNS_STEP_UNSHARE, EPERM, CLONE_NEWUSER, "x"), 1);
	CHECK_CONTAINS(line, "chroot");
	/* And only user namespaces are refused there. */
	CHECK_INT(hint(LIBNS_STEP_UNSHARE, EPERM, CLONE_NEWNET, "x"), 0);
}

TEST(chroot_on_the_same_directory)
{
	private_mounts();
	/* The very file the true root is, but another mount of it. */
	CHECK_INT(mount("/", "/mnt", NULL, MS_BIND | MS_REC, NULL), 0);
	CHECK_INT(chroot("/mnt"), 0);
	CHECK_INT(chdir("/"), 0);
	CHECK_INT(hint(LIBNS_STEP_UNSHARE, EPERM, CLONE_NEWUSER, "x"), 1);
	CHECK_CONTAINS(line, "chroot");
}

TEST(no_user_namespace_asked_for)
{
	become_somebody();
	CHECK_INT(hint(LIBNS_STEP_UNSHARE, EPERM, CLONE_NEWNET, "x"), 1);
	CHECK_CONTAINS(line, "without CAP_SYS_ADMIN");
	CHECK_CONTAINS(line, "add the user namespace, or be root");
	CHECK_INT(hint(LIBNS_STEP_ENTER, EPERM, CLONE_NEWNET, "x"), 1);
}

TEST(ids_without_map)
{
	if (unshare(CLONE_NEWUSER) < 0)
		SKIP("no user namespaces here");
	CHECK_INT(unshare(CLONE_NEWUSER), -1);
	CHECK_INT(errno, EPERM);
	CHECK_INT(hint(LIBNS_STEP_UNSHARE, EPERM, CLONE_NEWUSER, "x"), 1);
	CHECK_CONTAINS(line, "is not mapped in this user namespace");
}

static void *sleeper(void *arg)
{
	pause();
	return arg;
}

TEST(threads)
{
	pthread_t thread;

	CHECK_INT(hint(LIBNS_STEP_UNSHARE, EINVAL, CLONE_NEWUSER, "x"), 0);
	CHECK_INT(pthread_create(&thread, NULL, sleeper, NULL), 0);
	CHECK_INT(unshare(CLONE_NEWUSER), -1);
	CHECK_INT(errno, EINVAL);
	CHECK_INT(hint(LIBNS_STEP_UNSHARE, EINVAL, CLONE_NEWUSER, "x"), 1);
	CHECK_CONTAINS(line, "this process has 2 threads");
	CHECK_INT(hint(LIBNS_STEP_UNSHARE, EINVAL, CLONE_NEWNET, "x"), 0);
}

TEST(outer_seccomp)
{
	refuse(SYS_unshare, EPERM);
	CHECK_INT(unshare(CLONE_NEWUSER), -1);
	CHECK_INT(errno, EPERM);
	CHECK_INT(hint(LIBNS_STEP_UNSHARE, EPERM, CLONE_NEWUSER, "x"), 1);
	CHECK_CONTAINS(line, "a seccomp filter refuses unshare");
}

TEST(switch_of_debian)
{
	private_mounts();
	CHECK_INT(mount("tmpfs", "/proc/sys/kernel", "tmpfs", 0, "mode=755"), 0);
	put("/proc/sys/kernel/unprivileged_userns_clone", "0\n");
	become_somebody();
	CHECK_INT(hint(LIBNS_STEP_UNSHARE, EPERM, CLONE_NEWUSER, "x"), 1);
	CHECK_CONTAINS(line, "kernel.unprivileged_userns_clone is 0");
	CHECK_CONTAINS(line, "sysctl kernel.unprivileged_userns_clone=1");
}

TEST(apparmor_that_lets_us)
{
	private_mounts();
	CHECK_INT(mount("tmpfs", "/proc/sys/kernel", "tmpfs", 0, "mode=755"), 0);
	put("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n");
	become_somebody();
	/* The switch is on, but in truth nothing is restricted: no false alarm. */
	CHECK_INT(hint(LIBNS_STEP_IDMAP, EPERM, CLONE_NEWUSER, "cannot write uid_map"), 0);
	/* With the second unshare refused, as AppArmor would. */
	enter_userns(0);
	put("/proc/sys/user/max_uts_namespaces", "0");
	CHECK_INT(hint(LIBNS_STEP_IDMAP, EPERM, CLONE_NEWUSER, "cannot write uid_map"), 1);
	CHECK_CONTAINS(line, "AppArmor takes away all capabilities");
}

static const char procfs[] = "cannot mount a procfs on '/proc'";

TEST(covered_proc)
{
	private_mounts();
	leave_one_proc();
	/* What the kernel keeps empty may be covered. */
	mount("tmpfs", "/proc/sys/fs/binfmt_misc", "tmpfs", 0, NULL);
	CHECK_INT(hint(LIBNS_STEP_MOUNT, EPERM, CLONE_NEWUSER | CLONE_NEWPID, procfs), 0);
	CHECK_INT(mount("/dev/null", "/proc/cpuinfo", NULL, MS_BIND, NULL), 0);
	CHECK_INT(mount("tmpfs", "/proc/scsi", "tmpfs", 0, NULL) == 0 || errno == ENOENT, 1);
	CHECK_INT(hint(LIBNS_STEP_MOUNT, EPERM, CLONE_NEWUSER | CLONE_NEWPID, procfs), 1);
	CHECK_CONTAINS(line, "/proc is partly covered or read-only (/proc/cpuinfo");
	CHECK_CONTAINS(line, "unmask=ALL");
	/* One that is whole lifts it. */
	CHECK_INT(mkdir("/mnt/proc", 0755), 0);
	CHECK_INT(mount("proc", "/mnt/proc", "proc", 0, NULL), 0);
	CHECK_INT(hint(LIBNS_STEP_MOUNT, EPERM, CLONE_NEWUSER | CLONE_NEWPID, procfs), 0);
	/* Not one that another hides, as in a sandbox with a new /proc. */
	CHECK_INT(mount("proc", "/mnt/proc", "proc", 0, NULL), 0);
	CHECK_INT(mount("/dev/null", "/mnt/proc/cpuinfo", NULL, MS_BIND, NULL), 0);
	CHECK_INT(hint(LIBNS_STEP_MOUNT, EPERM, CLONE_NEWUSER | CLONE_NEWPID, procfs), 1);
	CHECK_CONTAINS(line, "/mnt/proc/cpuinfo");
}

TEST(proc_without_pid_namespace)
{
	CHECK_INT(hint(LIBNS_STEP_MOUNT, EPERM, CLONE_NEWUSER | CLONE_NEWNS, procfs), 1);
	CHECK_CONTAINS(line, "create a pid namespace too");
	/* Known from the process itself where the types are not. */
	enter_userns(CLONE_NEWNS);
	CHECK_INT(hint(LIBNS_STEP_MOUNT, EPERM, 0, procfs), 1);
	CHECK_CONTAINS(line, "create a pid namespace too");
	/* Other mounts do not ask for one. */
	CHECK_INT(hint(LIBNS_STEP_MOUNT, EPERM, 0, "cannot change the propagation of '/'"), 0);
}

TEST(hidden_processes)
{
	private_mounts();
	CHECK_INT(hint(LIBNS_STEP_PROC, ESRCH, 0, "x"), 0);
	CHECK_INT(mount("proc", "/proc", "proc", 0, "hidepid=2"), 0);
	/* Not from root, nor from group 0, which is the one where none is named. */
	CHECK_INT(hint(LIBNS_STEP_PROC, ESRCH, 0, "x"), 0);
	become_somebody();
	CHECK_INT(hint(LIBNS_STEP_PROC, ESRCH, 0, "x"), 1);
	CHECK_CONTAINS(line, "hidepid");
}

TEST(directory_on_the_way)
{
	private_mounts();
	CHECK_INT(mkdir("/mnt/open", 0755), 0);
	CHECK_INT(mkdir("/mnt/open/shut", 0700), 0);
	CHECK_INT(hint(LIBNS_STEP_ROOT, EACCES, 0, "cannot change the root to '/mnt/open/shut/x'"),
		  0);
	become_somebody();
	CHECK_INT(hint(LIBNS_STEP_ROOT, EACCES, 0, "cannot change the root to '/mnt/open/shut/x'"),
		  1);
	CHECK_STR(line, "'/mnt/open/shut' may not be searched by user 65533: it belongs to user 0, "
			"group 0, with mode 0700");
	CHECK_INT(hint(LIBNS_STEP_EXEC, EACCES, 0, "cannot execute '/mnt/open/shut/x': y"), 1);
	CHECK_CONTAINS(line, "'/mnt/open/shut' may not be searched");
	CHECK_INT(hint(LIBNS_STEP_ROOT, EACCES, 0, "cannot change the root to '/mnt/open/shut'"),
		  1);
	CHECK_CONTAINS(line, "'/mnt/open/shut' may not be searched");
	CHECK_INT(hint(LIBNS_STEP_ROOT, EACCES, 0, "cannot change the root to '/mnt/open'"), 0);
	CHECK_INT(hint(LIBNS_STEP_ROOT, EACCES, 0, "cannot change the root to ''"), 0);
}

TEST(program_that_cannot_run)
{
	private_mounts();
	put("/mnt/file", "x");
	CHECK_INT(hint(LIBNS_STEP_EXEC, EACCES, 0, "cannot execute '/mnt/file': y"), 1);
	CHECK_CONTAINS(line, "'/mnt/file' may not be executed by user 0: it belongs to user 0, "
			     "group 0, with mode 0644; chmod a+x");
	CHECK_INT(hint(LIBNS_STEP_EXEC, EACCES, 0, "cannot execute '/mnt': y"), 1);
	CHECK_STR(line, "'/mnt' is a directory");
	CHECK_INT(mount("none", "/mnt", NULL, MS_REMOUNT | MS_BIND | MS_NOEXEC, NULL), 0);
	CHECK_INT(hint(LIBNS_STEP_EXEC, EACCES, 0, "cannot execute '/mnt/file': y"), 1);
	CHECK_CONTAINS(line, "mounted noexec");
	CHECK_INT(hint(LIBNS_STEP_EXEC, EACCES, 0, "cannot execute 'file': y"), 0);
}

TEST(foreign_process)
{
	become_somebody();
	CHECK_INT(hint(LIBNS_STEP_PROC, EACCES, 0, "x"), 1);
	CHECK_CONTAINS(line, "without CAP_SYS_PTRACE");
}

TEST(process_limit)
{
	struct rlimit limit = { 5, 5 };

	become_somebody();
	CHECK_INT(setrlimit(RLIMIT_NPROC, &limit), 0);
	CHECK_INT(hint(LIBNS_STEP_CLONE, EAGAIN, 0, "x"), 1);
	CHECK_CONTAINS(line, "may have 5 processes");
	/* Nothing that runs at exit may need a thread. */
	_exit(0);
}

TEST(dead_pid_namespace)
{
	pid_t pid;

	need_root();
	CHECK_INT(unshare(CLONE_NEWPID), 0);
	pid = fork();
	if (pid == 0)
		_exit(0);
	CHECK_INT(waitpid(pid, NULL, 0), pid);
	CHECK_INT(fork(), -1);
	CHECK_INT(errno, ENOMEM);
	CHECK_INT(hint(LIBNS_STEP_CLONE, ENOMEM, 0, "x"), 1);
	CHECK_CONTAINS(line, "it is dead");
	/* Nothing that runs at exit may need a thread. */
	_exit(0);
}

TEST(nothing_in_the_way)
{
	static const unsigned int steps[] = { LIBNS_STEP_UNSHARE, LIBNS_STEP_CLONE };

	if (geteuid() != 0)
		SKIP("needs root");
	for (size_t i = 0; i < 2; i++) {
		CHECK_INT(hint(steps[i], EPERM, LIBNS_TYPES_ALL, "x"), 0);
		CHECK_INT(hint(steps[i], ENOSPC, LIBNS_TYPES_ALL, "x"), 0);
		CHECK_INT(hint(steps[i], EINVAL, LIBNS_TYPES_ALL, "x"), 0);
	}
	/* The probes left no child behind. */
	CHECK_INT(waitpid(-1, NULL, __WALL), -1);
}

TEST(cut_to_size)
{
	char small[20];
	struct libns_error err = { EPERM, LIBNS_STEP_UNSHARE, CLONE_NEWNET, "x" };

	become_somebody();
	memset(small, 'x', sizeof(small));
	CHECK_INT(libns_error_hint(&err, small, 10), 1);
	CHECK_INT(strlen(small), 9);
	CHECK_INT(small[10], 'x');
}

TAP_MAIN
