/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a user writes behind --net and -p of xnetns up. */

#include <libns/wire.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size);
	struct libns_wire_port port;
	enum libns_wire_net net;
	const char *with;

	if (libns_wire_parse_net(text, &net, &with, NULL) == 0) {
		REQUIRE(net <= LIBNS_WIRE_WG);
		REQUIRE(!with || (*with && with > text && with[-1] == '='));
	}
	if (libns_wire_parse_port(text, &port, NULL) == 0) {
		REQUIRE(port.host && port.inside);
		REQUIRE(port.address.family == 0 || port.address.prefix >= 32);
	}
	free(text);
	return 0;
}
