/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The snapshot of this very system, as far as a test can know it. */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <libns/libns.h>

#include "hide.h"
#include "scan/source.h"
#include "tap.h"

static struct libns_scan *scan_now(uint64_t sources, uint64_t types)
{
	struct libns_scan_options options = { sizeof(options), sources, types, 0 };
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_scan *scan = NULL;
	int r = libns_scan_new(LIBNS_PROCFS, &options, &scan, &err);

	if (r < 0)
		TAP_FAIL("cannot scan: %s", libns_error_text(&err));
	return scan;
}

static uint64_t own_inode(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 ? 0 : st.st_ino;
}

TEST(we_are_in_it)
{
	struct libns_scan *scan = scan_now(0, 0);
	const struct libns_task *task = libns_scan_find_task(scan, getpid());
	const struct libns_node *node;

	CHECK(task != NULL);
	CHECK_INT(libns_task_get_pid(task), getpid());
	/* The scan's own readers can be among them. */
	CHECK(libns_task_count_threads(task) >= 1);
	node = libns_task_get_ns(task, LIBNS_TYPE_NET);
	CHECK(node != NULL);
	CHECK_INT(libns_node_get_id(node)->ino, own_inode("/proc/self/ns/net"));
	CHECK(libns_scan_find(scan, libns_node_get_id(node)->ino) == node);
	CHECK_INT(libns_node_get_type(node), LIBNS_TYPE_NET);
	CHECK(libns_node_count_tasks(node) >= 1);
	CHECK(libns_task_get_ppid(task) == 0);
	scan = libns_scan_free(scan);
	CHECK(scan == NULL);
}

TEST(details_on_demand)
{
	struct libns_scan *scan = scan_now(LIBNS_SCAN_PROCESSES, LIBNS_TYPE_NET);
	const struct libns_task *task = libns_scan_find_task(scan, getpid());
	uid_t uid = 12345;

	CHECK(task != NULL);
	CHECK(!libns_task_get_uid(task, &uid));
	CHECK_INT(libns_scan_read_details(scan, &task, 1, 7, NULL), 0);
	CHECK_INT(libns_task_get_ppid(task), getppid());
	CHECK(libns_task_get_uid(task, &uid));
	CHECK_INT(uid, geteuid());
	CHECK_STR(libns_task_get_comm(task), "test-scan");
	CHECK_CONTAINS(libns_task_get_command(task), "test-scan");
	CHECK(!libns_task_is_blocked(task));
	CHECK_INT(libns_scan_read_details(scan, &task, 1, 64, NULL), -EINVAL);
	libns_scan_free(scan);
}

TEST(types_that_were_not_asked_for_are_not_listed)
{
	struct libns_scan *scan = scan_now(0, LIBNS_TYPE_UTS | LIBNS_TYPE_IPC);

	CHECK(libns_scan_count(scan) >= 2);
	for (size_t i = 0; i < libns_scan_count(scan); i++)
		CHECK(libns_node_get_type(libns_scan_at(scan, i)) &
		      (LIBNS_TYPE_UTS | LIBNS_TYPE_IPC));
	CHECK(libns_scan_at(scan, libns_scan_count(scan)) == NULL);
	libns_scan_free(scan);
}

TEST(options_are_checked)
{
	struct libns_scan_options options = LIBNS_SCAN_OPTIONS_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_scan *scan = NULL;

	options.sources = UINT64_C(1) << 60;
	CHECK_INT(libns_scan_new(LIBNS_PROCFS, &options, &scan, &err), -EINVAL);
	CHECK_CONTAINS(err.text, "source");
	options = (struct libns_scan_options)LIBNS_SCAN_OPTIONS_INIT;
	options.types = 1;
	CHECK_INT(libns_scan_new(LIBNS_PROCFS, &options, &scan, NULL), -EINVAL);
	options = (struct libns_scan_options)LIBNS_SCAN_OPTIONS_INIT;
	options.bpf = 3;
	CHECK_INT(libns_scan_new(LIBNS_PROCFS, &options, &scan, &err), -EINVAL);
	CHECK_CONTAINS(err.text, "BPF");
	options.size = 0;
	CHECK_INT(libns_scan_new(LIBNS_PROCFS, &options, &scan, NULL), -EINVAL);
	CHECK_INT(libns_scan_new(LIBNS_PROCFS, NULL, NULL, NULL), -EINVAL);
	CHECK(scan == NULL);
}

TEST(a_directory_without_processes)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_scan *scan = NULL;
	int fd = tap_keep(open("/proc/self/ns", O_PATH | O_DIRECTORY | O_CLOEXEC));

	CHECK_INT(libns_scan_new(fd, NULL, &scan, &err), -ESRCH);
	CHECK_CONTAINS(err.text, "no process");
}

TEST(a_descriptor_holds)
{
	struct libns_holders *holders = NULL;
	const struct libns_holder *holder;
	struct libns_scan *scan;
	const struct libns_node *node;
	uint64_t ino;
	bool seen = false;
	int fd, home = tap_keep(open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC));

	if (unshare(CLONE_NEWUTS) < 0)
		SKIP("may not create a uts namespace");
	fd = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
	ino = own_inode("/proc/self/ns/uts");
	CHECK_INT(setns(home, CLONE_NEWUTS), 0);
	scan = scan_now(0, 0);
	node = libns_scan_find(scan, ino);
	CHECK(node != NULL);
	CHECK(libns_node_get_leader(node) == NULL);
	CHECK_INT(libns_node_count_tasks(node), 0);
	CHECK(libns_node_get_owner(node) != NULL);
	CHECK_INT(libns_node_get_id(libns_node_get_owner(node))->ino,
		  own_inode("/proc/self/ns/user"));
	CHECK_INT(libns_holders_new(scan, node, &holders, NULL), 0);
	for (size_t i = 0; (holder = libns_holders_at(holders, i)); i++)
		if (holder->kind == LIBNS_HOLDER_FD && holder->pid == getpid())
			seen = holder->fd == fd;
	CHECK(seen);
	CHECK(libns_holders_at(holders, libns_holders_count(holders)) == NULL);
	CHECK(libns_holders_at(holders, libns_holders_count(holders) - 1) != NULL);
	libns_holders_freep(&holders);
	CHECK(holders == NULL);
	close(fd);
	CHECK_INT(libns_scan_open(scan, node, NULL), -ENOENT);
	libns_scan_free(scan);
}

TEST(opens_what_it_found)
{
	struct libns_scan *scan = scan_now(0, 0);
	const struct libns_node *node = libns_scan_find(scan, own_inode("/proc/self/ns/ipc"));
	struct libns_id id;
	int fd;

	CHECK(node != NULL);
	fd = tap_keep(libns_scan_open(scan, node, NULL));
	CHECK(fd >= 3);
	CHECK_INT(libns_fd_query_id(fd, &id, NULL), 0);
	CHECK(libns_id_equal(&id, libns_node_get_id(node)));
	CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	libns_scan_free(scan);
}

TEST(opens_by_the_id_that_is_never_used_again)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int own = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC), fd;
	struct stat st;
	uint64_t id;

	CHECK_INT(libns_target_open_id(LIBNS_PROCFS, LIBNS_TYPE_UTS, UINT64_MAX, &err), -ENOENT);
	CHECK_STR(err.text, "there is no uts namespace with id 18446744073709551615");
	if (libns_fd_query_unique_id(own, &id, &err) == -EOPNOTSUPP)
		SKIP("the kernel has no NS_GET_ID (before Linux 6.18)");
	fd = libns_target_open_id(LIBNS_PROCFS, LIBNS_TYPE_UTS, id, &err);
	if (fd < 0)
		TAP_FAIL("%s", err.text);
	CHECK_INT(fstat(fd, &st), 0);
	CHECK_INT(st.st_ino, own_inode("/proc/self/ns/uts"));
	CHECK_INT(libns_target_open_id(LIBNS_PROCFS, LIBNS_TYPE_NET, id, &err), -ENOENT);
	close(fd);
	close(own);
}

TEST(leaves_no_descriptor_and_no_child)
{
	int before = dup(0);

	close(before);
	for (int i = 0; i < 3; i++)
		libns_scan_free(scan_now(0, 0));
	CHECK_INT(tap_keep(dup(0)), before);
	CHECK_INT(waitpid(-1, NULL, __WALL | WNOHANG), -1);
}

TEST(one_thread_sees_what_two_see)
{
	struct libns_scan_options options = LIBNS_SCAN_OPTIONS_INIT;
	struct libns_scan *one = NULL, *many = NULL;
	const struct libns_task *task;

	options.threads = 1;
	CHECK_INT(libns_scan_new(LIBNS_PROCFS, &options, &one, NULL), 0);
	options.threads = 4;
	CHECK_INT(libns_scan_new(LIBNS_PROCFS, &options, &many, NULL), 0);
	task = libns_scan_find_task(many, getpid());
	CHECK(task != NULL);
	for (size_t i = 0; libns_type_at(i); i++) {
		const struct libns_node *a = libns_task_get_ns(task, libns_type_at(i));
		const struct libns_node *b =
			libns_task_get_ns(libns_scan_find_task(one, getpid()), libns_type_at(i));

		CHECK(a && b && libns_id_equal(libns_node_get_id(a), libns_node_get_id(b)));
	}
	for (size_t i = 1; i < libns_scan_count_tasks(many); i++)
		CHECK(libns_task_get_pid(libns_scan_task_at(many, i - 1)) <
		      libns_task_get_pid(libns_scan_task_at(many, i)));
	libns_scan_free(one);
	libns_scan_free(many);
}

/* Holders of our own descriptors, as kind and number. */
static size_t list_own(const struct libns_scan *scan, uint64_t ino, uint64_t *ret, size_t max)
{
	const struct libns_node *node = libns_scan_find(scan, ino);
	struct libns_holders *holders = NULL;
	const struct libns_holder *holder;
	size_t own = 0;

	CHECK(node != NULL);
	CHECK_INT(libns_holders_new(scan, node, &holders, NULL), 0);
	for (size_t i = 0; (holder = libns_holders_at(holders, i)); i++)
		if (holder->pid == getpid() && own < max)
			ret[own++] = (uint64_t)holder->kind << 32 | (uint32_t)holder->fd;
	libns_holders_free(holders);
	return own;
}

/* So many that one record of the iterator cannot hold them. */
TEST(bpf_sees_what_procfs_shows)
{
	struct libns_scan_options options = LIBNS_SCAN_OPTIONS_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	static uint64_t seen[2][4096];
	struct libns_scan *scans[2] = { NULL, NULL };
	const struct libns_task *tasks[2];
	size_t n[2];

	setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 4096, 4096 });
	options.bpf = LIBNS_SCAN_BPF_ALWAYS;
	if (libns_scan_new(LIBNS_PROCFS, &options, &scans[0], &err) < 0) {
		printf("# %s\n", err.text);
		SKIP("BPF cannot be used here: see above");
	}
	scans[0] = libns_scan_free(scans[0]);
	for (int i = 0; i < 60; i++)
		CHECK(open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC) >= 0);
	for (int round = 0; round < 2; round++) {
		uint64_t ino = own_inode(round ? "/proc/self/ns/net" : "/proc/self/ns/uts");
		size_t at_least = round ? 1200 : 60;

		for (int i = 0; round && i < 1200; i++)
			if (socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) < 0)
				at_least = (size_t)i; /* RLIMIT_NOFILE */
		for (int i = 0; i < 2; i++) {
			options.bpf = i ? LIBNS_SCAN_BPF_NEVER : LIBNS_SCAN_BPF_ALWAYS;
			options.threads = 1;
			CHECK_INT(libns_scan_new(LIBNS_PROCFS, &options, &scans[i], &err), 0);
			n[i] = list_own(scans[i], ino, seen[i], 4096);
			tasks[i] = libns_scan_find_task(scans[i], getpid());
			CHECK_INT(libns_scan_read_details(scans[i], &tasks[i], 1, 3, NULL), 0);
		}
		CHECK_INT(n[0], n[1]);
		CHECK(n[0] >= at_least);
		CHECK(!memcmp(seen[0], seen[1], n[0] * sizeof(seen[0][0])));
		CHECK_INT(libns_task_get_ppid(tasks[0]), libns_task_get_ppid(tasks[1]));
		CHECK_STR(libns_task_get_comm(tasks[0]), libns_task_get_comm(tasks[1]));
		CHECK_INT(libns_task_count_threads(tasks[0]), libns_task_count_threads(tasks[1]));
		libns_scan_free(scans[0]);
		libns_scan_free(scans[1]);
	}
	/* Two thousand of them. */
	close_range(3, TAP_PROCFS - 1, 0);
	close_range(TAP_PROCFS + 1, ~0U, 0);
}

TEST(the_mounts_of_a_process_that_has_ended_are_no_failure)
{
	struct libns_scan *scan = scan_now(0, 0);
	char path[64];
	siginfo_t info;
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	/* A zombie is still in /proc, but in no mount namespace. */
	CHECK_INT(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	snprintf(path, sizeof(path), "%d/mountinfo", pid);
	CHECK_INT(scan_read_mountinfo(scan, NULL, scan->procfs_fd, path), -ESRCH);
	waitpid(pid, NULL, 0);
	libns_scan_free(scan);
}

/* What BPF leaves to procfs: all descriptors of a process, and a single one. */
TEST(descriptors_by_number)
{
	struct libns_scan *scan = scan_now(LIBNS_SCAN_PROCESSES, LIBNS_TYPE_UTS);
	int fd = tap_keep(open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC));
	struct scan_worker worker = { .scan = scan };

	scan_some_fds(&worker, getpid(), getpid(), -1);
	scan_some_fds(&worker, getpid(), getpid(), fd);
	CHECK_INT(worker.error, 0);
	CHECK_INT(worker.n_finds, 2);
	for (size_t i = 0; i < 2; i++) {
		CHECK_INT(worker.finds[i].fd, fd);
		CHECK_INT(worker.finds[i].ino, own_inode("/proc/self/ns/uts"));
	}
	scan_free_worker(&worker);
	libns_scan_free(scan);
}

static void make_uts(void)
{
	must(unshare(CLONE_NEWUTS));
	tell(inode("/proc/self/ns/uts"));
}

TEST(the_first_process_of_a_namespace)
{
	struct hidden hidden = hide(make_uts, 1);
	struct libns_scan *scan = NULL;
	const struct libns_task *task;
	const struct libns_node *node;

	CHECK_INT(libns_scan_new(LIBNS_PROCFS, NULL, &scan, NULL), 0);
	task = libns_scan_find_task(scan, hidden.pid);
	CHECK(task != NULL);
	/* We are number 1 here, and the child has come to us. */
	node = libns_task_get_ns(task, LIBNS_TYPE_PID);
	CHECK(libns_node_get_first(node) == libns_scan_find_task(scan, getpid()));
	CHECK_INT(libns_task_get_pid(libns_node_get_first(node)), 1);
	/* No pid namespace begins in this one. */
	node = libns_scan_find(scan, hidden.ino[0]);
	CHECK(node != NULL);
	CHECK(libns_node_get_first(node) == NULL);
	CHECK(libns_node_get_leader(node) == task);
	libns_scan_free(scan);
	kill(hidden.pid, SIGKILL);
	waitpid(hidden.pid, NULL, 0);
}

TAP_MAIN
