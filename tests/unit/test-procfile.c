/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "tap.h"
#include "text/procfile.h"

static const char status[] = "Name:\tsh\n"
			     "Umask:\t0022\n"
			     "State:\tS (sleeping)\n"
			     "Tgid:\t12\n"
			     "Uid:\t0\t1\t2\t3\n"
			     "Groups:\t \n"
			     "NStgid:\t12\t1\n"
			     "NSpid:\t12\t7\t1\n"
			     "CapEff:\t000001ffffffffff\n"
			     "Threads:\t1\n";

TEST(numbers)
{
	static const struct {
		const char *s;
		int r;
	} bad[] = {
		{ "", -EINVAL },
		{ "-1", -EINVAL },
		{ "+1", -EINVAL },
		{ " 1", -EINVAL },
		{ "1 ", -EINVAL },
		{ "0x10", -EINVAL },
		{ "1a", -EINVAL },
		{ "4294967296", -ERANGE },
		{ "18446744073709551616", -ERANGE },
		{ "99999999999999999999999999", -ERANGE },
		{ "99999999999999999999999999x", -EINVAL },
	};
	uint32_t u32 = 7;
	uint64_t u64 = 7;
	pid_t pid = 7;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK_INT(procfile_u32(bad[i].s, strlen(bad[i].s), &u32), bad[i].r);
		CHECK_INT(u32, 7);
	}
	CHECK_INT(procfile_u32("4294967295", 10, &u32), 0);
	CHECK(u32 == UINT32_MAX);
	CHECK_INT(procfile_u32("0010", 4, &u32), 0);
	CHECK_INT(u32, 10);
	CHECK_INT(procfile_u64("18446744073709551615", 20, &u64), 0);
	CHECK(u64 == UINT64_MAX);
	CHECK_INT(procfile_u64("18446744073709551616", 20, &u64), -ERANGE);
	CHECK_INT(procfile_pid("2147483647", 10, &pid), 0);
	CHECK_INT(procfile_pid("2147483648", 10, &pid), -ERANGE);
}

TEST(find)
{
	uint64_t n = 0;
	uint32_t id = 0;

	CHECK_INT(procfile_find_u64(status, "Tgid", &n), 0);
	CHECK_INT(n, 12);
	CHECK_INT(procfile_find_u64(status, "gid", &n), -ENOENT);
	CHECK_INT(procfile_find_u64(status, "State", &n), -EINVAL);
	CHECK(procfile_find(status, "Groups").s != NULL);
	CHECK_INT(procfile_find(status, "Groups").n, 0);
	CHECK_INT(procfile_find_hex(status, "CapEff", &n), 0);
	CHECK(n == UINT64_C(0x1ffffffffff));
	CHECK_INT(procfile_find_hex(status, "State", &n), -EINVAL);
	CHECK_INT(procfile_find_hex("A:\t10000000000000000\n", "A", &n), -ERANGE);
	CHECK_INT(procfile_find_octal("A:\t0022\n", "A", &n), 0);
	CHECK_INT(n, 18);
	CHECK_INT(procfile_find_octal("A:\t0028\n", "A", &n), -EINVAL);
	CHECK_INT(procfile_find_octal("A:\t-1\n", "A", &n), -EINVAL);
	CHECK_INT(procfile_find_nth_u32(status, "Uid", 2, &id), 0);
	CHECK_INT(id, 2);
	CHECK_INT(procfile_find_nth_u32(status, "Uid", 4, &id), -EINVAL);
	CHECK_INT(procfile_find_u64("", "Tgid", &n), -ENOENT);
	CHECK_INT(procfile_find_u64("Tgid:\t5", "Tgid", &n), 0);
	CHECK_INT(n, 5);
}

TEST(pids)
{
	pid_t pids[3] = { 0 };

	CHECK_INT(procfile_find_pids(status, "NSpid", pids, 3), 3);
	CHECK_INT(pids[0], 12);
	CHECK_INT(pids[1], 7);
	CHECK_INT(pids[2], 1);
	CHECK_INT(procfile_find_pids(status, "NSpid", pids, 2), -E2BIG);
	CHECK_INT(procfile_find_pids(status, "NSsid", pids, 3), -ENOENT);
	CHECK_INT(procfile_find_pids(status, "Groups", pids, 3), -EINVAL);
	CHECK_INT(procfile_find_pids("NSpid:\t1\t-1\n", "NSpid", pids, 3), -EINVAL);
}

#define STAT_REST " S 4 1 1 0 -1 4194560 5 6 7 8 9 10 11 12 20 0 1 0 987654 1 2\n"

TEST(stat_fields)
{
	static const char *const names[] = { "sh", "a) R 1 (b", ")", "", "x\ny", "((" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct procfile_stat stat;
		char text[160];

		snprintf(text, sizeof(text), "123 (%s)" STAT_REST, names[i]);
		CHECK_INT(procfile_stat(text, &stat), 0);
		CHECK_INT(stat.pid, 123);
		CHECK_INT(stat.ppid, 4);
		CHECK_INT(stat.state, 'S');
		CHECK_INT(stat.start_time, 987654);
		CHECK_INT(stat.comm.n, strlen(names[i]));
		CHECK(!memcmp(stat.comm.s, names[i], stat.comm.n));
	}
}

TEST(stat_of_the_first_process)
{
	struct procfile_stat stat;

	CHECK_INT(procfile_stat("1 (init)" STAT_REST, &stat), 0);
	CHECK_INT(stat.pid, 1);
}

TEST(stat_by_number)
{
	uint64_t n;

	CHECK_INT(procfile_stat_u64("123 (a)" STAT_REST, 4, &n), 0);
	CHECK_INT(n, 4);
	CHECK_INT(procfile_stat_u64("123 (a) b)" STAT_REST, 22, &n), 0);
	CHECK_INT(n, 987654);
	CHECK_INT(procfile_stat_u64("123 (a)" STAT_REST, 3, &n), -EBADMSG);
	CHECK_INT(procfile_stat_u64("123 (a)" STAT_REST, 99, &n), -EBADMSG);
	CHECK_INT(procfile_stat_u64("123", 4, &n), -EBADMSG);
}

TEST(stat_refuses)
{
	static const char *const bad[] = {
		"",
		"1",
		"(sh)" STAT_REST,
		"1(sh)" STAT_REST,
		"x (sh)" STAT_REST,
		"1 )sh(" STAT_REST,
		"1 (sh) SS 4 1 1 0 -1 4194560 5 6 7 8 9 10 11 12 20 0 1 0 987654 1 2\n",
		"1 (sh) S x 1 1 0 -1 4194560 5 6 7 8 9 10 11 12 20 0 1 0 987654 1 2\n",
		"1 (sh) S 4 1 1 0 -1 4194560 5 6 7 8 9 10 11 12 20 0 1 0\n",
		"1 (sh) S 4 1 1 0 -1 4194560 5 6 7 8 9 10 11 12 20 0 1 0 -5\n",
	};
	struct procfile_stat stat;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_INT(procfile_stat(bad[i], &stat), -EBADMSG);
}

TAP_MAIN
