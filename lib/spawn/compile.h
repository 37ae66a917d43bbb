/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_COMPILE_H
#define LIBNS_COMPILE_H

#include <libns/error.h>

#include "spawn/image.h"
#include "spawn/plan.h"

#define COMPILE_MAX_FDS 24

/* A plan as the stub carries it out. */
struct compiled {
	struct image_part helper, child;
	struct stub_data data;
	int fds[COMPILE_MAX_FDS]; /* the caller's descriptors that the stub needs */
	size_t n_fds;
	size_t n_joins; /* operations of the helper that join; the others come after them */
};

/* Whether the stub can do all that the plan asks for. Return: NULL, or words for what it cannot do. */
const char *compile_refuses(const struct plan *plan);

/**
 * compile_plan() - turn a plan into the two lists of operations
 * @plan: one that compile_refuses() has nothing against
 * @line: the child's end of the channel
 * @sigmask: of the program
 * @ret: receives the lists; free them with compile_end() in any case
 *
 * Everything is looked up here: the stub only carries out. Nothing is changed.
 *
 * Return: 0 or a negative errno.
 */
int compile_plan(const struct plan *plan, int line, uint64_t sigmask, struct compiled *ret);
/* The programs of a plan alone, for a stub. What cannot be added is noted in @child. */
void compile_programs(const struct libns_plan *ask, struct image_part *child,
		      struct stub_data *data);

void compile_end(struct compiled *compiled);

#endif
