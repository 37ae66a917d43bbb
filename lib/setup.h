/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_SETUP_H
#define LIBNS_SETUP_H

#include "plan.h"

/*
 * The steps inside the new namespaces, for libns_unshare() and for the child of
 * libns_spawn(). All of it is async-signal-safe. Each step is one function that
 * either takes it or, if there is an @explain, only names it.
 */

struct explain {
	int (*step)(void *data, const char *actor, const char *call, const char *why);
	void *data;
	const char *actor;
	int ended; /* what @step returned when it ended the list */
};

struct setup {
	const struct plan *plan;
	struct explain *explain; /* NULL: do it */
};

/* Names a step if that is all that is asked for: then true. */
bool setup_explain(struct explain *explain, const char *why, const char *call, ...)
	__attribute__((format(printf, 3, 4)));

/* Takes on the ids that are to own the user namespace; before it is made. */
int setup_owner(const struct setup *s, struct libns_error *err);

/* setgroups and the maps that the process inside writes itself. */
int setup_own_maps(const struct setup *s, struct libns_error *err);

/* Clock offsets: while the new time namespace is only that of future children. */
int setup_clocks(const struct setup *s, struct libns_error *err);

/* Everything else up to the capabilities. */
int setup_rest(const struct setup *s, struct libns_error *err);

#endif
