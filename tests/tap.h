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
 */

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct tap_case {
	const char *name;
	void (*run)(void);
	struct tap_case *next;
};

static struct tap_case *tap_first, **tap_last = &tap_first;

#define TEST(id)                                                              \
	static void tap_run_##id(void);                                       \
	__attribute__((constructor)) static void tap_add_##id(void)           \
	{                                                                     \
		static struct tap_case self = { #id, tap_run_##id, NULL };    \
		*tap_last = &self;                                            \
		tap_last = &self.next;                                        \
	}                                                                     \
	static void tap_run_##id(void)

#define TAP_SKIP_STATUS 77

#define TAP_FAIL(...)                                                         \
	do {                                                                  \
		printf("# %s:%d: ", __FILE__, __LINE__);                      \
		printf(__VA_ARGS__);                                          \
		printf("\n");                                                 \
		fflush(stdout);                                               \
		exit(1);                                                      \
	} while (0)

#define SKIP(reason)                                                          \
	do {                                                                  \
		printf("# skip: %s\n", reason);                               \
		fflush(stdout);                                               \
		exit(TAP_SKIP_STATUS);                                        \
	} while (0)

#define CHECK(condition)                                                      \
	do {                                                                  \
		if (!(condition))                                             \
			TAP_FAIL("not true: %s", #condition);                 \
	} while (0)

#define CHECK_INT(a, b)                                                       \
	do {                                                                  \
		long long tap_a = (long long)(a), tap_b = (long long)(b);     \
		if (tap_a != tap_b)                                           \
			TAP_FAIL("%s is %lld, not %lld", #a, tap_a, tap_b);   \
	} while (0)

#define CHECK_STR(a, b)                                                       \
	do {                                                                  \
		const char *tap_a = (a), *tap_b = (b);                        \
		if (!tap_a || strcmp(tap_a, tap_b))                           \
			TAP_FAIL("%s is '%s', not '%s'", #a,                  \
				 tap_a ? tap_a : "(null)", tap_b);            \
	} while (0)

#define CHECK_CONTAINS(a, b)                                                  \
	do {                                                                  \
		const char *tap_a = (a), *tap_b = (b);                        \
		if (!tap_a || !strstr(tap_a, tap_b))                          \
			TAP_FAIL("'%s' does not contain '%s'",                \
				 tap_a ? tap_a : "(null)", tap_b);            \
	} while (0)

static inline int tap_main(void)
{
	int n = 0, failed = 0;

	for (struct tap_case *c = tap_first; c; c = c->next)
		n++;
	printf("1..%d\n", n);
	n = 0;
	for (struct tap_case *c = tap_first; c; c = c->next) {
		int status = 0;
		pid_t pid;

		fflush(stdout);
		pid = fork();
		if (pid == 0) {
			/* A case that hangs is a failure, not a hung build. */
			alarm(60);
			c->run();
			exit(0);
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			status = 1;
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

#define TAP_MAIN                                                              \
	int main(void)                                                        \
	{                                                                     \
		return tap_main();                                            \
	}

#endif
