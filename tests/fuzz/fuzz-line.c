/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Files of commands of xnetns --batch: lines, and the words of each. */

#include <errno.h>
#include <stdio.h>

#include "fuzz.h"
#include "xnetns/line.h"

static void split(const struct line_reader *reader)
{
	size_t size = strlen(reader->text) + 1;
	char *text = strdup(reader->text), **words;
	const char *end = text;
	int n, r;

	REQUIRE(text && !strchr(text, '#') && !strstr(text, "\\\n") && size <= reader->size);
	r = line_split(text, &words, &n);
	REQUIRE(r == 0 || r == -EINVAL);
	/* The words lie one behind the other within the line. */
	for (int i = 0; r == 0 && i < n; i++) {
		REQUIRE(words[i] >= end && words[i] <= text + size);
		end = words[i] + strlen(words[i]);
		REQUIRE(end < text + size);
	}
	REQUIRE(r < 0 || words[n] == NULL);
	if (r == 0)
		free(words);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct line_reader reader = { .in = size ? fmemopen((void *)(uintptr_t)data, size, "r")
						 : NULL };
	unsigned long number = 0;
	int r;

	if (!reader.in)
		return 0;
	while ((r = line_read(&reader)) > 0) {
		REQUIRE(reader.number > number);
		number = reader.number;
		split(&reader);
	}
	REQUIRE(r == 0 || r == -ENODATA);
	REQUIRE(feof(reader.in));
	free(reader.text);
	fclose(reader.in);
	return 0;
}
