/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Bind mounts of namespaces. A mount table shows them as file system "nsfs"
 * with a root of "net:[4026531840]", also when a later mount covers them or a
 * second namespace is stacked on the same file. The namespace is identified by
 * that text, and never by what the path leads to now.
 */

#include <fcntl.h>
#include <string.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "scan/source.h"
#include "text/mountinfo.h"

int scan_found_mount(struct libns_scan *scan, struct libns_node *where, const char *root,
		     const char *point)
{
	struct model_hold hold = { LIBNS_HOLDER_MOUNT, 0, 0, -1, where, NULL, 0 };
	struct libns_node *node;
	uint64_t ino;
	int type = model_parse_link(root, &ino);

	if (type < 0 || !(scan->links & libns_type_at((size_t)type)))
		return 0;
	node = model_add(&scan->model, type, ino);
	hold.path = model_string(&scan->model, point, strlen(point));
	if (!node || !hold.path)
		return -ENOMEM;
	return model_hold(&scan->model, node, &hold);
}

/* "36 35 0:3 net:[4026531840] /run/netns/x rw shared:1 - nsfs nsfs rw" */
static int read_line(struct libns_scan *scan, struct libns_node *where, struct procfile_word line)
{
	_cleanup_free_ char *point = NULL;
	struct mountinfo mount;
	char root[64];

	if (mountinfo_parse(line, &mount) < 0 || !mountinfo_word_is(mount.fstype, "nsfs") ||
	    mount.root.n >= sizeof(root))
		return 0;
	point = malloc(mount.point.n + 1);
	if (!point)
		return -ENOMEM;
	mountinfo_unescape(mount.root, root);
	mountinfo_unescape(mount.point, point);
	return scan_found_mount(scan, where, root, point);
}

int scan_read_mountinfo(struct libns_scan *scan, struct libns_node *where, int dir_fd,
			const char *path)
{
	_cleanup_free_ char *text = NULL;
	struct procfile_word line;
	int r = sys_read_alloc_at(dir_fd, path, &text, NULL);
	const char *rest = text;

	/* EINVAL: the process is about to end and has left its mount namespace. */
	if (r < 0)
		return r == -EINVAL ? -ESRCH : r;
	while (r >= 0 && (line = procfile_next_line(&rest)).s)
		r = read_line(scan, where, line);
	return r < 0 ? r : 0;
}
