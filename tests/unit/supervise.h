/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TESTS_UNIT_SUPERVISE_H
#define TESTS_UNIT_SUPERVISE_H

/* For tests of libns_supervisor_new(): children that are stood in for. */

#include "spawn.h"

static inline struct libns_supervisor *supervise(const struct libns_supervisor_options *options)
{
	struct libns_supervisor *s = NULL;
	struct libns_error err = LIBNS_ERROR_INIT;

	if (libns_supervisor_new(options, &s, &err) < 0)
		TAP_FAIL("supervisor: %s", libns_error_text(&err));
	return s;
}

static inline void start(struct libns_supervisor *s, const char *script)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;

	plan.argv = ARGV("sh", "-c", script);
	if (libns_supervisor_spawn(s, &plan, &err) < 0)
		TAP_FAIL("spawn: %s", libns_error_text(&err));
}

static inline int wait_for(struct libns_supervisor *s)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int status = -1;

	if (libns_supervisor_wait(s, &status, &err) < 0)
		TAP_FAIL("wait: %s", libns_error_text(&err));
	return status;
}

#endif
