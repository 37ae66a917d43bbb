/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Names that are bound in another mount namespace.
 *
 * Theory of operation
 *
 * A name is a file, which everybody sees who sees the directory, but what is bound on it depends on
 * the mount namespace. If a service of systemd with PrivateMounts= or PrivateTmp= adds a name,
 * everybody else sees an empty file. The file looks the same as one whose namespace is gone. So the
 * mount tables of all other mount namespaces are searched for an nsfs mount on a mount of the same
 * file system, at the same place in it. Comparing paths alone would not do, because every container
 * has its own /run.
 *
 * In their own user namespace ordinary users can mount whatever they like on any name that they
 * see. That must not keep a name from anybody else, so mount namespaces made by users do not count.
 *
 * A mount namespace may also have another directory of names. Then only the path is the same, and that
 * says nothing of who is meant, but for processes that have the caller's network: what a name there
 * stands for is wired with that.
 *
 * Mount namespaces that have no process are not seen, nor those outside the procfs.
 */

#include "netns/where.h"

#include <string.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "container/owner.h"
#include "kernel/mount-peers.h"
#include "netns/dir.h"
#include "text/mountinfo.h"

/* Identifies the directory of names in any mount table. */
struct spot {
	char device[32];
	char *path; /* from the root of the file system, without a '/' at the end */
};

struct search {
	struct spot spot;
	/* Or else: of processes in the network of this link in procfs, what has this path. */
	char net[32];
	char dir[PATH_MAX];
	const char *const *names;
	struct netns_where *wheres;
	size_t n;
	size_t n_unreadable;
	/* The mount namespaces that were looked at, as the text of their links in procfs. */
	char (*seen)[32];
	size_t n_seen;
};

static char *copy_word(struct procfile_word word, size_t more)
{
	char *copy = malloc(word.n + more + 1);

	if (copy)
		mountinfo_unescape(word, copy);
	return copy;
}

/*
 * The place of @path in the file system of the mount it lies on. NULL if @path does not
 * begin with the mount point, or without memory.
 */
static char *place_in(const struct mountinfo *mount, const char *path)
{
	_cleanup_free_ char *point = copy_word(mount->point, 0);
	char *place = copy_word(mount->root, strlen(path));
	size_t n_point = point ? strlen(point) : 0, n_root = place ? strlen(place) : 0;

	/* A "/" in front of another path adds nothing. */
	if (n_point == 1)
		n_point = 0;
	if (n_root == 1)
		n_root = 0;
	if (!point || !place || strncmp(path, point, n_point) != 0 ||
	    (path[n_point] && path[n_point] != '/')) {
		free(place);
		return NULL;
	}
	memcpy(place + n_root, path + n_point, strlen(path + n_point) + 1);
	return place;
}

static int find_spot(int dir_fd, struct spot *spot)
{
	_cleanup_free_ char *text = NULL;
	char link[64], path[4096];
	struct mountinfo mount;
	ssize_t n;
	int r = mount_line_read(dir_fd, &text, &mount);

	if (r < 0)
		return r;
	error_format(link, sizeof(link), "/proc/thread-self/fd/%d", dir_fd);
	n = readlink(link, path, sizeof(path));
	if (n < 0)
		return -errno;
	if ((size_t)n == sizeof(path) || mount.device.n >= sizeof(spot->device))
		return -ENAMETOOLONG;
	path[n] = '\0';
	memcpy(spot->device, mount.device.s, mount.device.n);
	spot->device[mount.device.n] = '\0';
	spot->path = place_in(&mount, path);
	return spot->path ? 0 : -ENOENT;
}

static bool is_asked_for(const struct search *search, const char *name)
{
	for (size_t i = 0; i < search->n; i++)
		if (!strcmp(search->names[i], name))
			return true;
	return false;
}

/* One table of mounts, and the process that it was read from; 0 for our own. */
struct table {
	const char *text;
	int proc_fd;
	pid_t pid;
	enum { NOT_ASKED, COUNTS, OF_A_USER } word;
};

/*
 * Users can make their own mount tables say anything and as long as they like. So the owner of a
 * table is found out before anything is looked for in it.
 */
static bool counts(struct table *table)
{
	uid_t owner;

	if (table->word == NOT_ASKED) {
		owner = table->pid ? owner_of_mount_ns(table->proc_fd, table->pid) : 0;
		table->word =
			owner_is_trusted(owner) || owner == OWNER_UNPROVEN ? COUNTS : OF_A_USER;
	}
	return table->word == COUNTS;
}

/* @dir: where the mount lies */
static bool is_on_spot(const struct spot *spot, const struct table *table,
		       const struct mountinfo *mount, const char *dir)
{
	_cleanup_free_ char *place = NULL;
	struct mountinfo parent;

	if (mountinfo_find(table->text, mount->parent, &parent) < 0 ||
	    !mountinfo_word_is(parent.device, spot->device))
		return false;
	place = place_in(&parent, dir);
	return place && !strcmp(place, spot->path);
}

/* Notes whether one nsfs mount lies on one of the names. */
static int look_at_mount(struct search *search, struct table *table, const struct mountinfo *mount)
{
	_cleanup_free_ char *point = copy_word(mount->point, 0);
	char *slash = point ? strrchr(point, '/') : NULL;

	if (!point)
		return -ENOMEM;
	if (!slash || !is_asked_for(search, slash + 1) || !counts(table))
		return 0;
	*slash = '\0';
	if (*search->net ? strcmp(point, search->dir) != 0
			 : !is_on_spot(&search->spot, table, mount, point))
		return 0;
	for (size_t i = 0; i < search->n; i++)
		if (!search->wheres[i].found && !strcmp(search->names[i], slash + 1)) {
			search->wheres[i].found = true;
			search->wheres[i].pid = table->pid;
		}
	return 0;
}

/*
 * Return: 1 if nothing more is to be learnt from this mount namespace, 0 if a chroot hides a
 * part of the table, or -ENOMEM.
 */
static int look_at_table(struct search *search, struct table *table)
{
	const char *rest = table->text;
	struct procfile_word line;
	struct mountinfo mount;
	bool whole = false;

	while (table->word != OF_A_USER && (line = procfile_next_line(&rest)).s) {
		if (mountinfo_parse(line, &mount) < 0)
			continue;
		whole |= mountinfo_word_is(mount.point, "/");
		if (mountinfo_word_is(mount.fstype, "nsfs") &&
		    look_at_mount(search, table, &mount) < 0)
			return -ENOMEM;
	}
	return whole || table->word == OF_A_USER;
}

static bool is_seen(const struct search *search, const char *link)
{
	for (size_t i = 0; i < search->n_seen; i++)
		if (!strcmp(search->seen[i], link))
			return true;
	return false;
}

static int note_seen(struct search *search, const char *link)
{
	char(*more)[sizeof(*search->seen)];

	/* The array doubles at every power of two. */
	if (!(search->n_seen & (search->n_seen - 1))) {
		more = realloc(search->seen,
			       (search->n_seen ? 2 * search->n_seen : 1) * sizeof(*more));
		if (!more)
			return -ENOMEM;
		search->seen = more;
	}
	error_format(search->seen[search->n_seen++], sizeof(*more), "%s", link);
	return 0;
}

/* Reads a link in "ns". Return: 0 or -errno. */
static int read_link(int proc_fd, const char *number, const char *type, char ret_link[32])
{
	char path[64];
	ssize_t n;

	error_format(path, sizeof(path), "%s/ns/%s", number, type);
	n = readlinkat(proc_fd, path, ret_link, 31);
	ret_link[n < 0 ? 0 : n] = '\0';
	return n < 0 ? -errno : 0;
}

/* Of a process that may not be asked: files about its network have other numbers than those about another
 * one, and whoever sees the process may see that. */
static bool may_be_in_own_network(int proc_fd, const char *number)
{
	struct stat own, its;
	char path[64];

	error_format(path, sizeof(path), "%s/net/dev", number);
	return fstatat(proc_fd, path, &its, 0) < 0 ||
	       fstatat(proc_fd, "thread-self/net/dev", &own, 0) < 0 ||
	       (its.st_dev == own.st_dev && its.st_ino == own.st_ino);
}

/* Return: 1; 0 if its network is another; or -errno. */
static int is_in_network(const struct search *search, int proc_fd, const char *number)
{
	char link[32];
	int r = read_link(proc_fd, number, "net", link);

	/* Nobody outside of his user namespace has put a name there for who is root of that only. */
	if (r == -EACCES || r == -EPERM)
		return !sys_is_in_user_ns() && may_be_in_own_network(proc_fd, number);
	return r < 0 ? r : !strcmp(link, search->net);
}

/* Return: 0, or a negative errno of reading the link or the table, or -ENOMEM. */
static int look_at_process(struct search *search, int proc_fd, const char *number, pid_t pid)
{
	_cleanup_free_ char *text = NULL;
	char path[64], link[32];
	int r;

	r = *search->net ? is_in_network(search, proc_fd, number) : 1;
	if (r <= 0)
		return r;
	/* The table may be read also where the link may not. */
	r = read_link(proc_fd, number, "mnt", link);
	if (r < 0 && r != -EACCES && r != -EPERM)
		return r;
	if (is_seen(search, link))
		return 0;
	error_format(path, sizeof(path), "%s/mountinfo", number);
	r = sys_read_alloc_at(proc_fd, path, &text, NULL);
	if (r < 0)
		return r;
	r = look_at_table(search, &(struct table){ text, proc_fd, pid, NOT_ASKED });
	return r > 0 && link[0] ? note_seen(search, link) : r < 0 ? r : 0;
}

static int look_at_all(struct search *search)
{
	_cleanup_dir_ DIR *dir = NULL;
	struct dirent *entry;
	pid_t pid;
	int r = sys_open_dir(AT_FDCWD, "/proc", &dir);

	if (r == 0)
		r = look_at_process(search, dirfd(dir), "thread-self", 0);
	while (r == 0 && (r = sys_next_entry(dir, &entry)) > 0) {
		r = 0;
		if (procfile_pid(entry->d_name, strlen(entry->d_name), &pid) == 0)
			r = look_at_process(search, dirfd(dir), entry->d_name, pid);
		if (r == -ENOMEM)
			break;
		/* EINVAL: the process has ended and left its namespaces. */
		search->n_unreadable += r < 0 && r != -ENOENT && r != -ESRCH && r != -EINVAL;
		r = 0;
	}
	return r;
}

static int find_all(struct search *search)
{
	int r;

	memset(search->wheres, 0, search->n * sizeof(*search->wheres));
	r = look_at_all(search);
	for (size_t i = 0; i < search->n; i++)
		search->wheres[i].n_unreadable = search->n_unreadable;
	free(search->seen);
	return r;
}

int netns_find(int dir_fd, const char *const *names, struct netns_where *wheres, size_t n)
{
	struct search search = { .names = names, .wheres = wheres, .n = n };
	int r = find_spot(dir_fd, &search.spot);

	if (r == 0)
		r = find_all(&search);
	else
		memset(wheres, 0, n * sizeof(*wheres));
	free(search.spot.path);
	return r;
}

static int find_path(int run_fd, char ret_path[PATH_MAX])
{
	char link[64];
	ssize_t n;

	error_format(ret_path, PATH_MAX, "%s", NETNS_RUN);
	if (run_fd == LIBNS_NETNS_RUN)
		return 0;
	error_format(link, sizeof(link), "/proc/thread-self/fd/%d", run_fd);
	n = readlink(link, ret_path, PATH_MAX - 1);
	ret_path[n < 0 ? 0 : n] = '\0';
	return n < 0 ? -errno : 0;
}

int netns_find_elsewhere(int run_fd, const char *name, struct netns_where *ret_where)
{
	struct search search = { .names = &name, .wheres = ret_where, .n = 1 };
	int r = find_path(run_fd, search.dir);

	if (r == 0)
		r = read_link(AT_FDCWD, "/proc/thread-self", "net", search.net);
	if (r == 0)
		r = find_all(&search);
	if (r < 0)
		return r;
	if (ret_where->found)
		return 1;
	return ret_where->n_unreadable ? -EACCES : 0;
}

const char *netns_where_words(const struct netns_where *where, char *buf, size_t size)
{
	char path[64], comm[64];
	ssize_t n;

	if (!where->pid)
		return error_format(buf, size, "in this mount namespace, below another mount");
	error_format(path, sizeof(path), "/proc/%d/comm", where->pid);
	n = sys_read_at(AT_FDCWD, path, comm, sizeof(comm));
	if (n < 0)
		return error_format(buf, size, "in the mount namespace of process %d", where->pid);
	comm[strcspn(comm, "\n")] = '\0';
	return error_format(buf, size, "in the mount namespace of process %d (%s)", where->pid,
			    comm);
}
