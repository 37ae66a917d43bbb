/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Probes of who owns what a name of a network namespace has to do with, and what is mounted. Being root in a
 * user namespace counts for the namespaces that were made in it, and for no others; the
 * kernel tells the owner of those only.
 */

#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>

#include "base/base.h"
#include "base/sys.h"
#include "diagnose/diagnose.h"
#include "netns/dir.h"

/* Whether it belongs to a user namespace outside of the caller's. Return: false if that cannot be
 * found out. */
static bool is_foreign(int ns_fd)
{
	_cleanup_close_ int owner = ns_fd < 0 ? -1 : ioctl(ns_fd, NS_GET_USERNS);

	return ns_fd >= 0 && owner < 0 && errno == EPERM;
}

static bool own_is_foreign(const char *path)
{
	_cleanup_close_ int fd = sys_open_at(AT_FDCWD, path, O_RDONLY);

	return is_foreign(fd);
}

static void look_mount_owner(const struct diagnose_question *question,
			     struct libns_finding *finding)
{
	if (!own_is_foreign("/proc/self/ns/mnt"))
		return;
	diagnose_say(finding, LIBNS_VERDICT_NO,
		     "the mount namespace belongs to a user namespace outside of this one, which "
		     "may mount nothing in it");
	diagnose_advise(finding, "make one together with the user namespace (xunshare -Urmn)");
}

static void advise_own_names(struct libns_finding *finding)
{
	diagnose_advise(finding,
			"be root; or be root of a user namespace of your own, in which all "
			"commands work (xunshare -Urnm), or give one program a network "
			"(xnetns run --net pasta -- CMD)");
}

static void look_names(const struct diagnose_question *question, struct libns_finding *finding)
{
	if (sys_has_cap(CAP_SYS_ADMIN))
		return;
	diagnose_say(
		finding, LIBNS_VERDICT_NO,
		"without CAP_SYS_ADMIN a network namespace can be had in a user namespace only");
	advise_own_names(finding);
}

static void look_names_dir(const struct diagnose_question *question, struct libns_finding *finding)
{
	const char *path = NETNS_RUN;
	struct stat st;

	/* Where it is missing, or is not the one that was to be made. */
	if (stat(path, &st) < 0 || strstr(question->text, "create directory"))
		path = "/run";
	if (stat(path, &st) < 0 || faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) == 0 ||
	    errno != EACCES)
		return;
	diagnose_say(finding, LIBNS_VERDICT_NO,
		     "'%s' belongs to user %u and may not be written by user %u", path, st.st_uid,
		     geteuid());
	/* To the real root no directory is closed. */
	if (!sys_has_cap(CAP_SYS_ADMIN))
		advise_own_names(finding);
}

static void look_network_owner(const struct diagnose_question *question,
			       struct libns_finding *finding)
{
	if (!own_is_foreign("/proc/self/ns/net"))
		return;
	diagnose_say(finding, LIBNS_VERDICT_NO,
		     "the network namespace belongs to a user namespace outside of this one");
	diagnose_advise(finding,
			"make one together with the user namespace (xunshare -Urn), or do it "
			"outside");
}

static void look_net_admin(const struct diagnose_question *question, struct libns_finding *finding)
{
	if (sys_has_cap(CAP_NET_ADMIN))
		return;
	diagnose_say(finding, LIBNS_VERDICT_NO, "user %u has no CAP_NET_ADMIN", geteuid());
	diagnose_advise(finding, "be root, or do it in a network of your own (xunshare -Urn)");
}

static void look_ipc_owner(const struct diagnose_question *question, struct libns_finding *finding)
{
	if (!own_is_foreign("/proc/self/ns/ipc"))
		return;
	diagnose_say(finding, LIBNS_VERDICT_NO,
		     "the IPC namespace belongs to a user namespace outside of this one");
	diagnose_advise(finding, "make one together with the user namespace (xunshare -Uri)");
}

/* The name that a sentence ends with in single ticks: "... network namespace 'x': ...". */
static int open_named(const char *text)
{
	const char *begin = strstr(text, "network namespace '"), *end;
	char name[256];

	if (!begin)
		return -1;
	begin = strchr(begin, '\'') + 1;
	end = strrchr(begin, '\'');
	if (!end || (size_t)(end - begin) >= sizeof(name))
		return -1;
	memcpy(name, begin, (size_t)(end - begin));
	name[end - begin] = '\0';
	if (!strncmp(name, "fd:", 3))
		return fcntl(atoi(name + 3), F_DUPFD_CLOEXEC, 3);
	return strchr(name, '/') ? libns_fd_open(AT_FDCWD, name, NULL)
				 : libns_netns_open(LIBNS_NETNS_RUN, name, NULL);
}

/* Whether the user namespace is the one that this process is in. */
static bool is_own_user(int user_fd)
{
	_cleanup_close_ int own = sys_open_at(AT_FDCWD, "/proc/self/ns/user", O_RDONLY);
	struct libns_id a, b;

	return own >= 0 && libns_fd_query_id(own, &a, NULL) == 0 &&
	       libns_fd_query_id(user_fd, &b, NULL) == 0 && libns_id_equal(&a, &b);
}

/* It belongs to a user namespace that can be looked at. */
static void look_near_owner(int owner_fd, struct libns_finding *finding)
{
	uid_t uid;

	if (sys_has_cap(CAP_SYS_ADMIN))
		return;
	if (is_own_user(owner_fd)) {
		diagnose_say(
			finding, LIBNS_VERDICT_NO,
			"that network namespace belongs to the user namespace that this is, and "
			"user %u has no CAP_SYS_ADMIN here",
			geteuid());
		diagnose_advise(finding, "be root, or enter a network that was made in a user "
					 "namespace of your own (xunshare -Urn)");
	} else if (libns_fd_query_owner_uid(owner_fd, &uid, NULL) == 0 && uid != geteuid()) {
		diagnose_say(finding, LIBNS_VERDICT_NO,
			     "that network namespace belongs to a user namespace of user %u, and "
			     "this is user %u",
			     uid, geteuid());
		diagnose_advise(finding, "be that user, or root");
	}
}

static void look_named_owner(const struct diagnose_question *question,
			     struct libns_finding *finding)
{
	_cleanup_close_ int fd = open_named(question->text);
	_cleanup_close_ int owner = fd < 0 ? -1 : libns_fd_open_owner(fd, NULL);

	if (owner >= 0)
		look_near_owner(owner, finding);
	if (!is_foreign(fd))
		return;
	diagnose_say(finding, LIBNS_VERDICT_NO,
		     "that network namespace belongs to a user namespace outside of this one");
	diagnose_advise(finding, "enter it from outside, before the user namespace is made");
}

static void look_tun(const struct diagnose_question *question, struct libns_finding *finding)
{
	static const char tun[] = "/dev/net/tun";

	if (faccessat(AT_FDCWD, tun, R_OK | W_OK, AT_EACCESS) == 0)
		return;
	if (errno == ENOENT) {
		diagnose_say(finding, LIBNS_VERDICT_NO, "there is no '%s'", tun);
		diagnose_advise(finding,
				"as root: modprobe tun (in a container of docker or podman: "
				"--device=/dev/net/tun)");
	} else if (errno == EACCES) {
		diagnose_say(finding, LIBNS_VERDICT_NO, "user %u may not open '%s'", geteuid(),
			     tun);
		diagnose_advise(finding, "as root: chmod 666 %s", tun);
	}
}

const struct diagnose_probe diagnose_mount_owner = { "mount-owner", look_mount_owner };
const struct diagnose_probe diagnose_names = { "names", look_names };
const struct diagnose_probe diagnose_names_dir = { "names-directory", look_names_dir };
const struct diagnose_probe diagnose_network_owner = { "network-owner", look_network_owner };
const struct diagnose_probe diagnose_net_admin = { "net-admin", look_net_admin };
const struct diagnose_probe diagnose_ipc_owner = { "ipc-owner", look_ipc_owner };
const struct diagnose_probe diagnose_tun = { "tun", look_tun };
const struct diagnose_probe diagnose_named_owner = { "named-owner", look_named_owner };
