/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses as text. */
#include <sys/socket.h>

#include <libns/ip.h>

#include "tap.h"

static struct libns_ip ip_of(const char *text)
{
	struct libns_ip ip = { 0 };

	if (libns_ip_parse(text, &ip) < 0)
		TAP_FAIL("'%s' is no address", text);
	return ip;
}

TEST(addresses)
{
	static const struct {
		const char *text, *canonical;
		uint8_t family, prefix;
	} good[] = {
		{ "10.171.0.2", "10.171.0.2/32", AF_INET, 32 },
		{ "10.171.0.1/30", "10.171.0.1/30", AF_INET, 30 },
		{ "0.0.0.0/0", "0.0.0.0/0", AF_INET, 0 },
		{ "255.255.255.255/32", "255.255.255.255/32", AF_INET, 32 },
		{ "fd00::1/64", "fd00::1/64", AF_INET6, 64 },
		{ "FD00:0:0::0001", "fd00::1/128", AF_INET6, 128 },
		{ "::/0", "::/0", AF_INET6, 0 },
		{ "::ffff:10.0.0.1/128", "::ffff:10.0.0.1/128", AF_INET6, 128 },
		{ "1111:2222:3333:4444:5555:6666:7777:8888/127",
		  "1111:2222:3333:4444:5555:6666:7777:8888/127", AF_INET6, 127 },
	};
	char text[LIBNS_IP_TEXT];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct libns_ip ip = ip_of(good[i].text);

		CHECK_INT(ip.family, good[i].family);
		CHECK_INT(ip.prefix, good[i].prefix);
		CHECK_STR(libns_ip_format(&ip, true, text), good[i].canonical);
		libns_ip_format(&ip, false, text);
		CHECK(!strchr(text, '/'));
		CHECK(!strncmp(text, good[i].canonical, strlen(text)));
	}
}

TEST(what_is_no_address)
{
	static const char *const bad[] = {
		"",
		"/",
		"10.0.0.1/",
		"10.0.0.1/33",
		"10.0.0.1/08",
		"10.0.0.1/00",
		"10.0.0.1/-1",
		"10.0.0.1/+1",
		"10.0.0.1/ 1",
		"10.0.0.1/1 ",
		"10.0.0.1/1/1",
		"10.0.0.1/256",
		"10.0.0.1/4294967296",
		" 10.0.0.1",
		"10.0.0.1 ",
		"10.0.0.1\n",
		"10.0.0",
		"10.1",
		"167772161",
		"0x0a.0.0.1",
		"10.0.0.01",
		"010.0.0.1",
		"10.0.0.256",
		"10.0.0.1.",
		"10.0.0.-1",
		"fd00::1/129",
		"fd00::1/064",
		"fd00::1%eth0",
		"fe80::1%1/64",
		"fd00:::1",
		"fd00::1::2",
		"[fd00::1]",
		"fd00::12345",
		":1",
		"eth0",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999",
		"00000000000000000000000000000000000000000000000000000000000000000000::1",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct libns_ip ip = { .family = 99 };

		if (libns_ip_parse(bad[i], &ip) != -EINVAL)
			TAP_FAIL("'%s' is taken for an address", bad[i]);
		CHECK_INT(ip.family, 99);
	}
}

TEST(no_address_has_no_text)
{
	struct libns_ip none = { 0 };
	char text[LIBNS_IP_TEXT] = "x";

	CHECK_STR(libns_ip_format(&none, true, text), "");
	none.family = AF_UNIX;
	CHECK_STR(libns_ip_format(&none, false, text), "");
}

TEST(networks)
{
	static const struct {
		const char *net, *ip;
		bool contains;
	} cases[] = {
		{ "10.171.0.0/16", "10.171.255.255", true },
		{ "10.171.0.0/16", "10.172.0.0", false },
		{ "10.171.0.0/30", "10.171.0.3", true },
		{ "10.171.0.0/30", "10.171.0.4", false },
		/* Bits beyond the prefix do not count. */
		{ "10.171.0.1/30", "10.171.0.2", true },
		{ "0.0.0.0/0", "255.1.2.3", true },
		{ "10.0.0.1/32", "10.0.0.1", true },
		{ "10.0.0.1/32", "10.0.0.0", false },
		/* A network in a network, and not the other way. */
		{ "10.0.0.0/8", "10.171.0.0/16", true },
		{ "10.171.0.0/16", "10.0.0.0/8", false },
		{ "10.0.0.0/8", "10.0.0.0/8", true },
		{ "fd00::/8", "fd12::1", true },
		{ "fd00::/127", "fd00::1", true },
		{ "fd00::/127", "fd00::2", false },
		{ "::/0", "10.0.0.1", false },
		{ "0.0.0.0/0", "::", false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct libns_ip net = ip_of(cases[i].net), ip = ip_of(cases[i].ip);

		if (libns_ip_contains(&net, &ip) != cases[i].contains)
			TAP_FAIL("'%s' in '%s'", cases[i].ip, cases[i].net);
	}
}

/* Whatever stands in the struct is not read beyond. */
TEST(prefixes_that_cannot_be_hold_nothing)
{
	struct libns_ip net = ip_of("10.0.0.0/8"), ip = ip_of("10.0.0.1");

	net.prefix = ip.prefix = 255;
	CHECK(!libns_ip_contains(&net, &ip));
	net.prefix = 33;
	CHECK(!libns_ip_contains(&net, &ip));
	net.family = ip.family = 0;
	net.prefix = 0;
	CHECK(!libns_ip_contains(&net, &ip));
}

TAP_MAIN
