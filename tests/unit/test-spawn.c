/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/time.h>

#include <libns/libns.h>

#include "refuse.h"
#include "spawn.h"
#include "tap.h"

TEST(plain_child)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;

	close_others();
	CHECK_INT(WEXITSTATUS(run(&plan, "exit 7")), 7);
	CHECK_INT(WTERMSIG(run(&plan, "kill -9 $$")), SIGKILL);
	check_nothing_left();
}

TEST(no_descriptor_reaches_the_program)
{
	struct libns_plan plan = rootless(LIBNS_TYPE_UTS);

	may_create(plan.types);
	close_others();
	CHECK_INT(run(&plan,
		      "for f in /proc/self/fd/*; do case $f in */[0-9]) ;; *) continue; esac; "
		      "[ ${f##*/} -le 2 ] || [ ! -e $f ] || exit 1; done"),
		  0);
}

TEST(rootless_sandbox)
{
	struct libns_plan plan = rootless(LIBNS_TYPE_PID | LIBNS_TYPE_MNT | LIBNS_TYPE_UTS);

	may_create(plan.types);
	plan.propagation = MS_PRIVATE | MS_REC;
	plan.mount_proc = "/proc";
	plan.hostname = "inside";
	CHECK_INT(run(&plan, "test $$ = 1 && test $(id -u) = 0 && test $(id -g) = 0 && "
			     "test $(uname -n) = inside && test -d /proc/1 && "
			     "grep -q deny /proc/self/setgroups"),
		  0);
}

TEST(program_not_found)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;

	plan.argv = ARGV("no-such-program");
	CHECK_INT(fail(&plan, &err), -ENOENT);
	CHECK_INT(err.step, LIBNS_STEP_EXEC);
	CHECK_STR(err.text, "cannot execute 'no-such-program': No such file or directory");
	plan.argv = ARGV("/etc/passwd");
	CHECK_INT(fail(&plan, &err), -EACCES);
}

TEST(names_that_cannot_be_set)
{
	struct libns_plan plan = rootless(LIBNS_TYPE_UTS);
	struct libns_error err = LIBNS_ERROR_INIT;
	char name[66];

	may_create(plan.types);
	memset(name, 'n', 65);
	name[65] = '\0';
	plan.argv = ARGV("true");
	plan.hostname = name;
	CHECK_INT(fail(&plan, &err), -EINVAL);
	CHECK_INT(err.step, LIBNS_STEP_NAMES);
	CHECK_STR(err.text, "cannot set the host name: it is longer than 64 bytes");
	plan.hostname = NULL;
	plan.domainname = name;
	CHECK_INT(fail(&plan, &err), -EINVAL);
	CHECK_STR(err.text, "cannot set the domain name: it is longer than 64 bytes");
	name[64] = '\0';
	plan.hostname = name;
	CHECK_INT(status_of_run(&plan), 0);
	name[3] = '\0';
	refuse(SYS_sethostname, EPERM);
	CHECK_INT(fail(&plan, &err), -EPERM);
	CHECK_INT(err.types, LIBNS_TYPE_UTS);
	CHECK_STR(err.text, "cannot set the host name to 'nnn': Operation not permitted");
}

TEST(failed_step_is_told_by_the_child)
{
	struct libns_plan plan = rootless(0);
	struct libns_error err = LIBNS_ERROR_INIT;

	may_create(plan.types);
	plan.argv = ARGV("true");
	plan.root = "/no-such-dir";
	CHECK_INT(fail(&plan, &err), -ENOENT);
	CHECK_INT(err.step, LIBNS_STEP_ROOT);
	CHECK_STR(err.text, "cannot change the root to '/no-such-dir': No such file or directory");
}

static int answer(void *data)
{
	return *(int *)data;
}

TEST(function_instead_of_a_program)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;
	int value = 42;

	plan.main = answer;
	plan.main_data = &value;
	CHECK_INT(WEXITSTATUS(status_of_run(&plan)), 42);
}

static void survive(int signal_number)
{
	(void)signal_number;
	_exit(3);
}

static int die(void *unused)
{
	(void)unused;
	raise(SIGUSR1);
	return 0;
}

/* They belong to a program that the child is no longer. */
TEST(function_without_the_handlers_of_the_caller)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;
	int status;

	signal(SIGUSR1, survive);
	plan.main = die;
	status = status_of_run(&plan);
	CHECK(WIFSIGNALED(status));
	CHECK_INT(WTERMSIG(status), SIGUSR1);
}

TEST(no_environment_at_all)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;

	clearenv();
	plan.argv =
		ARGV("sh", "-c", "test \"$(env)\" = \"$(env | grep -E '^(PWD|_|SHLVL|OLDPWD)=')\"");
	CHECK_INT(status_of_run(&plan), 0);
}

TEST(path_of_the_new_environment)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;

	plan.envp = ARGV("PATH=/nowhere");
	plan.argv = ARGV("true");
	CHECK_INT(fail(&plan, &err), -ENOENT);
	plan.envp = ARGV("X=1");
	CHECK_INT(status_of_run(&plan), 0);
	plan.path = "/bin/sh";
	plan.argv = ARGV("-other", "-c", "test $0 = -other && test $X = 1");
	CHECK_INT(status_of_run(&plan), 0);
}

static void write_file(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, mode);

	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

TEST(scripts_and_missing_interpreters)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	char dir[] = "/tmp/test-spawn-XXXXXX", plain[64], bad[64];

	CHECK(mkdtemp(dir));
	snprintf(plain, sizeof(plain), "%s/plain", dir);
	snprintf(bad, sizeof(bad), "%s/bad", dir);
	write_file(plain, "exit 5\n", 0755);
	write_file(bad, "#! /no/such/shell -x\n", 0755);
	plan.argv = ARGV(plain);
	CHECK_INT(WEXITSTATUS(status_of_run(&plan)), 5);
	plan.argv = ARGV(bad);
	CHECK_INT(fail(&plan, &err), -ENOENT);
	unlink(plain);
	unlink(bad);
	rmdir(dir);
	CHECK_CONTAINS(err.text, "it needs '/no/such/shell', which is not there");
}

TEST(held_child)
{
	struct libns_plan plan = rootless(LIBNS_TYPE_NET);
	struct libns_child *child;
	int status;

	may_create(plan.types);
	plan.flags |= LIBNS_PLAN_HOLD;
	plan.argv = ARGV("sh", "-c", "exit 3");
	child = spawn(&plan);
	CHECK_INT(libns_child_wait(child, LIBNS_WAIT_NOHANG, &status, NULL), -EAGAIN);
	CHECK_INT(libns_child_release(child, NULL), 0);
	CHECK_INT(libns_child_release(child, NULL), -EINVAL);
	CHECK_INT(WEXITSTATUS(status_of(child)), 3);
	libns_child_free(child);

	/* Let go of without a release, it ends by itself. */
	child = spawn(&plan);
	libns_child_free(child);
	CHECK(wait(&status) > 0);
	CHECK_INT(WEXITSTATUS(status), 1);
}

TEST(held_child_that_cannot_run)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_child *child;

	close_others();
	plan.flags = LIBNS_PLAN_HOLD;
	plan.argv = ARGV("no-such-program");
	child = spawn(&plan);
	CHECK_INT(libns_child_release(child, &err), -ENOENT);
	libns_child_free(child);
	check_nothing_left();
}

/* Grandchild: spawns, then waits to be killed. */
static void spawn_and_hang(const struct libns_plan *plan, int tell)
{
	struct libns_child *child = spawn(plan);
	pid_t pid = libns_child_get_pid(child);

	CHECK_INT(write(tell, &pid, sizeof(pid)), sizeof(pid));
	for (;;)
		pause();
}

TEST(death_signal_survives_an_id_change)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;
	int tell[2];
	pid_t caller, pid;

	if (geteuid() != 0)
		SKIP("needs root");
	plan.flags = LIBNS_PLAN_UID | LIBNS_PLAN_GID | LIBNS_PLAN_CLEAR_GROUPS;
	plan.uid = plan.gid = 65534;
	plan.death_signal = SIGKILL;
	plan.argv = ARGV("sleep", "60");
	CHECK_INT(pipe(tell), 0);
	tap_keep(tell[0]);
	tap_keep(tell[1]);
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	caller = fork();
	if (caller == 0)
		spawn_and_hang(&plan, tell[1]);
	CHECK_INT(read(tell[0], &pid, sizeof(pid)), sizeof(pid));
	kill(caller, SIGKILL);
	waitpid(caller, NULL, 0);
	CHECK_INT(waitpid(pid, &(int){ 0 }, 0), pid);
}

TEST(clock_offsets_through_a_helper)
{
	struct libns_plan plan = rootless(LIBNS_TYPE_TIME | LIBNS_TYPE_PID);

	may_create(plan.types);
	close_others();
	plan.flags |= LIBNS_PLAN_BOOTTIME | LIBNS_PLAN_MONOTONIC;
	plan.boottime = 1000000;
	plan.monotonic = 5;
	CHECK_INT(run(&plan,
		      "read up rest </proc/uptime; test ${up%.*} -gt 1000000 && test $$ = 1 && "
		      "grep -q '^monotonic *5 ' /proc/self/timens_offsets"),
		  0);
	check_nothing_left();
}

TEST(owner)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_proc *proc;
	struct libns_child *child;
	uid_t uid;
	int fd;

	if (geteuid() != 0)
		SKIP("needs root");
	plan.types = LIBNS_TYPE_USER;
	plan.flags = LIBNS_PLAN_OWNER | LIBNS_PLAN_HOLD;
	plan.owner_uid = plan.owner_gid = 65534;
	plan.uid_map = map_own_id(65534);
	plan.gid_map = map_own_id(65534);
	plan.setgroups = LIBNS_SETGROUPS_DENY;
	plan.argv = ARGV("sh", "-c", "test $(id -u) = 0");
	child = spawn(&plan);
	CHECK_INT(libns_proc_new(LIBNS_PROCFS, libns_child_get_pid(child), &proc, NULL), 0);
	fd = libns_proc_open_ns(proc, LIBNS_TYPE_USER, NULL);
	CHECK_INT(libns_fd_query_owner_uid(fd, &uid, NULL), 0);
	CHECK_INT(uid, 65534);
	CHECK_INT(libns_child_release(child, NULL), 0);
	CHECK_INT(status_of(child), 0);
	CHECK_INT(geteuid(), 0);
	libns_child_free(child);
	libns_proc_free(proc);
	close(fd);
}

TEST(signal_mask_and_handlers)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;
	sigset_t block;

	sigemptyset(&block);
	sigaddset(&block, SIGUSR1);
	sigprocmask(SIG_BLOCK, &block, NULL);
	/* No shell: some clear their mask. */
	plan.argv = ARGV("grep", "-q", "SigBlk:.*0200$", "/proc/self/status");
	CHECK_INT(status_of_run(&plan), 0);
	plan.flags = LIBNS_PLAN_SIGMASK;
	plan.sigmask = UINT64_C(1) << (SIGUSR2 - 1);
	plan.argv = ARGV("grep", "-q", "SigBlk:.*0800$", "/proc/self/status");
	CHECK_INT(status_of_run(&plan), 0);
}

static int tell(void *data, const char *actor, const char *call, const char *why)
{
	char *lines = data;
	size_t n = strlen(lines);

	CHECK(*why);
	snprintf(lines + n, 4096 - n, "%s %s\n", actor, call);
	return 0;
}

TEST(descriptors_that_the_next_program_does_not_get)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int fd = fcntl(STDIN_FILENO, F_DUPFD, 3), r;

	CHECK_INT(fcntl(fd, F_GETFD), 0);
	r = libns_fds_close_on_exec(&err);
	if (r == -ENOSYS || r == -EINVAL)
		SKIP("the kernel has no close_range(2) that spares them until then");
	CHECK_INT(r, 0);
	CHECK_INT(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_INT(fcntl(STDERR_FILENO, F_GETFD), 0);
	close(fd);
}

TEST(explained_only_as_what_there_is)
{
	struct libns_plan plan = rootless(LIBNS_TYPE_MNT);
	struct libns_error err = LIBNS_ERROR_INIT;
	char lines[4096] = "";

	plan.argv = ARGV("true");
	CHECK_INT(libns_plan_explain(&plan, LIBNS_HOW_SPAWN + 1, tell, lines, &err), -EINVAL);
	CHECK_CONTAINS(err.text, "no way to carry out a plan");
	CHECK_STR(lines, "");
}

TEST(explained)
{
	struct libns_plan plan = rootless(LIBNS_TYPE_PID | LIBNS_TYPE_MNT);
	char lines[4096] = "", expected[4096], *rest;

	plan.propagation = MS_PRIVATE | MS_REC;
	plan.mount_proc = "/proc";
	plan.root = "/srv";
	plan.argv = ARGV("true");
	CHECK_INT(libns_plan_explain(&plan, LIBNS_HOW_SPAWN, tell, lines, NULL), 0);
	snprintf(expected, sizeof(expected),
		 "CLONE_NEWUSER|CLONE_NEWNS|CLONE_NEWPID)\n"
		 "child write(\"/proc/self/uid_map\", \"0 %u 1\")\n"
		 "child write(\"/proc/self/setgroups\", \"deny\")\n"
		 "child write(\"/proc/self/gid_map\", \"0 %u 1\")\n"
		 "child mount(NULL, \"/\", NULL, rprivate)\n"
		 "child chroot(\"/srv\")\n"
		 "child chdir(\"/\")\n"
		 "child mount(\"proc\", \"/proc\")\n"
		 "child close(descriptors that execve closes)\n"
		 "child execve(\"true\")\n",
		 geteuid(), getegid());
	/* How the child is made is the matter of test-way.c. */
	CHECK_CONTAINS(lines, "caller clone");
	rest = strstr(lines, "CLONE_NEW");
	CHECK_STR(rest, expected);
}

TAP_MAIN
