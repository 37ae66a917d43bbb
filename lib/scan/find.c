/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The notes of one reading thread. It shares them with nobody, so there is no lock; a
 * failure is kept in them until all threads have ended.
 */

#include "scan/find.h"

#include "base/base.h"
#include "base/sys.h"
#include "scan/link.h"

void scan_found(struct scan_worker *worker, const struct scan_find *find)
{
	if (worker->n_finds == worker->n_finds_max) {
		size_t n = worker->n_finds_max ? worker->n_finds_max * 2 : 64;
		struct scan_find *more = realloc(worker->finds, n * sizeof(*more));

		if (!more) {
			worker->error = -ENOMEM;
			return;
		}
		worker->finds = more;
		worker->n_finds_max = n;
	}
	worker->finds[worker->n_finds++] = *find;
}

void scan_note(struct scan_worker *worker, ssize_t r)
{
	if (sys_is_failure(r) && !worker->error)
		worker->error = (int)r;
}

int scan_read_link_of(struct scan_worker *w, int dir_fd, const char *path, uint64_t *ret_ino)
{
	int r = scan_read_link(dir_fd, path, ret_ino);

	scan_note(w, r == -EBADMSG ? 0 : r);
	return r;
}

void scan_free_worker(struct scan_worker *w)
{
	free(w->finds);
	free(w->fds.list);
	free(w->tids.list);
	free(w->sockets.slots);
	free(w->cookies.slots);
	free(w->paths.slots);
}
