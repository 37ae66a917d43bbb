/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The filters of xlsns: any text is a filter or an error, and a filter has an answer. */

#include "../../cmd/xlsns/filter.c"
#include "fuzz.h"

static int find(const char *name, size_t n)
{
	return n && *name >= 'A' && *name <= 'D' ? *name - 'A' : -1;
}

static void get(void *data, int column, struct filter_value *ret)
{
	static const char *const list[] = { "/a", "/b c", NULL };
	static const char *const values[] = { "4026531840", "net", NULL };

	(void)data;
	*ret = (struct filter_value){ column < 3 ? values[column] : NULL,
				      column == 3 ? list : NULL };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct filter_error error;
	char text[512];
	struct filter *filter;

	/* A repetition count can make regcomp(3) of the C library spend gigabytes. */
	if (size >= sizeof(text) || memchr(data, '{', size))
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	filter = filter_new(text, find, &error);
	REQUIRE(filter || *error.text);
	if (filter)
		(void)filter_match(filter, get, NULL);
	filter_free(filter);
	return 0;
}
