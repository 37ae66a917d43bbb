/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CMD_SUGGEST_H
#define CMD_SUGGEST_H

#include "common/cli.h"

/*
 * What the user of a word may have meant that is no target, or is of something that is not
 * there: printed as a hint, of what is seen on this machine. @option is printed before the words
 * that would do, such as "--target "; @process: only a process will do. @err: how looking it up
 * has failed.
 */
void suggest_target(int procfs_fd, const char *option, const char *word, bool process,
		    const struct libns_error *err);

/* Of a word that stands where no target does: if it is one, or the name of one, that @option, such
 * as "-t", has to be before it. */
void suggest_operand(const struct cli *cli, int procfs_fd, const char *option, const char *word);

/* The same for what is no namespace, by its number or another word. */
void suggest_namespace(const struct cli *cli, int procfs_fd, const char *word);

#endif
