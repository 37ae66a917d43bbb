/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_PROFILE_LISTS_H
#define LIBNS_PROFILE_LISTS_H

#include <stdint.h>

/*
 * Whether system calls that were added since Linux 5.1 have the same numbers on this machine as on
 * most others.
 */
#if defined(__alpha__) || defined(__mips__) || defined(__ia64__)
#define PROFILE_SHARED_NUMBERS 0
#else
#define PROFILE_SHARED_NUMBERS 1
#endif

/* The first of those numbers, and the last one that is known here (Linux 6.19). */
#define PROFILE_FIRST_SHARED 424
#define PROFILE_LAST_KNOWN   470

struct profile_call {
	const char *name;
	uint16_t number; /* if it is a shared one; otherwise libseccomp knows it */
	uint16_t code;   /* errno */
};

/* What `default` refuses. Ends with an entry without a name, as do the lists below. */
extern const struct profile_call profile_refused[];

/* Flags of clone(2) that `default` refuses; ends with 0. */
extern const uint32_t profile_refused_clone[];

/* Requests of ioctl(2) that `default` refuses; ends with 0. */
extern const uint32_t profile_refused_ioctl[];

/* A call that can set the set-user-ID and set-group-ID bits of a file. */
struct profile_mode {
	const char *name;
	uint16_t number; /* as above */
	uint8_t mode;    /* which argument has the bits */
	uint8_t flags;   /* which one says whether a file is made at all; 0 if one always is */
};

/* What `nosuid` judges by its mode. */
extern const struct profile_mode profile_modes[];

/* What `nosuid` refuses whole. */
extern const struct profile_call profile_refused_nosuid[];

/* What `strict` lets through, unless `default` refuses it; ends with NULL. */
extern const char *const profile_allowed[];

#endif
