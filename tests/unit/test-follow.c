/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <libns/follow.h>
#include <libns/type.h>

#include "entry-to.h"

/* What is looked for in the program. */
#define UMASK 0137
#define FILES 61

static void confine_self(void)
{
	const struct rlimit files = { FILES, FILES };

	umask(UMASK);
	if (unshare(CLONE_NEWUSER | CLONE_NEWUTS) < 0 || setrlimit(RLIMIT_NOFILE, &files) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		_exit(1);
}

/* In a user namespace in which root is 5 and nobody else has a number. */
static pid_t target(void)
{
	pid_t pid = start(confine_self);

	map_ids(pid, "uid_map", "5 0 1");
	map_ids(pid, "gid_map", "5 0 1");
	return pid;
}

static int look_at_self(void *data)
{
	bool follows = *(const bool *)data;
	mode_t mask = umask(0);
	struct rlimit files;

	getrlimit(RLIMIT_NOFILE, &files);
	if (geteuid() != 5 || getegid() != 5 || getuid() != 5)
		return 1;
	if (follows != (mask == UMASK && files.rlim_cur == FILES))
		return 2;
	return follows == (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1) ? 0 : 3;
}

static void check_program(pid_t pid, unsigned int parts, bool follows)
{
	struct libns_entry *entry = entry_to(pid, 0, LIBNS_TYPES_ALL);
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_child *child;
	int status;

	plan.entry = entry;
	plan.main = look_at_self;
	plan.main_data = &follows;
	if (libns_plan_follow_target(&plan, parts, 2000, &err) < 0 ||
	    libns_spawn(&plan, &child, &err) < 0 || libns_child_wait(child, 0, &status, &err) < 0)
		TAP_FAIL("%s", err.text);
	CHECK_INT(status, 0);
	/* No group but 5 has a number in there, and a list that is empty can be set. */
	CHECK_INT(!!(plan.flags & LIBNS_PLAN_CLEAR_GROUPS), !follows);
	libns_child_free(child);
	libns_confine_free(plan.confine);
	libns_entry_free(entry);
}

TEST(ids_and_what_confines)
{
	const unsigned int some = LIBNS_CONFINE_UMASK | LIBNS_CONFINE_LIMITS |
				  LIBNS_CONFINE_NO_NEW_PRIVS | LIBNS_CONFINE_GROUPS;
	pid_t pid;

	if (geteuid() != 0)
		SKIP("only root may map other ids than his own");
	pid = target();
	check_program(pid, some | LIBNS_CONFINE_IDS, true);
	/* Root has no number in there, so that the ids that make sense are the same ones. */
	check_program(pid, 0, false);
}

TEST(in_the_callers_own_user_namespace)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_entry *entry = entry_to(getpid(), 0, LIBNS_TYPES_ALL);

	plan.entry = entry;
	CHECK_INT(libns_plan_follow_target(&plan, 0, 0, &err), 0);
	CHECK_INT(plan.flags, 0);
	libns_confine_free(plan.confine);
	plan.confine = NULL;
	CHECK_INT(libns_plan_follow_target(&plan, LIBNS_CONFINE_IDS, 0, &err), 0);
	CHECK_INT(plan.flags, LIBNS_PLAN_UID | LIBNS_PLAN_GID);
	CHECK_INT(plan.uid, geteuid());
	CHECK_INT(plan.gid, getegid());
	/* It has one already. */
	CHECK_INT(libns_plan_follow_target(&plan, 0, 0, &err), -EINVAL);
	libns_confine_free(plan.confine);
	libns_entry_free(entry);
}

TEST(without_a_target)
{
	struct libns_enter_plan nothing = LIBNS_ENTER_PLAN_INIT;
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_entry *entry;

	CHECK_INT(libns_plan_follow_target(&plan, 0, 0, &err), -EINVAL);
	CHECK_STR(err.text, "there is no target that the plan could follow");
	CHECK_INT(libns_entry_new(&nothing, &entry, &err), 0);
	plan.entry = entry;
	CHECK_INT(libns_plan_follow_target(&plan, 0, 0, &err), -ENODATA);
	CHECK(!plan.confine);
	libns_entry_free(entry);
}

TAP_MAIN
