/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Theory of operation
 *
 * Two things cannot be done by a process that has changed its own namespaces:
 * writing a map of more than its own id, and binding a namespace on a file
 * outside. libns_unshare() therefore forks this process first. libns_spawn()
 * stays outside and writes maps itself, but leaves the binding to it as well,
 * for one reason: if the caller is killed, somebody must remove what was bound.
 *
 *   caller                      keeper
 *   unshare or clone3
 *   GO(pid)            ->       maps, binds
 *                      <-       READY or ERROR
 *   rest of the set-up
 *   GO                 ->       exit
 *   (or end of the line)        unbinds in reverse order, exit
 *
 * Everything hangs on the end of the line (an eventfd has none): a keeper never
 * outlives a caller by more than its own clean-up.
 */

#include "keeper.h"

#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include <libns/mount.h>
#include <libns/proc.h>
#include <libns/type.h>

#include "base.h"
#include "channel.h"
#include "clone.h"
#include "err.h"
#include "idmap-write.h"
#include "sys.h"

/* setgroups beside a gid_map from outside: before the map, or never. */
static bool setgroups_from_outside(const struct plan *plan)
{
	return plan->ask.setgroups == LIBNS_SETGROUPS_DENY && plan->ask.gid_map && !plan->self_gid;
}

int keeper_write_maps(const struct plan *plan, pid_t pid, struct libns_error *err)
{
	struct libns_proc *proc = NULL;
	int r;

	r = libns_proc_new(LIBNS_PROCFS, pid, &proc, err);
	if (r < 0)
		return r;
	if (setgroups_from_outside(plan))
		r = idmap_write_setgroups(libns_proc_get_dir_fd(proc), false, err);
	if (r == 0)
		r = idmap_write_at(libns_proc_get_dir_fd(proc), pid,
				   plan->self_uid ? NULL : plan->ask.uid_map,
				   plan->self_gid ? NULL : plan->ask.gid_map, err);
	libns_proc_free(proc);
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
	setup_explain(explain, "map ids from outside, or by the setuid helper",
		      "write(\"/proc/PID/%s\", \"%s\")", file, text);
}

void keeper_explain_maps(const struct plan *plan, struct explain *explain)
{
	if (setgroups_from_outside(plan))
		setup_explain(explain, "setgroups(2) will not work inside",
			      "write(\"/proc/PID/setgroups\", \"deny\")");
	if (plan->ask.uid_map && !plan->self_uid)
		explain_map(explain, "uid_map", plan->ask.uid_map);
	if (plan->ask.gid_map && !plan->self_gid)
		explain_map(explain, "gid_map", plan->ask.gid_map);
}

static const char *link_name(uint64_t type, unsigned int how)
{
	if (how == LIBNS_HOW_UNSHARE && type == LIBNS_TYPE_PID)
		return "pid_for_children";
	if (how == LIBNS_HOW_UNSHARE && type == LIBNS_TYPE_TIME)
		return "time_for_children";
	return libns_type_name(type);
}

/* Binds one namespace. Return: how many mounts lie on the file now, or an errno. */
static int bind_one(const struct libns_persist *persist, pid_t pid, unsigned int how,
		    struct libns_error *err)
{
	const char *name = link_name(persist->type, how);
	_cleanup_close_ int fd = -1;
	char link[64];
	int r;

	error_format(link, sizeof(link), "/proc/%d/ns/%s", pid, name);
	fd = sys_open_at(AT_FDCWD, link, O_RDONLY);
	if (fd == -ENOENT && persist->type == LIBNS_TYPE_PID)
		return error_say(err, LIBNS_STEP_PERSIST, ENOENT,
				 "cannot keep the pid namespace on '%s': it has no first process "
				 "yet",
				 persist->path);
	if (fd < 0)
		return error_set(err, LIBNS_STEP_PERSIST, -fd, "cannot open '%s'", link);
	r = libns_mount_persist(fd, persist->path, err);
	if (r == 0)
		return 1;
	/* A mount namespace must not lie where mounts propagate from: lay the file
	 * on itself, private, and the namespace on that. */
	if (r != -EINVAL || persist->type != LIBNS_TYPE_MNT ||
	    mount(persist->path, persist->path, NULL, MS_BIND, NULL) < 0)
		return r;
	if (mount(NULL, persist->path, NULL, MS_PRIVATE, NULL) == 0 &&
	    libns_mount_persist(fd, persist->path, NULL) == 0)
		return 2;
	umount2(persist->path, MNT_DETACH);
	return r;
}

/* What was bound, in bind order; index as in the plan. */
struct bound {
	size_t n;
	unsigned char layers[16];
};

static int bind_all(const struct plan *plan, pid_t pid, unsigned int how, struct bound *bound,
		    struct libns_error *err)
{
	const struct libns_plan *ask = &plan->ask;

	for (size_t i = 0; i < ask->n_persist; i++) {
		int r = bind_one(&ask->persist[i], pid, how, err);

		if (r < 0)
			return error_types(err, ask->persist[i].type, r);
		bound->layers[bound->n++] = (unsigned char)r;
	}
	return 0;
}

static void unbind_all(const struct plan *plan, struct bound *bound)
{
	while (bound->n) {
		size_t i = --bound->n;

		while (bound->layers[i]--)
			umount2(plan->ask.persist[i].path, MNT_DETACH);
	}
}

static _Noreturn void keep(int channel, const struct plan *plan, unsigned int how)
{
	struct libns_error failure = LIBNS_ERROR_INIT;
	struct channel_message message;
	struct bound bound = { 0 };
	int r = 0;

	if (channel_receive(channel, &message) != 1)
		_exit(1);
	if (how == LIBNS_HOW_UNSHARE && plan->outside_maps)
		r = keeper_write_maps(plan, message.value, &failure);
	/* What a Ctrl-C would leave half done stays no more than a moment. */
	if (r == 0 && plan->ask.n_persist) {
		sys_sigprocmask(~UINT64_C(0), NULL);
		r = bind_all(plan, message.value, how, &bound, &failure);
	}
	if (r == 0)
		r = channel_send(channel, CHANNEL_READY, 0, NULL);
	else
		channel_send(channel, CHANNEL_ERROR, 0, &failure);
	if (r < 0 || channel_receive(channel, &message) != 1)
		unbind_all(plan, &bound);
	_exit(0);
}

int keeper_start(struct keeper *keeper, const struct plan *plan, unsigned int how,
		 struct libns_error *err)
{
	struct clone_result child;
	int ends[2], r;

	if (plan->ask.n_persist > sizeof(((struct bound *)NULL)->layers))
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "too many namespaces to keep");
	r = channel_open(ends, err);
	if (r < 0)
		return r;
	r = clone_process(0, 0, NULL, &child, err);
	if (r == 0 && child.pid == 0) {
		if (child.handlers) {
			clone_reset_handlers();
			sys_sigprocmask(child.sigmask, NULL);
		}
		base_close(ends[0]);
		keep(ends[1], plan, how);
	}
	base_close(ends[1]);
	if (r < 0) {
		base_close(ends[0]);
		return r;
	}
	base_close(child.pidfd);
	keeper->channel = ends[0];
	keeper->pid = child.pid;
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

void keeper_end(struct keeper *keeper, bool commit)
{
	if (keeper->channel < 0)
		return;
	if (commit)
		channel_send(keeper->channel, CHANNEL_GO, 0, NULL);
	keeper->channel = base_close(keeper->channel);
	clone_reap(keeper->pid);
}
