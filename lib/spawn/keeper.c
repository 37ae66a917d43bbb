/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Theory of operation
 *
 * Two things cannot be done by a process that has changed its own namespaces:
 * writing a map of more than its own id, and binding a namespace on a file
 * outside. So libns_unshare() makes this process first, the keeper. libns_spawn()
 * stays outside and writes maps itself. It leaves only the binding to a keeper,
 * because somebody must remove what was bound if the caller is killed.
 *
 *   caller                      keeper                  worker
 *   unshare or clone3
 *   GO(pid)            ->       maps, clone     ->      binds
 *                      <-------------------------       READY or ERROR, exit
 *   rest of the set-up          (waits)
 *   "kept", in shared memory
 *   end of the line    ->       takes back what is not kept, exit
 *
 * A keeper waits for the end of the line, so it never outlives its caller by more
 * than its own clean-up. (An eventfd does not tell that the other side has ended.)
 * If one of the three is killed, another one takes back what was bound
 * (persist.c), or all of it is bound and the caller knows.
 */

#include "spawn/keeper.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include <libns/proc.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/channel.h"
#include "kernel/clone.h"
#include "kernel/idmap-write.h"
#include "kernel/proc.h"
#include "spawn/persist.h"

/* Whether setgroups is written from outside: as the gid_map is, and before that. */
static bool setgroups_from_outside(const struct plan *plan)
{
	return plan->ask.setgroups == LIBNS_SETGROUPS_DENY && plan->ask.gid_map && !plan->self_gid;
}

int keeper_write_maps(const struct plan *plan, pid_t pid, struct libns_error *err)
{
	struct libns_proc proc;
	int r;

	r = proc_pin_local(LIBNS_PROCFS, pid, &proc, err);
	if (r < 0)
		return r;
	if (setgroups_from_outside(plan))
		r = idmap_write_setgroups(proc.dir_fd, false, err);
	/* The setuid helpers look the process up in /proc, too, by the number that it has there. */
	if (r == 0)
		r = idmap_write_at(proc.dir_fd, proc.pid, plan->self_uid ? NULL : plan->ask.uid_map,
				   plan->self_gid ? NULL : plan->ask.gid_map, err);
	proc_unpin(&proc);
	return r;
}

static void explain_map(struct explain *explain, const char *file, const struct libns_idmap *map)
{
	char text[256] = "";
	size_t n = 0;

	for (size_t i = 0; i < libns_idmap_count(map) && n < sizeof(text) - 1; i++) {
		const struct libns_idrange *range = libns_idmap_at(map, i);

		error_format(text + n, sizeof(text) - n, "%s%u %u %u", i ? ", " : "", range->inner,
			     range->outer, range->count);
		n = strlen(text);
	}
	step_explain(explain, "map ids from outside, or by the setuid helper",
		     "write(\"/proc/PID/%s\", \"%s\")", file, text);
}

void keeper_explain_maps(const struct plan *plan, struct explain *explain)
{
	if (setgroups_from_outside(plan))
		step_explain(explain, "setgroups(2) will not work inside",
			     "write(\"/proc/PID/setgroups\", \"deny\")");
	if (plan->ask.uid_map && !plan->self_uid)
		explain_map(explain, "uid_map", plan->ask.uid_map);
	if (plan->ask.gid_map && !plan->self_gid)
		explain_map(explain, "gid_map", plan->ask.gid_map);
}

/* Binds the namespaces, in a child of the keeper. If the child is killed half-way, the keeper takes
 * back what it has done. If the keeper is killed, the child goes on. */
static _Noreturn void work(int channel, struct persist *persist, const struct plan *plan, pid_t pid,
			   unsigned int how)
{
	struct libns_error failure = LIBNS_ERROR_INIT;
	int r = persist_bind(persist, plan, pid, how, &failure);

	if (r == 0)
		r = channel_send(channel, CHANNEL_READY, 0, NULL);
	if (r < 0) {
		persist_take_back(persist, plan);
		channel_send(channel, CHANNEL_ERROR, 0, failure.code ? &failure : NULL);
		_exit(1);
	}
	_exit(0);
}

/* Return: 0 if all is bound and the caller knows. */
static int have_bound(int channel, struct persist *persist, const struct plan *plan, pid_t pid,
		      unsigned int how, struct libns_error *err)
{
	struct clone_result child;
	int status, r = clone_process(0, 0, NULL, &child, err);

	if (r < 0)
		return r;
	if (child.pid == 0)
		work(channel, persist, plan, pid, how);
	r = clone_wait(child.pid, &status);
	if (r < 0) {
		struct pollfd end = { child.pidfd, POLLIN, 0 };

		/* Two processes must not work on the files at the same time. */
		kill(child.pid, SIGKILL);
		while (child.pidfd >= 0 && poll(&end, 1, -1) < 0 && errno == EINTR)
			continue;
		clone_wait(child.pid, NULL);
		return error_set(err, LIBNS_STEP_WAIT, -r, "cannot wait for the helper that binds");
	}
	base_close(child.pidfd);
	if (!WIFEXITED(status))
		return error_say(err, LIBNS_STEP_PERSIST, EIO,
				 "the helper that binds was killed by signal %d", WTERMSIG(status));
	/* It has told the caller the reason itself. */
	return WEXITSTATUS(status) == 0 ? 0 : -EIO;
}

static _Noreturn void keep(int channel, struct persist *persist, const struct plan *plan,
			   unsigned int how)
{
	struct libns_error failure = LIBNS_ERROR_INIT;
	struct channel_message message;
	int r = 0;

	if (channel_receive(channel, &message) != 1)
		_exit(1);
	if (how == LIBNS_HOW_UNSHARE && plan->outside_maps)
		r = keeper_write_maps(plan, message.value, &failure);
	if (r == 0 && persist)
		r = have_bound(channel, persist, plan, message.value, how, &failure);
	else if (r == 0)
		r = channel_send(channel, CHANNEL_READY, 0, NULL);
	if (r < 0 && failure.code)
		channel_send(channel, CHANNEL_ERROR, 0, &failure);
	/* This waits for the end of the line. By then the caller has said whether all of it stays. */
	if (r == 0)
		channel_receive(channel, &message);
	if (persist)
		persist_take_back(persist, plan);
	_exit(r < 0);
}

static _Noreturn void be_keeper(int ends[2], const struct clone_result *me, struct persist *persist,
				const struct plan *plan, unsigned int how)
{
	if (me->handlers)
		clone_reset_handlers();
	if (me->is_blocked)
		sys_sigprocmask(me->sigmask, NULL);
	/* No Ctrl-C may end a keeper half-way; it will end by itself in a moment. */
	if (persist)
		sys_sigprocmask(~UINT64_C(0), NULL);
	base_close(ends[0]);
	keep(ends[1], persist, plan, how);
}

int keeper_start(struct keeper *keeper, const struct plan *plan, unsigned int how,
		 struct libns_error *err)
{
	struct persist *persist = NULL;
	struct clone_result child;
	int ends[2], r = 0;

	if (plan->ask.n_persist)
		r = persist_open(plan, &persist, err);
	if (r < 0)
		return r;
	r = channel_open(ends, err);
	if (r == 0) {
		r = clone_process(0, 0, NULL, &child, err);
		if (r == 0 && child.pid == 0)
			be_keeper(ends, &child, persist, plan, how);
		base_close(ends[1]);
		if (r < 0)
			base_close(ends[0]);
	}
	if (persist)
		persist_close(persist);
	if (r < 0) {
		persist_free(persist);
		return r;
	}
	if (persist)
		persist_hide(persist);
	base_close(child.pidfd);
	*keeper = (struct keeper){ ends[0], child.pid, persist };
	return 0;
}

int keeper_work(struct keeper *keeper, pid_t pid, struct libns_error *err)
{
	int r;

	if (keeper->channel < 0)
		return 0;
	r = channel_tell(keeper->channel, CHANNEL_GO, pid, "the helper outside", err);
	return r < 0 ? r
		     : channel_expect(keeper->channel, CHANNEL_READY, "the helper outside", err);
}

int keeper_end(struct keeper *keeper, bool commit, struct libns_error *err)
{
	int r = 0;

	if (keeper->channel < 0)
		return 0;
	if (commit && keeper->persist && !persist_keep(keeper->persist))
		r = error_say(err, LIBNS_STEP_PERSIST, EIO,
			      "the helper outside has taken the kept namespaces back");
	keeper->channel = base_close(keeper->channel);
	clone_wait(keeper->pid, NULL);
	keeper->persist = persist_free(keeper->persist);
	return r;
}
