/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * xunshare: run a program in new namespaces.
 *
 * Without --fork the namespaces are made in place and the program replaces
 * xunshare, as with unshare(1). With --fork there are two ways:
 *
 * - With a new user namespace, or where namespaces are kept on files, one child
 *   is born in all of them, and xunshare stays outside: nothing inside can
 *   trace it, and it can do what only somebody outside can.
 * - Otherwise all but the pid and time namespace are made in place first. That
 *   is what scripts rely on which run "unshare -f -n CMD &" and then enter the
 *   namespace by the pid of unshare, $!.
 */

#include "xunshare/xunshare.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "xunshare/options.h"

/* Types that only a child can be in: unshare(2) changes what children are born in. */
#define CHILD_TYPES (LIBNS_TYPE_PID | LIBNS_TYPE_TIME)

#define TIMED_OUT 124

static int fail(const struct request *q, const struct libns_error *err)
{
	int code;

	report_error(q, err);
	code = err->step == LIBNS_STEP_EXEC ? cli_fail_exec(&q->cli, err) : cli_fail(&q->cli, err);
	landlock_hint(q, err);
	return code;
}

static int set_environment(const struct request *q)
{
	const char **values = calloc(q->n_keep_env + 1, sizeof(*values));

	if (!values)
		return cli_error(&q->cli, "%s", strerror(errno));
	for (size_t i = 0; i < q->n_keep_env; i++)
		values[i] = getenv(q->keep_env[i]);
	/* clearenv(3) drops the array of pointers, but the strings stay where they are. */
	if (q->clear_env)
		clearenv();
	for (size_t i = 0; i < q->n_keep_env; i++)
		if (values[i] && setenv(q->keep_env[i], values[i], 1) < 0)
			return cli_error(&q->cli, "--whitelist-env: '%s': %s", q->keep_env[i],
					 strerror(errno));
	free(values);
	for (size_t i = 0; i < q->n_set_env; i++) {
		char *text = strdup(q->set_env[i]);

		if (!text || putenv(text) != 0)
			return cli_error(&q->cli, "--setenv: '%s': %s", q->set_env[i],
					 strerror(errno));
	}
	return 0;
}

/* The user that the program runs as, whose shell is chosen. */
static uid_t inner_uid(const struct request *q)
{
	uid_t own = q->entry ? q->own_uid : getuid();
	uint32_t inner;

	if (q->plan.flags & LIBNS_PLAN_UID)
		return q->plan.uid;
	if (q->plan.uid_map && libns_idmap_to_inner(q->plan.uid_map, own, &inner))
		return inner;
	return own;
}

static void choose_program(struct request *q)
{
	if (q->plan.argv)
		return;
	cli_shell(&q->shell, inner_uid(q));
	/* $SHELL may name a program that the new root does not have. */
	if (q->root && !q->dry_run)
		cli_note(&q->cli, "no program was given: running the shell '%s' in '%s'",
			 q->shell.path, q->root);
	q->plan.path = q->shell.path;
	q->plan.argv = q->shell.argv;
}

/* Whether xunshare stays outside of all namespaces, of which the child is born in all. */
static bool is_apart(const struct request *q)
{
	uint64_t joined = q->entry ? libns_entry_get_types(q->entry) : 0;

	return ((q->plan.types | joined) & LIBNS_TYPE_USER) || q->plan.n_persist || q->pasta;
}

/* Return: a copy of the list, whose strings are not copied; or NULL. */
static char **copy_list(char *const *list)
{
	size_t n = 0;
	char **copy;

	while (list && list[n])
		n++;
	copy = calloc(n + 1, sizeof(*copy));
	for (size_t i = 0; copy && i < n; i++)
		copy[i] = list[i];
	return copy;
}

/*
 * Makes the program's environment and chooses what runs in it. xunshare itself keeps the caller's:
 * where helpers such as newuidmap(1) are found is not for the program to say.
 */
static int prepare_program(struct request *q)
{
	char **own = copy_list(environ);
	int code = own ? set_environment(q) : cli_error(&q->cli, "%s", strerror(errno));

	if (code)
		return code;
	choose_program(q);
	q->plan.envp = copy_list(environ);
	if (!q->plan.envp)
		return cli_error(&q->cli, "%s", strerror(errno));
	environ = own;
	return 0;
}

static int own_fd(const struct request *q, const char *option, int fd)
{
	if (fd < 0)
		return 0;
	/* These descriptors are for xunshare, and the program does not get them. */
	if (fd > 2 ? fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 : fcntl(fd, F_GETFD) < 0)
		return cli_error(&q->cli, "%s: descriptor %d: %s", option, fd, strerror(errno));
	return 0;
}

/* From a directory of the host the whole host can be reached, whatever the root is. */
static int refuse_directories(const struct request *q)
{
	struct stat st;

	for (int fd = 0; q->plan.mounts && fd <= STDERR_FILENO; fd++)
		if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
			return cli_error(
				&q->cli,
				"--close-fds: descriptor %d is a directory, from which the "
				"program could reach the host",
				fd);
	return 0;
}

/* Instead of which the program gets /dev/null. */
static int give_up_stdin(const struct request *q)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0)
		return cli_error(&q->cli, "cannot open '/dev/null': %s", strerror(errno));
	if (null > STDIN_FILENO)
		close(null);
	return 0;
}

/* Not while the options are read: a sealed copy that goes on in the place of this process reads them
 * once more, and needs the same descriptors. */
static int set_descriptors(const struct request *q)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int r = q->close_fds ? refuse_directories(q) : 0;

	if (r)
		return r;
	r = q->close_fds ? libns_fds_close_on_exec(&err) : 0;
	if (r < 0)
		return cli_fail(&q->cli, &err);
	r = q->takes_stdin ? give_up_stdin(q) : 0;
	for (size_t i = 0; r == 0 && i < q->n_own_fds; i++)
		r = own_fd(q, "--file", q->own_fds[i]);
	if (r)
		return r;
	for (size_t i = 0; i < q->n_pass_fds; i++)
		if (fcntl(q->pass_fds[i], F_SETFD, 0) < 0)
			return cli_error(&q->cli, "--pass-fd: descriptor %d: %s", q->pass_fds[i],
					 strerror(errno));
	r = own_fd(q, "--status-fd", q->status_fd);
	if (r == 0)
		r = own_fd(q, "--ready-fd", q->ready_fd);
	return r ? r : own_fd(q, "--block-fd", q->block_fd);
}

static size_t split(const struct request *q, struct planned plans[2])
{
	const struct libns_plan *all = &q->plan;
	/* Who changes the root of a mount namespace changes it for all that are in it. The root of
	 * a cgroup namespace is the group that its maker is in. */
	uint64_t of_child = CHILD_TYPES | (all->mounts ? LIBNS_TYPE_MNT : 0) |
			    (all->flags & LIBNS_PLAN_CGROUP ? LIBNS_TYPE_CGROUP : 0);
	size_t n = 0;

	if (!q->fork) {
		plans[n] = (struct planned){ *all, LIBNS_HOW_UNSHARE };
		plans[n].plan.argv = NULL;
		plans[n].plan.envp = NULL;
		plans[n++].plan.path = NULL;
		if (q->last) {
			plans[n] = (struct planned){ LIBNS_PLAN_INIT, LIBNS_HOW_UNSHARE };
			plans[n++].plan.confine = q->last;
		}
		return n;
	}
	if (!is_apart(q) && (all->types & ~of_child)) {
		plans[n] = (struct planned){ LIBNS_PLAN_INIT, LIBNS_HOW_UNSHARE };
		plans[n].plan.entry = all->entry;
		plans[n++].plan.types = all->types & ~of_child;
	}
	plans[n] = (struct planned){ *all, LIBNS_HOW_SPAWN };
	if (q->close_fds) {
		plans[n].plan.flags |= LIBNS_PLAN_CLOSE_FDS;
		plans[n].plan.keep_fds = q->pass_fds;
		plans[n].plan.n_keep_fds = q->n_pass_fds;
	}
	if (n) {
		/* What is set up in them was made just now. */
		plans[n].plan.entry = NULL;
		plans[n].plan.types &= of_child;
		plans[n].plan.flags |= LIBNS_PLAN_CHANGE_OLD;
	}
	return n + 1;
}

/* The program keeps its descriptors 0, 1 and 2. */
static void done_with(int fd)
{
	if (fd > 2)
		close(fd);
}

/* --block-fd: waits for data or for the end of the file. A failure to read is neither. */
static int block(const struct request *q)
{
	struct pollfd data = { q->block_fd, POLLIN, 0 };
	char byte;

	if (q->block_fd < 0)
		return 0;
	while (read(q->block_fd, &byte, 1) < 0) {
		/* The descriptor is non-blocking: wait here instead. */
		if (errno == EAGAIN && poll(&data, 1, -1) >= 0)
			continue;
		if (errno != EINTR)
			return cli_error(&q->cli, "--block-fd: %s", strerror(errno));
	}
	done_with(q->block_fd);
	return 0;
}

static void tell_ready(const struct request *q)
{
	if (q->ready_fd < 0)
		return;
	report_write(q->ready_fd, "\n", 1);
	done_with(q->ready_fd);
}

/* --die-with-parent */
static int die_with_parent(const struct request *q)
{
	if (!q->parent)
		return 0;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return cli_error(&q->cli, "--die-with-parent: %s", strerror(errno));
	if (getppid() != q->parent)
		return cli_error(&q->cli, "--die-with-parent: it has ended already");
	return 0;
}

/* @last: what comes after all that xunshare does itself; or NULL */
static int run_in_place(const struct request *q, const struct libns_plan *plan,
			const struct libns_plan *last)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	bool has_root = q->root || plan->mounts;
	int own_fd = has_root ? open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	int code, r = plan->types ? libns_unshare(plan, &err) : libns_apply(plan, &err);

	if (r < 0)
		return fail(q, &err);
	report_started(q, NULL);
	code = block(q);
	if (code)
		return code;
	tell_ready(q);
	/* Ask for the signal once more, because a change of ids has cleared it. */
	code = die_with_parent(q);
	if (code)
		return code;
	if (has_root)
		seal_descriptors(q, own_fd);
	if (last && libns_apply(last, &err) < 0)
		return fail(q, &err);
	libns_exec(q->plan.path, q->plan.argv, q->plan.envp, &err);
	return fail(q, &err);
}

static uint64_t signals_to_pass(const struct request *q)
{
	/* Nothing that the caller's terminal sends reaches another session by itself. */
	if (q->plan.flags & (LIBNS_PLAN_PID1 | LIBNS_PLAN_NEW_SESSION))
		return LIBNS_SUPERVISE_ALL;
	return q->forward ? LIBNS_SUPERVISE_END : 0;
}

/* The child was held until its start has been reported. Lets it run. */
static int let_go(const struct request *q, struct libns_child *child)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int code;

	report_started(q, child);
	code = block(q);
	return !code && libns_child_release(child, &err) < 0 ? fail(q, &err) : code;
}

/* Waits until the program has ended. Meanwhile the guard, if there is one, watches over both. */
static int stand_by(struct request *q, struct libns_supervisor *s, struct guard *guard)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	bool timed_out;
	int status, r;

	tell_ready(q);
	r = libns_supervisor_wait(s, &status, &err);
	timed_out = libns_supervisor_has_timed_out(s);
	guard_end(guard);
	group_end(q);
	if (r < 0)
		return fail(q, &err);
	report_exit(q, status, timed_out);
	if (timed_out) {
		cli_error(&q->cli, "the time is up (--timeout)");
		return TIMED_OUT;
	}
	cli_end_as(status);
}

static int fail_start(struct request *q, const struct libns_supervisor *s,
		      const struct libns_error *err)
{
	int sig = libns_supervisor_get_signal(s);

	if (err->code != ECANCELED || !sig)
		return fail(q, err);
	group_end(q);
	cli_end_as(sig);
}

/* @in_place: the namespaces of other types have been made in this process already. */
static int start_child(struct request *q, struct libns_plan *plan, bool in_place,
		       struct libns_supervisor *s, struct guard *guard)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	bool hold = q->status_fd >= 0 || q->block_fd >= 0 || guard_is_needed(q) || q->pasta;
	struct libns_child *child;
	int code;

	plan->flags |= hold ? LIBNS_PLAN_HOLD : 0;
	if (libns_supervisor_spawn(s, plan, &err) < 0)
		return fail_start(q, s, &err);
	child = libns_supervisor_get_child(s);
	/* The guard starts before the next step, so that nobody inside can see it. */
	code = guard_start(q, child, guard);
	if (!code)
		code = pasta_begin(q, child, &guard->pasta);
	if (code)
		return code;
	/*
	 * Who enters by our pid finds the other namespaces here; with --mount-proc their
	 * /proc is of no use without this one, as pid_for_children. As unshare(1).
	 */
	if (in_place && (plan->types & LIBNS_TYPE_PID))
		(void)!setns(libns_child_get_pidfd(child), CLONE_NEWPID);
	return hold ? let_go(q, child) : 0;
}

static int run_child(struct request *q, struct libns_plan *plan, bool in_place, struct guard *guard)
{
	struct libns_supervisor_options options = LIBNS_SUPERVISOR_OPTIONS_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_supervisor *s;
	int code;

	options.flags = q->pty ? LIBNS_SUPERVISE_TERMINAL : 0;
	options.signals = signals_to_pass(q);
	/* A command of --setup may take as long as it likes. */
	options.flags |= q->plan.n_setups ? LIBNS_SUPERVISE_CANCEL : 0;
	/* A limit of zero is a limit: for the library zero would mean that there is none. */
	options.timeout_ms = q->timeout_ms < 0 ? 0 : q->timeout_ms ? q->timeout_ms : 1;
	options.kill_after_ms = q->kill_after_ms < 0 ? 0 : q->kill_after_ms;
	code = group_start(q, plan);
	if (code)
		return code;
	if (libns_supervisor_new(&options, &s, &err) < 0) {
		group_end(q);
		return fail(q, &err);
	}
	code = start_child(q, plan, in_place, s, guard);
	if (!code)
		return stand_by(q, s, guard);
	/* A child that is still held ends when it is freed. */
	libns_supervisor_free(s);
	guard_end(guard);
	group_end(q);
	return code;
}

static int run(struct request *q, char **argv)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct planned plans[2];
	struct guard guard;
	size_t n;
	int code;

	if (q->check)
		return report_check(q);
	code = seal(q, argv);
	if (code == 0)
		code = die_with_parent(q);
	if (code == 0)
		code = prepare_program(q);
	if (code == 0)
		code = set_descriptors(q);
	if (code == 0 && seccomp_prepare(q, &err) < 0)
		code = fail(q, &err);
	if (code)
		return code;
	n = split(q, plans);
	if (q->dry_run)
		return report_plans(q, stdout, q->dry_run, plans, n);
	if (q->explain) {
		code = report_plans(q, stderr, q->explain, plans, n);
		if (code)
			return code;
	}
	report_forgotten_fork(q);
	if (!q->fork)
		return run_in_place(q, &plans[0].plan, n > 1 ? &plans[1].plan : NULL);
	/* Opened now, while /proc shows the child by the number that it has out here. */
	code = guard_prepare(q, &guard);
	if (code)
		return code;
	if (n > 1 && libns_unshare(&plans[0].plan, &err) < 0)
		return fail(q, &err);
	return run_child(q, &plans[n - 1].plan, n > 1, &guard);
}

int main(int argc, char **argv)
{
	char **all_argv = seal_unpack(argv);
	struct request q;
	int r, code;

	cli_init();
	code = cli_refuse_gained_rights(&xunshare_cli);
	if (code)
		return code;
	r = options_parse(&q, argc, argv);
	code = r == CLI_DONE ? 0 : q.cli.failure ? q.cli.failure : CLI_FAILURE;
	if (r == CLI_END)
		code = run(&q, all_argv);
	report_failure(&q, code);
	options_free(&q);
	seal_free(all_argv);
	return cli_finish(&q.cli, code);
}
