/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a name server sends. */

#include <arpa/inet.h>
#include <string.h>

#include "fuzz.h"
#include "text/dns-msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint16_t id = 0;
	int rcode;

	if (size > 1)
		memcpy(&id, data, sizeof(id));
	/* As on the wire. */
	id = htons(id);
	rcode = dns_answer(data, size, id);
	REQUIRE(rcode >= -1 && rcode <= 15);
	return 0;
}
