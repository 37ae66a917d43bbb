/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CMD_XLSNS_VALUES_H
#define CMD_XLSNS_VALUES_H

/* The arguments of options of xlsns that are one of a few words, or several of them. Each returns
 * false with the reason printed. */

#include "xlsns/xlsns.h"

/* Adds to @types. */
bool parse_types(const struct cli *cli, const char *text, uint64_t *types);
/* @text: NULL for the usual one. */
bool parse_tree(const struct cli *cli, const char *text, enum tree *tree);
/* Adds LIBNS_SCAN_* to @without. */
bool parse_without(const struct cli *cli, const char *list, uint64_t *without);
bool parse_color(const struct cli *cli, const char *when, bool *color);
bool parse_bpf(const struct cli *cli, const char *text, unsigned int *bpf);

/* Whether a person with a terminal would like colours. */
bool color_terminal(void);

#endif
