/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"
#include "text/nft-msg.h"

/* Whatever the bytes are, nothing outside of them is read. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *all = fuzz_string(data, size);
	struct netlink_view rest = { all, size };
	struct nft_words value = { .n = 0 };
	struct netlink_item item;

	nft_words_put(&value, "\xc0\0\2\1", 4);
	while (netlink_next(&rest, &item)) {
		nft_msg_has_comment(&item, "xnetns 1");
		nft_msg_is_value(&item, &value);
	}
	free(all);
	return 0;
}
