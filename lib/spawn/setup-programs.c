/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Programs that set up the namespaces with all rights in them, before the root is switched and
 * rights are given up.
 *
 * Theory of operation
 *
 * Such a program still sees the host. When the program of the plan begins, no process may be left
 * that does. So there is a runner between the child and the program. A pair of sockets tells it when
 * the process that it works for ends, however that happens. Then, and also when the program has
 * ended by itself, the runner kills what is left of the program's session. If the child is the first
 * process of a pid namespace, it kills all others in there, too. The runner is cloned without an exit
 * signal, so that a caller that goes on in place sees nothing of it.
 */

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <libns/type.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/caps.h"
#include "kernel/clone.h"
#include "spawn/setup.h"

/* Runs between vfork(2) and execve(2). Return: errno. */
static int execute(const struct setup *s, const struct libns_program *program, int null_fd)
{
	char *const *envp = s->plan->ask.setup_envp;
	int r;

	setsid();
	/* Standard input and output are for the program of the plan. */
	if (dup2(null_fd, STDIN_FILENO) < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		return errno;
	r = libns_fds_close_on_exec(NULL);
	if (r == 0)
		r = sys_sigprocmask(0, NULL);
	if (r < 0)
		return -r;
	execve(program->path, program->argv, envp ? envp : environ);
	return errno;
}

/* Waits for the end of the program, or of the process that the runner works for. Return: the status
 * of the program, or a negative errno. */
static int watch(pid_t pid, int line)
{
	struct pollfd fds[] = { { -1, POLLIN, 0 }, { line, POLLIN, 0 } };
	int status = 0, r = 0;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	fds[0].fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (fds[0].fd < 0 || poll(fds, ARRAY_SIZE(fds), -1) < 0)
		r = -errno;
	if (r < 0 || fds[1].revents)
		kill(pid, SIGKILL);
	/* The session is killed before the program is reaped: until then its number is its own. */
	if (r == 0 && waitid(P_PID, (id_t)pid, NULL, WEXITED | WNOWAIT) < 0)
		r = -errno;
	kill(-pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid)
		return -errno;
	return r < 0 ? r : status;
}

static _Noreturn void be_runner(const struct setup *s, const struct libns_program *program,
				int line, bool handlers)
{
	struct libns_error ignored = LIBNS_ERROR_INIT;
	volatile int code = 0;
	int null_fd, outcome;
	pid_t pid;

	/* SIGCHLD stays pending until signalfd(2) reads it. */
	sys_sigprocmask(UINT64_MAX, NULL);
	if (handlers)
		clone_reset_handlers();
	signal(SIGCHLD, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	/* A user who is not root inside would lose the capabilities by execve(2). */
	if (s->plan->ask.types & LIBNS_TYPE_USER)
		(void)caps_keep(UINT64_MAX, &ignored);
	null_fd = sys_open_at(AT_FDCWD, "/dev/null", O_RDWR);
	pid = null_fd < 0 ? -1 : vfork();
	if (pid == 0) {
		code = execute(s, program, null_fd);
		_exit(127);
	}
	outcome = pid < 0 ? -errno : watch(pid, line);
	if (code)
		outcome = -code;
	(void)!send(line, &outcome, sizeof(outcome), MSG_NOSIGNAL);
	_exit(0);
}

/* Waits for what the runner says. Return: the status of the program, or a negative errno. */
static int hear(const struct setup *s, int line)
{
	struct pollfd fds[] = { { line, POLLIN, 0 }, { s->line, 0, 0 } };
	int outcome;

	while (poll(fds, ARRAY_SIZE(fds), -1) < 0)
		if (errno != EINTR)
			return -errno;
	/* The caller has ended. */
	if (!fds[0].revents)
		return -ECANCELED;
	if (recv(line, &outcome, sizeof(outcome), MSG_DONTWAIT) != (ssize_t)sizeof(outcome))
		return -ECHILD;
	return outcome;
}

/* Ends all other processes of a pid namespace whose first process this is. */
static void end_others(const struct setup *s)
{
	if (s->in_place || !(s->plan->ask.types & LIBNS_TYPE_PID) || getpid() != 1)
		return;
	kill(-1, SIGKILL);
	while (waitpid(-1, NULL, __WALL) > 0 || errno == EINTR)
		continue;
}

static int say_outcome(const struct libns_program *program, int outcome, struct libns_error *err)
{
	const char *words = "";

	for (size_t i = 0; program->argv[i]; i++)
		words = program->argv[i];
	if (outcome < 0)
		return error_set(err, LIBNS_STEP_SETUP, -outcome, "cannot run '%s' for the set-up",
				 program->path);
	if (WIFSIGNALED(outcome))
		return error_say(err, LIBNS_STEP_SETUP, ECHILD,
				 "a program of the set-up was killed by signal %d: %s",
				 WTERMSIG(outcome), words);
	if (WEXITSTATUS(outcome))
		return error_say(err, LIBNS_STEP_SETUP, ECHILD,
				 "a program of the set-up has ended with status %d: %s",
				 WEXITSTATUS(outcome), words);
	return 0;
}

static int run(const struct setup *s, const struct libns_program *program, struct libns_error *err)
{
	struct clone_result runner;
	int line[2], r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, line) < 0)
		return error_set(err, LIBNS_STEP_SETUP, errno, "cannot run '%s' for the set-up",
				 program->path);
	r = clone_process(0, 0, NULL, &runner, err);
	if (r == 0 && runner.pid == 0) {
		base_close(line[0]);
		/* The caller learns of the child's end by the end of this line. */
		base_close(s->line);
		be_runner(s, program, line[1], runner.handlers);
	}
	base_close(line[1]);
	if (r == 0)
		r = hear(s, line[0]);
	base_close(line[0]);
	if (runner.pid > 0) {
		clone_wait(runner.pid, NULL);
		base_close(runner.pidfd);
		end_others(s);
		r = say_outcome(program, r, err);
	}
	return r;
}

int setup_programs(const struct setup *s, struct libns_error *err)
{
	const struct libns_plan *ask = &s->plan->ask;
	char words[256];
	int r = 0;

	for (size_t i = 0; i < ask->n_setups && r == 0; i++) {
		const struct libns_program *program = &ask->setups[i];

		words[0] = '\0';
		for (size_t j = 1; s->explain && program->argv[j]; j++) {
			size_t n = strlen(words);

			error_format(words + n, sizeof(words) - n, ", \"%s\"", program->argv[j]);
		}
		if (!step_explain(s->explain, "a program of the set-up, with all rights inside",
				  "execve(\"%s\"%s)", program->path, words))
			r = run(s, program, err);
	}
	return r;
}
