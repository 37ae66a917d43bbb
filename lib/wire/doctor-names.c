/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Of the doctor: names and their directory. */

#include <sys/stat.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "netns/dir.h"
#include "netns/stale.h"
#include "wire/doctor.h"

static int remove_stale(struct doctor *doctor, const void *data, struct libns_error *err)
{
	return netns_remove_stale(doctor->o->run_fd, data, err);
}

static void look_at_name(struct doctor *doctor, int dir_fd, const struct libns_netns_entry *entry)
{
	struct ailment ailment = {
		.check = "stale",
		.name = entry->name,
		.why = "it was left by somebody who was killed; it cannot be entered, and 'ip netns "
		       "add' refuses to make it again",
		.garbage = true,
		.mend = remove_stale,
		.data = entry->name,
	};
	_cleanup_(words_done) struct words words = { NULL };
	int r;

	if (entry->id.ino)
		return;
	if (entry->elsewhere) {
		doctor_tell_elsewhere(doctor, entry->name, entry->pid);
		return;
	}
	r = netns_is_stale(dir_fd, entry->name);
	if (r < 0)
		doctor_skip(doctor, "stale",
			    "whether the name '%s' is used in another mount namespace cannot be "
			    "told: %s",
			    entry->name, error_describe(-r));
	ailment.command = doctor_command(
		doctor, &words,
		doctor->o->run_fd == LIBNS_NETNS_RUN ? "rm -f " NETNS_RUN "/" : "rm -f ",
		entry->name);
	if (r > 0)
		doctor_found(doctor, &ailment, "nothing is bound on the name '%s'", entry->name);
}

static int make_readable(struct doctor *doctor, const void *data, struct libns_error *err)
{
	const int *dir_fd = data;

	(void)doctor;
	if (fchmod(*dir_fd, 0755) == 0)
		return 0;
	return error_set(err, LIBNS_STEP_NETNS, errno, "cannot change the mode of '" NETNS_RUN "'");
}

static void look_at_mode(struct doctor *doctor, int dir_fd)
{
	const struct ailment ailment = {
		.check = "mode",
		.why = "it was made under another umask; ordinary users cannot list names",
		.command = "chmod 755 " NETNS_RUN,
		.mend = make_readable,
		.data = &dir_fd,
	};
	struct stat st;

	if (doctor->o->run_fd == LIBNS_NETNS_RUN && fstat(dir_fd, &st) == 0 &&
	    (st.st_mode & 0555) != 0555)
		doctor_found(doctor, &ailment, "'" NETNS_RUN "' has the mode %04o",
			     st.st_mode & 07777);
}

int doctor_names(struct doctor *doctor, struct libns_error *err)
{
	_cleanup_close_ int dir_fd = netns_open_dir(doctor->o->run_fd);
	const struct libns_netns_entry *entry;

	if (dir_fd == -ENOENT)
		return 0;
	if (dir_fd < 0)
		return error_set(err, LIBNS_STEP_NETNS, -dir_fd,
				 "cannot open the directory of names");
	look_at_mode(doctor, dir_fd);
	for (size_t i = 0; (entry = libns_netns_list_at(doctor->names, i)); i++)
		look_at_name(doctor, dir_fd, entry);
	return 0;
}
