/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_WIRE_TEXT_H
#define LIBNS_WIRE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libns/wire.h>

/* The texts in which it is kept what was changed for namespaces that are wired. No I/O. */

/* One port of the host and where it leads. */
struct wire_lead {
	struct libns_wire_port port;
	struct libns_ip inside; /* its family is that of the port */
};

/* Bytes of every line: "udp 192.0.2.1 53 10.171.0.2 5353", "tcp * 80 fd00::2 80". */
#define WIRE_LEAD_LINE (2 * LIBNS_IP_TEXT + 32)

/* One line without its end. Return: 0 or -EBADMSG. */
int wire_lead_parse(const char *line, size_t n, struct wire_lead *ret_lead);
/* With the end of the line. Return: bytes. */
size_t wire_lead_format(const struct wire_lead *lead, char buf[WIRE_LEAD_LINE]);

/* What the settings of a link were before they were changed; -1: not changed. */
struct wire_journal {
	uint32_t index; /* of the link, so that another one of its name is told from it */
	int ip4, ip6;
};

#define WIRE_JOURNAL_TEXT 96

/* Return: 0 or -EBADMSG. */
int wire_journal_parse(const char *text, size_t n, struct wire_journal *ret_journal);
/* Return: bytes. */
size_t wire_journal_format(const struct wire_journal *journal, char buf[WIRE_JOURNAL_TEXT]);

#endif
