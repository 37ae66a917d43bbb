/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Structs with a size, as clone3(2) has them. An older program passes a shorter one: fields that it
 * does not know are taken as zero, and are not filled in. A newer program passes a longer one. That
 * is accepted as long as the additional bytes are zero; otherwise it asks for something that this
 * library does not know.
 */

#include "base/sized.h"

#include <string.h>

#include "base/base.h"
#include "base/err.h"

static size_t size_of(const void *sized)
{
	size_t size;

	memcpy(&size, sized, sizeof(size));
	return size;
}

int base_check_sized(const void *to, size_t least, const char *what, struct libns_error *err)
{
	if (to && size_of(to) >= least)
		return 0;
	return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "%s has no size", what);
}

int base_copy_sized(void *to, size_t size, const void *from, size_t least, const char *what,
		    struct libns_error *err)
{
	const unsigned char *bytes = from;
	int r = base_check_sized(from, least, what, err);
	size_t given;

	if (r < 0)
		return r;
	given = size_of(from);
	for (size_t i = size; i < given; i++)
		if (bytes[i])
			return error_say(err, LIBNS_STEP_ARGUMENT, E2BIG,
					 "%s asks for something this libns does not know", what);
	memset(to, 0, size);
	memcpy(to, from, given < size ? given : size);
	return 0;
}

void base_fill_sized(void *to, const void *from, size_t size)
{
	size_t given = size_of(to);

	if (given > size)
		given = size;
	memcpy((char *)to + sizeof(size), (const char *)from + sizeof(size), given - sizeof(size));
}
