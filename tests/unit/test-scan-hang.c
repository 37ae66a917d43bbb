/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Processes and file systems that never answer: a scan goes on, shows what it
 * knows, and counts the rest. Were it to wait, the alarm of the case would end it.
 */

#include <errno.h>
#include <linux/fuse.h>
#include <string.h>
#include <sys/mman.h>

#include <libns/libns.h>

#include "hide.h"
#include "tap.h"

static const struct libns_task *details_of(struct libns_scan *scan, pid_t pid)
{
	const struct libns_task *task = libns_scan_find_task(scan, pid);

	CHECK(task != NULL);
	CHECK_INT(libns_scan_read_details(scan, &task, 1, 7, NULL), 0);
	return task;
}

/* As a lister asks whose rows stand for eight namespaces of the same process. */
static const struct libns_task *details_of_many(struct libns_scan *scan, pid_t pid)
{
	const struct libns_task *task = libns_scan_find_task(scan, pid);
	const struct libns_task *tasks[] = { task, task, task, task, task, task, task, task };

	CHECK(task != NULL);
	CHECK_INT(libns_scan_read_details(scan, tasks, 8, 7, NULL), 0);
	return task;
}

static struct libns_scan *scan_all(void)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_scan *scan = NULL;

	if (libns_scan_new(LIBNS_PROCFS, NULL, &scan, &err) < 0)
		TAP_FAIL("%s", err.text);
	return scan;
}

static void end(const struct hidden *hidden)
{
	kill(hidden->pid, SIGKILL);
	/* Also its helpers, which have become ours, and a reader that was beyond the reach of KILL. */
	while (waitpid(-1, NULL, __WALL) > 0)
		;
}

/*
 * A FUSE server with one file "x" that can be opened and never be read. It ends
 * with its parent, and with it all who wait for it. It tells when somebody waits.
 */
static void serve(int fd, int asked)
{
	char in[FUSE_MIN_READ_BUFFER + 4096];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		struct {
			struct fuse_out_header head;
			union {
				struct fuse_init_out init;
				struct fuse_entry_out entry;
				struct fuse_attr_out attr;
				struct fuse_open_out open;
			} u;
		} out = { .head = { .len = sizeof(out.head) } };
		const struct fuse_in_header *head = (void *)in;
		struct fuse_attr *attr = &out.u.attr.attr;

		if (read(fd, in, sizeof(in)) < (ssize_t)sizeof(*head))
			_exit(1);
		out.head.unique = head->unique;
		switch (head->opcode) {
		case FUSE_INIT:
			out.u.init = (struct fuse_init_out){ .major = FUSE_KERNEL_VERSION,
							     .minor = FUSE_KERNEL_MINOR_VERSION,
							     .max_write = 4096 };
			out.head.len += sizeof(out.u.init);
			break;
		case FUSE_LOOKUP:
			out.u.entry.nodeid = 2;
			attr = &out.u.entry.attr;
			out.head.len += sizeof(out.u.entry);
			break;
		case FUSE_GETATTR:
			out.head.len += sizeof(out.u.attr);
			break;
		case FUSE_OPEN:
			out.head.len += sizeof(out.u.open);
			break;
		case FUSE_READ:
			(void)!write(asked, "", 1);
			continue;
		default:
			out.head.error = -ENOSYS;
			break;
		}
		if (head->opcode == FUSE_LOOKUP || head->opcode == FUSE_GETATTR) {
			bool root = head->opcode == FUSE_GETATTR && head->nodeid == 1;

			attr->ino = root ? 1 : 2;
			attr->mode = root ? S_IFDIR | 0755 : S_IFREG | 0644;
			attr->nlink = 1;
			attr->size = 4096;
		}
		(void)!write(fd, &out, out.head.len);
	}
}

/*
 * Locks its own memory for good: somebody who reads it through /proc/<pid>/mem
 * holds the lock while waiting for the server; our mmap() queues behind, and
 * whoever wants to read our command line behind that.
 */
static void make_blocked(void)
{
	char options[128], path[32], byte;
	int fd = open("/dev/fuse", O_RDWR), asked[2], file, memory;
	char *map;
	pid_t pid;

	must(fd);
	must(pipe(asked));
	private_tmpfs();
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
	must(mount("never", "/mnt", "fuse", 0, options));
	pid = fork();
	must(pid);
	if (pid == 0)
		serve(fd, asked[1]);
	close(fd);
	file = open("/mnt/x", O_RDONLY);
	must(file);
	map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, file, 0);
	must(map == MAP_FAILED ? -1 : 0);
	snprintf(path, sizeof(path), "/proc/%d/mem", getpid());
	memory = open(path, O_RDONLY);
	must(memory);
	pid = fork();
	must(pid);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)!pread(memory, &byte, 1, (off_t)(uintptr_t)map);
		_exit(0);
	}
	must(unshare(CLONE_NEWUTS));
	/* From now on the lock is held. */
	must(read(asked[0], &byte, 1) == 1 ? 0 : -1);
	tell(inode("/proc/self/ns/uts"));
	(void)mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* Waits until it waits for the lock, in a sleep that no signal but KILL ends. */
static void wait_until_blocked(pid_t pid)
{
	char path[64], text[512], *state;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	for (;;) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		ssize_t n = read(fd, text, sizeof(text) - 1);

		close(fd);
		CHECK(n > 0);
		text[n] = '\0';
		state = strrchr(text, ')');
		CHECK(state != NULL);
		if (state[2] == 'D')
			return;
		usleep(1000);
	}
}

TEST(command_line_that_cannot_be_read)
{
	struct hidden hidden = hide(make_blocked, 1);
	const struct libns_task *task, *other;
	struct libns_scan *scan;

	wait_until_blocked(hidden.pid);
	scan = scan_all();
	task = details_of_many(scan, hidden.pid);
	other = details_of(scan, getpid());
	CHECK(libns_task_is_blocked(task));
	CHECK_STR(libns_task_get_command(task), "test-scan-hang");
	CHECK_INT(libns_task_get_ppid(task), getpid());
	CHECK_INT(libns_scan_count_unseen(scan, LIBNS_UNSEEN_COMMANDS), 1);
	CHECK(!libns_task_is_blocked(other));
	CHECK(libns_scan_find(scan, hidden.ino[0]) != NULL);
	libns_scan_free(scan);
	end(&hidden);
}

/* A FUSE file system on @dir whose server does not even say hello. */
static void mount_dead_fuse(const char *dir)
{
	char options[128];
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	must(fd);
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
	must(mount("dead", dir, "fuse", 0, options));
}

static void make_dead_descriptor(void)
{
	private_tmpfs();
	must(mkdir("/mnt/dead", 0700));
	mount_dead_fuse("/mnt/dead");
	/* The root of it can be had without a word to the server; stat(2) would ask. */
	must(open("/mnt/dead", O_PATH | O_CLOEXEC));
	tell(inode("/proc/self/ns/mnt"));
}

TEST(descriptor_on_a_dead_file_system)
{
	struct hidden hidden = hide(make_dead_descriptor, 1);
	struct libns_scan *scan = scan_all();

	CHECK_STR(libns_task_get_comm(details_of(scan, hidden.pid)), "test-scan-hang");
	CHECK(libns_scan_find(scan, hidden.ino[0]) != NULL);
	libns_scan_free(scan);
	end(&hidden);
}

static void make_dead_path(void)
{
	private_tmpfs();
	bind_fresh(4, "/mnt/alive");
	must(mkdir("/mnt/dir", 0700));
	bind_fresh(3, "/mnt/dir/covered");
	mount_dead_fuse("/mnt/dir");
	tell(1);
}

TEST(bind_mount_behind_a_dead_file_system)
{
	struct hidden hidden = hide(make_dead_path, 3);
	struct libns_scan *scan = scan_all();
	const struct libns_node *alive = libns_scan_find(scan, hidden.ino[0]);
	const struct libns_node *covered = libns_scan_find(scan, hidden.ino[1]);

	CHECK(alive && covered);
	CHECK(libns_node_get_owner(alive) != NULL);
	CHECK(libns_node_get_owner(covered) == NULL);
	CHECK(libns_scan_count_unseen(scan, LIBNS_UNSEEN_RELATIONS) >= 1);
	CHECK_INT(libns_scan_open(scan, covered, NULL), -ENOENT);
	libns_scan_free(scan);
	end(&hidden);
}

TAP_MAIN
