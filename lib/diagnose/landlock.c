/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The probe of Landlock: its version (ABI), what it leaves open that newer versions restrict, and
 * whether a known fault widens the rights that it grants.
 */

#include "kernel/landlock.h"

#include <string.h>

#include <libns/landlock.h>

#include "base/base.h"
#include "base/err.h"
#include "diagnose/diagnose.h"
#include "kernel/attempt.h"

/* Disconnected directories: below a bind mount, a rename could add rights. Errata 1 and 2 made rules
 * stricter than they say. */
#define WIDENING 3

static int attempt_abi(uint64_t arg)
{
	int abi = landlock_ask(LANDLOCK_ASK_ABI);

	return abi < 0 ? abi : 0;
}

static void say_none(const struct diagnose_question *question, int r, struct libns_finding *finding)
{
	static const char what[] = "Landlock restricts access without namespaces";

	if (r == ATTEMPT_UNKNOWN) {
		diagnose_say(finding, LIBNS_VERDICT_LIMITED, "cannot be tried: %s", what);
	} else if (r == ATTEMPT_KILLED) {
		diagnose_say(finding, LIBNS_VERDICT_NO, "killed by a filter: %s", what);
		diagnose_advise_filter(question->place, NULL, "landlock_create_ruleset", finding);
	} else if (r == -ENOSYS) {
		diagnose_say(finding, LIBNS_VERDICT_LIMITED, "missing: %s (Linux 5.13)", what);
		diagnose_advise(finding,
				"use a kernel with CONFIG_SECURITY_LANDLOCK; in a container, a "
				"filter may hide it");
	} else if (r == -EOPNOTSUPP) {
		diagnose_say(finding, LIBNS_VERDICT_LIMITED, "switched off at boot: %s", what);
		diagnose_advise(finding, "boot with lsm=landlock,... and what /sys/kernel/security/"
					 "lsm lists now");
	} else {
		diagnose_say(finding, LIBNS_VERDICT_NO, "refused by a filter: %s", what);
		diagnose_advise_filter(question->place, NULL, "landlock_create_ruleset", finding);
	}
}

static const char *format_errata(int errata, char *buf, size_t size)
{
	size_t n;

	/* Before Linux 6.15. */
	if (errata < 0)
		return error_format(buf, size, "errata are not told");
	error_format(buf, size, errata ? "corrected errata" : "no corrected errata");
	for (int i = 0; i < 31; i++)
		if (errata >> i & 1) {
			n = strlen(buf);
			error_format(buf + n, size - n, " %d", i + 1);
		}
	return buf;
}

static const char *format_gaps(unsigned int abi, bool widens, char *buf, size_t size)
{
	const struct libns_landlock_gap *gap;
	size_t n = 0;

	*buf = '\0';
	for (size_t i = 0; (gap = libns_landlock_gap_at(NULL, abi, i)); i++) {
		error_format(buf + n, size - n, "%s%s (version %u)",
			     n ? ", " : "; open: ", gap->what, gap->abi);
		n += strlen(buf + n);
	}
	if (widens)
		error_format(buf + n, size - n,
			     "%s more rights by a rename below a bind mount (erratum %d)",
			     n ? "," : "; open:", WIDENING);
	return buf;
}

void diagnose_look_landlock(const struct diagnose_question *question, struct libns_finding *finding)
{
	int r = attempt_try(attempt_abi, 0), abi, errata;
	char known[64], open[224];
	bool widens;

	if (r < 0) {
		say_none(question, r, finding);
		return;
	}
	/* Nothing kills for it. */
	abi = landlock_ask(LANDLOCK_ASK_ABI);
	errata = landlock_ask(LANDLOCK_ASK_ERRATA);
	widens = errata >= 0 && !(errata >> (WIDENING - 1) & 1);
	format_gaps((unsigned int)abi, widens, open, sizeof(open));
	diagnose_say(finding, *open ? LIBNS_VERDICT_LIMITED : LIBNS_VERDICT_OK,
		     "Landlock restricts access without namespaces (version %d); %s%s", abi,
		     format_errata(errata, known, sizeof(known)), open);
	/* Of a failure: rules for which this kernel is too old. */
	if (question->step == LIBNS_STEP_LANDLOCK)
		diagnose_advise(finding, "--landlock-best-effort goes on without what is open");
}

const struct diagnose_probe diagnose_landlock = { "landlock", diagnose_look_landlock };
