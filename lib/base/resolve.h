/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_RESOLVE_H
#define LIBNS_RESOLVE_H

#include <stdbool.h>

/**
 * resolve_in_root() - open a path below a root directory that others can write to
 * @root_fd: the root directory
 * @path: the path; an absolute one begins at the root directory as well
 * @flags: O_* of open(2), without O_CREAT
 * @links: whether symbolic links are followed; they lead to places below the root directory
 *
 * No link and no ".." leads out of the root directory, whatever it contains and whoever changes
 * it meanwhile. By openat2(2), Linux 5.6, and where the kernel or a filter refuses that, component
 * by component. Async-signal-safe.
 *
 * Return: a descriptor as of sys_open_at(), or a negative errno: -ELOOP for a link that is not to
 * be followed.
 */
int resolve_in_root(int root_fd, const char *path, int flags, bool links);

#endif
