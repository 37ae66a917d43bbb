/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Text that grows; see the header. */

#include "base/words.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void words_add(struct words *words, const char *format, ...)
{
	va_list ap, again;
	char *text;
	int n;

	va_start(ap, format);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, format, ap);
	text = n < 0 || words->failed ? NULL : realloc(words->text, words->n + (size_t)n + 1);
	if (text) {
		vsnprintf(text + words->n, (size_t)n + 1, format, again);
		words->text = text;
		words->n += (size_t)n;
	} else {
		words->failed = true;
	}
	va_end(again);
	va_end(ap);
}

void words_done(struct words *words)
{
	free(words->text);
	*words = (struct words){ NULL };
}
