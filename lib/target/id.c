/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One namespace by the id that the kernel never uses again, wherever it is held. */

#include <libns/nsfd.h>
#include <libns/scan.h>
#include <libns/target.h>
#include <libns/type.h>

#include "base/base.h"
#include "base/err.h"

static bool has_id(int fd, uint64_t id)
{
	uint64_t found;

	return libns_fd_query_unique_id(fd, &found, NULL) == 0 && found == id;
}

LIBNS_PUBLIC int libns_target_open_id(int procfs_fd, uint64_t type, uint64_t id,
				      struct libns_error *err)
{
	struct libns_scan_options options = LIBNS_SCAN_OPTIONS_INIT;
	_cleanup_(libns_scan_freep) struct libns_scan *scan = NULL;
	const struct libns_node *node;
	int r;

	options.sources = LIBNS_SCAN_ALL;
	options.types = type;
	r = libns_scan_new(procfs_fd, &options, &scan, err);
	for (size_t i = 0; r == 0 && (node = libns_scan_at(scan, i)); i++) {
		int fd = libns_scan_open(scan, node, err);

		/* Where nobody leads to this one any more, another one may still have that id. */
		if ((fd < 0 && fd != -ENOENT) || (fd >= 0 && has_id(fd, id)))
			return fd;
		base_close(fd);
	}
	return r < 0 ? r
		     : error_say(err, LIBNS_STEP_OPEN, ENOENT,
				 "there is no %s namespace with id %llu", libns_type_name(type),
				 (unsigned long long)id);
}
