/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * --landlock: rules, one a time. A rule that this kernel cannot enforce is an error, or is told on
 * standard error with --landlock-best-effort.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xunshare/options.h"

int landlock_take(struct request *q, int id, const char *text)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int r = 0;

	if (id == OPT_LANDLOCK_BEST_EFFORT) {
		q->landlock_best_effort = true;
		return 0;
	}
	if (!q->landlock)
		r = libns_landlock_new(&q->landlock, &err);
	if (r == 0)
		r = libns_landlock_add(q->landlock, text, &err);
	q->landlock_files |= !strncmp(text, "fs", 2);
	if (r == 0)
		return 0;
	cli_usage(&q->cli, "--landlock: '%s': %s", text, libns_error_text(&err));
	return CLI_BAD;
}

/* @abi: 0 if there is no Landlock. */
static void tell_gaps(const struct request *q, unsigned int abi)
{
	const struct libns_landlock_gap *gap;
	char *gaps = NULL;
	size_t size;
	FILE *out;

	if (!libns_landlock_count_gaps(q->landlock, abi))
		return;
	out = open_memstream(&gaps, &size);
	for (size_t i = 0; out && (gap = libns_landlock_gap_at(q->landlock, abi, i)); i++)
		fprintf(out, "%s %s (ABI %u)", i ? "," : "", gap->what, gap->abi);
	if (out)
		fclose(out);
	if (gaps && abi)
		cli_note(&q->cli, "Landlock ABI %u leaves open:%s", abi, gaps);
	else if (gaps)
		cli_note(&q->cli, "Landlock cannot be had here, and leaves open:%s", gaps);
	free(gaps);
}

void landlock_hint(const struct request *q, const struct libns_error *err)
{
	if (q->landlock_files && err->step == LIBNS_STEP_EXEC && err->code == EACCES)
		cli_hint("under rules of --landlock for files, a program, its interpreter and "
			 "its loader need 'execute' and 'read-file': --landlock=fs:rx:/usr");
}

int landlock_finish(struct request *q)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int abi;

	if (q->landlock_best_effort && !q->landlock) {
		cli_usage(&q->cli, "--landlock-best-effort: there is no rule (--landlock)");
		return CLI_BAD;
	}
	if (!q->landlock || q->check)
		return 0;
	if (privilege_need(q) < 0)
		return CLI_BAD;
	abi = libns_confine_set_landlock(q->confine, q->landlock, q->landlock_best_effort, &err);
	if (abi < 0) {
		cli_fail(&q->cli, &err);
		return CLI_BAD;
	}
	if (q->landlock_best_effort)
		tell_gaps(q, (unsigned int)abi);
	return 0;
}
