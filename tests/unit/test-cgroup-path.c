/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "tap.h"
#include "text/cgroup-path.h"

#define ID   "3f2a1b4c5d6e7f803f2a1b4c5d6e7f803f2a1b4c5d6e7f803f2a1b4c5d6e7f80"
#define ID2  "aaaaaaaaaaaa7f803f2a1b4c5d6e7f803f2a1b4c5d6e7f803f2a1b4c5d6e7f80"
#define POD  "12345678-9abc-def0-1234-56789abcdef0"
#define POD_ "12345678_9abc_def0_1234_56789abcdef0"

static bool parse(const char *path, struct cgroup_container *ret)
{
	return cgroup_path_parse(path, strlen(path), ret);
}

TEST(forms_of_the_runtimes)
{
	static const struct {
		const char *path, *runtime, *id, *pod;
	} cases[] = {
		{ "/docker/" ID, "docker", ID, "" },
		{ "/docker/" ID "/init.scope", "docker", ID, "" },
		{ "/system.slice/docker-" ID ".scope", "docker", ID, "" },
		{ "/../../system.slice/docker-" ID ".scope", "docker", ID, "" },
		{ "/machine.slice/libpod-" ID ".scope", "podman", ID, "" },
		{ "/machine.slice/libpod-" ID ".scope/container", "podman", ID, "" },
		{ "/libpod_parent/libpod-" ID, "podman", ID, "" },
		{ "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" POD_
		  ".slice/cri-containerd-" ID ".scope",
		  "containerd", ID, POD },
		{ "/kubepods.slice/kubepods-pod" POD_ ".slice/crio-" ID ".scope", "cri-o", ID,
		  POD },
		{ "/kubepods/burstable/pod" POD "/" ID, "kubernetes", ID, POD },
		{ "/kubepods/burstable/pod" POD "/" ID "/sub", "kubernetes", ID, POD },
		{ "/lxc.payload.web", "lxc", "web", "" },
		{ "/lxc.payload/web/system.slice", "lxc", "web", "" },
		{ "/lxc/web", "lxc", "web", "" },
		{ "/machine.slice/machine-web.scope/payload", "nspawn", "web", "" },
		{ "/machine.slice/machine-my\\x2dweb.scope", "nspawn", "my-web", "" },
		{ "/machine.slice/systemd-nspawn@web.service/payload", "nspawn", "web", "" },
		{ "/user.slice/crun-box.scope", "crun", "box", "" },
		{ "/system.slice/runc-box.scope", "runc", "box", "" },
		{ "/docker-" ID, "docker", ID, "" },
		{ "/system.slice:docker:" ID, "docker", ID, "" },
		{ "/system.slice/balena-" ID ".scope", "balena", ID, "" },
		{ "/balena/" ID, "balena", ID, "" },
		{ "/user.slice/user-1.slice/user@1.service/user.slice/libpod-" ID ".scope",
		  "podman", ID, "" },
		{ "/system.slice/web.service/libpod-payload-" ID, "podman", ID, "" },
		{ "/machine.slice:libpod:" ID, "podman", ID, "" },
		{ "/libpod_parent/" ID2 "/libpod-" ID, "podman", ID, ID2 },
		{ "/machine.slice/machine-libpod_pod_" ID2 ".slice/libpod-" ID ".scope", "podman",
		  ID, ID2 },
		{ "/user.slice/user-libpod_pod_" ID2 ".slice/libpod-" ID ".scope/container",
		  "podman", ID, ID2 },
		{ "/libpod_parent/" ID2 "/" ID, "podman", ID, ID2 },
		{ "/user.slice/buildah-buildah123.scope", "buildah", "buildah123", "" },
		{ "/system.slice:buildah:b", "buildah", "b", "" },
		{ "/cri-containerd-" ID, "containerd", ID, "" },
		{ "/system.slice/containerd.service/kubepods-burstable-pod" POD_
		  ".slice:cri-containerd:" ID,
		  "containerd", ID, POD },
		{ "/system.slice/crio.service/kubepods-besteffort-pod" POD_ ".slice:crio:" ID,
		  "cri-o", ID, POD },
		{ "/system.slice/docker.service/kubepods-pod" POD_ ".slice:docker:" ID, "docker",
		  ID, POD },
		{ "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod" POD_
		  ".slice/cri-containerd-" ID ".scope",
		  "containerd", ID, POD },
		{ "/k3s/kubepods/besteffort/pod" POD "/" ID, "kubernetes", ID, POD },
		{ "/system.slice/nerdctl-" ID ".scope", "containerd", ID, "" },
		{ "/nerdctl-" ID, "containerd", ID, "" },
		{ "/user.slice:nerdctl:" ID, "containerd", ID, "" },
		{ "/containerd/" ID, "containerd", ID, "" },
		{ "/docker/buildkit/3ab4xyz", "buildkit", "3ab4xyz", "" },
		{ "/crio-" ID, "cri-o", ID, "" },
		{ "/system.slice/cri-o-" ID ".scope", "cri-o", ID, "" },
		{ "/kubepods/cri-o-" ID, "cri-o", ID, "" },
		{ "/system.slice/isulad-" ID ".scope", "isulad", ID, "" },
		{ "/isulad/" ID, "isulad", ID, "" },
		{ "/system.slice/youki-box.scope", "youki", "box", "" },
		{ "/system.slice:crun:box", "crun", "box", "" },
		{ "/system.slice:runc:box", "runc", "box", "" },
		{ "/kubepods/pod" POD "/kata_" ID, "kata", ID, POD },
		{ "/lxc.payload.web/ns", "lxc", "web", "" },
		{ "/machine.slice/machine-lxc\\x2d12\\x2dweb.scope", "libvirt", "lxc-12-web", "" },
		{ "/nspawn/web", "nspawn", "web", "" },
		{ "/user.slice/apptainer-1234.scope", "apptainer", "1234", "" },
		{ "/apptainer/1234", "apptainer", "1234", "" },
		{ "/singularity/1234", "apptainer", "1234", "" },
		{ "/garden/web", "garden", "web", "" },
		{ "/system.slice/garden.service/garden/good/web", "garden", "web", "" },
		{ "/garden/bad/web", "garden", "web", "" },
		{ "/mesos/0a1b-2c", "mesos", "0a1b-2c", "" },
		{ "/nomad.slice/share.slice/1a2b.web.scope", "nomad", "1a2b.web", "" },
		{ "/nomad/1a2b.web", "nomad", "1a2b.web", "" },
		{ "/custom/" ID, "container", ID, "" },
		/* What only looks like one. */
		{ "/system.slice/newthing-" ID ".scope", "unknown", ID, "" },
		{ "/newthing-" ID, "unknown", ID, "" },
		{ "/system.slice:newthing:" ID, "unknown", ID, "" },
		{ "/new_" ID, "unknown", ID, "" },
		{ "/machine.slice/odd.scope", "unknown", "odd", "" },
		/* A name that systemd would not have escaped so: as it stands. */
		{ "/machine.slice/machine-a\\x0ab.scope", "unknown", "machine-a\\x0ab", "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cgroup_container c;

		printf("# %s\n", cases[i].path);
		CHECK(parse(cases[i].path, &c));
		CHECK_STR(c.runtime, cases[i].runtime);
		CHECK_STR(c.id, cases[i].id);
		CHECK_STR(c.pod, cases[i].pod);
		CHECK(!c.supervisor);
	}
}

TEST(what_is_no_container)
{
	static const char *const paths[] = {
		"",
		"/",
		"//",
		"/..",
		"/../..",
		"/system.slice/ssh.service",
		"/docker",
		"/docker/",
		"/docker/short",
		"/docker/" ID "0",
		"/docker/3F" ID,
		"/lxc",
		"/lxc/",
		"/system.slice/docker.service",
		"/system.slice/docker-.scope",
		"/machine.slice/libpod-conmon-" ID ".scope",
		"/lxc.monitor.web",
		"/lxc.monitor/web",
		"/lxc.payload.",
		"/machine-.scope",
		"/machine.slice/machine-qemu\\x2d1\\x2dvm.scope",
		"/crun-box",
		"/runc-box",
		"/cri-o-conmon-" ID ".scope",
		"/lxc.pivot/web",
		"/kata_overhead/" ID,
		"/garden/good",
		"/libpod_parent/" ID,
		"/machine.slice/machine-libpod_pod_" ID ".slice",
		"/kubepods/pod" POD,
		"/libpod_parent/conmon",
		"/x" ID,
		"/crio-conmon-" ID ".scope",
		"/machine-a\\x00b.scope",
		"/machine-a\\x2fb.scope",
		"/machine-a\\x0ab.scope",
		"/lxc/a\033b",
	};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct cgroup_container c;

		printf("# %s\n", paths[i]);
		CHECK(!parse(paths[i], &c));
	}
}

TEST(the_outermost_wins)
{
	struct cgroup_container c;

	/* A container can make control groups below its own, with any name. */
	CHECK(parse("/lxc.payload.web/docker/" ID, &c));
	CHECK_STR(c.runtime, "lxc");
	CHECK(parse("/system.slice/docker-" ID ".scope/lxc.payload.other", &c));
	CHECK_STR(c.runtime, "docker");
}

TEST(users_service_manager)
{
	struct cgroup_container c;

	CHECK(parse("/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID
		    ".scope/container",
		    &c));
	CHECK(c.has_user);
	CHECK_INT(c.user, 1000);
	/* The slice is root's; so is a session in it, unless its owner says otherwise. */
	CHECK(parse("/user.slice/user-1000.slice/session-3.scope/lxc.payload.web", &c));
	CHECK(!c.has_user);
	CHECK(parse("/system.slice/docker-" ID ".scope/user@7.service", &c));
	CHECK(!c.has_user);
	CHECK(parse("/user@99999999999.service/docker-" ID ".scope", &c));
	CHECK(!c.has_user);
}

TEST(supervisor_of_nspawn)
{
	struct cgroup_container c;

	CHECK(parse("/machine.slice/machine-web.scope/supervisor", &c));
	CHECK(c.supervisor);
	CHECK(parse("/machine.slice/machine-web.scope/payload/supervisor", &c));
	CHECK(!c.supervisor);
	CHECK(parse("/docker/" ID "/supervisor", &c));
	CHECK(!c.supervisor);
}

TEST(files)
{
	static const char v1[] = "12:pids:/user.slice\n"
				 "4:memory:/docker/" ID "\n"
				 "1:name=systemd:/init.scope\n"
				 "0::/\n";
	struct cgroup_container c;
	char path[128];

	CHECK(cgroup_file_parse(v1, &c));
	CHECK_STR(c.id, ID);
	CHECK(cgroup_file_parse("0::/lxc.payload.a:b\n", &c));
	CHECK_STR(c.id, "a:b");
	CHECK(!cgroup_file_parse("", &c));
	CHECK(!cgroup_file_parse("0:/docker/" ID "\n", &c));
	CHECK(!cgroup_file_parse("nonsense\n\n::\n", &c));

	CHECK(cgroup_file_is_below(v1, "/user.slice"));
	CHECK(cgroup_file_is_below(v1, "/docker/"));
	CHECK(!cgroup_file_is_below(v1, "/dock"));
	CHECK(!cgroup_file_is_below(v1, "/"));
	CHECK(!cgroup_file_is_below(v1, ""));

	CHECK_INT(cgroup_file_find(v1, ID, path, sizeof(path)), 0);
	CHECK_STR(path, "/docker/" ID);
	CHECK_INT(cgroup_file_find(v1, ID, path, 20), -E2BIG);
	CHECK_INT(cgroup_file_find(v1, "slice", path, sizeof(path)), -ENOENT);
}

/* A user can nest groups a thousandfold: only the upper ones are looked at. */
TEST(too_deep)
{
	char path[2048] = "";
	struct cgroup_container c;

	for (int i = 0; i < CGROUP_MAX_DEPTH - 1; i++)
		strcat(path, "/a");
	strcat(path, "/lxc.payload.web");
	CHECK(parse(path, &c));
	CHECK_STR(c.id, "web");
	memmove(path + 2, path, strlen(path) + 1);
	memcpy(path, "/a", 2);
	CHECK(!parse(path, &c));
}

/* Where the name stands, and whose hierarchy it is. */
TEST(place_of_a_name)
{
	struct cgroup_container c;

	CHECK(cgroup_file_parse("4:cpu,cpuacct:/a/docker/" ID "/x\n", &c));
	CHECK_INT(c.path.n, strlen("/a/docker/" ID));
	CHECK_INT(c.parent, strlen("/a/docker/"));
	CHECK_INT(c.hierarchy.n, strlen("cpu,cpuacct"));
	CHECK(!strncmp(c.hierarchy.s, "cpu,cpuacct:", 12));
	CHECK(cgroup_file_parse("0::/lxc/web", &c));
	CHECK_INT(c.hierarchy.n, 0);
	/* A kind that is known wins over one that is not, on whatever line. */
	CHECK(cgroup_file_parse("2:pids:/machine.slice/odd.scope\n0::/lxc/web\n", &c));
	CHECK_STR(c.id, "web");
}

TEST(too_long)
{
	char path[1024] = "/lxc.payload.";
	struct cgroup_container c;

	memset(path + strlen(path), 'a', 300);
	CHECK(!parse(path, &c));
}

TAP_MAIN
