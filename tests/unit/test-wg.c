/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files of wg-quick, and the messages that are made of them. */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/wireguard.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"
#include "text/wg-msg.h"

#define KEY  "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk="
#define PEER "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg="

static const uint8_t key_bytes[] = { 0xc8, 0x09, 0xf3, 0xe5, 0x31, 0x7e, 0x95, 0x75,
				     0xc9, 0xb5, 0xed, 0x78, 0xb6, 0x38, 0xb7, 0xce,
				     0x53, 0x0d, 0xab, 0xe8, 0x5d, 0xda, 0xb6, 0x14,
				     0x22, 0x02, 0x41, 0x80, 0x1d, 0xdf, 0x06, 0x69 };

static int parse(const char *text, struct wg_conf *conf, struct libns_error *err)
{
	return wg_conf_parse(text, strlen(text), "wg.conf", conf, err);
}

static const char *format(const struct libns_ip *ip)
{
	static char text[LIBNS_IP_TEXT];

	return libns_ip_format(ip, true, text);
}

TEST(everything_that_a_file_may_say)
{
	struct wg_conf conf;

	CHECK_INT(
		parse("# a comment\r\n[interface]\nPrivateKey=" KEY "\n listenport = 51820 # here\n"
		      "FwMark = 0xca6c\nAddress = 10.9.0.2/24, fd09::2/64\nAddress = 10.9.1.2\n"
		      "DNS = 10.9.0.1, example.org,fd09::1\nMTU = 1400\n\n[Peer]\nPublicKey = " PEER
		      "\nPresharedKey = " KEY
		      "\nAllowedIPs = 0.0.0.0/0\nAllowedIPs=::/0, 10.0.0.0/8\n"
		      "Endpoint = [2001:db8::1]:51820\nPersistentKeepalive = 25\n[Peer]\nPublicKey = " PEER
		      "\nEndpoint = vpn.example.org:443\nPersistentKeepalive = off\nAllowedIPs =",
		      &conf, NULL),
		0);
	CHECK(!memcmp(conf.private_key, key_bytes, WG_KEY_SIZE));
	CHECK_INT(conf.listen_port, 51820);
	CHECK_INT(conf.fwmark, 0xca6c);
	CHECK_INT(conf.mtu, 1400);
	CHECK_INT(conf.n_addresses, 3);
	CHECK_STR(format(&conf.addresses[1]), "fd09::2/64");
	CHECK_STR(format(&conf.addresses[2]), "10.9.1.2/32");
	CHECK_INT(conf.n_dns, 2);
	CHECK_STR(format(&conf.dns[1]), "fd09::1/128");
	CHECK_INT(conf.n_peers, 2);
	CHECK(!memcmp(conf.peers[0].preshared_key, key_bytes, WG_KEY_SIZE));
	CHECK_INT(conf.peers[0].n_allowed, 3);
	CHECK_STR(format(&conf.allowed[2]), "10.0.0.0/8");
	CHECK_STR(format(&conf.peers[0].endpoint), "2001:db8::1/128");
	CHECK_INT(conf.peers[0].keepalive, 25);
	CHECK_STR(conf.peers[1].host, "vpn.example.org");
	CHECK_INT(conf.peers[1].endpoint.family, 0);
	CHECK_INT(conf.peers[1].port, 443);
	CHECK_INT(conf.peers[1].n_allowed, 0);
	wg_conf_done(&conf);
	CHECK(!conf.peers && !conf.private_key[0]);
}

TEST(what_is_wrong_is_named_with_its_line_and_without_the_key)
{
	static const struct {
		const char *text, *words;
		int code;
	} cases[] = {
		{ "", "'wg.conf': there is no PrivateKey", EINVAL },
		{ "PrivateKey = x", "line 1: a section begins with", EINVAL },
		{ "[Interface]\nPrivateKey = secret", "line 2: a key is 44 characters of base64",
		  EINVAL },
		/* The last digit would have bits that no key has. */
		{ "[Interface]\nPrivateKey = yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBml=",
		  "line 2: a key is 44", EINVAL },
		{ "[Interface]\nPostUp = iptables -F", "line 2: PostUp is for wg-quick only",
		  EOPNOTSUPP },
		{ "[Interface]\nTable = off", "line 2: Table is for wg-quick only", EOPNOTSUPP },
		{ "[Interface]\nMTU = 70000", "line 2: not a number, or too large", EINVAL },
		{ "[Interface]\nMTU = 20", "line 2: an MTU is 576 to 65535", EINVAL },
		{ "[Interface]\nAddress = 10.0.0.1/33", "line 2: not an address", EINVAL },
		{ "[Interface]\nDNS = 10.0.0.256", "line 2: not the address of a name server",
		  EINVAL },
		{ "[Interface]\nPublicKey = " PEER, "line 2: no setting of an [Interface]",
		  EINVAL },
		{ "[Peer]\nMTU = 1400", "line 2: no setting of a [Peer]", EINVAL },
		{ "[Peer]\nEndpoint = ::1:80", "line 2: an IPv6 endpoint is [ADDRESS]:PORT",
		  EINVAL },
		{ "[Peer]\nEndpoint = host", "line 2: an endpoint is HOST:PORT", EINVAL },
		{ "[Peer]\nEndpoint = -host:1", "line 2: an endpoint is HOST:PORT", EINVAL },
		{ "[Peer]\n[Peer]", "line 2: the [Peer] before has no PublicKey", EINVAL },
		{ "[Nothing]", "line 1: a section is [Interface] or [Peer]", EINVAL },
		{ "[Interface]\nnothing", "line 2: a line is KEY = VALUE", EINVAL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct libns_error err = LIBNS_ERROR_INIT;
		struct wg_conf conf;

		CHECK_INT(parse(cases[i].text, &conf, &err), -cases[i].code);
		if (!strstr(err.text, cases[i].words))
			CHECK_STR(err.text, cases[i].words);
		CHECK(!strstr(err.text, "secret") && !strstr(err.text, "iptables"));
	}
}

/* The value of an attribute behind others. */
static struct netlink_view find(struct netlink_view rest, uint16_t type)
{
	struct netlink_attr attr;

	while (netlink_next_attr(&rest, &attr))
		if (attr.type == type)
			return attr.value;
	return (struct netlink_view){ NULL, 0 };
}

static struct netlink_view attrs_of(const struct netlink_msg *msg)
{
	struct netlink_view rest = { msg->bytes, msg->used };
	struct netlink_item item;

	CHECK(!msg->overflow && netlink_next(&rest, &item));
	return netlink_attrs(&item, sizeof(struct genlmsghdr));
}

TEST(the_message_about_an_interface)
{
	struct wg_conf conf;
	struct netlink_msg msg;
	struct netlink_view attrs, value;
	uint32_t flags;

	CHECK_INT(parse("[Interface]\nPrivateKey = " KEY "\nListenPort = 5\n", &conf, NULL), 0);
	wg_msg_device(&msg, 30, "xn-web", &conf);
	CHECK_INT(msg.header.nlmsg_type, 30);
	attrs = attrs_of(&msg);
	value = find(attrs, WGDEVICE_A_IFNAME);
	CHECK(value.size == 7 && !strcmp(value.data, "xn-web"));
	value = find(attrs, WGDEVICE_A_PRIVATE_KEY);
	CHECK(value.size == WG_KEY_SIZE && !memcmp(value.data, key_bytes, WG_KEY_SIZE));
	value = find(attrs, WGDEVICE_A_FLAGS);
	memcpy(&flags, value.data, sizeof(flags));
	CHECK_INT(flags, WGDEVICE_F_REPLACE_PEERS);
	wg_conf_done(&conf);
}

TEST(a_peer_with_more_networks_than_one_message_holds)
{
	struct wg_conf conf;
	struct netlink_msg msg;
	char *text = malloc(400000);
	size_t n, next = 0, n_messages = 0, n_networks = 0;

	CHECK(text);
	n = (size_t)sprintf(text, "[Interface]\nPrivateKey = " KEY "\n[Peer]\nPublicKey = " PEER
				  "\nEndpoint = 192.0.2.1:7\n");
	for (int i = 0; i < 1000; i++)
		n += (size_t)sprintf(text + n, "AllowedIPs = 10.%d.%d.0/24, fd00:%x::/32\n",
				     i / 256, i % 256, i);
	CHECK_INT(parse(text, &conf, NULL), 0);
	CHECK_INT(conf.peers[0].n_allowed, 2000);
	do {
		struct netlink_view peer, all;
		struct netlink_attr attr;
		struct sockaddr_in to;

		next = wg_msg_peer(&msg, 30, "wg0", &conf, &conf.peers[0], next);
		peer = find(find(attrs_of(&msg), WGDEVICE_A_PEERS), 0);
		CHECK_INT(find(peer, WGPEER_A_PUBLIC_KEY).size, WG_KEY_SIZE);
		/* Only the first one replaces what was there. */
		CHECK_INT(find(peer, WGPEER_A_FLAGS).size, n_messages ? 0 : 4);
		CHECK_INT(find(peer, WGPEER_A_ENDPOINT).size, n_messages ? 0 : sizeof(to));
		if (!n_messages++) {
			memcpy(&to, find(peer, WGPEER_A_ENDPOINT).data, sizeof(to));
			CHECK(to.sin_family == AF_INET && to.sin_port == htons(7));
			CHECK_INT(ntohl(to.sin_addr.s_addr), 0xc0000201);
		}
		all = find(peer, WGPEER_A_ALLOWEDIPS);
		while (netlink_next_attr(&all, &attr)) {
			uint8_t bits = (uint8_t)*find(attr.value, WGALLOWEDIP_A_CIDR_MASK).data;

			CHECK_INT(bits, n_networks++ % 2 ? 32 : 24);
			CHECK_INT(find(attr.value, WGALLOWEDIP_A_IPADDR).size, bits == 32 ? 16 : 4);
		}
	} while (next < conf.peers[0].n_allowed);
	CHECK_INT(n_networks, 2000);
	CHECK(n_messages > 1);
	wg_conf_done(&conf);
	free(text);
}

TAP_MAIN
