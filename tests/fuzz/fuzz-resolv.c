/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* resolv.conf and nsswitch.conf, which are taken over without what only the host can use. */

#include <sys/socket.h>

#include "fuzz.h"
#include "text/resolv.h"

/* Filtering once is enough. */
static void require_stable(size_t (*filter)(const char *, size_t, char *), const char *text,
			   size_t size, size_t more)
{
	char *once = malloc(size + more), *twice;
	size_t n, again;

	REQUIRE(once);
	n = filter(text, size, once);
	REQUIRE(n < size + more && once[n] == '\0');
	twice = malloc(n + more);
	REQUIRE(twice);
	again = filter(once, n, twice);
	REQUIRE(again == n && !memcmp(once, twice, n));
	free(twice);
	free(once);
}

static void ask_each(const char *text, size_t size)
{
	struct resolv_servers all;
	struct resolv_server server;
	const char *rest = text, *before = text;
	size_t left = size, n = 0;

	resolv_count(text, size, &all);
	for (; resolv_next(&rest, &left, &server); n++) {
		REQUIRE(rest > before && rest + left == text + size);
		REQUIRE(server.ip.family == AF_INET || server.ip.family == AF_INET6);
		REQUIRE(memchr(server.zone, '\0', sizeof(server.zone)));
		before = rest;
	}
	REQUIRE(left == 0 && n <= all.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct resolv_servers before, after;
	char *bytes = malloc(size + !size), *buf = malloc(size + 2);

	/* Not terminated: a file is so many bytes. */
	REQUIRE(bytes && buf);
	memcpy(bytes, data, size);
	resolv_count(bytes, size, &before);
	REQUIRE(before.local <= before.n && before.n <= size / strlen("nameserver x"));
	resolv_count(buf, resolv_filter(bytes, size, buf), &after);
	REQUIRE(after.local == 0 && after.n == before.n - before.local);
	ask_each(bytes, size);
	require_stable(resolv_filter, bytes, size, 2);
	require_stable(nsswitch_filter, bytes, size, 8);
	free(buf);
	free(bytes);
	return 0;
}
