/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "hint.h"

/* Where the caller is: the answers that hints begin with. */

#define KILL SECCOMP_RET_KILL_PROCESS

static const char propagation[] = "cannot change the propagation of '/': x";

/* Refuses a call; with @mask only where its first argument has one of these bits. */
static void refuse(unsigned int number, unsigned int how, unsigned int mask)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, mask, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, how == KILL ? KILL : SECCOMP_RET_ERRNO | how),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	if (!mask)
		code[3] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0, 0, 1);
	CHECK_INT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		SKIP("the kernel has no seccomp filters");
}

/* In no container and no unit, whatever runs the tests. */
static void nowhere(void)
{
	private_mounts();
	setenv("container", "", 1);
	unsetenv("INVOCATION_ID");
	cover("/proc/self/cgroup", "0::/\n");
}

static void in_unit(const char *cgroup)
{
	private_mounts();
	setenv("container", "", 1);
	unsetenv("INVOCATION_ID");
	cover("/proc/self/cgroup", cgroup);
}

TEST(no_procfs)
{
	private_mounts();
	CHECK_INT(mount("none", "/proc", "tmpfs", 0, NULL), 0);
	become_somebody();
	CHECK_INT(hint(LIBNS_STEP_IDMAP, ENOENT, 0,
		       "cannot write /proc/self/uid_map: No such file or directory"),
		  1);
	CHECK_CONTAINS(line, "there is no procfs on /proc");
	CHECK_CONTAINS(line, "mount -t proc proc /proc");
	CHECK_CONTAINS(line, "-U without -r");
	CHECK(!strstr(line, "usermod") && !strstr(line, "/etc/subuid"));
	CHECK_INT(hint(LIBNS_STEP_TIME, ENOENT, 0, "cannot set the clock offsets"), 1);
	CHECK_INT(hint(LIBNS_STEP_CLONE, ENOENT, CLONE_NEWNET, "x"), 1);
	CHECK_INT(hint(LIBNS_STEP_PROC, ENODEV, 0, "x"), 1);
	CHECK_CONTAINS(line, "there is no procfs on /proc");
	/* A file elsewhere is missing for reasons of its own. */
	(void)hint(LIBNS_STEP_OPEN, ENOENT, 0, "cannot open namespace '/tmp/x'");
	CHECK(!strstr(line, "procfs"));
	/* Nothing that runs at exit may need it. */
	_exit(0);
}

TEST(procfs_is_there)
{
	CHECK_INT(hint(LIBNS_STEP_IDMAP, ENOENT, 0, "cannot write /proc/self/uid_map"), 0);
	CHECK_INT(hint(LIBNS_STEP_PROC, ENODEV, 0, "x"), 0);
}

TEST(procfs_of_another_pid_namespace)
{
	int ends[2];
	char byte;
	pid_t pid;

	private_mounts();
	CHECK_INT(pipe(ends), 0);
	CHECK_INT(unshare(CLONE_NEWPID), 0);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		byte = mount("proc", "/proc", "proc", 0, NULL) < 0;
		(void)!write(ends[1], &byte, 1);
		for (;;)
			pause();
	}
	CHECK_INT(read(ends[0], &byte, 1), 1);
	CHECK_INT(byte, 0);
	CHECK_INT(hint(LIBNS_STEP_IDMAP, ENOENT, 0, "cannot write /proc/self/uid_map"), 1);
	CHECK_CONTAINS(line, "the procfs on /proc is that of another pid namespace");
	kill(pid, SIGKILL);
	_exit(0);
}

TEST(filter_refuses_this_call)
{
	nowhere();
	refuse(SYS_mount, EACCES, 0);
	CHECK_INT(hint(LIBNS_STEP_MOUNT, EACCES, 0, propagation), 1);
	CHECK_CONTAINS(line, "a seccomp filter refuses mount; have whoever put the filter there");
	CHECK(!strstr(line, "procfs"));
	/* With another errno it was something else. */
	CHECK_INT(hint(LIBNS_STEP_MOUNT, EPERM, 0, propagation), 0);
	/* And other calls pass. */
	CHECK_INT(hint(LIBNS_STEP_UNSHARE, EACCES, CLONE_NEWNET, "x"), 0);
}

TEST(filter_has_nothing_to_do_with_it)
{
	static const unsigned int steps[] = {
		LIBNS_STEP_UNSHARE, LIBNS_STEP_CLONE, LIBNS_STEP_ENTER,       LIBNS_STEP_MOUNT,
		LIBNS_STEP_ROOT,    LIBNS_STEP_CAPS,  LIBNS_STEP_CREDENTIALS, LIBNS_STEP_EXEC,
	};

	nowhere();
	refuse(SYS_swapoff, EPERM, 0);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		CHECK_INT(hint(steps[i], EPERM, 0, "cannot root group user host name socket"), 0);
}

TEST(filter_that_cannot_be_looked_at)
{
	nowhere();
	refuse(SYS_mount, EPERM, 0);
	CHECK_INT(umount2("/proc", MNT_DETACH), 0);
	CHECK_INT(hint(LIBNS_STEP_MOUNT, EPERM, 0, propagation), 1);
	CHECK_CONTAINS(line, "a seccomp filter refuses mount");
	_exit(0);
}

TEST(filter_of_a_unit)
{
	in_unit("7:pids:/other.service\n1:name=systemd:/system.slice/web.service\n0::/\n");
	refuse(SYS_mount, EPERM, 0);
	CHECK_INT(hint(LIBNS_STEP_MOUNT, EPERM, 0, propagation), 1);
	CHECK_STR(line, "a seccomp filter refuses mount; let web.service have mount: "
			"SystemCallFilter=mount in the unit");
	refuse(SYS_unshare, EPERM, 0);
	CHECK_INT(hint(LIBNS_STEP_UNSHARE, EPERM, CLONE_NEWUTS, "x"), 1);
	CHECK_CONTAINS(line, "refuses unshare; let web.service have unshare: SystemCallFilter=");
	refuse(SYS_sethostname, EPERM, 0);
	CHECK_INT(hint(LIBNS_STEP_NAMES, EPERM, 0, "cannot set the host name to 'x'"), 0);
}

TEST(filter_of_a_unit_on_types)
{
	in_unit("0::/user.slice/user@1.service/app.slice/web.service/sub\n");
	refuse(SYS_unshare, EPERM, CLONE_NEWNET | CLONE_NEWUSER);
	CHECK_INT(hint(LIBNS_STEP_UNSHARE, EPERM, CLONE_NEWNET | CLONE_NEWUTS, "x"), 1);
	CHECK_STR(line, "a seccomp filter refuses unshare for namespaces of type net; let "
			"web.service have it: RestrictNamespaces=no in the unit, or the types that "
			"it needs");
	CHECK_INT(hint(LIBNS_STEP_UNSHARE, EPERM, CLONE_NEWUTS, "x"), 0);
}

TEST(other_settings_of_a_unit)
{
	in_unit("0::/system.slice/web.service\n");
	refuse(SYS_socket, EAFNOSUPPORT, AF_NETLINK);
	refuse(SYS_sethostname, EPERM, 0);
	CHECK_INT(hint(LIBNS_STEP_NETLINK, EAFNOSUPPORT, 0, "cannot open a netlink socket"), 1);
	CHECK_CONTAINS(line, "RestrictAddressFamilies=AF_NETLINK");
	CHECK_INT(hint(LIBNS_STEP_NAMES, EPERM, 0, "cannot set the host name to 'x'"), 1);
	CHECK_CONTAINS(line, "ProtectHostname=no");
}

TEST(unit_without_a_name)
{
	in_unit("0::/\n");
	setenv("INVOCATION_ID", "0123", 1);
	refuse(SYS_mount, EPERM, 0);
	CHECK_INT(hint(LIBNS_STEP_MOUNT, EPERM, 0, propagation), 1);
	CHECK_CONTAINS(line, "let the systemd unit it runs in have mount");
}

TEST(a_scope_is_no_service)
{
	in_unit("0::/user.slice/user@1.service/app.slice/run-1.scope\n");
	setenv("INVOCATION_ID", "0123", 1);
	refuse(SYS_mount, EPERM, 0);
	CHECK_INT(hint(LIBNS_STEP_MOUNT, EPERM, 0, propagation), 1);
	CHECK_CONTAINS(line, "have whoever put the filter there");
}

TEST(filter_of_a_container)
{
	static const struct {
		const char *manager, *words;
	} cases[] = {
		{ "docker", "--security-opt seccomp=unconfined" },
		{ "podman", "--security-opt seccomp=unconfined" },
		{ "systemd-nspawn", "--system-call-filter=mount" },
		{ "lxc", "lxc.seccomp.profile" },
		{ "kubernetes", "seccompProfile" },
		{ "unheard-of", "whoever put the filter there" },
	};

	nowhere();
	refuse(SYS_mount, EPERM, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		setenv("container", cases[i].manager, 1);
		CHECK_INT(hint(LIBNS_STEP_MOUNT, EPERM, 0, propagation), 1);
		CHECK_CONTAINS(line, cases[i].words);
	}
}

TEST(filter_that_kills)
{
	nowhere();
	refuse(SYS_mount, KILL, 0);
	CHECK_INT(hint(LIBNS_STEP_WAIT, EIO, 0, "the child ended before it was done"), 1);
	CHECK_CONTAINS(line, "a seccomp filter kills whoever calls mount");
	CHECK_INT(hint(LIBNS_STEP_MOUNT, EPERM, 0, propagation), 0);
	CHECK_INT(waitpid(-1, NULL, __WALL), -1);
}

/* Landlock forbids every mount to whom it confines, with EPERM. */
static void confine(void)
{
	struct landlock_ruleset_attr ask = { .handled_access_fs = LANDLOCK_ACCESS_FS_MAKE_SOCK };
	int fd = (int)syscall(SYS_landlock_create_ruleset, &ask, sizeof(ask), 0);

	if (fd < 0)
		SKIP("the kernel has no Landlock");
	CHECK_INT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	CHECK_INT(syscall(SYS_landlock_restrict_self, fd, 0), 0);
	close(fd);
	CHECK_INT(mount("none", "/mnt", NULL, MS_PRIVATE, NULL), -1);
	CHECK_INT(errno, EPERM);
}

TEST(security_module)
{
	nowhere();
	CHECK_INT(hint(LIBNS_STEP_MOUNT, EPERM, 0, propagation), 0);
	confine();
	CHECK_INT(hint(LIBNS_STEP_MOUNT, EPERM, 0, propagation), 1);
	CHECK_CONTAINS(line, "a security module does that");
	CHECK(!strstr(line, "procfs"));
	/* One that answers otherwise was not it. */
	CHECK_INT(hint(LIBNS_STEP_MOUNT, EACCES, 0, propagation), 0);
}

TEST(security_module_with_a_name)
{
	nowhere();
	setenv("container", "docker", 1);
	cover("/proc/self/attr/current", "docker-default (enforce)\n");
	CHECK_INT(hint(LIBNS_STEP_MOUNT, EPERM, 0, propagation), 0);
	confine();
	CHECK_INT(hint(LIBNS_STEP_MOUNT, EPERM, 0, propagation), 1);
	CHECK_CONTAINS(line, "confines this process as 'docker-default (enforce)'");
	CHECK_CONTAINS(line, "--security-opt apparmor=unconfined");
}

TEST(network_of_another_user_namespace)
{
	static const char words[] = "cannot number the network namespace";
	bool root = geteuid() == 0;

	if (root)
		CHECK_INT(hint(LIBNS_STEP_NETLINK, EPERM, 0, words), 0);
	enter_userns(0);
	CHECK_INT(hint(LIBNS_STEP_NETLINK, EPERM, 0, words), 1);
	CHECK_CONTAINS(line,
		       "the network namespace belongs to a user namespace outside of this one");
	CHECK_CONTAINS(line, "xunshare -Urn");
	CHECK_INT(hint(LIBNS_STEP_NETNS, EPERM, 0, "cannot make '/run/netns' a shared mount"), 1);
	CHECK_CONTAINS(line, "the mount namespace belongs to a user namespace outside");
	CHECK_INT(unshare(CLONE_NEWNET | CLONE_NEWNS), 0);
	CHECK_INT(hint(LIBNS_STEP_NETLINK, EPERM, 0, words), 0);
	/* What is root's is still in the way of somebody else. */
	if (root)
		CHECK_INT(
			hint(LIBNS_STEP_NETNS, EPERM, 0, "cannot make '/run/netns' a shared mount"),
			0);
}

TEST(a_file_that_is_no_process)
{
	private_mounts();
	CHECK_INT(mkdir("/mnt/shut", 0700), 0);
	become_somebody();
	CHECK_INT(hint(LIBNS_STEP_OPEN, EACCES, 0, "cannot open namespace '/mnt/shut/net'"), 1);
	CHECK_CONTAINS(line, "'/mnt/shut' may not be searched");
	CHECK_INT(hint(LIBNS_STEP_OPEN, EACCES, 0, "cannot open namespace '/mnt/net'"), 0);
	CHECK_INT(hint(LIBNS_STEP_OPEN, EACCES, 0, "cannot open the net namespace of process 1"),
		  1);
	CHECK_CONTAINS(line, "CAP_SYS_PTRACE");
}

TAP_MAIN
