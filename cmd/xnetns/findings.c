/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Findings of test, doctor and gc, in the words of the library. */

#include "xnetns/findings.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/text.h"

static void print_clean(const char *before, const char *text, const char *after)
{
	char *clean = text ? text_clean(text, true) : NULL;

	if (text)
		printf("%s%s%s", before, clean ? clean : text, after);
	free(clean);
}

static void print_text(const struct libns_wire_finding *finding)
{
	/* What is to be mended stands at the end, so that it can be taken from there. */
	printf("%-6s %-10s ", libns_wire_verdict_name(finding->verdict), finding->check);
	print_clean("", finding->what, "");
	print_clean(": ", finding->why, "");
	if (finding->verdict == LIBNS_WIRE_VERDICT_FAIL)
		print_clean("; try: ", finding->command, "");
	putchar('\n');
}

static void print_json(struct json_writer *json, const struct libns_wire_finding *finding)
{
	json_object(json);
	json_text(json, "check", finding->check);
	json_text(json, "state", libns_wire_verdict_name(finding->verdict));
	json_text(json, "what", finding->what);
	if (finding->why)
		json_text(json, "why", finding->why);
	if (finding->command)
		json_text(json, "command", finding->command);
	json_object_end(json);
}

size_t findings_print(struct xnetns *x, const struct libns_wire_findings *findings)
{
	const struct libns_wire_finding *finding;
	size_t n = 0;

	if (x->as_json)
		json_begin(&x->json);
	for (size_t i = 0; (finding = libns_wire_findings_at(findings, i)); i++) {
		n += finding->verdict == LIBNS_WIRE_VERDICT_FAIL;
		if (x->as_json)
			print_json(&x->json, finding);
		else
			print_text(finding);
	}
	if (x->as_json)
		json_end(&x->json);
	return n;
}
