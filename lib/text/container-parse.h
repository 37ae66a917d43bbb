/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_CONTAINER_PARSE_H
#define LIBNS_CONTAINER_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What the state files and the helpers of container runtimes say. Pure: no system calls. The texts
 * may hold any bytes. */

/* What one state file, or one helper, says about one container. */
struct container_state {
	char runtime[16];
	char id[256];
	char name[256];  /* "" where it has none */
	char pod[256];   /* name of the pod, or "" */
	char pod_id[72]; /* uid of a Kubernetes pod, id of podman's; or "" */
	char infra[72];  /* id of the container of podman that keeps the pod's namespaces, or "" */
	char space[256]; /* namespace of Kubernetes or containerd, or "" */
	char cgroup[1024]; /* its own control group, where the file says so */
	char netns[64];    /* what its network namespace is called in /run/netns, or "" */
	char place[512];   /* directory with docker's own file about it, or "" */
	char hostname[256];
	char origin[320]; /* the file, or the process */
	pid_t pid;        /* its first process, or 0 */
	uint64_t start;   /* its start time in clock ticks, or 0 */
	uid_t owner;      /* who could have written this, see container/owner.h */
	bool sandbox;     /* only keeps the namespaces of a pod */
	bool created;     /* it was created and has not been started */
	bool unstarted;   /* it has not been started, unless a process of it is there */
	bool leads;       /* for helpers: @pid is a descendant of the helper */
};

enum container_form {
	CONTAINER_DOCKER,    /* config.v2.json */
	CONTAINER_STORAGE,   /* containers.json: podman, buildah, CRI-O */
	CONTAINER_BUNDLE,    /* config.json of an OCI bundle */
	CONTAINER_RUNC,      /* state.json */
	CONTAINER_CRUN,      /* status */
	CONTAINER_MACHINE,   /* systemd-machined */
	CONTAINER_CNI,       /* cached result of a network plugin */
	CONTAINER_ARGUMENTS, /* the command line of a helper, with its NULs */
};

/**
 * container_parse() - read one text
 * @form: of what kind it is
 * @text: the bytes, followed by a NUL
 * @n: bytes
 * @state: what is known already: @runtime, and @id if the name of the file tells
 * @found: called for each container with @state filled in; a negative result ends it
 * @data: for @found
 *
 * A text that does not parse counts as missing. A name that cannot be one is
 * left out, and so is a container whose id cannot be one.
 *
 * Return: 0, or what @found returned.
 */
int container_parse(enum container_form form, const char *text, size_t n,
		    struct container_state *state,
		    int (*found)(void *data, struct container_state *state), void *data);

/* Forgets what one text said; @runtime, @owner and @origin stay. */
void container_state_clear(struct container_state *state);

#endif
