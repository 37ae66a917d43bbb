/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The tools to make a snapshot of containers: its arrays, its index, and looking at a process. */

#include <string.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "container/container.h"
#include "text/procfile.h"

void *container_grow(void *array, size_t n, size_t size)
{
	if (n & (n - 1))
		return array;
	return realloc(array, (n ? n * 2 : 1) * size);
}

void container_copy(char *to, const char *from, size_t size)
{
	size_t n = strlen(from);

	if (n >= size)
		n = size - 1;
	memcpy(to, from, n);
	to[n] = '\0';
}

/*
 * Writes what an id is unique with. containerd has an id once in each of its namespaces, and ctr lets
 * the user choose it; all others, and whoever stands in for a user, make 64 random digits.
 */
static size_t key_of(const char *id, const char *runtime, const char *space,
		     char buf[static CONTAINER_KEY])
{
	bool chosen = !strcmp(runtime, "containerd") && strlen(id) != 64;

	error_format(buf, CONTAINER_KEY, "%s%s%s", chosen ? space : "", chosen ? "/" : "", id);
	return strlen(buf);
}

size_t container_take(struct container_maker *maker, uid_t owner, const char *id,
		      const char *runtime, const char *space)
{
	struct libns_containers *s = maker->snapshot;
	char key[CONTAINER_KEY];
	size_t n = key_of(id, runtime, space, key);
	size_t index = container_index_get(&maker->by_id, owner, key, n);
	struct container **more;
	struct container *c;

	if (index != CONTAINER_INDEX_NONE)
		return index;
	more = container_grow(s->containers, s->n_containers, sizeof(struct container *));
	if (!more)
		return CONTAINER_INDEX_NONE;
	s->containers = more;
	c = calloc(1, sizeof(*c));
	if (!c)
		return CONTAINER_INDEX_NONE;
	container_copy(c->runtime, runtime, sizeof(c->runtime));
	container_copy(c->id, id, sizeof(c->id));
	c->owner = owner;
	index = s->n_containers;
	s->containers[s->n_containers++] = c;
	if (container_index_put(&maker->by_id, owner, key, n, index) < 0)
		return CONTAINER_INDEX_NONE;
	return index;
}

int container_read_stat(int procfs_fd, pid_t pid, struct procfile_stat *ret)
{
	char path[32], text[1024];
	ssize_t n;
	int r;

	error_format(path, sizeof(path), "%d/stat", pid);
	n = sys_read_at(procfs_fd, path, text, sizeof(text));
	r = n < 0 ? (int)n : procfile_stat(text, ret);
	ret->comm.s = NULL;
	return r;
}

int container_add_member(struct container_maker *maker, const struct member *member)
{
	struct libns_containers *s = maker->snapshot;
	struct member *more = container_grow(s->members, s->n_members, sizeof(*more));

	if (!more)
		return -ENOMEM;
	s->members = more;
	s->members[s->n_members++] = *member;
	s->containers[member->container]->pub.n_processes++;
	return 0;
}
