/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The planner of an entry. It turns "these namespaces of that process, and those
 * files" into open descriptors and an order. Nothing is entered here.
 *
 * Everything is opened before anything is joined: afterwards the caller may
 * see another /proc, or lack the right to look. Namespaces that the caller is in
 * already are dropped, because joining them again has effects: a mount namespace
 * resets root and working directory, the own user namespace is refused with
 * EINVAL, and a namespace that belongs to somebody else makes the whole
 * setns(pidfd, mask) of an ordinary user fail with EPERM, although nothing would
 * change.
 *
 * What counts is where the caller would be after the join: for a pid namespace the one that
 * children will be born in, for a time namespace both the own one and that of children.
 */

#include "enter/entry.h"

#include <string.h>
#include <sys/stat.h>

#include <libns/idmap.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sized.h"
#include "base/sys.h"

#define FLAGS_KNOWN                                                                                \
	(LIBNS_ENTER_FOR_CHILDREN | LIBNS_ENTER_ROOT | LIBNS_ENTER_USER_PARENT |                   \
	 LIBNS_ENTER_STRICT | LIBNS_ENTER_KEEP_SAME)

static size_t type_index(uint64_t type)
{
	size_t i = 0;

	while (libns_type_at(i) != type)
		i++;
	return i;
}

int entry_fd(const struct libns_entry *entry, uint64_t type)
{
	return entry->fds[type_index(type)];
}

static int *fd_slot(struct libns_entry *entry, uint64_t type)
{
	return &entry->fds[type_index(type)];
}

static int copy_plan(const struct libns_enter_plan *plan, struct libns_enter_plan *copy,
		     struct libns_error *err)
{
	int r = base_copy_sized(copy, sizeof(*copy), plan, sizeof(plan->size), "the plan to enter",
				err);

	if (r < 0)
		return r;
	if (copy->flags & ~FLAGS_KNOWN)
		return error_unknown(err, "flag of a plan to enter", copy->flags & ~FLAGS_KNOWN);
	if (copy->types & ~LIBNS_TYPES_ALL)
		return error_unknown(err, "namespace type", copy->types & ~LIBNS_TYPES_ALL);
	if (copy->types && !copy->proc)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "namespace types need a process to take them from");
	return 0;
}

static int take_descriptors(struct libns_entry *entry, const struct libns_enter_plan *plan,
			    struct libns_error *err)
{
	for (size_t i = 0; i < plan->n_ns_fds; i++) {
		uint64_t type;
		int *slot;
		int r = libns_fd_query_type(plan->ns_fds[i], &type, err);

		if (r < 0)
			return r;
		if (!libns_type_name(type))
			return error_say(err, LIBNS_STEP_OPEN, EINVAL,
					 "descriptor %d is a namespace of an unknown type",
					 plan->ns_fds[i]);
		slot = fd_slot(entry, type);
		if (*slot >= 0)
			return error_types(err, type,
					   error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
						     "two %s namespaces cannot be entered at once",
						     libns_type_name(type)));
		*slot = fcntl(plan->ns_fds[i], F_DUPFD_CLOEXEC, 3);
		if (*slot < 0)
			return error_set(err, LIBNS_STEP_OPEN, errno,
					 "cannot duplicate descriptor %d", plan->ns_fds[i]);
		entry->types |= type;
	}
	return 0;
}

/* Return: whether the caller is in it, or a negative errno. */
static int is_own(int ns_fd, const char *link)
{
	struct libns_id id;
	char path[64];
	struct stat st;

	error_format(path, sizeof(path), "/proc/thread-self/ns/%s", link);
	if (stat(path, &st) < 0)
		return -errno;
	return libns_fd_query_id(ns_fd, &id, NULL) == 0 && st.st_dev == id.dev &&
	       st.st_ino == id.ino;
}

static bool is_same(int ns_fd, uint64_t type)
{
	int r;

	switch (type) {
	case LIBNS_TYPE_PID:
		r = is_own(ns_fd, "pid_for_children");
		/* Before Linux 4.12 there is no such link. */
		return (r == -ENOENT ? is_own(ns_fd, "pid") : r) > 0;
	case LIBNS_TYPE_TIME:
		return is_own(ns_fd, "time") > 0 && is_own(ns_fd, "time_for_children") > 0;
	default:
		return is_own(ns_fd, libns_type_name(type)) > 0;
	}
}

static void drop_same(struct libns_entry *entry, uint64_t types)
{
	for (size_t i = 0; libns_type_at(i); i++) {
		uint64_t type = libns_type_at(i);

		if (!(entry->types & types & type) || !is_same(entry->fds[i], type))
			continue;
		entry->fds[i] = base_close(entry->fds[i]);
		entry->types &= ~type;
		entry->of_proc &= ~type;
		entry->same |= type;
	}
}

/* The types that are dropped where the caller is in them already. The kernel always refuses to
 * join one's own user namespace. */
static uint64_t droppable_types(const struct libns_enter_plan *plan)
{
	return plan->flags & LIBNS_ENTER_KEEP_SAME ? LIBNS_TYPE_USER : LIBNS_TYPES_ALL;
}

/* A parent that has set up a sandbox for its child is not in that pid or time namespace itself. */
static int prefer_for_children(struct libns_entry *entry, uint64_t type)
{
	int *slot = fd_slot(entry, type);
	int fd = libns_proc_open_ns_for_children(entry->proc, type, NULL);

	/* The kernel has no such link, or the pid namespace has no first process yet. */
	if (fd < 0)
		return 0;
	if (libns_fd_same(fd, *slot, NULL) != 0) {
		close(fd);
		return 0;
	}
	close(*slot);
	*slot = fd;
	entry->for_children |= type;
	return 1;
}

static int take_of_process(struct libns_entry *entry, const struct libns_enter_plan *plan,
			   struct libns_error *err)
{
	uint64_t droppable = droppable_types(plan);

	for (size_t i = 0; libns_type_at(i); i++) {
		uint64_t type = libns_type_at(i);
		int fd;

		if (!(plan->types & type) || entry->fds[i] >= 0)
			continue;
		fd = libns_proc_open_ns(plan->proc, type, err);
		if (fd == -EOPNOTSUPP && !(plan->flags & LIBNS_ENTER_STRICT)) {
			entry->unreadable |= type;
			continue;
		}
		if (fd < 0)
			return error_types(err, type, fd);
		entry->fds[i] = fd;
		entry->types |= type;
		if ((plan->flags & LIBNS_ENTER_FOR_CHILDREN) &&
		    (type & (LIBNS_TYPE_PID | LIBNS_TYPE_TIME)) && prefer_for_children(entry, type))
			continue;
		entry->of_proc |= type;
		/* It is closed at once, since the caller may be allowed few descriptors. */
		if (!(plan->flags & LIBNS_ENTER_USER_PARENT))
			drop_same(entry, type & droppable);
	}
	return 0;
}

/* The namespace whose owner is to be entered: the user namespace, else any other one. */
static int owned_fd(const struct libns_entry *entry, struct libns_error *err)
{
	int fd = entry_fd(entry, LIBNS_TYPE_USER);

	for (size_t i = 0; fd < 0 && i < LIBNS_N_TYPES; i++)
		fd = entry->fds[i];
	if (fd >= 0)
		return fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (!entry->proc)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "there is no namespace whose owner could be entered");
	return libns_proc_open_ns(entry->proc, LIBNS_TYPE_USER, err);
}

static int take_user_parent(struct libns_entry *entry, struct libns_error *err)
{
	_cleanup_close_ int fd = owned_fd(entry, err);
	int *slot = fd_slot(entry, LIBNS_TYPE_USER);
	int owner;

	if (fd < 0)
		return fd;
	owner = libns_fd_open_owner(fd, err);
	if (owner < 0)
		return error_types(err, LIBNS_TYPE_USER, owner);
	base_close(*slot);
	*slot = owner;
	entry->types |= LIBNS_TYPE_USER;
	entry->of_proc &= ~LIBNS_TYPE_USER;
	return 0;
}

bool entry_is_root(int dir_fd)
{
	const unsigned int mask = SYS_STATX_INO | SYS_STATX_MNT_ID;
	/* These two never change, so a server that does not answer need not be asked. */
	const int flags = AT_STATX_DONT_SYNC;
	struct sys_statx a, b;

	return sys_statx(dir_fd, "", flags | AT_EMPTY_PATH, mask, &a) == 0 &&
	       sys_statx(AT_FDCWD, "/", flags, mask, &b) == 0 && sys_statx_same(&a, &b);
}

/*
 * A sandbox may have taken the directory of a process in procfs for its root, and
 * let that process end, so that there will never be anything in it again. Only a
 * procfs is asked, because it always answers.
 */
static bool is_dead_root(const struct libns_entry *entry)
{
	const int flags = AT_STATX_DONT_SYNC | AT_EMPTY_PATH;
	struct sys_statx root, proc;

	return sys_statx(entry->root_fd, "", flags, SYS_STATX_INO, &root) == 0 &&
	       sys_statx(libns_proc_get_dir_fd(entry->proc), "", flags, SYS_STATX_INO, &proc) ==
		       0 &&
	       root.dev_major == proc.dev_major && root.dev_minor == proc.dev_minor &&
	       faccessat(entry->root_fd, ".", F_OK, 0) < 0 && errno == ESRCH;
}

/* Takes the target's root directory. setns(2) leads to the root of the mount namespace, and the target
 * may be in a chroot below that. */
static int take_root(struct libns_entry *entry, struct libns_error *err)
{
	bool joins = entry->of_proc & LIBNS_TYPE_MNT;

	if (!joins && !(entry->same & LIBNS_TYPE_MNT))
		return 0;
	entry->root_fd = libns_proc_open_root(entry->proc, err);
	if (entry->root_fd < 0)
		return entry->root_fd;
	if (is_dead_root(entry)) {
		entry->root_fd = base_close(entry->root_fd);
		entry->lost_root = true;
		return 0;
	}
	if (!joins && entry_is_root(entry->root_fd))
		entry->root_fd = base_close(entry->root_fd);
	return 0;
}

static void add_step(struct libns_entry *entry, uint64_t types, const char *format,
		     const char *what)
{
	struct entry_step *step = &entry->steps[entry->n_steps++];

	error_format(step->call, sizeof(step->call), format, what);
	step->step = (struct libns_entry_step){ types, step->call };
}

/* The first way libns_enter() tries; it has others if the kernel refuses this one. */
static void describe(struct libns_entry *entry)
{
	uint64_t by_pidfd = entry->pidfd >= 0 ? entry->of_proc : 0;
	uint64_t by_fd = entry->types & ~by_pidfd;
	char words[48];

	for (size_t i = 0; libns_type_at(i); i++)
		if (by_fd & libns_type_at(i) & ~LIBNS_TYPE_USER)
			add_step(entry, libns_type_at(i), "setns(%s)",
				 libns_type_name(libns_type_at(i)));
	if (by_pidfd)
		add_step(entry, by_pidfd, "setns(pidfd, %s)",
			 libns_types_format(by_pidfd, words, sizeof(words)));
	if (by_fd & LIBNS_TYPE_USER)
		add_step(entry, LIBNS_TYPE_USER, "setns(%s)", "user");
	if (entry->root_fd >= 0)
		add_step(entry, 0, "%s",
			 entry->of_proc & LIBNS_TYPE_MNT
				 ? "chroot(target's root) if it is not the namespace's"
				 : "chroot(target's root)");
}

static int resolve(struct libns_entry *entry, const struct libns_enter_plan *plan,
		   struct libns_error *err)
{
	int r = take_descriptors(entry, plan, err);

	if (r < 0)
		return r;
	r = take_of_process(entry, plan, err);
	if (r < 0)
		return r;
	if (plan->flags & LIBNS_ENTER_USER_PARENT) {
		r = take_user_parent(entry, err);
		if (r < 0)
			return r;
	}
	/* Those of the process have been looked at, unless it is about the owner of one of them. */
	drop_same(entry, plan->flags & LIBNS_ENTER_USER_PARENT
				 ? droppable_types(plan)
				 : droppable_types(plan) & ~entry->of_proc);
	if (plan->flags & LIBNS_ENTER_ROOT && plan->proc && (plan->types & LIBNS_TYPE_MNT)) {
		r = take_root(entry, err);
		if (r < 0)
			return r;
	}
	describe(entry);
	return 0;
}

LIBNS_PUBLIC int libns_entry_new(const struct libns_enter_plan *plan,
				 struct libns_entry **ret_entry, struct libns_error *err)
{
	struct libns_enter_plan copy;
	struct libns_entry *entry;
	int r = copy_plan(plan, &copy, err);

	if (r < 0)
		return r;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return error_set(err, LIBNS_STEP_OPEN, ENOMEM, "cannot plan an entry");
	entry->proc = copy.proc;
	entry->pidfd = copy.proc ? libns_proc_get_pidfd(copy.proc) : -1;
	entry->root_fd = -1;
	for (size_t i = 0; i < LIBNS_N_TYPES; i++)
		entry->fds[i] = -1;

	r = resolve(entry, &copy, err);
	if (r < 0) {
		libns_entry_free(entry);
		return r;
	}
	*ret_entry = entry;
	return 0;
}

LIBNS_PUBLIC struct libns_entry *libns_entry_free(struct libns_entry *entry)
{
	if (!entry)
		return NULL;
	for (size_t i = 0; i < LIBNS_N_TYPES; i++)
		base_close(entry->fds[i]);
	base_close(entry->root_fd);
	free(entry);
	return NULL;
}

LIBNS_PUBLIC uint64_t libns_entry_get_types(const struct libns_entry *entry)
{
	return entry->types;
}

LIBNS_PUBLIC uint64_t libns_entry_get_same(const struct libns_entry *entry)
{
	return entry->same;
}

LIBNS_PUBLIC uint64_t libns_entry_get_unreadable(const struct libns_entry *entry)
{
	return entry->unreadable;
}

LIBNS_PUBLIC uint64_t libns_entry_get_for_children(const struct libns_entry *entry)
{
	return entry->for_children;
}

LIBNS_PUBLIC bool libns_entry_has_root(const struct libns_entry *entry)
{
	return entry->root_fd >= 0;
}

LIBNS_PUBLIC bool libns_entry_has_lost_root(const struct libns_entry *entry)
{
	return entry->lost_root;
}

LIBNS_PUBLIC int libns_entry_get_fd(const struct libns_entry *entry, uint64_t type)
{
	return libns_type_name(type) ? entry_fd(entry, type) : -1;
}

LIBNS_PUBLIC void libns_entry_leave_out(struct libns_entry *entry, uint64_t types)
{
	for (size_t i = 0; libns_type_at(i); i++)
		if (types & libns_type_at(i))
			entry->fds[i] = base_close(entry->fds[i]);
	entry->types &= ~types;
	entry->of_proc &= ~types;
	if (types & LIBNS_TYPE_MNT)
		entry->root_fd = base_close(entry->root_fd);
	entry->n_steps = 0;
	describe(entry);
}

LIBNS_PUBLIC size_t libns_entry_count_steps(const struct libns_entry *entry)
{
	return entry->n_steps;
}

LIBNS_PUBLIC const struct libns_entry_step *libns_entry_step_at(const struct libns_entry *entry,
								size_t i)
{
	return i < entry->n_steps ? &entry->steps[i].step : NULL;
}
