/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What is left to do inside, between the last change of credentials and
 * execve(2). The file system may be a hostile one: nothing may be loaded from
 * it here, so no user data base, no locale, no library.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
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

int job_inside(struct job *job)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	if (!*job->opts->argv)
		return run_shell(job);
	libns_exec(NULL, job->opts->argv, environ, &err);
	return cli_fail_exec(job->cli, &err);
}
