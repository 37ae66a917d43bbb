/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Theory of operation
 *
 * The first process of a pid namespace is special: signals without a handler do
 * not reach it, and orphans become its children. Most programs are prepared for
 * neither. This one stays first and runs the program as its child.
 *
 * All signals are blocked and fetched one by one. SIGCHLD makes it reap
 * processes. Other signals are passed on to the program if a process has sent
 * them: those that the terminal makes (si_code > 0) have reached the program
 * already, with its process group.
 *
 * It is a copy of the caller, whose secrets the program must not see. So it closes
 * all descriptors but the channel, and overwrites arguments and environment. It is
 * not dumpable: tracing it or reading its memory needs a capability in the user
 * namespace of the caller. It keeps no capability that the program does not have,
 * since all it does is signalling and waiting.
 *
 * The program's process has a copy of this memory, and waits until this process has
 * done all that. If a stub executes the program (screen.h), the copy is spared: the
 * process uses this memory until it executes the stub, and meanwhile this one stands
 * still. So memory is overwritten before; what is left for
 * later are lines between the two and descriptors that the program has, too. Capabilities
 * cannot be given up before without taking them from the program's process: so memory is
 * lent only if there are none that the program will not have.
 *
 * It cannot die of a signal as the program can. So it sends the program's status
 * through the channel, and itself ends with status 128 + n.
 */

#include "spawn/pid1.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/caps.h"
#include "kernel/channel.h"
#include "kernel/clone.h"
#include "spawn/screen.h"
#include "text/procfile.h"

#define TITLE "init (libns)"

int pid1_find_memory(struct pid1_memory *ret, struct libns_error *err)
{
	uint64_t args, args_end, env, env_end;
	char text[1024];
	ssize_t r;

	memset(ret, 0, sizeof(*ret));
	r = sys_read_at(AT_FDCWD, "/proc/self/stat", text, sizeof(text));
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return error_set(err, LIBNS_STEP_PROC, (int)-r,
				 "cannot find what process 1 has to wipe in /proc/self/stat");
	if (procfile_stat_u64(text, STAT_ARG_START, &args) < 0 ||
	    procfile_stat_u64(text, STAT_ARG_END, &args_end) < 0 ||
	    procfile_stat_u64(text, STAT_ENV_START, &env) < 0 ||
	    procfile_stat_u64(text, STAT_ENV_END, &env_end) < 0)
		return error_say(err, LIBNS_STEP_PROC, EBADMSG, "cannot read /proc/self/stat");
	*ret = (struct pid1_memory){ (uintptr_t)args, (uintptr_t)args_end, (uintptr_t)env,
				     (uintptr_t)env_end };
	return 0;
}

static void wipe(const struct pid1_memory *memory)
{
	char *args = (char *)memory->args;

	if (memory->env)
		memset((char *)memory->env, 0, memory->env_end - memory->env);
	if (!args)
		return;
	memset(args, 0, memory->args_end - memory->args);
	if (memory->args_end - memory->args > sizeof(TITLE))
		memcpy(args, TITLE, sizeof(TITLE));
}

/* What the program starts with, and this process changes for itself. */
struct pid1_signals {
	uint64_t mask;
	struct sigaction chld;
};

/* The process that is to become the program. */
struct pid1_program {
	const struct setup *setup;
	const struct pid1_signals *signals;
	int line[2]; /* to process 1: that one's end, and this one's */
};

/* @waits: process 1 does not stand still, and could still show its secrets.
 * AddressSanitizer does not know the stack that this may be on, and would say so at its end. */
static __attribute__((no_sanitize_address)) _Noreturn void
run_program(const struct pid1_program *program, bool waits)
{
	const struct setup *setup = program->setup;
	const struct libns_plan *ask = &setup->plan->ask;
	struct libns_error failure = LIBNS_ERROR_INIT;

	/* A screen expects this line at the number of the one to the caller. */
	if (dup3(program->line[1], setup->line, O_CLOEXEC) < 0)
		_exit(127);
	close(program->line[1]);
	close(program->line[0]);
	if (waits && channel_expect(setup->line, CHANNEL_GO, "process 1", &failure) < 0) {
		report_failed(setup->report, &failure);
		_exit(127);
	}
	sigaction(SIGCHLD, &program->signals->chld, NULL);
	if (clone_set_sigmask(program->signals->mask, NULL, &failure) < 0 ||
	    setup_late_limits(setup, &failure) < 0 || setup_filters(setup, &failure) < 0) {
		report_failed(setup->report, &failure);
		_exit(127);
	}
	step_begin(setup->explain);
	report_runs(setup->report);
	if (ask->main) {
		close(setup->line);
		_exit(ask->main(ask->main_data));
	}
	screen_run(setup, NULL, &failure);
	report_failed(setup->report, &failure);
	_exit(127);
}

static __attribute__((no_sanitize_address)) void run_sharing(const struct clone_result *me,
							     void *data)
{
	(void)me;
	run_program(data, false);
}

static _Noreturn void end(int channel, int status)
{
	channel_send(channel, CHANNEL_STATUS, status, NULL);
	_exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

static void reap(pid_t program, int channel)
{
	int status, refused = 0;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | __WALL)) != 0) {
		if (pid == program)
			end(channel, status);
		if (pid < 0 && errno == ECHILD)
			return;
		/* There is no second signal for this child. The namespace ends, rather than wait for
		 * ever. */
		if (pid < 0 && errno != EINTR && ++refused == 100)
			_exit(127);
	}
}

/* If the program could trace this process, it would also have its descriptors and memory. */
static int become_opaque(struct libns_error *err)
{
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0
		       ? error_set(err, LIBNS_STEP_CAPS, errno,
				   "cannot keep process 1 out of reach of the program")
		       : 0;
}

/* Leaves nothing of the caller's to be seen. */
static void withdraw(const struct pid1_memory *memory)
{
	prctl(PR_SET_NAME, TITLE, 0, 0, 0);
	wipe(memory);
}

/* Leaves nothing of the caller's held open. */
static void let_go(int channel, int line)
{
	int low = channel < line ? channel : line, high = channel < line ? line : channel;

	if (low > 0)
		sys_close_between(0, (unsigned int)low - 1);
	sys_close_between((unsigned int)low + 1, (unsigned int)high - 1);
	sys_close_between((unsigned int)high + 1, ~0u);
	(void)!chdir("/");
}

/*
 * Whether nothing is taken from the program's process by what this one does for itself. Capabilities
 * that a program loses by execve(2) may be needed until then: to reach its file, to load a filter.
 */
static bool may_share(const struct plan *plan)
{
	return plan->screen_fd >= 0 && caps_are_of_program();
}

/* Return: the program's process id once it runs; otherwise @failure is filled. */
static pid_t start(const struct setup *setup, const struct pid1_signals *signals,
		   const struct pid1_memory *memory, struct libns_error *failure)
{
	struct pid1_program program = { .setup = setup, .signals = signals };
	struct channel_message message;
	struct clone_result child;
	bool may = may_share(setup->plan), shares;
	int r;

	if (channel_open(program.line, failure) < 0)
		return -1;
	if (may)
		withdraw(memory);
	shares = may && clone_sharing(0, run_sharing, &program, &child) == 0;
	if (!shares && clone_process(0, SIGCHLD, NULL, &child, failure) < 0)
		return -1;
	if (child.pid == 0)
		run_program(&program, true);
	/* This end must be closed even if close_range(2) is missing, for the end of the line is
	 * waited for. */
	close(program.line[1]);
	if (!may) {
		withdraw(memory);
		caps_limit_to_program();
	}
	let_go(setup->line, program.line[0]);
	if (!shares && channel_tell(program.line[0], CHANNEL_GO, 0, "the program", failure) < 0)
		return -1;
	/* Only the end of the line comes, unless a screen says that it has failed. */
	r = channel_receive(program.line[0], &message);
	close(program.line[0]);
	if (r == 1 && message.kind == CHANNEL_ERROR)
		return screen_hear(&message, failure);
	return report_hear(setup->report, "the process for the program", failure) < 0 ? -1
										      : child.pid;
}

_Noreturn void pid1_run(const struct setup *setup, const uint64_t *sigmask,
			const struct pid1_memory *memory)
{
	struct libns_error failure = LIBNS_ERROR_INIT;
	struct pid1_signals signals;
	struct sigaction action;
	sigset_t all;
	pid_t program;
	int r;

	step_begin(setup->explain);
	r = become_opaque(&failure);
	if (r == 0)
		r = clone_set_sigmask(~UINT64_C(0), &signals.mask, &failure);
	if (sigmask)
		signals.mask = *sigmask;
	/* If SIGCHLD were ignored, this process would not learn of ends of children. */
	memset(&action, 0, sizeof(action));
	action.sa_handler = SIG_DFL;
	sigaction(SIGCHLD, &action, &signals.chld);
	program = r < 0 ? -1 : start(setup, &signals, memory, &failure);
	if (program < 0) {
		report_failed(setup->report, &failure);
		_exit(127);
	}
	r = channel_tell(setup->line, CHANNEL_READY, 0, "the caller", &failure);
	if (r < 0) {
		report_failed(setup->report, &failure);
		_exit(127);
	}
	sigfillset(&all);
	for (;;) {
		siginfo_t info;
		int sig = sigwaitinfo(&all, &info);

		if (sig == SIGCHLD)
			reap(program, setup->line);
		else if (sig > 0 && info.si_code <= 0 && kill(program, sig) < 0 && errno == EPERM &&
			 sig == SIGTERM)
			/* The program has become another user, and has to end nevertheless. */
			end(setup->line, SIGTERM);
	}
}
