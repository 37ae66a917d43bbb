/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_SUPERVISOR_PRIVATE_H
#define LIBNS_SUPERVISOR_PRIVATE_H

#include <signal.h>

#include <libns/supervisor.h>

#include "supervise/pty.h"

/* The supervisor: start.c makes it, and supervisor.c stands in for the child with it. */

struct libns_supervisor {
	struct libns_supervisor_options ask;
	sigset_t old_mask;
	struct sigaction old_chld;
	struct libns_child *child;
	int cancel_signal; /* the signal that has ended the start; 0: none */
	int tty;           /* a standard descriptor that is a terminal, or -1 */
	int foreground;    /* the process group that had it, and gets it back */
	bool own_session;  /* the child leaves the terminal's session */
	bool timed_out;
	int64_t deadline_ms;  /* when the time of the child is up; -1: never */
	int end_signal;       /* the last signal that was passed on and ends programs; 0: none */
	int64_t end_asked_ms; /* when that was; 0: never, or so long ago that it ended nothing */
	int64_t held_ms;      /* since when the child has been held by a tracer; 0: it is not */
	bool was_held;        /* the child was killed because a tracer did not let it end */
	struct pty *pty;      /* @terminal, once it is made */
	struct pty terminal;
};

/* The signals that are blocked and read from a descriptor: those passed on and those of our own. */
void supervise_watched(const struct libns_supervisor *s, sigset_t *set);

#endif
