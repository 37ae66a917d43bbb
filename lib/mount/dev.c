/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A minimal /dev: the devices that every program expects, terminals of its own, and links.
 *
 * Nobody in a user namespace may make device nodes, so those of the host are shown. A rootfs
 * may have a node of the same name that is another device: it is covered and never used. The
 * host's own nodes are checked first, because in somebody else's container /dev/null may be an
 * ordinary file.
 */

#include <string.h>
#include <sys/sysmacros.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "mount/plan.h"

/* Return: the path, free(3), or NULL. */
static char *join(const char *dir, const char *name)
{
	size_t size = strlen(dir) + strlen(name) + 2;
	char *path = malloc(size);

	return path ? sys_join_path(path, size, dir, name) : NULL;
}

static int no_memory(struct libns_error *err)
{
	return error_set(err, LIBNS_STEP_MOUNT, ENOMEM, "cannot plan mounts");
}

static int add_nodes(struct libns_mount_plan *plan, const char *dir, struct libns_error *err)
{
	static const struct {
		const char *source, *name;
		unsigned int major, minor;
	} nodes[] = {
		{ "/dev/null", "null", 1, 3 },       { "/dev/zero", "zero", 1, 5 },
		{ "/dev/full", "full", 1, 7 },       { "/dev/random", "random", 1, 8 },
		{ "/dev/urandom", "urandom", 1, 9 }, { "/dev/tty", "tty", 5, 0 },
	};
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(nodes) && r == 0; i++) {
		_cleanup_free_ char *path = join(dir, nodes[i].name);

		r = path ? mount_plan_add_device(plan, nodes[i].source, path,
						 makedev(nodes[i].major, nodes[i].minor), err)
			 : no_memory(err);
	}
	return r;
}

static int add_links(struct libns_mount_plan *plan, const char *dir, struct libns_error *err)
{
	static const struct {
		const char *text, *name;
	} links[] = {
		{ "pts/ptmx", "ptmx" },          { "/proc/self/fd", "fd" },
		{ "/proc/self/fd/0", "stdin" },  { "/proc/self/fd/1", "stdout" },
		{ "/proc/self/fd/2", "stderr" },
	};
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(links) && r == 0; i++) {
		_cleanup_free_ char *path = join(dir, links[i].name);

		r = path ? libns_mount_plan_add_symlink(plan, links[i].text, path, err)
			 : no_memory(err);
	}
	return r;
}

LIBNS_PUBLIC int libns_mount_plan_add_dev(struct libns_mount_plan *plan, const char *target,
					  struct libns_error *err)
{
	static const struct mounts_option for_root[] = { { "mode", "0755" }, { NULL, NULL } };
	static const struct mounts_option for_all[] = { { "mode", "1777" }, { NULL, NULL } };
	static const struct mounts_option for_pts[] = {
		{ "newinstance", NULL }, { "ptmxmode", "0666" }, { "mode", "0620" }, { NULL, NULL }
	};
	const uint64_t flags = LIBNS_TREE_NOSUID | LIBNS_TREE_NOEXEC;
	_cleanup_free_ char *pts = join(target, "pts"), *shm = join(target, "shm");
	int r;

	if (!pts || !shm)
		return no_memory(err);
	if (mount_is_root(target))
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "the devices cannot be the root");
	r = mount_plan_add_fs(plan, "tmpfs", target, flags | LIBNS_TREE_NODEV, for_root,
			      "mode=0755", err);
	if (r == 0)
		r = add_nodes(plan, target, err);
	if (r == 0)
		r = mount_plan_add_fs(plan, "devpts", pts, flags, for_pts,
				      "newinstance,ptmxmode=0666,mode=0620", err);
	if (r == 0)
		r = mount_plan_add_fs(plan, "tmpfs", shm, flags | LIBNS_TREE_NODEV, for_all,
				      "mode=1777", err);
	return r < 0 ? r : add_links(plan, target, err);
}
