/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Settings of links below /proc/sys/net. */

#include "kernel/net-sysctl.h"

#include <net/if.h>
#include <string.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"

#define TOP "/proc/sys/"

int net_sysctl_name(char buf[NET_SYSCTL_NAME], const char *family, const char *link,
		    const char *key)
{
	size_t n;

	/* What the kernel does not allow in the name of a link would lead elsewhere. */
	if (!base_is_entry_name(link, IFNAMSIZ - 1))
		return -EINVAL;
	n = (size_t)snprintf(buf, NET_SYSCTL_NAME, "net/%s/conf/%s/%s", family, link, key);
	return n < NET_SYSCTL_NAME ? 0 : -EINVAL;
}

static char *path_of(char *buf, size_t size, const char *name)
{
	return sys_join_path(buf, size, "/proc/sys", name);
}

int net_sysctl_read(const char *name, int *ret_value)
{
	char path[NET_SYSCTL_NAME + sizeof(TOP)], text[16];
	ssize_t n;

	if (!path_of(path, sizeof(path), name))
		return -EINVAL;
	n = sys_read_at(AT_FDCWD, path, text, sizeof(text));
	if (n < 0)
		return (int)n;
	if (n < 1 || strspn(text, "-0123456789") == 0)
		return -EBADMSG;
	*ret_value = atoi(text);
	return 0;
}

int net_sysctl_write(const char *name, const char *value, struct libns_error *err)
{
	char path[NET_SYSCTL_NAME + sizeof(TOP)];
	int r = -EINVAL;

	if (path_of(path, sizeof(path), name))
		r = sys_write_at(AT_FDCWD, path, value, strlen(value));
	if (r < 0)
		return error_set(err, LIBNS_STEP_NETLINK, -r, "cannot write '%s' to '" TOP "%s'",
				 value, name);
	return 0;
}
