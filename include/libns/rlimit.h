/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_RLIMIT_H
#define LIBNS_RLIMIT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Resource limits: what a plan (libns_run(3)) sets for its program, and those of the caller that
 * would hinder the way to it.
 */

struct libns_rlimit {
	int resource;  /* RLIMIT_* */
	uint64_t soft; /* UINT64_MAX: no limit */
	uint64_t hard;
};

/* How many limits libns_rlimits_lift() may raise. */
#define LIBNS_RLIMITS_LIFTED 2

/**
 * libns_rlimits_lift() - raise the limits that would hinder the way to a program
 * @ret_had: receives the former values of those that were raised; they can be @rlimits of a plan
 *
 * Limits are often meant for the program and not for the process that starts it: they may allow so
 * few descriptors, or such small files, that a copy of the caller (libns_seal_open()) cannot be
 * made. The soft limits are raised, the hard ones only with CAP_SYS_RESOURCE. Async-signal-safe.
 *
 * Affects: calling process.
 * Return: how many were raised.
 * Since: 0.1
 */
size_t libns_rlimits_lift(struct libns_rlimit ret_had[LIBNS_RLIMITS_LIFTED]);

/**
 * libns_rlimits_restore() - undo libns_rlimits_lift(), for a program that is run without a plan
 * @had: from libns_rlimits_lift()
 * @n: how many
 *
 * Async-signal-safe.
 *
 * Affects: calling process.
 * Return: nothing.
 * Since: 0.1
 */
void libns_rlimits_restore(const struct libns_rlimit *had, size_t n);

#ifdef __cplusplus
}
#endif

#endif
