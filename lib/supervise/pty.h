/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_PTY_H
#define LIBNS_PTY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <termios.h>

#include <libns/run.h>

/*
 * A terminal of its own for a child. Whatever a program that is not trusted types
 * into it (TIOCSTI) or does to its settings does not affect the caller's terminal.
 */

struct pty {
	int master;           /* -1: none */
	int slave;            /* the child's end; pty_begin() closes it */
	bool of_child[3];     /* which of 0, 1 and 2 are terminals, and become this one */
	struct termios saved; /* of the caller's terminal */
	struct winsize size;  /* of the caller's window, as the child's terminal was given it */
	bool raw;
	bool input_ended;
	bool suspend_typed; /* the key that suspends, by the settings of the child's terminal */
	size_t n_pending;   /* what was typed and the child has not taken yet */
	char pending[4096];
};

/*
 * Makes the terminal for the program of @plan. It belongs to that program's user and to the
 * group tty, by the numbers that these have out here. Return: 0, or a negative errno with a
 * sentence.
 */
int pty_open(struct pty *pty, const struct libns_plan *plan, struct libns_error *err);

/* Puts the caller's terminal into raw mode once the child runs; leaves that mode before a stop, and
 * enters it again afterwards. */
void pty_begin(struct pty *pty);
void pty_suspend(struct pty *pty);
void pty_resume(struct pty *pty);

/* Gives the child's terminal the size of the caller's window, if that has changed: what the program
 * itself has set meanwhile stays. */
void pty_resize(struct pty *pty);

/* The events to ask poll(2) for, and what is done about those that have come. */
short pty_input_events(const struct pty *pty);
short pty_master_events(const struct pty *pty);
void pty_pump(struct pty *pty, short input, short master);

/* Shows what is left to read when the child has ended, and restores the caller's terminal. */
void pty_end(struct pty *pty);

#endif
