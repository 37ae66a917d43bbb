/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The few mounts that belong to namespaces. Everything here is called between
 * clone(2) and execve(2): no allocation, only system calls.
 */

#include <string.h>
#include <sys/mount.h>

#include <libns/mount.h>
#include <libns/nsfd.h>
#include <libns/type.h>

#include "base.h"
#include "err.h"
#include "sys.h"

LIBNS_PUBLIC int libns_mount_set_propagation(const char *path, unsigned long flags,
					     struct libns_error *err)
{
	unsigned long type = flags & ~(unsigned long)MS_REC;

	if (!flags)
		return 0;
	if (!path ||
	    (type != MS_PRIVATE && type != MS_SHARED && type != MS_SLAVE && type != MS_UNBINDABLE))
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "not one type of mount propagation");
	if (mount("none", path, NULL, flags, NULL) == 0)
		return 0;
	if (errno == EINVAL)
		return error_say(err, LIBNS_STEP_MOUNT, EINVAL,
				 "cannot change the propagation of '%s': it is not a mount point",
				 path);
	return error_set(err, LIBNS_STEP_MOUNT, errno, "cannot change the propagation of '%s'",
			 path);
}

LIBNS_PUBLIC int libns_mount_proc(const char *target, struct libns_error *err)
{
	if (mount("proc", target, "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		return error_set(err, LIBNS_STEP_MOUNT, errno, "cannot mount a procfs on '%s'",
				 target);
	return 0;
}

LIBNS_PUBLIC int libns_mount_persist(int ns_fd, const char *target, struct libns_error *err)
{
	char source[48];

	/* A thread may have descriptors of its own, and outlive the main thread. */
	error_format(source, sizeof(source), "/proc/thread-self/fd/%d", ns_fd);
	if (mount(source, target, NULL, MS_BIND, NULL) < 0)
		return error_set(err, LIBNS_STEP_PERSIST, errno, "cannot keep a namespace on '%s'",
				 target);
	return 0;
}
