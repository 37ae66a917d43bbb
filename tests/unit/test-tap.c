/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* That cases which leave something behind fail: see tap.h. */

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>

#include "tap.h"

/* How @run ends as a case; what it prints goes nowhere. */
static int outcome(void (*run)(void))
{
	const struct tap_case c = { "inner", run, NULL };
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		if (!freopen("/dev/null", "we", stdout))
			_exit(2);
		tap_run(&c);
	}
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void leave_nothing(void)
{
	tap_keep_child(fork() ?: (pause(), 0));
	CHECK(tap_keep(open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 3);
}

static void leave_descriptor(void)
{
	CHECK(open("/dev/null", O_RDONLY | O_CLOEXEC) >= 3);
}

static void close_descriptor(void)
{
	close(0);
}

static void leave_zombie(void)
{
	if (fork() == 0)
		_exit(0);
}

static void leave_mount(void)
{
	CHECK_INT(mount("none", "/tmp", "tmpfs", 0, NULL), 0);
}

TEST(what_is_left_is_noticed)
{
	CHECK_INT(outcome(leave_nothing), 0);
	CHECK_INT(outcome(leave_descriptor), 1);
	CHECK_INT(outcome(close_descriptor), 1);
	CHECK_INT(outcome(leave_zombie), 1);
}

TEST(a_mount_that_is_left_is_noticed)
{
	if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0)
		SKIP("needs root");
	CHECK_INT(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	CHECK_INT(outcome(leave_nothing), 0);
	CHECK_INT(outcome(leave_mount), 1);
}

static void leave_orphan(void)
{
	if (fork() == 0) {
		if (fork() == 0) {
			/* Its descriptor of standard output would be waited for. */
			close(1);
			pause();
		}
		_exit(0);
	}
	CHECK(wait(NULL) > 0);
}

TEST(an_orphan_is_ended_and_noticed)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	CHECK_INT(tap_end_orphans(1), 0);
	CHECK_INT(outcome(leave_orphan), 0);
	CHECK_INT(tap_end_orphans(1), 1);
	/* It is gone. */
	CHECK_INT(waitpid(-1, NULL, WNOHANG | __WALL), -1);
}

TAP_MAIN
