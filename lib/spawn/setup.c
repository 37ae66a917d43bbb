/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Theory of operation
 *
 * The order below is that of unshare(1), and every part of it has a reason:
 *
 *   owner ids        the creator's effective uid becomes the owner
 *   maps             until then every id is 65534, and access to files is judged by that
 *   setgroups        "deny" must come before the gid_map
 *   clocks           offsets are frozen when the first process enters
 *   cgroup namespace once the child is in its control group, which becomes the root of it
 *   own mounts       before anything is mounted, or others would see it
 *   propagation      before any mount, or the host would see it
 *   binfmt_misc      with flag F and a new root: the interpreter is opened when
 *                    it is registered, so this happens while the old root is
 *                    still there
 *   names, loopback  the programs that set up may need them
 *   mounts           these programs run before the root is switched; with a new
 *                    root, what follows is inside
 *   confinement      what needs rights that go later, see setup-confine.c
 *   root, cwd        what follows is inside
 *   forgetting       no later step needs the caller's strings, and the next one
 *                    may be left to a child that strangers can see
 *   proc, binfmt     on top of the new root
 *   limits           raising one may need privileges
 *   ids              the group first, because a change of the user takes the right
 *                    to change it
 *   final user       maps these ids
 *   capabilities     after the ids, whose change clears the ambient set; then the
 *                    rest of confinement
 *   descriptors      last, because every step before may need an open file
 *
 * Where strangers will be able to reach the child, a process that they cannot see
 * takes these steps and then makes the child, which has nothing left to lose.
 * setup_rest() stops at the first step that only the child can take, and the child
 * goes on from there.
 */

#include "spawn/setup.h"

#include <limits.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <libns/enter.h>
#include <libns/mount.h>
#include <libns/type.h>

#include "base/base.h"
#include "base/err.h"
#include "base/resolve.h"
#include "base/sys.h"
#include "confine/confine.h"
#include "kernel/caps.h"
#include "kernel/idmap-write.h"
#include "kernel/mount-copy.h"
#include "text/idmap.h"

/* Numbers of the clocks in timens_offsets; the names came later. */
#define CLOCK_ID_MONOTONIC 1
#define CLOCK_ID_BOOTTIME  7

/* Result of a step that this process cannot take. */
#define ONLY_CHILD 1

#define EXPLAIN(s, why, ...) step_explain((s)->explain, why, __VA_ARGS__)

int setup_owner(const struct setup *s, struct libns_error *err)
{
	const struct libns_plan *ask = &s->plan->ask;
	int r;

	if (!(ask->flags & LIBNS_PLAN_OWNER) ||
	    EXPLAIN(s, "owner of the user namespace", "setgroups(0), setgid(%u), setuid(%u)",
		    ask->owner_gid, ask->owner_uid))
		return 0;
	r = sys_setgroups(0, NULL);
	if (r < 0)
		return error_set(err, LIBNS_STEP_CREDENTIALS, -r,
				 "cannot drop the supplementary groups for the owner");
	r = sys_setgid(ask->owner_gid);
	if (r < 0)
		return error_set(err, LIBNS_STEP_CREDENTIALS, -r, "cannot become owner group %u",
				 ask->owner_gid);
	r = sys_setuid(ask->owner_uid);
	if (r < 0)
		return error_set(err, LIBNS_STEP_CREDENTIALS, -r, "cannot become owner user %u",
				 ask->owner_uid);
	/* The change of ids has given the files in /proc/self to root. */
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	return 0;
}

static int own_map(const struct setup *s, enum libns_idmap_kind kind, const struct libns_idmap *map,
		   struct libns_error *err)
{
	char text[48];
	ssize_t n = idmap_format(map, text, sizeof(text));

	if (n < 0)
		return error_set(err, LIBNS_STEP_IDMAP, (int)-n, "cannot write the id map");
	if (EXPLAIN(s, "map a single id, the caller's own", "write(\"/proc/self/%s\", \"%u %u 1\")",
		    kind == LIBNS_IDMAP_UID ? "uid_map" : "gid_map", libns_idmap_at(map, 0)->inner,
		    libns_idmap_at(map, 0)->outer))
		return 0;
	return idmap_write_text(IDMAP_SELF, kind, text, (size_t)n, err);
}

static int own_setgroups(const struct setup *s, struct libns_error *err)
{
	const struct plan *plan = s->plan;
	bool deny = plan->ask.setgroups == LIBNS_SETGROUPS_DENY || plan->self_gid;

	/* If the gid_map is written from outside, so is this, before the map. */
	if ((!deny && plan->ask.setgroups != LIBNS_SETGROUPS_ALLOW) ||
	    (deny && plan->ask.gid_map && !plan->self_gid))
		return 0;
	if (EXPLAIN(s, "whether setgroups(2) works inside",
		    "write(\"/proc/self/setgroups\", \"%s\")", deny ? "deny" : "allow"))
		return 0;
	return idmap_write_setgroups(IDMAP_SELF, !deny, err);
}

int setup_own_maps(const struct setup *s, struct libns_error *err)
{
	const struct plan *plan = s->plan;
	int r = 0;

	if (plan->self_uid)
		r = own_map(s, LIBNS_IDMAP_UID, plan->ask.uid_map, err);
	if (r == 0)
		r = own_setgroups(s, err);
	if (r == 0 && plan->self_gid)
		r = own_map(s, LIBNS_IDMAP_GID, plan->ask.gid_map, err);
	return r;
}

int setup_clocks(const struct setup *s, struct libns_error *err)
{
	static const char file[] = "/proc/self/timens_offsets";
	const struct libns_plan *ask = &s->plan->ask;
	char text[96] = "";
	size_t n = 0;
	int r;

	if (ask->flags & LIBNS_PLAN_BOOTTIME)
		error_format(text, sizeof(text), "%d %lld 0", CLOCK_ID_BOOTTIME,
			     (long long)ask->boottime);
	if (ask->flags & LIBNS_PLAN_MONOTONIC) {
		n = strlen(text);
		error_format(text + n, sizeof(text) - n, n ? "\n%d %lld 0" : "%d %lld 0",
			     CLOCK_ID_MONOTONIC, (long long)ask->monotonic);
	}
	if (!*text || EXPLAIN(s, "clock offsets in seconds", "write(\"%s\", \"%s\")", file, text))
		return 0;
	r = sys_write_at(AT_FDCWD, file, text, strlen(text));
	if (r == -ERANGE)
		return error_say(
			err, LIBNS_STEP_TIME, ERANGE,
			"cannot set the clock offsets: a clock would be negative or beyond "
			"146 years");
	return r < 0 ? error_set(err, LIBNS_STEP_TIME, -r, "cannot set the clock offsets") : 0;
}

/* The failure of sethostname(2) or setdomainname(2). */
static int refused_name(const char *which, const char *name, int code, struct libns_error *err)
{
	/* The kernel answers EINVAL, for it has room for 64 bytes. */
	if (strlen(name) > HOST_NAME_MAX)
		return error_say(err, LIBNS_STEP_NAMES, code,
				 "cannot set the %s name: it is longer than %d bytes", which,
				 HOST_NAME_MAX);
	return error_types(err, LIBNS_TYPE_UTS,
			   error_set(err, LIBNS_STEP_NAMES, code, "cannot set the %s name to '%s'",
				     which, name));
}

static int step_names(const struct setup *s, struct libns_error *err)
{
	const char *host = s->plan->ask.hostname, *domain = s->plan->ask.domainname;

	if (host && !EXPLAIN(s, "host name", "sethostname(\"%s\")", host) &&
	    sethostname(host, strlen(host)) < 0)
		return refused_name("host", host, errno, err);
	if (domain && !EXPLAIN(s, "domain name", "setdomainname(\"%s\")", domain) &&
	    setdomainname(domain, strlen(domain)) < 0)
		return refused_name("domain", domain, errno, err);
	return 0;
}

static int step_loopback(const struct setup *s, struct libns_error *err)
{
	struct ifreq request = { .ifr_name = "lo" };
	_cleanup_close_ int fd = -1;

	if (!(s->plan->ask.flags & LIBNS_PLAN_LOOPBACK) ||
	    EXPLAIN(s, "bring up lo", "ioctl(socket, SIOCSIFFLAGS, \"lo\", IFF_UP)"))
		return 0;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	/* A kernel without IPv4 takes the request on any socket. */
	if (fd < 0)
		fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	request.ifr_flags = IFF_UP | IFF_RUNNING;
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		return error_types(err, LIBNS_TYPE_NET,
				   error_set(err, LIBNS_STEP_NETNS, errno,
					     "cannot bring up the interface lo"));
	return 0;
}

static int step_propagation(const struct setup *s, struct libns_error *err)
{
	unsigned long flags = s->plan->ask.propagation;

	/* The mounts of the plan must be seen nowhere else: see setup_mounts(). */
	if (s->plan->ask.mounts && (flags & MS_SHARED))
		return 0;
	if (!flags || EXPLAIN(s, "what mounts have to do with the host's",
			      "mount(NULL, \"/\", NULL, %s)", libns_propagation_name(flags)))
		return 0;
	/* This works in a chroot, too, out of which a new root leads. */
	if (s->plan->ask.mounts && mount_copy_set(flags & ~(unsigned long)MS_REC) == 0)
		return 0;
	return libns_mount_set_propagation("/", flags, err);
}

static int mount_binfmt(const struct setup *s, const char *dir, struct libns_error *err)
{
	if (EXPLAIN(s, "registry of binary formats", "mount(\"binfmt_misc\", \"%s\")", dir))
		return 0;
	if (mount("binfmt_misc", dir, "binfmt_misc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0)
		return 0;
	if (errno == ENODEV)
		return error_say(err, LIBNS_STEP_MOUNT, ENODEV,
				 "cannot mount binfmt_misc on '%s': the kernel does not have it",
				 dir);
	return error_set(err, LIBNS_STEP_MOUNT, errno, "cannot mount binfmt_misc on '%s'", dir);
}

static int load_interp(const struct setup *s, const char *dir, struct libns_error *err)
{
	const char *text = s->plan->ask.load_interp;
	_cleanup_close_ int dir_fd = -1;
	int r;

	if (!text ||
	    EXPLAIN(s, "register an interpreter", "write(\"%s/register\", \"%s\")", dir, text))
		return 0;
	dir_fd = sys_open_at(AT_FDCWD, dir, O_PATH | O_DIRECTORY);
	r = dir_fd < 0 ? dir_fd : sys_write_at(dir_fd, "register", text, strlen(text));
	return r < 0 ? error_set(err, LIBNS_STEP_MOUNT, -r, "cannot register '%s' in '%s'", text,
				 dir)
		     : 0;
}

/* Whether the registration has flag F: "open the interpreter now". */
static bool interp_is_opened_early(const struct setup *s)
{
	const struct libns_plan *ask = &s->plan->ask;
	const char *flags = ask->load_interp ? strrchr(ask->load_interp, ':') : NULL;

	return flags && strchr(flags, 'F') && setup_has_new_root(s);
}

static int step_early_binfmt(const struct setup *s, struct libns_error *err)
{
	const struct libns_plan *ask = &s->plan->ask;
	int r;

	if (!interp_is_opened_early(s))
		return 0;
	r = mount_binfmt(s, ask->mount_binfmt, err);
	return r < 0 ? r : load_interp(s, ask->mount_binfmt, err);
}

static int step_root(const struct setup *s, struct libns_error *err)
{
	const struct libns_plan *ask = &s->plan->ask;

	if (ask->flags & LIBNS_PLAN_ROOT_FD) {
		if (EXPLAIN(s, "new root", "fchdir(%d), chroot(\".\")", ask->root_fd))
			return 0;
		if (fchdir(ask->root_fd) < 0 || chroot(".") < 0)
			return error_set(err, LIBNS_STEP_ROOT, errno, "cannot change the root");
	} else if (ask->root) {
		if (EXPLAIN(s, "new root", "chroot(\"%s\")", ask->root))
			return 0;
		if (chroot(ask->root) < 0)
			return error_set(err, LIBNS_STEP_ROOT, errno,
					 "cannot change the root to '%s'", ask->root);
	}
	return 0;
}

/*
 * As chdir(2), but no link to an open descriptor is followed: somebody else has made the links in
 * there, and a descriptor of this process may lead out. A relative path begins at the root inside,
 * not at the caller's working directory.
 */
static int change_dir_inside(const char *path)
{
	_cleanup_close_ int root = sys_open_at(AT_FDCWD, "/", O_PATH | O_DIRECTORY);
	_cleanup_close_ int dir = -1;

	if (root < 0)
		return root;
	dir = resolve_in_root(root, path, O_PATH | O_DIRECTORY, true);
	if (dir < 0)
		return dir;
	return fchdir(dir) < 0 ? -errno : 0;
}

static int step_cwd(const struct setup *s, struct libns_error *err)
{
	const struct libns_plan *ask = &s->plan->ask;
	const char *cwd = ask->cwd;
	int r;

	if (ask->flags & LIBNS_PLAN_CWD_FD) {
		if (EXPLAIN(s, "working directory", "fchdir(%d)", ask->cwd_fd))
			return 0;
		return fchdir(ask->cwd_fd) < 0 ? error_set(err, LIBNS_STEP_ROOT, errno,
							   "cannot change to the working directory")
					       : 0;
	}
	if (!cwd && setup_has_new_root(s))
		cwd = "/";
	if (!cwd || EXPLAIN(s, "working directory", "chdir(\"%s\")", cwd))
		return 0;
	r = setup_is_elsewhere(s) ? change_dir_inside(cwd) : chdir(cwd) < 0 ? -errno : 0;
	return r < 0 ? error_set(err, LIBNS_STEP_ROOT, -r,
				 "cannot change the working directory to '%s'", cwd)
		     : 0;
}

/* Mounts a procfs for the pid namespace in which the child will be, and this process is not; needs
 * Linux 6.17. */
static int mount_joined_proc(const struct setup *s)
{
	int ns = libns_entry_get_fd(s->plan->ask.entry, LIBNS_TYPE_PID);

	return ns < 0 ? -EOPNOTSUPP : sys_mount_proc(ns, s->plan->ask.mount_proc);
}

static int step_proc(const struct setup *s, struct libns_error *err)
{
	const struct libns_plan *ask = &s->plan->ask;
	int r;

	if (!ask->mount_proc)
		return 0;
	/* Below a shared mount the host would see the new one. EINVAL means that the directory is no
	 * mount point, so that nothing has to be made private. */
	if (ask->propagation != (MS_PRIVATE | MS_REC) &&
	    !EXPLAIN(s, "keep the next step to ourselves", "mount(NULL, \"%s\", NULL, rprivate)",
		     ask->mount_proc)) {
		r = libns_mount_set_propagation(ask->mount_proc, MS_PRIVATE | MS_REC, err);
		if (r < 0 && r != -EINVAL)
			return r;
	}
	if (EXPLAIN(s, "show the processes of this pid namespace", "mount(\"proc\", \"%s\")",
		    ask->mount_proc))
		return 0;
	r = s->outside ? mount_joined_proc(s) : -EOPNOTSUPP;
	if (r == -EOPNOTSUPP && s->outside)
		return ONLY_CHILD;
	if (r == -EOPNOTSUPP)
		r = libns_mount_proc(ask->mount_proc, err);
	else if (r < 0)
		error_set(err, LIBNS_STEP_MOUNT, -r, "cannot mount a procfs on '%s'",
			  ask->mount_proc);
	/* The kernel judges this by whether the plan makes a pid namespace, too. */
	return r < 0 ? error_types(err, ask->types, r) : 0;
}

static int step_binfmt(const struct setup *s, struct libns_error *err)
{
	const struct libns_plan *ask = &s->plan->ask;
	int r;

	if (!ask->mount_binfmt)
		return 0;
	r = mount_binfmt(s, ask->mount_binfmt, err);
	if (r < 0 || interp_is_opened_early(s))
		return r;
	return load_interp(s, ask->mount_binfmt, err);
}

static int step_limits(const struct setup *s, struct libns_error *err)
{
	const struct libns_plan *ask = &s->plan->ask;

	for (size_t i = 0; i < ask->n_rlimits; i++) {
		const struct libns_rlimit *limit = &ask->rlimits[i];
		int r;

		if (setup_limit_waits(s, limit) || setup_explain_limit(s, "resource limit", limit))
			continue;
		r = setup_limit(s, limit, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int clear_groups(const struct setup *s, struct libns_error *err)
{
	uint64_t how = s->plan->ask.flags & (LIBNS_PLAN_CLEAR_GROUPS | LIBNS_PLAN_TRY_CLEAR_GROUPS);
	int r;

	if (!how || EXPLAIN(s, "drop the supplementary groups", "setgroups(0)"))
		return 0;
	r = sys_setgroups(0, NULL);
	if (r == -EPERM && (how & LIBNS_PLAN_TRY_CLEAR_GROUPS))
		return 0;
	return r < 0 ? error_set(err, LIBNS_STEP_CREDENTIALS, -r,
				 "cannot drop the supplementary groups")
		     : 0;
}

static int step_ids(const struct setup *s, struct libns_error *err)
{
	const struct libns_plan *ask = &s->plan->ask;
	int r = clear_groups(s, err);

	if (r == 0)
		r = setup_keep_rights(s, err);
	if (r < 0)
		return r;
	if ((ask->flags & LIBNS_PLAN_GID) && !EXPLAIN(s, "group", "setgid(%u)", ask->gid)) {
		r = sys_setgid(ask->gid);
		if (r < 0)
			return error_set(err, LIBNS_STEP_CREDENTIALS, -r,
					 "cannot change to group id %u", ask->gid);
	}
	if ((ask->flags & LIBNS_PLAN_UID) && !EXPLAIN(s, "user", "setuid(%u)", ask->uid)) {
		r = sys_setuid(ask->uid);
		if (r < 0)
			return error_set(err, LIBNS_STEP_CREDENTIALS, -r,
					 "cannot change to user id %u", ask->uid);
	}
	return 0;
}

static int step_caps(const struct setup *s, struct libns_error *err)
{
	if (!(s->plan->ask.flags & LIBNS_PLAN_KEEP_CAPS) ||
	    EXPLAIN(s, "keep the capabilities through execve", "capset, prctl(PR_CAP_AMBIENT)"))
		return 0;
	return caps_keep(s->plan->ask.confine ? s->plan->ask.confine->keep_caps : UINT64_MAX, err);
}

int setup_rest(const struct setup *s, size_t *next, struct libns_error *err)
{
	static const struct {
		int (*take)(const struct setup *s, struct libns_error *err);
		unsigned int step; /* what it is about */
	} steps[] = {
		{ setup_cgroup_namespace, LIBNS_STEP_UNSHARE },
		{ setup_own_mounts, LIBNS_STEP_MOUNT },
		{ step_propagation, LIBNS_STEP_MOUNT },
		{ step_early_binfmt, LIBNS_STEP_MOUNT },
		{ step_names, LIBNS_STEP_NAMES },
		{ step_loopback, LIBNS_STEP_NETNS },
		{ setup_mounts, LIBNS_STEP_MOUNT },
		{ setup_confine, LIBNS_STEP_CAPS },
		{ step_root, LIBNS_STEP_ROOT },
		{ step_cwd, LIBNS_STEP_ROOT },
		{ setup_forget, LIBNS_STEP_NONE },
		{ step_proc, LIBNS_STEP_MOUNT },
		{ step_binfmt, LIBNS_STEP_MOUNT },
		{ step_limits, LIBNS_STEP_LIMITS },
		{ step_ids, LIBNS_STEP_CREDENTIALS },
		{ setup_final_user, LIBNS_STEP_UNSHARE },
		{ step_caps, LIBNS_STEP_CAPS },
		{ setup_confined, LIBNS_STEP_CAPS },
		{ setup_cgroups, LIBNS_STEP_CREDENTIALS },
		{ setup_close, LIBNS_STEP_NONE },
	};
	int r = 0;

	while (*next < ARRAY_SIZE(steps) && r == 0) {
		unsigned int begun = step_count(s->explain);

		report_step(s->report, steps[*next].step);
		r = steps[*next].take(s, err);
		if (r == 0)
			++*next;
		else if (r == ONLY_CHILD)
			step_return_to(s->explain, begun);
	}
	return r < 0 ? r : 0;
}
