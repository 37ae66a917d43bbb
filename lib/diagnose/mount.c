/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Probes of mounts and of the root directory.
 *
 * A new procfs (or sysfs) in a user namespace is allowed only if one that is
 * wholly visible is mounted already, anywhere in the mount namespace: else it
 * would show what somebody covered on purpose (mount_too_revealing() in the
 * kernel). Covers of directories the kernel keeps empty for that purpose do
 * not count.
 */

#include <linux/capability.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>

#include <libns/proc.h>
#include <libns/type.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "diagnose/diagnose.h"
#include "kernel/attempt.h"
#include "kernel/hidepid.h"
#include "kernel/mounts.h"

/* Joins the mount namespace that one is in, which leads to its root. Needs CAP_SYS_ADMIN. */
static int attempt_leave_chroot(uint64_t arg)
{
	const unsigned int mask = SYS_STATX_INO | SYS_STATX_MNT_ID;
	int fd = sys_open_at(AT_FDCWD, "/proc/self/ns/mnt", O_RDONLY);
	struct sys_statx before, after;

	if (fd < 0 || sys_statx(AT_FDCWD, "/", 0, mask, &before) < 0 ||
	    setns(fd, CLONE_NEWNS) < 0 || sys_statx(AT_FDCWD, "/", 0, mask, &after) < 0)
		return 0;
	return sys_statx_same(&before, &after) ? 0 : -EXDEV;
}

/* Whether / is a mount; where the kernel does not say so (before Linux 5.8), the table. */
static bool has_root_mount(void)
{
	struct libns_mounts *mounts;
	struct sys_statx root;
	bool found;

	if (sys_statx(AT_FDCWD, "/", 0, SYS_STATX_INO, &root) == 0 &&
	    root.attributes_mask & SYS_STATX_ATTR_MOUNT_ROOT)
		return root.attributes & SYS_STATX_ATTR_MOUNT_ROOT;
	/* What lies outside of one's own root is not listed, nor is the mount of that root. */
	if (libns_mounts_new(NULL, &mounts, NULL) < 0)
		return true;
	found = libns_mounts_find(mounts, "/") != NULL;
	libns_mounts_free(mounts);
	return found;
}

static bool is_chrooted(void)
{
	return !has_root_mount() ||
	       (sys_has_cap(CAP_SYS_ADMIN) && attempt_try(attempt_leave_chroot, 0) == -EXDEV);
}

static void look_chroot(const struct diagnose_question *question, struct libns_finding *finding)
{
	if (question->types && !(question->types & LIBNS_TYPE_USER))
		return;
	if (!is_chrooted()) {
		diagnose_say(finding, LIBNS_VERDICT_OK,
			     "the root directory is that of the mount "
			     "namespace");
		return;
	}
	diagnose_say(finding, LIBNS_VERDICT_NO,
		     "this process runs in a chroot, where the kernel allows no user namespace and "
		     "/ need not be a mount point");
	diagnose_advise(finding, "leave the chroot first, or make it a mount namespace's root with "
				 "pivot_root instead; as root, do without -U and with "
				 "--propagation unchanged");
}

static int attempt_userns(uint64_t arg)
{
	return unshare(CLONE_NEWUSER) < 0 ? -errno : 0;
}

/*
 * An ordinary user cannot find out whether his root is that of the mount namespace. The kernel
 * refuses a user namespace for few reasons, and this question comes after those that can be seen.
 */
static void look_perhaps_chroot(const struct diagnose_question *question,
				struct libns_finding *finding)
{
	const struct diagnose_place *place = question->place;

	if ((question->types && !(question->types & LIBNS_TYPE_USER)) ||
	    sys_has_cap(CAP_SYS_ADMIN) || place->filter != FACT_NO || place->labelled == FACT_YES ||
	    attempt_try(attempt_userns, 0) != -EPERM)
		return;
	diagnose_say(finding, LIBNS_VERDICT_NO,
		     "nothing was found that refuses a user namespace, but in a chroot the kernel "
		     "allows none: probably this process runs in one");
	diagnose_advise(finding, "leave the chroot first, or have whoever made it use pivot_root "
				 "(xunshare -m --pivot-root=DIR)");
}

static void look_proc_sys(const struct diagnose_question *question, struct libns_finding *finding)
{
	struct statvfs fs;

	(void)question;
	if (statvfs("/proc/sys", &fs) < 0 || !(fs.f_flag & ST_RDONLY))
		return;
	diagnose_say(finding, LIBNS_VERDICT_NO,
		     "/proc/sys is read-only here, as in a container, and no procfs can be had in "
		     "which it is not");
	diagnose_advise(finding, "do without (--sandbox: --without=userns), or start the container "
				 "with /proc as it is (docker: --security-opt "
				 "systempaths=unconfined, podman: --security-opt unmask=ALL)");
}

/* Only a mount has a propagation, and the / of a chroot can be any directory. */
static void look_root_mount(const struct diagnose_question *question, struct libns_finding *finding)
{
	struct sys_statx root;

	if (sys_statx(AT_FDCWD, "/", 0, SYS_STATX_INO, &root) < 0 ||
	    !(root.attributes_mask & SYS_STATX_ATTR_MOUNT_ROOT) ||
	    (root.attributes & SYS_STATX_ATTR_MOUNT_ROOT))
		return;
	diagnose_say(finding, LIBNS_VERDICT_NO,
		     "this process runs in a chroot, and its / is not a mount point");
	diagnose_advise(finding,
			"leave the propagation as it is (--propagation unchanged), or make "
			"the directory a mount before chroot: mount --bind DIR DIR");
}

/* A file system of which the kernel allows a new one only where all of it is to be seen already. */
struct revealing {
	const char *fstype;
	const char *const *empty; /* directories in it that the kernel keeps empty */
};

static const struct revealing procfs = {
	"proc",
	(const char *const[]){ "/sys/fs/binfmt_misc", "/fs/nfsd", "/openprom", NULL },
};
static const struct revealing sysfs = {
	"sysfs",
	(const char *const[]){ "/fs/cgroup", "/fs/bpf", "/fs/pstore", "/fs/selinux", "/fs/smackfs",
			       "/fs/resctrl", "/fs/fuse/connections", "/kernel/config",
			       "/kernel/debug", "/kernel/security", "/kernel/tracing",
			       "/firmware/efi/efivars", NULL },
};

static bool is_empty_for_ever(const struct revealing *kind, const char *path)
{
	for (size_t i = 0; kind->empty[i]; i++)
		if (!strcmp(path, kind->empty[i]))
			return true;
	return false;
}

struct covers {
	size_t n;
	bool read_only;  /* one of them is that the mount itself is read-only */
	char names[200]; /* the first ones */
};

static void add_cover(struct covers *covers, const char *target)
{
	size_t used = strlen(covers->names);

	if (++covers->n > 3 || strlen(target) >= 64)
		return;
	error_format(covers->names + used, sizeof(covers->names) - used, "%s%s", used ? ", " : "",
		     target);
}

static void find_covers(const struct libns_mounts *mounts, const struct libns_mount *whole,
			const struct revealing *kind, struct covers *covers)
{
	const struct libns_mount *mount;
	size_t n = strlen(whole->target);

	for (size_t i = 0; (mount = libns_mounts_at(mounts, i)); i++) {
		/* A mount on its root hides it as well. */
		if (mount->parent != whole->id || strlen(mount->target) < n)
			continue;
		if (!is_empty_for_ever(kind, mount->target + n))
			add_cover(covers, mount->target);
	}
}

/* Whether one is wholly visible somewhere; if none is, @ret_covers is about the last one. */
static bool have_visible(const struct libns_mounts *mounts, const struct revealing *kind,
			 bool *ret_any, struct covers *ret_covers)
{
	const struct libns_mount *mount;

	*ret_any = false;
	for (size_t i = 0; (mount = libns_mounts_at(mounts, i)); i++) {
		struct covers covers = { .n = 0 };

		if (strcmp(mount->fstype, kind->fstype) != 0 || strcmp(mount->root, "/") != 0)
			continue;
		*ret_any = true;
		covers.read_only = libns_mounts_get_option(mounts, i, "ro", NULL, NULL);
		if (covers.read_only)
			add_cover(&covers, mount->target);
		find_covers(mounts, mount, kind, &covers);
		if (covers.n == 0)
			return true;
		*ret_covers = covers;
	}
	return false;
}

/* Mounts a procfs as the first process of a sandbox would. */
static int attempt_mount_proc(uint64_t arg)
{
	int status;
	pid_t pid;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID) < 0)
		return -EAGAIN;
	pid = fork();
	if (pid == 0)
		_exit(mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0
			      ? errno
			      : 0);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -EAGAIN;
	/* If a filter has killed it, this process dies in the same way, so that it is seen. */
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) {
		signal(SIGSYS, SIG_DFL);
		sys_sigprocmask(0, NULL);
		raise(SIGSYS);
	}
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EAGAIN;
}

/* Whether the table of mounts says that it cannot be done, and what it says. */
static bool say_covered(const struct libns_mounts *mounts, struct libns_finding *finding)
{
	struct covers covers = { .n = 0 };
	bool any;

	if (have_visible(mounts, &procfs, &any, &covers))
		return false;
	if (any)
		diagnose_say(finding, LIBNS_VERDICT_NO,
			     "/proc is partly covered or read-only (%s%s), so the kernel "
			     "allows no new procfs in a user namespace",
			     covers.names, covers.n > 3 ? ", ..." : "");
	else
		diagnose_say(finding, LIBNS_VERDICT_NO,
			     "no procfs is mounted whole in this mount namespace, so the "
			     "kernel allows no new one in a user namespace");
	diagnose_advise(finding,
			"mount an uncovered procfs anywhere beforehand, bind the "
			"old /proc instead (--bind=/proc; of a preset: --without=proc), or "
			"start the outer container unmasked (podman: --security-opt "
			"unmask=ALL, docker: --security-opt systempaths=unconfined)");
	return true;
}

static void look_sys_mount(const struct diagnose_question *question, struct libns_finding *finding)
{
	struct libns_mounts *mounts = NULL;
	struct covers covers = { .n = 0 };
	bool any, is_visible;

	(void)question;
	if (libns_mounts_new(NULL, &mounts, NULL) < 0)
		return;
	is_visible = have_visible(mounts, &sysfs, &any, &covers);
	libns_mounts_free(mounts);
	if (is_visible)
		return;
	if (any && covers.read_only && covers.n == 1) {
		diagnose_say(finding, LIBNS_VERDICT_NO,
			     "%s is read-only here, so the kernel allows no new sysfs that is "
			     "writable in a user namespace",
			     covers.names);
		diagnose_advise(finding, "make it read-only (--mount-sys=ro), or do without");
		return;
	}
	if (any)
		diagnose_say(
			finding, LIBNS_VERDICT_NO,
			"/sys is partly covered or read-only (%s%s), so the kernel allows no new sysfs in a "
			"user namespace",
			covers.names, covers.n > 3 ? ", ..." : "");
	else
		diagnose_say(finding, LIBNS_VERDICT_NO,
			     "no sysfs is mounted whole in this mount namespace, so the kernel "
			     "allows no new one in a user namespace");
	diagnose_advise(finding, "do without (of a preset: --without=sys), or start the outer "
				 "container unmasked (podman: --security-opt unmask=ALL, docker: "
				 "--security-opt systempaths=unconfined)");
}

/* What a trial says; @unknown: why nobody can tell what covers /proc, or "". */
static void say_tried(const struct diagnose_question *question, const char *unknown,
		      struct libns_finding *finding)
{
	int r = attempt_try(attempt_mount_proc, 0);

	if (r == 0) {
		diagnose_say(finding, LIBNS_VERDICT_OK,
			     "a new procfs can be mounted in a user and pid namespace");
	} else if (r == -EAGAIN || r == ATTEMPT_UNKNOWN) {
		diagnose_say(finding, LIBNS_VERDICT_LIMITED,
			     "no user and pid namespace can be made to try a new procfs in");
	} else if (r == ATTEMPT_KILLED) {
		diagnose_say(finding, LIBNS_VERDICT_NO,
			     "whoever mounts a procfs in a user and pid namespace is killed by a "
			     "filter");
		diagnose_advise_filter(question->place, NULL, "mount", finding);
	} else {
		diagnose_say(finding, LIBNS_VERDICT_NO,
			     "no procfs can be mounted in a user and pid namespace: %s%s%s",
			     error_describe(-r), *unknown ? "; " : "", unknown);
	}
}

static void look_proc_mount(const struct diagnose_question *question, struct libns_finding *finding)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_mounts *mounts = NULL;
	int r = libns_mounts_new(NULL, &mounts, &err);
	bool is_covered = r >= 0 && say_covered(mounts, finding);

	libns_mounts_free(mounts);
	if (r < 0 && !mounts_lack_library(r)) {
		diagnose_say(finding, LIBNS_VERDICT_LIMITED, "no procfs can be read at /proc");
		diagnose_advise(finding, "mount one: mount -t proc proc /proc");
		return;
	}
	if (!is_covered)
		say_tried(question, libns_error_text(&err), finding);
}

bool diagnose_is_foreign(uint64_t type)
{
	_cleanup_close_ int user_fd = sys_open_at(AT_FDCWD, "/proc/self/ns/user", O_RDONLY);
	_cleanup_close_ int owner_fd = -1, fd = -1;
	struct stat own, owner;
	char path[32];

	fd = sys_open_at(
		AT_FDCWD,
		error_format(path, sizeof(path), "/proc/self/ns/%s", libns_type_name(type)),
		O_RDONLY);
	if (fd < 0 || user_fd < 0)
		return false;
	owner_fd = ioctl(fd, NS_GET_USERNS);
	/* EPERM says that the owner is outside of one's own user namespace. */
	if (owner_fd < 0)
		return errno == EPERM;
	return fstat(owner_fd, &owner) == 0 && fstat(user_fd, &own) == 0 &&
	       owner.st_ino != own.st_ino;
}

/* Whether the caller has a new pid namespace for its children, and no child in it yet. */
static bool is_childless(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) == 0 &&
	       stat("/proc/self/ns/pid_for_children", &st) < 0 && errno == ENOENT;
}

static void look_pid_for_proc(const struct diagnose_question *question,
			      struct libns_finding *finding)
{
	bool planned = question->types & LIBNS_TYPE_USER && !(question->types & LIBNS_TYPE_PID);

	if (is_childless()) {
		diagnose_say(finding, LIBNS_VERDICT_NO,
			     "nobody is in the new pid namespace yet: this process stays in the "
			     "old one, and only its children will be inside");
		diagnose_advise(finding, "run the program as a child: --fork (-f) or --init");
		return;
	}
	if (!planned && (question->types || !diagnose_is_foreign(LIBNS_TYPE_PID)))
		return;
	diagnose_say(finding, LIBNS_VERDICT_NO,
		     "a procfs shows a pid namespace, and in a user namespace only one that "
		     "belongs to it");
	diagnose_advise(finding, "create a pid namespace too, and a child to live in it");
}

static void look_hidepid(const struct diagnose_question *question, struct libns_finding *finding)
{
	_cleanup_close_ int fd = sys_open_at(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY);
	enum hidepid hides = fd < 0 ? HIDEPID_UNKNOWN : hidepid_read(fd);

	if (hides != HIDEPID_CONTENTS && hides != HIDEPID_PROCESSES)
		return;
	/* Where all processes are listed, none is missing for that reason. */
	if ((question->code == ESRCH || question->code == ENOENT) &&
	    !libns_proc_hides_others(LIBNS_PROCFS))
		return;
	diagnose_say(finding, LIBNS_VERDICT_LIMITED,
		     "/proc is mounted with hidepid, which conceals processes of other "
		     "users");
	diagnose_advise(finding, "be root, or a member of the group its gid= option names");
}

const struct diagnose_probe diagnose_chroot = { "chroot", look_chroot };
const struct diagnose_probe diagnose_proc_sys = { "procfs", look_proc_sys };
const struct diagnose_probe diagnose_perhaps_chroot = { "chroot", look_perhaps_chroot };
const struct diagnose_probe diagnose_root_mount = { "root-mount", look_root_mount };
const struct diagnose_probe diagnose_proc_mount = { "proc", look_proc_mount };
const struct diagnose_probe diagnose_sys_mount = { "sys", look_sys_mount };
const struct diagnose_probe diagnose_pid_for_proc = { "pid-for-proc", look_pid_for_proc };
const struct diagnose_probe diagnose_hidepid = { "hidepid", look_hidepid };
