/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What xunshare says about its work: the steps of a plan, and one line of JSON
 * on the status descriptor whenever something has happened. A line is written
 * by one write(2), so lines of several sandboxes can share a pipe.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/file.h"
#include "common/text.h"
#include "xunshare/xunshare.h"

static void put_field(FILE *file, const char *key, const char *text)
{
	fprintf(file, ",\"%s\":", key);
	text_json(file, text);
}

struct steps {
	const struct request *q;
	FILE *file;
	enum report form;
	unsigned int n;
};

static int put_one(void *data, const char *actor, const char *call, const char *why)
{
	struct steps *steps = data;

	steps->n++;
	if (steps->form == REPORT_TEXT) {
		fprintf(steps->file, "%3u  %-7s %s\n%13s%s\n", steps->n, actor, call, "", why);
		return 0;
	}
	fprintf(steps->file, "%s\n   {\"step\":%u", steps->n > 1 ? "," : "", steps->n);
	put_field(steps->file, "actor", actor);
	put_field(steps->file, "call", call);
	put_field(steps->file, "why", why);
	fputc('}', steps->file);
	return 0;
}

static int put_step(void *data, const char *actor, const char *call, const char *why)
{
	const struct steps *steps = data;
	char command[1024], words[1040];
	int r = put_one(data, actor, call, why);

	/* It is no step of the plan: what waits there is let go once it is ready. */
	if (r || !steps->q->pasta || strcmp(call, "recv(socket)") != 0)
		return r;
	snprintf(words, sizeof(words), "execve(\"%s\")",
		 pasta_format(steps->q, command, sizeof(command)));
	return put_one(data, "caller", words,
		       "a way out of the new network, while the program runs");
}

int report_plans(const struct request *q, FILE *file, enum report form, const struct planned *plans,
		 size_t n_plans)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct steps steps = { q, file, form, 0 };
	int r = 0;

	if (form == REPORT_JSON)
		fputs("{\n   \"steps\":[", file);
	group_explain(q, put_step, &steps);
	if (q->pty)
		put_step(&steps, "caller", "open(\"/dev/ptmx\"), ioctl(TIOCGPTPEER)",
			 "a terminal that takes the place of the caller's");
	for (size_t i = 0; i < n_plans && r == 0; i++)
		r = libns_plan_explain(&plans[i].plan, plans[i].how, put_step, &steps, &err);
	if (form == REPORT_JSON)
		fputs("\n   ]\n}\n", file);
	fflush(file);
	return r < 0 ? cli_fail(&q->cli, &err) : 0;
}

static bool is_wanted(const struct request *q, const char *topic)
{
	uint64_t type;

	return libns_types_parse(topic, &type, NULL) == 0 &&
	       (!q->plan.types || (q->plan.types & type));
}

/* In JSON, what the sentence of this finding says. */
static void put_landlock(void)
{
	int abi = libns_landlock_abi(NULL);
	const struct libns_landlock_gap *gap;
	unsigned int errata;

	printf(",\"abi\":%d", abi < 0 ? 0 : abi);
	if (libns_landlock_errata(&errata, NULL) < 0) {
		printf(",\"errata\":null");
	} else {
		printf(",\"errata\":[");
		for (unsigned int i = 0, n = 0; i < 32; i++)
			if (errata >> i & 1)
				printf("%s%u", n++ ? "," : "", i + 1);
		putchar(']');
	}
	printf(",\"open\":[");
	for (size_t i = 0; (gap = libns_landlock_gap_at(NULL, abi < 0 ? 0 : (unsigned int)abi, i));
	     i++) {
		fputs(i ? "," : "", stdout);
		text_json(stdout, gap->what);
	}
	putchar(']');
}

static void put_finding(const struct libns_finding *finding, enum report form, bool first)
{
	const char *verdict = libns_verdict_name(finding->verdict);

	if (form == REPORT_TEXT) {
		printf("%-8s %-20s %s\n", verdict, finding->topic, finding->sentence);
		if (*finding->way_out)
			printf("%30s%s\n", "", finding->way_out);
		/* The next probe may end us: print what is known so far. */
		fflush(stdout);
		return;
	}
	printf("%s\n   {\"topic\":\"%s\"", first ? "" : ",", finding->topic);
	put_field(stdout, "verdict", verdict);
	put_field(stdout, "sentence", finding->sentence);
	if (*finding->way_out)
		put_field(stdout, "way-out", finding->way_out);
	if (!strcmp(finding->topic, "landlock"))
		put_landlock();
	putchar('}');
}

int report_check(const struct request *q)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	static char buffer[BUFSIZ];
	struct libns_check *check;
	int code = 0;

	/* Given a buffer, stdio makes no system call to choose its size: a filter might kill us for it. */
	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	if (libns_check_new(&check, &err) < 0)
		return cli_fail(&q->cli, &err);
	if (q->check == REPORT_JSON)
		fputs("{\n   \"findings\":[", stdout);
	for (size_t i = 0; i < libns_check_count(check); i++) {
		const struct libns_finding *finding = libns_check_at(check, i);

		put_finding(finding, q->check, i == 0);
		if (finding->verdict == LIBNS_VERDICT_NO && is_wanted(q, finding->topic))
			code = CLI_FAILURE;
	}
	if (q->check == REPORT_JSON)
		fputs("\n   ]\n}\n", stdout);
	libns_check_free(check);
	return code;
}

/*
 * Whoever asked for it may have stopped to read. The signal for that must not
 * end xunshare, for its exit status is the program's, and must not be ignored
 * for good, for the program would inherit that.
 */
void report_write(int fd, const char *text, size_t size)
{
	const struct timespec now = { 0 };
	sigset_t pipe_set, pending, old;

	sigemptyset(&pipe_set);
	sigaddset(&pipe_set, SIGPIPE);
	sigpending(&pending);
	sigprocmask(SIG_BLOCK, &pipe_set, &old);
	if (write(fd, text, size) < 0 && errno == EPIPE && !sigismember(&pending, SIGPIPE))
		sigtimedwait(&pipe_set, NULL, &now);
	sigprocmask(SIG_SETMASK, &old, NULL);
}

/* Whether a line says already how it has ended. */
static bool is_told;

/* Begins a line in memory, which end_line() sends by a single write. */
static FILE *begin_line(const struct request *q, char **text, size_t *size, const char *event)
{
	FILE *file = q->status_fd < 0 ? NULL : open_memstream(text, size);

	if (file)
		fprintf(file, "{\"event\":\"%s\"", event);
	return file;
}

static void end_line(const struct request *q, FILE *file, char **text, const size_t *size)
{
	fputs("}\n", file);
	fclose(file);
	report_write(q->status_fd, *text, *size);
	free(*text);
}

void report_error(const struct request *q, const struct libns_error *err)
{
	char *text = NULL, types[64], hint[512];
	size_t size = 0;
	FILE *file = begin_line(q, &text, &size, "error");

	if (!file)
		return;
	is_told = true;
	if (err->step != LIBNS_STEP_NONE) {
		put_field(file, "step", libns_error_step_name(err->step));
		fprintf(file, ",\"errno\":%d", err->code);
	}
	if (err->types)
		put_field(file, "types", libns_types_format(err->types, types, sizeof(types)));
	put_field(file, "text", libns_error_text(err));
	if (libns_error_hint(err, hint, sizeof(hint)) > 0)
		put_field(file, "hint", hint);
	end_line(q, file, &text, &size);
}

void report_failure(const struct request *q, int code)
{
	const struct libns_error unknown = { .text = "the options are wrong" };
	const struct libns_error *last = cli_last_error();

	if (code && !is_told && !q->check)
		report_error(q, last ? last : &unknown);
}

static void put_namespaces(FILE *file, const struct libns_proc *proc)
{
	const char *separator = "";
	uint64_t type;

	fputs(",\"namespaces\":{", file);
	for (size_t i = 0; (type = libns_type_at(i)); i++) {
		struct libns_id id;

		if (libns_proc_read_id(proc, type, &id, NULL) < 0)
			continue;
		fprintf(file, "%s\"%s\":%llu", separator, libns_type_name(type),
			(unsigned long long)id.ino);
		separator = ",";
	}
	fputc('}', file);
}

/*
 * The child, or this process if @child is NULL; NULL if procfs does not show it. Its number
 * here says nothing about /proc, which may be that of another pid namespace.
 */
static struct libns_proc *pin(const struct libns_child *child)
{
	int pidfd = child ? libns_child_get_pidfd(child) : -1;
	struct libns_proc *proc = NULL;
	char *self = NULL;
	pid_t pid;

	if (pidfd >= 0) {
		(void)libns_proc_new_from_pidfd(LIBNS_PROCFS, pidfd, &proc, NULL);
		return proc;
	}
	if (!child)
		self = file_read_link_at(AT_FDCWD, "/proc/self");
	pid = child ? libns_child_get_pid(child) : self ? atoi(self) : 0;
	free(self);
	(void)libns_proc_new(LIBNS_PROCFS, pid, &proc, NULL);
	return proc;
}

void report_started(const struct request *q, const struct libns_child *child)
{
	struct libns_proc *proc;
	char *text = NULL;
	size_t size = 0, n_pids;
	pid_t *pids;
	FILE *file = begin_line(q, &text, &size, "started");

	if (!file)
		return;
	fprintf(file, ",\"pid\":%d", child ? libns_child_get_pid(child) : getpid());
	proc = pin(child);
	if (proc) {
		if (libns_proc_read_nspid(proc, &pids, &n_pids, NULL) == 0) {
			fprintf(file, ",\"inner-pid\":%d", pids[n_pids - 1]);
			free(pids);
		}
		put_namespaces(file, proc);
		libns_proc_free(proc);
	}
	end_line(q, file, &text, &size);
}

void report_exit(const struct request *q, int wait_status, bool timed_out)
{
	char *text = NULL;
	size_t size = 0;
	FILE *file = begin_line(q, &text, &size, "exit");

	if (!file)
		return;
	is_told = true;
	if (WIFSIGNALED(wait_status))
		fprintf(file, ",\"signal\":%d", WTERMSIG(wait_status));
	else
		fprintf(file, ",\"status\":%d", WEXITSTATUS(wait_status));
	if (timed_out)
		fputs(",\"timed-out\":true", file);
	end_line(q, file, &text, &size);
}

void report_forgotten_fork(const struct request *q)
{
	if (q->fork || !(q->plan.types & LIBNS_TYPE_PID) ||
	    !(q->plan.mount_proc || isatty(STDERR_FILENO)))
		return;
	cli_note(&q->cli,
		 "'%s' itself is not in the new pid namespace, only its children will "
		 "be; add --fork (-f) or --init",
		 q->plan.argv[0]);
}
