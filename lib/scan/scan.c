/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A scan from beginning to end. The order matters: processes and their
 * descriptors lead to mount namespaces, these lead to bind mounts, and all of
 * them lead to owners and parents. Each source is a separate file, can be left
 * out, and counts what it could not see.
 */

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sized.h"
#include "base/sys.h"
#include "kernel/attempt.h"
#include "kernel/listns.h"
#include "kernel/proc.h"
#include "kernel/statmount.h"
#include "scan/link.h"
#include "scan/source.h"
#include "text/procfile.h"

static int take_options(const struct libns_scan_options *from, struct libns_scan_options *to,
			struct libns_error *err)
{
	const struct libns_scan_options everything = LIBNS_SCAN_OPTIONS_INIT;
	int r = base_copy_sized(to, sizeof(*to), from ? from : &everything,
				offsetof(struct libns_scan_options, threads),
				"the options of a scan", err);

	if (r < 0)
		return r;
	if (to->sources & ~LIBNS_SCAN_ALL)
		return error_unknown(err, "source of a scan", to->sources & ~LIBNS_SCAN_ALL);
	if (to->types & ~LIBNS_TYPES_ALL)
		return error_unknown(err, "namespace type", to->types & ~LIBNS_TYPES_ALL);
	if (to->bpf > LIBNS_SCAN_BPF_ALWAYS)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "unknown use of BPF");
	if (!to->sources)
		to->sources = LIBNS_SCAN_ALL;
	if (!to->types)
		to->types = LIBNS_TYPES_ALL;
	return 0;
}

/*
 * One id in NSpid means that the procfs shows the caller's own pid namespace.
 * Numbers in a procfs of an outer one mean other processes here.
 */
static int shows_own_pids(int procfs_fd)
{
	_cleanup_free_ char *text = NULL;
	pid_t pids[PROCFILE_MAX_PIDS];
	int r = sys_read_alloc_at(procfs_fd, "self/status", &text, NULL);

	if (r < 0)
		return sys_is_failure(r) ? r : 0;
	return procfile_find_pids(text, "NSpid", pids, ARRAY_SIZE(pids)) == 1;
}

static int open_procfs(struct libns_scan *scan, int procfs_fd, struct libns_error *err)
{
	struct statfs fs;
	struct stat st;
	int r;

	scan->procfs_fd = procfs_fd == LIBNS_PROCFS
				  ? sys_open_at(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY)
				  : sys_open_at(procfs_fd, ".", O_PATH | O_DIRECTORY);
	if (scan->procfs_fd < 0)
		return error_set(err, LIBNS_STEP_PROC, -scan->procfs_fd, "cannot open %s",
				 procfs_fd == LIBNS_PROCFS ? "/proc" : "that procfs");
	if (fstatfs(scan->procfs_fd, &fs) < 0)
		return error_set(err, LIBNS_STEP_PROC, errno, "cannot query that procfs");
	scan->live = fs.f_type == SYS_PROC_MAGIC;
	if (!scan->live)
		return 0;
	r = shows_own_pids(scan->procfs_fd);
	if (r < 0)
		return error_set(err, LIBNS_STEP_PROC, -r,
				 "cannot read the status of this process");
	scan->own_pids = r;
	if (fstatat(scan->procfs_fd, "self/ns/user", &st, 0) == 0)
		scan->model.dev = st.st_dev;
	return 0;
}

/* Finds calls for which a filter kills: a scan in a confined service must not die of a call that
 * it can do without. */
static uint64_t find_fatal_calls(void)
{
	/* In the order of SCAN_CALL_*. */
	static const long calls[] = { SYS_pidfd_getfd,      SYS_kcmp,      SYS_bpf,
				      SYS_statmount,        SYS_listmount, SYS_listns,
				      SYS_open_by_handle_at };

	return attempt_fatal_calls(calls, ARRAY_SIZE(calls));
}

/* Reads processes, threads, and what they hold. */
static int find_tasks(struct libns_scan *scan, struct libns_error *err)
{
	int r = scan_bpf(scan, err);

	return r == 0 ? scan_procfs(scan, err) : r < 0 ? r : 0;
}

/* Reads bind mounts: those of the caller, then those of the mount namespaces known by now. */
static int find_mounts(struct libns_scan *scan, struct libns_error *err)
{
	uint64_t ino;
	int r = 0;

	if (scan_read_link(scan->procfs_fd, "self/ns/mnt", &ino) >= 0)
		scan->model.own_mnt = model_find(&scan->model, ino);
	if (scan->sources & LIBNS_SCAN_OWN_MOUNTS)
		r = scan_read_mountinfo(scan, scan->model.own_mnt, scan->procfs_fd,
					"self/mountinfo");
	if (r < 0 && !sys_is_failure(r)) {
		scan->model.unseen[LIBNS_UNSEEN_MOUNTS]++;
		r = 0;
	}
	if (r == 0 && (scan->sources & LIBNS_SCAN_OTHER_MOUNTS))
		r = scan_other_mounts(scan);
	return r < 0 ? error_set(err, LIBNS_STEP_MOUNT, -r, "cannot read the mounts") : 0;
}

static int run(struct libns_scan *scan, struct libns_error *err)
{
	int r = 0;

	scan->fatal = scan->live ? find_fatal_calls() : 0;

	scan->links = scan->model.types;
	if (scan->sources & (LIBNS_SCAN_OWN_MOUNTS | LIBNS_SCAN_OTHER_MOUNTS))
		scan->links |= LIBNS_TYPE_MNT;
	if (scan->sources & LIBNS_SCAN_PROCESSES)
		r = find_tasks(scan, err);
	if (r == 0 && scan->live && (scan->sources & LIBNS_SCAN_LISTNS) &&
	    !(scan->fatal & SCAN_CALL_LISTNS)) {
		r = scan_listns(scan);
		if (r < 0)
			r = error_set(err, LIBNS_STEP_QUERY, -r, "cannot list the namespaces");
	}
	/* Must run last of all that find namespaces: it reads the mounts of the mount namespaces
	 * found above. */
	if (r == 0)
		r = find_mounts(scan, err);
	if (r == 0 && scan->live && (scan->sources & LIBNS_SCAN_RELATIONS)) {
		r = scan_relations(scan);
		if (r < 0)
			r = error_set(err, LIBNS_STEP_QUERY, -r, "cannot relate the namespaces");
	}
	if (r == 0) {
		model_find_firsts(&scan->model);
		r = model_finish(&scan->model);
		if (r < 0)
			r = error_set(err, LIBNS_STEP_PROC, -r, "cannot take a snapshot");
	}
	return r;
}

LIBNS_PUBLIC int libns_scan_new(int procfs_fd, const struct libns_scan_options *options,
				struct libns_scan **ret_scan, struct libns_error *err)
{
	struct libns_scan_options asked;
	struct libns_scan *scan;
	int r;

	if (!ret_scan)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "no place for the snapshot");
	r = take_options(options, &asked, err);
	if (r < 0)
		return r;
	scan = calloc(1, sizeof(*scan));
	if (!scan)
		return error_set(err, LIBNS_STEP_PROC, ENOMEM, "cannot take a snapshot");
	scan->procfs_fd = -1;
	scan->sources = asked.sources;
	scan->threads = asked.threads;
	scan->bpf = (enum libns_scan_bpf)asked.bpf;
	scan->model.types = asked.types;
	r = open_procfs(scan, procfs_fd, err);
	if (r == 0)
		r = run(scan, err);
	if (r < 0) {
		libns_scan_free(scan);
		return r;
	}
	*ret_scan = scan;
	return 0;
}

LIBNS_PUBLIC struct libns_scan *libns_scan_free(struct libns_scan *scan)
{
	if (!scan)
		return NULL;
	scan_close_kept(&scan->kept);
	model_clear(&scan->model);
	base_close(scan->procfs_fd);
	free(scan);
	return NULL;
}
