/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * --seccomp. Filters are made while nothing has been changed yet: files are opened with the rights
 * and the root of the caller. They are loaded last of all. In a child that is the business of the
 * plan. A program that is run in place is executed by xunshare itself, which does more than the plan
 * before: so they are a plan of their own then, after everything else.
 */

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "xunshare/options.h"

static bool is_number(const char *text)
{
	return !text[strspn(text, "0123456789")];
}

int seccomp_take(struct request *q, const char *text)
{
	int fd;

	if (!*text) {
		cli_usage(
			&q->cli,
			"--seccomp: '' is neither default, strict, nosuid, a file nor a descriptor");
		return CLI_BAD;
	}
	if ((is_number(text) && !cli_fd(&q->cli, "--seccomp", text, &fd)) ||
	    !MAKE_ROOM(q, q->filters, q->n_filters))
		return CLI_BAD;
	q->filters[q->n_filters++] = text;
	return 0;
}

static int add_fd(struct libns_seccomp *all, int fd, struct libns_error *err)
{
	char name[32];

	snprintf(name, sizeof(name), "descriptor %d", fd);
	/* It is for xunshare, and the program does not get it. */
	if (fd > 2)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	return libns_seccomp_add_fd(all, fd, name, err);
}

static int add(struct libns_seccomp *all, const char *text, struct libns_error *err)
{
	if (!strcmp(text, "default") || !strcmp(text, "strict") || !strcmp(text, "nosuid"))
		return libns_seccomp_add_profile(all, text, err);
	if (is_number(text))
		return add_fd(all, atoi(text), err);
	return libns_seccomp_add_file(all, text, err);
}

int seccomp_prepare(struct request *q, struct libns_error *err)
{
	struct libns_confine **whose = q->fork ? &q->confine : &q->last;
	struct libns_seccomp *all = NULL;
	int r = 0;

	if (!q->n_filters)
		return 0;
	if (!*whose)
		r = libns_confine_new(NULL, LIBNS_USER_KEPT, whose, err);
	if (r == 0)
		r = libns_seccomp_new(&all, err);
	for (size_t i = 0; i < q->n_filters && r == 0; i++)
		r = add(all, q->filters[i], err);
	if (r == 0)
		r = libns_confine_add_filters(*whose, all, err);
	libns_seccomp_free(all);
	q->plan.confine = q->confine;
	return r;
}
