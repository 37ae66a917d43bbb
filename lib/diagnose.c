/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What all probes are written with. A probe reads state, or makes the call in
 * question in a child; it never concludes from an errno somebody else got.
 */

#include "diagnose.h"

#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/wait.h>

#include "base.h"
#include "clone.h"
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

bool diagnose_is_unmapped(void)
{
	char text[64];

	/* Too long to fit is long enough. */
	return sys_read_at(AT_FDCWD, "/proc/self/uid_map", text, sizeof(text)) == 0 ||
	       sys_read_at(AT_FDCWD, "/proc/self/gid_map", text, sizeof(text)) == 0;
}

uid_t diagnose_uid(void)
{
	return diagnose_is_unmapped() ? (uid_t)getauxval(AT_EUID) : geteuid();
}

_Noreturn static void child(int (*attempt)(uint64_t arg), uint64_t arg)
{
	/* A kernel that does not answer must not hold us for ever. */
	signal(SIGALRM, SIG_DFL);
	sys_sigprocmask(~(UINT64_C(1) << (SIGALRM - 1)), NULL);
	alarm(TRY_SECONDS);
	/* Children of its own must be waited for, whatever the caller does with its own. */
	signal(SIGCHLD, SIG_DFL);
	_exit(-attempt(arg));
}

int diagnose_try(int (*attempt)(uint64_t arg), uint64_t arg)
{
	struct clone_result clone;
	int status, r = clone_process(0, 0, NULL, &clone, NULL);

	if (r < 0)
		return r;
	if (clone.pid == 0)
		child(attempt, arg);
	base_close(clone.pidfd);
	while (waitpid(clone.pid, &status, __WALL) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}

int diagnose_attempt_unshare(uint64_t types)
{
	return unshare((int)types) < 0 ? -errno : 0;
}
