/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <libns/libns.h>

#include "spawn.h"
#include "tap.h"

/* @trace of a plan: how far it went. */

struct told {
	char lines[4096]; /* "actor call\n" of what succeeded */
	char failed[512];
	int result;
	pid_t pid;
	unsigned int n;
};

static void trace(void *data, const char *actor, const char *call, const char *why, int result)
{
	struct told *told = data;
	size_t n = strlen(told->lines);

	CHECK(*why);
	/* Nothing is told after what failed. */
	CHECK(!told->result);
	told->pid = getpid();
	told->n++;
	told->result = result;
	if (result)
		snprintf(told->failed, sizeof(told->failed), "%s %s", actor, call);
	else
		snprintf(told->lines + n, sizeof(told->lines) - n, "%s %s\n", actor, call);
}

static int list(void *data, const char *actor, const char *call, const char *why)
{
	char *lines = data;
	size_t n = strlen(lines);

	(void)why;
	snprintf(lines + n, 4096 - n, "%s %s\n", actor, call);
	return 0;
}

static struct libns_plan traced(uint64_t types, struct told *told)
{
	static const char *const words[] = { "true", NULL };
	struct libns_plan plan = LIBNS_PLAN_INIT;

	if (types)
		plan = rootless(types);
	memset(told, 0, sizeof(*told));
	plan.argv = (char *const *)(uintptr_t)words;
	plan.trace = trace;
	plan.trace_data = told;
	return plan;
}

/* What is told is what was announced. */
static void check_as_explained(const struct libns_plan *plan, unsigned int how,
			       const struct told *told)
{
	char lines[4096] = "";

	CHECK_INT(libns_plan_explain(plan, how, list, lines, NULL), 0);
	CHECK_STR(told->lines, lines);
	CHECK_INT(told->result, 0);
	CHECK_INT(told->pid, getpid());
}

TEST(all_steps_of_a_child)
{
	struct libns_rlimit limit = { RLIMIT_CORE, 0, 0 };
	struct told told;
	struct libns_plan plan = traced(LIBNS_TYPE_PID | LIBNS_TYPE_MNT | LIBNS_TYPE_UTS, &told);

	may_create(plan.types);
	plan.propagation = MS_PRIVATE | MS_REC;
	plan.mount_proc = "/proc";
	plan.hostname = "inside";
	plan.rlimits = &limit;
	plan.n_rlimits = 1;
	plan.death_signal = SIGKILL;
	CHECK_INT(WEXITSTATUS(status_of_run(&plan)), 0);
	CHECK_CONTAINS(told.lines, "child sethostname(\"inside\")\n");
	check_as_explained(&plan, LIBNS_HOW_SPAWN, &told);
}

/* They are made, and not only named. */
TEST(all_mounts)
{
	struct libns_mount_plan *mounts;
	struct told told;
	struct libns_plan plan = traced(LIBNS_TYPE_MNT, &told);

	may_create(plan.types);
	CHECK_INT(libns_mount_plan_new(&mounts, NULL), 0);
	CHECK_INT(libns_mount_plan_add_tmpfs(mounts, "/mnt", 0, NULL, NULL), 0);
	CHECK_INT(libns_mount_plan_add_dir(mounts, "/mnt/dir", NULL), 0);
	plan.propagation = MS_PRIVATE | MS_REC;
	plan.mounts = mounts;
	plan.argv = ARGV("test", "-d", "/mnt/dir");
	CHECK_INT(WEXITSTATUS(status_of_run(&plan)), 0);
	check_as_explained(&plan, LIBNS_HOW_SPAWN, &told);
	libns_mount_plan_free(mounts);
}

TEST(all_steps_of_a_first_process)
{
	struct told told;
	struct libns_plan plan = traced(LIBNS_TYPE_PID, &told);

	may_create(plan.types);
	plan.flags |= LIBNS_PLAN_PID1;
	CHECK_INT(WEXITSTATUS(status_of_run(&plan)), 0);
	check_as_explained(&plan, LIBNS_HOW_SPAWN, &told);
}

TEST(all_steps_of_a_child_that_joins)
{
	struct told told;
	struct libns_plan plan = traced(0, &told);
	struct libns_child *inside;
	struct libns_entry *entry;
	struct libns_proc *proc;

	may_create(LIBNS_TYPE_USER | LIBNS_TYPE_PID);
	inside = container(&proc, &entry);
	plan.entry = entry;
	CHECK_INT(WEXITSTATUS(status_of_run(&plan)), 0);
	CHECK_CONTAINS(told.lines, "helper setns(");
	check_as_explained(&plan, LIBNS_HOW_SPAWN, &told);
	end_container(inside, proc, entry);
}

TEST(all_steps_with_clocks)
{
	struct told told;
	struct libns_plan plan = traced(LIBNS_TYPE_TIME, &told);

	may_create(plan.types);
	plan.flags |= LIBNS_PLAN_BOOTTIME;
	plan.boottime = 5;
	CHECK_INT(WEXITSTATUS(status_of_run(&plan)), 0);
	CHECK_CONTAINS(told.lines, "helper write(\"/proc/self/timens_offsets\"");
	check_as_explained(&plan, LIBNS_HOW_SPAWN, &told);
}

TEST(the_step_that_failed_is_the_last)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct told told;
	struct libns_plan plan = traced(LIBNS_TYPE_UTS, &told);

	may_create(plan.types);
	plan.hostname = "inside";
	plan.root = "/no/such/dir";
	CHECK_INT(fail(&plan, &err), -ENOENT);
	CHECK_CONTAINS(told.lines, "child sethostname(\"inside\")\n");
	CHECK_STR(told.failed, "child chroot(\"/no/such/dir\")");
	CHECK_INT(told.result, -ENOENT);

	plan = traced(LIBNS_TYPE_UTS, &told);
	plan.argv = ARGV("/no/such/program");
	CHECK_INT(fail(&plan, &err), -ENOENT);
	CHECK_STR(told.failed, "child execve(\"/no/such/program\")");
}

TEST(a_held_child_is_told_of_up_to_that)
{
	struct told told;
	struct libns_plan plan = traced(0, &told);
	struct libns_child *child;

	plan.flags |= LIBNS_PLAN_HOLD;
	child = spawn(&plan);
	CHECK_CONTAINS(told.lines, "child recv(socket)\n");
	CHECK(!strstr(told.lines, "execve"));
	CHECK_INT(libns_child_release(child, NULL), 0);
	CHECK_INT(WEXITSTATUS(status_of(child)), 0);
	libns_child_free(child);
}

TEST(all_steps_in_place)
{
	struct told told;
	struct libns_plan plan = traced(LIBNS_TYPE_UTS, &told);
	char lines[4096] = "";

	may_create(plan.types);
	plan.argv = NULL;
	plan.hostname = "inside";
	/* Listed now, while this process has the ids that it will have when the plan is read. */
	CHECK_INT(libns_plan_explain(&plan, LIBNS_HOW_UNSHARE, list, lines, NULL), 0);
	CHECK_INT(libns_unshare(&plan, NULL), 0);
	CHECK_STR(told.lines, lines);
	CHECK_CONTAINS(told.lines, "caller unshare(CLONE_NEWUSER|CLONE_NEWUTS)\n");
}

TEST(the_step_that_failed_in_place)
{
	struct told told;
	struct libns_plan plan = traced(0, &told);

	plan.argv = NULL;
	plan.cwd = "/no/such/dir";
	CHECK_INT(libns_apply(&plan, NULL), -ENOENT);
	CHECK_STR(told.failed, "caller chdir(\"/no/such/dir\")");
	CHECK_INT(told.n, 1);
}

TEST(nothing_is_told_of_a_plan_that_was_refused)
{
	struct told told;
	struct libns_plan plan = traced(0, &told);

	plan.argv = NULL;
	plan.flags = UINT64_C(1) << 63;
	CHECK(libns_apply(&plan, NULL) < 0);
	CHECK_INT(told.n, 0);
}

TAP_MAIN
