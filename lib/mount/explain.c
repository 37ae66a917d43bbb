/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A plan of mounts in words, a line for each operation. */

#include "base/base.h"
#include "base/err.h"
#include "mount/plan.h"

static void explain(const struct mount_op *op, char *buf, size_t size, const char **ret_why)
{
	switch (op->kind) {
	case MOUNT_BIND:
		*ret_why = "show a file or directory of the host";
		error_format(buf, size, "open_tree(\"%s\"), move_mount(\"%s\")", op->source,
			     op->target);
		return;
	case MOUNT_FS:
		*ret_why = "a new file system";
		error_format(buf, size, "fsopen(\"%s\"), move_mount(\"%s\")", op->type, op->target);
		return;
	case MOUNT_OVERLAY:
		*ret_why = op->n_layers ? "these directories, seen as one"
					: "what is changed there is kept in memory";
		error_format(buf, size, "fsopen(\"overlay\"), move_mount(\"%s\")", op->target);
		return;
	case MOUNT_LAYER:
		*ret_why = "a layer of the overlay that follows";
		error_format(buf, size, "fsconfig(\"lowerdir\", \"%s\")", op->source);
		return;
	case MOUNT_DIR:
		*ret_why = "a directory, on a file system that is new";
		error_format(buf, size, "mkdir(\"%s\")", op->target);
		return;
	case MOUNT_FILE:
		*ret_why = "a file, on a file system that is new";
		error_format(buf, size, "read(%d), write(\"%s\")", op->fd, op->target);
		return;
	case MOUNT_SYMLINK:
		*ret_why = "a symbolic link, on a file system that is new";
		error_format(buf, size, "symlink(\"%s\", \"%s\")", op->source, op->target);
		return;
	case MOUNT_TREE:
		*ret_why = "show a tree of mounts";
		error_format(buf, size, "move_mount(%d, \"%s\")", op->fd, op->target);
		return;
	}
}

void mount_plan_explain(const struct libns_mount_plan *plan,
			void (*say)(void *data, const char *why, const char *call), void *data)
{
	char call[512];
	const char *why = "";

	if (plan->root.source) {
		error_format(call, sizeof(call), "open_tree(\"%s\"), move_mount(\"%s\")",
			     plan->root.source, plan->root.source);
		say(data, "the new root", call);
	}
	for (size_t i = 0; i < plan->n; i++) {
		explain(&plan->ops[i], call, sizeof(call), &why);
		say(data, why, call);
	}
	if (mount_plan_has_root(plan))
		say(data, "let go of the old root",
		    "pivot_root(\".\", \".\"), umount2(\".\", MNT_DETACH)");
}
