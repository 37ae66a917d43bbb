/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The conversation with pasta, by scripts that stand in for it. What the real one does is tested by
 * cli/xunshare-net. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <libns/nsfd.h>
#include <libns/pasta.h>

#include "tap.h"

static struct libns_error err = LIBNS_ERROR_INIT;
static char dir[] = "/tmp/libns-pasta-XXXXXX", path[64], notes[64];

/* A program that says what @script says, with the file of notes as $notes, and its number and that of
 * its parent as $me and $keeper: those of this test's pid namespace, which may not be its own. */
static struct libns_pasta_options stand_in(const char *script)
{
	struct libns_pasta_options options = LIBNS_PASTA_OPTIONS_INIT;
	FILE *file;

	CHECK(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/pasta", dir);
	snprintf(notes, sizeof(notes), "%s/notes", dir);
	CHECK(file = fopen(path, "we"));
	fprintf(file,
		"#!/bin/sh\nnotes=%s\nread -r me name state keeper rest </proc/self/stat\n%s\n",
		notes, script);
	CHECK_INT(fchmod(fileno(file), 0755), 0);
	CHECK_INT(fclose(file), 0);
	options.path = path;
	options.net_fd = tap_keep(libns_fd_open(AT_FDCWD, "/proc/self/ns/net", NULL));
	return options;
}

static void clean(void)
{
	unlink(path);
	unlink(notes);
	rmdir(dir);
}

static const char *read_notes(void)
{
	static char text[4096];
	int fd = open(notes, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	CHECK(fd >= 0 && n >= 0);
	text[n] = '\0';
	close(fd);
	return text;
}

/* Waits for the end of the process whose number is in the notes. */
static void wait_for_end(int pidfd)
{
	struct pollfd end = { pidfd, POLLIN, 0 };

	CHECK_INT(poll(&end, 1, 20000), 1);
}

static int pidfd_of_notes(void)
{
	int fd = (int)syscall(SYS_pidfd_open, atoi(read_notes()), 0);

	if (fd < 0)
		SKIP("needs pidfd_open(2)");
	return tap_keep(fd);
}

#define STAYS "echo $me >$notes; echo $$ >&2; exec sleep 1000"

TEST(ready_and_ended)
{
	struct libns_pasta_options options = stand_in(
		"echo 'Failed to send 46 bytes to syslog' >&2; echo some words >&2\n" STAYS);
	struct libns_pasta *pasta = NULL;
	int pidfd;

	CHECK_INT(libns_pasta_start(&options, &pasta, &err), 0);
	pidfd = pidfd_of_notes();
	CHECK_INT(poll(&(struct pollfd){ pidfd, POLLIN, 0 }, 1, 0), 0);
	/* Nobody has to be waited for, and nobody is in our session. */
	CHECK_INT(waitpid(-1, NULL, WNOHANG), -1);
	CHECK(getsid(atoi(read_notes())) != getsid(0));
	libns_pasta_free(pasta);
	wait_for_end(pidfd);
	clean();
}

TEST(its_descriptors)
{
	struct libns_pasta_options options =
		/* What there is, but for the directory that was looked into, and before the shell
		 * opens anything else. */
		stand_in(
			"set -- /proc/$me/fd/*; all=\n"
			"for fd; do [ -h $fd ] || continue; link=$(readlink $fd); all=\"$all${link%%:*}\\n\"; done\n"
			"printf \"$all\" >$notes; echo $$ >&2; exec sleep 1000");
	struct libns_pasta *pasta = NULL;
	char want[128];

	CHECK_INT(tap_keep(dup2(options.net_fd, 40)), 40);
	CHECK_INT(libns_pasta_start(&options, &pasta, &err), 0);
	/* The third one in this order is that by which the shell reads the script, 10. */
	snprintf(want, sizeof(want), "net\nnet\n%s\npipe\n", path);
	CHECK_STR(read_notes(), want);
	libns_pasta_free(pasta);
	clean();
}

TEST(its_arguments)
{
	struct libns_pasta_options options =
		stand_in("printf '%s\\n' \"$@\" >$notes; echo $$ >&2; exec sleep 1000");
	char *args[] = { strdup("-t"), strdup("80"), strdup("--udp-ns=53"), NULL }, line[512];
	struct libns_pasta *pasta = NULL;

	options.args = args;
	CHECK_INT(libns_pasta_start(&options, &pasta, &err), 0);
	CHECK(strstr(read_notes(), "--netns=/proc/self/fd/0\n"));
	CHECK(!strstr(read_notes(), "--userns"));
	CHECK(strstr(read_notes(), "-u\nnone\n-T\nnone\n--no-map-gw\n-t\n80\n--udp-ns=53\n"));
	libns_pasta_free(pasta);
	CHECK(strstr(libns_pasta_format(&options, line, sizeof(line)),
		     " -u none -T none --no-map-gw -t 80 --udp-ns=53"));
	for (size_t i = 0; i < 3; i++)
		free(args[i]);
	clean();
}

static void gives_up(const char *script, const char *sentence)
{
	struct libns_pasta_options options = stand_in(script);
	struct libns_pasta *pasta = NULL;

	CHECK_INT(libns_pasta_start(&options, &pasta, &err), -ECHILD);
	CHECK_STR(libns_error_text(&err), sentence);
	CHECK(!pasta);
	clean();
}

TEST(the_last_words_are_the_reason)
{
	gives_up("echo one >&2; echo two >&2; echo Failed to send 3 bytes >&2; exit 1",
		 "pasta has given up: two");
}

TEST(of_a_usage_the_first_words_are)
{
	gives_up("echo \"pasta: unrecognized option '--x'\" >&2; echo Usage: >&2; exit 1",
		 "pasta has given up: pasta: unrecognized option '--x'");
}

TEST(without_words)
{
	gives_up("exit 0", "pasta has given up");
}

TEST(without_a_newline)
{
	gives_up("printf 12x >&2", "pasta has given up: 12x");
}

TEST(with_very_long_words)
{
	struct libns_pasta_options options =
		stand_in("head -c 100000 /dev/zero | tr '\\0' x >&2; exit 1");
	struct libns_pasta *pasta = NULL;

	CHECK_INT(libns_pasta_start(&options, &pasta, &err), -ECHILD);
	clean();
}

TEST(ends_with_the_caller)
{
	struct libns_pasta_options options = stand_in(STAYS);
	int pidfd, ready[2];
	char byte;
	pid_t pid;

	CHECK_INT(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		struct libns_pasta *pasta;

		if (libns_pasta_start(&options, &pasta, NULL) == 0 && write(ready[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	close(ready[1]);
	CHECK_INT(read(ready[0], &byte, 1), 1);
	pidfd = pidfd_of_notes();
	kill(pid, SIGKILL);
	wait_for_end(pidfd);
	/* The keeper holds nothing of the caller's open either. */
	CHECK_INT(read(ready[0], &byte, 1), 0);
	close(ready[0]);
	waitpid(pid, NULL, 0);
	clean();
}

TEST(ends_when_it_is_not_needed)
{
	struct libns_pasta_options options = stand_in(STAYS);
	struct libns_pasta *pasta = NULL;
	int ends[2], pidfd;

	CHECK_INT(pipe2(ends, O_CLOEXEC), 0);
	options.until_fd = tap_keep(ends[0]);
	options.flags = LIBNS_PASTA_UNTIL;
	CHECK_INT(libns_pasta_start(&options, &pasta, &err), 0);
	pidfd = pidfd_of_notes();
	close(ends[1]);
	wait_for_end(pidfd);
	libns_pasta_free(pasta);
	clean();
}

TEST(left_behind_it_outlives_the_caller)
{
	struct libns_pasta_options options = stand_in(STAYS);
	struct libns_pasta *pasta = NULL;
	int ends[2], pidfd, status;
	pid_t pid;

	CHECK_INT(pipe2(ends, O_CLOEXEC), 0);
	options.until_fd = ends[0];
	options.flags = LIBNS_PASTA_UNTIL;
	pid = fork();
	if (pid == 0) {
		/* The writing end is the test's own. */
		close(ends[1]);
		if (libns_pasta_start(&options, &pasta, &err) < 0)
			_exit(1);
		_exit(libns_pasta_let_go(pasta, &err) < 0 ? 2 : 0);
	}
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(status, 0);
	pidfd = pidfd_of_notes();
	CHECK_INT(poll(&(struct pollfd){ pidfd, POLLIN, 0 }, 1, 200), 0);
	CHECK_INT(write(ends[1], "", 1), 1);
	wait_for_end(pidfd);
	close(ends[0]);
	close(ends[1]);
	clean();
}

TEST(without_an_end_it_is_not_left_behind)
{
	struct libns_pasta_options options = stand_in(STAYS);
	struct libns_pasta *pasta = NULL;
	int pidfd;

	CHECK_INT(libns_pasta_start(&options, &pasta, &err), 0);
	pidfd = pidfd_of_notes();
	CHECK_INT(libns_pasta_let_go(pasta, &err), -EINVAL);
	wait_for_end(pidfd);
	clean();
}

TEST(ends_though_its_keeper_was_killed)
{
	struct libns_pasta_options options = stand_in(
		"echo $keeper >$notes; echo $me >$notes.own; echo $$ >&2; exec sleep 1000");
	struct libns_pasta *pasta = NULL;
	int pidfd;

	CHECK_INT(libns_pasta_start(&options, &pasta, &err), 0);
	kill(atoi(read_notes()), SIGKILL);
	strcat(notes, ".own");
	pidfd = pidfd_of_notes();
	libns_pasta_free(pasta);
	wait_for_end(pidfd);
	clean();
	notes[strlen(notes) - 4] = '\0';
	clean();
}

TEST(ends_with_its_keeper)
{
	struct libns_pasta_options options = stand_in(
		"echo $keeper >$notes; echo $me >$notes.own; sleep 0.01; echo $$ >&2; exec sleep 1000");
	struct libns_pasta *pasta = NULL;
	int ends[2], pidfd;

	if (geteuid() != 0)
		SKIP("needs the right to make a pid namespace");
	CHECK_INT(pipe2(ends, O_CLOEXEC), 0);
	options.until_fd = tap_keep(ends[0]);
	options.flags = LIBNS_PASTA_UNTIL;
	CHECK_INT(libns_pasta_start(&options, &pasta, &err), 0);
	/* Nobody of ours is left who could end it. */
	CHECK_INT(libns_pasta_let_go(pasta, &err), 0);
	strcat(notes, ".own");
	pidfd = pidfd_of_notes();
	notes[strlen(notes) - 4] = '\0';
	CHECK_INT(poll(&(struct pollfd){ pidfd, POLLIN, 0 }, 1, 0), 0);
	kill(atoi(read_notes()), SIGKILL);
	wait_for_end(pidfd);
	CHECK(waitpid(atoi(read_notes()), NULL, __WALL) > 0);
	close(ends[1]);
	strcat(notes, ".own");
	clean();
	notes[strlen(notes) - 4] = '\0';
	clean();
}

TEST(what_cannot_be)
{
	struct libns_pasta_options options = LIBNS_PASTA_OPTIONS_INIT;
	struct libns_pasta *pasta;

	options.path = "/nonexistent/pasta";
	options.net_fd = tap_keep(libns_fd_open(AT_FDCWD, "/proc/self/ns/net", NULL));
	CHECK_INT(libns_pasta_start(&options, &pasta, &err), -ENOENT);
	CHECK_STR(libns_error_text(&err),
		  "cannot run '/nonexistent/pasta': No such file or directory");
	options.net_fd = tap_keep(libns_fd_open(AT_FDCWD, "/proc/self/ns/uts", NULL));
	CHECK_INT(libns_pasta_start(&options, &pasta, &err), -EINVAL);
	options.flags = 1u << 31;
	CHECK_INT(libns_pasta_start(&options, &pasta, &err), -EINVAL);
	libns_pasta_free(NULL);
}

TEST(find)
{
	char found[128];

	stand_in(":");
	setenv("PATH", dir, 1);
	CHECK_INT(libns_pasta_find(found, sizeof(found), &err), 0);
	CHECK_STR(found, path);
	setenv("PATH", "/nonexistent:.", 1);
	CHECK_INT(libns_pasta_find(found, sizeof(found), &err), -ENOENT);
	CHECK_STR(libns_error_text(&err),
		  "cannot find 'pasta', which comes with the package passt");
	clean();
}

TAP_MAIN
