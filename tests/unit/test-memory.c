/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Out of memory at every place of what looks at one thing, see memory.h. */

#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>

#include <libns/libns.h>

#include "fake-host.h"
#include "memory.h"
#include "mount/plan.h"
#include "own-net.h"

/* ------------------------------------------------------------------ operations */

static struct libns_proc *target;

static void free_target(void *proc)
{
	libns_proc_free(proc);
}

/* This process. */
static void pin_target(void)
{
	CHECK_INT(libns_proc_new(LIBNS_PROCFS, getpid(), &target, NULL), 0);
	tap_later(free_target, target);
}

static int pin(struct libns_error *err)
{
	struct libns_proc *proc;
	int r = libns_proc_new(LIBNS_PROCFS, getpid(), &proc, err);

	if (r == 0)
		libns_proc_free(proc);
	return r;
}

static int read_ids(struct libns_error *err)
{
	pid_t *pids = NULL;
	size_t n = 0;
	int r = libns_proc_read_nspid(target, &pids, &n, err);

	if (r < 0)
		return r;
	note(pids, n * sizeof(*pids));
	free(pids);
	return 0;
}

TEST(a_process)
{
	pin_target();
	each_allocation_fails(pin);
	each_allocation_fails(read_ids);
}

static int read_map(struct libns_error *err)
{
	struct libns_idmap *map = NULL;
	int r = libns_idmap_read(target, LIBNS_IDMAP_UID, &map, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < libns_idmap_count(map); i++)
		note(libns_idmap_at(map, i), sizeof(struct libns_idrange));
	libns_idmap_free(map);
	return 0;
}

static int make_map(struct libns_error *err)
{
	struct libns_idmap *map = NULL;
	int r = libns_idmap_new(&map, err);

	for (uint32_t i = 0; r == 0 && i < 40; i++)
		r = libns_idmap_add_single(map, 2 * i, 3 * i, err);
	if (r == 0)
		r = libns_idmap_add_text(map, "500:600:700", err);
	note_number(libns_idmap_count(map));
	libns_idmap_free(map);
	return r;
}

TEST(an_id_map)
{
	pin_target();
	each_allocation_fails(read_map);
	each_allocation_fails(make_map);
}

static int resolve(struct libns_error *err)
{
	struct libns_enter_plan plan = LIBNS_ENTER_PLAN_INIT;
	const struct libns_entry_step *step;
	struct libns_entry *entry = NULL;
	int r;

	plan.proc = target;
	plan.types = LIBNS_TYPES_ALL & ~(uint64_t)LIBNS_TYPE_USER;
	plan.flags = LIBNS_ENTER_ROOT | LIBNS_ENTER_KEEP_SAME;
	r = libns_entry_new(&plan, &entry, err);
	if (r < 0)
		return r;
	note_number(libns_entry_get_types(entry));
	for (size_t i = 0; (step = libns_entry_step_at(entry, i)); i++)
		note_number(step->types);
	libns_entry_free(entry);
	return 0;
}

TEST(an_entry)
{
	pin_target();
	each_allocation_fails(resolve);
}

static int look_at_containers(struct libns_error *err)
{
	struct libns_containers *containers = NULL;
	const struct libns_container *c;
	int proc_fd = openat(AT_FDCWD, "proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int root_fd = openat(AT_FDCWD, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r = libns_containers_new(proc_fd, root_fd, &containers, err);

	close(proc_fd);
	close(root_fd);
	if (r < 0)
		return r;
	for (size_t i = 0; (c = libns_containers_at(containers, i)); i++) {
		note_text(c->id);
		note_text(c->name);
		note_text(c->runtime);
		note_text(c->pod);
		note_number((uint64_t)c->pid);
		note_number(c->n_processes);
	}
	libns_containers_free(containers);
	return 0;
}

TEST(containers)
{
	begin();
	process(1, "0::/init.scope\n", 1, 'S');
	process(20, "0::/system.slice/docker-" ID_A ".scope\n", 500, 'S');
	process(30, "0::/machine.slice/libpod-" ID_B ".scope/container\n", 50, 'S');
	process(40, "0::/lxc.payload.box\n", 60, 'S');
	process(90, "0::/kubepods/pod12345678-9abc-def0-1234-56789abcdef0/" ID_C "\n", 90, 'S');
	helper(95, "conmon", "0\t0\t0\t0", "conmon|--cid|" ID_B "|-n|db", 0);
	put("var/lib/docker/containers/" ID_A "/config.v2.json",
	    "{\"ID\":\"" ID_A "\",\"Name\":\"/web\",\"State\":{\"Pid\":20}}");
	put("var/lib/containers/storage/overlay-containers/containers.json",
	    "[{\"id\":\"" ID_B
	    "\",\"names\":[\"db\"],\"metadata\":\"{\\\"name\\\":\\\"db\\\"}\"}]");
	put("run/containerd/io.containerd.runtime.v2.task/k8s.io/" ID_C "/config.json",
	    "{\"annotations\":{\"io.kubernetes.cri.container-name\":\"nginx\","
	    "\"io.kubernetes.cri.sandbox-name\":\"front-1\"}}");
	CHECK_INT(chdir(root), 0);
	each_allocation_fails(look_at_containers);
	CHECK_INT(chdir("/"), 0);
}

/* What starts it is in its control group, and is asked for its name. */
TEST(a_container_of_nspawn)
{
	begin();
	helper(95, "systemd-nspawn", "0\t0\t0\t0", "systemd-nspawn|-Mbox|-D|/srv/tree|sh", 20);
	put("proc/95/cgroup", "0::/machine.slice/systemd-nspawn@box.service/supervisor\n");
	put("proc/20/cgroup", "0::/machine.slice/systemd-nspawn@box.service/payload\n");
	make_directory("sys/fs/cgroup/machine.slice/systemd-nspawn@box.service/supervisor");
	make_directory("sys/fs/cgroup/machine.slice/systemd-nspawn@box.service/payload");
	CHECK_INT(chdir(root), 0);
	each_allocation_fails(look_at_containers);
	CHECK_INT(chdir("/"), 0);
}

static int plan_mounts(struct libns_error *err)
{
	const char *const layers[] = { "dir", "/usr" };
	struct libns_mount_plan *plan = NULL;
	int r = libns_mount_plan_new(&plan, err);

	if (r == 0)
		r = libns_mount_plan_set_root(plan, "dir", 0, err);
	if (r == 0)
		r = libns_mount_plan_add_bind(plan, "/usr", "/mnt", 0, err);
	if (r == 0)
		r = libns_mount_plan_add_overlay(plan, layers, 2, "/mnt", err);
	if (r == 0)
		r = libns_mount_plan_add_tmp_overlay(plan, "/mnt", err);
	if (r == 0)
		r = libns_mount_plan_add_tmpfs(plan, "/tmp", 0, "size=1m,mode=700", err);
	if (r == 0)
		r = libns_mount_plan_add_proc(plan, "/proc", err);
	if (r == 0)
		r = libns_mount_plan_add_dev(plan, "/dev", err);
	if (r == 0)
		r = libns_mount_plan_add_symlink(plan, "usr/bin", "/bin", err);
	/* The link on the way is covered as well. */
	if (r == 0)
		r = libns_mount_plan_protect(plan, "link/file", err);
	if (r == 0)
		r = libns_mount_plan_hide(plan, "dir", err);
	note_number(plan ? plan->n : 0);
	note_number(plan ? plan->n_covers : 0);
	libns_mount_plan_free(plan);
	return r;
}

TEST(a_plan_of_mounts)
{
	begin();
	put("dir/file", "text");
	CHECK_INT(chdir(root), 0);
	CHECK_INT(symlink("dir", "link"), 0);
	each_allocation_fails(plan_mounts);
	CHECK_INT(chdir("/"), 0);
}

static int read_confinement(struct libns_error *err)
{
	const unsigned int parts = LIBNS_CONFINE_ALL & ~LIBNS_CONFINE_FILTERS;
	struct libns_confine *confine = NULL;
	int r = libns_confine_new(target, LIBNS_USER_KEPT, &confine, err);

	if (r == 0)
		r = libns_confine_read(confine, parts, 0, err);
	if (r == 0) {
		note_number(libns_confine_get_parts(confine));
		note_number(libns_confine_count_groups(confine));
		note_number(libns_confine_count_cgroups(confine));
	}
	libns_confine_free(confine);
	return r;
}

static char group[64];
static pid_t member, maker;

/* However the case ends. */
static void remove_group(void)
{
	if (getpid() != maker)
		return;
	if (member > 0) {
		kill(member, SIGKILL);
		waitpid(member, NULL, 0);
	}
	rmdir(group);
}

/* Of a process in a control group of its own. */
TEST(what_confines_a_process)
{
	char file[96];
	int fd;

	snprintf(group, sizeof(group), "/sys/fs/cgroup/unified/libns-test.XXXXXX");
	if (!mkdtemp(group)) {
		snprintf(group, sizeof(group), "/sys/fs/cgroup/libns-test.XXXXXX");
		if (!mkdtemp(group))
			SKIP("no cgroup can be made here");
	}
	maker = getpid();
	atexit(remove_group);
	snprintf(file, sizeof(file), "%s/cgroup.procs", group);
	fd = tap_keep(open(file, O_WRONLY | O_CLOEXEC));
	member = fork();
	if (member == 0)
		for (;;)
			pause();
	if (dprintf(fd, "%d", (int)member) < 0)
		SKIP("no process can be moved to a cgroup here");
	CHECK_INT(libns_proc_new(LIBNS_PROCFS, member, &target, NULL), 0);
	tap_later(free_target, target);
	each_allocation_fails(read_confinement);
	tap_end_child((void *)(intptr_t)member);
	member = 0;
}

static int list_names(struct libns_error *err)
{
	const struct libns_netns_entry *entry;
	struct libns_netns_list *list = NULL;
	int r = libns_netns_list_new(LIBNS_NETNS_RUN, &list, err);

	if (r < 0)
		return r;
	for (size_t i = 0; (entry = libns_netns_list_at(list, i)); i++) {
		note_text(entry->name);
		note_number(entry->id.ino);
		note_number((uint64_t)entry->nsid);
	}
	libns_netns_list_free(list);
	return 0;
}

static int list_pids(struct libns_error *err)
{
	struct libns_id id;
	pid_t *pids = NULL;
	size_t n = 0;
	int r = libns_proc_read_id(target, LIBNS_TYPE_NET, &id, err);

	if (r == 0)
		r = libns_netns_read_pids(LIBNS_PROCFS, &id, &pids, &n, NULL, err);
	if (r < 0)
		return r;
	note(pids, n * sizeof(*pids));
	free(pids);
	return 0;
}

static int list_numbers(struct libns_error *err)
{
	struct libns_nsids *nsids = NULL;
	const struct libns_nsid *one;
	int r = libns_nsids_new(LIBNS_NSID_NONE, &nsids, err);

	for (size_t i = 0; r == 0 && (one = libns_nsids_at(nsids, i)); i++)
		note(one, sizeof(*one));
	libns_nsids_free(nsids);
	return r;
}

TEST(names_of_network_namespaces)
{
	int fd;

	if (geteuid() != 0 || unshare(CLONE_NEWNS | CLONE_NEWNET) < 0)
		SKIP("needs root");
	CHECK_INT(mount("none", "/", NULL, MS_PRIVATE | MS_REC, NULL), 0);
	CHECK_INT(mount("tmpfs", "/run", "tmpfs", 0, NULL), 0);
	CHECK_INT(libns_netns_add(LIBNS_NETNS_RUN, "one", NULL), 0);
	CHECK_INT(libns_netns_add(LIBNS_NETNS_RUN, "two", NULL), 0);
	fd = tap_keep(libns_netns_open(LIBNS_NETNS_RUN, "one", NULL));
	CHECK_INT(libns_netns_set_nsid(fd, 7, NULL), 0);
	pin_target();
	each_allocation_fails(list_names);
	each_allocation_fails(list_pids);
	each_allocation_fails(list_numbers);
}

static int find_user(struct libns_error *err)
{
	struct libns_account account = LIBNS_ACCOUNT_INIT;
	uint32_t *groups = NULL;
	size_t n = 0;
	int root_fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r = libns_account_find_in(root_fd, LIBNS_ACCOUNT_USER, "web", 5000, &account, err);

	if (r == 0)
		r = libns_account_list_groups(root_fd, &account, 5000, &groups, &n, err);
	if (r == 0)
		note(groups, n * sizeof(*groups));
	free(groups);
	close(root_fd);
	return r;
}

static int find_own_user(struct libns_error *err)
{
	struct libns_account account = LIBNS_ACCOUNT_INIT;
	uint32_t *groups = NULL;
	size_t n = 0;
	int r = libns_account_find(LIBNS_ACCOUNT_USER, "0", &account, err);

	if (r == 0)
		r = libns_account_list_groups(LIBNS_ACCOUNT_OWN, &account, 5000, &groups, &n, err);
	if (r == 0)
		note(groups, n * sizeof(*groups));
	free(groups);
	return r;
}

static int list_a_network(struct libns_error *err)
{
	struct libns_rtnl *rtnl = NULL;
	struct libns_links *links = NULL;
	struct libns_addresses *addresses = NULL;
	struct libns_routes *routes = NULL;
	int r = libns_rtnl_new(LIBNS_LINK_HERE, &rtnl, err);

	if (r == 0)
		r = libns_links_new(rtnl, &links, err);
	if (r == 0)
		r = libns_addresses_new(rtnl, &addresses, err);
	if (r == 0)
		r = libns_routes_new(rtnl, &routes, err);
	for (size_t i = 0; r == 0 && i < libns_links_count(links); i++)
		note_text(libns_links_at(links, i)->name);
	if (r == 0) {
		note_number(libns_addresses_count(addresses));
		note_number(libns_routes_count(routes));
	}
	libns_routes_free(routes);
	libns_addresses_free(addresses);
	libns_links_free(links);
	libns_rtnl_free(rtnl);
	return r;
}

TEST(a_network)
{
	struct libns_link_options options = LIBNS_LINK_OPTIONS_INIT;
	struct libns_rtnl *rtnl;

	own_net();
	CHECK_INT(libns_rtnl_new(LIBNS_LINK_HERE, &rtnl, NULL), 0);
	/* More than the first piece of a list holds. */
	options.kind = "bridge";
	options.name = "br%d";
	for (int i = 0; i < 40; i++)
		CHECK_INT(libns_link_add(rtnl, &options, NULL), 0);
	options = (struct libns_link_options)LIBNS_LINK_OPTIONS_INIT;
	options.flags = LIBNS_LINK_UP;
	CHECK_INT(libns_link_change(rtnl, 1, &options, NULL), 0);
	libns_rtnl_free(rtnl);
	each_allocation_fails(list_a_network);
}

TEST(accounts)
{
	begin();
	put("etc/passwd", "root:x:0:0::/:/bin/sh\nweb:x:33:33::/:/bin/sh\n");
	put("etc/group", "root:x:0:\nweb:x:33:\none:x:50:web\ntwo:x:51:root,web\n");
	CHECK_INT(chdir(root), 0);
	each_allocation_fails(find_user);
	each_allocation_fails(find_own_user);
	CHECK_INT(chdir("/"), 0);
}

static int start(struct libns_error *err)
{
	static const char *const argv[] = { "true", NULL };
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_child *child = NULL;
	int r, status = -1;

	plan.argv = (char *const *)(uintptr_t)argv;
	plan.types = geteuid() == 0 ? LIBNS_TYPE_UTS | LIBNS_TYPE_PID : 0;
	r = libns_spawn(&plan, &child, err);
	if (r == 0)
		r = libns_child_wait(child, 0, &status, err);
	note_number((uint64_t)status);
	libns_child_free(child);
	return r;
}

TEST(a_child)
{
	each_allocation_fails(start);
}

TAP_MAIN
