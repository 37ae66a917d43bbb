/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The handle of a child. Nobody but libns_child_wait() reaps it, so its number
 * cannot belong to another process meanwhile. Signals are sent by pidfd
 * nevertheless, because a caller may reap it by other means.
 */

#include "spawn/child.h"

#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <libns/proc.h>
#include <libns/type.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/channel.h"
#include "kernel/clone.h"
#include "spawn/screen.h"

struct libns_child *child_new(const struct libns_plan *ask, struct libns_error *err)
{
	struct libns_child *child = calloc(1, sizeof(*child));

	if (!child) {
		error_set(err, LIBNS_STEP_CLONE, ENOMEM, "cannot create a process");
		return NULL;
	}
	*child = (struct libns_child){
		.pidfd = -1,
		.channel = -1,
		.keeper = KEEPER_NONE,
		.held = ask->flags & LIBNS_PLAN_HOLD,
		.pid1 = ask->flags & LIBNS_PLAN_PID1,
	};
	return child;
}

LIBNS_PUBLIC pid_t libns_child_get_pid(const struct libns_child *child)
{
	return child->pid;
}

LIBNS_PUBLIC int libns_child_get_pidfd(const struct libns_child *child)
{
	return child->pidfd;
}

LIBNS_PUBLIC int libns_child_open_ns(const struct libns_child *child, uint64_t type,
				     struct libns_error *err)
{
	_cleanup_(libns_proc_freep) struct libns_proc *proc = NULL;
	int r = child->pidfd < 0
			? libns_proc_new(LIBNS_PROCFS, child->pid, &proc, err)
			: libns_proc_new_from_pidfd(LIBNS_PROCFS, child->pidfd, &proc, err);

	return r < 0 ? r : libns_proc_open_ns(proc, type, err);
}

/* A first process cannot end by a signal as its program can, but it has sent that status. */
static int status_of_program(struct libns_child *child, int status)
{
	struct channel_message message;

	/* Only the status of an end is taken, because a stranger may have sent this. */
	if (!child->pid1 || child->channel < 0)
		return status;
	while (recv(child->channel, &message, sizeof(message), MSG_DONTWAIT) == sizeof(message))
		if (message.kind == CHANNEL_STATUS &&
		    (WIFEXITED(message.value) || WIFSIGNALED(message.value)))
			status = message.value;
	return status;
}

/*
 * If the caller ignores SIGCHLD, or reaps every child, the kernel still keeps the status for the
 * holder of a pidfd (Linux 6.15), and a first process has sent it.
 */
static bool status_of_reaped(struct libns_child *child, int *ret_status)
{
	if (child->pidfd >= 0 && sys_pidfd_exit_status(child->pidfd, ret_status) == 0)
		return true;
	*ret_status = status_of_program(child, -1);
	return *ret_status != -1;
}

LIBNS_PUBLIC int libns_child_wait(struct libns_child *child, unsigned int flags, int *ret_status,
				  struct libns_error *err)
{
	int options = __WALL, status, code;
	pid_t pid;

	if (flags & ~(LIBNS_WAIT_STOPPED | LIBNS_WAIT_NOHANG))
		return error_unknown(err, "flag of a wait",
				     flags & ~(LIBNS_WAIT_STOPPED | LIBNS_WAIT_NOHANG));
	if (!child->ended) {
		options |= flags & LIBNS_WAIT_STOPPED ? WUNTRACED : 0;
		options |= flags & LIBNS_WAIT_NOHANG ? WNOHANG : 0;
		do
			pid = waitpid(child->pid, &status, options);
		/* A call that does not wait is tried again, since no signal has to interrupt it. */
		while (pid < 0 && errno == EINTR && (flags & LIBNS_WAIT_NOHANG));
		code = errno;
		if (pid < 0 && code == ECHILD && status_of_reaped(child, &status))
			pid = child->pid;
		if (pid < 0)
			return error_set(err, LIBNS_STEP_WAIT, code, "cannot wait for process %d",
					 child->pid);
		if (pid == 0)
			return error_say(err, LIBNS_STEP_WAIT, EAGAIN, "process %d still runs",
					 child->pid);
		if (WIFSTOPPED(status)) {
			*ret_status = status;
			return 0;
		}
		child->status = status_of_program(child, status);
		child->ended = true;
	}
	*ret_status = child->status;
	return 0;
}

LIBNS_PUBLIC int libns_child_kill(struct libns_child *child, int sig, struct libns_error *err)
{
	int r = -ESRCH;

	if (!child->ended) {
		if (child->pidfd >= 0)
			r = sys_pidfd_send_signal(child->pidfd, sig);
		else
			r = kill(child->pid, sig) < 0 ? -errno : 0;
	}
	return r < 0 ? error_set(err, LIBNS_STEP_WAIT, -r, "cannot send signal %d to process %d",
				 sig, child->pid)
		     : 0;
}

static int refuse_group(int code, struct libns_error *err)
{
	if (code == EACCES)
		return error_say(
			err, LIBNS_STEP_CGROUP, code,
			"a process cannot begin in the control group: cgroup.procs of the group "
			"above both that and the caller's own is not writable (\"systemd-run --user "
			"--scope -p Delegate=yes COMMAND\" runs a command in one that is)");
	return error_set(err, LIBNS_STEP_CGROUP, code,
			 "a process cannot begin in the control group");
}

bool child_is_moved(const struct libns_plan *ask)
{
	return ask->n_cgroup_fds || (ask->flags & LIBNS_PLAN_CGROUP);
}

int child_clone(struct libns_child *child, const struct plan *plan, bool *waits,
		struct clone_result *ret, struct libns_error *err)
{
	const struct libns_plan *ask = &plan->ask;
	uint64_t types = ask->types & ~plan_later_types(plan);
	int r;

	if (!(ask->flags & LIBNS_PLAN_CGROUP))
		return clone_process(types, SIGCHLD, NULL, ret, err);
	r = clone_into(types, SIGCHLD, ask->cgroup_fd, ret);
	child->in_group = r == 0;
	if (r == -EACCES || r == -EBUSY || r == -ENOENT || r == -ENODEV || r == -EOPNOTSUPP)
		return refuse_group(-r, err);
	if (r == 0)
		return 0;
	*waits = true;
	return clone_process(types, SIGCHLD, NULL, ret, err);
}

int child_clone_inside(const struct plan *plan, uint64_t types, pid_t *slot,
		       struct clone_result *ret, struct libns_error *err)
{
	int r = clone_process(types | CLONE_PARENT, SIGCHLD, slot, ret, err);

	/* This is how the kernel says it. */
	if (r != -ENOMEM || !plan->ask.entry ||
	    !(libns_entry_get_types(plan->ask.entry) & LIBNS_TYPE_PID))
		return r;
	return error_types(err, LIBNS_TYPE_PID,
			   error_say(err, LIBNS_STEP_CLONE, ENOMEM,
				     "the pid namespace is dead: its first process has ended, so "
				     "no process can be made in it"));
}

/* Moves the child into the control group in which it was not born. */
static int move_into(const struct libns_plan *ask, const char *number, struct libns_error *err)
{
	int r = sys_write_at(ask->cgroup_fd, "cgroup.procs", number, strlen(number));

	return r < 0 ? refuse_group(-r, err) : 0;
}

int child_move(const struct libns_child *child, const struct libns_plan *ask,
	       struct libns_error *err)
{
	char number[16];
	int r = 0;

	error_format(number, sizeof(number), "%d", (int)child->pid);
	for (size_t i = 0; i < ask->n_cgroup_fds; i++)
		if (write(ask->cgroup_fds[i], number, strlen(number)) < 0)
			return error_set(err, LIBNS_STEP_CREDENTIALS, errno,
					 "cannot move the child into the control group");
	if ((ask->flags & LIBNS_PLAN_CGROUP) && !child->in_group)
		r = move_into(ask, number, err);
	return r;
}

void child_distrust(const struct libns_child *child, struct libns_error *err)
{
	if (err && child && child->pid > 0 && err->step == LIBNS_STEP_CLONE)
		err->step = LIBNS_STEP_WAIT;
}

void child_discard(struct libns_child *child)
{
	child->channel = base_close(child->channel);
	if (child->pid > 0 && !child->ended) {
		clone_end(child->pid, child->pidfd, true);
		child->ended = true;
		child->status = SIGKILL;
	}
	/* Last: what is in a namespace would keep its binding busy. */
	keeper_end(&child->keeper, false, NULL);
}

void child_watch(const struct libns_plan *ask, pid_t pid, int pidfd, struct channel_peer *ret)
{
	*ret = (struct channel_peer){
		.pid = pid,
		.pidfd = pidfd,
		.cancel_fd = ask->flags & LIBNS_PLAN_CANCEL_FD ? ask->cancel_fd : -1,
		.patience_ms = ask->patience_ms,
	};
}

int child_check_program(const struct libns_child *child, struct libns_error *err)
{
	if (channel_has_executed(child->pid) != 0)
		return 0;
	return error_say(err, LIBNS_STEP_WAIT, EIO,
			 "process %d ended before it ran the program, and said nothing",
			 child->pid);
}

int child_expect_running(struct libns_child *child, struct channel_peer *peer,
			 struct libns_error *err)
{
	struct channel_message message;
	char who[32];
	int r;

	peer->until_exec = !child->has_screen;
	r = channel_hear(child->channel, peer, &message);
	if (r == 1 && message.kind == CHANNEL_ERROR)
		r = screen_hear(&message, err);
	else if (r == -ETIMEDOUT && child->report)
		report_late(child->report, peer->patience_ms, err);
	else if (r < 0)
		error_set(err, LIBNS_STEP_WAIT, -r, "cannot hear from process %d", child->pid);
	else if (r == 0) {
		/* End of the line: execve(2) has closed it, or the child is gone. */
		child->channel = base_close(child->channel);
		error_format(who, sizeof(who), "process %d", child->pid);
		r = report_hear(child->report, who, err);
		if (r == 0 && child->pid1)
			r = error_say(err, LIBNS_STEP_WAIT, EIO, "%s, the first one, has ended",
				      who);
		if (r == 0 && child->seen_inside)
			r = child_check_program(child, err);
	}
	if (!child->held)
		child->report = report_free(child->report);
	if (r < 0)
		child_discard(child);
	return r < 0 ? r : 0;
}

LIBNS_PUBLIC int libns_child_release(struct libns_child *child, struct libns_error *err)
{
	struct channel_peer peer = { .pid = child->pid, .pidfd = child->pidfd, .cancel_fd = -1 };
	int r;

	if (!child->held)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "process %d is not held",
				 child->pid);
	child->held = false;
	r = channel_tell(child->channel, CHANNEL_GO, 0, "the child", err);
	if (r < 0)
		child_discard(child);
	else
		r = child_expect_running(child, &peer, err);
	if (r == 0) {
		r = keeper_end(&child->keeper, true, err);
		if (r < 0)
			child_discard(child);
	}
	return r;
}

LIBNS_PUBLIC struct libns_child *libns_child_free(struct libns_child *child)
{
	if (!child)
		return NULL;
	keeper_end(&child->keeper, false, NULL);
	report_free(child->report);
	base_close(child->channel);
	base_close(child->pidfd);
	free(child);
	return NULL;
}
