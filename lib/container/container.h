/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_CONTAINER_PRIVATE_H
#define LIBNS_CONTAINER_PRIVATE_H

#include <stdbool.h>

#include <libns/container.h>

#include "container/index.h"
#include "container/state.h"
#include "text/cgroup-path.h"

/* Shared by container.c, which makes the snapshot, and container/find.c, which asks it. */

struct container {
	struct libns_container pub; /* its strings are the ones below */
	char runtime[16];
	char id[256];
	char name[256];
	char pod[256];
	char pod_id[72];
	char infra[72];
	char space[256];
	char netns[64];
	char hostname[256];
	char origin[320];
	char word[280];
	char cgroup[1024]; /* path of its group; "" if only the form of a path shows it */
	uid_t owner;       /* or OWNER_ANYBODY, OWNER_UNPROVEN */
	uint64_t start; /* start time of pub.pid; identifies the process where there is no cgroup */
	bool told;      /* a state file says which process is the first */
	bool bare;      /* it has no control group of its own, only pid and start */
	bool created;   /* a state file says that it was never started */
	bool unstarted; /* the same, unless it has a process */
	bool unproven;  /* a living member could not be proved to be a process of the owner */
};

struct member {
	pid_t pid;
	size_t container; /* index */
	uint64_t start;
	char state;
	bool supervisor;
};

struct libns_containers {
	struct container **containers;
	size_t n_containers;
	struct member *members; /* sorted by pid, once all are in */
	size_t n_members;
	struct container_index netns; /* container by the name of its network namespace */
	size_t unread;
	char unread_why[480]; /* "" if nothing */
	int cgroup_fd;        /* /sys/fs/cgroup, or -1 */
};

#define CONTAINER_CGROUP_TEXT 16384
#define CONTAINER_KEY         520 /* room for a namespace of containerd, a slash and an id */

/* ---- container/maker.c: a snapshot that is being made */

struct container_maker {
	struct libns_containers *snapshot;
	struct container_state *states;
	size_t n_states;
	pid_t *helpers;
	size_t n_helpers;
	size_t n_sorted;                 /* so many members at the beginning are sorted by pid */
	struct container_index by_id;    /* container by owner and id, see container_take() */
	struct container_index by_group; /* container by hierarchy and path of its control group */
	struct container_index claims;   /* state by the path of the group that it claims */
	int procfs_fd;
};

/* Makes room for one more element by doubling. Return: the array, or NULL without memory. */
void *container_grow(void *array, size_t n, size_t size);
/*
 * Finds the container of that owner and id, in the namespace @space of containerd or "", or makes
 * it. Return: CONTAINER_INDEX_NONE without memory.
 */
size_t container_take(struct container_maker *maker, uid_t owner, const char *id,
		      const char *runtime, const char *space);
int container_add_member(struct container_maker *maker, const struct member *member);
int container_read_stat(int procfs_fd, pid_t pid, struct procfile_stat *ret);
/* Copies as much of @from as fits. */
void container_copy(char *to, const char *from, size_t size);

/* ---- container/merge.c: what state files and helpers add to what control groups show */

/*
 * Adds all states, then finds pods and first processes, and makes the words. Return: 0 or -ENOMEM.
 */
int container_merge(struct container_maker *maker);

#endif
