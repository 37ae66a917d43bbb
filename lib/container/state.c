/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The state files of container runtimes. Without asking a daemon only they know what a container is
 * called. The table below has one row for each place.
 *
 * Each directory on the way is opened by itself, no symbolic link is followed, and whoever could
 * have written to any of them counts as the writer of the file. No more than a limit is read of the
 * files of an ordinary user, so that nobody can make others wait. Home directories are left alone,
 * because they can be on a file server that does not answer.
 */

#include "container/state.h"

#include <dirent.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "container/owner.h"

#define FILE_MAX     (4u << 20)
#define INIT_PID_MAX 15
/* At most so much is read of one user who is neither root nor the caller. */
#define USER_FILES 1024u
#define USER_BYTES (4u << 20)

struct source {
	const char *path; /* "*": any name, the last one is the id; "*-x": names that end so */
	const char *runtime;
	enum container_form form;
	bool spaced; /* the "*" before the last is a namespace of containerd */
	bool inside; /* the file is in a directory that belongs to root of the container */
};

#define TASKS "io.containerd.runtime.v2.task/*/*/config.json"

static const struct source sources[] = {
	{ "var/lib/docker/containers/*/config.v2.json", "docker", CONTAINER_DOCKER, false },
	/* With remapped ids there is a directory for each map, such as 165536.165536. */
	{ "var/lib/docker/*/containers/*/config.v2.json", "docker", CONTAINER_DOCKER, false },
	{ "var/lib/containers/storage/*-containers/containers.json", "podman", CONTAINER_STORAGE,
	  false },
	{ "var/lib/containers/storage/*-containers/volatile-containers.json", "podman",
	  CONTAINER_STORAGE, false },
	{ "run/containers/storage/*-containers/volatile-containers.json", "podman",
	  CONTAINER_STORAGE, false },
	{ "run/containers/storage/*-containers/*/userdata/config.json", "cri-o", CONTAINER_BUNDLE,
	  false },
	{ "var/lib/containers/storage/*-containers/*/userdata/config.json", "podman",
	  CONTAINER_BUNDLE, false, true },
	{ "run/containerd/" TASKS, "containerd", CONTAINER_BUNDLE, true },
	{ "run/k3s/containerd/" TASKS, "containerd", CONTAINER_BUNDLE, true },
	{ "run/docker/containerd/daemon/" TASKS, "docker", CONTAINER_BUNDLE, true },
	{ "var/snap/microk8s/common/run/containerd/" TASKS, "containerd", CONTAINER_BUNDLE, true },
	{ "run/user/*/docker/containerd/daemon/" TASKS, "docker", CONTAINER_BUNDLE, true },
	{ "run/containerd/runc/*/*/state.json", "containerd", CONTAINER_RUNC, true },
	{ "run/docker/runtime-runc/*/*/state.json", "docker", CONTAINER_RUNC, true },
	{ "run/user/*/docker/runtime-runc/*/*/state.json", "docker", CONTAINER_RUNC, true },
	{ "run/systemd/machines/*", "nspawn", CONTAINER_MACHINE, false },
	{ "run/runc/*/state.json", "runc", CONTAINER_RUNC, false },
	{ "run/user/*/runc/*/state.json", "runc", CONTAINER_RUNC, false },
	{ "run/crun/*/status", "crun", CONTAINER_CRUN, false },
	{ "run/user/*/crun/*/status", "crun", CONTAINER_CRUN, false },
	{ "var/lib/cni/results/*", "cni", CONTAINER_CNI, false },
};

struct walk {
	struct container_reader *reader;
	const struct source *source;
	int dir_fd;     /* of the current file, for hand_on() */
	uid_t id_owner; /* who could have written the directory that the last star stands for */
	struct container_state state;
	char at[sizeof(((struct container_state *)0)->origin)]; /* path of the current file */
	size_t files, bytes; /* what may still be read of the current user */
};

void container_leave_out(struct container_reader *reader, const char *format, ...)
{
	va_list ap;

	if (reader->unread++)
		return;
	va_start(ap, format);
	error_format_v(reader->unread_why, sizeof(reader->unread_why), format, ap);
	va_end(ap);
}

/* Reads docker's own directory of a container, which its bundle names. */
static int read_place(struct container_reader *reader, const struct container_state *bundle);

/*
 * Whether a container that podman has listed was never started: when it is, podman writes its
 * config.json, or where it is to be removed at its end, a .containerenv below /run.
 */
static bool is_unstarted(const struct walk *walk, const struct container_state *state)
{
	const char *sign = walk->source->path[0] == 'v' ? "config.json" : ".containerenv";
	_cleanup_close_ int dir_fd = -1, fd = -1;
	char path[sizeof(state->id) + 16];
	uid_t owner = state->owner;
	struct stat st;

	if (walk->source->form != CONTAINER_STORAGE || strcmp(state->runtime, "podman") != 0)
		return false;
	error_format(path, sizeof(path), "%s/userdata", state->id);
	dir_fd = owner_open(walk->dir_fd, path, strlen(path), &owner);
	if (dir_fd < 0)
		return false;
	fd = owner_open_file(dir_fd, sign, owner, &st);
	return fd == -ENOENT;
}

static int hand_on(void *data, struct container_state *state)
{
	struct walk *walk = data;
	int r;

	state->unstarted = is_unstarted(walk, state);
	r = walk->reader->found(walk->reader->data, state);

	if (r < 0 || !state->place[0] || !owner_is_trusted(state->owner))
		return r;
	return read_place(walk->reader, state);
}

/*
 * What a failure on the way to a file means for the snapshot: nothing if such failures are normal,
 * or if an ordinary user could have caused it, for example by their own file system.
 */
static int its_failure(struct walk *walk, const char *name, uid_t owner, int r)
{
	if (!sys_is_failure(r) || r == -ELOOP)
		return 0;
	if (r == -EXDEV)
		container_leave_out(walk->reader,
				    "%s%s%s is on a file system that an ordinary user has mounted, "
				    "or that lies on a directory of such a user: nothing there is "
				    "believed",
				    walk->at, *name ? "/" : "", name);
	else if (sys_is_shortage(r) || owner_is_trusted(owner))
		return r;
	else
		container_leave_out(walk->reader, "%s%s%s of an ordinary user cannot be read: %s",
				    walk->at, *name ? "/" : "", name, error_describe(-r));
	return 0;
}

/*
 * Opens for reading the file that was looked at before, and not what has been mounted on its name
 * or moved there meanwhile.
 */
static int reopen(int path_fd)
{
	char path[64];
	int fd;

	error_format(path, sizeof(path), "/proc/self/fd/%d", path_fd);
	fd = sys_open_at(AT_FDCWD, path, O_RDONLY | O_NONBLOCK);
	/* The file exists, but there is no procfs to open it through. */
	return fd == -ENOENT ? -EOPNOTSUPP : fd;
}

/* In a sticky directory anybody could make a hard link to somebody else's file. */
static bool may_be_linked_by_others(int dir_fd)
{
	struct stat st;

	return fstat(dir_fd, &st) < 0 || (st.st_mode & S_ISVTX && st.st_mode & (S_IWOTH | S_IWGRP));
}

static int slurp(int dir_fd, const char *name, size_t max, char **ret, size_t *ret_size,
		 uid_t *owner)
{
	_cleanup_close_ int path_fd = -1, fd = -1;
	_cleanup_free_ char *text = NULL;
	struct stat st;
	size_t n = 0;
	ssize_t got = 1;

	path_fd = owner_open_file(dir_fd, name, *owner, &st);
	if (path_fd < 0)
		return path_fd;
	if (!S_ISREG(st.st_mode))
		return -ENOENT;
	if ((size_t)st.st_size > max)
		return -E2BIG;
	fd = reopen(path_fd);
	if (fd < 0)
		return fd;
	text = malloc((size_t)st.st_size + 1);
	if (!text)
		return -ENOMEM;
	while (n < (size_t)st.st_size && got > 0) {
		got = read(fd, text + n, (size_t)st.st_size - n);
		if (got < 0 && errno == EINTR)
			got = 1;
		else if (got < 0)
			return -errno;
		else
			n += (size_t)got;
	}
	text[n] = '\0';
	owner_fold(owner, &st);
	if (st.st_nlink > 1 && may_be_linked_by_others(dir_fd))
		*owner = OWNER_ANYBODY;
	*ret = TAKE_PTR(text);
	*ret_size = n;
	return 0;
}

/* Whether the container waits for its start: the runtimes keep a FIFO for that. */
static bool waits_for_start(const struct walk *walk, int dir_fd, uid_t owner)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (walk->source->form != CONTAINER_RUNC && walk->source->form != CONTAINER_CRUN)
		return false;
	fd = owner_open_file(dir_fd, "exec.fifo", owner, &st);
	return fd >= 0 && S_ISFIFO(st.st_mode);
}

/* containerd writes the number of the first process beside the bundle. */
static pid_t read_init_pid(const struct walk *walk, int dir_fd, uid_t *owner)
{
	_cleanup_free_ char *text = NULL;
	size_t n;
	pid_t pid;

	if (walk->source->form != CONTAINER_BUNDLE ||
	    slurp(dir_fd, "init.pid", INIT_PID_MAX, &text, &n, owner) < 0)
		return 0;
	return procfile_pid(text, strcspn(text, "\n"), &pid) == 0 ? pid : 0;
}

static int pass_over(void *data, struct container_state *state)
{
	(void)data;
	(void)state;
	return 0;
}

/* crun keeps a copy of the bundle's config.json beside its own file. */
static void read_crun_bundle(struct walk *walk, int dir_fd, uid_t *owner)
{
	bool own = owner_is_trusted(*owner);
	_cleanup_free_ char *text = NULL;
	size_t n;

	if (walk->source->form != CONTAINER_CRUN ||
	    slurp(dir_fd, "config.json", own ? FILE_MAX : walk->bytes, &text, &n, owner) < 0)
		return;
	if (!own)
		walk->bytes -= n;
	(void)container_parse(CONTAINER_BUNDLE, text, n, &walk->state, pass_over, NULL);
	walk->state.place[0] = '\0';
}

static int read_file(struct walk *walk, int dir_fd, const char *name, uid_t owner)
{
	struct container_state *state = &walk->state;
	bool own = owner_is_trusted(owner);
	_cleanup_free_ char *text = NULL;
	char space[sizeof(state->space)];
	size_t n = 0;
	int r;

	r = slurp(dir_fd, name, own ? FILE_MAX : walk->bytes, &text, &n, &owner);
	if (r == -E2BIG) {
		container_leave_out(walk->reader,
				    own ? "%s/%s is larger than %u bytes"
					: "%s/%s: of the files of an ordinary user "
					  "no more than %u bytes are read",
				    walk->at, name, own ? FILE_MAX : USER_BYTES);
		return 0;
	}
	if (r < 0)
		return its_failure(walk, name, owner, r);
	if (!own)
		walk->bytes -= n;
	/* With other ids its root could write that, and root's own files say the same. */
	if (walk->source->inside && owner_is_trusted(walk->id_owner) && !owner_is_trusted(owner))
		return 0;
	strcpy(space, state->space);
	container_state_clear(state);
	if (walk->source->spaced)
		strcpy(state->space, space);
	strcpy(state->runtime, walk->source->runtime);
	error_format(state->origin, sizeof(state->origin), "%s/%s", walk->at, name);
	state->created = waits_for_start(walk, dir_fd, owner);
	state->pid = read_init_pid(walk, dir_fd, &owner);
	read_crun_bundle(walk, dir_fd, &owner);
	state->owner = owner;
	walk->dir_fd = dir_fd;
	return container_parse(walk->source->form, text, n, state, hand_on, walk);
}

static int follow(struct walk *walk, int dir_fd, const char *path, uid_t owner);

/* Handles one name that the star stands for; @suffix is what must follow it. */
static int take_name(struct walk *walk, int dir_fd, const char *name, const char *rest, uid_t owner)
{
	size_t n = strcspn(rest, "/"), n_name = strlen(name), n_at = strlen(walk->at);
	uid_t below_owner = owner;
	int fd, r;

	if (n_name < n || memcmp(name + n_name - n, rest, n) ||
	    n_at + n_name + 2 > sizeof(walk->at))
		return 0;
	strcpy(walk->state.space, walk->state.id);
	strcpy(walk->state.id, name);
	if (!rest[n])
		return read_file(walk, dir_fd, name, owner);
	fd = owner_open(dir_fd, name, n_name, &below_owner);
	if (fd < 0)
		return its_failure(walk, name, below_owner, fd);
	walk->id_owner = below_owner;
	/* The limits count from the beginning for the next user. */
	if (owner_is_trusted(owner)) {
		walk->files = USER_FILES;
		walk->bytes = USER_BYTES;
	}
	error_format(walk->at + n_at, sizeof(walk->at) - n_at, "/%s", name);
	r = follow(walk, fd, rest + n + 1, below_owner);
	walk->at[n_at] = '\0';
	base_close(fd);
	return r;
}

static int take_names(struct walk *walk, int dir_fd, const char *rest, uid_t owner)
{
	_cleanup_dir_ DIR *dir = NULL;
	char outer[sizeof(walk->state.id)];
	struct dirent *entry;
	int r = sys_open_dir(dir_fd, ".", &dir);

	if (r < 0)
		return its_failure(walk, "", owner, r);
	strcpy(outer, walk->state.id);
	while ((r = sys_next_entry(dir, &entry)) > 0) {
		if (!owner_is_trusted(owner) && !walk->files) {
			container_leave_out(walk->reader,
					    "%s: of the files of an ordinary user no more than "
					    "%u are read",
					    walk->at, USER_FILES);
			r = 0;
			break;
		}
		walk->files -= !owner_is_trusted(owner);
		if (entry->d_name[0] == '.')
			continue;
		strcpy(walk->state.id, outer);
		r = take_name(walk, dirfd(dir), entry->d_name, rest, owner);
		if (r < 0)
			return r;
	}
	strcpy(walk->state.id, outer);
	return its_failure(walk, "", owner, r);
}

/* Follows the rest of a path of the table from an open directory. */
static int follow(struct walk *walk, int dir_fd, const char *path, uid_t owner)
{
	const char *star = strchr(path, '*'), *end = star ? star : strrchr(path, '/');
	size_t n = end ? (size_t)(end - path) : 0, n_at = strlen(walk->at);
	_cleanup_close_ int fd = -1;
	int r;

	while (n && path[n - 1] == '/')
		n--;
	if (n)
		snprintf(walk->at + n_at, sizeof(walk->at) - n_at, "/%.*s", (int)n, path);
	fd = owner_open(dir_fd, path, n, &owner);
	if (fd < 0)
		r = its_failure(walk, "", owner, fd);
	else
		r = star ? take_names(walk, fd, star + 1, owner)
			 : read_file(walk, fd, end ? end + 1 : path, owner);
	walk->at[n_at] = '\0';
	return r;
}

int container_state_read(struct container_reader *reader)
{
	_cleanup_free_ struct walk *walk = calloc(1, sizeof(*walk));
	uid_t owner = owner_of_fd(reader->root_fd);
	int r = 0;

	if (!walk)
		return -ENOMEM;
	walk->reader = reader;
	for (size_t i = 0; i < ARRAY_SIZE(sources) && r >= 0; i++) {
		walk->source = &sources[i];
		walk->state.id[0] = '\0';
		walk->files = USER_FILES;
		walk->bytes = USER_BYTES;
		r = follow(walk, reader->root_fd, sources[i].path, owner);
	}
	return r;
}

/* Reads one file in a directory that another source has named. */
static int read_at(struct container_reader *reader, const struct container_state *from,
		   const struct source *source)
{
	_cleanup_free_ struct walk *walk = calloc(1, sizeof(*walk));
	uid_t owner = owner_of_fd(reader->root_fd);
	_cleanup_close_ int fd = -1;
	int r;

	if (!walk)
		return -ENOMEM;
	fd = owner_open(reader->root_fd, from->place, strlen(from->place), &owner);
	/* A helper of a user leads to files of the same user only. */
	if (fd < 0 || (owner != 0 && owner != from->owner))
		return 0;
	walk->reader = reader;
	walk->source = source;
	walk->files = USER_FILES;
	walk->bytes = USER_BYTES;
	strcpy(walk->state.id, from->id);
	strcpy(walk->state.space, from->space);
	error_format(walk->at, sizeof(walk->at), "%s", from->place);
	r = read_file(walk, fd, source->path, owner);
	return r;
}

static int read_place(struct container_reader *reader, const struct container_state *bundle)
{
	static const struct source source = { "config.v2.json", "docker", CONTAINER_DOCKER, false };

	return read_at(reader, bundle, &source);
}

int container_state_read_bundle(struct container_reader *reader,
				const struct container_state *helper)
{
	struct source source = { "config.json", helper->runtime, CONTAINER_BUNDLE, true };

	return helper->place[0] && owner_is_trusted(helper->owner)
		       ? read_at(reader, helper, &source)
		       : 0;
}
