/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What comes back from the kernel, as datagrams: the first byte says what was asked, each
 * further datagram is preceded by its length in two bytes.
 */

#include <errno.h>

#include "fuzz.h"
#include "netns/id.h"

struct seen {
	const char *data;
	size_t size;
	unsigned int n;
};

static int take(const struct netlink_item *item, void *data)
{
	struct seen *seen = data;
	struct libns_nsid nsid = { 99, 99 };

	seen->n++;
	REQUIRE(item->body.data >= seen->data);
	REQUIRE((size_t)(item->body.data - seen->data) + item->body.size <= seen->size);
	if (!netns_id_parse(item, &nsid))
		REQUIRE(nsid.nsid == 99 && nsid.current == 99);
	return 0;
}

/* A copy of the exact size, so that reading beyond its end shows. */
static int give(struct netlink_reply *reply, const uint8_t *data, size_t size)
{
	char *copy = malloc(size ? size : 1);
	struct seen seen = { copy, size, 0 };
	int r;

	REQUIRE(copy);
	if (size)
		memcpy(copy, data, size);
	reply->data = &seen;
	memset(reply->text, 'x', sizeof(reply->text));
	reply->text[0] = '\0';
	r = netlink_take(reply, copy, size);
	REQUIRE(r == 0 || r == 1 || (r < 0 && r >= -4095));
	/* An end that is one: a dump that was disturbed has none. */
	REQUIRE(r != 1 || !reply->dump || !reply->interrupted);
	REQUIRE(memchr(reply->text, '\0', sizeof(reply->text)));
	free(copy);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct netlink_reply reply = { .seq = 1, .answer = take };
	int r = 0;

	if (!size)
		return 0;
	reply.dump = data[0] & 1;
	for (data++, size--; r == 0 && size >= 2;) {
		size_t n = (size_t)data[0] << 8 | data[1];

		data += 2;
		size -= 2;
		if (n > size)
			n = size;
		r = give(&reply, data, n);
		data += n;
		size -= n;
	}
	return 0;
}
