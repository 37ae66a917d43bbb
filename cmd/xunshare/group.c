/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The control group in which the program is limited: made before there is a child, removed when the
 * program has ended. Should xunshare be killed, it stays until the program has ended as well, and
 * is removed by the next xunshare that makes one beside it.
 */

#include <errno.h>

#include "xunshare/xunshare.h"

/* The group is named after this. */
#define NAME "xunshare"

/* How long the last process that was killed may take to end. */
#define PATIENCE_MS 2000

int group_start(struct request *q, struct libns_plan *plan)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int r = 0;

	if (!q->group.n)
		return 0;
	r = libns_cgroup_new(q->group.parent, NAME, &q->group.made, &err);
	for (size_t i = 0; i < q->group.n && r == 0; i++)
		r = libns_cgroup_set(q->group.made, q->group.limits[i].key,
				     q->group.limits[i].value, &err);
	if (r < 0) {
		report_error(q, &err);
		group_end(q);
		return cli_fail(&q->cli, &err);
	}
	plan->cgroup_fd = libns_cgroup_get_fd(q->group.made);
	return 0;
}

static int remove_made(void *data)
{
	return libns_cgroup_remove(data, 0, NULL) < 0;
}

/*
 * With subordinate ids the program may have made groups that belong to somebody else outside, and
 * whose content only root inside can remove. That one is gone: so it is done in another user namespace
 * with the same ids. Return: whether the group is gone.
 */
static bool remove_as_root_inside(const struct request *q)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_child *child;
	int status = -1;

	if (!(q->plan.types & LIBNS_TYPE_USER))
		return false;
	plan.types = LIBNS_TYPE_USER;
	plan.uid_map = q->plan.uid_map;
	plan.gid_map = q->plan.gid_map;
	plan.setgroups = q->plan.setgroups;
	plan.main = remove_made;
	plan.main_data = q->group.made;
	if (libns_spawn(&plan, &child, NULL) < 0)
		return false;
	if (libns_child_wait(child, 0, &status, NULL) < 0)
		status = -1;
	libns_child_free(child);
	return status == 0;
}

void group_end(struct request *q)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	bool own_pids = q->plan.types & LIBNS_TYPE_PID;
	int r;

	if (!q->group.made)
		return;
	/* With a pid namespace of its own nobody outlives the program; the last of them may still
	 * be about to end. */
	if (own_pids)
		(void)libns_cgroup_kill(q->group.made, NULL);
	r = libns_cgroup_remove(q->group.made, own_pids ? PATIENCE_MS : 0, &err);
	if (r == -EACCES && remove_as_root_inside(q))
		r = 0;
	if (r == -EBUSY)
		cli_note(&q->cli,
			 "the program has left processes behind in the control group '%s', "
			 "which stays",
			 libns_cgroup_get_path(q->group.made));
	else if (r < 0)
		cli_fail(&q->cli, &err);
	q->group.made = libns_cgroup_free(q->group.made);
}

void group_explain(const struct request *q,
		   int (*step)(void *data, const char *actor, const char *call, const char *why),
		   void *data)
{
	char call[512];

	if (!q->group.n)
		return;
	snprintf(call, sizeof(call), "mkdir(\"%s/" NAME ".PID\")",
		 q->group.parent ? q->group.parent : "OWN-GROUP");
	step(data, "caller", call, "a control group of its own, removed at the end");
	for (size_t i = 0; i < q->group.n; i++) {
		snprintf(call, sizeof(call), "write(\"%s\", \"%s\")", q->group.limits[i].key,
			 q->group.limits[i].value);
		step(data, "caller", call, "a limit of all that is in it");
	}
}
