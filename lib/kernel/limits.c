/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The caller's limits are meant for the program. To start that, a copy of a program in memory and a
 * dozen descriptors may be needed. Limits that would prevent this are raised as far as the kernel
 * allows.
 */

#include <sys/resource.h>

#include <libns/run.h>

#include "base/base.h"

static const struct {
	int resource;
	rlim_t least;
} needs[LIBNS_RLIMITS_LIFTED] = {
	{ RLIMIT_NOFILE, 256 },
	{ RLIMIT_FSIZE, RLIM_INFINITY },
};

/* Return: whether it is higher now. */
static bool lift(int resource, rlim_t least, const struct rlimit *had)
{
	struct rlimit wide = { least, had->rlim_max > least ? had->rlim_max : least };

	/* Only a process with CAP_SYS_RESOURCE can raise the hard limit. */
	if (setrlimit(resource, &wide) == 0)
		return true;
	wide.rlim_max = had->rlim_max;
	if (wide.rlim_cur > wide.rlim_max)
		wide.rlim_cur = wide.rlim_max;
	return setrlimit(resource, &wide) == 0;
}

LIBNS_PUBLIC size_t libns_rlimits_lift(struct libns_rlimit ret_had[LIBNS_RLIMITS_LIFTED])
{
	struct rlimit had;
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(needs); i++) {
		int resource = needs[i].resource;

		if (getrlimit(resource, &had) < 0 || had.rlim_cur >= needs[i].least ||
		    !lift(resource, needs[i].least, &had))
			continue;
		ret_had[n++] = (struct libns_rlimit){ resource, had.rlim_cur, had.rlim_max };
	}
	return n;
}

LIBNS_PUBLIC void libns_rlimits_restore(const struct libns_rlimit *had, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct rlimit limit = { had[i].soft, had[i].hard };

		setrlimit(had[i].resource, &limit);
	}
}
