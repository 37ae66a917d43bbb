/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * forbidden [NAME...]: makes calls that a filter is to refuse, each in a child, and prints a line
 * with the name and what came of it: "done", EPERM, ENOSYS, the number of another errno, or
 * "killed". Without names it makes all of them. Those that are called real-* do what they are for
 * and need no right for it; so without a filter they are done, where the kernel has them.
 *
 * forbidden --modes MODE DIR: makes files in this directory, each by another call and with this mode,
 * and prints such lines.
 *
 * forbidden --filter CODE CALL...: prints a filter, as seccomp(2) takes it, that answers these calls
 * with an errno, and ends who makes them if that is 0.
 */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* A call that fails at once where it is not refused: no argument is good for anything. */
static long bad(long number)
{
	return syscall(number, -1L, -1L, -1L, -1L, -1L, -1L);
}

#define BAD(name)                                                                                  \
	static long bad_##name(void)                                                               \
	{                                                                                          \
		return bad(SYS_##name);                                                            \
	}

/* clang-format off */
#define OLD_CALLS(X)                                                                               \
	X(mount) X(umount2) X(pivot_root) X(chroot) X(unshare) X(setns) X(init_module)             \
	X(finit_module) X(delete_module) X(bpf) X(kexec_load) X(reboot) X(userfaultfd)             \
	X(perf_event_open) X(lookup_dcookie) X(fanotify_init) X(add_key) X(request_key)            \
	X(keyctl) X(open_by_handle_at) X(ptrace) X(process_vm_readv) X(process_vm_writev) X(kcmp)  \
	X(move_pages) X(migrate_pages) X(mbind) X(set_mempolicy) X(settimeofday)                   \
	X(clock_settime) X(adjtimex) X(clock_adjtime) X(swapon) X(swapoff) X(quotactl) X(acct)     \
	X(syslog) X(sethostname) X(setdomainname)
/* clang-format on */
OLD_CALLS(BAD)

/* Their numbers are the same everywhere, and unknown to older headers. */
static const struct {
	const char *name;
	long number;
} new_calls[] = {
	{ "io_uring_setup", 425 },
	{ "io_uring_enter", 426 },
	{ "io_uring_register", 427 },
	{ "open_tree", 428 },
	{ "move_mount", 429 },
	{ "fsopen", 430 },
	{ "fsconfig", 431 },
	{ "fsmount", 432 },
	{ "fspick", 433 },
	{ "pidfd_getfd", 438 },
	{ "process_madvise", 440 },
	{ "mount_setattr", 442 },
	{ "quotactl_fd", 443 },
	{ "set_mempolicy_home_node", 450 },
	{ "open_tree_attr", 467 },
};

/* Return: @pid, once it is reaped; whoever is the child ends. */
static long reaped(long pid)
{
	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid((pid_t)pid, NULL, 0);
	return pid;
}

static long real_unshare(void)
{
	return unshare(CLONE_NEWUSER);
}

static long cloned(unsigned long flags)
{
	return reaped(syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0));
}

static long real_clone(void)
{
	return cloned(CLONE_NEWUSER);
}

/* The kernel looks at the lower half only. */
static long real_clone_high(void)
{
	return cloned(UINT64_C(1) << 40 | CLONE_NEWUSER);
}

static long real_clone3(void)
{
	struct clone_args args = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };

	return reaped(syscall(435, &args, sizeof(args)));
}

static long real_open_tree(void)
{
	return syscall(428, AT_FDCWD, "/", 0);
}

static long real_ptrace(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static long real_process_vm_readv(void)
{
	int a = 1, b = 0;
	struct iovec from = { &a, sizeof(a) }, to = { &b, sizeof(b) };

	return process_vm_readv(getpid(), &to, 1, &from, 1, 0);
}

/* A request on a terminal of our own: who may type there is asked of nobody. */
static long on_terminal(unsigned long request)
{
	int line = posix_openpt(O_RDWR | O_NOCTTY), tty;
	char argument[2] = { 'x' };

	if (line < 0 || grantpt(line) < 0 || unlockpt(line) < 0)
		err(2, "a terminal");
	if (setsid() < 0)
		err(2, "setsid");
	tty = open(ptsname(line), O_RDWR);
	if (tty < 0)
		err(2, "%s", ptsname(line));
	return syscall(SYS_ioctl, tty, request, argument);
}

static long real_tiocsti(void)
{
	return on_terminal(TIOCSTI);
}

static long real_tiocsti_high(void)
{
	return on_terminal(UINT64_C(1) << 32 | TIOCSTI);
}

static long real_tiocsti_higher(void)
{
	return on_terminal(UINT64_C(0xffffffff) << 32 | TIOCSTI);
}

static long tioclinux(void)
{
	return on_terminal(TIOCLINUX);
}

static long tioclinux_high(void)
{
	return on_terminal(UINT64_C(1) << 63 | TIOCLINUX);
}

/* Every kernel has something to say against this type, but looks at it after a filter. */
static long vsock(void)
{
	return socket(AF_VSOCK, -1, 0);
}

static long vsock_high(void)
{
	return syscall(SYS_socket, UINT64_C(1) << 32 | AF_VSOCK, -1, 0);
}

#ifdef __x86_64__
static long call32(long number, long a, long b)
{
	long r;

	__asm__ volatile("int $0x80"
			 : "=a"(r)
			 : "a"(number), "b"(a), "c"(b), "d"(0), "S"(0), "D"(0)
			 : "memory", "r8", "r9", "r10", "r11");
	if (r >= 0)
		return r;
	errno = (int)-r;
	return -1;
}

/* A kernel without that entry ends who uses it. */
static long entry32(void)
{
	return call32(20, 0, 0);
}

static long real_unshare32(void)
{
	return call32(310, CLONE_NEWUSER, 0);
}

static long real_clone32(void)
{
	return reaped(call32(120, CLONE_NEWUSER | SIGCHLD, 0));
}

static long mount32(void)
{
	return call32(21, -1, -1);
}

static long ioctl32(void)
{
	return call32(54, -1, TIOCSTI);
}

static long vsock32(void)
{
	return call32(359, AF_VSOCK, -1);
}

static long socketcall32(void)
{
	return call32(102, 1, 0);
}

static long mount_x32(void)
{
	return bad(0x40000000 | SYS_mount);
}

static long ioctl_x32(void)
{
	return bad(0x40000000 | 514);
}
#endif

#define OLD_ENTRY(name) { #name, bad_##name },

static const struct {
	const char *name;
	long (*call)(void);
} calls[] = {
	OLD_CALLS(OLD_ENTRY){ "real-unshare", real_unshare },
	{ "real-clone", real_clone },
	{ "real-clone-high", real_clone_high },
	{ "real-clone3", real_clone3 },
	{ "real-open_tree", real_open_tree },
	{ "real-ptrace", real_ptrace },
	{ "real-process_vm_readv", real_process_vm_readv },
	{ "real-tiocsti", real_tiocsti },
	{ "real-tiocsti-high", real_tiocsti_high },
	{ "real-tiocsti-higher", real_tiocsti_higher },
	{ "tioclinux", tioclinux },
	{ "tioclinux-high", tioclinux_high },
	{ "vsock", vsock },
	{ "vsock-high", vsock_high },
#ifdef __x86_64__
	{ "entry32", entry32 },
	{ "real-unshare32", real_unshare32 },
	{ "real-clone32", real_clone32 },
	{ "mount32", mount32 },
	{ "ioctl32", ioctl32 },
	{ "vsock32", vsock32 },
	{ "socketcall32", socketcall32 },
	{ "mount-x32", mount_x32 },
	{ "ioctl-x32", ioctl_x32 },
#endif
};

/* The line about what @pid has tried. */
static void report_of(const char *name, pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		err(2, "wait");
	printf("%s ", name);
	if (!WIFEXITED(status))
		puts("killed");
	else if (WEXITSTATUS(status) == 0)
		puts("done");
	else if (WEXITSTATUS(status) == EPERM)
		puts("EPERM");
	else if (WEXITSTATUS(status) == ENOSYS)
		puts("ENOSYS");
	else
		printf("%d\n", WEXITSTATUS(status));
	fflush(stdout);
}

static void report(const char *name, long (*call)(void), long number)
{
	pid_t pid = fork();

	if (pid < 0)
		err(2, "fork");
	if (pid == 0)
		_exit((call ? call() : bad(number)) < 0 ? errno : 0);
	report_of(name, pid);
}

/* ---------------------------------------------------------------- modes */

static int plain_file(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0644);

	if (fd < 0)
		err(2, "%s", name);
	return fd;
}

static long mode_chmod(const char *name, mode_t mode)
{
	plain_file(name);
	return chmod(name, mode);
}

static long mode_fchmod(const char *name, mode_t mode)
{
	return fchmod(plain_file(name), mode);
}

static long mode_fchmodat(const char *name, mode_t mode)
{
	plain_file(name);
	return fchmodat(AT_FDCWD, name, mode, 0);
}

static long mode_creat(const char *name, mode_t mode)
{
	return creat(name, mode);
}

static long mode_open(const char *name, mode_t mode)
{
	return open(name, O_WRONLY | O_CREAT, mode);
}

static long mode_openat(const char *name, mode_t mode)
{
	return syscall(SYS_openat, AT_FDCWD, name, O_WRONLY | O_CREAT, mode);
}

static long mode_mknod(const char *name, mode_t mode)
{
	return mknod(name, S_IFREG | mode, 0);
}

static long mode_mknodat(const char *name, mode_t mode)
{
	return syscall(SYS_mknodat, AT_FDCWD, name, S_IFREG | mode, 0);
}

static const struct {
	const char *name;
	long (*call)(const char *name, mode_t mode);
} modes[] = {
	{ "chmod", mode_chmod }, { "fchmod", mode_fchmod },   { "fchmodat", mode_fchmodat },
	{ "creat", mode_creat }, { "open", mode_open },       { "openat", mode_openat },
	{ "mknod", mode_mknod }, { "mknodat", mode_mknodat },
};

static void report_modes(mode_t mode, const char *dir)
{
	if (chdir(dir) < 0)
		err(2, "%s", dir);
	umask(022);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		pid_t pid = fork();

		if (pid < 0)
			err(2, "fork");
		if (pid == 0)
			_exit(modes[i].call(modes[i].name, mode) < 0 ? errno : 0);
		report_of(modes[i].name, pid);
	}
}

static bool is_wanted(const char *name, char *const names[])
{
	if (!*names)
		return true;
	for (; *names; names++)
		if (!strcmp(*names, name))
			return true;
	return false;
}

static void put(struct sock_filter one)
{
	if (fwrite(&one, sizeof(one), 1, stdout) != 1)
		err(2, "write");
}

static uint32_t number_of(const char *name)
{
	static const struct {
		const char *name;
		uint32_t number;
	} known[] = { { "write", SYS_write },
		      { "prctl", SYS_prctl },
		      { "getppid", SYS_getppid },
		      { "fcntl", SYS_fcntl },
		      { "execveat", SYS_execveat } };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(known[i].name, name))
			return known[i].number;
	for (size_t i = 0; i < sizeof(new_calls) / sizeof(new_calls[0]); i++)
		if (!strcmp(new_calls[i].name, name))
			return (uint32_t)new_calls[i].number;
	errx(2, "which number has %s?", name);
}

static void put_filter(const char *code, char *const names[])
{
	uint32_t answer = (uint32_t)atoi(code);

	answer = answer ? SECCOMP_RET_ERRNO | answer : SECCOMP_RET_KILL_PROCESS;
	put((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
					 offsetof(struct seccomp_data, nr)));
	for (; *names; names++) {
		put((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number_of(*names), 0,
						 1));
		put((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, answer));
	}
	put((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
}

int main(int argc, char **argv)
{
	if (argc > 3 && !strcmp(argv[1], "--filter")) {
		put_filter(argv[2], argv + 3);
		return 0;
	}
	if (argc == 4 && !strcmp(argv[1], "--modes")) {
		report_modes((mode_t)strtoul(argv[2], NULL, 8), argv[3]);
		return 0;
	}
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (is_wanted(calls[i].name, argv + 1))
			report(calls[i].name, calls[i].call, 0);
	for (size_t i = 0; i < sizeof(new_calls) / sizeof(new_calls[0]); i++)
		if (is_wanted(new_calls[i].name, argv + 1))
			report(new_calls[i].name, NULL, new_calls[i].number);
	return 0;
}
