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

#include "common/file.h"
#include "xlsns/sheet.h"

static const struct sheet_column propagation_columns[] = {
	{ "TARGET", KIND_STRING, false }, { "PROPAGATION", KIND_STRING, false },
	{ "GROUP", KIND_NUMBER, false },  { "MASTER", KIND_NUMBER, false },
	{ "MNTNS", KIND_NUMBERS, false }, { "WHY", KIND_STRING, false },
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
	char path[64];

	snprintf(path, sizeof(path), procfs_fd < 0 ? "/proc/%d/mountinfo" : "%d/mountinfo", pid);
	return file_read_at(procfs_fd < 0 ? AT_FDCWD : procfs_fd, path, NULL);
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

/*
 * The mounts of a namespace through one of its members; NULL if there is none that could
 * still be asked, with errno 0, or on failure.
 */
static char *read_through_members(const struct options *o, const struct libns_scan *scan,
				  const struct libns_node *node)
{
	size_t n = libns_node_count_tasks(node);

	for (size_t i = 0; n; i++) {
		const struct libns_task *task = libns_scan_task_at(scan, i);
		char *text;

		if (libns_task_get_ns(task, LIBNS_TYPE_MNT) != node)
			continue;
		text = read_mountinfo(o->procfs_fd, libns_task_get_pid(task));
		/* EINVAL: it is about to end, and in no mount namespace any more. */
		if (text || (errno != ENOENT && errno != ESRCH && errno != EINVAL))
			return text;
		n--;
	}
	errno = 0;
	return NULL;
}

static bool collect_of(struct members *members, char *text, uint64_t ino)
{
	char *save = NULL;
	bool done = true;

	for (char *line = strtok_r(text, "\n", &save); line && done;
	     line = strtok_r(NULL, "\n", &save)) {
		struct mount mount;

		if (!parse_line(line, &mount))
			continue;
		if (mount.shared)
			done = add_member(members, &(struct member){ mount.shared, ino, false });
		if (mount.master && done)
			done = add_member(members, &(struct member){ mount.master, ino, true });
	}
	return done;
}

static int by_group(const void *a, const void *b)
{
	const struct member *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return (x->ino > y->ino) - (x->ino < y->ino);
}

/* The groups of all mount namespaces but @own. An exit code, with the reason printed. */
static int collect(struct members *members, const struct options *o, const struct libns_scan *scan,
		   const struct libns_node *own)
{
	for (size_t i = 0; i < libns_scan_count(scan); i++) {
		const struct libns_node *node = libns_scan_at(scan, i);
		uint64_t ino = libns_node_get_id(node)->ino;
		char *text;
		bool done;

		if (node == own || libns_node_get_type(node) != LIBNS_TYPE_MNT)
			continue;
		text = read_through_members(o, scan, node);
		if (!text && errno)
			return cli_error(o->cli,
					 "cannot read the mounts of mount namespace %llu: %s",
					 (unsigned long long)ino, strerror(errno));
		done = !text || collect_of(members, text, ino);
		free(text);
		if (!done)
			return cli_error(o->cli, "out of memory");
	}
	if (members->n)
		qsort(members->list, members->n, sizeof(*members->list), by_group);
	return 0;
}

/* The other namespaces of a group, a line each, and their number; NULL without memory. */
static char *list_members(const struct members *members, unsigned long group, size_t *ret_n)
{
	size_t low = 0, high = members->n, size = 0;
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);
	uint64_t last = 0;

	*ret_n = 0;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (members->list[middle].group < group)
			low = middle + 1;
		else
			high = middle;
	}
	for (; out && group && low < members->n && members->list[low].group == group; low++) {
		if (members->list[low].ino == last)
			continue;
		last = members->list[low].ino;
		fprintf(out, "%s%llu", *ret_n ? "\n" : "", (unsigned long long)last);
		(*ret_n)++;
	}
	if (out && fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

static bool add_mount(struct sheet *sheet, const struct mount *mount, const struct members *members)
{
	char group[24], master[24], why[160];
	size_t n;
	char *others = list_members(members, mount->shared, &n);
	const char *cells[] = {
		mount->target,
		mount->shared && mount->master ? "shared,slave"
		: mount->shared                ? "shared"
		: mount->master                ? "private,slave"
		: mount->unbindable            ? "private,unbindable"
					       : "private",
		mount->shared ? group : NULL,
		mount->master ? master : NULL,
		n ? others : NULL,
		why,
	};
	bool done = others;

	snprintf(group, sizeof(group), "%lu", mount->shared);
	snprintf(master, sizeof(master), "%lu", mount->master);
	if (n)
		snprintf(why, sizeof(why),
			 "leaks: what is mounted below it appears in %zu other mount "
			 "namespace%s",
			 n, n == 1 ? "" : "s");
	else if (mount->shared)
		snprintf(why, sizeof(why),
			 "would leak into copies of this mount namespace: it is shared");
	else if (mount->master)
		snprintf(why, sizeof(why), "only receives what is mounted in group %lu",
			 mount->master);
	else
		snprintf(why, sizeof(why), "leaks neither way");
	done = done && sheet_add(sheet, cells, -1);
	free(others);
	return done;
}

int show_propagation(const struct options *o, const struct libns_scan *scan, pid_t pid)
{
	struct sheet sheet = { .columns = propagation_columns, .n_columns = 6 };
	const struct libns_task *task = libns_scan_find_task(scan, pid);
	struct members members = { NULL, 0, 0 };
	char *save = NULL, *text = read_mountinfo(o->procfs_fd, pid);
	struct mount mount;
	int code;

	if (!text)
		return cli_error(o->cli, "cannot read the mounts of process %d: %s", pid,
				 strerror(errno));
	code = collect(&members, o, scan, task ? libns_task_get_ns(task, LIBNS_TYPE_MNT) : NULL);
	for (char *line = strtok_r(text, "\n", &save); line && code == 0;
	     line = strtok_r(NULL, "\n", &save))
		if (parse_line(line, &mount) && !add_mount(&sheet, &mount, &members))
			code = cli_error(o->cli, "out of memory");
	if (code == 0 && !sheet_print(&sheet, o, "propagation", scan, NULL))
		code = cli_error(o->cli, "out of memory");
	sheet_clear(&sheet);
	free(members.list);
	free(text);
	return code;
}
