/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* LIBNS_PLAN_OUT_OF_REACH: what the child is made by, what it has, and how it fails. */

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "refuse.h"
#include "spawn.h"
#include "spawn/child.h"
#include "tap.h"

#if !HAVE_STUB
TEST(there_is_no_stub)
{
	SKIP("no stub for this machine");
}
#else

static struct libns_proc *proc;
static struct libns_entry *entry;
static struct libns_child *inside;

static struct libns_plan plan_of(char *const *argv)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;

	may_create(LIBNS_TYPE_USER | LIBNS_TYPE_PID);
	inside = container(&proc, &entry);
	plan.entry = entry;
	plan.flags = LIBNS_PLAN_OUT_OF_REACH | LIBNS_PLAN_UID | LIBNS_PLAN_GID;
	plan.argv = argv;
	return plan;
}

static void end(void)
{
	end_container(inside, proc, entry);
}

TEST(a_program_in_the_pid_namespace)
{
	struct libns_plan plan = plan_of(ARGV("sh", "-c", "test $$ -lt 10 && exit 7"));

	CHECK_INT(status_of_run(&plan), 7 << 8);
	end();
}

TEST(the_program_has_its_environment_and_no_other)
{
	struct libns_plan plan =
		plan_of(ARGV("sh", "-c", "test \"$A\" = \"b c\" && test -z \"$HOST\""));
	setenv("HOST", "secret", 1);
	plan.envp = ARGV("A=b c", "PATH=/nowhere::/usr/bin:/bin");
	CHECK_INT(status_of_run(&plan), 0);
	end();
}

TEST(descriptors_of_the_caller)
{
	int open_fd = open("/", O_PATH | O_DIRECTORY), other = open("/", O_PATH | O_DIRECTORY);
	int hidden = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct libns_plan plan;
	char script[200];

	plan = plan_of(NULL);
	snprintf(script, sizeof(script),
		 "cd /proc/self/fd && test -e %d && test -e %d && test ! -e %d", open_fd, other,
		 hidden);
	plan.argv = ARGV("sh", "-c", script);
	CHECK_INT(status_of_run(&plan), 0);
	snprintf(script, sizeof(script),
		 "cd /proc/self/fd && test -e %d && test ! -e %d && test ! -e %d && test -e 2",
		 open_fd, other, hidden);
	plan.argv = ARGV("sh", "-c", script);
	plan.flags |= LIBNS_PLAN_CLOSE_FDS;
	plan.keep_fds = &open_fd;
	plan.n_keep_fds = 1;
	CHECK_INT(status_of_run(&plan), 0);
	close(open_fd);
	close(other);
	close(hidden);
	end();
}

TEST(places_limits_and_capabilities)
{
	struct libns_rlimit limits[] = { { RLIMIT_NOFILE, 20, 30 }, { RLIMIT_CORE, 0, 0 } };
	struct libns_plan plan = plan_of(ARGV(
		"sh", "-c",
		"test \"$(pwd)\" = /dev && test $(ulimit -Sn) = 20 && test $(ulimit -Hn) = 30 && "
		"test $(ulimit -c) = 0 && grep -q 'CapEff:.0000000000000001' /proc/self/status && "
		"grep -q 'CapBnd:.0000000000000001' /proc/self/status"));
	struct libns_confine *confine;

	CHECK_INT(libns_confine_new(proc, LIBNS_USER_JOINED, &confine, NULL), 0);
	libns_confine_limit_caps(confine, 1);
	plan.confine = confine;
	plan.flags |= LIBNS_PLAN_CWD_FD;
	plan.cwd_fd = tap_keep(open("/dev", O_PATH | O_DIRECTORY | O_CLOEXEC));
	plan.rlimits = limits;
	plan.n_rlimits = 2;
	CHECK_INT(status_of_run(&plan), 0);
	libns_confine_free(confine);
	end();
}

/* A program that is not there, and others; and how they are found. */
TEST(programs_are_tried_one_by_one)
{
	char dir[] = "/tmp/test-stub-XXXXXX", file[64], path[128];
	struct libns_program others[2] = { { "/nowhere/else", ARGV("x") },
					   { "sh", ARGV("-sh", "-c", "test $0 = -sh && exit 5") } };
	struct libns_plan plan = plan_of(ARGV("/nowhere/at-all"));
	int fd;

	plan.others = others;
	plan.n_others = 2;
	CHECK_INT(status_of_run(&plan), 5 << 8);
	/* Without "#!", by the shell; behind a place where it must not be executed. */
	CHECK(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/script", dir);
	fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	CHECK_INT(write(fd, "test $1 = x && exit 6\n", 22), 22);
	close(fd);
	snprintf(path, sizeof(path), "PATH=/nowhere:%s", dir);
	plan.n_others = 0;
	plan.argv = ARGV("script", "x");
	plan.envp = ARGV(path);
	CHECK_INT(status_of_run(&plan), 6 << 8);
	unlink(file);
	rmdir(dir);
	end();
}

static void check_declined(const struct libns_plan *plan)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_child *child = NULL;
	int before = open("/", O_PATH | O_CLOEXEC), after;

	close(before);
	CHECK_INT(libns_spawn(plan, &child, &err), -EOPNOTSUPP);
	CHECK(!child && *err.text);
	after = open("/", O_PATH | O_CLOEXEC);
	CHECK_INT(after, before);
	close(after);
	/* Only the first process of the container is left. */
	CHECK_INT(waitpid(-1, NULL, __WALL | WNOHANG), 0);
}

TEST(what_fails_or_is_not_known_is_declined)
{
	struct libns_plan plan = plan_of(ARGV("/nowhere/at-all")), other;

	check_declined(&plan);
	plan.argv = ARGV("true");
	other = plan;
	other.flags |= LIBNS_PLAN_KEEP_CAPS;
	check_declined(&other);
	other = plan;
	other.cwd = "/nowhere";
	check_declined(&other);
	other = plan;
	other.entry = NULL;
	check_declined(&other);
	refuse(SYS_memfd_create, EPERM);
	check_declined(&plan);
	end();
}

TEST(a_limit_of_file_sizes_does_not_end_the_caller)
{
	struct libns_plan plan = plan_of(ARGV("true"));
	const struct rlimit none = { 0, RLIM_INFINITY };

	CHECK_INT(setrlimit(RLIMIT_FSIZE, &none), 0);
	check_declined(&plan);
	end();
}

/* Having to look for the program takes a while; but now and then it runs all the same. */
TEST(who_waits_gives_up)
{
	struct libns_plan plan = plan_of(ARGV("true"));
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_child *child = NULL;
	static char path[100000];
	int ends[2], r = 0;

	strcpy(path, "PATH=/usr/bin:/bin");
	for (size_t i = 5; i < sizeof(path) - 20; i += 2)
		memcpy(path + i, "x:", 3);
	strcat(path, "/usr/bin:/bin");
	CHECK_INT(pipe2(ends, O_CLOEXEC), 0);
	CHECK_INT(write(ends[1], "x", 1), 1);
	plan.envp = ARGV(path);
	plan.flags |= LIBNS_PLAN_CANCEL_FD;
	plan.cancel_fd = ends[0];
	for (int i = 0; i < 100 && r != -ECANCELED; i++) {
		r = libns_spawn(&plan, &child, &err);
		if (r == 0) {
			CHECK_INT(status_of(child), 0);
			child = libns_child_free(child);
		}
	}
	CHECK_INT(r, -ECANCELED);
	CHECK_INT(waitpid(-1, NULL, __WALL | WNOHANG), 0);
	close(ends[0]);
	close(ends[1]);
	end();
}

static int find_stub(void *data, const char *actor, const char *call, const char *why)
{
	bool *found = data;

	*found |= strstr(call, "sealed memory") != NULL;
	return 0;
}

TEST(the_explanation_names_the_stub)
{
	struct libns_plan plan = plan_of(ARGV("true"));
	bool found = false;

	CHECK_INT(libns_plan_explain(&plan, LIBNS_HOW_SPAWN, find_stub, &found, NULL), 0);
	CHECK(found);
	found = false;
	plan.flags |= LIBNS_PLAN_KEEP_CAPS;
	CHECK_INT(libns_plan_explain(&plan, LIBNS_HOW_SPAWN, find_stub, &found, NULL), 0);
	CHECK(!found);
	plan.flags = 0;
	CHECK_INT(libns_plan_explain(&plan, LIBNS_HOW_SPAWN, find_stub, &found, NULL), 0);
	CHECK(!found);
	end();
}

/* The file of the child is the stub, which a program can have executed again. */
TEST(the_stub_does_nothing_for_others)
{
	char dir[] = "/tmp/test-stub-XXXXXX", file[64];
	struct libns_plan plan = plan_of(ARGV(file));
	int fd;

	CHECK(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/script", dir);
	fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	CHECK_INT(write(fd, "#!/proc/self/exe\n", 17), 17);
	close(fd);
	CHECK_INT(status_of_run(&plan), 126 << 8);
	unlink(file);
	rmdir(dir);
	end();
}

TEST(signals_of_the_caller)
{
	struct libns_plan plan =
		plan_of(ARGV("grep", "-q", "SigBlk:.0000000000000200", "/proc/self/status"));
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	CHECK_INT(sigprocmask(SIG_SETMASK, &set, NULL), 0);
	CHECK_INT(status_of_run(&plan), 0);
	plan.flags |= LIBNS_PLAN_SIGMASK;
	plan.sigmask = 0;
	plan.argv = ARGV("grep", "-q", "SigBlk:.0000000000000000", "/proc/self/status");
	CHECK_INT(status_of_run(&plan), 0);
	/* Its own is as it was. */
	CHECK_INT(sigprocmask(SIG_SETMASK, NULL, &set), 0);
	CHECK(sigismember(&set, SIGUSR1) && !sigismember(&set, SIGUSR2));
	end();
}

/* What a child has become could not be told then. */
TEST(a_caller_that_ignores_its_children)
{
	struct libns_plan plan = plan_of(ARGV("true"));
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_child *child;

	signal(SIGCHLD, SIG_IGN);
	CHECK_INT(libns_spawn(&plan, &child, &err), -EOPNOTSUPP);
	CHECK_STR(err.text, "a child cannot be made out of reach where SIGCHLD is ignored");
	signal(SIGCHLD, SIG_DFL);
	CHECK_INT(sigaction(SIGCHLD, &(struct sigaction){ .sa_flags = SA_NOCLDWAIT }, NULL), 0);
	CHECK_INT(libns_spawn(&plan, &child, &err), -EOPNOTSUPP);
	signal(SIGCHLD, SIG_DFL);
	end();
}

/* A stranger who traces it can have it end with 0 before it executes anything. */
TEST(a_child_that_ended_in_place_of_the_program)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_child child = { .pidfd = -1, .channel = -1 };
	siginfo_t info;

	child.pid = fork();
	if (child.pid == 0)
		_exit(0);
	tap_keep_child(child.pid);
	CHECK_INT(child_check_program(&child, &err), -EIO);
	CHECK_CONTAINS(err.text, "ended before it ran the program, and said nothing");
	/* Also once it is a zombie. */
	CHECK_INT(waitid(P_PID, (id_t)child.pid, &info, WEXITED | WNOWAIT), 0);
	CHECK_INT(child_check_program(&child, NULL), -EIO);
	child.pid = fork();
	if (child.pid == 0) {
		execl("/bin/true", "true", (char *)NULL);
		_exit(1);
	}
	tap_keep_child(child.pid);
	CHECK_INT(waitid(P_PID, (id_t)child.pid, &info, WEXITED | WNOWAIT), 0);
	CHECK_INT(child_check_program(&child, NULL), 0);
}
#endif

TAP_MAIN
