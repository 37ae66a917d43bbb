/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Mounts of mount namespaces other than the caller's.
 *
 * Theory of operation:
 *  1. NS_MNT_GET_PREV leads to the first mount namespace, and NS_MNT_GET_NEXT
 *    from there to all others, whatever holds them (Linux 6.12, with full
 *    privileges).
 *  2. listmount(2) and statmount(2) by the id of the namespace tell every mount
 *     in it, without entering it: also what a chroot hides from the processes
 *     there, and what later mounts cover.
 *  3. Where this walk is not available, the mount namespaces found so far are
 *    asked in the same way, or, on older kernels, through the mountinfo of a
 *    member. They may hold further mount namespaces.
 *
 * A namespace of this walk that contains bind mounts of others is kept open
 * until relations are known: scan/relations.c has to enter it for these.
 */

#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/statmount.h"
#include "scan/bound.h"
#include "scan/link.h"
#include "scan/relate.h"
#include "scan/source.h"

struct reading {
	struct libns_scan *scan;
	struct libns_node *where;
	bool found;
};

static int note_mount(void *data, const char *root, const char *point)
{
	struct reading *reading = data;

	reading->found = true;
	return scan_found_mount(reading->scan, reading->where, root, point ? point : "");
}

/* After -ENOSYS, -EPERM or a mount that does not fit the buffer, another way is tried. */
static int read_mounts(struct libns_scan *scan, struct libns_node *where, uint64_t ns_id, int fd)
{
	const struct statmount_request all = { sizeof(all), 0, LISTMOUNT_ROOT, 0, ns_id };
	struct reading reading = { scan, where, false };
	int r = statmount_each_ns(&all, note_mount, &reading);

	if (r < 0)
		return r;
	if (reading.found)
		scan_keep(&scan->kept, where, fd);
	return 0;
}

static int read_through_member(struct libns_scan *scan, struct libns_node *node)
{
	_cleanup_close_ int dir_fd = -1;

	if (!node->leader)
		return -ENOENT;
	dir_fd = scan_open_member(scan->procfs_fd, node->leader->pid, "ns/mnt", node->id.ino);
	return dir_fd < 0 ? dir_fd : scan_read_mountinfo(scan, node, dir_fd, "mountinfo");
}

/* Lists one mount namespace through an open descriptor of it. */
static int visit(struct libns_scan *scan, int fd)
{
	struct libns_node *node = scan_node_of_fd(scan, fd);
	struct mount_ns_info info = { .size = sizeof(info) };
	int r;

	if (!node)
		return -ENOMEM;
	if (node->looked_into)
		return 0;
	node->looked_into = true;
	r = scan->sources & LIBNS_SCAN_RELATIONS ? scan_relate(scan, node, fd) : 0;
	if (r < 0 || node == scan->model.own_mnt)
		return r;
	r = scan->fatal & SCAN_CALL_MOUNTS        ? -ENOSYS
	    : ioctl(fd, MOUNT_NS_INFO, &info) < 0 ? -errno
						  : 0;
	if (r == 0)
		r = read_mounts(scan, node, info.id, fd);
	if (r < 0 && !sys_is_shortage(r))
		r = read_through_member(scan, node);
	if (r == 0 || sys_is_failure(r))
		return r;
	scan->model.unseen[LIBNS_UNSEEN_MOUNTS]++;
	return 0;
}

static int neighbour(int fd, unsigned long request)
{
	struct mount_ns_info info = { .size = sizeof(info) };
	int next = ioctl(fd, request, &info);

	return next < 0 ? -errno : sys_fd_above_stdio(next);
}

/* Return: 0 if all have been visited, otherwise the reason why not. */
static int walk(struct libns_scan *scan)
{
	int fd = sys_open_at(scan->procfs_fd, "self/ns/mnt", O_RDONLY), next, r;

	if (fd < 0)
		return fd;
	while ((next = neighbour(fd, MOUNT_NS_PREV)) >= 0) {
		close(fd);
		fd = next;
	}
	r = next == -ENOENT ? 0 : next;
	while (r == 0) {
		r = visit(scan, fd);
		next = neighbour(fd, MOUNT_NS_NEXT);
		close(fd);
		if (next < 0)
			return next == -ENOENT ? r : next;
		fd = next;
	}
	close(fd);
	return r;
}

/* Reads those that are known. The list grows while they are read. */
static int visit_known(struct libns_scan *scan)
{
	int mnt = model_type_index(LIBNS_TYPE_MNT), r = 0;

	for (size_t i = 0; i < scan->model.n_nodes && r == 0; i++) {
		struct libns_node *node = scan->model.nodes[i];
		int fd;

		if (node->type != mnt || node->looked_into || node == scan->model.own_mnt)
			continue;
		fd = scan_open_any(scan, node);
		if (fd >= 0) {
			r = visit(scan, fd);
			close(fd);
			continue;
		}
		r = sys_is_shortage(fd) ? fd : read_through_member(scan, node);
		/* For a saved copy nothing is opened, and that is no failure. */
		if (r < 0 && !sys_is_failure(r) && scan->live && sys_is_failure(fd))
			r = fd;
		if (r == 0 || sys_is_failure(r))
			continue;
		scan->model.unseen[LIBNS_UNSEEN_MOUNTS]++;
		r = 0;
	}
	return r;
}

int scan_other_mounts(struct libns_scan *scan)
{
	int r = scan->live ? walk(scan) : -EOPNOTSUPP;

	return r == 0 || sys_is_shortage(r) ? r : visit_known(scan);
}
