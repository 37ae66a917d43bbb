/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Helpers of containers in namespaces of their own: whose of them are asked. */

#include <sched.h>
#include <sys/prctl.h>

#include "fake-host.h"

static bool write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	return fd >= 0 && close(fd) == 0 && ok;
}

static bool become_user(uid_t uid, bool nested)
{
	/* Only who may be traced owns its files in procfs. */
	return setgid(uid) == 0 && setuid(uid) == 0 && prctl(PR_SET_DUMPABLE, 1) == 0 &&
	       prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && unshare(CLONE_NEWUSER) == 0 &&
	       (!nested ||
		(write_to("/proc/self/uid_map", "0 1000 1") &&
		 write_to("/proc/self/setgroups", "deny") &&
		 write_to("/proc/self/gid_map", "0 1000 1") && unshare(CLONE_NEWUSER) == 0));
}

/* A process of a user in a user namespace of its own, or in one more that user 1000 makes in that. */
static pid_t in_user_namespace(uid_t uid, bool nested)
{
	int ready[2];
	pid_t pid;
	char c;

	CHECK_INT(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		if (!become_user(uid, nested) || write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	CHECK(pid > 0);
	tap_keep_child(pid);
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1)
		SKIP("user 1000 can make no user namespace here");
	close(ready[0]);
	return pid;
}

/* Makes "proc/NUMBER/NAME" in the made-up procfs lead to the one of a real process. */
static void lead(const char *number, const char *name, pid_t pid)
{
	char path[512], to[64];

	snprintf(path, sizeof(path), "proc/%s/ns", number);
	make_directory(path);
	snprintf(path, sizeof(path), "%s/proc/%s/%s", root, number, name);
	snprintf(to, sizeof(to), "/proc/%d/%s", pid, name);
	CHECK_INT(symlink(to, path), 0);
}

static void place_helper(const char *number, const char *ids, const char *arguments, pid_t pid,
			 int child)
{
	char path[512];

	helper(atoi(number), "conmon", ids, arguments, child);
	lead(number, "ns/user", pid);
	lead(number, "root", pid);
	snprintf(path, sizeof(path), "%s/proc/%s/ns/pid", root, number);
	CHECK_INT(symlink("pid:[1]", path), 0);
}

/* conmon of an ordinary user's podman runs in the user namespace that podman has made. */
TEST(helpers_in_the_namespace_of_their_user)
{
	static const char user[] = "1000\t1000\t1000\t1000";
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_containers *s;
	char path[512];
	pid_t own, nested, roots;

	if (geteuid() != 0)
		SKIP("needs root");
	begin();
	own = in_user_namespace(1000, false);
	roots = in_user_namespace(0, false);
	nested = in_user_namespace(1000, true);
	process(80, "0::/\n", 9, 'S');
	give_away("proc/80");
	lead("self", "ns/user", getpid());
	lead("self", "root", getpid());
	snprintf(path, sizeof(path), "%s/proc/self/ns/pid", root);
	CHECK_INT(symlink("pid:[1]", path), 0);
	place_helper("200", user, "conmon|-c|" ID_A "|-n|web", own, 80);
	/* Root of a container, one namespace further down. */
	place_helper("201", user, "conmon|-c|" ID_B "|-n|nested", nested, 0);
	/* A process of somebody else in that namespace. */
	place_helper("202", "1001\t1001\t1001\t1001", "conmon|-c|" ID_C "|-n|other", own, 0);
	/* A container of root with other ids. */
	place_helper("203", "0\t0\t0\t0", "conmon|-c|" ID_C "|-n|root", roots, 0);
	/* A program in a container, with another root. */
	place_helper("204", user, "conmon|-c|" ID_D "|-n|inside", own, 0);
	snprintf(path, sizeof(path), "%s/proc/204/root", root);
	CHECK(unlink(path) == 0 && symlink(root, path) == 0);
	/* And one in another pid namespace. */
	place_helper("205", user, "conmon|-c|" ID_D "|-n|apart", own, 0);
	snprintf(path, sizeof(path), "%s/proc/205/ns/pid", root);
	CHECK(unlink(path) == 0 && symlink("pid:[2]", path) == 0);
	s = snapshot();
	CHECK_STR(find(s, "1000/web")->id, ID_A);
	CHECK_INT(look_for(s, "1000/nested", &err), -ENOENT);
	CHECK_INT(look_for(s, "1001/other", &err), -ENOENT);
	CHECK_INT(look_for(s, "root", &err), -ENOENT);
	CHECK_INT(look_for(s, "1000/inside", &err), -ENOENT);
	CHECK_INT(look_for(s, "1000/apart", &err), -ENOENT);
}

TAP_MAIN
