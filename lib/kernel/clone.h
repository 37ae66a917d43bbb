/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_CLONE_H
#define LIBNS_CLONE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <libns/error.h>

struct clone_result {
	pid_t pid;       /* 0 in the child */
	int pidfd;       /* -1 in the child and where the kernel has none */
	bool handlers;   /* child: the caller's signal handlers are still set */
	bool is_blocked; /* child: signals are blocked, and @sigmask is the mask from before */
	uint64_t sigmask;
};

/**
 * clone_process() - fork(2) into new namespaces
 * @flags: LIBNS_TYPE_*, CLONE_PARENT, CLONE_FILES
 * @exit_signal: SIGCHLD, or 0 for a child nobody is told about (wait with __WALL)
 * @shared_pid: receives the process id also before this returns, or NULL
 *
 * The child starts without signal handlers (or with all signals blocked). It
 * was made without the C library's knowledge: of a program with threads only
 * async-signal-safe functions may be called in it.
 *
 * Return: 0 in both; -EINVAL also for a time namespace that only unshare(2)
 *         can make on this kernel.
 */
int clone_process(uint64_t flags, int exit_signal, pid_t *shared_pid, struct clone_result *ret,
		  struct libns_error *err);

/**
 * clone_into() - clone_process() into a control group
 * @flags: as there
 * @exit_signal: as there
 * @cgroup_fd: its directory
 * @ret: as there
 *
 * There is no second way. Only clone3(2) of Linux 5.7 can do it.
 *
 * Return: 0 in both; a negative errno without a sentence.
 */
int clone_into(uint64_t flags, int exit_signal, int cgroup_fd, struct clone_result *ret);

/**
 * clone_vfork() - run a function in a process that has the memory of the caller
 * @flags: of clone(2), and the exit signal; 0: a child nobody is told about
 * @main: its result is the exit code
 * @data: handed to @main
 * @sigmask: what is blocked meanwhile, in the child too; receives the caller's signal mask
 *           before the child begins
 * @ret_pidfd: receives the pidfd if @flags ask for one; else NULL
 *
 * Returns when the child has ended, or has executed a program. Meanwhile the calling
 * thread stands still, and the child has a stack of its own.
 *
 * Return: the process id, to be waited for; a negative errno.
 */
pid_t clone_vfork(uint64_t flags, int (*main)(void *data), void *data, uint64_t *sigmask,
		  int *ret_pidfd);

/**
 * clone_sharing() - vfork(2) into new namespaces
 * @types: LIBNS_TYPE_*
 * @child: called in the child; ends with execve(2) or _exit(2)
 * @data: handed to @child
 * @ret: receives the child
 *
 * Returns when the child has executed a program or has ended. Until then the
 * calling thread stands still and the child uses its memory, on a stack of its
 * own: what it writes elsewhere the caller will find. All signals are blocked in
 * both but HUP, INT and TERM where they end the caller.
 *
 * Whoever may trace the child may write to the memory of the caller. The caller of this function
 * must know that this is nobody who could not do so anyway.
 *
 * Return: 0; a negative errno without a sentence: then clone_process() may know a way.
 */
int clone_sharing(uint64_t types, void (*child)(const struct clone_result *me, void *data),
		  void *data, struct clone_result *ret);

/* The call that it makes, where the kernel has it. */
#ifdef __x86_64__
#define CLONE_SHARING_CALL "clone3"
#else
#define CLONE_SHARING_CALL "clone"
#endif

/* Default actions for what has a handler; only needed where @handlers says so. */
void clone_reset_handlers(void);

/* A program that starts with the signals blocked that its maker had blocked cannot be ended. */
int clone_set_sigmask(uint64_t mask, uint64_t *ret_old, struct libns_error *err);

/* Waits for a child of ours by its number. @ret_status may be NULL. Return: 0, -ECHILD. */
int clone_wait(pid_t pid, int *ret_status);

/*
 * The same for a child that may never end, because it hangs in a file system whose server is gone,
 * or because a tracer holds it, even when it is dead. After a while it is left behind. @kill: it is
 * killed first.
 */
void clone_end(pid_t pid, int pidfd, bool kill);

#endif
