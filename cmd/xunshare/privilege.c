/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the program is not allowed to do. */

#include "xunshare/options.h"

int privilege_need(struct request *q)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	if (q->confine || libns_confine_new(NULL, LIBNS_USER_KEPT, &q->confine, &err) == 0)
		return 0;
	cli_fail(&q->cli, &err);
	return CLI_BAD;
}

int privilege_take(struct request *q, int id, char *text)
{
	(void)id;
	(void)text;
	if (privilege_need(q) < 0)
		return CLI_BAD;
	libns_confine_set_no_new_privs(q->confine);
	return 0;
}

int privilege_finish(struct request *q)
{
	q->plan.confine = q->confine;
	return 0;
}
