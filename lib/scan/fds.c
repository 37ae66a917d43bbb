/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What descriptors hold: namespaces themselves, sockets and tun devices (each
 * belongs to the network namespace it was made in), namespaces registered with
 * an io_uring, and unix sockets whose queue holds descriptors.
 *
 * Only the text of the link is looked at, and fdinfo. stat(2) or open(2) through it
 * would reach the file system behind the descriptor, and wait for it for ever if that
 * is a dead FUSE or NFS server. A file is taken over (pidfd_getfd(2)) only when
 * the link says it is a socket, or procfs itself has confirmed a tun device.
 *
 * The text is a path if a namespace was opened through a bind mount, and "/" once that mount is
 * gone. A path does not show whether it is a namespace. If the inode number in fdinfo can be that
 * of a namespace, scan/queued.c finds out what it really is. This is done once for each path,
 * because most descriptors of many processes are on few files.
 *
 * A path of "/" may also be that of a detached tree, which scan/detached.c looks into.
 *
 * There are many sockets, and they are inherited and shared. So each inode is asked once, and with
 * SO_NETNS_COOKIE (Linux 5.14) its namespace need not be opened if that network has been seen
 * before.
 */

#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "scan/link.h"
#include "scan/source.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

static int net_type(void)
{
	return model_type_index(LIBNS_TYPE_NET);
}

/* Return: the inode of the network namespace of a socket or tun device, or -errno. */
static int ask_network(int fd, uint64_t *ret_ino)
{
	int ns_fd = ioctl(fd, SIOCGSKNS);
	struct stat st;
	int r;

	if (ns_fd < 0)
		return -errno;
	r = fstat(ns_fd, &st) < 0 ? -errno : 0;
	close(ns_fd);
	*ret_ino = st.st_ino;
	return r;
}

/* The caller's own network needs no permission, and most sockets of ordinary users are there. */
static void learn_own_cookie(struct scan_worker *w)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint64_t cookie = 0, ino;
	socklen_t size = sizeof(cookie);

	if (fd < 0 || w->cookies.n)
		return;
	if (getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) < 0 || !cookie)
		return;
	if (scan_read_link(w->scan->procfs_fd, "self/ns/net", &ino) == net_type())
		scan_map_put(&w->cookies, cookie, ino);
}

static int network_of_socket(struct scan_worker *w, int fd, uint64_t *ret_ino)
{
	uint64_t cookie = 0;
	socklen_t size = sizeof(cookie);
	int r;

	learn_own_cookie(w);
	if (getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) < 0)
		cookie = 0;
	if (cookie && scan_map_get(&w->cookies, cookie, ret_ino))
		return 0;
	r = ask_network(fd, ret_ino);
	if (r == 0 && cookie)
		r = scan_map_put(&w->cookies, cookie, *ret_ino);
	return r;
}

/*
 * Makes a duplicate of the file behind a descriptor. The number might meanwhile belong to another
 * process; reading a link through the directory afterwards proves that it does not.
 */
static int take_over(struct scan_worker *w, struct scan_owner *owner, int fd)
{
	uint64_t ino;

	if (owner->pidfd < 0) {
		if (!w->scan->live || !w->scan->own_pids || w->scan->fatal & SCAN_CALL_GETFD)
			return -EOPNOTSUPP;
		/* A thread with descriptors of its own is asked by its own number. */
		owner->pidfd =
			sys_pidfd_open(owner->tid, owner->tid == owner->pid ? 0 : PIDFD_THREAD);
		if (owner->pidfd < 0)
			return owner->pidfd;
		if (scan_read_link_of(w, owner->dir_fd, scan_ns_paths[0], &ino) < 0) {
			owner->pidfd = base_close(owner->pidfd);
			return -ESRCH;
		}
	}
	return sys_pidfd_getfd(owner->pidfd, fd);
}

static void found_in_fd(struct scan_worker *w, const struct scan_owner *owner, int fd,
			enum libns_holder_kind kind, int type, uint64_t ino)
{
	scan_found(w, &(struct scan_find){ kind, type, ino, owner->pid, owner->tid, fd, 0 });
}

/* Reads a fdinfo of any length, since it lists any number of locks. Return: NULL if it cannot be
 * read. */
static char *read_fdinfo(struct scan_worker *w, const struct scan_owner *owner, int fd)
{
	char path[32], *text;
	int r = sys_read_alloc_at(owner->dir_fd, error_format(path, sizeof(path), "fdinfo/%d", fd),
				  &text, NULL);

	scan_note(w, r);
	return r < 0 ? NULL : text;
}

static bool is_unix_socket(int fd)
{
	int domain = 0;
	socklen_t size = sizeof(domain);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX;
}

/* Linux 5.17 counts descriptors in flight in the fdinfo of a unix socket. */
static void note_queue(struct scan_worker *w, const struct scan_owner *owner, int fd,
		       uint64_t socket)
{
	_cleanup_free_ char *text = read_fdinfo(w, owner, fd);
	const char *line = text ? strstr(text, "scm_fds:") : NULL;

	if (line && strtoul(line + strlen("scm_fds:"), NULL, 10) > 0)
		scan_found(w, &(struct scan_find){ LIBNS_HOLDER_QUEUED, 0, 0, owner->pid,
						   owner->tid, fd, socket });
}

static void read_socket(struct scan_worker *w, struct scan_owner *owner, int fd, uint64_t socket)
{
	_cleanup_close_ int copy = -1;
	uint64_t ino = 0;
	int r;

	if (!scan_map_get(&w->sockets, socket, &ino)) {
		copy = take_over(w, owner, fd);
		if (copy == -EBADF || copy == -ESRCH)
			return;
		r = copy < 0 ? copy : network_of_socket(w, copy, &ino);
		scan_note(w, sys_is_shortage(r) ? r : 0);
		if (r < 0) {
			w->unseen[LIBNS_UNSEEN_SOCKETS]++;
			ino = 0;
		}
		if (scan_map_put(&w->sockets, socket, ino) < 0)
			w->error = -ENOMEM;
		if (copy >= 0 && (w->scan->sources & LIBNS_SCAN_QUEUED) && is_unix_socket(copy))
			note_queue(w, owner, fd, socket);
	}
	if (ino && (w->scan->links & LIBNS_TYPE_NET))
		found_in_fd(w, owner, fd, LIBNS_HOLDER_SOCKET, net_type(), ino);
}

static void read_tun(struct scan_worker *w, struct scan_owner *owner, int fd)
{
	_cleanup_close_ int copy = -1;
	_cleanup_free_ char *text = read_fdinfo(w, owner, fd);
	uint64_t ino = 0;
	int r;

	/* A file of that name on a file system that hangs has no such line. */
	if (!text || !strstr(text, "\niff:"))
		return;
	copy = take_over(w, owner, fd);
	if (copy == -EBADF || copy == -ESRCH)
		return;
	r = copy < 0 ? copy : ask_network(copy, &ino);
	scan_note(w, sys_is_shortage(r) ? r : 0);
	if (r < 0)
		w->unseen[LIBNS_UNSEEN_SOCKETS]++;
	else
		found_in_fd(w, owner, fd, LIBNS_HOLDER_TUN, net_type(), ino);
}

/* Registered files are lines such as "    0: net:[4026531840]". */
static void read_io_uring(struct scan_worker *w, const struct scan_owner *owner, int fd)
{
	_cleanup_free_ char *text = read_fdinfo(w, owner, fd);
	char *save = NULL;

	for (char *line = !text ? NULL : strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char *word = strstr(line, ": ");
		uint64_t ino;
		int type;

		if (!word || (line[0] != ' ' && (line[0] < '0' || line[0] > '9')))
			continue;
		type = model_parse_link(word + 2, &ino);
		if (type >= 0 && (w->scan->links & libns_type_at((size_t)type)))
			found_in_fd(w, owner, fd, LIBNS_HOLDER_IO_URING, type, ino);
	}
}

/* This is FNV-1a with 64 bits: two paths will not have the same hash. */
static uint64_t hash(const char *text)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return h ? h : 1;
}

static void read_path(struct scan_worker *w, const struct scan_owner *owner, int fd,
		      const char *path)
{
	static const char deleted[] = " (deleted)";
	_cleanup_free_ char *fdinfo = NULL;
	size_t n = strlen(path);
	uint64_t key = hash(path), ino;

	/* It is no namespace, since these have no name that could be deleted. */
	if (n >= sizeof(deleted) && !strcmp(path + n - (sizeof(deleted) - 1), deleted))
		return;
	if (path[1] && scan_map_get(&w->paths, key, &ino))
		return;
	fdinfo = read_fdinfo(w, owner, fd);
	if (!fdinfo)
		return;
	if (scan_fdinfo_ino(fdinfo))
		found_in_fd(w, owner, fd, LIBNS_HOLDER_FD, 0, 0);
	else if (!path[1])
		scan_note_tree(w, owner, fd, fdinfo);
	else if (scan_map_put(&w->paths, key, 1) < 0)
		w->error = -ENOMEM;
}

static void read_fd(struct scan_worker *w, struct scan_owner *owner, int dir_fd, int fd)
{
	const uint64_t sources = w->scan->sources;
	char name[16], text[4096];
	uint64_t ino;
	ssize_t n;
	int type;

	n = readlinkat(dir_fd, error_format(name, sizeof(name), "%d", fd), text, sizeof(text) - 1);
	if (n <= 0) {
		/* A path of more than a page is too long for a bind mount as well. */
		scan_note(w, n < 0 && errno != ENAMETOOLONG ? -errno : 0);
		return;
	}
	text[n] = '\0';
	if (text[0] == '/') {
		if ((sources & LIBNS_SCAN_SOCKETS) && (w->scan->links & LIBNS_TYPE_NET) &&
		    !strcmp(text, "/dev/net/tun"))
			read_tun(w, owner, fd);
		else
			read_path(w, owner, fd, text);
	} else if (!strncmp(text, "socket:[", 8)) {
		if (sources & LIBNS_SCAN_SOCKETS)
			read_socket(w, owner, fd, strtoull(text + 8, NULL, 10));
	} else if (!strcmp(text, "anon_inode:[io_uring]")) {
		if (sources & LIBNS_SCAN_IO_URING)
			read_io_uring(w, owner, fd);
	} else {
		type = model_parse_link(text, &ino);
		if (type >= 0 && (w->scan->links & libns_type_at((size_t)type)))
			found_in_fd(w, owner, fd, LIBNS_HOLDER_FD, type, ino);
	}
}

void scan_fds(struct scan_worker *w, struct scan_owner *owner)
{
	int dir_fd = openat(owner->dir_fd, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir_fd < 0) {
		w->unseen[LIBNS_UNSEEN_FDS] += errno == EACCES || errno == EPERM;
		scan_note(w, -errno);
		return;
	}
	scan_note(w, scan_list_numbers(dir_fd, &w->fds));
	for (size_t i = 0; i < w->fds.n; i++)
		read_fd(w, owner, dir_fd, (int)w->fds.list[i]);
	close(dir_fd);
}

void scan_some_fds(struct scan_worker *w, pid_t pid, pid_t tid, int fd)
{
	struct scan_owner owner = { pid, tid, -1, -1 };
	_cleanup_close_ int dir_fd = -1;
	char path[48];

	error_format(path, sizeof(path), "%d/task/%d", pid, tid);
	owner.dir_fd = sys_open_at(w->scan->procfs_fd, path, O_PATH | O_DIRECTORY);
	if (owner.dir_fd < 0) {
		scan_note(w, owner.dir_fd);
		return;
	}
	if (fd < 0)
		scan_fds(w, &owner);
	else
		dir_fd = sys_open_at(owner.dir_fd, "fd", O_PATH | O_DIRECTORY);
	scan_note(w, fd < 0 ? 0 : dir_fd);
	if (dir_fd >= 0)
		read_fd(w, &owner, dir_fd, fd);
	base_close(owner.pidfd);
	close(owner.dir_fd);
}
