/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What a program tells the sealed copy of itself that goes on in its place, see seal.c.
 *
 * The copy parses the command line again and finds everything anew, but for the target: the word
 * could mean somebody else by then, so the copy inherits what the word has led to. And it is
 * executed by descriptor: the kernel names the process after its number, and $ORIGIN, by which a
 * program that is not installed finds its library, is nowhere.
 */

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include <libns/environment.h>
#include <libns/error.h>
#include <libns/seal.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"

/* Carries the caller's LD_LIBRARY_PATH around the one by which the copy finds this library. */
#define SAVED_PATH   "LIBNS_SEAL_LIBRARY_PATH"
#define SAVED_TARGET "LIBNS_SEAL_TARGET"
#define SAVED_NAME   "LIBNS_SEAL_NAME"

/* Return: 0, also where this is part of a program that needs no library. */
static int keep_library(struct libns_environment *environment)
{
	_cleanup_free_ char *path = NULL;
	const char *old = getenv("LD_LIBRARY_PATH");
	Dl_info info;
	int n, r;

	if (!dladdr((void *)libns_seal_hand_over, &info) || !info.dli_fname ||
	    *info.dli_fname != '/')
		return 0;
	n = (int)(strrchr(info.dli_fname, '/') - info.dli_fname);
	if (asprintf(&path, "%.*s%s%s", n, info.dli_fname, old ? ":" : "", old ? old : "") < 0)
		path = NULL;
	if (!path)
		return -ENOMEM;
	r = libns_environment_set(environment, SAVED_PATH, old ? old : "", NULL);
	return r < 0 ? r : libns_environment_set(environment, "LD_LIBRARY_PATH", path, NULL);
}

static int keep_name(struct libns_environment *environment)
{
	char name[16];

	if (prctl(PR_GET_NAME, name) < 0)
		return -errno;
	return libns_environment_set(environment, SAVED_NAME, name, NULL);
}

static int keep_target(struct libns_environment *environment, int pinned_fd)
{
	char number[16];

	if (pinned_fd < 0)
		return 0;
	if (fcntl(pinned_fd, F_SETFD, 0) < 0)
		return -errno;
	error_format(number, sizeof(number), "%d", pinned_fd);
	return libns_environment_set(environment, SAVED_TARGET, number, NULL);
}

LIBNS_PUBLIC int libns_seal_hand_over(int pinned_fd, struct libns_environment **ret_environment,
				      struct libns_error *err)
{
	_cleanup_(libns_environment_freep) struct libns_environment *environment = NULL;
	int r = libns_environment_new(environ, LIBNS_ENVIRONMENT_ANY, &environment, NULL);

	if (r == 0)
		r = keep_library(environment);
	if (r == 0)
		r = keep_name(environment);
	if (r == 0)
		r = keep_target(environment, pinned_fd);
	if (r < 0)
		return error_set(err, LIBNS_STEP_EXEC, -r,
				 "cannot hand the target over to the sealed copy of this program");
	*ret_environment = TAKE_PTR(environment);
	return 0;
}

static void restore_path(const char *path)
{
	if (path && *path)
		setenv("LD_LIBRARY_PATH", path, 1);
	else if (path)
		unsetenv("LD_LIBRARY_PATH");
}

LIBNS_PUBLIC bool libns_seal_take_over(int *ret_pinned_fd)
{
	const char *path = getenv(SAVED_PATH), *target = getenv(SAVED_TARGET);
	const char *name = getenv(SAVED_NAME);
	int fd = target ? atoi(target) : -1;
	bool is_copy;

	*ret_pinned_fd = -1;
	if (!path && !target && !name)
		return false;
	/* Nobody but the first run has put that there: others cannot start a copy. */
	is_copy = libns_seal_is_active();
	if (is_copy) {
		restore_path(path);
		if (name)
			prctl(PR_SET_NAME, name);
		if (fd > 2 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0)
			*ret_pinned_fd = fd;
	}
	/* Also what is not ours: the copy would take it for ours. */
	unsetenv(SAVED_PATH);
	unsetenv(SAVED_TARGET);
	unsetenv(SAVED_NAME);
	return is_copy;
}
