/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"
#include "text/ruleset.h"

static void found(const struct ruleset_drop *drop, void *data)
{
	REQUIRE(drop->family[0] || drop->table[0] || drop->chain[0] || !drop->rejects);
	++*(int *)data;
}

/* Rules that somebody else has written are followed to an end. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ruleset_packet packet = { false, false, "xn-web", "wan0", 30830, 0 };
	char *all = malloc(size ? size : 1);
	int n = 0;

	REQUIRE(all);
	memcpy(all, data, size);
	for (int i = 0; i < 4; i++) {
		packet.ip6 = i & 1;
		packet.answer = i & 2;
		if (ruleset_find_drops(all, size, &packet, "xnetns", found, &n) < 0)
			break;
	}
	free(all);
	return 0;
}
