/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Namespaces that are bound inside a detached tree: open_tree(2) and fsmount(2) make mounts that are
 * in no mount namespace, and live as long as the descriptor that they gave. No table of mounts shows
 * them, and the kernel lists none of them by their numbers.
 *
 * Theory of operation:
 *  1. Such a descriptor has O_PATH, its link reads "/", and fdinfo says on which mount it is. A
 *     process that has opened its own root in this way has such a descriptor as well. That mount
 *     is known, and passed over.
 *  2. A child takes the descriptor over (pidfd_getfd(2)), and joins the mount namespace that the
 *     tree was made in. Only there the kernel lets it be copied, and since Linux 6.15. It is taken
 *     to be that of the process which holds it, or else ours. What statmount(2) knows there is
 *     attached, and not copied.
 *  3. The copy is attached in a copy of that mount namespace, which nobody else sees and which ends
 *     with the child. There listmount(2) and statmount(2) tell of it as of any mount.
 *
 * The tree itself is left alone: to attach it would take it from whoever holds it.
 */

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/mount-copy.h"
#include "kernel/mount-id.h"
#include "kernel/slow-read.h"
#include "kernel/statmount.h"
#include "scan/link.h"
#include "scan/open.h"
#include "scan/source.h"
#include "text/procfile.h"

/* How many milliseconds one tree may take, and all that get stuck together. */
#define PATIENCE_MS     150
#define PATIENCE_ALL_MS 600

/* A namespace in a tree. */
struct inside {
	uint64_t mount; /* that the tree begins with */
	struct libns_node *node;
	const char *path;
};

struct trees {
	struct libns_scan *scan;
	const struct scan_find *finds;
	size_t *which; /* indices of finds, of each mount one */
	size_t n;
	int own_ns_fd; /* our mount namespace */
	struct inside *list;
	size_t n_list;
};

void scan_note_tree(struct scan_worker *w, const struct scan_owner *owner, int fd,
		    const char *fdinfo)
{
	_cleanup_close_ int root_fd = -1;
	uint64_t flags, mount, of_root;

	if (!w->scan->live || !w->scan->own_pids ||
	    procfile_find_octal(fdinfo, "flags", &flags) < 0 || !(flags & O_PATH) ||
	    procfile_find_u64(fdinfo, "mnt_id", &mount) < 0 || !mount)
		return;
	/* Nothing is asked of the file system that may be there. */
	root_fd = sys_open_at(owner->dir_fd, "root", O_PATH);
	if (root_fd < 0 || mount_id_read(root_fd, &of_root) < 0 || of_root != mount)
		scan_found(w, &(struct scan_find){ LIBNS_HOLDER_TREE, 0, 0, owner->pid, owner->tid,
						   fd, mount });
}

/* Whether the kernel knows of the mount in the mount namespace that we are in. */
static int is_attached(uint64_t mount)
{
	struct statmount_request request = { .size = STATMOUNT_FIRST_SIZE,
					     .mnt_id = mount,
					     .param = STATMOUNT_SB_BASIC_ };
	struct statmount_reply reply;
	int r = sys_statmount(&request, &reply, sizeof(reply));

	return r == 0 ? 1 : r == -ENOENT ? 0 : r;
}

/* Return: a copy of the tree behind @fd, -ESTALE if it is none, or another negative errno. */
static int copy_tree(int ns_fd, int fd, uint64_t mount)
{
	int r = setns(ns_fd, CLONE_NEWNS) < 0 ? -errno : is_attached(mount);

	if (r != 0)
		return r < 0 ? r : -ESTALE;
	return sys_open_tree(fd, "", AT_EMPTY_PATH | SYS_TREE_RECURSIVE);
}

static int copy_somewhere(const struct trees *trees, const struct scan_find *find, int fd,
			  uint64_t mount)
{
	_cleanup_close_ int ns_fd = -1;
	char path[64];
	int r;

	error_format(path, sizeof(path), "%d/task/%d/ns/mnt", find->pid, find->tid);
	ns_fd = sys_open_at(trees->scan->procfs_fd, path, O_RDONLY);
	r = ns_fd < 0 ? ns_fd : copy_tree(ns_fd, fd, mount);
	/* It was made elsewhere and handed over, perhaps by one who is where we are. */
	return r == -EINVAL ? copy_tree(trees->own_ns_fd, fd, mount) : r;
}

struct listing {
	char *to;
	size_t size, used;
};

/* Adds "net:[4026531840]", the path, and a terminator behind each. */
static int add_mount(void *data, const char *root, const char *point)
{
	struct listing *listing = data;
	size_t n_root = strlen(root) + 1, n_point = point ? strlen(point) + 1 : 0;

	if (!point)
		return 0;
	if (n_root + n_point > listing->size - listing->used)
		return -E2BIG;
	memcpy(listing->to + listing->used, root, n_root);
	memcpy(listing->to + listing->used + n_root, point, n_point);
	listing->used += n_root + n_point;
	return 0;
}

static ssize_t list_tree(uint64_t mount, char *buf, size_t size)
{
	const struct statmount_request below = { STATMOUNT_FIRST_SIZE, 0, mount, 0, 0 };
	struct listing listing = { buf, size, 0 };
	int r = statmount_each_ns(&below, add_mount, &listing);

	return r < 0 ? r : (ssize_t)listing.used;
}

/* Return: the number that statmount(2) takes. */
static int unique_mount(int fd, struct sys_statx *st)
{
	int r = sys_statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC,
			  SYS_STATX_MNT_ID_UNIQUE | STATX_TYPE, st);

	return r < 0 ? r : st->mask & SYS_STATX_MNT_ID_UNIQUE ? 0 : -ENOSYS;
}

/* Runs in the child. */
static ssize_t look(void *data, size_t i, char *buf, size_t size, int *ret_fd)
{
	const struct trees *trees = data;
	const struct scan_find *find = &trees->finds[trees->which[i]];
	_cleanup_close_ int fd = scan_take_fd(trees->scan, find->pid, find->tid, find->fd);
	_cleanup_close_ int copy_fd = -1;
	struct sys_statx st;
	int r;

	(void)ret_fd;
	r = fd < 0 ? fd : unique_mount(fd, &st);
	/* A namespace alone, or another file, has been seen already. */
	if (r < 0 || !S_ISDIR(st.mode))
		return r;
	copy_fd = copy_somewhere(trees, find, fd, st.mnt_id);
	if (copy_fd < 0)
		return copy_fd == -ESTALE ? 0 : copy_fd;
	r = unique_mount(copy_fd, &st);
	if (r == 0 && unshare(CLONE_NEWNS) < 0)
		r = -errno;
	/* Otherwise it would be attached for all peers of the root. */
	if (r == 0)
		r = mount_copy_part();
	if (r == 0)
		r = sys_move_tree(copy_fd, AT_FDCWD, "/");
	return r < 0 ? r : list_tree(st.mnt_id, buf, size);
}

static int keep(struct trees *trees, uint64_t mount, const char *root, const char *point)
{
	struct model *model = &trees->scan->model;
	struct inside inside = { mount, NULL, NULL }, *more;
	uint64_t ino;
	int type = model_parse_link(root, &ino);

	if (type < 0 || !(trees->scan->links & libns_type_at((size_t)type)))
		return 0;
	inside.node = model_add(model, type, ino);
	inside.path = model_string(model, point, strlen(point));
	more = reallocarray(trees->list, trees->n_list + 1, sizeof(*more));
	if (more)
		trees->list = more;
	if (!inside.node || !inside.path || !more)
		return -ENOMEM;
	more[trees->n_list++] = inside;
	return 0;
}

/* It is gone meanwhile; or it is no tree, or on this kernel that cannot be told. */
static bool is_nothing(ssize_t r)
{
	return r == -ESRCH || r == -EBADF || r == -ENOENT || r == -EINVAL || r == -ENOSYS;
}

static int take(void *data, size_t i, const char *buf, ssize_t n, int fd)
{
	struct trees *trees = data;
	const char *end = buf + (n > 0 ? n : 0);
	int r = sys_is_shortage(n) ? (int)n : 0;

	base_close(fd);
	if (n < 0 && !r && !is_nothing(n))
		trees->scan->model.unseen[LIBNS_UNSEEN_MOUNTS]++;
	while (r == 0 && buf < end) {
		const char *point = buf + strlen(buf) + 1;

		r = keep(trees, trees->finds[trees->which[i]].object, buf, point);
		buf = point + strlen(point) + 1;
	}
	return r;
}

/* Many processes may have inherited one descriptor. */
static int select_each_once(struct trees *trees, size_t n)
{
	struct scan_map seen = { 0 };
	uint64_t before;
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		if (trees->finds[i].kind != LIBNS_HOLDER_TREE ||
		    scan_map_get(&seen, trees->finds[i].object, &before))
			continue;
		trees->which[trees->n++] = i;
		r = scan_map_put(&seen, trees->finds[i].object, 1);
	}
	free(seen.slots);
	return r;
}

static int hold_all(const struct trees *trees, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct scan_find *find = &trees->finds[i];

		for (size_t k = 0; find->kind == LIBNS_HOLDER_TREE && k < trees->n_list; k++) {
			const struct inside *inside = &trees->list[k];

			if (inside->mount == find->object &&
			    model_hold(&trees->scan->model, inside->node,
				       &(struct model_hold){ LIBNS_HOLDER_TREE, find->pid,
							     find->tid, find->fd, NULL,
							     inside->path, 0 }) < 0)
				return -ENOMEM;
		}
	}
	return 0;
}

static int read_trees(struct trees *trees, size_t n)
{
	struct slow_work work = { 0, look, take, trees, PATIENCE_MS, PATIENCE_ALL_MS };
	int r = select_each_once(trees, n);

	work.n = trees->n;
	trees->own_ns_fd = sys_open_at(trees->scan->procfs_fd, "self/ns/mnt", O_RDONLY);
	if (r == 0)
		r = sys_is_shortage(trees->own_ns_fd) ? trees->own_ns_fd : slow_read(&work);
	base_close(trees->own_ns_fd);
	return r < 0 ? r : hold_all(trees, n);
}

int scan_trees(struct libns_scan *scan, const struct scan_find *finds, size_t n)
{
	struct trees trees = { scan, finds, NULL, 0, -1, NULL, 0 };
	size_t n_trees = 0;
	int r;

	for (size_t i = 0; i < n; i++)
		n_trees += finds[i].kind == LIBNS_HOLDER_TREE;
	if (!n_trees || scan->fatal & (SCAN_CALL_GETFD | SCAN_CALL_MOUNTS))
		return 0;
	trees.which = calloc(n_trees, sizeof(*trees.which));
	r = trees.which ? read_trees(&trees, n) : -ENOMEM;
	free(trees.which);
	free(trees.list);
	return r;
}
