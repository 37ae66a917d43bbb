/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>

#include <libns/check.h>
#include <libns/type.h>

#include "one-proc.h"
#include "tap.h"

static struct libns_check *check;

static void look(void)
{
	libns_check_free(check);
	CHECK_INT(libns_check_new(&check, NULL), 0);
}

static const struct libns_finding *find(const char *topic)
{
	for (size_t i = 0; i < libns_check_count(check); i++)
		if (!strcmp(libns_check_at(check, i)->topic, topic))
			return libns_check_at(check, i);
	TAP_FAIL("no finding about %s", topic);
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	CHECK(fd >= 0);
	CHECK_INT(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void enter_userns(void)
{
	char map[48];
	uid_t uid = geteuid();

	if (unshare(CLONE_NEWUSER) < 0)
		SKIP("no user namespaces here");
	snprintf(map, sizeof(map), "0 %u 1", uid);
	put("/proc/self/uid_map", map);
}

/* As promised in check.h, in its order. */
TEST(topics)
{
	static const char *const topics[] = {
		"user",      "cgroup",        "ipc",
		"uts",       "net",           "pid",
		"mnt",       "time",          "unprivileged-userns",
		"apparmor",  "seccomp",       "no-new-privs",
		"chroot",    "ids",           "proc",
		"newuidmap", "newgidmap",     "subuid",
		"subgid",    "clone3",        "clone3-time",
		"pidfd",     "setns-pidfd",   "close-range",
		"openat2",   "mount-setattr", "overlayfs",
		"landlock",  "statmount",     "ns-ids",
		"listns",
	};

	look();
	CHECK_INT(libns_check_count(check), sizeof(topics) / sizeof(topics[0]));
	for (size_t i = 0; i < libns_check_count(check); i++) {
		const struct libns_finding *finding = libns_check_at(check, i);

		CHECK_STR(finding->topic, topics[i]);
		CHECK(finding->sentence[0]);
		CHECK(strchr(finding->sentence, '\n') == NULL);
		CHECK(libns_verdict_name(finding->verdict) != NULL);
	}
	CHECK(libns_check_at(check, 99) == NULL);
	CHECK_INT(libns_check_count(NULL), 0);
	CHECK(libns_check_free(check) == NULL);
	check = NULL;
	/* The trials left no child behind. */
	CHECK_INT(waitpid(-1, NULL, __WALL), -1);
}

TEST(sees_what_is_in_the_way)
{
	char map[48];

	snprintf(map, sizeof(map), "0 %u 1", getegid());
	enter_userns();
	look();
	CHECK_INT(find("net")->verdict, LIBNS_VERDICT_OK);
	CHECK_INT(find("no-new-privs")->verdict, LIBNS_VERDICT_OK);
	CHECK_INT(find("user")->verdict, LIBNS_VERDICT_NO);
	CHECK_INT(find("ids")->verdict, LIBNS_VERDICT_NO);

	put("/proc/self/setgroups", "deny");
	put("/proc/self/gid_map", map);
	put("/proc/sys/user/max_net_namespaces", "0");
	CHECK_INT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	look();
	CHECK_INT(find("user")->verdict, LIBNS_VERDICT_OK);
	CHECK_INT(find("ids")->verdict, LIBNS_VERDICT_OK);
	CHECK_INT(find("net")->verdict, LIBNS_VERDICT_NO);
	CHECK_CONTAINS(find("net")->sentence, "user.max_net_namespaces is 0");
	CHECK_CONTAINS(find("net")->way_out, "sysctl");
	CHECK_INT(find("uts")->verdict, LIBNS_VERDICT_OK);
	CHECK_CONTAINS(find("no-new-privs")->sentence, "no_new_privs is set");
	libns_check_free(check);
}

TEST(covered_proc)
{
	if (geteuid() != 0)
		SKIP("needs root");
	CHECK_INT(unshare(CLONE_NEWNS), 0);
	CHECK_INT(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	leave_one_proc();
	look();
	CHECK_INT(find("proc")->verdict, LIBNS_VERDICT_OK);
	CHECK_INT(mount("/dev/null", "/proc/cpuinfo", NULL, MS_BIND, NULL), 0);
	look();
	CHECK_INT(find("proc")->verdict, LIBNS_VERDICT_NO);
	CHECK_CONTAINS(find("proc")->sentence, "/proc/cpuinfo");
	libns_check_free(check);
}

TEST(verdicts)
{
	CHECK_STR(libns_verdict_name(LIBNS_VERDICT_OK), "ok");
	CHECK_STR(libns_verdict_name(LIBNS_VERDICT_LIMITED), "limited");
	CHECK_STR(libns_verdict_name(LIBNS_VERDICT_NO), "no");
	CHECK(libns_verdict_name(3) == NULL);
	CHECK_INT(libns_check_new(NULL, NULL), -22);
}

TAP_MAIN
