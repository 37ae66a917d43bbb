/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_ATTEMPT_H
#define LIBNS_ATTEMPT_H

#include <stddef.h>
#include <stdint.h>

#include <libns/error.h>

/* Two more results of an attempt. No errno has these values. */
#define ATTEMPT_KILLED  (-4096) /* a seccomp filter killed it (SIGSYS) */
#define ATTEMPT_UNKNOWN (-4097) /* no child could be made, or it did not end */

/**
 * attempt_try() - find out what a call would answer
 * @attempt: makes it; returns 0 or a negative errno. Async-signal-safe calls only.
 * @arg: its argument
 *
 * Runs it in a child, so that nothing changes in this process, and only the child is lost if a
 * filter kills.
 *
 * Return: as @attempt; ATTEMPT_KILLED, ATTEMPT_UNKNOWN.
 */
int attempt_try(int (*attempt)(uint64_t arg), uint64_t arg);

/**
 * attempt_fatal_calls() - find out which calls a seccomp filter kills for
 * @numbers: numbers of system calls that are not essential and that refuse an argument of -1
 * @n: how many, at most 64
 *
 * Return: bit i is set if number i kills; 0 without a child where there is no filter.
 */
uint64_t attempt_fatal_calls(const long *numbers, size_t n);

/* An essential call, with arguments that the kernel refuses at once. */
struct attempt_call {
	long number;
	const char *name;
	uint64_t a, b; /* the rest are -1 */
};

#define ATTEMPT_KILLS "a seccomp filter kills whoever calls "

/**
 * attempt_survive() - fail where a filter would kill this process
 * @calls: that are about to be made
 * @n: how many
 * @step: enum libns_step, of the sentence
 * @err: receives the sentence on failure, or NULL
 *
 * A process that a filter kills cannot report anything, so the calls are tried in a child before.
 * Without a filter no child is made.
 *
 * Return: 0, or -EPERM.
 */
int attempt_survive(const struct attempt_call *calls, size_t n, unsigned int step,
		    struct libns_error *err);

#endif
