/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * profile-numbers MACHINE [SISTER]: prints the numbers of the system calls of profile-lists.h, for the
 * machine that libns is built for and for the other kind of program that it can run. Both are called
 * as libseccomp calls them.
 *
 * This runs when libns is built, on the machine that builds it, and is no part of libns: so libns
 * neither loads libseccomp nor looks for names when it makes a filter.
 */

#include <seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "confine/profile-lists.h"

#define NAME(name, ...) #name,
static const char *const names[] = { PROFILE_REFUSED(NAME, NAME) PROFILE_REFUSED_NOSUID(
	NAME, NAME) PROFILE_MODES(NAME, NAME) PROFILE_ALLOWED(NAME) PROFILE_JUDGED(NAME) };

/* Some are in several lists. */
static bool was_before(size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (!strcmp(names[k], names[i]))
			return true;
	return false;
}

static int number_of(uint32_t machine, const char *name)
{
	int number = machine ? seccomp_syscall_resolve_name_arch(machine, name) : PROFILE_NONE;

	if (number == __NR_SCMP_ERROR)
		return PROFILE_UNKNOWN;
	return number < 0 ? PROFILE_NONE : number;
}

static int print_numbers(const char *prefix, const char *name_of_machine)
{
	uint32_t machine = name_of_machine ? seccomp_arch_resolve_name(name_of_machine) : 0;

	if (name_of_machine && !machine) {
		fprintf(stderr,
			"libseccomp knows no machine '%s': -Dlibseccomp=disabled builds without it\n",
			name_of_machine);
		return -1;
	}
	printf("#define PROFILE_%s %#xU\n", prefix, machine);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!was_before(i))
			printf("enum { %s_%s = %d };\n", prefix, names[i],
			       number_of(machine, names[i]));
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 2 || print_numbers("NATIVE", argv[1]) < 0 ||
	    print_numbers("SISTER", argv[2]) < 0)
		return 1;
	return fflush(stdout) || ferror(stdout) ? 1 : 0;
}
