/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_ENTER_H
#define LIBNS_ENTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <libns/error.h>
#include <libns/idmap.h>
#include <libns/proc.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Entering namespaces. A plan says what is to be entered. libns_entry_new() opens everything, drops
 * what the caller is in already and decides the order. The resulting entry can be described, and
 * carried out any number of times by libns_enter() or by libns_spawn().
 */

/* Plans begin with their size, and zero means "not asked for". */
struct libns_enter_plan {
	size_t size;                   /* sizeof(struct libns_enter_plan) */
	uint64_t flags;                /* LIBNS_ENTER_* */
	const struct libns_proc *proc; /* target, or NULL; borrowed while the entry lives */
	uint64_t types;                /* namespaces of @proc to enter */
	const int *ns_fds;             /* further namespaces; borrowed for the call */
	size_t n_ns_fds;               /* they win over @types of the same type */
};

#define LIBNS_ENTER_PLAN_INIT                                                                      \
	{                                                                                          \
		sizeof(struct libns_enter_plan), 0, NULL, 0, NULL, 0                               \
	}

/* Enter the namespaces that the target's next child would be born in, where they differ. */
#define LIBNS_ENTER_FOR_CHILDREN (UINT64_C(1) << 0)
/* Adopt the target's root directory where it is not that of its mount namespace. */
#define LIBNS_ENTER_ROOT (UINT64_C(1) << 1)
/* Enter the owner of the chosen user namespace (or of the others) instead. */
#define LIBNS_ENTER_USER_PARENT (UINT64_C(1) << 2)
/* Types of @proc that the kernel lacks or that cannot be opened are an error. Without this flag
 * they are left out. Namespaces in @ns_fds must always open. */
#define LIBNS_ENTER_STRICT (UINT64_C(1) << 3)
/* Join again what the caller is in already, except the user namespace, which the kernel refuses.
 * Joining a mount namespace again resets the root and working directory. */
#define LIBNS_ENTER_KEEP_SAME (UINT64_C(1) << 4)

struct libns_entry;

/**
 * libns_entry_new() - resolve a plan
 * @plan: what to enter
 * @ret_entry: receives the resolved entry
 * @err: receives the sentence on failure, or NULL
 *
 * Ownership: free with libns_entry_free(); descriptors in @plan are duplicated.
 * Affects: nothing outside the caller's descriptor table.
 * Return: 0, -ESRCH if the target is gone, -EACCES if it may not be inspected,
 *         -EINVAL for a descriptor that is no namespace or two of one type,
 *         -E2BIG for a plan newer than the library.
 * Since: 0.1
 */
int libns_entry_new(const struct libns_enter_plan *plan, struct libns_entry **ret_entry,
		    struct libns_error *err);

/**
 * libns_entry_free() - free an entry
 * @entry: handle, or NULL
 *
 * Affects: nothing outside the caller's descriptor table.
 * Return: NULL.
 * Since: 0.1
 */
struct libns_entry *libns_entry_free(struct libns_entry *entry);

/* For __attribute__((cleanup(libns_entry_freep))). */
static inline void libns_entry_freep(struct libns_entry **entry)
{
	*entry = libns_entry_free(*entry);
}

/**
 * libns_entry_get_types() - the types that will be entered
 * @entry: handle
 *
 * Affects: nothing.
 * Return: set of types; 0 if the caller is in all of them already.
 * Since: 0.1
 */
uint64_t libns_entry_get_types(const struct libns_entry *entry);

/**
 * libns_entry_get_same() - the types asked for that the caller is in already
 * @entry: handle
 *
 * Affects: nothing.
 * Return: set of types.
 * Since: 0.1
 */
uint64_t libns_entry_get_same(const struct libns_entry *entry);

/**
 * libns_entry_get_unreadable() - the types left out because they did not open
 * @entry: handle
 *
 * Affects: nothing.
 * Return: set of types.
 * Since: 0.1
 */
uint64_t libns_entry_get_unreadable(const struct libns_entry *entry);

/* The credentials that make sense inside the user namespace being entered. */
struct libns_entry_ids {
	size_t size; /* sizeof(struct libns_entry_ids), set by the caller */
	uid_t uid;   /* 0 where mapped, else the target's effective uid */
	gid_t gid;
	bool has_uid; /* false: nothing sensible is mapped, keep the id */
	bool has_gid;
	bool setgroups;   /* setgroups(2) is allowed there */
	uid_t own_uid;    /* the caller's effective uid, as it reads in there */
	bool has_own_uid; /* false: it has no number in there */
	gid_t own_gid;    /* the same of the effective gid */
	bool has_own_gid;
};

#define LIBNS_ENTRY_IDS_INIT                                                                       \
	{                                                                                          \
		sizeof(struct libns_entry_ids), 0, 0, false, false, false, 0, false, 0, false      \
	}

/**
 * libns_entry_query_ids() - choose credentials for the inside
 * @entry: entry that enters a user namespace
 * @ret_ids: receives them, as numbers inside; begin with LIBNS_ENTRY_IDS_INIT
 * @err: receives the sentence on failure, or NULL
 *
 * Affects: nothing.
 * Return: 0, -ENODATA if no user namespace is entered, -ESRCH, -EINVAL if @ret_ids has
 *         no size.
 * Since: 0.1
 */
int libns_entry_query_ids(const struct libns_entry *entry, struct libns_entry_ids *ret_ids,
			  struct libns_error *err);

/**
 * libns_entry_query_target_id() - the target's effective id as a number inside
 * @entry: entry of a plan with a process
 * @kind: enum libns_idmap_kind
 * @ret_id: receives the id
 * @err: receives the sentence on failure, or NULL
 *
 * The number is that of the user namespace that is entered, or of the caller's own if none is.
 *
 * Affects: nothing.
 * Return: 1 if it was stored; 0 if it has no number inside and is the caller's own id, which
 *         the program then keeps; -EOVERFLOW if it has none and is another one; -ENODATA
 *         without a process, -ESRCH.
 * Since: 0.1
 */
int libns_entry_query_target_id(const struct libns_entry *entry, enum libns_idmap_kind kind,
				uint32_t *ret_id, struct libns_error *err);

/**
 * libns_entry_open_root() - open the root directory that a program will have after the join
 * @entry: one with a mount namespace or a root directory; if it has both, the root counts
 * @err: receives the sentence on failure, or NULL
 *
 * This is the target's root where that is adopted (LIBNS_ENTER_ROOT), or else the root of a copy of
 * the mounts (libns_tree_open_root()). Its files are those of whoever lives inside. Not
 * async-signal-safe.
 *
 * Ownership: close(2) the descriptor; it is close-on-exec and >= 3, and only names the directory
 * (O_PATH).
 * Affects: nothing.
 * Return: descriptor; -ENODATA without either; -EMFILE; otherwise as libns_tree_open_root().
 * Since: 0.1
 */
int libns_entry_open_root(const struct libns_entry *entry, struct libns_error *err);

/**
 * libns_entry_get_for_children() - types for which the namespace of later children is entered
 * @entry: handle
 *
 * Affects: nothing.
 * Return: subset of LIBNS_TYPE_PID and LIBNS_TYPE_TIME, see LIBNS_ENTER_FOR_CHILDREN.
 * Since: 0.1
 */
uint64_t libns_entry_get_for_children(const struct libns_entry *entry);

/**
 * libns_entry_has_root() - whether a root directory will be adopted
 * @entry: handle
 *
 * If a mount namespace is joined as well, this is decided only after the join.
 *
 * Affects: nothing.
 * Return: true if the target's root is at hand, see LIBNS_ENTER_ROOT.
 * Since: 0.1
 */
bool libns_entry_has_root(const struct libns_entry *entry);

/**
 * libns_entry_has_lost_root() - whether the target's root was left out because it is gone
 * @entry: handle
 *
 * A sandbox may have made the procfs directory of a process its root, and that process may have
 * ended since. The root of the mount namespace is then kept instead.
 *
 * Affects: nothing.
 * Return: true if LIBNS_ENTER_ROOT was asked for and could not be had for that reason.
 * Since: 0.1
 */
bool libns_entry_has_lost_root(const struct libns_entry *entry);

/**
 * libns_entry_get_fd() - the namespace of one type that will be entered
 * @entry: handle
 * @type: exactly one LIBNS_TYPE_* bit
 *
 * Ownership: the descriptor belongs to @entry.
 * Affects: nothing.
 * Return: descriptor, or -1 if this type is not entered.
 * Since: 0.1
 */
int libns_entry_get_fd(const struct libns_entry *entry, uint64_t type);

/**
 * libns_entry_query_refused() - find out which types the kernel would refuse
 * @entry: handle
 * @ret_types: receives the types that the kernel refuses
 * @ret_code: receives the errno of a refusal, 0 without one; or NULL
 * @err: receives the sentence on failure, or NULL
 *
 * For every type a short-lived child tries to join it, together with the user namespace where that
 * gives the right to do so, and ends.
 *
 * Affects: nothing.
 * Return: 0, -ESRCH if the target has ended.
 * Since: 0.1
 */
int libns_entry_query_refused(const struct libns_entry *entry, uint64_t *ret_types, int *ret_code,
			      struct libns_error *err);

/**
 * libns_entry_leave_out() - take types out of an entry
 * @entry: handle
 * @types: set; types that are not entered anyway are ignored
 *
 * If the mount namespace is taken out, the root directory is not adopted either.
 *
 * Affects: nothing outside the caller's descriptor table.
 * Return: nothing.
 * Since: 0.1
 */
void libns_entry_leave_out(struct libns_entry *entry, uint64_t types);

/* One step as libns_enter() would take it. */
struct libns_entry_step {
	uint64_t types;   /* types it joins; 0 for a change of root */
	const char *call; /* "setns(pidfd, user|mnt)", "chroot(target's root)" */
};

/**
 * libns_entry_count_steps() - how many steps libns_enter() would take
 * @entry: handle
 *
 * Affects: nothing.
 * Return: number.
 * Since: 0.1
 */
size_t libns_entry_count_steps(const struct libns_entry *entry);

/**
 * libns_entry_step_at() - describe the steps
 * @entry: handle
 * @i: index from 0
 *
 * Ownership: valid until @entry is freed.
 * Affects: nothing.
 * Return: step, or NULL beyond the end.
 * Since: 0.1
 */
const struct libns_entry_step *libns_entry_step_at(const struct libns_entry *entry, size_t i);

/**
 * libns_enter() - join the namespaces of an entry
 * @entry: handle; nothing to enter is success
 * @err: receives the sentence on failure, or NULL; its types are those that were refused
 *
 * One setns(pidfd, mask) joins everything where that can work (Linux 5.8): the kernel judges it as
 * a whole, with the rights held before. Where it cannot, the namespaces are joined one by one, at
 * first with the user namespace last, and if that is refused with the user namespace first. Which
 * way works is found out by trying. The caller must still be in the namespaces it was in when the
 * entry was made.
 *
 * User and time namespaces can be entered only by a process with one thread; a mount namespace only
 * if the file system attributes are not shared (setns(2)). A pid namespace is joined for later
 * children only. Credentials are not changed. On failure the caller may be left in some of the
 * namespaces: end the process. Async-signal-safe.
 *
 * Affects: calling thread; with a mount namespace also root and working
 *          directory, which become the target's root.
 * Return: 0, -EPERM, -ESRCH if the target ended meanwhile, -EINVAL.
 * Since: 0.1
 */
int libns_enter(const struct libns_entry *entry, struct libns_error *err);

#ifdef __cplusplus
}
#endif

#endif
