/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Standing in for a child: signals, stops, deadline, terminal. */

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#include "lease.h"
#include "supervise.h"

/*
 * Of a pipe that is the child's standard output, or of a terminal. What follows the text is
 * kept for the next call: two words may come in one piece.
 */
static void hear(int fd, const char *text)
{
	static char seen[1024];
	static size_t n;
	char *at;

	while (!(at = strstr(seen, text))) {
		struct pollfd p = { fd, POLLIN, 0 };
		ssize_t got =
			poll(&p, 1, 10000) == 1 ? read(fd, seen + n, sizeof(seen) - n - 1) : -1;

		if (got <= 0)
			TAP_FAIL("no '%s' in '%s'", text, seen);
		n += (size_t)got;
		seen[n] = '\0';
	}
	at += strlen(text);
	n -= (size_t)(at - seen);
	memmove(seen, at, n + 1);
}

TEST(status_of_the_child)
{
	struct libns_supervisor_options options = LIBNS_SUPERVISOR_OPTIONS_INIT;
	struct libns_supervisor *s = supervise(&options);
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	int status;

	CHECK(!libns_supervisor_get_child(s));
	CHECK_INT(libns_supervisor_wait(s, &status, &err), -EINVAL);
	CHECK_STR(err.text, "the supervisor has no child to wait for");
	start(s, "exit 7");
	CHECK(libns_supervisor_get_child(s));
	plan.argv = ARGV("true");
	CHECK_INT(libns_supervisor_spawn(s, &plan, &err), -EBUSY);
	status = wait_for(s);
	CHECK(WIFEXITED(status));
	CHECK_INT(WEXITSTATUS(status), 7);
	CHECK(!libns_supervisor_has_timed_out(s) && !libns_supervisor_was_held(s));
	CHECK(!libns_supervisor_free(s));
	CHECK(!libns_supervisor_free(NULL));
}

TEST(options_are_checked)
{
	struct libns_supervisor_options options = LIBNS_SUPERVISOR_OPTIONS_INIT;
	struct {
		struct libns_supervisor_options options;
		uint64_t more;
	} newer = { .options = { .size = sizeof(newer) }, .more = 1 };
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_supervisor *s = NULL;

	options.flags = UINT64_C(1) << 40;
	CHECK_INT(libns_supervisor_new(&options, &s, &err), -EINVAL);
	CHECK_STR(err.text, "this libns knows no flag of a supervisor with the value 1 << 40");
	options.flags = 0;
	options.timeout_ms = -1;
	CHECK_INT(libns_supervisor_new(&options, &s, &err), -EINVAL);
	options.size = 0;
	CHECK_INT(libns_supervisor_new(&options, &s, &err), -EINVAL);
	CHECK_INT(libns_supervisor_new(&newer.options, &s, &err), -E2BIG);
	CHECK(!s);
}

TEST(what_is_the_supervisors_is_refused)
{
	struct libns_supervisor_options options = LIBNS_SUPERVISOR_OPTIONS_INIT;
	struct libns_supervisor *s = supervise(&options);
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;

	plan.argv = ARGV("true");
	plan.flags = LIBNS_PLAN_SIGMASK;
	CHECK_INT(libns_supervisor_spawn(s, &plan, &err), -EINVAL);
	CHECK_STR(err.text, "terminal, signal mask and cancelling are the supervisor's");
	libns_supervisor_free(s);
}

TEST(caller_is_left_as_it_was)
{
	struct libns_supervisor_options options = LIBNS_SUPERVISOR_OPTIONS_INIT;
	struct sigaction action = { .sa_handler = SIG_IGN };
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_supervisor *s;
	sigset_t set, now;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	CHECK_INT(sigprocmask(SIG_SETMASK, &set, NULL), 0);
	CHECK_INT(sigaction(SIGCHLD, &action, NULL), 0);
	options.signals = LIBNS_SUPERVISE_ALL;
	s = supervise(&options);
	/* The mask of before is the child's: only the twelfth bit of it. Shells clear it. */
	plan.argv = ARGV("grep", "-q", "SigBlk:.0*800$", "/proc/self/status");
	CHECK_INT(libns_supervisor_spawn(s, &plan, NULL), 0);
	CHECK_INT(wait_for(s), 0);
	libns_supervisor_free(s);
	CHECK_INT(sigprocmask(SIG_SETMASK, NULL, &now), 0);
	CHECK_INT(sigismember(&now, SIGUSR2), 1);
	CHECK_INT(sigismember(&now, SIGTERM), 0);
	CHECK_INT(sigismember(&now, SIGCHLD), 0);
	CHECK_INT(sigaction(SIGCHLD, NULL, &action), 0);
	CHECK(action.sa_handler == SIG_IGN);
}

/* The standard error of a case that is in front of a terminal now; -1: of all others. */
static int old_stderr = -1;

/* Ends a process that has stood in for a child with the child's exit status. What was not
 * freed is noticed in builds with AddressSanitizer: the check of tap.h sees the case alone. */
static _Noreturn void end_like_child(struct libns_supervisor *s, int status)
{
	bool timed_out = libns_supervisor_has_timed_out(s);

	libns_supervisor_free(s);
	/* Nobody reads from the terminal any more, and a report is long. */
	if (old_stderr >= 0)
		dup2(old_stderr, 2);
	if (__lsan_do_recoverable_leak_check && __lsan_do_recoverable_leak_check() != 0)
		_exit(98);
	if (timed_out)
		_exit(99);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 100 + WTERMSIG(status));
}

/* A process that stands in for a child as @options say and ends with its exit status.
 * @output: receives what the child prints, or NULL. */
static pid_t stand_in(const struct libns_supervisor_options *options, const char *script,
		      int *output)
{
	int ends[2] = { -1, -1 };
	pid_t pid;

	CHECK_INT(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		if (output)
			CHECK_INT(dup2(ends[1], STDOUT_FILENO), STDOUT_FILENO);
		struct libns_supervisor *s = supervise(options);

		start(s, script);
		end_like_child(s, wait_for(s));
	}
	CHECK(pid > 0);
	close(ends[1]);
	if (output)
		*output = ends[0];
	else
		close(ends[0]);
	return pid;
}

static int exit_of(pid_t pid)
{
	int status = -1;

	CHECK_INT(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

TEST(signals_are_passed_on)
{
	struct libns_supervisor_options options = LIBNS_SUPERVISOR_OPTIONS_INIT;
	int output;
	pid_t pid;

	options.signals = LIBNS_SUPERVISE_ALL;
	pid = stand_in(&options,
		       "trap 'echo usr1' USR1; trap 'exit 5' TERM; echo ready; "
		       "while :; do sleep 0.05; done",
		       &output);
	hear(output, "ready");
	CHECK_INT(kill(pid, SIGUSR1), 0);
	hear(output, "usr1");
	CHECK_INT(kill(pid, SIGTERM), 0);
	CHECK_INT(exit_of(pid), 5);
	close(output);
}

TEST(signals_that_are_not_passed_on_are_dropped)
{
	struct libns_supervisor_options options = LIBNS_SUPERVISOR_OPTIONS_INIT;
	int output, go[2];
	pid_t pid;

	CHECK_INT(pipe2(go, O_CLOEXEC), 0);
	CHECK_INT(dup2(go[0], STDIN_FILENO), STDIN_FILENO);
	pid = stand_in(&options, "echo ready; read line; exit 6", &output);
	hear(output, "ready");
	CHECK_INT(kill(pid, SIGTERM), 0);
	CHECK_INT(kill(pid, SIGINT), 0);
	CHECK_INT(write(go[1], "go\n", 3), 3);
	CHECK_INT(exit_of(pid), 6);
	close(output);
	close(go[0]);
	close(go[1]);
}

TEST(stops_and_continues_with_the_child)
{
	struct libns_supervisor_options options = LIBNS_SUPERVISOR_OPTIONS_INIT;
	int status;
	pid_t pid;

	options.signals = LIBNS_SUPERVISE_ALL;
	pid = stand_in(&options, "kill -STOP $$; exit 8", NULL);
	CHECK_INT(waitpid(pid, &status, WUNTRACED), pid);
	CHECK(WIFSTOPPED(status));
	CHECK_INT(kill(pid, SIGCONT), 0);
	CHECK_INT(exit_of(pid), 8);
}

TEST(deadline_ends_the_child)
{
	struct libns_supervisor_options options = LIBNS_SUPERVISOR_OPTIONS_INIT;
	struct libns_supervisor *s;
	int status, ends[2];
	char script[128];

	options.timeout_ms = 50;
	s = supervise(&options);
	start(s, "exec sleep 1000");
	status = wait_for(s);
	CHECK(WIFSIGNALED(status));
	CHECK_INT(WTERMSIG(status), SIGKILL);
	CHECK(libns_supervisor_has_timed_out(s));
	libns_supervisor_free(s);
	/* First the word, then the blow. */
	options.timeout_ms = 300;
	options.kill_after_ms = 100;
	s = supervise(&options);
	start(s, "trap 'got=1' TERM; while [ -z \"$got\" ]; do sleep 0.02; done; exit 3");
	status = wait_for(s);
	CHECK(libns_supervisor_has_timed_out(s));
	CHECK(WIFSIGNALED(status) || WEXITSTATUS(status) == 3);
	libns_supervisor_free(s);
	/* The time begins with the wait; by then the child does not mind the word. */
	CHECK_INT(pipe(ends), 0);
	snprintf(script, sizeof(script),
		 "trap '' TERM; echo ready >&%d; while :; do sleep 0.02; done", ends[1]);
	s = supervise(&options);
	start(s, script);
	hear(ends[0], "ready");
	status = wait_for(s);
	CHECK(WIFSIGNALED(status));
	CHECK_INT(WTERMSIG(status), SIGKILL);
	libns_supervisor_free(s);
	close(ends[0]);
	close(ends[1]);
}

TEST(a_signal_cancels_the_start)
{
	struct libns_supervisor_options options = LIBNS_SUPERVISOR_OPTIONS_INIT;
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_supervisor *s;
	int lease;

	options.flags = LIBNS_SUPERVISE_CANCEL;
	options.signals = LIBNS_SUPERVISE_ALL;
	s = supervise(&options);
	CHECK_INT(libns_supervisor_get_signal(s), 0);
	CHECK_INT(raise(SIGTERM), 0);
	plan.argv = ARGV("program");
	plan.path = leased_program(&lease);
	CHECK_INT(libns_supervisor_spawn(s, &plan, &err), -ECANCELED);
	CHECK_INT(unlink(plan.path), 0);
	close(lease);
	CHECK_INT(libns_supervisor_get_signal(s), SIGTERM);
	CHECK(!libns_supervisor_get_child(s));
	libns_supervisor_free(s);
}

/* The rest of the case is a process in front of a terminal of the test's own: the results of
 * the test must not go there. Return: the other end of that terminal. */
static int in_front_of_terminal(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), slave;
	pid_t pid;

	if (master < 0 || unlockpt(master) < 0)
		SKIP("no terminal can be made here");
	pid = fork();
	if (pid != 0) {
		close(master);
		CHECK_INT(exit_of(pid), 0);
		exit(0);
	}
	CHECK(setsid() > 0);
	old_stderr = fcntl(2, F_DUPFD_CLOEXEC, 3);
	slave = open(ptsname(master), O_RDWR | O_CLOEXEC);
	CHECK(slave >= 0);
	for (int fd = 0; fd <= 2; fd++)
		CHECK_INT(dup2(slave, fd), fd);
	close(slave);
	return master;
}

/* A process that stands in for @plan on a second terminal, and ends with its exit status. */
static pid_t stand_in_on_terminal(const struct libns_plan *plan)
{
	struct libns_supervisor_options options = LIBNS_SUPERVISOR_OPTIONS_INIT;
	struct libns_supervisor *s;
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid > 0)
		return pid;
	options.signals = LIBNS_SUPERVISE_ALL;
	options.flags = LIBNS_SUPERVISE_TERMINAL;
	s = supervise(&options);
	if (libns_supervisor_spawn(s, plan, NULL) < 0)
		_exit(1);
	end_like_child(s, wait_for(s));
}

TEST(terminal_of_its_own)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;
	int master = in_front_of_terminal();
	char words[256] = "";
	pid_t pid;

	if (geteuid() == 0) {
		plan.flags = LIBNS_PLAN_UID | LIBNS_PLAN_GID | LIBNS_PLAN_CLEAR_GROUPS;
		plan.uid = plan.gid = 65531;
	}
	plan.argv = ARGV("sh", "-c",
			 "echo opened >/dev/stderr; stat -Lc %u: /dev/stdin; "
			 "read line; echo got $line; exit 9");
	pid = stand_in_on_terminal(&plan);
	hear(master, "opened");
	snprintf(words, sizeof(words), "%u:", geteuid() == 0 ? 65531 : geteuid());
	hear(master, words);
	CHECK_INT(write(master, "typed\n", 6), 6);
	hear(master, "got typed");
	CHECK_INT(exit_of(pid), 9);
	_exit(0);
}

TEST(a_terminal_that_is_the_callers)
{
	int null;
	pid_t pid;

	in_front_of_terminal();
	CHECK_INT(ioctl(0, TIOCSCTTY, 0), 0);
	CHECK(libns_terminal_is_ours() && libns_terminal_in_reach());
	/* In the background it is in reach, and somebody else's. */
	pid = fork();
	if (pid == 0) {
		CHECK_INT(setpgid(0, 0), 0);
		_exit(libns_terminal_is_ours() || !libns_terminal_in_reach());
	}
	CHECK_INT(exit_of(pid), 0);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = 0; fd <= 2; fd++)
		CHECK_INT(dup2(null, fd), fd);
	CHECK(!libns_terminal_is_ours() && libns_terminal_in_reach());
	/* In another session there is no /dev/tty. */
	pid = fork();
	if (pid == 0) {
		CHECK(setsid() > 0);
		_exit(libns_terminal_is_ours() || libns_terminal_in_reach());
	}
	CHECK_INT(exit_of(pid), 0);
	_exit(0);
}

/* Three descriptors, which wait for what is typed, are all that the program has of it. */
TEST(descriptors_of_the_terminal)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;
	int master = in_front_of_terminal();
	pid_t pid;

	/* The fourth one is the directory that is listed. */
	plan.argv = ARGV("sh", "-c",
			 "echo fds $(ls /proc/self/fd | tr '\\n' .); "
			 "for fd in 0 1 2; do set -- $(grep flags: /proc/self/fdinfo/$fd); "
			 "case $2 in *[4-7][0-7][0-7][0-7]) exit 5 ;; *) echo waits ;; esac; done");
	pid = stand_in_on_terminal(&plan);
	hear(master, "fds 0.1.2.3.\r");
	for (int fd = 0; fd <= 2; fd++)
		hear(master, "waits");
	CHECK_INT(exit_of(pid), 0);
	for (int fd = 0; fd <= 2; fd++)
		CHECK(!(fcntl(fd, F_GETFL) & O_NONBLOCK));
	_exit(0);
}

TEST(suspend_key)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;
	int master = in_front_of_terminal(), status;
	pid_t pid;

	/* Without a child: a shell that is stopped while it starts one (vfork) never stops. */
	plan.argv = ARGV("sh", "-c",
			 "trap 'echo continued' CONT; trap 'exit 9' TERM; echo ready; "
			 "while :; do read line; done");
	pid = stand_in_on_terminal(&plan);
	hear(master, "ready");
	for (int i = 0; i < 2; i++) {
		CHECK_INT(write(master, "\x1a", 1), 1);
		CHECK_INT(waitpid(pid, &status, WUNTRACED), pid);
		CHECK(WIFSTOPPED(status));
		CHECK_INT(kill(pid, SIGCONT), 0);
		hear(master, "continued");
	}
	CHECK_INT(kill(pid, SIGTERM), 0);
	CHECK_INT(exit_of(pid), 9);
	_exit(0);
}

TEST(input_that_nobody_takes)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;
	int master = in_front_of_terminal();
	struct pollfd room = { master, POLLOUT, 0 };
	char text[4096];
	pid_t pid;

	plan.argv = ARGV("sh", "-c",
			 "stty raw -echo; trap 'echo alive' USR1; trap 'exit 9' TERM; echo ready; "
			 "while :; do sleep 0.02; done");
	pid = stand_in_on_terminal(&plan);
	hear(master, "ready");
	memset(text, 'x', sizeof(text));
	CHECK_INT(fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK), 0);
	/* Until both terminals and what lies between them are full. */
	while (poll(&room, 1, 500) == 1)
		CHECK(write(master, text, sizeof(text)) > 0 || errno == EAGAIN);
	CHECK_INT(kill(pid, SIGUSR1), 0);
	hear(master, "alive");
	CHECK_INT(kill(pid, SIGTERM), 0);
	CHECK_INT(exit_of(pid), 9);
	_exit(0);
}

TAP_MAIN
