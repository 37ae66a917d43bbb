/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The options about ids: who one is inside, and which ids are mapped. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xunshare/options.h"

static int add_single(struct request *q, struct id_request *ids, uint32_t inner)
{
	q->plan.types |= LIBNS_TYPE_USER;
	ids->single = true;
	ids->inner = inner;
	return 0;
}

/* Parses one value of --map-users or --map-groups. */
static int add_ranges(struct request *q, struct id_request *ids, enum libns_idmap_kind kind,
		      const char *spec)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int r = 0;

	q->plan.types |= LIBNS_TYPE_USER;
	ids->ranges = true;
	if (!ids->map)
		r = libns_idmap_new(&ids->map, &err);
	if (r == 0 && !strcmp(spec, "auto"))
		r = libns_idmap_add_subids(ids->map, kind, geteuid(), LIBNS_SUBIDS_FROM_ZERO, &err);
	else if (r == 0 && !strcmp(spec, "subids"))
		r = libns_idmap_add_subids(ids->map, kind, geteuid(), LIBNS_SUBIDS_IDENTITY, &err);
	else if (r == 0 && !strcmp(spec, "all"))
		r = libns_idmap_add_all(ids->map, kind, &err);
	else if (r == 0)
		r = libns_idmap_add_text(ids->map, spec, &err);
	if (r < 0)
		cli_fail(&q->cli, &err);
	return r < 0 ? CLI_BAD : 0;
}

static int add_both_ranges(struct request *q, const char *spec)
{
	int r = add_ranges(q, &q->users, LIBNS_IDMAP_UID, spec);

	return r < 0 ? r : add_ranges(q, &q->groups, LIBNS_IDMAP_GID, spec);
}

static int parse_id(const struct request *q, const char *what, const char *text, uint32_t *ret)
{
	if (!cli_u32(&q->cli, what, text, ret))
		return CLI_BAD;
	if (*ret != UINT32_MAX)
		return 0;
	cli_error(&q->cli, "%s: '%s' is no id", what, text);
	return CLI_BAD;
}

/* UID:GID */
static int parse_ids(const struct request *q, const char *what, char *text, uint32_t *uid,
		     uint32_t *gid)
{
	char *colon = strchr(text, ':');
	int r;

	if (!colon) {
		cli_usage(&q->cli, "%s: '%s' is not UID:GID", what, text);
		return CLI_BAD;
	}
	*colon = '\0';
	r = parse_id(q, what, text, uid);
	*colon = ':';
	return r < 0 ? r : parse_id(q, what, colon + 1, gid);
}

static int parse_final_user(struct request *q, char *text)
{
	q->plan.types |= LIBNS_TYPE_USER;
	q->plan.flags |= LIBNS_PLAN_FINAL_USER;
	q->plan.final_uid = geteuid();
	q->plan.final_gid = getegid();
	if (!strcmp(text, "current"))
		return 0;
	return parse_ids(q, "--final-user", text, &q->plan.final_uid, &q->plan.final_gid);
}

static int parse_owner(struct request *q, char *text)
{
	int r = parse_ids(q, "--owner", text, &q->plan.owner_uid, &q->plan.owner_gid);

	q->plan.types |= LIBNS_TYPE_USER;
	q->plan.flags |= LIBNS_PLAN_OWNER;
	return r;
}

static int parse_setgroups(struct request *q, char *text)
{
	if (!strcmp(text, "allow"))
		q->plan.setgroups = LIBNS_SETGROUPS_ALLOW;
	else if (!strcmp(text, "deny"))
		q->plan.setgroups = LIBNS_SETGROUPS_DENY;
	else
		return value_bad_word(q, "setgroups", text, "allow, deny");
	return 0;
}

int ids_take(struct request *q, int id, char *text)
{
	struct libns_plan *plan = &q->plan;
	uint32_t value;

	switch (id) {
	case 'r':
		add_single(q, &q->users, 0);
		return add_single(q, &q->groups, 0);
	case OPT_KEEP_ID:
		q->keep_id = true;
		/* fallthrough */
	case 'c':
		add_single(q, &q->users, geteuid());
		return add_single(q, &q->groups, getegid());
	case OPT_MAP_USER:
		return cli_uid(&q->cli, "--map-user", text, &value)
			       ? add_single(q, &q->users, value)
			       : CLI_BAD;
	case OPT_MAP_GROUP:
		return cli_gid(&q->cli, "--map-group", text, &value)
			       ? add_single(q, &q->groups, value)
			       : CLI_BAD;
	case OPT_MAP_USERS:
		return add_ranges(q, &q->users, LIBNS_IDMAP_UID, text);
	case OPT_MAP_GROUPS:
		return add_ranges(q, &q->groups, LIBNS_IDMAP_GID, text);
	case OPT_MAP_AUTO:
		return add_both_ranges(q, "auto");
	case OPT_MAP_SUBIDS:
		return add_both_ranges(q, "subids");
	case OPT_OWNER:
		return parse_owner(q, text);
	case OPT_FINAL_USER:
		return parse_final_user(q, text);
	case OPT_SETGROUPS:
		return parse_setgroups(q, text);
	case OPT_KEEP_CAPS:
		q->keep_caps = true;
		return 0;
	case 'S':
		plan->flags |= LIBNS_PLAN_UID;
		return parse_id(q, "--setuid", text, &plan->uid);
	default:
		plan->flags |= LIBNS_PLAN_GID | LIBNS_PLAN_CLEAR_GROUPS;
		return parse_id(q, "--setgid", text, &plan->gid);
	}
}

/* Adds the ranges first and then the single id, for which the ranges make room. */
static int finish_map(struct request *q, struct id_request *ids, enum libns_idmap_kind kind,
		      uint32_t own, const struct libns_idmap **ret)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int r = 0;

	if (!ids->map && ids->single)
		r = libns_idmap_new(&ids->map, &err);
	/* Below a user namespace that is joined there can be no more than that. */
	if (r == 0 && ids->single && q->keep_id && !q->entry) {
		r = libns_idmap_add_subids(ids->map, kind, geteuid(), LIBNS_SUBIDS_FROM_ZERO, &err);
		/* Without subordinate ids only the caller's own id is mapped. */
		ids->ranges |= r == 0;
		r = r == -ENOENT ? 0 : r;
	}
	if (r == 0 && ids->single)
		r = libns_idmap_add_single(ids->map, ids->inner, own, &err);
	*ret = ids->map;
	if (r < 0)
		cli_fail(&q->cli, &err);
	return r < 0 ? CLI_BAD : 0;
}

int ids_finish(struct request *q)
{
	struct libns_plan *plan = &q->plan;
	bool owner = plan->flags & LIBNS_PLAN_OWNER;
	int r;

	r = finish_map(q, &q->users, LIBNS_IDMAP_UID, owner ? plan->owner_uid : q->own_uid,
		       &plan->uid_map);
	if (r == 0)
		r = finish_map(q, &q->groups, LIBNS_IDMAP_GID, owner ? plan->owner_gid : q->own_gid,
			       &plan->gid_map);
	if (r < 0)
		return r;
	if (q->groups.single && !q->groups.ranges) {
		if (plan->setgroups == LIBNS_SETGROUPS_ALLOW) {
			cli_usage(&q->cli,
				  "--setgroups=allow cannot be combined with a map of one group");
			return CLI_BAD;
		}
		plan->setgroups = LIBNS_SETGROUPS_DENY;
	}
	/* Without a user namespace of our own, setgroups(2) is allowed already. */
	if (plan->setgroups == LIBNS_SETGROUPS_ALLOW && !(plan->types & LIBNS_TYPE_USER))
		plan->setgroups = LIBNS_SETGROUPS_DEFAULT;
	if (q->keep_caps && (plan->types & LIBNS_TYPE_USER))
		plan->flags |= LIBNS_PLAN_KEEP_CAPS;
	return CLI_END;
}
