/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "wire/state.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "netns/own-run.h"
#include "wire/wire.h"

#define LOCK_MILLISECONDS 30000

/* Everybody may go through it to the files, whatever the umask is, but whoever may open a directory
 * for reading may lock it too. */
#define MODE 0711

static int open_dir(void)
{
	return sys_open_at(AT_FDCWD, WIRE_STATE, O_PATH | O_DIRECTORY | O_NOFOLLOW);
}

int wire_state_dir(bool make, struct libns_error *err)
{
	_cleanup_close_ int fd = -1;
	struct stat st;
	int r = make ? own_run_make(err) : own_run_is_needed() ? -ENOENT : 0;

	if (r < 0)
		return r;
	fd = open_dir();
	if (fd == -ENOENT && !make)
		return fd;
	if (fd == -ENOENT) {
		bool made = mkdir(WIRE_STATE, MODE) == 0;

		if (!made && errno != EEXIST)
			return error_set(err, LIBNS_STEP_NETNS, errno,
					 "cannot create directory '" WIRE_STATE "'");
		if (made)
			(void)chmod(WIRE_STATE, MODE);
		fd = open_dir();
	}
	if (fd < 0)
		return error_set(err, LIBNS_STEP_NETNS, -fd, "cannot open '" WIRE_STATE "'");
	if (fstat(fd, &st) < 0)
		return error_set(err, LIBNS_STEP_NETNS, errno, "cannot look at '" WIRE_STATE "'");
	if ((st.st_uid != 0 && st.st_uid != geteuid()) || st.st_mode & 022)
		return error_say(err, LIBNS_STEP_NETNS, EPERM,
				 "'" WIRE_STATE "' may be written by others than user %u: what it "
				 "says is not to be trusted",
				 geteuid());
	return TAKE_FD(fd);
}

/* The same for reading, which the lock needs. */
static int open_for_lock(struct libns_error *err)
{
	_cleanup_close_ int dir_fd = wire_state_dir(true, err), fd = -1;
	struct stat st;

	if (dir_fd < 0)
		return TAKE_FD(dir_fd);
	fd = sys_open_at(dir_fd, ".", O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return error_set(err, LIBNS_STEP_NETNS, -fd, "cannot open '" WIRE_STATE "'");
	if (fstat(fd, &st) == 0 && st.st_uid == geteuid() && (st.st_mode & 0777) != MODE &&
	    fchmod(fd, MODE) < 0)
		return error_set(err, LIBNS_STEP_NETNS, errno,
				 "cannot keep others from locking '" WIRE_STATE "'");
	return TAKE_FD(fd);
}

int wire_state_lock(struct libns_error *err)
{
	_cleanup_close_ int fd = open_for_lock(err);
	int64_t until = sys_now_ms() + LOCK_MILLISECONDS;

	if (fd < 0)
		return TAKE_FD(fd);
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return error_set(err, LIBNS_STEP_NETNS, errno,
					 "cannot lock '" WIRE_STATE "'");
		if (sys_now_ms() > until)
			return error_say(err, LIBNS_STEP_NETNS, ETIMEDOUT,
					 "another process has held the lock on '" WIRE_STATE
					 "' for half a minute");
		nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
	}
	return TAKE_FD(fd);
}
