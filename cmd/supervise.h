/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CMD_SUPERVISE_H
#define CMD_SUPERVISE_H

#include <stdbool.h>
#include <stdint.h>

#include <libns/run.h>

/*
 * Standing in for a child towards the caller's shell: signals sent to the tool
 * reach the child, stopping stops both, and the terminal is given back to the
 * process group that had it.
 */

struct supervisor {
	uint64_t old_mask;   /* for the child: LIBNS_PLAN_SIGMASK */
	int tty;             /* a standard descriptor that is a terminal, or -1 */
	int foreground;      /* process group to give it back to */
	bool own_session;    /* set if the child leaves the terminal's session */
};

/* Before the child is made: from here on no signal is lost. */
void supervise_begin(struct supervisor *s);

/* Waits for the end of the child. Return: its status as waitpid(2) encodes it. */
int supervise(struct supervisor *s, struct libns_child *child);

#endif
