/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <sched.h>

#include <libns/type.h>

#include "tap.h"

TEST(values_are_the_kernels)
{
	CHECK_INT(LIBNS_TYPE_MNT, CLONE_NEWNS);
	CHECK_INT(LIBNS_TYPE_CGROUP, CLONE_NEWCGROUP);
	CHECK_INT(LIBNS_TYPE_UTS, CLONE_NEWUTS);
	CHECK_INT(LIBNS_TYPE_IPC, CLONE_NEWIPC);
	CHECK_INT(LIBNS_TYPE_USER, CLONE_NEWUSER);
	CHECK_INT(LIBNS_TYPE_PID, CLONE_NEWPID);
	CHECK_INT(LIBNS_TYPE_NET, CLONE_NEWNET);
	CHECK_INT(LIBNS_TYPE_TIME, 0x80);
}

TEST(iteration_covers_all)
{
	uint64_t all = 0;

	for (size_t i = 0; libns_type_at(i); i++) {
		CHECK(libns_type_name(libns_type_at(i)) != NULL);
		all |= libns_type_at(i);
	}
	CHECK_INT(all, LIBNS_TYPES_ALL);
	CHECK_INT(libns_type_at(LIBNS_N_TYPES), 0);
	CHECK(libns_type_name(0) == NULL);
	CHECK(libns_type_name(LIBNS_TYPE_NET | LIBNS_TYPE_PID) == NULL);
}

TEST(parse)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	uint64_t set = 99;

	CHECK_INT(libns_types_parse("net,mnt", &set, &err), 0);
	CHECK_INT(set, LIBNS_TYPE_NET | LIBNS_TYPE_MNT);
	CHECK_INT(libns_types_parse("mount", &set, &err), 0);
	CHECK_INT(set, LIBNS_TYPE_MNT);
	CHECK_INT(err.code, 0);
}

TEST(parse_refuses)
{
	static const char *const bad[] = {
		"", ",", "net,", ",net", "nets", "ne", "NET", "net mnt"
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct libns_error err = LIBNS_ERROR_INIT;
		uint64_t set = 99;

		CHECK_INT(libns_types_parse(bad[i], &set, &err), -EINVAL);
		CHECK_INT(set, 99);
		CHECK_CONTAINS(err.text, "unknown namespace type");
	}
}

TEST(format)
{
	char buf[48];

	CHECK_STR(libns_types_format(LIBNS_TYPES_ALL, buf, sizeof(buf)),
		  "user,cgroup,ipc,uts,net,pid,mnt,time");
	CHECK_STR(libns_types_format(0, buf, sizeof(buf)), "");
	CHECK_STR(libns_types_format(LIBNS_TYPES_ALL, buf, 6), "user,");
}

TAP_MAIN
