/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * One step of a plan. It is either named instead of taken, for libns_plan_explain(), or it is taken
 * and counted, for @trace of a plan. Counting is all that a child has to do for a trace.
 */

#include "spawn/step.h"

#include <stdarg.h>
#include <sys/mman.h>

#include <libns/enter.h>
#include <libns/run.h>

#include "base/base.h"
#include "base/err.h"

int step_count_new(const struct libns_plan *ask, struct explain *ret, struct libns_error *err)
{
	void *memory;

	if (!ask->trace)
		return 0;
	memory = mmap(NULL, sizeof(*ret->begun), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	if (memory == MAP_FAILED)
		return error_set(err, LIBNS_STEP_CLONE, errno, "cannot share memory with a child");
	ret->begun = memory;
	return 0;
}

void step_count_free(struct explain *explain)
{
	if (explain->begun)
		munmap(explain->begun, sizeof(*explain->begun));
	explain->begun = NULL;
}

void step_begin(struct explain *explain)
{
	if (explain && explain->begun)
		__atomic_add_fetch(explain->begun, 1, __ATOMIC_RELEASE);
}

int step_join(struct explain *explain, const struct libns_entry *entry,
	      int (*join)(const struct libns_entry *entry, struct libns_error *err),
	      struct libns_error *err)
{
	int r;

	/* If the join fails, only the first of its steps counts. @err says which type refused. */
	if (libns_entry_count_steps(entry))
		step_begin(explain);
	r = join(entry, err);
	for (size_t i = 1; r == 0 && i < libns_entry_count_steps(entry); i++)
		step_begin(explain);
	return r;
}

unsigned int step_count(const struct explain *explain)
{
	return explain && explain->begun ? __atomic_load_n(explain->begun, __ATOMIC_ACQUIRE) : 0;
}

void step_return_to(struct explain *explain, unsigned int begun)
{
	if (explain && explain->begun)
		__atomic_store_n(explain->begun, begun, __ATOMIC_RELEASE);
}

bool step_is_named(const struct explain *explain)
{
	return explain && explain->step;
}

bool step_explain(struct explain *explain, const char *why, const char *call, ...)
{
	char text[512];
	va_list ap;

	step_begin(explain);
	if (!step_is_named(explain))
		return false;
	va_start(ap, call);
	error_format_v(text, sizeof(text), call, ap);
	va_end(ap);
	if (!explain->ended)
		explain->ended = explain->step(explain->data, explain->actor, text, why);
	return true;
}
