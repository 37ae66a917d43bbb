/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Reading names of network namespaces: open one, list all, find who is inside.
 *
 * A list asks the kernel once for all numbers that are given. Only if there are any does it ask for
 * the number of each name. On most systems there are none, and then a name takes three cheap calls.
 */

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include <libns/proc.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "netns/dir.h"
#include "netns/id.h"
#include "netns/where.h"

static int open_failed(int r, int run_fd, const char *name, struct libns_error *err)
{
	/* These are the words of ip(8), because scripts look for them. */
	return error_set(err, LIBNS_STEP_NETNS, -r, "cannot open network namespace '%s%s'",
			 run_fd == LIBNS_NETNS_RUN ? "" : NETNS_PREFIX(run_fd), name);
}

/* The file is there, and nothing is bound on it as far as we can see. */
static int stale(int dir_fd, int run_fd, const char *name, struct libns_error *err)
{
	struct netns_where where;
	char words[128];

	/* This is looked for only if the caller wants to know. */
	if (err && netns_find(dir_fd, &name, &where, 1) == 0 && where.found)
		return error_say(
			err, LIBNS_STEP_NETNS, EINVAL,
			"cannot open network namespace '%s': it is bound on '%s%s' only %s", name,
			NETNS_PREFIX(run_fd), name,
			netns_where_words(&where, words, sizeof(words)));
	return error_say(err, LIBNS_STEP_NETNS, EINVAL,
			 "cannot open network namespace '%s': stale name, nothing is bound "
			 "on '%s%s'",
			 name, NETNS_PREFIX(run_fd), name);
}

LIBNS_PUBLIC int libns_netns_open(int run_fd, const char *name, struct libns_error *err)
{
	_cleanup_close_ int dir_fd = -1;
	int state, fd, r = netns_check_name(name, err);

	if (r < 0)
		return r;
	dir_fd = netns_open_dir(run_fd);
	if (dir_fd < 0)
		return open_failed(dir_fd, run_fd, name, err);
	/* Another process may have made the file and be about to bind the namespace. */
	while ((state = netns_state(dir_fd, name, NULL)) == NETNS_FRESH || state == NETNS_OURS)
		netns_pause();
	if (state < 0)
		return open_failed(state, run_fd, name, err);
	if (state == NETNS_MISSING)
		return open_failed(-ENOENT, run_fd, name, err);
	if (state != NETNS_BOUND)
		return stale(dir_fd, run_fd, name, err);
	fd = sys_open_at(dir_fd, name, O_RDONLY | O_NONBLOCK);
	return fd < 0 ? open_failed(fd, run_fd, name, err) : fd;
}

struct libns_netns_list {
	struct libns_netns_entry *entries;
	size_t n_entries;
};

LIBNS_PUBLIC struct libns_netns_list *libns_netns_list_free(struct libns_netns_list *list)
{
	if (!list)
		return NULL;
	for (size_t i = 0; i < list->n_entries; i++) {
		char *name = (char *)(uintptr_t)list->entries[i].name;

		free(name);
	}
	free(list->entries);
	free(list);
	return NULL;
}

LIBNS_PUBLIC size_t libns_netns_list_count(const struct libns_netns_list *list)
{
	return list->n_entries;
}

LIBNS_PUBLIC const struct libns_netns_entry *
libns_netns_list_at(const struct libns_netns_list *list, size_t i)
{
	return i < list->n_entries ? &list->entries[i] : NULL;
}

static int grow(void **array, size_t n, size_t element)
{
	void *more;

	/* The array doubles at every power of two. */
	if (n & (n - 1))
		return 0;
	more = realloc(*array, (n ? 2 * n : 1) * element);
	if (!more)
		return -ENOMEM;
	*array = more;
	return 0;
}

/* The device that all namespaces of this system are on; 0 if that cannot be told. */
static dev_t nsfs_device(void)
{
	struct stat st;

	return stat("/proc/self/ns/net", &st) == 0 ? st.st_dev : 0;
}

static struct libns_id id_of(int dir_fd, const char *name, dev_t nsfs)
{
	struct libns_id id = { 0, 0 };
	struct stat st;

	/*
	 * One call is enough for nearly all names. Those for which it is not are looked at closely.
	 */
	if (nsfs && fstatat(dir_fd, name, &st, 0) == 0 && st.st_dev == nsfs)
		return (struct libns_id){ st.st_dev, st.st_ino };
	if (netns_state(dir_fd, name, &id) != NETNS_BOUND)
		return (struct libns_id){ 0, 0 };
	return id;
}

static int add_entry(struct libns_netns_list *list, const char *name, struct libns_id id)
{
	struct libns_netns_entry entry = { .name = strdup(name),
					   .id = id,
					   .nsid = LIBNS_NSID_NONE };

	if (!entry.name || grow((void **)&list->entries, list->n_entries, sizeof(entry)) < 0) {
		free((char *)(uintptr_t)entry.name);
		return -ENOMEM;
	}
	list->entries[list->n_entries++] = entry;
	return 0;
}

static int add_entries(struct libns_netns_list *list, DIR *dir)
{
	dev_t nsfs = nsfs_device();
	struct dirent *entry;
	int r;

	while ((r = sys_next_entry(dir, &entry)) > 0) {
		r = add_entry(list, entry->d_name, id_of(dirfd(dir), entry->d_name, nsfs));
		if (r < 0)
			break;
	}
	return r;
}

static int32_t ask_nsid(int socket_fd, int dir_fd, const char *name)
{
	_cleanup_close_ int ns_fd = sys_open_at(dir_fd, name, O_RDONLY | O_NONBLOCK);
	int32_t nsid;

	if (ns_fd < 0 || netns_id_query(socket_fd, ns_fd, &nsid, NULL) < 0)
		return LIBNS_NSID_UNKNOWN;
	return nsid;
}

/* A list without numbers is better than none, if it says that they are unknown. */
static void add_nsids(struct libns_netns_list *list, int dir_fd)
{
	_cleanup_close_ int socket_fd = netns_id_open(NULL);

	if (socket_fd >= 0 && !netns_id_any(socket_fd))
		return;
	for (size_t i = 0; i < list->n_entries; i++) {
		struct libns_netns_entry *entry = &list->entries[i];

		if (entry->id.ino)
			entry->nsid = socket_fd < 0 ? LIBNS_NSID_UNKNOWN
						    : ask_nsid(socket_fd, dir_fd, entry->name);
	}
}

/*
 * Looks elsewhere for the names that are not bound here. A name stays stale if nothing can be found
 * out.
 */
static int add_elsewhere(struct libns_netns_list *list, int dir_fd)
{
	_cleanup_free_ struct netns_where *wheres = calloc(list->n_entries, sizeof(*wheres));
	_cleanup_free_ const char **names = calloc(list->n_entries, sizeof(*names));
	size_t n = 0;

	if (!wheres || !names)
		return -ENOMEM;
	for (size_t i = 0; i < list->n_entries; i++)
		if (!list->entries[i].id.ino)
			names[n++] = list->entries[i].name;
	if (!n)
		return 0;
	(void)netns_find(dir_fd, names, wheres, n);
	n = 0;
	for (size_t i = 0; i < list->n_entries; i++)
		if (!list->entries[i].id.ino) {
			list->entries[i].elsewhere = wheres[n].found;
			list->entries[i].pid = wheres[n++].pid;
		}
	return 0;
}

LIBNS_PUBLIC int libns_netns_list_new(int run_fd, struct libns_netns_list **ret_list,
				      struct libns_error *err)
{
	_cleanup_(libns_netns_list_freep) struct libns_netns_list *list = calloc(1, sizeof(*list));
	bool usual = run_fd == LIBNS_NETNS_RUN;
	_cleanup_dir_ DIR *dir = NULL;
	int r;

	if (!list)
		return error_set(err, LIBNS_STEP_NETNS, ENOMEM, "cannot list names");
	r = sys_open_dir(usual ? AT_FDCWD : run_fd, usual ? NETNS_RUN : ".", &dir);
	if (r < 0 && r != -ENOENT)
		return error_set(err, LIBNS_STEP_NETNS, -r, "cannot open '%s'",
				 usual ? NETNS_RUN : "directory of names");
	r = dir ? add_entries(list, dir) : 0;
	if (r == 0 && list->n_entries)
		r = add_elsewhere(list, dirfd(dir));
	if (r < 0)
		return error_set(err, LIBNS_STEP_NETNS, -r, "cannot list names");
	if (list->n_entries)
		add_nsids(list, dirfd(dir));
	*ret_list = TAKE_PTR(list);
	return 0;
}

struct pids {
	pid_t *pids;
	size_t n;
	size_t n_unreadable;
};

/* Return: 0, or -ENOMEM. */
static int look_at(int proc_fd, const char *number, const struct libns_id *id, struct pids *pids)
{
	char path[64];
	struct stat st;

	error_format(path, sizeof(path), "%s/ns/net", number);
	if (fstatat(proc_fd, path, &st, 0) < 0) {
		/* Otherwise the process has ended, even if it is not reaped yet. */
		pids->n_unreadable += errno != ENOENT && errno != ESRCH;
		return 0;
	}
	if (st.st_dev != id->dev || st.st_ino != id->ino)
		return 0;
	if (grow((void **)&pids->pids, pids->n, sizeof(pid_t)) < 0)
		return -ENOMEM;
	pids->pids[pids->n++] = (pid_t)strtol(number, NULL, 10);
	return 0;
}

LIBNS_PUBLIC int libns_netns_read_pids(int procfs_fd, const struct libns_id *id, pid_t **ret_pids,
				       size_t *ret_n_pids, size_t *ret_n_unreadable,
				       struct libns_error *err)
{
	bool usual = procfs_fd == LIBNS_PROCFS;
	struct pids pids = { NULL, 0, 0 };
	_cleanup_dir_ DIR *dir = NULL;
	struct dirent *entry;
	int r = sys_open_dir(usual ? AT_FDCWD : procfs_fd, usual ? "/proc" : ".", &dir);

	if (r < 0)
		return error_set(err, LIBNS_STEP_PROC, -r, "cannot open /proc");
	/* procfs lists processes in ascending order. */
	while ((r = sys_next_entry(dir, &entry)) > 0) {
		bool is_pid = entry->d_name[0] >= '0' && entry->d_name[0] <= '9';

		r = is_pid ? look_at(dirfd(dir), entry->d_name, id, &pids) : 0;
		if (r < 0)
			break;
	}
	if (r < 0) {
		free(pids.pids);
		return error_set(err, LIBNS_STEP_PROC, -r, "cannot list processes");
	}
	*ret_pids = pids.pids;
	*ret_n_pids = pids.n;
	if (ret_n_unreadable)
		*ret_n_unreadable = pids.n_unreadable;
	return 0;
}
