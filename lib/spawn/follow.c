/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A program that is what the processes are among which it is run. Which ids it has, whether its
 * groups can be set, and what their numbers mean depends on the user namespace that is joined,
 * so one function decides all of it.
 */

#include <libns/follow.h>
#include <libns/type.h>

#include "base/base.h"
#include "base/err.h"
#include "enter/entry.h"

static int follow_id(struct libns_plan *plan, enum libns_idmap_kind kind, uint32_t *id,
		     uint64_t flag, struct libns_error *err)
{
	int r = libns_entry_query_target_id(plan->entry, kind, id, err);

	plan->flags |= r > 0 ? flag : 0;
	return r < 0 ? r : 0;
}

/* @ids: what makes sense inside; where no user namespace is joined, nothing is asked for. */
static int choose_ids(struct libns_plan *plan, bool follows, const struct libns_entry_ids *ids,
		      struct libns_error *err)
{
	int r;

	if (follows) {
		r = follow_id(plan, LIBNS_IDMAP_UID, &plan->uid, LIBNS_PLAN_UID, err);
		return r < 0 ? r
			     : follow_id(plan, LIBNS_IDMAP_GID, &plan->gid, LIBNS_PLAN_GID, err);
	}
	plan->uid = ids->uid;
	plan->gid = ids->gid;
	plan->flags |= (ids->has_uid ? LIBNS_PLAN_UID : 0) | (ids->has_gid ? LIBNS_PLAN_GID : 0);
	return 0;
}

LIBNS_PUBLIC int libns_plan_follow_target(struct libns_plan *plan, unsigned int parts,
					  unsigned int patience_ms, struct libns_error *err)
{
	struct libns_entry_ids ids = LIBNS_ENTRY_IDS_INIT;
	unsigned int read = parts & ~LIBNS_CONFINE_IDS;
	enum libns_confine_user user = LIBNS_USER_KEPT;
	int r = 0;

	if (!plan->entry || plan->confine)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "there is no target that the plan could follow");
	if (!plan->entry->proc)
		return error_say(err, LIBNS_STEP_ARGUMENT, ENODATA,
				 "there is no process that the plan could follow");
	if (plan->entry->types & LIBNS_TYPE_USER) {
		r = libns_entry_query_ids(plan->entry, &ids, err);
		user = ids.setgroups ? LIBNS_USER_JOINED : LIBNS_USER_NO_SETGROUPS;
	}
	if (r == 0)
		r = choose_ids(plan, parts & LIBNS_CONFINE_IDS, &ids, err);
	if (r < 0)
		return r;
	if (ids.setgroups && !(parts & LIBNS_CONFINE_GROUPS))
		plan->flags |= LIBNS_PLAN_CLEAR_GROUPS;
	r = libns_confine_new(plan->entry->proc, user, &plan->confine, err);
	return r < 0 || !read ? r : libns_confine_read(plan->confine, read, patience_ms, err);
}
