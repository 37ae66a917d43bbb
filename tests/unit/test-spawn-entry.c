/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* libns_spawn() into namespaces that exist: who takes the steps, and when it gives up. */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <libns/libns.h>

#include "tap.h"

/* String literals as a program's arguments. */
#define ARGV(...) ((char *const *)(uintptr_t)(const char *const[]){ __VA_ARGS__, NULL })

static void may_create(uint64_t types)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(unshare((int)types) < 0);
	waitpid(pid, &status, 0);
	if (status)
		SKIP("these namespaces cannot be created here");
}

static struct libns_idmap *map_own_id(uint32_t own)
{
	struct libns_idrange range = { 0, own, 1 };
	/* Held until the case ends, with its process. */
	static struct libns_idmap *maps[32];
	static size_t n_maps;
	struct libns_idmap *map;

	CHECK_INT(libns_idmap_new(&map, NULL), 0);
	CHECK_INT(libns_idmap_add(map, &range, NULL), 0);
	CHECK(n_maps < 32);
	return maps[n_maps++] = map;
}

static struct libns_plan rootless(uint64_t types)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;

	plan.types = LIBNS_TYPE_USER | types;
	plan.uid_map = map_own_id(geteuid());
	plan.gid_map = map_own_id(getegid());
	plan.setgroups = LIBNS_SETGROUPS_DENY;
	return plan;
}

static struct libns_child *spawn(const struct libns_plan *plan)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_child *child = NULL;

	if (libns_spawn(plan, &child, &err) < 0)
		TAP_FAIL("spawn: %s", libns_error_text(&err));
	return child;
}

static int status_of(struct libns_child *child)
{
	int status = -1;

	CHECK_INT(libns_child_wait(child, 0, &status, NULL), 0);
	return status;
}

/* Runs what the plan says and lets go of it. */
static int status_of_run(const struct libns_plan *plan)
{
	struct libns_child *child = spawn(plan);
	int status = status_of(child);

	libns_child_free(child);
	return status;
}

/* A process in new pid and user namespaces, and the plan to enter it. */
static struct libns_child *container(struct libns_proc **ret_proc, struct libns_entry **ret_entry)
{
	struct libns_enter_plan enter = LIBNS_ENTER_PLAN_INIT;
	struct libns_plan plan = rootless(LIBNS_TYPE_PID);
	struct libns_child *child;

	plan.argv = ARGV("sleep", "1000");
	child = spawn(&plan);
	CHECK_INT(libns_proc_new(LIBNS_PROCFS, libns_child_get_pid(child), ret_proc, NULL), 0);
	enter.proc = *ret_proc;
	enter.types = LIBNS_TYPES_ALL;
	CHECK_INT(libns_entry_new(&enter, ret_entry, NULL), 0);
	return child;
}

static void end_container(struct libns_child *child, struct libns_proc *proc,
			  struct libns_entry *entry)
{
	libns_entry_free(entry);
	libns_proc_free(proc);
	libns_child_kill(child, SIGKILL, NULL);
	status_of(child);
	libns_child_free(child);
}

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
