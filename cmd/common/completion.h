/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CMD_COMPLETION_H
#define CMD_COMPLETION_H

#include "common/cli.h"

/* Prints the completion script of a tool; false if the shell is unknown. */
bool completion_print(const struct cli *cli, const char *shell);

#endif
