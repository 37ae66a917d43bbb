/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* --version, and --version=full: what belongs into the report of a defect. */

#include "common/version.h"

#include <stdio.h>
#include <sys/utsname.h>

#include <libns/check.h>
#include <libns/libns.h>

#include "common/cli.h"

static void print_libraries(void)
{
	struct libns_library library = { .size = sizeof(library) };

	for (size_t i = 0; libns_library_query(i, &library, NULL) == 0; i++)
		printf("library  %s%s: %s\n", library.soname,
		       library.found ? "" : " (cannot be loaded)", library.use);
}

void version_print(const struct cli *cli, bool full)
{
	struct utsname system;

	printf("%s from libns %s\n", cli->name, libns_version());
	if (!full)
		return;
	if (uname(&system) == 0)
		printf("kernel   %s %s %s\n", system.sysname, system.release, system.machine);
	print_libraries();
	printf("more     xunshare --check: what this kernel can do, and what is in the way\n");
}
