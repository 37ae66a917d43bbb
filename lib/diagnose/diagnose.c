/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What all probes are written with. A probe reads state, or makes the call in
 * question in a child; it never concludes from an errno somebody else got.
 */

#include "diagnose/diagnose.h"

#include <stdarg.h>
#include <string.h>
#include <sys/auxv.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/attempt.h"
#include "text/procfile.h"

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

/* As this all ids read in a user namespace that has no maps. */
#define OVERFLOW_ID 65534

bool diagnose_is_unmapped(void)
{
	char text[64];
	ssize_t n = sys_read_at(AT_FDCWD, "/proc/self/uid_map", text, sizeof(text));

	/* A map that does not fit is a map. */
	if (n >= 0 || n == -E2BIG)
		return n == 0 ||
		       sys_read_at(AT_FDCWD, "/proc/self/gid_map", text, sizeof(text)) == 0;
	/* There is no procfs to ask. The kernel has noted who started the program: if that was
	 * somebody with a number, and he has none now, he is in a namespace without maps. */
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

int diagnose_attempt_unshare(uint64_t types)
{
	return unshare((int)types) < 0 ? -errno : 0;
}
