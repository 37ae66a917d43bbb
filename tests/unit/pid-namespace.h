/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TESTS_UNIT_PID_NAMESPACE_H
#define TESTS_UNIT_PID_NAMESPACE_H

/* A pid namespace of the test's own, in which it can choose the numbers of processes. */

#include <linux/sched.h>
#include <sched.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "tap.h"

/* Runs @inside as the first process of a new pid namespace with its own /proc. */
static inline void in_pid_namespace(void (*inside)(void))
{
	int status;
	pid_t pid;

	if (unshare((geteuid() ? CLONE_NEWUSER : 0) | CLONE_NEWPID | CLONE_NEWNS) < 0)
		SKIP("no pid namespace here");
	CHECK_INT(mount("none", "/", NULL, MS_PRIVATE | MS_REC, NULL), 0);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		inside();
		exit(0);
	}
	CHECK_INT(waitpid(pid, &status, 0), pid);
	if (status == TAP_SKIP_STATUS << 8)
		exit(TAP_SKIP_STATUS);
	CHECK_INT(status, 0);
}

/* A process with a number that was another one's; it waits until it is killed. */
static inline void start_with_number(pid_t number)
{
	struct clone_args args = {
		.exit_signal = SIGCHLD,
		.set_tid = (uint64_t)(uintptr_t)&number,
		.set_tid_size = 1,
	};
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		for (;;)
			pause();
	CHECK_INT(pid, number);
}

#endif
