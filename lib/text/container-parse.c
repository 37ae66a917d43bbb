/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The state files of container runtimes as texts: one small parser for each
 * form. They may be rewritten while they are read, and those of ordinary users
 * may hold anything.
 */

#include "text/container-parse.h"

#include <string.h>

#include "base/base.h"
#include "base/err.h"
#include "text/cgroup-path.h"
#include "text/container-args.h"
#include "text/json-scan.h"
#include "text/procfile.h"

struct text {
	const char *s;
	size_t n;
	struct container_state *state;
	int (*found)(void *data, struct container_state *state);
	void *data;
};

void container_state_clear(struct container_state *state)
{
	state->name[0] = state->pod[0] = state->pod_id[0] = state->space[0] = '\0';
	state->cgroup[0] = state->netns[0] = state->place[0] = state->hostname[0] =
		state->infra[0] = '\0';
	state->pid = 0;
	state->start = 0;
	state->sandbox = state->created = state->unstarted = state->leads = false;
}

static int report(struct text *text)
{
	struct container_state *state = text->state;

	return cgroup_is_name(state->id, strlen(state->id)) ? text->found(text->data, state) : 0;
}

static struct json_value json_at(struct json_value object, const char *a, const char *b)
{
	return json_path(object, (const char *const[]){ a, b, NULL });
}

static void get_string(struct json_value value, char *buf, size_t size)
{
	if (json_string(value, buf, size) < 0)
		buf[0] = '\0';
}

/* Copies a value if there is one that can be a name; else leaves @buf as it is. */
static void get_name(struct json_value value, char *buf, size_t size)
{
	char text[256];

	if (json_string(value, text, sizeof(text)) == 0 && cgroup_is_name(text, strlen(text)) &&
	    strlen(text) < size)
		strcpy(buf, text);
}

static void get_pid(struct json_value value, pid_t *ret)
{
	uint64_t pid;

	if (json_u64(value, &pid) == 0 && pid <= INT32_MAX)
		*ret = (pid_t)pid;
}

static bool is_text(struct json_value value, const char *text)
{
	char buf[64];

	return json_string(value, buf, sizeof(buf)) == 0 && !strcmp(buf, text);
}

/* k8s_CONTAINER_POD_NAMESPACE_UID_COUNT: what a kubelet calls containers of docker and CRI-O. */
static void split_kubernetes_name(struct container_state *state)
{
	char *words[6], *at = state->name;
	char text[sizeof(state->name)];

	if (strncmp(state->name, "k8s_", 4))
		return;
	strcpy(text, state->name);
	at = text;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!at)
			return;
		words[i] = at;
		at = strchr(at, '_');
		if (at)
			*at++ = '\0';
	}
	if (!*words[1] || !*words[2] || !*words[3] || strlen(words[4]) >= sizeof(state->pod_id))
		return;
	strcpy(state->name, words[1]);
	strcpy(state->pod, words[2]);
	strcpy(state->space, words[3]);
	strcpy(state->pod_id, words[4]);
	state->sandbox = !strcmp(words[1], "POD");
}

static int parse_docker(struct text *text)
{
	struct container_state *state = text->state;
	struct json_value root = json_parse(text->s, text->n);
	char name[256];

	get_string(json_at(root, "ID", NULL), state->id, sizeof(state->id));
	get_string(json_at(root, "Name", NULL), name, sizeof(name));
	if (cgroup_is_name(name + (name[0] == '/'), strlen(name + (name[0] == '/'))))
		strcpy(state->name, name + (name[0] == '/'));
	split_kubernetes_name(state);
	get_pid(json_at(root, "State", "Pid"), &state->pid);
	/* Go's zero value of a time: the container has never been started. */
	state->created = is_text(json_at(root, "State", "StartedAt"), "0001-01-01T00:00:00Z");
	return report(text);
}

static int parse_storage(struct text *text)
{
	struct container_state *state = text->state;
	struct json_value root = json_parse(text->s, text->n);
	char runtime[sizeof(state->runtime)];
	int r = 0;

	strcpy(runtime, state->runtime);
	for (struct json_value item = json_first(root); item.s && r >= 0;
	     item = json_next(root, item)) {
		char metadata[4096];
		struct json_value inner;

		container_state_clear(state);
		get_string(json_at(item, "id", NULL), state->id, sizeof(state->id));
		get_name(json_first(json_at(item, "names", NULL)), state->name,
			 sizeof(state->name));
		/* Reads a string that contains JSON. CRI-O writes the pod into it, buildah does
		 * not. */
		get_string(json_at(item, "metadata", NULL), metadata, sizeof(metadata));
		inner = json_parse(metadata, strlen(metadata));
		split_kubernetes_name(state);
		get_name(json_at(inner, "pod-name", NULL), state->pod, sizeof(state->pod));
		strcpy(state->runtime, !metadata[0]    ? "buildah"
				       : state->pod[0] ? "cri-o"
						       : runtime);
		r = report(text);
	}
	return r;
}

static void get_notes(struct json_value notes, struct container_state *state)
{
	const struct {
		const char *key;
		char *buf;
		size_t size;
	} keys[] = {
		{ "io.kubernetes.cri.container-name", state->name, sizeof(state->name) },
		{ "io.kubernetes.container.name", state->name, sizeof(state->name) },
		{ "nerdctl/name", state->name, sizeof(state->name) },
		{ "io.kubernetes.cri.sandbox-name", state->pod, sizeof(state->pod) },
		{ "io.kubernetes.pod.name", state->pod, sizeof(state->pod) },
		{ "io.kubernetes.cri.sandbox-namespace", state->space, sizeof(state->space) },
		{ "io.kubernetes.pod.namespace", state->space, sizeof(state->space) },
		{ "nerdctl/namespace", state->space, sizeof(state->space) },
		{ "io.kubernetes.cri.sandbox-uid", state->pod_id, sizeof(state->pod_id) },
		{ "io.kubernetes.pod.uid", state->pod_id, sizeof(state->pod_id) },
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		get_name(json_at(notes, keys[i].key, NULL), keys[i].buf, keys[i].size);
	state->sandbox =
		is_text(json_at(notes, "io.kubernetes.cri.container-type", NULL), "sandbox") ||
		is_text(json_at(notes, "io.kubernetes.cri-o.ContainerType", NULL), "sandbox");
}

/* Finds docker's own directory of a container by the files that are bound into it from there. */
static void find_place(struct json_value mounts, struct container_state *state)
{
	static const char *const files[] = { "hostname", "hosts", "resolv.conf" };
	char source[sizeof(state->place)], end[300];

	for (struct json_value item = json_first(mounts); item.s; item = json_next(mounts, item)) {
		get_string(json_at(item, "source", NULL), source, sizeof(source));
		for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
			size_t n =
				strlen("/containers/") + strlen(state->id) + 1 + strlen(files[i]);

			error_format(end, sizeof(end), "/containers/%s/%s", state->id, files[i]);
			if (source[0] != '/' || strlen(source) <= n ||
			    strcmp(source + strlen(source) - n, end))
				continue;
			strcpy(state->place, source);
			state->place[strlen(source) - strlen(files[i]) - 1] = '\0';
			return;
		}
	}
}

/* Reads what Kubernetes, nerdctl or podman have written, and where docker keeps its own files. */
static int parse_bundle(struct text *text)
{
	struct container_state *state = text->state;
	struct json_value root = json_parse(text->s, text->n);
	struct json_value notes = json_at(root, "annotations", NULL);

	get_notes(notes, state);
	get_name(json_at(root, "hostname", NULL), state->hostname, sizeof(state->hostname));
	if (is_text(json_at(notes, "io.container.manager", NULL), "libpod")) {
		strcpy(state->runtime, "podman");
		get_name(json_at(notes, "io.kubernetes.cri-o.SandboxID", NULL), state->infra,
			 sizeof(state->infra));
	} else
		find_place(json_at(root, "mounts", NULL), state);
	if (!strcmp(state->space, "moby"))
		strcpy(state->runtime, "docker");
	/* Every docker and every Kubernetes uses these namespaces, so they tell nothing. */
	if (!strcmp(state->space, "moby") || !strcmp(state->space, "k8s.io"))
		state->space[0] = '\0';
	return root.s ? report(text) : 0;
}

/* Whether it is a name that buildah gives to the container of a build step. */
static void look_for_buildah(struct container_state *state)
{
	if (!strncmp(state->id, "buildah-", 8))
		strcpy(state->runtime, "buildah");
}

/* runc keeps annotations as texts "KEY=VALUE". */
static void get_labels(struct json_value labels, struct container_state *state)
{
	static const char infra[] = "io.kubernetes.cri-o.SandboxID=";
	char label[256];
	bool is_podman = false;

	for (struct json_value item = json_first(labels); item.s; item = json_next(labels, item)) {
		get_string(item, label, sizeof(label));
		if (!strcmp(label, "io.container.manager=libpod"))
			is_podman = true;
		else if (!strncmp(label, infra, strlen(infra)) &&
			 strlen(label + strlen(infra)) < sizeof(state->infra))
			strcpy(state->infra, label + strlen(infra));
	}
	if (is_podman)
		strcpy(state->runtime, "podman");
	else
		state->infra[0] = '\0';
}

static int parse_runc(struct text *text)
{
	struct container_state *state = text->state;
	struct json_value root = json_parse(text->s, text->n);

	get_name(json_at(root, "config", "hostname"), state->hostname, sizeof(state->hostname));
	get_labels(json_at(root, "config", "labels"), state);
	get_string(json_at(root, "id", NULL), state->id, sizeof(state->id));
	get_pid(json_at(root, "init_process_pid", NULL), &state->pid);
	(void)json_u64(json_at(root, "init_process_start", NULL), &state->start);
	look_for_buildah(state);
	if (!strcmp(state->space, "moby") || !strcmp(state->space, "k8s.io"))
		state->space[0] = '\0';
	return report(text);
}

static int parse_crun(struct text *text)
{
	struct container_state *state = text->state;
	struct json_value root = json_parse(text->s, text->n);

	get_pid(json_at(root, "pid", NULL), &state->pid);
	(void)json_u64(json_at(root, "process-start-time", NULL), &state->start);
	get_string(json_at(root, "cgroup-path", NULL), state->cgroup, sizeof(state->cgroup));
	look_for_buildah(state);
	return root.s ? report(text) : 0;
}

/* systemd-machined: KEY=VALUE lines; the name of the file is the machine's. */
static int parse_machine(struct text *text)
{
	struct container_state *state = text->state;
	const char *at = text->s;
	struct procfile_word line;
	bool container = false;

	while ((line = procfile_next_line(&at)).s) {
		if (line.n == 15 && !memcmp(line.s, "CLASS=container", line.n))
			container = true;
		else if (line.n > 7 && !memcmp(line.s, "LEADER=", 7))
			(void)procfile_pid(line.s + 7, line.n - 7, &state->pid);
	}
	return container ? report(text) : 0;
}

/* "/var/run/netns/NAME" */
static void get_netns(struct json_value value, struct container_state *state)
{
	char path[128];
	const char *name = path;

	get_string(value, path, sizeof(path));
	if (!strncmp(name, "/var", 4))
		name += 4;
	if (strncmp(name, "/run/netns/", 11))
		return;
	name += 11;
	if (cgroup_is_name(name, strlen(name)) && strlen(name) < sizeof(state->netns))
		strcpy(state->netns, name);
}

/* cniArgs: [["K8S_POD_NAME", "front-1"], ...] */
static void get_cni_arguments(struct json_value list, struct container_state *state)
{
	for (struct json_value pair = json_first(list); pair.s; pair = json_next(list, pair)) {
		struct json_value key = json_first(pair), value;

		if (!key.s)
			continue;
		value = json_next(pair, key);
		if (is_text(key, "K8S_POD_NAME"))
			get_name(value, state->pod, sizeof(state->pod));
		else if (is_text(key, "K8S_POD_NAMESPACE"))
			get_name(value, state->space, sizeof(state->space));
		else if (is_text(key, "K8S_POD_UID"))
			get_name(value, state->pod_id, sizeof(state->pod_id));
	}
}

/* The file is called NETWORK-ID-INTERFACE, and an older one does not say more. */
static void id_of_file_name(struct container_state *state)
{
	const char *start = strchr(state->id, '-'), *end = strrchr(state->id, '-');
	size_t n;

	/* The name of a network may itself contain '-'. */
	if (start && end - start > 65)
		start = end - 65;
	n = start && end > start + 1 ? (size_t)(end - start - 1) : 0;
	if (n)
		memmove(state->id, start + 1, n);
	state->id[n] = '\0';
}

static int parse_cni(struct text *text)
{
	struct container_state *state = text->state;
	struct json_value root = json_parse(text->s, text->n);
	struct json_value result = json_at(root, "result", NULL), list;

	if (!root.s)
		return 0;
	if (!result.s)
		result = root;
	id_of_file_name(state);
	get_name(json_at(root, "containerId", NULL), state->id, sizeof(state->id));
	get_cni_arguments(json_at(root, "cniArgs", NULL), state);
	if (state->pod[0]) {
		strcpy(state->runtime, "kubernetes");
		state->sandbox = true;
	}
	get_netns(json_at(root, "netns", NULL), state);
	list = json_at(result, "interfaces", NULL);
	for (struct json_value item = json_first(list); item.s && !state->netns[0];
	     item = json_next(list, item))
		get_netns(json_at(item, "sandbox", NULL), state);
	return state->netns[0] ? report(text) : 0;
}

static int parse_arguments(struct text *text)
{
	if (!container_args_parse(text->s, text->n, text->state))
		return 0;
	split_kubernetes_name(text->state);
	return report(text);
}

int container_parse(enum container_form form, const char *text, size_t n,
		    struct container_state *state,
		    int (*found)(void *data, struct container_state *state), void *data)
{
	static int (*const parsers[])(struct text * text) = {
		[CONTAINER_DOCKER] = parse_docker, [CONTAINER_STORAGE] = parse_storage,
		[CONTAINER_BUNDLE] = parse_bundle, [CONTAINER_RUNC] = parse_runc,
		[CONTAINER_CRUN] = parse_crun,     [CONTAINER_MACHINE] = parse_machine,
		[CONTAINER_CNI] = parse_cni,       [CONTAINER_ARGUMENTS] = parse_arguments,
	};
	struct text all = { text, n, state, found, data };

	return parsers[form](&all);
}
