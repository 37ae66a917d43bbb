/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the program is not allowed to do, and which capabilities it has. */

#include <linux/capability.h>

#include "xunshare/options.h"

int privilege_need(struct request *q)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	if (q->confine || libns_confine_new(NULL, LIBNS_USER_KEPT, &q->confine, &err) == 0)
		return 0;
	cli_fail(&q->cli, &err);
	return CLI_BAD;
}

static int parse(const struct request *q, const char *option, const char *list, uint64_t *ret)
{
	return cli_caps(&q->cli, option, list, ret) ? 0 : CLI_BAD;
}

static int add(const struct request *q, const char *option, const char *list, uint64_t *set)
{
	uint64_t more;
	int r = parse(q, option, list, &more);

	if (r == 0)
		*set |= more;
	return r;
}

int privilege_take(struct request *q, int id, char *text)
{
	struct privileges *p = &q->privileges;

	if (privilege_need(q) < 0)
		return CLI_BAD;
	switch (id) {
	case OPT_CAPS:
		p->has_caps = true;
		return parse(q, "--caps", text, &p->caps);
	case OPT_DROP_CAPS:
		return add(q, "--drop-caps", text, &p->drop);
	case OPT_AMBIENT_CAPS:
		return add(q, "--ambient-caps", text, &p->ambient);
	case OPT_DISABLE_USERNS:
		p->no_userns = true;
		return 0;
	default:
		libns_confine_set_no_new_privs(q->confine);
		return 0;
	}
}

static int refuse(const struct request *q, uint64_t caps, const char *why)
{
	char text[LIBNS_CAPS_TEXT_SIZE];

	cli_usage(&q->cli, "--ambient-caps: %s: %s", libns_caps_format(caps, text, sizeof(text)),
		  why);
	return CLI_BAD;
}

/* Who could still have the one that allows user namespaces again. */
static int forbid_userns(struct request *q)
{
	const struct privileges *p = &q->privileges;
	uint64_t named = (p->has_caps ? p->caps & ~p->drop : 0);
	struct libns_error err = LIBNS_ERROR_INIT;

	if (!(q->plan.types & LIBNS_TYPE_USER)) {
		cli_usage(&q->cli, "--disable-userns needs a new user namespace (--user)");
		return CLI_BAD;
	}
	if (p->ambient != UINT64_MAX)
		named |= p->ambient;
	if (named >> CAP_SYS_RESOURCE & 1) {
		cli_usage(&q->cli, "--disable-userns: with the capability sys_resource the program "
				   "could allow user namespaces again (--drop-caps=sys_resource)");
		return CLI_BAD;
	}
	if (libns_confine_forbid_userns(q->confine, &err) == 0)
		return 0;
	cli_fail(&q->cli, &err);
	return CLI_BAD;
}

int privilege_finish(struct request *q)
{
	struct privileges *p = &q->privileges;
	uint64_t allowed = (p->has_caps ? p->caps : UINT64_MAX) & ~p->drop;

	q->plan.confine = q->confine;
	if (p->no_userns && forbid_userns(q) < 0)
		return CLI_BAD;
	if (p->no_userns)
		allowed &= ~(UINT64_C(1) << CAP_SYS_RESOURCE);
	/* As many as there are. */
	if (p->ambient == UINT64_MAX)
		p->ambient = allowed;
	if (p->ambient & p->drop)
		return refuse(q, p->ambient & p->drop, "--drop-caps leaves that out");
	if (p->ambient & ~allowed)
		return refuse(q, p->ambient & ~allowed, "--caps leaves that out");
	if (p->has_caps)
		libns_confine_set_caps(q->confine, allowed);
	if (p->drop)
		libns_confine_limit_caps(q->confine, ~p->drop);
	if (p->drop || p->ambient)
		libns_confine_add_ambient_caps(q->confine, p->ambient);
	return 0;
}
