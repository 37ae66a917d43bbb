/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>

#include <libns/libns.h>

#include "process.h"

#define PLACE "/tmp"

static void forget(void *mounts)
{
	libns_mounts_free(mounts);
}

/* Held to the end of the case. */
static struct libns_mounts *read_mounts(const struct libns_proc *proc)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_mounts *mounts = NULL;
	int r = libns_mounts_new(proc, &mounts, &err);

	if (r == -EOPNOTSUPP || r == -ELIBACC)
		SKIP("no libmount here");
	if (r < 0)
		TAP_FAIL("%s", err.text);
	tap_later(forget, mounts);
	return mounts;
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

/* A mount namespace of its own, in which the case may mount and make directories. */
static void go_apart(void)
{
	char uid[32], gid[32];

	snprintf(uid, sizeof(uid), "0 %u 1", (unsigned int)geteuid());
	snprintf(gid, sizeof(gid), "0 %u 1", (unsigned int)getegid());
	if (unshare(CLONE_NEWNS) < 0) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
			SKIP("no user and mount namespaces here");
		write_file("/proc/self/setgroups", "deny");
		write_file("/proc/self/uid_map", uid);
		write_file("/proc/self/gid_map", gid);
	}
	CHECK_INT(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	CHECK_INT(mount("tmpfs", PLACE, "tmpfs", 0, NULL), 0);
}

/* The index of the last mount on @target. */
static size_t find(const struct libns_mounts *mounts, const char *target)
{
	const struct libns_mount *found = libns_mounts_find(mounts, target);

	CHECK(found != NULL);
	for (size_t i = 0; i < libns_mounts_count(mounts); i++)
		if (libns_mounts_at(mounts, i) == found)
			return i;
	TAP_FAIL("%s is not in the table", target);
}

TEST(as_many_as_there_are_lines)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	struct libns_mounts *mounts = read_mounts(NULL);
	size_t n = 0;
	int c;

	CHECK(file != NULL);
	while ((c = fgetc(file)) != EOF)
		n += c == '\n';
	fclose(file);
	CHECK_INT(libns_mounts_count(mounts), n);
	CHECK(libns_mounts_at(mounts, n - 1) != NULL);
	CHECK(libns_mounts_at(mounts, n) == NULL);
	CHECK_STR(libns_mounts_at(mounts, find(mounts, "/proc"))->fstype, "proc");
	CHECK(libns_mounts_find(mounts, "/proc/self") == NULL);
	CHECK(libns_mounts_free(NULL) == NULL);
}

TEST(what_is_said_of_a_mount)
{
	const struct libns_mount *found, *below;
	struct libns_mounts *mounts;
	const char *value;
	size_t i, size;

	go_apart();
	CHECK_INT(mkdir(PLACE "/o d\\d\n", 0700), 0);
	CHECK_INT(mount("any word", PLACE "/o d\\d\n", "tmpfs", MS_NOEXEC | MS_NOSUID, "size=8k"),
		  0);
	mounts = read_mounts(NULL);
	i = find(mounts, PLACE "/o d\\d\n");
	found = libns_mounts_at(mounts, i);
	below = libns_mounts_find(mounts, PLACE);
	CHECK_INT(found->parent, below->id);
	CHECK_STR(found->root, "/");
	CHECK_STR(found->fstype, "tmpfs");
	CHECK_STR(found->source, "any word");
	CHECK_CONTAINS(found->options, "noexec");
	CHECK_CONTAINS(found->fs_options, "size=8k");
	CHECK(libns_mounts_get_option(mounts, i, "size", &value, &size));
	CHECK_INT(size, 2);
	CHECK(!strncmp(value, "8k", 2));
	CHECK(libns_mounts_get_option(mounts, i, "nosuid", NULL, NULL));
	CHECK(!libns_mounts_get_option(mounts, i, "nos", NULL, NULL));
	CHECK(!libns_mounts_get_option(mounts, libns_mounts_count(mounts), "rw", NULL, NULL));
}

TEST(the_last_one_on_a_place)
{
	struct libns_mounts *mounts;

	go_apart();
	CHECK_INT(mount("upper", PLACE, "tmpfs", 0, NULL), 0);
	mounts = read_mounts(NULL);
	CHECK_STR(libns_mounts_find(mounts, PLACE)->source, "upper");
}

TEST(propagation)
{
	const struct libns_mount *found;
	uint64_t group;

	go_apart();
	found = libns_mounts_find(read_mounts(NULL), PLACE);
	CHECK_INT(found->group, 0);
	CHECK_INT(found->master, 0);
	CHECK(!found->unbindable);
	CHECK_INT(mount(NULL, PLACE, NULL, MS_SHARED, NULL), 0);
	group = libns_mounts_find(read_mounts(NULL), PLACE)->group;
	CHECK(group != 0);
	CHECK_INT(mkdir(PLACE "/slave", 0700), 0);
	CHECK_INT(mount(PLACE, PLACE "/slave", NULL, MS_BIND, NULL), 0);
	CHECK_INT(mount(NULL, PLACE "/slave", NULL, MS_SLAVE, NULL), 0);
	found = libns_mounts_find(read_mounts(NULL), PLACE "/slave");
	CHECK_INT(found->group, 0);
	CHECK_INT(found->master, group);
	CHECK_INT(mount(NULL, PLACE "/slave", NULL, MS_PRIVATE, NULL), 0);
	CHECK_INT(mount(NULL, PLACE "/slave", NULL, MS_UNBINDABLE, NULL), 0);
	found = libns_mounts_find(read_mounts(NULL), PLACE "/slave");
	CHECK_INT(found->master, 0);
	CHECK(found->unbindable);
}

TEST(of_another_process)
{
	struct libns_proc *proc = pin(start(go_apart));
	const struct libns_mount *found = libns_mounts_find(read_mounts(proc), PLACE);

	CHECK(found != NULL);
	CHECK_STR(found->fstype, "tmpfs");
}

TEST(of_a_process_that_has_ended)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_mounts *mounts = NULL;
	pid_t pid = start(NULL);
	struct libns_proc *proc = pin(pid);
	char text[128];
	int r;

	end_as_zombie(pid);
	r = libns_mounts_new(proc, &mounts, &err);
	if (r == -EOPNOTSUPP || r == -ELIBACC)
		SKIP("no libmount here");
	CHECK_INT(r, -ESRCH);
	snprintf(text, sizeof(text), "cannot read the mounts of process %d: No such process", pid);
	CHECK_STR(err.text, text);
	CHECK(mounts == NULL);
}

static int poll_watch(const struct libns_mount_watch *watch)
{
	struct pollfd fd = { libns_mount_watch_get_fd(watch), POLLIN, 0 };

	return poll(&fd, 1, 0);
}

TEST(a_watch)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_mount_watch *watch;
	int r;

	go_apart();
	r = libns_mount_watch_new(&watch, &err);
	if (r == -EOPNOTSUPP || r == -ELIBACC)
		SKIP("no libmount here");
	CHECK_INT(r, 0);
	CHECK_INT(poll_watch(watch), 0);
	CHECK_INT(mount("upper", PLACE, "tmpfs", 0, NULL), 0);
	CHECK_INT(poll_watch(watch), 1);
	CHECK_INT(libns_mount_watch_clear(watch, &err), 0);
	CHECK_INT(poll_watch(watch), 0);
	CHECK_INT(umount(PLACE), 0);
	CHECK_INT(poll_watch(watch), 1);
	CHECK_INT(fcntl(libns_mount_watch_get_fd(watch), F_GETFD), FD_CLOEXEC);
	CHECK(libns_mount_watch_free(watch) == NULL);
	CHECK(libns_mount_watch_free(NULL) == NULL);
}

TAP_MAIN
