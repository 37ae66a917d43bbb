/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Joining and running.
 *
 * Without a pid namespace this process joins and becomes the program: it keeps
 * its number, so $! of a script means the program. With one, which only a child
 * can be in, a child is made there while this process stays outside, with its
 * rights and out of sight, and stands in for it: signals, stops, exit status.
 *
 * What is done between the last join and execve(2) is a plan of the library. The file system
 * may be a hostile one by then: no user data base, no locale, no library, no word of our own.
 */

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "xnsenter/xnsenter.h"

/* A pid namespace whose first process has ended, in which nobody can be any more. Return: 0 if it
 * has been left out. */
static int leave_out_dead(struct job *job, const struct libns_error *err)
{
	if (!job->opts->best_effort)
		return cli_error(job->cli, "%s (--best-effort enters the others)",
				 libns_error_text(err));
	cli_note(job->cli, "left out the pid namespace: its first process has ended");
	libns_entry_leave_out(job->entry, LIBNS_TYPE_PID);
	return 0;
}

/*
 * Whether this process still sees the files of the caller: then it may look for the cause of
 * a failure. In place it may be in the mount namespace of somebody else by now; what could not
 * be joined, it is not in.
 */
static bool is_outside(const struct job *job, const struct libns_error *err)
{
	if (job->in_child || !job_crosses_mnt(job))
		return true;
	return err->step == LIBNS_STEP_ENTER && (!err->types || err->types & LIBNS_TYPE_MNT);
}

/* Says what to do about a program that was looked for inside and not found. */
static void hint_missing(const struct job *job)
{
	static const char *const shells[] = { "bash", "sh", "zsh", "fish", "ash", "dash", "ksh" };
	const char *program = *job->opts->argv, *base;

	if (job->opts->tools || job->opts->host_root)
		return;
	if (!program) {
		cli_hint("there is no shell inside; --tools shows the program the busybox of "
			 "this host");
		return;
	}
	base = strrchr(program, '/') ? strrchr(program, '/') + 1 : program;
	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
		if (strcmp(base, shells[i]) != 0)
			continue;
		cli_hint("it was looked for inside; without a program the shell that is there "
			 "is run, and --tools brings one along");
		return;
	}
	cli_hint("it was looked for inside; --tools brings programs along, and where "
		 "--mount is not entered (as with --net alone) those of this host are "
		 "used");
}

/* Prints why the program does not run. Return: the exit code, which is another one for a program that
 * is missing than for one that cannot be run. */
static int fail_start(const struct job *job, const struct libns_error *err)
{
	if (libns_confine_get_failed(job->confine))
		return like_fail(job, err);
	if (err->code == ETIMEDOUT && job->opts->timeout_ms)
		return cli_error(job->cli, "%s", libns_error_text(err));
	if (err->step == LIBNS_STEP_TERMINAL && job->use_pty)
		return cli_error(job->cli, "%s (--no-pty goes on without)", libns_error_text(err));
	if (err->step != LIBNS_STEP_EXEC && !is_outside(job, err))
		return cli_error(job->cli, "%s", libns_error_text(err));
	if (err->step != LIBNS_STEP_EXEC) {
		cli_fail(job->cli, err);
		if (err->step == LIBNS_STEP_CLONE && err->code == EAGAIN)
			cli_note(
				job->cli,
				"entering a pid namespace takes three processes for a moment: this "
				"one, a helper that nobody inside can see, and the program");
		return CLI_FAILURE;
	}
	if (!job_crosses_mnt(job))
		return cli_fail_exec(job->cli, err);
	/* No hint of the library: it would be about the file of that name on the host. */
	cli_error(job->cli, "%s", libns_error_text(err));
	if (err->code == ENOENT && !job->opts->compat)
		hint_missing(job);
	return err->code == ENOENT ? CLI_NOT_FOUND : CLI_CANNOT_RUN;
}

/* Puts into the plan what the library does between joining and the program. */
static void fill_plan(struct job *job, struct libns_plan *plan)
{
	const struct options *o = job->opts;

	if (job->root_fd >= 0) {
		plan->flags |= LIBNS_PLAN_ROOT_FD;
		plan->root_fd = job->root_fd;
	}
	if (o->wdns) {
		plan->cwd = o->wdns;
	} else if (job->cwd_fd >= 0) {
		plan->flags |= LIBNS_PLAN_CWD_FD;
		plan->cwd_fd = job->cwd_fd;
	}
	tools_fill_plan(job, plan);
	if (job->set_uid) {
		plan->flags |= LIBNS_PLAN_UID;
		plan->uid = job->uid;
	}
	if (job->set_gid) {
		plan->flags |= LIBNS_PLAN_GID;
		plan->gid = job->gid;
	}
	if (job->clear_groups && !job_has_groups(job))
		plan->flags |= LIBNS_PLAN_CLEAR_GROUPS;
	if (o->keep_caps && (libns_entry_get_types(job->entry) & LIBNS_TYPE_USER))
		plan->flags |= LIBNS_PLAN_KEEP_CAPS;
	if (job->is_foreign && !o->compat) {
		plan->flags |= LIBNS_PLAN_CLOSE_FDS;
		plan->keep_fds = o->keep_fds;
		plan->n_keep_fds = o->n_keep_fds;
	}
	plan->entry = job->entry;
	if (job->env)
		plan->envp = libns_environment_get_items(job->env);
	plan->forget = job->forget;
	plan->n_forget = job->n_forget;
	plan->confine = job->confine;
	if (!(libns_confine_get_parts(job->confine) & LIBNS_CONFINE_LIMITS)) {
		plan->rlimits = job->lifted->had;
		plan->n_rlimits = job->lifted->n;
	}
}

/* Lists what is tried one by one: the program, or else shells, as the caller's may be missing inside. */
static size_t list_programs(struct job *job, struct libns_program ret[3])
{
	static char name[] = "-sh";
	static char *const plain[] = { name, NULL };
	size_t n = 0;

	if (*job->opts->argv) {
		ret[n++] = (struct libns_program){ NULL, job->opts->argv };
		return n;
	}
	ret[n++] = (struct libns_program){ job->shell.path, job->shell.argv };
	if (job_crosses_mnt(job) && !job->opts->compat)
		ret[n++] = (struct libns_program){ "/bin/sh", plain };
	if (job->opts->tools)
		ret[n++] = (struct libns_program){ "sh", plain };
	return n;
}

void job_fill_plan(struct job *job, struct libns_plan *plan, struct libns_program programs[3])
{
	fill_plan(job, plan);
	if (!job->in_child)
		return;
	plan->death_signal = SIGKILL;
	plan->patience_ms = job->opts->timeout_ms;
	plan->n_others = list_programs(job, programs) - 1;
	plan->path = programs[0].path;
	plan->argv = programs[0].argv;
	plan->others = programs + 1;
	if (job_may_use_stub(job))
		plan->flags |= LIBNS_PLAN_OUT_OF_REACH;
}

/*
 * Tries a stub first, which is also the fastest way. If there is none, or it has failed, nothing has
 * been done, and the ordinary way finds the same failure and has a sentence for it.
 */
static int spawn(struct job *job, struct libns_supervisor *s, struct libns_plan *plan,
		 struct libns_error *err)
{
	bool by_stub = plan->flags & LIBNS_PLAN_OUT_OF_REACH;
	int r = libns_supervisor_spawn(s, plan, err);

	if (!by_stub || r != -EOPNOTSUPP || job_needs_seal(job))
		return r;
	plan->flags &= ~LIBNS_PLAN_OUT_OF_REACH;
	return libns_supervisor_spawn(s, plan, err);
}

static int start(struct job *job, struct libns_supervisor *s)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_program programs[3];
	int r, code;

	job_fill_plan(job, &plan, programs);
	r = spawn(job, s, &plan, &err);
	if (r == -EOPNOTSUPP && (plan.flags & LIBNS_PLAN_OUT_OF_REACH)) {
		/* Signals are as they were for the copy. */
		libns_supervisor_free(s);
		return job_seal(job);
	}
	if (r == -ENOMEM && err.step == LIBNS_STEP_CLONE && err.types == LIBNS_TYPE_PID) {
		code = leave_out_dead(job, &err);
		if (code)
			return code;
		r = libns_supervisor_spawn(s, &plan, &err);
	}
	if (r == -ECANCELED && libns_supervisor_get_signal(s))
		cli_end_as(libns_supervisor_get_signal(s));
	return r < 0 ? fail_start(job, &err) : 0;
}

static int in_child(struct job *job)
{
	struct libns_supervisor_options options = LIBNS_SUPERVISOR_OPTIONS_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_supervisor *s;
	int code, status = 0;

	options.signals = LIBNS_SUPERVISE_ALL;
	options.flags = LIBNS_SUPERVISE_CANCEL | (job->use_pty ? LIBNS_SUPERVISE_TERMINAL : 0);
	if (libns_supervisor_new(&options, &s, &err) < 0)
		return cli_fail(job->cli, &err);
	code = start(job, s);
	if (code)
		return code;
	like_note_lost(job);
	if (libns_supervisor_wait(s, &status, &err) < 0)
		return cli_fail(job->cli, &err);
	if (libns_supervisor_was_held(s))
		cli_note(job->cli, "the program was held by a tracer and has been killed");
	cli_end_as(status);
}

static int in_place(struct job *job)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_program programs[3];
	size_t n;

	job_fill_plan(job, &plan, programs);
	if (libns_apply(&plan, &err) < 0)
		return fail_start(job, &err);
	like_note_lost(job);
	n = list_programs(job, programs);
	for (size_t i = 0; i < n && (i == 0 || err.code == ENOENT); i++)
		libns_exec(programs[i].path, programs[i].argv, plan.envp, &err);
	return fail_start(job, &err);
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
	cli_note(job->cli, "left out %s: %s", libns_types_format(refused, words, sizeof(words)),
		 strerror(code));
	libns_entry_leave_out(job->entry, refused);
	return 0;
}

int job_prepare(struct job *job)
{
	int code = like_begin(job);

	if (!code)
		code = account_choose(job);
	return code ? code : like_read(job);
}

/* Lists what was meant for this program only: its options, and variables that are left out. */
static int list_what_is_forgotten(struct job *job)
{
	size_t n = 0;

	for (char **item = environ; item && *item; item++)
		n++;
	for (char **arg = job->all_argv; *arg; arg++)
		n++;
	job->forget = calloc(n + 1, sizeof(*job->forget));
	if (!job->forget)
		return cli_error(job->cli, "cannot keep memory from the program: %m");
	n = 0;
	for (char **item = environ; item && *item; item++)
		if (env_is_left_out(job, *item))
			job->forget[n++] = (struct libns_plan_memory){ *item, strlen(*item) };
	for (char **arg = job->all_argv + 1; *arg && arg != job->opts->argv; arg++)
		job->forget[n++] = (struct libns_plan_memory){ *arg, strlen(*arg) };
	job->n_forget = n;
	return 0;
}

int job_complete(struct job *job)
{
	int code = tools_open(job);

	if (!code)
		code = env_make(job);
	return code ? code : list_what_is_forgotten(job);
}

static int prepare(struct job *job)
{
	int code = leave_out_refused(job);

	if (!code)
		code = job_prepare(job);
	return code ? code : job_complete(job);
}

int job_run(struct job *job)
{
	int code = prepare(job);

	if (code)
		return code;
	/* If setgroups(2) is denied inside, the groups can be cleared only now. */
	if ((libns_entry_get_types(job->entry) & LIBNS_TYPE_USER) && !job->clear_groups &&
	    !job->opts->preserve && !job_has_groups(job))
		(void)!setgroups(0, NULL);
	/* Nobody inside gets to trace this process while it is on its way (CVE-2016-9962). */
	if (!job->opts->compat)
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	return job->in_child ? in_child(job) : in_place(job);
}

void job_free(struct job *job)
{
	libns_mount_plan_free(job->shown);
	libns_entry_free(job->whole_entry);
	libns_entry_free(job->entry);
	libns_target_free(job->target);
	libns_confine_free(job->confine);
	libns_environment_free(job->env);
	free(job->forget);
}
