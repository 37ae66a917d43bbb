/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * inject: run a program and let one system call of one of its processes fail, or kill
 * that process before the call.
 *
 *   inject -l REPORT                 -e NAME [-t SECONDS] -- CMD...   list the calls
 *   inject -f REPORT:PROC:N:ERRNO    -e NAME [-t SECONDS] -- CMD...   let one fail
 *   inject -k REPORT:PROC:N          -e NAME [-t SECONDS] -- CMD...   kill before one
 *   inject -r REPORT:PROC:N:ERRNO    -e NAME [-t SECONDS] -- CMD...   let a request fail
 *
 * PROC names a process by its birth: 0 is CMD, 0.2 is the second child of 0. Each counts
 * its own calls from 1, so that the same numbers mean the same calls in every run. Only
 * calls of the program NAME count (and of a copy of it in a memfd), from its entry point
 * on: what the dynamic loader does before is not the program's, and what it executes in
 * the end is not either. Threads are named like processes.
 *
 * A request is a message to netlink. The kernel gets one of a type that it does not know, does
 * nothing, and answers so; in that answer ERRNO is put in the place of what it says. Each process
 * counts its requests apart from its calls.
 *
 * The report has a line a call ("call PROC N NUMBER") and a request ("ask PROC N TYPE", which
 * begins with the protocol), "hit" once the fault was made, "crash PROC SIGNAL" with a place, and
 * "left PID NAME" for each process that outlives CMD by two seconds; those are ended. The
 * exit status is that of CMD, 124 after SECONDS, 125 for a mistake, 77 on machines whose
 * registers this program does not know.
 *
 * strace(1) can inject too, but counts per call name and process number, counts the
 * loader, and cannot say what is left.
 */

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* The kernel's header changes what this one declares: it must come second. */
/* clang-format off */
#include <sys/ptrace.h>
#include <linux/ptrace.h>
/* clang-format on */
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "machine.h"
#include "request.h"

enum { MISTAKE = 125, TIMED_OUT = 124, UNKNOWN_MACHINE = 77, MAX_TRACEES = 4096 };

struct tracee {
	pid_t pid;
	char path[64]; /* "0.1.2", empty until the parent has told of it */
	unsigned int births;
	unsigned long calls;
	bool counts;         /* its calls are the program's */
	bool waits;          /* stopped before its parent told of it */
	unsigned long entry; /* a breakpoint is there, or 0 */
	long saved;          /* the word under it */
	int fails_with;      /* the call that it is in: an errno, or 0 */
	struct requests requests;
};

struct fault {
	char path[64];
	unsigned long call;
	int code;     /* errno, or 0: kill */
	bool request; /* it is one, not a call */
};

static struct tracee *tracees[MAX_TRACEES];
static size_t n_tracees;
static FILE *report;
static const char *name;
static bool list_only;
static struct fault fault;
static volatile sig_atomic_t timed_out;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "inject: %s: %s\n", what, strerror(errno));
	exit(MISTAKE);
}

static struct tracee *find(pid_t pid)
{
	for (size_t i = 0; i < n_tracees; i++)
		if (tracees[i]->pid == pid)
			return tracees[i];
	return NULL;
}

static struct tracee *add(pid_t pid)
{
	struct tracee *t = calloc(1, sizeof(*t));

	if (!t || n_tracees == MAX_TRACEES)
		die("too many processes");
	t->pid = pid;
	tracees[n_tracees++] = t;
	return t;
}

static void forget(pid_t pid)
{
	for (size_t i = 0; i < n_tracees; i++) {
		if (tracees[i]->pid == pid) {
			free(tracees[i]);
			tracees[i] = tracees[--n_tracees];
			return;
		}
	}
}

static void resume(pid_t pid, int sig)
{
	/* A process that was killed meanwhile is told of by waitpid. */
	ptrace(PTRACE_SYSCALL, pid, NULL, (unsigned long)sig);
}

/* Is the executable of @pid the program, or its copy in memory? */
static bool is_program(pid_t pid)
{
	char link[64], exe[PATH_MAX];
	const char *base;
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/%d/exe", (int)pid);
	n = readlink(link, exe, sizeof(exe) - 1);
	if (n < 0)
		return false;
	exe[n] = 0;
	if (strncmp(exe, "/memfd:", 7) == 0)
		return true;
	base = strrchr(exe, '/');
	return base && strcmp(base + 1, name) == 0;
}

static unsigned long entry_point(pid_t pid)
{
	unsigned long pair[2], entry = 0;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/auxv", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	while (read(fd, pair, sizeof(pair)) == (ssize_t)sizeof(pair) && pair[0] != AT_NULL)
		if (pair[0] == AT_ENTRY)
			entry = pair[1];
	close(fd);
	return entry;
}

static void after_exec(struct tracee *t)
{
	t->counts = false;
	t->entry = is_program(t->pid) ? entry_point(t->pid) : 0;
	if (!t->entry)
		return;
	errno = 0;
	t->saved = ptrace(PTRACE_PEEKTEXT, t->pid, t->entry, NULL);
	if (errno)
		die("cannot read the entry point");
	ptrace(PTRACE_POKETEXT, t->pid, t->entry, (t->saved & ~breakpoint_mask) | breakpoint);
}

static void at_entry_point(struct tracee *t)
{
	ptrace(PTRACE_POKETEXT, t->pid, t->entry, t->saved);
	step_back(t->pid, t->entry);
	t->entry = 0;
	t->counts = true;
}

static void name_child(struct tracee *parent, pid_t pid)
{
	struct tracee *child = find(pid);
	int room;

	if (!child)
		child = add(pid);
	parent->births++;
	room = snprintf(child->path, sizeof(child->path), "%s.%u", parent->path, parent->births);
	if (room < 0 || (size_t)room >= sizeof(child->path))
		die("too many generations");
	child->counts = parent->counts;
	if (child->waits) {
		child->waits = false;
		resume(pid, 0);
	}
}

static void at_request(struct tracee *t, const struct ptrace_syscall_info *info)
{
	bool mine = fault.request && !list_only && strcmp(t->path, fault.path) == 0;
	unsigned long n = t->requests.n;
	size_t n_types;
	const struct request_type *types =
		requests_see(&t->requests, t->pid, info->entry.nr, info->entry.args,
			     mine ? fault.call : 0, fault.code, &n_types);

	for (size_t i = 0; i < n_types; i++) {
		n++;
		if (list_only)
			fprintf(report, "ask %s %lu %d.%d\n", t->path, n, types[i].protocol,
				types[i].type);
		else if (mine && n == fault.call)
			fprintf(report, "hit %d.%d\n", types[i].protocol, types[i].type);
	}
}

static void at_call(struct tracee *t)
{
	struct ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, t->pid, sizeof(info), &info) < 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
		if (t->fails_with)
			set_result(t->pid, -t->fails_with);
		t->fails_with = 0;
		requests_answer(&t->requests, t->pid, info.exit.rval);
		return;
	}
	if (!t->counts || info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return;
	t->calls++;
	if (list_only)
		fprintf(report, "call %s %lu %llu\n", t->path, t->calls,
			(unsigned long long)info.entry.nr);
	at_request(t, &info);
	if (list_only || fault.request || t->calls != fault.call ||
	    strcmp(t->path, fault.path) != 0)
		return;
	fprintf(report, "hit %llu\n", (unsigned long long)info.entry.nr);
	if (fault.code) {
		t->fails_with = fault.code;
		/* The kernel closes the descriptor even when it reports an error. */
		if (info.entry.nr != SYS_close)
			skip_call(t->pid);
	} else {
		kill(t->pid, SIGKILL);
	}
}

/* Where the program ends by its own fault: the address in its file. */
static void report_crash(const struct tracee *t, int sig)
{
	unsigned long at = program_counter(t->pid), start, end, offset;
	char path[64], line[PATH_MAX + 128], file[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)t->pid);
	f = fopen(path, "re");
	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		*file = 0;
		if (sscanf(line, "%lx-%lx %*s %lx %*s %*s %4095s", &start, &end, &offset, file) >=
			    3 &&
		    at >= start && at < end)
			fprintf(report, "crash %s %d at %#lx of %s\n", t->path, sig,
				at - start + offset, file);
	}
	fclose(f);
}

static void stopped(struct tracee *t, int status)
{
	int sig = WSTOPSIG(status), event = status >> 16;
	unsigned long message;

	switch (event) {
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		if (ptrace(PTRACE_GETEVENTMSG, t->pid, NULL, &message) == 0)
			name_child(t, (pid_t)message);
		break;
	case PTRACE_EVENT_EXEC:
		after_exec(t);
		break;
	case PTRACE_EVENT_STOP:
		if (!*t->path) {
			t->waits = true;
			return;
		}
		if (sig != SIGTRAP) {
			ptrace(PTRACE_LISTEN, t->pid, NULL, NULL);
			return;
		}
		break;
	default:
		if (sig == (SIGTRAP | 0x80)) {
			at_call(t);
		} else if (sig == SIGTRAP && t->entry) {
			at_entry_point(t);
		} else {
			if (sig == SIGSEGV || sig == SIGBUS || sig == SIGABRT || sig == SIGILL ||
			    sig == SIGFPE)
				report_crash(t, sig);
			resume(t->pid, sig);
			return;
		}
	}
	resume(t->pid, 0);
}

static pid_t start(char **argv)
{
	const unsigned long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
				      PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
				      PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
	struct tracee *t;
	int line[2];
	char go;
	pid_t pid;

	if (pipe2(line, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		die("cannot start");
	if (pid == 0) {
		close(line[1]);
		if (read(line[0], &go, 1) != 1)
			_exit(MISTAKE);
		execvp(argv[0], argv);
		_exit(127);
	}
	close(line[0]);
	if (ptrace(PTRACE_SEIZE, pid, NULL, options) < 0)
		die("cannot trace");
	t = add(pid);
	strcpy(t->path, "0");
	if (write(line[1], "", 1) != 1)
		die("cannot release the program");
	close(line[1]);
	return pid;
}

static void on_alarm(int sig)
{
	(void)sig;
	timed_out = 1;
}

static void report_left(void)
{
	for (size_t i = 0; i < n_tracees; i++) {
		char path[64], comm[32] = "?\n";
		FILE *f;

		snprintf(path, sizeof(path), "/proc/%d/comm", (int)tracees[i]->pid);
		f = fopen(path, "re");
		if (f) {
			(void)!fgets(comm, sizeof(comm), f);
			fclose(f);
		}
		fprintf(report, "left %d %s", (int)tracees[i]->pid, comm);
		kill(tracees[i]->pid, SIGKILL);
	}
}

/* Until CMD has ended and, for two seconds more, whatever it has started. */
static int trace(pid_t first)
{
	int status, result = MISTAKE;
	bool ended = false;

	while (n_tracees) {
		pid_t pid = waitpid(-1, &status, __WALL);
		struct tracee *t;

		if (pid < 0 && errno != EINTR)
			break;
		/* Whoever never rests leaves no wait to be interrupted. */
		if (timed_out && (pid < 0 || WIFSTOPPED(status))) {
			report_left();
			return ended ? result : TIMED_OUT;
		}
		if (pid < 0)
			continue;
		t = find(pid);
		if (WIFSTOPPED(status)) {
			stopped(t ? t : add(pid), status);
			continue;
		}
		if (pid == first) {
			ended = true;
			result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
			alarm(2);
		}
		forget(pid);
	}
	return result;
}

static void parse_fault(char *word, int how)
{
	bool kills = how == 'k';
	char *path = strchr(word, ':'), *call = path ? strchr(path + 1, ':') : NULL, *code;

	if (!call)
		goto bad;
	*path++ = *call++ = 0;
	code = strchr(call, ':');
	if (!code != kills || strlen(path) >= sizeof(fault.path))
		goto bad;
	strcpy(fault.path, path);
	fault.call = strtoul(call, NULL, 10);
	fault.code = code ? atoi(code + 1) : 0;
	fault.request = how == 'r';
	if (fault.call && (kills || fault.code > 0))
		return;
bad:
	fprintf(stderr, "inject: not REPORT:PROC:N%s\n", kills ? "" : ":ERRNO");
	exit(MISTAKE);
}

int main(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = on_alarm };
	char *file = NULL;
	unsigned int seconds = 20;
	int c;

	while ((c = getopt(argc, argv, "+l:f:k:r:e:t:")) != -1) {
		switch (c) {
		case 'l':
			list_only = true;
			file = optarg;
			break;
		case 'f':
		case 'k':
		case 'r':
			file = optarg;
			parse_fault(optarg, c);
			break;
		case 'e':
			name = optarg;
			break;
		case 't':
			seconds = (unsigned int)atoi(optarg);
			break;
		default:
			return MISTAKE;
		}
	}
	if (!file || !name || optind == argc) {
		fprintf(stderr,
			"usage: inject -l|-f|-k|-r REPORT[:PROC:N[:ERRNO]] -e NAME -- CMD...\n");
		return MISTAKE;
	}
#ifdef NO_REGISTERS
	fprintf(stderr, "inject: the registers of this machine are not known\n");
	return UNKNOWN_MACHINE;
#endif
	report = fopen(file, "we");
	if (!report)
		die(file);
	sigaction(SIGALRM, &action, NULL);
	alarm(seconds);
	c = trace(start(argv + optind));
	fclose(report);
	return c;
}
