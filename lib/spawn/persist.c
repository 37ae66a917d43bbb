/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Theory of operation
 *
 * A namespace is bound on a file that is opened once, without following a link
 * in the last place of its path: somebody who may write to the directory cannot
 * have another file covered by exchanging it. Only the keeper has the descriptors.
 *
 * What is bound is noted in shared memory before and after each mount(2). So a
 * second process can take it back if the first one was killed in between. Whether
 * all of it stays is one word there as well: the caller sets it to "kept", or the
 * keeper to "taken back", and whoever comes first decides. No message can be lost.
 */

#include "spawn/persist.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <libns/type.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/mount.h"
#include "kernel/proc.h"

enum persist_verdict { PERSIST_OPEN, PERSIST_KEPT, PERSIST_TAKEN_BACK };

static bool decide(struct persist *persist, int verdict)
{
	int open = PERSIST_OPEN;

	return __atomic_compare_exchange_n(&persist->verdict, &open, verdict, false,
					   __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST) ||
	       open == verdict;
}

int persist_open(const struct plan *plan, struct persist **ret, struct libns_error *err)
{
	const struct libns_plan *ask = &plan->ask;
	struct persist *persist;
	int r = 0;

	if (ask->n_persist > PERSIST_MAX)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "too many namespaces to keep");
	persist = mmap(NULL, sizeof(*persist), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);
	if (persist == MAP_FAILED)
		return error_set(err, LIBNS_STEP_PERSIST, errno,
				 "cannot share memory with the helper outside");
	for (size_t i = 0; i < PERSIST_MAX; i++)
		persist->files[i].fd = -1;
	for (size_t i = 0; i < ask->n_persist && r == 0; i++) {
		r = mount_file_open(ask->persist[i].type, ask->persist[i].path, err);
		if (r >= 0) {
			persist->files[i].fd = r;
			r = 0;
		}
	}
	if (r < 0) {
		persist_close(persist);
		persist_free(persist);
		return r;
	}
	*ret = persist;
	return 0;
}

void persist_close(struct persist *persist)
{
	/* The array is shared, and the table of descriptors is not: so the numbers stay there. */
	for (size_t i = 0; i < PERSIST_MAX; i++)
		base_close(persist->files[i].fd);
}

void persist_hide(struct persist *persist)
{
	madvise(persist, sizeof(*persist), MADV_DONTFORK);
}

static const char *link_name(uint64_t type, unsigned int how)
{
	if (how == LIBNS_HOW_UNSHARE && type == LIBNS_TYPE_PID)
		return "pid_for_children";
	if (how == LIBNS_HOW_UNSHARE && type == LIBNS_TYPE_TIME)
		return "time_for_children";
	return libns_type_name(type);
}

/* Puts one more mount on a file, by the call @layer, which returns 0 or a negative errno. */
#define LAY(file, layer)                                                                           \
	({                                                                                         \
		int lay_r_;                                                                        \
		(file)->in_doubt = true;                                                           \
		lay_r_ = (layer);                                                                  \
		(file)->layers += lay_r_ == 0;                                                     \
		(file)->in_doubt = false;                                                          \
		lay_r_;                                                                            \
	})

static int bind_one(struct persist *persist, size_t i, const struct libns_persist *ask,
		    const struct libns_proc *proc, unsigned int how, struct libns_error *err)
{
	__typeof__(persist->files[0]) volatile *file = &persist->files[i];
	const char *name = link_name(ask->type, how);
	_cleanup_close_ int fd = -1;
	char link[64];
	int r;

	error_format(link, sizeof(link), "ns/%s", name);
	fd = sys_open_at(proc->dir_fd, link, O_RDONLY);
	if (fd == -ENOENT && ask->type == LIBNS_TYPE_PID)
		return error_say(err, LIBNS_STEP_PERSIST, ENOENT,
				 "cannot keep the pid namespace on '%s': it has no first process "
				 "yet",
				 ask->path);
	if (fd < 0)
		return error_set(err, LIBNS_STEP_PERSIST, -fd, "cannot open '/proc/%d/%s'",
				 (int)proc->pid, link);
	r = LAY(file, mount_file_bind(fd, file->fd, ask->path, err));
	if (r != -EINVAL || ask->type != LIBNS_TYPE_MNT)
		return r;
	/* A mount namespace cannot be bound where mounts propagate. So the file is mounted on
	 * itself and made private, and the namespace is bound on that. */
	if (LAY(file, mount_file_on_itself(file->fd)) < 0 ||
	    mount_file_make_private(file->fd, ask->path) < 0)
		return r;
	return LAY(file, mount_file_bind(fd, file->fd, ask->path, NULL)) < 0 ? r : 0;
}

int persist_bind(struct persist *persist, const struct plan *plan, pid_t pid, unsigned int how,
		 struct libns_error *err)
{
	const struct libns_plan *ask = &plan->ask;
	struct libns_proc proc;
	int r = proc_pin_local(LIBNS_PROCFS, pid, &proc, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < ask->n_persist && r == 0; i++) {
		__atomic_store_n(&persist->n_tried, i + 1, __ATOMIC_SEQ_CST);
		r = bind_one(persist, i, &ask->persist[i], &proc, how, err);
		if (r < 0)
			error_types(err, ask->persist[i].type, r);
	}
	proc_unpin(&proc);
	return r;
}

bool persist_keep(struct persist *persist)
{
	return decide(persist, PERSIST_KEPT);
}

void persist_take_back(struct persist *persist, const struct plan *plan)
{
	if (!decide(persist, PERSIST_TAKEN_BACK))
		return;
	while (persist->n_tried) {
		size_t i = persist->n_tried - 1;
		__typeof__(persist->files[0]) volatile *file = &persist->files[i];

		if (file->in_doubt && mount_file_is_covered(file->fd, plan->ask.persist[i].path))
			file->layers++;
		file->in_doubt = false;
		for (; file->layers > 0; file->layers--)
			mount_file_uncover(file->fd);
		persist->n_tried = i;
	}
}

struct persist *persist_free(struct persist *persist)
{
	if (persist)
		munmap(persist, sizeof(*persist));
	return NULL;
}
