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

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "diagnose/diagnose.h"
#include "kernel/attempt.h"
#include "kernel/clone.h"

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
#define SYS_NR_STATMOUNT 457
#define SYS_NR_LISTNS    470

/* Return: 0 if a kernel without that call could not have answered so, else the errno. */
static int exists(long r)
{
	return r >= 0 || (errno != ENOSYS && errno != EPERM) ? 0 : -errno;
}

struct feature {
	const char *call; /* that a filter should let pass */
	const char *what, *since, *instead;
};

/* @r is the result of attempt_try(). A filter that kills ends that child, and only this one
 * line is lost. */
static void say_feature(const struct diagnose_question *question, struct libns_finding *finding,
			int r, const struct feature *f)
{
	if (r == 0) {
		diagnose_say(finding, LIBNS_VERDICT_OK, "%s", f->what);
	} else if (r == ATTEMPT_KILLED) {
		diagnose_say(finding, LIBNS_VERDICT_NO, "killed by a filter: %s", f->what);
		diagnose_advise_filter(question->place, NULL, f->call, finding);
	} else if (r == ATTEMPT_UNKNOWN) {
		diagnose_say(finding, LIBNS_VERDICT_LIMITED, "cannot be tried: %s", f->what);
	} else {
		diagnose_say(finding, LIBNS_VERDICT_LIMITED, "missing: %s (Linux %s)", f->what,
			     f->since);
		diagnose_advise(finding, "%s", f->instead);
	}
}

int diagnose_attempt_clone3(uint64_t arg)
{
	return exists(syscall(SYS_clone3, NULL, 0));
}

static void look_clone3(const struct diagnose_question *question, struct libns_finding *finding)
{
	static const struct feature feature = {
		"clone3", "clone3 makes a process with all its namespaces at once", "5.3",
		"not needed: clone does it in more steps"
	};

	say_feature(question, finding, attempt_try(diagnose_attempt_clone3, 0), &feature);
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
	static const struct feature feature = { "clone3", "clone3 makes time namespaces",
						"6.3, and 5.10.174",
						"not needed: unshare makes them before" };

	say_feature(question, finding, attempt_try(attempt_clone_time, 0), &feature);
}

static int attempt_pidfd(uint64_t arg)
{
	int fd = sys_pidfd_open(getpid(), 0);

	return fd < 0 ? fd : 0;
}

static void look_pidfd(const struct diagnose_question *question, struct libns_finding *finding)
{
	static const struct feature feature = { "pidfd_open",
						"pidfds make a process's number safe from reuse",
						"5.3",
						"use a newer kernel: numbers can be mistaken" };

	say_feature(question, finding, attempt_try(attempt_pidfd, 0), &feature);
}

/* Joins the uts namespace that one is in, which has no effect but is allowed to root only. */
static int attempt_setns_pidfd(uint64_t arg)
{
	int fd = sys_pidfd_open(getpid(), 0);

	return fd < 0 || (setns(fd, CLONE_NEWUTS) < 0 && errno != EPERM) ? -ENOSYS : 0;
}

static void look_setns_pidfd(const struct diagnose_question *question,
			     struct libns_finding *finding)
{
	static const struct feature feature = {
		"setns", "setns enters all namespaces of a process at once", "5.8",
		"not needed, but a nested user namespace may not be entered step by step"
	};

	say_feature(question, finding, attempt_try(attempt_setns_pidfd, 0), &feature);
}

static int attempt_close_range(uint64_t arg)
{
	return sys_close_range(~0U, ~0U, 0);
}

static void look_close_range(const struct diagnose_question *question,
			     struct libns_finding *finding)
{
	static const struct feature feature = { "close_range",
						"close_range keeps descriptors from programs",
						"5.9",
						"not needed: close them in the shell (3>&-)" };

	say_feature(question, finding, attempt_try(attempt_close_range, 0), &feature);
}

static int attempt_openat2(uint64_t arg)
{
	return exists(syscall(SYS_openat2, AT_FDCWD, "/", NULL, 0));
}

static void look_openat2(const struct diagnose_question *question, struct libns_finding *finding)
{
	static const struct feature feature = {
		"openat2", "openat2 keeps paths inside a new root", "5.6",
		"a sandbox with mounts of its own needs a newer kernel"
	};

	say_feature(question, finding, attempt_try(attempt_openat2, 0), &feature);
}

static int attempt_mount_setattr(uint64_t arg)
{
	return exists(syscall(SYS_mount_setattr, -1, "", 0, NULL, 0));
}

static void look_mount_setattr(const struct diagnose_question *question,
			       struct libns_finding *finding)
{
	static const struct feature feature = {
		"mount_setattr", "mount_setattr makes whole mount trees read-only", "5.12",
		"a sandbox with mounts of its own needs a newer kernel"
	};

	say_feature(question, finding, attempt_try(attempt_mount_setattr, 0), &feature);
}

static int attempt_overlay(uint64_t arg)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return -errno;
	return syscall(SYS_fsopen, "overlay", FSOPEN_CLOEXEC) < 0 ? -errno : 0;
}

static void look_overlayfs(const struct diagnose_question *question, struct libns_finding *finding)
{
	int r = attempt_try(attempt_overlay, 0);
	const struct feature feature = { "fsopen", "overlayfs can be mounted in a user namespace",
					 "5.11, module overlay",
					 r == -ENODEV ? "as root: modprobe overlay"
						      : "use a copy, or a tmpfs" };

	say_feature(question, finding, r, &feature);
}

static int attempt_statmount(uint64_t arg)
{
	return exists(syscall(SYS_NR_STATMOUNT, NULL, NULL, 0, 0));
}

static void look_statmount(const struct diagnose_question *question, struct libns_finding *finding)
{
	static const struct feature feature = {
		"statmount", "statmount and listmount read the mounts of other namespaces", "6.8",
		"not needed: mountinfo has most of it"
	};

	say_feature(question, finding, attempt_try(attempt_statmount, 0), &feature);
}

static int attempt_ns_ids(uint64_t arg)
{
	int fd = sys_open_at(AT_FDCWD, "/proc/self/ns/uts", O_RDONLY);
	uint64_t id;

	if (fd < 0)
		return fd;
	return ioctl(fd, NS_GET_ID, &id) < 0 ? -errno : 0;
}

static void look_ns_ids(const struct diagnose_question *question, struct libns_finding *finding)
{
	static const struct feature feature = { "ioctl",
						"namespaces have ids that are never used again",
						"6.18",
						"not needed: inodes tell living namespaces apart" };

	/* Without a procfs there is no namespace to ask. */
	say_feature(question, finding,
		    question->place->procfs == FACT_NO ? ATTEMPT_UNKNOWN
						       : attempt_try(attempt_ns_ids, 0),
		    &feature);
}

static int attempt_listns(uint64_t arg)
{
	return exists(syscall(SYS_NR_LISTNS, NULL, NULL, 0, 0));
}

static void look_listns(const struct diagnose_question *question, struct libns_finding *finding)
{
	static const struct feature feature = {
		"listns", "listns lists namespaces that no process shows", "6.19",
		"not needed: processes, descriptors and mounts are searched"
	};

	say_feature(question, finding, attempt_try(attempt_listns, 0), &feature);
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
	{ "landlock", diagnose_look_landlock },
	{ "statmount", look_statmount },
	{ "ns-ids", look_ns_ids },
	{ "listns", look_listns },
};

const struct diagnose_probe *diagnose_kernel_at(size_t i)
{
	return i < ARRAY_SIZE(features) ? &features[i] : NULL;
}
