/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Sets of system call filters: what somebody brings as instructions in a file, and loading
 * them. What a process has is read by seccomp.c, and what a word stands for is made by
 * confine/profile.c.
 *
 * Whether instructions make a filter is for the kernel to say. It says so when the filter is
 * loaded, and then nothing has run yet. Only the length is looked at here, since a number of bytes
 * that no filter has is the sign of a wrong file.
 */

#include <linux/seccomp.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/seccomp.h"

LIBNS_PUBLIC int libns_seccomp_new(struct libns_seccomp **ret, struct libns_error *err)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0
		    : error_set(err, LIBNS_STEP_ARGUMENT, ENOMEM,
				"cannot keep system call filters");
}

LIBNS_PUBLIC struct libns_seccomp *libns_seccomp_free(struct libns_seccomp *filters)
{
	if (!filters)
		return NULL;
	for (size_t i = 0; i < filters->n; i++) {
		free(filters->filters[i].name);
		free(filters->filters[i].program);
	}
	free(filters->filters);
	free(filters);
	return NULL;
}

int seccomp_set_add(struct libns_seccomp *all, const char *name, uint64_t flags,
		    const char *program, size_t n)
{
	struct seccomp_filter *more = reallocarray(all->filters, all->n + 1, sizeof(*more));
	struct seccomp_filter one = { .flags = flags, .n = (unsigned short)n };

	if (!more)
		return -ENOMEM;
	all->filters = more;
	one.program = malloc(n * sizeof(*one.program));
	one.name = name ? strdup(name) : NULL;
	if (!one.program || (name && !one.name)) {
		free(one.program);
		free(one.name);
		return -ENOMEM;
	}
	memcpy(one.program, program, n * sizeof(*one.program));
	more[all->n++] = one;
	return 0;
}

int seccomp_set_add_all(struct libns_seccomp *all, const struct libns_seccomp *others)
{
	int r = 0;

	for (size_t i = 0; i < others->n && r == 0; i++)
		r = seccomp_set_add(all, others->filters[i].name, others->filters[i].flags,
				    (const char *)others->filters[i].program, others->filters[i].n);
	return r;
}

/* ---------------------------------------------------------------- from a file */

static int refuse(const char *name, size_t size, struct libns_error *err)
{
	const size_t one = sizeof(struct sock_filter);

	if (!size)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "'%s' is empty: it is no system call filter", name);
	if (size > SECCOMP_PROGRAM_MAX * one)
		return error_say(err, LIBNS_STEP_ARGUMENT, E2BIG,
				 "'%s' is too long for a system call filter, which has at most "
				 "%d instructions of %zu bytes",
				 name, SECCOMP_PROGRAM_MAX, one);
	return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
			 "'%s' has %zu bytes and is no system call filter, which consists of "
			 "instructions of %zu bytes",
			 name, size, one);
}

LIBNS_PUBLIC int libns_seccomp_add_fd(struct libns_seccomp *filters, int fd, const char *name,
				      struct libns_error *err)
{
	/* One byte more shows that it is too long. */
	const size_t max = SECCOMP_PROGRAM_MAX * sizeof(struct sock_filter);
	_cleanup_free_ char *buf = malloc(max + 1);
	ssize_t n = buf ? sys_read_full(fd, buf, max + 1, -1) : -ENOMEM;
	int r;

	if (n < 0)
		return error_set(err, LIBNS_STEP_ARGUMENT, (int)-n,
				 "cannot read the system call filter '%s'", name);
	if (n == 0 || (size_t)n > max || (size_t)n % sizeof(struct sock_filter))
		return refuse(name, (size_t)n, err);
	r = seccomp_set_add(filters, name, 0, buf, (size_t)n / sizeof(struct sock_filter));
	return r < 0 ? error_set(err, LIBNS_STEP_ARGUMENT, -r,
				 "cannot keep the system call filter '%s'", name)
		     : 0;
}

LIBNS_PUBLIC int libns_seccomp_add_file(struct libns_seccomp *filters, const char *path,
					struct libns_error *err)
{
	_cleanup_close_ int fd = sys_open_at(AT_FDCWD, path, O_RDONLY);

	if (fd < 0)
		return error_set(err, LIBNS_STEP_ARGUMENT, -fd,
				 "cannot open the system call filter '%s'", path);
	return libns_seccomp_add_fd(filters, fd, path, err);
}

/* ---------------------------------------------------------------- a whole set */

LIBNS_PUBLIC size_t libns_seccomp_count(const struct libns_seccomp *filters)
{
	return filters->n;
}

LIBNS_PUBLIC bool libns_seccomp_needs_supervisor(const struct libns_seccomp *filters)
{
	for (size_t i = 0; i < filters->n; i++) {
		const struct seccomp_filter *f = &filters->filters[i];

		for (size_t k = 0; k < f->n; k++)
			if (f->program[k].code == (BPF_RET | BPF_K) &&
			    (f->program[k].k & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_USER_NOTIF)
				return true;
	}
	return false;
}

int seccomp_set_load(const struct seccomp_filter *f, struct libns_error *err)
{
	const struct sock_fprog program = { f->n, f->program };

	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, f->flags & SECCOMP_FILTER_FLAG_LOG,
		    &program) >= 0)
		return 0;
	if (!f->name)
		return error_set(err, LIBNS_STEP_CREDENTIALS, errno,
				 "cannot set a system call filter");
	if (errno == EINVAL)
		return error_say(err, LIBNS_STEP_CREDENTIALS, EINVAL,
				 "the kernel does not take '%s' for a system call filter", f->name);
	return error_set(err, LIBNS_STEP_CREDENTIALS, errno,
			 "cannot set the system call filter '%s'", f->name);
}

LIBNS_PUBLIC int libns_seccomp_apply(const struct libns_seccomp *filters, struct libns_error *err)
{
	int r = 0;

	for (size_t i = 0; i < filters->n && r == 0; i++)
		r = seccomp_set_load(&filters->filters[i], err);
	return r;
}
