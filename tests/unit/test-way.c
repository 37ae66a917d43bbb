/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <libns/libns.h>

#include "kernel/clone.h"
#include "refuse.h"
#include "spawn.h"
#include "spawn/spawn.h"
#include "tap.h"

/* Which way a child is made, and that a shared memory is as it was afterwards. */

static bool may_share(const struct libns_plan *ask)
{
	struct plan plan;

	CHECK_INT(plan_load(&plan, ask, LIBNS_HOW_SPAWN, geteuid(), getegid(), NULL), 0);
	return spawn_may_share(&plan);
}

static struct libns_plan simple(uint64_t types)
{
	static const char *const words[] = { "true", NULL };
	struct libns_plan plan = LIBNS_PLAN_INIT;

	plan.types = types;
	plan.argv = (char *const *)(uintptr_t)words;
	return plan;
}

static void need_sharing(void)
{
	struct libns_plan plan = simple(0);

#if defined(__SANITIZE_ADDRESS__)
	SKIP("needs a build without sanitizers");
#endif
	CHECK(may_share(&plan));
}

static int do_nothing(void *data)
{
	(void)data;
	return 0;
}

TEST(only_where_the_caller_is_not_changed)
{
	const uint64_t flags[] = { LIBNS_PLAN_HOLD, LIBNS_PLAN_UID, LIBNS_PLAN_GID,
				   LIBNS_PLAN_CLEAR_GROUPS, LIBNS_PLAN_CANCEL_FD };
	char secret[] = "secret";
	const struct libns_plan_memory words = { secret, sizeof(secret) };
	struct libns_plan plan;

	need_sharing();
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		plan = simple(0);
		plan.flags = flags[i];
		CHECK(!may_share(&plan));
	}
	plan = simple(0);
	plan.argv = NULL;
	plan.main = do_nothing;
	CHECK(!may_share(&plan));
	plan = simple(0);
	plan.patience_ms = 1000;
	CHECK(!may_share(&plan));
	plan = simple(0);
	plan.forget = &words;
	plan.n_forget = 1;
	CHECK(!may_share(&plan));
}

/* Nobody sees a difference but in time. */
TEST(wherever_the_caller_is_not_changed)
{
	const uint64_t flags[] = {
		LIBNS_PLAN_SIGMASK,   LIBNS_PLAN_KEEP_CAPS,
		LIBNS_PLAN_CLOSE_FDS, LIBNS_PLAN_CHANGE_OLD | LIBNS_PLAN_LOOPBACK,
		LIBNS_PLAN_ROOT_FD,   LIBNS_PLAN_CWD_FD
	};
	struct libns_plan plan;

	need_sharing();
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		plan = simple(0);
		plan.flags = flags[i];
		CHECK(may_share(&plan));
	}
}

/* Over a new user namespace all processes of this user have all capabilities. */
TEST(not_with_capabilities_into_a_user_namespace)
{
	struct libns_plan plan = rootless(0);

	need_sharing();
	plan.argv = ARGV("true");
	if (geteuid() != 0)
		SKIP("only root has capabilities to begin with");
	CHECK(!may_share(&plan));
}

/* A process that joined another pid namespace for its children: strangers may be there. */
TEST(not_where_others_see_the_child)
{
	struct libns_plan plan = simple(0);
	struct libns_child *inside;
	struct libns_entry *entry;
	struct libns_proc *proc;
	int fd;

	need_sharing();
	may_create(LIBNS_TYPE_USER | LIBNS_TYPE_PID);
	inside = container(&proc, &entry);
	fd = libns_entry_get_fd(entry, LIBNS_TYPE_USER);
	if (fd >= 0)
		CHECK_INT(setns(fd, CLONE_NEWUSER), 0);
	CHECK_INT(setns(libns_entry_get_fd(entry, LIBNS_TYPE_PID), CLONE_NEWPID), 0);
	CHECK(!may_share(&plan));
	end_container(inside, proc, entry);
}

static volatile sig_atomic_t answer_handler;

static void handle(int sig)
{
	answer_handler = sig;
}

/* The program has no handler of the caller's, and the caller has its own, and its mask. */
TEST(signals_are_as_before)
{
	struct libns_plan plan = simple(0);
	sigset_t set;

	need_sharing();
	signal(SIGUSR1, handle);
	CHECK_INT(WTERMSIG(run(&plan, "kill -USR1 $$; sleep 100")), SIGUSR1);
	CHECK_INT(answer_handler, 0);
	CHECK_INT(sigprocmask(SIG_BLOCK, NULL, &set), 0);
	CHECK_INT(sigismember(&set, SIGUSR1), 0);
	raise(SIGUSR1);
	CHECK_INT(answer_handler, SIGUSR1);
}

static int count_mappings(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	int c, n = 0;

	CHECK(maps);
	while ((c = fgetc(maps)) != EOF)
		n += c == '\n';
	fclose(maps);
	return n;
}

static void remove_file(void *path)
{
	unlink(path);
}

/* A script without "#!" is given to the shell, for which a child needs memory. */
TEST(nothing_is_left_in_the_memory_of_the_caller)
{
	static char path[] = "/tmp/libns-way-XXXXXX";
	struct libns_plan plan = simple(0);
	int fd, before, i;

	/* It may skip the rest. */
	need_sharing();
	fd = mkstemp(path);
	CHECK(fd >= 0);
	tap_later(remove_file, path);
	CHECK_INT(write(fd, "exit 7\n", 7), 7);
	CHECK_INT(fchmod(fd, 0700), 0);
	close(fd);
	plan.argv = ARGV(path, "word");
	CHECK_INT(WEXITSTATUS(status_of_run(&plan)), 7);
	before = count_mappings();
	for (i = 0; i < 10; i++)
		CHECK_INT(WEXITSTATUS(status_of_run(&plan)), 7);
	CHECK_INT(count_mappings(), before);
}

TEST(failures_are_told)
{
	struct libns_plan plan = simple(0);
	struct libns_error err = LIBNS_ERROR_INIT;

	need_sharing();
	plan.argv = ARGV("/no/such/program");
	CHECK_INT(fail(&plan, &err), -ENOENT);
	CHECK_INT(err.step, LIBNS_STEP_EXEC);
	plan.root = "/no/such/dir";
	CHECK_INT(fail(&plan, &err), -ENOENT);
	CHECK_INT(err.step, LIBNS_STEP_ROOT);
}

static void write_and_end(const struct clone_result *me, void *data)
{
	struct sigaction action;

	*(volatile int *)data = me->is_blocked && me->pid == 0 ? 5 : 6;
	/* Who has a handler is told. */
	if (sigaction(SIGUSR1, NULL, &action) == 0 && action.sa_handler == handle && !me->handlers)
		*(volatile int *)data = 7;
	_exit(3);
}

TEST(memory_is_that_of_the_caller)
{
	struct clone_result child;
	int value = 0, status = 0;

	need_sharing();
	signal(SIGUSR1, handle);
	CHECK_INT(clone_sharing(LIBNS_TYPE_TIME, write_and_end, &value, &child), -EINVAL);
	CHECK_INT(clone_sharing(0, write_and_end, &value, &child), 0);
	CHECK_INT(value, 5);
	CHECK(child.pidfd > 2);
	close(child.pidfd);
	CHECK_INT(clone_wait(child.pid, &status), 0);
	CHECK_INT(WEXITSTATUS(status), 3);
}

/* There each handler is reset by itself. */
TEST(without_clone3)
{
	struct libns_plan plan = simple(0);

	need_sharing();
	signal(SIGUSR1, handle);
	refuse(SYS_clone3, ENOSYS);
	CHECK(may_share(&plan));
	CHECK_INT(WTERMSIG(run(&plan, "kill -USR1 $$; sleep 100")), SIGUSR1);
	CHECK_INT(answer_handler, 0);
}

/* One that was joined for children is no place for another: the kernel sees to that. */
TEST(not_below_a_pid_namespace_of_children)
{
	struct libns_plan plan = simple(LIBNS_TYPE_PID);
	struct libns_error err = LIBNS_ERROR_INIT;

	need_sharing();
	may_create(LIBNS_TYPE_USER | LIBNS_TYPE_PID);
	if (geteuid() != 0)
		CHECK_INT(unshare(CLONE_NEWUSER), 0);
	CHECK_INT(unshare(CLONE_NEWPID), 0);
	CHECK_INT(fail(&plan, &err), -EINVAL);
}

TAP_MAIN
