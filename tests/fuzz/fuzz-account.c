/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The passwd and group files of a container, and what getent printed. */

#include "fuzz.h"
#include "text/account-text.h"

static void look_up(const char *text, size_t size, const char *key)
{
	struct libns_account account;

	for (int kind = LIBNS_ACCOUNT_USER; kind <= LIBNS_ACCOUNT_GROUP; kind++) {
		if (!account_find_in_text((enum libns_account_kind)kind, text, size, key, &account))
			continue;
		REQUIRE(account.id != UINT32_MAX);
		REQUIRE(*account.name && strlen(account.name) < sizeof(account.name));
		REQUIRE(strlen(account.shell) < sizeof(account.shell));
		REQUIRE(!strpbrk(account.name, ":\n"));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const keys[] = { "web", "0", "33", "4294967295", "", "-", "a:b" };
	struct account_groups groups = { NULL, 0 };
	char *text = fuzz_string(data, size), *bytes = malloc(size + !size);

	/* Not terminated: a file is so many bytes. */
	REQUIRE(bytes);
	memcpy(bytes, data, size);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		look_up(bytes, size, keys[i]);
	REQUIRE(account_add_groups(bytes, size, "web", &groups) == 0);
	REQUIRE(account_add_initgroups(text, "web", &groups) == 0);
	REQUIRE(groups.n <= size);
	account_order_groups(&groups);
	for (size_t i = 0; i < groups.n; i++) {
		REQUIRE(groups.ids[i] != UINT32_MAX);
		REQUIRE(i == 0 || groups.ids[i - 1] < groups.ids[i]);
	}
	free(groups.ids);
	free(bytes);
	free(text);
	return 0;
}
