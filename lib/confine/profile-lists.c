/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The lists of system calls of the profiles as tables of numbers. The names are in the header, and
 * the numbers in profile-numbers.h, which profile-numbers.c has made: NATIVE_mount for this machine,
 * SISTER_mount for the other kind of program that it can run. What is a number of a flag or an errno
 * is written here, because the machine that builds may have others.
 */

#include "confine/profile-lists.h"

#include <errno.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

/* clang-format off */
const uint32_t profile_refused_clone[] = {
	CLONE_NEWNS,  CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
	CLONE_NEWUSER, CLONE_NEWPID,   CLONE_NEWNET, 0
};
/* clang-format on */

const uint32_t profile_refused_ioctl[] = { TIOCSTI, TIOCLINUX, 0 };

#if HAVE_LIBSECCOMP

#include <profile-numbers.h>

/* meson has told the machine to profile-numbers, and the compiler says which one it is. */
_Static_assert(NATIVE_ioctl == SYS_ioctl,
	       "the numbers of system calls are those of another machine");

/*
 * On machines with socketcall(2), libseccomp takes socket(2) for a part of that. But there is a call
 * socket(2) as well: 359 for programs of i386 and for those of 31-bit s390.
 */
#define NATIVE_socket (NATIVE_socket < 0 ? SYS_socket : NATIVE_socket)
#define SISTER_socket (SISTER_socket < 0 ? 359 : SISTER_socket)

#define NUMBERS(name)                                                                              \
	{                                                                                          \
		NATIVE_##name, SISTER_##name                                                       \
	}
#define OLD(name, ...) { NUMBERS(name), 0, __VA_ARGS__ },
#if PROFILE_SHARED_NUMBERS
#define NEW(name, n, ...) { { n, n }, n, __VA_ARGS__ },
#else
#define NEW(name, n, ...) OLD(name, __VA_ARGS__)
#endif

/* clang-format off */
#define KNOWN(name, code)                                                                          \
	_Static_assert(NATIVE_##name != PROFILE_UNKNOWN && SISTER_##name != PROFILE_UNKNOWN,       \
		       "libseccomp is too old for the system call filters: it does not know "      \
		       #name "()");
#if PROFILE_SHARED_NUMBERS
#define KNOWN_NEW(name, n, code)
#else
#define KNOWN_NEW(name, n, code) KNOWN(name, code)
#endif
PROFILE_REFUSED(KNOWN, KNOWN_NEW)
PROFILE_REFUSED_NOSUID(KNOWN, KNOWN_NEW)

const uint32_t profile_machines[PROFILE_MACHINES] = { PROFILE_NATIVE, PROFILE_SISTER };

const struct profile_call profile_refused[] = { PROFILE_REFUSED(OLD, NEW) { { 0 }, 0, 0 } };

const struct profile_call profile_refused_nosuid[] = {
	PROFILE_REFUSED_NOSUID(OLD, NEW) { { 0 }, 0, 0 }
};

const struct profile_mode profile_modes[] = { PROFILE_MODES(OLD, NEW) { { 0 }, 0, 0, 0 } };

#define ALLOWED(name) NUMBERS(name),
const int32_t profile_allowed[][PROFILE_MACHINES] = { PROFILE_ALLOWED(ALLOWED) };
const size_t profile_n_allowed = sizeof(profile_allowed) / sizeof(profile_allowed[0]);

const int32_t profile_clone[PROFILE_MACHINES] = NUMBERS(clone);
const int32_t profile_ioctl[PROFILE_MACHINES] = NUMBERS(ioctl);
const int32_t profile_socket[PROFILE_MACHINES] = NUMBERS(socket);
const int32_t profile_socketcall[PROFILE_MACHINES] = NUMBERS(socketcall);
/* clang-format on */

#endif
