/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Files in which it is kept what was changed. They are written by ourselves and read strictly: a line
 * that we would not write is an error, so that what cannot be undone is told.
 */

#include "text/wire-text.h"

#include <string.h>
#include <sys/socket.h>

#include "base/base.h"
#include "base/err.h"
#include "text/procfile.h"

/* A word of a text that is not terminated. */
struct word {
	const char *s;
	size_t n;
};

static bool parse_number(struct word word, uint16_t *ret)
{
	uint32_t value;

	if (procfile_u32(word.s, word.n, &value) < 0 || value < 1 || value > UINT16_MAX)
		return false;
	*ret = (uint16_t)value;
	return true;
}

static bool parse_address(struct word word, struct libns_ip *ret)
{
	char text[LIBNS_IP_TEXT];

	if (word.n >= sizeof(text) || memchr(word.s, '/', word.n))
		return false;
	memcpy(text, word.s, word.n);
	text[word.n] = '\0';
	return libns_ip_parse(text, ret) == 0;
}

/* The part before @end, which is taken off with it; all of it if there is no @end. */
static struct word take(struct word *rest, char end)
{
	const char *at = memchr(rest->s, end, rest->n);
	struct word word = { rest->s, at ? (size_t)(at - rest->s) : rest->n };
	size_t taken = word.n + (at != NULL);

	rest->s += taken;
	rest->n -= taken;
	return word;
}

static bool is(struct word word, const char *text)
{
	return word.n == strlen(text) && !memcmp(word.s, text, word.n);
}

int wire_lead_parse(const char *line, size_t n, struct wire_lead *ret_lead)
{
	struct word rest = { line, n };
	struct word protocol = take(&rest, ' '), address = take(&rest, ' ');
	struct word host = take(&rest, ' '), inside = take(&rest, ' ');
	struct wire_lead lead = { .port.udp = is(protocol, "udp") };

	if ((!lead.port.udp && !is(protocol, "tcp")) || !parse_number(host, &lead.port.host) ||
	    !parse_address(inside, &lead.inside) || !parse_number(rest, &lead.port.inside))
		return -EBADMSG;
	if (!is(address, "*") && (!parse_address(address, &lead.port.address) ||
				  lead.port.address.family != lead.inside.family))
		return -EBADMSG;
	*ret_lead = lead;
	return 0;
}

size_t wire_lead_format(const struct wire_lead *lead, char buf[WIRE_LEAD_LINE])
{
	char address[LIBNS_IP_TEXT] = "*", inside[LIBNS_IP_TEXT];

	if (lead->port.address.family)
		libns_ip_format(&lead->port.address, false, address);
	libns_ip_format(&lead->inside, false, inside);
	error_format(buf, WIRE_LEAD_LINE, "%s %s %u %s %u", lead->port.udp ? "udp" : "tcp", address,
		     lead->port.host, inside, lead->port.inside);
	strcat(buf, "\n");
	return strlen(buf);
}

/* The number on the line that begins with @key, which may be missing. */
static bool find_number(struct word text, const char *key, bool *ret_there, uint32_t *ret)
{
	*ret_there = false;
	while (text.n) {
		struct word line = take(&text, '\n');

		if (is(take(&line, ' '), key)) {
			*ret_there = true;
			return procfile_u32(line.s, line.n, ret) == 0;
		}
	}
	return true;
}

static bool find_value(struct word text, const char *key, int *ret)
{
	uint32_t value;
	bool there;

	if (!find_number(text, key, &there, &value) || (there && value > 1))
		return false;
	*ret = there ? (int)value : -1;
	return true;
}

int wire_journal_parse(const char *text, size_t n, struct wire_journal *ret_journal)
{
	struct word whole = { text, n };
	char own[WIRE_JOURNAL_TEXT];
	struct wire_journal journal;
	bool there;

	if (!find_number(whole, "index", &there, &journal.index) || !there ||
	    !find_value(whole, "ipv4", &journal.ip4) || !find_value(whole, "ipv6", &journal.ip6))
		return -EBADMSG;
	if (wire_journal_format(&journal, own) != n || memcmp(own, text, n) != 0)
		return -EBADMSG;
	*ret_journal = journal;
	return 0;
}

static void append(char *buf, const char *key, uint32_t value)
{
	size_t n = strlen(buf);

	error_format(buf + n, WIRE_JOURNAL_TEXT - n - 1, "%s %u", key, value);
	strcat(buf, "\n");
}

size_t wire_journal_format(const struct wire_journal *journal, char buf[WIRE_JOURNAL_TEXT])
{
	*buf = '\0';
	append(buf, "index", journal->index);
	if (journal->ip4 >= 0)
		append(buf, "ipv4", (uint32_t)journal->ip4);
	if (journal->ip6 >= 0)
		append(buf, "ipv6", (uint32_t)journal->ip6);
	return strlen(buf);
}
