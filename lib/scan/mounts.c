/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Bind mounts of namespaces. A mount table shows them as file system "nsfs"
 * with a root of "net:[4026531840]", also when a later mount covers them or a
 * second namespace is stacked on the same file: identity comes from that text,
 * never from what the path leads to now.
 */

#include <fcntl.h>
#include <string.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "scan/source.h"
#include "text/procfile.h"

/* Undoes the \ooo of mountinfo in place; returns the length. */
static size_t unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from;) {
		if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' &&
		    from[2] <= '7' && from[3] >= '0' && from[3] <= '7') {
			*to++ = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 |
				       (from[3] - '0'));
			from += 4;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
	return (size_t)(to - text);
}

int scan_found_mount(struct libns_scan *scan, struct libns_node *where, const char *root,
		     const char *point)
{
	struct model_hold hold = { LIBNS_HOLDER_MOUNT, 0, 0, -1, where, NULL, 0 };
	struct libns_node *node;
	uint64_t ino;
	int type = model_parse_link(root, &ino);

	if (type < 0 || !(scan->links & libns_type_at((size_t)type)))
		return 0;
	node = model_add(&scan->model, type, ino);
	hold.path = model_string(&scan->model, point, strlen(point));
	if (!node || !hold.path)
		return -ENOMEM;
	return model_hold(&scan->model, node, &hold);
}

/* "36 35 0:3 net:[4026531840] /run/netns/x rw shared:1 - nsfs nsfs rw" */
static int read_line(struct libns_scan *scan, struct libns_node *where, char *line)
{
	char *dash = strstr(line, " - nsfs ");
	char *fields[5], *save = NULL;

	if (!dash)
		return 0;
	*dash = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		fields[i] = strtok_r(i ? NULL : line, " ", &save);
		if (!fields[i])
			return 0;
	}
	unescape(fields[3]);
	unescape(fields[4]);
	return scan_found_mount(scan, where, fields[3], fields[4]);
}

int scan_read_mountinfo(struct libns_scan *scan, struct libns_node *where, const char *path)
{
	_cleanup_free_ char *text = NULL;
	char *save = NULL;
	int r = sys_read_alloc_at(scan->procfs_fd, path, &text, NULL);

	/* EINVAL: it is about to end, and in no mount namespace any more. */
	if (r < 0)
		return r == -EINVAL ? -ESRCH : r;
	for (char *line = strtok_r(text, "\n", &save); line && r >= 0;
	     line = strtok_r(NULL, "\n", &save))
		r = read_line(scan, where, line);
	return r < 0 ? r : 0;
}
