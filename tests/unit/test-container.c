/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a snapshot of containers is made of, and how it is asked. */

#include "fake-host.h"

static void typical_host(void)
{
	begin();
	process(1, "0::/init.scope\n", 1, 'S');
	process(20, "0::/system.slice/docker-" ID_A ".scope\n", 500, 'S');
	process(21, "0::/system.slice/docker-" ID_A ".scope\n", 400, 'S');
	process(22, "0::/system.slice/docker-" ID_A ".scope/x\n", 300, 'Z');
	process(30, "12:pids:/\n3:memory:/machine.slice/libpod-" ID_B ".scope/container\n", 50,
		'S');
	process(31, "0::/machine.slice/libpod-conmon-" ID_B ".scope\n", 40, 'S');
	process(40, "0::/lxc.payload.box\n", 60, 'S');
	process(50, "0::/machine.slice/machine-deb.scope/supervisor\n", 70, 'S');
	process(51, "0::/machine.slice/machine-deb.scope/payload\n", 80, 'S');
	process(60, "0::/kubepods/pod12345678-9abc-def0-1234-56789abcdef0/" ID_C "\n", 90, 'S');
	put("var/lib/docker/containers/" ID_A "/config.v2.json",
	    "{\"ID\":\"" ID_A "\",\"Name\":\"/web\",\"State\":{\"Pid\":20}}");
	put("var/lib/containers/storage/overlay-containers/containers.json",
	    "[{\"id\":\"" ID_B
	    "\",\"names\":[\"db\"],\"metadata\":\"{\\\"name\\\":\\\"db\\\"}\"}]");
	put("run/containerd/io.containerd.runtime.v2.task/k8s.io/" ID_C "/config.json",
	    "{\"annotations\":{\"io.kubernetes.cri.container-name\":\"nginx\","
	    "\"io.kubernetes.cri.sandbox-name\":\"front-1\"}}");
}

TEST(containers_of_a_typical_host)
{
	struct libns_containers *s;
	const struct libns_container *c;
	size_t n = 0;

	typical_host();
	s = snapshot();
	while (libns_containers_at(s, n))
		n++;
	CHECK_INT(n, 5);

	c = find(s, "web");
	CHECK_STR(c->runtime, "docker");
	CHECK_STR(c->id, ID_A);
	/* The one docker remembers, though another began earlier. */
	CHECK_INT(c->pid, 20);
	CHECK_INT(c->n_processes, 3);
	CHECK(find(s, ID_A) == c);
	CHECK(find(s, "aaaaaa") == c);
	CHECK(find(s, "docker/web") == c);

	c = find(s, "db");
	CHECK_STR(c->runtime, "podman");
	CHECK_INT(c->pid, 30);
	CHECK_INT(c->n_processes, 1);

	CHECK_INT(find(s, "box")->pid, 40);
	CHECK_STR(find(s, "lxc/box")->name, "");
	/* systemd-nspawn itself is not inside. */
	CHECK_INT(find(s, "deb")->pid, 51);

	c = find(s, "front-1/nginx");
	CHECK_STR(c->runtime, "containerd");
	CHECK_STR(c->name, "nginx");
	CHECK_STR(c->pod, "front-1");
	CHECK_INT(c->pid, 60);

	CHECK(libns_containers_of(s, 21) == find(s, "web"));
	CHECK(libns_containers_of(s, 1) == NULL);
	CHECK(libns_containers_of(s, 31) == NULL);
	CHECK(libns_containers_of(s, 999) == NULL);
	CHECK(libns_containers_free(NULL) == NULL);
}

TEST(words_that_name_none_or_several)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	const struct libns_container *c = NULL;
	struct libns_containers *s;

	typical_host();
	put("var/lib/docker/containers/dead/config.v2.json",
	    "{\"ID\":\"dddd\",\"Name\":\"/stopped\",\"State\":{\"Pid\":20}}");
	s = snapshot();
	CHECK_INT(libns_containers_find(s, "nosuch", &c, &err), -ENOENT);
	CHECK_STR(err.text, "there is no container 'nosuch'");
	CHECK_INT(libns_containers_find(s, "", &c, &err), -EINVAL);
	CHECK_INT(libns_containers_find(s, NULL, &c, &err), -EINVAL);
	CHECK_INT(libns_containers_find(s, "podman/web", &c, &err), -ENOENT);
	CHECK_INT(libns_containers_find(s, "stopped", &c, &err), -ESRCH);
	CHECK_STR(err.text, "container 'stopped' (docker) has no running process");
	CHECK_INT(libns_containers_find(s, "aaaa", &c, &err), -ENOTUNIQ);
	CHECK_CONTAINS(err.text, "several containers are called 'aaaa': ");
	CHECK_CONTAINS(err.text, "docker/aaaaaaaaaaaa (web)");
	CHECK_CONTAINS(err.text, "podman/aaaabbbbbbbb (db)");
	CHECK_CONTAINS(err.text, "; the first is container:docker/aaaa");
	CHECK(c == NULL);
}

TEST(many_of_one_name)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	const struct libns_container *c = NULL;

	begin();
	for (int i = 0; i < 40; i++) {
		char text[128], path[128];

		snprintf(text, sizeof(text), "0::/system.slice/crun-box%d.scope\n", i);
		process(100 + i, text, 5, 'S');
		snprintf(path, sizeof(path), "var/lib/docker/containers/%d/config.v2.json", i);
		put(path, "{\"ID\":\"box%d\",\"Name\":\"/%s\"}", i, "twin");
	}
	CHECK_INT(libns_containers_find(snapshot(), "twin", &c, &err), -ENOTUNIQ);
	CHECK_CONTAINS(err.text, " more; the first is container:box");
}

/* What is cut leads nowhere: a word is given whole or not at all, and one of them is always listed. */
TEST(long_names_that_several_have)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	const struct libns_container *c = NULL;
	char name[201], word[512], prefix[16] = "";

	memset(name, 'n', 200);
	name[200] = '\0';
	begin();
	put("var/lib/docker/containers/1/config.v2.json", "{\"ID\":\"" ID_A "\",\"Name\":\"/%s\"}",
	    name);
	put("var/lib/containers/storage/overlay-containers/containers.json",
	    "[{\"id\":\"" ID_B "\",\"names\":[\"%s\"]}]", name);
	CHECK_INT(libns_containers_find(snapshot(), name, &c, &err), -ENOTUNIQ);
	CHECK_CONTAINS(err.text, "docker/aaaaaaaaaaaa (");
	CHECK_CONTAINS(err.text, "/aaaabbbbbbbb (");
	CHECK(!strstr(err.text, "the first is"));

	begin();
	for (int i = 1; i <= 2; i++) {
		snprintf(word, sizeof(word),
			 "run/containerd/io.containerd.runtime.v2.task/%.63s/%d%.99s/config.json",
			 name, i, name);
		put(word,
		    "{\"annotations\":{\"io.kubernetes.cri.container-name\":\"%.64s\","
		    "\"io.kubernetes.cri.sandbox-namespace\":\"%.63s\","
		    "\"io.kubernetes.cri.sandbox-name\":\"%.63s\"}}",
		    name, name, name);
	}
	snprintf(word, sizeof(word), "%.64s", name);
	CHECK_INT(libns_containers_find(snapshot(), word, &c, &err), -ENOTUNIQ);
	/* Files of an ordinary user name containers of his. */
	if (geteuid())
		snprintf(prefix, sizeof(prefix), "%u/", geteuid());
	snprintf(word, sizeof(word), "': %scontainerd/", prefix);
	CHECK_CONTAINS(err.text, word);
	CHECK_CONTAINS(err.text, ") and 1 more; the first is container:");
}

TEST(hostile_state_files)
{
	struct libns_containers *s;
	char fifo[128];

	typical_host();
	put("var/lib/docker/containers/1/config.v2.json", "{\"ID\":");
	put("var/lib/docker/containers/2/config.v2.json", "[]");
	put("var/lib/docker/containers/3/config.v2.json", "%s", "");
	put("var/lib/docker/containers/4/config.v2.json",
	    "{\"ID\":\"line\\nbreak\",\"Name\":\"/\\u001b[31mred\",\"State\":{\"Pid\":1e9}}");
	put("var/lib/docker/containers/5/config.v2.json",
	    "{\"ID\":\"nul\",\"Name\":\"/a\\u0000b\"}");
	put("run/crun/big/status", "{\"pid\":%s}", "99999999999999999999");
	put("run/systemd/machines/vm", "CLASS=vm\nLEADER=51\n");
	put("run/systemd/machines/deb", "NAME=deb\nCLASS=container\nLEADER=51\nLEADER=-1\n");
	snprintf(fifo, sizeof(fifo), "%s/run/crun/fifo", root);
	CHECK_INT(mkdir(fifo, 0755), 0);
	strcat(fifo, "/status");
	CHECK_INT(mkfifo(fifo, 0644), 0);
	snprintf(fifo, sizeof(fifo), "%s/run/crun/link", root);
	CHECK_INT(symlink("/dev", fifo), 0);

	s = snapshot();
	CHECK_INT(find(s, "web")->pid, 20);
	CHECK_INT(find(s, "deb")->pid, 51);
	for (size_t i = 0; libns_containers_at(s, i); i++) {
		const struct libns_container *c = libns_containers_at(s, i);

		CHECK(c->id[0]);
		if (!strcmp(c->id, "nul"))
			CHECK_STR(c->name, "");
		/* Bytes as they are; the tools escape them. */
		if (!strcmp(c->id, "line\nbreak"))
			CHECK_STR(c->name, "\033[31mred");
	}
}

TEST(containers_without_a_control_group)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	const struct libns_container *c = NULL;
	struct libns_containers *s;

	begin();
	process(70, "0::/\n", 1234, 'S');
	process(71, "0::/mine/box\n", 99, 'S');
	process(72, "0::/mine/box/sub\n", 100, 'S');
	put("run/crun/plain/status", "{\"pid\":70,\"process-start-time\":1234}");
	put("run/crun/stale/status", "{\"pid\":70,\"process-start-time\":1233}");
	put("run/crun/box/status",
	    "{\"pid\":71,\"process-start-time\":99,\"cgroup-path\":\"/mine/box\"}");
	s = snapshot();
	CHECK_INT(find(s, "plain")->pid, 70);
	CHECK_STR(find(s, "plain")->runtime, "crun");
	CHECK_INT(libns_containers_find(s, "stale", &c, &err), -ESRCH);
	CHECK_INT(find(s, "box")->pid, 71);
	CHECK_INT(find(s, "box")->n_processes, 2);
	CHECK(libns_containers_of(s, 72) == find(s, "box"));
}

TEST(control_groups_of_runc)
{
	begin();
	process(71, "4:memory:/deep/box\n0::/\n", 99, 'S');
	process(72, "4:memory:/deep/box/sub\n0::/\n", 100, 'S');
	put("run/runc/box/state.json",
	    "{\"id\":\"box\",\"init_process_pid\":71,\"init_process_start\":99}");
	CHECK_INT(find(snapshot(), "box")->n_processes, 2);
}

/* @path: what cannot be read, though everybody may */
static void fails_for(const char *path)
{
	struct libns_containers *s = NULL;
	struct libns_error err = LIBNS_ERROR_INIT;
	char whole[512];

	snprintf(whole, sizeof(whole), "%s/%s", root, path);
	unlink(whole);
	CHECK_INT(symlink("stat", whole), 0);
	CHECK_INT(libns_containers_new(open_below("proc"), open_below("."), &s, &err), -ELOOP);
	CHECK_CONTAINS(err.text, "of containers: Too many levels of symbolic links");
}

/* Without its control group a process is asked for only because a state file names it. */
TEST(processes_that_cannot_be_read)
{
	begin();
	put("proc/71/comm", "box");
	put("run/runc/box/state.json",
	    "{\"id\":\"box\",\"init_process_pid\":71,\"init_process_start\":99}");
	fails_for("proc/71/stat");
	begin();
	put("proc/70/comm", "plain");
	put("run/crun/plain/status", "{\"pid\":70,\"process-start-time\":1234}");
	fails_for("proc/70/stat");
}

TEST(verification_through_the_pin)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_proc *proc = NULL;
	struct libns_containers *s, *other;
	int procfs;

	typical_host();
	process(70, "0::/\n", 1234, 'S');
	put("run/crun/plain/status", "{\"pid\":70,\"process-start-time\":1234}");
	s = snapshot();
	procfs = open_below("proc");
	CHECK_INT(libns_proc_new(procfs, 20, &proc, &err), 0);
	CHECK_INT(libns_containers_verify(s, find(s, "web"), proc, &err), 0);
	CHECK_INT(libns_containers_verify(s, find(s, "db"), proc, &err), -ESRCH);
	CHECK_STR(err.text, "process 20 is not in container 'db'");
	other = snapshot();
	CHECK_INT(libns_containers_verify(other, find(s, "web"), proc, &err), -EINVAL);
	/* The number has a new bearer. */
	process(20, "0::/init.scope\n", 9000, 'S');
	CHECK_INT(libns_containers_verify(s, find(s, "web"), proc, &err), -ESRCH);
	libns_proc_free(proc);

	CHECK_INT(libns_proc_new(procfs, 70, &proc, &err), 0);
	CHECK_INT(libns_containers_verify(s, find(s, "plain"), proc, &err), 0);
	process(70, "0::/\n", 1235, 'S');
	CHECK_INT(libns_containers_verify(s, find(s, "plain"), proc, &err), -ESRCH);
	libns_proc_free(proc);
}

TEST(this_host)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_containers *s = NULL;

	CHECK_INT(libns_containers_new(LIBNS_PROCFS, LIBNS_ROOT, &s, &err), 0);
	libns_containers_free(s);
	CHECK_INT(libns_containers_new(1023, LIBNS_ROOT, &s, &err), -EBADF);
	CHECK_STR(err.text, "cannot list the processes: Bad file descriptor");
}

TAP_MAIN
