/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Asking a probe: directly, or in a child where a filter kills for what looking takes. Then
 * only the answers that cannot be had are lost, and the finding says so.
 */

#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "base/base.h"
#include "base/err.h"
#include "diagnose/diagnose.h"
#include "kernel/attempt.h"

/* The system calls that probes make themselves and not in a child. Each of them refuses an
 * argument of -1. */
static const struct {
	long number;
	const char *name;
} looks[] = {
	{ SYS_openat, "openat" },         { SYS_readlinkat, "readlinkat" },
	{ SYS_faccessat, "faccessat" },   { SYS_getdents64, "getdents64" },
	{ SYS_statfs, "statfs" },         { SYS_fstat, "fstat" },
	{ SYS_pread64, "pread64" },       { SYS_capget, "capget" },
#ifdef SYS_newfstatat
	{ SYS_newfstatat, "newfstatat" },
#endif
#ifdef SYS_readlink
	{ SYS_readlink, "readlink" },
#endif
#ifdef SYS_access
	{ SYS_access, "access" },
#endif
};

uint64_t diagnose_fatal(void)
{
	long numbers[ARRAY_SIZE(looks)];

	for (size_t i = 0; i < ARRAY_SIZE(looks); i++)
		numbers[i] = looks[i].number;
	return attempt_fatal_calls(numbers, ARRAY_SIZE(looks));
}

const char *diagnose_fatal_names(uint64_t fatal, char *buf, size_t size)
{
	size_t n = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(looks); i++) {
		if (!(fatal >> i & 1))
			continue;
		error_format(buf + n, size - n, "%s%s", n ? ", " : "", looks[i].name);
		n += strlen(buf + n);
	}
	return buf;
}

/* This is in memory that the child shares. */
struct look {
	const struct diagnose_probe *probe;
	const struct diagnose_question *question;
	struct libns_finding finding;
};

static int attempt_look(uint64_t arg)
{
	struct look *look = (struct look *)(uintptr_t)arg;

	look->probe->look(look->question, &look->finding);
	return 0;
}

static void say_not_looked_at(const struct diagnose_place *place, int r,
			      struct libns_finding *finding)
{
	char names[120];

	if (r != ATTEMPT_KILLED) {
		diagnose_say(finding, LIBNS_VERDICT_LIMITED, "this could not be looked at");
		return;
	}
	diagnose_fatal_names(place->fatal, names, sizeof(names));
	diagnose_say(finding, LIBNS_VERDICT_LIMITED,
		     "this cannot be looked at: a seccomp filter kills whoever calls %s", names);
	diagnose_advise_filter(place, NULL, names, finding);
}

static void ask_in_child(const struct diagnose_probe *probe,
			 const struct diagnose_question *question, struct libns_finding *finding)
{
	struct look *look = mmap(NULL, sizeof(*look), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int r = ATTEMPT_UNKNOWN;

	if (look != MAP_FAILED) {
		*look = (struct look){ probe, question, *finding };
		r = attempt_try(attempt_look, (uintptr_t)look);
		if (r == 0)
			*finding = look->finding;
		munmap(look, sizeof(*look));
	}
	/* Where a failure is to be explained, what could not be seen explains nothing. */
	if (r != 0 && !question->code)
		say_not_looked_at(question->place, r, finding);
}

unsigned int diagnose_ask(const struct diagnose_probe *probe,
			  const struct diagnose_question *question, struct libns_finding *finding)
{
	*finding = (struct libns_finding){ .topic = probe->topic, .verdict = LIBNS_VERDICT_OK };
	if (question->place->fatal)
		ask_in_child(probe, question, finding);
	else
		probe->look(question, finding);
	return finding->verdict;
}
