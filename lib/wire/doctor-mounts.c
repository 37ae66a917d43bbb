/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Of the doctor: a directory of names in which everything is mounted twice.
 *
 * Theory of operation
 *
 * ip(8) before 7.0 binds /run/netns on itself. Where /run is a shared mount, as with systemd, the
 * new mount is of the same peer group as /run, so each name that is bound on the one appears on the
 * other as well, below. The mount is not needed there. It leaves the group first, since otherwise
 * the names below would go with it; then it is detached, and the names below are seen again. A name
 * that was on the upper mount only is held by a descriptor meanwhile, and bound again.
 */

#include <string.h>
#include <sys/mount.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/mount-peers.h"
#include "netns/dir.h"
#include "text/mountinfo.h"
#include "wire/doctor.h"

/* A host that was set up again and again may have it many times. */
#define MOST_LAYERS 64

/* Return: whether the directory is a mount of the same peer group as the mount that it lies on. */
static int is_doubled(struct libns_error *err)
{
	_cleanup_close_ int dir_fd = netns_open_dir(LIBNS_NETNS_RUN);
	_cleanup_free_ char *text = NULL;
	struct mountinfo mount, below;
	uint64_t group;
	int r = dir_fd < 0 ? dir_fd : mount_line_read(dir_fd, &text, &mount);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return error_set(err, LIBNS_STEP_NETNS, -r,
				 "cannot look at the mount of '" NETNS_RUN "'");
	group = mountinfo_tag(mount.tags, "shared");
	return group && mountinfo_word_is(mount.point, NETNS_RUN) &&
	       mountinfo_find(text, mount.parent, &below) == 0 &&
	       mountinfo_tag(below.tags, "shared") == group;
}

/* The namespaces of all names, in their order; -1 for what is none. */
static int *open_names(const struct libns_netns_list *names)
{
	size_t n = libns_netns_list_count(names);
	int *fds = calloc(n ? n : 1, sizeof(*fds));

	for (size_t i = 0; fds && i < n; i++)
		fds[i] = libns_netns_open(LIBNS_NETNS_RUN, libns_netns_list_at(names, i)->name,
					  NULL);
	return fds;
}

static int bind_lost(const struct libns_netns_list *names, const int *fds, struct libns_error *err)
{
	_cleanup_close_ int dir_fd = netns_open_dir(LIBNS_NETNS_RUN);
	const struct libns_netns_entry *entry;
	char source[64], target[320];

	for (size_t i = 0; (entry = libns_netns_list_at(names, i)); i++) {
		if (fds[i] < 0 || netns_state(dir_fd, entry->name, NULL) == NETNS_BOUND)
			continue;
		snprintf(source, sizeof(source), "/proc/self/fd/%d", fds[i]);
		snprintf(target, sizeof(target), NETNS_RUN "/%s", entry->name);
		if (mount(source, target, NULL, MS_BIND, NULL) < 0)
			return error_set(err, LIBNS_STEP_NETNS, errno, "cannot bind '%s' again",
					 target);
	}
	return 0;
}

static int uncover(struct doctor *doctor, const void *data, struct libns_error *err)
{
	_cleanup_close_ int dir_fd = netns_open_dir(LIBNS_NETNS_RUN);
	int *fds = open_names(doctor->names), r = 0;

	(void)data;
	if (!fds)
		return error_set(err, LIBNS_STEP_NETNS, ENOMEM, "cannot open names");
	if (dir_fd < 0 || !netns_lock(dir_fd))
		r = error_set(err, LIBNS_STEP_NETNS, dir_fd < 0 ? -dir_fd : EBUSY,
			      "cannot lock '" NETNS_RUN "'");
	for (int i = 0; r == 0 && i < MOST_LAYERS && (r = is_doubled(err)) > 0; i++)
		r = mount("", NETNS_RUN, NULL, MS_PRIVATE, NULL) < 0 ||
				    umount2(NETNS_RUN, MNT_DETACH | UMOUNT_NOFOLLOW) < 0
			    ? error_set(err, LIBNS_STEP_NETNS, errno,
					"cannot take the second mount of '" NETNS_RUN "' away")
			    : 0;
	if (r == 0)
		r = bind_lost(doctor->names, fds, err);
	for (size_t i = 0; i < libns_netns_list_count(doctor->names); i++)
		base_close(fds[i]);
	free(fds);
	return r;
}

int doctor_mounts(struct doctor *doctor, struct libns_error *err)
{
	const struct ailment ailment = {
		.check = "doubled",
		.why = "every name is mounted twice, and a name that is unmounted once is still "
		       "busy",
		.command = "mount --make-private " NETNS_RUN " && umount -l " NETNS_RUN,
		.mend = uncover,
	};
	int r = doctor->o->run_fd == LIBNS_NETNS_RUN ? is_doubled(err) : 0;

	if (r > 0)
		doctor_found(doctor, &ailment,
			     "'" NETNS_RUN "' is a mount of the same peer group as "
			     "the one below it");
	return r < 0 ? r : 0;
}
