/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"
#include "text/conntrack-msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *all = fuzz_string(data, size);
	struct netlink_view rest = { all, size };
	struct netlink_item item;

	while (netlink_next(&rest, &item)) {
		struct conntrack_flow flow;
		struct netlink_msg msg;

		if (!conntrack_msg_read(&item, &flow))
			continue;
		REQUIRE(flow.there.to_port && flow.tuple_size <= sizeof(flow.tuple));
		conntrack_msg_delete(&msg, &flow);
		REQUIRE(!msg.overflow);
	}
	free(all);
	return 0;
}
