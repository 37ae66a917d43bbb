/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Connections to networks, in those that each case makes. */
#include "refuse.h"
#include "rtnl.h"

static ino_t net_of_this_thread(void)
{
	struct stat st;

	CHECK_INT(stat("/proc/thread-self/ns/net", &st), 0);
	return st.st_ino;
}

TEST(whoever_connects_stays_where_he_is)
{
	struct libns_rtnl *there;
	ino_t before;
	int ns_fd;

	own_net();
	ns_fd = another_net();
	before = net_of_this_thread();
	/* Nobody is told of the helper's end, so nobody can miss it. */
	signal(SIGCHLD, SIG_IGN);
	there = connect_to(ns_fd);
	CHECK_INT(net_of_this_thread(), before);
	add(there, "bridge", "br");
	CHECK_INT(libns_link_get(connect_to(LIBNS_LINK_HERE), "br",
				 &(struct libns_link){ .size = sizeof(struct libns_link) }, &err),
		  -ENODEV);
}

TEST(what_cannot_be_connected_to)
{
	struct libns_rtnl *rtnl;
	char sentence[96];
	int fd;

	own_net();
	fd = tap_keep(open("/dev/null", O_RDONLY | O_CLOEXEC));
	snprintf(sentence, sizeof(sentence), "descriptor %d is no network namespace", fd);
	CHECK_FAILS(libns_rtnl_new(fd, &rtnl, &err), EINVAL, sentence);
	fd = tap_keep(open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC));
	snprintf(sentence, sizeof(sentence), "descriptor %d is no network namespace", fd);
	CHECK_FAILS(libns_rtnl_new(fd, &rtnl, &err), EINVAL, sentence);
	CHECK_FAILS(libns_rtnl_new(800, &rtnl, &err), EBADF,
		    "cannot enter network namespace 'fd:800': Bad file descriptor");
}

TEST(without_rights_no_other_network_is_entered)
{
	struct libns_rtnl *rtnl;
	int here, there;
	char sentence[128], link[32], name[64] = "";

	own_net();
	here = this_net();
	there = another_net();
	/* It is called as the kernel does: a number of a descriptor says nothing to a person. */
	snprintf(link, sizeof(link), "/proc/self/fd/%d", there);
	CHECK(readlink(link, name, sizeof(name) - 1) > 0);
	drop_rights();
	snprintf(sentence, sizeof(sentence),
		 "cannot enter network namespace '%s': Operation not permitted", name);
	CHECK_FAILS(libns_rtnl_new(there, &rtnl, &err), EPERM, sentence);
	CHECK_INT(err.step, LIBNS_STEP_ENTER);
	CHECK_INT(err.types, LIBNS_TYPE_NET);
	/* Into his own nobody has to enter. */
	get(connect_to(here), "lo");
}

TEST(a_filter_refuses_to_enter)
{
	struct libns_rtnl *rtnl;
	int there;

	own_net();
	there = another_net();
	refuse(SYS_setns, EACCES);
	CHECK_INT(libns_rtnl_new(there, &rtnl, &err), -EACCES);
	CHECK_INT(err.step, LIBNS_STEP_ENTER);
}

TEST(a_filter_kills_whoever_enters)
{
	struct libns_rtnl *rtnl;
	int there;

	own_net();
	there = another_net();
	answer_call(SYS_setns, SECCOMP_RET_KILL_PROCESS);
	CHECK_INT(libns_rtnl_new(there, &rtnl, &err), -EPERM);
	CHECK_CONTAINS(err.text, "a seccomp filter kills whoever calls setns");
	/* Where nobody has to enter nothing is killed. */
	get(connect_to(LIBNS_LINK_HERE), "lo");
}

/* One call of a request: a list that cannot be read is no empty list. */
static void refuse_and_list(long call)
{
	struct libns_link link = { .size = sizeof(link) };
	struct libns_addresses *addresses;
	struct libns_routes *routes;
	struct libns_links *links;
	struct libns_rtnl *rtnl;

	own_net();
	rtnl = connect_to(LIBNS_LINK_HERE);
	refuse(call, ENOBUFS);
	CHECK_FAILS(libns_links_new(rtnl, &links, &err), ENOBUFS,
		    "cannot list the links: No buffer space available");
	CHECK_FAILS(libns_addresses_new(rtnl, &addresses, &err), ENOBUFS,
		    "cannot list the addresses: No buffer space available");
	CHECK_FAILS(libns_routes_new(rtnl, &routes, &err), ENOBUFS,
		    "cannot list the routes: No buffer space available");
	CHECK_FAILS(libns_link_get(rtnl, "lo", &link, &err), ENOBUFS,
		    "cannot look the link 'lo' up: No buffer space available");
}

TEST(what_cannot_be_sent)
{
	refuse_and_list(SYS_sendto);
}

TEST(what_cannot_be_received)
{
	refuse_and_list(SYS_recvfrom);
}

TEST(a_filter_refuses_sockets)
{
	struct libns_rtnl *rtnl;
	int there;

	own_net();
	there = another_net();
	refuse(SYS_socket, EAFNOSUPPORT);
	CHECK_FAILS(libns_rtnl_new(LIBNS_LINK_HERE, &rtnl, &err), EAFNOSUPPORT,
		    "cannot open a netlink socket: Address family not supported by protocol");
	CHECK_INT(libns_rtnl_new(there, &rtnl, &err), -EAFNOSUPPORT);
	CHECK_INT(err.step, LIBNS_STEP_NETLINK);
}

TAP_MAIN
