/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"
#include "text/wire-text.h"

static void lead(const char *text, size_t size)
{
	char once[WIRE_LEAD_LINE], twice[WIRE_LEAD_LINE];
	struct wire_lead value;
	size_t n;

	if (wire_lead_parse(text, size, &value) < 0)
		return;
	n = wire_lead_format(&value, once);
	REQUIRE(wire_lead_parse(once, n - 1, &value) == 0);
	REQUIRE(wire_lead_format(&value, twice) == n && !memcmp(once, twice, n));
}

static void journal(const char *text, size_t size)
{
	char once[WIRE_JOURNAL_TEXT];
	struct wire_journal a, b;

	if (wire_journal_parse(text, size, &a) < 0)
		return;
	REQUIRE(wire_journal_parse(once, wire_journal_format(&a, once), &b) == 0);
	REQUIRE(a.index == b.index && a.ip4 == b.ip4 && a.ip6 == b.ip6);
}

/* What is read is written so that it is read as the same again. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *all = malloc(size ? size : 1);

	REQUIRE(all);
	memcpy(all, data, size);
	lead(all, size);
	journal(all, size);
	free(all);
	return 0;
}
