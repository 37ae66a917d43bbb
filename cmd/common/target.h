/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CMD_TARGET_H
#define CMD_TARGET_H

/* Target words, as every tool takes them wherever a process is named. */

#include <libns/target.h>

#include "common/cli.h"

/*
 * What the word of the option @what stands for. What a user should know before relying on
 * it is printed as a note: that a pod's first container was taken, or that the container
 * was never started. Return: false with the reason printed.
 */
bool cli_target(const struct cli *cli, const char *what, int procfs_fd, const char *word,
		struct libns_target **ret_target);

/* The same, where only a process will do. */
bool cli_target_proc(const struct cli *cli, const char *what, int procfs_fd, const char *word,
		     struct libns_target **ret_target);

#endif
