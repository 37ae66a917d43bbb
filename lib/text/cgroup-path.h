/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_CGROUP_PATH_H
#define LIBNS_CGROUP_PATH_H

#include <stdbool.h>
#include <sys/types.h>

#include "text/procfile.h"

/* What the path of a control group says about containers. Pure: no system calls. The text may
 * hold any bytes. */

#define CGROUP_ID_MAX 256
/* At most so many components of a path are looked at, from the top, because a user can nest
 * thousands of groups. */
#define CGROUP_MAX_DEPTH 32

struct cgroup_container {
	const char *runtime;    /* constant; "unknown": only looks like a container */
	char id[CGROUP_ID_MAX]; /* fit for being typed and printed, see is_name() */
	char pod[72];           /* uid of a Kubernetes pod, id of podman's; or "" */
	bool supervisor;        /* the runtime's own process, beside the payload */
	bool has_user;          /* it is below user@<user>.service, whose manager made it */
	uid_t user;
	struct procfile_word path;      /* up to and with the component that names it */
	size_t parent;                  /* bytes of @path above that component */
	struct procfile_word hierarchy; /* "memory", "name=systemd", "" for the unified one */
};

/**
 * cgroup_path_parse() - the outermost container on a path
 * @path: "/system.slice/docker-<id>.scope/init"
 * @n: bytes
 * @ret: receives it; its @path points into @path
 *
 * Return: true if there is one.
 */
bool cgroup_path_parse(const char *path, size_t n, struct cgroup_container *ret);

/**
 * cgroup_file_parse() - the container in the text of /proc/PID/cgroup
 * @text: whole file; the first line that tells wins, one of a known kind before others
 * @ret: receives it; its words point into @text
 *
 * Return: true if there is one.
 */
bool cgroup_file_parse(const char *text, struct cgroup_container *ret);

/**
 * cgroup_file_next() - the next path in the text of /proc/PID/cgroup
 * @text: in: where to look; out: behind the line
 * @ret_hierarchy: receives "memory" of "4:memory:/path"
 *
 * Return: the path, its @s NULL at the end of the text. Lines of another form are passed.
 */
struct procfile_word cgroup_file_next(const char **text, struct procfile_word *ret_hierarchy);

/* Finds the first path in /proc/PID/cgroup whose last component is @id. Return: 0, -ENOENT,
 * -E2BIG. */
int cgroup_file_find(const char *text, const char *id, char *buf, size_t size);

/* Whether one of the lines of /proc/PID/cgroup is @path or below it. */
bool cgroup_file_is_below(const char *text, const char *path);

/* Whether these bytes can be a name or an id: not empty, no '/', no control character. */
bool cgroup_is_name(const char *s, size_t n);

#endif
