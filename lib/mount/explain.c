/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A plan of mounts in words, a line for each operation. */

#include <string.h>

#include "base/base.h"
#include "base/err.h"
#include "mount/plan.h"

/* "mount_setattr(ro,nodev), ", or nothing. */
static const char *flag_words(uint64_t flags, const char *call, char *buf, size_t size)
{
	static const struct {
		uint64_t flag;
		const char *word;
	} words[] = {
		{ LIBNS_TREE_READ_ONLY, "ro" },
		{ LIBNS_TREE_NOSUID, "nosuid" },
		{ LIBNS_TREE_NODEV, "nodev" },
		{ LIBNS_TREE_NOEXEC, "noexec" },
		{ LIBNS_TREE_NOSYMFOLLOW, "nosymfollow" },
		{ LIBNS_TREE_PRIVATE, "private" },
	};
	size_t n = 0;

	*buf = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (flags & words[i].flag) {
			error_format(buf + n, size - n, "%s%s%s", n ? "" : call, n ? "," : "(",
				     words[i].word);
			n = strlen(buf);
		}
	if (n)
		error_format(buf + n, size - n, "), ");
	return buf;
}

static void explain_bind(const struct mount_op *op, char *buf, size_t size)
{
	char flags[80];

	error_format(buf, size, "open_tree(\"%s\"), %smove_mount(\"%s\")", op->source,
		     flag_words(op->flags, "mount_setattr", flags, sizeof(flags)), op->target);
}

static void explain_fs(const struct mount_op *op, char *buf, size_t size)
{
	char flags[80];

	error_format(buf, size, "fsopen(\"%s\"), %s%s%s%smove_mount(\"%s\")", op->type,
		     op->data ? "fsconfig(\"" : "", op->data ? op->data : "",
		     op->data ? "\"), " : "",
		     flag_words(op->flags, "fsmount", flags, sizeof(flags)), op->target);
}

static void explain(const struct mount_op *op, char *buf, size_t size, const char **ret_why)
{
	switch (op->kind) {
	case MOUNT_BIND:
		*ret_why = "show a file or directory of the host";
		explain_bind(op, buf, size);
		return;
	case MOUNT_FS:
		*ret_why = "a new file system";
		explain_fs(op, buf, size);
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

static void explain_cover(const struct mount_cover *cover, char *buf, size_t size,
			  const char **ret_why)
{
	switch (cover->kind) {
	case COVER_PROTECT:
		*ret_why = "read-only wherever it is shown, or not to be made";
		error_format(buf, size, "open_tree, mount_setattr(ro), move_mount(\"%s\")",
			     cover->real);
		return;
	case COVER_LINK:
		*ret_why = "a link that cannot be replaced";
		error_format(buf, size, "open_tree, move_mount(\"%s\")", cover->real);
		return;
	case COVER_HIDE:
		*ret_why = "not readable wherever it is shown, or not to be made";
		error_format(buf, size, "fsopen(\"tmpfs\"), move_mount(\"%s\")", cover->real);
		return;
	}
}

void mount_plan_explain(const struct libns_mount_plan *plan,
			void (*say)(void *data, const char *why, const char *call), void *data)
{
	char call[512];
	const char *why = "";

	if (plan->root.source) {
		explain_bind(&plan->root, call, sizeof(call));
		say(data, "the new root", call);
	}
	for (size_t i = 0; i < plan->n; i++) {
		explain(&plan->ops[i], call, sizeof(call), &why);
		say(data, why, call);
	}
	for (size_t i = 0; i < plan->n_covers; i++) {
		explain_cover(&plan->covers[i], call, sizeof(call), &why);
		say(data, why, call);
	}
}

void mount_plan_explain_switch(const struct libns_mount_plan *plan,
			       void (*say)(void *data, const char *why, const char *call),
			       void *data)
{
	if (mount_plan_has_root(plan))
		say(data, "let go of the old root",
		    "pivot_root(\".\", \".\"), umount2(\".\", MNT_DETACH)");
}
