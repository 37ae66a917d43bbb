/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Text that grows; see the header. */

#include "base/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void words_add_v(struct words *words, const char *format, va_list ap)
{
	va_list again;
	char *text;
	int n;

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
}

void words_add(struct words *words, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	words_add_v(words, format, ap);
	va_end(ap);
}

static bool is_plain(const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_./:@%+,-";

	return *word && strspn(word, plain) == strlen(word);
}

void words_quote(struct words *words, const char *word)
{
	if (is_plain(word)) {
		words_add(words, "%s", word);
		return;
	}
	words_add(words, "'");
	for (size_t n; *word; word += n) {
		n = strcspn(word, "'");
		words_add(words, "%.*s", (int)n, word);
		if (word[n] == '\'')
			words_add(words, "%s", "'\\''");
		n += word[n] == '\'';
	}
	words_add(words, "'");
}

void words_done(struct words *words)
{
	free(words->text);
	*words = (struct words){ NULL };
}
