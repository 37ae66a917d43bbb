/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CMD_STATUS_H
#define CMD_STATUS_H

/*
 * How confined a process is, out of its texts in procfs. Pure: nothing is opened here.
 *
 * The texts are the kernel's, but the target chooses its name, which is in status (escaped,
 * so that a line is a line) and in stat (not escaped: only the last ')' ends it). Numbers
 * are strict: digits, no sign where there is none, nothing behind.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include <libns/libns.h>

/* A "Name:\t123" line of status; false without such a line, or if it says something else. */
bool status_number(const char *status, const char *name, int base, uint64_t *ret);

/* The "Groups:" line; @ret is to be freed, and never NULL. False also without memory. */
bool status_groups(const char *status, gid_t **ret, size_t *ret_n);

/* The whole of limits: a heading, then a line for each RLIMIT_*. */
bool limits_parse(const char *text, struct libns_rlimit ret[RLIM_NLIMITS]);

/* The nice value in stat. */
bool stat_nice(const char *text, int *ret);

/* The whole of oom_score_adj. */
bool oom_parse(const char *text, int *ret);

#endif
