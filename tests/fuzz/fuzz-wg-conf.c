/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Files of wg-quick, and the messages that are made of them. */

#include <errno.h>

#include "fuzz.h"
#include "text/wg-msg.h"

static void check_messages(const struct wg_conf *conf)
{
	struct netlink_msg msg;

	wg_msg_device(&msg, 30, "xn-0123456789ab", conf);
	REQUIRE(!msg.overflow);
	for (size_t i = 0; i < conf->n_peers; i++) {
		const struct wg_peer *peer = &conf->peers[i];
		size_t from = 0, next = 0;

		REQUIRE(peer->allowed + peer->n_allowed <= conf->n_allowed);
		do {
			from = next;
			next = wg_msg_peer(&msg, 30, "xn-0123456789ab", conf, peer, from);
			REQUIRE(!msg.overflow && (next > from || !peer->n_allowed));
		} while (next < peer->n_allowed);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	char *text = malloc(size ? size : 1);
	struct wg_conf conf;
	int r;

	REQUIRE(text);
	if (size)
		memcpy(text, data, size);
	r = wg_conf_parse(text, size, "file", &conf, &err);
	REQUIRE(r == 0 || ((r == -EINVAL || r == -EOPNOTSUPP) && *err.text));
	if (r == 0) {
		check_messages(&conf);
		wg_conf_done(&conf);
	}
	free(text);
	return 0;
}
