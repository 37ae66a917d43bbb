/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The filters of the profiles as programs: the numbers they are made of, and every verdict. */
#include <dlfcn.h>
#include <errno.h>

#include <libns/seccomp.h>

#include "base/dl.h"
#include "confine/profile-lists.h"
#include "tap.h"

TEST(there_are_no_other_words)
{
	static const char *const words[] = { "", "Default", "strict ", "default,strict" };
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_seccomp *filters;

	CHECK_INT(libns_seccomp_new(&filters, &err), 0);
	for (size_t i = 0; i < 4; i++)
		CHECK_INT(libns_seccomp_add_profile(filters, words[i], &err), -EINVAL);
	CHECK_STR(libns_error_text(&err), "there is no system call filter 'default,strict', only "
					  "'default', 'strict' and 'nosuid'");
	CHECK_INT(libns_seccomp_count(filters), 0);
	libns_seccomp_free(filters);
}

TEST(nothing_has_to_be_loaded)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_seccomp *filters;
	int r;

	CHECK_INT(libns_seccomp_new(&filters, &err), 0);
	dl_forbid();
	r = libns_seccomp_add_profile(filters, "default", &err);
	libns_seccomp_free(filters);
	if (r == -EOPNOTSUPP)
		SKIP(libns_error_text(&err));
	CHECK_INT(r, 0);
}

#if HAVE_LIBSECCOMP

/* What libseccomp says here and now. It may be another one than the one that was asked for the build. */
static int (*number_of)(uint32_t machine, const char *name);

static void load_libseccomp(void)
{
	void *lib = dlopen("libseccomp.so.2", RTLD_NOW | RTLD_LOCAL);

	if (!lib)
		SKIP("there is no libseccomp");
	*(void **)&number_of = dlsym(lib, "seccomp_syscall_resolve_name_arch");
	CHECK(number_of != NULL);
}

/* For both kinds of machine, each name has the number that libseccomp gives it. What one of them does
 * not know yet, -1, the other may. */
static void check_numbers(const char *name, const int32_t numbers[PROFILE_MACHINES])
{
	for (size_t m = 0; m < PROFILE_MACHINES; m++) {
		int number = profile_machines[m] ? number_of(profile_machines[m], name) : -2;

		if (number == -1 || numbers[m] == PROFILE_UNKNOWN)
			continue;
		if (number < 0 && numbers[m] >= 0 && !strcmp(name, "socket"))
			continue; /* a part of socketcall(2), says libseccomp */
		if ((number < 0 ? PROFILE_NONE : number) != numbers[m])
			TAP_FAIL("%s on machine %#x: %d and not %d", name, profile_machines[m],
				 numbers[m], number);
	}
}

#define NAME(name, ...) #name,

TEST(numbers_are_those_of_libseccomp)
{
	/* clang-format off */
	static const char *const refused[] = { PROFILE_REFUSED(NAME, NAME) };
	static const char *const nosuid[] = { PROFILE_REFUSED_NOSUID(NAME, NAME) };
	static const char *const modes[] = { PROFILE_MODES(NAME, NAME) };
	static const char *const allowed[] = { PROFILE_ALLOWED(NAME) };
	/* clang-format on */

	load_libseccomp();
	CHECK_INT(profile_n_allowed, sizeof(allowed) / sizeof(allowed[0]));
	for (size_t i = 0; i < profile_n_allowed; i++)
		check_numbers(allowed[i], profile_allowed[i]);
	for (size_t i = 0; profile_refused[i].code; i++)
		check_numbers(refused[i], profile_refused[i].number);
	for (size_t i = 0; profile_refused_nosuid[i].code; i++)
		check_numbers(nosuid[i], profile_refused_nosuid[i].number);
	for (size_t i = 0; profile_modes[i].mode; i++)
		check_numbers(modes[i], profile_modes[i].number);
	check_numbers("clone", profile_clone);
	check_numbers("ioctl", profile_ioctl);
	check_numbers("socket", profile_socket);
	check_numbers("socketcall", profile_socketcall);
}

#endif

TAP_MAIN
