/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Probes of features of the kernel, found by trying: by calls that a kernel
 * without the feature answers with ENOSYS or EINVAL, and one with it refuses
 * for their senseless arguments or carries out without effect. A version number
 * would be wrong on every distribution that ports features back, and under
 * every sandbox that filters calls.
 */

#include <linux/capability.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <libns/type.h>

#include "base.h"
#include "clone.h"
#include "diagnose.h"
#include "err.h"
#include "sys.h"

/* The same numbers on all architectures, but for Alpha. */
#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#ifndef SYS_fsopen
#define SYS_fsopen 430
#endif
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#endif
#define SYS_NR_STATMOUNT 457
#define SYS_NR_LISTNS 470

#define LANDLOCK_VERSION 1U /* LANDLOCK_CREATE_RULESET_VERSION */

/* Whether a call answered as only a kernel that has it does. */
static bool exists(long r)
{
	return r >= 0 || (errno != ENOSYS && errno != EPERM);
}

static void say_feature(struct libns_finding *finding, bool there, const char *what,
			const char *since, const char *instead)
{
	if (there) {
		diagnose_say(finding, LIBNS_VERDICT_OK, "%s", what);
		return;
	}
	diagnose_say(finding, LIBNS_VERDICT_LIMITED, "missing: %s (Linux %s)", what, since);
	diagnose_advise(finding, "%s", instead);
}

static void look_clone3(const struct diagnose_question *question, struct libns_finding *finding)
{
	say_feature(finding, exists(syscall(SYS_clone3, NULL, 0)),
		    "clone3 makes a process with all its namespaces at once", "5.3",
		    "not needed: clone does it in more steps");
}

static int attempt_clone_time(uint64_t arg)
{
	uint64_t user = sys_has_cap(CAP_SYS_ADMIN) ? 0 : LIBNS_TYPE_USER;
	struct clone_result clone;
	int r = clone_process(LIBNS_TYPE_TIME | user, SIGCHLD, NULL, &clone, NULL);

	if (r < 0)
		return r;
	if (clone.pid == 0)
		_exit(0);
	clone_wait(clone.pid, NULL);
	return 0;
}

static void look_clone3_time(const struct diagnose_question *question,
			     struct libns_finding *finding)
{
	say_feature(finding, diagnose_try(attempt_clone_time, 0) == 0,
		    "clone3 makes time namespaces", "6.3, and 5.10.174",
		    "not needed: unshare makes them before");
}

static void look_pidfd(const struct diagnose_question *question, struct libns_finding *finding)
{
	_cleanup_close_ int fd = sys_pidfd_open(getpid(), 0);

	say_feature(finding, fd >= 0, "pidfds make a process's number safe from reuse", "5.3",
		    "use a newer kernel: numbers can be mistaken");
}

/* Into the uts namespace one is in: without effect, but allowed to root only. */
static int attempt_setns_pidfd(uint64_t arg)
{
	int fd = sys_pidfd_open(getpid(), 0);

	return fd < 0 || (setns(fd, CLONE_NEWUTS) < 0 && errno != EPERM) ? -ENOSYS : 0;
}

static void look_setns_pidfd(const struct diagnose_question *question,
			     struct libns_finding *finding)
{
	say_feature(finding, diagnose_try(attempt_setns_pidfd, 0) == 0,
		    "setns enters all namespaces of a process at once", "5.8",
		    "not needed, but a nested user namespace may not be entered step by step");
}

static void look_close_range(const struct diagnose_question *question,
			     struct libns_finding *finding)
{
	say_feature(finding, sys_close_range(~0U, ~0U, 0) == 0,
		    "close_range keeps descriptors from programs", "5.9",
		    "not needed: close them in the shell (3>&-)");
}

static void look_openat2(const struct diagnose_question *question, struct libns_finding *finding)
{
	say_feature(finding, exists(syscall(SYS_openat2, AT_FDCWD, "/", NULL, 0)),
		    "openat2 keeps paths inside a new root", "5.6",
		    "a sandbox with mounts of its own needs a newer kernel");
}

static void look_mount_setattr(const struct diagnose_question *question,
			       struct libns_finding *finding)
{
	say_feature(finding, exists(syscall(SYS_mount_setattr, -1, "", 0, NULL, 0)),
		    "mount_setattr makes whole mount trees read-only", "5.12",
		    "a sandbox with mounts of its own needs a newer kernel");
}

static int attempt_overlay(uint64_t arg)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return -errno;
	return syscall(SYS_fsopen, "overlay", FSOPEN_CLOEXEC) < 0 ? -errno : 0;
}

static void look_overlayfs(const struct diagnose_question *question, struct libns_finding *finding)
{
	int r = diagnose_try(attempt_overlay, 0);

	say_feature(finding, r == 0, "overlayfs can be mounted in a user namespace",
		    "5.11, module overlay",
		    r == -ENODEV ? "as root: modprobe overlay" : "use a copy, or a tmpfs");
}

static void look_landlock(const struct diagnose_question *question, struct libns_finding *finding)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_VERSION);

	if (abi > 0)
		diagnose_say(finding, LIBNS_VERDICT_OK,
			     "Landlock restricts file access without namespaces (version %ld)",
			     abi);
	else
		say_feature(finding, false, "Landlock restricts file access without namespaces",
			    "5.13", "boot with lsm=landlock,... if the kernel has it");
}

static void look_statmount(const struct diagnose_question *question, struct libns_finding *finding)
{
	say_feature(finding, exists(syscall(SYS_NR_STATMOUNT, NULL, NULL, 0, 0)),
		    "statmount and listmount read the mounts of other namespaces", "6.8",
		    "not needed: mountinfo has most of it");
}

static void look_ns_ids(const struct diagnose_question *question, struct libns_finding *finding)
{
	_cleanup_close_ int fd = sys_open_at(AT_FDCWD, "/proc/self/ns/uts", O_RDONLY);
	uint64_t id;

	say_feature(finding, fd >= 0 && ioctl(fd, NS_GET_ID, &id) == 0,
		    "namespaces have ids that are never used again", "6.18",
		    "not needed: inodes tell living namespaces apart");
}

static void look_listns(const struct diagnose_question *question, struct libns_finding *finding)
{
	say_feature(finding, exists(syscall(SYS_NR_LISTNS, NULL, NULL, 0, 0)),
		    "listns lists namespaces that no process shows", "6.19",
		    "not needed: processes, descriptors and mounts are searched");
}

static const struct diagnose_probe features[] = {
	{ "clone3", look_clone3 },
	{ "clone3-time", look_clone3_time },
	{ "pidfd", look_pidfd },
	{ "setns-pidfd", look_setns_pidfd },
	{ "close-range", look_close_range },
	{ "openat2", look_openat2 },
	{ "mount-setattr", look_mount_setattr },
	{ "overlayfs", look_overlayfs },
	{ "landlock", look_landlock },
	{ "statmount", look_statmount },
	{ "ns-ids", look_ns_ids },
	{ "listns", look_listns },
};

const struct diagnose_probe *diagnose_kernel_at(size_t i)
{
	return i < ARRAY_SIZE(features) ? &features[i] : NULL;
}
