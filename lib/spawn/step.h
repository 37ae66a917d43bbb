/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_STEP_H
#define LIBNS_STEP_H

#include <stdbool.h>

/* Who is told of the steps of a plan that is only explained. */
struct explain {
	int (*step)(void *data, const char *actor, const char *call, const char *why);
	void *data;
	const char *actor;
	int ended; /* what @step returned when it ended the list */
};

/* Names a step if that is all that is asked for: then true. */
bool step_explain(struct explain *explain, const char *why, const char *call, ...)
	__attribute__((format(printf, 3, 4)));

#endif
