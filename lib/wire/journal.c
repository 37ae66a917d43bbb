/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The journal of forwarding: what the settings of a link were. */

#include "wire/journal.h"

#include <net/if.h>

#include "base/base.h"
#include "base/err.h"
#include "wire/store.h"

/* Return: 0, -ENODEV if there is no such link, ... */
static int find_link(const char *link, uint32_t *ret_index, struct libns_error *err)
{
	*ret_index = if_nametoindex(link);
	if (*ret_index)
		return 0;
	return error_set(err, LIBNS_STEP_NETNS, errno == ENXIO ? ENODEV : errno,
			 "cannot find link '%s'", link);
}

/* Without one, or with one of another link, nothing was changed. */
int journal_read(const char *link, struct wire_journal *ret, struct libns_error *err)
{
	_cleanup_free_ char *text = NULL;
	struct wire_journal journal;
	uint32_t index;
	size_t size;
	int r = find_link(link, &index, err);

	if (r == 0)
		r = wire_store_read(WIRE_STORE_FORWARDING, link, &text, &size, err);
	if (r == -ENODEV)
		return r;
	*ret = (struct wire_journal){ index, -1, -1 };
	if (r < 0)
		return r == -ENOENT ? 1 : r;
	r = wire_journal_parse(text, size, &journal);
	if (r < 0)
		return wire_store_damaged(WIRE_STORE_FORWARDING, link, err);
	if (journal.index == index)
		*ret = journal;
	return 0;
}

int journal_write(const char *link, const struct wire_journal *journal, struct libns_error *err)
{
	char text[WIRE_JOURNAL_TEXT];
	size_t n = wire_journal_format(journal, text);

	return wire_store_write(WIRE_STORE_FORWARDING, link, text, n, err);
}
