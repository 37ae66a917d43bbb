/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_UNIT_H
#define LIBNS_UNIT_H

/* Which unit of systemd a process belongs to. Pure: no system calls. The text may hold any bytes. */

#include <stddef.h>

/**
 * unit_find() - the unit in the text of /proc/PID/cgroup
 * @text: whole file
 * @buf: receives "ssh.service", or "1000/web.service" for one of the manager of user 1000
 * @size: of @buf
 *
 * Return: 1; 0 if it is in none; -E2BIG if @buf is too small.
 */
int unit_find(const char *text, char *buf, size_t size);

#endif
