/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CMD_VERSION_H
#define CMD_VERSION_H

#include <stdbool.h>

struct cli;

/* Prints the version; @full: and the kernel, and which libraries are there. */
void version_print(const struct cli *cli, bool full);

#endif
