/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What users type: lists of types, propagation, id ranges. */

#include <libns/mount.h>
#include <libns/type.h>

#include "fuzz.h"
#include "text/idmap.h"

static void require_said(const struct libns_error *err, int r)
{
	REQUIRE(r <= 0 && err->code == -r);
	REQUIRE((r == 0) == (err->text[0] == '\0'));
	REQUIRE(memchr(err->text, '\0', sizeof(err->text)));
	REQUIRE(!strpbrk(err->text, "\n\r\033"));
}

static void fuzz_types(const char *text)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	uint64_t types = 0, again = 0;
	char list[64];
	int r = libns_types_parse(text, &types, &err);

	require_said(&err, r);
	if (r < 0)
		return;
	libns_types_format(types, list, sizeof(list));
	REQUIRE(libns_types_parse(list, &again, NULL) == 0 && again == types);
}

static void fuzz_propagation(const char *text)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	unsigned long flags = 0;
	int r = libns_propagation_parse(text, &flags, &err);

	require_said(&err, r);
	if (r == 0)
		REQUIRE(!strcmp(libns_propagation_name(flags), text));
}

static void fuzz_range(const char *text)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_idmap *map;
	int r;

	REQUIRE(libns_idmap_new(&map, NULL) == 0);
	r = libns_idmap_add_text(map, text, &err);
	require_said(&err, r);
	REQUIRE(libns_idmap_count(map) == (r == 0));
	libns_idmap_free(map);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size);

	fuzz_types(text);
	fuzz_propagation(text);
	fuzz_range(text);
	free(text);
	return 0;
}
