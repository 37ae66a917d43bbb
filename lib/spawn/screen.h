/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_SCREEN_H
#define LIBNS_SCREEN_H

#include "kernel/channel.h"
#include "spawn/setup.h"

/**
 * screen_open() - make what stands between this program and that of the plan
 * @plan: a plan; receives the descriptor, if a screen is needed
 * @line: the number that the program's end of its line will have
 *
 * Before the child is made. Return: 0 or a negative errno with a sentence.
 */
int screen_open(struct plan *plan, int line, struct libns_error *err);

/* Whether the plan needs a screen, and there is one for this machine. */
bool screen_is_needed(const struct plan *plan);

/*
 * Becomes the program of the plan, from behind the screen if there is one. @setup has the line;
 * @room as for exec_program(). Async-signal-safe. Return: a negative errno with a sentence.
 */
int screen_run(const struct setup *setup, const char **room, struct libns_error *err);

/* Makes the sentence for an error that a child or its screen has sent. Return: its negative errno. */
int screen_hear(const struct channel_message *message, struct libns_error *err);

#endif
