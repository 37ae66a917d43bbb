/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A hash table that grows, with copies of its keys; nothing is ever taken out. */

#include "container/index.h"

#include <string.h>
#include <sys/auxv.h>

#include "base/base.h"

struct container_index_slot {
	char *key;
	size_t n;
	uint64_t number;
	uint64_t hash;
	size_t value;
};

static uint64_t mix(uint64_t x)
{
	x ^= x >> 32;
	x *= UINT64_C(0xd6e8feb86659fd93);
	x ^= x >> 32;
	x *= UINT64_C(0xd6e8feb86659fd93);
	return x ^ x >> 32;
}

/*
 * Hashes a word at a time, each mixed with the words before and with a secret, so that nobody can
 * choose keys that collide.
 */
static uint64_t hash_of(const struct container_index *index, uint64_t number, const char *s,
			size_t n)
{
	uint64_t hash = mix(index->secret ^ number);

	for (size_t i = 0; i < n; i += sizeof(uint64_t)) {
		uint64_t word = 0;

		memcpy(&word, s + i, n - i < sizeof(word) ? n - i : sizeof(word));
		hash = mix((hash + index->secret) ^ word);
	}
	return mix(hash ^ n);
}

static struct container_index_slot *slot_of(const struct container_index *index, uint64_t hash,
					    uint64_t number, const char *s, size_t n)
{
	for (size_t i = hash & (index->n_slots - 1);; i = (i + 1) & (index->n_slots - 1)) {
		struct container_index_slot *slot = &index->slots[i];

		if (!slot->key || (slot->hash == hash && slot->number == number && slot->n == n &&
				   !memcmp(slot->key, s, n)))
			return slot;
	}
}

static int make_room(struct container_index *index)
{
	struct container_index bigger = { .n_slots = index->n_slots ? index->n_slots * 2 : 64,
					  .n = index->n,
					  .secret = index->secret };

	if (index->n * 2 < index->n_slots)
		return 0;
	if (!index->n_slots) {
		/* Sixteen random bytes that the kernel gives every program. */
		const void *random = (const void *)getauxval(AT_RANDOM);

		if (random)
			memcpy(&bigger.secret, random, sizeof(bigger.secret));
	}
	bigger.slots = calloc(bigger.n_slots, sizeof(*bigger.slots));
	if (!bigger.slots)
		return -ENOMEM;
	for (size_t i = 0; i < index->n_slots; i++) {
		const struct container_index_slot *old = &index->slots[i];

		if (old->key)
			*slot_of(&bigger, old->hash, old->number, old->key, old->n) = *old;
	}
	free(index->slots);
	*index = bigger;
	return 0;
}

size_t container_index_get(const struct container_index *index, uint64_t number, const char *s,
			   size_t n)
{
	const struct container_index_slot *slot;

	if (!index->n)
		return CONTAINER_INDEX_NONE;
	slot = slot_of(index, hash_of(index, number, s, n), number, s, n);
	return slot->key ? slot->value : CONTAINER_INDEX_NONE;
}

int container_index_put(struct container_index *index, uint64_t number, const char *s, size_t n,
			size_t value)
{
	struct container_index_slot *slot;
	uint64_t hash;

	if (make_room(index) < 0)
		return -ENOMEM;
	hash = hash_of(index, number, s, n);
	slot = slot_of(index, hash, number, s, n);
	if (!slot->key) {
		char *key = malloc(n + 1);

		if (!key)
			return -ENOMEM;
		memcpy(key, s, n);
		*slot = (struct container_index_slot){ key, n, number, hash, value };
		index->n++;
	}
	slot->value = value;
	return 0;
}

void container_index_clear(struct container_index *index)
{
	for (size_t i = 0; i < index->n_slots; i++)
		free(index->slots[i].key);
	free(index->slots);
	*index = (struct container_index){ 0 };
}
