/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Namespaces kept on files, with a misfortune at every system call of the keeper
 * and of its worker: what libns says must be what is there. Success means that all
 * files are bound; failure has a sentence and leaves no file bound.
 */

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include <libns/libns.h>

#include "pid-namespace.h"
#include "strike.h"

#define NSFS_MAGIC 0x6e736673L
#define N_FILES    2

static const struct libns_persist persist[N_FILES] = { { LIBNS_TYPE_NET, "/mnt/net" },
						       { LIBNS_TYPE_UTS, "/mnt/uts" } };

enum { BOUND, REFUSED, SILENT };

/* A mount namespace of our own, as root or as the root of a user namespace. */
static void go_private(void)
{
	if (unshare_as_root(CLONE_NEWNS) < 0)
		SKIP("needs the right to mount");
	CHECK_INT(mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL), 0);
	CHECK_INT(mount("tmpfs", "/mnt", "tmpfs", 0, NULL), 0);
	for (int i = 0; i < N_FILES; i++)
		CHECK_INT(close(open(persist[i].path, O_CREAT | O_CLOEXEC, 0600)), 0);
}

static unsigned int n_bound(void)
{
	unsigned int n = 0;
	struct statfs fs;

	for (int i = 0; i < N_FILES; i++) {
		CHECK_INT(statfs(persist[i].path, &fs), 0);
		n += fs.f_type == NSFS_MAGIC;
	}
	return n;
}

static void unbind(void)
{
	for (int i = 0; i < N_FILES; i++)
		umount2(persist[i].path, MNT_DETACH);
}

static int nothing(void *data)
{
	return 0;
}

static struct libns_plan plan_for_both(void)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;

	plan.types = LIBNS_TYPE_NET | LIBNS_TYPE_UTS;
	plan.persist = persist;
	plan.n_persist = N_FILES;
	return plan;
}

static int answer(int r, const struct libns_error *err)
{
	return r == 0 ? BOUND : err->text[0] && err->code == -r ? REFUSED : SILENT;
}

static int by_unshare(void *data)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_plan plan = plan_for_both();

	return answer(libns_unshare(&plan, &err), &err);
}

static int by_spawn(void *data)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_plan plan = plan_for_both();
	struct libns_child *child;
	int r, status;

	plan.main = nothing;
	r = libns_spawn(&plan, &child, &err);
	if (r == 0) {
		/* This call of ours may be the one that fails. */
		while (libns_child_wait(child, 0, &status, NULL) == -EIO)
			;
		CHECK_INT(status, 0);
		libns_child_free(child);
	}
	return answer(r, &err);
}

/* Every call of @victim in turn. */
static void strike_all(int (*run)(void *), unsigned int victim, int code, long only)
{
	struct strike s = { .victim = victim, .code = code, .only = only };

	for (s.at = 1;; s.at++) {
		int status = strike(&s, run, NULL);
		unsigned int n = n_bound();

		CHECK(WIFEXITED(status));
		if (WEXITSTATUS(status) == SILENT)
			TAP_FAIL("call %u of process %u: a failure without a sentence", s.at,
				 victim);
		if (WEXITSTATUS(status) > SILENT ||
		    (WEXITSTATUS(status) == BOUND) != (n == N_FILES) || (n != 0 && n != N_FILES))
			TAP_FAIL("call %u of process %u: it says %d, and %u are bound", s.at,
				 victim, WEXITSTATUS(status), n);
		unbind();
		if (!s.hit)
			break;
		CHECK(s.at < 1000);
	}
	/* Without a misfortune all is well. */
	CHECK(only >= 0 || s.at > 1);
}

#define KEEPER         1
#define WORKER_UNSHARE 2
#define WORKER_SPAWN   3

static void kill_all(int (*run)(void *), unsigned int victim)
{
	go_private();
	strike_all(run, victim, 0, -1);
}

TEST(keeper_killed)
{
	kill_all(by_unshare, KEEPER);
}
TEST(worker_killed)
{
	kill_all(by_unshare, WORKER_UNSHARE);
}
TEST(keeper_killed_beside_a_child)
{
	kill_all(by_spawn, KEEPER);
}
TEST(worker_killed_beside_a_child)
{
	kill_all(by_spawn, WORKER_SPAWN);
}

/* What they say to each other, and what they do. */
static void fail_all(int (*run)(void *), unsigned int victim)
{
	static const long calls[] = { SYS_sendto, SYS_recvfrom, SYS_mount,   SYS_openat,
				      SYS_clone3, SYS_wait4,    SYS_unshare, SYS_socketpair };

	if (!STRIKE_CAN_FAIL)
		SKIP("system calls can be made to fail on x86-64 only");
	go_private();
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		strike_all(run, victim, EIO, calls[i]);
}

TEST(keeper_calls_fail)
{
	fail_all(by_unshare, KEEPER);
}
TEST(worker_calls_fail)
{
	fail_all(by_unshare, WORKER_UNSHARE);
}
TEST(keeper_calls_fail_beside_a_child)
{
	fail_all(by_spawn, KEEPER);
}
TEST(worker_calls_fail_beside_a_child)
{
	fail_all(by_spawn, WORKER_SPAWN);
}
TEST(caller_calls_fail)
{
	fail_all(by_unshare, 0);
}
TEST(calls_of_a_caller_with_a_child_fail)
{
	fail_all(by_spawn, 0);
}

/* Numbers are small in here, and in /proc they are those of other processes. */
static void keep_in_foreign_procfs(void)
{
	static const char *const own[N_FILES] = { "/proc/self/ns/net", "/proc/self/ns/uts" };
	int (*const ways[])(void *) = { by_spawn, by_unshare };
	struct stat st, before[N_FILES];

	go_private();
	for (int way = 0; way < 2; way++) {
		for (int i = 0; i < N_FILES; i++)
			CHECK_INT(stat(own[i], &before[i]), 0);
		CHECK_INT(ways[way](NULL), BOUND);
		for (int i = 0; i < N_FILES; i++) {
			CHECK_INT(stat(persist[i].path, &st), 0);
			CHECK(st.st_dev == before[i].st_dev && st.st_ino != before[i].st_ino);
		}
		unbind();
	}
}

TEST(procfs_of_another_pid_namespace)
{
	in_pid_namespace(keep_in_foreign_procfs);
}

/* Through a link its maker would choose the file that is covered. */
TEST(no_file_behind_a_link)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_plan plan = plan_for_both();
	struct stat before, now;

	go_private();
	CHECK_INT(rename("/mnt/uts", "/mnt/victim"), 0);
	CHECK_INT(symlink("/mnt/victim", "/mnt/uts"), 0);
	CHECK_INT(stat("/proc/self/ns/net", &before), 0);
	CHECK_INT(libns_unshare(&plan, &err), -ELOOP);
	CHECK_STR(err.text, "cannot keep the uts namespace on '/mnt/uts': that is a symbolic link");
	CHECK_INT(err.step, LIBNS_STEP_PERSIST);
	CHECK_INT(err.types, LIBNS_TYPE_UTS);
	/* Nothing has been made yet. */
	CHECK_INT(stat("/proc/self/ns/net", &now), 0);
	CHECK_INT(now.st_ino, before.st_ino);
	CHECK_INT(n_bound(), 0);
}

/* What is taken back is on the file that was opened, whatever has its name now. */
TEST(a_name_that_is_exchanged)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_plan plan = plan_for_both();
	struct libns_child *child;
	struct stat named;

	go_private();
	plan.main = nothing;
	plan.flags |= LIBNS_PLAN_HOLD;
	/* A link to the file, which is renamed below: one with a mount on it cannot be. */
	CHECK_INT(mkdir("/mnt/dir", 0700), 0);
	CHECK_INT(mkdir("/mnt/other", 0700), 0);
	CHECK_INT(rename("/mnt/uts", "/mnt/dir/uts"), 0);
	CHECK_INT(symlink("dir", "/mnt/way"), 0);
	CHECK_INT(close(open("/mnt/other/uts", O_CREAT | O_CLOEXEC, 0600)), 0);
	CHECK_INT(mount("/mnt/other/uts", "/mnt/other/uts", NULL, MS_BIND, NULL), 0);
	plan.persist = &(struct libns_persist){ LIBNS_TYPE_UTS, "/mnt/way/uts" };
	plan.n_persist = 1;
	CHECK_INT(libns_spawn(&plan, &child, &err), 0);
	tap_keep_child(libns_child_get_pid(child));
	CHECK_INT(unlink("/mnt/way"), 0);
	CHECK_INT(symlink("other", "/mnt/way"), 0);
	libns_child_free(child);
	/* No longer a mount, and the other still is one. */
	CHECK_INT(stat("/mnt/dir/uts", &named), 0);
	CHECK(S_ISREG(named.st_mode) && named.st_dev != 0);
	CHECK_INT(umount2("/mnt/dir/uts", 0), -1);
	CHECK_INT(umount2("/mnt/other/uts", 0), 0);
}

TAP_MAIN
