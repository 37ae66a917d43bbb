/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * From the path of a control group to the container it was made for. One table
 * holds the spellings of the runtimes, with the systemd and the cgroupfs driver,
 * on cgroup v1, v2 and both; tests/unit/test-cgroup-path.c has a line for each.
 *
 * The first component from the top that names a container counts. The container
 * itself may have made groups below it, with any name it likes. If these
 * counted, a container could make its processes look like those of another one.
 */

#include "text/cgroup-path.h"

#include <string.h>

#include "base/base.h"

enum kind {
	OUTSIDE, /* a helper beside a container: its processes are in no container */
	BETWEEN, /* a level of the tree that looks like a name but is none */
	POD,
	POD_AND_MORE, /* names a pod, and the same component names a container too */
	CONTAINER,
};

/*
 * A pattern is compared with the last components of a path, as many as it has:
 *   #  an id: 64 hexadecimal digits          %  the uid of a Kubernetes pod ?
 * a name                                ~  a name in which systemd wrote '-' as
 * "\x2d" *  any bytes, also none The first row that matches counts, among the
 * pods and among the rest.
 */
static const struct form {
	enum kind kind;
	const char *pattern;
	const char *runtime;
	const char *begins; /* how the name begins, or NULL */
} forms[] = {
	{ OUTSIDE, "lxc.monitor*", NULL, NULL },
	{ OUTSIDE, "lxc.pivot*", NULL, NULL },
	{ OUTSIDE, "libpod-conmon-*", NULL, NULL },
	{ OUTSIDE, "crio-conmon-*", NULL, NULL },
	{ OUTSIDE, "cri-o-conmon-*", NULL, NULL },
	/* Virtual machines of libvirt are registered like containers. */
	{ OUTSIDE, "machine-qemu\\x2d*.scope", NULL, NULL },
	{ OUTSIDE, "kata_overhead", NULL, NULL },
	{ BETWEEN, "garden/good", NULL, NULL },
	{ BETWEEN, "garden/bad", NULL, NULL },

	{ POD, "*kubepods*-pod%.slice", NULL, NULL },
	{ POD_AND_MORE, "*kubepods*-pod%.slice:*", NULL, NULL },
	{ POD, "pod%", NULL, NULL },
	{ POD, "*-libpod_pod_#.slice", NULL, NULL },
	{ POD, "libpod_parent/#", NULL, NULL },

	{ CONTAINER, "docker-#.scope", "docker", NULL },
	{ CONTAINER, "docker-#", "docker", NULL },
	{ CONTAINER, "docker/#", "docker", NULL },
	{ CONTAINER, "*:docker:#", "docker", NULL },
	{ CONTAINER, "balena-#.scope", "balena", NULL },
	{ CONTAINER, "balena/#", "balena", NULL },
	{ CONTAINER, "libpod-#.scope", "podman", NULL },
	{ CONTAINER, "libpod-#", "podman", NULL },
	{ CONTAINER, "libpod-payload-#", "podman", NULL },
	{ CONTAINER, "*:libpod:#", "podman", NULL },
	{ CONTAINER, "buildah-?.scope", "buildah", NULL },
	{ CONTAINER, "*:buildah:?", "buildah", NULL },
	{ CONTAINER, "cri-containerd-#.scope", "containerd", NULL },
	{ CONTAINER, "cri-containerd-#", "containerd", NULL },
	{ CONTAINER, "*:cri-containerd:#", "containerd", NULL },
	{ CONTAINER, "nerdctl-#.scope", "containerd", NULL },
	{ CONTAINER, "nerdctl-#", "containerd", NULL },
	{ CONTAINER, "*:nerdctl:#", "containerd", NULL },
	{ CONTAINER, "containerd/#", "containerd", NULL },
	{ CONTAINER, "buildkit/?", "buildkit", NULL },
	{ CONTAINER, "crio-#.scope", "cri-o", NULL },
	{ CONTAINER, "crio-#", "cri-o", NULL },
	{ CONTAINER, "*:crio:#", "cri-o", NULL },
	{ CONTAINER, "cri-o-#.scope", "cri-o", NULL },
	{ CONTAINER, "cri-o-#", "cri-o", NULL },
	{ CONTAINER, "isulad-?.scope", "isulad", NULL },
	{ CONTAINER, "isulad/#", "isulad", NULL },
	{ CONTAINER, "crun-?.scope", "crun", NULL },
	{ CONTAINER, "runc-?.scope", "runc", NULL },
	{ CONTAINER, "youki-?.scope", "youki", NULL },
	{ CONTAINER, "*:crun:?", "crun", NULL },
	{ CONTAINER, "*:runc:?", "runc", NULL },
	{ CONTAINER, "kata_#", "kata", NULL },
	{ CONTAINER, "lxc.payload.?", "lxc", NULL },
	{ CONTAINER, "lxc.payload/?", "lxc", NULL },
	{ CONTAINER, "lxc/?", "lxc", NULL },
	{ CONTAINER, "machine-~.scope", "libvirt", "lxc-" },
	{ CONTAINER, "machine-~.scope", "nspawn", NULL },
	{ CONTAINER, "systemd-nspawn@~.service", "nspawn", NULL },
	{ CONTAINER, "nspawn/?", "nspawn", NULL },
	{ CONTAINER, "apptainer-?.scope", "apptainer", NULL },
	{ CONTAINER, "apptainer/?", "apptainer", NULL },
	{ CONTAINER, "singularity/?", "apptainer", NULL },
	{ CONTAINER, "garden/good/?", "garden", NULL },
	{ CONTAINER, "garden/bad/?", "garden", NULL },
	{ CONTAINER, "garden/?", "garden", NULL },
	{ CONTAINER, "mesos/?", "mesos", NULL },
	{ CONTAINER, "nomad.slice/*/?.scope", "nomad", NULL },
	{ CONTAINER, "nomad/?", "nomad", NULL },

	/* These belong to some runtime; only its state files can tell to which. */
	{ CONTAINER, "#", "container", NULL },
	/* These look like containers, but of no kind that is known here. */
	{ CONTAINER, "*-#.scope", "unknown", NULL },
	{ CONTAINER, "*-#", "unknown", NULL },
	{ CONTAINER, "*:#", "unknown", NULL },
	{ CONTAINER, "*_#", "unknown", NULL },
	{ CONTAINER, "machine.slice/?.scope", "unknown", NULL },
};

#define MAX_COMPONENTS 3

/* The part of a path that has been read: its last components, in order. */
struct tail {
	struct procfile_word words[MAX_COMPONENTS];
};

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool cgroup_is_name(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f || s[i] == '/')
			return false;
	return n > 0;
}

static bool is_hex(const char *s, size_t n, const char *also)
{
	for (size_t i = 0; i < n; i++)
		if (hex_digit(s[i]) < 0 && (!s[i] || !strchr(also, s[i])))
			return false;
	return true;
}

/* Return: how many bytes at the beginning of @w the letter of a pattern can stand for. */
static bool may_stand_for(char letter, const char *s, size_t n)
{
	switch (letter) {
	case '#':
		return n == 64 && is_hex(s, n, "");
	case '%':
		return (n == 36 || n == 32) && is_hex(s, n, "-_");
	case '?':
	case '~':
		return cgroup_is_name(s, n) && n < CGROUP_ID_MAX;
	default:
		return true;
	}
}

/* Compares one component. @ret receives what stands for the letter that is not a star. */
static bool match_word(const char *p, const char *end, struct procfile_word w,
		       struct procfile_word *ret, char *ret_letter)
{
	while (p < end && !strchr("#%?~*", *p)) {
		if (!w.n || *w.s != *p)
			return false;
		p++;
		w.s++;
		w.n--;
	}
	if (p == end)
		return w.n == 0;
	for (size_t n = w.n + 1; n-- > 0;) {
		struct procfile_word rest = { w.s + n, w.n - n };

		if (!may_stand_for(*p, w.s, n) || !match_word(p + 1, end, rest, ret, ret_letter))
			continue;
		if (*p != '*') {
			*ret = (struct procfile_word){ w.s, n };
			*ret_letter = *p;
		}
		return true;
	}
	return false;
}

static bool match_form(const struct form *form, const struct tail *tail, struct procfile_word *ret,
		       char *ret_letter)
{
	const char *end = form->pattern + strlen(form->pattern);

	for (size_t i = MAX_COMPONENTS; i-- > 0;) {
		const char *p = end;
		struct procfile_word word = { NULL, 0 };
		char letter = 0;

		while (p > form->pattern && p[-1] != '/')
			p--;
		if (!tail->words[i].s || !match_word(p, end, tail->words[i], &word, &letter))
			return false;
		if (word.s && i == MAX_COMPONENTS - 1) {
			*ret = word;
			*ret_letter = letter;
		}
		if (p == form->pattern)
			return true;
		end = p - 1;
	}
	return false;
}

/* Undoes how systemd writes '-' in a name, as "\x2d". Return: false if the result is no name. */
static bool set_id(struct cgroup_container *c, struct procfile_word w, bool escaped)
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
		c->id[n++] = byte;
	}
	if (!cgroup_is_name(c->id, n))
		return false;
	c->id[n] = '\0';
	return true;
}

static void set_pod(struct cgroup_container *c, struct procfile_word w)
{
	if (c->pod[0] || w.n >= sizeof(c->pod))
		return;
	for (size_t i = 0; i < w.n; i++)
		c->pod[i] = w.s[i];
	for (size_t i = 0; i < w.n; i++)
		if (c->pod[i] == '_')
			c->pod[i] = '-';
	c->pod[w.n] = '\0';
}

/* Judges the last component of @tail. Return: false if this path leads into no container. */
static bool look_at(const struct tail *tail, struct cgroup_container *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		const struct form *form = &forms[i];
		struct procfile_word word = { NULL, 0 };
		char letter = 0;

		if (!match_form(form, tail, &word, &letter))
			continue;
		switch (form->kind) {
		case OUTSIDE:
			return false;
		case BETWEEN:
			return true;
		case POD:
			set_pod(c, word);
			return true;
		case POD_AND_MORE:
			set_pod(c, word);
			break;
		case CONTAINER:
			if (!set_id(c, word, letter == '~') ||
			    (form->begins && strncmp(c->id, form->begins, strlen(form->begins))))
				break;
			c->runtime = form->runtime;
			if (c->pod[0] && !strcmp(form->pattern, "#"))
				c->runtime = strlen(c->pod) == 64 ? "podman" : "kubernetes";
			return true;
		}
	}
	return true;
}

/* Whether it is the service manager of a user, who then made everything below it. */
static void look_for_user(struct procfile_word w, struct cgroup_container *c)
{
	static const char before[] = "user@", behind[] = ".service";
	const size_t n = sizeof(before) - 1 + sizeof(behind) - 1;
	uint32_t uid;

	if (c->has_user || w.n <= n || memcmp(w.s, before, sizeof(before) - 1) ||
	    memcmp(w.s + w.n - (sizeof(behind) - 1), behind, sizeof(behind) - 1) ||
	    procfile_u32(w.s + sizeof(before) - 1, w.n - n, &uid) < 0)
		return;
	c->has_user = true;
	c->user = uid;
}

bool cgroup_path_parse(const char *path, size_t n, struct cgroup_container *ret)
{
	struct cgroup_container found = { 0 };
	const char *at = path, *end = path + n;
	struct tail tail = { 0 };
	size_t depth = 0;

	while (at < end && depth < CGROUP_MAX_DEPTH) {
		struct procfile_word w = { at, 0 };

		while (at < end && *at != '/')
			at++;
		w.n = (size_t)(at - w.s);
		at += at < end;
		/* Among the components are also those above a cgroup namespace, "..". */
		if (w.n == 0 || (w.n == 2 && !memcmp(w.s, "..", 2)))
			continue;
		if (found.runtime) {
			/* systemd-nspawn itself is in this group. */
			found.supervisor = w.n == 10 && !memcmp(w.s, "supervisor", 10) &&
					   !strcmp(found.runtime, "nspawn");
			break;
		}
		depth++;
		memmove(tail.words, tail.words + 1, sizeof(tail.words) - sizeof(tail.words[0]));
		tail.words[MAX_COMPONENTS - 1] = w;
		look_for_user(w, &found);
		if (!look_at(&tail, &found))
			return false;
		found.path = (struct procfile_word){ path, (size_t)(w.s + w.n - path) };
		found.parent = (size_t)(w.s - path);
	}
	if (!found.runtime)
		return false;
	*ret = found;
	return true;
}

/* Takes the path out of a line "4:memory:/path". Return: false for any other line. */
static bool split_line(struct procfile_word line, struct procfile_word *ret_hierarchy,
		       struct procfile_word *ret_path)
{
	const char *end = line.s + line.n, *at = line.s, *first = NULL;

	for (int colons = 0; colons < 2; colons++, at++) {
		while (at < end && *at != ':')
			at++;
		if (at == end)
			return false;
		if (!first)
			first = at + 1;
	}
	*ret_hierarchy = (struct procfile_word){ first, (size_t)(at - 1 - first) };
	*ret_path = (struct procfile_word){ at, (size_t)(end - at) };
	return true;
}

struct procfile_word cgroup_file_next(const char **text, struct procfile_word *ret_hierarchy)
{
	struct procfile_word line, path;

	while ((line = procfile_next_line(text)).s)
		if (split_line(line, ret_hierarchy, &path))
			return path;
	return line;
}

bool cgroup_file_parse(const char *text, struct cgroup_container *ret)
{
	struct procfile_word path, hierarchy;
	struct cgroup_container found;
	bool any = false;

	while ((path = cgroup_file_next(&text, &hierarchy)).s) {
		bool known;

		if (!cgroup_path_parse(path.s, path.n, &found))
			continue;
		known = strcmp(found.runtime, "unknown") != 0;
		found.hierarchy = hierarchy;
		if (known || !any)
			*ret = found;
		any = true;
		if (known)
			break;
	}
	return any;
}

int cgroup_file_find(const char *text, const char *id, char *buf, size_t size)
{
	struct procfile_word path, hierarchy;
	size_t n = strlen(id);

	while ((path = cgroup_file_next(&text, &hierarchy)).s) {
		if (path.n <= n || path.s[path.n - n - 1] != '/' ||
		    memcmp(path.s + path.n - n, id, n))
			continue;
		if (path.n >= size)
			return -E2BIG;
		memcpy(buf, path.s, path.n);
		buf[path.n] = '\0';
		return 0;
	}
	return -ENOENT;
}

bool cgroup_file_is_below(const char *text, const char *path)
{
	struct procfile_word own, hierarchy;
	size_t n = strlen(path);

	while (n && path[n - 1] == '/')
		n--;
	if (!n)
		return false;
	while ((own = cgroup_file_next(&text, &hierarchy)).s)
		if (own.n >= n && !memcmp(own.s, path, n) && (own.n == n || own.s[n] == '/'))
			return true;
	return false;
}
