/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of network namespaces, each case in a mount namespace with its own /run. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>

#include <libns/netns-enter.h>
#include <libns/netns.h>

#include "tap.h"

#define NAME_FILE "/run/netns/a"

static struct libns_error err = LIBNS_ERROR_INIT;

static void own_run(void)
{
	if (geteuid() != 0 || unshare(CLONE_NEWNS | CLONE_NEWNET) < 0)
		SKIP("needs root in a user namespace that may unshare and mount");
	CHECK_INT(mount("", "/", NULL, MS_PRIVATE | MS_REC, NULL), 0);
	/* Names of the machine would be counted with ours. */
	umount2("/run/netns", MNT_DETACH);
	CHECK_INT(mount("tmpfs", "/run", "tmpfs", 0, "mode=755"), 0);
}

static struct libns_id own_id(void)
{
	struct stat st;

	CHECK_INT(stat("/proc/self/ns/net", &st), 0);
	return (struct libns_id){ st.st_dev, st.st_ino };
}

static void make_file(const char *path, mode_t mode)
{
	int fd = open(path, O_CREAT | O_EXCL | O_RDONLY | O_CLOEXEC, mode);

	CHECK(fd >= 0);
	close(fd);
}

/* The first (or only) entry of the directory. */
static struct libns_netns_entry entry_at(size_t i)
{
	struct libns_netns_list *list;
	const struct libns_netns_entry *at;
	struct libns_netns_entry entry = { NULL, { 0, 0 }, -2 };

	CHECK_INT(libns_netns_list_new(LIBNS_NETNS_RUN, &list, &err), 0);
	at = libns_netns_list_at(list, i);
	if (at) {
		entry = *at;
		entry.name = strdup(at->name);
		tap_later(free, (void *)(uintptr_t)entry.name);
	}
	libns_netns_list_free(list);
	return entry;
}

TEST(add_open_delete)
{
	struct libns_netns_entry entry;
	struct libns_id before, id;
	struct stat st;
	int fd;

	own_run();
	before = own_id();
	CHECK_INT(libns_netns_add(LIBNS_NETNS_RUN, "a", &err), 0);
	id = own_id();
	CHECK(libns_id_equal(&before, &id));
	fd = libns_netns_open(LIBNS_NETNS_RUN, "a", &err);
	CHECK(fd >= 3);
	CHECK_INT(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_INT(libns_fd_query_id(fd, &id, &err), 0);
	CHECK(!libns_id_equal(&before, &id));
	entry = entry_at(0);
	CHECK_STR(entry.name, "a");
	CHECK(libns_id_equal(&entry.id, &id));
	CHECK_INT(entry.nsid, LIBNS_NSID_NONE);
	CHECK(!entry_at(1).name);
	close(fd);

	CHECK_INT(libns_netns_add(LIBNS_NETNS_RUN, "a", &err), -EEXIST);
	CHECK_STR(err.text, "cannot create namespace file '/run/netns/a': File exists");
	CHECK_INT(libns_netns_delete(LIBNS_NETNS_RUN, "a", &err), 0);
	CHECK_INT(stat(NAME_FILE, &st), -1);
	CHECK_INT(libns_netns_delete(LIBNS_NETNS_RUN, "a", &err), -ENOENT);
	CHECK_INT(err.step, LIBNS_STEP_NETNS);
	CHECK_INT(libns_netns_open(LIBNS_NETNS_RUN, "a", &err), -ENOENT);
}

TEST(names_that_cannot_be)
{
	char longest[257];
	static const char *const bad[] = { "", ".", "..", "a/b", "/" };

	own_run();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK_INT(libns_netns_add(LIBNS_NETNS_RUN, bad[i], &err), -EINVAL);
		CHECK_INT(err.step, LIBNS_STEP_ARGUMENT);
		CHECK_INT(libns_netns_delete(LIBNS_NETNS_RUN, bad[i], &err), -EINVAL);
		CHECK_INT(libns_netns_open(LIBNS_NETNS_RUN, bad[i], &err), -EINVAL);
	}
	memset(longest, 'n', 256);
	longest[256] = '\0';
	CHECK_INT(libns_netns_add(LIBNS_NETNS_RUN, longest, &err), -EINVAL);
	longest[255] = '\0';
	CHECK_INT(libns_netns_add(LIBNS_NETNS_RUN, longest, &err), 0);
	CHECK_INT(libns_netns_delete(LIBNS_NETNS_RUN, longest, &err), 0);
	/* Odd ones that ip(8) allows. */
	CHECK_INT(libns_netns_add(LIBNS_NETNS_RUN, "-a b\n\xff", &err), 0);
	CHECK_INT(libns_netns_delete(LIBNS_NETNS_RUN, "-a b\n\xff", &err), 0);
}

TEST(stale_file_of_ours_is_taken_over_at_once)
{
	own_run();
	CHECK_INT(mkdir("/run/netns", 0755), 0);
	make_file(NAME_FILE, 0400);
	CHECK_INT(libns_netns_add(LIBNS_NETNS_RUN, "a", &err), 0);
	CHECK(entry_at(0).id.ino != 0);
}

TEST(stale_file_of_ip_is_taken_over_in_time)
{
	own_run();
	CHECK_INT(mkdir("/run/netns", 0755), 0);
	make_file(NAME_FILE, 0);
	CHECK_INT(entry_at(0).id.ino, 0);
	CHECK_INT(libns_netns_add(LIBNS_NETNS_RUN, "a", &err), 0);
	CHECK(entry_at(0).id.ino != 0);
}

TEST(stale_file_cannot_be_opened_but_deleted)
{
	own_run();
	CHECK_INT(mkdir("/run/netns", 0755), 0);
	make_file(NAME_FILE, 0);
	CHECK_INT(libns_netns_open(LIBNS_NETNS_RUN, "a", &err), -EINVAL);
	CHECK_CONTAINS(err.text, "stale name");
	CHECK_INT(libns_netns_delete(LIBNS_NETNS_RUN, "a", &err), 0);
	CHECK(!entry_at(0).name);
}

TEST(what_is_no_name_file_is_left_alone)
{
	struct stat st;

	own_run();
	CHECK_INT(mkdir("/run/netns", 0755), 0);
	CHECK_INT(mkdir("/run/netns/d", 0755), 0);
	CHECK_INT(libns_netns_add(LIBNS_NETNS_RUN, "d", &err), -EEXIST);
	CHECK_INT(libns_netns_delete(LIBNS_NETNS_RUN, "d", &err), -EISDIR);
	CHECK_INT(symlink("/nowhere", NAME_FILE), 0);
	CHECK_INT(libns_netns_add(LIBNS_NETNS_RUN, "a", &err), -EEXIST);
	CHECK_INT(libns_netns_delete(LIBNS_NETNS_RUN, "a", &err), 0);
	CHECK_INT(lstat(NAME_FILE, &st), -1);
}

TEST(link_to_a_namespace_is_a_name)
{
	struct libns_id id, own;
	int fd;

	own_run();
	own = own_id();
	CHECK_INT(mkdir("/run/netns", 0755), 0);
	CHECK_INT(symlink("/proc/self/ns/net", NAME_FILE), 0);
	fd = tap_keep(libns_netns_open(LIBNS_NETNS_RUN, "a", &err));
	CHECK(fd >= 3);
	CHECK_INT(libns_fd_query_id(fd, &id, &err), 0);
	CHECK(libns_id_equal(&id, &own));
	CHECK_INT(libns_netns_delete(LIBNS_NETNS_RUN, "a", &err), 0);
}

TEST(stacked_mounts_are_deleted)
{
	struct stat st;

	own_run();
	CHECK_INT(libns_netns_add(LIBNS_NETNS_RUN, "a", &err), 0);
	CHECK_INT(mount("/proc/self/ns/net", NAME_FILE, NULL, MS_BIND, NULL), 0);
	CHECK_INT(libns_netns_delete(LIBNS_NETNS_RUN, "a", &err), 0);
	CHECK_INT(stat(NAME_FILE, &st), -1);
}

/* A copy in another mount namespace neither blocks nor survives the deletion. */
TEST(copies_elsewhere_go_too)
{
	int ready[2], go[2];
	char c = 0;
	int status;
	pid_t pid;

	own_run();
	CHECK_INT(libns_netns_add(LIBNS_NETNS_RUN, "a", &err), 0);
	CHECK(pipe(ready) == 0 && pipe(go) == 0);
	for (size_t i = 0; i < 2; i++) {
		tap_keep(ready[i]);
		tap_keep(go[i]);
	}
	pid = fork();
	if (pid == 0) {
		struct stat st;

		CHECK_INT(unshare(CLONE_NEWNS), 0);
		CHECK_INT(mount("", "/", NULL, MS_PRIVATE | MS_REC, NULL), 0);
		CHECK(write(ready[1], &c, 1) == 1 && read(go[0], &c, 1) == 1);
		_exit(stat(NAME_FILE, &st) == 0);
	}
	CHECK(read(ready[0], &c, 1) == 1);
	CHECK_INT(libns_netns_delete(LIBNS_NETNS_RUN, "a", &err), 0);
	CHECK(write(go[1], &c, 1) == 1);
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK_INT(status, 0);
}

TEST(names_reach_older_mount_namespaces_once)
{
	char line[1024];
	int count = 0;
	FILE *mounts;

	own_run();
	/* As systemd leaves it: /run itself is shared, and needs no mount on it. */
	CHECK_INT(mount("", "/run", NULL, MS_SHARED, NULL), 0);
	CHECK_INT(libns_netns_add(LIBNS_NETNS_RUN, "a", &err), 0);
	CHECK_INT(libns_netns_add(LIBNS_NETNS_RUN, "b", &err), 0);
	mounts = fopen("/proc/self/mountinfo", "re");
	CHECK(mounts != NULL);
	while (fgets(line, sizeof(line), mounts))
		count += strstr(line, " /run/netns") != NULL;
	fclose(mounts);
	CHECK_INT(count, 2);
}

TEST(only_one_of_many_wins)
{
	int wins = 0;

	own_run();
	for (int i = 0; i < 32; i++) {
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (pid == 0)
			_exit(libns_netns_add(LIBNS_NETNS_RUN, "a", &err) == 0);
	}
	for (int i = 0; i < 32; i++) {
		int status;

		CHECK(wait(&status) > 0);
		wins += WEXITSTATUS(status);
	}
	CHECK_INT(wins, 1);
	CHECK(entry_at(0).id.ino != 0);
}

TEST(attach)
{
	struct libns_netns_entry entry;
	struct libns_id id;
	int fd;

	own_run();
	id = own_id();
	fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	CHECK_INT(libns_netns_attach(LIBNS_NETNS_RUN, "a", fd, &err), 0);
	close(fd);
	entry = entry_at(0);
	CHECK(libns_id_equal(&entry.id, &id));
	fd = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
	CHECK_INT(libns_netns_attach(LIBNS_NETNS_RUN, "b", fd, &err), -EINVAL);
	CHECK_CONTAINS(err.text, "uts");
	close(fd);
}

TEST(directory_of_ones_own)
{
	int dir, fd;

	own_run();
	CHECK_INT(mkdir("/run/mine", 0755), 0);
	dir = open("/run/mine", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK_INT(libns_netns_add(dir, "a", &err), 0);
	fd = libns_netns_open(dir, "a", &err);
	CHECK(fd >= 3);
	close(fd);
	CHECK_INT(libns_netns_add(dir, "a", &err), -EEXIST);
	CHECK_INT(libns_netns_delete(dir, "a", &err), 0);
	CHECK_INT(access("/run/mine/a", F_OK), -1);
	CHECK_INT(access("/run/netns", F_OK), -1);
	close(dir);
}

TEST(missing_directory_is_empty)
{
	own_run();
	CHECK(!entry_at(0).name);
	CHECK_INT(libns_netns_open(LIBNS_NETNS_RUN, "a", &err), -ENOENT);
}

TEST(numbers)
{
	struct libns_nsids *all;
	int32_t nsid = 99, current = 99;
	int fd;

	own_run();
	CHECK_INT(libns_netns_add(LIBNS_NETNS_RUN, "a", &err), 0);
	fd = libns_netns_open(LIBNS_NETNS_RUN, "a", &err);
	CHECK_INT(libns_netns_query_nsid(fd, &nsid, &err), 0);
	CHECK_INT(nsid, LIBNS_NSID_NONE);
	CHECK_INT(libns_nsids_new(LIBNS_NSID_NONE, &all, &err), 0);
	CHECK_INT(libns_nsids_count(all), 0);
	CHECK(libns_nsids_at(all, 0) == NULL);
	libns_nsids_free(all);
	CHECK_INT(libns_netns_set_nsid(fd, 7, &err), 0);
	CHECK_INT(libns_netns_set_nsid(fd, 7, &err), -EEXIST);
	CHECK_CONTAINS(err.text, "already has a nsid");
	CHECK_INT(libns_netns_query_nsid(fd, &nsid, &err), 0);
	CHECK_INT(nsid, 7);
	CHECK_INT(entry_at(0).nsid, 7);
	CHECK_INT(libns_nsids_new(LIBNS_NSID_NONE, &all, &err), 0);
	CHECK_INT(libns_nsids_count(all), 1);
	CHECK_INT(libns_nsids_at(all, 0)->nsid, 7);
	CHECK(libns_nsids_at(all, 1) == NULL);
	libns_nsids_freep(&all);
	CHECK(all == NULL);
	CHECK_INT(libns_netns_translate_nsid(7, LIBNS_NSID_NONE, &nsid, &current, &err), 0);
	CHECK_INT(nsid, 7);
	CHECK_INT(current, 7);
	CHECK_INT(libns_netns_translate_nsid(8, LIBNS_NSID_NONE, &nsid, NULL, &err), -ENOENT);
	CHECK_INT(nsid, 7);
	close(fd);
}

/* More than one message buffer of numbers. */
TEST(many_numbers)
{
	struct libns_nsids *all;

	own_run();
	for (int i = 0; i < 40; i++) {
		char name[8];
		int fd;

		snprintf(name, sizeof(name), "n%d", i);
		CHECK_INT(libns_netns_add(LIBNS_NETNS_RUN, name, &err), 0);
		fd = libns_netns_open(LIBNS_NETNS_RUN, name, &err);
		CHECK_INT(libns_netns_set_nsid(fd, LIBNS_NSID_NONE, &err), 0);
		close(fd);
	}
	CHECK_INT(libns_nsids_new(LIBNS_NSID_NONE, &all, &err), 0);
	CHECK_INT(libns_nsids_count(all), 40);
	for (size_t i = 0; i < 40; i++)
		CHECK(libns_nsids_at(all, i)->nsid >= 0 && libns_nsids_at(all, i)->nsid < 40);
	libns_nsids_free(all);
}

TEST(pids)
{
	struct libns_id id;
	size_t n;
	pid_t *pids;

	own_run();
	id = own_id();
	CHECK_INT(libns_netns_read_pids(-1, &id, &pids, &n, NULL, &err), 0);
	CHECK_INT(n, 1);
	CHECK_INT(pids[0], getpid());
	free(pids);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);

	CHECK(fd >= 0);
	CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static void file_is(const char *path, const char *wanted)
{
	char text[64] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	CHECK(read(fd, text, sizeof(text) - 1) >= 0);
	close(fd);
	CHECK_STR(text, wanted);
}

static int warnings;

static void count_warning(const struct libns_error *warning, void *data)
{
	CHECK_CONTAINS(warning->text, data);
	warnings++;
}

TEST(enter)
{
	struct libns_netns_entry entry;
	struct libns_id id;
	char lost[] = "/etc/lost";
	int fd;

	own_run();
	/* Entries of /etc/netns: one that has a target, one that has none. */
	CHECK_INT(mount("tmpfs", "/etc", "tmpfs", 0, "mode=755"), 0);
	CHECK_INT(mkdir("/etc/netns", 0755), 0);
	CHECK_INT(mkdir("/etc/netns/a", 0755), 0);
	make_file("/etc/hosts", 0644);
	write_file("/etc/netns/a/hosts", "inside");
	make_file("/etc/netns/a/lost", 0644);

	CHECK_INT(libns_netns_add(LIBNS_NETNS_RUN, "a", &err), 0);
	entry = entry_at(0);
	CHECK_INT(libns_netns_enter(LIBNS_NETNS_RUN, "a", count_warning, lost, &err), 0);
	id = own_id();
	CHECK(libns_id_equal(&id, &entry.id));
	CHECK_INT(warnings, 1);
	file_is("/etc/hosts", "inside");
	/* /sys shows the devices in here: lo alone. */
	CHECK_INT(access("/sys/class/net/lo", F_OK), 0);
	/* Adding from within makes a whole name. */
	CHECK_INT(libns_netns_add(LIBNS_NETNS_RUN, "b", &err), 0);
	fd = libns_netns_open(LIBNS_NETNS_RUN, "b", &err);
	CHECK(fd >= 3);
	close(fd);
}

/* Nothing of what that takes is left, neither descriptors nor memory. */
TEST(enter_with_an_etc_of_its_own)
{
	struct libns_netns_enter_options options = LIBNS_NETNS_ENTER_OPTIONS_INIT;
	int fd;

	own_run();
	CHECK_INT(mount("tmpfs", "/etc", "tmpfs", 0, "mode=755"), 0);
	CHECK_INT(mkdir("/etc/netns", 0755), 0);
	CHECK_INT(mkdir("/etc/netns/a", 0755), 0);
	CHECK_INT(mkdir("/etc/mounted", 0755), 0);
	CHECK_INT(mount("/run", "/etc/mounted", NULL, MS_BIND, NULL), 0);
	write_file("/etc/nsswitch.conf", "hosts: files resolve dns\n");
	write_file("/etc/hosts", "host");
	write_file("/etc/netns/a/hosts", "inside");
	write_file("/etc/netns/a/only", "here");
	CHECK_INT(libns_netns_add(LIBNS_NETNS_RUN, "a", &err), 0);
	options.name = "a";
	options.etc = LIBNS_NETNS_ETC_OVERLAY;
	options.resolv_conf = "nameserver 192.0.2.7\n";
	if (libns_netns_enter_with(&options, &err) < 0)
		TAP_FAIL("%s", err.text);
	file_is("/etc/hosts", "inside");
	file_is("/etc/only", "here");
	file_is("/etc/nsswitch.conf", "hosts: files dns\n");
	file_is("/etc/resolv.conf", "nameserver 192.0.2.7\n");
	CHECK_INT(access("/etc/mounted/netns/a", F_OK), 0);
	fd = open("/etc/new", O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	CHECK_INT(fd, -1);
	CHECK_INT(errno, EROFS);
}

TEST(enter_what_is_not_there)
{
	struct libns_id before, after;

	own_run();
	before = own_id();
	CHECK_INT(libns_netns_enter(LIBNS_NETNS_RUN, "nosuch", NULL, NULL, &err), -ENOENT);
	CHECK_STR(err.text, "cannot open network namespace 'nosuch': No such file or directory");
	after = own_id();
	CHECK(libns_id_equal(&before, &after));
}

TAP_MAIN
