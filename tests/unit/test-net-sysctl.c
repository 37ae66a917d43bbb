/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Settings of links, in a network of the case's own. */
#include "kernel/net-sysctl.h"
#include "own-net.h"

static struct libns_error err = LIBNS_ERROR_INIT;

TEST(names)
{
	char name[NET_SYSCTL_NAME];

	CHECK_INT(net_sysctl_name(name, "ipv4", "eth0.7", "forwarding"), 0);
	CHECK_STR(name, "net/ipv4/conf/eth0.7/forwarding");
	CHECK_INT(net_sysctl_name(name, "ipv6", "a b", "force_forwarding"), 0);
	CHECK_INT(net_sysctl_name(name, "ipv4", "", "forwarding"), -EINVAL);
	CHECK_INT(net_sysctl_name(name, "ipv4", ".", "forwarding"), -EINVAL);
	CHECK_INT(net_sysctl_name(name, "ipv4", "..", "forwarding"), -EINVAL);
	CHECK_INT(net_sysctl_name(name, "ipv4", "../all", "forwarding"), -EINVAL);
	CHECK_INT(net_sysctl_name(name, "ipv4", "0123456789abcdef", "forwarding"), -EINVAL);
}

TEST(read_and_write)
{
	char name[NET_SYSCTL_NAME];
	int value = 7;

	own_net();
	CHECK_INT(net_sysctl_name(name, "ipv4", "lo", "forwarding"), 0);
	CHECK_INT(net_sysctl_read(name, &value), 0);
	CHECK_INT(value, 0);
	if (net_sysctl_write(name, "1", &err) == -EROFS)
		SKIP("/proc/sys is read-only here");
	CHECK_INT(net_sysctl_read(name, &value), 0);
	CHECK_INT(value, 1);
	CHECK_INT(net_sysctl_write("net/ipv4/conf/none/forwarding", "1", &err), -ENOENT);
	CHECK_STR(err.text, "cannot write '1' to '/proc/sys/net/ipv4/conf/none/forwarding': "
			    "No such file or directory");
	CHECK_INT(net_sysctl_read("net/ipv4/conf/none/forwarding", &value), -ENOENT);
}

TAP_MAIN
