/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* See the header. */

#include "base/hold.h"

#include "base/base.h"
#include "base/err.h"

static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

int hold_begin(struct hold *hold, struct libns_error *err)
{
	sigset_t set;
	int r;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaddset(&set, signals[i]);
	r = pthread_sigmask(SIG_BLOCK, &set, &hold->old);
	if (r > 0)
		return error_set(err, LIBNS_STEP_NETNS, r, "cannot hold signals back");
	hold->is = true;
	return 0;
}

void hold_end(struct hold *hold)
{
	if (hold->is)
		(void)pthread_sigmask(SIG_SETMASK, &hold->old, NULL);
	hold->is = false;
}

/* The kernel keeps also what is ignored, while it is held back: nohup(1) ignores SIGHUP, and a shell
 * SIGINT and SIGQUIT for what it starts in the background. */
static bool is_ignored(int sig)
{
	struct sigaction action;

	return sigaction(sig, NULL, &action) == 0 && !(action.sa_flags & SA_SIGINFO) &&
	       action.sa_handler == SIG_IGN;
}

bool hold_is_over(void)
{
	sigset_t pending;

	if (sigpending(&pending) < 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		if (sigismember(&pending, signals[i]) == 1 && !is_ignored(signals[i]))
			return true;
	return false;
}
