/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TESTS_UNIT_OWN_NET_H
#define TESTS_UNIT_OWN_NET_H

/* Networks of the test's own: nothing is done to that of the machine. */

#include <libns/type.h>

#include "may-create.h"

static inline void own_net_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	CHECK(fd >= 0);
	CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

/* From here on the case is in a network of its own; who is not root becomes that in a user
 * namespace. */
static inline void own_net(void)
{
	char uid[32], gid[32];

	if (geteuid() == 0) {
		may_create(CLONE_NEWNET);
		CHECK_INT(unshare(CLONE_NEWNET), 0);
		return;
	}
	snprintf(uid, sizeof(uid), "0 %u 1", geteuid());
	snprintf(gid, sizeof(gid), "0 %u 1", getegid());
	may_create(CLONE_NEWUSER | CLONE_NEWNET);
	CHECK_INT(unshare(CLONE_NEWUSER | CLONE_NEWNET), 0);
	own_net_write("/proc/self/setgroups", "deny");
	own_net_write("/proc/self/uid_map", uid);
	own_net_write("/proc/self/gid_map", gid);
}

static inline void own_net_end_run(void *arg)
{
	(void)arg;
	umount2("/run", MNT_DETACH);
}

/* And with an empty /run of its own. */
static inline void own_net_and_run(void)
{
	own_net();
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", "/run", "tmpfs", 0, "mode=755") < 0)
		SKIP("no /run of one's own here");
	tap_later(own_net_end_run, NULL);
}

/* A descriptor of the network that the case is in, kept to its end. */
static inline int this_net(void)
{
	int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	CHECK(fd >= 0);
	return tap_keep(fd);
}

/* One more network, which the case does not stay in. */
static inline int another_net(void)
{
	int here = this_net(), there;

	CHECK_INT(unshare(CLONE_NEWNET), 0);
	there = this_net();
	CHECK_INT(setns(here, CLONE_NEWNET), 0);
	return there;
}

#endif
