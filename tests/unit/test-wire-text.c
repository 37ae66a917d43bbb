/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The texts in which it is kept what was changed. */
#include <errno.h>
#include <sys/socket.h>

#include "tap.h"
#include "text/wire-text.h"

static int parse(const char *line, struct wire_lead *lead)
{
	return wire_lead_parse(line, strlen(line), lead);
}

static void same(const char *line)
{
	char buf[WIRE_LEAD_LINE];
	struct wire_lead lead;
	size_t n;

	CHECK_INT(parse(line, &lead), 0);
	n = wire_lead_format(&lead, buf);
	CHECK_INT(n, strlen(buf));
	CHECK_INT(buf[n - 1], '\n');
	buf[n - 1] = '\0';
	CHECK_STR(buf, line);
}

TEST(leads)
{
	struct wire_lead lead;

	same("tcp * 8080 10.171.0.2 80");
	same("udp 192.0.2.1 53 10.171.0.2 5353");
	same("tcp 2001:db8::1 65535 fd00::2 1");
	CHECK_INT(parse("udp * 53 fd00::2 5353", &lead), 0);
	CHECK(lead.port.udp);
	CHECK_INT(lead.port.address.family, 0);
	CHECK_INT(lead.port.host, 53);
	CHECK_INT(lead.port.inside, 5353);
	CHECK_INT(lead.inside.family, AF_INET6);
}

TEST(lines_that_are_none)
{
	static const char *const lines[] = {
		"",
		"tcp",
		"sctp * 80 10.0.0.1 80",
		"tcp * 0 10.0.0.1 80",
		"tcp * 80 10.0.0.1 0",
		"tcp * 65536 10.0.0.1 80",
		"tcp * 80 10.0.0.1",
		"tcp * 80 10.0.0.1 80 ",
		"tcp * 80 10.0.0.1 80 80",
		"tcp * 80 10.0.0.1/32 80",
		"tcp  * 80 10.0.0.1 80",
		"tcp * 80 * 80",
		"tcp ::1 80 10.0.0.1 80",
		"tcp * -1 10.0.0.1 80",
		"tcp 10.0.0.1 80 10.0.0 80",
	};
	struct wire_lead lead;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (parse(lines[i], &lead) != -EBADMSG)
			TAP_FAIL("'%s' is taken", lines[i]);
}

static int read_journal(const char *text, struct wire_journal *journal)
{
	return wire_journal_parse(text, strlen(text), journal);
}

TEST(journals)
{
	struct wire_journal journal = { 7, 0, -1 };
	char buf[WIRE_JOURNAL_TEXT];

	CHECK_INT(wire_journal_format(&journal, buf), strlen("index 7\nipv4 0\n"));
	CHECK_STR(buf, "index 7\nipv4 0\n");
	CHECK_INT(read_journal("index 4294967295\nipv6 1\n", &journal), 0);
	CHECK(journal.index == 4294967295U);
	CHECK_INT(journal.ip4, -1);
	CHECK_INT(journal.ip6, 1);
	CHECK_INT(wire_journal_format(&journal, buf), strlen(buf));
	CHECK_STR(buf, "index 4294967295\nipv6 1\n");
	CHECK_INT(read_journal("", &journal), -EBADMSG);
	CHECK_INT(read_journal("ipv4 0\n", &journal), -EBADMSG);
	CHECK_INT(read_journal("index x\n", &journal), -EBADMSG);
	CHECK_INT(read_journal("index 1\nipv4 2\n", &journal), -EBADMSG);
	CHECK_INT(read_journal("index 1\nipv4\n", &journal), -EBADMSG);
	/* What nobody has written whole, or what another version has written. */
	CHECK_INT(read_journal("index 12", &journal), -EBADMSG);
	CHECK_INT(read_journal("index 1\nindex 2\n", &journal), -EBADMSG);
	CHECK_INT(read_journal("index 1\nrp_filter 1\n", &journal), -EBADMSG);
}

TAP_MAIN
