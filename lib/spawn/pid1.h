/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_PID1_H
#define LIBNS_PID1_H

#include "spawn/setup.h"

/* The memory that the kernel shows as arguments and environment of this program. */
struct pid1_memory {
	uintptr_t args, args_end, env, env_end;
};

/* Finds that memory. All of @ret is 0 if there is no /proc. */
int pid1_find_memory(struct pid1_memory *ret, struct libns_error *err);

/**
 * pid1_run() - be the first process of a pid namespace
 * @setup: what to run; its line tells READY once it runs or ERROR, later STATUS
 * @sigmask: signal mask for the program, or NULL for the present one
 * @memory: what to wipe
 *
 * Async-signal-safe.
 */
_Noreturn void pid1_run(const struct setup *setup, const uint64_t *sigmask,
			const struct pid1_memory *memory);

#endif
