/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Rights that a program has from its file. What the tools can do they let whoever runs them do, and
 * they read variables and files of his: set-user-ID, set-group-ID or with capabilities of the file
 * each would make everybody root. The way for users is a user namespace.
 */

#include <errno.h>
#include <sys/auxv.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/cli.h"

/* Capabilities of the file. A security module can have AT_SECURE set as well, and gives nothing;
 * what cannot be found out counts as a gain. */
static bool has_gained_caps(void)
{
	return getauxval(AT_SECURE) &&
	       (getxattr("/proc/self/exe", "security.capability", NULL, 0) >= 0 ||
		(errno != ENODATA && errno != ENOTSUP));
}

int cli_refuse_gained_rights(const struct cli *cli)
{
	if (getuid() == geteuid() && getgid() == getegid() && !has_gained_caps())
		return 0;
	return cli_error(cli,
			 "%s has rights from its file (set-user-ID, set-group-ID or "
			 "capabilities), which would be everybody's: take them from it",
			 cli->name);
}
