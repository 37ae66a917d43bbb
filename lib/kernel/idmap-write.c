/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Id maps in the kernel: reading and writing /proc/PID/uid_map and gid_map, and
 * the subordinate ids a user may map.
 *
 * A map is written once and in one write(2) at offset 0 that is shorter than a
 * page. Who may write it, see user_namespaces(7): a process with CAP_SETUID
 * (CAP_SETGID) in the parent namespace, or its creator if it maps nothing but
 * his own id. Everybody else needs newuidmap(1), which is privileged and
 * consults the subordinate ids.
 */

#include "kernel/idmap-write.h"

#include <linux/capability.h>
#include <string.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/helper.h"
#include "text/idmap.h"

static const struct {
	const char *file; /* in /proc/PID */
	const char *self;
	const char *helper;
	int cap;
} kinds[] = {
	[LIBNS_IDMAP_UID] = { "uid_map", "/proc/self/uid_map", "newuidmap", CAP_SETUID },
	[LIBNS_IDMAP_GID] = { "gid_map", "/proc/self/gid_map", "newgidmap", CAP_SETGID },
};

bool idmap_may_write_self(enum libns_idmap_kind kind, const struct libns_idmap *map)
{
	const struct libns_idrange *range = libns_idmap_at(map, 0);
	uint32_t own = kind == LIBNS_IDMAP_UID ? geteuid() : getegid();

	return libns_idmap_count(map) == 1 && range->count == 1 && range->outer == own;
}

bool idmap_may_write(enum libns_idmap_kind kind, const struct libns_idmap *map)
{
	return idmap_may_write_self(kind, map) || sys_has_cap(kinds[kind].cap);
}

int idmap_write_text(int dir_fd, enum libns_idmap_kind kind, const char *text, size_t n,
		     struct libns_error *err)
{
	const char *path = dir_fd == IDMAP_SELF ? kinds[kind].self : kinds[kind].file;
	int r;

	/* The kernel says EINVAL to a whole page and to a malformed map alike. */
	if (n >= (size_t)sysconf(_SC_PAGESIZE))
		return error_say(err, LIBNS_STEP_IDMAP, E2BIG,
				 "cannot write %s: its %zu bytes do not fit one page",
				 kinds[kind].file, n);
	r = sys_write_at(dir_fd == IDMAP_SELF ? AT_FDCWD : dir_fd, path, text, n);
	/* The files vanish with the process. */
	if (r == -ENOENT && dir_fd != IDMAP_SELF)
		r = -ESRCH;
	if (r < 0)
		return error_set(err, LIBNS_STEP_IDMAP, -r, "cannot write %s", path);
	return 0;
}

int idmap_write_setgroups(int dir_fd, bool allow, struct libns_error *err)
{
	const char *word = allow ? "allow" : "deny";
	const char *path = dir_fd == IDMAP_SELF ? "/proc/self/setgroups" : "setgroups";
	int r = sys_write_at(dir_fd == IDMAP_SELF ? AT_FDCWD : dir_fd, path, word, strlen(word));

	if (r < 0 && r != -ENOENT)
		return error_set(err, LIBNS_STEP_IDMAP, -r, "cannot write '%s' to %s", word, path);
	return 0;
}

/* A map that is being written by a helper program, or that has been written already. */
struct map_writing {
	enum libns_idmap_kind kind;
	bool running;
	struct helper helper;
};

static int start_helper(struct map_writing *writing, pid_t pid, const struct libns_idmap *map,
			struct libns_error *err)
{
	const char *name = kinds[writing->kind].helper;
	_cleanup_free_ char **argv = NULL;
	char path[PATH_MAX];
	int r = helper_find(name, path, sizeof(path));

	if (r < 0)
		return error_say(err, LIBNS_STEP_HELPER, -r,
				 "cannot write %s without privilege: %s is not in PATH",
				 kinds[writing->kind].file, name);
	argv = idmap_format_argv(map, name, pid);
	if (!argv)
		return error_set(err, LIBNS_STEP_IDMAP, ENOMEM, "cannot run '%s'", path);
	r = helper_start(&writing->helper, path, argv, err);
	writing->running = r == 0;
	return r;
}

static int finish_writing(struct map_writing *writing, struct libns_error *err)
{
	const char *file = kinds[writing->kind].file;
	struct helper_output output;
	int r;

	if (!writing->running)
		return 0;
	r = helper_finish(&writing->helper, &output, err);
	if (r < 0)
		return r;
	if (output.status && output.words[0])
		return error_say(err, LIBNS_STEP_HELPER, ECHILD, "cannot write %s: %s", file,
				 output.words);
	if (output.status)
		return error_say(err, LIBNS_STEP_HELPER, ECHILD,
				 "cannot write %s: %s ended with status %d", file,
				 kinds[writing->kind].helper, output.status);
	return 0;
}

static int start_writing(struct map_writing *writing, int dir_fd, pid_t pid,
			 const struct libns_idmap *map, struct libns_error *err)
{
	char text[IDMAP_TEXT_SIZE];
	ssize_t n;
	int r;

	if (libns_idmap_count(map) == 0)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "%s would be empty",
				 kinds[writing->kind].file);
	if (!idmap_may_write(writing->kind, map))
		return start_helper(writing, pid, map, err);
	n = idmap_format(map, text, sizeof(text));
	assert(n > 0);
	r = idmap_write_text(dir_fd, writing->kind, text, (size_t)n, err);
	if (r < 0)
		error_prefix(err, "pid %d", (int)pid);
	return r;
}

int idmap_write_at(int dir_fd, pid_t pid, const struct libns_idmap *uid_map,
		   const struct libns_idmap *gid_map, struct libns_error *err)
{
	struct map_writing uids = { .kind = LIBNS_IDMAP_UID }, gids = { .kind = LIBNS_IDMAP_GID };
	int r = 0, r_gids = 0;

	if (uid_map)
		r = start_writing(&uids, dir_fd, pid, uid_map, err);
	if (r < 0)
		return r;
	if (gid_map)
		r_gids = start_writing(&gids, dir_fd, pid, gid_map, err);
	if (r_gids < 0) {
		finish_writing(&uids, NULL);
		return r_gids;
	}
	/* Both are waited for, and the first failure gives the sentence. */
	r = finish_writing(&uids, err);
	r_gids = finish_writing(&gids, r < 0 ? NULL : err);
	return r < 0 ? r : r_gids;
}

int idmap_read_at(int dir_fd, enum libns_idmap_kind kind, struct libns_idmap *map,
		  struct libns_error *err)
{
	const char *path = dir_fd == IDMAP_SELF ? kinds[kind].self : kinds[kind].file;
	char text[IDMAP_TEXT_SIZE + 1];
	ssize_t n = sys_read_at(dir_fd == IDMAP_SELF ? AT_FDCWD : dir_fd, path, text, sizeof(text));
	int r;

	if (n == -ENOENT && dir_fd != IDMAP_SELF)
		n = -ESRCH;
	if (n < 0)
		return error_set(err, LIBNS_STEP_IDMAP, (int)-n, "cannot read %s", path);
	r = idmap_parse(map, text);
	return r < 0 ? error_set(err, LIBNS_STEP_IDMAP, -r, "cannot understand %s", path) : 0;
}

LIBNS_PUBLIC int libns_idmap_add_all(struct libns_idmap *map, enum libns_idmap_kind kind,
				     struct libns_error *err)
{
	struct libns_idmap *own;
	int r;

	if (!map || (size_t)kind >= ARRAY_SIZE(kinds))
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "no id map, or of no kind");
	r = libns_idmap_new(&own, err);
	if (r < 0)
		return r;
	r = idmap_read_at(IDMAP_SELF, kind, own, err);
	for (size_t i = 0; r == 0 && i < libns_idmap_count(own); i++) {
		struct libns_idrange range = *libns_idmap_at(own, i);

		range.outer = range.inner;
		r = libns_idmap_add(map, &range, err);
	}
	libns_idmap_free(own);
	return r;
}

static int check(const struct libns_proc *proc, enum libns_idmap_kind kind, const void *map,
		 struct libns_error *err)
{
	if (proc && map && (size_t)kind < ARRAY_SIZE(kinds))
		return 0;
	return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "no process, or no id map");
}

LIBNS_PUBLIC int libns_idmap_read(const struct libns_proc *proc, enum libns_idmap_kind kind,
				  struct libns_idmap **ret_map, struct libns_error *err)
{
	struct libns_idmap *map;
	int r = check(proc, kind, ret_map, err);

	if (r < 0)
		return r;
	r = libns_idmap_new(&map, err);
	if (r < 0)
		return r;
	r = idmap_read_at(libns_proc_get_dir_fd(proc), kind, map, err);
	if (r < 0) {
		error_prefix(err, "pid %d", (int)libns_proc_get_pid(proc));
		libns_idmap_free(map);
		return r;
	}
	*ret_map = map;
	return 0;
}

LIBNS_PUBLIC int libns_idmap_write(const struct libns_proc *proc, enum libns_idmap_kind kind,
				   const struct libns_idmap *map, struct libns_error *err)
{
	int r = check(proc, kind, map, err);

	if (r < 0)
		return r;
	return idmap_write_at(libns_proc_get_dir_fd(proc), libns_proc_get_pid(proc),
			      kind == LIBNS_IDMAP_UID ? map : NULL,
			      kind == LIBNS_IDMAP_GID ? map : NULL, err);
}
