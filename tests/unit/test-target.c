/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the words lead to, and above all what they do not lead to any more. */

#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>

#include <libns/netns.h>
#include <libns/nsfd.h>
#include <libns/target.h>
#include <libns/type.h>

#include "base/sys.h"
#include "fake-host.h"
#include "pid-namespace.h"
#include "process.h"
#include "target/target.h"

static void free_target(void *target)
{
	libns_target_free(target);
}

static int look(const struct target_places *places, const char *word, struct libns_error *err)
{
	struct libns_target *target = NULL;
	int r = target_new_in(places, word, &target, err);

	if (r < 0)
		return r;
	CHECK_INT(r, 0);
	tap_later(free_target, target);
	return (int)(libns_target_get_proc(target)
			     ? libns_proc_get_pid(libns_target_get_proc(target))
			     : 0);
}

static const struct target_places real = { LIBNS_PROCFS, LIBNS_ROOT, LIBNS_NETNS_RUN };

static struct libns_target *target_of(const char *word)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_target *target = NULL;

	if (libns_target_new(LIBNS_PROCFS, word, &target, &err) < 0)
		TAP_FAIL("%s: %s", word, err.text);
	tap_later(free_target, target);
	return target;
}

static char *word_of(const char *format, ...)
{
	static char text[128];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return text;
}

/* The made-up host as target_new_in() is told of it. */
static struct target_places places(void)
{
	make_directory("netns");
	return (struct target_places){ open_below("proc"), open_below("."), open_below("netns") };
}

TEST(words_that_mean_nothing)
{
	static const char *const words[] = {
		"",      "0",          "-1",      "1x",         " 1",      "1 ",    "abc",
		":5",    "5:",         "5:x",     "5:-1",       "tid:",    "tid:0", "tid:x",
		"fd:",   "fd:-1",      "fd:x",    "ns:",        "ns:x",    "ns:-1", "pid:5",
		"foo:1", "netns:",     "netns:/", "container:", "netns:.", "5:6:7", "+5",
		"0x5",   "4294967297", "ns:1x",   "fd:1:2",     "tid:1:2"
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct libns_error err = LIBNS_ERROR_INIT;
		struct libns_target *target = NULL;

		if (libns_target_new(LIBNS_PROCFS, words[i], &target, &err) != -EINVAL)
			TAP_FAIL("'%s' is taken: %s", words[i], err.text);
		CHECK_INT(err.code, EINVAL);
		CHECK(target == NULL && err.text[0]);
	}
	CHECK_INT(libns_target_new(LIBNS_PROCFS, NULL, NULL, NULL), -EINVAL);
}

TEST(the_form_of_a_word)
{
	static const char *const words[] = { "1",           "4711",      "tid:7",   "fd:x", "ns:",
					     "container:a", "cgroup:/a", "netns:b", "0" };
	static const char *const others[] = {
		"", "ls", "1x", ":5", "pid:5", "tid", "/bin/sh", "-1"
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!libns_target_is_word(words[i]))
			TAP_FAIL("'%s' is no target", words[i]);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (libns_target_is_word(others[i]))
			TAP_FAIL("'%s' is a target", others[i]);
}

TEST(a_word_that_is_none_says_which_there_are)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	CHECK_INT(look(&real, "sandbox:7", &err), -EINVAL);
	CHECK_INT(err.step, LIBNS_STEP_ARGUMENT);
	CHECK_CONTAINS(err.text, "'sandbox:7' is not a process id");
	CHECK_CONTAINS(err.text, "container:NAME");
}

TEST(a_process_and_its_thread_by_number)
{
	struct libns_target *target = target_of(word_of("%d", getpid()));

	CHECK_INT(libns_proc_get_pid(libns_target_get_proc(target)), getpid());
	CHECK_INT(libns_target_get_ns_fd(target), -1);
	CHECK(libns_target_get_container(target) == NULL);
	target = target_of(word_of("tid:%d", getpid()));
	CHECK_INT(libns_proc_get_pid(libns_target_get_proc(target)), getpid());
	CHECK(libns_target_free(NULL) == NULL);
}

TEST(a_process_that_has_ended)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	pid_t pid = start(NULL);

	end(pid);
	CHECK_INT(look(&real, word_of("%d", pid), &err), -ESRCH);
	CHECK_INT(err.step, LIBNS_STEP_PROC);
	CHECK_INT(look(&real, word_of("tid:%d", pid), &err), -ESRCH);
}

static unsigned long long inode_of(pid_t pid)
{
	int pidfd = sys_pidfd_open(pid, 0);
	struct stat st;

	CHECK(pidfd >= 0 && fstat(pidfd, &st) == 0);
	close(pidfd);
	if (st.st_ino < 1000)
		SKIP("this kernel gives processes no inode (Linux 6.9 does)");
	return st.st_ino;
}

TEST(a_process_by_its_inode)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	pid_t pid = start(NULL);
	unsigned long long inode = inode_of(pid);

	CHECK_INT(look(&real, word_of("%d:%llu", pid, inode), &err), pid);
	CHECK_INT(look(&real, word_of("%d:%llu", pid, inode + 1), &err), -ESRCH);
	CHECK_CONTAINS(err.text, "it is another process");
}

/* In a pid namespace of its own nobody else takes the number. */
static void give_the_number_away(void)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	pid_t old = start(NULL);
	unsigned long long inode;

	if (mount("proc", "/proc", "proc", 0, NULL) < 0)
		SKIP("no new procfs here");
	inode = inode_of(old);
	end(old);
	start_with_number(old);
	CHECK_INT(look(&real, word_of("%d", old), &err), old);
	CHECK_INT(look(&real, word_of("%d:%llu", old, inode), &err), -ESRCH);
	CHECK_CONTAINS(err.text, "it is another process");
	CHECK_INT(kill(old, SIGKILL), 0);
}

TEST(a_number_that_was_given_to_another_process)
{
	in_pid_namespace(give_the_number_away);
}

TEST(descriptors)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	pid_t pid = start(NULL);
	int pidfd = tap_keep(sys_pidfd_open(pid, 0));
	int ns = tap_keep(open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC));
	int file = tap_keep(open("/dev/null", O_RDONLY | O_CLOEXEC));
	struct libns_target *target;

	CHECK(pidfd >= 0 && ns >= 0 && file >= 0);
	CHECK_INT(look(&real, word_of("fd:%d", pidfd), &err), pid);
	target = target_of(word_of("fd:%d", ns));
	CHECK(libns_target_get_proc(target) == NULL);
	CHECK(libns_target_get_ns_fd(target) > 2 && libns_target_get_ns_fd(target) != ns);
	CHECK_INT(libns_fd_same(libns_target_get_ns_fd(target), ns, &err), 1);
	CHECK_INT(libns_target_prefer_child(target, LIBNS_TYPES_ALL, &err), 0);
	CHECK_INT(look(&real, word_of("fd:%d", file), &err), -EINVAL);
	CHECK_CONTAINS(err.text, "is not a pidfd");
	CHECK_INT(look(&real, "fd:999", &err), -EBADF);
	CHECK_INT(libns_target_new_from_fd(LIBNS_PROCFS, -1, &target, &err), -EBADF);
	end(pid);
	CHECK_INT(look(&real, word_of("fd:%d", pidfd), &err), -ESRCH);
}

TEST(a_namespace_by_its_inode)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_target *target;
	struct stat st;
	int ns = tap_keep(open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC));

	CHECK(ns >= 0 && fstat(ns, &st) == 0);
	target = target_of(word_of("ns:%llu", (unsigned long long)st.st_ino));
	CHECK_INT(libns_fd_same(libns_target_get_ns_fd(target), ns, &err), 1);
	CHECK_INT(look(&real, "ns:1", &err), -ENOENT);
	CHECK_CONTAINS(err.text, "no namespace 1");
}

TEST(a_named_network_namespace_that_is_not_there)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct target_places p;

	begin();
	p = places();
	CHECK_INT(look(&p, "netns:blue", &err), -ENOENT);
	CHECK_CONTAINS(err.text, "blue");
}

/* ---------------------------------------------------------------- control groups */

TEST(the_first_process_of_a_group_or_below)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct target_places p;

	begin();
	p = places();
	process(77, "0::/a/b\n", 5, 'S');
	put("sys/fs/cgroup/cgroup.procs", "%s", "");
	put("sys/fs/cgroup/a/cgroup.procs", "%s", "");
	put("sys/fs/cgroup/a/b/cgroup.procs", "0\n77\n");
	put("sys/fs/cgroup/empty/cgroup.procs", "%s", "");
	CHECK_INT(look(&p, "cgroup:/a/b", &err), 77);
	CHECK_INT(look(&p, "cgroup:a", &err), 77);
	CHECK_INT(look(&p, "cgroup:/sys/fs/cgroup/a/b", &err), 77);
	CHECK_INT(look(&p, "cgroup:/", &err), 77);
	CHECK_INT(look(&p, "cgroup:/empty", &err), -ESRCH);
	CHECK_STR(err.text, "there is no process in cgroup '/empty'");
	CHECK_INT(look(&p, "cgroup:/none", &err), -ENOENT);
	CHECK_STR(err.text, "there is no cgroup '/none'");
	CHECK_INT(look(&p, "cgroup:/sys/fs/cgroup/none", &err), -ENOENT);
}

TEST(a_group_of_a_hierarchy)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct target_places p;

	begin();
	p = places();
	process(77, "4:memory:/a\n", 5, 'S');
	put("sys/fs/cgroup/memory/a/cgroup.procs", "77\n");
	CHECK_INT(look(&p, "cgroup:/a", &err), 77);
	CHECK_INT(look(&p, "cgroup:/sys/fs/cgroup/a", &err), -ENOENT);
	CHECK_INT(look(&p, "cgroup:/memory", &err), -ENOENT);
	CHECK_CONTAINS(err.text, "cannot read which processes are in cgroup '/memory'");
}

TEST(members_that_have_ended_are_passed_over)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct target_places p;

	begin();
	p = places();
	process(77, "0::/a\n", 5, 'S');
	put("sys/fs/cgroup/a/cgroup.procs", "75\n76\n77\n");
	put("sys/fs/cgroup/gone/cgroup.procs", "75\n");
	CHECK_INT(look(&p, "cgroup:/a", &err), 77);
	CHECK_INT(look(&p, "cgroup:/gone", &err), -ESRCH);
	CHECK_CONTAINS(err.text, "any more");
}

/* A list that is another one each time it is read. Whoever has opened the one has it to itself: before
 * it says anything, the next is in its place. */
static void put_lists(const char *path, const char *first, const char *second)
{
	const char *const lists[] = { first, second };
	char whole[512], next[520];
	pid_t pid;

	snprintf(whole, sizeof(whole), "%s/%s", root, path);
	snprintf(next, sizeof(next), "%s.next", whole);
	put(path, "%s", "");
	CHECK(unlink(whole) == 0 && mkfifo(whole, 0644) == 0 && mkfifo(next, 0644) == 0);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (int i = 0; i < 2; i++) {
			int fd = open(whole, O_WRONLY | O_CLOEXEC);

			if (fd < 0 || (i == 0 && rename(next, whole) < 0) ||
			    write(fd, lists[i], strlen(lists[i])) < 0)
				_exit(1);
			close(fd);
		}
		_exit(0);
	}
	tap_keep_child(pid);
}

TEST(a_process_that_has_left_the_group_meanwhile_is_not_taken)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct target_places p;

	begin();
	p = places();
	process(77, "0::/other\n", 5, 'S');
	put_lists("sys/fs/cgroup/a/cgroup.procs", "77\n", "78\n");
	CHECK_INT(look(&p, "cgroup:/a", &err), -ESRCH);
	CHECK_CONTAINS(err.text, "any more");
}

/* ---------------------------------------------------------------- containers */

TEST(a_container_by_its_name)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_target *target = NULL;
	const struct libns_container *c;
	struct target_places p;

	begin();
	p = places();
	process(77, "0::/system.slice/docker-" ID_A ".scope\n", 5, 'S');
	CHECK_INT(target_new_in(&p, "container:aaaaaaaaaaaa1", &target, &err), 0);
	tap_later(free_target, target);
	CHECK_INT(libns_proc_get_pid(libns_target_get_proc(target)), 77);
	c = libns_target_get_container(target);
	CHECK(c != NULL);
	CHECK_STR(c->runtime, "docker");
	CHECK_STR(c->id, ID_A);
	CHECK_INT(c->pid, 77);
	CHECK_INT(look(&p, "container:nobody", &err), -ENOENT);
	CHECK_CONTAINS(err.text, "there is no container 'nobody'");
}

/* ---------------------------------------------------------------- parents and children */

static void put_status(int pid, int ppid)
{
	char path[64];

	snprintf(path, sizeof(path), "proc/%d/status", pid);
	put(path,
	    "Name:\tx\nState:\tS (sleeping)\nTgid:\t%d\nPPid:\t%d\nUid:\t0\t0\t0\t0\n"
	    "Gid:\t0\t0\t0\t0\nThreads:\t1\n",
	    pid, ppid);
}

static int only_child(int procfs, int parent, struct libns_error *err)
{
	struct libns_proc *proc = NULL, *child = NULL;
	int r;

	CHECK_INT(libns_proc_new(procfs, parent, &proc, err), 0);
	r = target_pin_only_child(procfs, proc, &child, err);
	if (r == 1)
		r = libns_proc_get_pid(child);
	libns_proc_free(child);
	libns_proc_free(proc);
	return r;
}

TEST(the_only_child_is_one_of_this_parent)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int procfs;

	begin();
	procfs = open_below("proc");
	put_status(70, 1);
	/* Not every kernel tells. */
	CHECK_INT(only_child(procfs, 70, &err), 0);
	put("proc/70/task/70/children", "%s", "");
	CHECK_INT(only_child(procfs, 70, &err), 0);
	put("proc/70/task/70/children", "71 ");
	CHECK_INT(only_child(procfs, 70, &err), 0);
	put_status(71, 70);
	CHECK_INT(only_child(procfs, 70, &err), 71);
	put("proc/70/task/70/children", "71 72 ");
	CHECK_INT(only_child(procfs, 70, &err), 0);
	/* The number is another process's by now. */
	put("proc/70/task/70/children", "71 ");
	put_status(71, 1);
	CHECK_INT(only_child(procfs, 70, &err), 0);
	put("proc/70/task/70/children", "x ");
	CHECK_INT(only_child(procfs, 70, &err), -EBADMSG);
	CHECK_CONTAINS(err.text, "malformed");
}

TEST(ancestors_of_the_caller)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_proc *grandparent = pin(getppid()), *self = pin(getpid());
	int status;
	pid_t pid;

	CHECK_INT(target_is_ancestor(LIBNS_PROCFS, grandparent, &err), 1);
	CHECK_INT(target_is_ancestor(LIBNS_PROCFS, pin(start(NULL)), &err), 0);
	CHECK_INT(target_is_ancestor(LIBNS_PROCFS, self, &err), 0);
	pid = fork();
	if (pid == 0)
		_exit(target_is_ancestor(LIBNS_PROCFS, self, NULL) != 1 ||
		      target_is_ancestor(LIBNS_PROCFS, grandparent, NULL) != 1);
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(status, 0);
}

static pid_t *shared;
static bool has_other_root;

static void have_a_child_inside(void)
{
	int ready[2];
	char c;
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC) < 0)
		_exit(1);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		c = unshare((geteuid() ? CLONE_NEWUSER : 0) | CLONE_NEWUTS) == 0;
		if (write(ready[1], &c, 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	if (read(ready[0], &c, 1) == 1 && c)
		*shared = pid;
	if (has_other_root && chroot("/proc") < 0)
		_exit(1);
}

TEST(a_parent_outside_is_replaced_by_its_child)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_target *target;
	char path[64];
	pid_t parent;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	CHECK(shared != MAP_FAILED);
	parent = start(have_a_child_inside);
	if (!*shared)
		SKIP("no namespace can be made here");
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", parent, parent);
	if (access(path, R_OK) < 0)
		SKIP("this kernel does not list children");
	target = target_of(word_of("%d", parent));
	CHECK_INT(libns_target_prefer_child(target, LIBNS_TYPE_IPC, &err), 0);
	CHECK_INT(libns_target_prefer_child(target, 0, &err), 0);
	CHECK_INT(libns_proc_get_pid(libns_target_get_proc(target)), parent);
	CHECK_INT(libns_target_prefer_child(target, LIBNS_TYPES_ALL, &err), 1);
	CHECK_INT(libns_proc_get_pid(libns_target_get_proc(target)), *shared);
	/* And no further: it is inside. */
	CHECK_INT(libns_target_prefer_child(target, LIBNS_TYPES_ALL, &err), 0);
	/* With another root there is something to enter in the parent itself. */
	has_other_root = geteuid() == 0;
	target = target_of(word_of("%d", start(have_a_child_inside)));
	CHECK_INT(libns_target_prefer_child(target, LIBNS_TYPES_ALL, &err), !has_other_root);
	/* Of the caller's own parent nobody means a child. */
	target = target_of(word_of("%d", getppid()));
	CHECK_INT(libns_target_prefer_child(target, LIBNS_TYPES_ALL, &err), 0);
	munmap(shared, sizeof(*shared));
}

TEST(a_parent_that_has_ended)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	pid_t pid = start(NULL);
	struct libns_target *target = target_of(word_of("%d", pid));

	end(pid);
	CHECK_INT(libns_target_prefer_child(target, LIBNS_TYPES_ALL, &err), -ESRCH);
}

TAP_MAIN
