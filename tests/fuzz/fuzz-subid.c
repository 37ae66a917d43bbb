/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Files an administrator wrote, and what a helper printed. */

#include "fuzz.h"
#include "text/idmap.h"

static void require_sound(int r, const struct idmap_subid *subid)
{
	REQUIRE(r == 0 || r == -2 /* ENOENT */);
	if (r == 0)
		REQUIRE(subid->count > 0 && (uint64_t)subid->first + subid->count <= UINT32_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size);
	struct libns_idmap *map;
	struct idmap_subid subid;

	require_sound(idmap_find_subid(text, "alice", 1001, &subid), &subid);
	require_sound(idmap_find_subid(text, "", 0, &subid), &subid);
	require_sound(idmap_find_subid(text, NULL, UINT32_MAX, &subid), &subid);
	require_sound(idmap_find_getsubids(text, &subid), &subid);
	idmap_nsswitch_has_subid(text);

	REQUIRE(libns_idmap_new(&map, NULL) == 0);
	if (idmap_parse(map, text) == 0) {
		char again[IDMAP_TEXT_SIZE];

		REQUIRE(libns_idmap_count(map) <= IDMAP_MAX);
		REQUIRE(idmap_format(map, again, sizeof(again)) >= 0);
	}
	libns_idmap_free(map);
	free(text);
	return 0;
}
