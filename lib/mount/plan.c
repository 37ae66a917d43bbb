/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The list of what is to be mounted. The caller makes it, because the child cannot allocate memory
 * between clone and exec.
 *
 * The descriptor of a source cannot be used in another mount namespace: the kernel copies no mounts
 * that belong to a foreign one. It is kept open nevertheless. As long as it is, the inode number of
 * the file cannot be given to another file, and by that number the child recognises the file that
 * the caller meant.
 */

#include "mount/plan.h"

#include <string.h>
#include <sys/stat.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/tree.h"
#include "mount/overlay.h"

static int no_memory(struct libns_error *err)
{
	return error_set(err, LIBNS_STEP_MOUNT, ENOMEM, "cannot plan mounts");
}

LIBNS_PUBLIC int libns_mount_plan_new(struct libns_mount_plan **ret_plan, struct libns_error *err)
{
	struct libns_mount_plan *plan = calloc(1, sizeof(*plan));

	if (!plan)
		return no_memory(err);
	plan->root.fd = plan->root.here_fd = -1;
	*ret_plan = plan;
	return 0;
}

void mount_op_close(struct mount_op *op)
{
	/* Descriptors of other operations belong to the caller. */
	if (op->kind == MOUNT_BIND || op->kind == MOUNT_LAYER || op->owns_tree)
		op->fd = base_close(op->fd);
}

static void free_op(struct mount_op *op)
{
	free(op->target);
	free(op->source);
	free(op->real);
	free(op->data);
	free(op->words);
	free(op->options);
	mount_op_close(op);
}

LIBNS_PUBLIC struct libns_mount_plan *libns_mount_plan_free(struct libns_mount_plan *plan)
{
	if (!plan)
		return NULL;
	free_op(&plan->root);
	for (size_t i = 0; i < plan->n; i++)
		free_op(&plan->ops[i]);
	for (size_t i = 0; i < plan->n_covers; i++) {
		free(plan->covers[i].real);
		free(plan->covers[i].given);
	}
	free(plan->covers);
	free(plan->ops);
	free(plan);
	return NULL;
}

LIBNS_PUBLIC size_t libns_mount_plan_count(const struct libns_mount_plan *plan)
{
	return plan->n + plan->n_covers;
}

bool mount_is_root(const char *target)
{
	return !target[strspn(target, "/")];
}

bool mount_plan_has_root(const struct libns_mount_plan *plan)
{
	bool found = plan->root.source;

	for (size_t i = 0; i < plan->n && !found; i++)
		found = plan->ops[i].kind < MOUNT_DIR && mount_is_root(plan->ops[i].target);
	return found;
}

bool mount_plan_has_sources(const struct libns_mount_plan *plan)
{
	bool found = plan->root.source || plan->n_covers;

	for (size_t i = 0; i < plan->n && !found; i++)
		found = plan->ops[i].kind == MOUNT_BIND || plan->ops[i].kind == MOUNT_LAYER;
	return found;
}

bool mount_plan_has_proc(const struct libns_mount_plan *plan)
{
	bool found = false;

	for (size_t i = 0; i < plan->n && !found; i++)
		found = plan->ops[i].kind == MOUNT_FS && !strcmp(plan->ops[i].type, "proc");
	return found;
}

static int bad(struct libns_error *err, const char *sentence)
{
	return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "%s", sentence);
}

/* Refuses empty paths: a variable of a script that is not set must not mean the root of the host. */
static int check(const char *source, const char *target, uint64_t flags, struct libns_error *err)
{
	if (flags & ~TREE_KNOWN_FLAGS)
		return error_unknown(err, "flag of a tree", flags & ~TREE_KNOWN_FLAGS);
	if (source && !*source)
		return bad(err, "the source of a mount is empty");
	if (!*target)
		return bad(err, "the target of a mount is empty");
	return 0;
}

/* Begins an operation with copies of its strings. @source may be NULL. */
static int begin_op(struct mount_op *op, const char *source, const char *target,
		    struct libns_error *err)
{
	int r = check(source, target, op->flags, err);

	op->fd = op->here_fd = -1;
	if (r < 0)
		return r;
	op->target = strdup(target);
	op->source = source ? strdup(source) : NULL;
	if (op->target && (op->source || !source))
		return 0;
	free_op(op);
	return no_memory(err);
}

int mount_op_find_real(struct mount_op *op, struct libns_error *err)
{
	if ((op->kind != MOUNT_BIND && op->kind != MOUNT_LAYER) || !op->source || op->real)
		return 0;
	op->real = realpath(op->source, NULL);
	return op->real
		       ? 0
		       : error_set(err, LIBNS_STEP_MOUNT, errno, "cannot look at '%s'", op->source);
}

/* Adds the operation to the plan, or frees what it has; @r is a failure that happened before. */
static int end_op(struct libns_mount_plan *plan, struct mount_op *op, int r,
		  struct libns_error *err)
{
	struct mount_op *more = NULL;

	if (r == 0 && plan->n_covers)
		r = mount_op_find_real(op, err);
	if (r == 0)
		more = reallocarray(plan->ops, plan->n + 1, sizeof(*more));
	if (!more) {
		free_op(op);
		return r < 0 ? r : no_memory(err);
	}
	plan->ops = more;
	plan->ops[plan->n++] = *op;
	return 0;
}

static int open_source(struct mount_op *op, int flags, struct libns_error *err)
{
	op->fd = sys_open_at(AT_FDCWD, op->source, O_PATH | flags);
	return op->fd < 0
		       ? error_set(err, LIBNS_STEP_MOUNT, -op->fd, "cannot open '%s'", op->source)
		       : 0;
}

LIBNS_PUBLIC int libns_mount_plan_set_root(struct libns_mount_plan *plan, const char *path,
					   uint64_t flags, struct libns_error *err)
{
	struct mount_op op = { .kind = MOUNT_BIND, .flags = flags };
	int r = begin_op(&op, path, "/", err);

	if (r < 0)
		return r;
	r = open_source(&op, O_DIRECTORY, err);
	if (r == 0 && plan->n_covers)
		r = mount_op_find_real(&op, err);
	if (r < 0) {
		free_op(&op);
		return r;
	}
	free_op(&plan->root);
	plan->root = op;
	return 0;
}

LIBNS_PUBLIC int libns_mount_plan_add_bind(struct libns_mount_plan *plan, const char *source,
					   const char *target, uint64_t flags,
					   struct libns_error *err)
{
	struct mount_op op = { .kind = MOUNT_BIND, .flags = flags };
	int r = begin_op(&op, source, target, err);

	return r < 0 ? r : end_op(plan, &op, open_source(&op, 0, err), err);
}

LIBNS_PUBLIC int libns_mount_plan_add_tree(struct libns_mount_plan *plan, int tree_fd,
					   const char *target, struct libns_error *err)
{
	struct mount_op op = { .kind = MOUNT_TREE };
	int r;

	if (tree_fd <= STDERR_FILENO)
		return bad(err, "a tree of mounts has no descriptor above 2");
	r = begin_op(&op, NULL, target, err);
	op.fd = tree_fd;
	return r < 0 ? r : end_op(plan, &op, 0, err);
}

int mount_plan_take_tree(struct libns_mount_plan *plan, int tree_fd, const char *target,
			 struct libns_error *err)
{
	int r = tree_fd < 0 ? tree_fd : libns_mount_plan_add_tree(plan, tree_fd, target, err);

	if (r < 0)
		base_close(tree_fd);
	else
		plan->ops[plan->n - 1].owns_tree = true;
	return r;
}

/* A device on a mount with nodev cannot be used, and a bind keeps the flags of its mount. */
static int check_usable(const struct mount_op *op, struct libns_error *err)
{
	uint64_t flags = 0;
	int r = tree_flags_of(op->fd, &flags);

	if (r < 0)
		return error_set(err, LIBNS_STEP_MOUNT, -r, "cannot look at '%s'", op->source);
	return flags & LIBNS_TREE_NODEV
		       ? error_say(err, LIBNS_STEP_MOUNT, EACCES,
				   "'%s' cannot be used as a device: it is mounted with nodev",
				   op->source)
		       : 0;
}

int mount_plan_add_device(struct libns_mount_plan *plan, const char *source, const char *target,
			  dev_t rdev, struct libns_error *err)
{
	/* On a read-only mount the device can be written to, and its file cannot be changed. */
	struct mount_op op = { .kind = MOUNT_BIND,
			       .flags = LIBNS_TREE_READ_ONLY | LIBNS_TREE_NOSUID |
					LIBNS_TREE_NOEXEC };
	struct stat st;
	int r = begin_op(&op, source, target, err);

	if (r < 0)
		return r;
	op.rdev = rdev;
	r = open_source(&op, O_NOFOLLOW, err);
	if (r == 0 && (fstat(op.fd, &st) < 0 || !S_ISCHR(st.st_mode) || st.st_rdev != rdev))
		r = error_say(err, LIBNS_STEP_MOUNT, ENODEV,
			      "'%s' is not the device that it has to be", source);
	if (r == 0)
		r = check_usable(&op, err);
	return end_op(plan, &op, r, err);
}

int mount_plan_add_layer(struct libns_mount_plan *plan, const char *source, const char *target,
			 struct libns_error *err)
{
	struct mount_op op = { .kind = MOUNT_LAYER };
	int r = begin_op(&op, source, target, err);

	return r < 0 ? r : end_op(plan, &op, open_source(&op, O_DIRECTORY, err), err);
}

int mount_plan_add_overlay(struct libns_mount_plan *plan, size_t n_layers, const char *target,
			   struct libns_error *err)
{
	struct mount_op op = { .kind = MOUNT_OVERLAY, .type = "overlay", .n_layers = n_layers };
	int r = begin_op(&op, NULL, target, err);

	if (r < 0)
		return r;
	op.options = calloc(OVERLAY_OPTIONS, sizeof(*op.options));
	op.words = malloc(overlay_room(n_layers));
	op.data = malloc(overlay_room(n_layers));
	return end_op(plan, &op, op.options && op.words && op.data ? 0 : no_memory(err), err);
}

int mount_plan_add_fs(struct libns_mount_plan *plan, const char *type, const char *target,
		      uint64_t flags, const struct mounts_option *option, const char *data,
		      struct libns_error *err)
{
	struct mount_op op = { .kind = MOUNT_FS, .type = type, .flags = flags };
	int r = begin_op(&op, NULL, target, err);

	if (r < 0 || !option)
		return r < 0 ? r : end_op(plan, &op, 0, err);
	for (op.n_options = 0; option[op.n_options].key; op.n_options++)
		continue;
	op.options = calloc(op.n_options, sizeof(*op.options));
	op.data = strdup(data);
	if (op.options)
		memcpy(op.options, option, op.n_options * sizeof(*op.options));
	return end_op(plan, &op, op.options && op.data ? 0 : no_memory(err), err);
}

LIBNS_PUBLIC int libns_mount_plan_add_tmpfs(struct libns_mount_plan *plan, const char *target,
					    uint64_t flags, const char *options,
					    struct libns_error *err)
{
	struct mount_op op = { .kind = MOUNT_FS, .type = "tmpfs", .flags = flags };
	int r = begin_op(&op, NULL, target, err);

	if (r < 0)
		return r;
	if (options && *options) {
		r = mounts_list_options(options, &op.options, &op.n_options, &op.words, err);
		op.data = strdup(options);
		if (r == 0 && !op.data)
			r = no_memory(err);
	}
	return end_op(plan, &op, r, err);
}

#define SPECIAL (LIBNS_TREE_NOSUID | LIBNS_TREE_NODEV | LIBNS_TREE_NOEXEC)

LIBNS_PUBLIC int libns_mount_plan_add_proc(struct libns_mount_plan *plan, const char *target,
					   struct libns_error *err)
{
	return mount_plan_add_fs(plan, "proc", target, SPECIAL, NULL, NULL, err);
}

LIBNS_PUBLIC int libns_mount_plan_add_sysfs(struct libns_mount_plan *plan, const char *target,
					    uint64_t flags, struct libns_error *err)
{
	return mount_plan_add_fs(plan, "sysfs", target, SPECIAL | flags, NULL, NULL, err);
}

LIBNS_PUBLIC int libns_mount_plan_add_mqueue(struct libns_mount_plan *plan, const char *target,
					     struct libns_error *err)
{
	return mount_plan_add_fs(plan, "mqueue", target, SPECIAL, NULL, NULL, err);
}

LIBNS_PUBLIC int libns_mount_plan_add_dir(struct libns_mount_plan *plan, const char *target,
					  struct libns_error *err)
{
	struct mount_op op = { .kind = MOUNT_DIR };
	int r = begin_op(&op, NULL, target, err);

	return r < 0 ? r : end_op(plan, &op, 0, err);
}

LIBNS_PUBLIC int libns_mount_plan_add_file(struct libns_mount_plan *plan, int fd,
					   const char *target, struct libns_error *err)
{
	struct mount_op op = { .kind = MOUNT_FILE };
	int r;

	if (fd < 0)
		return bad(err, "a file to be made has no descriptor");
	/* The second one would be empty. */
	for (size_t i = 0; i < plan->n; i++)
		if (plan->ops[i].kind == MOUNT_FILE && plan->ops[i].fd == fd)
			return bad(err, "two files to be made have the same descriptor");
	r = begin_op(&op, NULL, target, err);
	op.fd = fd;
	return r < 0 ? r : end_op(plan, &op, 0, err);
}

LIBNS_PUBLIC int libns_mount_plan_add_symlink(struct libns_mount_plan *plan, const char *text,
					      const char *target, struct libns_error *err)
{
	struct mount_op op = { .kind = MOUNT_SYMLINK };
	int r;

	if (!*text)
		return bad(err, "the text of a symbolic link is empty");
	r = begin_op(&op, text, target, err);
	if (r == 0 && mount_is_root(target))
		r = end_op(plan, &op, bad(err, "a symbolic link cannot be the root"), err);
	return r < 0 ? r : end_op(plan, &op, 0, err);
}

LIBNS_PUBLIC int libns_mount_options_parse(const char *text, uint64_t *flags, char **ret_rest,
					   struct libns_error *err)
{
	const unsigned long known = tree_mount_flags(TREE_KNOWN_FLAGS);
	unsigned long ms = tree_mount_flags(*flags);
	int r = mounts_split_options(text, &ms, ret_rest, err);

	if (r < 0)
		return r;
	if (ms & ~known) {
		free(*ret_rest);
		*ret_rest = NULL;
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "'%s' has an option other than ro, nosuid, nodev, noexec, "
				 "nosymfollow, their opposites and those of the file system",
				 text);
	}
	*flags = (*flags & LIBNS_TREE_PRIVATE) | tree_flags(ms);
	return 0;
}
