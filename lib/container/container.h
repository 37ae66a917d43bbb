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
	char space[256];
	char netns[64];
	char hostname[256];
	char origin[320];
	char word[280];
	char cgroup[1024]; /* "": by the form of the path */
	uid_t owner;       /* or OWNER_ANYBODY, OWNER_UNPROVEN */
	uint64_t start;    /* of pub.pid; counts where there is no cgroup */
	bool told;         /* a state file says which is the first process */
	bool bare;         /* no control group of its own: pid and start only */
	bool created;      /* a state file says that it was never started */
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
	struct member *members; /* by pid */
	size_t n_members;
	struct container_index netns; /* container by the name of its network namespace */
	size_t unread;
	int cgroup_fd; /* /sys/fs/cgroup, or -1 */
};

#define CONTAINER_CGROUP_TEXT 16384

/* ---- container/maker.c: what is in the making */

struct container_maker {
	struct libns_containers *snapshot;
	struct container_state *states;
	size_t n_states;
	pid_t *helpers;
	size_t n_helpers;
	size_t n_sorted;                 /* members that are by pid, the first ones */
	struct container_index by_id;    /* (owner, id): container */
	struct container_index by_group; /* hierarchy and path: container */
	struct container_index claims;   /* path: state that says it is its container's */
	int procfs_fd;
};

/* Room for one more element, doubling; NULL without memory. */
void *container_grow(void *array, size_t n, size_t size);
/* The container of that owner and id, made if need be; CONTAINER_INDEX_NONE without memory. */
size_t container_take(struct container_maker *maker, uid_t owner, const char *id,
		      const char *runtime);
int container_add_member(struct container_maker *maker, const struct member *member);
int container_read_stat(int procfs_fd, pid_t pid, struct procfile_stat *ret);
/* As much of @from as fits. */
void container_copy(char *to, const char *from, size_t size);

/* ---- container/merge.c: what state files and helpers add to what cgroups have told */

/* All states, then pods, first processes and words. 0 or -ENOMEM. */
int container_merge(struct container_maker *maker);

#endif
