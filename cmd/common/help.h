/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CMD_HELP_H
#define CMD_HELP_H

#include "common/cli.h"

/* Prints --help, no line over 80 columns. @all: also the options that are not in cli->brief. */
void help_print(const struct cli *cli, bool all);

#endif
