/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* status, limits, stat and oom_score_adj as libns_confine_read() reads them. */

#include "fuzz.h"
#include "text/procfile.h"
#include "text/status.h"

static void fuzz_status(const char *text)
{
	gid_t *groups;
	uint64_t value;
	size_t n;

	if (procfile_find_octal(text, "Umask", &value) == 0) {
		char line[80];

		/* What was read reads the same when it is written. */
		snprintf(line, sizeof(line), "X:\t%llo\n", (unsigned long long)value);
		REQUIRE(procfile_find_octal(line, "X", &value) == 0);
	}
	if (status_groups(text, &groups, &n) < 0)
		return;
	REQUIRE(n <= strlen(text));
	for (size_t i = 0; i < n; i++)
		REQUIRE(groups[i] != (gid_t)-1);
	free(groups);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size);
	struct libns_rlimit limits[RLIM_NLIMITS];
	int value;

	fuzz_status(text);
	if (status_limits(text, limits) == 0)
		for (int i = 0; i < RLIM_NLIMITS; i++)
			REQUIRE(limits[i].resource == i);
	if (status_nice(text, &value) == 0)
		REQUIRE(value >= -20 && value <= 19);
	if (status_oom(text, &value) == 0)
		REQUIRE(value >= -1000 && value <= 1000);
	free(text);
	return 0;
}
