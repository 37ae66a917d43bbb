/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The end of a named network namespace, for the keeper of a service that is in it.
 *
 * Theory of operation
 *
 * Names are mounts, and end with the mount namespaces that they are in. A process that waited there
 * for the end of a name would keep the mount namespace, and the name in it, for ever. So the keeper
 * leaves for a mount namespace of its own, with nothing in it but a clone of the name, which is a
 * slave of it. The kernel shows of a slave whether it has a master. It has one as long as there is the
 * name in the mount namespace that it was made in, or in another one that it is shared with, whatever
 * it is called there; and none after the name was deleted or unmounted, and after the last of these
 * mount namespaces has ended.
 *
 * Then the namespace may still be held by others: a process in it, or one in a mount namespace that
 * was copied from those and was given no share ("exec xnetns exec ..." of the last process). They are
 * looked for in procfs. Whom the keeper may not look at does not count, and neither does what somebody
 * has only open.
 *
 * All of it is async-signal-safe: the keeper is a copy of a process that may have threads.
 */

#include "wire/name-end.h"

#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/mount-copy.h"
#include "netns/dir.h"
#include "text/mountinfo.h"

/* Two lines, of which one has a path and the other one a name. */
#define MOUNTS_ROOM 32768

#define LINK_ROOM 32

static int settle(struct helper_guard *guard)
{
	struct name_end *end = (struct name_end *)guard;
	_cleanup_close_ int tree_fd = -1;
	_cleanup_close_ int dir_fd =
		netns_open_dir(end->run_fd == LIBNS_NETNS_RUN ? LIBNS_NETNS_RUN : guard->fd);
	int r = dir_fd < 0 ? dir_fd : mount_copy_enter(dir_fd);

	end->proc_fd = sys_open_at(AT_FDCWD, "/proc", O_RDONLY | O_DIRECTORY);
	if (r == 0)
		r = end->proc_fd < 0 ? end->proc_fd : mount_copy_set(MS_SLAVE);
	if (r < 0)
		return r;
	tree_fd = sys_open_tree(AT_FDCWD, end->name, 0);
	/* What it leaves has no part in what is mounted elsewhere. */
	r = tree_fd < 0 ? tree_fd : mount_copy_empty();
	if (r == 0)
		r = sys_move_tree(tree_fd, AT_FDCWD, end->name);
	if (r < 0)
		return r;
	/* It shows what is below the root directory of whoever opens it. */
	end->mounts_fd = sys_open_at(end->proc_fd, "self/mountinfo", O_RDONLY);
	return end->mounts_fd < 0 ? end->mounts_fd : 0;
}

/* The only name there. @ret: its words are in @text. Return: 0, -ENOENT. */
static int find_name(const char *text, struct mountinfo *ret)
{
	struct procfile_word line;

	while ((line = procfile_next_line(&text)).s)
		if (mountinfo_parse(line, ret) == 0 && mountinfo_word_is(ret->fstype, "nsfs"))
			return 0;
	return -ENOENT;
}

/* ------------------------------------------------------------------- who else holds it */

struct search {
	struct name_end *end;
	char ns[LINK_ROOM];   /* "net:[4026532000]" */
	char own[LINK_ROOM];  /* the keeper's mount namespace */
	char last[LINK_ROOM]; /* the one that was looked through last */
};

/* Where a link leads, or "" where that is not known. */
static void read_link(int dir_fd, const char *path, char ret[LINK_ROOM])
{
	ssize_t n = readlinkat(dir_fd, path, ret, LINK_ROOM - 1);

	ret[n < 0 ? 0 : n] = '\0';
}

/* Whether the namespace is mounted there. It stands between blanks, and may be cut by the buffer. */
static bool has_mount(const struct search *search, const char *path)
{
	_cleanup_close_ int fd = sys_open_at(search->end->proc_fd, path, O_RDONLY);
	size_t kept = 0, length = strlen(search->ns);
	char text[4096];
	ssize_t n;

	while (fd >= 0 && (n = read(fd, text + kept, sizeof(text) - kept)) > 0) {
		size_t all = kept + (size_t)n;

		if (memmem(text, all, search->ns, length))
			return true;
		kept = all < length ? all : length;
		memmove(text, text + all - kept, kept);
	}
	return false;
}

static bool holds(struct search *search, const char *pid)
{
	char path[48], link[LINK_ROOM];

	error_format(path, sizeof(path), "%s/ns/net", pid);
	read_link(search->end->proc_fd, path, link);
	if (!strcmp(link, search->ns))
		return true;
	error_format(path, sizeof(path), "%s/ns/mnt", pid);
	read_link(search->end->proc_fd, path, link);
	if (!*link || !strcmp(link, search->own) || !strcmp(link, search->last))
		return false;
	memcpy(search->last, link, sizeof(link));
	error_format(path, sizeof(path), "%s/mountinfo", pid);
	return has_mount(search, path);
}

static int look_at(const struct sys_dirent *entry, void *data)
{
	struct search *search = data;
	struct name_end *end = search->end;

	if (*entry->name < '1' || *entry->name > '9' || !holds(search, entry->name))
		return 0;
	error_format(end->holder, sizeof(end->holder), "%s", entry->name);
	return 1;
}

static bool is_held(struct name_end *end, struct procfile_word ns)
{
	struct search search = { .end = end };

	if (ns.n >= sizeof(search.ns))
		return true;
	memcpy(search.ns, ns.s, ns.n);
	read_link(end->proc_fd, "self/ns/mnt", search.own);
	/* Usually it is still the same one. */
	if (*end->holder && holds(&search, end->holder))
		return true;
	*search.last = '\0';
	/* Where its own process is not among them, others may be missing too. */
	if (!*search.own || lseek(end->proc_fd, 0, SEEK_SET) < 0)
		return true;
	return sys_each_entry(end->proc_fd, look_at, &search) != 0;
}

static bool is_over(struct helper_guard *guard)
{
	struct name_end *end = (struct name_end *)guard;
	struct mountinfo name;
	char text[MOUNTS_ROOM];
	ssize_t n = sys_read_full(end->mounts_fd, text, sizeof(text) - 1, 0);

	if (n < 0 || n == (ssize_t)sizeof(text) - 1)
		return false;
	text[n] = '\0';
	if (find_name(text, &name) < 0)
		return true;
	return !mountinfo_tag(name.tags, "master") && !is_held(end, name.root);
}

void name_end_init(struct name_end *end, int run_fd, const char *name)
{
	*end = (struct name_end){ .guard = { settle, is_over,
					     run_fd == LIBNS_NETNS_RUN ? -1 : run_fd },
				  .run_fd = run_fd,
				  .mounts_fd = -1,
				  .proc_fd = -1 };
	error_format(end->name, sizeof(end->name), "%s", name);
}
