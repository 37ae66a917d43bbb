/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is found in a queue is a find only if the queue is that of the socket that was seen. */

#include <libns/libns.h>

#include "hide.h"
#include "scan/source.h"

static void make_queued(void)
{
	int pair[2], fd = fresh(4);

	must(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
	tell_fd(fd);
	tell((uint64_t)pair[1]);
	tell_fd(pair[1]);
	send_away(pair[0], fd);
	tell(1);
}

TEST(number_that_is_another_sockets_by_now)
{
	struct hidden hidden = hide(make_queued, 4);
	struct libns_scan_options options = LIBNS_SCAN_OPTIONS_INIT;
	struct scan_find find = { .kind = LIBNS_HOLDER_QUEUED, .pid = hidden.pid };
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_scan *scan;

	tap_keep_child(hidden.pid);
	options.sources = LIBNS_SCAN_PROCESSES;
	if (libns_scan_new(LIBNS_PROCFS, &options, &scan, &err) < 0)
		TAP_FAIL("%s", err.text);
	find.tid = hidden.pid;
	find.fd = (int)hidden.ino[1];
	find.object = hidden.ino[2] + 1;
	CHECK_INT(scan_queued(scan, &find, 1), 0);
	CHECK(model_find(&scan->model, hidden.ino[0]) == NULL);
	CHECK_INT(scan->model.unseen[LIBNS_UNSEEN_QUEUES], 0);
	find.object = hidden.ino[2];
	CHECK_INT(scan_queued(scan, &find, 1), 0);
	CHECK(model_find(&scan->model, hidden.ino[0]) != NULL);
	/* No socket at all. */
	find.fd = STDIN_FILENO;
	CHECK_INT(scan_queued(scan, &find, 1), 0);
	CHECK_INT(scan->model.unseen[LIBNS_UNSEEN_QUEUES], 0);
	libns_scan_free(scan);
}

TAP_MAIN
