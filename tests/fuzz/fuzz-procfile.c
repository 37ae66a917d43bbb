/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"
#include "text/procfile.h"

static void require_inside(struct procfile_word word, const char *text, size_t size)
{
	if (!word.s)
		return;
	REQUIRE(word.s >= text && word.s + word.n <= text + size);
}

static void fuzz_lines(const char *text, size_t size)
{
	const char *s = text;
	struct procfile_word line, word;
	uint64_t n;

	while ((line = procfile_next_line(&s)).s) {
		const char *inside = line.s;

		require_inside(line, text, size);
		while ((word = procfile_next_word(&inside)).s) {
			require_inside(word, line.s, line.n);
			REQUIRE(word.n > 0);
			if (procfile_u64(word.s, word.n, &n) == 0) {
				char digits[24];

				snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n);
				/* Equal but for leading zeros. */
				REQUIRE(strlen(digits) <= word.n);
				REQUIRE(!memcmp(word.s + word.n - strlen(digits), digits,
						strlen(digits)));
			}
		}
	}
}

static void fuzz_keys(const char *text, size_t size)
{
	static const char *const keys[] = { "NSpid", "Uid", "CapEff", "", "Threads" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		pid_t pids[PROCFILE_MAX_PIDS];
		uint64_t value;
		uint32_t id;
		int n;

		require_inside(procfile_find(text, keys[i]), text, size);
		procfile_find_u64(text, keys[i], &value);
		procfile_find_hex(text, keys[i], &value);
		procfile_find_nth_u32(text, keys[i], (unsigned int)i, &id);
		n = procfile_find_pids(text, keys[i], pids, PROCFILE_MAX_PIDS);
		REQUIRE(n != 0 && n <= PROCFILE_MAX_PIDS);
		for (int j = 0; j < n; j++)
			REQUIRE(pids[j] >= 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size);
	struct procfile_stat stat;
	uint64_t parent;

	fuzz_lines(text, strlen(text));
	fuzz_keys(text, strlen(text));
	if (procfile_stat(text, &stat) == 0) {
		require_inside(stat.comm, text, strlen(text));
		REQUIRE(stat.pid >= 0 && stat.ppid >= 0);
		REQUIRE(procfile_stat_u64(text, 4, &parent) == 0);
		REQUIRE(parent == (uint64_t)stat.ppid);
	}
	free(text);
	return 0;
}
