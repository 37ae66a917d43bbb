/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* libns_spawn() into namespaces that exist: who takes the steps, and when it gives up. */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>

#include <libns/libns.h>

#include "lease.h"
#include "refuse.h"
#include "spawn.h"
#include "spawn/setup.h"
#include "tap.h"

TEST(the_steps_are_taken_by_a_process_that_is_not_inside)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_entry *entry;
	struct libns_proc *proc;
	struct libns_child *inside;
	char script[160];
	int door = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	may_create(LIBNS_TYPE_USER | LIBNS_TYPE_PID);
	inside = container(&proc, &entry);
	plan.entry = entry;
	plan.flags = LIBNS_PLAN_UID | LIBNS_PLAN_GID;
	snprintf(script, sizeof(script), "test $$ -lt 10 && test ! -e /proc/self/fd/%d", door);
	plan.argv = ARGV("sh", "-c", script);
	CHECK_INT(status_of_run(&plan), 0);
	close(door);
	end_container(inside, proc, entry);
}

/* It tells the number of the child by memory that both have. */
TEST(without_memory_for_the_helper_nothing_is_started)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_child *inside, *child = NULL;
	struct libns_entry *entry;
	struct libns_proc *proc;

	may_create(LIBNS_TYPE_USER | LIBNS_TYPE_PID);
	inside = container(&proc, &entry);
	plan.entry = entry;
	plan.argv = ARGV("true");
	refuse_second(SYS_mmap, sizeof(pid_t), ENOMEM);
	CHECK_INT(libns_spawn(&plan, &child, &err), -ENOMEM);
	CHECK_STR(err.text, "cannot share memory with a helper: Cannot allocate memory");
	CHECK(!child);
	end_container(inside, proc, entry);
}

static char secret[] = "what only the caller knows";

static int is_there(void *data)
{
	(void)data;
	/* Nor what is before and after it. */
	return secret[0] != 'w' || secret[sizeof(secret) - 2] != 's' || secret[5] || secret[23];
}

TEST(what_the_program_is_not_to_have_is_not_in_its_memory)
{
	struct libns_plan_memory forget = { secret + 1, sizeof(secret) - 3 };
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_child *inside;
	struct libns_entry *entry;
	struct libns_proc *proc;

	plan.main = is_there;
	CHECK_INT(status_of_run(&plan), 1 << 8);
	plan.forget = &forget;
	plan.n_forget = 1;
	CHECK_INT(status_of_run(&plan), 0);
	may_create(LIBNS_TYPE_USER | LIBNS_TYPE_PID);
	inside = container(&proc, &entry);
	plan.entry = entry;
	CHECK_INT(status_of_run(&plan), 0);
	/* A child wipes its own copy; in place there is no other one. */
	CHECK_INT(is_there(NULL), 1);
	plan.entry = NULL;
	plan.main = NULL;
	CHECK_INT(libns_apply(&plan, &err), 0);
	CHECK_INT(is_there(NULL), 0);
	end_container(inside, proc, entry);
}

TEST(a_program_that_does_not_start_in_time)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_child *child = NULL, *inside;
	struct libns_entry *entry;
	struct libns_proc *proc;
	int ends[2], lease;

	may_create(LIBNS_TYPE_USER | LIBNS_TYPE_PID);
	inside = container(&proc, &entry);
	CHECK_INT(pipe(ends), 0);
	plan.argv = ARGV("program");
	plan.path = leased_program(&lease);
	for (int i = 0; i < 2; i++) {
		plan.entry = i ? entry : NULL;
		plan.flags = 0;
		plan.patience_ms = 50;
		CHECK_INT(libns_spawn(&plan, &child, &err), -ETIMEDOUT);
		CHECK_INT(err.step, LIBNS_STEP_EXEC);
		CHECK_STR(err.text,
			  "finding and running the program takes longer than 50 ms: given up");
		plan.patience_ms = 0;
		plan.flags = LIBNS_PLAN_CANCEL_FD;
		plan.cancel_fd = ends[0];
		CHECK_INT(write(ends[1], "x", 1), 1);
		CHECK_INT(libns_spawn(&plan, &child, &err), -ECANCELED);
	}
	CHECK(!child);
	CHECK_INT(unlink(plan.path), 0);
	close(lease);
	close(ends[0]);
	close(ends[1]);
	end_container(inside, proc, entry);
}

TEST(new_namespaces_beside_a_joined_pid_namespace)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_child *child = NULL, *inside;
	struct libns_persist persist = { LIBNS_TYPE_UTS, "/dev/null" };
	struct libns_entry *entry;
	struct libns_proc *proc;
	char script[200], own[64] = "";

	may_create(LIBNS_TYPE_USER | LIBNS_TYPE_PID | LIBNS_TYPE_UTS);
	inside = container(&proc, &entry);
	plan.entry = entry;
	plan.types = LIBNS_TYPE_USER;
	plan.argv = ARGV("true");
	CHECK_INT(libns_spawn(&plan, &child, &err), -EINVAL);
	CHECK_INT(err.step, LIBNS_STEP_ARGUMENT);
	CHECK_CONTAINS(err.text, "no new user, pid or time namespace");
	plan.types = LIBNS_TYPE_UTS;
	plan.persist = &persist;
	plan.n_persist = 1;
	CHECK_INT(libns_spawn(&plan, &child, &err), -EINVAL);
	CHECK_CONTAINS(err.text, "cannot be kept");
	CHECK(!child);
	plan.n_persist = 0;
	CHECK(readlink("/proc/self/ns/uts", own, sizeof(own) - 1) > 0);
	snprintf(script, sizeof(script),
		 "test $$ -lt 10 && test $(uname -n) = beside && "
		 "test $(readlink /proc/thread-self/ns/uts) != '%s'",
		 own);
	plan.hostname = "beside";
	plan.argv = ARGV("sh", "-c", script);
	CHECK_INT(status_of_run(&plan), 0);
	end_container(inside, proc, entry);
}

TEST(the_next_program_is_tried_where_one_does_not_exist)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_program others[] = { { "/nonexistent/2", ARGV("x") },
					  { "/bin/sh", ARGV("sh", "-c", "exit 7") } };

	plan.argv = ARGV("/nonexistent/1");
	plan.others = others;
	plan.n_others = 2;
	CHECK_INT(WEXITSTATUS(status_of_run(&plan)), 7);
}

#define DEEP   (32 << 10)
#define SECRET 0x5e

__attribute__((noinline)) static void leave_secrets(void)
{
	char area[DEEP];

	memset(area, SECRET, sizeof(area));
	/* The compiler does not know that nobody reads them. */
	__asm__ volatile("" : : "r"(area) : "memory");
}

__attribute__((noinline)) static size_t count_secrets(void)
{
	char area[DEEP];
	size_t n = 0;

	__asm__ volatile("" : : "r"(area) : "memory");
	for (size_t i = 0; i < sizeof(area); i++)
		n += area[i] == SECRET;
	return n;
}

TEST(nothing_is_left_below_the_stack)
{
#if defined(__SANITIZE_ADDRESS__)
	SKIP("needs a build without sanitizers");
#endif
	leave_secrets();
	CHECK(count_secrets() > DEEP / 2);
	leave_secrets();
	setup_wipe_stack();
	/* Some bytes of a return address may look like it. */
	CHECK(count_secrets() < 16);
}

TAP_MAIN
