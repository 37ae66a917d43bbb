/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <libns/enter.h>
#include <libns/type.h>

#include "entry-to.h"

static void say(int fd, char c)
{
	if (write(fd, &c, 1) != 1)
		_exit(1);
}

/* A child that ran @setup and now sleeps; @setup returns false where it cannot. */
static pid_t victim(bool (*setup)(void))
{
	int ready[2];
	char c = 0;
	pid_t pid;

	CHECK(pipe2(ready, O_CLOEXEC) == 0);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		say(ready[1], setup());
		pause();
		_exit(0);
	}
	CHECK(pid > 0 && read(ready[0], &c, 1) == 1);
	if (!c)
		SKIP("namespaces cannot be created here");
	close(ready[0]);
	close(ready[1]);
	return tap_keep_child(pid);
}

static void forget(void *entry)
{
	libns_entry_free(entry);
}

static struct libns_entry *entry_of(pid_t pid, uint64_t flags, uint64_t types)
{
	struct libns_entry *entry = entry_to(pid, flags, types);

	tap_later(forget, entry);
	return entry;
}

static void check_same(pid_t pid, const char *link)
{
	char path[64];
	struct stat a, b;

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, link);
	CHECK_INT(stat(path, &a), 0);
	snprintf(path, sizeof(path), "/proc/self/ns/%s", link);
	CHECK_INT(stat(path, &b), 0);
	CHECK_INT(a.st_ino, b.st_ino);
}

static void must_enter(const struct libns_entry *entry)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	if (libns_enter(entry, &err) < 0)
		TAP_FAIL("%s", err.text);
}

static bool several(void)
{
	return unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC) == 0;
}

TEST(all_at_once)
{
	pid_t pid = victim(several);

	must_enter(entry_of(pid, 0, LIBNS_TYPES_ALL));
	check_same(pid, "user");
	check_same(pid, "net");
	check_same(pid, "uts");
	check_same(pid, "ipc");
}

TEST(nothing_to_enter_is_success)
{
	must_enter(entry_of(getpid(), LIBNS_ENTER_ROOT, LIBNS_TYPES_ALL));
}

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	close(fd);
	return ok;
}

/* Only an id that is mapped may create a further user namespace. */
static bool map_self(uid_t uid, gid_t gid)
{
	char uid_line[32], gid_line[32];

	snprintf(uid_line, sizeof(uid_line), "0 %u 1", uid);
	snprintf(gid_line, sizeof(gid_line), "0 %u 1", gid);
	return write_file("/proc/self/setgroups", "deny") &&
	       write_file("/proc/self/uid_map", uid_line) &&
	       write_file("/proc/self/gid_map", gid_line);
}

static bool nested(void)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();

	return unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWUTS) == 0 && map_self(uid, gid) &&
	       unshare(CLONE_NEWUSER) == 0 && map_self(0, 0);
}

TEST(nested_user_namespaces)
{
	pid_t pid = victim(nested);

	must_enter(entry_of(pid, 0, LIBNS_TYPES_ALL));
	check_same(pid, "user");
	check_same(pid, "mnt");
	check_same(pid, "uts");
}

static bool chrooted(void)
{
	return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 && chroot("/usr") == 0 && chdir("/") == 0;
}

TEST(a_chroot_is_adopted)
{
	struct stat usr, root, here;

	CHECK_INT(stat("/usr", &usr), 0);
	must_enter(entry_of(victim(chrooted), LIBNS_ENTER_ROOT, LIBNS_TYPES_ALL));
	CHECK_INT(stat("/", &root), 0);
	CHECK_INT(stat(".", &here), 0);
	CHECK_INT(root.st_ino, usr.st_ino);
	CHECK_INT(here.st_ino, usr.st_ino);
}

TEST(a_chroot_is_left_alone_unless_asked_for)
{
	struct stat before, after;

	CHECK_INT(stat("/", &before), 0);
	must_enter(entry_of(victim(chrooted), 0, LIBNS_TYPES_ALL));
	CHECK_INT(stat("/", &after), 0);
	CHECK_INT(before.st_ino, after.st_ino);
}

static bool plain_chroot(void)
{
	return chroot("/usr") == 0;
}

TEST(a_chroot_in_the_same_mount_namespace)
{
	struct stat usr, root;
	struct libns_entry *entry;

	CHECK_INT(stat("/usr", &usr), 0);
	entry = entry_of(victim(plain_chroot), LIBNS_ENTER_ROOT, LIBNS_TYPES_ALL);
	CHECK(libns_entry_has_root(entry));
	CHECK_STR(libns_entry_step_at(entry, 0)->call, "chroot(target's root)");
	must_enter(entry);
	CHECK_INT(stat("/", &root), 0);
	CHECK_INT(root.st_ino, usr.st_ino);
}

static void go_to_usr(void)
{
	if (!plain_chroot())
		_exit(1);
}

/* Whoever asks for a root and cannot have it must not go on in another. */
TEST(a_root_that_is_refused)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_entry *entry;
	struct stat before, after;

	if (geteuid() != 0)
		SKIP("needs root");
	/* Not victim(): it is ended by somebody who may not kill it. */
	entry = entry_of(start(go_to_usr), LIBNS_ENTER_ROOT, LIBNS_TYPES_ALL);
	CHECK_INT(stat("/", &before), 0);
	CHECK_INT(setgid(65533), 0);
	CHECK_INT(setuid(65533), 0);
	CHECK_INT(libns_enter(entry, &err), -EPERM);
	CHECK_INT(err.step, LIBNS_STEP_ROOT);
	CHECK(err.text[0] != '\0');
	CHECK_INT(stat("/", &after), 0);
	CHECK_INT(before.st_ino, after.st_ino);
}

static bool net_only(void)
{
	return unshare(CLONE_NEWNET) == 0;
}

/* A user namespace of one's own gives no right over a network namespace of root's. */
TEST(the_refused_type_is_named)
{
	pid_t pid = victim(net_only);
	struct libns_error err = LIBNS_ERROR_INIT;
	uint64_t refused = 0;
	int code = 0;
	struct libns_entry *entry = entry_of(pid, 0, LIBNS_TYPES_ALL);
	char sentence[96];

	if (unshare(CLONE_NEWUSER) < 0)
		SKIP("no user namespaces here");
	CHECK_INT(libns_entry_query_refused(entry, &refused, &code, &err), 0);
	CHECK_INT(refused, LIBNS_TYPE_NET);
	CHECK_INT(code, EPERM);
	CHECK_INT(libns_enter(entry, &err), -EPERM);
	snprintf(sentence, sizeof(sentence),
		 "cannot enter the net namespace of process %d: Operation not permitted", pid);
	CHECK_STR(err.text, sentence);
	CHECK_INT(err.types, LIBNS_TYPE_NET);
	CHECK_INT(err.step, LIBNS_STEP_ENTER);
}

TEST(nothing_is_refused)
{
	pid_t pid = victim(nested);
	struct libns_entry *entry = entry_of(pid, 0, LIBNS_TYPES_ALL);
	uint64_t refused = 1;

	CHECK_INT(libns_entry_query_refused(entry, &refused, NULL, NULL), 0);
	CHECK_INT(refused, 0);
	/* It was only tried. */
	must_enter(entry);
	check_same(pid, "mnt");
}

TEST(the_target_ends_between_plan_and_entry)
{
	pid_t pid = victim(several);
	struct libns_entry *entry = entry_of(pid, 0, LIBNS_TYPE_USER);
	struct libns_error err = LIBNS_ERROR_INIT;
	struct stat before, after;

	CHECK_INT(stat("/proc/self/ns/user", &before), 0);
	kill(pid, SIGKILL);
	CHECK_INT(waitpid(pid, NULL, 0), pid);
	CHECK_INT(libns_enter(entry, &err), -ESRCH);
	CHECK_CONTAINS(err.text, "has ended meanwhile");
	CHECK_INT(stat("/proc/self/ns/user", &after), 0);
	CHECK_INT(before.st_ino, after.st_ino);
}

/* As process 1 of a pid namespace with its own /proc, where numbers can be chosen. */
static int reuse(void)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_entry *entry;
	struct stat before, after;
	char last[16];
	pid_t first, second;

	if (mount("proc", "/proc", "proc", 0, NULL) < 0)
		return TAP_SKIP_STATUS;
	first = victim(several);
	entry = entry_of(first, 0, LIBNS_TYPES_ALL);
	kill(first, SIGKILL);
	CHECK_INT(waitpid(first, NULL, 0), first);
	snprintf(last, sizeof(last), "%d", first - 1);
	if (!write_file("/proc/sys/kernel/ns_last_pid", last))
		return TAP_SKIP_STATUS;
	second = victim(several);
	CHECK_INT(second, first);
	CHECK_INT(stat("/proc/self/ns/user", &before), 0);
	CHECK_INT(libns_enter(entry, &err), -ESRCH);
	CHECK_INT(stat("/proc/self/ns/user", &after), 0);
	CHECK_INT(before.st_ino, after.st_ino);
	/* And the handle does not see it either. */
	CHECK_INT(libns_entry_query_refused(entry, &(uint64_t){ 0 }, NULL, &err), -ESRCH);
	return 0;
}

TEST(the_number_is_given_to_another_process_meanwhile)
{
	int status;
	pid_t pid;

	if (unshare(CLONE_NEWNS | CLONE_NEWPID) < 0 ||
	    mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL) < 0)
		SKIP("namespaces cannot be created here");
	pid = fork();
	if (pid == 0)
		exit(reuse());
	CHECK_INT(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == TAP_SKIP_STATUS)
		SKIP("namespaces cannot be created here");
	CHECK_INT(status, 0);
}

TEST(descriptors_alone)
{
	pid_t pid = victim(several);
	struct libns_enter_plan plan = LIBNS_ENTER_PLAN_INIT;
	struct libns_entry *entry;
	char path[64];
	int fds[2];

	snprintf(path, sizeof(path), "/proc/%d/ns/uts", pid);
	fds[0] = open(path, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	fds[1] = open(path, O_RDONLY | O_CLOEXEC);
	plan.ns_fds = fds;
	plan.n_ns_fds = 2;
	CHECK_INT(libns_entry_new(&plan, &entry, NULL), 0);
	tap_later(forget, entry);
	close(fds[0]);
	close(fds[1]);
	must_enter(entry);
	check_same(pid, "user");
	check_same(pid, "uts");
}

TAP_MAIN
