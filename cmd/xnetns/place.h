/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CMD_XNETNS_PLACE_H
#define CMD_XNETNS_PLACE_H

#include "xnetns/xnetns.h"

/* A network namespace by one of the words that a user has for it. */
struct place {
	int ns_fd;                   /* -1: none */
	struct libns_target *target; /* the process or the descriptor that it was found by */
	bool named;                  /* by its name in /run/netns */
};

#define PLACE_INIT                                                                                 \
	{                                                                                          \
		-1, NULL, false                                                                    \
	}
#define _cleanup_place_ __attribute__((cleanup(place_done)))

/*
 * Opens what @word stands for: a name, a path, "docker:NAME", "podman:NAME", or a target word.
 * Digits are the number of a process, unless @names and there is such a name. Return: 0, or an exit
 * code with the reason printed.
 */
int place_open(const struct xnetns *x, const char *word, bool names, struct place *ret);
void place_done(struct place *place);

#endif
