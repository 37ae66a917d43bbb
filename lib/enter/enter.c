/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Joining the namespaces of an entry.
 *
 * Theory of operation
 *
 * The kernel judges setns(pidfd, mask) as a whole, with the rights held before
 * it: CAP_SYS_ADMIN in the user namespace being joined and in the owner of
 * every other namespace in the mask (setns(2), Linux 5.8). For the ordinary
 * user who has made a sandbox with nested user namespaces this is the only way
 * into it: after a first step by itself, the rights over what the outer user
 * namespace owns are gone. So there are five rounds:
 *
 *   1. namespaces that did not come from the process, by descriptor, while the
 *      caller still has its rights outside (all but the user namespace);
 *   2. setns(pidfd, everything);
 *   3. setns(pidfd, everything but user), for a caller with rights over
 *      namespaces that the user namespace inside does not own;
 *   4. what is left, one by one, and then the user namespace;
 *   5. what is still left, with the rights that are held inside.
 *
 * Each round takes only what the rounds before have left. Rounds 2 and 3 are all
 * or nothing. Round 4 may leave the caller half way: so children find out before
 * which types are refused by themselves, and the sentence can name them.
 *
 * All of this also runs between clone(2) and execve(2): there is no allocation
 * and no stdio, and system calls are raw.
 */

#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/base.h"
#include "base/dl.h"
#include "base/err.h"
#include "base/sys.h"
#include "enter/entry.h"
#include "kernel/attempt.h"

/* What has not been joined yet. */
struct joining {
	const struct libns_entry *entry;
	uint64_t left;
	int code; /* errno of the last refusal */
};

/* From here on the files that this process sees may be somebody else's. */
static void joined(struct joining *j, uint64_t types)
{
	j->left &= ~types;
	dl_forbid();
}

static bool ended(const struct libns_entry *entry)
{
	return entry->pidfd >= 0 && sys_pidfd_send_signal(entry->pidfd, 0) == -ESRCH;
}

static void join_by_pidfd(struct joining *j, uint64_t types)
{
	types &= j->left & j->entry->of_proc;
	if (!types || j->entry->pidfd < 0)
		return;
	if (setns(j->entry->pidfd, (int)types) < 0)
		j->code = errno;
	else
		joined(j, types);
}

static void join_by_fds(struct joining *j, uint64_t types)
{
	for (size_t i = 0; libns_type_at(i); i++) {
		uint64_t type = libns_type_at(i);

		if (!(types & j->left & type))
			continue;
		if (setns(entry_fd(j->entry, type), (int)type) < 0)
			j->code = errno;
		else
			joined(j, type);
	}
}

/* Runs in a child that ends at once: tries to join @type, by itself or together with the user
 * namespace. Return: 0, or the errno of the refusal. */
static int try_one(const struct libns_entry *entry, uint64_t type)
{
	struct joining j = { entry, type, 0 };

	join_by_fds(&j, type);
	if (!j.left || !(entry->types & LIBNS_TYPE_USER))
		return j.left ? j.code : 0;
	j.left |= LIBNS_TYPE_USER;
	join_by_pidfd(&j, type | LIBNS_TYPE_USER);
	join_by_fds(&j, LIBNS_TYPE_USER);
	join_by_fds(&j, type);
	return j.left & type ? j.code : 0;
}

/* Has a child try. Return: its exit status, which is 0 or an errno: all of these are below 256. */
static int try_in_child(const struct libns_entry *entry, uint64_t type)
{
	int status = 0;
	/* The child has no exit signal, so the caller gets no SIGCHLD for it. */
	long pid = syscall(SYS_clone, 0, 0, 0, 0, 0);

	if (pid == 0) {
		/* A process in the same pid namespace could trace the child once that is in its
		 * user namespace, and take the descriptors that are open here. */
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
		syscall(SYS_exit_group, try_one(entry, type));
	}
	if (pid < 0)
		return 0;
	while (waitpid((pid_t)pid, &status, __WALL) < 0)
		if (errno != EINTR)
			return 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 0;
}

static uint64_t find_refused(const struct libns_entry *entry, uint64_t types, int *ret_code)
{
	uint64_t refused = 0;

	for (size_t i = 0; libns_type_at(i); i++) {
		uint64_t type = libns_type_at(i);
		int code = types & type ? try_in_child(entry, type) : 0;

		if (!code)
			continue;
		refused |= type;
		*ret_code = code;
	}
	return refused;
}

/* Whether a pid namespace is refused because it is not below the caller's own. The kernel shows the
 * parent of a pid namespace only if the parent is the caller's or below that. */
static bool is_not_below(const struct libns_entry *entry, uint64_t types, int code)
{
	_cleanup_close_ int parent = -1;

	if (!(types & LIBNS_TYPE_PID) || code != EINVAL)
		return false;
	parent = ioctl(entry_fd(entry, LIBNS_TYPE_PID), NS_GET_PARENT);
	return parent < 0 && errno == EPERM;
}

static int report(const struct libns_entry *entry, uint64_t types, int code,
		  struct libns_error *err)
{
	bool not_below = is_not_below(entry, types, code);
	const char *plural;
	char words[48];
	int r;

	if (not_below)
		types = LIBNS_TYPE_PID;
	plural = base_one_bit(types) ? "" : "s";
	libns_types_format(types, words, sizeof(words));
	if (ended(entry))
		r = error_say(err, LIBNS_STEP_ENTER, ESRCH, "process %d has ended meanwhile",
			      (int)libns_proc_get_pid(entry->proc));
	else if (not_below && entry->proc)
		r = error_say(err, LIBNS_STEP_ENTER, EINVAL,
			      "cannot enter the pid namespace of process %d: " ENTER_NOT_BELOW,
			      (int)libns_proc_get_pid(entry->proc));
	else if (not_below)
		r = error_say(err, LIBNS_STEP_ENTER, EINVAL,
			      "cannot enter the pid namespace: " ENTER_NOT_BELOW);
	else if (entry->proc)
		r = error_set(err, LIBNS_STEP_ENTER, code,
			      "cannot enter the %s namespace%s of process %d", words, plural,
			      (int)libns_proc_get_pid(entry->proc));
	else
		r = error_set(err, LIBNS_STEP_ENTER, code, "cannot enter the %s namespace%s", words,
			      plural);
	return error_types(err, types, r);
}

static int join_all(const struct libns_entry *entry, struct libns_error *err)
{
	const uint64_t all = entry->types, user = LIBNS_TYPE_USER;
	struct joining j = { entry, entry->types, 0 };
	uint64_t refused = 0;
	int code = 0;

	join_by_fds(&j, all & ~entry->of_proc & ~user);
	join_by_pidfd(&j, all);
	/* The descriptors still open a sandbox without its process. Do not join that. */
	if (j.left && ended(entry))
		return report(entry, j.left, ESRCH, err);
	join_by_pidfd(&j, all & ~user);
	/* This is not done once the pid namespace is joined: the children that try would be born
	 * in there, with all rights and within reach of strangers. */
	if ((j.left & ~user) && !(all & ~j.left & LIBNS_TYPE_PID))
		refused = find_refused(entry, j.left, &code);
	join_by_fds(&j, all & ~user);
	join_by_fds(&j, user);
	join_by_pidfd(&j, all);
	join_by_fds(&j, all);
	if (!j.left)
		return 0;
	if (refused & j.left)
		return report(entry, refused & j.left, code, err);
	return report(entry, j.left, j.code, err);
}

static int adopt_root(const struct libns_entry *entry, struct libns_error *err)
{
	if (entry->root_fd < 0 || entry_is_root(entry->root_fd))
		return 0;
	dl_forbid();
	if (fchdir(entry->root_fd) < 0 && errno == ESRCH)
		return error_say(err, LIBNS_STEP_ROOT, ESRCH,
				 "the root directory of process %d is that of a process that has "
				 "ended: choose another root",
				 (int)libns_proc_get_pid(entry->proc));
	if (fchdir(entry->root_fd) < 0 || chroot(".") < 0 || chdir("/") < 0)
		return error_set(err, LIBNS_STEP_ROOT, errno,
				 "cannot change to the root directory of process %d",
				 (int)libns_proc_get_pid(entry->proc));
	return 0;
}

int enter_now(const struct libns_entry *entry, struct libns_error *err)
{
	int r = entry->types ? join_all(entry, err) : 0;

	return r < 0 ? r : adopt_root(entry, err);
}

LIBNS_PUBLIC int libns_enter(const struct libns_entry *entry, struct libns_error *err)
{
	const struct attempt_call calls[] = {
		{ SYS_setns, "setns", UINT64_MAX, entry->types },
		{ SYS_chroot, "chroot", 0, 0 },
	};
	size_t first = entry->types ? 0 : 1, end = entry->root_fd < 0 ? 1 : 2;
	int r = first < end ? attempt_survive(calls + first, end - first, LIBNS_STEP_ENTER, err)
			    : 0;

	return r < 0 ? r : enter_now(entry, err);
}

LIBNS_PUBLIC int libns_entry_query_refused(const struct libns_entry *entry, uint64_t *ret_types,
					   int *ret_code, struct libns_error *err)
{
	int code = 0;

	if (ended(entry))
		return report(entry, entry->types, ESRCH, err);
	*ret_types = find_refused(entry, entry->types, &code);
	if (ret_code)
		*ret_code = code;
	return 0;
}
