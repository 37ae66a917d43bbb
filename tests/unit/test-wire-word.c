/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The words of "xnetns up". */
#include <libns/wire.h>

#include "tap.h"

TEST(what_a_namespace_is_connected_with)
{
	static const struct {
		const char *text, *with;
		enum libns_wire_net net;
	} good[] = {
		{ "nat", NULL, LIBNS_WIRE_NAT },
		{ "isolated", NULL, LIBNS_WIRE_ISOLATED },
		{ "none", NULL, LIBNS_WIRE_NONE },
		{ "pasta", NULL, LIBNS_WIRE_PASTA },
		{ "bridge=br0", "br0", LIBNS_WIRE_BRIDGE },
		{ "peer=a=b", "a=b", LIBNS_WIRE_PEER },
		{ "host-dev=wan0", "wan0", LIBNS_WIRE_HOST_DEV },
		{ "wg=/etc/wg.conf", "/etc/wg.conf", LIBNS_WIRE_WG },
	};
	static const char *const bad[] = { "", "na", "nat=", "bridge", "bridge=", "nat=x", "=" };
	enum libns_wire_net net;
	const char *with;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		CHECK_INT(libns_wire_parse_net(good[i].text, &net, &with, NULL), 0);
		CHECK_INT(net, good[i].net);
		if (good[i].with)
			CHECK_STR(with, good[i].with);
		else
			CHECK(!with);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct libns_error err = LIBNS_ERROR_INIT;

		CHECK_INT(libns_wire_parse_net(bad[i], &net, &with, &err), -EINVAL);
		CHECK(strstr(libns_error_text(&err), "is none of nat, isolated"));
	}
}

TEST(ports)
{
	static const struct {
		const char *text, *address;
		uint16_t host, inside;
		bool udp;
	} good[] = {
		{ "8080:80", NULL, 8080, 80, false },
		{ "53:53/udp", NULL, 53, 53, true },
		{ "1:65535/tcp", NULL, 1, 65535, false },
		{ "127.0.0.1:8080:80", "127.0.0.1", 8080, 80, false },
		{ "[fd00::1]:53:54/udp", "fd00::1", 53, 54, true },
		{ "fd00::1:53:54", "fd00::1", 53, 54, false },
	};
	static const char *const bad[] = {
		"",         "80",         ":80",    "80:",     "0:80",           "80:0",
		"65536:80", "80:80/sctp", "80:80/", "x:80:80", "10.0.0.0/8:1:1", "[::1:1:1",
		"[]:1:1",   ":1:1",       "+1:1",   "1:1:1",
	};
	struct libns_wire_port port;
	char text[LIBNS_IP_TEXT];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		CHECK_INT(libns_wire_parse_port(good[i].text, &port, NULL), 0);
		CHECK_INT(port.host, good[i].host);
		CHECK_INT(port.inside, good[i].inside);
		CHECK(port.udp == good[i].udp);
		if (good[i].address)
			CHECK_STR(libns_ip_format(&port.address, false, text), good[i].address);
		else
			CHECK_INT(port.address.family, 0);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct libns_error err = LIBNS_ERROR_INIT;

		if (libns_wire_parse_port(bad[i], &port, &err) != -EINVAL)
			TAP_FAIL("'%s' is taken for a port", bad[i]);
		CHECK(strstr(libns_error_text(&err), "[ADDRESS:]PORT:PORT[/udp]"));
	}
}

TAP_MAIN
