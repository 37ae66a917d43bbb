/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * One page, shared and anonymous: execve(2) takes it from the child, and the
 * last word that was written into it stays for the one outside.
 */

#include "kernel/report.h"

#include <sys/mman.h>

#include "base/base.h"
#include "base/err.h"

enum { AT_START, AT_FAILURE, AT_PROGRAM };

int report_new(struct report **ret, struct libns_error *err)
{
	void *memory = mmap(NULL, sizeof(**ret), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			    -1, 0);

	if (memory == MAP_FAILED)
		return error_set(err, LIBNS_STEP_CLONE, errno, "cannot share memory with a child");
	*ret = memory;
	return 0;
}

struct report *report_free(struct report *report)
{
	if (report)
		munmap(report, sizeof(*report));
	return NULL;
}

static void set_stage(struct report *report, int stage)
{
	__atomic_store_n(&report->stage, stage, __ATOMIC_RELEASE);
}

void report_step(struct report *report, unsigned int step)
{
	if (report)
		__atomic_store_n(&report->step, step, __ATOMIC_RELAXED);
}

int report_late(const struct report *report, int patience_ms, struct libns_error *err)
{
	static const char *const words[] = {
		[LIBNS_STEP_ENTER] = "joining the namespaces",
		[LIBNS_STEP_MOUNT] = "mounting what the program is to see",
		[LIBNS_STEP_ROOT] = "changing root and working directory",
		[LIBNS_STEP_EXEC] = "finding and running the program",
	};
	unsigned int step = __atomic_load_n(&report->step, __ATOMIC_RELAXED);
	const char *what = step < ARRAY_SIZE(words) ? words[step] : NULL;

	return error_say(err, what ? step : LIBNS_STEP_WAIT, ETIMEDOUT,
			 "%s takes longer than %d ms: given up",
			 what ? what : "setting the process of the program up", patience_ms);
}

void report_runs(struct report *report)
{
	report_step(report, LIBNS_STEP_EXEC);
	set_stage(report, AT_PROGRAM);
}

void report_failed(struct report *report, const struct libns_error *failure)
{
	report->failure = *failure;
	set_stage(report, AT_FAILURE);
}

bool report_is_running(const struct report *report)
{
	return __atomic_load_n(&report->stage, __ATOMIC_ACQUIRE) == AT_PROGRAM;
}

int report_hear(const struct report *report, const char *who, struct libns_error *err)
{
	struct libns_error failure;

	if (report_is_running(report))
		return 0;
	if (__atomic_load_n(&report->stage, __ATOMIC_ACQUIRE) == AT_FAILURE) {
		/* Copied before it is looked at. */
		failure = *(const volatile struct libns_error *)&report->failure;
		if (error_make_sound(&failure)) {
			if (err)
				*err = failure;
			return -failure.code;
		}
	}
	return error_say(err, LIBNS_STEP_WAIT, EIO,
			 "%s ended before it ran the program, and said nothing", who);
}
