/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A snapshot of all containers, see container.h.
 *
 * Theory of operation
 *
 * The kernel's word comes first: the control group of every process is read, and
 * what its path says makes the containers and their members. State files only
 * add to that: a name, a pod, which of the members is the first process. They
 * count as a reason of their own for one thing, a container that was made
 * without a control group: if the process they name is alive and began at the
 * very clock tick they remember, it is the one.
 *
 * A file of an ordinary user is that user's word only. It may name containers
 * below user-UID.slice and processes of that UID; otherwise anybody could give
 * the name of a service to a process of his own, and wait for the administrator
 * to enter it.
 */

#include "container.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include <libns/proc.h>

#include "base.h"
#include "err.h"
#include "procfile.h"
#include "sys.h"

struct maker {
	struct libns_containers *snapshot;
	struct container_state *states;
	size_t n_states;
	int procfs_fd;
};

/* Room for one more element, doubling; NULL without memory. */
static void *grow(void *array, size_t n, size_t size)
{
	if (n & (n - 1))
		return array;
	return realloc(array, (n ? n * 2 : 1) * size);
}

static int keep_state(void *data, const struct container_state *state)
{
	struct maker *maker = data;
	struct container_state *more = grow(maker->states, maker->n_states, sizeof(*more));

	if (!more)
		return -ENOMEM;
	maker->states = more;
	maker->states[maker->n_states++] = *state;
	return 0;
}

static void copy_string(char *to, const char *from, size_t size)
{
	size_t n = strlen(from);

	if (n >= size)
		n = size - 1;
	memcpy(to, from, n);
	to[n] = '\0';
}

static struct container *add_container(struct maker *maker, const char *runtime, const char *id)
{
	struct libns_containers *s = maker->snapshot;
	struct container **more = grow(s->containers, s->n_containers, sizeof(struct container *));
	struct container *c;

	if (!more)
		return NULL;
	s->containers = more;
	c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	copy_string(c->runtime, runtime, sizeof(c->runtime));
	copy_string(c->id, id, sizeof(c->id));
	c->pub = (struct libns_container){ c->runtime, c->id, c->name, c->pod, 0, 0 };
	s->containers[s->n_containers++] = c;
	return c;
}

/*
 * The id alone is not enough: below his own slice a user can make control groups
 * with any name, also that of somebody else's container.
 */
static struct container *find_exact(const struct libns_containers *s,
				    const struct cgroup_container *key, size_t *ret_index)
{
	for (size_t i = 0; i < s->n_containers; i++) {
		struct container *c = s->containers[i];

		if (strcmp(c->id, key->id) || c->has_user != key->has_user || c->user != key->user)
			continue;
		*ret_index = i;
		return c;
	}
	return NULL;
}

/* The caller may deceive himself. */
static bool is_trusted(const struct container_state *state)
{
	return state->owner == 0 || state->owner == geteuid();
}

/* Whether a state file's word counts for a container. */
static bool may_speak(const struct container_state *state, const struct container *c)
{
	return c->has_user ? c->user == state->owner : is_trusted(state);
}

/* The container of a process, by the text of its cgroup file; -1 if it is in none. */
static ssize_t classify(struct maker *maker, const char *text, bool *ret_supervisor)
{
	struct cgroup_container found = { 0 };
	const struct container_state *state = NULL;
	struct container *c;
	size_t index;

	if (!cgroup_file_parse(text, &found)) {
		for (size_t i = 0; i < maker->n_states && !found.id[0]; i++) {
			state = &maker->states[i];
			if (state->cgroup[0] && is_trusted(state) &&
			    cgroup_file_is_below(text, state->cgroup))
				copy_string(found.id, state->id, sizeof(found.id));
		}
		if (!found.id[0])
			return -1;
		found.runtime = state->runtime;
	}
	*ret_supervisor = found.supervisor;
	c = find_exact(maker->snapshot, &found, &index);
	if (c)
		return (ssize_t)index;
	c = add_container(maker, found.runtime, found.id);
	if (!c)
		return -ENOMEM;
	if (state)
		copy_string(c->cgroup, state->cgroup, sizeof(c->cgroup));
	copy_string(c->pod, found.pod, sizeof(c->pod));
	c->has_user = found.has_user;
	c->user = found.user;
	return (ssize_t)maker->snapshot->n_containers - 1;
}

static int read_stat(int procfs_fd, pid_t pid, struct procfile_stat *ret)
{
	char path[32], text[1024];
	ssize_t n;

	error_format(path, sizeof(path), "%d/stat", pid);
	n = sys_read_at(procfs_fd, path, text, sizeof(text));
	if (n < 0)
		return (int)n;
	return procfile_stat(text, ret);
}

/* runc names its control groups by mount point: ask its process instead. */
static void learn_cgroup(struct maker *maker, struct container_state *state)
{
	struct procfile_stat stat;
	char path[32], text[CONTAINER_CGROUP_TEXT];

	if (state->cgroup[0] || !state->pid || !state->start ||
	    read_stat(maker->procfs_fd, state->pid, &stat) < 0 || stat.start_time != state->start)
		return;
	error_format(path, sizeof(path), "%d/cgroup", state->pid);
	if (sys_read_at(maker->procfs_fd, path, text, sizeof(text)) > 0 &&
	    cgroup_file_find(text, state->id, state->cgroup, sizeof(state->cgroup)) < 0)
		state->cgroup[0] = '\0';
}

static int add_member(struct libns_containers *s, const struct member *member)
{
	struct member *more = grow(s->members, s->n_members, sizeof(*more));

	if (!more)
		return -ENOMEM;
	s->members = more;
	s->members[s->n_members++] = *member;
	s->containers[member->container]->pub.n_processes++;
	return 0;
}

static int look_at_process(struct maker *maker, pid_t pid)
{
	struct member member = { .pid = pid };
	struct procfile_stat stat;
	char path[32], text[CONTAINER_CGROUP_TEXT];
	ssize_t index, n;

	error_format(path, sizeof(path), "%d/cgroup", pid);
	n = sys_read_at(maker->procfs_fd, path, text, sizeof(text));
	if (n < 0)
		return sys_is_failure(n) ? (int)n : 0;
	index = classify(maker, text, &member.supervisor);
	if (index < 0)
		return index == -1 ? 0 : (int)index;
	member.container = (size_t)index;
	n = read_stat(maker->procfs_fd, pid, &stat);
	if (sys_is_failure(n))
		return (int)n;
	if (n == 0) {
		member.start = stat.start_time;
		member.state = stat.state;
	}
	return add_member(maker->snapshot, &member);
}

static int look_at_all(struct maker *maker, struct libns_error *err)
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

/* A container without a control group, if its process is still the same. */
static int adopt_bare(struct maker *maker, const struct container_state *state, struct container *c,
		      size_t index)
{
	struct member member = { state->pid, index, state->start, 'S', false };
	struct procfile_stat stat;
	char path[32];
	struct stat st;

	if (!state->pid || !state->start || c->pub.n_processes)
		return 0;
	if (read_stat(maker->procfs_fd, state->pid, &stat) < 0 || stat.start_time != state->start ||
	    stat.state == 'Z')
		return 0;
	error_format(path, sizeof(path), "%d", state->pid);
	if (!is_trusted(state) && (fstatat(maker->procfs_fd, path, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
				   st.st_uid != state->owner))
		return 0;
	c->bare = true;
	return add_member(maker->snapshot, &member);
}

static int apply_state(struct maker *maker, const struct container_state *state)
{
	struct libns_containers *s = maker->snapshot;
	struct container *c = NULL;
	size_t index;

	for (index = 0; index < s->n_containers; index++) {
		c = s->containers[index];
		if (!strcmp(c->id, state->id) && may_speak(state, c))
			break;
	}
	if (index == s->n_containers) {
		c = add_container(maker, state->runtime, state->id);
		if (!c)
			return -ENOMEM;
		c->has_user = !is_trusted(state);
		c->user = c->has_user ? state->owner : 0;
	}
	if (!strcmp(c->runtime, "container") || !strcmp(c->runtime, "kubernetes"))
		copy_string(c->runtime, state->runtime, sizeof(c->runtime));
	if (!c->name[0])
		copy_string(c->name, state->name, sizeof(c->name));
	if (state->pod[0])
		copy_string(c->pod, state->pod, sizeof(c->pod));
	/* Which of the members it is; a process that is none proves nothing. */
	for (size_t i = 0; i < s->n_members; i++)
		if (s->members[i].pid == state->pid && s->members[i].container == index &&
		    s->members[i].state != 'Z') {
			c->pub.pid = state->pid;
			c->start = s->members[i].start;
			c->told = true;
		}
	return adopt_bare(maker, state, c, index);
}

/* Without a state file: the member that began first. */
static void choose_first_processes(struct libns_containers *s)
{
	for (size_t i = 0; i < s->n_members; i++) {
		const struct member *m = &s->members[i];
		struct container *c = s->containers[m->container];

		if (c->told || m->supervisor || m->state == 'Z' ||
		    (c->pub.pid &&
		     (c->start < m->start || (c->start == m->start && c->pub.pid < m->pid))))
			continue;
		c->pub.pid = m->pid;
		c->start = m->start;
	}
}

static int by_pid(const void *a, const void *b)
{
	const struct member *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

static int make(struct maker *maker, int root_fd, struct libns_error *err)
{
	struct libns_containers *s = maker->snapshot;
	int r = container_state_read(root_fd, keep_state, maker);

	if (r < 0)
		return error_set(err, LIBNS_STEP_OPEN, -r,
				 "cannot read the state files of containers");
	for (size_t i = 0; i < maker->n_states; i++)
		learn_cgroup(maker, &maker->states[i]);
	r = look_at_all(maker, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < maker->n_states && r >= 0; i++)
		r = apply_state(maker, &maker->states[i]);
	if (r < 0)
		return error_set(err, LIBNS_STEP_PROC, -r, "cannot list the containers");
	choose_first_processes(s);
	if (s->n_members)
		qsort(s->members, s->n_members, sizeof(*s->members), by_pid);
	return 0;
}

static void snapshot_freep(struct libns_containers **snapshot)
{
	libns_containers_free(*snapshot);
}

LIBNS_PUBLIC int libns_containers_new(int procfs_fd, int root_fd,
				      struct libns_containers **ret_containers,
				      struct libns_error *err)
{
	_cleanup_(snapshot_freep) struct libns_containers *s = calloc(1, sizeof(*s));
	_cleanup_close_ int proc = -1;
	struct maker maker = { .snapshot = s, .procfs_fd = procfs_fd };
	int r;

	if (!s || !ret_containers)
		return error_set(err, LIBNS_STEP_ARGUMENT, s ? EINVAL : ENOMEM,
				 "cannot list the containers");
	if (procfs_fd == LIBNS_PROCFS) {
		proc = sys_open_at(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY);
		if (proc < 0)
			return error_set(err, LIBNS_STEP_PROC, -proc, "cannot open /proc");
		maker.procfs_fd = proc;
	}
	r = make(&maker, root_fd == LIBNS_ROOT ? AT_FDCWD : root_fd, err);
	free(maker.states);
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
	free(containers);
	return NULL;
}
