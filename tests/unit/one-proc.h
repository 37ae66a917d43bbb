/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TESTS_UNIT_ONE_PROC_H
#define TESTS_UNIT_ONE_PROC_H

/* The kernel allows a new procfs as long as any is whole: that of a chroot, too. */

#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "tap.h"

/* In a mount namespace of the caller's own: leaves only the procfs on /proc. */
static inline void leave_one_proc(void)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char mounted[8192], point[4096];

	CHECK(file != NULL);
	while (fgets(mounted, sizeof(mounted), file))
		if (strstr(mounted, " - proc ") &&
		    sscanf(mounted, "%*s %*s %*s %*s %4095s", point) == 1 &&
		    strcmp(point, "/proc") != 0)
			CHECK_INT(umount2(point, MNT_DETACH), 0);
	fclose(file);
}

#endif
