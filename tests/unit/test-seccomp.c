/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include <libns/seccomp.h>

#include "refuse.h"
#include "tap.h"

#define PATIENCE 5000

/* A child that has set up itself and waits to be ended. */
static pid_t child(void (*set_up)(void))
{
	int line[2];
	char ready = 0;
	pid_t pid;

	CHECK_INT(pipe(line), 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (set_up)
			set_up();
		CHECK_INT(write(line[1], "", 1), 1);
		for (;;)
			pause();
	}
	CHECK_INT(read(line[0], &ready, 1), 1);
	close(line[0]);
	close(line[1]);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	CHECK_INT(waitpid(pid, NULL, 0), pid);
}

static int read_filters(pid_t pid, struct libns_seccomp **ret, struct libns_error *err)
{
	struct libns_proc *proc;
	int r;

	CHECK_INT(libns_proc_new(LIBNS_PROCFS, pid, &proc, err), 0);
	r = libns_seccomp_read(proc, PATIENCE, ret, err);
	libns_proc_free(proc);
	return r;
}

/* Leaves one system call to whoever listens. */
static void ask(void)
{
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpriority, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog all = { sizeof(program) / sizeof(program[0]), program };

	CHECK_INT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	CHECK(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
		      &all) >= 0);
}

static void two(void)
{
	refuse(SYS_getpriority, EXDEV);
	refuse(SYS_getpgid, EDOM);
}

TEST(a_filter_that_needs_a_supervisor_is_seen)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_seccomp *filters = NULL;
	pid_t pid;
	int r;

	for (int i = 0; i < 2; i++) {
		pid = child(i ? ask : two);
		r = read_filters(pid, &filters, &err);
		end(pid);
		if (r == -EPERM || r == -EACCES || r == -EOPNOTSUPP)
			SKIP("may not read filters here");
		CHECK_INT(r, 0);
		CHECK_INT(libns_seccomp_needs_supervisor(filters), i);
		libns_seccomp_free(filters);
	}
}

TEST(what_is_read_is_what_is_applied)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_seccomp *filters;
	pid_t pid = child(two);
	int r = read_filters(pid, &filters, &err);

	end(pid);
	if (r == -EACCES || r == -EPERM)
		SKIP("needs the right to read system call filters");
	if (r < 0)
		TAP_FAIL("%s", err.text);
	CHECK_INT(libns_seccomp_count(filters), 2);
	CHECK(syscall(SYS_getpgid, 0) > 0);
	CHECK_INT(libns_seccomp_apply(filters, &err), 0);
	CHECK_INT(syscall(SYS_getpgid, 0), -1);
	CHECK_INT(errno, EDOM);
	CHECK_INT(syscall(SYS_getpriority, 0, 0), -1);
	CHECK_INT(errno, EXDEV);
	libns_seccomp_free(filters);
}

TEST(without_filters_there_are_none)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_seccomp *filters;
	pid_t pid = child(NULL);

	CHECK_INT(read_filters(pid, &filters, &err), 0);
	CHECK_INT(libns_seccomp_count(filters), 0);
	CHECK_INT(libns_seccomp_apply(filters, &err), 0);
	CHECK(libns_seccomp_free(filters) == NULL);
	end(pid);
}

TEST(the_process_goes_on)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_seccomp *filters;
	pid_t pid = child(two);
	char path[64], state = 0;
	FILE *file;

	if (read_filters(pid, &filters, &err) == 0)
		libns_seccomp_free(filters);
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	/* The tracer has ended before the call returned; the kernel wakes the process a moment
	 * later. */
	do {
		file = fopen(path, "re");
		CHECK(file != NULL);
		CHECK_INT(fscanf(file, "%*d %*s %c", &state), 1);
		fclose(file);
	} while (state == 't');
	CHECK(state == 'S' || state == 'R');
	end(pid);
}

TEST(a_process_that_is_traced_by_somebody_else)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_seccomp *filters;
	pid_t pid = child(two);
	int r;

	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0)
		SKIP("needs the right to trace");
	r = read_filters(pid, &filters, &err);
	CHECK_INT(r, -EPERM);
	CHECK_INT(err.code, EPERM);
	CHECK(strstr(err.text, "cannot read the system call filters of process"));
	end(pid);
}

TEST(strict_mode_is_no_place_for_a_program)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_seccomp *filters;
	int line[2], never[2];
	char byte;
	pid_t pid;

	CHECK_INT(pipe(line), 0);
	CHECK_INT(pipe(never), 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) < 0)
			_exit(1);
		(void)!syscall(SYS_write, line[1], "", 1);
		(void)!syscall(SYS_read, never[0], &byte, 1);
		syscall(SYS_exit, 0);
	}
	close(never[0]);
	CHECK_INT(read(line[0], &byte, 1), 1);
	CHECK_INT(read_filters(pid, &filters, &err), -EOPNOTSUPP);
	CHECK(strstr(err.text, "strict"));
	close(line[0]);
	close(line[1]);
	close(never[1]);
	end(pid);
}

TEST(a_filter_without_the_right_to_set_it)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_seccomp *filters;
	pid_t pid = child(two);
	int r = read_filters(pid, &filters, &err);

	end(pid);
	if (r < 0)
		SKIP("needs the right to read system call filters");
	CHECK_INT(setresuid(65533, 65533, 65533), 0);
	CHECK_INT(libns_seccomp_apply(filters, &err), -EACCES);
	CHECK_STR(err.text, "cannot set a system call filter: Permission denied");
	libns_seccomp_free(filters);
}

TAP_MAIN
