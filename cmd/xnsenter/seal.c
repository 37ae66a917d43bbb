/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Going on as a sealed copy of this program, where it would be within reach of what is
 * entered (libns_seal_query()): what the copy is told of this first run.
 *
 * It parses the command line again and finds everything anew, but for the target: the word
 * could mean somebody else by then, so the copy inherits what it has led to.
 */

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "xnsenter/xnsenter.h"

/* Carries the caller's LD_LIBRARY_PATH around our own. */
#define SAVED_PATH "XNSENTER_SAVED_LIBRARY_PATH"
/* The descriptor of the pinned target: its number may be another process's by now. */
#define SAVED_TARGET "XNSENTER_SAVED_TARGET"

/* $ORIGIN of the copy is nowhere: say where the library is that is loaded now. */
static void keep_library(void)
{
	const char *old = getenv("LD_LIBRARY_PATH");
	Dl_info info;
	char *path;
	int n;

	if (!dladdr((void *)libns_version, &info) || !info.dli_fname || *info.dli_fname != '/')
		return;
	n = (int)(strrchr(info.dli_fname, '/') - info.dli_fname);
	if (asprintf(&path, "%.*s%s%s", n, info.dli_fname, old ? ":" : "", old ? old : "") < 0)
		return;
	setenv(SAVED_PATH, old ? old : "", 1);
	setenv("LD_LIBRARY_PATH", path, 1);
	free(path);
}

static void keep_target(int pinned)
{
	char number[16];

	if (pinned < 0 || fcntl(pinned, F_SETFD, 0) < 0)
		return;
	snprintf(number, sizeof(number), "%d", pinned);
	setenv(SAVED_TARGET, number, 1);
}

bool seal_unpack(int *ret_pinned)
{
	const char *path = getenv(SAVED_PATH), *target = getenv(SAVED_TARGET);
	bool is_copy;

	*ret_pinned = -1;
	if (!path && !target)
		return false;
	/* Only a copy has been started by job_seal(): else they are from whoever made the
	 * environment. */
	is_copy = libns_seal_is_active();
	if (is_copy) {
		if (path && *path)
			setenv("LD_LIBRARY_PATH", path, 1);
		else if (path)
			unsetenv("LD_LIBRARY_PATH");
		/* Executed by descriptor, the process would be called after its number. */
		prctl(PR_SET_NAME, "xnsenter");
		*ret_pinned = target && atoi(target) > 2 ? atoi(target) : -1;
	}
	/* Also what is not ours: the copy would take it for ours. */
	unsetenv(SAVED_PATH);
	unsetenv(SAVED_TARGET);
	return is_copy;
}

static int query(const struct job *job, struct libns_error *err)
{
	if (job->opts->compat)
		return 0;
	return libns_seal_query(job->entry, job->crosses_mnt ? LIBNS_SEAL_OTHER_ROOT : 0, err);
}

bool job_needs_seal(const struct job *job)
{
	return query(job, NULL) != 0;
}

/*
 * Not what the stub is known not to do, nor what has words that would be said once more by the
 * copy, should the stub fail; and not the copy, for then it has.
 */
bool job_may_use_stub(const struct job *job)
{
	const struct options *o = job->opts;

	return HAVE_STUB && !job->is_copy && job->in_child &&
	       (libns_entry_get_types(job->entry) & LIBNS_TYPE_PID) && !o->compat &&
	       !o->keep_caps && !o->env && !o->tools && !o->host_root && !o->like &&
	       !o->best_effort && !o->context && !o->join_cgroup && o->uid_from != IDS_NAME &&
	       o->gid_from != IDS_NAME && !*job->note;
}

static void go_on_as(struct job *job, int fd, int pinned, struct libns_error *err)
{
	keep_library();
	keep_target(pinned);
	/* The limits meant for the program come along with it. */
	libns_rlimits_restore(job->lifted->had, job->lifted->n);
	libns_seal_exec(fd, job->all_argv, NULL, err);
}

int job_seal(struct job *job)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int fd, pinned, needed = query(job, &err);

	if (needed < 0)
		return cli_fail(job->cli, &err);
	if (!needed)
		return 0;
	/* All but the target is found again; what is open now could be too much for a copy. */
	pinned = job->pinned < 0 ? -1 : fcntl(job->pinned, F_DUPFD_CLOEXEC, 3);
	job->whole_entry = libns_entry_free(job->whole_entry);
	job->entry = libns_entry_free(job->entry);
	job->proc = NULL;
	job->target = libns_target_free(job->target);
	fd = libns_seal_open("xnsenter", &err);
	if (fd >= 0)
		go_on_as(job, fd, pinned, &err);
	return cli_error(job->cli, "%s (--compat goes on without, within reach of who is inside)",
			 libns_error_text(&err));
}
