/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

/*
 * Unit tests, one forked child per case: unshare(2) and setns(2) cannot be
 * undone, and a crash must not take the other cases with it.
 *
 *   TEST(name) { CHECK(x); CHECK_INT(r, -EINVAL); CHECK_STR(s, "y"); }
 *   TAP_MAIN
 *
 * SKIP("reason") ends a case that cannot run here. Output is TAP.
 *
 * Every case begins with the same signals, umask, PATH and descriptors, whatever the
 * caller has. It ends with the descriptors, children and mounts that it began with, or fails:
 * what the library forgets to close, to wait for or to unmount is noticed everywhere.
 * Mounts are counted in /proc/self/mountinfo, in the mount namespace and below the root that
 * the case began in; for root that is a private one. In builds with AddressSanitizer a
 * case has freed its memory as well, unless it ends in other namespaces: the leak check
 * cannot work there.
 * No process that a case has started may outlive it, however distant. What a case means
 * to hold to its end it hands over: tap_keep(fd), tap_keep_child(pid), tap_later(fn, arg).
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct tap_case {
	const char *name;
	void (*run)(void);
	struct tap_case *next;
};

static struct tap_case *tap_first, **tap_last = &tap_first;

#define TEST(id)                                                                                   \
	static void tap_run_##id(void);                                                            \
	__attribute__((constructor)) static void tap_add_##id(void)                                \
	{                                                                                          \
		static struct tap_case self = { #id, tap_run_##id, NULL };                         \
		*tap_last = &self;                                                                 \
		tap_last = &self.next;                                                             \
	}                                                                                          \
	static void tap_run_##id(void)

#define TAP_SKIP_STATUS 77

#define TAP_FAIL(...)                                                                              \
	do {                                                                                       \
		printf("# %s:%d: ", __FILE__, __LINE__);                                           \
		printf(__VA_ARGS__);                                                               \
		printf("\n");                                                                      \
		fflush(stdout);                                                                    \
		exit(1);                                                                           \
	} while (0)

#define SKIP(reason)                                                                               \
	do {                                                                                       \
		printf("# skip: %s\n", reason);                                                    \
		fflush(stdout);                                                                    \
		exit(TAP_SKIP_STATUS);                                                             \
	} while (0)

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			TAP_FAIL("not true: %s", #condition);                                      \
	} while (0)

#define CHECK_INT(a, b)                                                                            \
	do {                                                                                       \
		long long tap_a = (long long)(a), tap_b = (long long)(b);                          \
		if (tap_a != tap_b)                                                                \
			TAP_FAIL("%s is %lld, not %lld", #a, tap_a, tap_b);                        \
	} while (0)

#define CHECK_STR(a, b)                                                                            \
	do {                                                                                       \
		const char *tap_a = (a), *tap_b = (b);                                             \
		if (!tap_a || strcmp(tap_a, tap_b))                                                \
			TAP_FAIL("%s is '%s', not '%s'", #a, tap_a ? tap_a : "(null)", tap_b);     \
	} while (0)

#define CHECK_CONTAINS(a, b)                                                                       \
	do {                                                                                       \
		const char *tap_a = (a), *tap_b = (b);                                             \
		if (!tap_a || !strstr(tap_a, tap_b))                                               \
			TAP_FAIL("'%s' does not contain '%s'", tap_a ? tap_a : "(null)", tap_b);   \
	} while (0)

/* ------------------------------------------------------------------ what a case leaves */

/* Tests depend on nothing of their caller. */
static inline void tap_forget_caller(void)
{
	sigset_t none;

	for (int i = 1; i < 32; i++)
		if (i != SIGKILL && i != SIGSTOP)
			signal(i, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	umask(022);
	setenv("LC_ALL", "C", 1);
	/* No directory that may not be searched: that changes the errors of exec. */
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	syscall(SYS_close_range, 3, ~0U, 0);
}

/* The number from which on our own descriptor of /proc is; cases do not get that far. */
#define TAP_PROCFS 900

static bool tap_own_mounts;

/* Of AddressSanitizer; null without it. */
extern int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

struct tap_state {
	int procfs;
	bool open[TAP_PROCFS];
	ino_t mount_ns, user_ns, pid_ns, root;
	dev_t proc;
	int n_mounts;
};

/* The count of mounts, -1 if it cannot be had: a case may have lost sight of its /proc. */
static inline int tap_count_mounts(int procfs)
{
	int n = 0, fd = openat(procfs, "self/mountinfo", O_RDONLY | O_CLOEXEC);
	char text[4096];
	ssize_t got;

	if (fd < 0)
		return -1;
	while ((got = read(fd, text, sizeof(text))) > 0)
		for (ssize_t i = 0; i < got; i++)
			n += text[i] == '\n';
	close(fd);
	return got < 0 ? -1 : n;
}

static inline ino_t tap_ns(int procfs, const char *path)
{
	struct stat st;

	return fstatat(procfs, path, &st, 0) < 0 ? 0 : st.st_ino;
}

static inline void tap_look(struct tap_state *ret)
{
	struct stat st;

	ret->mount_ns = tap_ns(ret->procfs, "self/ns/mnt");
	ret->user_ns = tap_ns(ret->procfs, "self/ns/user");
	ret->pid_ns = tap_ns(ret->procfs, "self/ns/pid_for_children");
	ret->proc = stat("/proc", &st) < 0 ? 0 : st.st_dev;
	ret->root = stat("/", &st) < 0 ? 0 : st.st_ino;
	ret->n_mounts = tap_count_mounts(ret->procfs);
	for (int fd = 0; fd < TAP_PROCFS; fd++)
		ret->open[fd] = fcntl(fd, F_GETFD) >= 0;
}

/*
 * The check stops this process from a child, which must see it and be allowed to. Where it
 * must not it would end us.
 */
static inline bool tap_leaks(const struct tap_state *before, const struct tap_state *now)
{
	if (!__lsan_do_recoverable_leak_check || !now->user_ns || !now->pid_ns ||
	    now->user_ns != before->user_ns || now->pid_ns != before->pid_ns ||
	    now->proc != before->proc || prctl(PR_GET_DUMPABLE) != 1)
		return false;
	return __lsan_do_recoverable_leak_check() != 0;
}

/* Return: what is left, said. */
static inline int tap_compare(const struct tap_state *before)
{
	struct tap_state now = { .procfs = before->procfs };
	char path[32], target[256];
	siginfo_t info;
	int left = 0;

	tap_look(&now);
	for (int fd = 0; fd < TAP_PROCFS; fd++) {
		ssize_t n;

		if (now.open[fd] == before->open[fd])
			continue;
		snprintf(path, sizeof(path), "self/fd/%d", fd);
		n = readlinkat(before->procfs, path, target, sizeof(target));
		printf("# descriptor %d was %s: %.*s\n", fd, now.open[fd] ? "left open" : "closed",
		       n < 0 ? 0 : (int)n, target);
		left++;
	}
	if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0) {
		printf("# a child is left\n");
		left++;
	}
	if (tap_own_mounts && now.mount_ns && now.mount_ns == before->mount_ns &&
	    now.root == before->root && now.n_mounts != before->n_mounts) {
		printf("# %d mounts before, %d after\n", before->n_mounts, now.n_mounts);
		left++;
	}
	fflush(stdout);
	return left + tap_leaks(before, &now);
}

/* What a case holds to its end, given back in the reverse order. */
static struct tap_kept {
	void (*free)(void *arg);
	void *arg;
} tap_kept[256];
static size_t tap_n_kept;

static inline void tap_later(void (*fn)(void *), void *arg)
{
	CHECK(tap_n_kept < sizeof(tap_kept) / sizeof(tap_kept[0]));
	tap_kept[tap_n_kept++] = (struct tap_kept){ fn, arg };
}

static inline void tap_close(void *arg)
{
	close((int)(intptr_t)arg);
}

/* Return: @fd, closed at the end. */
static inline int tap_keep(int fd)
{
	if (fd >= 0)
		tap_later(tap_close, (void *)(intptr_t)fd);
	return fd;
}

static inline void tap_end_child(void *arg)
{
	pid_t pid = (pid_t)(intptr_t)arg;
	siginfo_t info;

	/* Unless the case has waited for it: the number may be another's by now. */
	if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
		return;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Return: @pid, killed and waited for at the end, if that has not been done. */
static inline pid_t tap_keep_child(pid_t pid)
{
	tap_later(tap_end_child, (void *)(intptr_t)pid);
	return pid;
}

/* In the process of a case. */
_Noreturn static inline void tap_run(const struct tap_case *c)
{
	struct tap_state before = { .procfs = -1 };

	/* High, where no case looks for the lowest number that is free. */
	int fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);

	before.procfs = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, TAP_PROCFS);
	if (fd >= 0)
		close(fd);
	tap_look(&before);
	/* A case that hangs is a failure, not a hung build. */
	alarm(60);
	/* As an interrupted call leaves it: what has succeeded says nothing about errno. */
	errno = EINTR;
	c->run();
	while (tap_n_kept--)
		tap_kept[tap_n_kept].free(tap_kept[tap_n_kept].arg);
	exit(tap_compare(&before) ? 1 : 0);
}

/*
 * What a case has left running is a child of ours now. Helpers may be on their way out:
 * for @patience ms they are waited for. Return: how many did not go by themselves.
 */
static inline int tap_end_orphans(int patience)
{
	int n = 0;
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG | __WALL)) >= 0) {
		char path[64], list[32] = "";
		int fd;

		if (pid > 0)
			continue;
		if (patience-- > 0) {
			nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
			continue;
		}
		n++;
		snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || read(fd, list, sizeof(list) - 1) <= 0)
			return n;
		close(fd);
		/* The first of them; what it leaves behind comes in the next round. */
		kill(atoi(list), SIGKILL);
		waitpid(atoi(list), NULL, __WALL);
	}
	return n;
}

static inline int tap_main(void)
{
	int n = 0, failed = 0;

	tap_forget_caller();
	/* What others mount and unmount meanwhile is not counted. */
	tap_own_mounts = syscall(SYS_unshare, 0x20000 /* CLONE_NEWNS */) == 0 &&
			 mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	for (struct tap_case *c = tap_first; c; c = c->next)
		n++;
	printf("1..%d\n", n);
	n = 0;
	for (struct tap_case *c = tap_first; c; c = c->next) {
		int status = 0;
		pid_t pid;

		fflush(stdout);
		pid = fork();
		if (pid == 0)
			tap_run(c);
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			status = 1;
		if (tap_end_orphans(10000)) {
			printf("# a process outlived the case and was killed\n");
			status = status ? status : 1 << 8;
		}
		n++;
		if (WIFEXITED(status) && WEXITSTATUS(status) == TAP_SKIP_STATUS) {
			printf("ok %d %s # SKIP\n", n, c->name);
			continue;
		}
		if (WIFSIGNALED(status))
			printf("# killed by signal %d\n", WTERMSIG(status));
		printf("%s %d %s\n", status ? "not ok" : "ok", n, c->name);
		failed += status != 0;
	}
	return failed ? 1 : 0;
}

#define TAP_MAIN                                                                                   \
	int main(void)                                                                             \
	{                                                                                          \
		return tap_main();                                                                 \
	}

#endif
