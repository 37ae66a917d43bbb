/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "kernel/helper.h"
#include "refuse.h"
#include "strike.h"
#include "tap.h"

static struct helper_output out;

static int shell(const char *script)
{
	char name[] = "sh", c[] = "-c", text[512];
	char *argv[] = { name, c, text, NULL };

	snprintf(text, sizeof(text), "%s", script);
	memset(&out, 'x', sizeof(out));
	return helper_run("/bin/sh", argv, &out, NULL);
}

TEST(captures)
{
	CHECK_INT(shell("echo one; echo two; echo three >&2; echo four >&2; exit 3"), 0);
	CHECK_STR(out.text, "one\ntwo\n");
	CHECK_STR(out.words, "three");
	CHECK_INT(out.status, 3);
	CHECK_INT(shell(":"), 0);
	CHECK_STR(out.text, "");
	CHECK_STR(out.words, "");
	CHECK_INT(out.status, 0);
	CHECK_INT(shell("kill -9 $$"), 0);
	CHECK_INT(out.status, 128 + SIGKILL);
}

#ifdef SYS_poll
TEST(what_cannot_be_waited_for)
{
	char name[] = "sh", c[] = "-c", text[] = "echo one";
	char *argv[] = { name, c, text, NULL };
	struct libns_error err = LIBNS_ERROR_INIT;
	struct helper helper;

	CHECK_INT(helper_start(&helper, "/bin/sh", argv, &err), 0);
	refuse(SYS_poll, ENOMEM);
	CHECK_INT(helper_finish(&helper, &out, &err), -ENOMEM);
	CHECK_STR(err.text, "cannot run '/bin/sh': Cannot allocate memory");
}
#endif

TEST(bounded)
{
	CHECK_INT(shell("i=0; while [ $i -lt 3000 ]; do echo "
			"0123456789012345678901234567890123456789;"
			" i=$((i+1)); done; printf '%0500d' 7 >&2"),
		  0);
	CHECK_INT(out.status, 0);
	CHECK_INT(strlen(out.text), sizeof(out.text) - 1);
	CHECK_INT(strlen(out.words), sizeof(out.words) - 1);
}

TEST(input_is_empty)
{
	CHECK_INT(shell("cat; echo $?"), 0);
	CHECK_STR(out.text, "0\n");
}

TEST(nothing_leaks_in)
{
	int fd = tap_keep(open("/dev/null", O_RDONLY));

	CHECK_INT(tap_keep(dup2(fd, 40)), 40);
	CHECK_INT(shell("[ -e /proc/self/fd/0 ] && ! [ -e /proc/self/fd/40 ] && echo closed"), 0);
	CHECK_STR(out.text, "closed\n");
}

TEST(standard_streams_closed)
{
	int saved[3], r;

	for (int fd = 0; fd < 3; fd++) {
		saved[fd] = tap_keep(fcntl(fd, F_DUPFD_CLOEXEC, 20));
		close(fd);
	}
	r = shell("echo a; echo b >&2");
	for (int fd = 0; fd < 3; fd++)
		dup2(saved[fd], fd);
	CHECK_INT(r, 0);
	CHECK_STR(out.text, "a\n");
	CHECK_STR(out.words, "b");
}

TEST(stray_grandchild_does_not_block)
{
	time_t begin = time(NULL);

	/* It keeps the pipes open; it is our child's child, so it is let go by EPIPE. */
	CHECK_INT(shell("(sleep 5) & echo done"), 0);
	CHECK_STR(out.text, "done\n");
	CHECK(time(NULL) - begin < 5);
}

static volatile int seen;

static void on_child(int sig)
{
	seen = sig;
}

TEST(invisible_to_the_caller)
{
	signal(SIGCHLD, on_child);
	CHECK_INT(shell("exit 4"), 0);
	CHECK_INT(out.status, 4);
	CHECK_INT(seen, 0);
	CHECK_INT(waitpid(-1, NULL, WNOHANG), -1);
	CHECK_INT(errno, ECHILD);
	/* A caller that ignores SIGCHLD gets the status all the same. */
	signal(SIGCHLD, SIG_IGN);
	CHECK_INT(shell("exit 5"), 0);
	CHECK_INT(out.status, 5);
}

TEST(dies_with_the_caller)
{
	char path[64], script[128], byte;
	pid_t pid;
	int fd;

	/* The only descriptor of ours it can get: one it opens by name. */
	snprintf(path, sizeof(path), "/tmp/libns-test-helper.%d", (int)getpid());
	snprintf(script, sizeof(script), "exec 7>%s; echo >&7; exec sleep 100", path);
	CHECK_INT(mkfifo(path, 0600), 0);
	fd = open(path, O_RDWR);
	pid = fork();
	if (pid == 0) {
		shell(script);
		_exit(0);
	}
	CHECK_INT(read(fd, &byte, 1), 1);
	close(fd);
	fd = tap_keep(open(path, O_RDONLY | O_NONBLOCK));
	unlink(path);
	fcntl(fd, F_SETFL, 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	/* The end of file comes when the program is gone. */
	CHECK_INT(read(fd, &byte, 1), 0);
}

TEST(signals_are_fresh)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	CHECK_INT(shell("grep -E '^Sig(Blk|Ign)' /proc/self/status"), 0);
	CHECK_STR(out.text, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
	sigprocmask(SIG_BLOCK, NULL, &set);
	CHECK(sigismember(&set, SIGTERM));
}

TEST(cannot_execute)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	char name[] = "x";
	char *argv[] = { name, NULL };

	CHECK_INT(helper_run("/nonexistent/x", argv, &out, &err), -ENOENT);
	CHECK_STR(err.text, "cannot run '/nonexistent/x': No such file or directory");
	CHECK_INT(err.step, LIBNS_STEP_HELPER);
	CHECK_INT(helper_run("/", argv, &out, &err), -EACCES);
}

enum { DONE, REFUSED, LATE };

static int run_seven(void *data)
{
	int r = shell("exit 7");

	(void)data;
	if (r == -ETIMEDOUT)
		return LATE;
	return r == 0 && out.status == 7 ? DONE : r < 0 ? REFUSED : LATE;
}

/* The end of the program is heard of once: a failure then is told, and not waited for again. */
TEST(the_end_cannot_be_asked_for)
{
	static const int codes[] = { EINTR, EIO, ENOSYS };

	if (!STRIKE_CAN_FAIL)
		SKIP("system calls can be made to fail on x86-64 only");
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		struct strike s = { .victim = 1, .code = codes[i], .only = SYS_wait4 };

		for (s.at = 1; s.at == 1 || s.hit; s.at++) {
			int status = strike(&s, run_seven, NULL);

			CHECK(WIFEXITED(status) && WEXITSTATUS(status) != LATE);
			if (!s.hit || s.code == EINTR)
				CHECK_INT(WEXITSTATUS(status), DONE);
		}
		CHECK(s.at > 2);
	}
}

TEST(descriptors_are_given_back)
{
	int before = open("/dev/null", O_RDONLY), after;

	close(before);
	CHECK_INT(shell("exit 0"), 0);
	CHECK(shell("") == 0);
	after = tap_keep(open("/dev/null", O_RDONLY));
	CHECK_INT(after, before);
}

TEST(find)
{
	char path[64];

	setenv("PATH", "relative:/nonexistent::/bin:/usr/bin", 1);
	CHECK_INT(helper_find("sh", path, sizeof(path)), 0);
	CHECK_STR(path, "/bin/sh");
	CHECK_INT(helper_find("no-such-helper", path, sizeof(path)), -ENOENT);
	CHECK_INT(helper_find("sh", path, 7), -ENOENT);
	unsetenv("PATH");
	CHECK_INT(helper_find("sh", path, sizeof(path)), 0);

	/* The working directory never supplies a helper. */
	CHECK_INT(chdir("/bin"), 0);
	setenv("PATH", ".::", 1);
	CHECK_INT(helper_find("sh", path, sizeof(path)), -ENOENT);
}

struct asked {
	struct helper_guard guard;
	dev_t device;
	ino_t inode;
};

static int is_same_file(struct helper_guard *guard)
{
	struct asked *asked = (struct asked *)guard;
	struct stat st;

	if (fstat(guard->fd, &st) < 0)
		return -errno;
	return st.st_dev == asked->device && st.st_ino == asked->inode ? 0 : -EXDEV;
}

static bool always(struct helper_guard *guard)
{
	(void)guard;
	return true;
}

/* Whatever number it has with the caller, also one of those that the keeper gives to its own. */
TEST(a_guard_keeps_its_descriptor)
{
	static char sh[] = "sh", c[] = "-c", script[] = "exec sleep 1000";
	static char *const argv[] = { sh, c, script, NULL };

	for (int fd = 3; fd < 5; fd++) {
		struct asked asked = { .guard = { is_same_file, always, fd } };
		struct helper_service service = { .until_fd = -1, .guard = &asked.guard };
		struct helper helper;
		struct stat st;
		int null_fd = open("/dev/null", O_RDWR);

		CHECK_INT(stat("/bin", &st), 0);
		asked.device = st.st_dev;
		asked.inode = st.st_ino;
		service.stdin_fd = service.stdout_fd = fcntl(null_fd, F_DUPFD, 20);
		close(null_fd);
		null_fd = open("/bin", O_RDONLY | O_DIRECTORY);
		if (null_fd != fd) {
			CHECK_INT(dup2(null_fd, fd), fd);
			close(null_fd);
		}
		CHECK_INT(helper_start_service(&helper, "/bin/sh", argv, &service, NULL), 0);
		CHECK_INT(helper_let_go(&helper), 0);
		CHECK_INT(waitpid(-1, NULL, __WALL), helper.keeper);
		close(fd);
		close(service.stdin_fd);
	}
}

TAP_MAIN
