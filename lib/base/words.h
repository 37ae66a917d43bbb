/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_WORDS_H
#define LIBNS_WORDS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* Text that grows. Where memory is short that is remembered, and asked for once, at the end. */
struct words {
	char *text; /* terminated; NULL as long as nothing was added */
	size_t n;
	bool failed; /* something could not be added */
};

void words_add(struct words *words, const char *format, ...) __attribute__((format(printf, 2, 3)));
void words_add_v(struct words *words, const char *format, va_list ap)
	__attribute__((format(printf, 2, 0)));

/* As one word of a shell. */
void words_quote(struct words *words, const char *word);

/* Frees the text. For _cleanup_(). */
void words_done(struct words *words);

#endif
