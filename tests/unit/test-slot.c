/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of links and addresses, computed of a name. */
#include <sys/socket.h>

#include "tap.h"
#include "wire/slot.h"

static struct libns_ip ip_of(const char *text)
{
	struct libns_ip ip = { 0 };

	CHECK_INT(libns_ip_parse(text, &ip), 0);
	return ip;
}

static void check_ip(const struct libns_ip *ip, const char *wanted)
{
	char text[LIBNS_IP_TEXT];

	CHECK_STR(libns_ip_format(ip, true, text), wanted);
}

TEST(names_of_links)
{
	char link[16], other[16];

	wire_slot_link("web", link);
	CHECK_STR(link, "xn-web");
	wire_slot_link("a.b_c-D12345", link);
	CHECK_STR(link, "xn-a.b_c-D12345");
	/* Too long, or of letters that no link has. These hashes stay for ever. */
	wire_slot_link("a.b_c-D123456", link);
	CHECK_INT(strlen(link), 15);
	CHECK_INT(strspn(link + 3, "0123456789abcdef"), 12);
	wire_slot_link("it's", other);
	CHECK_STR(other, "xn-2921aac59795");
	CHECK(strcmp(link, other) != 0);
	wire_slot_link("", other);
	CHECK_INT(strlen(other), 15);
}

TEST(addresses_of_slots)
{
	static const uint8_t ula[6] = { 0xfd, 1, 2, 3, 4, 5 };
	struct libns_ip host, inside;

	CHECK_INT(wire_slot_first("web"), 16360);
	wire_slot_ip4(0, &host, &inside);
	check_ip(&host, "10.171.0.1/30");
	check_ip(&inside, "10.171.0.2/30");
	wire_slot_ip4(WIRE_SLOTS - 1, &host, &inside);
	check_ip(&host, "10.171.255.253/30");
	check_ip(&inside, "10.171.255.254/30");
	wire_slot_ip6(0x1234, ula, &host, &inside);
	check_ip(&host, "fd01:203:405:1234::1/64");
	check_ip(&inside, "fd01:203:405:1234::2/64");
}

TEST(networks)
{
	static const struct {
		const char *ip, *net, *other;
	} cases[] = {
		{ "10.9.8.7/24", "10.9.8.0/24", "10.9.8.1/24" },
		{ "10.9.8.1/24", "10.9.8.0/24", "10.9.8.2/24" },
		{ "10.9.8.6/30", "10.9.8.4/30", "10.9.8.5/30" },
		{ "10.9.8.7/31", "10.9.8.6/31", "10.9.8.6/31" },
		{ "10.9.8.6/31", "10.9.8.6/31", "10.9.8.7/31" },
		{ "10.255.255.255/9", "10.128.0.0/9", "10.128.0.1/9" },
		{ "fd00::2/64", "fd00::/64", "fd00::1/64" },
		{ "fd00::1:ff01/113", "fd00::1:8000/113", "fd00::1:8001/113" },
		{ "10.9.8.7/32", "10.9.8.7/32", NULL },
		{ "fd00::1/128", "fd00::1/128", NULL },
		{ "0.0.0.0/0", "0.0.0.0/0", NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct libns_ip ip = ip_of(cases[i].ip), net = wire_ip_network(&ip), other;

		check_ip(&net, cases[i].net);
		CHECK(wire_ip_other(&ip, &other) == (cases[i].other != NULL));
		if (cases[i].other)
			check_ip(&other, cases[i].other);
	}
}

TEST(what_no_machine_can_have)
{
	static const struct {
		const char *text;
		bool wrong;
	} all[] = {
		{ "10.9.0.0/30", true },     { "10.9.0.1/30", false },   { "10.9.0.2/30", false },
		{ "10.9.0.3/30", true },     { "10.9.0.255/23", false }, { "10.9.1.255/23", true },
		{ "10.9.0.0/31", false },    { "10.9.0.1/31", false },   { "10.9.0.255/32", false },
		{ "0.1.2.3/8", true },       { "127.0.0.1/8", true },    { "224.0.0.1/8", true },
		{ "255.0.0.1/8", true },     { "fd00::/64", true },      { "fd00::1/64", false },
		{ "fd00::/127", false },     { "ff02::1/64", true },     { "::1/128", true },
		{ "fd00::ffff/112", false }, { "fe80::1/64", true },     { "febf::1/64", true },
		{ "fec0::1/64", false },
	};
	struct libns_ip ip;

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		CHECK_INT(libns_ip_parse(all[i].text, &ip), 0);
		if ((wire_ip_wrong(&ip) != NULL) != all[i].wrong)
			TAP_FAIL("%s", all[i].text);
	}
}

TEST(what_is_in_the_way)
{
	static const struct {
		const char *net, *with;
		bool clashes;
	} cases[] = {
		{ "10.171.0.0/30", "10.171.0.0/30", true },
		{ "10.171.0.0/30", "10.171.0.2/32", true },
		{ "10.171.0.0/30", "10.0.0.0/8", true },
		{ "10.171.0.0/30", "10.171.0.4/30", false },
		{ "10.171.0.0/30", "0.0.0.0/0", false },
		{ "10.171.0.0/30", "0.0.0.0/1", false },
		{ "10.171.0.0/30", "10.0.0.0/7", false },
		{ "fd00::/64", "fd00::1/64", true },
		{ "fd00::/64", "fc00::/7", false },
		{ "fd00::/64", "10.0.0.0/8", false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct libns_ip net = ip_of(cases[i].net), with = ip_of(cases[i].with);

		if (wire_ip_clashes(&net, &with) != cases[i].clashes)
			TAP_FAIL("%s and %s", cases[i].net, cases[i].with);
	}
}

TAP_MAIN
