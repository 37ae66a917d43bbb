/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Joining and running.
 *
 * Without a pid namespace this process joins and becomes the program: it keeps
 * its number, so $! of a script means the program. With one, which only a child
 * can be in, a child is made there while this process stays outside, with its
 * rights and out of sight, and stands in for it: signals, stops, exit status.
 */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "supervise.h"
#include "xnsenter.h"

static int child_main(void *data)
{
	return job_inside(data);
}

static int dead_pid_namespace(struct job *job)
{
	if (!job->opts->best_effort)
		return cli_error(job->cli,
				 "the pid namespace is dead: its first process has ended, so no "
				 "process can be made in it (--best-effort enters the others)");
	fprintf(stderr, "%s: note: left out the pid namespace: its first process has ended\n",
		job->cli->name);
	libns_entry_leave_out(job->entry, LIBNS_TYPE_PID);
	return -1;
}

static const char *const step_words[] = {
	[STEP_JOIN] = "joining the namespaces",
	[STEP_TOOLS] = "showing the tools",
	[STEP_CGROUP] = "joining the cgroup",
	[STEP_DIRECTORIES] = "changing root and working directory",
	[STEP_RUN] = "finding and running the program",
};

/* What is said when the helper that joins does not come back. */
static char join_words[128];
static timer_t join_timer;

static void give_up_join(int sig)
{
	(void)sig;
	(void)!write(2, join_words, strlen(join_words));
	/* The helper dies with this process. */
	_exit(CLI_FAILURE);
}

/* This process waits for the helper in the library; a signal that nothing else uses ends
 * that. */
static int prepare_join_timer(const struct job *job)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGPROF };
	sigset_t set;

	snprintf(join_words, sizeof(join_words), "%s: %s takes longer than %d ms: given up\n",
		 job->cli->name, step_words[STEP_JOIN], job->opts->timeout_ms);
	signal(SIGPROF, give_up_join);
	sigemptyset(&set);
	sigaddset(&set, SIGPROF);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	return timer_create(CLOCK_MONOTONIC, &event, &join_timer);
}

/* Until the pipe ends, which execve(2) does. */
static int watch_start(struct job *job, struct libns_child *child)
{
	struct pollfd p = { job->watch[0], POLLIN, 0 };
	int status, last;

	close(job->watch[1]);
	do {
		last = *job->step;
		if (poll(&p, 1, job->opts->timeout_ms))
			return 0;
		/* The patience is for one step. */
	} while (last != *job->step);
	libns_child_kill(child, SIGKILL, NULL);
	libns_child_wait(child, LIBNS_WAIT_NOHANG, &status, NULL);
	return cli_error(job->cli, "%s takes longer than %d ms: given up", step_words[last],
			 job->opts->timeout_ms);
}

static int open_watch(struct job *job)
{
	if (!job->opts->timeout_ms)
		return 0;
	job->step = mmap(NULL, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
			 0);
	if (job->step == MAP_FAILED || pipe2(job->watch, O_CLOEXEC) < 0 ||
	    prepare_join_timer(job) < 0)
		return cli_error(job->cli, "cannot watch over the start: %m");
	return 0;
}

static int spawn(const struct job *job, const struct libns_plan *plan,
		 struct libns_child **child, struct libns_error *err)
{
	const struct itimerspec when = { .it_value = { job->opts->timeout_ms / 1000, 0 } };
	int r;

	if (job->step)
		timer_settime(join_timer, 0, &when, NULL);
	r = libns_spawn(plan, child, err);
	if (job->step)
		timer_delete(join_timer);
	return r;
}

static int in_child(struct job *job)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_child *child;
	struct supervisor s;
	int r;

	supervise_begin(&s, SUPERVISE_ALL);
	if (job->use_pty) {
		r = pty_open(&job->pty);
		if (r)
			return cli_error(job->cli, "cannot make a terminal (try --no-pty): %s",
					 strerror(r));
		s.pty = &job->pty;
	}
	r = open_watch(job);
	if (r)
		return r;
	job->supervisor = (int)syscall(SYS_pidfd_open, getpid(), 0);
	plan.entry = job->entry;
	plan.flags = LIBNS_PLAN_SIGMASK;
	plan.sigmask = s.old_mask;
	plan.death_signal = SIGKILL;
	plan.main = child_main;
	plan.main_data = job;
	r = spawn(job, &plan, &child, &err);
	if (r == -ENOMEM && (libns_entry_get_types(job->entry) & LIBNS_TYPE_PID)) {
		r = dead_pid_namespace(job);
		return r < 0 ? in_child(job) : r;
	}
	if (r < 0)
		return cli_fail(job->cli, &err);
	if (job->step) {
		r = watch_start(job, child);
		if (r)
			return r;
	}
	cli_end_as(supervise(&s, child));
}

static int in_place(struct job *job)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	if (libns_enter(job->entry, &err) < 0)
		return cli_fail(job->cli, &err);
	return job_inside(job);
}

/* --best-effort: what is refused is left out, and said. */
static int leave_out_refused(struct job *job)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	uint64_t refused;
	char words[48];
	int code;

	if (!job->opts->best_effort)
		return 0;
	if (libns_entry_query_refused(job->entry, &refused, &code, &err) < 0)
		return cli_fail(job->cli, &err);
	if (!refused)
		return 0;
	fprintf(stderr, "%s: note: left out %s: %s\n", job->cli->name,
		libns_types_format(refused, words, sizeof(words)), strerror(code));
	libns_entry_leave_out(job->entry, refused);
	return 0;
}

static int prepare(struct job *job)
{
	int code = leave_out_refused(job);

	if (!*job->opts->argv)
		cli_shell(&job->shell, getuid());
	if (!code && job->opts->env)
		code = env_read_target(job);
	if (!code && job->opts->join_cgroup)
		code = cgroup_open(job);
	if (!code)
		code = like_read(job);
	if (!code)
		code = tools_open(job);
	return code;
}

int job_run(struct job *job)
{
	int code = prepare(job);

	if (code)
		return code;
	/* Where setgroups(2) is denied for ever, this is the last chance. */
	if ((libns_entry_get_types(job->entry) & LIBNS_TYPE_USER) && !job->clear_groups &&
	    !job->opts->preserve)
		(void)!setgroups(0, NULL);
	/* Nobody inside gets to trace this process while it is on its way (CVE-2016-9962). */
	if (!job->opts->compat)
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	return job->in_child ? in_child(job) : in_place(job);
}
