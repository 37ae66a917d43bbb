/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a process says that its environment is. */

#include <libns/environment.h>

#include "fuzz.h"

static size_t count(const struct libns_environment *e, enum libns_environment_kind kind)
{
	size_t n = 0;

	for (char *const *item = libns_environment_get_items(e); *item; item++, n++) {
		REQUIRE(strchr(*item, '=') && **item != '=');
		REQUIRE(libns_environment_allows(kind, *item));
	}
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t before = SIZE_MAX;
	char *bytes = malloc(size + !size);

	REQUIRE(bytes);
	memcpy(bytes, data, size);
	for (int kind = LIBNS_ENVIRONMENT_ANY; kind <= LIBNS_ENVIRONMENT_TAME; kind++) {
		enum libns_environment_kind k = (enum libns_environment_kind)kind;
		struct libns_environment *e;
		size_t n;

		REQUIRE(libns_environment_new(NULL, LIBNS_ENVIRONMENT_ANY, &e, NULL) == 0);
		REQUIRE(libns_environment_add(e, bytes, size, k, NULL) == 0);
		n = count(e, k);
		/* Each kind is part of the one before, and a name is there once. */
		REQUIRE(n <= before);
		before = n;
		REQUIRE(libns_environment_add(e, bytes, size, k, NULL) == 0);
		REQUIRE(count(e, k) == n);
		libns_environment_free(e);
	}
	free(bytes);
	return 0;
}
