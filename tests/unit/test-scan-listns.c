/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * listns(2) as a source. Most kernels have no such call: here it is replaced by
 * a list of our own, and the ids in it are opened as the kernel at hand allows:
 * before Linux 6.19 a file handle needs type and inode besides.
 *
 * What is listed is kept by a descriptor that no other source is asked to see. Each scan
 * sees a pid namespace of its own: others on the machine make namespaces meanwhile, which
 * take inodes that have become free and are gone before they are looked at.
 */

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include <libns/libns.h>

#include "base/sys.h"
#include "hide.h"
#include "kernel/listns.h"

ssize_t __real_listns_read(uint64_t after, uint64_t types, uint64_t *ids, size_t n);
ssize_t __wrap_listns_read(uint64_t after, uint64_t types, uint64_t *ids, size_t n);
int __real_listns_open(const struct listns_handle *handle);
int __wrap_listns_open(const struct listns_handle *handle);

static bool faked;
static size_t n_asked, batch;
static int refusal;
static struct listns_handle listed[16];
static size_t n_listed;

ssize_t __wrap_listns_read(uint64_t after, uint64_t types, uint64_t *ids, size_t n)
{
	size_t got = 0;

	if (!faked)
		return __real_listns_read(after, types, ids, n);
	n_asked++;
	if (refusal)
		return refusal;
	for (size_t i = 0; i < n_listed && got < n && got < batch; i++)
		if (listed[i].id > after && (types & listed[i].type))
			ids[got++] = listed[i].id;
	/* As Linux 7.2 answers behind the last one. */
	return after && !got ? -ENOENT : (ssize_t)got;
}

int __wrap_listns_open(const struct listns_handle *handle)
{
	int fd = __real_listns_open(handle);

	for (size_t i = 0; i < n_listed && fd == -ESTALE; i++)
		if (listed[i].id == handle->id)
			fd = __real_listns_open(&listed[i]);
	return fd;
}

/* Its handle, told by the kernel. */
static void list(int fd)
{
	struct listns_handle handle = { 0, 0, 0 };
	size_t at = n_listed;
	struct stat st;

	if (ioctl(fd, NS_GET_ID, &handle.id) < 0)
		SKIP("the kernel has no ids of namespaces (Linux 6.18)");
	CHECK_INT(fstat(fd, &st), 0);
	handle.ino = (uint32_t)st.st_ino;
	handle.type = (uint32_t)ioctl(fd, NS_GET_NSTYPE);
	for (; at && listed[at - 1].id > handle.id; at--)
		listed[at] = listed[at - 1];
	listed[at] = handle;
	n_listed++;
}

/* A fresh namespace on a descriptor; the caller stays where it is. */
static int make(int type, const char *path)
{
	int fd, home = open(path, O_RDONLY | O_CLOEXEC);

	if (unshare(type) < 0)
		SKIP("may not create namespaces");
	fd = tap_keep(open(path, O_RDONLY | O_CLOEXEC));
	CHECK(fd >= 0);
	CHECK_INT(setns(home, type), 0);
	close(home);
	return fd;
}

static uint64_t inode_of(int fd)
{
	struct stat st;

	CHECK_INT(fstat(fd, &st), 0);
	return st.st_ino;
}

static struct libns_scan *scan_now(uint64_t sources, uint64_t types)
{
	struct libns_scan_options options = { sizeof(options), sources, types, 1 };
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_scan *scan = NULL;

	if (libns_scan_new(LIBNS_PROCFS, &options, &scan, &err) < 0)
		TAP_FAIL("%s", err.text);
	return scan;
}

TEST(what_is_listed_is_found_related_and_opened)
{
	struct libns_scan *scan;
	const struct libns_node *node;
	int uts, ipc, fd;

	isolate();
	uts = make(CLONE_NEWUTS, "/proc/self/ns/uts");
	ipc = make(CLONE_NEWIPC, "/proc/self/ns/ipc");
	faked = true;
	batch = 16;
	list(uts);
	list(ipc);
	scan = scan_now(LIBNS_SCAN_PROCESSES, 0);
	CHECK(libns_scan_find(scan, inode_of(uts)) == NULL);
	CHECK_INT(n_asked, 0);
	libns_scan_free(scan);

	scan = scan_now(LIBNS_SCAN_PROCESSES | LIBNS_SCAN_LISTNS | LIBNS_SCAN_RELATIONS, 0);
	node = libns_scan_find(scan, inode_of(uts));
	CHECK(node != NULL && libns_scan_find(scan, inode_of(ipc)) != NULL);
	CHECK_INT(libns_node_get_type(node), LIBNS_TYPE_UTS);
	CHECK_INT(libns_node_count_tasks(node), 0);
	CHECK(libns_node_get_owner(node) != NULL);
	CHECK_INT(libns_scan_count_unseen(scan, LIBNS_UNSEEN_RELATIONS), 0);
	/* Through nothing but the snapshot. */
	fd = tap_keep(libns_scan_open(scan, node, NULL));
	CHECK(fd >= 3);
	CHECK_INT(inode_of(fd), libns_node_get_id(node)->ino);
	libns_scan_free(scan);
}

TEST(in_several_calls_and_of_the_types_asked_for)
{
	struct libns_scan *scan;
	int fds[5];

	isolate();
	for (size_t i = 0; i < 5; i++)
		fds[i] = make(i < 4 ? CLONE_NEWUTS : CLONE_NEWIPC,
			      i < 4 ? "/proc/self/ns/uts" : "/proc/self/ns/ipc");
	faked = true;
	batch = 2;
	for (size_t i = 0; i < 5; i++)
		list(fds[i]);
	scan = scan_now(LIBNS_SCAN_PROCESSES | LIBNS_SCAN_LISTNS, LIBNS_TYPE_UTS);
	for (size_t i = 0; i < 5; i++)
		CHECK((libns_scan_find(scan, inode_of(fds[i])) != NULL) == (i < 4));
	CHECK_INT(n_asked, 3);
	libns_scan_free(scan);
}

TEST(gone_or_refused_is_no_failure)
{
	struct libns_scan *scan;
	uint64_t ino;
	int fd;

	isolate();
	fd = make(CLONE_NEWUTS, "/proc/self/ns/uts");
	ino = inode_of(fd);
	faked = true;
	batch = 16;
	list(fd);
	close(fd);
	scan = scan_now(LIBNS_SCAN_PROCESSES | LIBNS_SCAN_LISTNS, 0);
	CHECK_INT(n_asked, 2);
	CHECK(libns_scan_find(scan, ino) == NULL);
	libns_scan_free(scan);
	for (size_t i = 0; i < 3; i++) {
		refusal = (const int[]){ -ENOSYS, -EPERM, -EINVAL }[i];
		scan = scan_now(LIBNS_SCAN_PROCESSES | LIBNS_SCAN_LISTNS, 0);
		CHECK(libns_scan_count(scan) > 0);
		libns_scan_free(scan);
	}
}

TEST(a_handle_leads_to_its_namespace_only)
{
	int uts = make(CLONE_NEWUTS, "/proc/self/ns/uts"), fd;
	struct listns_handle handle;

	list(uts);
	fd = __real_listns_open(&listed[0]);
	if (fd == -EPERM)
		SKIP("may not open by handle");
	CHECK(fd >= 3);
	CHECK_INT(inode_of(fd), inode_of(uts));
	CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	handle = listed[0];
	handle.ino++;
	CHECK_INT(__real_listns_open(&handle), -ESTALE);
	handle = listed[0];
	handle.id += 1000000;
	CHECK_INT(__real_listns_open(&handle), -ESTALE);
}

/* Nothing replaced: what the kernel lists and what is found. */
TEST(the_real_call)
{
	struct libns_scan *scan;
	uint64_t id;
	int uts;

	isolate();
	uts = make(CLONE_NEWUTS, "/proc/self/ns/uts");
	if (__real_listns_read(0, LIBNS_TYPES_ALL, &id, 1) == -ENOSYS)
		SKIP("the kernel has no listns(2): since Linux 6.19");
	scan = scan_now(LIBNS_SCAN_PROCESSES | LIBNS_SCAN_LISTNS, 0);
	CHECK(libns_scan_find(scan, inode_of(uts)) != NULL);
	libns_scan_free(scan);
}

TAP_MAIN
