/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Questions to a snapshot of containers: which one a word means, which one a process was in, and
 * whether a process that was pinned since then is still in it.
 */

#include <string.h>

#include <libns/proc.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "container/container.h"
#include "container/owner.h"
#include "text/procfile.h"

/* How well a word fits, from bad to good. */
enum match { NOTHING, BEGINNING, WHOLE_POD, WHOLE };

LIBNS_PUBLIC size_t libns_containers_count(const struct libns_containers *containers)
{
	return containers->n_containers;
}

LIBNS_PUBLIC const struct libns_container *
libns_containers_at(const struct libns_containers *containers, size_t i)
{
	return i < containers->n_containers ? &containers->containers[i]->pub : NULL;
}

LIBNS_PUBLIC const struct libns_container *
libns_containers_of(const struct libns_containers *containers, pid_t pid)
{
	size_t low = 0, high = containers->n_members;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct member *m = &containers->members[middle];

		if (m->pid == pid)
			return &containers->containers[m->container]->pub;
		if (m->pid < pid)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

LIBNS_PUBLIC const struct libns_container *
libns_containers_of_netns(const struct libns_containers *containers, const char *name)
{
	size_t i = container_index_get(&containers->netns, 0, name, strlen(name));

	return i == CONTAINER_INDEX_NONE ? NULL : &containers->containers[i]->pub;
}

LIBNS_PUBLIC size_t libns_containers_count_unread(const struct libns_containers *containers)
{
	return containers->unread;
}

LIBNS_PUBLIC const char *libns_containers_get_unread(const struct libns_containers *containers)
{
	return containers->unread_why;
}

/* What is asked for, in pieces. */
struct question {
	const char *word; /* as it was typed */
	const char *rest; /* behind the owner */
	bool has_owner;
	uid_t owner;
};

static struct question ask(const char *word)
{
	struct question q = { word, word, false, 0 };
	size_t n = strcspn(word, "/");
	uint32_t uid;

	/* Takes the owner off a word such as "1000/web". */
	if (word[n] && procfile_u32(word, n, &uid) == 0) {
		q.rest = word + n + 1;
		q.has_owner = true;
		q.owner = uid;
	}
	return q;
}

/*
 * A word without an owner means containers that root or the caller has named. If it cannot be
 * proved who the owner is, an ordinary user may still use the name, having no rights that a false
 * name could steal.
 */
static bool is_meant(const struct container *c, const struct question *q)
{
	if (q->has_owner)
		return c->owner == q->owner;
	return owner_is_trusted(c->owner) || (c->owner == OWNER_UNPROVEN && geteuid() != 0);
}

static bool equals(const char *name, const char *s, size_t n)
{
	return n && strlen(name) == n && !memcmp(name, s, n);
}

/* What its users call a runtime, too. */
static bool is_runtime(const char *runtime, const char *s, size_t n)
{
	return equals(runtime, s, n) ||
	       (!strcmp(runtime, "nspawn") && equals("systemd-nspawn", s, n));
}

/* "runtime/word", "namespace/word" and "pod/word" narrow it down; several may follow each other. */
static enum match match(const struct container *c, const char *word)
{
	const char *slash;

	while ((slash = strchr(word, '/'))) {
		size_t n = (size_t)(slash - word);

		if (!is_runtime(c->runtime, word, n) && !equals(c->space, word, n) &&
		    !equals(c->pod, word, n))
			return NOTHING;
		word = slash + 1;
	}
	if (!*word)
		return NOTHING;
	if (!strcmp(c->id, word) || !strcmp(c->name, word))
		return WHOLE;
	if (!strcmp(c->pod, word))
		return WHOLE_POD;
	return strncmp(c->id, word, strlen(word)) ? NOTHING : BEGINNING;
}

/* Writes "docker/4f2d4f2d4f2d (web)": enough to tell containers apart and to type one. */
static void format(const struct container *c, char *buf, size_t size)
{
	char owner[16] = "";

	if (c->owner && c->owner < OWNER_UNPROVEN)
		error_format(owner, sizeof(owner), "%u/", c->owner);
	snprintf(buf, size, "%s%s/%.*s (%.64s%s%.64s%s%.64s)", owner, c->runtime,
		 strlen(c->id) == 64 ? 12 : 64, c->id, c->name[0] ? c->name : "no name",
		 c->pod[0]     ? " of "
		 : c->space[0] ? " in "
			       : "",
		 c->space, c->space[0] && c->pod[0] ? "/" : "", c->pod);
}

#define SEVERAL_SIZE 400
/* The sentence has room for a list of this size and for what comes after it. */
#define SEVERAL_ENOUGH 240

/* The first is listed however long it is. */
static void add_to_list(char list[static SEVERAL_SIZE], size_t *n_more, const char *text)
{
	size_t at = strlen(list);

	if (at && at + strlen(text) + 3 > SEVERAL_ENOUGH)
		(*n_more)++;
	else
		error_format(list + at, SEVERAL_SIZE - at, "%s%s", at ? ", " : "", text);
}

static void end_list(char list[static SEVERAL_SIZE + 32], size_t n_more)
{
	size_t at = strlen(list);

	if (n_more)
		error_format(list + at, SEVERAL_SIZE + 32 - at, " and %zu more", n_more);
}

/* Writes the word for one of two containers that leads to no other: what they differ in is put
 * before it. Of the same user and runtime only the id is left, or a namespace of containerd. */
static void tell_apart(const struct container *c, const struct container *other,
		       const struct question *q, char *buf, size_t size)
{
	char owner[16] = "";

	if (q->has_owner)
		error_format(owner, sizeof(owner), "%u/", q->owner);
	if (c->owner != other->owner && c->owner < OWNER_UNPROVEN)
		error_format(buf, size, "%u/%s", c->owner, q->rest);
	else if (strcmp(c->runtime, other->runtime) != 0)
		error_format(buf, size, "%s%s/%s", owner, c->runtime, q->rest);
	else if (!strcmp(c->id, other->id))
		snprintf(buf, size, "%s%s/%s", owner, c->space, q->rest);
	else
		snprintf(buf, size, "%s%.*s", owner, strlen(c->id) == 64 ? 12 : 64, c->id);
}

static int refuse_several(const struct libns_containers *s, const struct question *q,
			  enum match best, bool running, struct libns_error *err)
{
	char list[SEVERAL_SIZE + 32] = "", text[320], one[512] = "", whole[1024];
	const struct container *first = NULL;
	size_t n_more = 0;

	for (size_t i = 0; i < s->n_containers; i++) {
		const struct container *c = s->containers[i];

		if (!is_meant(c, q) || match(c, q->rest) != best || (running && !c->pub.pid))
			continue;
		format(c, text, sizeof(text));
		add_to_list(list, &n_more, text);
		if (first && !one[0])
			tell_apart(first, c, q, one, sizeof(one));
		first = first ? first : c;
	}
	end_list(list, n_more);
	error_format(whole, sizeof(whole),
		     "several containers are called '%s': %s; the first is container:%s", q->word,
		     list, one);
	/* A word that is cut leads nowhere. */
	if (strlen(whole) < sizeof(err->text))
		return error_say(err, LIBNS_STEP_PROC, ENOTUNIQ, "%s", whole);
	return error_say(err, LIBNS_STEP_PROC, ENOTUNIQ, "several containers are called '%s': %s",
			 q->word, list);
}

/* Why there is no process to enter, as words that follow the name. */
static const char *why_no_process(const struct container *c)
{
	if (c->created)
		return "was created and not started: it has no process";
	if (!(c->pub.flags & LIBNS_CONTAINER_UNSEEN))
		return "has no running process";
	return c->unproven ? "has processes, but none that is seen to be its owner's"
			   : "has no process that is seen here (processes of others are hidden by "
			     "the mount option hidepid)";
}

static int refuse_unproven(const struct container *c, const struct question *q,
			   struct libns_error *err)
{
	char end[160];

	error_format(end, sizeof(end), "it %s", why_no_process(c));
	if (c->pub.pid)
		error_format(end, sizeof(end),
			     "if it is the right one, name its process: --target %d", c->pub.pid);
	return error_say(err, LIBNS_STEP_PROC, ENOENT,
			 "whose container '%s' is cannot be told, %s (%s); %s", q->word,
			 c->owner == OWNER_ANYBODY ? "since others can write there"
						   : "since that is not below /sys/fs/cgroup",
			 c->origin, end);
}

/*
 * No container is meant by the word. Those of other users that have this name are listed with the
 * word that leads to them.
 */
static int refuse_none(const struct libns_containers *s, const struct question *q,
		       struct libns_error *err)
{
	char list[SEVERAL_SIZE + 32] = "", text[320];
	const struct container *unproven = NULL;
	size_t n_more = 0;

	for (size_t i = 0; i < s->n_containers && !q->has_owner; i++) {
		const struct container *c = s->containers[i];

		if (match(c, q->rest) == NOTHING)
			continue;
		if (c->owner == OWNER_ANYBODY || c->owner == OWNER_UNPROVEN) {
			if (!unproven || !unproven->pub.pid)
				unproven = c;
			continue;
		}
		error_format(text, sizeof(text), "container:%u/%s", c->owner, q->rest);
		/*
		 * Each user is named once. Containers of one user follow each other, because files
		 * are read user by user.
		 */
		if (!strstr(list, text))
			add_to_list(list, &n_more, text);
	}
	end_list(list, n_more);
	if (list[0])
		return error_say(err, LIBNS_STEP_PROC, ENOENT,
				 "%s no container '%s'; of other users there is %s",
				 geteuid() ? "root and you have" : "root has", q->word, list);
	if (unproven)
		return refuse_unproven(unproven, q, err);
	if (s->unread)
		return error_say(
			err, LIBNS_STEP_PROC, ENOENT,
			"there is no container '%s'; it may be among what was left out: %s",
			q->word, s->unread_why);
	return error_say(err, LIBNS_STEP_PROC, ENOENT, "there is no container '%s'", q->word);
}

/*
 * Of the containers of a pod, the one that began first and does more than keep the pod's
 * namespaces.
 */
static const struct container *first_of_pod(const struct container *a, const struct container *b)
{
	bool sandbox_a = a->pub.flags & LIBNS_CONTAINER_SANDBOX;
	bool sandbox_b = b->pub.flags & LIBNS_CONTAINER_SANDBOX;

	if (!a->pub.pid != !b->pub.pid)
		return a->pub.pid ? a : b;
	if (sandbox_a != sandbox_b)
		return sandbox_a ? b : a;
	return a->start <= b->start ? a : b;
}

/* Two pods of the same name differ if their namespaces or their users do. */
static bool is_same_pod(const struct container *a, const struct container *b)
{
	return a->owner == b->owner && !strcmp(a->space, b->space) &&
	       (!a->pod_id[0] || !b->pod_id[0] || !strcmp(a->pod_id, b->pod_id));
}

LIBNS_PUBLIC int libns_containers_find(const struct libns_containers *containers, const char *word,
				       const struct libns_container **ret_container,
				       struct libns_error *err)
{
	const struct container *found = NULL;
	enum match best = NOTHING;
	size_t n = 0, n_running = 0;
	struct question q;

	if (!word || !*word)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "no name of a container");
	q = ask(word);
	for (size_t i = 0; i < containers->n_containers; i++) {
		const struct container *c = containers->containers[i];
		enum match m = is_meant(c, &q) ? match(c, q.rest) : NOTHING;

		if (m < best || m == NOTHING)
			continue;
		if (m > best)
			n = n_running = 0;
		best = m;
		/* All containers of one pod count as one match for the name of the pod. */
		if (n && m == WHOLE_POD && is_same_pod(found, c)) {
			n_running += !found->pub.pid && c->pub.pid;
			found = first_of_pod(found, c);
			continue;
		}
		n++;
		n_running += c->pub.pid != 0;
		if (n == 1 || (c->pub.pid && n_running == 1))
			found = c;
	}
	if (n == 0)
		return refuse_none(containers, &q, err);
	if (n_running > 1 || (n_running == 0 && n > 1))
		return refuse_several(containers, &q, best, n_running > 1, err);
	if (!found->pub.pid)
		return error_say(err, LIBNS_STEP_PROC, ESRCH, "container '%s' (%s) %s", word,
				 found->runtime, why_no_process(found));
	*ret_container = &found->pub;
	return 0;
}

static const struct container *own(const struct libns_containers *s,
				   const struct libns_container *container)
{
	for (size_t i = 0; i < s->n_containers; i++)
		if (&s->containers[i]->pub == container)
			return s->containers[i];
	return NULL;
}

static bool is_inside(const struct libns_containers *s, const struct container *c, const char *text)
{
	struct cgroup_container found;

	if (c->cgroup[0] && cgroup_file_is_below(text, c->cgroup))
		return true;
	return cgroup_file_parse(text, &found) && !strcmp(found.id, c->id) &&
	       owner_of_cgroup(s->cgroup_fd, &found) == c->owner;
}

LIBNS_PUBLIC int libns_containers_verify(const struct libns_containers *containers,
					 const struct libns_container *container,
					 const struct libns_proc *proc, struct libns_error *err)
{
	const struct container *c = own(containers, container);
	char text[CONTAINER_CGROUP_TEXT];
	struct procfile_stat stat;
	ssize_t n;

	if (!c)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "the container is from another snapshot");
	n = sys_read_at(libns_proc_get_dir_fd(proc), c->bare ? "stat" : "cgroup", text,
			sizeof(text));
	if (n < 0)
		return error_set(err, LIBNS_STEP_PROC, n == -ENOENT ? ESRCH : (int)-n,
				 "cannot verify that process %d is in container '%s'",
				 libns_proc_get_pid(proc), c->name[0] ? c->name : c->id);
	if (c->bare ? procfile_stat(text, &stat) == 0 && stat.start_time == c->start &&
			      libns_proc_get_pid(proc) == c->pub.pid
		    : is_inside(containers, c, text))
		return 0;
	return error_say(err, LIBNS_STEP_PROC, ESRCH, "process %d is not in container '%s'",
			 libns_proc_get_pid(proc), c->name[0] ? c->name : c->id);
}
