/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Ends the processes in a namespace. Each is pinned first, and struck only if it is in there, so
 * that no other process which has its number meanwhile is hit. Who is born while this goes on is
 * found by looking again.
 */

#include <string.h>

#include <libns/proc.h>
#include <libns/type.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "netns/dir.h"
#include "wire/words.h"

/* Looks are made until one finds nobody new; who makes processes faster than that is left. */
#define MAX_LOOKS 100

struct end {
	int run_fd;
	const char *name;
	int sig;
	int64_t wait_ms;
	struct libns_id id;
	pid_t *struck;
	size_t n_struck;
};

static bool was_struck(const struct end *end, pid_t pid)
{
	for (size_t i = 0; i < end->n_struck; i++)
		if (end->struck[i] == pid)
			return true;
	return false;
}

/* Return: 0, also if it is gone or not in there any more, or -errno. */
static int strike(struct end *end, pid_t pid, struct libns_error *err)
{
	_cleanup_(libns_proc_freep) struct libns_proc *proc = NULL;
	struct libns_id id;
	pid_t *more;
	int r = libns_proc_new(LIBNS_PROCFS, pid, &proc, err);

	if (r == 0)
		r = libns_proc_read_id(proc, LIBNS_TYPE_NET, &id, err);
	if (r < 0)
		return r == -ESRCH || r == -ENOENT ? 0 : r;
	if (!libns_id_equal(&id, &end->id))
		return 0;
	more = reallocarray(end->struck, end->n_struck + 1, sizeof(*more));
	if (!more)
		return error_set(err, LIBNS_STEP_PROC, ENOMEM, "cannot list processes");
	end->struck = more;
	more[end->n_struck++] = pid;
	r = sys_pidfd_send_signal(libns_proc_get_pidfd(proc), end->sig);
	if (r < 0 && r != -ESRCH)
		return error_set(err, LIBNS_STEP_PROC, -r, "cannot end process %d in '%s'", pid,
				 end->name);
	return 0;
}

/* @ret_new: receives how many were struck; @ret_n: how many are in there. */
static int look(struct end *end, size_t *ret_new, size_t *ret_n, struct libns_error *err)
{
	_cleanup_free_ pid_t *pids = NULL;
	size_t n, before = end->n_struck;
	int r = libns_netns_read_pids(LIBNS_PROCFS, &end->id, &pids, &n, NULL, err);

	*ret_n = 0;
	for (size_t i = 0; r == 0 && i < n; i++) {
		if (pids[i] == getpid())
			continue;
		*ret_n += 1;
		if (!was_struck(end, pids[i]))
			r = strike(end, pids[i], err);
	}
	*ret_new = end->n_struck - before;
	return r;
}

static int end_all(struct end *end, struct libns_error *err)
{
	int64_t until = sys_now_ms() + end->wait_ms;
	size_t n_new = 1, n = 0;
	int r = 0;

	for (int i = 0; r == 0 && n_new && i < MAX_LOOKS; i++)
		r = look(end, &n_new, &n, err);
	while (r == 0 && end->wait_ms && n) {
		if (sys_now_ms() > until)
			return error_say(err, LIBNS_STEP_WAIT, ETIMEDOUT,
					 "%zu processes in '%s' have not ended in time", n,
					 end->name);
		netns_pause();
		r = look(end, &n_new, &n, err);
	}
	return r;
}

/* Return: 1 if nobody was in there. */
static int run(void *data, struct libns_error *err)
{
	struct end *end = data;
	struct libns_error why = LIBNS_ERROR_INIT;
	_cleanup_close_ int ns_fd = libns_netns_open(end->run_fd, end->name, &why);
	int r;

	/* Nobody is in what is not there, or is a name only. */
	if (ns_fd == -ENOENT || ns_fd == -EINVAL)
		return 1;
	if (ns_fd < 0 && err)
		*err = why;
	if (ns_fd < 0)
		return ns_fd;
	r = libns_fd_query_id(ns_fd, &end->id, err);
	if (r == 0)
		r = end_all(end, err);
	return r == 0 && !end->n_struck ? 1 : r;
}

LIBNS_PUBLIC int libns_wire_end(int run_fd, const char *name, int sig, int64_t wait_ms,
				uint64_t flags, const struct libns_wire_watch *watch,
				struct libns_error *err)
{
	struct end end = { .run_fd = run_fd, .name = name, .sig = sig, .wait_ms = wait_ms };
	_cleanup_(words_done) struct words what = { NULL }, command = { NULL };
	struct wire_step step = { .kind = WIRE_CALL, .call = run, .data = &end };
	int r = netns_check_name(name, err);

	if (r == 0 && flags & ~LIBNS_WIRE_DRY_RUN)
		r = error_unknown(err, "ending processes", flags & ~LIBNS_WIRE_DRY_RUN);
	if (r < 0)
		return r;
	words_add(&what, "send signal %d to the processes in '%s'", sig, name);
	words_add(&command, "ip netns pids ");
	words_quote(&command, name);
	words_add(&command, " | xargs -r kill -%d", sig);
	r = wire_step_say(&step, &what, &command, err);
	if (r == 0)
		r = wire_step_run(&step, flags, watch, err);
	free(end.struck);
	return r;
}
