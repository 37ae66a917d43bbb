/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* See wire/findings.h. */

#include "wire/findings.h"

#include <string.h>

#include "base/base.h"
#include "base/err.h"

LIBNS_PUBLIC const char *libns_wire_verdict_name(enum libns_wire_verdict verdict)
{
	static const char *const names[] = { "ok", "FAIL", "skip", "mended" };

	return (unsigned int)verdict < ARRAY_SIZE(names) ? names[verdict] : NULL;
}

static void free_string(const char *string)
{
	free((char *)(uintptr_t)string);
}

LIBNS_PUBLIC struct libns_wire_findings *
libns_wire_findings_free(struct libns_wire_findings *findings)
{
	if (!findings)
		return NULL;
	for (size_t i = 0; i < findings->n; i++) {
		free_string(findings->list[i].what);
		free_string(findings->list[i].why);
		free_string(findings->list[i].command);
	}
	free(findings->list);
	free(findings);
	return NULL;
}

LIBNS_PUBLIC size_t libns_wire_findings_count(const struct libns_wire_findings *findings)
{
	return findings->n;
}

LIBNS_PUBLIC const struct libns_wire_finding *
libns_wire_findings_at(const struct libns_wire_findings *findings, size_t i)
{
	return i < findings->n ? &findings->list[i] : NULL;
}

static char *print(struct libns_wire_findings *findings, const char *format, va_list ap)
{
	char *text;

	if (vasprintf(&text, format, ap) >= 0)
		return text;
	findings->no_memory = true;
	return NULL;
}

void findings_add(struct libns_wire_findings *findings, enum libns_wire_verdict verdict,
		  const char *check, const char *format, ...)
{
	struct libns_wire_finding *more;
	va_list ap;

	more = reallocarray(findings->list, findings->n + 1, sizeof(*more));
	if (!more) {
		findings->no_memory = true;
		return;
	}
	findings->list = more;
	va_start(ap, format);
	more[findings->n++] = (struct libns_wire_finding){
		sizeof(*more), verdict, check, print(findings, format, ap), NULL, NULL,
	};
	va_end(ap);
}

void findings_why(struct libns_wire_findings *findings, const char *format, ...)
{
	va_list ap;

	if (findings->no_memory)
		return;
	va_start(ap, format);
	findings->list[findings->n - 1].why = print(findings, format, ap);
	va_end(ap);
}

void findings_command(struct libns_wire_findings *findings, const char *command)
{
	char *copy = findings->no_memory ? NULL : strdup(command);

	if (copy)
		findings->list[findings->n - 1].command = copy;
	else
		findings->no_memory = true;
}

void findings_words(struct libns_wire_findings *findings, const struct words *command)
{
	if (command->failed)
		findings->no_memory = true;
	else
		findings_command(findings, command->text);
}

int findings_done(const struct libns_wire_findings *findings, struct libns_error *err)
{
	if (!findings->no_memory)
		return 0;
	return error_set(err, LIBNS_STEP_NETNS, ENOMEM, "cannot list what was found");
}
