/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CMD_CAPS_H
#define CMD_CAPS_H

#include <stdint.h>

#include "common/cli.h"

/* Sets of capabilities: bit n for CAP_* number n. */

/* "net_admin,CAP_SYS_TIME", "all" or "none". Prints what is wrong. */
bool caps_parse(const struct cli *cli, const char *what, const char *text, uint64_t *ret);

/* Takes everything else out of the bounding set. Return: 0 or an errno. */
int caps_limit_bounding(uint64_t keep);

/* Takes everything else out of all other sets. Return: 0 or an errno. */
int caps_limit(uint64_t keep);

/* Sets the inheritable and the ambient set. Return: 0 or an errno. */
int caps_set_inherited(uint64_t inheritable, uint64_t ambient);

#endif
