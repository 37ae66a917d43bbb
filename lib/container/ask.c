/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The helpers that stay beside containers know what no file in a known place says: where docker
 * keeps its data, what an ordinary user's podman calls a container, and which name systemd-nspawn
 * was given with -M.
 *
 * Anybody can start a process with any name and any arguments. So what a helper says is taken as
 * the word of the user it runs for: if one of its user ids is not root's, of that user. A process
 * in other pid namespaces than the caller's, or in other user namespaces than the caller's and the
 * one in which its own user has started it, may be root inside a container, and is not asked at
 * all.
 */

#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "container/owner.h"
#include "container/state.h"
#include "kernel/slow-read.h"
#include "text/container-args.h"

/* How long to wait for the command line of a process whose memory lock is held. */
#define ITEM_MS  50
#define TOTAL_MS 200
/* At most so many helpers of ordinary users are asked. */
#define MAX_FOREIGN 4096

struct helper {
	pid_t pid;
	uid_t owner;
	uint64_t start;
	const char *runtime;
};

struct asking {
	struct container_reader *reader;
	struct helper *helpers;
	size_t n;
	struct container_state state;
};

static int read_stat(int procfs_fd, pid_t pid, struct procfile_stat *ret, char *text, size_t size)
{
	char path[32];
	ssize_t n;

	error_format(path, sizeof(path), "%d/stat", pid);
	n = sys_read_at(procfs_fd, path, text, size);
	return n < 0 ? (int)n : procfile_stat(text, ret);
}

/* The first id that is not root's: whoever started a setuid program chose its arguments. */
static int read_owner(int procfs_fd, pid_t pid, uid_t *ret)
{
	char path[32], text[8192];
	ssize_t n;

	error_format(path, sizeof(path), "%d/status", pid);
	n = sys_read_at(procfs_fd, path, text, sizeof(text));
	if (n < 0)
		return (int)n;
	*ret = 0;
	for (unsigned int i = 0; i < 4 && *ret == 0; i++) {
		uint32_t id;
		int r = procfile_find_nth_u32(text, "Uid", i, &id);

		if (r < 0)
			return r;
		*ret = id;
	}
	return 0;
}

/*
 * Whether a user namespace was made by a user right below the caller's, as podman and rootlesskit
 * make one to be root in without being root. Their helpers run in it, for the same user.
 */
static bool is_of_user(int procfs_fd, const char *path, uid_t owner)
{
	_cleanup_close_ int fd = sys_open_at(procfs_fd, path, O_RDONLY);
	_cleanup_close_ int own_fd = -1, parent_fd = -1;
	struct stat own, parent;
	uid_t uid;

	if (fd < 0 || ioctl(fd, NS_GET_OWNER_UID, &uid) < 0 || uid != owner)
		return false;
	own_fd = sys_open_at(procfs_fd, "self/ns/user", O_RDONLY);
	parent_fd = ioctl(fd, NS_GET_PARENT);
	return own_fd >= 0 && parent_fd >= 0 && fstat(own_fd, &own) == 0 &&
	       fstat(parent_fd, &parent) == 0 && own.st_ino == parent.st_ino;
}

/*
 * Whether a process sees the file system of this host below /. Programs in a container of podman
 * can be in the user namespace of its helpers, and with --pid=host in their pid namespace.
 */
static bool has_our_root(int procfs_fd, pid_t pid)
{
	const unsigned int mask = SYS_STATX_INO;
	_cleanup_close_ int own_fd = sys_open_at(procfs_fd, "self/root", O_PATH);
	_cleanup_close_ int fd = -1;
	struct sys_statx own, root;
	char path[32];

	error_format(path, sizeof(path), "%d/root", pid);
	fd = sys_open_at(procfs_fd, path, O_PATH);
	/* A file system that may never answer, as a user can mount one, is not asked. */
	return own_fd >= 0 && fd >= 0 &&
	       sys_statx(own_fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, mask, &own) == 0 &&
	       sys_statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, mask, &root) == 0 &&
	       own.dev_major == root.dev_major && own.dev_minor == root.dev_minor &&
	       own.ino == root.ino;
}

/*
 * Whether the process is in the caller's user and pid namespaces, or in a user namespace that an
 * ordinary user has made for the helpers. A saved procfs has no namespaces; a procfs that does not
 * show the caller proves nothing.
 */
static bool is_beside(int procfs_fd, pid_t pid, uid_t owner)
{
	static const char *const names[] = { "pid", "user" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char path[32], own[64], link[64];
		ssize_t n, m;

		error_format(path, sizeof(path), "self/ns/%s", names[i]);
		n = readlinkat(procfs_fd, path, own, sizeof(own));
		error_format(path, sizeof(path), "%d/ns/%s", pid, names[i]);
		m = readlinkat(procfs_fd, path, link, sizeof(link));
		if (n < 0 && m < 0 && errno == ENOENT)
			continue;
		if (n < 0 || m < 0)
			return false;
		if (n == m && !memcmp(own, link, (size_t)n))
			continue;
		/* Here the pid namespace is known to be the caller's. */
		if (strcmp(names[i], "user") != 0 || owner == 0 ||
		    !is_of_user(procfs_fd, path, owner) || !has_our_root(procfs_fd, pid))
			return false;
	}
	return true;
}

/*
 * Whether the process runs the program that its name says. Whoever starts a program chooses that
 * name, for example by a symbolic link. While sudo(8) asks for a password, all its ids are root's,
 * but its arguments are still those of a user who may not know the password.
 */
static bool is_program(int procfs_fd, pid_t pid, const char *comm, size_t n)
{
	char path[32], link[4096];
	const char *last;
	ssize_t size;

	error_format(path, sizeof(path), "%d/exe", pid);
	size = readlinkat(procfs_fd, path, link, sizeof(link) - 1);
	if (size < 0)
		/* A saved procfs has no program files, so the name has to suffice. */
		return errno == ENOENT;
	link[size] = '\0';
	last = strrchr(link, '/');
	return last && !strncmp(last + 1, comm, n);
}

static ssize_t read_item(void *data, size_t i, char *buf, size_t size, int *ret_fd)
{
	const struct asking *asking = data;
	char path[32];

	(void)ret_fd;
	error_format(path, sizeof(path), "%d/cmdline", asking->helpers[i].pid);
	return sys_read_at(asking->reader->procfs_fd, path, buf, size);
}

/* Tells the start time of a process if it is the helper's child, or a child of that. */
static bool descends(int procfs_fd, pid_t pid, const struct helper *helper, uint64_t *ret_start)
{
	struct procfile_stat stat;
	char text[1024];

	if (read_stat(procfs_fd, pid, &stat, text, sizeof(text)) < 0)
		return false;
	*ret_start = stat.start_time;
	for (int i = 0; stat.ppid != helper->pid; i++)
		if (i == 2 || stat.ppid <= 1 ||
		    read_stat(procfs_fd, stat.ppid, &stat, text, sizeof(text)) < 0)
			return false;
	return true;
}

static pid_t first_child(int procfs_fd, pid_t pid)
{
	char path[64], text[4096];
	pid_t child;
	ssize_t n;

	error_format(path, sizeof(path), "%d/task/%d/children", pid, pid);
	/* The list may be cut off if it does not fit, because only the first child counts. */
	n = sys_read_at(procfs_fd, path, text, sizeof(text));
	if (n < 0 || procfile_pid(text, strcspn(text, " \n"), &child) < 0)
		return 0;
	return child;
}

static uid_t uid_of(int procfs_fd, pid_t pid)
{
	uid_t owner = OWNER_UNPROVEN;

	return read_owner(procfs_fd, pid, &owner) < 0 ? OWNER_UNPROVEN : owner;
}

/* Finds the first process inside. A shim knows it; other helpers have it as their child. */
static void find_first(struct asking *asking, const struct helper *helper)
{
	struct container_state *state = &asking->state;
	int procfs_fd = asking->reader->procfs_fd;
	pid_t pid = first_child(procfs_fd, helper->pid);

	/* The child of firejail is firejail too, and runs as root in the sandbox of another
	 * user. */
	if (pid && helper->owner && uid_of(procfs_fd, pid) != helper->owner &&
	    !owner_has_process(procfs_fd, pid, helper->owner))
		pid = first_child(procfs_fd, pid);
	if (!pid || !descends(procfs_fd, pid, helper, &state->start))
		return;
	state->pid = pid;
	state->leads = true;
}

/* The working directory of a shim is its bundle. */
static void find_bundle(const struct asking *asking, const struct helper *helper,
			struct container_state *state)
{
	char path[32];
	ssize_t n;

	if (state->place[0] ||
	    (strcmp(state->runtime, "containerd") && strcmp(state->runtime, "docker")))
		return;
	error_format(path, sizeof(path), "%d/cwd", helper->pid);
	n = readlinkat(asking->reader->procfs_fd, path, state->place, sizeof(state->place) - 1);
	state->place[n < 0 ? 0 : n] = '\0';
}

static int hand_on(void *data, struct container_state *state)
{
	struct asking *asking = data;
	struct container_reader *reader = asking->reader;
	struct container_state bundle;
	int r;

	r = reader->found(reader->data, state);
	if (r < 0)
		return r;
	bundle = *state;
	return container_state_read_bundle(reader, &bundle);
}

static int deliver(void *data, size_t i, const char *buf, ssize_t n, int fd)
{
	struct asking *asking = data;
	struct helper *helper = &asking->helpers[i];
	struct container_state *state = &asking->state;
	_cleanup_free_ char *arguments = NULL;
	struct procfile_stat stat;
	char text[1024];

	base_close(fd);
	/* Reading the command line got stuck, or it is longer than that of any helper. */
	if (n <= 0) {
		if (sys_is_failure(n))
			container_leave_out(asking->reader,
					    "the arguments of process %d, which runs %s, cannot be "
					    "read: %s",
					    helper->pid, helper->runtime, error_describe((int)-n));
		return 0;
	}
	/* A process can overwrite the last NUL. */
	arguments = malloc((size_t)n + 1);
	if (!arguments)
		return -ENOMEM;
	memcpy(arguments, buf, (size_t)n);
	arguments[n] = '\0';
	memset(state, 0, sizeof(*state));
	strcpy(state->runtime, helper->runtime);
	state->owner = helper->owner;
	error_format(state->origin, sizeof(state->origin), "arguments of process %d", helper->pid);
	if (!strcmp(helper->runtime, "containerd") || !strcmp(helper->runtime, "docker"))
		find_bundle(asking, helper, state);
	else
		find_first(asking, helper);
	/* The number belonged to the same process before and after the reading. */
	if (read_stat(asking->reader->procfs_fd, helper->pid, &stat, text, sizeof(text)) < 0 ||
	    stat.start_time != helper->start)
		return 0;
	return container_parse(CONTAINER_ARGUMENTS, arguments, (size_t)n, state, hand_on, asking);
}

/* Return: 1 for a helper that can be asked, 0 if it is none, or a negative errno. */
static int look_at(const struct container_reader *reader, pid_t pid, struct helper *ret)
{
	struct procfile_stat stat;
	char text[1024];
	int r;

	ret->pid = pid;
	r = read_stat(reader->procfs_fd, pid, &stat, text, sizeof(text));
	if (r == 0)
		r = read_owner(reader->procfs_fd, pid, &ret->owner);
	if (r < 0)
		return sys_is_failure(r) ? r : 0;
	ret->start = stat.start_time;
	ret->runtime = container_helper_runtime(stat.comm.s, stat.comm.n);
	return ret->runtime && is_beside(reader->procfs_fd, pid, ret->owner) &&
	       is_program(reader->procfs_fd, pid, stat.comm.s, stat.comm.n);
}

int container_ask(struct container_reader *reader, const pid_t *pids, size_t n)
{
	_cleanup_free_ struct helper *helpers = calloc(n ? n : 1, sizeof(*helpers));
	_cleanup_free_ struct asking *asking = calloc(1, sizeof(*asking));
	size_t n_foreign = 0;
	int r = 0;

	if (!helpers || !asking)
		return -ENOMEM;
	asking->reader = reader;
	/* Helpers of root come first, because those of users must not use up the time. */
	for (int round = 0; round < 2 && r >= 0; round++) {
		struct slow_work work = { .read = read_item,
					  .deliver = deliver,
					  .data = asking,
					  .item_ms = ITEM_MS,
					  .total_ms = TOTAL_MS };

		asking->helpers = helpers;
		for (size_t i = 0; i < n; i++) {
			struct helper *helper = &helpers[work.n];

			r = look_at(reader, pids[i], helper);
			if (r < 0)
				return r;
			if (!r || owner_is_trusted(helper->owner) != (round == 0))
				continue;
			if (round && n_foreign++ >= MAX_FOREIGN)
				container_leave_out(reader,
						    "of the helpers of ordinary users no more than "
						    "%d are asked",
						    MAX_FOREIGN);
			else
				work.n++;
		}
		r = slow_read(&work);
	}
	return r;
}
