/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_CONTAINER_PRIVATE_H
#define LIBNS_CONTAINER_PRIVATE_H

#include <stdbool.h>

#include <libns/container.h>

#include "cgroup-path.h"
#include "container-state.h"

/* Shared by container.c, which makes the snapshot, and container-find.c, which asks it. */

struct container {
	struct libns_container pub;     /* its strings are the ones below */
	char runtime[16];
	char id[256];
	char name[256];
	char pod[256];
	char cgroup[1024];              /* "": by the form of the path */
	uint64_t start;                 /* of pub.pid; counts where there is no cgroup */
	bool has_user;                  /* below user-<user>.slice, or only this user says so */
	uid_t user;
	bool told;                      /* a state file says which is the first process */
	bool bare;                      /* no control group of its own: pid and start only */
};

struct member {
	pid_t pid;
	size_t container;               /* index */
	uint64_t start;
	char state;
	bool supervisor;
};

struct libns_containers {
	struct container **containers;
	size_t n_containers;
	struct member *members;         /* by pid */
	size_t n_members;
};

#define CONTAINER_CGROUP_TEXT 16384

#endif
