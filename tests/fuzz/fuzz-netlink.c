/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"
#include "text/netlink-msg.h"

static void require_inside(struct netlink_view view, const char *all, size_t size)
{
	REQUIRE(view.data >= all && view.size <= size);
	REQUIRE((size_t)(view.data - all) <= size - view.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *all = fuzz_string(data, size);
	struct netlink_view rest = { all, size };
	struct netlink_item item;

	while (netlink_next(&rest, &item)) {
		struct netlink_view attrs = netlink_attrs(&item, 16);
		struct netlink_attr attr;
		char text[64];
		uint32_t value;

		memset(text, 'x', sizeof(text));
		netlink_verdict(&item, text, sizeof(text));
		while (netlink_next_attr(&attrs, &attr)) {
			require_inside(attr.value, all, size);
			netlink_attr_u32(&attr, &value);
		}
	}
	free(all);
	return 0;
}
