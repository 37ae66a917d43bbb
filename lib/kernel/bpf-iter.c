/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Loading a BPF iterator and reading what it writes. The program is part of
 * the library, as an object file in memory; libbpf fits it to the types of the
 * running kernel (/sys/kernel/btf/vmlinux).
 *
 * libbpf writes to standard error, through a callback that belongs to the whole
 * process: it is removed as long as libbpf is used here.
 */

#include "kernel/bpf-iter.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <string.h>

#include "base/base.h"
#include "base/dl.h"
#include "base/err.h"

/* The program, compiled. libelf reads its headers in place. */
static const _Alignas(8) unsigned char program[] = {
#include <scan.bpf.inc>
};

DL_NOTE("bpf", "Fast scans of many processes", "suggested", "libbpf.so.1");

#define LIBBPF_FUNCTIONS(X)                                                                        \
	X(libbpf_set_print)                                                                        \
	X(bpf_object__open_mem)                                                                    \
	X(bpf_object__load)                                                                        \
	X(bpf_object__close)                                                                       \
	X(bpf_object__find_program_by_name)                                                        \
	X(bpf_program__attach_iter)                                                                \
	X(bpf_link__fd)                                                                            \
	X(bpf_link__destroy)                                                                       \
	X(bpf_iter_create)

struct libbpf {
	LIBBPF_FUNCTIONS(DL_MEMBER)
};

static const char *const names[] = { LIBBPF_FUNCTIONS(DL_NAME) };
static const struct dl_library library = DL_LIBRARY("libbpf.so.1", "libbpf1", "BPF", names);
DL_REGISTER(library);

static int read_all(int fd, char **ret_bytes, size_t *ret_n)
{
	_cleanup_free_ char *bytes = NULL;
	size_t n = 0, size = 0;

	for (;;) {
		ssize_t got;

		if (n == size) {
			size_t more = size ? size * 2 : 256 * 1024;
			char *grown = realloc(bytes, more);

			if (!grown)
				return -ENOMEM;
			bytes = grown;
			size = more;
		}
		got = read(fd, bytes + n, size - n);
		/* EAGAIN: the kernel has passed a million objects without a record. There may be more. */
		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	*ret_bytes = TAKE_PTR(bytes);
	*ret_n = n;
	return 0;
}

static int run(const struct libbpf *bpf, struct bpf_object *object, char **ret_records,
	       size_t *ret_size, struct libns_error *err)
{
	_cleanup_close_ int fd = -1;
	struct bpf_link *link;
	int r = bpf->bpf_object__load(object);

	if (r < 0)
		return error_set(err, LIBNS_STEP_QUERY, -r, "cannot load a BPF program");
	link = bpf->bpf_program__attach_iter(
		bpf->bpf_object__find_program_by_name(object, "scan_tasks"), NULL);
	if (!link)
		return error_set(err, LIBNS_STEP_QUERY, errno, "cannot attach a BPF iterator");
	fd = bpf->bpf_iter_create(bpf->bpf_link__fd(link));
	r = fd < 0 ? -errno : read_all(fd, ret_records, ret_size);
	bpf->bpf_link__destroy(link);
	return r < 0 ? error_set(err, LIBNS_STEP_QUERY, -r, "cannot run a BPF iterator") : 0;
}

int bpf_iter_read(char **ret_records, size_t *ret_size, struct libns_error *err)
{
	struct bpf_object *object;
	libbpf_print_fn_t print;
	struct libbpf bpf;
	int r = dl_load(&library, &bpf, sizeof(bpf), err);

	if (r < 0)
		return r;
	print = bpf.libbpf_set_print(NULL);
	object = bpf.bpf_object__open_mem(program, sizeof(program), NULL);
	r = object ? run(&bpf, object, ret_records, ret_size, err)
		   : error_set(err, LIBNS_STEP_QUERY, errno, "cannot read a BPF program");
	bpf.bpf_object__close(object);
	bpf.libbpf_set_print(print);
	return r;
}
