/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TESTS_UNIT_PID_NAMESPACE_H
#define TESTS_UNIT_PID_NAMESPACE_H

/* A pid namespace of the test's own, in which it can choose the numbers of processes. */

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tap.h"

static inline void write_word(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

/* unshare(2), with a user namespace too in which the caller is root if it needs to be. */
static inline int unshare_as_root(int flags)
{
	char uid_map[32], gid_map[32];

	snprintf(uid_map, sizeof(uid_map), "0 %u 1", geteuid());
	snprintf(gid_map, sizeof(gid_map), "0 %u 1", getegid());
	if (unshare(flags) == 0)
		return 0;
	if (unshare(CLONE_NEWUSER | flags) < 0)
		return -1;
	write_word("/proc/self/setgroups", "deny");
	write_word("/proc/self/uid_map", uid_map);
	write_word("/proc/self/gid_map", gid_map);
	return 0;
}

/* Runs @inside as the first process of a new pid namespace, in a mount namespace of its own. */
static inline void in_pid_namespace(void (*inside)(void))
{
	int status;
	pid_t pid;

	if (unshare_as_root(CLONE_NEWPID | CLONE_NEWNS) < 0)
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
