/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Texts in a reply of statmount(2), whatever it says about where they are. */

#include "fuzz.h"
#include "kernel/statmount.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint64_t texts[] = { STATMOUNT_MNT_ROOT_, STATMOUNT_MNT_POINT_ };
	/* Exactly as large as the input, but for what every reply has. */
	size_t n = size < sizeof(struct statmount_reply) ? sizeof(struct statmount_reply) : size;
	struct statmount_reply *reply = calloc(1, n);

	REQUIRE(reply);
	memcpy(reply, data, size);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const char *text = statmount_string(reply, n, texts[i]);

		REQUIRE(statmount_string(reply, sizeof(*reply) - 1, texts[i]) == NULL);
		if (!text)
			continue;
		REQUIRE(reply->mask & texts[i]);
		REQUIRE(text >= reply->strings && text + strlen(text) < (char *)reply + n);
	}
	free(reply);
	return 0;
}
