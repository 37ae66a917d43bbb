/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The caller's limits are meant for the program. Those that would hinder this tool in its
 * own work, a copy of itself and a dozen of descriptors, are raised as far as the kernel
 * lets it, and the program gets back what the caller had.
 */

#include <sys/resource.h>

#include "xnsenter/xnsenter.h"

/* What this tool needs. */
static const struct rlimit needs[LIMITS_LIFTED] = {
	[LIMIT_FILES] = { 256, 256 },
	[LIMIT_SIZE] = { RLIM_INFINITY, RLIM_INFINITY },
};

static const int resources[LIMITS_LIFTED] = {
	[LIMIT_FILES] = RLIMIT_NOFILE,
	[LIMIT_SIZE] = RLIMIT_FSIZE,
};

void limits_lift(struct lifted_limits *limits)
{
	for (int i = 0; i < LIMITS_LIFTED; i++) {
		struct rlimit had, wide;

		if (getrlimit(resources[i], &had) < 0 || had.rlim_cur >= needs[i].rlim_cur)
			continue;
		wide = needs[i];
		if (wide.rlim_max < had.rlim_max)
			wide.rlim_max = had.rlim_max;
		/* Only CAP_SYS_RESOURCE goes beyond the hard limit. */
		if (setrlimit(resources[i], &wide) < 0) {
			wide.rlim_max = had.rlim_max;
			if (wide.rlim_cur > wide.rlim_max)
				wide.rlim_cur = wide.rlim_max;
			if (setrlimit(resources[i], &wide) < 0)
				continue;
		}
		limits->had[limits->n++] =
			(struct libns_rlimit){ resources[i], had.rlim_cur, had.rlim_max };
	}
}

void limits_give_back(const struct lifted_limits *limits)
{
	for (size_t i = 0; i < limits->n; i++) {
		const struct rlimit had = { limits->had[i].soft, limits->had[i].hard };

		setrlimit(limits->had[i].resource, &had);
	}
}
