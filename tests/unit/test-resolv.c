/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is left out of resolv.conf and nsswitch.conf. */

#include <string.h>
#include <sys/socket.h>

#include "tap.h"
#include "text/resolv.h"

static void check_servers(const char *text, size_t n, size_t local)
{
	struct resolv_servers servers;

	resolv_count(text, strlen(text), &servers);
	CHECK_INT(servers.n, n);
	CHECK_INT(servers.local, local);
}

static void check_resolv(const char *text, const char *wanted)
{
	char buf[512];
	size_t n = resolv_filter(text, strlen(text), buf);

	CHECK_STR(buf, wanted);
	CHECK_INT(n, strlen(wanted));
}

static void check_nsswitch(const char *text, const char *wanted)
{
	char buf[512];
	size_t n = nsswitch_filter(text, strlen(text), buf);

	CHECK_STR(buf, wanted);
	CHECK_INT(n, strlen(wanted));
}

TEST(servers_that_only_the_host_reaches)
{
	check_servers("nameserver 127.0.0.53\n", 1, 1);
	check_servers("nameserver 127.1", 1, 1);
	check_servers("nameserver 0.0.0.0\n", 1, 1);
	check_servers("nameserver ::1\n", 1, 1);
	check_servers("nameserver 0:0:0:0:0:0:0:1\n", 1, 1);
	check_servers("nameserver ::ffff:127.0.0.1\n", 1, 1);
	check_servers("nameserver fe80::1%eth0\n", 1, 1);
	check_servers("nameserver fe80::1\n", 1, 1);
	check_servers("nameserver 192.0.2.1\nnameserver\t::1 # the second\n", 2, 1);
}

TEST(servers_that_others_reach)
{
	check_servers("nameserver 192.0.2.1\n", 1, 0);
	check_servers("nameserver 10.0.0.1\n", 1, 0);
	check_servers("nameserver 12.7.0.1\n", 1, 0);
	check_servers("nameserver 2001:db8::1\n", 1, 0);
	check_servers("nameserver 2001:db8::11\n", 1, 0);
	check_servers("nameserver fd00::1\n", 1, 0);
	check_servers("nameserver feed::1\n", 1, 0);
	check_servers("nameserver ::2\n", 1, 0);
}

TEST(lines_that_name_no_server)
{
	check_servers("", 0, 0);
	check_servers("# nameserver 127.0.0.1\n;nameserver ::1\n", 0, 0);
	/* The C library wants the word at the beginning of the line. */
	check_servers(" nameserver 127.0.0.1\n", 0, 0);
	check_servers("nameserver\nnameserver \n", 0, 0);
	check_servers("nameservers 127.0.0.1\n", 0, 0);
}

TEST(servers_that_can_be_asked)
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
	size_t size = sizeof(text) - 1;
	struct resolv_server server;
	char ip[LIBNS_IP_TEXT];

	for (size_t i = 0; i < 3; i++) {
		CHECK(resolv_next(&rest, &size, &server));
		CHECK_STR(libns_ip_format(&server.ip, false, ip), expected[i]);
		CHECK_STR(server.zone, zones[i]);
	}
	CHECK(!resolv_next(&rest, &size, &server));
	CHECK_INT(size, 0);
}

TEST(the_rest_of_resolv_conf_stays)
{
	check_resolv("search example.org\nnameserver 127.0.0.53\noptions edns0",
		     "search example.org\noptions edns0\n");
	check_resolv("nameserver 192.0.2.1\nnameserver ::1\n", "nameserver 192.0.2.1\n");
	check_resolv("# one\n\nnameserver 192.0.2.1 # two\n ;three\n",
		     "nameserver 192.0.2.1 # two\n");
	check_resolv("", "");
}

TEST(services_of_the_host)
{
	check_nsswitch(
		"passwd: files mymachines\nhosts: mymachines resolve [!UNAVAIL=return] files "
		"myhostname dns\n",
		"passwd: files mymachines\nhosts: files myhostname dns\n");
	check_nsswitch("hosts: sss wins ldap files dns\nnetworks: ldap\n",
		       "hosts: files dns\nnetworks: ldap\n");
	check_nsswitch("hosts:\tfiles mdns4_minimal [NOTFOUND=return] dns mdns4\n",
		       "hosts: files dns\n");
	check_nsswitch(
		"hosts: files resolve [ NOTFOUND=return UNAVAIL=continue ] dns [!UNAVAIL=return]",
		"hosts: files dns [!UNAVAIL=return]\n");
}

TEST(dns_stands_in_for_resolve)
{
	check_nsswitch("hosts: files resolve\n", "hosts: files dns\n");
	check_nsswitch("hosts:resolve", "hosts: dns\n");
	check_nsswitch("hosts: files\n", "hosts: files\n");
	check_nsswitch("hosts: files # resolve\n", "hosts: files\n");
}

TEST(the_line_of_hosts_is_found)
{
	check_nsswitch("  hosts : resolve\n", "hosts: dns\n");
	check_nsswitch("#hosts: resolve\nhostsx: resolve\nhosts\nhosts resolve\n",
		       "#hosts: resolve\nhostsx: resolve\nhosts\nhosts resolve\n");
	check_nsswitch("hosts: files dns\nhosts: resolve\n", "hosts: files dns\n");
}

TAP_MAIN
