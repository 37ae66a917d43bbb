/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Runtimes' state files and the command lines of their helpers. The first byte
 * says of which form the rest is.
 */

#include "fuzz.h"
#include "text/cgroup-path.h"
#include "text/container-args.h"

#define BOUNDED(s) REQUIRE(memchr(s, '\0', sizeof(s)))

static int found(void *data, struct container_state *state)
{
	BOUNDED(state->runtime);
	BOUNDED(state->cgroup);
	BOUNDED(state->place);
	REQUIRE(state->runtime[0]);
	REQUIRE(cgroup_is_name(state->id, strlen(state->id)));
	REQUIRE(!state->name[0] || cgroup_is_name(state->name, strlen(state->name)));
	REQUIRE(!state->pod[0] || cgroup_is_name(state->pod, strlen(state->pod)));
	REQUIRE(!state->pod_id[0] || cgroup_is_name(state->pod_id, strlen(state->pod_id)));
	REQUIRE(!state->space[0] || cgroup_is_name(state->space, strlen(state->space)));
	REQUIRE(!state->netns[0] || cgroup_is_name(state->netns, strlen(state->netns)));
	REQUIRE(state->pid >= 0);
	++*(size_t *)data;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const helpers[] = { "podman", "cri-o",  "containerd",
					       "docker", "nspawn", "firejail" };
	struct container_state *state = calloc(1, sizeof(*state));
	size_t n = 0;
	char *text;

	REQUIRE(state);
	if (!size) {
		free(state);
		return 0;
	}
	text = fuzz_string(data + 1, size - 1);
	strcpy(state->id, "my-net-name-eth0");
	strcpy(state->runtime,
	       data[0] % 8 == CONTAINER_ARGUMENTS ? helpers[data[0] / 8 % 6] : "container");
	(void)container_parse(data[0] % 8, text, size - 1, state, found, &n);
	REQUIRE(n <= size);
	free(text);
	free(state);
	return 0;
}
