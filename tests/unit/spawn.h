/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TESTS_UNIT_SPAWN_H
#define TESTS_UNIT_SPAWN_H

/* For tests of libns_spawn(): plans, and children that are waited for. */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libns/libns.h>

#include "may-create.h"
#include "tap.h"

/* String literals as a program's arguments. */
#define ARGV(...) ((char *const *)(uintptr_t)(const char *const[]){ __VA_ARGS__, NULL })

static inline struct libns_idmap *map_own_id(uint32_t own)
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

static inline struct libns_plan rootless(uint64_t types)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;

	plan.types = LIBNS_TYPE_USER | types;
	plan.uid_map = map_own_id(geteuid());
	plan.gid_map = map_own_id(getegid());
	plan.setgroups = LIBNS_SETGROUPS_DENY;
	return plan;
}

static inline struct libns_child *spawn(const struct libns_plan *plan)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_child *child = NULL;

	if (libns_spawn(plan, &child, &err) < 0)
		TAP_FAIL("spawn: %s", libns_error_text(&err));
	return child;
}

static inline int status_of(struct libns_child *child)
{
	int status = -1;

	CHECK_INT(libns_child_wait(child, 0, &status, NULL), 0);
	return status;
}

/* Runs what the plan says and lets go of it. */
static inline int status_of_run(const struct libns_plan *plan)
{
	struct libns_child *child = spawn(plan);
	int status = status_of(child);

	libns_child_free(child);
	return status;
}

/* A process in new pid and user namespaces, and the plan to enter it. */
static inline struct libns_child *container(struct libns_proc **ret_proc,
					    struct libns_entry **ret_entry)
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

static inline void end_container(struct libns_child *child, struct libns_proc *proc,
				 struct libns_entry *entry)
{
	libns_entry_free(entry);
	libns_proc_free(proc);
	libns_child_kill(child, SIGKILL, NULL);
	status_of(child);
	libns_child_free(child);
}

static inline int run(struct libns_plan *plan, const char *script)
{
	struct libns_child *child;
	int status;

	plan->argv = ARGV("sh", "-c", script);
	child = spawn(plan);
	status = status_of(child);
	/* Told again, and nothing is left of it. */
	CHECK_INT(status_of(child), status);
	CHECK_INT(libns_child_kill(child, 0, NULL), -ESRCH);
	libns_child_free(child);
	return status;
}

/* Nothing of a failed attempt may stay: no child, no descriptor. */
static inline void check_nothing_left(void)
{
	CHECK_INT(waitpid(-1, NULL, __WALL | WNOHANG), -1);
	CHECK_INT(errno, ECHILD);
	for (int fd = 3; fd < 20; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			TAP_FAIL("descriptor %d was left open", fd);
}

/* Those that were inherited from whoever runs the test. */
static inline void close_others(void)
{
	for (int fd = 3; fd < 20; fd++)
		close(fd);
}

static inline int fail(const struct libns_plan *plan, struct libns_error *err)
{
	struct libns_child *child = NULL;
	int r;

	close_others();
	/* A directory of PATH that may not be read would make it EACCES. */
	setenv("PATH", "/usr/bin:/bin", 1);
	r = libns_spawn(plan, &child, err);
	CHECK(r < 0 && !child);
	CHECK_INT(r, -err->code);
	check_nothing_left();
	return r;
}

#endif
