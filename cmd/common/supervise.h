/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CMD_SUPERVISE_H
#define CMD_SUPERVISE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include <libns/run.h>

#include "common/pty.h"

/*
 * Standing in for a child towards the caller's shell: signals sent to the tool
 * reach the child, stopping stops both, and the terminal is given back to the
 * process group that had it.
 */

/* Sets of signals, bit n-1 for signal n. */
#define SUPERVISE_BIT(sig) (UINT64_C(1) << ((sig)-1))
#define SUPERVISE_END      (SUPERVISE_BIT(SIGTERM) | SUPERVISE_BIT(SIGINT))
#define SUPERVISE_ALL                                                                              \
	(SUPERVISE_END | SUPERVISE_BIT(SIGHUP) | SUPERVISE_BIT(SIGQUIT) | SUPERVISE_BIT(SIGUSR1) | \
	 SUPERVISE_BIT(SIGUSR2) | SUPERVISE_BIT(SIGWINCH) | SUPERVISE_BIT(SIGALRM))

struct supervisor {
	uint64_t pass;           /* signals for the child */
	uint64_t old_mask;       /* for the child: LIBNS_PLAN_SIGMASK */
	int tty;                 /* a standard descriptor that is a terminal, or -1 */
	int foreground;          /* process group to give it back to */
	bool own_session;        /* set if the child leaves the terminal's session */
	int64_t timeout_ms;      /* set to end the child then: TERM; -1: never */
	int64_t kill_after_ms;   /* and KILL that much later; -1: KILL at once */
	bool timed_out;          /* the time was up */
	struct libns_error lost; /* set if nobody can tell how the child has ended */
	int end_signal;          /* passed on last of those that end programs; 0: none */
	int64_t end_asked_ms;    /* when that was */
	int64_t held_ms;         /* since when the child has been held by a tracer; 0: it is not */
	bool was_held;           /* the child was killed because a tracer did not let it end */
	struct pty *pty;         /* set to the child's own terminal; implies @own_session */
};

/*
 * Before the child is made: from here on no signal in @pass is lost. INT and
 * TERM do not end the tool in any case; where they are not passed on they are
 * dropped, as unshare and nsenter do it.
 */
void supervise_begin(struct supervisor *s, uint64_t pass);

/*
 * A descriptor that can be read when a signal has come that ends this program as
 * long as there is nobody to pass it on to: cancel_fd of a plan. -1 with errno.
 */
int supervise_open_end(void);

/* Waits for the end of the child. Return: its status as waitpid(2) encodes it. */
int supervise(struct supervisor *s, struct libns_child *child);

/* Milliseconds of a clock that nobody sets. */
int64_t supervise_now_ms(void);

#endif
