/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Which namespaces are wired: the links of the host tell, also of those that are gone; of what has
 * its other end elsewhere, or none, the links inside.
 */

#include <limits.h>
#include <linux/if.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/base.h"
#include "base/err.h"
#include "netns/dir.h"
#include "wire/step.h"
#include "wire/store.h"
#include "wire/wire.h"

struct libns_wire_names {
	char **names;
	size_t n;
};

LIBNS_PUBLIC struct libns_wire_names *libns_wire_names_free(struct libns_wire_names *names)
{
	if (!names)
		return NULL;
	for (size_t i = 0; i < names->n; i++)
		free(names->names[i]);
	free(names->names);
	free(names);
	return NULL;
}

LIBNS_PUBLIC size_t libns_wire_names_count(const struct libns_wire_names *names)
{
	return names->n;
}

LIBNS_PUBLIC const char *libns_wire_names_at(const struct libns_wire_names *names, size_t i)
{
	return i < names->n ? names->names[i] : NULL;
}

static bool has(const struct libns_wire_names *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++)
		if (!strcmp(names->names[i], name))
			return true;
	return false;
}

static int add(struct libns_wire_names *names, const char *name)
{
	char **more;

	if (has(names, name))
		return 0;
	more = reallocarray(names->names, names->n + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	names->names = more;
	more[names->n] = strdup(name);
	return more[names->n] ? (names->n++, 0) : -ENOMEM;
}

void wire_run_name(pid_t pid, char ret_name[WIRE_RUN_ROOM])
{
	struct stat st;

	if (stat("/proc/self/ns/pid", &st) < 0)
		st.st_ino = 0;
	snprintf(ret_name, WIRE_RUN_ROOM, WIRE_RUN_PREFIX "%d@%ju", pid, (uintmax_t)st.st_ino);
}

pid_t wire_run_pid(const char *name)
{
	size_t prefix = sizeof(WIRE_RUN_PREFIX) - 1;
	unsigned int pid = 0;

	if (strncmp(name, WIRE_RUN_PREFIX, prefix) != 0 || !name[prefix])
		return 0;
	for (name += prefix; *name; name++) {
		if (*name < '0' || *name > '9' || pid > INT_MAX / 10 - 1)
			return 0;
		pid = 10 * pid + (unsigned int)(*name - '0');
	}
	return (pid_t)pid;
}

/* Whose link that is; NULL if it is nobody's, or of a run that ends by itself. @inside: where it is */
static const char *owner(const struct libns_link *link, bool inside)
{
	/* That of a namespace that has no link of ours. */
	if (inside && link->flags & IFF_LOOPBACK)
		return link->alias;
	if (!wire_is_ours(link->group) || !strncmp(link->alias, WIRE_RUN_PREFIX, 4))
		return NULL;
	if (*link->alias)
		return link->alias;
	/* Its maker died before saying so. */
	return strncmp(link->name, WIRE_LINK_PREFIX, 3) ? NULL : link->name + 3;
}

static int add_owners(struct libns_wire_names *names, struct wire_place *place, const char *only,
		      struct libns_error *err)
{
	_cleanup_(libns_links_freep) struct libns_links *links = NULL;
	const struct libns_link *link;
	int r = wire_place_open(place, err);

	if (r == 0)
		r = libns_links_new(place->rtnl, &links, err);
	for (size_t i = 0; r == 0 && (link = libns_links_at(links, i)); i++) {
		const char *name = owner(link, only != NULL);

		if (name && (!only || !strcmp(name, only)) && add(names, name) < 0)
			r = error_set(err, LIBNS_STEP_NETNS, ENOMEM, "cannot list names");
	}
	wire_place_done(place);
	return r;
}

static int add_named(struct libns_wire_names *names, int run_fd, const char *name,
		     struct libns_error *err)
{
	_cleanup_close_ int ns_fd =
		has(names, name) ? -ENOENT : libns_netns_open(run_fd, name, err);
	struct wire_place inside = { name, ns_fd, NULL };

	/* One that is stale, or somebody else's, has nothing of ours. */
	if (ns_fd < 0)
		return netns_is_unknown(ns_fd) ? ns_fd : 0;
	return add_owners(names, &inside, name, err);
}

/* Whether the name leads to another namespace than the one that was noted to go. */
static bool is_another(int run_fd, const char *name, const char *noted)
{
	_cleanup_close_ int ns_fd = libns_netns_open(run_fd, name, NULL);
	char text[WIRE_GOING_ROOM];

	return ns_fd >= 0 && wire_going_text(ns_fd, text) == 0 && *noted &&
	       strcmp(text, noted) != 0;
}

struct going {
	struct libns_wire_names *names;
	int run_fd;
};

/* Somebody was killed who took it down: its links may be gone. */
static int add_going(const char *name, void *data, struct libns_error *err)
{
	_cleanup_free_ char *noted = NULL;
	const struct going *going = data;
	size_t size;
	int r = wire_store_read(WIRE_STORE_GOING, name, &noted, &size, err);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (is_another(going->run_fd, name, noted))
		return 0;
	return add(going->names, name) < 0
		       ? error_set(err, LIBNS_STEP_NETNS, ENOMEM, "cannot list names")
		       : 0;
}

LIBNS_PUBLIC int libns_wire_names_new(int run_fd, struct libns_wire_names **ret_names,
				      struct libns_error *err)
{
	_cleanup_(libns_wire_names_freep) struct libns_wire_names *names =
		calloc(1, sizeof(*names));
	_cleanup_(libns_netns_list_freep) struct libns_netns_list *list = NULL;
	struct wire_place host = { NULL, LIBNS_LINK_HERE, NULL };
	const struct libns_netns_entry *entry;
	struct going going = { names, run_fd };
	int r;

	if (!names)
		return error_set(err, LIBNS_STEP_NETNS, ENOMEM, "cannot list names");
	r = add_owners(names, &host, NULL, err);
	if (r == 0)
		r = libns_netns_list_new(run_fd, &list, err);
	for (size_t i = 0; r == 0 && (entry = libns_netns_list_at(list, i)); i++)
		r = add_named(names, run_fd, entry->name, err);
	if (r == 0)
		r = wire_store_each(WIRE_STORE_GOING, add_going, &going, err);
	if (r == 0)
		*ret_names = TAKE_PTR(names);
	return r;
}
