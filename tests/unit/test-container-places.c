/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The layouts of the runtimes, as they write them: where names and first processes are found. */

#include "fake-host.h"

#define POD      "12345678-9abc-def0-1234-56789abcdef0"
#define POD2     "22345678-9abc-def0-1234-56789abcdef0"
#define POD_     "12345678_9abc_def0_1234_56789abcdef0"
#define ROOT_IDS "0\t0\t0\t0"

/* docker --data-root: only the bundle says where. */
TEST(docker_with_its_data_elsewhere)
{
	const struct libns_container *c;
	struct libns_containers *s;

	begin();
	process(20, "0::/system.slice/docker-" ID_A ".scope\n", 5, 'S');
	put("run/containerd/io.containerd.runtime.v2.task/moby/" ID_A "/config.json",
	    "{\"mounts\":[{\"destination\":\"/proc\",\"source\":\"proc\"},"
	    "{\"destination\":\"/etc/hostname\",\"source\":\"/data/docker/165536.165536/containers/" ID_A
	    "/hostname\"}]}");
	put("data/docker/165536.165536/containers/" ID_A "/config.v2.json",
	    "{\"ID\":\"" ID_A "\",\"Name\":\"/web\",\"State\":{\"Pid\":20}}");
	s = snapshot();
	c = find(s, "docker/web");
	CHECK_INT(c->pid, 20);
	CHECK_STR(c->origin, "/data/docker/165536.165536/containers/" ID_A "/config.v2.json");
}

TEST(docker_with_remapped_ids)
{
	struct libns_containers *s;

	begin();
	process(20, "0::/docker/" ID_A "\n", 5, 'S');
	put("var/lib/docker/231072.231072/containers/" ID_A "/config.v2.json",
	    "{\"ID\":\"" ID_A "\",\"Name\":\"/web\",\"State\":{\"Pid\":20}}");
	s = snapshot();
	CHECK_INT(find(s, "web")->pid, 20);
}

/* A shim whose containerd keeps its state elsewhere: its working directory is the bundle. */
TEST(shim_of_another_containerd)
{
	const struct libns_container *c;
	struct libns_containers *s;
	char path[512];

	begin();
	process(20,
		"0::/system.slice/"
		"cri-containerd-" ID_A ".scope\n",
		5, 'S');
	put("opt/c/state/io.containerd.runtime.v2.task/k8s.io/" ID_A "/config.json",
	    "{\"annotations\":{\"io.kubernetes.cri.container-name\":\"nginx\","
	    "\"io.kubernetes.cri.sandbox-name\":\"front\","
	    "\"io.kubernetes.cri.sandbox-namespace\":\"shop\"}}");
	helper(200, "containerd-shim", ROOT_IDS,
	       "/usr/bin/containerd-shim-runc-v2|-namespace|k8s.io|-id|" ID_A
	       "|-address|/opt/c/containerd.sock",
	       0);
	snprintf(path, sizeof(path), "%s/proc/200/cwd", root);
	CHECK_INT(symlink("/opt/c/state/io.containerd.runtime.v2.task/k8s.io/" ID_A, path), 0);
	if (geteuid() != 0)
		SKIP("needs root");
	s = snapshot();
	c = find(s, "shop/front/nginx");
	CHECK_INT(c->pid, 20);
	CHECK_STR(c->space, "shop");
}

/* "ctr run": its control group is /NAMESPACE/ID, which looks like nothing. */
TEST(namespaces_of_containerd)
{
	struct libns_containers *s;

	begin();
	process(20, "4:memory:/default/redis\n0::/\n", 5, 'S');
	process(21, "4:memory:/default/redis\n0::/\n", 6, 'S');
	process(30, "4:memory:/tests/redis\n0::/\n", 7, 'S');
	put("run/containerd/io.containerd.runtime.v2.task/default/redis/config.json",
	    "{\"annotations\":{}}");
	put("run/containerd/io.containerd.runtime.v2.task/default/redis/init.pid", "20");
	put("run/containerd/runc/default/redis/state.json",
	    "{\"id\":\"redis\",\"init_process_pid\":20,\"init_process_start\":5}");
	put("run/containerd/runc/tests/mysql/state.json",
	    "{\"id\":\"mysql\",\"init_process_pid\":30,\"init_process_start\":7}");
	s = snapshot();
	CHECK_INT(find(s, "redis")->pid, 20);
	CHECK_INT(find(s, "redis")->n_processes, 2);
	CHECK_STR(find(s, "redis")->runtime, "containerd");
	CHECK_STR(find(s, "default/redis")->space, "default");
	CHECK_INT(find(s, "containerd/tests/mysql")->pid, 30);
}

static void put_task(const char *space, int pid, int start)
{
	char path[256], text[64];

	snprintf(text, sizeof(text), "4:memory:/%s/web\n0::/\n", space);
	process(pid, text, start, 'S');
	snprintf(path, sizeof(path),
		 "run/containerd/io.containerd.runtime.v2.task/%s/web/config.json", space);
	put(path, "{\"annotations\":{}}");
	snprintf(path, sizeof(path), "run/containerd/runc/%s/web/state.json", space);
	put(path, "{\"id\":\"web\",\"init_process_pid\":%d,\"init_process_start\":%d}", pid, start);
}

/* "ctr -n NAMESPACE run ... web" in two namespaces: two containers of one id. */
TEST(one_id_in_two_namespaces_of_containerd)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_containers *s;

	begin();
	put_task("default", 20, 5);
	put_task("tests", 30, 7);
	s = snapshot();
	CHECK_INT(find(s, "default/web")->pid, 20);
	CHECK_INT(find(s, "default/web")->n_processes, 1);
	CHECK_INT(find(s, "tests/web")->pid, 30);
	CHECK_STR(libns_containers_of(s, 20)->space, "default");
	CHECK_STR(libns_containers_of(s, 30)->space, "tests");
	CHECK_INT(libns_containers_count(s), 2);
	CHECK_INT(look_for(s, "web", &err), -ENOTUNIQ);
	CHECK_CONTAINS(err.text, "containerd/web (no name in default)");
	CHECK(strstr(err.text, "the first is container:default/web") ||
	      strstr(err.text, "the first is container:tests/web"));
}

TEST(k3s)
{
	struct libns_containers *s;

	begin();
	process(20, "0::/kubepods/burstable/pod" POD "/" ID_A "\n", 5, 'S');
	put("run/k3s/containerd/io.containerd.runtime.v2.task/k8s.io/" ID_A "/config.json",
	    "{\"annotations\":{\"io.kubernetes.cri.container-name\":\"nginx\","
	    "\"io.kubernetes.cri.sandbox-name\":\"front\","
	    "\"io.kubernetes.cri.sandbox-namespace\":\"shop\"}}");
	s = snapshot();
	CHECK_INT(find(s, "front/nginx")->pid, 20);
	CHECK_STR(find(s, "front/nginx")->runtime, "containerd");
}

static void put_pod(int pid, const char *id, const char *uid, const char *name, const char *space,
		    const char *kind, int start)
{
	char text[512];

	snprintf(text, sizeof(text), "0::/kubepods/pod%s/%s\n", uid, id);
	process(pid, text, start, 'S');
	snprintf(text, sizeof(text),
		 "run/containerd/io.containerd.runtime.v2.task/k8s.io/%s/config.json", id);
	put(text,
	    "{\"annotations\":{\"io.kubernetes.cri.container-type\":\"%s\","
	    "\"io.kubernetes.cri.container-name\":\"%s\",\"io.kubernetes.cri.sandbox-name\":\"front\","
	    "\"io.kubernetes.cri.sandbox-namespace\":\"%s\",\"io.kubernetes.cri.sandbox-uid\":\"%s\"}}",
	    kind, name, space, uid);
}

/* Pods of the same name in two namespaces; the pod's name alone stands for its first container. */
TEST(pods_of_kubernetes)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_containers *s;

	begin();
	put_pod(20, ID_A, POD, "", "shop", "sandbox", 1);
	put_pod(21, ID_B, POD, "nginx", "shop", "container", 3);
	put_pod(22, ID_D, POD, "sidecar", "shop", "container", 2);
	s = snapshot();
	CHECK_INT(find(s, "front")->pid, 22);
	CHECK_INT(find(s, "front/nginx")->pid, 21);
	CHECK(find(s, ID_A)->flags & LIBNS_CONTAINER_SANDBOX);

	put_pod(30, ID_C, POD2, "nginx", "test", "container", 1);
	s = snapshot();
	CHECK_INT(look_for(s, "front", &err), -ENOTUNIQ);
	CHECK_CONTAINS(err.text, "of test/front");
	CHECK_INT(look_for(s, "front/nginx", &err), -ENOTUNIQ);
	CHECK_INT(find(s, "test/front/nginx")->pid, 30);
	CHECK_INT(find(s, "test/front")->pid, 30);
	CHECK_INT(find(s, "shop/front/nginx")->pid, 21);
	CHECK_INT(find(s, "shop/front")->pid, 22);
}

/* cri-dockerd writes it all into the name; so does CRI-O, for its conmon. */
TEST(names_of_the_kubelet)
{
	const struct libns_container *c;
	struct libns_containers *s;

	begin();
	process(20, "0::/kubepods/pod" POD "/" ID_A "\n", 5, 'S');
	put("var/lib/docker/containers/" ID_A "/config.v2.json",
	    "{\"ID\":\"" ID_A "\",\"Name\":\"/k8s_nginx_front_shop_" POD "_0\","
	    "\"State\":{\"Pid\":20}}");
	s = snapshot();
	c = find(s, "shop/front/nginx");
	CHECK_STR(c->runtime, "docker");
	CHECK_STR(c->name, "nginx");
	CHECK_STR(c->pod, "front");
}

#define PODMAN_POD "eeeeeeeeeeee1111aaaaaaaaaaaa1111aaaaaaaaaaaa1111aaaaaaaaaaaa1111"

static void podman_files(void)
{
	put("run/containers/storage/overlay-containers/volatile-containers.json",
	    "[{\"id\":\"" ID_A "\",\"names\":[\"eeeeeeeeeeee-infra\"],\"metadata\":\"{}\"},"
	    "{\"id\":\"" ID_B "\",\"names\":[\"db\"],\"metadata\":\"{}\"}]");
	put("var/lib/containers/storage/overlay-containers/" ID_A "/userdata/config.json",
	    "{\"hostname\":\"shop\",\"annotations\":{\"io.container.manager\":\"libpod\"}}");
	put("var/lib/containers/storage/overlay-containers/" ID_B "/userdata/config.json",
	    "{\"hostname\":\"shop\",\"annotations\":{\"io.container.manager\":\"libpod\"}}");
}

static void check_podman_pod(void)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_containers *s = snapshot();
	size_t n = 0;

	while (libns_containers_at(s, n))
		n++;
	CHECK_INT(n, 2);
	CHECK_INT(find(s, "shop/db")->pid, 21);
	CHECK_INT(find(s, "db")->pid, 21);
	CHECK_STR(find(s, "db")->pod, "shop");
	CHECK_INT(find(s, "shop")->pid, 21);
	CHECK(find(s, ID_A)->flags & LIBNS_CONTAINER_SANDBOX);
	CHECK_INT(look_for(s, PODMAN_POD, &err), -ENOENT);
}

TEST(pod_of_podman_with_cgroupfs)
{
	begin();
	podman_files();
	process(20, "4:memory:/libpod_parent/" PODMAN_POD "/libpod-" ID_A "\n0::/\n", 5, 'S');
	process(21, "4:memory:/libpod_parent/" PODMAN_POD "/libpod-" ID_B "\n0::/\n", 6, 'S');
	check_podman_pod();
}

TEST(pod_of_podman_with_systemd)
{
#define SLICE "/machine.slice/machine-libpod_pod_" PODMAN_POD ".slice"
	begin();
	podman_files();
	process(20, "0::" SLICE "/libpod-" ID_A ".scope/container\n", 5, 'S');
	process(21, "0::" SLICE "/libpod-" ID_B ".scope/container\n", 6, 'S');
	check_podman_pod();
}

/* podman --root: no file in a known place, but conmon. */
TEST(podman_with_its_data_elsewhere)
{
	struct libns_containers *s;

	if (geteuid() != 0)
		SKIP("needs root");
	begin();
	process(20, "0::/machine.slice/libpod-" ID_A ".scope/container\n", 5, 'S');
	helper(200, "conmon", ROOT_IDS,
	       "/usr/bin/conmon|--api-version|1|-c|" ID_A "|-u|" ID_A
	       "|-r|/usr/bin/crun|-b|/data/overlay-containers/" ID_A
	       "/userdata|-p|/data/run/pidfile|-n|web|--exit-command-arg|-n|--exit-command-arg|no|-s",
	       20);
	s = snapshot();
	CHECK_INT(find(s, "web")->pid, 20);
	CHECK_STR(find(s, "podman/web")->id, ID_A);
}

/* A rootless container without a control group of its own, run with --user: its ids are
 * among the ones lent to the user, so that its user namespace alone says whose it is. */
TEST(rootless_podman)
{
	struct libns_containers *s;

	if (geteuid() != 0)
		SKIP("needs root");
	begin();
	process(80, "0::/\n", 9, 'S');
	give_away("proc/80");
	helper(200, "conmon", "1000\t1000\t1000\t1000", "conmon|-c|" ID_A "|-u|" ID_A "|-n|web|-s",
	       80);
	put("run/user/1000/crun/" ID_A "/status", "{\"pid\":80,\"process-start-time\":77}");
	give_away("run/user/1000/crun/" ID_A "/status");
	s = snapshot();
	CHECK_INT(find(s, "1000/web")->pid, 80);
	CHECK_STR(find(s, "1000/web")->runtime, "podman");
	CHECK_STR(find(s, "1000/web")->word, "1000/web");
}

TEST(buildah)
{
	struct libns_containers *s;

	begin();
	process(20, "0::/\n", 5, 'S');
	put("run/runc/buildah-buildah123456/state.json",
	    "{\"id\":\"buildah-buildah123456\",\"init_process_pid\":20,\"init_process_start\":5}");
	put("var/lib/containers/storage/vfs-containers/containers.json",
	    "[{\"id\":\"" ID_A "\",\"names\":[\"alpine-working-container\"]}]");
	s = snapshot();
	CHECK_INT(find(s, "buildah/buildah-buildah123456")->pid, 20);
	for (size_t i = 0; libns_containers_at(s, i); i++)
		CHECK_STR(libns_containers_at(s, i)->runtime, "buildah");
}

TEST(nspawn_and_firejail_by_their_arguments)
{
	struct libns_containers *s;

	if (geteuid() != 0)
		SKIP("needs root");
	begin();
	process(20, "0::/payload\n", 5, 'S');
	helper(200, "systemd-nspawn", ROOT_IDS,
	       "systemd-nspawn|-q|--register=no|--bind|/a:/b|-Mbox|-D|/srv/tree|sleep|-M|no", 20);
	process(21, "0::/payload\n", 5, 'S');
	helper(201, "systemd-nspawn", ROOT_IDS, "systemd-nspawn|-D|/srv/tree/|sh", 21);
	process(22, "0::/\n", 5, 'S');
	helper(202, "firejail", ROOT_IDS, "firejail|--quiet|--name=jail|sh|--name=no", 22);
	s = snapshot();
	CHECK_INT(find(s, "nspawn/box")->pid, 20);
	CHECK_INT(find(s, "systemd-nspawn/box")->pid, 20);
	CHECK_INT(find(s, "tree")->pid, 21);
	CHECK_INT(find(s, "firejail/jail")->pid, 22);
}

/* Created and not started: the runtimes keep a FIFO that the first process waits at. */
TEST(created_and_not_started)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_containers *s;
	char path[512];

	begin();
	process(20, "0::/crun-new.scope\n", 5, 'S');
	put("run/crun/new/status", "{\"pid\":20,\"process-start-time\":5}");
	snprintf(path, sizeof(path), "%s/run/crun/new/exec.fifo", root);
	CHECK_INT(mkfifo(path, 0600), 0);
	process(21, "0::/crun-old.scope\n", 5, 'S');
	put("run/crun/old/status", "{\"pid\":21,\"process-start-time\":5}");
	put("var/lib/docker/containers/" ID_A "/config.v2.json",
	    "{\"ID\":\"" ID_A "\",\"Name\":\"/fresh\",\"State\":{\"Pid\":0,"
	    "\"StartedAt\":\"0001-01-01T00:00:00Z\"}}");
	s = snapshot();
	CHECK(find(s, "new")->flags & LIBNS_CONTAINER_CREATED);
	CHECK(!(find(s, "old")->flags & LIBNS_CONTAINER_CREATED));
	CHECK_INT(look_for(s, "fresh", &err), -ESRCH);
	CHECK_CONTAINS(err.text, "created and not started");
}

/* The cache of the network plugins knows whose a namespace was, when no process is left. */
TEST(network_namespaces_of_cni)
{
	const struct libns_container *c;
	struct libns_containers *s;

	begin();
	put("var/lib/cni/results/cbr0-" ID_A "-eth0",
	    "{\"kind\":\"cniCacheV1\",\"containerId\":\"" ID_A "\",\"config\":\"e30=\","
	    "\"ifName\":\"eth0\",\"networkName\":\"cbr0\",\"cniArgs\":[[\"IgnoreUnknown\",\"1\"],"
	    "[\"K8S_POD_NAMESPACE\",\"shop\"],[\"K8S_POD_NAME\",\"front\"]],"
	    "\"result\":{\"interfaces\":[{\"name\":\"cni0\"},{\"name\":\"eth0\","
	    "\"sandbox\":\"/var/run/netns/cni-1111\"}]}}");
	/* As older plugins have left it: a bare result. */
	put("var/lib/cni/results/my-net-" ID_B "-eth0",
	    "{\"cniVersion\":\"0.3.1\",\"interfaces\":[{\"name\":\"eth0\","
	    "\"sandbox\":\"/run/netns/cni-2222\"}]}");
	s = snapshot();
	c = libns_containers_of_netns(s, "cni-1111");
	CHECK(c != NULL);
	CHECK_STR(c->pod, "front");
	CHECK_STR(c->space, "shop");
	CHECK_STR(c->id, ID_A);
	CHECK_STR(c->runtime, "kubernetes");
	CHECK_INT(c->pid, 0);
	c = libns_containers_of_netns(s, "cni-2222");
	CHECK(c != NULL);
	CHECK_STR(c->id, ID_B);
	CHECK(libns_containers_of_netns(s, "other") == NULL);
}

TEST(of_no_known_kind)
{
	struct libns_containers *s;

	begin();
	process(20, "0::/system.slice/newthing-" ID_A ".scope\n", 5, 'S');
	process(21, "0::/machine.slice/odd.scope\n", 5, 'S');
	s = snapshot();
	CHECK_STR(find(s, ID_A)->runtime, "unknown");
	CHECK_STR(find(s, "odd")->runtime, "unknown");
}

TAP_MAIN
