/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Forwarding of single links and its journal, in a network and with a /run of the case's own. */
#include <net/if.h>
#include <sys/stat.h>

#include <libns/link.h>

#include "kernel/net-sysctl.h"
#include "own-net.h"
#include "wire/rules.h"
#include "wire/store.h"

#define LINK "up.link" /* a dot, which sysctl(8) takes for a slash */

static struct libns_error err = LIBNS_ERROR_INIT;
static char told[4096];

static void note(const struct libns_wire_event *event, void *data)
{
	static const char *const words[] = { "would", "done", "already", "note" };
	size_t n = strlen(told);

	snprintf(told + n, sizeof(told) - n, "%s %s\n", words[event->state], event->what);
}

static const struct libns_wire_watch watch = { note, NULL };

static void add_link(void)
{
	struct libns_link_options options = LIBNS_LINK_OPTIONS_INIT;
	struct libns_rtnl *rtnl;
	int r;

	CHECK_INT(libns_rtnl_new(LIBNS_LINK_HERE, &rtnl, &err), 0);
	options.kind = "veth";
	options.name = LINK;
	r = libns_link_add(rtnl, &options, &err);
	libns_rtnl_free(rtnl);
	if (r < 0)
		TAP_FAIL("%s", err.text);
}

static void delete_link(void)
{
	struct libns_rtnl *rtnl;

	CHECK_INT(libns_rtnl_new(LIBNS_LINK_HERE, &rtnl, &err), 0);
	CHECK_INT(libns_link_delete(rtnl, if_nametoindex(LINK), &err), 0);
	libns_rtnl_free(rtnl);
}

static void begin(void)
{
	own_net_and_run();
	add_link();
}

static int get(const char *family, const char *key)
{
	char name[NET_SYSCTL_NAME];
	int value = -1;

	CHECK_INT(net_sysctl_name(name, family, LINK, key), 0);
	CHECK_INT(net_sysctl_read(name, &value), 0);
	return value;
}

static void set(const char *family, const char *key, const char *value)
{
	char name[NET_SYSCTL_NAME];

	CHECK_INT(net_sysctl_name(name, family, LINK, key), 0);
	if (net_sysctl_write(name, value, &err) < 0)
		TAP_FAIL("%s", err.text);
}

static int take_link(const char *link, bool ip6, uint64_t flags)
{
	struct wire_uplink uplink = { .index = if_nametoindex(link), .ip4 = true, .ip6 = ip6 };
	const struct wire_uplinks uplinks = { &uplink, 1 };

	snprintf(uplink.name, sizeof(uplink.name), "%s", link);
	told[0] = '\0';
	return wire_forwarding_take(&uplinks, flags, &watch, &err);
}

static void take(bool ip6)
{
	int r = take_link(LINK, ip6, 0);

	if (r == -EOPNOTSUPP || r == -ELIBACC)
		SKIP(err.text);
	if (r < 0)
		TAP_FAIL("%s", err.text);
}

/* What was told behind the table of rules. */
static const char *told_of_link(void)
{
	CHECK(strstr(told, " make the table inet xnetns of nftables\n"));
	return strchr(told, '\n') + 1;
}

static void release(void)
{
	told[0] = '\0';
	if (wire_forwarding_release(0, &watch, &err) < 0)
		TAP_FAIL("%s", err.text);
}

static bool has_journal(void)
{
	char *text = NULL;
	size_t size;
	int r = wire_store_read(WIRE_STORE_FORWARDING, LINK, &text, &size, &err);

	free(text);
	return r == 0;
}

TEST(taken_and_put_back)
{
	begin();
	take(true);
	CHECK_INT(get("ipv4", "forwarding"), 1);
	if (wire_forwarding_has_ip6()) {
		CHECK_STR(told_of_link(),
			  "done set the sysctl net/ipv4/conf/up.link/forwarding to 1\n"
			  "done set the sysctl net/ipv6/conf/up.link/force_forwarding to 1\n");
		CHECK_INT(get("ipv6", "force_forwarding"), 1);
	} else {
		CHECK(strstr(told, "\nnote 'up.link' does not forward IPv6: "));
	}
	CHECK(has_journal());
	take(true);
	CHECK(!strstr(told, "done"));
	release();
	CHECK_INT(get("ipv4", "forwarding"), 0);
	if (wire_forwarding_has_ip6())
		CHECK_INT(get("ipv6", "force_forwarding"), 0);
	CHECK(!has_journal());
	/* Nothing is left of the files either. */
	CHECK(access("/run/xnetns/forwarding", F_OK) < 0 && access("/run/xnetns/new", F_OK) < 0);
	release();
	CHECK_STR(told, "");
}

TEST(what_was_set_before_stays)
{
	begin();
	set("ipv4", "forwarding", "1");
	take(false);
	CHECK_STR(told_of_link(), "already set the sysctl net/ipv4/conf/up.link/forwarding to 1\n");
	CHECK(!has_journal());
	release();
	CHECK_INT(get("ipv4", "forwarding"), 1);
}

TEST(what_others_have_changed_since_stays)
{
	begin();
	take(false);
	set("ipv4", "forwarding", "0");
	release();
	CHECK_STR(told, "");
	CHECK(!has_journal());
}

/* Somebody turns the switch of the whole host, which resets all links. */
TEST(taken_again_after_a_reset)
{
	begin();
	take(false);
	set("ipv4", "forwarding", "0");
	take(false);
	CHECK_STR(told_of_link(), "done set the sysctl net/ipv4/conf/up.link/forwarding to 1\n");
	release();
	CHECK_INT(get("ipv4", "forwarding"), 0);
}

/* Somebody makes the whole host a router: it is to stay one. */
TEST(a_router_stays_one)
{
	begin();
	take(false);
	CHECK_INT(net_sysctl_write("net/ipv4/conf/all/forwarding", "1", &err), 0);
	take(false);
	release();
	CHECK_STR(told, "");
	CHECK_INT(get("ipv4", "forwarding"), 1);
	CHECK(!has_journal());
}

/* Whoever is killed has written the journal, but not the setting; or has put it back already. */
TEST(killed_in_between)
{
	char text[WIRE_JOURNAL_TEXT];
	struct wire_journal journal = { 0, 0, -1 };

	begin();
	take(false);
	release();
	journal.index = if_nametoindex(LINK);
	CHECK_INT(wire_store_write(WIRE_STORE_FORWARDING, LINK, text,
				   wire_journal_format(&journal, text), &err),
		  0);
	take(false);
	CHECK_INT(get("ipv4", "forwarding"), 1);
	release();
	CHECK_INT(get("ipv4", "forwarding"), 0);
	CHECK(!has_journal());
}

TEST(another_link_of_the_name)
{
	begin();
	take(false);
	delete_link();
	release();
	CHECK(!has_journal());
	add_link();
	take(false);
	delete_link();
	add_link();
	/* It has what it was made with: nobody has changed that. */
	set("ipv4", "forwarding", "1");
	take(false);
	release();
	CHECK_INT(get("ipv4", "forwarding"), 1);
	CHECK(!has_journal());
}

TEST(a_journal_of_another_network_is_left_alone)
{
	int here, there;

	begin();
	take(false);
	here = this_net();
	there = another_net();
	CHECK_INT(setns(there, CLONE_NEWNET), 0);
	add_link();
	release();
	CHECK_INT(setns(here, CLONE_NEWNET), 0);
	CHECK(has_journal());
	release();
	CHECK_INT(get("ipv4", "forwarding"), 0);
}

TEST(dry_run)
{
	begin();
	CHECK_INT(take_link(LINK, false, LIBNS_WIRE_DRY_RUN), 0);
	CHECK_STR(told_of_link(), "would set the sysctl net/ipv4/conf/up.link/forwarding to 1\n");
	CHECK_INT(get("ipv4", "forwarding"), 0);
	CHECK(!has_journal());
	take(false);
	told[0] = '\0';
	CHECK_INT(wire_forwarding_release(LIBNS_WIRE_DRY_RUN, &watch, &err), 0);
	CHECK_STR(told, "would set the sysctl net/ipv4/conf/up.link/forwarding to 0\n");
	CHECK_INT(get("ipv4", "forwarding"), 1);
	CHECK(has_journal());
}

TEST(failures)
{
	begin();
	CHECK_INT(take_link("none", false, 0), -ENODEV);
	CHECK_STR(err.text, "cannot find link 'none': No such device");
	CHECK_INT(wire_store_write(WIRE_STORE_FORWARDING, LINK, "junk\n", 5, &err), 0);
	CHECK_INT(take_link(LINK, false, 0), -EBADMSG);
	CHECK(strstr(err.text, "the file '/run/xnetns/forwarding/") == err.text);
	CHECK(strstr(err.text, "/up.link' is damaged"));
	release();
	CHECK(strstr(told, "/up.link' is damaged: it is removed, and the forwarding of 'up.link' "
			   "stays as it is\n"));
	CHECK(!has_journal());
}

TAP_MAIN
