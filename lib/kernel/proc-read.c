/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What procfs tells about a pinned process: its namespaces, ids, root and
 * working directory. Never a file that waits for the process's memory lock
 * (cmdline, environ, maps, smaps, auxv).
 *
 * Theory of operation
 *
 * A process whose main thread has ended is a zombie to procfs, but its other
 * threads live on: most links of /proc/PID then give ENOENT, while those of
 * /proc/PID/task/TID work. ask() tries the process, and only if that fails its
 * threads. Why something failed is found out afterwards, from the process's
 * state: ENOENT alone can mean a kernel without that type of namespace, a
 * zombie, or a pid namespace that has no first process yet.
 *
 * On a fixture (a directory tree that merely looks like procfs) the links of
 * namespaces lead nowhere, and their text "net:[4026531840]" is the identity.
 */

#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <libns/type.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sized.h"
#include "base/sys.h"
#include "kernel/proc.h"
#include "text/procfile.h"
#include "text/unit.h"

/* One question to a directory /proc/PID or /proc/PID/task/TID: >= 0 or -errno. */
struct question {
	int (*ask)(const struct question *q, int dir_fd, const char *path);
	const char *path;
	int flags;
	struct libns_id *ret_id;
};

static int ask_open(const struct question *q, int dir_fd, const char *path)
{
	return sys_open_at(dir_fd, path, q->flags);
}

static int ask_id(const struct question *q, int dir_fd, const char *path)
{
	struct stat st;

	if (fstatat(dir_fd, path, &st, 0) < 0)
		return -errno;
	*q->ret_id = (struct libns_id){ st.st_dev, st.st_ino };
	return 0;
}

/* Parses the "net:[4026531840]" of a fixture. It tells no device, so the namespaces of a fixture
 * are compared by inode only. */
static int ask_link_text(const struct question *q, int dir_fd, const char *path)
{
	char text[64], *number;
	uint64_t ino;
	ssize_t n = readlinkat(dir_fd, path, text, sizeof(text) - 1);

	if (n < 0)
		return -errno;
	text[n] = '\0';
	number = strchr(text, '[');
	if (!number || text[n - 1] != ']' ||
	    procfile_u64(number + 1, (size_t)(text + n - 1 - (number + 1)), &ino) < 0)
		return -EBADMSG;
	*q->ret_id = (struct libns_id){ 0, ino };
	return 0;
}

static int ask_threads(const struct libns_proc *proc, const struct question *q)
{
	_cleanup_dir_ DIR *dir = NULL;
	struct dirent *entry;
	int r_dir = sys_open_dir(proc->dir_fd, "task", &dir);

	if (r_dir < 0)
		return r_dir;
	while ((r_dir = sys_next_entry(dir, &entry)) > 0) {
		char path[320];
		int r;

		error_format(path, sizeof(path), "%s/%s", entry->d_name, q->path);
		r = q->ask(q, dirfd(dir), path);
		/* This thread has ended meanwhile, or it is the main thread that had ended before. */
		if (r != -ENOENT && r != -ESRCH)
			return r;
	}
	return r_dir < 0 ? r_dir : -ENOENT;
}

/* Asks the process first and then, if its main thread has ended, the other threads. */
static int ask(const struct libns_proc *proc, const struct question *q)
{
	int r = q->ask(q, proc->dir_fd, q->path);

	if (r != -ENOENT || proc->fixture)
		return r;
	r = ask_threads(proc, q);
	return r == -ESRCH ? -ENOENT : r;
}

/* 'R', 'S', 'Z', ..., or '?'. Return: 0 or the errno of reading it. */
static int read_state(const struct libns_proc *proc, char *ret_state)
{
	struct procfile_stat stat;
	char text[1024];
	ssize_t n = sys_read_at(proc->dir_fd, "stat", text, sizeof(text));

	if (n < 0)
		return (int)n;
	*ret_state = procfile_stat(text, &stat) < 0 ? '?' : stat.state;
	return 0;
}

/* "cannot <verb> process 12: ...", with the reason that its state gives. */
static int explain(const struct libns_proc *proc, int code, const char *verb,
		   struct libns_error *err)
{
	char state = '?';
	int r = 0;

	if (!proc->fixture)
		r = read_state(proc, &state);
	if (r == -ESRCH)
		return error_say(err, LIBNS_STEP_PROC, ESRCH, "cannot %s process %d: it has ended",
				 verb, proc->pid);
	/* With hidepid=, see proc(5), the directory can be opened, but nothing is found in it. */
	if (r == -ENOENT || r == -EPERM)
		return error_say(err, LIBNS_STEP_PROC, EACCES,
				 "cannot %s process %d: procfs hides it (mount option hidepid)",
				 verb, proc->pid);
	if ((state == 'Z' || state == 'X') && (code == ENOENT || code == ESRCH))
		return error_say(err, LIBNS_STEP_PROC, ESRCH,
				 "cannot %s process %d: it has ended and is a zombie", verb,
				 proc->pid);
	return error_set(err, LIBNS_STEP_PROC, code, "cannot %s process %d", verb, proc->pid);
}

static int explain_ns(const struct libns_proc *proc, const struct question *q, int code,
		      uint64_t type, struct libns_error *err)
{
	bool children = strstr(q->path, "_for_children") != NULL;
	const char *name = libns_type_name(type);
	struct stat st;
	char verb[96];
	int r;

	error_format(verb, sizeof(verb), "open the %s namespace%s of", name,
		     children ? " for children" : "");
	r = explain(proc, code, verb, err);
	if (r != -ENOENT || proc->fixture)
		return error_types(err, type, r);
	if (fstatat(proc->dir_fd, q->path, &st, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
		r = error_say(err, LIBNS_STEP_OPEN, EOPNOTSUPP,
			      "cannot %s process %d: this kernel has no %s namespaces%s", verb,
			      proc->pid, name, children ? " for children" : "");
	else if (children)
		r = error_say(err, LIBNS_STEP_OPEN, ENOENT,
			      "cannot %s process %d: it has no first process yet", verb, proc->pid);
	return error_types(err, type, r);
}

static int ask_ns(const struct libns_proc *proc, uint64_t type, struct question *q,
		  const char *suffix, struct libns_error *err)
{
	const char *name = libns_type_name(type);
	char path[32];
	int r;

	if (!name)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "%llu is not one namespace type",
				 (unsigned long long)type);
	error_format(path, sizeof(path), "ns/%s%s", name, suffix);
	q->path = path;
	r = ask(proc, q);
	if (r < 0)
		r = explain_ns(proc, q, -r, type, err);
	return r;
}

LIBNS_PUBLIC int libns_proc_open_ns(const struct libns_proc *proc, uint64_t type,
				    struct libns_error *err)
{
	struct question q = { .ask = ask_open, .flags = O_RDONLY | O_NONBLOCK };

	return ask_ns(proc, type, &q, "", err);
}

LIBNS_PUBLIC int libns_proc_open_ns_for_children(const struct libns_proc *proc, uint64_t type,
						 struct libns_error *err)
{
	struct question q = { .ask = ask_open, .flags = O_RDONLY | O_NONBLOCK };

	if (type != LIBNS_TYPE_PID && type != LIBNS_TYPE_TIME)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "only pid and time namespaces can differ for children");
	return ask_ns(proc, type, &q, "_for_children", err);
}

LIBNS_PUBLIC int libns_proc_read_id(const struct libns_proc *proc, uint64_t type,
				    struct libns_id *ret_id, struct libns_error *err)
{
	struct question q = { .ask = proc->fixture ? ask_link_text : ask_id, .ret_id = ret_id };

	return ask_ns(proc, type, &q, "", err);
}

static int read_status(const struct libns_proc *proc, char **ret_text, struct libns_error *err)
{
	/* The file has no fixed size, because the line "Groups" can have 65536 numbers. */
	int r = sys_read_alloc_at(proc->dir_fd, "status", ret_text, NULL);

	return r < 0 ? explain(proc, -r, "read the status of", err) : 0;
}

static int read_pids(const struct libns_proc *proc, const char *key, pid_t **ret_pids,
		     size_t *ret_n_pids, struct libns_error *err)
{
	_cleanup_free_ char *text = NULL;
	pid_t pids[PROCFILE_MAX_PIDS], *copy;
	int n, r = read_status(proc, &text, err);

	if (r < 0)
		return r;
	n = procfile_find_pids(text, key, pids, ARRAY_SIZE(pids));
	if (n == -ENOENT)
		return error_say(err, LIBNS_STEP_PROC, EOPNOTSUPP,
				 "the status of process %d has no %s line", proc->pid, key);
	if (n < 0)
		return error_say(err, LIBNS_STEP_PROC, EBADMSG,
				 "the %s line in the status of process %d is malformed", key,
				 proc->pid);
	copy = malloc((size_t)n * sizeof(*copy));
	if (!copy)
		return error_set(err, LIBNS_STEP_PROC, ENOMEM,
				 "cannot read the status of process %d", proc->pid);
	memcpy(copy, pids, (size_t)n * sizeof(*copy));
	*ret_pids = copy;
	*ret_n_pids = (size_t)n;
	return 0;
}

LIBNS_PUBLIC int libns_proc_read_nspid(const struct libns_proc *proc, pid_t **ret_pids,
				       size_t *ret_n_pids, struct libns_error *err)
{
	return read_pids(proc, "NSpid", ret_pids, ret_n_pids, err);
}

LIBNS_PUBLIC int libns_proc_read_nstgid(const struct libns_proc *proc, pid_t **ret_pids,
					size_t *ret_n_pids, struct libns_error *err)
{
	return read_pids(proc, "NStgid", ret_pids, ret_n_pids, err);
}

LIBNS_PUBLIC int libns_proc_read_ids(const struct libns_proc *proc, struct libns_proc_ids *ret_ids,
				     struct libns_error *err)
{
	_cleanup_free_ char *text = NULL;
	struct libns_proc_ids ids = LIBNS_PROC_IDS_INIT;
	struct procfile_word state;
	pid_t tgid, ppid;
	int r = base_check_sized(ret_ids, sizeof(ids), "the answer", err);

	if (r == 0)
		r = read_status(proc, &text, err);
	if (r < 0)
		return r;
	state = procfile_find(text, "State");
	if (!state.s || !state.n || procfile_find_pids(text, "Tgid", &tgid, 1) < 0 ||
	    procfile_find_pids(text, "PPid", &ppid, 1) < 0 ||
	    procfile_find_nth_u32(text, "Uid", 0, &ids.ruid) < 0 ||
	    procfile_find_nth_u32(text, "Uid", 1, &ids.euid) < 0 ||
	    procfile_find_nth_u32(text, "Gid", 0, &ids.rgid) < 0 ||
	    procfile_find_nth_u32(text, "Gid", 1, &ids.egid) < 0 ||
	    procfile_find_nth_u32(text, "Threads", 0, &ids.threads) < 0)
		return error_say(err, LIBNS_STEP_PROC, EBADMSG,
				 "the status of process %d is malformed", proc->pid);
	ids.tgid = tgid;
	ids.ppid = ppid;
	ids.state = state.s[0];
	base_fill_sized(ret_ids, &ids, sizeof(ids));
	return 0;
}

LIBNS_PUBLIC int libns_proc_read_setgroups(const struct libns_proc *proc, bool *ret_allowed,
					   struct libns_error *err)
{
	char text[16], state;
	ssize_t n = sys_read_at(proc->dir_fd, "setgroups", text, sizeof(text));

	if (n >= 0) {
		*ret_allowed = strcmp(text, "deny\n") != 0;
		return 0;
	}
	/* Before Linux 3.19 there was no such file and nothing to deny. */
	if (n == -ENOENT && read_state(proc, &state) == 0) {
		*ret_allowed = true;
		return 0;
	}
	return explain(proc, (int)-n, "read setgroups of", err);
}

LIBNS_PUBLIC int libns_proc_read_unit(const struct libns_proc *proc, char *buf, size_t size,
				      struct libns_error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t n;
	int r = sys_read_alloc_at(proc->dir_fd, "cgroup", &text, &n);

	if (r < 0)
		return explain(proc, -r, "read the control group of", err);
	r = unit_find(text, buf, size);
	if (r == -E2BIG)
		return error_say(err, LIBNS_STEP_PROC, E2BIG,
				 "the name of the unit of process %d does not fit into %zu bytes",
				 (int)proc->pid, size);
	return r;
}

static int open_directory(const struct libns_proc *proc, const char *path, const char *verb,
			  struct libns_error *err)
{
	struct question q = { .ask = ask_open, .path = path, .flags = O_PATH | O_DIRECTORY };
	int r = ask(proc, &q);

	return r < 0 ? explain(proc, -r, verb, err) : r;
}

LIBNS_PUBLIC int libns_proc_open_root(const struct libns_proc *proc, struct libns_error *err)
{
	return open_directory(proc, "root", "open the root directory of", err);
}

LIBNS_PUBLIC int libns_proc_open_cwd(const struct libns_proc *proc, struct libns_error *err)
{
	return open_directory(proc, "cwd", "open the working directory of", err);
}

LIBNS_PUBLIC int libns_proc_open_fd(const struct libns_proc *proc, int number,
				    struct libns_error *err)
{
	int fd = sys_pidfd_getfd(proc->pidfd, number);

	return fd < 0 ? error_set(err, LIBNS_STEP_PROC, -fd,
				  "cannot take over descriptor %d of process %d", number,
				  (int)proc->pid)
		      : fd;
}

LIBNS_PUBLIC int libns_proc_open_socket_net(const struct libns_proc *proc, int number,
					    struct libns_error *err)
{
	_cleanup_close_ int fd = libns_proc_open_fd(proc, number, err);
	int ns = fd < 0 ? -1 : ioctl(fd, SIOCGSKNS);

	if (fd < 0)
		return fd;
	if (ns < 0 && errno == ENOTTY)
		return error_say(err, LIBNS_STEP_PROC, ENOTTY,
				 "descriptor %d of process %d is no socket", number,
				 (int)proc->pid);
	if (ns >= 0)
		ns = sys_fd_above_stdio(ns);
	else
		ns = -errno;
	return ns < 0 ? error_set(
				err, LIBNS_STEP_PROC, -ns,
				"cannot open the network namespace of descriptor %d of process %d",
				number, (int)proc->pid)
		      : ns;
}
