/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Name servers: which are named, the question, and what is an answer to it. */
#include <sys/socket.h>

#include "tap.h"
#include "text/dns-msg.h"

TEST(servers_of_a_file)
{
	static const char text[] = "# nameserver 192.0.2.9\n"
				   "nameserver 192.0.2.1\n"
				   " nameserver 192.0.2.8\n"
				   "nameserver\tfe80::1%eth0 \r\n"
				   "nameservers 192.0.2.7\n"
				   "nameserver 192.0.2.300\n"
				   "nameserver 192.0.2.0/24\n"
				   "nameserver fe80::1%averylongnameofalink\n"
				   "search example.com\n"
				   "nameserver 2001:db8::1";
	static const char *const expected[] = { "192.0.2.1", "fe80::1", "2001:db8::1" };
	static const char *const zones[] = { "", "eth0", "" };
	const char *rest = text;
	struct dns_server server;
	char ip[LIBNS_IP_TEXT];

	for (size_t i = 0; i < 3; i++) {
		CHECK(dns_next_server(&rest, &server));
		CHECK_STR(libns_ip_format(&server.ip, false, ip), expected[i]);
		CHECK_STR(server.zone, zones[i]);
	}
	CHECK(!dns_next_server(&rest, &server));
	CHECK(!*rest);
}

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
