/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Questions to a snapshot of containers: which one is meant by a word, which one
 * a process was in, and whether a process that was pinned since is in it still.
 */

#include <string.h>

#include <libns/proc.h>

#include "base.h"
#include "container.h"
#include "err.h"
#include "procfile.h"
#include "sys.h"

enum match { NOTHING, BEGINNING, WHOLE };

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

static enum match match_word(const struct container *c, const char *word)
{
	if (!strcmp(c->id, word) || !strcmp(c->name, word))
		return WHOLE;
	return strncmp(c->id, word, strlen(word)) ? NOTHING : BEGINNING;
}

/* "runtime/word" and "pod/word" narrow it down. */
static enum match match(const struct container *c, const char *word)
{
	const char *slash = strchr(word, '/');
	size_t n = slash ? (size_t)(slash - word) : 0;

	if (slash && slash[1] &&
	    ((strlen(c->runtime) == n && !memcmp(c->runtime, word, n)) ||
	     (n && strlen(c->pod) == n && !memcmp(c->pod, word, n))))
		return match_word(c, slash + 1);
	return match_word(c, word);
}

static int refuse_several(const struct libns_containers *s, const char *word, enum match best,
			  bool running, struct libns_error *err)
{
	char list[400];
	size_t at = 0, more = 0;

	for (size_t i = 0; i < s->n_containers; i++) {
		const struct container *c = s->containers[i];

		if (match(c, word) != best || (running && !c->pub.pid))
			continue;
		if (at > sizeof(list) - 120) {
			more++;
			continue;
		}
		/* Enough of it to be told apart and typed. */
		error_format(list + at, sizeof(list) - at, "%s%s/%c%c%c%c%c%c%c%c%c%c%c%c (%s)",
			     at ? ", " : "", c->runtime, c->id[0], c->id[1], c->id[2], c->id[3],
			     c->id[4], c->id[5], c->id[6], c->id[7], c->id[8], c->id[9], c->id[10],
			     c->id[11], c->name[0] ? c->name : "no name");
		at += strlen(list + at);
	}
	if (more)
		error_format(list + at, sizeof(list) - at, " and %zu more", more);
	return error_say(err, LIBNS_STEP_PROC, ENOTUNIQ, "several containers are called '%s': %s",
			 word, list);
}

LIBNS_PUBLIC int libns_containers_find(const struct libns_containers *containers, const char *word,
				       const struct libns_container **ret_container,
				       struct libns_error *err)
{
	const struct container *found = NULL;
	enum match best = NOTHING;
	size_t n = 0, n_running = 0;

	if (!word || !*word)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "no name of a container");
	for (size_t i = 0; i < containers->n_containers; i++) {
		const struct container *c = containers->containers[i];
		enum match m = match(c, word);

		if (m < best || m == NOTHING)
			continue;
		if (m > best)
			n = n_running = 0;
		best = m;
		n++;
		n_running += c->pub.pid != 0;
		if (n == 1 || (c->pub.pid && n_running == 1))
			found = c;
	}
	if (n == 0)
		return error_say(err, LIBNS_STEP_PROC, ENOENT, "there is no container '%s'", word);
	if (n_running > 1 || (n_running == 0 && n > 1))
		return refuse_several(containers, word, best, n_running > 1, err);
	if (!found->pub.pid)
		return error_say(err, LIBNS_STEP_PROC, ESRCH,
				 "container '%s' (%s) has no running process", word,
				 found->runtime);
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

static bool is_inside(const struct container *c, const char *text)
{
	struct cgroup_container found;

	if (c->cgroup[0])
		return cgroup_file_is_below(text, c->cgroup);
	return cgroup_file_parse(text, &found) && !strcmp(found.id, c->id) &&
	       found.has_user == c->has_user && found.user == c->user;
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
	if (c->bare ? procfile_stat(text, &stat) == 0 && stat.start_time == c->start
		    : is_inside(c, text))
		return 0;
	return error_say(err, LIBNS_STEP_PROC, ESRCH, "process %d is not in container '%s'",
			 libns_proc_get_pid(proc), c->name[0] ? c->name : c->id);
}
