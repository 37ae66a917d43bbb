/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Name servers: the question, and what is an answer to it. */
#include <string.h>

#include "tap.h"
#include "text/dns-msg.h"

TEST(question_and_answer)
{
	static const uint8_t expected[DNS_QUERY_SIZE] = { 0x12, 0x34, 1, 0, 0, 1, 0, 0, 0,
							  0,    0,    0, 0, 0, 2, 0, 1 };
	uint8_t query[DNS_QUERY_SIZE];

	dns_query(0x1234, query);
	CHECK(!memcmp(query, expected, sizeof(query)));
	/* A question is no answer, and neither is the answer to another, or a part of one. */
	CHECK_INT(dns_answer(query, sizeof(query), 0x1234), -1);
	query[2] |= 0x80;
	query[3] = 0x80 | DNS_REFUSED;
	CHECK_INT(dns_answer(query, sizeof(query), 0x1234), DNS_REFUSED);
	CHECK_INT(dns_answer(query, 12, 0x1234), DNS_REFUSED);
	CHECK_INT(dns_answer(query, 11, 0x1234), -1);
	CHECK_INT(dns_answer(query, sizeof(query), 0x1235), -1);
	CHECK_INT(dns_answer(query, sizeof(query), 0x3412), -1);
}

TAP_MAIN
