/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "base/base.h"
#include "base/err.h"
#include "wire/up.h"

int wire_up_step(struct wire_up *up, const struct wire_step *step, struct libns_error *err)
{
	sigset_t pending;

	if (sigpending(&pending) == 0)
		for (int sig = 1; sig < 32; sig++)
			if (WIRE_HELD_SIGNALS & WIRE_BIT(sig) && sigismember(&pending, sig) == 1)
				return error_say(
					err, LIBNS_STEP_NETNS, EINTR,
					"a signal came while '%s' was wired: all is undone",
					up->label);
	return wire_step_run(step, up->flags, up->o.watch, err);
}
