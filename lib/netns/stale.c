/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Names that somebody left behind when he was killed. They are removed under the lock, so that none
 * of us is about to take one over. ip(8) does not hold the lock, but it never binds anything on a
 * file that was there before; and a file that something is bound on cannot be unlinked.
 */

#include "netns/stale.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/base.h"
#include "base/err.h"
#include "netns/dir.h"
#include "netns/where.h"

int netns_is_stale(int dir_fd, const char *name)
{
	int state = netns_state(dir_fd, name, NULL);
	struct netns_where where;
	struct stat st;
	int r;

	if (state < 0)
		return state;
	/* A link that leads nowhere can have nothing bound on it. */
	if (state == NETNS_MISSING)
		return fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode);
	if (state != NETNS_STALE)
		return 0;
	r = netns_find(dir_fd, &name, &where, 1);
	if (r < 0)
		return r;
	if (where.found)
		return 0;
	return where.n_unreadable ? -EACCES : 1;
}

int netns_remove_stale(int run_fd, const char *name, struct libns_error *err)
{
	_cleanup_close_ int dir_fd = -1;
	int r = netns_check_name(name, err);

	if (r < 0)
		return r;
	dir_fd = r = netns_open_dir(run_fd);
	if (r >= 0)
		r = netns_lock(dir_fd) ? netns_is_stale(dir_fd, name) : -EBUSY;
	if (r == 0)
		return 1;
	if (r > 0)
		r = unlinkat(dir_fd, name, 0) == 0 ? 0 : -errno;
	if (r == -ENOENT || r == 0)
		return r < 0;
	return error_set(err, LIBNS_STEP_NETNS, -r, "cannot remove namespace file '%s%s'",
			 NETNS_PREFIX(run_fd), name);
}
