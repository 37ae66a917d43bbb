/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <sys/resource.h>
#include <unistd.h>

#include <libns/run.h>

#include "tap.h"

static void set(int resource, rlim_t soft, rlim_t hard)
{
	const struct rlimit limit = { soft, hard };

	CHECK_INT(setrlimit(resource, &limit), 0);
}

static void check(int resource, rlim_t soft, rlim_t hard)
{
	struct rlimit now;

	CHECK_INT(getrlimit(resource, &now), 0);
	CHECK_INT(now.rlim_cur, soft);
	CHECK_INT(now.rlim_max, hard);
}

TEST(soft_limits_are_raised_and_given_back)
{
	struct libns_rlimit had[LIBNS_RLIMITS_LIFTED];

	set(RLIMIT_NOFILE, 20, 300);
	set(RLIMIT_FSIZE, 0, RLIM_INFINITY);
	CHECK_INT(libns_rlimits_lift(had), 2);
	CHECK_INT(had[0].resource, RLIMIT_NOFILE);
	CHECK_INT(had[0].soft, 20);
	CHECK_INT(had[0].hard, 300);
	check(RLIMIT_NOFILE, 256, 300);
	check(RLIMIT_FSIZE, RLIM_INFINITY, RLIM_INFINITY);
	/* They are wide enough now. */
	CHECK_INT(libns_rlimits_lift(had), 0);
	had[0] = (struct libns_rlimit){ RLIMIT_NOFILE, 20, 300 };
	libns_rlimits_restore(had, 1);
	check(RLIMIT_NOFILE, 20, 300);
}

TEST(a_hard_limit_only_with_the_right_to)
{
	struct libns_rlimit had[LIBNS_RLIMITS_LIFTED];

	set(RLIMIT_FSIZE, RLIM_INFINITY, RLIM_INFINITY);
	set(RLIMIT_NOFILE, 20, 30);
	if (geteuid() == 0)
		CHECK_INT(setresuid(65533, 65533, 65533), 0);
	CHECK_INT(libns_rlimits_lift(had), 1);
	check(RLIMIT_NOFILE, 30, 30);
	libns_rlimits_restore(had, 1);
	check(RLIMIT_NOFILE, 20, 30);
}

TAP_MAIN
