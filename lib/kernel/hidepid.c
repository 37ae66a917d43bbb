/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Finds hidepid= of the very procfs that is read: there may be several, and one
 * may be mounted on another. The mount is found by its number, which statx(2)
 * tells.
 *
 * It does not affect readers who may trace a process nor, except with
 * hidepid=4, the group of the option gid=, which is group 0 by default.
 */

#include "kernel/hidepid.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <libns/mounts.h>
#include <libns/proc.h>

#include "base/base.h"
#include "base/sys.h"
#include "text/mountinfo.h"

#define MAX_GROUPS 65536

/* Mount options name groups as numbers of the first user namespace. In other user namespaces
 * these numbers cannot be compared with one's own. */
static bool has_outermost_ids(void)
{
	static const char *const all[] = { "0", "0", "4294967295" };
	char text[256];
	const char *s = text;

	if (sys_read_at(AT_FDCWD, "/proc/self/gid_map", text, sizeof(text)) < 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (!mountinfo_word_is(procfile_next_word(&s), all[i]))
			return false;
	return true;
}

static bool in_group(gid_t group)
{
	_cleanup_free_ gid_t *groups = NULL;
	int n = getgroups(0, NULL);

	if (getegid() == group)
		return true;
	if (n <= 0 || n > MAX_GROUPS || !(groups = calloc((size_t)n, sizeof(*groups))))
		return false;
	n = getgroups(n, groups);
	for (int i = 0; i < n; i++)
		if (groups[i] == group)
			return true;
	return false;
}

static bool get_option(const struct libns_mounts *mounts, size_t i, const char *name,
		       struct procfile_word *ret)
{
	return libns_mounts_get_option(mounts, i, name, &ret->s, &ret->n);
}

static enum hidepid parse(const struct libns_mounts *mounts, size_t i)
{
	struct procfile_word value, group;
	uint32_t gid = 0;

	if (!get_option(mounts, i, "hidepid", &value))
		return HIDEPID_NOTHING;
	/* The kernel shows words instead of numbers since Linux 5.8. */
	if (mountinfo_word_is(value, "0") || mountinfo_word_is(value, "off"))
		return HIDEPID_NOTHING;
	if (mountinfo_word_is(value, "4") || mountinfo_word_is(value, "ptraceable"))
		return HIDEPID_PROCESSES;
	if (get_option(mounts, i, "gid", &group) && procfile_u32(group.s, group.n, &gid) < 0)
		return HIDEPID_UNKNOWN;
	if (has_outermost_ids() && in_group(gid))
		return HIDEPID_NOTHING;
	if (mountinfo_word_is(value, "1") || mountinfo_word_is(value, "noaccess"))
		return HIDEPID_CONTENTS;
	return HIDEPID_PROCESSES;
}

enum hidepid hidepid_read(int dir_fd)
{
	_cleanup_free_ char *text = NULL;
	enum hidepid hides = HIDEPID_UNKNOWN;
	const struct libns_mount *mount;
	struct libns_mounts *mounts;
	struct sys_statx st;

	if (sys_statx(dir_fd, "", AT_EMPTY_PATH, SYS_STATX_MNT_ID, &st) < 0 ||
	    !(st.mask & SYS_STATX_MNT_ID) ||
	    sys_read_alloc_at(AT_FDCWD, "/proc/thread-self/mountinfo", &text, NULL) < 0)
		return HIDEPID_UNKNOWN;
	/* On most machines no mount has this option. Then no library is loaded to parse the table. */
	if (!strstr(text, "hidepid="))
		return HIDEPID_NOTHING;
	if (libns_mounts_new(NULL, &mounts, NULL) < 0)
		return HIDEPID_UNKNOWN;
	for (size_t i = 0; (mount = libns_mounts_at(mounts, i)); i++)
		if (mount->id == st.mnt_id)
			hides = parse(mounts, i);
	libns_mounts_free(mounts);
	return hides;
}

LIBNS_PUBLIC bool libns_proc_hides_others(int procfs_fd)
{
	bool usual = procfs_fd == LIBNS_PROCFS;
	_cleanup_close_ int fd = sys_open_at(usual ? AT_FDCWD : procfs_fd, usual ? "/proc" : ".",
					     O_PATH | O_DIRECTORY);
	struct statfs fs;
	struct stat st;

	if (fd < 0 || fstatfs(fd, &fs) < 0 || fs.f_type != SYS_PROC_MAGIC)
		return false;
	/* Every living pid namespace has a process 1. If it cannot be seen, processes are hidden. */
	if (fstatat(fd, "1", &st, 0) < 0)
		return errno == ENOENT;
	return !sys_has_cap(CAP_SYS_PTRACE) && hidepid_read(fd) == HIDEPID_PROCESSES;
}
