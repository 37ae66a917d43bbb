/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * From a pinned target to everything that is decided before the first join: the
 * entry, directories, ids.
 *
 * The number that a user has at hand is often not that of the process inside, but
 * of the one that has set the sandbox up: $! of "unshare -f ... &", or xunshare,
 * which stays outside. The entry takes the namespaces that such a process has made
 * for its children. If it is outside altogether, its only child takes its place,
 * and a note says so. But if namespaces were named one by one, the user has meant
 * something precise, and is told about the child instead.
 */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/target.h"
#include "xnsenter/xnsenter.h"

static uint64_t wanted_types(const struct options *o)
{
	bool named = o->types || o->file_types || o->user_parent || o->net_socket >= 0;

	if (o->all || !named)
		return LIBNS_TYPES_ALL & ~o->file_types &
		       ~(o->net_socket >= 0 ? LIBNS_TYPE_NET : 0);
	return o->types & ~o->file_types;
}

static int plan(struct job *job, const struct libns_proc *proc, struct libns_entry **ret)
{
	const struct options *o = job->opts;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_enter_plan p = LIBNS_ENTER_PLAN_INIT;
	int fds[LIBNS_N_TYPES + 1];

	memcpy(fds, o->ns_fds, sizeof(o->ns_fds));
	p.n_ns_fds = o->n_ns_fds;
	if (job->target_ns >= 0)
		fds[p.n_ns_fds++] = job->target_ns;
	p.ns_fds = fds;
	p.proc = proc;
	p.types = proc ? wanted_types(o) : 0;
	if (o->compat)
		p.flags = LIBNS_ENTER_KEEP_SAME;
	else
		p.flags = LIBNS_ENTER_FOR_CHILDREN;
	/* An explicit root replaces the target's. */
	if (!o->compat && o->root_fd < 0 && !o->root_of_target)
		p.flags |= LIBNS_ENTER_ROOT;
	if (o->user_parent)
		p.flags |= LIBNS_ENTER_USER_PARENT;
	if (libns_entry_new(&p, ret, &err) < 0)
		return cli_fail(job->cli, &err);
	if (libns_entry_get_unreadable(*ret) & o->types) {
		char words[48];

		libns_types_format(libns_entry_get_unreadable(*ret) & o->types, words,
				   sizeof(words));
		return cli_error(job->cli, "this kernel has no %s namespaces", words);
	}
	return 0;
}

static bool nothing_to_do(const struct job *job)
{
	return !libns_entry_get_types(job->entry) && !libns_entry_has_root(job->entry);
}

/* The parent is in the caller's namespaces: look whether its only child is not. */
static int look_at_child(struct job *job)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	uint64_t types = wanted_types(job->opts);
	pid_t pid = libns_proc_get_pid(job->proc);
	int r, child;

	if (!types && job->opts->user_parent)
		types = LIBNS_TYPES_ALL;
	r = libns_target_prefer_child(job->target, types, &err);
	if (r < 0)
		return cli_fail(job->cli, &err);
	if (r == 0)
		return 0;
	job->proc = libns_target_get_proc(job->target);
	child = (int)libns_proc_get_pid(job->proc);
	if (job->opts->types && !job->opts->all)
		return cli_error(job->cli,
				 "process %d is in the caller's own namespaces; its child %d is "
				 "in others: use --target %d",
				 (int)pid, child, child);
	/* The sealed copy is given the child alone, and knows nothing of its parent. */
	if (!job->opts->plan)
		cli_note(job->cli, "process %d is outside; entering its child %d", (int)pid, child);
	job->entry = libns_entry_free(job->entry);
	return plan(job, job->proc, &job->entry);
}

/* Handles a target whose root directory is gone, as that of a browser's renderers is. */
static int say_lost_root(struct job *job)
{
	pid_t pid = job->proc ? libns_proc_get_pid(job->proc) : 0;

	if (!libns_entry_has_lost_root(job->entry))
		return 0;
	if (job->opts->like && !job->opts->best_effort)
		return cli_error(job->cli,
				 "the root directory of process %d is that of a process that has "
				 "ended, so --like-target cannot have it (--best-effort leaves it "
				 "out, --root=DIR is another one)",
				 (int)pid);
	snprintf(job->note, sizeof(job->note),
		 "left out the root directory of process %d: it is that of a process that has "
		 "ended",
		 (int)pid);
	return 0;
}

static int say_what_is_entered(struct job *job)
{
	const struct options *o = job->opts;
	uint64_t born =
		libns_entry_get_for_children(job->entry) & libns_entry_get_types(job->entry);
	char words[48];

	if (born)
		snprintf(job->note, sizeof(job->note),
			 "process %d is not in the %s namespace of its children; entering theirs",
			 (int)libns_proc_get_pid(job->proc),
			 libns_types_format(born, words, sizeof(words)));
	/* The program would change the host, and the user believes that it is inside. */
	if (!nothing_to_do(job) || !job->proc || o->all || o->types || o->file_types ||
	    o->user_parent || o->net_socket >= 0 || o->root_fd >= 0 || o->root_of_target ||
	    o->cwd_of_target)
		return 0;
	return cli_error(job->cli,
			 "process %d is in the same namespaces as the caller: "
			 "there is nothing to enter (--all runs the program anyway)",
			 (int)libns_proc_get_pid(job->proc));
}

static int open_directories(struct job *job)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	const struct options *o = job->opts;

	if (o->root_of_target) {
		job->root_fd = libns_proc_open_root(job->proc, &err);
		if (job->root_fd < 0)
			return cli_fail(job->cli, &err);
	}
	if (o->cwd_of_target) {
		job->cwd_fd = libns_proc_open_cwd(job->proc, &err);
		if (job->cwd_fd < 0)
			return cli_fail(job->cli, &err);
	}
	return 0;
}

/* The target's id as it reads inside the user namespace that is entered, unless it is to be kept. */
static int follow_id(struct job *job, enum libns_idmap_kind kind, uint32_t *id, bool *set)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int r = libns_entry_query_target_id(job->entry, kind, id, &err);

	*set = r > 0;
	return r < 0 ? cli_fail(job->cli, &err) : 0;
}

static int choose_ids(struct job *job)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_entry_ids ids = LIBNS_ENTRY_IDS_INIT;
	const struct options *o = job->opts;
	bool user = libns_entry_get_types(job->entry) & LIBNS_TYPE_USER;

	if (user && !o->preserve) {
		if (libns_entry_query_ids(job->entry, &ids, &err) < 0)
			return cli_fail(job->cli, &err);
		if (o->compat)
			ids = (struct libns_entry_ids){
				.size = sizeof(ids),
				.has_uid = true,
				.has_gid = true,
				.setgroups = true,
			};
	}
	job->uid = o->uid_from ? o->uid : ids.uid;
	job->gid = o->gid_from ? o->gid : ids.gid;
	job->set_uid = o->uid_from || ids.has_uid;
	job->set_gid = o->gid_from || ids.has_gid;
	job->clear_groups = user ? ids.setgroups : o->gid_from != IDS_DEFAULT;
	if (o->uid_from == IDS_FOLLOW && follow_id(job, LIBNS_IDMAP_UID, &job->uid, &job->set_uid))
		return CLI_FAILURE;
	return o->gid_from == IDS_FOLLOW ? follow_id(job, LIBNS_IDMAP_GID, &job->gid, &job->set_gid)
					 : 0;
}

/* Opens the network namespace of a socket that the target has open. */
static int take_socket(struct job *job)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	if (job->opts->net_socket < 0)
		return 0;
	job->target_ns = libns_proc_open_socket_net(job->proc, job->opts->net_socket, &err);
	return job->target_ns < 0 ? cli_error(job->cli, "%s", libns_error_text(&err)) : 0;
}

static int check_lone_namespace(struct job *job)
{
	if (job->target_ns < 0 || !options_need_process(job->opts))
		return 0;
	return cli_usage(job->cli, "'%s' is one namespace: there is no process to take more from",
			 job->opts->target);
}

/*
 * Finds the target by its word. The sealed copy takes over what the word has led to before, because
 * it could mean another process by now.
 */
static int find_target(struct job *job)
{
	int r;

	if (job->pinned_before < 0)
		return cli_target(job->cli, "--target", LIBNS_PROCFS, job->opts->target,
				  &job->target)
			       ? 0
			       : CLI_FAILURE;
	r = libns_target_new_from_fd(LIBNS_PROCFS, job->pinned_before, &job->target, NULL);
	close(job->pinned_before);
	return r < 0 ? cli_error(job->cli, "target '%s' has ended meanwhile", job->opts->target)
		     : 0;
}

static int pin_target(struct job *job)
{
	int code = job->opts->target ? find_target(job) : 0;

	if (code || !job->target)
		return code;
	job->proc = libns_target_get_proc(job->target);
	job->target_ns = libns_target_get_ns_fd(job->target);
	return 0;
}

/* The container's mounts are not entered but shown: the rest is an entry of its own. */
static int split_entry(struct job *job)
{
	if (!job->opts->host_root)
		return 0;
	if (!(libns_entry_get_types(job->entry) & LIBNS_TYPE_MNT))
		return cli_error(job->cli, "--host-root: the mount namespace is the caller's own");
	job->whole_entry = job->entry;
	/* Should there be no other, this one is freed once. */
	job->entry = NULL;
	if (plan(job, job->proc, &job->entry))
		return CLI_FAILURE;
	libns_entry_leave_out(job->entry, LIBNS_TYPE_MNT);
	return 0;
}

bool job_crosses_mnt(const struct job *job)
{
	return (libns_entry_get_types(job->entry) & LIBNS_TYPE_MNT) ||
	       libns_entry_has_root(job->entry) || job->root_fd >= 0;
}

static void decide_how(struct job *job)
{
	const struct options *o = job->opts;
	uint64_t types = libns_entry_get_types(job->entry);

	job->is_foreign = types & (LIBNS_TYPE_MNT | LIBNS_TYPE_PID | LIBNS_TYPE_USER);
	job->use_pty =
		o->pty || (!o->no_pty && !o->compat && job->is_foreign && libns_terminal_is_ours());
	job->guard_terminal =
		job->is_foreign && !o->compat && !job->use_pty && libns_terminal_in_reach();
	job->in_child = job->use_pty || o->timeout_ms || (types & LIBNS_TYPE_PID && !o->no_fork);
}

int job_resolve(struct job *job)
{
	int code = pin_target(job);

	if (!code)
		code = check_lone_namespace(job);
	if (!code)
		code = take_socket(job);
	if (!code)
		code = plan(job, job->proc, &job->entry);
	if (!code && job->proc && !job->opts->compat && nothing_to_do(job))
		code = look_at_child(job);
	if (!code)
		code = say_what_is_entered(job);
	if (!code)
		code = say_lost_root(job);
	if (!code)
		code = open_directories(job);
	if (!code)
		code = choose_ids(job);
	if (!code)
		code = split_entry(job);
	if (code)
		return code;
	job->pinned = job->proc ? libns_proc_get_pidfd(job->proc) : job->target_ns;
	decide_how(job);
	return 0;
}
