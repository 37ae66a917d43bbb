/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_LIBNS_H
#define LIBNS_LIBNS_H

/*
 * libns: Linux namespaces for C programs.
 *
 *   your program, xunshare, xnsenter, xlsns, xnetns
 *        |
 *      libns      plans, pinned processes, id maps, snapshots
 *        |
 *      kernel     clone3 unshare setns, nsfs ioctls, procfs, rtnetlink
 *
 * It is a layer over the kernel's interface. It is not a container runtime: it
 * has no daemon, keeps no state and no configuration.
 *
 * Rules that hold everywhere:
 *
 * 1. Functions return 0 or a value >= 0, and a negative errno on failure. The
 *    sentence that explains it is in struct libns_error (error.h).
 * 2. A descriptor that is returned belongs to the caller, is close-on-exec
 *    from birth and is never 0, 1 or 2. A descriptor handed in is borrowed.
 * 3. ret_x is written on success only. An object that came through it is freed
 *    by the matching _free(), which accepts and returns NULL; an array is freed
 *    by free(3). Beside each _free() there is a _freep() for the cleanup
 *    attribute of gcc and clang.
 * 4. A pointer returned by a getter belongs to the object it came from.
 * 5. No global state, no locale, no signal handler, no output, no exit().
 *    The environment is read only where a function says so.
 * 6. Different objects may be used from different threads, but one object by
 *    only one thread at a time. Functions that take only const objects may run
 *    concurrently. A function is safe in a signal handler only if its
 *    description says so.
 * 7. A function that changes the caller says so: "Affects: calling thread" or
 *    "process".
 */

#include <libns/account.h>
#include <libns/caps.h>
#include <libns/cgroup.h>
#include <libns/check.h>
#include <libns/confine.h>
#include <libns/connect.h>
#include <libns/container.h>
#include <libns/enter.h>
#include <libns/environment.h>
#include <libns/error.h>
#include <libns/follow.h>
#include <libns/holder.h>
#include <libns/idmap.h>
#include <libns/ip.h>
#include <libns/landlock.h>
#include <libns/link.h>
#include <libns/mount-plan.h>
#include <libns/mount.h>
#include <libns/mounts.h>
#include <libns/netns-enter.h>
#include <libns/netns.h>
#include <libns/nsfd.h>
#include <libns/pasta.h>
#include <libns/peers.h>
#include <libns/proc.h>
#include <libns/publish.h>
#include <libns/relay.h>
#include <libns/rlimit.h>
#include <libns/run.h>
#include <libns/scan.h>
#include <libns/seal.h>
#include <libns/seccomp.h>
#include <libns/supervisor.h>
#include <libns/target.h>
#include <libns/tree.h>
#include <libns/type.h>
#include <libns/wire-check.h>
#include <libns/wire.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * libns_version() - version of the library at run time
 *
 * Ownership: constant string.
 * Affects: nothing.
 * Return: "0.1.0".
 * Since: 0.1
 */
const char *libns_version(void);

#ifdef __cplusplus
}
#endif

#endif
