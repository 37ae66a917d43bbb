/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* With which rights a network namespace is joined: of the caller's, of his sandbox, of others. */
#include <grp.h>
#include <poll.h>

#include <libns/netns.h>

#include "spawn.h"

#define STRANGER 65533

static struct libns_error err = LIBNS_ERROR_INIT;

static struct libns_id id_of(int fd)
{
	struct libns_id id = { 0, 0 };

	CHECK_INT(libns_fd_query_id(fd, &id, NULL), 0);
	return id;
}

static int open_ns(const char *path)
{
	return tap_keep(libns_fd_open(AT_FDCWD, path, NULL));
}

static int wait_for_ever(void *data)
{
	return poll(data, 0, -1);
}

/* A network in a user namespace of the caller's; the descriptor is kept. */
static int network_of_sandbox(struct libns_child **ret)
{
	struct libns_plan plan = rootless(LIBNS_TYPE_NET);
	char path[64];

	may_create(LIBNS_TYPE_USER);
	plan.main = wait_for_ever;
	*ret = spawn(&plan);
	snprintf(path, sizeof(path), "/proc/%d/ns/net", libns_child_get_pid(*ret));
	return open_ns(path);
}

TEST(of_a_sandbox)
{
	struct libns_child *child;
	int net = network_of_sandbox(&child);
	struct libns_id want = id_of(net), got;
	struct libns_plan plan = rootless(LIBNS_TYPE_UTS);
	struct libns_entry *entry;
	uint64_t types;
	int status = -1;

	CHECK_INT(libns_netns_entry_new(net, "it", &entry, &err), 0);
	types = libns_entry_get_types(entry);
	/* Only who has no right outside goes by the user namespace. */
	CHECK_INT(types, geteuid() ? LIBNS_TYPE_NET | LIBNS_TYPE_USER : LIBNS_TYPE_NET);
	if (types & LIBNS_TYPE_USER) {
		/* There the own id reads 0. */
		plan.uid_map = map_own_id(0);
		plan.gid_map = map_own_id(0);
	}
	plan.entry = entry;
	if (fork() == 0) {
		if (libns_unshare(&plan, &err) < 0) {
			fprintf(stderr, "%s\n", libns_error_text(&err));
			_exit(1);
		}
		got = id_of(libns_fd_open(AT_FDCWD, "/proc/self/ns/net", NULL));
		_exit(libns_id_equal(&want, &got) && geteuid() == 0 ? 0 : 2);
	}
	CHECK(wait(&status) > 0);
	CHECK_INT(status, 0);
	libns_entry_free(entry);
	libns_child_kill(child, SIGKILL, NULL);
	status_of(child);
	libns_child_free(child);
}

TEST(below_a_joined_user_namespace_only_the_own_id_is_mapped)
{
	struct libns_child *child;
	int net = network_of_sandbox(&child), user = tap_keep(libns_fd_open_owner(net, NULL));
	const int fds[] = { net, user };
	struct libns_enter_plan enter = LIBNS_ENTER_PLAN_INIT;
	struct libns_plan plan = rootless(0);
	struct libns_idrange range = { 1, 1, 2 };
	struct libns_entry *entry;

	enter.ns_fds = fds;
	enter.n_ns_fds = 2;
	CHECK_INT(libns_entry_new(&enter, &entry, NULL), 0);
	CHECK_INT(libns_idmap_add((struct libns_idmap *)(uintptr_t)plan.uid_map, &range, NULL), 0);
	plan.entry = entry;
	CHECK_INT(libns_unshare(&plan, &err), -EINVAL);
	CHECK(strstr(libns_error_text(&err), "only the own id can be mapped"));
	libns_entry_free(entry);
	libns_child_kill(child, SIGKILL, NULL);
	status_of(child);
	libns_child_free(child);
}

TEST(the_own_one_and_what_is_none)
{
	int net = open_ns("/proc/self/ns/net"), uts = open_ns("/proc/self/ns/uts");
	struct libns_entry *entry;

	CHECK_INT(libns_netns_entry_new(net, "it", &entry, &err), 0);
	CHECK_INT(libns_entry_get_types(entry), 0);
	libns_entry_free(entry);
	CHECK_INT(libns_netns_entry_new(uts, "it", &entry, &err), -EINVAL);
	CHECK_STR(libns_error_text(&err),
		  "cannot enter network namespace 'it': it is a namespace of type uts");
	CHECK_INT(libns_netns_entry_new(-1, "it", &entry, &err), -EBADF);
}

TEST(of_somebody_else)
{
	int net = open_ns("/proc/self/ns/net");
	struct libns_entry *entry;
	char hint[512], name[32];

	if (geteuid() != 0 || unshare(CLONE_NEWNET) < 0)
		SKIP("needs root");
	CHECK_INT(setgroups(0, NULL), 0);
	CHECK_INT(setresgid(STRANGER, STRANGER, STRANGER), 0);
	CHECK_INT(setresuid(STRANGER, STRANGER, STRANGER), 0);
	snprintf(name, sizeof(name), "fd:%d", net);
	CHECK_INT(libns_netns_entry_new(net, name, &entry, &err), -EPERM);
	CHECK_INT(err.types, LIBNS_TYPE_NET);
	CHECK_INT(libns_error_hint(&err, hint, sizeof(hint)), 1);
	CHECK(strstr(hint, "no CAP_SYS_ADMIN here"));
}

TAP_MAIN
