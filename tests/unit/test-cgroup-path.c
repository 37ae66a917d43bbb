/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "cgroup-path.h"
#include "tap.h"

#define ID "3f2a1b4c5d6e7f803f2a1b4c5d6e7f803f2a1b4c5d6e7f803f2a1b4c5d6e7f80"
#define POD "12345678-9abc-def0-1234-56789abcdef0"
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
		{ "/custom/" ID, "container", ID, "" },
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
		"", "/", "//", "/..", "/../..", "/system.slice/ssh.service", "/docker", "/docker/",
		"/docker/short", "/docker/" ID "0", "/docker/3F" ID, "/lxc", "/lxc/",
		"/system.slice/docker.service", "/system.slice/docker-.scope",
		"/machine.slice/libpod-conmon-" ID ".scope", "/lxc.monitor.web",
		"/lxc.monitor/web", "/lxc.payload.", "/machine.slice/machine-.scope",
		"/machine.slice/machine-qemu\\x2d1\\x2dvm.scope", "/crun-box", "/runc-box",
		"/crio-conmon-" ID ".scope", "/machine.slice/machine-a\\x00b.scope",
		"/machine.slice/machine-a\\x2fb.scope",
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

TEST(users_slice)
{
	struct cgroup_container c;

	CHECK(parse("/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID
		    ".scope/container",
		    &c));
	CHECK(c.has_user);
	CHECK_INT(c.user, 1000);
	CHECK(parse("/system.slice/docker-" ID ".scope/user.slice/user-7.slice", &c));
	CHECK(!c.has_user);
	CHECK(parse("/user-99999999999.slice/docker-" ID ".scope", &c));
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

TEST(too_long)
{
	char path[1024] = "/lxc.payload.";
	struct cgroup_container c;

	memset(path + strlen(path), 'a', 300);
	CHECK(!parse(path, &c));
}

TAP_MAIN
