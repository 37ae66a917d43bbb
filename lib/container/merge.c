/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Adds what state files and helpers know to the containers that were found by control groups. Then
 * finds what follows from all of it: pods, first processes, and the word for each container.
 */

#include <string.h>

#include <libns/proc.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "container/container.h"
#include "container/owner.h"

/*
 * Ranks the name of a runtime by how much it says. runc and crun run containers for docker or
 * podman, so their names say less.
 */
static int rank(const char *runtime)
{
	static const char *const ranks[] = { "unknown container cni kubernetes ",
					     "runc crun youki ", "containerd " };

	for (size_t i = 0; i < ARRAY_SIZE(ranks); i++) {
		const char *at = strstr(ranks[i], runtime);

		if (at && at[strlen(runtime)] == ' ' && (at == ranks[i] || at[-1] == ' '))
			return (int)i;
	}
	return ARRAY_SIZE(ranks);
}

static void fill(char *to, const char *from, size_t size)
{
	if (!to[0])
		container_copy(to, from, size);
}

static void add_words(struct container *c, const struct container_state *state)
{
	if (rank(state->runtime) > rank(c->runtime))
		container_copy(c->runtime, state->runtime, sizeof(c->runtime));
	if (!c->name[0] && state->name[0]) {
		container_copy(c->name, state->name, sizeof(c->name));
		container_copy(c->origin, state->origin, sizeof(c->origin));
	}
	fill(c->origin, state->origin, sizeof(c->origin));
	fill(c->pod, state->pod, sizeof(c->pod));
	fill(c->pod_id, state->pod_id, sizeof(c->pod_id));
	fill(c->infra, state->infra, sizeof(c->infra));
	fill(c->space, state->space, sizeof(c->space));
	fill(c->netns, state->netns, sizeof(c->netns));
	fill(c->hostname, state->hostname, sizeof(c->hostname));
	if (state->sandbox)
		c->pub.flags |= LIBNS_CONTAINER_SANDBOX;
	c->created |= state->created;
	c->unstarted |= state->unstarted;
}

/* Return: the member with that pid, of any container, or NULL if it is in none. */
static struct member *find_member(const struct container_maker *maker, pid_t pid)
{
	size_t low = 0, high = maker->n_sorted;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		struct member *m = &maker->snapshot->members[middle];

		if (m->pid == pid)
			return m;
		if (m->pid < pid)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* Whether what a user has written may lead to a process. It must be a process of that user. */
static bool may_lead(const struct container_maker *maker, uid_t owner, pid_t pid)
{
	return owner_is_trusted(owner) || owner == OWNER_ANYBODY || owner == OWNER_UNPROVEN ||
	       owner_has_process(maker->procfs_fd, pid, owner);
}

/* A process started by a setuid helper of that user runs in the first user namespace. */
static bool runs_as(const struct container_maker *maker, const struct container_state *state)
{
	char path[32];
	struct stat st;

	error_format(path, sizeof(path), "%d", state->pid);
	return state->leads && fstatat(maker->procfs_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_uid == state->owner;
}

/*
 * Adds a container without a control group, if its process is still the one that the state file
 * knew.
 */
static int adopt_bare(struct container_maker *maker, const struct container_state *state,
		      struct container *c, size_t index, struct member *known)
{
	struct member member = { state->pid, index, state->start, 'S', false };
	struct procfile_stat stat;
	int r;

	if (!state->pid || !state->start || c->pub.n_processes)
		return 0;
	r = container_read_stat(maker->procfs_fd, state->pid, &stat);
	if (r < 0)
		return sys_is_failure(r) ? r : 0;
	if (stat.start_time != state->start || stat.state == 'Z')
		return 0;
	if (!may_lead(maker, state->owner, state->pid) && !runs_as(maker, state))
		return 0;
	/*
	 * The process is in a group of another user already. Only what root has written counts for
	 * more than that.
	 */
	if (known && !owner_is_trusted(state->owner))
		return 0;
	c->bare = c->told = true;
	c->pub.pid = state->pid;
	c->start = state->start;
	if (!known)
		return container_add_member(maker, &member);
	maker->snapshot->containers[known->container]->pub.n_processes--;
	known->container = index;
	c->pub.n_processes++;
	return 0;
}

static int add_state(struct container_maker *maker, const struct container_state *state)
{
	struct libns_containers *s = maker->snapshot;
	size_t index = container_take(maker, state->owner, state->id, state->runtime, state->space);
	struct member *known;
	struct container *c;

	if (index == CONTAINER_INDEX_NONE)
		return -ENOMEM;
	c = s->containers[index];
	add_words(c, state);
	known = state->pid ? find_member(maker, state->pid) : NULL;
	/*
	 * The state file says which member is the first process. A process that is no member proves
	 * nothing.
	 */
	if (known && known->container == index && known->state != 'Z' && !known->supervisor &&
	    may_lead(maker, c->owner, state->pid)) {
		c->pub.pid = state->pid;
		c->start = known->start;
		c->told = true;
	}
	return adopt_bare(maker, state, c, index, known);
}

/* Without a state file the first process is the member that began first. */
static void choose_first_processes(struct container_maker *maker)
{
	struct libns_containers *s = maker->snapshot;

	for (size_t i = 0; i < s->n_members; i++) {
		const struct member *m = &s->members[i];
		struct container *c = s->containers[m->container];

		if (c->told || m->supervisor || m->state == 'Z' ||
		    (c->pub.pid &&
		     (c->start < m->start || (c->start == m->start && c->pub.pid < m->pid))))
			continue;
		if (!may_lead(maker, c->owner, m->pid)) {
			c->unproven = true;
			continue;
		}
		c->pub.pid = m->pid;
		c->start = m->start;
	}
}

#define POD_BEGINNING 12

/* podman writes the name of a pod into no file, but makes it the host name of the pod's first
 * container, which is called after the beginning of the pod's id. */
static bool is_infra(const struct container *c)
{
	return !strcmp(c->runtime, "podman") && c->hostname[0] &&
	       strlen(c->name) == POD_BEGINNING + strlen("-infra") &&
	       !strcmp(c->name + POD_BEGINNING, "-infra");
}

/* Who shares the namespaces of a pod's first container is in that pod, also where no control group
 * says so, as for an ordinary user. */
static void join_pod(const struct container_maker *maker, struct container *c)
{
	size_t infra = CONTAINER_INDEX_NONE;

	if (!c->pod_id[0] && strlen(c->infra) == 64)
		infra = container_index_get(&maker->by_id, c->owner, c->infra, 64);
	if (infra != CONTAINER_INDEX_NONE && is_infra(maker->snapshot->containers[infra]))
		snprintf(c->pod_id, sizeof(c->pod_id), "%.*s", POD_BEGINNING,
			 maker->snapshot->containers[infra]->name);
}

static int name_pods(struct container_maker *maker)
{
	struct libns_containers *s = maker->snapshot;
	struct container_index pods = { 0 };
	int r = 0;

	for (size_t i = 0; i < s->n_containers && r == 0; i++) {
		struct container *c = s->containers[i];

		if (!is_infra(c))
			continue;
		c->pub.flags |= LIBNS_CONTAINER_SANDBOX;
		fill(c->pod, c->hostname, sizeof(c->pod));
		r = container_index_put(&pods, c->owner, c->name, POD_BEGINNING, i);
	}
	for (size_t i = 0; i < s->n_containers && r == 0; i++) {
		struct container *c = s->containers[i];
		size_t infra = CONTAINER_INDEX_NONE;

		join_pod(maker, c);
		if (!c->pod[0] && strlen(c->pod_id) >= POD_BEGINNING)
			infra = container_index_get(&pods, c->owner, c->pod_id, POD_BEGINNING);
		if (infra != CONTAINER_INDEX_NONE)
			container_copy(c->pod, s->containers[infra]->hostname, sizeof(c->pod));
		if (strlen(c->pod_id) == 64)
			c->pod_id[POD_BEGINNING] = '\0';
		fill(c->pod, c->pod_id, sizeof(c->pod));
	}
	container_index_clear(&pods);
	return r;
}

static void set_word(struct container *c)
{
	const char *base = c->name[0] ? c->name : c->id;
	int n = base == c->id && strlen(base) == 64 ? 12 : 255;

	if (owner_is_trusted(c->owner) || c->owner == OWNER_UNPROVEN)
		snprintf(c->word, sizeof(c->word), "%.*s", n, base);
	else if (c->owner == OWNER_ANYBODY)
		snprintf(c->word, sizeof(c->word), "?/%.*s", n, base);
	else
		snprintf(c->word, sizeof(c->word), "%u/%.*s", c->owner, n, base);
}

static void publish(struct container *c)
{
	struct libns_container *pub = &c->pub;

	set_word(c);
	pub->runtime = c->runtime;
	pub->id = c->id;
	pub->name = c->name;
	pub->pod = c->pod;
	pub->space = c->space;
	pub->word = c->word;
	pub->origin = c->origin;
	pub->owner = c->owner == OWNER_UNPROVEN ? LIBNS_OWNER_UNKNOWN : c->owner;
	/* The flag is of use only until it is started. */
	if (c->created)
		pub->flags |= LIBNS_CONTAINER_CREATED;
}

/* Marks the containers that were never started, and those without a process of which it is not known
 * that they have none. */
static void mark_idle(struct container_maker *maker)
{
	struct libns_containers *s = maker->snapshot;
	bool asked = false, hides = false;

	for (size_t i = 0; i < s->n_containers; i++) {
		struct container *c = s->containers[i];

		if (c->unstarted && !c->pub.pid && !c->pub.n_processes)
			c->created = true;
		if (c->pub.pid || c->created)
			continue;
		if (!asked)
			hides = libns_proc_hides_others(maker->procfs_fd);
		asked = true;
		if (hides || c->unproven)
			c->pub.flags |= LIBNS_CONTAINER_UNSEEN;
	}
}

int container_merge(struct container_maker *maker)
{
	struct libns_containers *s = maker->snapshot;
	int r = 0;

	for (size_t i = 0; i < maker->n_states && r >= 0; i++)
		r = add_state(maker, &maker->states[i]);
	if (r == 0)
		r = name_pods(maker);
	if (r < 0)
		return r;
	choose_first_processes(maker);
	mark_idle(maker);
	for (size_t i = 0; i < s->n_containers; i++) {
		struct container *c = s->containers[i];

		publish(c);
		if (c->netns[0] &&
		    container_index_put(&s->netns, 0, c->netns, strlen(c->netns), i) < 0)
			return -ENOMEM;
	}
	return 0;
}
