/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_LANDLOCK_H
#define LIBNS_LANDLOCK_H

#include <stddef.h>
#include <stdint.h>

#include <libns/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Rules of Landlock (landlock(7)), by which a program gives up access for itself and all that it
 * starts. They need no namespace and no privilege. A plan (libns_run(3)) whose @confine has got
 * them by libns_confine_set_landlock() runs its program under these rules.
 *
 * There are three classes. As soon as a rule names files (fs) or ports (net), everything of that
 * class that the kernel can restrict is refused but for what the rules grant: the kernel's version
 * of Landlock, its ABI, decides what that is. Scopes are the third class: each one that is named
 * cuts the program off from what is outside, and nothing can be granted.
 *
 * Rules only add up: a right that is granted on a directory holds for everything below it. No rule
 * takes a part of that away again. A program that is under rules already, its own or inherited
 * ones, stays under those too.
 *
 * What Landlock never restricts: descriptors that are open already; looking at the metadata of
 * files, and changing it (chmod, chown, setxattr, utime); changing to a directory.
 */

#define LIBNS_LANDLOCK_FS    (1u << 0)
#define LIBNS_LANDLOCK_NET   (1u << 1)
#define LIBNS_LANDLOCK_SCOPE (1u << 2)

/* Rights on files: LANDLOCK_ACCESS_FS_* of the kernel. */
#define LIBNS_LANDLOCK_EXECUTE      (UINT64_C(1) << 0)
#define LIBNS_LANDLOCK_WRITE_FILE   (UINT64_C(1) << 1)
#define LIBNS_LANDLOCK_READ_FILE    (UINT64_C(1) << 2)
#define LIBNS_LANDLOCK_READ_DIR     (UINT64_C(1) << 3)
#define LIBNS_LANDLOCK_REMOVE_DIR   (UINT64_C(1) << 4)
#define LIBNS_LANDLOCK_REMOVE_FILE  (UINT64_C(1) << 5)
#define LIBNS_LANDLOCK_MAKE_CHAR    (UINT64_C(1) << 6)
#define LIBNS_LANDLOCK_MAKE_DIR     (UINT64_C(1) << 7)
#define LIBNS_LANDLOCK_MAKE_REG     (UINT64_C(1) << 8)
#define LIBNS_LANDLOCK_MAKE_SOCK    (UINT64_C(1) << 9)
#define LIBNS_LANDLOCK_MAKE_FIFO    (UINT64_C(1) << 10)
#define LIBNS_LANDLOCK_MAKE_BLOCK   (UINT64_C(1) << 11)
#define LIBNS_LANDLOCK_MAKE_SYM     (UINT64_C(1) << 12)
#define LIBNS_LANDLOCK_REFER        (UINT64_C(1) << 13) /* ABI 2, Linux 5.19 */
#define LIBNS_LANDLOCK_TRUNCATE     (UINT64_C(1) << 14) /* ABI 3, Linux 6.2 */
#define LIBNS_LANDLOCK_IOCTL_DEV    (UINT64_C(1) << 15) /* ABI 5, Linux 6.10 */
#define LIBNS_LANDLOCK_RESOLVE_UNIX (UINT64_C(1) << 16) /* ABI 9, Linux 7.1 */

/* Rights on ports: LANDLOCK_ACCESS_NET_*. */
#define LIBNS_LANDLOCK_BIND_TCP         (UINT64_C(1) << 0) /* ABI 4, Linux 6.7 */
#define LIBNS_LANDLOCK_CONNECT_TCP      (UINT64_C(1) << 1)
#define LIBNS_LANDLOCK_BIND_UDP         (UINT64_C(1) << 2) /* ABI 10, Linux 7.2 */
#define LIBNS_LANDLOCK_CONNECT_SEND_UDP (UINT64_C(1) << 3)

/* Scopes: LANDLOCK_SCOPE_*, ABI 6, Linux 6.12. */
#define LIBNS_LANDLOCK_ABSTRACT_UNIX_SOCKET (UINT64_C(1) << 0)
#define LIBNS_LANDLOCK_SIGNAL               (UINT64_C(1) << 1)

/**
 * libns_landlock_abi() - which version of Landlock the kernel has
 * @err: receives the sentence on failure, or NULL
 *
 * Where a seccomp filter could kill for it, a child tries the call before. Not async-signal-safe.
 *
 * Affects: nothing.
 * Return: version, from 1 on; -ENOSYS if the kernel has no Landlock, -EOPNOTSUPP if that was
 *         switched off at boot, -EPERM or another errno that a filter answers with.
 * Since: 0.1
 */
int libns_landlock_abi(struct libns_error *err);

/**
 * libns_landlock_errata() - which faults of Landlock the kernel has corrected
 * @ret_errata: receives them; bit n-1 stands for erratum n of the kernel's documentation
 * @err: receives the sentence on failure, or NULL
 *
 * Affects: nothing.
 * Return: 0; -EOPNOTSUPP if the kernel cannot tell (before Linux 6.15) or has no Landlock.
 * Since: 0.1
 */
int libns_landlock_errata(unsigned int *ret_errata, struct libns_error *err);

struct libns_landlock;

/**
 * libns_landlock_new() - begin with no rules
 * @ret: receives the object
 * @err: receives the sentence on failure, or NULL
 *
 * The object is for one thread at a time.
 *
 * Ownership: free with libns_landlock_free().
 * Affects: nothing outside the caller's memory.
 * Return: 0, -ENOMEM.
 * Since: 0.1
 */
int libns_landlock_new(struct libns_landlock **ret, struct libns_error *err);

/**
 * libns_landlock_free() - free rules
 * @rules: handle, or NULL
 *
 * Affects: nothing.
 * Return: NULL.
 * Since: 0.1
 */
struct libns_landlock *libns_landlock_free(struct libns_landlock *rules);

/* For __attribute__((cleanup(libns_landlock_freep))). */
static inline void libns_landlock_freep(struct libns_landlock **rules)
{
	*rules = libns_landlock_free(*rules);
}

/**
 * libns_landlock_add() - add a rule that a user has typed
 * @rules: handle
 * @text: one of the following
 * @err: receives the sentence on failure, or NULL
 *
 * "fs:RIGHTS:PATH" grants rights on a file, or on a directory and all below it. "net:RIGHTS:PORT"
 * grants rights on a port. "fs" and "net" grant nothing, and restrict that class. "scope" and
 * "scope:SCOPES" restrict both or some scopes. "abi:NUMBER" asks for a kernel with at least that
 * version.
 *
 * RIGHTS and SCOPES are names with commas between them. The names are those of setpriv(1), that is
 * those of the constants above: read-file, connect-tcp, signal. Some words stand for several
 * rights, as far as the kernel and the object have them: "ro" for reading files and directories,
 * "rx" with execution, "rw" with everything that changes what is there but for making devices,
 * "rwx" with both, "all" for each right of the class. In PATH a colon is written "\:", and a
 * backslash before a colon or another backslash "\\".
 *
 * Affects: @rules.
 * Return: 0, -EINVAL for what is no rule, -ENOMEM.
 * Since: 0.1
 */
int libns_landlock_add(struct libns_landlock *rules, const char *text, struct libns_error *err);

/**
 * libns_landlock_allow_path() - grant rights on a file or below a directory
 * @rules: handle
 * @path: means what it will mean to the program; copied
 * @rights: LIBNS_LANDLOCK_EXECUTE and the following
 * @err: receives the sentence on failure, or NULL
 *
 * Affects: @rules.
 * Return: 0, -EINVAL for an empty path and for rights that are none, -ENOMEM.
 * Since: 0.1
 */
int libns_landlock_allow_path(struct libns_landlock *rules, const char *path, uint64_t rights,
			      struct libns_error *err);

/**
 * libns_landlock_allow_fd() - the same, for a file that is open
 * @rules: handle
 * @fd: descriptor of the file or directory, with O_PATH for example; borrowed until the plan has
 *      been carried out
 * @rights: LIBNS_LANDLOCK_EXECUTE and the following
 * @err: receives the sentence on failure, or NULL
 *
 * Affects: @rules.
 * Return: 0, -EINVAL for rights that are none, -EBADF for a negative @fd, -ENOMEM.
 * Since: 0.1
 */
int libns_landlock_allow_fd(struct libns_landlock *rules, int fd, uint64_t rights,
			    struct libns_error *err);

/**
 * libns_landlock_allow_port() - grant rights on a port
 * @rules: handle
 * @port: in host byte order; binding to 0 binds to a port that is free
 * @rights: LIBNS_LANDLOCK_BIND_TCP and the following
 * @err: receives the sentence on failure, or NULL
 *
 * Affects: @rules.
 * Return: 0, -EINVAL for rights that are none, -ENOMEM.
 * Since: 0.1
 */
int libns_landlock_allow_port(struct libns_landlock *rules, uint16_t port, uint64_t rights,
			      struct libns_error *err);

/**
 * libns_landlock_restrict() - restrict classes, and grant nothing
 * @rules: handle
 * @classes: LIBNS_LANDLOCK_FS, LIBNS_LANDLOCK_NET
 * @scopes: LIBNS_LANDLOCK_ABSTRACT_UNIX_SOCKET, LIBNS_LANDLOCK_SIGNAL
 * @err: receives the sentence on failure, or NULL
 *
 * Affects: @rules.
 * Return: 0, -EINVAL for what is none of them, -ENOMEM.
 * Since: 0.1
 */
int libns_landlock_restrict(struct libns_landlock *rules, unsigned int classes, uint64_t scopes,
			    struct libns_error *err);

/* What a version of Landlock does not restrict, and a newer one does. */
struct libns_landlock_gap {
	unsigned int abi; /* from which version on it is restricted */
	const char *what; /* "UDP", "signals", ... */
};

/**
 * libns_landlock_count_gaps() - how much an older kernel leaves open
 * @rules: only what concerns the classes and scopes of these rules; NULL: everything
 * @abi: version of the kernel, 0 for one without Landlock
 *
 * Affects: nothing.
 * Return: count.
 * Since: 0.1
 */
size_t libns_landlock_count_gaps(const struct libns_landlock *rules, unsigned int abi);

/**
 * libns_landlock_gap_at() - what an older kernel leaves open
 * @rules: as above
 * @abi: as above
 * @i: index
 *
 * Ownership: constant.
 * Affects: nothing.
 * Return: the gap, or NULL beyond the last one.
 * Since: 0.1
 */
const struct libns_landlock_gap *libns_landlock_gap_at(const struct libns_landlock *rules,
						       unsigned int abi, size_t i);

#ifdef __cplusplus
}
#endif

#endif
