/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_IDMAP_DATA_H
#define LIBNS_IDMAP_DATA_H

#include "text/idmap.h"

/* How a map is stored. Only idmap.c and idmap-text.c may know. */

struct idmap_entry {
	struct libns_idrange range;
	uint32_t source; /* the added range it is a piece of; neighbours in the array */
	bool from_zero;
};

struct libns_idmap {
	size_t n, room;
	uint32_t sources; /* numbers given out */
	struct idmap_entry *entries;
};

/* Appends an entry. Return: 0, -E2BIG if the map has IDMAP_MAX already, -ENOMEM. */
int idmap_push(struct libns_idmap *map, const struct idmap_entry *entry);

#endif
