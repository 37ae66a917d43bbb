/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_HOLD_H
#define LIBNS_HOLD_H

#include <signal.h>
#include <stdbool.h>

#include <libns/error.h>

/*
 * SIGINT, SIGTERM, SIGHUP and SIGQUIT, which a person or a manager sends to end a program, are held
 * back while something is half done. They take effect at the end of that.
 */
struct hold {
	sigset_t old;
	bool is;
};

/* Of the calling thread. Return: 0 or -errno with the sentence. */
int hold_begin(struct hold *hold, struct libns_error *err);
/* For _cleanup_(). Does nothing if nothing is held. */
void hold_end(struct hold *hold);

/* Whether one of them waits that is not ignored: then it is better to end early than late. */
bool hold_is_over(void);

#endif
