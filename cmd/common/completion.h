/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CMD_COMPLETION_H
#define CMD_COMPLETION_H

#include "common/cli.h"

/* Prints the completion script of a tool; false if the shell is unknown. */
bool completion_print(const struct cli *cli, const char *shell);

/* What the scripts for the shells share. */

void completion_print_bash(const struct cli *cli);

typedef void completion_option_fn(const struct cli *cli, const struct cli_option *o);
void completion_each_option(const struct cli *cli, completion_option_fn *print);

bool completion_has_letter(const struct cli_option *o);
/* Whether an argument follows the letter, or the long name. */
enum cli_arg completion_letter_arg(const struct cli_option *o);
enum cli_arg completion_long_arg(const struct cli_option *o);

/* Inside single quotes. @special are characters that the reader behind the shell needs a
 * backslash before. */
void completion_print_quoted(const char *text, const char *special);

/* ":subcommand", which each shell gets as the list of them. */
bool completion_is_commands(const char *kind);
/* Prints their names with spaces between them. */
void completion_each_command(const struct cli *cli);

/* Prints each word that the tool takes for this command, with @joint between them. */
void completion_each_beginning(const struct cli *cli, const struct cli_command *command,
			       const char *joint);

#endif
