/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

#include <libns/seal.h>
#include <libns/type.h>

#include "process.h"
#include "refuse.h"

/* This program runs again: as a copy, or to become one after what the value names. */
#define COPY  "TEST_SEAL_COPY"
#define FIRST "TEST_SEAL_FIRST"
/* And this one hands something over to the copy: the number of the descriptor. */
#define HANDED "TEST_SEAL_HANDED"

/* What the copy finds, as bits of its exit status. */
enum {
	IS_ACTIVE = 1,
	IS_WRITABLE = 2,
	IS_READ_ONLY = 4,
	HAS_DESCRIPTOR = 8,
	HAS_ARGUMENT = 16,
	HAS_FAILED = 254
};

static void look_around(int argc, char **argv)
{
	int exe = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), found = 0;
	struct statvfs fs;

	if (libns_seal_is_active())
		found |= IS_ACTIVE;
	if (exe < 0 || fstatvfs(exe, &fs) < 0)
		_exit(255);
	if (fs.f_flag & ST_RDONLY)
		found |= IS_READ_ONLY;
	else if (!(fcntl(exe, F_GET_SEALS) & F_SEAL_WRITE))
		found |= IS_WRITABLE;
	close(exe);
	for (int fd = 3; fd < 100; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			found |= HAS_DESCRIPTOR;
	if (argc == 2 && !strcmp(argv[1], "argument"))
		found |= HAS_ARGUMENT;
	_exit(found);
}

static void go_on(void)
{
	char *const argv[] = { (char[]){ "copy" }, (char[]){ "argument" }, NULL };
	char *const envp[] = { (char[]){ COPY "=1" }, NULL };
	struct libns_error err = LIBNS_ERROR_INIT;
	int fd = libns_seal_open("x", &err);

	if (fd > 2 && fcntl(fd, F_GETFD) == FD_CLOEXEC)
		libns_seal_exec(fd, argv, envp, &err);
	printf("# %s\n", err.text);
	fflush(stdout);
	_exit(HAS_FAILED);
}

static void limit_files(void)
{
	const struct rlimit limit = { 8192, 8192 };

	CHECK_INT(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* What was handed over by hand_over() is here, and nowhere else any more. */
static void take_over(const char *number)
{
	const char *path = getenv("LD_LIBRARY_PATH");
	char name[16] = "", place[32];
	struct stat st;
	int pinned;

	if (!libns_seal_take_over(&pinned) || pinned != atoi(number))
		_exit(1);
	snprintf(place, sizeof(place), "/proc/self/fd/%d", pinned);
	if (fcntl(pinned, F_GETFD) != FD_CLOEXEC || stat(place, &st) < 0 || !S_ISDIR(st.st_mode))
		_exit(2);
	prctl(PR_GET_NAME, name);
	if (strcmp(name, "some name") != 0)
		_exit(3);
	/* The copy could be found by it, and the program gets the caller's. */
	path = getenv("LD_LIBRARY_PATH");
	if (!path || strcmp(path, "/ours") != 0)
		_exit(4);
	for (char **item = environ; *item; item++)
		if (!strncmp(*item, "LIBNS_SEAL", 10))
			_exit(5);
	_exit(0);
}

static void hand_over(void)
{
	char *const argv[] = { (char[]){ "copy" }, NULL };
	struct libns_environment *environment;
	struct libns_error err = LIBNS_ERROR_INIT;
	int pinned = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), fd = libns_seal_open("x", &err);
	char number[16];

	snprintf(number, sizeof(number), "%d", pinned);
	setenv(HANDED, number, 1);
	setenv("LD_LIBRARY_PATH", "/ours", 1);
	prctl(PR_SET_NAME, "some name");
	if (fd >= 0 && libns_seal_hand_over(pinned, &environment, &err) == 0)
		libns_seal_exec(fd, argv, libns_environment_get_items(environment), &err);
	printf("# %s\n", err.text);
	_exit(HAS_FAILED);
}

__attribute__((constructor)) static void begin(int argc, char **argv)
{
	const char *code = getenv(FIRST);

	if (getenv(HANDED))
		take_over(getenv(HANDED));
	if (getenv(COPY))
		look_around(argc, argv);
	if (!code)
		return;
	if (atoi(code) == EFBIG)
		limit_files();
	else
		refuse(SYS_memfd_create, (unsigned int)atoi(code));
	go_on();
}

static int status_of(pid_t pid)
{
	int status;

	CHECK(pid > 0);
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/*
 * What a copy finds that is made where memory is refused, with @code. By a program that was
 * started by its path: that of this process is on a mount of the mount namespace before.
 */
static int found_without_memory(int code)
{
	char path[4096] = "", value[64];
	pid_t pid;

	CHECK(readlink("/proc/self/exe", path, sizeof(path) - 1) > 0);
	snprintf(value, sizeof(value), "%d", code);
	pid = fork();
	if (pid == 0) {
		setenv(FIRST, value, 1);
		execl(path, path, NULL);
		_exit(253);
	}
	return status_of(pid);
}

static void may_mount_by_descriptor(void)
{
	if (geteuid() != 0)
		SKIP("only root may mount");
	if (syscall(SYS_mount_setattr, -1, "", 0, NULL, 0) < 0 && errno == ENOSYS)
		SKIP("the kernel has no mount_setattr(2)");
}

TEST(a_first_run_is_no_copy)
{
	CHECK(!libns_seal_is_active());
}

TEST(nobody_can_write_to_it)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int fd = libns_seal_open("some name", &err);
	char path[64], to[64] = "";

	if (fd < 0)
		TAP_FAIL("%s", err.text);
	CHECK(fd > 2 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	CHECK_INT(write(fd, "", 1), -1);
	CHECK_INT(errno, EPERM);
	CHECK_INT(ftruncate(fd, 0), -1);
	CHECK_INT(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	CHECK(readlink(path, to, sizeof(to) - 1) > 0);
	CHECK_STR(to, "/memfd:some name (deleted)");
	close(fd);
}

/* Linux before 6.3 has no memory that says whether it may be executed. */
TEST(nobody_can_write_to_it_on_an_older_kernel_either)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int fd;

	refuse_second(SYS_memfd_create, 0x1 | 0x2 | 0x10, EINVAL);
	fd = libns_seal_open("x", &err);
	if (fd < 0)
		TAP_FAIL("%s", err.text);
	CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC && (fcntl(fd, F_GET_SEALS) & F_SEAL_WRITE));
	close(fd);
}

TEST(the_copy_is_sealed_and_knows_it)
{
	pid_t pid = fork();

	if (pid == 0)
		go_on();
	CHECK_INT(status_of(pid), IS_ACTIVE | HAS_ARGUMENT);
}

TEST(what_the_copy_is_told)
{
	pid_t pid = fork();

	if (pid == 0)
		hand_over();
	CHECK_INT(status_of(pid), 0);
}

/* Who cannot go on as a copy runs its programs with the environment that it has had. */
TEST(the_environment_stays)
{
	struct libns_environment *environment;
	struct libns_error err = LIBNS_ERROR_INIT;

	setenv("LD_LIBRARY_PATH", "/ours", 1);
	CHECK_INT(libns_seal_hand_over(-1, &environment, &err), 0);
	CHECK_STR(getenv("LD_LIBRARY_PATH"), "/ours");
	CHECK(!getenv("LIBNS_SEAL_NAME") && !getenv("LIBNS_SEAL_LIBRARY_PATH"));
	CHECK(libns_environment_get(environment, "LIBNS_SEAL_NAME"));
	libns_environment_free(environment);
}

TEST(what_others_say_is_not_believed)
{
	struct libns_environment *environment;
	struct libns_error err = LIBNS_ERROR_INIT;
	int pinned = 77;

	CHECK(!libns_seal_take_over(&pinned));
	CHECK_INT(pinned, -1);
	setenv("LIBNS_SEAL_TARGET", "3", 1);
	setenv("LIBNS_SEAL_NAME", "theirs", 1);
	setenv("LIBNS_SEAL_LIBRARY_PATH", "/theirs", 1);
	setenv("LD_LIBRARY_PATH", "/ours", 1);
	CHECK(!libns_seal_take_over(&pinned));
	CHECK_INT(pinned, -1);
	CHECK_STR(getenv("LD_LIBRARY_PATH"), "/ours");
	CHECK(!getenv("LIBNS_SEAL_TARGET") && !getenv("LIBNS_SEAL_NAME") &&
	      !getenv("LIBNS_SEAL_LIBRARY_PATH"));
	CHECK_INT(libns_seal_hand_over(1000000, &environment, &err), -EBADF);
	CHECK_CONTAINS(err.text, "cannot hand the target over");
}

TEST(a_name_that_is_too_long)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	char name[251];

	memset(name, 'x', sizeof(name) - 1);
	name[250] = '\0';
	CHECK_INT(libns_seal_open(name, &err), -EINVAL);
	CHECK_STR(err.text, "cannot go on as a sealed copy of this program: Invalid argument");
	name[249] = '\0';
	CHECK_INT(close(libns_seal_open(name, NULL)), 0);
}

TEST(where_there_is_no_such_memory_a_mount_takes_its_place)
{
	static const int codes[] = { EPERM, EACCES, ENOSYS, EFBIG };

	may_mount_by_descriptor();
	for (int i = 0; i < 4; i++)
		CHECK_INT(found_without_memory(codes[i]), IS_ACTIVE | IS_READ_ONLY | HAS_ARGUMENT);
}

TEST(where_neither_can_be_had_the_first_reason_is_told)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	refuse(SYS_memfd_create, EACCES);
	refuse(SYS_mount_setattr, EPERM);
	CHECK_INT(libns_seal_open("x", &err), -EACCES);
	CHECK_INT(err.step, LIBNS_STEP_EXEC);
	CHECK_STR(err.text, "cannot go on as a sealed copy of this program: Permission denied");
}

TEST(a_shortage_is_no_reason_for_the_second_way)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	CHECK_INT(found_without_memory(ENFILE), HAS_FAILED);
	refuse(SYS_memfd_create, ENFILE);
	CHECK_INT(libns_seal_open("x", &err), -ENFILE);
}

/* Below a limit of file sizes, with a SIGXFSZ or without one that is pending already. */
static void open_below_limit(bool is_pending)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	sigset_t signals;

	refuse(SYS_mount_setattr, ENOSYS);
	limit_files();
	if (is_pending) {
		sigemptyset(&signals);
		sigaddset(&signals, SIGXFSZ);
		sigprocmask(SIG_BLOCK, &signals, NULL);
		raise(SIGXFSZ);
	}
	/* Of the signal this process would end. */
	CHECK_INT(libns_seal_open("x", &err), -EFBIG);
	CHECK_STR(err.text, "cannot go on as a sealed copy of this program: File too large");
	sigpending(&signals);
	CHECK_INT(sigismember(&signals, SIGXFSZ), is_pending);
	sigprocmask(SIG_BLOCK, NULL, &signals);
	CHECK_INT(sigismember(&signals, SIGXFSZ), is_pending);
}

TEST(a_limit_of_file_sizes_does_not_end_the_program)
{
	open_below_limit(false);
}

TEST(a_signal_that_was_there_before_stays)
{
	open_below_limit(true);
}

TEST(a_descriptor_that_is_no_program)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	char *const argv[] = { NULL };

	CHECK_INT(libns_seal_exec(-1, argv, NULL, &err), -EBADF);
	CHECK_INT(err.step, LIBNS_STEP_EXEC);
	CHECK_STR(err.text, "cannot go on as a sealed copy of this program: Bad file descriptor");
}

TEST(without_a_procfs_nothing_is_found)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	pid_t pid;

	if (geteuid() != 0)
		SKIP("only root may change the root");
	/* In a child: the leak check at the end of a case needs a procfs. */
	pid = fork();
	if (pid == 0) {
		CHECK_INT(chroot("/proc/self/fdinfo"), 0);
		CHECK(!libns_seal_is_active());
		CHECK_INT(libns_seal_open("x", &err), -ENOENT);
		CHECK_STR(err.text,
			  "cannot open the file of this program: No such file or directory");
		_exit(0);
	}
	CHECK_INT(status_of(pid), 0);
}

/* ------------------------------------------------------------------ what is entered */

static int flags_of_victim;

static void become_victim(void)
{
	if (unshare(flags_of_victim) < 0)
		_exit(1);
}

static void mount_namespace_of_the_host(void)
{
	if (unshare(CLONE_NEWNS) < 0 || unshare(CLONE_NEWUSER) < 0)
		_exit(1);
}

static void become_chrooted_victim(void)
{
	if (chroot("/proc") < 0)
		_exit(1);
}

static void write_map(pid_t pid, const char *file, const char *map)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	CHECK_INT(write(fd, map, strlen(map)), (ssize_t)strlen(map));
	close(fd);
}

/* Whether this program is within reach of a process that has done @prepare. */
static int query(void (*prepare)(void), const char *map, uint64_t plan_flags, uint64_t seal_flags)
{
	struct libns_enter_plan plan = LIBNS_ENTER_PLAN_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_entry *entry;
	pid_t pid = start(prepare);
	int r;

	if (map) {
		write_map(pid, "uid_map", map);
		write_map(pid, "gid_map", map);
	}
	plan.proc = pin(pid);
	plan.types = LIBNS_TYPES_ALL;
	plan.flags = plan_flags;
	if (libns_entry_new(&plan, &entry, &err) < 0)
		TAP_FAIL("%s", err.text);
	r = libns_seal_query(entry, seal_flags, &err);
	libns_entry_free(entry);
	end(pid);
	return r;
}

static int query_new(int flags, const char *map, uint64_t plan_flags, uint64_t seal_flags)
{
	flags_of_victim = flags;
	return query(become_victim, map, plan_flags, seal_flags);
}

static void need_root(void)
{
	if (geteuid() != 0)
		SKIP("only root may create these namespaces");
}

/* Whoever owns this program is none of these. */
#define ELSEWHERE "0 3000000000 1000"

TEST(what_shows_nobody_this_process_is_no_risk)
{
	need_root();
	CHECK_INT(query_new(CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWIPC, NULL, 0, 0), 0);
	CHECK_INT(query_new(CLONE_NEWUTS, NULL, 0, LIBNS_SEAL_OTHER_ROOT), 1);
	CHECK_INT(query_new(CLONE_NEWUTS, NULL, 0, LIBNS_SEAL_OTHER_ROOT << 1), -EINVAL);
}

TEST(a_mount_namespace_is_a_risk)
{
	need_root();
	CHECK_INT(query_new(CLONE_NEWNS, NULL, 0, 0), 1);
}

TEST(another_root_is_a_risk)
{
	need_root();
	CHECK_INT(query(become_chrooted_victim, NULL, LIBNS_ENTER_ROOT, 0), 1);
	CHECK_INT(query(become_chrooted_victim, NULL, 0, 0), 0);
}

TEST(a_user_namespace_in_which_the_owner_of_the_file_is_nobody)
{
	char owner[64];
	struct stat st;

	need_root();
	CHECK_INT(stat("/proc/self/exe", &st), 0);
	snprintf(owner, sizeof(owner), "0 %u 1", st.st_uid);
	CHECK_INT(query_new(CLONE_NEWUSER | CLONE_NEWNS, ELSEWHERE, 0, 0), (st.st_mode & 022) != 0);
	CHECK_INT(query_new(CLONE_NEWUSER | CLONE_NEWNS, owner, 0, 0), 1);
	CHECK_INT(query_new(CLONE_NEWUSER, ELSEWHERE, 0, LIBNS_SEAL_OTHER_ROOT),
		  (st.st_mode & 022) != 0);
}

TEST(a_user_namespace_that_does_not_own_the_mounts)
{
	need_root();
	CHECK_INT(query(mount_namespace_of_the_host, ELSEWHERE, 0, 0), 1);
}

TAP_MAIN
