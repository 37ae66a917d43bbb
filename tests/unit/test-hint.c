/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <libns/error.h>
#include <libns/type.h>

#include "tap.h"

#define SOMEBODY 65533

static char line[640];

static int hint(unsigned int step, int code, uint64_t types, const char *text)
{
	struct libns_error err = { code, step, types, "" };

	snprintf(err.text, sizeof(err.text), "%s", text);
	return libns_error_hint(&err, line, sizeof(line));
}

static void need_root(void)
{
	if (geteuid() != 0)
		SKIP("needs root");
}

static void become_somebody(void)
{
	if (geteuid() == 0) {
		CHECK_INT(setgid(SOMEBODY), 0);
		CHECK_INT(setuid(SOMEBODY), 0);
		prctl(PR_SET_DUMPABLE, 1);
	}
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	CHECK(fd >= 0);
	CHECK_INT(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* Root in a user namespace of our own, which has limits of its own. */
static void enter_userns(uint64_t others)
{
	char map[48];
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (unshare((int)(CLONE_NEWUSER | others)) < 0)
		SKIP("no user namespaces here");
	snprintf(map, sizeof(map), "0 %u 1", uid);
	put("/proc/self/uid_map", map);
	put("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "0 %u 1", gid);
	put("/proc/self/gid_map", map);
}

static void private_mounts(void)
{
	need_root();
	CHECK_INT(unshare(CLONE_NEWNS), 0);
	CHECK_INT(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	CHECK_INT(mount("tmpfs", "/mnt", "tmpfs", 0, "mode=755"), 0);
}

static void cover(const char *path, const char *text)
{
	static int n;
	char own[32];

	snprintf(own, sizeof(own), "/mnt/%d", n++);
	put(own, text);
	if (mount(own, path, NULL, MS_BIND, NULL) < 0)
		SKIP("a file of /etc is missing to be covered");
}

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
	CHECK_INT(hint(LIBNS_STEP_MOUNT, EINVAL, 0, "x"), 1);
	CHECK_CONTAINS(line, "chroot");
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

static void install_filter(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0 /* number */),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_unshare, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	CHECK_INT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	CHECK_INT(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

TEST(outer_seccomp)
{
	install_filter();
	CHECK_INT(unshare(CLONE_NEWUSER), -1);
	CHECK_INT(errno, EPERM);
	CHECK_INT(hint(LIBNS_STEP_UNSHARE, EPERM, CLONE_NEWUSER, "x"), 1);
	CHECK_CONTAINS(line, "a seccomp filter of an outer sandbox");
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

TEST(covered_proc)
{
	private_mounts();
	/* What the kernel keeps empty may be covered. */
	mount("tmpfs", "/proc/sys/fs/binfmt_misc", "tmpfs", 0, NULL);
	CHECK_INT(hint(LIBNS_STEP_MOUNT, EPERM, CLONE_NEWUSER | CLONE_NEWPID, "x"), 0);
	CHECK_INT(mount("/dev/null", "/proc/cpuinfo", NULL, MS_BIND, NULL), 0);
	CHECK_INT(mount("tmpfs", "/proc/scsi", "tmpfs", 0, NULL) == 0 || errno == ENOENT, 1);
	CHECK_INT(hint(LIBNS_STEP_MOUNT, EPERM, CLONE_NEWUSER | CLONE_NEWPID, "x"), 1);
	CHECK_CONTAINS(line, "/proc is partly covered or read-only (/proc/cpuinfo");
	CHECK_CONTAINS(line, "unmask=ALL");
	/* One that is whole lifts it. */
	CHECK_INT(mkdir("/mnt/proc", 0755), 0);
	CHECK_INT(mount("proc", "/mnt/proc", "proc", 0, NULL), 0);
	CHECK_INT(hint(LIBNS_STEP_MOUNT, EPERM, CLONE_NEWUSER | CLONE_NEWPID, "x"), 0);
	/* Not one that another hides, as in a sandbox with a new /proc. */
	CHECK_INT(mount("proc", "/mnt/proc", "proc", 0, NULL), 0);
	CHECK_INT(mount("/dev/null", "/mnt/proc/cpuinfo", NULL, MS_BIND, NULL), 0);
	CHECK_INT(hint(LIBNS_STEP_MOUNT, EPERM, CLONE_NEWUSER | CLONE_NEWPID, "x"), 1);
	CHECK_CONTAINS(line, "/mnt/proc/cpuinfo");
}

TEST(proc_without_pid_namespace)
{
	CHECK_INT(hint(LIBNS_STEP_MOUNT, EPERM, CLONE_NEWUSER | CLONE_NEWNS, "x"), 1);
	CHECK_CONTAINS(line, "create a pid namespace too");
	/* Known from the process itself where the types are not. */
	enter_userns(CLONE_NEWNS);
	CHECK_INT(hint(LIBNS_STEP_MOUNT, EPERM, 0, "x"), 1);
	CHECK_CONTAINS(line, "create a pid namespace too");
}

TEST(hidden_processes)
{
	private_mounts();
	CHECK_INT(hint(LIBNS_STEP_PROC, ESRCH, 0, "x"), 0);
	CHECK_INT(mount("proc", "/proc", "proc", 0, "hidepid=2"), 0);
	CHECK_INT(hint(LIBNS_STEP_PROC, ESRCH, 0, "x"), 1);
	CHECK_CONTAINS(line, "hidepid");
}

static void accounts(const char *subids)
{
	private_mounts();
	cover("/etc/passwd", "root:x:0:0::/:/bin/sh\nsomebody:x:65533:65533::/:/bin/sh\n");
	cover("/etc/subuid", subids);
	cover("/etc/subgid", subids);
	cover("/etc/nsswitch.conf", "passwd: files\n");
	CHECK_INT(mkdir("/mnt/bin", 0755), 0);
	setenv("PATH", "/mnt/bin", 1);
}

static const char refusal[] = "cannot write uid_map: newuidmap: uid range [0-10) -> [1-11) not "
			      "allowed";

TEST(no_subordinate_ids)
{
	accounts("other:165536:65536\nother:1:x\n");
	become_somebody();
	CHECK_INT(hint(LIBNS_STEP_IDMAP, ENOENT, 0,
		       "user somebody has no range of ids in /etc/subuid"),
		  1);
	CHECK_STR(line, "as root: usermod --add-subuids 231072-296607 somebody");
	CHECK_INT(hint(LIBNS_STEP_IDMAP, ENOENT, 0,
		       "user somebody has no range of ids in /etc/subgid"),
		  1);
}

TEST(newuidmap_missing)
{
	accounts("somebody:100000:65536\n");
	become_somebody();
	CHECK_INT(hint(LIBNS_STEP_HELPER, ENOENT, 0, "newuidmap is not in PATH"), 1);
	CHECK_CONTAINS(line, "install it (Debian: uidmap");
	CHECK_INT(hint(LIBNS_STEP_HELPER, ENOENT, 0, "newgidmap is not in PATH"), 1);
	CHECK_CONTAINS(line, "install it");
}

static void put_newuidmap(mode_t mode)
{
	put("/mnt/bin/newuidmap", "#!/bin/sh\n");
	CHECK_INT(chmod("/mnt/bin/newuidmap", mode), 0);
}

TEST(newuidmap_not_privileged)
{
	accounts("somebody:100000:65536\n");
	put_newuidmap(0755);
	become_somebody();
	CHECK_INT(hint(LIBNS_STEP_HELPER, ECHILD, 0, "cannot write uid_map: x"), 1);
	CHECK_CONTAINS(line, "/mnt/bin/newuidmap is neither setuid root nor has file capabilities");
}

TEST(newuidmap_with_file_capabilities)
{
	struct vfs_cap_data data = { VFS_CAP_REVISION_2 | 1, { { 1U << CAP_SETUID, 0 } } };

	accounts("somebody:100000:65536\n");
	put_newuidmap(0755);
	if (syscall(SYS_setxattr, "/mnt/bin/newuidmap", "security.capability", &data, sizeof(data),
		    0) < 0)
		SKIP("no file capabilities on tmpfs");
	become_somebody();
	CHECK_INT(hint(LIBNS_STEP_HELPER, ECHILD, 0, "cannot write uid_map: x"), 0);
}

TEST(newuidmap_on_nosuid)
{
	accounts("somebody:100000:65536\n");
	put_newuidmap(04755);
	CHECK_INT(mount("none", "/mnt", NULL, MS_REMOUNT | MS_BIND | MS_NOSUID, NULL), 0);
	become_somebody();
	CHECK_INT(hint(LIBNS_STEP_HELPER, ECHILD, 0, "cannot write uid_map: x"), 1);
	CHECK_CONTAINS(line, "mounted nosuid");
}

TEST(newuidmap_under_no_new_privs)
{
	accounts("somebody:100000:65536\n");
	put_newuidmap(04755);
	CHECK_INT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	become_somebody();
	CHECK_INT(hint(LIBNS_STEP_HELPER, ECHILD, 0, "cannot write uid_map: x"), 1);
	CHECK_CONTAINS(line, "no_new_privs is set");
}

TEST(range_not_owned)
{
	accounts("somebody:100000:65536\n");
	put_newuidmap(04755);
	become_somebody();
	CHECK_INT(hint(LIBNS_STEP_HELPER, ECHILD, 0, refusal), 1);
	CHECK_STR(line, "user somebody may map the own user id and 65536 others from 100000 on");
	CHECK_INT(hint(LIBNS_STEP_HELPER, ECHILD, 0, "cannot write uid_map: x"), 0);
}

TEST(no_account)
{
	accounts("65532:100000:65536\n");
	put_newuidmap(04755);
	CHECK_INT(setuid(65532), 0);
	CHECK_INT(hint(LIBNS_STEP_HELPER, ECHILD, 0, "cannot write uid_map: x"), 1);
	CHECK_CONTAINS(line, "user 65532 has no account");
}

/* Where a failed libns_unshare() leaves the caller: all capabilities, and no ids. */
TEST(inside_the_unmapped_namespace)
{
	accounts("root:100000:65536\n");
	CHECK_INT(unshare(CLONE_NEWUSER), 0);
	CHECK_INT(hint(LIBNS_STEP_HELPER, ENOENT, 0, "newuidmap is not in PATH"), 1);
	CHECK_CONTAINS(line, "install it");
	CHECK_INT(hint(LIBNS_STEP_IDMAP, EPERM, 0, "cannot write uid_map"), 0);
	CHECK_INT(hint(LIBNS_STEP_IDMAP, EPERM, 0, "cannot write gid_map"), 1);
	CHECK_CONTAINS(line, "only once setgroups is denied");
}

TEST(helper_seen_from_the_unmapped_namespace)
{
	accounts("root:100000:65536\n");
	put_newuidmap(04755);
	CHECK_INT(unshare(CLONE_NEWUSER), 0);
	/* All files look like nobody's there. */
	CHECK_INT(hint(LIBNS_STEP_HELPER, ECHILD, 0, "cannot write uid_map: x"), 0);
	/* The user is the one who started the program, not nobody. */
	CHECK_INT(hint(LIBNS_STEP_HELPER, ECHILD, 0, refusal), 1);
	CHECK_CONTAINS(line, "user root may map the own user id and 65536 others");
}

TEST(outer_ids_missing)
{
	enter_userns(0);
	CHECK_INT(hint(LIBNS_STEP_IDMAP, EPERM, 0, "cannot write uid_map"), 1);
	CHECK_CONTAINS(line, "this user namespace has no user ids but 0;");
	CHECK_INT(hint(LIBNS_STEP_CREDENTIALS, EINVAL, 0, "cannot change to user 5"), 1);
	CHECK_INT(hint(LIBNS_STEP_CREDENTIALS, EPERM, 0, "cannot drop groups"), 1);
	CHECK_CONTAINS(line, "setgroups is denied for ever");
}

TEST(group_map_without_denial)
{
	become_somebody();
	CHECK_INT(hint(LIBNS_STEP_IDMAP, EPERM, 0, "cannot write gid_map"), 1);
	CHECK_CONTAINS(line, "only once setgroups is denied");
}

TEST(ids_without_privilege)
{
	become_somebody();
	CHECK_INT(hint(LIBNS_STEP_CREDENTIALS, EPERM, 0, "cannot change to user id 5"), 1);
	CHECK_CONTAINS(line, "without CAP_SETUID");
	CHECK_INT(hint(LIBNS_STEP_ROOT, EPERM, 0, "cannot change the root to '/tmp'"), 1);
	CHECK_CONTAINS(line, "without CAP_SYS_CHROOT");
	CHECK_INT(hint(LIBNS_STEP_TIME, EPERM, 0, "cannot set the clock offsets"), 1);
	CHECK_CONTAINS(line, "without CAP_SYS_TIME");
	CHECK_INT(hint(LIBNS_STEP_PERSIST, EPERM, 0, "x"), 1);
	CHECK_CONTAINS(line, "CAP_SYS_ADMIN there");
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

	CHECK_INT(setrlimit(RLIMIT_NPROC, &limit), 0);
	CHECK_INT(hint(LIBNS_STEP_CLONE, EAGAIN, 0, "x"), 1);
	CHECK_CONTAINS(line, "may have 5 processes");
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
