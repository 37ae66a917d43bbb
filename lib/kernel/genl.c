/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Families of generic netlink(7), whose numbers are not the same on every machine. */

#include "kernel/genl.h"

#include "base/base.h"
#include "base/err.h"
#include "text/wg-msg.h"

static int take_family(const struct netlink_item *item, void *data)
{
	uint16_t *family = data;
	uint16_t found = genl_msg_read_family(item);

	if (found)
		*family = found;
	return 0;
}

int genl_family(struct netlink_call *call, const char *name, struct libns_error *err)
{
	char words[96];
	struct netlink_msg msg;
	uint16_t family = 0;
	int r;

	call->reply.answer = take_family;
	call->reply.data = &family;
	genl_msg_family(&msg, name);
	r = netlink_transact(call, &msg);
	if (r == 0 && !family)
		r = -ENOENT;
	error_format(words, sizeof(words), "find the family '%s' of generic netlink", name);
	return r < 0 ? netlink_fail(call, r, words, err) : family;
}
