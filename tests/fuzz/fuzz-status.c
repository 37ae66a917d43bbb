/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* status, limits, stat and oom_score_adj as --like-target of xnsenter reads them. */

#include "fuzz.h"
#include "xnsenter/status.h"

static void fuzz_status(const char *text)
{
	static const struct {
		const char *name;
		int base;
	} numbers[] = { { "CapBnd", 16 }, { "Umask", 8 }, { "NoNewPrivs", 10 }, { "", 10 } };
	gid_t *groups;
	size_t n;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		uint64_t value = 7;
		char line[80];

		if (!status_number(text, numbers[i].name, numbers[i].base, &value)) {
			REQUIRE(value == 7);
			continue;
		}
		/* What was read reads the same when it is written. */
		snprintf(line, sizeof(line),
			 numbers[i].base == 16  ? "X:\t%llx\n"
			 : numbers[i].base == 8 ? "X:\t%llo\n"
						: "X:\t%llu\n",
			 (unsigned long long)value);
		REQUIRE(status_number(line, "X", numbers[i].base, &value));
	}
	if (!status_groups(text, &groups, &n))
		return;
	REQUIRE(n <= strlen(text));
	for (size_t i = 0; i < n; i++)
		REQUIRE(groups[i] != (gid_t)-1);
	free(groups);
}

/* What strtoull() would have taken, wrapped or believed by half. */
static void require_strict(void)
{
	uint64_t value;
	gid_t *groups;
	size_t n;
	int number;

	REQUIRE(!status_number("Umask:\t-1\n", "Umask", 8, &value));
	REQUIRE(!status_number("CapBnd:\t0x1f\n", "CapBnd", 16, &value));
	REQUIRE(!status_number("NoNewPrivs:\t+1\n", "NoNewPrivs", 10, &value));
	REQUIRE(!status_number("Name:\tUmask:\t7\n", "Umask", 8, &value));
	REQUIRE(!status_groups("Groups:\t0 4294967296 \n", &groups, &n));
	REQUIRE(!status_groups("Groups:\t0 1x\n", &groups, &n));
	REQUIRE(!oom_parse("4294967296\n", &number) && !oom_parse("1001\n", &number));
	REQUIRE(status_groups("Groups:\t0 27 \nX:\t1\n", &groups, &n) && n == 2 && groups[1] == 27);
	free(groups);
	REQUIRE(stat_nice("1 () 1) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 -5 1 ", &number));
	REQUIRE(number == -5);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size);
	struct libns_rlimit limits[RLIM_NLIMITS];
	int value;

	require_strict();
	fuzz_status(text);
	if (limits_parse(text, limits))
		for (int i = 0; i < RLIM_NLIMITS; i++)
			REQUIRE(limits[i].resource == i);
	if (stat_nice(text, &value))
		REQUIRE(value >= -20 && value <= 19);
	if (oom_parse(text, &value))
		REQUIRE(value >= -1000 && value <= 1000);
	free(text);
	return 0;
}
