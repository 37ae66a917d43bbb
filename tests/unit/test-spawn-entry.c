/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* libns_spawn() into namespaces that exist: who takes the steps, and when it gives up. */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <libns/libns.h>

#include "spawn.h"
#include "tap.h"

struct seen {
	pid_t pid;
	unsigned int n, joined_at, confined_at;
	uid_t uid;
};

static int look(void *data, unsigned int when, struct libns_error *err)
{
	struct seen *seen = data;

	seen->pid = getpid();
	seen->uid = getuid();
	seen->n++;
	*(when == LIBNS_WHEN_JOINED ? &seen->joined_at : &seen->confined_at) = seen->n;
	return 0;
}

TEST(the_steps_are_taken_by_a_process_that_is_not_inside)
{
	struct seen *seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_entry *entry;
	struct libns_proc *proc;
	struct libns_child *inside;
	char script[160];
	int door = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	may_create(LIBNS_TYPE_USER | LIBNS_TYPE_PID);
	inside = container(&proc, &entry);
	plan.entry = entry;
	plan.hook = look;
	plan.hook_data = seen;
	plan.flags = LIBNS_PLAN_UID | LIBNS_PLAN_GID;
	snprintf(script, sizeof(script), "test $$ -lt 10 && test ! -e /proc/self/fd/%d", door);
	plan.argv = ARGV("sh", "-c", script);
	CHECK_INT(status_of_run(&plan), 0);
	CHECK_INT(seen->n, 2);
	CHECK_INT(seen->joined_at, 1);
	CHECK_INT(seen->confined_at, 2);
	CHECK_INT(seen->uid, 0);
	/* The number it has here: not one of the few inside. */
	CHECK(seen->pid > 10);
	close(door);
	end_container(inside, proc, entry);
}

static int refuse(void *data, unsigned int when, struct libns_error *err)
{
	snprintf(err->text, sizeof(err->text), "not with me");
	err->code = EXDEV;
	return -EXDEV;
}

static int wait_for_ever(void *data, unsigned int when, struct libns_error *err)
{
	while (pause() < 0)
		continue;
	return 0;
}

static int refuse_silently(void *data, unsigned int when, struct libns_error *err)
{
	(void)data;
	(void)when;
	(void)err;
	return -EXDEV;
}

TEST(a_hook_that_fails_and_one_that_hangs)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_child *child = NULL, *inside;
	struct libns_entry *entry;
	struct libns_proc *proc;
	int ends[2];

	may_create(LIBNS_TYPE_USER | LIBNS_TYPE_PID);
	inside = container(&proc, &entry);
	CHECK_INT(pipe(ends), 0);
	plan.entry = entry;
	plan.argv = ARGV("true");
	plan.hook = refuse;
	CHECK_INT(libns_spawn(&plan, &child, &err), -EXDEV);
	CHECK_STR(err.text, "not with me");
	plan.hook = refuse_silently;
	CHECK_INT(libns_spawn(&plan, &child, &err), -EXDEV);
	CHECK(*err.text);
	plan.hook = wait_for_ever;
	plan.patience_ms = 50;
	CHECK_INT(libns_spawn(&plan, &child, &err), -ETIMEDOUT);
	CHECK_CONTAINS(err.text, "takes longer than 50 ms: given up");
	plan.patience_ms = 0;
	plan.flags = LIBNS_PLAN_CANCEL_FD;
	plan.cancel_fd = ends[0];
	CHECK_INT(write(ends[1], "x", 1), 1);
	CHECK_INT(libns_spawn(&plan, &child, &err), -ECANCELED);
	CHECK(!child);
	close(ends[0]);
	close(ends[1]);
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

/* A file that whoever executes it has to wait for. */
static const char *leased_file(int *ret_fd)
{
	static char path[] = "/tmp/test-spawn.XXXXXX";
	int fd = mkstemp(path);

	CHECK(fd >= 0);
	CHECK_INT(fchmod(fd, 0700), 0);
	close(fd);
	fd = open(path, O_RDWR | O_CLOEXEC);
	signal(SIGIO, SIG_IGN);
	if (fcntl(fd, F_SETLEASE, F_WRLCK) < 0)
		SKIP("no leases of files in /tmp: %m");
	*ret_fd = fd;
	return path;
}

TEST(a_program_that_does_not_start_in_time)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_child *child = NULL;
	int lease;

	plan.argv = ARGV("program");
	plan.path = leased_file(&lease);
	plan.patience_ms = 50;
	CHECK_INT(libns_spawn(&plan, &child, &err), -ETIMEDOUT);
	CHECK_INT(unlink(plan.path), 0);
	close(lease);
	CHECK_INT(err.step, LIBNS_STEP_EXEC);
	CHECK_STR(err.text, "finding and running the program takes longer than 50 ms: given up");
	CHECK(!child);
}

static int make_uts(void *data, unsigned int when, struct libns_error *err)
{
	(void)data;
	(void)err;
	if (when != LIBNS_WHEN_JOINED)
		return 0;
	return unshare(CLONE_NEWUTS) < 0 ? -errno : 0;
}

TEST(new_namespaces_in_a_joined_pid_namespace_are_made_by_the_hook)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_child *child = NULL, *inside;
	struct libns_entry *entry;
	struct libns_proc *proc;
	char script[160], own[64] = "";

	may_create(LIBNS_TYPE_USER | LIBNS_TYPE_PID | LIBNS_TYPE_UTS);
	inside = container(&proc, &entry);
	plan.entry = entry;
	plan.types = LIBNS_TYPE_UTS;
	plan.argv = ARGV("true");
	CHECK_INT(libns_spawn(&plan, &child, &err), -EINVAL);
	CHECK_INT(err.step, LIBNS_STEP_ARGUMENT);
	CHECK_CONTAINS(err.text, "create them in the hook");
	CHECK(!child);
	CHECK(readlink("/proc/self/ns/uts", own, sizeof(own) - 1) > 0);
	snprintf(script, sizeof(script), "test $(readlink /proc/thread-self/ns/uts) != '%s'", own);
	plan.types = 0;
	plan.hook = make_uts;
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

TAP_MAIN
