/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_MOUNT_PLAN_PRIVATE_H
#define LIBNS_MOUNT_PLAN_PRIVATE_H

#include <stdbool.h>
#include <sys/types.h>

#include <libns/mount-plan.h>

#include "kernel/mounts.h"

/* The kinds from MOUNT_DIR on mount nothing. */
enum mount_kind {
	MOUNT_BIND,
	MOUNT_TREE,
	MOUNT_FS,
	MOUNT_OVERLAY, /* of the MOUNT_LAYERs before it; or in memory, over what it covers */
	MOUNT_DIR,
	MOUNT_FILE,
	MOUNT_SYMLINK,
	MOUNT_LAYER,
};

/* One operation of a plan of mounts. */
struct mount_op {
	enum mount_kind kind;
	char *target;
	char *source;     /* path of what is bound, text of a link; or NULL */
	char *real;       /* the same path without links, if covers ask for it; or NULL */
	uint64_t flags;   /* LIBNS_TREE_* */
	const char *type; /* of a new file system */
	char *data;       /* its options as mount(2) takes them, or NULL */
	char *words;      /* the strings that @options points to, which are for fsconfig(2) */
	struct mounts_option *options;
	size_t n_options;
	size_t n_layers; /* of an overlay; 0: it is one in memory */
	int fd; /* what the caller has opened, which is not changed: the source, a tree; -1 */
	bool owns_tree; /* @fd of a tree is closed with the plan, and is not the caller's */
	dev_t rdev;     /* the device that the source has to be; 0: whatever it is */

	/*
	 * These are written while the plan is carried out, in the new mount namespace. Because of
	 * them no child with mounts shares the memory of its caller, see spawn/way.c.
	 */
	int here_fd;   /* the source or what was made of it; -1 */
	bool is_tree;  /* @here_fd is a tree that is attached nowhere yet */
	bool is_link;  /* the target is a symbolic link itself */
	bool is_made;  /* it is a new file system, which was empty at first, */
	dev_t made_on; /*   and has this device number */
};

enum cover_kind {
	COVER_PROTECT,
	COVER_LINK, /* a link on the way to another one */
	COVER_HIDE,
};

/* A path that is protected or hidden, whatever the operations do. */
struct mount_cover {
	enum cover_kind kind;
	char *real;  /* absolute, without links; it need not exist */
	char *given; /* absolute, as it was given; NULL for a link */
};

struct libns_mount_plan {
	struct mount_op root; /* its @source is NULL: there is none */
	struct mount_op *ops;
	size_t n;
	struct mount_cover *covers;
	size_t n_covers;
};

/* Notes the path of a source without links, for the sake of covers. */
int mount_op_find_real(struct mount_op *op, struct libns_error *err);

/* For libns_mount_plan_add_dev() and _add_overlay(): makes an operation that is not checked any more. */
int mount_plan_add_fs(struct libns_mount_plan *plan, const char *type, const char *target,
		      uint64_t flags, const struct mounts_option *option, const char *data,
		      struct libns_error *err);
int mount_plan_add_layer(struct libns_mount_plan *plan, const char *source, const char *target,
			 struct libns_error *err);
/* With room for what overlay_prepare() writes. */
int mount_plan_add_overlay(struct libns_mount_plan *plan, size_t n_layers, const char *target,
			   struct libns_error *err);
int mount_plan_add_device(struct libns_mount_plan *plan, const char *source, const char *target,
			  dev_t rdev, struct libns_error *err);

/* Whether @path is @dir or below it. Return: what follows @dir, or NULL. */
const char *mount_path_below(const char *path, const char *dir);

/* Whether another cover does all that this one would do. */
bool mount_cover_is_needless(const struct libns_mount_plan *plan, const struct mount_cover *cover);

/* As libns_mount_plan_add_tree(), but @tree_fd belongs to the plan, also on failure. A negative one
 * is the failure to make it, and is returned. */
int mount_plan_take_tree(struct libns_mount_plan *plan, int tree_fd, const char *target,
			 struct libns_error *err);

/* Closes the descriptor of the source, which the operation owns. */
void mount_op_close(struct mount_op *op);

/* Whether a target consists of slashes only, and so is the root itself. */
bool mount_is_root(const char *target);

/* Whether the plan changes the root. */
bool mount_plan_has_root(const struct libns_mount_plan *plan);

/* Whether something in it is found by a path of the caller's. */
bool mount_plan_has_sources(const struct libns_mount_plan *plan);

/* Whether a procfs is in it. */
bool mount_plan_has_proc(const struct libns_mount_plan *plan);

/*
 * Carries it out, in a mount namespace of which nothing is seen elsewhere. Afterwards "/" is the
 * root and the working directory if there is a new one. @before_switch is called when all is
 * mounted and nothing can go wrong but the switch of the root. @is_closed_later: the caller closes
 * all descriptors before anybody else runs, and those that are used here stay until then.
 * Async-signal-safe.
 */
int mount_plan_carry_out(struct libns_mount_plan *plan, bool is_closed_later,
			 int (*before_switch)(void *data, struct libns_error *err), void *data,
			 struct libns_error *err);

/* These say what would be done, before @before_switch is called and after that. */
void mount_plan_explain(const struct libns_mount_plan *plan,
			void (*say)(void *data, const char *why, const char *call), void *data);
void mount_plan_explain_switch(const struct libns_mount_plan *plan,
			       void (*say)(void *data, const char *why, const char *call),
			       void *data);

#endif
