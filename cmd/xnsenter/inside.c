/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What is done with the program's surroundings between the last join and
 * execve(2). The library takes its steps in a process that nobody inside can
 * see, and calls job_hook() among them: first in the namespaces with all
 * rights, then with the root, the ids and the rights of the program. The file
 * system may be a hostile one: nothing may be loaded from it here, so no user
 * data base, no locale, no library.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "xnsenter/xnsenter.h"

static void at_step(const struct job *job, int step)
{
	job->progress->step = step;
}

static int when_joined(struct job *job)
{
	at_step(job, STEP_DIRECTORIES);
	return 0;
}

/* What was meant for this program alone; the child is a copy of its memory. */
static void forget_options(const struct job *job)
{
	for (char **item = environ; item && *item; item++)
		if (env_is_left_out(job, *item))
			memset(*item, 0, strlen(*item));
	for (char **arg = job->all_argv + 1; *arg && arg != job->opts->argv; arg++)
		memset(*arg, 0, strlen(*arg));
}

/*
 * What calls before this one have left on the stack. The dynamic loader, for one, when it looks
 * a function up saves the registers there in which strings have been compared.
 */
static __attribute__((noinline)) void wipe_stack(void)
{
	char below[64 << 10];

	memset(below, 0, sizeof(below));
	/* The compiler must not think that nobody reads it. */
	__asm__ volatile("" : : "r"(below) : "memory");
}

static int when_confined(struct job *job)
{
	at_step(job, STEP_RUN);
	forget_options(job);
	wipe_stack();
	/* The child says nothing there any more, and nobody inside shall. */
	if (job->in_child &&
	    madvise((void *)(uintptr_t)job->progress, sizeof(*job->progress), MADV_DONTFORK) < 0)
		return cli_error(job->cli, "cannot keep memory from the program: %m");
	return 0;
}

int job_hook(void *data, unsigned int when, struct libns_error *err)
{
	struct job *job = data;
	int code = when == LIBNS_WHEN_JOINED ? when_joined(job) : when_confined(job);

	if (!code)
		return 0;
	/* Not told by the error: the child could be made to send the same one. */
	job->progress->is_said = true;
	*err = (struct libns_error){ .code = EIO, .text = "a step of xnsenter's own failed" };
	return -EIO;
}

/* Everything that the library does between joining and the program. */
void job_fill_plan(struct job *job, struct libns_plan *plan)
{
	const struct options *o = job->opts;

	plan->hook = job_hook;
	plan->hook_data = job;
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
	plan->envp = libns_environment_get_items(job->env);
	plan->confine = job->confine;
	if (!(libns_confine_get_parts(job->confine) & LIBNS_CONFINE_LIMITS)) {
		plan->rlimits = job->lifted->had;
		plan->n_rlimits = job->lifted->n;
	}
}

/* The program, or the shell: the caller's need not exist in there. */
size_t job_programs(struct job *job, struct libns_program ret[3])
{
	static char name[] = "-sh";
	static char *const plain[] = { name, NULL };
	size_t n = 0;

	if (*job->opts->argv) {
		ret[n++] = (struct libns_program){ NULL, job->opts->argv };
		return n;
	}
	ret[n++] = (struct libns_program){ job->shell.path, job->shell.argv };
	if (job->crosses_mnt && !job->opts->compat)
		ret[n++] = (struct libns_program){ "/bin/sh", plain };
	if (job->opts->tools)
		ret[n++] = (struct libns_program){ "sh", plain };
	return n;
}
