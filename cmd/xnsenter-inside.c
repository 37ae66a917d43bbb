/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What is left to do inside, between the last change of credentials and
 * execve(2). The file system may be a hostile one: nothing may be loaded from
 * it here, so no user data base, no locale, no library.
 */

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "xnsenter.h"

static int run_shell(struct job *job)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	static char name[] = "-sh";
	char *const plain[] = { name, NULL };

	libns_exec(job->shell.path, job->shell.argv, environ, &err);
	/* The caller's shell need not exist in there. */
	if (err.code == ENOENT && job->crosses_mnt && !job->opts->compat)
		libns_exec("/bin/sh", plain, environ, &err);
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
static void close_descriptors(const struct options *o)
{
	unsigned int first = 3;

	for (;;) {
		unsigned int next = UINT_MAX;

		for (size_t i = 0; i < o->n_keep_fds; i++)
			if ((unsigned int)o->keep_fds[i] >= first &&
			    (unsigned int)o->keep_fds[i] < next)
				next = (unsigned int)o->keep_fds[i];
		if (next != first && syscall(SYS_close_range, first, next - 1, 0) < 0)
			break;
		if (next == UINT_MAX)
			return;
		first = next + 1;
	}
	/* Before Linux 5.9. */
	for (int fd = 3, n = (int)sysconf(_SC_OPEN_MAX); fd < n; fd++)
		if (!is_kept(o, fd))
			close(fd);
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
	job_environment(job);
	if (job->is_foreign && !job->opts->compat)
		close_descriptors(job->opts);
	if (!*job->opts->argv)
		return run_shell(job);
	libns_exec(NULL, job->opts->argv, environ, &err);
	return cli_fail_exec(job->cli, &err);
}
