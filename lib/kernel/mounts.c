/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The mount table of one process, through libmount: its parser and its words for the odd
 * names, stacked mounts and options. It is the wrong tool where the tables of all mount
 * namespaces are looked through (5,000 lines take it 9 ms, and a reader of a few words half a
 * one), and where nothing may be loaded: text/mountinfo.c is the reader for these.
 *
 * The file is read before it is parsed. Whatever cannot be read is an error; libmount would
 * take it for the end.
 */

#include "kernel/mounts.h"

#include <string.h>
#include <sys/mount.h>

#include "base/base.h"
#include "base/dl.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/proc.h"
#include "text/mountinfo.h"

bool mounts_lack_library(int r)
{
	return r == -ELIBACC || r == -ELIBBAD || r == -EOPNOTSUPP;
}

#if HAVE_LIBMOUNT

#include <libmount.h>

DL_NOTE("mount", "Mounts of a process, propagation, control groups", "recommended",
	"libmount.so.1");

#define LIBMOUNT_FUNCTIONS(X)                                                                      \
	X(mnt_new_table)                                                                           \
	X(mnt_unref_table)                                                                         \
	X(mnt_table_parse_stream)                                                                  \
	X(mnt_table_get_nents)                                                                     \
	X(mnt_table_next_fs)                                                                       \
	X(mnt_table_find_target)                                                                   \
	X(mnt_new_iter)                                                                            \
	X(mnt_free_iter)                                                                           \
	X(mnt_fs_get_id)                                                                           \
	X(mnt_fs_get_parent_id)                                                                    \
	X(mnt_fs_get_target)                                                                       \
	X(mnt_fs_get_root)                                                                         \
	X(mnt_fs_get_fstype)                                                                       \
	X(mnt_fs_get_source)                                                                       \
	X(mnt_fs_get_vfs_options)                                                                  \
	X(mnt_fs_get_fs_options)                                                                   \
	X(mnt_fs_get_optional_fields)                                                              \
	X(mnt_fs_get_propagation)                                                                  \
	X(mnt_fs_get_option)                                                                       \
	X(mnt_new_monitor)                                                                         \
	X(mnt_unref_monitor)                                                                       \
	X(mnt_monitor_enable_kernel)                                                               \
	X(mnt_monitor_get_fd)                                                                      \
	X(mnt_monitor_event_cleanup)                                                               \
	X(mnt_split_optstr)                                                                        \
	X(mnt_optstr_get_flags)                                                                    \
	X(mnt_get_builtin_optmap)                                                                  \
	X(mnt_optstr_next_option)

struct libmount {
	LIBMOUNT_FUNCTIONS(DL_MEMBER)
};

static const char *const names[] = { LIBMOUNT_FUNCTIONS(DL_NAME) };
static const struct dl_library library =
	DL_LIBRARY("libmount.so.1", "libmount1", "reading mounts", names);
DL_REGISTER(library);

struct libns_mounts {
	struct libmount lib;
	struct libmnt_table *table;
	struct libmnt_fs **fs;
	struct libns_mount *list;
	size_t n;
};

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

/* libmount tells whether a mount is shared, but not the number of its peer group. */
static void take(const struct libmount *lib, struct libmnt_fs *fs, struct libns_mount *ret)
{
	const char *fields = or_empty(lib->mnt_fs_get_optional_fields(fs));
	const struct procfile_word tags = { fields, strlen(fields) };
	unsigned long flags = 0;

	lib->mnt_fs_get_propagation(fs, &flags);
	*ret = (struct libns_mount){
		.id = (uint64_t)lib->mnt_fs_get_id(fs),
		.parent = (uint64_t)lib->mnt_fs_get_parent_id(fs),
		.target = or_empty(lib->mnt_fs_get_target(fs)),
		.root = or_empty(lib->mnt_fs_get_root(fs)),
		.fstype = or_empty(lib->mnt_fs_get_fstype(fs)),
		.source = or_empty(lib->mnt_fs_get_source(fs)),
		.options = or_empty(lib->mnt_fs_get_vfs_options(fs)),
		.fs_options = or_empty(lib->mnt_fs_get_fs_options(fs)),
		.group = mountinfo_tag(tags, "shared"),
		.master = mountinfo_tag(tags, "master"),
		.unbindable = flags & MS_UNBINDABLE,
	};
}

static int list_mounts(struct libns_mounts *mounts)
{
	struct libmnt_iter *iter = mounts->lib.mnt_new_iter(MNT_ITER_FORWARD);
	size_t max = (size_t)mounts->lib.mnt_table_get_nents(mounts->table);
	struct libmnt_fs *fs;

	mounts->fs = calloc(max + 1, sizeof(*mounts->fs));
	mounts->list = calloc(max + 1, sizeof(*mounts->list));
	if (iter && mounts->fs && mounts->list)
		while (mounts->n < max &&
		       mounts->lib.mnt_table_next_fs(mounts->table, iter, &fs) == 0) {
			mounts->fs[mounts->n] = fs;
			take(&mounts->lib, fs, &mounts->list[mounts->n++]);
		}
	mounts->lib.mnt_free_iter(iter);
	return mounts->n == max ? 0 : -ENOMEM;
}

static int parse(struct libns_mounts *mounts, char *text, size_t size)
{
	_cleanup_file_ FILE *file = NULL;
	int r = 0;

	mounts->table = mounts->lib.mnt_new_table();
	if (!mounts->table)
		return -ENOMEM;
	/* If the root directory is in no mount, no mount lies below it. */
	if (size) {
		file = fmemopen(text, size, "r");
		if (!file)
			return -errno;
		r = mounts->lib.mnt_table_parse_stream(mounts->table, file, "mountinfo");
	}
	return r < 0 ? r : list_mounts(mounts);
}

LIBNS_PUBLIC int libns_mounts_new(const struct libns_proc *proc, struct libns_mounts **ret_mounts,
				  struct libns_error *err)
{
	_cleanup_free_ char *text = NULL;
	struct libns_mounts *mounts;
	struct libmount lib;
	size_t size = 0;
	int r = dl_load(&library, &lib, sizeof(lib), err);

	if (r < 0)
		return r;
	r = sys_read_alloc_at(proc ? proc->dir_fd : AT_FDCWD,
			      proc ? "mountinfo" : "/proc/thread-self/mountinfo", &text, &size);
	mounts = r < 0 ? NULL : calloc(1, sizeof(*mounts));
	if (mounts) {
		mounts->lib = lib;
		r = parse(mounts, text, size);
	} else if (r >= 0) {
		r = -ENOMEM;
	}
	/* A process that is about to end is in no mount namespace any more. */
	if (r == -EINVAL)
		r = -ESRCH;
	if (r >= 0) {
		*ret_mounts = mounts;
		return 0;
	}
	libns_mounts_free(mounts);
	if (proc)
		return error_set(err, LIBNS_STEP_PROC, -r, "cannot read the mounts of process %d",
				 (int)proc->pid);
	return error_set(err, LIBNS_STEP_PROC, -r, "cannot read /proc/thread-self/mountinfo");
}

LIBNS_PUBLIC struct libns_mounts *libns_mounts_free(struct libns_mounts *mounts)
{
	if (!mounts)
		return NULL;
	mounts->lib.mnt_unref_table(mounts->table);
	free(mounts->fs);
	free(mounts->list);
	free(mounts);
	return NULL;
}

LIBNS_PUBLIC size_t libns_mounts_count(const struct libns_mounts *mounts)
{
	return mounts->n;
}

LIBNS_PUBLIC const struct libns_mount *libns_mounts_at(const struct libns_mounts *mounts, size_t i)
{
	return i < mounts->n ? &mounts->list[i] : NULL;
}

LIBNS_PUBLIC const struct libns_mount *libns_mounts_find(const struct libns_mounts *mounts,
							 const char *target)
{
	struct libmnt_fs *fs =
		mounts->lib.mnt_table_find_target(mounts->table, target, MNT_ITER_BACKWARD);

	for (size_t i = 0; fs && i < mounts->n; i++)
		if (mounts->fs[i] == fs)
			return &mounts->list[i];
	return NULL;
}

LIBNS_PUBLIC bool libns_mounts_get_option(const struct libns_mounts *mounts, size_t i,
					  const char *name, const char **ret_value,
					  size_t *ret_size)
{
	char *value = NULL;
	size_t size = 0;

	if (i >= mounts->n ||
	    mounts->lib.mnt_fs_get_option(mounts->fs[i], name, &value, &size) != 0)
		return false;
	if (ret_value)
		*ret_value = value;
	if (ret_size)
		*ret_size = size;
	return true;
}

/* ------------------------------------------------------------------ changes */

struct libns_mount_watch {
	struct libmount lib;
	struct libmnt_monitor *monitor;
	int fd;
};

LIBNS_PUBLIC int libns_mount_watch_new(struct libns_mount_watch **ret_watch,
				       struct libns_error *err)
{
	struct libns_mount_watch *watch = calloc(1, sizeof(*watch));
	int r = watch ? dl_load(&library, &watch->lib, sizeof(watch->lib), err) : -ENOMEM;

	if (r < 0) {
		free(watch);
		return r == -ENOMEM
			       ? error_set(err, LIBNS_STEP_MOUNT, ENOMEM, "cannot watch the mounts")
			       : r;
	}
	watch->monitor = watch->lib.mnt_new_monitor();
	r = watch->monitor ? watch->lib.mnt_monitor_enable_kernel(watch->monitor, 1) : -ENOMEM;
	if (r >= 0)
		r = watch->fd = watch->lib.mnt_monitor_get_fd(watch->monitor);
	if (r < 0) {
		libns_mount_watch_free(watch);
		return error_set(err, LIBNS_STEP_MOUNT, -r, "cannot watch the mounts");
	}
	*ret_watch = watch;
	return 0;
}

LIBNS_PUBLIC int libns_mount_watch_get_fd(const struct libns_mount_watch *watch)
{
	return watch->fd;
}

LIBNS_PUBLIC int libns_mount_watch_clear(struct libns_mount_watch *watch, struct libns_error *err)
{
	int r = watch->lib.mnt_monitor_event_cleanup(watch->monitor);

	return r < 0 ? error_set(err, LIBNS_STEP_MOUNT, -r, "cannot watch the mounts") : 0;
}

LIBNS_PUBLIC struct libns_mount_watch *libns_mount_watch_free(struct libns_mount_watch *watch)
{
	if (!watch)
		return NULL;
	if (watch->monitor)
		watch->lib.mnt_unref_monitor(watch->monitor);
	free(watch);
	return NULL;
}

/* ------------------------------------------------------------------ options */

static int bad_options(const char *text, int r, struct libns_error *err)
{
	return r == -ENOMEM ? error_set(err, LIBNS_STEP_ARGUMENT, ENOMEM, "cannot read options")
			    : error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
					"'%s' are no options of a mount", text);
}

int mounts_split_options(const char *text, unsigned long *flags, char **ret_rest,
			 struct libns_error *err)
{
	_cleanup_free_ char *user = NULL, *vfs = NULL, *rest = NULL;
	unsigned long changed = *flags;
	struct libmount lib;
	int r = dl_load(&library, &lib, sizeof(lib), err);

	if (r < 0)
		return r;
	r = lib.mnt_split_optstr(text, &user, &vfs, &rest, 0, 0);
	if (r == 0 && vfs)
		r = lib.mnt_optstr_get_flags(vfs, &changed,
					     lib.mnt_get_builtin_optmap(MNT_LINUX_MAP));
	if (r < 0 || user)
		return bad_options(text, r, err);
	*flags = changed;
	*ret_rest = rest && *rest ? TAKE_PTR(rest) : NULL;
	return 0;
}

int mounts_list_options(const char *text, struct mounts_option **ret_list, size_t *ret_n,
			char **ret_words, struct libns_error *err)
{
	_cleanup_free_ struct mounts_option *list = NULL;
	_cleanup_free_ char *words = NULL;
	char *rest, *name, *value;
	size_t n = 0, name_size, value_size;
	struct libmount lib;
	int r = dl_load(&library, &lib, sizeof(lib), err);

	if (r < 0)
		return r;
	words = strdup(text);
	/* At most every second byte is a comma. */
	list = calloc(strlen(text) / 2 + 1, sizeof(*list));
	if (!words || !list)
		return bad_options(text, -ENOMEM, err);
	rest = words;
	while ((r = lib.mnt_optstr_next_option(&rest, &name, &name_size, &value, &value_size)) ==
	       0) {
		list[n].key = name;
		list[n++].value = value;
		if (value)
			value[value_size] = '\0';
		name[name_size] = '\0';
	}
	if (r < 0)
		return bad_options(text, r, err);
	*ret_list = TAKE_PTR(list);
	*ret_words = TAKE_PTR(words);
	*ret_n = n;
	return 0;
}

#else

static int lack(struct libns_error *err)
{
	return error_say(
		err, LIBNS_STEP_QUERY, EOPNOTSUPP,
		"this build of libns has no libmount, through which mounts and their options are read");
}

/* This build has no libmount, so no table and no watch is ever made. */

LIBNS_PUBLIC int libns_mounts_new(const struct libns_proc *proc, struct libns_mounts **ret_mounts,
				  struct libns_error *err)
{
	return lack(err);
}

LIBNS_PUBLIC struct libns_mounts *libns_mounts_free(struct libns_mounts *mounts)
{
	return NULL;
}

LIBNS_PUBLIC size_t libns_mounts_count(const struct libns_mounts *mounts)
{
	return 0;
}

LIBNS_PUBLIC const struct libns_mount *libns_mounts_at(const struct libns_mounts *mounts, size_t i)
{
	return NULL;
}

LIBNS_PUBLIC const struct libns_mount *libns_mounts_find(const struct libns_mounts *mounts,
							 const char *target)
{
	return NULL;
}

LIBNS_PUBLIC bool libns_mounts_get_option(const struct libns_mounts *mounts, size_t i,
					  const char *name, const char **ret_value,
					  size_t *ret_size)
{
	return false;
}

LIBNS_PUBLIC int libns_mount_watch_new(struct libns_mount_watch **ret_watch,
				       struct libns_error *err)
{
	return lack(err);
}

LIBNS_PUBLIC int libns_mount_watch_get_fd(const struct libns_mount_watch *watch)
{
	return -1;
}

LIBNS_PUBLIC int libns_mount_watch_clear(struct libns_mount_watch *watch, struct libns_error *err)
{
	return 0;
}

LIBNS_PUBLIC struct libns_mount_watch *libns_mount_watch_free(struct libns_mount_watch *watch)
{
	return NULL;
}

int mounts_split_options(const char *text, unsigned long *flags, char **ret_rest,
			 struct libns_error *err)
{
	return lack(err);
}

int mounts_list_options(const char *text, struct mounts_option **ret_list, size_t *ret_n,
			char **ret_words, struct libns_error *err)
{
	return lack(err);
}

#endif
