/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_CGROUP_PATH_H
#define LIBNS_CGROUP_PATH_H

#include <stdbool.h>
#include <sys/types.h>

/* What a control group's path says about containers. Pure; any bytes may come. */

#define CGROUP_ID_MAX 256

struct cgroup_container {
	const char *runtime;            /* constant */
	char id[CGROUP_ID_MAX];
	char pod[40];                   /* uid of a Kubernetes pod, with dashes; or "" */
	bool supervisor;                /* the runtime's own process, beside the payload */
	bool has_user;                  /* below user-<user>.slice */
	uid_t user;
};

/**
 * cgroup_path_parse() - the outermost container on a path
 * @path: "/system.slice/docker-<id>.scope/init"
 * @n: bytes
 * @ret: receives it
 *
 * Return: true if there is one.
 */
bool cgroup_path_parse(const char *path, size_t n, struct cgroup_container *ret);

/**
 * cgroup_file_parse() - the container in the text of /proc/PID/cgroup
 * @text: whole file; the first line that tells wins
 * @ret: receives it
 *
 * Return: true if there is one.
 */
bool cgroup_file_parse(const char *text, struct cgroup_container *ret);

/* The first path in /proc/PID/cgroup whose last component is @id; -ENOENT, -E2BIG. */
int cgroup_file_find(const char *text, const char *id, char *buf, size_t size);

/* Whether one of the lines of /proc/PID/cgroup is @path or below it. */
bool cgroup_file_is_below(const char *text, const char *path);

#endif
