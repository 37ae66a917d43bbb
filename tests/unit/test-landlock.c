/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Rules of Landlock as an object, and as a part of a plan, for a program and for a thread. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include <libns/libns.h>

#include "confine/confine.h"
#include "confine/landlock.h"
#include "spawn.h"

static struct libns_landlock *rules;
static struct libns_confine *confine;
static struct libns_error err;

/* Which the tests of this file need, as any kernel since 6.2 has it. */
static void need_landlock(void)
{
	if (libns_landlock_abi(NULL) < 3)
		SKIP("needs Landlock of Linux 6.2");
}

static void begin(void)
{
	memset(&err, 0, sizeof(err));
	CHECK_INT(libns_landlock_new(&rules, NULL), 0);
	CHECK_INT(libns_confine_new(NULL, LIBNS_USER_KEPT, &confine, NULL), 0);
}

static void end(void)
{
	confine = libns_confine_free(confine);
	rules = libns_landlock_free(rules);
}

static int apply(void)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;
	int r = libns_confine_set_landlock(confine, rules, false, &err);

	plan.confine = confine;
	return r < 0 ? r : libns_apply(&plan, &err);
}

/* In a process of its own: who is restricted cannot look at what it leaves. */
static void apart(void (*what)(void))
{
	pid_t pid = fork();
	int status;

	CHECK(pid >= 0);
	if (pid == 0) {
		begin();
		what();
		end();
		exit(0);
	}
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(status, 0);
}

static int can_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

TEST(version)
{
	int abi = libns_landlock_abi(&err);
	unsigned int errata = 0;

	if (abi < 0) {
		CHECK(abi == -ENOSYS || abi == -EOPNOTSUPP);
		CHECK_INT(err.step, LIBNS_STEP_LANDLOCK);
		CHECK_INT(err.code, -abi);
		SKIP("the kernel has no Landlock");
	}
	CHECK(abi >= 1 && abi < 100);
	if (libns_landlock_errata(&errata, &err) < 0)
		CHECK_STR(err.text, "this kernel does not tell errata of Landlock");
	else
		CHECK(!(errata >> 16));
}

TEST(what_is_refused)
{
	char sentence[sizeof(err.text)];

	begin();
	CHECK_INT(libns_landlock_add(rules, "fs:rd:/", &err), -EINVAL);
	CHECK_STR(err.text, "Landlock has no 'rd' of 'fs'");
	CHECK_INT(libns_landlock_add(rules, NULL, &err), -EINVAL);
	CHECK_INT(libns_landlock_allow_path(rules, "/", 0, &err), -EINVAL);
	CHECK_STR(err.text, "a Landlock rule grants no right at all");
	CHECK_INT(libns_landlock_allow_path(rules, "", LIBNS_LANDLOCK_EXECUTE, &err), -EINVAL);
	CHECK_STR(err.text, "the path of a Landlock rule is empty");
	CHECK_INT(libns_landlock_allow_path(rules, NULL, LIBNS_LANDLOCK_EXECUTE, &err), -EINVAL);
	CHECK_INT(libns_landlock_allow_path(rules, "/", UINT64_C(1) << 40, &err), -EINVAL);
	snprintf(sentence, sizeof(sentence), "%s", err.text);
	CHECK_CONTAINS(sentence, "right of Landlock");
	CHECK_INT(libns_landlock_allow_fd(rules, -1, LIBNS_LANDLOCK_EXECUTE, &err), -EBADF);
	CHECK_INT(libns_landlock_allow_fd(rules, 0, 0, &err), -EINVAL);
	CHECK_INT(libns_landlock_allow_port(rules, 80, 0, &err), -EINVAL);
	CHECK_INT(libns_landlock_allow_port(rules, 80, 16, &err), -EINVAL);
	CHECK_INT(libns_landlock_restrict(rules, LIBNS_LANDLOCK_SCOPE, 0, &err), -EINVAL);
	CHECK_INT(libns_landlock_restrict(rules, 0, 4, &err), -EINVAL);
	/* Nothing of that has become a rule. */
	CHECK_INT(rules->n, 0);
	CHECK_INT(rules->classes, 0);
	end();
	CHECK(libns_landlock_free(NULL) == NULL);
}

TEST(rules_add_up)
{
	begin();
	CHECK_INT(libns_landlock_add(rules, "scope:signal", NULL), 0);
	CHECK_INT(rules->scopes, LIBNS_LANDLOCK_SIGNAL);
	CHECK_INT(libns_landlock_restrict(rules, LIBNS_LANDLOCK_FS | LIBNS_LANDLOCK_NET,
					  LIBNS_LANDLOCK_ABSTRACT_UNIX_SOCKET, NULL),
		  0);
	CHECK_INT(rules->classes, 7);
	CHECK_INT(rules->scopes, 3);
	CHECK_INT(rules->n, 4);
	CHECK_INT(landlock_restricted(rules, LIBNS_LANDLOCK_FS, 7), 0xffff);
	CHECK_INT(landlock_restricted(rules, LIBNS_LANDLOCK_NET, 3), 0);
	CHECK_INT(landlock_restricted(rules, LIBNS_LANDLOCK_SCOPE, 7), 3);
	CHECK_STR(libns_landlock_gap_at(rules, 9, 0)->what, "UDP");
	CHECK(libns_landlock_gap_at(rules, 9, 1) == NULL);
	CHECK_INT(libns_landlock_count_gaps(rules, 9), 1);
	CHECK_INT(libns_landlock_count_gaps(rules, 10), 0);
	end();
	begin();
	CHECK(libns_landlock_gap_at(rules, 0, 0) == NULL);
	CHECK_STR(libns_landlock_gap_at(NULL, 0, 0)->what, "files");
	end();
}

static void restrict_thread(void)
{
	int fd = open("/proc/sys", O_PATH | O_CLOEXEC);

	CHECK(fd >= 0);
	CHECK_INT(libns_landlock_allow_path(rules, "/dev/null",
					    LIBNS_LANDLOCK_READ_FILE | LIBNS_LANDLOCK_WRITE_FILE,
					    NULL),
		  0);
	CHECK_INT(libns_landlock_allow_fd(rules, fd,
					  LIBNS_LANDLOCK_READ_FILE | LIBNS_LANDLOCK_READ_DIR, NULL),
		  0);
	CHECK_INT(apply(), 0);
	close(fd);
	CHECK_INT(can_open("/dev/null", O_RDWR), 0);
	CHECK_INT(can_open("/proc/sys/kernel/ostype", O_RDONLY), 0);
	CHECK_INT(can_open("/proc/sys", O_RDONLY | O_DIRECTORY), 0);
	CHECK_INT(can_open("/dev/zero", O_RDONLY), -EACCES);
	CHECK_INT(can_open("/", O_RDONLY | O_DIRECTORY), -EACCES);
	CHECK_INT(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
}

TEST(thread_is_restricted)
{
	need_landlock();
	apart(restrict_thread);
}

/* Of what two rules grant on the same path, both hold. */
static void grant_twice(void)
{
	CHECK_INT(libns_landlock_add(rules, "fs:read-file:/dev/null", NULL), 0);
	CHECK_INT(libns_landlock_add(rules, "fs:write-file:/dev/null", NULL), 0);
	CHECK_INT(apply(), 0);
	CHECK_INT(can_open("/dev/null", O_RDWR), 0);
}

TEST(twice_the_same_path)
{
	need_landlock();
	apart(grant_twice);
}

static void scope_signals(void)
{
	CHECK_INT(libns_landlock_restrict(rules, 0, LIBNS_LANDLOCK_SIGNAL, NULL), 0);
	CHECK_INT(apply(), 0);
	CHECK_INT(can_open("/", O_RDONLY | O_DIRECTORY), 0);
	CHECK_INT(kill(getppid(), 0), -1);
	CHECK_INT(errno, EPERM);
	CHECK_INT(kill(getpid(), 0), 0);
}

TEST(only_what_is_named_is_restricted)
{
	need_landlock();
	if (libns_landlock_abi(NULL) < 6)
		SKIP("needs Landlock of Linux 6.12");
	apart(scope_signals);
}

static void grant_too_much(void)
{
	CHECK_INT(libns_landlock_add(rules, "fs:read-file,make-reg:/dev/null", NULL), 0);
	CHECK_INT(apply(), -EINVAL);
	CHECK_STR(err.text, "cannot grant make-reg on '/dev/null': that is no directory");
	CHECK_INT(err.step, LIBNS_STEP_LANDLOCK);
	/* Nothing is restricted. */
	CHECK_INT(can_open("/", O_RDONLY | O_DIRECTORY), 0);
}

static void grant_by_a_word(void)
{
	/* A word for several rights grants those that files have. */
	CHECK_INT(libns_landlock_add(rules, "fs:rw:/dev/null", NULL), 0);
	CHECK_INT(apply(), 0);
	CHECK_INT(can_open("/dev/null", O_RDWR), 0);
}

TEST(a_right_of_directories_is_none_of_files)
{
	need_landlock();
	apart(grant_too_much);
	apart(grant_by_a_word);
}

static void grant_nothing(void)
{
	CHECK_INT(libns_landlock_add(rules, "fs:ro:/no/such", NULL), 0);
	CHECK_INT(apply(), -ENOENT);
	CHECK_STR(err.text, "cannot open '/no/such' for a Landlock rule: No such file or "
			    "directory");
	CHECK_INT(can_open("/", O_RDONLY | O_DIRECTORY), 0);
}

TEST(a_path_that_is_not_there)
{
	need_landlock();
	apart(grant_nothing);
}

TEST(too_old_a_kernel)
{
	int abi = libns_landlock_abi(NULL);

	need_landlock();
	begin();
	CHECK_INT(libns_landlock_add(rules, "abi:99", NULL), 0);
	CHECK_INT(libns_confine_set_landlock(confine, rules, false, &err), -EOPNOTSUPP);
	CHECK_CONTAINS(err.text, "Landlock ABI 99 is asked for");
	CHECK_INT(libns_confine_set_landlock(confine, rules, true, &err), -EINVAL);
	CHECK_STR(err.text, "the Landlock rules restrict nothing");
	CHECK(confine->landlock == NULL);
	CHECK_INT(libns_landlock_add(rules, "fs", NULL), 0);
	CHECK_INT(libns_confine_set_landlock(confine, rules, true, &err), abi);
	CHECK(confine->landlock == rules);
	end();
}

static int sees_root_only(void *data)
{
	(void)data;
	if (can_open("/", O_RDONLY | O_DIRECTORY) < 0)
		return 1;
	return can_open("/dev/null", O_RDONLY) == -EACCES ? 0 : 2;
}

TEST(child_is_restricted)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;

	need_landlock();
	begin();
	CHECK_INT(libns_landlock_add(rules, "fs:read-dir:/", NULL), 0);
	CHECK(libns_confine_set_landlock(confine, rules, false, NULL) >= 3);
	plan.confine = confine;
	plan.main = sees_root_only;
	CHECK_INT(status_of_run(&plan), 0);
	/* The caller is not. */
	CHECK_INT(can_open("/dev/null", O_RDONLY), 0);
	end();
}

TAP_MAIN
