/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One step of a plan, said instead of taken: for libns_plan_explain(). */

#include "spawn/step.h"

#include <stdarg.h>

#include "base/err.h"

bool step_explain(struct explain *explain, const char *why, const char *call, ...)
{
	char text[512];
	va_list ap;

	if (!explain)
		return false;
	va_start(ap, call);
	error_format_v(text, sizeof(text), call, ap);
	va_end(ap);
	if (!explain->ended)
		explain->ended = explain->step(explain->data, explain->actor, text, why);
	return true;
}
