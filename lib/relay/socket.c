/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Sockets of a relay: addresses, binding, and files of sockets.
 *
 * The file of a socket outlives a relay that is killed, and then nobody can bind there again. So a
 * file that refuses connections is replaced. Two relays that find it at the same time are kept apart
 * by a lock on its directory. The mode of a new file is that of its socket, so it is closed to
 * others from the first moment.
 */

#include <libgen.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/base.h"
#include "base/sys.h"
#include "relay/relay.h"

#define BACKLOG    4096
#define LOCK_TRIES 1000

socklen_t relay_address_of(const struct libns_forward_end *end, union relay_address *ret)
{
	bool is_path = end->kind == LIBNS_FORWARD_PATH;
	size_t n = strlen(end->path);

	memset(ret, 0, sizeof(*ret));
	if (end->kind != LIBNS_FORWARD_PORT) {
		ret->un.sun_family = AF_UNIX;
		/* An abstract name begins with a zero, and ends with its length. */
		memcpy(ret->un.sun_path + !is_path, end->path, n);
		return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + 1);
	}
	if (end->address.family == AF_INET6) {
		ret->v6.sin6_family = AF_INET6;
		ret->v6.sin6_port = htons(end->port);
		memcpy(&ret->v6.sin6_addr, end->address.bytes, sizeof(ret->v6.sin6_addr));
		return sizeof(ret->v6);
	}
	ret->v4.sin_family = AF_INET;
	ret->v4.sin_port = htons(end->port);
	memcpy(&ret->v4.sin_addr, end->address.bytes, sizeof(ret->v4.sin_addr));
	return sizeof(ret->v4);
}

int relay_socket_make(int family, int type)
{
	int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd < 0 ? -errno : sys_fd_above_stdio(fd);
}

static void set(int fd, int level, int option)
{
	const int one = 1;

	(void)setsockopt(fd, level, option, &one, sizeof(one));
}

int relay_socket_listen(int fd, int type, const union relay_address *address, socklen_t size)
{
	if (type == SOCK_STREAM && address->any.sa_family != AF_UNIX)
		set(fd, SOL_SOCKET, SO_REUSEADDR);
	if (address->any.sa_family == AF_INET6)
		set(fd, IPPROTO_IPV6, IPV6_V6ONLY);
	if (type == SOCK_DGRAM) {
		set(fd, IPPROTO_IP, IP_PKTINFO);
		set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO);
	}
	if (bind(fd, &address->any, size) < 0 || (type == SOCK_STREAM && listen(fd, BACKLOG) < 0))
		return -errno;
	return 0;
}

/* Whether there is a socket that nobody listens on. */
static bool is_abandoned(const union relay_address *address, socklen_t size)
{
	_cleanup_close_ int fd = relay_socket_make(AF_UNIX, SOCK_STREAM);
	struct stat st;

	return fd >= 0 && lstat(address->un.sun_path, &st) == 0 && S_ISSOCK(st.st_mode) &&
	       connect(fd, &address->any, size) < 0 && errno == ECONNREFUSED;
}

static int lock_directory(const char *path)
{
	char copy[sizeof(((struct sockaddr_un *)0)->sun_path) + 1];
	int fd;

	sys_join_path(copy, sizeof(copy), NULL, path);
	fd = sys_open_at(AT_FDCWD, dirname(copy), O_RDONLY | O_DIRECTORY);
	for (int i = 0; fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0; i++) {
		if (i == LOCK_TRIES || errno != EWOULDBLOCK)
			return base_close(fd);
		usleep(1000);
	}
	return fd;
}

int relay_path_listen(int fd, const union relay_address *address, socklen_t size)
{
	int r;

	(void)fchmod(fd, 0600);
	r = relay_socket_listen(fd, SOCK_STREAM, address, size);
	if (r == -EADDRINUSE) {
		_cleanup_close_ int lock = lock_directory(address->un.sun_path);

		if (lock >= 0 && is_abandoned(address, size) && unlink(address->un.sun_path) == 0)
			r = relay_socket_listen(fd, SOCK_STREAM, address, size);
	}
	return r;
}

void relay_path_remove(const char *path, uint64_t ino)
{
	struct stat st;

	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode) && st.st_ino == ino)
		(void)unlink(path);
}
