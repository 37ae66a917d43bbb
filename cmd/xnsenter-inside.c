/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What is left to do inside, between the last join and execve(2). The file
 * system may be a hostile one: nothing may be loaded from
 * it here, so no user data base, no locale, no library.
 */

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "xnsenter.h"

static int run_shell(struct job *job)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	const char *shell = getenv("SHELL");
	static char name[] = "-sh";
	char *const plain[] = { name, NULL };

	/* Another environment, another shell. */
	if (shell && *shell)
		cli_shell_set(&job->shell, shell);
	libns_exec(job->shell.path, job->shell.argv, environ, &err);
	/* The caller's shell need not exist in there. */
	if (err.code == ENOENT && job->crosses_mnt && !job->opts->compat)
		libns_exec("/bin/sh", plain, environ, &err);
	if (err.code == ENOENT && job->opts->tools)
		libns_exec("sh", plain, environ, &err);
	return cli_fail_exec(job->cli, &err);
}

static bool is_kept(const struct options *o, int fd)
{
	for (size_t i = 0; i < o->n_keep_fds; i++)
		if (o->keep_fds[i] == fd)
			return true;
	return false;
}

/* An open directory of the host is a door (CVE-2024-21626). */
static void close_descriptors(const struct options *o, int watch)
{
	unsigned int first = 3;

	for (;;) {
		unsigned int next = UINT_MAX;

		for (size_t i = 0; i < o->n_keep_fds; i++)
			if ((unsigned int)o->keep_fds[i] >= first &&
			    (unsigned int)o->keep_fds[i] < next)
				next = (unsigned int)o->keep_fds[i];
		if (watch >= (int)first && (unsigned int)watch < next)
			next = (unsigned int)watch;
		if (next != first && syscall(SYS_close_range, first, next - 1, 0) < 0)
			break;
		if (next == UINT_MAX)
			return;
		first = next + 1;
	}
	/* Before Linux 5.9. */
	for (int fd = 3, n = (int)sysconf(_SC_OPEN_MAX); fd < n; fd++)
		if (!is_kept(o, fd) && fd != watch)
			close(fd);
}

/* Root, directory, ids: in the order that the library keeps. */
static int carry_on(struct job *job)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_plan plan = LIBNS_PLAN_INIT;

	if (job->root_fd >= 0) {
		plan.flags |= LIBNS_PLAN_ROOT_FD;
		plan.root_fd = job->root_fd;
	}
	if (job->opts->wdns) {
		plan.cwd = job->opts->wdns;
	} else if (job->cwd_fd >= 0) {
		plan.flags |= LIBNS_PLAN_CWD_FD;
		plan.cwd_fd = job->cwd_fd;
	}
	if (job->set_uid) {
		plan.flags |= LIBNS_PLAN_UID;
		plan.uid = job->uid;
	}
	if (job->set_gid) {
		plan.flags |= LIBNS_PLAN_GID;
		plan.gid = job->gid;
	}
	if (job->clear_groups && !job->set_groups)
		plan.flags |= LIBNS_PLAN_CLEAR_GROUPS;
	if (job->opts->keep_caps && (libns_entry_get_types(job->entry) & LIBNS_TYPE_USER))
		plan.flags |= LIBNS_PLAN_KEEP_CAPS;
	return libns_unshare(&plan, &err) < 0 ? cli_fail(job->cli, &err) : 0;
}

/* The change of ids has cleared the signal; the supervisor may have died before it counts. */
static int tie_to_supervisor(const struct job *job)
{
	struct pollfd p = { job->supervisor, POLLIN, 0 };

	if (!job->in_child)
		return 0;
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	return job->supervisor >= 0 && poll(&p, 1, 0) > 0 ? CLI_FAILURE : 0;
}

static void at_step(const struct job *job, int step)
{
	if (job->step)
		*job->step = step;
}

static int become(struct job *job)
{
	int code;

	at_step(job, STEP_TOOLS);
	code = terminal_guard(job);
	if (!code)
		code = tools_attach(job);
	at_step(job, STEP_DIRECTORIES);
	if (!code)
		code = like_before_ids(job);
	if (!code)
		code = carry_on(job);
	if (!code)
		code = like_after_ids(job);
	if (!code)
		code = tie_to_supervisor(job);
	at_step(job, STEP_CGROUP);
	return code ? code : cgroup_join(job);
}

int job_inside(struct job *job)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int r;

	if (job->use_pty) {
		r = pty_become_terminal(&job->pty);
		if (r)
			return cli_error(job->cli, "cannot move to a terminal of its own: %s",
					 strerror(r));
	}
	r = become(job);
	if (r)
		return r;
	at_step(job, STEP_RUN);
	job_environment(job);
	tools_environment(job);
	if (job->is_foreign && !job->opts->compat)
		close_descriptors(job->opts, job->step ? job->watch[1] : -1);
	if (!*job->opts->argv)
		return run_shell(job);
	libns_exec(NULL, job->opts->argv, environ, &err);
	return cli_fail_exec(job->cli, &err);
}
