/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * No holder leads to some namespaces: those with only a bind mount in another mount namespace,
 * mount namespaces without members, and those that only listns(2) shows. The descriptor that the
 * scan had of such a namespace is kept, so that it can be asked for its relations, entered for its
 * mounts, and handed to the caller. The number of descriptors is limited. If one does not fit, that
 * is no failure: the namespace is listed but cannot be opened.
 */

#include "scan/kept.h"

#include <fcntl.h>
#include <sys/resource.h>

#include "base/base.h"

/*
 * So many descriptors are kept at most. Beyond that the owners of some bind mounts stay unknown,
 * and are counted as such.
 */
#define MAX_KEPT 256

/* The rest of the scan and the caller need some descriptors too. */
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
