/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * From the path of a control group to the container it was made for. The forms
 * below are those of the runtimes with the systemd and the cgroupfs driver, on
 * cgroup v1, v2 and both.
 *
 * The first component from the top that names a container counts. What is below
 * it may have been made by the container itself, with any name it likes: if
 * inner ones won, a container could pass its processes off as another's.
 */

#include "cgroup-path.h"

#include <string.h>

#include "base.h"
#include "procfile.h"

struct word {
	const char *s;
	size_t n;
};

/* "docker-<id>.scope", also without ".scope" where the cgroupfs driver writes it. */
static const struct {
	const char *prefix;
	const char *runtime;
	bool hex; /* the id is 64 hexadecimal digits */
} scopes[] = {
	{ "docker-", "docker", true },
	{ "libpod-", "podman", true },
	{ "cri-containerd-", "containerd", true },
	{ "nerdctl-", "containerd", true },
	{ "crio-", "cri-o", true },
	{ "cri-o-", "cri-o", true },
	{ "crun-", "crun", false },
	{ "runc-", "runc", false },
	{ "youki-", "youki", false },
	{ "lxc.payload.", "lxc", false },
};

/* "docker/<id>": what a directory says about the names in it. */
static const struct {
	const char *parent;
	const char *runtime;
	bool hex;
} parents[] = {
	{ "docker", "docker", true },
	{ "libpod_parent", "podman", true },
	{ "containerd", "containerd", true },
	{ "lxc.payload", "lxc", false },
	{ "lxc", "lxc", false },
	{ "nspawn", "nspawn", false },
};

static bool starts(struct word w, const char *prefix, struct word *ret_rest)
{
	size_t n = strlen(prefix);

	if (w.n < n || memcmp(w.s, prefix, n))
		return false;
	*ret_rest = (struct word){ w.s + n, w.n - n };
	return true;
}

static bool cut_end(struct word *w, const char *suffix)
{
	size_t n = strlen(suffix);

	if (w->n < n || memcmp(w->s + w->n - n, suffix, n))
		return false;
	w->n -= n;
	return true;
}

static bool is(struct word w, const char *text)
{
	return w.n == strlen(text) && !memcmp(w.s, text, w.n);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_hex_id(struct word w)
{
	if (w.n != 64)
		return false;
	for (size_t i = 0; i < w.n; i++)
		if (hex_digit(w.s[i]) < 0)
			return false;
	return true;
}

/* systemd writes '-' in a name as "\x2d". */
static bool set_id(struct cgroup_container *c, const char *runtime, struct word w, bool escaped)
{
	size_t n = 0;

	if (w.n == 0 || w.n >= sizeof(c->id))
		return false;
	for (size_t i = 0; i < w.n; i++) {
		char byte = w.s[i];

		if (escaped && byte == '\\' && i + 3 < w.n && w.s[i + 1] == 'x' &&
		    hex_digit(w.s[i + 2]) >= 0 && hex_digit(w.s[i + 3]) >= 0) {
			byte = (char)(hex_digit(w.s[i + 2]) * 16 + hex_digit(w.s[i + 3]));
			i += 3;
		}
		if (!byte || byte == '/')
			return false;
		c->id[n++] = byte;
	}
	c->id[n] = '\0';
	c->runtime = runtime;
	return true;
}

static bool parse_scope(struct word w, struct cgroup_container *ret)
{
	struct word id = w, monitor;
	bool scope = cut_end(&w, ".scope");

	for (size_t i = 0; i < ARRAY_SIZE(scopes); i++) {
		if (!starts(w, scopes[i].prefix, &id) || starts(id, "conmon-", &monitor))
			continue;
		if (scopes[i].hex ? !is_hex_id(id) : !scope && strcmp(scopes[i].runtime, "lxc"))
			continue;
		return set_id(ret, scopes[i].runtime, id, false);
	}
	if (scope && starts(w, "machine-", &id)) {
		/* Virtual machines of libvirt are registered in the same way. */
		if (starts(id, "qemu\\x2d", &monitor))
			return false;
		return set_id(ret, starts(id, "lxc\\x2d", &monitor) ? "libvirt" : "nspawn", id,
			      true);
	}
	return starts(w, "systemd-nspawn@", &id) && cut_end(&id, ".service") &&
	       set_id(ret, "nspawn", id, true);
}

/* "pod<uid>", or "kubepods-besteffort-pod<uid with _ for ->.slice". */
static bool parse_pod(struct word w, char pod[static 40])
{
	struct word uid = w, rest;

	if (cut_end(&w, ".slice")) {
		if (!starts(w, "kubepods", &rest))
			return false;
		for (uid = w; uid.n && !starts(uid, "-pod", &rest); uid.s++, uid.n--)
			;
		if (!uid.n)
			return false;
		uid = rest;
	} else if (!starts(w, "pod", &uid)) {
		return false;
	}
	if (uid.n != 36 && uid.n != 32)
		return false;
	for (size_t i = 0; i < uid.n; i++) {
		char byte = uid.s[i] == '_' ? '-' : uid.s[i];

		if (hex_digit(byte) < 0 && byte != '-')
			return false;
		pod[i] = byte;
	}
	pod[uid.n] = '\0';
	return true;
}

static bool parse_child(struct word parent, struct word w, struct cgroup_container *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(parents); i++) {
		if (!is(parent, parents[i].parent))
			continue;
		return (!parents[i].hex || is_hex_id(w)) &&
		       set_id(ret, parents[i].runtime, w, false);
	}
	/* Some runtime's; which one only its state files can tell. */
	return is_hex_id(w) && set_id(ret, ret->pod[0] ? "kubernetes" : "container", w, false);
}

static void parse_user(struct word w, struct cgroup_container *ret)
{
	uint32_t uid;

	if (!ret->has_user && starts(w, "user-", &w) && cut_end(&w, ".slice") &&
	    procfile_u32(w.s, w.n, &uid) == 0) {
		ret->has_user = true;
		ret->user = uid;
	}
}

bool cgroup_path_parse(const char *path, size_t n, struct cgroup_container *ret)
{
	struct cgroup_container found = { 0 };
	const char *end = path + n;
	struct word parent = { path, 0 };

	while (path < end) {
		struct word w = { path, 0 }, rest;

		while (path < end && *path != '/')
			path++;
		w.n = (size_t)(path - w.s);
		path += path < end;
		if (found.runtime) {
			/* Where systemd-nspawn itself sits. */
			found.supervisor = is(w, "supervisor") && !strcmp(found.runtime, "nspawn");
			break;
		}
		/* Also the levels above a cgroup namespace, "..". */
		if (w.n == 0 || is(w, ".."))
			continue;
		parse_user(w, &found);
		if (starts(w, "lxc.monitor", &rest) || starts(w, "libpod-conmon-", &rest) ||
		    starts(w, "crio-conmon-", &rest))
			return false;
		if (!parse_scope(w, &found) && !parse_pod(w, found.pod))
			parse_child(parent, w, &found);
		parent = w;
	}
	if (!found.runtime)
		return false;
	*ret = found;
	return true;
}

/* The path of a line "4:memory:/path"; false for what is no such line. */
static bool line_path(struct procfile_word line, struct word *ret_path)
{
	const char *end = line.s + line.n, *at = line.s;

	for (int colons = 0; colons < 2; colons++, at++) {
		while (at < end && *at != ':')
			at++;
		if (at == end)
			return false;
	}
	*ret_path = (struct word){ at, (size_t)(end - at) };
	return true;
}

bool cgroup_file_parse(const char *text, struct cgroup_container *ret)
{
	for (;;) {
		struct procfile_word line = procfile_next_line(&text);
		struct word path;

		if (!line.s)
			return false;
		if (line_path(line, &path) && cgroup_path_parse(path.s, path.n, ret))
			return true;
	}
}

int cgroup_file_find(const char *text, const char *id, char *buf, size_t size)
{
	size_t n = strlen(id);

	for (;;) {
		struct procfile_word line = procfile_next_line(&text);
		struct word path;

		if (!line.s)
			return -ENOENT;
		if (!line_path(line, &path) || path.n <= n || path.s[path.n - n - 1] != '/' ||
		    memcmp(path.s + path.n - n, id, n))
			continue;
		if (path.n >= size)
			return -E2BIG;
		memcpy(buf, path.s, path.n);
		buf[path.n] = '\0';
		return 0;
	}
}

bool cgroup_file_is_below(const char *text, const char *path)
{
	size_t n = strlen(path);

	while (n && path[n - 1] == '/')
		n--;
	if (!n)
		return false;
	for (;;) {
		struct procfile_word line = procfile_next_line(&text);
		struct word own;

		if (!line.s)
			return false;
		if (line_path(line, &own) && own.n >= n && !memcmp(own.s, path, n) &&
		    (own.n == n || own.s[n] == '/'))
			return true;
	}
}
