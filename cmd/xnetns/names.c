/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The commands of xnetns that make, number and remove names: add, attach, set, delete. */

#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "xnetns/place.h"

/* The name that a command needs. Further arguments are ignored, as ip(8) does. */
static const char *name_of(const struct xnetns *x, int argc, char **argv)
{
	if (argc > 1)
		return argv[1];
	cli_usage(x->cli, "%s: no netns name specified", argv[0]);
	return NULL;
}

/* Whether the first process of this system has the same mounts, as in a container: what is outside is
 * another system, which has other names. */
static bool has_mounts_of_system(void)
{
	struct stat first, own;

	return stat("/proc/1/ns/mnt", &first) == 0 && stat("/proc/self/ns/mnt", &own) == 0 &&
	       first.st_dev == own.st_dev && first.st_ino == own.st_ino;
}

/* Warns where the name was made, but may not be visible to those who asked for it. */
static void report_reach(const struct xnetns *x, const char *name)
{
	bool reaches;

	if (libns_netns_query_reach(LIBNS_NETNS_RUN, &reaches, NULL) < 0 || reaches ||
	    has_mounts_of_system())
		return;
	cli_error(x->cli,
		  "'%s' can be used in this mount namespace only: its /run takes mounts "
		  "from another one and gives none back; there the name looks stale",
		  name);
	cli_hint("add it from outside, or run the service without mounts of its own "
		 "(PrivateMounts=, PrivateTmp=, ProtectSystem= and the like)");
}

int xnetns_add(void *context, int argc, char **argv)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct xnetns *x = context;
	const char *name = name_of(x, argc, argv);

	if (!name)
		return CLI_FAILURE;
	if (libns_netns_add(LIBNS_NETNS_RUN, name, &err) < 0)
		return xnetns_fail(x, &err, CLI_FAILURE);
	report_reach(x, name);
	return 0;
}

int xnetns_attach(void *context, int argc, char **argv)
{
	_cleanup_place_ struct place place = PLACE_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct xnetns *x = context;
	int code;

	if (argc < 3) {
		cli_usage(x->cli, "%s: no netns name and PID specified", argv[0]);
		return CLI_FAILURE;
	}
	/* Digits are a process, as for ip(8), also where there is such a name. */
	code = place_open(x, argv[2], false, &place);
	if (code)
		return code;
	if (libns_netns_attach(LIBNS_NETNS_RUN, argv[1], place.ns_fd, &err) < 0)
		return xnetns_fail(x, &err, CLI_FAILURE);
	report_reach(x, argv[1]);
	return 0;
}

/*
 * A name that was an empty file to us, but not to everybody: it is deleted, as ip netns
 * does it, since nothing else can be done about it from here; whose it was is told.
 */
static void report_taken(const struct xnetns *x, const struct libns_netns_entry *entry)
{
	if (!entry->elsewhere)
		return;
	if (entry->pid)
		cli_error(x->cli,
			  "note: '%s' was bound in the mount namespace of process %d only; "
			  "it is gone there too",
			  entry->name, entry->pid);
	else
		cli_error(x->cli, "note: '%s' was bound below another mount; it is gone there too",
			  entry->name);
}

/* Whether the name can be used from here. One call tells, and usually it can. */
static bool is_bound_here(const char *name)
{
	char path[320];
	struct statfs fs;

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	return statfs(path, &fs) == 0 && fs.f_type == NSFS_MAGIC;
}

static int delete_one(const struct xnetns *x, const char *name)
{
	__attribute__((cleanup(libns_netns_list_freep))) struct libns_netns_list *list = NULL;
	const struct libns_netns_entry *entry;
	struct libns_error err = LIBNS_ERROR_INIT;

	/* Find this out first: once the name is deleted nobody can. */
	if (!is_bound_here(name))
		(void)libns_netns_list_new(LIBNS_NETNS_RUN, &list, NULL);
	if (libns_netns_erase(x->eraser, LIBNS_NETNS_RUN, name, &err) < 0)
		return xnetns_fail(x, &err, CLI_FAILURE);
	for (size_t i = 0; list && (entry = libns_netns_list_at(list, i)); i++)
		if (!strcmp(entry->name, name))
			report_taken(x, entry);
	return 0;
}

/* Removes all names. If one cannot be removed it goes on with the next, and fails in the end. */
static int delete_all(const struct xnetns *x)
{
	__attribute__((cleanup(libns_netns_list_freep))) struct libns_netns_list *list = NULL;
	__attribute__((cleanup(libns_netns_eraser_freep))) struct libns_netns_eraser *own = NULL;
	const struct libns_netns_entry *entry;
	struct libns_error err = LIBNS_ERROR_INIT;
	int code = 0;

	if (libns_netns_list_new(LIBNS_NETNS_RUN, &list, &err) < 0 ||
	    (!x->eraser && libns_netns_eraser_new(&own, &err) < 0))
		return xnetns_fail(x, &err, CLI_FAILURE);
	for (size_t i = 0; (entry = libns_netns_list_at(list, i)); i++)
		if (libns_netns_erase(x->eraser ? x->eraser : own, LIBNS_NETNS_RUN, entry->name,
				      &err) < 0)
			code = xnetns_fail(x, &err, CLI_FAILURE);
		else
			report_taken(x, entry);
	return code;
}

int xnetns_delete(void *context, int argc, char **argv)
{
	struct xnetns *x = context;
	const char *name;

	if (x->all)
		return delete_all(x);
	name = name_of(x, argc, argv);
	return name ? delete_one(x, name) : CLI_FAILURE;
}

int xnetns_set(void *context, int argc, char **argv)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int32_t nsid = LIBNS_NSID_NONE;
	struct xnetns *x = context;
	int ns_fd, r;

	if (!name_of(x, argc, argv))
		return CLI_FAILURE;
	if (argc < 3) {
		cli_usage(x->cli, "%s: no nsid specified", argv[0]);
		return CLI_FAILURE;
	}
	ns_fd = libns_netns_open(LIBNS_NETNS_RUN, argv[1], &err);
	if (ns_fd < 0)
		return xnetns_fail(x, &err, CLI_FAILURE);
	if (strcmp(argv[2], "auto") != 0 && !cli_fd(x->cli, "netnsid", argv[2], &nsid)) {
		close(ns_fd);
		return XNETNS_USAGE;
	}
	r = libns_netns_set_nsid(ns_fd, nsid, &err);
	close(ns_fd);
	return r < 0 ? xnetns_fail(x, &err, XNETNS_KERNEL) : 0;
}
