/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Id maps as data: adding ranges without overlap, making room for a single id,
 * translating. Ranges are half-open, [first, first + count), and all sums are
 * made in 64 bits.
 *
 * Theory of operation of libns_idmap_add_single(): every range that was added
 * is a "source": an ordered list of inner ids and an ordered list of outer ids,
 * paired off one by one until the shorter list ends. A single entry strikes its
 * inner id off the inner lists and its outer id off the outer lists; then the
 * lists are paired again. Lists are kept as pieces, and a source is the pieces
 * in map->entries that carry its number, so that a second single entry finds a
 * source that has been split before.
 *
 * The inner list of a source added "from zero" has no end: where an inner id
 * was struck off, the next free one is appended, so that no outer id is lost.
 */

#include "text/idmap.h"

#include <string.h>

#include "base/base.h"
#include "base/err.h"
#include "text/idmap-data.h"

LIBNS_PUBLIC int libns_idmap_new(struct libns_idmap **ret_map, struct libns_error *err)
{
	struct libns_idmap *map;

	if (!ret_map)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "no place for an id map");
	map = calloc(1, sizeof(*map));
	if (!map)
		return error_set(err, LIBNS_STEP_IDMAP, ENOMEM, "cannot make an id map");
	*ret_map = map;
	return 0;
}

LIBNS_PUBLIC struct libns_idmap *libns_idmap_free(struct libns_idmap *map)
{
	if (map)
		free(map->entries);
	free(map);
	return NULL;
}

int idmap_push(struct libns_idmap *map, const struct idmap_entry *entry)
{
	/* Nearly all maps have one or two entries. */
	size_t room = map->room ? 2 * map->room : 4;
	struct idmap_entry *more;

	if (map->n == IDMAP_MAX)
		return -E2BIG;
	if (map->n == map->room) {
		more = realloc(map->entries, room * sizeof(*more));
		if (!more)
			return -ENOMEM;
		map->entries = more;
		map->room = room;
	}
	map->entries[map->n++] = *entry;
	return 0;
}

/* Makes a sentence of what idmap_push() returned. */
static int pushed(int r, struct libns_error *err)
{
	if (r == -E2BIG)
		return error_say(err, LIBNS_STEP_ARGUMENT, E2BIG, "an id map has at most %d ranges",
				 IDMAP_MAX);
	return r < 0 ? error_set(err, LIBNS_STEP_IDMAP, -r, "cannot add to an id map") : 0;
}

LIBNS_PUBLIC size_t libns_idmap_count(const struct libns_idmap *map)
{
	return map ? map->n : 0;
}

LIBNS_PUBLIC const struct libns_idrange *libns_idmap_at(const struct libns_idmap *map, size_t i)
{
	return map && i < map->n ? &map->entries[i].range : NULL;
}

/* Whether [a, a + n_a) and [b, b + n_b) have an id in common. */
static bool overlap(uint32_t a, uint32_t n_a, uint32_t b, uint32_t n_b)
{
	return (uint64_t)a < (uint64_t)b + n_b && (uint64_t)b < (uint64_t)a + n_a;
}

static bool has_id(uint32_t first, uint32_t count, uint32_t id)
{
	return overlap(first, count, id, 1);
}

static bool fits(uint32_t first, uint32_t count)
{
	/* 4294967295 is not an id. The end of a range is exclusive, so it may be that number. */
	return (uint64_t)first + count <= UINT32_MAX;
}

static int add(struct libns_idmap *map, const struct libns_idrange *new, bool from_zero,
	       struct libns_error *err)
{
	struct idmap_entry entry;
	int r;

	if (new->count == 0)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "id range %u:%u:0 is empty",
				 new->inner, new->outer);
	if (!fits(new->inner, new->count) || !fits(new->outer, new->count))
		return error_say(err, LIBNS_STEP_ARGUMENT, EOVERFLOW,
				 "id range %u:%u:%u goes beyond 4294967294, the last id",
				 new->inner, new->outer, new->count);
	for (size_t i = 0; i < map->n; i++) {
		const struct libns_idrange *old = &map->entries[i].range;
		bool inner = overlap(old->inner, old->count, new->inner, new->count);

		if (inner || overlap(old->outer, old->count, new->outer, new->count))
			return error_say(err, LIBNS_STEP_ARGUMENT, EEXIST,
					 "id ranges %u:%u:%u and %u:%u:%u overlap %s", old->inner,
					 old->outer, old->count, new->inner, new->outer, new->count,
					 inner ? "inside" : "outside");
	}
	entry = (struct idmap_entry){ *new, map->sources + 1, from_zero };
	r = idmap_push(map, &entry);
	if (r == 0)
		map->sources++;
	return pushed(r, err);
}

LIBNS_PUBLIC int libns_idmap_add(struct libns_idmap *map, const struct libns_idrange *range,
				 struct libns_error *err)
{
	if (!map || !range)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "no id map or range");
	return add(map, range, false, err);
}

int idmap_add_from_zero(struct libns_idmap *map, uint32_t outer, uint32_t count,
			struct libns_error *err)
{
	return add(map, &(struct libns_idrange){ .outer = outer, .count = count }, true, err);
}

/*
 * The ids of one side of a source, as pieces in order. A struck id splits one
 * of them, and a side from zero grows by one.
 */
struct side {
	size_t n;
	struct {
		uint32_t first;
		uint32_t count;
	} pieces[IDMAP_MAX + 2];
};

static void side_push(struct side *side, uint32_t first, uint32_t count)
{
	if (count == 0)
		return;
	side->pieces[side->n].first = first;
	side->pieces[side->n++].count = count;
}

static void side_push_without(struct side *side, uint32_t first, uint32_t count, uint32_t struck)
{
	if (!has_id(first, count, struck)) {
		side_push(side, first, count);
		return;
	}
	side_push(side, first, struck - first);
	side_push(side, struck + 1, first + count - struck - 1);
}

/* Appends the first free inner id from @top on, the end of a source from zero, if there is one. */
static void side_grow(struct side *side, const struct libns_idmap *map, uint32_t top)
{
	bool moved;

	do {
		moved = false;
		for (size_t i = 0; i < map->n; i++) {
			const struct libns_idrange *range = &map->entries[i].range;

			if (!has_id(range->inner, range->count, top))
				continue;
			top = range->inner + range->count;
			moved = true;
		}
	} while (moved);
	if (fits(top, 1))
		side_push(side, top, 1);
}

static int append_piece(struct libns_idmap *map, uint32_t inner, uint32_t outer, uint32_t count,
			const struct idmap_entry *model)
{
	const struct idmap_entry piece = { { inner, outer, count },
					   model->source,
					   model->from_zero };
	struct libns_idrange *last = map->n ? &map->entries[map->n - 1].range : NULL;

	if (last && map->entries[map->n - 1].source == model->source &&
	    last->inner + last->count == inner && last->outer + last->count == outer) {
		last->count += count;
		return 0;
	}
	return idmap_push(map, &piece);
}

static int pair_sides(struct libns_idmap *next, struct side *inner, struct side *outer,
		      const struct idmap_entry *model)
{
	size_t i = 0, o = 0;
	int r = 0;

	while (r == 0 && i < inner->n && o < outer->n) {
		uint32_t n_inner = inner->pieces[i].count, n_outer = outer->pieces[o].count;
		uint32_t n = n_inner < n_outer ? n_inner : n_outer;

		r = append_piece(next, inner->pieces[i].first, outer->pieces[o].first, n, model);
		inner->pieces[i].first += n;
		outer->pieces[o].first += n;
		i += (inner->pieces[i].count -= n) == 0;
		o += (outer->pieces[o].count -= n) == 0;
	}
	return r;
}

/* Carries the source whose first piece is entry @i over to @next, making room. */
static int move_source(struct libns_idmap *next, const struct libns_idmap *map, size_t i,
		       uint32_t single_inner, uint32_t single_outer)
{
	const struct idmap_entry *model = &map->entries[i];
	struct side inner = { .n = 0 }, outer = { .n = 0 };
	bool inner_struck = false, outer_struck = false;
	uint32_t top = 0;

	for (; i < map->n && map->entries[i].source == model->source; i++) {
		const struct libns_idrange *range = &map->entries[i].range;

		inner_struck |= has_id(range->inner, range->count, single_inner);
		outer_struck |= has_id(range->outer, range->count, single_outer);
		side_push_without(&inner, range->inner, range->count, single_inner);
		side_push_without(&outer, range->outer, range->count, single_outer);
		top = range->inner + range->count;
	}
	if (model->from_zero && inner_struck && !outer_struck)
		side_grow(&inner, map, top);
	return pair_sides(next, &inner, &outer, model);
}

LIBNS_PUBLIC int libns_idmap_add_single(struct libns_idmap *map, uint32_t inner, uint32_t outer,
					struct libns_error *err)
{
	struct libns_idmap next = { .n = 0 };
	struct idmap_entry single;
	int r;

	if (!map)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "no id map");
	if (!fits(inner, 1) || !fits(outer, 1))
		return error_say(err, LIBNS_STEP_ARGUMENT, EOVERFLOW, "4294967295 is no id");

	next.sources = map->sources + 1;
	single = (struct idmap_entry){ { inner, outer, 1 }, next.sources, false };
	r = idmap_push(&next, &single);
	for (size_t i = 0; r == 0 && i < map->n; i++)
		if (i == 0 || map->entries[i - 1].source != map->entries[i].source)
			r = move_source(&next, map, i, inner, outer);
	free(r < 0 ? next.entries : map->entries);
	if (r == 0)
		*map = next;
	return pushed(r, err);
}

LIBNS_PUBLIC bool libns_idmap_to_outer(const struct libns_idmap *map, uint32_t inner,
				       uint32_t *ret_outer)
{
	for (size_t i = 0; map && i < map->n; i++) {
		const struct libns_idrange *range = &map->entries[i].range;

		if (!has_id(range->inner, range->count, inner) || range->outer == IDMAP_NO_ID)
			continue;
		*ret_outer = range->outer + (inner - range->inner);
		return true;
	}
	return false;
}

LIBNS_PUBLIC bool libns_idmap_to_inner(const struct libns_idmap *map, uint32_t outer,
				       uint32_t *ret_inner)
{
	for (size_t i = 0; map && i < map->n; i++) {
		const struct libns_idrange *range = &map->entries[i].range;

		if (!has_id(range->outer, range->count, outer) || range->outer == IDMAP_NO_ID)
			continue;
		*ret_inner = range->inner + (outer - range->outer);
		return true;
	}
	return false;
}
