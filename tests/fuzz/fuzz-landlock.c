/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Any text is a rule of Landlock or an error with a sentence. */

#include "fuzz.h"
#include "text/landlock-rule.h"

static void require_sound(const struct landlock_rule *rule)
{
	uint64_t known;
	char names[256];

	REQUIRE(rule->class == LIBNS_LANDLOCK_FS || rule->class == LIBNS_LANDLOCK_NET ||
		rule->class == LIBNS_LANDLOCK_SCOPE || (rule->class == 0 && rule->abi > 0));
	REQUIRE(rule->fd == -1);
	REQUIRE(!rule->path == !(rule->class == LIBNS_LANDLOCK_FS && rule->grants));
	REQUIRE(!rule->path || *rule->path);
	REQUIRE(!rule->grants || (rule->named | rule->implied));
	if (!rule->class)
		return;
	known = landlock_rights(rule->class, LANDLOCK_NEWEST);
	REQUIRE(!((rule->named | rule->implied) & ~known));
	landlock_rights_format(rule->class, rule->named, names, sizeof(names));
	REQUIRE(!*names == !rule->named);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size);
	struct libns_error err = LIBNS_ERROR_INIT;
	struct landlock_rule rule;
	int last = -1;

	if (landlock_rule_parse(text, &rule, &err) < 0) {
		REQUIRE(err.code && *err.text);
		free(text);
		return 0;
	}
	require_sound(&rule);
	/* What one version can do, all that follow can. */
	for (unsigned int abi = 0; abi <= LANDLOCK_NEWEST; abi++) {
		int r = landlock_rule_check(&rule, abi, NULL);

		REQUIRE(r == 0 || last != 0);
		last = r;
	}
	REQUIRE(last == 0 || rule.abi > LANDLOCK_NEWEST);
	landlock_rule_clear(&rule);
	free(text);
	return 0;
}
