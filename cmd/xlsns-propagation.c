/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * xlsns --propagation: for each mount of a process, whether mounts and unmounts
 * below it travel, and to which other mount namespaces: those with a mount of
 * the same peer group (they get ours, we get theirs), or with one whose master
 * that group is (they get ours).
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xlsns-sheet.h"

static const struct sheet_column propagation_columns[] = {
	{ "TARGET", KIND_STRING, false }, { "PROPAGATION", KIND_STRING, false },
	{ "GROUP", KIND_NUMBER, false },  { "MASTER", KIND_NUMBER, false },
	{ "MNTNS", KIND_STRING, false },  { "WHY", KIND_STRING, false },
};

/* One mount of another mount namespace that takes part in a group. */
struct member {
	unsigned long group;
	uint64_t ino;
	bool slave;
};

struct members {
	struct member *list;
	size_t n, max;
};

static bool add_member(struct members *members, const struct member *member)
{
	if (members->n == members->max) {
		size_t n = members->max ? members->max * 2 : 256;
		struct member *more = realloc(members->list, n * sizeof(*more));

		if (!more)
			return false;
		members->list = more;
		members->max = n;
	}
	members->list[members->n++] = *member;
	return true;
}

static char *read_mountinfo(int procfs_fd, pid_t pid)
{
	char path[64], *text = NULL;
	size_t n = 0, size = 0;
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), procfs_fd < 0 ? "/proc/%d/mountinfo" : "%d/mountinfo", pid);
	fd = openat(procfs_fd < 0 ? AT_FDCWD : procfs_fd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	do {
		if (size - n < 4096) {
			char *more = realloc(text, size ? size * 2 : 16384);

			if (!more)
				break;
			text = more;
			size = size ? size * 2 : 16384;
		}
		got = read(fd, text + n, size - n - 1);
		n += got > 0 ? (size_t)got : 0;
	} while (got > 0);
	close(fd);
	if (text)
		text[n] = '\0';
	return text;
}

/* One line of mountinfo, as far as it matters here. */
struct mount {
	char *target;
	unsigned long shared, master;
	bool unbindable;
};

static void unescape(char *text)
{
	char *to = text;

	for (; *text; text++, to++) {
		*to = *text;
		if (text[0] == '\\' && strspn(text + 1, "01234567") >= 3) {
			*to = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0'));
			text += 3;
		}
	}
	*to = '\0';
}

static bool parse_line(char *line, struct mount *mount)
{
	char *save = NULL, *word = strtok_r(line, " ", &save);

	*mount = (struct mount){ NULL, 0, 0, false };
	for (int i = 0; word; word = strtok_r(NULL, " ", &save), i++) {
		if (i == 4)
			mount->target = word;
		if (i < 6)
			continue;
		if (!strcmp(word, "-"))
			break;
		if (!strncmp(word, "shared:", 7))
			mount->shared = strtoul(word + 7, NULL, 10);
		else if (!strncmp(word, "master:", 7))
			mount->master = strtoul(word + 7, NULL, 10);
		else if (!strcmp(word, "unbindable"))
			mount->unbindable = true;
	}
	if (mount->target)
		unescape(mount->target);
	return mount->target;
}

/* The groups of all mount namespaces but @own. */
static bool collect(struct members *members, const struct options *o, const struct libns_scan *scan,
		    const struct libns_node *own)
{
	bool done = true;

	for (size_t i = 0; i < libns_scan_count(scan) && done; i++) {
		const struct libns_node *node = libns_scan_at(scan, i);
		const struct libns_task *task = libns_node_get_leader(node);
		char *save = NULL, *text;
		struct mount mount;

		if (node == own || libns_node_get_type(node) != LIBNS_TYPE_MNT || !task)
			continue;
		text = read_mountinfo(o->procfs_fd, libns_task_get_pid(task));
		for (char *line = text ? strtok_r(text, "\n", &save) : NULL; line && done;
		     line = strtok_r(NULL, "\n", &save)) {
			uint64_t ino = libns_node_get_id(node)->ino;

			if (!parse_line(line, &mount))
				continue;
			if (mount.shared)
				done = add_member(members, &(struct member){ mount.shared, ino, false });
			if (mount.master && done)
				done = add_member(members, &(struct member){ mount.master, ino, true });
		}
		free(text);
	}
	return done;
}

/* The other namespaces of a group, by commas; the number of them that differ. */
static size_t list_members(const struct members *members, unsigned long group, char *buf, size_t size)
{
	uint64_t last = 0;
	size_t n = 0, count = 0;

	*buf = '\0';
	for (size_t i = 0; i < members->n && group; i++) {
		const struct member *m = &members->list[i];

		/* They come namespace by namespace. */
		if (m->group != group || m->ino == last)
			continue;
		last = m->ino;
		count++;
		if (n + 32 < size)
			n += (size_t)snprintf(buf + n, size - n, "%s%llu", n ? "," : "",
					      (unsigned long long)m->ino);
	}
	return count;
}

static bool add_mount(struct sheet *sheet, const struct mount *mount, const struct members *members)
{
	char group[24], master[24], others[1024], why[160];
	size_t n = list_members(members, mount->shared, others, sizeof(others));
	const char *cells[] = {
		mount->target,
		mount->shared && mount->master ? "shared,slave"
		: mount->shared		       ? "shared"
		: mount->master		       ? "private,slave"
		: mount->unbindable	       ? "private,unbindable"
					       : "private",
		mount->shared ? group : NULL,
		mount->master ? master : NULL,
		n ? others : NULL,
		why,
	};

	snprintf(group, sizeof(group), "%lu", mount->shared);
	snprintf(master, sizeof(master), "%lu", mount->master);
	if (n)
		snprintf(why, sizeof(why), "leaks: what is mounted below it appears in %zu other mount "
					   "namespace%s", n, n == 1 ? "" : "s");
	else if (mount->shared)
		snprintf(why, sizeof(why), "would leak into copies of this mount namespace: it is shared");
	else if (mount->master)
		snprintf(why, sizeof(why), "only receives what is mounted in group %lu", mount->master);
	else
		snprintf(why, sizeof(why), "leaks neither way");
	return sheet_add(sheet, cells, -1);
}

int show_propagation(const struct options *o, const struct libns_scan *scan, pid_t pid)
{
	struct sheet sheet = { .columns = propagation_columns, .n_columns = 6 };
	const struct libns_task *task = libns_scan_find_task(scan, pid);
	struct members members = { NULL, 0, 0 };
	char *save = NULL, *text = read_mountinfo(o->procfs_fd, pid);
	struct mount mount;
	bool done;

	if (!text)
		return cli_error(o->cli, "cannot read the mounts of process %d: %s", pid,
				 strerror(errno));
	done = collect(&members, o, scan, task ? libns_task_get_ns(task, LIBNS_TYPE_MNT) : NULL);
	for (char *line = strtok_r(text, "\n", &save); line && done; line = strtok_r(NULL, "\n", &save))
		if (parse_line(line, &mount))
			done = add_mount(&sheet, &mount, &members);
	if (done)
		done = sheet_print(&sheet, o, "propagation", NULL);
	sheet_clear(&sheet);
	free(members.list);
	free(text);
	return done ? 0 : cli_error(o->cli, "out of memory");
}
