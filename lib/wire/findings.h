/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_WIRE_FINDINGS_H
#define LIBNS_WIRE_FINDINGS_H

#include <libns/wire-check.h>

#include "wire/words.h"

/* A list of findings that grows. Where memory was short, findings_done() says so. */

struct libns_wire_findings {
	struct libns_wire_finding *list; /* the strings are its own */
	size_t n;
	bool no_memory;
};

/* Adds one; @check is a constant. */
void findings_add(struct libns_wire_findings *findings, enum libns_wire_verdict verdict,
		  const char *check, const char *format, ...) __attribute__((format(printf, 4, 5)));
/* These give the last one its cause, and the command that mends it. */
void findings_why(struct libns_wire_findings *findings, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void findings_command(struct libns_wire_findings *findings, const char *command);
void findings_words(struct libns_wire_findings *findings, const struct words *command);

/* Return: 0 or -ENOMEM with the sentence. */
int findings_done(const struct libns_wire_findings *findings, struct libns_error *err);

#endif
