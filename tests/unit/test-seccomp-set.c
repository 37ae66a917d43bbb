/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Filters that somebody brings, and how a plan loads them. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <libns/libns.h>

#include "kernel/seccomp.h"
#include "tap.h"

/* Refuses one system call with @code. */
static size_t refusing(struct sock_filter *program, long call, unsigned int code)
{
	const struct sock_filter all[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | code),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	memcpy(program, all, sizeof(all));
	return sizeof(all);
}

/* A file with these bytes, read from its beginning. */
static int file_with(const void *bytes, size_t size)
{
	int fd = memfd_create("filter", MFD_CLOEXEC);

	CHECK(fd >= 0);
	CHECK_INT(pwrite(fd, bytes, size, 0), (ssize_t)size);
	return fd;
}

static struct libns_seccomp *nothing(void)
{
	struct libns_seccomp *filters = NULL;

	CHECK_INT(libns_seccomp_new(&filters, NULL), 0);
	CHECK_INT(libns_seccomp_count(filters), 0);
	return filters;
}

static struct libns_seccomp *refuses(long call, unsigned int code)
{
	struct libns_seccomp *filters = nothing();
	struct sock_filter program[8];
	int fd = file_with(program, refusing(program, call, code));

	CHECK_INT(libns_seccomp_add_fd(filters, fd, "mine", NULL), 0);
	close(fd);
	return filters;
}

static int added(const void *bytes, size_t size, struct libns_error *err)
{
	struct libns_seccomp *filters = nothing();
	int fd = file_with(bytes, size);
	int r = libns_seccomp_add_fd(filters, fd, "mine", err);

	CHECK_INT(libns_seccomp_count(filters), r == 0);
	close(fd);
	libns_seccomp_free(filters);
	return r;
}

TEST(what_has_another_length_than_a_filter_is_refused)
{
	static const char bytes[SECCOMP_PROGRAM_MAX * 8 + 8];
	struct libns_error err = LIBNS_ERROR_INIT;

	CHECK_INT(added(bytes, 0, &err), -EINVAL);
	CHECK_STR(libns_error_text(&err), "'mine' is empty: it is no system call filter");
	for (size_t size = 1; size < 8; size++)
		CHECK_INT(added(bytes, size, &err), -EINVAL);
	CHECK_INT(added(bytes, 17, &err), -EINVAL);
	CHECK_STR(libns_error_text(&err), "'mine' has 17 bytes and is no system call filter, which "
					  "consists of instructions of 8 bytes");
	CHECK_INT(added(bytes, 8, &err), 0);
	CHECK_INT(added(bytes, SECCOMP_PROGRAM_MAX * 8, &err), 0);
	for (size_t more = 1; more <= 8; more++)
		CHECK_INT(added(bytes, SECCOMP_PROGRAM_MAX * 8 + more, &err), -E2BIG);
	CHECK_STR(libns_error_text(&err), "'mine' is too long for a system call filter, which has "
					  "at most 4096 instructions of 8 bytes");
}

TEST(a_fifo_is_read_to_its_end)
{
	struct libns_seccomp *filters = nothing();
	struct sock_filter program[8];
	size_t size = refusing(program, SYS_getpriority, EXDEV);
	int line[2];
	pid_t pid;

	CHECK_INT(pipe(line), 0);
	pid = fork();
	if (pid == 0) {
		for (size_t i = 0; i < size; i++)
			if (write(line[1], (char *)program + i, 1) != 1)
				_exit(1);
		_exit(0);
	}
	close(line[1]);
	CHECK_INT(libns_seccomp_add_fd(filters, line[0], "line", NULL), 0);
	close(line[0]);
	CHECK_INT(waitpid(pid, NULL, 0), pid);
	CHECK_INT(filters->filters[0].n, 4);
	CHECK(memcmp(filters->filters[0].program, program, size) == 0);
	libns_seccomp_free(filters);
}

TEST(what_cannot_be_read_is_named)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_seccomp *filters = nothing();

	CHECK_INT(libns_seccomp_add_file(filters, "/nowhere", &err), -ENOENT);
	CHECK_STR(libns_error_text(&err),
		  "cannot open the system call filter '/nowhere': No such file or directory");
	CHECK_INT(libns_seccomp_add_file(filters, "/", &err), -EISDIR);
	CHECK_STR(libns_error_text(&err), "cannot read the system call filter '/': Is a directory");
	CHECK_INT(libns_seccomp_add_file(filters, "/dev/zero", &err), -E2BIG);
	CHECK_INT(libns_seccomp_add_fd(filters, -1, "none", &err), -EBADF);
	CHECK_INT(libns_seccomp_count(filters), 0);
	libns_seccomp_free(filters);
}

TEST(what_the_kernel_does_not_take_is_named)
{
	const uint64_t junk = UINT64_MAX;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_seccomp *filters = nothing();
	int fd = file_with(&junk, sizeof(junk));

	CHECK_INT(libns_seccomp_add_fd(filters, fd, "junk", &err), 0);
	close(fd);
	CHECK_INT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	CHECK_INT(libns_seccomp_apply(filters, &err), -EINVAL);
	CHECK_STR(libns_error_text(&err),
		  "the kernel does not take 'junk' for a system call filter");
	libns_seccomp_free(filters);
}

/* ---------------------------------------------------------------- in a plan */

static struct libns_confine *confined_by(struct libns_seccomp *one, struct libns_seccomp *two)
{
	struct libns_confine *confine;

	CHECK_INT(libns_confine_new(NULL, LIBNS_USER_KEPT, &confine, NULL), 0);
	CHECK_INT(libns_confine_add_filters(confine, one, NULL), 0);
	libns_seccomp_free(one);
	if (two)
		CHECK_INT(libns_confine_add_filters(confine, two, NULL), 0);
	libns_seccomp_free(two);
	return confine;
}

/* Whether both filters are there, the younger one first, and no_new_privs. */
static int is_under_both(void *data)
{
	(void)data;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return 1;
	if (syscall(SYS_getpriority, 0, 0) != -1 || errno != EXDEV)
		return 2;
	/* Both refuse it: the last one counts. */
	if (syscall(SYS_getpgid, 0) != -1 || errno != EDOM)
		return 3;
	return 0;
}

static struct libns_confine *both(void)
{
	struct libns_seccomp *one = refuses(SYS_getpriority, EXDEV);
	struct sock_filter program[8];
	int fd = file_with(program, refusing(program, SYS_getpgid, EXDEV));

	CHECK_INT(libns_seccomp_add_fd(one, fd, "second", NULL), 0);
	close(fd);
	return confined_by(one, refuses(SYS_getpgid, EDOM));
}

TEST(a_plan_loads_all_of_them_in_order)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_child *child;
	int status;

	plan.confine = both();
	plan.main = is_under_both;
	if (libns_spawn(&plan, &child, &err) < 0)
		TAP_FAIL("%s", libns_error_text(&err));
	CHECK_INT(libns_child_wait(child, 0, &status, &err), 0);
	CHECK_INT(status, 0);
	libns_child_free(child);
	plan.main = NULL;
	CHECK_INT(libns_apply(&plan, &err), 0);
	CHECK_INT(is_under_both(NULL), 0);
	libns_confine_free(plan.confine);
}

TEST(B9_nothing_of_the_set_up_is_under_it)
{
	char *const true_argv[] = { (char[]){ "true" }, NULL };
	const struct libns_rlimit core = { RLIMIT_CORE, 0, 0 };
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_child *child;
	int status;

	/* Each of them is a call that the set-up makes. */
	plan.confine = confined_by(refuses(SYS_prctl, EPERM), refuses(SYS_prlimit64, EPERM));
	plan.argv = true_argv;
	plan.rlimits = &core;
	plan.n_rlimits = 1;
	plan.death_signal = SIGKILL;
	plan.flags = LIBNS_PLAN_CLOSE_FDS | LIBNS_PLAN_HOLD;
	if (libns_spawn(&plan, &child, &err) < 0)
		TAP_FAIL("%s", libns_error_text(&err));
	CHECK_INT(libns_child_release(child, &err), 0);
	CHECK_INT(libns_child_wait(child, 0, &status, &err), 0);
	CHECK_INT(status, 0);
	libns_child_free(child);
	libns_confine_free(plan.confine);
}

TEST(a_filter_that_is_not_taken_is_a_failure)
{
	const uint64_t junk = UINT64_MAX;
	char *const true_argv[] = { (char[]){ "true" }, NULL };
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_seccomp *filters = nothing();
	struct libns_child *child;
	int fd = file_with(&junk, sizeof(junk));

	CHECK_INT(libns_seccomp_add_fd(filters, fd, "junk", &err), 0);
	close(fd);
	plan.confine = confined_by(filters, NULL);
	plan.argv = true_argv;
	CHECK_INT(libns_spawn(&plan, &child, &err), -EINVAL);
	CHECK_STR(libns_error_text(&err),
		  "the kernel does not take 'junk' for a system call filter");
	plan.argv = NULL;
	CHECK_INT(libns_apply(&plan, &err), -EINVAL);
	libns_confine_free(plan.confine);
}

static int keep_last(void *data, const char *actor, const char *call, const char *why)
{
	char(*last)[200] = data;

	(void)actor, (void)why;
	memcpy(last[0], last[1], sizeof(last[0]));
	memcpy(last[1], last[2], sizeof(last[0]));
	snprintf(last[2], sizeof(last[2]), "%s", call);
	return 0;
}

TEST(each_is_a_step_just_before_the_program)
{
	char *const true_argv[] = { (char[]){ "true" }, NULL };
	struct libns_plan plan = LIBNS_PLAN_INIT;
	char last[3][200] = { "" };

	plan.confine = confined_by(refuses(SYS_getpriority, 1), refuses(SYS_getpgid, 1));
	plan.argv = true_argv;
	CHECK_INT(libns_plan_explain(&plan, LIBNS_HOW_SPAWN, keep_last, last, NULL), 0);
	CHECK_STR(last[0], "seccomp(SECCOMP_SET_MODE_FILTER, \"mine\", 4 instructions)");
	CHECK_STR(last[1], "seccomp(SECCOMP_SET_MODE_FILTER, \"mine\", 4 instructions)");
	CHECK_STR(last[2], "execve(\"true\")");
	plan.argv = NULL;
	CHECK_INT(libns_plan_explain(&plan, LIBNS_HOW_UNSHARE, keep_last, last, NULL), 0);
	CHECK_STR(last[2], "seccomp(SECCOMP_SET_MODE_FILTER, \"mine\", 4 instructions)");
	libns_confine_free(plan.confine);
}

TAP_MAIN
