/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What podman 4.3 with crun and with runc leaves in files, shortened to what is read of it. */

#include "fake-host.h"

#define STORAGE "var/lib/containers/storage/overlay-containers/"
#define NOTES   "\"io.container.manager\":\"libpod\",\"io.kubernetes.cri-o.TTY\":\"false\""
#define MEMBER                                                                                     \
	NOTES ",\"io.kubernetes.cri-o.ContainerType\":\"container\","                              \
	      "\"io.kubernetes.cri-o.SandboxID\":\"" ID_A "\""

static void check_created(const char *name)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_containers *s = snapshot();

	CHECK_INT(look_for(s, name, &err), -ESRCH);
	CHECK_CONTAINS(err.text, "(podman) was created and not started: it has no process");
}

/* "podman create" lists the container, and writes its bundle when it is started. */
TEST(created_and_not_started)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_containers *s;

	begin();
	put(STORAGE "containers.json",
	    "[{\"id\":\"" ID_A "\",\"names\":[\"made\"],\"metadata\":\"{}\"},"
	    "{\"id\":\"" ID_B "\",\"names\":[\"gone\"],\"metadata\":\"{}\"},"
	    "{\"id\":\"" ID_C "\",\"names\":[\"here\"],\"metadata\":\"{}\"}]");
	make_directory(STORAGE ID_A "/userdata");
	put(STORAGE ID_B "/userdata/config.json", "{\"annotations\":{" NOTES "}}");
	process(20, "0::/libpod_parent/libpod-" ID_C "\n", 5, 'S');
	make_directory(STORAGE ID_C "/userdata");
	put("run/containers/storage/overlay-containers/volatile-containers.json",
	    "[{\"id\":\"" ID_D "\",\"names\":[\"brief\"],\"metadata\":\"{}\"}]");
	make_directory("run/containers/storage/overlay-containers/" ID_D "/userdata");
	check_created("made");
	check_created("brief");
	s = snapshot();
	CHECK_INT(look_for(s, "gone", &err), -ESRCH);
	CHECK_CONTAINS(err.text, "has no running process");
	CHECK_INT(find(s, "here")->pid, 20);
	CHECK(!(find(s, "here")->flags & LIBNS_CONTAINER_CREATED));
	put("run/containers/storage/overlay-containers/" ID_D "/userdata/.containerenv", "%s", "");
	CHECK_INT(look_for(snapshot(), "brief", &err), -ESRCH);
	CHECK_CONTAINS(err.text, "has no running process");
}

/* What buildah works in has no bundle, and is not something to be started. */
TEST(nothing_of_buildah_is_created)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	begin();
	put(STORAGE "containers.json", "[{\"id\":\"" ID_A "\",\"names\":[\"work\"]}]");
	make_directory(STORAGE ID_A "/userdata");
	CHECK_INT(look_for(snapshot(), "work", &err), -ESRCH);
	CHECK_CONTAINS(err.text, "(buildah) has no running process");
}

/* With --uidmap, podman gives the directory of the bundle to the container's root: who could be
 * meant by 1000 there is no owner of another container. */
TEST(pod_with_other_ids)
{
	struct libns_containers *s;

	begin();
	put(STORAGE "containers.json",
	    "[{\"id\":\"" ID_A "\",\"names\":[\"eeeeeeeeeeee-infra\"],\"metadata\":\"{}\"},"
	    "{\"id\":\"" ID_B "\",\"names\":[\"db\"],\"metadata\":\"{}\"}]");
	put(STORAGE ID_A "/userdata/config.json",
	    "{\"hostname\":\"false\",\"annotations\":{" NOTES "}}");
	put(STORAGE ID_B "/userdata/config.json", "{\"annotations\":{" MEMBER "}}");
	give_away(STORAGE ID_A "/userdata");
	give_away(STORAGE ID_B "/userdata");
	put("run/crun/" ID_A "/status",
	    "{\"pid\":20,\"process-start-time\":5,\"cgroup-path\":\"\"}");
	put("run/crun/" ID_A "/config.json", "{\"hostname\":\"shop\",\"annotations\":{" NOTES "}}");
	put("run/crun/" ID_B "/status",
	    "{\"pid\":21,\"process-start-time\":6,\"cgroup-path\":\"\"}");
	put("run/crun/" ID_B "/config.json", "{\"annotations\":{" MEMBER "}}");
	process(20, "0::/\n", 5, 'S');
	process(21, "0::/\n", 6, 'S');
	s = snapshot();
	CHECK_INT(libns_containers_count(s), 2);
	CHECK_INT(find(s, "shop/db")->pid, 21);
	CHECK_INT(find(s, "shop")->pid, 21);
	CHECK(find(s, ID_A)->flags & LIBNS_CONTAINER_SANDBOX);
	CHECK_STR(find(s, ID_A)->pod, "shop");
}

/* Without control groups of their own: only crun, or runc, and conmon know. */
static void check_rootless(void)
{
	struct libns_containers *s;

	if (geteuid() != 0)
		SKIP("needs root");
	process(20, "0::/\n", 77, 'S');
	process(21, "0::/\n", 77, 'S');
	helper(200, "conmon", "1000\t1000\t1000\t1000", "conmon|-c|" ID_A "|-n|eeeeeeeeeeee-infra",
	       20);
	helper(201, "conmon", "1000\t1000\t1000\t1000", "conmon|-c|" ID_B "|-n|db", 21);
	give_away("proc/20");
	give_away("proc/21");
	s = snapshot();
	CHECK_INT(libns_containers_count(s), 2);
	CHECK_INT(find(s, "1000/shop/db")->pid, 21);
	CHECK_INT(find(s, "1000/shop")->pid, 21);
	CHECK_STR(find(s, "1000/podman/db")->runtime, "podman");
	CHECK(find(s, "1000/" ID_A)->flags & LIBNS_CONTAINER_SANDBOX);
}

TEST(pod_of_a_user_with_crun)
{
#define CRUN "run/user/1000/crun/"
	begin();
	put(CRUN ID_A "/status", "{\"pid\":20,\"process-start-time\":77,\"cgroup-path\":\"\"}");
	put(CRUN ID_A "/config.json", "{\"hostname\":\"shop\",\"annotations\":{" NOTES "}}");
	put(CRUN ID_B "/status", "{\"pid\":21,\"process-start-time\":77,\"cgroup-path\":\"\"}");
	put(CRUN ID_B "/config.json", "{\"annotations\":{" MEMBER "}}");
	give_away("run/user/1000");
	check_rootless();
}

TEST(pod_of_a_user_with_runc)
{
#define RUNC "run/user/1000/runc/"
	begin();
	put(RUNC ID_A "/state.json",
	    "{\"id\":\"" ID_A "\",\"init_process_pid\":20,\"init_process_start\":77,\"config\":{"
	    "\"hostname\":\"shop\",\"labels\":[\"io.container.manager=libpod\",\"bundle=/home/u\"]}}");
	put(RUNC ID_B "/state.json",
	    "{\"id\":\"" ID_B "\",\"init_process_pid\":21,\"init_process_start\":77,\"config\":{"
	    "\"hostname\":\"\",\"labels\":[\"io.kubernetes.cri-o.SandboxID=" ID_A
	    "\",\"io.container.manager=libpod\",\"bundle=/home/u\"]}}");
	give_away("run/user/1000");
	check_rootless();
}

TAP_MAIN
