/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Some namespaces have no holder that leads to them: a bind mount in another mount
 * namespace, a mount namespace without members, what only listns(2) shows. The
 * descriptor that the scan had of such a one is kept, so that it can be asked for its
 * relations, entered for its mounts, and handed to the caller. Descriptors are limited:
 * what does not fit is no failure, but is found without a way to it.
 */

#include "scan/kept.h"

#include <fcntl.h>
#include <sys/resource.h>

#include "base/base.h"

/*
 * Descriptors to spend on what nobody leads to; beyond that owners of some bind mounts stay
 * unknown, and are counted as such.
 */
#define MAX_KEPT 256

/* The rest of the work needs some, and so does the caller. */
static size_t may_keep(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur / 4 > MAX_KEPT)
		return MAX_KEPT;
	return (size_t)limit.rlim_cur / 4;
}

void scan_keep(struct scan_kept *kept, const struct libns_node *node, int fd)
{
	struct scan_kept_entry *more;

	if (fd < 0 || kept->n >= may_keep())
		return;
	more = realloc(kept->list, (kept->n + 1) * sizeof(*more));
	if (!more)
		return;
	kept->list = more;
	fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (fd >= 0)
		kept->list[kept->n++] = (struct scan_kept_entry){ node, fd };
}

int scan_kept_fd(const struct scan_kept *kept, const struct libns_node *node)
{
	for (size_t i = 0; i < kept->n; i++)
		if (kept->list[i].node == node)
			return kept->list[i].fd;
	return -1;
}

void scan_close_kept(struct scan_kept *kept)
{
	for (size_t i = 0; i < kept->n; i++)
		close(kept->list[i].fd);
	free(kept->list);
	*kept = (struct scan_kept){ NULL, 0 };
}
