/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_CONFINE_LANDLOCK_H
#define LIBNS_CONFINE_LANDLOCK_H

#include "text/landlock-rule.h"

struct libns_landlock {
	struct landlock_rule *rules;
	size_t n;
	unsigned int classes; /* those that are restricted */
	uint64_t scopes;
};

/* The rights of a class that the rules restrict where the kernel has this version.
 * Async-signal-safe. */
uint64_t landlock_restricted(const struct libns_landlock *rules, unsigned int class,
			     unsigned int abi);

/*
 * The steps of setting rules up, in this order. They are async-signal-safe. A sentence says which
 * rule has failed.
 *
 * Return: the first one a descriptor of the rules, the others 0; or a negative errno with a
 * sentence.
 */
int landlock_begin(const struct libns_landlock *rules, unsigned int abi, struct libns_error *err);
int landlock_grant(int ruleset_fd, const struct landlock_rule *rule, int fd, unsigned int abi,
		   struct libns_error *err);
int landlock_enforce(int ruleset_fd, struct libns_error *err);

#endif
