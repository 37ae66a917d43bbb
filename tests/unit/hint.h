/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TESTS_UNIT_HINT_H
#define TESTS_UNIT_HINT_H

/* What the tests of hints share: a failure to explain, and ways to cause one. */

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>

#include <libns/error.h>

#include "tap.h"
#define SOMEBODY 65533

static char line[640];

static inline int hint(unsigned int step, int code, uint64_t types, const char *text)
{
	struct libns_error err = { code, step, types, "" };

	snprintf(err.text, sizeof(err.text), "%s", text);
	return libns_error_hint(&err, line, sizeof(line));
}

static inline void need_root(void)
{
	if (geteuid() != 0)
		SKIP("needs root");
}

static inline void become_somebody(void)
{
	if (geteuid() == 0) {
		CHECK_INT(setgid(SOMEBODY), 0);
		CHECK_INT(setuid(SOMEBODY), 0);
		prctl(PR_SET_DUMPABLE, 1);
	}
}

static inline void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	CHECK(fd >= 0);
	CHECK_INT(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* Root in a user namespace of our own, which has limits of its own. */
static inline void enter_userns(uint64_t others)
{
	char map[48];
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (unshare((int)(CLONE_NEWUSER | others)) < 0)
		SKIP("no user namespaces here");
	snprintf(map, sizeof(map), "0 %u 1", uid);
	put("/proc/self/uid_map", map);
	put("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "0 %u 1", gid);
	put("/proc/self/gid_map", map);
}

static inline void private_mounts(void)
{
	need_root();
	CHECK_INT(unshare(CLONE_NEWNS), 0);
	CHECK_INT(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	CHECK_INT(mount("tmpfs", "/mnt", "tmpfs", 0, "mode=755"), 0);
}

static inline void cover(const char *path, const char *text)
{
	static int n;
	char own[32];

	snprintf(own, sizeof(own), "/mnt/%d", n++);
	put(own, text);
	if (mount(own, path, NULL, MS_BIND, NULL) < 0)
		SKIP("a file of /etc is missing to be covered");
}

#endif
