/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_CAPS_PRIVATE_H
#define LIBNS_CAPS_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include <libns/error.h>

/* Sets of the calling thread; bit n stands for capability n. */
struct caps_sets {
	uint64_t effective, permitted, inheritable;
};

/* Return: 0, or a negative errno. Both are async-signal-safe. */
int caps_get(struct caps_sets *ret);
int caps_set(const struct caps_sets *sets);

/* All that the kernel has, and maybe more where it cannot be asked. Async-signal-safe. */
uint64_t caps_known(void);

/* Whether any capability is permitted; also true if that cannot be found out. */
bool caps_has_any(void);

/*
 * Keeps the effective capabilities that are in @keep through execve(2) for any uid.
 * Async-signal-safe.
 */
int caps_keep(uint64_t keep, struct libns_error *err);

/* What a program is to have, whichever user it is. */
struct caps_program {
	bool exact;        /* @set and nothing else; false: @set is empty */
	uint64_t set;      /* permitted and effective; ambient too for who is not root */
	uint64_t ambient;  /* also ambient, besides those that are so already unless @exact */
	const char *names; /* of all of them, in their order, with commas between them; or NULL */
};

/*
 * Whether the calling thread can give a program that, while it is to leave out all but @keep: before
 * its ids change, and before its bounding set does. Async-signal-safe.
 *
 * Return: 0, -EPERM with a sentence that names one that cannot be had.
 */
int caps_check_program(const struct caps_program *program, uint64_t keep, struct libns_error *err);

/*
 * Gives the calling thread what it is to have at execve(2); after its ids have changed, and with the
 * bounding set limited already. Who is not root keeps what is ambient then, and nothing else. The
 * inheritable set becomes the ambient one. Async-signal-safe.
 *
 * Return: 0, -EPERM, -EINVAL before Linux 4.3.
 */
int caps_give_program(const struct caps_program *program, uint64_t keep, struct libns_error *err);

/*
 * Whether the calling thread has no more than a program has that it executes. If that cannot be found
 * out, it has not. Async-signal-safe.
 */
bool caps_are_of_program(void);

/* Leaves it no more than that, and nothing if that cannot be found out. Async-signal-safe. */
void caps_limit_to_program(void);

#endif
