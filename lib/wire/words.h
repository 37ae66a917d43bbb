/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_WIRE_WORDS_H
#define LIBNS_WIRE_WORDS_H

#include "wire/step.h"

/* Room for every command and sentence: a name has 255 bytes, each of which may become four. */
struct wire_words {
	size_t n;
	char text[4096];
};

void wire_words_add(struct wire_words *words, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* As one word of a shell. */
void wire_words_quote(struct wire_words *words, const char *word);

/* "ip -n web addr add 10.171.0.2/30 dev eth0", ready for a shell. Return: NULL if there is none. */
const char *wire_step_command(const struct wire_step *step, struct wire_words *words);
/* "give 'eth0' of 'web' the address 10.171.0.2/30". */
const char *wire_step_what(const struct wire_step *step, struct wire_words *words);

#endif
