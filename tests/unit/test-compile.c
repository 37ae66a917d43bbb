/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a plan comes to for the stub: lists are compared, and nothing is done. */

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <libns/libns.h>

#include "confine/confine.h"
#include "enter/entry.h"
#include "spawn/compile.h"
#include "tap.h"

#if !HAVE_STUB
TEST(there_is_no_stub)
{
	struct plan plan = { .ask = LIBNS_PLAN_INIT };

	CHECK_STR(compile_refuses(&plan), "on this machine");
}
#else

/* Numbers of descriptors, which the cases open where they need them. */
enum { LINE = 40, PIDFD, USER_NS, NET_NS, THEIR_ROOT, OWN_ROOT, CWD, TERMINAL };

static char name[] = "prog";
static char *const program[] = { name, NULL };
static char *const nothing[] = { NULL };
static struct libns_entry entry;

static int index_of(uint64_t type)
{
	int i = 0;

	while (libns_type_at((size_t)i) != type)
		i++;
	return i;
}

static struct plan plan_to_enter(uint64_t types)
{
	struct plan plan = { .ask = LIBNS_PLAN_INIT };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = LINE; fd <= TERMINAL; fd++)
		tap_keep(dup3(null, fd, O_CLOEXEC));
	close(null);
	entry = (struct libns_entry){
		.pidfd = PIDFD,
		.types = types,
		.of_proc = types,
		.root_fd = -1,
	};
	for (size_t i = 0; i < LIBNS_N_TYPES; i++)
		entry.fds[i] = -1;
	plan.ask.entry = &entry;
	plan.ask.argv = program;
	plan.ask.envp = nothing;
	plan.ask.flags = LIBNS_PLAN_OUT_OF_REACH;
	return plan;
}

static const struct {
	int number;
	const char *name;
	unsigned int n_args;
} calls[] = {
	{ SYS_capget, "capget", 0 }, { SYS_capset, "capset", 0 },
	{ SYS_chdir, "chdir", 0 },   { SYS_chroot, "chroot", 0 },
	{ SYS_close, "close", 1 },   { SYS_close_range, "close_range", 2 },
	{ SYS_dup2, "dup2", 2 },     { SYS_fchdir, "fchdir", 1 },
	{ SYS_fcntl, "fcntl", 3 },   { SYS_ioctl, "ioctl", 1 },
	{ SYS_prctl, "prctl", 2 },   { SYS_prlimit64, "prlimit", 2 },
	{ SYS_recvfrom, "recv", 1 }, { SYS_rt_sigprocmask, "sigprocmask", 1 },
	{ SYS_setgid, "setgid", 1 }, { SYS_setgroups, "setgroups", 2 },
	{ SYS_setns, "setns", 2 },   { SYS_setsid, "setsid", 0 },
	{ SYS_setuid, "setuid", 1 }, { SYS_statx, "statx", 1 },
};

static void add_op(char *text, size_t size, const struct stub_op *op)
{
	size_t n = strlen(text), i = 0;

	if (op->kind == STUB_MASK || op->kind == STUB_SKIP_IF_SAME) {
		snprintf(text + n, size - n, op->kind == STUB_MASK ? "mask;" : "skip;");
		return;
	}
	while (i < sizeof(calls) / sizeof(calls[0]) && calls[i].number != op->number)
		i++;
	CHECK(i < sizeof(calls) / sizeof(calls[0]));
	snprintf(text + n, size - n, "%s", calls[i].name);
	for (unsigned int arg = 0; arg < calls[i].n_args; arg++) {
		n = strlen(text);
		snprintf(text + n, size - n, " %d", (int)op->args[arg]);
	}
	/* Its flags and its mask. */
	if (op->number == SYS_statx) {
		n = strlen(text);
		snprintf(text + n, size - n, " %#x %#x", (int)op->args[2], (int)op->args[3]);
	}
	strcat(text, ";");
}

static const char *list(const struct image_part *part)
{
	static char text[8192];

	*text = '\0';
	for (size_t i = 0; i < part->n_ops; i++)
		add_op(text, sizeof(text), &part->ops[i]);
	return text;
}

/* The list of the helper, without its watch for the end of the caller. */
static const char *helper_list(const struct plan *plan)
{
	static struct compiled compiled;
	const char *text;

	CHECK(!compile_refuses(plan));
	CHECK_INT(compile_plan(plan, LINE, 0, &compiled), 0);
	text = list(&compiled.helper);
	CHECK(!strncmp(text, "prctl 1 9;recv 40;", 18));
	compile_end(&compiled);
	return text + 18;
}

static const char *child_list(const struct plan *plan)
{
	static struct compiled compiled;

	CHECK_INT(compile_plan(plan, LINE, 0, &compiled), 0);
	compile_end(&compiled);
	return list(&compiled.child);
}

TEST(joining)
{
	struct plan plan = plan_to_enter(LIBNS_TYPE_PID);

	CHECK_STR(helper_list(&plan), "setns 41 536870912;close 41;fcntl 40 2 1;");
	CHECK_STR(child_list(&plan), "recv 40;sigprocmask 2;");
	/* By descriptor first, by process, the user namespace last; as enter.c tries it first. */
	plan = plan_to_enter(LIBNS_TYPE_PID | LIBNS_TYPE_USER | LIBNS_TYPE_NET);
	entry.of_proc = LIBNS_TYPE_PID;
	entry.fds[index_of(LIBNS_TYPE_NET)] = NET_NS;
	entry.fds[index_of(LIBNS_TYPE_USER)] = USER_NS;
	CHECK_STR(helper_list(&plan), "setns 43 1073741824;setns 41 536870912;setns 42 268435456;"
				      "close 43;close 41;close 42;fcntl 40 2 1;");
}

TEST(directories)
{
	struct plan plan = plan_to_enter(LIBNS_TYPE_PID | LIBNS_TYPE_MNT);

	entry.root_fd = THEIR_ROOT;
	CHECK_STR(helper_list(&plan),
		  "setns 41 537001984;statx 44 0x5000 0x1100;statx -100 0x4000 0x1100;"
		  "skip;fchdir 44;chroot;chdir;close 41;close 44;fcntl 40 2 1;");
	entry.root_fd = -1;
	plan.ask.flags |= LIBNS_PLAN_ROOT_FD | LIBNS_PLAN_CWD_FD;
	plan.ask.root_fd = OWN_ROOT;
	plan.ask.cwd_fd = CWD;
	CHECK_STR(helper_list(&plan), "setns 41 537001984;fchdir 45;chroot;fchdir 46;close 41;"
				      "close 45;close 46;fcntl 40 2 1;");
	plan.ask.flags &= ~LIBNS_PLAN_CWD_FD;
	CHECK_STR(helper_list(&plan), "setns 41 537001984;fchdir 45;chroot;chdir;close 41;"
				      "close 45;fcntl 40 2 1;");
	plan.ask.cwd = "/here";
	CHECK(compile_refuses(&plan));
	plan.ask.cwd = NULL;
	plan.ask.root = "/there";
	CHECK(compile_refuses(&plan));
}

TEST(identity)
{
	struct libns_confine confine = { .keep_caps = UINT64_MAX & ~(UINT64_C(1) << CAP_CHOWN) };
	struct plan plan = plan_to_enter(LIBNS_TYPE_PID | LIBNS_TYPE_USER);

	plan.ask.flags |= LIBNS_PLAN_CLEAR_GROUPS | LIBNS_PLAN_UID | LIBNS_PLAN_GID;
	plan.ask.uid = 7;
	plan.ask.gid = 8;
	CHECK_STR(helper_list(&plan), "setns 41 805306368;setgroups 0 0;setgid 8;setuid 7;close 41;"
				      "fcntl 40 2 1;");
	plan.ask.confine = &confine;
	CHECK_STR(helper_list(&plan),
		  "setns 41 805306368;prctl 24 0;setgroups 0 0;setgid 8;setuid 7;capget;mask;mask;"
		  "mask;mask;mask;mask;capset;close 41;fcntl 40 2 1;");
}

TEST(what_waits_for_the_child)
{
	struct libns_rlimit limits[] = { { RLIMIT_NOFILE, 10, 20 }, { RLIMIT_CORE, 0, 0 } };
	struct plan plan = plan_to_enter(LIBNS_TYPE_PID);

	plan.ask.rlimits = limits;
	plan.ask.n_rlimits = 2;
	plan.ask.flags |= LIBNS_PLAN_TTY;
	plan.ask.tty_fd = TERMINAL;
	plan.ask.tty_stdio = 5;
	plan.ask.death_signal = SIGKILL;
	CHECK_STR(helper_list(&plan),
		  "setns 41 536870912;prlimit 0 4;close 41;fcntl 40 2 1;fcntl 47 2 1;");
	CHECK_STR(child_list(&plan), "setsid;ioctl 47;dup2 47 0;dup2 47 2;prlimit 0 7;prctl 1 9;"
				     "recv 40;sigprocmask 2;");
}

TEST(descriptors)
{
	struct plan plan = plan_to_enter(LIBNS_TYPE_PID);
	const int kept[] = { 3, 5, CWD };

	plan.ask.flags |= LIBNS_PLAN_CLOSE_FDS | LIBNS_PLAN_CWD_FD;
	plan.ask.cwd_fd = CWD;
	CHECK_STR(helper_list(&plan), "setns 41 536870912;fchdir 46;close 41;close 46;"
				      "close_range 3 39;close_range 41 -1;fcntl 40 2 1;");
	/* What is close-on-exec ends, also where it is kept; what is not does not. */
	plan.ask.keep_fds = kept;
	plan.ask.n_keep_fds = 3;
	CHECK_STR(helper_list(&plan),
		  "setns 41 536870912;fchdir 46;close 41;close 46;close_range 4 4;"
		  "close_range 6 39;close_range 41 45;close_range 47 -1;fcntl 40 2 1;");
	fcntl(CWD, F_SETFD, 0);
	plan.ask.flags &= ~LIBNS_PLAN_CLOSE_FDS;
	CHECK_STR(helper_list(&plan), "setns 41 536870912;fchdir 46;close 41;fcntl 40 2 1;");
}

/* Each by itself: what a new field of the plan asks for must not be forgotten here. */
TEST(what_is_not_known)
{
	struct libns_confine confine = { .keep_caps = UINT64_MAX, .parts = LIBNS_CONFINE_NICE };
	struct plan plan = plan_to_enter(LIBNS_TYPE_PID), other;
	const int fd = CWD;

	CHECK(!compile_refuses(&plan));
#define REFUSED(field, value)                                                                      \
	do {                                                                                       \
		other = plan;                                                                      \
		other.ask.field = value;                                                           \
		CHECK(compile_refuses(&other));                                                    \
	} while (0)
	REFUSED(entry, NULL);
	REFUSED(types, LIBNS_TYPE_UTS);
	REFUSED(hostname, "x");
	REFUSED(domainname, "x");
	REFUSED(propagation, MS_PRIVATE);
	REFUSED(mount_proc, "/proc");
	REFUSED(mount_binfmt, "/x");
	REFUSED(mounts, (struct libns_mount_plan *)(uintptr_t)1);
	REFUSED(setgroups, LIBNS_SETGROUPS_DENY);
	REFUSED(load_interp, "x");
	REFUSED(n_cgroup_fds, 1);
	REFUSED(cgroup_fds, &fd; other.ask.n_cgroup_fds = 1);
	REFUSED(flags, plan.ask.flags | LIBNS_PLAN_CGROUP);
	REFUSED(flags, plan.ask.flags | LIBNS_PLAN_FINAL_USER);
	REFUSED(n_setups, 1);
	REFUSED(main, (int (*)(void *))(uintptr_t)1);
	REFUSED(confine, &confine);
	confine = (struct libns_confine){ .keep_caps = UINT64_MAX, .no_new_privs = true };
	REFUSED(confine, &confine);
	confine = (struct libns_confine){ .keep_caps = UINT64_MAX, .gives_caps = true };
	REFUSED(confine, &confine);
	confine = (struct libns_confine){ .keep_caps = UINT64_MAX, .no_userns = true };
	REFUSED(confine, &confine);
	confine.no_new_privs = false;
	confine.landlock = (const struct libns_landlock *)(uintptr_t)1;
	REFUSED(confine, &confine);
	REFUSED(flags, LIBNS_PLAN_HOLD);
	REFUSED(flags, LIBNS_PLAN_PID1);
	REFUSED(flags, LIBNS_PLAN_KEEP_CAPS);
	REFUSED(flags, LIBNS_PLAN_LOOPBACK);
	REFUSED(flags, LIBNS_PLAN_OWN_MOUNTS);
	REFUSED(flags, LIBNS_PLAN_NEW_SESSION);
	/* A flag that this was not written for. */
	REFUSED(flags, UINT64_C(1) << 63);
	plan = plan_to_enter(LIBNS_TYPE_NET);
	CHECK(compile_refuses(&plan));
}

/* Where a child looks, and whoever looks into it. */
TEST(the_child_has_nothing_of_the_caller)
{
	struct plan plan = plan_to_enter(LIBNS_TYPE_PID | LIBNS_TYPE_MNT);
	static struct compiled compiled;

	setenv("A", "word-of-the-caller", 1);
	plan.ask.envp =
		(char *const *)(uintptr_t)(const char *const[]){ "A=word-of-the-program", NULL };
	plan.ask.argv =
		(char *const *)(uintptr_t)(const char *const[]){ "word-of-the-program", NULL };
	CHECK_INT(compile_plan(&plan, LINE, 0, &compiled), 0);
	CHECK(!memmem(compiled.child.bytes, compiled.child.n_bytes, "of-the-caller", 13));
	CHECK(memmem(compiled.child.bytes, compiled.child.n_bytes, "of-the-program", 14));
	compile_end(&compiled);
}
#endif

TAP_MAIN
