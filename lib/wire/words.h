/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_WIRE_WORDS_H
#define LIBNS_WIRE_WORDS_H

#include "base/words.h"
#include "wire/step.h"

/* "ip -n web addr add 10.171.0.2/30 dev eth0", ready for a shell. Adds nothing if there is none. */
void wire_step_command(const struct wire_step *step, struct words *words);
/* "give 'eth0' of 'web' the address 10.171.0.2/30". */
void wire_step_what(const struct wire_step *step, struct words *words);

/* Gives a step what it is called, and its command; each may be NULL. They are borrowed. Return: 0,
 * or -ENOMEM with the sentence if there was no memory for one of them. */
int wire_step_say(struct wire_step *step, const struct words *what, const struct words *command,
		  struct libns_error *err);
/* The sentence about words for which memory was short. Return: -ENOMEM. */
int wire_no_words(struct libns_error *err);

#endif
