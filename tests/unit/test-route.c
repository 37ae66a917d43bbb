/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses and routes, in networks that each case makes. */
#include "rtnl.h"

/* The only address of the link with this text; its flags. */
static const struct libns_address *find_address(const struct libns_addresses *all, uint32_t index,
						const char *ip)
{
	const struct libns_address *found = NULL;
	char text[LIBNS_IP_TEXT];

	for (size_t i = 0; i < libns_addresses_count(all); i++) {
		const struct libns_address *one = libns_addresses_at(all, i);

		CHECK_INT(one->size, sizeof(*one));
		if (one->index != index || strcmp(libns_ip_format(&one->ip, true, text), ip) != 0)
			continue;
		CHECK(!found);
		found = one;
	}
	return found;
}

TEST(addresses)
{
	struct libns_address address = LIBNS_ADDRESS_INIT;
	const struct libns_address *one;
	struct libns_addresses *all;
	struct libns_rtnl *rtnl;
	uint32_t a;

	own_net();
	rtnl = connect_to(LIBNS_LINK_HERE);
	a = add_pair(rtnl);
	CHECK_OK(give(rtnl, a, "10.171.0.1/30", IFA_F_NOPREFIXROUTE));
	CHECK_OK(give(rtnl, a, "fd00:1::1/64", IFA_F_NODAD | IFA_F_NOPREFIXROUTE));
	CHECK_INT(give(rtnl, a, "fd00:1::1/64", 0), -EEXIST);
	CHECK_CONTAINS(err.text, "cannot give the link 'a' the address 'fd00:1::1/64': ");
	CHECK_OK(libns_addresses_new(rtnl, &all, &err));
	one = find_address(all, a, "10.171.0.1/30");
	CHECK(one && one->flags == (IFA_F_PERMANENT | IFA_F_NOPREFIXROUTE));
	one = find_address(all, a, "fd00:1::1/64");
	/* Usable at once. */
	CHECK(one && one->flags == (IFA_F_PERMANENT | IFA_F_NODAD | IFA_F_NOPREFIXROUTE));
	CHECK(!libns_addresses_at(all, libns_addresses_count(all)));
	libns_addresses_free(all);

	address.ip = ip_of("10.171.0.1/30");
	address.index = a;
	CHECK_OK(libns_address_delete(rtnl, &address, &err));
	CHECK_INT(libns_address_delete(rtnl, &address, &err), -EADDRNOTAVAIL);
	CHECK_CONTAINS(err.text, "cannot take the address '10.171.0.1/30' from the link 'a': ");
	CHECK_OK(libns_addresses_new(rtnl, &all, &err));
	CHECK(!find_address(all, a, "10.171.0.1/30"));
	libns_addresses_free(all);
}

TEST(what_is_no_address)
{
	struct libns_address address = LIBNS_ADDRESS_INIT;
	struct libns_rtnl *rtnl;

	own_net();
	rtnl = connect_to(LIBNS_LINK_HERE);
	address.index = 1;
	CHECK_FAILS(libns_address_add(rtnl, &address, &err), EINVAL,
		    "an address is of a family that is neither IPv4 nor IPv6");
	address.ip = ip_of("10.0.0.1");
	address.ip.prefix = 33;
	CHECK_FAILS(libns_address_delete(rtnl, &address, &err), EINVAL,
		    "the prefix 33 of an address is longer than the address");
	address.ip.prefix = 32;
	address.size = 0;
	CHECK_FAILS(libns_address_add(rtnl, &address, &err), EINVAL, "the address has no size");
	CHECK_INT(give(rtnl, 77, "10.0.0.1/30", 0), -ENODEV);
	CHECK_CONTAINS(err.text,
		       "cannot give the link with the number 77 the address '10.0.0.1/30': ");
}

TEST(routes_are_claims)
{
	static const char *const nets[] = { "10.171.0.0/30", "fd00:1::/64" };
	struct libns_rtnl *rtnl;
	uint32_t a, b;

	own_net();
	rtnl = connect_to(LIBNS_LINK_HERE);
	a = add(rtnl, "veth", "a");
	b = add(rtnl, "veth", "b");
	/* The same address on two links is no conflict, and makes no route. */
	CHECK_OK(give(rtnl, a, "10.171.0.1/30", IFA_F_NOPREFIXROUTE));
	CHECK_OK(give(rtnl, b, "10.171.0.1/30", IFA_F_NOPREFIXROUTE));
	CHECK_OK(give(rtnl, a, "fd00:1::1/64", IFA_F_NOPREFIXROUTE | IFA_F_NODAD));
	CHECK_OK(give(rtnl, b, "fd00:1::1/64", IFA_F_NOPREFIXROUTE | IFA_F_NODAD));
	for (size_t i = 0; i < 2; i++) {
		CHECK_OK(lead(rtnl, nets[i], NULL, a));
		CHECK_INT(lead(rtnl, nets[i], NULL, a), -EEXIST);
		CHECK_INT(lead(rtnl, nets[i], NULL, b), -EEXIST);
	}
	CHECK_STR(err.text, "cannot make the route to 'fd00:1::/64' by the link 'b': File exists");
	/* The claim ends with the link. */
	CHECK_OK(libns_link_delete(rtnl, a, &err));
	for (size_t i = 0; i < 2; i++)
		CHECK_OK(lead(rtnl, nets[i], NULL, b));
}

static const struct libns_route *find_route(const struct libns_routes *all, const char *to)
{
	const struct libns_route *found = NULL;
	char text[LIBNS_IP_TEXT];

	for (size_t i = 0; i < libns_routes_count(all); i++) {
		const struct libns_route *one = libns_routes_at(all, i);

		CHECK_INT(one->size, sizeof(*one));
		CHECK(one->table != RT_TABLE_LOCAL);
		if (strcmp(libns_ip_format(&one->to, true, text), to) != 0)
			continue;
		CHECK(!found);
		found = one;
	}
	return found;
}

static void check_ip(const struct libns_ip *ip, const char *text)
{
	char is[LIBNS_IP_TEXT];

	CHECK_STR(libns_ip_format(ip, false, is), text);
}

/* A pair with an address of each family. Return: its index. */
static uint32_t add_wired(struct libns_rtnl *rtnl)
{
	uint32_t a = add_pair(rtnl);

	CHECK_OK(give(rtnl, a, "10.171.0.2/30", 0));
	CHECK_OK(give(rtnl, a, "fd00:1::2/64", IFA_F_NODAD));
	return a;
}

TEST(routes)
{
	struct libns_route route;
	const struct libns_route *one;
	struct libns_routes *all;
	struct libns_rtnl *rtnl;
	uint32_t a;

	own_net();
	rtnl = connect_to(LIBNS_LINK_HERE);
	a = add_wired(rtnl);
	CHECK_OK(lead(rtnl, "0.0.0.0/0", "10.171.0.1", 0));
	CHECK_OK(lead(rtnl, "::/0", "fd00:1::1", 0));
	CHECK_INT(lead(rtnl, "0.0.0.0/0", "10.171.0.1", 0), -EEXIST);
	CHECK_STR(err.text, "cannot make the route to '0.0.0.0/0': File exists");
	route = route_to("10.9.0.0/16", "192.0.2.1", a);
	route.onlink = true;
	route.metric = 7;
	route.mtu = 1280;
	route.table = 1000;
	route.source = ip_of("10.171.0.2");
	CHECK_OK(libns_route_add(rtnl, &route, &err));
	route = route_to("10.8.0.0/16", "fd00:1::1", a);
	CHECK_OK(libns_route_add(rtnl, &route, &err));
	route = route_to("fd07::/32", NULL, 0);
	route.type = RTN_UNREACHABLE;
	CHECK_OK(libns_route_add(rtnl, &route, &err));

	CHECK_OK(libns_routes_new(rtnl, &all, &err));
	one = find_route(all, "0.0.0.0/0");
	CHECK(one && one->index == a && one->table == RT_TABLE_MAIN && one->type == RTN_UNICAST);
	check_ip(&one->gateway, "10.171.0.1");
	one = find_route(all, "::/0");
	CHECK(one && one->index == a);
	check_ip(&one->gateway, "fd00:1::1");
	one = find_route(all, "10.171.0.0/30");
	CHECK(one && one->scope == RT_SCOPE_LINK && !one->gateway.family);
	check_ip(&one->source, "10.171.0.2");
	one = find_route(all, "10.9.0.0/16");
	CHECK(one && one->onlink && one->metric == 7 && one->mtu == 1280 && one->table == 1000);
	check_ip(&one->source, "10.171.0.2");
	one = find_route(all, "10.8.0.0/16");
	CHECK(one);
	check_ip(&one->gateway, "fd00:1::1");
	one = find_route(all, "fd07::/32");
	CHECK(one && one->type == RTN_UNREACHABLE);
	CHECK(!libns_routes_at(all, libns_routes_count(all)));
	libns_routes_free(all);
}

TEST(routes_are_deleted)
{
	struct libns_route route;
	struct libns_rtnl *rtnl;
	uint32_t a;

	own_net();
	rtnl = connect_to(LIBNS_LINK_HERE);
	a = add_wired(rtnl);
	CHECK_OK(lead(rtnl, "10.9.0.0/16", NULL, a));
	CHECK_OK(lead(rtnl, "10.8.0.0/16", "10.171.0.1", 0));
	CHECK_OK(lead(rtnl, "fd09::/32", "fd00:1::1", a));
	/* What is given must match. */
	route = route_to("10.8.0.0/16", "10.171.0.2", 0);
	CHECK_INT(libns_route_delete(rtnl, &route, &err), -ESRCH);
	CHECK_STR(err.text, "cannot delete the route to '10.8.0.0/16': No such process");
	route = route_to("10.8.0.0/16", NULL, 0);
	CHECK_OK(libns_route_delete(rtnl, &route, &err));
	CHECK_INT(libns_route_delete(rtnl, &route, &err), -ESRCH);
	route = route_to("10.9.0.0/16", NULL, a);
	CHECK_OK(libns_route_delete(rtnl, &route, &err));
	route = route_to("fd09::/32", NULL, 0);
	CHECK_OK(libns_route_delete(rtnl, &route, &err));
	CHECK_INT(libns_route_delete(rtnl, &route, &err), -ESRCH);
}

TEST(what_is_no_route)
{
	struct libns_route route = route_to("10.1.2.3/16", NULL, 1);
	struct libns_rtnl *rtnl;

	own_net();
	rtnl = connect_to(LIBNS_LINK_HERE);
	CHECK_FAILS(libns_route_add(rtnl, &route, &err), EINVAL,
		    "cannot make the route to '10.1.2.3/16' by the link 'lo': Invalid prefix for "
		    "given prefix length");
	route = route_to("10.0.0.0/8", "10.171.0.1", 0);
	CHECK_INT(libns_route_add(rtnl, &route, &err), -ENETUNREACH);
	CHECK_CONTAINS(err.text, "Nexthop has invalid gateway");
	route.to.family = AF_UNIX;
	CHECK_INT(libns_route_add(rtnl, &route, &err), -EINVAL);
	route = route_to("10.0.0.0/8", "10.171.0.1", 0);
	route.gateway.family = AF_UNIX;
	CHECK_INT(libns_route_add(rtnl, &route, &err), -EINVAL);
	route = route_to("10.0.0.0/8", NULL, 1);
	route.source = ip_of("fd00::1");
	CHECK_FAILS(libns_route_add(rtnl, &route, &err), EINVAL,
		    "the source address of a route is of another family");
	route.size = 0;
	CHECK_FAILS(libns_route_delete(rtnl, &route, &err), EINVAL, "the route has no size");
}

static int find_way(struct libns_rtnl *rtnl, const char *to, struct libns_route *ret_route)
{
	const struct libns_ip ip = ip_of(to);

	*ret_route = (struct libns_route)LIBNS_ROUTE_INIT;
	return libns_route_find(rtnl, &ip, ret_route, &err);
}

TEST(the_way_of_a_packet)
{
	struct libns_route route;
	struct libns_rtnl *rtnl;
	uint32_t a;

	own_net();
	rtnl = connect_to(LIBNS_LINK_HERE);
	a = add_wired(rtnl);
	CHECK_FAILS(find_way(rtnl, "192.0.2.1", &route), ENETUNREACH,
		    "cannot find a route to '192.0.2.1': Network is unreachable");
	CHECK_INT(find_way(rtnl, "2001:db8::1", &route), -ENETUNREACH);
	CHECK_OK(lead(rtnl, "0.0.0.0/0", "10.171.0.1", 0));
	CHECK_OK(lead(rtnl, "::/0", "fd00:1::1", 0));
	CHECK_OK(find_way(rtnl, "192.0.2.1/24", &route));
	CHECK_INT(route.index, a);
	check_ip(&route.to, "192.0.2.1");
	CHECK_INT(route.to.prefix, 32);
	check_ip(&route.gateway, "10.171.0.1");
	check_ip(&route.source, "10.171.0.2");
	CHECK_INT(route.table, RT_TABLE_MAIN);
	CHECK_OK(find_way(rtnl, "2001:db8::1", &route));
	CHECK_INT(route.table, RT_TABLE_MAIN);
	CHECK_INT(route.index, a);
	check_ip(&route.gateway, "fd00:1::1");
	check_ip(&route.source, "fd00:1::2");
}

/* Both families say the same of a route that leads nowhere. */
TEST(the_way_leads_nowhere)
{
	static const struct {
		uint8_t type;
		int code;
	} types[] = { { RTN_UNREACHABLE, EHOSTUNREACH },
		      { RTN_PROHIBIT, EACCES },
		      { RTN_BLACKHOLE, EINVAL },
		      { RTN_THROW, ENETUNREACH } };
	static const struct {
		const char *net, *ip;
	} places[] = { { "10.9.0.0/16", "10.9.0.1" }, { "fd09::/32", "fd09::1" } };
	struct libns_route way;
	struct libns_rtnl *rtnl;

	own_net();
	rtnl = connect_to(LIBNS_LINK_HERE);
	add_wired(rtnl);
	for (size_t i = 0; i < 8; i++) {
		struct libns_route route = route_to(places[i % 2].net, NULL, 0);

		route.type = types[i / 2].type;
		CHECK_OK(libns_route_add(rtnl, &route, &err));
		CHECK_INT(find_way(rtnl, places[i % 2].ip, &way), -types[i / 2].code);
		CHECK_OK(libns_route_delete(rtnl, &route, &err));
	}
}

TEST(five_hundred_routes)
{
	struct libns_routes *routes;
	struct libns_rtnl *rtnl;
	char to[64];
	uint32_t a;

	own_net();
	rtnl = connect_to(LIBNS_LINK_HERE);
	a = add_wired(rtnl);
	for (int i = 0; i < 250; i++) {
		snprintf(to, sizeof(to), "10.9.%d.0/24", i);
		CHECK_OK(lead(rtnl, to, "10.171.0.1", a));
		snprintf(to, sizeof(to), "fd09:%x::/32", i + 1);
		CHECK_OK(lead(rtnl, to, "fd00:1::1", a));
	}
	CHECK_OK(libns_routes_new(rtnl, &routes, &err));
	for (int i = 0; i < 250; i++) {
		snprintf(to, sizeof(to), "10.9.%d.0/24", i);
		CHECK(find_route(routes, to));
		snprintf(to, sizeof(to), "fd09:%x::/32", i + 1);
		CHECK(find_route(routes, to));
	}
	libns_routes_free(routes);
}

/* The kernel adds some of its own a while after a link was set up. */
static bool lists_as_many_routes(struct libns_rtnl *rtnl)
{
	const char *four = ask_ip("ip -j -4 route show table all");
	const char *six = ask_ip("ip -j -6 route show table all");
	struct libns_routes *routes;
	size_t n;

	CHECK_OK(libns_routes_new(rtnl, &routes, &err));
	n = libns_routes_count(routes);
	libns_routes_free(routes);
	/* Those of the local table are told by their table. */
	return n == count_words(four, "\"dst\":") + count_words(six, "\"dst\":") -
			    count_words(four, "\"table\":\"local\"") -
			    count_words(six, "\"table\":\"local\"");
}

static bool lists_the_same_addresses(struct libns_rtnl *rtnl)
{
	const char *text = ask_ip("ip -j addr");
	struct libns_addresses *all;
	bool same;

	CHECK_OK(libns_addresses_new(rtnl, &all, &err));
	same = count_words(text, "\"local\":") == libns_addresses_count(all);
	for (size_t i = 0; i < libns_addresses_count(all); i++) {
		const struct libns_address *one = libns_addresses_at(all, i);
		char word[128], ip[LIBNS_IP_TEXT];

		snprintf(word, sizeof(word), "\"local\":\"%s\",\"prefixlen\":%u",
			 libns_ip_format(&one->ip, false, ip), one->ip.prefix);
		same = same && strstr(text, word);
	}
	libns_addresses_free(all);
	return same;
}

TEST(the_same_as_ip)
{
	struct libns_rtnl *rtnl;
	int tries = 100;

	own_net();
	rtnl = connect_to(LIBNS_LINK_HERE);
	add_wired(rtnl);
	while (!lists_as_many_routes(rtnl) && tries--)
		continue;
	while (!lists_the_same_addresses(rtnl) && tries--)
		continue;
	CHECK(tries > 0);
}

TEST(without_rights_routes_are_looked_at_only)
{
	struct libns_address address = LIBNS_ADDRESS_INIT;
	struct libns_route route;
	struct libns_addresses *addresses;
	struct libns_routes *routes;
	struct libns_rtnl *rtnl;
	uint32_t a;

	own_net();
	rtnl = connect_to(LIBNS_LINK_HERE);
	a = add_wired(rtnl);
	drop_rights();
	CHECK_FAILS(give(rtnl, a, "10.9.0.1/24", 0), EPERM,
		    "cannot give the link 'a' the address '10.9.0.1/24': Operation not permitted");
	address.ip = ip_of("10.171.0.2/30");
	address.index = a;
	CHECK_FAILS(libns_address_delete(rtnl, &address, &err), EPERM,
		    "cannot take the address '10.171.0.2/30' from the link 'a': Operation not "
		    "permitted");
	CHECK_INT(lead(rtnl, "10.9.0.0/24", NULL, a), -EPERM);
	route = route_to("10.171.0.0/30", NULL, a);
	CHECK_INT(libns_route_delete(rtnl, &route, &err), -EPERM);
	CHECK_OK(find_way(rtnl, "10.171.0.1", &route));
	CHECK_OK(libns_addresses_new(rtnl, &addresses, &err));
	CHECK(find_address(addresses, a, "10.171.0.2/30"));
	libns_addresses_free(addresses);
	CHECK_OK(libns_routes_new(rtnl, &routes, &err));
	CHECK(find_route(routes, "10.171.0.0/30"));
	libns_routes_free(routes);
}

TAP_MAIN
