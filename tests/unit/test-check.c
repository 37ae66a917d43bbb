/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

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

static int install_killer(unsigned int number)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { 4, code };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}

/* Whoever looks dies of it, and the list is as long as ever. */
static int check_below_killer(unsigned int number, const char *name, size_t n)
{
	bool named = false;

	if (install_killer(number) < 0)
		return TAP_SKIP_STATUS;
	if (libns_check_new(&check, NULL) < 0 || libns_check_count(check) != n)
		return 1;
	for (size_t i = 0; i < n; i++) {
		const struct libns_finding *finding = libns_check_at(check, i);

		if (!finding->topic || !*finding->sentence)
			return 2;
		named |= strstr(finding->sentence, "kills whoever calls") &&
			 strstr(finding->sentence, name);
	}
	return named ? 0 : 3;
}

static void kill_at(unsigned int number, const char *name)
{
	size_t n;
	int status;
	pid_t pid;

	look();
	n = libns_check_count(check);
	pid = fork();
	if (pid == 0)
		_exit(check_below_killer(number, name, n));
	libns_check_free(check);
	check = NULL;
	CHECK_INT(waitpid(pid, &status, 0), pid);
	if (status == TAP_SKIP_STATUS << 8)
		SKIP("no seccomp filters here");
	CHECK_INT(status, 0);
}

TEST(below_a_filter_that_kills_whoever_opens)
{
	kill_at(SYS_openat, "openat");
}

#ifdef SYS_newfstatat
TEST(below_a_filter_that_kills_whoever_asks_for_a_file)
{
	/* What the C library asks with differs: all that is needed is that nothing is lost. */
	kill_at(SYS_newfstatat, "");
}
#endif

TEST(verdicts)
{
	CHECK_STR(libns_verdict_name(LIBNS_VERDICT_OK), "ok");
	CHECK_STR(libns_verdict_name(LIBNS_VERDICT_LIMITED), "limited");
	CHECK_STR(libns_verdict_name(LIBNS_VERDICT_NO), "no");
	CHECK(libns_verdict_name(3) == NULL);
	CHECK_INT(libns_check_new(NULL, NULL), -22);
}

TAP_MAIN
