/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_PTY_H
#define LIBNS_PTY_H

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

#include <libns/run.h>

/*
 * A terminal of its own for a child: whatever is typed into it by a program that
 * should not be trusted (TIOCSTI), or done to its settings, stays in there.
 */

struct pty {
	int master;           /* -1: none */
	int slave;            /* for the child; closed by pty_begin() */
	bool of_child[3];     /* standard descriptors that are terminals */
	struct termios saved; /* of the caller's terminal */
	bool raw;
	bool input_ended;
	bool suspend_typed; /* the suspend key, as the child's terminal has it */
	size_t n_pending;   /* typed, not yet taken by the child */
	char pending[4096];
};

/*
 * Makes the terminal, for the program of @plan: it belongs to that program's user and to
 * the group tty, by the numbers that the program will have out here. -errno with a sentence.
 */
int pty_open(struct pty *pty, const struct libns_plan *plan, struct libns_error *err);

/* In the parent, once the child runs; and around a stop. */
void pty_begin(struct pty *pty);
void pty_suspend(struct pty *pty);
void pty_resume(struct pty *pty);

/* The caller's window has another size. */
void pty_resize(const struct pty *pty);

/* Between poll(2) and poll(2): events to ask for, and what to do about them. */
short pty_input_events(const struct pty *pty);
short pty_master_events(const struct pty *pty);
void pty_pump(struct pty *pty, short input, short master);

/* The child has ended: show what is left and restore the terminal. */
void pty_end(struct pty *pty);

#endif
