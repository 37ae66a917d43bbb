/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Namespaces that the child makes by itself: of control groups, when it is in its own. Had the clone
 * made it, its root would be the group of the caller.
 */

#include <sched.h>

#include <libns/type.h>

#include "base/base.h"
#include "base/err.h"
#include "spawn/setup.h"

int setup_cgroup_namespace(const struct setup *s, struct libns_error *err)
{
	if (!plan_later_types(s->plan) ||
	    step_explain(s->explain, "the control group is the root of what is seen of them",
			 "unshare(CLONE_NEWCGROUP)"))
		return 0;
	if (unshare(CLONE_NEWCGROUP) == 0)
		return 0;
	return error_types(
		err, LIBNS_TYPE_CGROUP,
		error_set(err, LIBNS_STEP_UNSHARE, errno, "cannot create new namespaces (cgroup)"));
}
