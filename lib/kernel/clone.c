/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Making a process by clone3(2), which takes all namespace types at once, hands
 * out a pidfd and clears signal handlers. Where it is missing (before Linux
 * 5.3) or refused by a container's seccomp filter (ENOSYS from docker, EPERM
 * from others), clone(2) does the same but for the handlers: then all signals
 * stay blocked until the child has reset them, so that no handler of the
 * caller's runs in a process it was not written for.
 *
 * clone_vfork() is for short work that needs its own process but the caller's memory.
 * clone_sharing() is to clone_process() what vfork(2) is to fork(2): the child uses the memory of
 * the caller, who stands still meanwhile. Most of the time that making a child takes is spent on
 * copying the tables of that memory, on the page faults of both sides afterwards, and on throwing
 * the copy away at execve(2).
 */

#include "kernel/clone.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <libns/type.h>

#include "base/base.h"
#include "base/dl.h"
#include "base/err.h"
#include "base/sys.h"

#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef CLONE_CLEAR_SIGHAND
#define CLONE_CLEAR_SIGHAND 0x100000000ULL
#endif

#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif

/* How long a process that was killed may take to end. */
#define LAST_PATIENCE_MS 1000

/* Room for the functions that a child calls before execve(2), several times over: the largest
 * has a path in it. Pages that are not touched cost nothing. */
#define SHARING_STACK (128 * 1024)

/* struct clone_args of Linux 5.3; headers of the C library may clash with the kernel's. */
struct args_v0 {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
};

/* Linux 5.7 */
struct args_v2 {
	struct args_v0 v0;
	uint64_t set_tid, set_tid_size, cgroup;
};

static long raw_clone3(uint64_t flags, int exit_signal, int *pidfd, pid_t *shared_pid)
{
	struct args_v0 args = {
		.flags = flags | CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
		.pidfd = (uintptr_t)pidfd,
		.parent_tid = (uintptr_t)shared_pid,
		.exit_signal = (uint64_t)exit_signal,
	};

	if (shared_pid)
		args.flags |= CLONE_PARENT_SETTID;
	/* With CLONE_PARENT the signal is the parent's own, and naming one is an error. */
	if (flags & CLONE_PARENT)
		args.exit_signal = 0;
	return syscall(SYS_clone3, &args, sizeof(args));
}

static long raw_clone(uint64_t flags, int exit_signal, int *pidfd, pid_t *shared_pid)
{
	unsigned long f = (unsigned long)flags | (unsigned long)exit_signal;
	void *slot = shared_pid;

	/* One slot for both: the pidfd, unless the number is needed. */
	if (shared_pid) {
		f |= CLONE_PARENT_SETTID;
	} else {
		f |= CLONE_PIDFD;
		slot = pidfd;
	}
#if defined(__s390__) || defined(__CRIS__)
	return syscall(SYS_clone, NULL, f, slot, NULL, NULL);
#else
	return syscall(SYS_clone, f, NULL, slot, NULL, NULL);
#endif
}

static int failed(uint64_t flags, int code, struct libns_error *err)
{
	uint64_t types = flags & LIBNS_TYPES_ALL;
	char names[64];

	if (!types)
		return error_set(err, LIBNS_STEP_CLONE, code, "cannot create a process");
	error_set(err, LIBNS_STEP_CLONE, code, "cannot create a process in new namespaces (%s)",
		  libns_types_format(types, names, sizeof(names)));
	return error_types(err, types, -code);
}

int clone_into(uint64_t flags, int exit_signal, int cgroup_fd, struct clone_result *ret)
{
	int pidfd = -1;
	struct args_v2 args = {
		.v0 = { .flags = flags | CLONE_PIDFD | CLONE_CLEAR_SIGHAND | CLONE_INTO_CGROUP,
			.pidfd = (uintptr_t)&pidfd,
			.exit_signal = (uint64_t)exit_signal },
		.cgroup = (uint64_t)cgroup_fd,
	};
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid < 0)
		return -errno;
	*ret = (struct clone_result){ .pid = (pid_t)pid, .pidfd = -1 };
	if (pid > 0)
		ret->pidfd = sys_fd_above_stdio(pidfd);
	return 0;
}

static int clone_old(uint64_t flags, int exit_signal, pid_t *shared_pid,
		     struct clone_result *result)
{
	uint64_t old = 0;
	long pid;
	int code;

	sys_sigprocmask(~UINT64_C(0), &old);
	pid = raw_clone(flags, exit_signal, &result->pidfd, shared_pid);
	code = errno;
	if (pid == 0) {
		result->handlers = result->is_blocked = true;
		result->sigmask = old;
	} else {
		sys_sigprocmask(old, NULL);
	}
	result->pid = (pid_t)pid;
	return pid < 0 ? -code : 0;
}

int clone_process(uint64_t flags, int exit_signal, pid_t *shared_pid, struct clone_result *ret,
		  struct libns_error *err)
{
	struct clone_result result = { .pid = -1, .pidfd = -1 };
	int r = 0;

	result.pid = (pid_t)raw_clone3(flags, exit_signal, &result.pidfd, shared_pid);
	if (result.pid < 0) {
		r = -errno;
		/* CLONE_NEWTIME lies in the bits of clone(2)'s exit signal. */
		if ((r == -ENOSYS || r == -EPERM || r == -EINVAL) && !(flags & LIBNS_TYPE_TIME))
			r = clone_old(flags, exit_signal, shared_pid, &result);
	}
	if (r < 0)
		return failed(flags, -r, err);
	if (result.pid == 0) {
		result.pidfd = -1;
		dl_forbid();
	} else if (result.pidfd >= 0) {
		result.pidfd = sys_fd_above_stdio(result.pidfd);
	}
	*ret = result;
	return 0;
}

/* The stack of a child that has the memory of its caller. Return: NULL if there is no memory. */
static char *map_stack(void)
{
	char *stack = mmap(NULL, SHARING_STACK, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

	return stack == MAP_FAILED ? NULL : stack;
}

#ifdef __x86_64__
/*
 * clone3(2) for a child with a stack of its own, for which the C library has no function: it calls
 * @main there, and ends. Unlike clone(2) it clears the handlers of all signals, for which there are
 * sixty-four calls otherwise.
 */
static long start_on_stack(const struct args_v0 *args, int (*main)(void *data), void *data)
{
	register int (*main_in)(void *data) __asm__("r8") = main;
	register void *data_in __asm__("r9") = data;
	long pid = SYS_clone3;

	__asm__ volatile("syscall\n\t"
			 "testq %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xorl %%ebp, %%ebp\n\t"
			 "movq %%r9, %%rdi\n\t"
			 "call *%%r8\n\t"
			 "movl %%eax, %%edi\n\t"
			 "movl %[end], %%eax\n\t"
			 "syscall\n"
			 "1:"
			 : "+a"(pid)
			 : "D"(args), "S"(sizeof(*args)), "r"(main_in),
			   "r"(data_in), [end] "i"(SYS_exit)
			 : "rcx", "r11", "cc", "memory");
	return pid;
}
#else
static long start_on_stack(const struct args_v0 *args, int (*main)(void *data), void *data)
{
	(void)args;
	(void)main;
	(void)data;
	return -ENOSYS;
}
#endif

pid_t clone_vfork(uint64_t flags, int (*main)(void *data), void *data, uint64_t *sigmask,
		  int *ret_pidfd)
{
	int all = (int)flags | CLONE_VM | CLONE_VFORK;
	char *stack = map_stack();
	pid_t pid;

	if (!stack)
		return -ENOMEM;
	/* A handler of the caller's must not run in a child that has the caller's memory. */
	sys_sigprocmask(*sigmask, sigmask);
	pid = clone(main, stack + SHARING_STACK, all, data, ret_pidfd);
	if (pid < 0)
		pid = -errno;
	sys_sigprocmask(*sigmask, NULL);
	munmap(stack, SHARING_STACK);
	return pid;
}

struct sharing {
	void (*child)(const struct clone_result *me, void *data);
	void *data;
	struct clone_result me;
};

static int start_sharing(void *data)
{
	const struct sharing *sharing = data;

	sharing->child(&sharing->me, sharing->data);
	/* Whoever has called this ends the child with it. */
	return 127;
}

/* Clears the handlers at once. Return: the process id, or a negative errno. */
static pid_t share_without_handlers(uint64_t types, struct sharing *sharing, int *ret_pidfd)
{
	char *stack = map_stack();
	const struct args_v0 args = {
		.flags = types | CLONE_VM | CLONE_VFORK | CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
		.pidfd = (uintptr_t)ret_pidfd,
		.exit_signal = SIGCHLD,
		.stack = (uintptr_t)stack,
		.stack_size = SHARING_STACK,
	};
	pid_t pid;

	if (!stack)
		return -ENOMEM;
	sys_sigprocmask(sharing->me.sigmask, &sharing->me.sigmask);
	pid = (pid_t)start_on_stack(&args, start_sharing, sharing);
	sys_sigprocmask(sharing->me.sigmask, NULL);
	munmap(stack, SHARING_STACK);
	return pid;
}

/*
 * All signals but those that somebody ends the caller with, who then may stand still for long:
 * the file of the program can be on a server that does not answer.
 */
static uint64_t all_but_deadly(void)
{
	/* Not SIGQUIT: whoever is to dump core is not ended before it returns from the call. */
	static const int deadly[] = { SIGHUP, SIGINT, SIGTERM };
	uint64_t mask = ~UINT64_C(0);
	struct sigaction action;
	sigset_t blocked;

	/* What the caller has blocked stays so. */
	if (sigprocmask(SIG_SETMASK, NULL, &blocked) < 0)
		return mask;
	for (size_t i = 0; i < ARRAY_SIZE(deadly); i++)
		if (!sigismember(&blocked, deadly[i]) && sigaction(deadly[i], NULL, &action) == 0 &&
		    action.sa_handler == SIG_DFL)
			mask &= ~(UINT64_C(1) << (deadly[i] - 1));
	return mask;
}

int clone_sharing(uint64_t types, void (*child)(const struct clone_result *me, void *data),
		  void *data, struct clone_result *ret)
{
	const uint64_t sigmask = all_but_deadly();
	struct sharing sharing = { child,
				   data,
				   { .pidfd = -1, .is_blocked = true, .sigmask = sigmask } };
	int pidfd = -1;
	pid_t pid;

	/* CLONE_NEWTIME lies in the bits of the exit signal. */
	if (types & LIBNS_TYPE_TIME)
		return -EINVAL;
	pid = share_without_handlers(types, &sharing, &pidfd);
	if (pid == -ENOSYS || pid == -EPERM || pid == -EINVAL) {
		sharing.me.handlers = true;
		sharing.me.sigmask = sigmask;
		pid = clone_vfork(types | CLONE_PIDFD | SIGCHLD, start_sharing, &sharing,
				  &sharing.me.sigmask, &pidfd);
	}
	if (pid < 0)
		return pid;
	*ret = (struct clone_result){ .pid = pid, .pidfd = pidfd };
	if (pidfd >= 0)
		ret->pidfd = sys_fd_above_stdio(pidfd);
	return 0;
}

void clone_reset_handlers(void)
{
	for (int sig = 1; sig <= SIGRTMAX; sig++) {
		struct sigaction action;

		if (sigaction(sig, NULL, &action) < 0 || action.sa_handler == SIG_IGN ||
		    action.sa_handler == SIG_DFL)
			continue;
		memset(&action, 0, sizeof(action));
		action.sa_handler = SIG_DFL;
		sigaction(sig, &action, NULL);
	}
}

int clone_set_sigmask(uint64_t mask, uint64_t *ret_old, struct libns_error *err)
{
	int r = sys_sigprocmask(mask, ret_old);

	return r < 0 ? error_set(err, LIBNS_STEP_CLONE, -r, "cannot set which signals are blocked")
		     : 0;
}

int clone_wait(pid_t pid, int *ret_status)
{
	while (waitpid(pid, ret_status, __WALL) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

void clone_end(pid_t pid, int pidfd, bool kill_it)
{
	struct pollfd p = { pidfd, POLLIN, 0 };

	if (!kill_it) {
		clone_wait(pid, NULL);
		return;
	}
	kill(pid, SIGKILL);
	poll(&p, 1, LAST_PATIENCE_MS);
	while (waitpid(pid, NULL, __WALL | WNOHANG) < 0 && errno == EINTR)
		continue;
}
