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
	size_t n;
	uint32_t sources;                          /* numbers given out */
	struct idmap_entry entries[IDMAP_MAX + 1]; /* the last one is never used for long */
};

#endif
