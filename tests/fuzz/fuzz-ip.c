/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Addresses: the input is a text, and as bytes also two of them. */

#include <libns/ip.h>

#include "fuzz.h"

static void try_text(const char *text)
{
	struct libns_ip ip = { 99, 99, { 99 } }, again;
	char buf[LIBNS_IP_TEXT];

	if (libns_ip_parse(text, &ip) < 0) {
		REQUIRE(ip.family == 99);
		return;
	}
	REQUIRE(ip.prefix <= (strchr(text, ':') ? 128 : 32));
	/* What was read is written so that it is read as the same. */
	REQUIRE(libns_ip_parse(libns_ip_format(&ip, true, buf), &again) == 0);
	REQUIRE(!memcmp(&ip, &again, sizeof(ip)));
	REQUIRE(libns_ip_contains(&ip, &ip));
	ip.prefix = 0;
	REQUIRE(libns_ip_contains(&ip, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size);
	struct libns_ip ips[2];
	char buf[LIBNS_IP_TEXT];

	try_text(text);
	free(text);
	if (size >= sizeof(ips)) {
		memcpy(ips, data, sizeof(ips));
		libns_ip_contains(&ips[0], &ips[1]);
		REQUIRE(memchr(libns_ip_format(&ips[0], true, buf), '\0', sizeof(buf)));
	}
	return 0;
}
