/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Which ids make sense inside the user namespace of an entry.
 *
 * The maps are read from a process that is in it. That is the target, or, where
 * only a descriptor is known, a child that joins it and waits. The child waits on
 * a pipe, so it ends at once if this process does.
 */

#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <libns/idmap.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sized.h"
#include "base/sys.h"
#include "enter/entry.h"
#include "kernel/proc.h"

struct member {
	pid_t pid;
	int hold; /* writing end of a pipe; the member lives as long as it is open */
	struct libns_proc *proc;
};

static void member_end(struct member *m)
{
	libns_proc_free(m->proc);
	base_close(m->hold);
	if (m->pid > 0)
		while (waitpid(m->pid, NULL, __WALL) < 0 && errno == EINTR)
			;
}

_Noreturn static void member_run(int user_fd, int ready, int hold_read, int hold_write)
{
	int code;
	char c;

	/* A process inside that shares the pid namespace must not take what is open here. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	code = setns(user_fd, CLONE_NEWUSER) < 0 ? errno : 0;
	c = (char)code;
	close(hold_write);
	if (write(ready, &c, 1) == 1 && !code)
		while (read(hold_read, &c, 1) < 0 && errno == EINTR)
			;
	_exit(0);
}

/* Return: 0 once the child is inside, or the errno of its attempt. */
static int member_start(struct member *m, int user_fd)
{
	_cleanup_close_ int ready_r = -1, ready_w = -1, hold_r = -1;
	int ready[2], hold[2];
	char code = 0;

	if (pipe2(ready, O_CLOEXEC) < 0)
		return errno;
	ready_r = sys_fd_above_stdio(ready[0]);
	ready_w = sys_fd_above_stdio(ready[1]);
	if (pipe2(hold, O_CLOEXEC) < 0)
		return errno;
	hold_r = sys_fd_above_stdio(hold[0]);
	m->hold = sys_fd_above_stdio(hold[1]);
	/* The child has no exit signal, so the caller gets no SIGCHLD for it. */
	m->pid = (pid_t)syscall(SYS_clone, 0, 0, 0, 0, 0);
	if (m->pid < 0)
		return errno;
	if (m->pid == 0)
		member_run(user_fd, ready_w, hold_r, m->hold);
	ready_w = base_close(ready_w);
	if (read(ready_r, &code, 1) != 1)
		return EIO;
	return (unsigned char)code;
}

/* Chooses 0 if it is mapped, else the target's id, if that is known and has a number inside. */
static bool choose(const struct libns_idmap *map, const uint32_t *target_id, uint32_t *ret_id)
{
	uint32_t outer;

	*ret_id = 0;
	return libns_idmap_to_outer(map, 0, &outer) ||
	       (target_id && libns_idmap_to_inner(map, *target_id, ret_id));
}

static int choose_uid(const struct libns_proc *member, const uint32_t *target_id,
		      struct libns_entry_ids *ids, struct libns_error *err)
{
	struct libns_idmap *map;
	int r = libns_idmap_read(member, LIBNS_IDMAP_UID, &map, err);

	if (r < 0)
		return r;
	ids->has_uid = choose(map, target_id, &ids->uid);
	ids->has_own_uid = libns_idmap_to_inner(map, geteuid(), &ids->own_uid);
	libns_idmap_free(map);
	return 0;
}

static int choose_gid(const struct libns_proc *member, const uint32_t *target_id,
		      struct libns_entry_ids *ids, struct libns_error *err)
{
	struct libns_idmap *map;
	int r = libns_idmap_read(member, LIBNS_IDMAP_GID, &map, err);

	if (r < 0)
		return r;
	ids->has_gid = choose(map, target_id, &ids->gid);
	ids->has_own_gid = libns_idmap_to_inner(map, getegid(), &ids->own_gid);
	libns_idmap_free(map);
	return 0;
}

static int query(const struct libns_entry *entry, const struct libns_proc *member,
		 struct libns_entry_ids *ret_ids, struct libns_error *err)
{
	struct libns_entry_ids ids = LIBNS_ENTRY_IDS_INIT;
	struct libns_proc_ids target = LIBNS_PROC_IDS_INIT;
	bool known = entry->proc != NULL;
	int r = known ? libns_proc_read_ids(entry->proc, &target, err) : 0;

	if (r < 0)
		return r;
	r = choose_uid(member, known ? &target.euid : NULL, &ids, err);
	if (r == 0)
		r = choose_gid(member, known ? &target.egid : NULL, &ids, err);
	if (r < 0)
		return r;
	r = libns_proc_read_setgroups(member, &ids.setgroups, err);
	if (r < 0)
		return r;
	/* The kernel heeds "allow" only once there is a gid_map. */
	if (!ids.has_gid)
		ids.setgroups = false;
	base_fill_sized(ret_ids, &ids, sizeof(ids));
	return 0;
}

/* Finds a process in the user namespace that is entered: the target, or else a child, @m. */
static int find_member(const struct libns_entry *entry, struct member *m,
		       const struct libns_proc **ret, struct libns_error *err)
{
	int r;

	*ret = entry->proc;
	if (entry->of_proc & LIBNS_TYPE_USER)
		return 0;
	r = member_start(m, entry_fd(entry, LIBNS_TYPE_USER));
	if (r)
		return error_types(
			err, LIBNS_TYPE_USER,
			error_set(err, LIBNS_STEP_ENTER, r, "cannot enter the user namespace"));
	r = proc_new_local(LIBNS_PROCFS, m->pid, &m->proc, err);
	*ret = m->proc;
	return r;
}

LIBNS_PUBLIC int libns_entry_query_ids(const struct libns_entry *entry,
				       struct libns_entry_ids *ret_ids, struct libns_error *err)
{
	_cleanup_(member_end) struct member m = { -1, -1, NULL };
	const struct libns_proc *member;
	int r = base_check_sized(ret_ids, sizeof(*ret_ids), "the answer", err);

	if (r < 0)
		return r;
	if (!(entry->types & LIBNS_TYPE_USER))
		return error_say(err, LIBNS_STEP_QUERY, ENODATA, "no user namespace is entered");
	r = find_member(entry, &m, &member, err);
	return r < 0 ? r : query(entry, member, ret_ids, err);
}

/* The map of the user namespace that is entered. */
static int read_map(const struct libns_entry *entry, enum libns_idmap_kind kind,
		    struct libns_idmap **ret, struct libns_error *err)
{
	_cleanup_(member_end) struct member m = { -1, -1, NULL };
	const struct libns_proc *member;
	int r = find_member(entry, &m, &member, err);

	return r < 0 ? r : libns_idmap_read(member, kind, ret, err);
}

int entry_to_outer(const struct libns_entry *entry, enum libns_idmap_kind kind, uint32_t inner,
		   uint32_t *ret_outer, struct libns_error *err)
{
	struct libns_idmap *map;
	int r = read_map(entry, kind, &map, err);

	if (r < 0)
		return r;
	r = libns_idmap_to_outer(map, inner, ret_outer);
	libns_idmap_free(map);
	return r;
}

/* Return: 1, 0 if it has no number in there, a negative errno with a sentence. */
static int to_inner(const struct libns_entry *entry, enum libns_idmap_kind kind, uint32_t outer,
		    uint32_t *ret_inner, struct libns_error *err)
{
	struct libns_idmap *map;
	int r = read_map(entry, kind, &map, err);

	if (r < 0)
		return r;
	r = libns_idmap_to_inner(map, outer, ret_inner);
	libns_idmap_free(map);
	return r;
}

LIBNS_PUBLIC int libns_entry_query_target_id(const struct libns_entry *entry,
					     enum libns_idmap_kind kind, uint32_t *ret_id,
					     struct libns_error *err)
{
	bool is_user = kind == LIBNS_IDMAP_UID;
	struct libns_proc_ids ids = LIBNS_PROC_IDS_INIT;
	uint32_t id;
	int r;

	if (!entry->proc)
		return error_say(err, LIBNS_STEP_QUERY, ENODATA, "there is no process with ids");
	r = libns_proc_read_ids(entry->proc, &ids, err);
	if (r < 0)
		return r;
	id = is_user ? ids.euid : ids.egid;
	if (!(entry->types & LIBNS_TYPE_USER)) {
		*ret_id = id;
		return 1;
	}
	r = to_inner(entry, kind, id, ret_id, err);
	/* The kernel keeps an id that has no number in there, and it is the target's. */
	if (r || id == (is_user ? geteuid() : getegid()))
		return r;
	return error_say(err, LIBNS_STEP_QUERY, EOVERFLOW,
			 "the %s id of process %d has no number in its user namespace",
			 is_user ? "user" : "group", (int)libns_proc_get_pid(entry->proc));
}
