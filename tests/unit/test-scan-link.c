/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the link of a namespace tells, and that an errno stays an errno. */

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libns/type.h>

#include "scan/link.h"
#include "tap.h"

TEST(a_link_tells_type_and_inode)
{
	struct stat st;
	uint64_t ino = 0;

	for (size_t t = 0; t < LIBNS_N_TYPES; t++) {
		char path[64] = "/proc/self/";
		int r = scan_read_link(AT_FDCWD, strcat(path, scan_ns_paths[t]), &ino);

		/* This kernel may be built without a type. */
		if (r == -ENOENT)
			continue;
		CHECK_INT(r, t);
		CHECK_INT(stat(path, &st), 0);
		CHECK_INT(ino, st.st_ino);
	}
}

TEST(a_link_that_is_missing_says_so)
{
	uint64_t ino = 7;

	CHECK_INT(scan_read_link(AT_FDCWD, "/proc/self/ns/none", &ino), -ENOENT);
	CHECK_INT(scan_read_link(AT_FDCWD, "/proc/self/status", &ino), -EINVAL);
	CHECK_INT(scan_read_link(AT_FDCWD, "/proc/self/status/x", &ino), -ENOTDIR);
	CHECK_INT(scan_read_link(-1, "ns/net", &ino), -EBADF);
	CHECK_INT(ino, 7);
}

TEST(a_link_to_something_else_is_no_namespace)
{
	uint64_t ino = 7;

	CHECK_INT(scan_read_link(AT_FDCWD, "/proc/self/root", &ino), -EBADMSG);
	/* Longer than the link of any namespace. */
	CHECK_INT(scan_read_link(AT_FDCWD, "/proc/self/exe", &ino), -EBADMSG);
	CHECK_INT(ino, 7);
}

TEST(only_inodes_of_namespaces_are_taken_from_a_fdinfo)
{
	CHECK_INT(scan_fdinfo_ino("pos:\t0\nflags:\t0100000\nmnt_id:\t15\nino:\t4026531840\n"),
		  4026531840);
	CHECK_INT(scan_fdinfo_ino("pos:\t0\nino:\t4711\n"), 0);
	CHECK_INT(scan_fdinfo_ino("pos:\t0\nino:\t4294967296\n"), 0);
	CHECK_INT(scan_fdinfo_ino("pos:\t0\n"), 0);
}

TAP_MAIN
