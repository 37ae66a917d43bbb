/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The state files of container runtimes: who else knows what a container is
 * called, when no daemon is to be asked. One row of the table below for each
 * place, one small parser for each form.
 *
 * The files may be rewritten while they are read, and those of ordinary users
 * may hold anything: all are bounded and parsed strictly, and what does not
 * parse is as good as missing. Home directories are left alone: they can be on
 * a file server that does not answer.
 */

#include "container-state.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "base.h"
#include "json-scan.h"
#include "procfile.h"
#include "sys.h"

#define FILE_MAX (4u << 20)

struct reader {
	int (*found)(void *data, const struct container_state *state);
	void *data;
	const struct source *source;
	struct container_state state;
	const char *text;
	size_t n;
};

struct source {
	const char *path; /* "*" stands for any name; the last such is the id */
	const char *runtime;
	int (*parse)(struct reader *reader);
};

static int report(struct reader *reader)
{
	return reader->state.id[0] ? reader->found(reader->data, &reader->state) : 0;
}

static struct json json_at(struct json object, const char *a, const char *b)
{
	return json_path(object, (const char *const[]){ a, b, NULL });
}

static void get_string(struct json value, char *buf, size_t size)
{
	if (json_string(value, buf, size) < 0)
		buf[0] = '\0';
}

static void get_pid(struct json value, pid_t *ret)
{
	uint64_t pid;

	if (json_u64(value, &pid) == 0 && pid <= INT32_MAX)
		*ret = (pid_t)pid;
}

/* docker: config.v2.json. */
static int parse_docker(struct reader *reader)
{
	struct container_state *state = &reader->state;
	struct json root = json_parse(reader->text, reader->n);

	get_string(json_at(root, "ID", NULL), state->id, sizeof(state->id));
	get_string(json_at(root, "Name", NULL), state->name, sizeof(state->name));
	if (state->name[0] == '/')
		memmove(state->name, state->name + 1, strlen(state->name));
	get_pid(json_at(root, "State", "Pid"), &state->pid);
	return report(reader);
}

/* The list of containers-storage, shared by podman, buildah and CRI-O. */
static int parse_storage(struct reader *reader)
{
	struct container_state *state = &reader->state;
	struct json root = json_parse(reader->text, reader->n);
	int r = 0;

	for (struct json item = json_first(root); item.s && r >= 0; item = json_next(root, item)) {
		char metadata[4096];
		struct json inner;

		get_string(json_at(item, "id", NULL), state->id, sizeof(state->id));
		get_string(json_first(json_at(item, "names", NULL)), state->name,
			   sizeof(state->name));
		/* JSON in a string of JSON. Only CRI-O writes the pod into it. */
		get_string(json_at(item, "metadata", NULL), metadata, sizeof(metadata));
		inner = json_parse(metadata, strlen(metadata));
		get_string(json_at(inner, "pod-name", NULL), state->pod, sizeof(state->pod));
		strcpy(state->runtime, state->pod[0] ? "cri-o" : reader->source->runtime);
		r = report(reader);
	}
	return r;
}

/* config.json of an OCI bundle: what Kubernetes or nerdctl noted down there. */
static int parse_bundle(struct reader *reader)
{
	static const char *const names[] = {
		"io.kubernetes.cri.container-name",
		"io.kubernetes.container.name",
		"nerdctl/name",
	};
	static const char *const pods[] = { "io.kubernetes.cri.sandbox-name",
					    "io.kubernetes.pod.name" };
	struct container_state *state = &reader->state;
	struct json notes = json_at(json_parse(reader->text, reader->n), "annotations", NULL);

	for (size_t i = 0; i < ARRAY_SIZE(names) && !state->name[0]; i++)
		get_string(json_at(notes, names[i], NULL), state->name, sizeof(state->name));
	for (size_t i = 0; i < ARRAY_SIZE(pods) && !state->pod[0]; i++)
		get_string(json_at(notes, pods[i], NULL), state->pod, sizeof(state->pod));
	return state->name[0] || state->pod[0] ? report(reader) : 0;
}

/* runc: state.json. */
static int parse_runc(struct reader *reader)
{
	struct container_state *state = &reader->state;
	struct json root = json_parse(reader->text, reader->n);

	get_string(json_at(root, "id", NULL), state->id, sizeof(state->id));
	get_pid(json_at(root, "init_process_pid", NULL), &state->pid);
	(void)json_u64(json_at(root, "init_process_start", NULL), &state->start);
	return report(reader);
}

/* crun: status. */
static int parse_crun(struct reader *reader)
{
	struct container_state *state = &reader->state;
	struct json root = json_parse(reader->text, reader->n);

	get_pid(json_at(root, "pid", NULL), &state->pid);
	(void)json_u64(json_at(root, "process-start-time", NULL), &state->start);
	get_string(json_at(root, "cgroup-path", NULL), state->cgroup, sizeof(state->cgroup));
	return root.s ? report(reader) : 0;
}

/* systemd-machined: KEY=VALUE lines; the name of the file is the machine's. */
static int parse_machine(struct reader *reader)
{
	struct container_state *state = &reader->state;
	const char *text = reader->text;
	struct procfile_word line;
	bool container = false;

	while ((line = procfile_next_line(&text)).s) {
		if (line.n == 15 && !memcmp(line.s, "CLASS=container", line.n))
			container = true;
		else if (line.n > 7 && !memcmp(line.s, "LEADER=", 7))
			(void)procfile_pid(line.s + 7, line.n - 7, &state->pid);
	}
	return container ? report(reader) : 0;
}

static const struct source sources[] = {
	{ "var/lib/docker/containers/*/config.v2.json", "docker", parse_docker },
	{ "var/lib/containers/storage/overlay-containers/containers.json", "podman",
	  parse_storage },
	{ "var/lib/containers/storage/overlay-containers/volatile-containers.json", "podman",
	  parse_storage },
	{ "var/lib/containers/storage/vfs-containers/containers.json", "podman", parse_storage },
	{ "var/lib/containers/storage/vfs-containers/volatile-containers.json", "podman",
	  parse_storage },
	{ "run/containers/storage/overlay-containers/volatile-containers.json", "podman",
	  parse_storage },
	{ "run/containerd/io.containerd.runtime.v2.task/k8s.io/*/config.json", "containerd",
	  parse_bundle },
	{ "run/containerd/io.containerd.runtime.v2.task/default/*/config.json", "containerd",
	  parse_bundle },
	{ "run/containers/storage/overlay-containers/*/userdata/config.json", "cri-o",
	  parse_bundle },
	{ "run/systemd/machines/*", "nspawn", parse_machine },
	{ "run/runc/*/state.json", "runc", parse_runc },
	{ "run/user/*/runc/*/state.json", "runc", parse_runc },
	{ "run/crun/*/status", "crun", parse_crun },
	{ "run/user/*/crun/*/status", "crun", parse_crun },
};

/*
 * What a failure below a directory (or in a file) means for the whole: nothing if an
 * ordinary user could have caused it, by a file system of his for example.
 */
static int its_failure(int fd, int r)
{
	struct stat st;

	if (!sys_is_failure(r) || r == -ELOOP)
		return 0;
	if (sys_is_shortage(r))
		return r;
	return fstat(fd, &st) == 0 && st.st_uid == 0 ? r : 0;
}

static int read_file(struct reader *reader, int dir_fd, const char *name)
{
	_cleanup_close_ int fd = sys_open_at(dir_fd, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
	_cleanup_free_ char *text = NULL;
	struct container_state *state = &reader->state;
	struct stat st;
	size_t n = 0;
	ssize_t got = 1;

	if (fd < 0)
		return its_failure(dir_fd, fd);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > FILE_MAX)
		return 0;
	text = malloc((size_t)st.st_size + 1);
	if (!text)
		return -ENOMEM;
	while (n < (size_t)st.st_size && got > 0) {
		got = read(fd, text + n, (size_t)st.st_size - n);
		if (got < 0 && errno == EINTR)
			got = 1;
		else if (got < 0)
			return its_failure(fd, -errno);
		else
			n += (size_t)got;
	}
	text[n] = '\0';
	reader->text = text;
	reader->n = n;
	state->owner = st.st_uid;
	strcpy(state->runtime, reader->source->runtime);
	state->name[0] = state->pod[0] = state->cgroup[0] = '\0';
	state->pid = 0;
	state->start = 0;
	return reader->source->parse(reader);
}

static int walk(struct reader *reader, int dir_fd, const char *path, int depth);

/* Each entry of a directory that may stand for the star. */
static int walk_entries(struct reader *reader, int dir_fd, const char *rest, int depth)
{
	_cleanup_dir_ DIR *dir = NULL;
	struct dirent *entry;
	int r = sys_open_dir(dir_fd, ".", &dir);

	if (r < 0)
		return its_failure(dir_fd, r);
	while (r >= 0 && (r = sys_next_entry(dir, &entry)) > 0) {
		if (entry->d_name[0] == '.')
			continue;
		strcpy(reader->state.id, entry->d_name);
		if (*rest) {
			_cleanup_close_ int below = sys_open_at(dirfd(dir), entry->d_name,
								O_PATH | O_DIRECTORY | O_NOFOLLOW);

			r = below < 0 ? its_failure(dirfd(dir), below)
				      : walk(reader, below, rest + 1, depth + 1);
		} else {
			r = read_file(reader, dirfd(dir), entry->d_name);
		}
		if (r < 0)
			return r;
		r = 0;
	}
	return r < 0 ? its_failure(dirfd(dir), r) : 0;
}

static int walk(struct reader *reader, int dir_fd, const char *path, int depth)
{
	const char *star = strchr(path, '*'), *name = strrchr(path, '/');
	const char *end = star ? star : name ? name + 1 : path;
	_cleanup_close_ int fd = -1;
	char dir[256];

	assert(depth < 4 && (size_t)(end - path) < sizeof(dir));
	memcpy(dir, path, (size_t)(end - path));
	dir[end - path] = '\0';
	if (!dir[0])
		strcpy(dir, ".");
	fd = sys_open_at(dir_fd, dir, O_PATH | O_DIRECTORY);
	if (fd < 0)
		return its_failure(dir_fd, fd);
	return star ? walk_entries(reader, fd, star + 1, depth) : read_file(reader, fd, end);
}

int container_state_read(int root_fd, int (*found)(void *data, const struct container_state *state),
			 void *data)
{
	struct reader reader = { .found = found, .data = data };
	_cleanup_close_ int slash = -1;
	int r = 0;

	if (root_fd == AT_FDCWD) {
		slash = sys_open_at(AT_FDCWD, "/", O_PATH | O_DIRECTORY);
		if (slash < 0)
			return slash;
		root_fd = slash;
	}
	for (size_t i = 0; i < ARRAY_SIZE(sources) && r >= 0; i++) {
		memset(&reader.state, 0, sizeof(reader.state));
		reader.source = &sources[i];
		r = walk(&reader, root_fd, sources[i].path, 0);
	}
	return r;
}
