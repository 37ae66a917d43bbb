/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Reading how confined a process is, part by part, through its pinned directory in procfs.
 * A missing line never reads as a zero, nor as a full set.
 */

#include <string.h>

#include <libns/idmap.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "confine/confine.h"
#include "text/procfile.h"
#include "text/status.h"

static int fail(const struct libns_confine *confine, int r, const char *what,
		struct libns_error *err)
{
	return error_set(err, LIBNS_STEP_PROC, -r, "cannot read %s of process %d", what,
			 (int)libns_proc_get_pid(confine->proc));
}

/* Reads a whole file of the process. Ownership: free(3). */
static int read_file(const struct libns_confine *confine, const char *name, char **ret)
{
	return sys_read_alloc_at(libns_proc_get_dir_fd(confine->proc), name, ret, NULL);
}

/* Reads the file status once for all parts, so that they are of one moment. */
static int read_status(struct libns_confine *confine)
{
	return confine->status ? 0 : read_file(confine, "status", &confine->status);
}

static int read_caps(struct libns_confine *confine, struct libns_error *err)
{
	int r = read_status(confine);
	uint64_t bounding = 0;

	if (r == 0)
		r = procfile_find_hex(confine->status, "CapBnd", &bounding);
	if (r == 0)
		r = procfile_find_hex(confine->status, "CapInh", &confine->inheritable);
	if (r == 0)
		r = procfile_find_hex(confine->status, "CapAmb", &confine->ambient);
	if (r < 0)
		return fail(confine, r, "the capabilities", err);
	confine->keep_caps &= bounding;
	return 0;
}

static int read_no_new_privs(struct libns_confine *confine, struct libns_error *err)
{
	int r = read_status(confine);
	uint64_t value = 0;

	if (r == 0)
		r = procfile_find_u64(confine->status, "NoNewPrivs", &value);
	if (r < 0)
		return fail(confine, r, "no_new_privs", err);
	/* The caller may have asked for it before. */
	confine->no_new_privs |= value != 0;
	return 0;
}

static int read_umask(struct libns_confine *confine, struct libns_error *err)
{
	int r = read_status(confine);
	uint64_t value = 0;

	if (r == 0)
		r = procfile_find_octal(confine->status, "Umask", &value);
	if (r < 0)
		return fail(confine, r, "the umask", err);
	confine->umask = (mode_t)value;
	return 0;
}

/* ---------------------------------------------------------------- groups */

static int compare_ids(const void *a, const void *b)
{
	gid_t x = *(const gid_t *)a, y = *(const gid_t *)b;

	return (x > y) - (x < y);
}

/* Whether the caller is in exactly these groups; their numbers are those of the caller's user
 * namespace. Sorts them. */
static int are_own_groups(gid_t *groups, size_t n)
{
	int count = getgroups(0, NULL);
	_cleanup_free_ gid_t *own = NULL;

	if (count < 0)
		return -errno;
	if ((size_t)count != n)
		return 0;
	if (n == 0)
		return 1;
	own = calloc(n, sizeof(*own));
	if (!own)
		return -ENOMEM;
	if (getgroups(count, own) != count)
		return -EAGAIN;
	qsort(own, n, sizeof(*own), compare_ids);
	qsort(groups, n, sizeof(*groups), compare_ids);
	return !memcmp(own, groups, n * sizeof(*own));
}

/* Turns groups into numbers inside. A group without a number there is left out, because no process
 * in there can have it. */
static int translate_groups(struct libns_confine *confine, struct libns_error *err)
{
	struct libns_idmap *map = NULL;
	size_t n = 0;
	int r = libns_idmap_read(confine->proc, LIBNS_IDMAP_GID, &map, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < confine->n_groups; i++)
		if (libns_idmap_to_inner(map, confine->groups[i], &confine->groups[n]))
			n++;
	libns_idmap_free(map);
	confine->n_groups = n;
	return 0;
}

static void keep_groups(struct libns_confine *confine, gid_t *groups, size_t n)
{
	free(confine->groups);
	confine->groups = groups;
	confine->n_groups = n;
}

static int read_groups(struct libns_confine *confine, struct libns_error *err)
{
	int r = read_status(confine);
	gid_t *groups = NULL;
	size_t n = 0;

	if (r == 0)
		r = status_groups(confine->status, &groups, &n);
	if (r < 0)
		return fail(confine, r, "the groups", err);
	keep_groups(confine, groups, n);
	r = are_own_groups(groups, n);
	if (r < 0)
		return error_set(err, LIBNS_STEP_PROC, -r, "cannot read the caller's own groups");
	/* If setgroups(2) is denied inside, the groups are set before the join. */
	confine->groups_how = r                                          ? GROUPS_KEPT
			      : confine->user == LIBNS_USER_NO_SETGROUPS ? GROUPS_BEFORE
									 : GROUPS_INSIDE;
	return r == 0 && confine->user == LIBNS_USER_JOINED ? translate_groups(confine, err) : 0;
}

LIBNS_PUBLIC int libns_confine_set_groups(struct libns_confine *confine, const gid_t *groups,
					  size_t n, struct libns_error *err)
{
	gid_t *copy;
	int r;

	if (confine->user == LIBNS_USER_NO_SETGROUPS)
		return error_say(err, LIBNS_STEP_ARGUMENT, EPERM,
				 "groups cannot be set: setgroups is denied in the user namespace");
	copy = calloc(n + 1, sizeof(*copy));
	if (!copy)
		return error_set(err, LIBNS_STEP_ARGUMENT, ENOMEM, "cannot copy the groups");
	if (n)
		memcpy(copy, groups, n * sizeof(*copy));
	keep_groups(confine, copy, n);
	/* In another user namespace the same numbers are other groups. */
	r = confine->user == LIBNS_USER_KEPT ? are_own_groups(copy, n) : 0;
	if (r < 0)
		return error_set(err, LIBNS_STEP_ARGUMENT, -r,
				 "cannot read the caller's own groups");
	confine->groups_how = r ? GROUPS_KEPT : GROUPS_INSIDE;
	confine->parts |= LIBNS_CONFINE_GROUPS;
	return 0;
}

/* ---------------------------------------------------------------- the other parts */

/* Reads the limits as text, because prlimit(2) needs CAP_SYS_RESOURCE for another user's process. */
static int read_limits(struct libns_confine *confine, struct libns_error *err)
{
	_cleanup_free_ char *text = NULL;
	int r = read_file(confine, "limits", &text);

	if (r == 0)
		r = status_limits(text, confine->limits);
	return r < 0 ? fail(confine, r, "the resource limits", err) : 0;
}

static int read_nice(struct libns_confine *confine, struct libns_error *err)
{
	_cleanup_free_ char *text = NULL;
	int r = read_file(confine, "stat", &text);

	if (r == 0)
		r = status_nice(text, &confine->nice);
	return r < 0 ? fail(confine, r, "the nice value", err) : 0;
}

/* Opens the caller's own file now. The process that joins is not dumpable, and only root could open
 * the file of such a process for writing. */
static int read_own_oom(struct libns_confine *confine)
{
	char text[32];
	ssize_t n;
	int r = confine_open_proc(confine, NULL);

	if (r < 0)
		return r;
	base_close(confine->oom_fd);
	confine->oom_fd = sys_open_at(confine->proc_fd, "self/oom_score_adj", O_RDWR);
	if (confine->oom_fd < 0)
		return confine->oom_fd;
	n = sys_read_full(confine->oom_fd, text, sizeof(text) - 1, 0);
	if (n < 0)
		return (int)n;
	text[n] = '\0';
	return status_oom(text, &confine->own_oom);
}

static int read_oom(struct libns_confine *confine, struct libns_error *err)
{
	_cleanup_free_ char *text = NULL;
	int r = read_file(confine, "oom_score_adj", &text);

	if (r == 0)
		r = status_oom(text, &confine->oom);
	if (r < 0)
		return fail(confine, r, "oom_score_adj", err);
	r = read_own_oom(confine);
	return r < 0 ? error_set(err, LIBNS_STEP_PROC, -r,
				 "cannot open the caller's own oom_score_adj")
		     : 0;
}

/* Return: the file with the label, or NULL. AppArmor has a file of its own; the common one belongs
 * to the first security module. */
static const char *label_file(const struct libns_confine *confine)
{
	if (access("/sys/fs/selinux/enforce", F_OK) == 0)
		return "attr/current";
	if ((confine->parts & LIBNS_CONFINE_LABEL) &&
	    access("/sys/module/apparmor/parameters/enabled", F_OK) == 0)
		return "attr/apparmor/current";
	return NULL;
}

static int read_label(struct libns_confine *confine, struct libns_error *err)
{
	const char *path = label_file(confine);
	_cleanup_free_ char *text = NULL;
	int r;

	if (!path)
		return 0;
	r = confine_open_proc(confine, err);
	if (r < 0)
		return r;
	r = read_file(confine, path, &text);
	if (r < 0)
		return fail(confine, r, "the label", err);
	text[strcspn(text, "\n")] = '\0';
	confine->apparmor = strstr(path, "apparmor") != NULL;
	/* "profile (enforce)": the mode is the last word, and the name before it may have blanks. */
	if (confine->apparmor && *text && text[strlen(text) - 1] == ')' && strstr(text, " ("))
		strrchr(text, '(')[-1] = '\0';
	if (*text && strcmp(text, "unconfined") != 0) {
		free(confine->label);
		confine->label = TAKE_PTR(text);
	}
	return 0;
}

static int read_filters(struct libns_confine *confine, struct libns_error *err)
{
	confine->filters = libns_seccomp_free(confine->filters);
	return libns_seccomp_read(confine->proc, confine->patience_ms, &confine->filters, err);
}

LIBNS_PUBLIC int libns_confine_read(struct libns_confine *confine, unsigned int parts,
				    unsigned int patience_ms, struct libns_error *err)
{
	static const struct {
		unsigned int part;
		int (*read)(struct libns_confine *, struct libns_error *);
	} readers[] = {
		{ LIBNS_CONFINE_CGROUPS, confine_read_cgroups },
		{ LIBNS_CONFINE_MOUNTED_CGROUPS, confine_read_cgroups },
		{ LIBNS_CONFINE_LABEL, read_label },
		{ LIBNS_CONFINE_SELINUX, read_label },
		{ LIBNS_CONFINE_CAPS, read_caps },
		{ LIBNS_CONFINE_NO_NEW_PRIVS, read_no_new_privs },
		{ LIBNS_CONFINE_UMASK, read_umask },
		{ LIBNS_CONFINE_GROUPS, read_groups },
		{ LIBNS_CONFINE_LIMITS, read_limits },
		{ LIBNS_CONFINE_NICE, read_nice },
		{ LIBNS_CONFINE_OOM, read_oom },
		{ LIBNS_CONFINE_FILTERS, read_filters },
	};
	int r = 0;

	if (parts >> CONFINE_N_PARTS)
		return error_unknown(err, "part that confines a process",
				     parts & ~((1u << CONFINE_N_PARTS) - 1));
	if (!confine->proc && parts)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "there is no process to read what confines it");
	if (parts & LIBNS_CONFINE_LABEL)
		parts &= ~LIBNS_CONFINE_SELINUX;
	if (parts & LIBNS_CONFINE_CGROUPS)
		parts &= ~LIBNS_CONFINE_MOUNTED_CGROUPS;
	confine->said->failed = 0;
	confine->patience_ms = patience_ms;
	confine->parts |= parts;
	for (size_t i = 0; i < ARRAY_SIZE(readers) && r == 0; i++)
		if (parts & readers[i].part)
			r = confine_take(confine, readers[i].part, readers[i].read, err);
	free(TAKE_PTR(confine->status));
	return r;
}
