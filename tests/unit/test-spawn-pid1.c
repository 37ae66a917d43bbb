/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* LIBNS_PLAN_PID1: the library's own first process of a pid namespace. */

#include <signal.h>
#include <sys/mount.h>

#include "spawn.h"
#include "tap.h"

TEST(first_process)
{
	struct libns_plan plan = rootless(LIBNS_TYPE_PID | LIBNS_TYPE_MNT);

	may_create(plan.types);
	plan.flags |= LIBNS_PLAN_PID1;
	plan.propagation = MS_PRIVATE | MS_REC;
	plan.mount_proc = "/proc";
	/* It shows neither arguments nor environment nor descriptors. */
	CHECK_INT(run(&plan,
		      "test $$ -gt 1 && test $PPID = 1 && ! cat /proc/1/environ 2>/dev/null && "
		      "! readlink /proc/1/fd/* && grep -q '(init (libns))' /proc/1/stat"),
		  0);
	/* The status of the program, and death by signals that process 1 cannot die of. */
	CHECK_INT(WEXITSTATUS(run(&plan, "exit 9")), 9);
	CHECK_INT(WTERMSIG(run(&plan, "kill -TERM $$")), SIGTERM);
}

/* A caller that ignores SIGCHLD is told nothing by waitpid(2). */
TEST(status_where_sigchld_is_ignored)
{
	struct libns_plan plan = rootless(LIBNS_TYPE_PID);
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_child *child;
	int r, status;

	may_create(plan.types);
	signal(SIGCHLD, SIG_IGN);
	plan.argv = ARGV("sh", "-c", "exit 9");
	child = spawn(&plan);
	r = libns_child_wait(child, 0, &status, &err);
	/* Before Linux 6.15 it is lost, and that is said. */
	if (r == 0)
		CHECK_INT(WEXITSTATUS(status), 9);
	else
		CHECK_CONTAINS(err.text, "No child processes");
	libns_child_free(child);
	plan.flags |= LIBNS_PLAN_PID1;
	/* The program finds SIGCHLD as its caller has it. */
	plan.argv = ARGV("grep", "-q", "^SigIgn:.*1....$", "/proc/self/status");
	CHECK_INT(status_of_run(&plan), 0);
	CHECK_INT(WEXITSTATUS(run(&plan, "exit 9")), 9);
	CHECK_INT(WTERMSIG(run(&plan, "kill -TERM $$")), SIGTERM);
	signal(SIGCHLD, SIG_DFL);
}

TEST(first_process_passes_signals_on)
{
	struct libns_plan plan = rootless(LIBNS_TYPE_PID);
	struct libns_child *child;
	int ready[2];
	char byte;

	may_create(plan.types);
	plan.flags |= LIBNS_PLAN_PID1;
	CHECK_INT(pipe(ready), 0);
	tap_keep(ready[0]);
	tap_keep(ready[1]);
	plan.argv = ARGV("sh", "-c", "trap 'exit 11' TERM; echo >&2; while :; do sleep 1; done");
	dup2(ready[1], 2);
	child = spawn(&plan);
	CHECK_INT(read(ready[0], &byte, 1), 1);
	CHECK_INT(libns_child_kill(child, SIGTERM, NULL), 0);
	CHECK_INT(WEXITSTATUS(status_of(child)), 11);
	libns_child_free(child);
}

TEST(first_process_that_cannot_run)
{
	struct libns_plan plan = rootless(LIBNS_TYPE_PID);
	struct libns_error err = LIBNS_ERROR_INIT;

	may_create(plan.types);
	plan.flags |= LIBNS_PLAN_PID1;
	plan.argv = ARGV("no-such-program");
	CHECK_INT(fail(&plan, &err), -ENOENT);
}

TAP_MAIN
