/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <sched.h>
#include <sys/mount.h>

#include <libns/libns.h>

#include "fake-host.h"
#include "process.h"

static void go_apart(void)
{
	if (unshare(CLONE_NEWNS) < 0)
		_exit(1);
}

static void become_slave(void)
{
	go_apart();
	if (mount(NULL, "/tmp", NULL, MS_SLAVE, NULL) < 0)
		_exit(1);
}

static void become_private(void)
{
	go_apart();
	if (mount(NULL, "/tmp", NULL, MS_PRIVATE, NULL) < 0)
		_exit(1);
}

/* The peer group of /tmp, as the kernel writes it. */
static uint64_t group_of_tmp(void)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	unsigned long long group = 0;
	char line[4096];

	CHECK(file != NULL);
	while (fgets(line, sizeof(line), file))
		if (strstr(line, " /tmp ") && strstr(line, " shared:"))
			group = strtoull(strstr(line, " shared:") + 8, NULL, 10);
	fclose(file);
	CHECK(group != 0);
	return group;
}

static bool has_task(const struct libns_peers *peers, uint64_t group, const struct libns_scan *scan,
		     pid_t pid)
{
	const struct libns_task *task = libns_scan_find_task(scan, pid);
	const struct libns_node *node;
	int found = 0;

	CHECK(task != NULL);
	for (size_t i = 0; (node = libns_peers_at(peers, group, i)); i++)
		found += node == libns_task_get_ns(task, LIBNS_TYPE_MNT);
	CHECK(found < 2);
	return found;
}

TEST(those_that_share_and_those_that_receive)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	pid_t peer, slave, alone;
	struct libns_peers *peers;
	struct libns_scan *scan;
	uint64_t group;

	if (unshare(CLONE_NEWNS) < 0)
		SKIP("needs to be root");
	CHECK_INT(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	CHECK_INT(mount("tmpfs", "/tmp", "tmpfs", 0, NULL), 0);
	CHECK_INT(mount(NULL, "/tmp", NULL, MS_SHARED, NULL), 0);
	group = group_of_tmp();
	peer = start(go_apart);
	slave = start(become_slave);
	alone = start(become_private);
	CHECK_INT(libns_scan_new(LIBNS_PROCFS, NULL, &scan, &err), 0);
	if (libns_peers_new(scan, &peers, &err) < 0)
		TAP_FAIL("%s", err.text);
	CHECK_INT(libns_peers_count(peers, group), 3);
	CHECK(has_task(peers, group, scan, getpid()));
	CHECK(has_task(peers, group, scan, peer));
	CHECK(has_task(peers, group, scan, slave));
	CHECK(!has_task(peers, group, scan, alone));
	CHECK(libns_peers_at(peers, group, 3) == NULL);
	CHECK_INT(libns_peers_count(peers, UINT64_MAX), 0);
	CHECK(libns_peers_free(peers) == NULL);
	CHECK(libns_peers_free(NULL) == NULL);
	libns_scan_free(scan);
}

static void link_mnt(const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/proc/70/ns/mnt", root);
	unlink(path);
	CHECK_INT(symlink(text, path), 0);
}

TEST(a_number_that_is_elsewhere_by_now)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_peers *peers;
	struct libns_scan *scan;

	begin();
	process(70, "0::/\n", 5, 'S');
	make_directory("proc/70/ns");
	link_mnt("mnt:[4026531999]");
	/* Two mounts of one group: the namespace is in it once, and nothing is read behind it. */
	put("proc/70/mountinfo", "21 1 0:5 / / rw shared:77 - tmpfs none rw\n"
				 "22 21 0:5 / /mnt rw shared:77 - tmpfs none rw\n");
	CHECK_INT(libns_scan_new(open_below("proc"), NULL, &scan, &err), 0);
	CHECK_INT(libns_peers_new(scan, &peers, &err), 0);
	CHECK_INT(libns_peers_count(peers, 77), 1);
	CHECK(libns_peers_at(peers, 77, 0) != NULL);
	CHECK(libns_peers_at(peers, 77, 1) == NULL);
	libns_peers_free(peers);
	/* The mounts are those of another namespace than the one the snapshot has seen. */
	link_mnt("mnt:[4026532000]");
	CHECK_INT(libns_peers_new(scan, &peers, &err), 0);
	CHECK_INT(libns_peers_count(peers, 77), 0);
	libns_peers_free(peers);
	libns_scan_free(scan);
}

TAP_MAIN
