/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The command lines of helpers say what no file in a known place does: conmon
 * has the name of a rootless podman's container, systemd-nspawn and firejail
 * that of theirs. Options end where each program ends them; what follows
 * belongs to the program inside.
 */

#include "text/container-args.h"

#include <string.h>

#include "base/base.h"
#include "text/cgroup-path.h"

enum field { NO_FIELD, ID, NAME, SPACE, BUNDLE, TREE };

struct option {
	const char *name; /* "-n", "--machine"; programs in Go have long ones with one dash */
	enum field field;
};

struct helper {
	const char *comm; /* name of the process, which the kernel cuts after 15 bytes */
	const char *runtime;
	const struct option *options;
	/* Other options that take a value, in the next argument if they are long ones. */
	const char *with_value;
};

static const struct option conmon_options[] = {
	{ "-c", ID },     { "--cid", ID },        { "-n", NAME },     { "--name", NAME },
	{ "-b", BUNDLE }, { "--bundle", BUNDLE }, { NULL, NO_FIELD },
};

static const struct option shim_options[] = {
	{ "-id", ID },         { "-namespace", SPACE }, { "-workdir", BUNDLE },
	{ "-bundle", BUNDLE }, { NULL, NO_FIELD },
};

static const struct option nspawn_options[] = {
	{ "-M", NAME }, { "--machine", NAME }, { "-D", TREE },     { "--directory", TREE },
	{ "-i", TREE }, { "--image", TREE },   { NULL, NO_FIELD },
};

static const struct option firejail_options[] = { { "--name", NAME }, { NULL, NO_FIELD } };

static const char conmon_values[] =
	" -r -u -l -p -P -e -o -L -T --runtime --cuuid --log-path --container-pidfile --conmon-pidfile "
	"--exit-command --exit-command-arg --exit-delay --exit-dir --runtime-arg --runtime-opt "
	"--log-level --log-size-max --log-size-global-max --log-tag --log-label --log-opt "
	"--socket-dir-path --persist-dir --restore --exec-process-spec --exec-attach "
	"--api-version --timeout --sdnotify-socket --seccomp-notify-socket "
	"--seccomp-notify-plugins ";
static const char shim_values[] = " -address -publish-binary -socket -containerd-binary "
				  "-runtime-root -criu ";
static const char nspawn_values[] =
	" -u -L -S -Z -E -p --template --user --uuid --slice --capability --drop-capability "
	"--ambient-capability --link-journal --bind --bind-ro --inaccessible --tmpfs --overlay "
	"--overlay-ro --setenv --hostname --selinux-context --selinux-apifs-context --personality "
	"--root-hash --root-hash-sig --verity-data --oci-bundle --network-interface "
	"--network-macvlan --network-ipvlan --network-veth-extra --network-bridge --network-zone "
	"--network-namespace-path --port --property --private-users-ownership --kill-signal "
	"--chdir --pivot-root --settings --system-call-filter --rlimit --oom-score-adjust "
	"--cpu-affinity --resolv-conf --timezone --console --notify-ready --set-credential "
	"--load-credential --bind-user --image-policy --background --suppress-sync ";

static const struct helper helpers[] = {
	{ "conmon", "podman", conmon_options, conmon_values },
	{ "conmonrs", "cri-o", conmon_options, conmon_values },
	{ "containerd-shim", "containerd", shim_options, shim_values },
	{ "docker-containe", "docker", shim_options, shim_values },
	{ "systemd-nspawn", "nspawn", nspawn_options, nspawn_values },
	{ "firejail", "firejail", firejail_options, "" },
};

const char *container_helper_runtime(const char *comm, size_t n)
{
	for (size_t i = 0; i < ARRAY_SIZE(helpers); i++)
		if (strlen(helpers[i].comm) == n && !memcmp(helpers[i].comm, comm, n))
			return helpers[i].runtime;
	return NULL;
}

static void copy_name(char *to, size_t size, const char *value)
{
	if (cgroup_is_name(value, strlen(value)) && strlen(value) < size)
		strcpy(to, value);
}

static void keep(struct container_state *state, char *tree, size_t tree_size, enum field field,
		 const char *value)
{
	if (field == ID)
		copy_name(state->id, sizeof(state->id), value);
	else if (field == NAME)
		copy_name(state->name, sizeof(state->name), value);
	else if (field == SPACE)
		copy_name(state->space, sizeof(state->space), value);
	else if (field == BUNDLE && value[0] == '/' && strlen(value) < sizeof(state->place))
		strcpy(state->place, value);
	else if (field == TREE && strlen(value) < tree_size)
		strcpy(tree, value);
}

/* Which of the helper's options an argument is; @ret_value: of "-Mvalue", "--x=value", or NULL. */
static const struct option *which(const struct helper *helper, const char *arg,
				  const char **ret_value)
{
	*ret_value = NULL;
	/* Programs in Go accept one dash or two. */
	if (helper->options == shim_options && arg[0] == '-' && arg[1] == '-')
		arg++;
	for (const struct option *o = helper->options; o->name; o++) {
		size_t n = strlen(o->name);

		if (strncmp(arg, o->name, n))
			continue;
		if (arg[n] == '=' && n > 2)
			*ret_value = arg + n + 1;
		else if (n == 2 && arg[n])
			*ret_value = arg + n;
		else if (arg[n])
			continue;
		return o;
	}
	return NULL;
}

static bool takes_value(const struct helper *helper, const char *arg)
{
	char word[64];
	size_t n = strlen(arg);

	if (n + 3 > sizeof(word))
		return false;
	if (helper->options == shim_options && arg[0] == '-' && arg[1] == '-') {
		arg++;
		n--;
	}
	word[0] = ' ';
	memcpy(word + 1, arg, n);
	strcpy(word + 1 + n, " ");
	return strstr(helper->with_value, word) != NULL;
}

/* systemd-nspawn names a container after its directory if it was given no other name. */
static void name_after_tree(struct container_state *state, char *tree)
{
	size_t n = strlen(tree);
	const char *last;

	while (n && tree[n - 1] == '/')
		tree[--n] = '\0';
	if (n > 4 && !strcmp(tree + n - 4, ".raw"))
		tree[n - 4] = '\0';
	last = strrchr(tree, '/');
	copy_name(state->name, sizeof(state->name), last ? last + 1 : tree);
}

/* The end of an argument: its NUL, or the end of the whole text. */
static const char *behind(const char *arg, const char *end)
{
	size_t n = strnlen(arg, (size_t)(end - arg));

	return arg + n < end ? arg + n + 1 : end;
}

bool container_args_parse(const char *text, size_t n, struct container_state *state)
{
	const struct helper *helper = NULL;
	const char *end = text + n, *arg = behind(text, end), *value;
	char tree[512] = "";

	for (size_t i = 0; i < ARRAY_SIZE(helpers) && !helper; i++)
		if (!strcmp(helpers[i].runtime, state->runtime))
			helper = &helpers[i];
	if (!helper)
		return false;
	state->id[0] = '\0';
	while (arg < end && arg[0] == '-' && strcmp(arg, "--")) {
		const struct option *option = which(helper, arg, &value);
		const char *next = behind(arg, end);

		if (!value && (option || takes_value(helper, arg))) {
			value = next;
			next = next < end ? behind(next, end) : end;
		}
		if (option && value < end)
			keep(state, tree, sizeof(tree), option->field, value);
		arg = next;
	}
	if (!state->name[0] && tree[0])
		name_after_tree(state, tree);
	if (!state->id[0])
		strcpy(state->id, state->name);
	if (!strcmp(state->space, "moby"))
		strcpy(state->runtime, "docker");
	if (!strcmp(state->space, "moby") || !strcmp(state->space, "k8s.io"))
		state->space[0] = '\0';
	return state->id[0] != '\0';
}
