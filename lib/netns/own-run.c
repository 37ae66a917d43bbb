/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Names of network namespaces lie in /run/netns, and /run belongs to root. Whoever is root only of a
 * user namespace of his own may not write there, but may mount there: so a file system in memory
 * covers /run, in his mount namespace alone. It ends with that, as do the namespaces that have their
 * names in it. The names are where every other program looks for them, ip(8) too.
 *
 * What was in /run is still found, by links to where the covered /run is mounted again. The names of
 * the host are left out: nobody here can enter what they stand for.
 */

#include "netns/own-run.h"

#include <linux/capability.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "netns/dir.h"

#define RUN "/run"
#define OLD ".host"

#define PATIENCE_MILLISECONDS 1000

static bool is_closed(const char *path)
{
	return faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) < 0 &&
	       (errno == EACCES || errno == EROFS || errno == EPERM);
}

bool own_run_is_needed(void)
{
	if (!is_closed(NETNS_RUN) &&
	    (faccessat(AT_FDCWD, NETNS_RUN, F_OK, AT_EACCESS) == 0 || !is_closed(RUN)))
		return false;
	return sys_has_cap(CAP_SYS_ADMIN) && sys_is_in_user_ns();
}

/* Of the names in /run that are ours, and of those of ip(8), there are new ones. */
static bool is_left_out(const char *name)
{
	return !strcmp(name, "netns") || !strcmp(name, "xnetns");
}

static int link_old(int old_fd, int new_fd)
{
	_cleanup_dir_ DIR *dir = NULL;
	struct dirent *entry;
	char target[300];
	int r = sys_open_dir(old_fd, ".", &dir);

	while (r >= 0 && (r = sys_next_entry(dir, &entry)) > 0) {
		snprintf(target, sizeof(target), OLD "/%s", entry->d_name);
		if (!is_left_out(entry->d_name) && symlinkat(target, new_fd, entry->d_name) < 0)
			return -errno;
	}
	return r;
}

/* @tree_fd: what /run was, with all that is mounted below it */
static int fill(int old_fd, int tree_fd)
{
	_cleanup_close_ int new_fd = sys_open_at(AT_FDCWD, RUN, O_RDONLY | O_DIRECTORY);
	int r;

	if (new_fd < 0)
		return new_fd;
	if (mkdirat(new_fd, OLD, 0755) < 0)
		return -errno;
	r = sys_move_tree(tree_fd, AT_FDCWD, RUN "/" OLD);
	return r < 0 ? r : link_old(old_fd, new_fd);
}

/* Two processes of one namespace may come here at once. It goes on without the lock where somebody
 * holds it for long: whoever may read /run could. */
static void lock(int fd)
{
	int64_t until = sys_now_ms() + PATIENCE_MILLISECONDS;

	while (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK && sys_now_ms() < until)
		nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
}

int own_run_make(struct libns_error *err)
{
	_cleanup_close_ int old_fd = -1, tree_fd = -1;
	int r;

	if (!own_run_is_needed())
		return 0;
	old_fd = sys_open_at(AT_FDCWD, RUN, O_RDONLY | O_DIRECTORY);
	if (old_fd < 0)
		return 0;
	lock(old_fd);
	if (!own_run_is_needed())
		return 0;
	/* Once it is covered, a copy would have the cover, too. */
	tree_fd = sys_open_tree(old_fd, "", AT_EMPTY_PATH | SYS_TREE_RECURSIVE);
	/* Refused where the mount namespace is the host's: then what was asked for says so. */
	if (tree_fd < 0 || mount("tmpfs", RUN, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755") < 0)
		return 0;
	r = fill(old_fd, tree_fd);
	if (r == 0)
		return 0;
	(void)umount2(RUN, MNT_DETACH);
	return error_set(err, LIBNS_STEP_NETNS, -r, "cannot make a '" RUN "' of one's own");
}
