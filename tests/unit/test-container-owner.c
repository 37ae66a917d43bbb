/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Names that were written by somebody else. Each attack has its control: under a
 * name with an owner it leads where the attacker wanted.
 */

#include "fake-host.h"

#define MANAGER "/user.slice/user-1000.slice/user@1000.service"

static void write_crun(const char *dir, const char *id, int pid, int start)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s/status", dir, id);
	put(path, "{\"pid\":%d,\"process-start-time\":%d}", pid, start);
	give_away(path);
}

static void roots_container(void)
{
	process(20, "0::/system.slice/docker-" ID_A ".scope\n", 500, 'S');
	put("var/lib/docker/containers/" ID_A "/config.v2.json",
	    "{\"ID\":\"" ID_A "\",\"Name\":\"/web\",\"State\":{\"Pid\":20}}");
}

/* 80 runs for user 1000. */
static void users_process(const char *cgroup)
{
	process(80, cgroup, 9, 'S');
	give_away("proc/80");
}

/* The id of root's container for a process of one's own: by control group and by file. */
TEST(id_of_another)
{
	static const char *const words[] = { ID_A,         "aaaaaaaaaaaa", "web", ("docker/" ID_A),
					     "docker/web", "0/web" };
	const struct libns_container *c;
	struct libns_containers *s;

	begin();
	roots_container();
	users_process("0::" MANAGER "/docker-" ID_A ".scope\n");
	give_away("sys/fs/cgroup" MANAGER);
	write_crun("run/user/1000/crun", ID_A, 80, 9);
	write_crun("run/user/1000/crun", "web", 80, 9);
	s = snapshot();
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		CHECK_INT(find(s, words[i])->pid, 20);
	c = find(s, "1000/" ID_A);
	CHECK_INT(c->pid, 80);
	CHECK_INT(c->owner, 1000);
	CHECK_STR(c->word, "1000/aaaaaaaaaaaa");
	CHECK(libns_containers_of(s, 80) == c);
	CHECK_INT(find(s, "web")->owner, 0);
	CHECK_CONTAINS(find(s, "web")->origin,
		       "/var/lib/docker/containers/" ID_A "/config.v2.json");
}

/* A process in a user's group that is not seen to be that user's: it is not led to, nor denied. */
TEST(process_of_nobody_known)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_containers *s;
	const struct libns_container *c;

	begin();
	process(80, "0::" MANAGER "/docker-" ID_A ".scope\n", 9, 'S');
	give_away("sys/fs/cgroup" MANAGER);
	s = snapshot();
	CHECK_INT(look_for(s, "1000/" ID_A, &err), -ESRCH);
	CHECK_CONTAINS(err.text, " has processes, but none that is seen to be its owner's");
	c = libns_containers_at(s, 0);
	CHECK(c->flags & LIBNS_CONTAINER_UNSEEN);
	CHECK_INT(c->pid, 0);

	/* A zombie runs no more. */
	process(80, "0::" MANAGER "/docker-" ID_A ".scope\n", 9, 'Z');
	s = snapshot();
	CHECK(!(libns_containers_at(s, 0)->flags & LIBNS_CONTAINER_UNSEEN));
}

/* An ordinary user means root's and the own ones: which of two is meant is typed with its user. */
TEST(one_name_of_two_users)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_containers *s;

	begin();
	process(20, "0::/a\n", 500, 'S');
	put("run/crun/web/status", "{\"pid\":20,\"process-start-time\":500}");
	users_process("0::/b\n");
	write_crun("run/user/1000/crun", "web", 80, 9);
	s = snapshot();
	if (seteuid(1000) < 0)
		SKIP("cannot become another user");
	CHECK_INT(look_for(s, "web", &err), -ENOTUNIQ);
	CHECK_STR(err.text, "several containers are called 'web': crun/web (no name), "
			    "1000/crun/web (no name); the first is container:0/web");
	CHECK_INT(find(s, "0/web")->owner, 0);
	CHECK_INT(find(s, "1000/web")->owner, 1000);
	CHECK_INT(seteuid(0), 0);
}

/* Only a user has one of that name: then it is told what to type. */
TEST(name_that_only_a_user_has)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_containers *s;

	begin();
	users_process("0::/\n");
	write_crun("run/user/1000/crun", "web", 80, 9);
	s = snapshot();
	CHECK_INT(look_for(s, "web", &err), -ENOENT);
	CHECK_STR(err.text, "root has no container 'web'; of other users there is "
			    "container:1000/web");
	CHECK_INT(look_for(s, "crun/web", &err), -ENOENT);
	CHECK_CONTAINS(err.text, "container:1000/crun/web");
	CHECK_INT(look_for(s, "0/web", &err), -ENOENT);
	CHECK_INT(look_for(s, "1001/web", &err), -ENOENT);
	CHECK_INT(find(s, "1000/web")->pid, 80);
	CHECK_CONTAINS(find(s, "1000/web")->origin, "/run/user/1000/crun/web/status");
}

/* An id with a slash would read as a runtime and an id. */
TEST(ids_that_are_no_names)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_containers *s;

	begin();
	process(80, "0::/\n", 9, 'S');
	put("run/runc/a/state.json",
	    "{\"id\":\"docker/web\",\"init_process_pid\":80,\"init_process_start\":9}");
	put("run/runc/b/state.json",
	    "{\"id\":\"new\\nline\",\"init_process_pid\":80,\"init_process_start\":9}");
	put("run/runc/c/state.json",
	    "{\"id\":\"plain\",\"init_process_pid\":80,\"init_process_start\":9}");
	s = snapshot();
	CHECK_INT(look_for(s, "docker/web", &err), -ENOENT);
	CHECK_INT(look_for(s, "new\nline", &err), -ENOENT);
	CHECK_INT(find(s, "plain")->pid, 80);
}

/* A link in a directory of root's leads to a file that anybody has written. */
TEST(links_in_state_directories)
{
	char target[512], link[512];
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_containers *s;

	begin();
	process(80, "0::/\n", 9, 'S');
	put("home/status", "{\"pid\":80,\"process-start-time\":9}");
	put("run/crun/real/status", "{\"pid\":80,\"process-start-time\":9}");
	snprintf(target, sizeof(target), "%s/home", root);
	snprintf(link, sizeof(link), "%s/run/crun/dir", root);
	CHECK_INT(symlink(target, link), 0);
	put("run/crun/file/x", "%s", "");
	snprintf(target, sizeof(target), "%s/home/status", root);
	snprintf(link, sizeof(link), "%s/run/crun/file/status", root);
	CHECK_INT(symlink(target, link), 0);
	put("other/web/state.json",
	    "{\"id\":\"web\",\"init_process_pid\":80,\"init_process_start\":9}");
	snprintf(target, sizeof(target), "%s/other", root);
	snprintf(link, sizeof(link), "%s/run/runc", root);
	CHECK_INT(symlink(target, link), 0);
	s = snapshot();
	CHECK_INT(look_for(s, "dir", &err), -ENOENT);
	CHECK_INT(look_for(s, "file", &err), -ENOENT);
	CHECK_INT(look_for(s, "web", &err), -ENOENT);
	/* The control: the same bytes, without a link. */
	CHECK_INT(find(s, "real")->pid, 80);
}

/* A file of root's below a directory of somebody else's can be exchanged by him. */
TEST(whole_way_counts)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_containers *s;

	begin();
	users_process("0::/\n");
	put("run/crun/web/status", "{\"pid\":80,\"process-start-time\":9}");
	s = snapshot();
	CHECK_INT(find(s, "web")->owner, geteuid());
	give_away("run/crun");
	s = snapshot();
	CHECK_INT(look_for(s, "web", &err), -ENOENT);
	CHECK_INT(find(s, "1000/web")->pid, 80);
}

TEST(what_several_can_write)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_containers *s;
	char path[512];

	if (geteuid() != 0)
		SKIP("needs root");
	begin();
	process(90, "0::/x.slice/lxc.payload.box\n", 9, 'S');
	snprintf(path, sizeof(path), "%s/sys/fs/cgroup/x.slice", root);
	CHECK_INT(chmod(path, 0777), 0);
	s = snapshot();
	CHECK_INT(look_for(s, "box", &err), -ENOENT);
	CHECK_CONTAINS(err.text, "whose container 'box' is cannot be told");
	CHECK_CONTAINS(err.text, "--target 90");
	CHECK_STR(libns_containers_of(s, 90)->word, "?/box");
	CHECK(libns_containers_of(s, 90)->owner == LIBNS_OWNER_UNKNOWN);
	/* For the group, too: an access list shows as its rights. */
	CHECK_INT(chmod(path, 0775), 0);
	s = snapshot();
	CHECK_INT(look_for(s, "box", &err), -ENOENT);
	CHECK_INT(chmod(path, 0755), 0);
	s = snapshot();
	CHECK_INT(find(s, "box")->pid, 90);
}

/* A service with a group of its own to arrange names a part of it like somebody's container. */
TEST(delegated_groups)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_containers *s;

	begin();
	users_process("0::/system.slice/app.service/cri-containerd-" ID_A ".scope\n");
	give_away("sys/fs/cgroup/system.slice/app.service");
	s = snapshot();
	CHECK_INT(look_for(s, ID_A, &err), -ENOENT);
	CHECK_CONTAINS(err.text, "container:1000/" ID_A);
	CHECK_INT(find(s, "1000/" ID_A)->pid, 80);

	process(20, "0::/kubepods.slice/cri-containerd-" ID_A ".scope\n", 900, 'S');
	s = snapshot();
	CHECK_INT(find(s, ID_A)->pid, 20);
}

/* What root has named and then given to the container's root, is still what root has named. */
TEST(groups_given_to_the_root_inside)
{
	struct libns_containers *s;

	begin();
	process(90, "0::/machine.slice/libpod-" ID_A ".scope/container\n", 9, 'S');
	give_away("sys/fs/cgroup/machine.slice/libpod-" ID_A ".scope");
	s = snapshot();
	CHECK_INT(find(s, ID_A)->pid, 90);
}

/* Whose a group is depends on its unit and its owner, not on how the path looks. */
TEST(units)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_containers *s;

	begin();
	process(90, "0::/user.slice/user-1000.slice/session-3.scope/lxc.payload.mine\n", 9, 'S');
	process(80, "0::" MANAGER "/lxc.payload.his\n", 9, 'S');
	give_away("proc/80");
	s = snapshot();
	CHECK_INT(find(s, "mine")->owner, 0);
	CHECK_INT(look_for(s, "his", &err), -ENOENT);
	CHECK_INT(find(s, "1000/his")->pid, 80);
}

TEST(groups_that_cannot_be_seen)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_containers *s;
	char command[600];

	begin();
	process(90, "4:memory:/lxc.payload.box\n0::/\n", 9, 'S');
	snprintf(command, sizeof(command), "rm -r %s/sys/fs/cgroup/memory", root);
	CHECK_INT(system(command), 0);
	s = snapshot();
	CHECK_STR(libns_containers_of(s, 90)->word, "box");
	/* An ordinary user has nothing to lose to others. */
	if (geteuid() == 0) {
		CHECK_INT(look_for(s, "box", &err), -ENOENT);
		CHECK_CONTAINS(err.text, "not below /sys/fs/cgroup");
		CHECK_CONTAINS(err.text, "--target 90");
	} else {
		CHECK_INT(find(s, "box")->pid, 90);
	}
}

/* A user's file may not lead into a process that is not his. */
TEST(process_of_another)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_containers *s;

	begin();
	process(20, "0::/\n", 500, 'S');
	process(81, "0::" MANAGER "/lxc.payload.box\n", 5, 'S');
	give_away("sys/fs/cgroup" MANAGER);
	write_crun("run/user/1000/crun", "web", 20, 500);
	s = snapshot();
	CHECK_INT(look_for(s, "1000/web", &err), -ESRCH);
	CHECK_INT(look_for(s, "1000/box", &err), -ESRCH);
}

/* Anybody can start a process that is called conmon. */
TEST(helpers_of_others)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_containers *s;
	char path[512];

	if (geteuid() != 0)
		SKIP("needs root");
	begin();
	process(80, "0::/\n", 9, 'S');
	helper(200, "conmon", "1000\t1000\t1000\t1000", "conmon|-c|" ID_A "|-n|web", 80);
	give_away("proc/80");
	/* A setuid program: its arguments are those of who started it. */
	process(82, "0::/\n", 9, 'S');
	helper(201, "firejail", "1000\t0\t0\t0", "firejail|--name=box|sh", 82);
	give_away("proc/82");
	/* Root inside of a container. */
	process(83, "0::/docker/" ID_B "\n", 9, 'S');
	helper(202, "conmon", "0\t0\t0\t0", "conmon|-c|" ID_C "|-n|inner", 83);
	put("proc/202/cgroup", "0::/docker/" ID_B "\n");
	/* In namespaces that cannot be compared with the caller's. */
	process(85, "0::/\n", 9, 'S');
	helper(204, "conmon", "0\t0\t0\t0", "conmon|-c|" ID_D "|-n|elsewhere", 85);
	make_directory("proc/204/ns");
	snprintf(path, sizeof(path), "%s/proc/204/ns/user", root);
	CHECK_INT(symlink("user:[1]", path), 0);
	/* The control. */
	process(84, "0::/\n", 9, 'S');
	helper(203, "conmon", "0\t0\t0\t0", "conmon|-c|" ID_C "|-n|real", 84);
	s = snapshot();
	CHECK_INT(look_for(s, "web", &err), -ENOENT);
	CHECK_CONTAINS(err.text, "container:1000/web");
	CHECK_INT(find(s, "1000/web")->pid, 80);
	CHECK_STR(find(s, "1000/web")->origin, "arguments of process 200");
	CHECK_INT(look_for(s, "box", &err), -ENOENT);
	CHECK_INT(find(s, "1000/box")->pid, 82);
	CHECK_INT(look_for(s, "inner", &err), -ENOENT);
	CHECK_INT(look_for(s, "elsewhere", &err), -ENOENT);
	CHECK_INT(find(s, "real")->pid, 84);
}

/* One user's files are read up to a limit, and that is said; root's are all read. */
TEST(more_files_than_are_read)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_containers *s;
	size_t n = 0;

	if (geteuid() != 0)
		SKIP("needs root");
	begin();
	roots_container();
	for (int i = 0; i < 1500; i++) {
		char path[128];

		snprintf(path, sizeof(path), "run/user/1000/crun/c%d/status", i);
		put(path, "{\"pid\":1,\"process-start-time\":1}");
		snprintf(path, sizeof(path), "run/crun/r%d/status", i);
		put(path, "{\"pid\":1,\"process-start-time\":1}");
	}
	give_away("run/user/1000");
	s = snapshot();
	while (libns_containers_at(s, n))
		n++;
	CHECK_INT(n, 1 + 1500 + 1024);
	CHECK_INT(libns_containers_count_unread(s), 1);
	CHECK_STR(libns_containers_get_unread(s), "/run/user/1000/crun: of the files of an "
						  "ordinary user no more than 1024 are read");
	CHECK_INT(find(s, "web")->pid, 20);

	/* Root's own is no user's. */
	begin();
	put("run/crun/huge/status", "%*s", 5 << 20, "");
	s = snapshot();
	CHECK_STR(libns_containers_get_unread(s),
		  "/run/crun/huge/status is larger than 4194304 bytes");
	CHECK_INT(look_for(s, "huge", &err), -ENOENT);
	CHECK_STR(err.text, "there is no container 'huge'; it may be among what was left out: "
			    "/run/crun/huge/status is larger than 4194304 bytes");
	begin();
	CHECK_STR(libns_containers_get_unread(snapshot()), "");
}

TAP_MAIN
