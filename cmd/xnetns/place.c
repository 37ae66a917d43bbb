/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* See place.h. */

#include "xnetns/place.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/target.h"

static int open_type(const struct xnetns *x, const char *word, int fd, int *ret_fd)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	uint64_t type;

	if (libns_fd_query_type(fd, &type, &err) < 0)
		return cli_fail(x->cli, &err);
	if (type != LIBNS_TYPE_NET)
		return cli_error(x->cli, "'%s' is a namespace of type %s, not a network namespace",
				 word, libns_type_name(type));
	*ret_fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	return *ret_fd < 0 ? cli_error(x->cli, "cannot open '%s': %m", word) : 0;
}

static int open_target(const struct xnetns *x, const char *word, struct place *place)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	const struct libns_proc *proc;

	if (!cli_target(x->cli, "cannot find the namespace", LIBNS_PROCFS, word, &place->target))
		return CLI_FAILURE;
	proc = libns_target_get_proc(place->target);
	if (!proc)
		return open_type(x, word, libns_target_get_ns_fd(place->target), &place->ns_fd);
	place->ns_fd = libns_proc_open_ns(proc, LIBNS_TYPE_NET, &err);
	return place->ns_fd < 0 ? cli_fail(x->cli, &err) : 0;
}

static int open_path(const struct xnetns *x, const char *path, struct place *place)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int fd = libns_fd_open(AT_FDCWD, path, &err), code;

	if (fd < 0)
		return cli_fail(x->cli, &err);
	code = open_type(x, path, fd, &place->ns_fd);
	close(fd);
	return code;
}

int place_open(const struct xnetns *x, const char *word, bool names, struct place *place)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	/* What stands before the first ':' or '/' decides. */
	char mark = word[strcspn(word, ":/")];

	if (mark == '/')
		return open_path(x, word, place);
	if (!names)
		return open_target(x, word, place);
	place->ns_fd = libns_netns_open(LIBNS_NETNS_RUN, word, &err);
	place->named = place->ns_fd >= 0;
	if (place->named)
		return 0;
	if (!mark && word[strspn(word, "0123456789")])
		return xnetns_fail(x, &err, CLI_FAILURE);
	return open_target(x, word, place);
}

void place_done(struct place *place)
{
	if (place->ns_fd >= 0)
		close(place->ns_fd);
	libns_target_free(place->target);
	*place = (struct place)PLACE_INIT;
}
