/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libns/scan.h>

#include "base/base.h"
#include "scan/model.h"
#include "scan/open.h"
#include "tap.h"

static const uint64_t all = LIBNS_TYPES_ALL;

TEST(links)
{
	uint64_t ino = 0;

	CHECK_INT(model_parse_link("net:[4026531840]", &ino), model_type_index(LIBNS_TYPE_NET));
	CHECK_INT(ino, 4026531840);
	CHECK_INT(model_parse_link("cgroup:[1]", &ino), model_type_index(LIBNS_TYPE_CGROUP));
}

TEST(other_links_are_refused)
{
	static const char *const bad[] = {
		"",         "net",      "net:",
		"net:[",    "net:[]",   "net:[1",
		"net:[1]x", "net:[x]",  "net:[-1]",
		"nets:[1]", "ne:[1]",   "socket:[1]",
		"/net:[1]", ":[1]",     "net:1",
		"net:[1] ", "pipe:[7]", "net:[99999999999999999999]",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		uint64_t ino = 7;

		CHECK_INT(model_parse_link(bad[i], &ino), -1);
		CHECK_INT(ino, 7);
	}
}

/* The number of a namespace that is gone may be that of another one by now. */
TEST(a_number_is_no_namespace_of_another_type)
{
	struct libns_node node = { .type = model_type_index(LIBNS_TYPE_UTS) };
	int fd = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
	struct stat st;

	CHECK_INT(fstat(fd, &st), 0);
	node.id = (struct libns_id){ st.st_dev, st.st_ino };
	CHECK_INT(scan_is_node(fd, &node), 1);
	node.type = model_type_index(LIBNS_TYPE_NET);
	CHECK_INT(scan_is_node(fd, &node), 0);
	node.type = model_type_index(LIBNS_TYPE_UTS);
	node.id.ino++;
	CHECK_INT(scan_is_node(fd, &node), 0);
	close(fd);
}

TEST(nodes_are_found_again_and_sorted)
{
	struct model model = { .types = all & ~LIBNS_TYPE_USER };
	int net = model_type_index(LIBNS_TYPE_NET), user = model_type_index(LIBNS_TYPE_USER);

	CHECK(model_find(&model, 5) == NULL);
	for (uint64_t i = 5000; i > 0; i--)
		CHECK(model_add(&model, i % 5 ? net : user, 1000 + i) != NULL);
	for (uint64_t i = 1; i <= 5000; i++)
		CHECK(model_find(&model, 1000 + i) == model_add(&model, net, 1000 + i));
	CHECK_INT(model.n_nodes, 5000);
	CHECK_INT(model_finish(&model), 0);
	/* The user namespaces were not asked for: behind the others. */
	CHECK_INT(model.n_asked, 4000);
	for (size_t i = 1; i < model.n_asked; i++)
		CHECK(model.nodes[i - 1]->id.ino < model.nodes[i]->id.ino);
	CHECK(model_find(&model, 1005) != NULL);
	model_clear(&model);
	CHECK(model_find(&model, 1005) == NULL);
}

TEST(members_and_leader)
{
	struct model model = { .types = all };
	struct libns_task *tasks = calloc(3, sizeof(*tasks));
	struct libns_node *net = model_add(&model, 4, 70), *other = model_add(&model, 4, 71);

	CHECK(tasks && net && other);
	for (int i = 0; i < 3; i++) {
		tasks[i].pid = 10 * (i + 1);
		tasks[i].ns[4] = i < 2 ? net : NULL;
	}
	model_take_tasks(&model, tasks, 3);
	CHECK_INT(net->n_tasks, 2);
	CHECK_INT(net->leader->pid, 10);
	CHECK(other->leader == NULL);
	CHECK(model_find_task(&model, 20) == &tasks[1]);
	CHECK(model_find_task(&model, 30) == &tasks[2]);
	CHECK(model_find_task(&model, 15) == NULL);
	CHECK(model_find_task(&model, 31) == NULL);
	CHECK(model_find_task(&model, 0) == NULL);
	model_clear(&model);
}

TEST(holds_in_the_order_found)
{
	struct model model = { .types = all };
	struct libns_node *a = model_add(&model, 4, 70), *b = model_add(&model, 4, 71);
	const struct model_hold *hold;
	int n = 0;

	for (int i = 0; i < 300; i++)
		CHECK_INT(model_hold(&model, i % 3 ? a : b,
				     &(struct model_hold){ .kind = LIBNS_HOLDER_FD, .fd = i }),
			  0);
	for (hold = model_first_hold(&model, b); hold; hold = model_next_hold(&model, hold))
		CHECK_INT(hold->fd, 3 * n++);
	CHECK_INT(n, 100);
	model_clear(&model);
}

TEST(strings_stay_where_they_are)
{
	struct model model = { 0 };
	const char *first = model_string(&model, "first", 5);
	char big[40000];

	memset(big, 'x', sizeof(big));
	for (int i = 0; i < 5000; i++)
		CHECK_STR(model_string(&model, "a\0b", 3), "a");
	CHECK_INT(strlen(model_string(&model, big, sizeof(big))), sizeof(big));
	CHECK_STR(first, "first");
	model_clear(&model);
}

TEST(mounts_that_the_caller_sees_are_in_a_row)
{
	struct model model = { .types = LIBNS_TYPES_ALL };
	int net = model_type_index(LIBNS_TYPE_NET), mnt = model_type_index(LIBNS_TYPE_MNT);
	struct libns_node *two = model_add(&model, net, 20), *none = model_add(&model, net, 30);
	struct libns_node *one = model_add(&model, net, 10), *own = model_add(&model, mnt, 40);
	const struct {
		struct libns_node *node, *where;
		const char *path;
	} mounts[] = {
		{ two, own, "/run/a" },
		{ one, own, "/run/b" },
		{ none, NULL, "/elsewhere" },
		{ two, own, "/run/c" },
	};

	model.own_mnt = own;
	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++)
		CHECK_INT(model_hold(&model, mounts[i].node,
				     &(struct model_hold){ LIBNS_HOLDER_MOUNT, 0, 0, -1,
							   mounts[i].where, mounts[i].path, 0 }),
			  0);
	CHECK_INT(model_hold(&model, none,
			     &(struct model_hold){ LIBNS_HOLDER_FD, 1, 1, 3, NULL, NULL, 0 }),
		  0);
	CHECK_INT(model_finish(&model), 0);
	CHECK_INT(libns_node_count_mounts(two), 2);
	CHECK_STR(libns_node_mount_at(two, 0), "/run/a");
	CHECK_STR(libns_node_mount_at(two, 1), "/run/c");
	CHECK(libns_node_mount_at(two, 2) == NULL);
	CHECK_INT(libns_node_count_mounts(one), 1);
	CHECK_STR(libns_node_mount_at(one, 0), "/run/b");
	CHECK_INT(libns_node_count_mounts(none), 0);
	CHECK(libns_node_mount_at(none, 0) == NULL);
	model_clear(&model);
}

TEST(counts_in_words)
{
	char buf[96];
	const char *words = libns_unseen_format(LIBNS_UNSEEN_PROCESSES, 1, buf, sizeof(buf));

	CHECK_STR(words, geteuid() ? "1 process is not readable; root sees it"
				   : "1 process is not readable");
	words = libns_unseen_format(LIBNS_UNSEEN_QUEUES, 12, buf, sizeof(buf));
	CHECK_STR(words, geteuid() ? "12 socket queues are not looked into; root sees them"
				   : "12 socket queues are not looked into");
	CHECK_STR(libns_unseen_format(LIBNS_UNSEEN_COMMANDS, 2, buf, sizeof(buf)),
		  "2 command lines are not readable in time");
	CHECK_STR(libns_unseen_format(LIBNS_N_UNSEEN, 2, buf, sizeof(buf)), "");
}

TAP_MAIN
