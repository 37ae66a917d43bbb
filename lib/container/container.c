/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A snapshot of all containers, see container.h.
 *
 * Theory of operation
 *
 *  1. State files are read (container/state.c). For each it is noted who could have written it.
 *  2. The control group of every process is read. Containers and their members follow from its
 *    path, and a container belongs to whoever could have made that group (container/owner.c). If
 *    the name of a group does not tell, the group is looked for in what the state files claim.
 *  3. Helpers that were seen on the way are asked (container/ask.c).
 *  4. What files and helpers know is added (container/merge.c): a name, a pod, which of the members
 *    is the first process. They are believed for containers of their own owner only. In one case
 *    they alone make a container, namely if it has no control group: then the process that they
 *    name must be alive and have begun at the very clock tick that they have recorded.
 *
 * An id alone does not identify a container: below their own group, users can make groups with any
 * name, even that of somebody else's container. So the key is (owner, id), where ctr has made it also
 * its namespace, and a name without an owner means a container that root or the caller has named.
 */

#include "container/container.h"

#include <dirent.h>
#include <string.h>
#include <sys/vfs.h>

#include <libns/proc.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "container/owner.h"
#include "text/container-args.h"
#include "text/procfile.h"

static int keep_state(void *data, const struct container_state *state)
{
	struct container_maker *maker = data;
	struct container_state *more =
		container_grow(maker->states, maker->n_states, sizeof(*more));

	if (!more)
		return -ENOMEM;
	maker->states = more;
	maker->states[maker->n_states++] = *state;
	return 0;
}

/* ------------------------------------------------------- claims of state files */

/* runc writes down mount points instead of control groups, so the group is read from its
 * process. */
static int learn_cgroup(struct container_maker *maker, struct container_state *state)
{
	struct procfile_stat stat;
	char path[32], text[CONTAINER_CGROUP_TEXT];
	ssize_t n;

	if (state->cgroup[0] || !state->pid || !state->start)
		return 0;
	n = container_read_stat(maker->procfs_fd, state->pid, &stat);
	if (n < 0)
		return sys_is_failure(n) ? (int)n : 0;
	if (stat.start_time != state->start)
		return 0;
	error_format(path, sizeof(path), "%d/cgroup", state->pid);
	n = sys_read_at(maker->procfs_fd, path, text, sizeof(text));
	if (n < 0)
		return sys_is_failure(n) && n != -E2BIG && n != -ENAMETOOLONG ? (int)n : 0;
	if (cgroup_file_find(text, state->id, state->cgroup, sizeof(state->cgroup)) < 0)
		state->cgroup[0] = '\0';
	return 0;
}

static int index_claims(struct container_maker *maker)
{
	for (size_t i = 0; i < maker->n_states; i++) {
		struct container_state *state = &maker->states[i];
		size_t n, before;
		int r = learn_cgroup(maker, state);

		if (r < 0)
			return r;
		n = strlen(state->cgroup);
		while (n && state->cgroup[n - 1] == '/')
			state->cgroup[--n] = '\0';
		if (!n)
			continue;
		before = container_index_get(&maker->claims, 0, state->cgroup, n);
		if (before != CONTAINER_INDEX_NONE &&
		    (owner_is_trusted(maker->states[before].owner) ||
		     !owner_is_trusted(state->owner)))
			continue;
		if (container_index_put(&maker->claims, 0, state->cgroup, n, i) < 0)
			return -ENOMEM;
	}
	return 0;
}

/*
 * The outermost group on a path that a state file claims. The claim of a user counts only for a
 * group that this user could have made.
 */
static const struct container_state *claimed(const struct container_maker *maker,
					     struct procfile_word path,
					     struct procfile_word hierarchy)
{
	for (size_t n = 1, above = 0, depth = 0; n <= path.n && depth < CGROUP_MAX_DEPTH; n++) {
		struct cgroup_container group = { .path = { path.s, n },
						  .parent = above,
						  .hierarchy = hierarchy };
		const struct container_state *state;
		size_t i;

		if (n < path.n && path.s[n] != '/')
			continue;
		depth++;
		i = container_index_get(&maker->claims, 0, path.s, n);
		above = n;
		if (i == CONTAINER_INDEX_NONE)
			continue;
		state = &maker->states[i];
		if (owner_is_trusted(state->owner) ||
		    owner_of_cgroup(maker->snapshot->cgroup_fd, &group) == state->owner)
			return state;
	}
	return NULL;
}

static const struct container_state *find_claim(const struct container_maker *maker,
						const char *text)
{
	struct procfile_word path, hierarchy;
	const struct container_state *state;

	while (maker->claims.n && (path = cgroup_file_next(&text, &hierarchy)).s) {
		state = claimed(maker, path, hierarchy);
		if (state)
			return state;
	}
	return NULL;
}

/* ----------------------------------------------------------------- processes */

/*
 * Finds the container that a control group is named after. Its owner is whoever could have made
 * that group.
 */
static size_t take_group(struct container_maker *maker, const struct cgroup_container *found)
{
	const char *key = found->hierarchy.s;
	size_t n = (size_t)(found->path.s + found->path.n - key);
	size_t index = container_index_get(&maker->by_group, 0, key, n);
	struct container *c;

	if (index != CONTAINER_INDEX_NONE)
		return index;
	index = container_take(maker, owner_of_cgroup(maker->snapshot->cgroup_fd, found), found->id,
			       found->runtime, "");
	if (index == CONTAINER_INDEX_NONE ||
	    container_index_put(&maker->by_group, 0, key, n, index) < 0)
		return CONTAINER_INDEX_NONE;
	c = maker->snapshot->containers[index];
	if (!c->pod_id[0])
		container_copy(c->pod_id, found->pod, sizeof(c->pod_id));
	if (!c->origin[0])
		snprintf(c->origin, sizeof(c->origin), "control group %.*s", (int)found->path.n,
			 found->path.s);
	return index;
}

static size_t take_claim(struct container_maker *maker, const struct container_state *state)
{
	size_t index = container_take(maker, state->owner, state->id, state->runtime, state->space);

	if (index != CONTAINER_INDEX_NONE)
		container_copy(maker->snapshot->containers[index]->cgroup, state->cgroup,
			       sizeof(state->cgroup));
	return index;
}

static int keep_helper(struct container_maker *maker, pid_t pid)
{
	pid_t *more = container_grow(maker->helpers, maker->n_helpers, sizeof(*more));

	if (!more)
		return -ENOMEM;
	maker->helpers = more;
	maker->helpers[maker->n_helpers++] = pid;
	return 0;
}

static int look_at_process(struct container_maker *maker, pid_t pid)
{
	char path[32], text[CONTAINER_CGROUP_TEXT], stat_text[1024];
	const struct container_state *state = NULL;
	struct cgroup_container found = { 0 };
	struct procfile_stat stat = { 0 };
	struct member member = { .pid = pid };
	bool named;
	ssize_t n;

	error_format(path, sizeof(path), "%d/cgroup", pid);
	n = sys_read_at(maker->procfs_fd, path, text, sizeof(text));
	/*
	 * A user can nest groups until their path does not fit. Then that one process is passed
	 * over.
	 */
	if (n < 0)
		return sys_is_failure(n) && n != -E2BIG && n != -ENAMETOOLONG ? (int)n : 0;
	error_format(path, sizeof(path), "%d/stat", pid);
	n = sys_read_at(maker->procfs_fd, path, stat_text, sizeof(stat_text));
	if (sys_is_failure(n))
		return (int)n;
	if (n > 0 && procfile_stat(stat_text, &stat) == 0) {
		member.start = stat.start_time;
		member.state = stat.state;
	}
	named = cgroup_file_parse(text, &found);
	if (!named || !strcmp(found.runtime, "unknown"))
		state = find_claim(maker, text);
	if (!named && !state)
		return stat.comm.s && container_helper_runtime(stat.comm.s, stat.comm.n)
			       ? keep_helper(maker, pid)
			       : 0;
	member.supervisor = !state && found.supervisor;
	member.container = state ? take_claim(maker, state) : take_group(maker, &found);
	if (member.container == CONTAINER_INDEX_NONE)
		return -ENOMEM;
	/* systemd-nspawn itself is in the group that is named after the container. */
	if (member.supervisor && stat.comm.s &&
	    container_helper_runtime(stat.comm.s, stat.comm.n) && keep_helper(maker, pid) < 0)
		return -ENOMEM;
	return container_add_member(maker, &member);
}

static int look_at_all(struct container_maker *maker, struct libns_error *err)
{
	_cleanup_dir_ DIR *dir = NULL;
	struct dirent *entry;
	int r = sys_open_dir(maker->procfs_fd, ".", &dir);

	if (r < 0)
		return error_set(err, LIBNS_STEP_PROC, -r, "cannot list the processes");
	while (r >= 0 && (r = sys_next_entry(dir, &entry)) > 0) {
		pid_t pid;

		if (procfile_pid(entry->d_name, strlen(entry->d_name), &pid) == 0 && pid > 0)
			r = look_at_process(maker, pid);
	}
	return r < 0 ? error_set(err, LIBNS_STEP_PROC, -r, "cannot list the containers") : 0;
}

/* -------------------------------------------------------------- the snapshot */

static int by_pid(const void *a, const void *b)
{
	const struct member *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

static void sort_members(struct container_maker *maker)
{
	struct libns_containers *s = maker->snapshot;

	if (s->n_members)
		qsort(s->members, s->n_members, sizeof(*s->members), by_pid);
	maker->n_sorted = s->n_members;
}

static int refuse_without_procfs(struct libns_error *err)
{
	return error_say(err, LIBNS_STEP_PROC, ENODEV,
			 "cannot look for containers: no procfs is mounted on /proc");
}

static int make(struct container_maker *maker, int root_fd, struct libns_error *err)
{
	struct container_reader reader = { root_fd, maker->procfs_fd, keep_state, maker, 0, "" };
	int r = container_state_read(&reader);

	if (r == 0)
		r = index_claims(maker);
	/* Files are opened through /proc, whichever procfs is looked at. */
	if (r == -EOPNOTSUPP)
		return refuse_without_procfs(err);
	if (r < 0)
		return error_set(err, LIBNS_STEP_OPEN, -r,
				 "cannot read the state files of containers");
	r = look_at_all(maker, err);
	if (r < 0)
		return r;
	sort_members(maker);
	r = container_ask(&reader, maker->helpers, maker->n_helpers);
	if (r == 0)
		r = container_merge(maker);
	if (r < 0)
		return error_set(err, LIBNS_STEP_PROC, -r, "cannot list the containers");
	sort_members(maker);
	maker->snapshot->unread = reader.unread;
	strcpy(maker->snapshot->unread_why, reader.unread_why);
	return 0;
}

static void clear_maker(struct container_maker *maker)
{
	free(maker->states);
	free(maker->helpers);
	container_index_clear(&maker->by_id);
	container_index_clear(&maker->by_group);
	container_index_clear(&maker->claims);
}

LIBNS_PUBLIC int libns_containers_new(int procfs_fd, int root_fd,
				      struct libns_containers **ret_containers,
				      struct libns_error *err)
{
	_cleanup_(libns_containers_freep) struct libns_containers *s = calloc(1, sizeof(*s));
	_cleanup_close_ int proc = -1, slash = -1;
	struct container_maker maker = { .snapshot = s, .procfs_fd = procfs_fd };
	struct statfs fs;
	int r;

	if (s)
		s->cgroup_fd = -1;
	if (!s || !ret_containers)
		return error_set(err, LIBNS_STEP_ARGUMENT, s ? EINVAL : ENOMEM,
				 "cannot list the containers");
	if (procfs_fd == LIBNS_PROCFS) {
		proc = sys_open_at(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY);
		if (proc < 0)
			return error_set(err, LIBNS_STEP_PROC, -proc, "cannot open /proc");
		if (fstatfs(proc, &fs) == 0 && fs.f_type != SYS_PROC_MAGIC)
			return refuse_without_procfs(err);
		maker.procfs_fd = proc;
	}
	if (root_fd == LIBNS_ROOT) {
		slash = sys_open_at(AT_FDCWD, "/", O_PATH | O_DIRECTORY);
		if (slash < 0)
			return error_set(err, LIBNS_STEP_OPEN, -slash, "cannot open /");
		root_fd = slash;
	}
	s->cgroup_fd = sys_open_at(root_fd, "sys/fs/cgroup", O_PATH | O_DIRECTORY | O_NOFOLLOW);
	r = make(&maker, root_fd, err);
	clear_maker(&maker);
	if (r < 0)
		return r;
	*ret_containers = TAKE_PTR(s);
	return 0;
}

LIBNS_PUBLIC struct libns_containers *libns_containers_free(struct libns_containers *containers)
{
	if (!containers)
		return NULL;
	for (size_t i = 0; i < containers->n_containers; i++)
		free(containers->containers[i]);
	free(containers->containers);
	free(containers->members);
	container_index_clear(&containers->netns);
	base_close(containers->cgroup_fd);
	free(containers);
	return NULL;
}
