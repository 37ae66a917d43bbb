/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The input is a program of operations on one map. Whatever they are, a map
 * never overlaps itself, never reaches 4294967295, keeps its limit, is left
 * alone by an operation that fails, and survives being written and read.
 */

#include "fuzz.h"
#include "text/idmap.h"

struct input {
	const uint8_t *data;
	size_t size;
};

static uint32_t take(struct input *in, unsigned int bytes)
{
	uint32_t value = 0;

	for (; bytes && in->size; bytes--, in->data++, in->size--)
		value = value << 8 | *in->data;
	return value;
}

/* Small numbers meet each other, large ones meet the end. */
static uint32_t take_id(struct input *in)
{
	uint32_t how = take(in, 1);

	return how < 200 ? how % 32 : how < 230 ? UINT32_MAX - take(in, 1) : take(in, 4);
}

static void require_sound(const struct libns_idmap *map)
{
	size_t n = libns_idmap_count(map);

	REQUIRE(n <= IDMAP_MAX);
	for (size_t i = 0; i < n; i++) {
		const struct libns_idrange *a = libns_idmap_at(map, i);
		uint32_t id;

		REQUIRE(a->count > 0);
		REQUIRE((uint64_t)a->inner + a->count <= UINT32_MAX);
		REQUIRE((uint64_t)a->outer + a->count <= UINT32_MAX);
		REQUIRE(libns_idmap_to_outer(map, a->inner, &id) && id == a->outer);
		REQUIRE(libns_idmap_to_inner(map, a->outer + (a->count - 1), &id));
		REQUIRE(id == a->inner + (a->count - 1));
		for (size_t j = 0; j < i; j++) {
			const struct libns_idrange *b = libns_idmap_at(map, j);

			REQUIRE(a->inner >= b->inner + b->count || b->inner >= a->inner + a->count);
			REQUIRE(a->outer >= b->outer + b->count || b->outer >= a->outer + a->count);
		}
	}
}

static int operate(struct libns_idmap *map, struct input *in)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	uint32_t what = take(in, 1) % 4, a = take_id(in), b = take_id(in);
	struct libns_idrange range = { a, b, take_id(in) };
	char spec[64];
	int r;

	if (what == 0) {
		r = libns_idmap_add(map, &range, &err);
	} else if (what == 1) {
		r = idmap_add_from_zero(map, b, range.count, &err);
	} else if (what == 2) {
		r = libns_idmap_add_single(map, a, b, &err);
	} else {
		snprintf(spec, sizeof(spec), "%u,%u,%u", b, a, range.count);
		r = libns_idmap_add_text(map, spec, &err);
	}
	REQUIRE(r == -err.code && !err.text[0] == (r == 0));
	return r;
}

static void require_roundtrip(const char *text)
{
	struct libns_idmap *map;
	char again[IDMAP_TEXT_SIZE];

	REQUIRE(libns_idmap_new(&map, NULL) == 0);
	REQUIRE(idmap_parse(map, text) == 0);
	REQUIRE(idmap_format(map, again, sizeof(again)) >= 0);
	REQUIRE(!strcmp(text, again));
	libns_idmap_free(map);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char before[IDMAP_TEXT_SIZE], after[IDMAP_TEXT_SIZE];
	struct input in = { data, size < 512 ? size : 512 };
	struct libns_idmap *map;

	REQUIRE(libns_idmap_new(&map, NULL) == 0);
	before[0] = after[0] = '\0';
	while (in.size) {
		int r = operate(map, &in);

		require_sound(map);
		REQUIRE(idmap_format(map, after, sizeof(after)) >= 0);
		REQUIRE(r == 0 || !strcmp(before, after));
		strcpy(before, after);
	}
	require_roundtrip(after);
	libns_idmap_free(map);
	return 0;
}
