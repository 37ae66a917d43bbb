/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Links, in networks that each case makes. */
#include <libns/netns.h>

#include "rtnl.h"

#define GROUP 30830

static struct libns_link_options new_link(const char *kind, const char *name)
{
	struct libns_link_options options = LIBNS_LINK_OPTIONS_INIT;

	options.kind = kind;
	options.name = name;
	return options;
}

static void delete (struct libns_rtnl *rtnl, const char *name)
{
	CHECK_OK(libns_link_delete(rtnl, get(rtnl, name).index, &err));
}

TEST(a_pair_is_born_in_two_networks)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 7 };
	struct libns_link_options options = new_link("veth", "xn-web");
	struct libns_rtnl *here, *there;
	struct libns_link a, b;

	own_net();
	options.peer_ns_fd = another_net();
	here = connect_to(LIBNS_LINK_HERE);
	there = connect_to(options.peer_ns_fd);
	options.mtu = 1400;
	options.group = GROUP;
	options.flags = LIBNS_LINK_UP | LIBNS_LINK_GROUP;
	options.mac = mac;
	options.peer_name = "eth0";
	options.peer_mtu = 1300;
	CHECK_OK(libns_link_add(here, &options, &err));

	a = get(here, "xn-web");
	b = get(there, "eth0");
	CHECK_STR(a.name, "xn-web");
	CHECK_STR(a.kind, "veth");
	CHECK_INT(a.mtu, 1400);
	CHECK_INT(a.group, GROUP);
	CHECK(!memcmp(a.mac, mac, 6));
	CHECK(a.flags & IFF_UP);
	CHECK_INT(b.mtu, 1300);
	CHECK_INT(b.group, 0);
	CHECK(!(b.flags & IFF_UP));
	CHECK_INT(a.peer, b.index);
	CHECK_INT(b.peer, a.index);
	CHECK(a.peer_nsid >= 0);
	CHECK_STR(a.alias, "");

	/* Nothing of it where it does not belong. */
	CHECK_FAILS(libns_link_get(here, "eth0", &b, &err), ENODEV, "there is no link 'eth0'");
	CHECK_FAILS(libns_link_get(there, "xn-web", &a, &err), ENODEV, "there is no link 'xn-web'");
}

TEST(both_ends_are_born_beside_each_other)
{
	struct libns_link_options options = new_link("veth", "a");
	struct libns_rtnl *here, *there;

	own_net();
	options.ns_fd = another_net();
	here = connect_to(LIBNS_LINK_HERE);
	there = connect_to(options.ns_fd);
	options.peer_name = "b";
	CHECK_OK(libns_link_add(here, &options, &err));
	CHECK_INT(get(there, "a").peer, get(there, "b").index);
	CHECK_INT(get(there, "a").peer_nsid, LIBNS_NSID_NONE);
	options.ns_fd = -1;
	CHECK_OK(libns_link_add(here, &options, &err));
	CHECK_INT(get(here, "a").peer, get(here, "b").index);
}

TEST(a_name_that_is_taken_is_told)
{
	struct libns_link_options options = new_link("veth", "a");
	struct libns_rtnl *rtnl;

	own_net();
	rtnl = connect_to(LIBNS_LINK_HERE);
	add_pair(rtnl);
	options.peer_name = "c";
	CHECK_FAILS(libns_link_add(rtnl, &options, &err), EEXIST,
		    "cannot make the link 'a': there is one of that name");
	options.name = "c";
	options.peer_name = "b";
	CHECK_FAILS(libns_link_add(rtnl, &options, &err), EEXIST,
		    "cannot make the link 'c': there is one called 'b' where its other end is to "
		    "be");
	CHECK_INT(err.step, LIBNS_STEP_NETLINK);
	/* All or nothing. */
	CHECK_INT(libns_link_get(rtnl, "c",
				 &(struct libns_link){ .size = sizeof(struct libns_link) }, &err),
		  -ENODEV);
}

TEST(names_that_cannot_be)
{
	static const struct {
		const char *name;
		int code;
		const char *sentence;
	} bad[] = {
		{ "", EINVAL, "the name '' of a link is empty" },
		{ ".", EINVAL, "the name '.' of a link would be a directory" },
		{ "..", EINVAL, "the name '..' of a link would be a directory" },
		{ "a/b", EINVAL, "the name 'a/b' of a link has '/', ':' or white space in it" },
		{ "a:b", EINVAL, "the name 'a:b' of a link has '/', ':' or white space in it" },
		{ "a b", EINVAL, "the name 'a b' of a link has '/', ':' or white space in it" },
		{ "abcdefghijklmnop", ENAMETOOLONG,
		  "the name 'abcdefghijklmnop' of a link is longer than 15 bytes" },
	};
	struct libns_link link = { .size = sizeof(link) };
	struct libns_rtnl *rtnl;

	own_net();
	rtnl = connect_to(LIBNS_LINK_HERE);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct libns_link_options options = new_link("veth", bad[i].name);

		CHECK_FAILS(libns_link_add(rtnl, &options, &err), bad[i].code, bad[i].sentence);
		CHECK_INT(err.step, LIBNS_STEP_ARGUMENT);
		options.name = "a";
		options.peer_name = bad[i].name;
		CHECK_FAILS(libns_link_add(rtnl, &options, &err), bad[i].code, bad[i].sentence);
		CHECK_FAILS(libns_link_get(rtnl, bad[i].name, &link, &err), bad[i].code,
			    bad[i].sentence);
	}
	add(rtnl, "veth", "abcdefghijklmno");
	add(rtnl, "veth", "-\xff");
}

TEST(what_would_be_ignored_is_refused)
{
	struct libns_link_options options = new_link("veth", "a");
	struct libns_rtnl *rtnl;

	own_net();
	rtnl = connect_to(LIBNS_LINK_HERE);
	options.alias = "web";
	CHECK_FAILS(libns_link_add(rtnl, &options, &err), EINVAL,
		    "a link can be given an alias only when it is there");
	options = new_link("bridge", "a");
	options.peer_name = "b";
	CHECK_FAILS(libns_link_add(rtnl, &options, &err), EINVAL,
		    "a link of the kind 'bridge' is no pair");
	options = new_link("bridge", "a");
	options.flags = LIBNS_LINK_UP | LIBNS_LINK_DOWN;
	CHECK_FAILS(libns_link_add(rtnl, &options, &err), EINVAL,
		    "a link cannot be both up and down");
	options.flags = UINT64_C(1) << 40;
	CHECK_INT(libns_link_add(rtnl, &options, &err), -EINVAL);
	options = new_link(NULL, "a");
	CHECK_FAILS(libns_link_add(rtnl, &options, &err), EINVAL,
		    "a new link needs a kind and a name");
	options = new_link("bridge", NULL);
	CHECK_INT(libns_link_add(rtnl, &options, &err), -EINVAL);
	options.size = 0;
	CHECK_INT(libns_link_add(rtnl, &options, &err), -EINVAL);
	options = new_link("bridge", NULL);
	CHECK_FAILS(libns_link_change(rtnl, 1, &options, &err), EINVAL,
		    "the kind of a link, and what it is connected with, cannot be changed");
	CHECK_FAILS(libns_link_change(rtnl, 0, &options, &err), ENODEV,
		    "there is no link with the number 0");
	CHECK_FAILS(libns_link_delete(rtnl, 0, &err), ENODEV, "there is no link with the number 0");
}

TEST(kinds)
{
	struct libns_link_options options = new_link("macvlan", "m");
	struct libns_rtnl *rtnl;
	uint32_t a;

	own_net();
	rtnl = connect_to(LIBNS_LINK_HERE);
	a = add_pair(rtnl);
	options.lower = a;
	CHECK_OK(libns_link_add(rtnl, &options, &err));
	CHECK_STR(get(rtnl, "m").kind, "macvlan");
	/* Only of a pair. */
	CHECK_INT(get(rtnl, "m").peer, 0);
	CHECK_CONTAINS(ask_ip("ip -d -j link show dev m"), "\"mode\":\"bridge\"");

	add(rtnl, "bridge", "br");
	options = new_link("veth", "port");
	options.master = get(rtnl, "br").index;
	options.flags = LIBNS_LINK_MASTER;
	options.queues = 1;
	CHECK_OK(libns_link_add(rtnl, &options, &err));
	CHECK_INT(get(rtnl, "port").master, options.master);
	CHECK_CONTAINS(ask_ip("ip -d -j link show dev port"), "\"num_tx_queues\":1,");

	options = new_link("nonesuch", "x");
	CHECK_FAILS(libns_link_add(rtnl, &options, &err), EOPNOTSUPP,
		    "cannot make the link 'x': this kernel has no links of the kind 'nonesuch'");
}

TEST(the_kernel_finds_a_name)
{
	struct libns_link_options options = new_link("veth", "xn%d");
	struct libns_rtnl *rtnl;

	own_net();
	rtnl = connect_to(LIBNS_LINK_HERE);
	options.peer_name = "p%d";
	CHECK_OK(libns_link_add(rtnl, &options, &err));
	CHECK_OK(libns_link_add(rtnl, &options, &err));
	CHECK_INT(get(rtnl, "xn1").peer, get(rtnl, "p1").index);
}

TEST(changes)
{
	struct libns_link_options options = LIBNS_LINK_OPTIONS_INIT;
	struct libns_link link = { .size = sizeof(link) };
	struct libns_rtnl *rtnl, *there;
	char alias[257];
	uint32_t a;

	own_net();
	options.ns_fd = another_net();
	there = connect_to(options.ns_fd);
	options.ns_fd = -1;
	rtnl = connect_to(LIBNS_LINK_HERE);
	a = add_pair(rtnl);
	add(rtnl, "bridge", "br");
	memset(alias, 'x', 256);
	alias[256] = '\0';
	options.alias = alias;
	CHECK_FAILS(libns_link_change(rtnl, a, &options, &err), ENAMETOOLONG,
		    "the alias of a link is longer than 255 bytes");
	alias[255] = '\0';
	options.mtu = 1280;
	options.group = GROUP;
	options.master = get(rtnl, "br").index;
	options.flags = LIBNS_LINK_DOWN | LIBNS_LINK_GROUP | LIBNS_LINK_MASTER;
	options.name = "c";
	CHECK_OK(libns_link_change(rtnl, a, &options, &err));
	CHECK_OK(libns_link_get_index(rtnl, a, &link, &err));
	CHECK_STR(link.name, "c");
	CHECK_STR(link.alias, alias);
	CHECK_INT(link.mtu, 1280);
	CHECK_INT(link.group, GROUP);
	CHECK_INT(link.master, options.master);
	CHECK(!(link.flags & IFF_UP));

	/* What is not asked for stays. */
	options = (struct libns_link_options)LIBNS_LINK_OPTIONS_INIT;
	options.flags = LIBNS_LINK_UP;
	CHECK_OK(libns_link_change(rtnl, a, &options, &err));
	CHECK_STR(get(rtnl, "c").alias, alias);
	CHECK_INT(get(rtnl, "c").group, GROUP);
	CHECK(get(rtnl, "c").flags & IFF_UP);
	options.flags = LIBNS_LINK_GROUP | LIBNS_LINK_MASTER;
	options.alias = "";
	CHECK_OK(libns_link_change(rtnl, a, &options, &err));
	CHECK_STR(get(rtnl, "c").alias, "");
	CHECK_INT(get(rtnl, "c").group, 0);
	CHECK_INT(get(rtnl, "c").master, 0);

	options = (struct libns_link_options)LIBNS_LINK_OPTIONS_INIT;
	options.name = "moved";
	options.ns_fd = another_net();
	CHECK_OK(libns_link_change(rtnl, a, &options, &err));
	CHECK_INT(libns_link_get(rtnl, "c", &link, &err), -ENODEV);
	there = connect_to(options.ns_fd);
	CHECK_INT(get(there, "moved").peer, get(rtnl, "b").index);
}

TEST(reasons_of_the_kernel)
{
	struct libns_link_options options = LIBNS_LINK_OPTIONS_INIT;
	struct libns_link link = { .size = sizeof(link) };
	struct libns_rtnl *rtnl;
	char sentence[96];
	uint32_t a;

	own_net();
	rtnl = connect_to(LIBNS_LINK_HERE);
	a = add_pair(rtnl);
	options.mtu = 100000;
	CHECK_FAILS(libns_link_change(rtnl, a, &options, &err), EINVAL,
		    "cannot change the link 'a': mtu greater than device maximum");
	CHECK_FAILS(libns_link_delete(rtnl, 1, &err), EOPNOTSUPP,
		    "cannot delete the link 'lo': Operation not supported");
	delete (rtnl, "a");
	snprintf(sentence, sizeof(sentence),
		 "cannot delete the link with the number %u: No such device", a);
	CHECK_FAILS(libns_link_delete(rtnl, a, &err), ENODEV, sentence);
	CHECK_INT(libns_link_change(rtnl, a, &options, &err), -ENODEV);
	snprintf(sentence, sizeof(sentence), "there is no link with the number %u", a);
	CHECK_FAILS(libns_link_get_index(rtnl, a, &link, &err), ENODEV, sentence);
	/* With one end the other one goes. */
	CHECK_INT(libns_link_get(rtnl, "b", &link, &err), -ENODEV);
	link.size = 0;
	CHECK_INT(libns_link_get(rtnl, "lo", &link, &err), -EINVAL);
	CHECK_INT(libns_link_get_index(rtnl, 1, &link, &err), -EINVAL);
}

/* An older program knows less of a link. */
TEST(a_struct_is_filled_as_far_as_it_goes)
{
	struct libns_rtnl *rtnl;
	struct {
		struct libns_link link;
		char more[8];
	} longer = { .link.size = sizeof(longer), .more = "kept" };

	own_net();
	rtnl = connect_to(LIBNS_LINK_HERE);
	CHECK_OK(libns_link_get(rtnl, "lo", &longer.link, &err));
	CHECK_STR(longer.link.name, "lo");
	CHECK_STR(longer.link.kind, "");
	CHECK_STR(longer.more, "kept");
	CHECK_INT(longer.link.size, sizeof(longer));
}

static void add_pairs(struct libns_rtnl *rtnl, int n)
{
	struct libns_link_options options = new_link("veth", "xn%d");

	options.peer_name = "peer%d";
	options.queues = 1;
	for (int i = 0; i < n; i++)
		CHECK_OK(libns_link_add(rtnl, &options, &err));
}

/* How many links have a name that begins so. */
static size_t count(const struct libns_links *links, const char *prefix)
{
	size_t n = 0;

	for (size_t i = 0; i < libns_links_count(links); i++)
		n += !strncmp(libns_links_at(links, i)->name, prefix, strlen(prefix));
	return n;
}

TEST(three_hundred_links)
{
	struct libns_links *links;
	struct libns_rtnl *rtnl;
	const char *text;

	own_net();
	rtnl = connect_to(LIBNS_LINK_HERE);
	add_pairs(rtnl, 150);
	CHECK_OK(libns_links_new(rtnl, &links, &err));
	CHECK_INT(count(links, "xn"), 150);
	CHECK_INT(count(links, "peer"), 150);
	CHECK(!libns_links_at(links, libns_links_count(links)));
	text = ask_ip("ip -j link");
	CHECK_INT(count_words(text, "\"ifname\":"), libns_links_count(links));
	for (size_t i = 0; i < libns_links_count(links); i++) {
		const struct libns_link *link = libns_links_at(links, i);
		char word[64];

		CHECK_INT(link->size, sizeof(*link));
		snprintf(word, sizeof(word), "\"ifindex\":%u,", link->index);
		CHECK_CONTAINS(text, word);
		snprintf(word, sizeof(word), "\"ifname\":\"%s\",", link->name);
		CHECK_CONTAINS(text, word);
	}
	libns_links_free(links);
}

/* Links come and go while others are listed: nothing that stays is missing, or there twice. */
TEST(a_list_while_links_change)
{
	struct libns_rtnl *rtnl;
	int listed = 0;
	pid_t pid;

	own_net();
	rtnl = connect_to(LIBNS_LINK_HERE);
	add_pairs(rtnl, 60);
	pid = fork();
	if (pid == 0) {
		struct libns_link_options options = new_link("veth", "new");
		struct libns_rtnl *other = connect_to(LIBNS_LINK_HERE);

		for (;;) {
			libns_link_add(other, &options, NULL);
			libns_link_delete(other, get(other, "new").index, NULL);
		}
	}
	tap_keep_child(pid);
	for (int i = 0; i < 60 || (!listed && i < 1000); i++) {
		struct libns_links *links;
		int r = libns_links_new(rtnl, &links, &err);

		if (r == -EINTR)
			continue;
		CHECK_OK(r);
		CHECK_INT(count(links, "xn"), 60);
		CHECK_INT(count(links, "peer"), 60);
		libns_links_free(links);
		listed++;
	}
	CHECK(listed > 0);
}

TEST(without_rights_links_are_looked_at_only)
{
	struct libns_link_options options = new_link("veth", "c");
	struct libns_links *links;
	struct libns_rtnl *rtnl;
	char hint[640];
	uint32_t a;

	own_net();
	rtnl = connect_to(LIBNS_LINK_HERE);
	a = add_pair(rtnl);
	drop_rights();
	CHECK_FAILS(libns_link_add(rtnl, &options, &err), EPERM,
		    "cannot make the link 'c': Operation not permitted");
	CHECK_INT(libns_error_hint(&err, hint, sizeof(hint)), 1);
	CHECK_CONTAINS(hint, "has no CAP_NET_ADMIN");
	options = new_link(NULL, "d");
	CHECK_FAILS(libns_link_change(rtnl, a, &options, &err), EPERM,
		    "cannot change the link 'a': Operation not permitted");
	CHECK_FAILS(libns_link_delete(rtnl, a, &err), EPERM,
		    "cannot delete the link 'a': Operation not permitted");
	CHECK_OK(libns_links_new(rtnl, &links, &err));
	CHECK_INT(count(links, "a"), 1);
	libns_links_free(links);
}

TAP_MAIN
