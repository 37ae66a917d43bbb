/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_STATUS_H
#define LIBNS_STATUS_H

/*
 * Reads from the texts of a process in procfs how confined it is, beyond the single numbers that
 * procfile.h reads. Pure: nothing is opened here.
 *
 * The target chooses its name, and stat has that unescaped, so only the last ')' ends it. Numbers
 * are parsed strictly: digits, a sign only where one is allowed, and nothing behind.
 */

#include <stddef.h>
#include <sys/resource.h>
#include <sys/types.h>

#include <libns/run.h>

/* The "Groups:" line of status; @ret is to be freed, and never NULL. Return: 0, -EBADMSG
 * also without such a line, -ENOMEM. */
int status_groups(const char *status, gid_t **ret, size_t *ret_n);

/* The whole of limits: a heading, then a line for each RLIMIT_*. Return: 0, -EBADMSG. */
int status_limits(const char *text, struct libns_rlimit ret[RLIM_NLIMITS]);

/* The nice value in stat. Return: 0, -EBADMSG. */
int status_nice(const char *text, int *ret);

/* The whole of oom_score_adj. Return: 0, -EBADMSG. */
int status_oom(const char *text, int *ret);

#endif
