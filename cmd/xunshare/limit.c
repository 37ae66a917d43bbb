/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Limits for the program and all that it starts; they are those of a control group, see group.c. */

#include <string.h>
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

int limit_finish(struct request *q)
{
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
