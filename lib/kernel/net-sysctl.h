/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_NET_SYSCTL_H
#define LIBNS_NET_SYSCTL_H

#include <stddef.h>

#include <libns/error.h>

/*
 * Settings of the network namespace of the calling thread, below /proc/sys. A setting is named as
 * sysctl(8) takes it with slashes, so that a dot in the name of a link is just a dot:
 * "net/ipv4/conf/eth0.7/forwarding".
 */

#define NET_SYSCTL_NAME 80

/* "net/FAMILY/conf/LINK/KEY", FAMILY being "ipv4" or "ipv6". Return: 0, or -EINVAL if @link is no
 * name of a link. */
int net_sysctl_name(char buf[NET_SYSCTL_NAME], const char *family, const char *link,
		    const char *key);

/* A number. Return: 0, -ENOENT (no such link, or the kernel has no such setting), ... */
int net_sysctl_read(const char *name, int *ret_value);

int net_sysctl_write(const char *name, const char *value, struct libns_error *err);

#endif
