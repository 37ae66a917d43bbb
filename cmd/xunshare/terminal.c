/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * --new-session and --pty: what the program has to do with the caller's terminal.
 *
 * Both need a child: setsid(2) is refused to whoever leads a process group, as a shell has every
 * command do that it starts.
 */

#include "xunshare/options.h"

int terminal_take(struct request *q, int id)
{
	q->fork = true;
	q->plan.flags |= LIBNS_PLAN_NEW_SESSION;
	q->pty |= id == OPT_PTY;
	return 0;
}
