/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A misfortune at every system call of every process between libns_spawn() and the
 * program: either the program has run, or there is a sentence, or the status says
 * that the child was killed. Never a bare exit status of 1 or 127.
 */

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <libns/libns.h>

#include "strike.h"

#define RAN 42

#define ARGV(...) ((char *const *)(uintptr_t)(const char *const[]){ __VA_ARGS__, NULL })

enum { DONE, REFUSED, KILLED, SILENT };

struct way {
	const char *name;
	uint64_t types, flags;
	bool by_program;
	unsigned int n_victims;
	bool new_root; /* and no_new_privs: what a program has lost it does not get back */
};

static const struct way ways[] = {
	{ "plain", LIBNS_TYPE_UTS, 0, true, 2 },
	{ "a function", LIBNS_TYPE_UTS, 0, false, 2 },
	{ "held", LIBNS_TYPE_UTS, LIBNS_PLAN_HOLD, true, 2 },
	{ "first process", LIBNS_TYPE_PID, LIBNS_PLAN_PID1, true, 3 },
	{ "first process, in a new root", LIBNS_TYPE_PID | LIBNS_TYPE_MNT, LIBNS_PLAN_PID1, true, 3,
	  true },
	{ "maps from outside", LIBNS_TYPE_USER, 0, true, 2 },
	{ "clocks, by a helper", LIBNS_TYPE_TIME, LIBNS_PLAN_BOOTTIME, true, 3 },
};

static char sh[] = "sh", dash_c[] = "-c", script[] = "exit 42";
static char *const program[] = { sh, dash_c, script, NULL };

/* Root has all that it is not denied. */
static char compare[] = "while read -r key value; do case $key in CapEff:) has=$value ;; "
			"CapBnd:) may=$value ;; esac; done </proc/self/status; "
			"[ \"$has\" = \"$may\" ] && exit 42";
static char *const compares[] = { sh, dash_c, compare, NULL };

static int nothing(void *data)
{
	return RAN;
}

static struct libns_mount_plan *root_with_proc(void)
{
	struct libns_mount_plan *mounts;

	CHECK_INT(libns_mount_plan_new(&mounts, NULL), 0);
	CHECK_INT(libns_mount_plan_set_root(mounts, "/", 0, NULL), 0);
	CHECK_INT(libns_mount_plan_add_proc(mounts, "/proc", NULL), 0);
	return mounts;
}

static int by_way(void *data)
{
	const struct way *way = data;
	const struct libns_idrange range = { 0, 0, 1000 };
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_idmap *map = NULL;
	struct libns_child *child;
	int r, status;

	plan.types = way->types;
	plan.flags = way->flags;
	plan.boottime = 1000;
	plan.argv = way->by_program ? program : NULL;
	if (way->new_root) {
		plan.argv = compares;
		plan.mounts = root_with_proc();
		CHECK_INT(libns_confine_new(NULL, LIBNS_USER_KEPT, &plan.confine, NULL), 0);
		libns_confine_set_no_new_privs(plan.confine);
	}
	plan.main = way->by_program ? NULL : nothing;
	if (way->types & LIBNS_TYPE_USER) {
		CHECK_INT(libns_idmap_new(&map, NULL), 0);
		CHECK_INT(libns_idmap_add(map, &range, NULL), 0);
		plan.uid_map = plan.gid_map = map;
	}
	r = libns_spawn(&plan, &child, &err);
	libns_idmap_free(map);
	libns_confine_free(plan.confine);
	libns_mount_plan_free(plan.mounts);
	if (r == 0 && (way->flags & LIBNS_PLAN_HOLD)) {
		r = libns_child_release(child, &err);
		if (r < 0)
			libns_child_free(child);
	}
	if (r < 0)
		return err.text[0] && err.code == -r ? REFUSED : SILENT;
	/* This call of ours may be the one that fails. */
	while (libns_child_wait(child, 0, &status, NULL) == -EIO)
		;
	libns_child_free(child);
	if (WIFSIGNALED(status))
		return KILLED;
	return WEXITSTATUS(status) == RAN ? DONE : SILENT;
}

static void strike_all(const struct way *way, unsigned int victim, int code, long only)
{
	struct strike s = { .victim = victim, .code = code, .only = only };

	for (s.at = 1;; s.at++) {
		int status = strike(&s, by_way, (void *)(uintptr_t)way);

		/* The caller itself may be the one that is killed. */
		if (!WIFEXITED(status) || WEXITSTATUS(status) >= SILENT)
			TAP_FAIL("%s: call %u (%ld) of process %u, errno %d: status %#x", way->name,
				 s.at, only, victim, code, (unsigned int)status);
		if (!s.hit) {
			CHECK_INT(WEXITSTATUS(status), DONE);
			break;
		}
		CHECK(s.at < 1000);
	}
}

static void need_root(void)
{
	if (geteuid() != 0)
		SKIP("needs root");
	alarm(110);
}

TEST(killed_at_each_call)
{
	need_root();
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		for (unsigned int victim = 1; victim < ways[i].n_victims; victim++)
			/* Of a program only the calls of the child are ours. */
			if (!ways[i].by_program || victim == 1)
				strike_all(&ways[i], victim, 0, -1);
}

TEST(calls_fail)
{
	static const long calls[] = { SYS_sendto, SYS_recvfrom, SYS_prctl, SYS_clone3,
				      SYS_socketpair };

	need_root();
	if (!STRIKE_CAN_FAIL)
		SKIP("system calls can be made to fail on x86-64 only");
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		for (unsigned int victim = 0; victim < ways[i].n_victims; victim++)
			for (size_t k = 0; k < sizeof(calls) / sizeof(calls[0]); k++)
				strike_all(&ways[i], victim, EIO, calls[k]);
}

/* From here on a call gets this errno, as by the filter of a container. */
static void refuse(long call, int code)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)code),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog fprog = { sizeof(filter) / sizeof(filter[0]), filter };

	CHECK_INT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &fprog) < 0)
		SKIP("this kernel has no seccomp filters");
}

/* A filter that refuses sending altogether, in all processes. */
TEST(nothing_can_be_sent)
{
	need_root();
	refuse(SYS_sendto, EPERM);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct way way = ways[i];

		if (by_way(&way) == SILENT)
			TAP_FAIL("%s: a failure without a sentence", way.name);
	}
}

static void time_namespace_without_clone3(int code)
{
	char now[64] = "";
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_plan plan = LIBNS_PLAN_INIT;
	const struct libns_idrange uid = { 0, geteuid(), 1 }, gid = { 0, getegid(), 1 };
	struct libns_idmap *uid_map, *gid_map;
	struct libns_child *child;
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(unshare(CLONE_NEWUSER | 0x80) < 0);
	waitpid(pid, &status, 0);
	if (status)
		SKIP("these namespaces cannot be created here");
	CHECK(readlink("/proc/self/ns/time", now, sizeof(now) - 1) > 0);
	setenv("OUTSIDE", now, 1);
	CHECK(libns_idmap_new(&uid_map, NULL) == 0 && libns_idmap_new(&gid_map, NULL) == 0);
	CHECK_INT(libns_idmap_add(uid_map, &uid, NULL), 0);
	CHECK_INT(libns_idmap_add(gid_map, &gid, NULL), 0);
	refuse(SYS_clone3, code);
	plan.types = LIBNS_TYPE_USER | LIBNS_TYPE_TIME | LIBNS_TYPE_PID;
	plan.uid_map = uid_map;
	plan.gid_map = gid_map;
	plan.argv = ARGV("sh", "-c", "test $(readlink /proc/self/ns/time) != $OUTSIDE");
	if (libns_spawn(&plan, &child, &err) < 0)
		TAP_FAIL("%s", err.text);
	CHECK_INT(libns_child_wait(child, 0, &status, &err), 0);
	CHECK_INT(status, 0);
	libns_child_free(child);
	libns_idmap_free(uid_map);
	libns_idmap_free(gid_map);
}

/* docker's default filter; others. */
TEST(time_where_clone3_does_not_exist)
{
	time_namespace_without_clone3(ENOSYS);
}
TEST(time_where_clone3_is_refused)
{
	time_namespace_without_clone3(EPERM);
}

TAP_MAIN
