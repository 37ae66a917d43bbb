/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What all probes are written with. A probe reads state, or makes the call in
 * question in a child; it never concludes from an errno somebody else got.
 */

#include "diagnose.h"

#include <linux/seccomp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base.h"
#include "err.h"
#include "procfile.h"
#include "sys.h"

#define TRY_SECONDS 5

unsigned int diagnose_ask(const struct diagnose_probe *probe,
			  const struct diagnose_question *question, struct libns_finding *finding)
{
	*finding = (struct libns_finding){ .topic = probe->topic, .verdict = LIBNS_VERDICT_OK };
	probe->look(question, finding);
	return finding->verdict;
}

void diagnose_say(struct libns_finding *finding, unsigned int verdict, const char *format, ...)
{
	va_list ap;

	finding->verdict = verdict;
	va_start(ap, format);
	error_format_v(finding->sentence, sizeof(finding->sentence), format, ap);
	va_end(ap);
}

void diagnose_advise(struct libns_finding *finding, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	error_format_v(finding->way_out, sizeof(finding->way_out), format, ap);
	va_end(ap);
}

uint64_t diagnose_status(const char *key, uint64_t missing)
{
	char text[8192];
	uint64_t value;

	if (sys_read_at(AT_FDCWD, "/proc/self/status", text, sizeof(text)) < 0)
		return missing;
	return procfile_find_u64(text, key, &value) == 0 ? value : missing;
}

uint64_t diagnose_number(const char *path, uint64_t missing)
{
	char text[64];
	uint64_t value;

	if (sys_read_at(AT_FDCWD, path, text, sizeof(text)) < 0)
		return missing;
	return procfile_u64(text, strcspn(text, "\n"), &value) == 0 ? value : missing;
}

/* What all ids look like to a process that has none. */
#define OVERFLOW_ID 65534

bool diagnose_is_unmapped(void)
{
	char text[64];
	ssize_t n = sys_read_at(AT_FDCWD, "/proc/self/uid_map", text, sizeof(text));

	/* Too long to fit is long enough. */
	if (n >= 0 || n == -E2BIG)
		return n == 0 ||
		       sys_read_at(AT_FDCWD, "/proc/self/gid_map", text, sizeof(text)) == 0;
	/* Without a procfs: the program was started by somebody, and now he is nobody. */
	return geteuid() == OVERFLOW_ID && getauxval(AT_EUID) != OVERFLOW_ID;
}

uid_t diagnose_uid(void)
{
	return diagnose_is_unmapped() ? (uid_t)getauxval(AT_EUID) : geteuid();
}

gid_t diagnose_gid(void)
{
	return diagnose_is_unmapped() ? (gid_t)getauxval(AT_GID) : getgid();
}

_Noreturn static void child(int (*attempt)(uint64_t arg), uint64_t arg)
{
	/* A kernel that does not answer must not hold us for ever. */
	signal(SIGALRM, SIG_DFL);
	sys_sigprocmask(~(UINT64_C(1) << (SIGALRM - 1)), NULL);
	alarm(TRY_SECONDS);
	/* Children of its own must be waited for, whatever the caller does with its own. */
	signal(SIGCHLD, SIG_DFL);
	/* To be killed by a filter is an answer, and no reason for a core file. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	_exit(-attempt(arg));
}

int diagnose_try(int (*attempt)(uint64_t arg), uint64_t arg)
{
	uint64_t old = 0;
	int status;
	pid_t pid;

	/* No handler of the caller's runs in the child. */
	sys_sigprocmask(UINT64_MAX, &old);
	/*
	 * The oldest call, which every filter lets pass: clone3 may be what kills. No exit
	 * signal: the caller's handling of SIGCHLD learns nothing of it.
	 */
	pid = (pid_t)syscall(SYS_clone, 0, 0, 0, 0, 0);
	if (pid == 0)
		child(attempt, arg);
	sys_sigprocmask(old, NULL);
	if (pid < 0)
		return DIAGNOSE_UNKNOWN;
	while (waitpid(pid, &status, __WALL) < 0)
		if (errno != EINTR)
			return DIAGNOSE_UNKNOWN;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		return DIAGNOSE_KILLED;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : DIAGNOSE_UNKNOWN;
}

struct calls {
	const long *numbers;
	size_t n;
};

/* No call does anything with such arguments. */
static int attempt_calls(uint64_t arg)
{
	const struct calls *calls = (const struct calls *)(uintptr_t)arg;

	for (size_t i = 0; i < calls->n; i++)
		syscall(calls->numbers[i], -1L, -1L, -1L, -1L, -1L);
	return 0;
}

uint64_t diagnose_fatal_calls(const long *numbers, size_t n)
{
	struct calls calls = { numbers, n };
	uint64_t fatal = 0;

	/* Most filters refuse, and one child is enough to know. */
	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != SECCOMP_MODE_FILTER ||
	    diagnose_try(attempt_calls, (uintptr_t)&calls) != DIAGNOSE_KILLED)
		return 0;
	for (calls.n = 1; calls.numbers < numbers + n; calls.numbers++)
		if (diagnose_try(attempt_calls, (uintptr_t)&calls) == DIAGNOSE_KILLED)
			fatal |= UINT64_C(1) << (calls.numbers - numbers);
	return fatal;
}

int diagnose_attempt_unshare(uint64_t types)
{
	return unshare((int)types) < 0 ? -errno : 0;
}
