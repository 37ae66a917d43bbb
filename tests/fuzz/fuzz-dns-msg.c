/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a name server sends, and what a resolv.conf says: the same bytes as both. */

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include "fuzz.h"
#include "text/dns-msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size);
	const char *rest = text, *before = text;
	struct dns_server server;
	uint16_t id = 0;
	int rcode;

	while (dns_next_server(&rest, &server)) {
		REQUIRE(rest > before && rest <= text + size);
		REQUIRE(server.ip.family == AF_INET || server.ip.family == AF_INET6);
		REQUIRE(memchr(server.zone, '\0', sizeof(server.zone)));
		before = rest;
	}
	if (size > 1)
		memcpy(&id, data, sizeof(id));
	/* As on the wire. */
	id = htons(id);
	rcode = dns_answer(data, size, id);
	REQUIRE(rcode >= -1 && rcode <= 15);
	free(text);
	return 0;
}
