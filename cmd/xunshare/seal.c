/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Going on as a sealed copy of this program before there is a new root.
 *
 * A script in that root which begins with "#!/proc/self/exe" would run the file of the host's
 * xunshare, and could write to it later (CVE-2019-5736). A child is made by the library, which puts a
 * stub in between (lib/spawn/screen.c). Where the program is to take the place of xunshare itself, and
 * on machines for which there is no stub, the copy is what it finds. It parses the command line again.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"
#include "xunshare/xunshare.h"

/* Without a list of them, descriptors up to this one are looked at. */
#define MAX_WALK 65536

char **seal_unpack(char **argv)
{
	size_t n = 0;
	char **copy;
	int pinned;

	libns_seal_take_over(&pinned);
	if (pinned >= 0)
		close(pinned);
	/* What is parsed is taken apart. */
	while (argv[n])
		n++;
	copy = calloc(n + 1, sizeof(*copy));
	for (size_t i = 0; copy && i < n; i++)
		if (!(copy[i] = strdup(argv[i]))) {
			seal_free(copy);
			return NULL;
		}
	return copy;
}

void seal_free(char **argv)
{
	for (size_t i = 0; argv && argv[i]; i++)
		free(argv[i]);
	free(argv);
}

bool seal_is_needed(const struct request *q)
{
	return !q->dry_run && q->root && q->plan.mounts && (!q->fork || !HAVE_STUB);
}

int seal(const struct request *q, char **argv)
{
	struct libns_environment *environment = NULL;
	struct libns_error err = LIBNS_ERROR_INIT;
	int fd;

	if (!seal_is_needed(q) || libns_seal_is_active())
		return 0;
	if (!argv)
		return cli_error(&q->cli, "%s", strerror(ENOMEM));
	fd = libns_seal_open("xunshare", &err);
	if (fd >= 0) {
		if (libns_seal_hand_over(-1, &environment, &err) == 0) {
			limit_restore(q);
			libns_seal_exec(fd, argv, libns_environment_get_items(environment), &err);
			limit_lift_again(q);
		}
		libns_environment_free(environment);
		close(fd);
	}
	return libns_seal_is_needless() ? 0 : cli_fail(&q->cli, &err);
}

static void close_if_due(const struct request *q, int fd)
{
	int flags = fcntl(fd, F_GETFD);

	/* A failure to run the program is still to be reported. */
	if (fd > 2 && fd != q->status_fd && flags >= 0 && (flags & FD_CLOEXEC))
		close(fd);
}

/*
 * execve(2) finds the program before it closes what is to be closed: a link in a new root could lead
 * through a descriptor of ours to a program of the host. Closes them now. @own_fd: the directory of
 * our descriptors, opened before; -1.
 */
void seal_descriptors(const struct request *q, int own_fd)
{
	DIR *own = own_fd < 0 ? NULL : fdopendir(own_fd);
	struct dirent *entry;
	bool are_known = false;

	if (own) {
		while ((entry = file_next_entry(own)))
			if (atoi(entry->d_name) != own_fd)
				close_if_due(q, atoi(entry->d_name));
		are_known = errno == 0;
		closedir(own);
	}
	for (int fd = 3; !are_known && fd < MAX_WALK; fd++)
		close_if_due(q, fd);
}
