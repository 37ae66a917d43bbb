/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Ports, addresses and sockets to be forwarded: what is taken reads the same when it is written. */

#include <libns/relay.h>

#include "fuzz.h"

static void write_again(const struct libns_forward *f)
{
	char host[LIBNS_FORWARD_TEXT], inside[LIBNS_FORWARD_TEXT], word[2 * LIBNS_FORWARD_TEXT + 8];
	struct libns_forward again = { .size = sizeof(again) };

	libns_forward_format(&f->host, host);
	libns_forward_format(&f->inside, inside);
	/* Control characters are written so that they can be seen. */
	if (strchr(f->host.path, '\\') || strchr(host, '\\') || strchr(inside, '\\'))
		return;
	snprintf(word, sizeof(word), "%s:%s%s", host, inside,
		 f->flags & LIBNS_FORWARD_UDP ? "/udp" : "");
	REQUIRE(libns_forward_parse(word, f->flags & LIBNS_FORWARD_IN, &again, NULL) == 0);
	REQUIRE(again.flags == f->flags);
	REQUIRE(!memcmp(&again.host, &f->host, sizeof(f->host)));
	REQUIRE(!memcmp(&again.inside, &f->inside, sizeof(f->inside)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size);

	for (uint64_t flags = 0; flags <= LIBNS_FORWARD_IN; flags += LIBNS_FORWARD_IN) {
		struct libns_forward f = { .size = sizeof(f) };
		struct libns_error err = LIBNS_ERROR_INIT;
		int r = libns_forward_parse(text, flags, &f, &err);

		REQUIRE(r <= 0 && err.code == -r);
		REQUIRE((r == 0) == (err.text[0] == '\0'));
		if (r == 0)
			write_again(&f);
		else
			REQUIRE(err.step == LIBNS_STEP_ARGUMENT);
	}
	free(text);
	return 0;
}
