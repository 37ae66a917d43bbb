/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Limits for the program and all that it starts; they are those of a control group, see group.c. And
 * the caller's limit of descriptors, which is meant for the program and not for the mounts that are
 * made for it.
 */

#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "xunshare/options.h"

static int add(struct request *q, char *text)
{
	/* These would move, stop or end somebody. */
	static const char *const no_limits[] = { "cgroup.procs", "cgroup.threads", "cgroup.kill",
						 "cgroup.freeze" };
	char *equals = strchr(text, '=');

	if (!equals || equals == text || !equals[1]) {
		cli_usage(&q->cli, "--limit: '%s' is not KEY=VALUE", text);
		return CLI_BAD;
	}
	*equals = '\0';
	if (strchr(text, '/') || *text == '.') {
		cli_usage(&q->cli, "--limit: '%s' is no file of a control group", text);
		return CLI_BAD;
	}
	for (size_t i = 0; i < sizeof(no_limits) / sizeof(*no_limits); i++)
		if (!strcmp(text, no_limits[i])) {
			cli_usage(&q->cli, "--limit: '%s' is no limit", text);
			return CLI_BAD;
		}
	if (!MAKE_ROOM(q, q->group.limits, q->group.n))
		return CLI_BAD;
	q->group.limits[q->group.n++] = (struct limit){ text, equals + 1 };
	return 0;
}

int limit_take(struct request *q, int id, char *text)
{
	if (id == OPT_LIMIT)
		return add(q, text);
	if (!*text) {
		cli_usage(&q->cli, "--limit-below: the directory is an empty string");
		return CLI_BAD;
	}
	q->group.parent = text;
	return 0;
}

/* Besides those of the mounts. */
#define FEW_FILES 128

static bool set_files(const struct request *q, rlim_t soft)
{
	const struct rlimit limit = { soft, (rlim_t)q->files.had.hard };

	return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

void limit_make_room(struct request *q, size_t n)
{
	/* The source of a mount is opened here and in the new namespaces. */
	rlim_t least = 2 * n + FEW_FILES, wide = 2 * least;
	struct rlimit now;

	if (!q->files.room && getrlimit(RLIMIT_NOFILE, &now) == 0) {
		q->files.had = (struct libns_rlimit){ RLIMIT_NOFILE, now.rlim_cur, now.rlim_max };
		q->files.room = now.rlim_cur;
	}
	if (q->files.room >= least || q->files.room >= q->files.had.hard)
		return;
	if (wide > q->files.had.hard)
		wide = (rlim_t)q->files.had.hard;
	if (!set_files(q, wide))
		return;
	q->files.room = wide;
	q->files.is_lifted = true;
}

void limit_restore(const struct request *q)
{
	if (q->files.is_lifted)
		set_files(q, (rlim_t)q->files.had.soft);
}

void limit_lift_again(const struct request *q)
{
	if (q->files.is_lifted)
		set_files(q, (rlim_t)q->files.room);
}

/* The program has the limit that the caller has, unless it was given another one. */
static int give_back(struct request *q)
{
	bool is_given = !q->files.is_lifted;

	for (size_t i = 0; i < q->plan.n_rlimits; i++)
		is_given |= q->limits[i].resource == RLIMIT_NOFILE;
	if (is_given)
		return 0;
	if (!MAKE_ROOM(q, q->limits, q->plan.n_rlimits))
		return CLI_BAD;
	q->limits[q->plan.n_rlimits++] = q->files.had;
	return 0;
}

int limit_finish(struct request *q)
{
	if (give_back(q) < 0)
		return CLI_BAD;
	if (!q->group.n && q->group.parent) {
		cli_usage(&q->cli, "--limit-below needs --limit");
		return CLI_BAD;
	}
	if (!q->group.n)
		return 0;
	q->fork = true;
	q->plan.flags |= LIBNS_PLAN_CGROUP;
	/* It is made when all else is known: until then this stands for it. */
	q->plan.cgroup_fd = STDERR_FILENO + 1;
	return 0;
}
