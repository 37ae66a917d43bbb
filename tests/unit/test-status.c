/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "tap.h"
#include "text/status.h"

TEST(groups_of_the_line_only)
{
	gid_t *groups = NULL;
	size_t n = 7;

	CHECK_INT(status_groups("Groups:\t0 27 \nX:\t1\n", &groups, &n), 0);
	CHECK_INT(n, 2);
	CHECK_INT(groups[1], 27);
	free(groups);
	CHECK_INT(status_groups("Groups:\t5", &groups, &n), 0);
	CHECK_INT(n, 1);
	free(groups);
	/* None at all is a list too. */
	CHECK_INT(status_groups("Groups:\t \n", &groups, &n), 0);
	CHECK_INT(n, 0);
	CHECK(groups != NULL);
	free(groups);
}

TEST(groups_that_are_none)
{
	gid_t *groups = NULL;
	size_t n = 7;

	CHECK_INT(status_groups("Name:\tGroups:\t7\n", &groups, &n), -EBADMSG);
	CHECK_INT(status_groups("Groups:\t0 4294967296 \n", &groups, &n), -EBADMSG);
	CHECK_INT(status_groups("Groups:\t4294967295\n", &groups, &n), -EBADMSG);
	CHECK_INT(status_groups("Groups:\t0 1x\n", &groups, &n), -EBADMSG);
	CHECK_INT(status_groups("Groups:\t-1\n", &groups, &n), -EBADMSG);
	CHECK(groups == NULL);
}

static char *limits_text(int n, const char *soft)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	CHECK(file != NULL);
	fprintf(file, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit", "Hard Limit", "Units");
	for (int i = 0; i < n; i++)
		fprintf(file, "%-25s %-20s %-20s %-10s\n", "Max something", soft, "unlimited",
			"bytes");
	CHECK_INT(fclose(file), 0);
	return text;
}

TEST(limits)
{
	struct libns_rlimit limits[RLIM_NLIMITS];
	char *text = limits_text(RLIM_NLIMITS, "4711");

	CHECK_INT(status_limits(text, limits), 0);
	CHECK_INT(limits[RLIMIT_NOFILE].resource, RLIMIT_NOFILE);
	CHECK_INT(limits[RLIMIT_NOFILE].soft, 4711);
	CHECK(limits[RLIMIT_NOFILE].hard == UINT64_MAX);
	/* Cut in the last line. */
	text[strlen(text) - 40] = '\0';
	CHECK_INT(status_limits(text, limits), -EBADMSG);
	free(text);
}

TEST(limits_that_are_none)
{
	static const char *const bad[] = { "-1", "0x10", "unlimitedly", "" };
	struct libns_rlimit limits[RLIM_NLIMITS];
	char *text;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		text = limits_text(RLIM_NLIMITS, bad[i]);
		CHECK_INT(status_limits(text, limits), -EBADMSG);
		free(text);
	}
	text = limits_text(RLIM_NLIMITS - 1, "1");
	CHECK_INT(status_limits(text, limits), -EBADMSG);
	free(text);
}

TEST(nice_behind_a_hostile_name)
{
	int value = 77;

	CHECK_INT(status_nice("1 () 1) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 -5 1 ", &value), 0);
	CHECK_INT(value, -5);
	CHECK_INT(status_nice("1 (a) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 20 1 ", &value), -EBADMSG);
	CHECK_INT(status_nice("1 (a) S 1 1 1", &value), -EBADMSG);
	CHECK_INT(status_nice("1 (a", &value), -EBADMSG);
}

TEST(oom_score_adj)
{
	int value = 77;

	CHECK_INT(status_oom("-1000\n", &value), 0);
	CHECK_INT(value, -1000);
	CHECK_INT(status_oom("17\n", &value), 0);
	CHECK_INT(value, 17);
	CHECK_INT(status_oom("1001\n", &value), -EBADMSG);
	CHECK_INT(status_oom("4294967296\n", &value), -EBADMSG);
	CHECK_INT(status_oom("+1\n", &value), -EBADMSG);
	CHECK_INT(status_oom("", &value), -EBADMSG);
}

TAP_MAIN
