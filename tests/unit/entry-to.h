/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TESTS_UNIT_ENTRY_TO_H
#define TESTS_UNIT_ENTRY_TO_H

/* For tests that enter a process of their own. */

#include <libns/enter.h>
#include <libns/type.h>

#include "process.h"

/* The way into those of @types that differ there. */
static inline struct libns_entry *entry_to(pid_t pid, uint64_t flags, uint64_t types)
{
	struct libns_enter_plan plan = LIBNS_ENTER_PLAN_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_entry *entry;

	plan.proc = pin(pid);
	plan.types = types;
	plan.flags = flags;
	if (libns_entry_new(&plan, &entry, &err) < 0)
		TAP_FAIL("%s", err.text);
	return entry;
}

#endif
