/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_WORDS_H
#define LIBNS_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* Text that grows. Where memory is short that is remembered, and asked for once, at the end. */
struct words {
	char *text; /* terminated; NULL as long as nothing was added */
	size_t n;
	bool failed; /* something could not be added */
};

void words_add(struct words *words, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Frees the text. For _cleanup_(). */
void words_done(struct words *words);

#endif
