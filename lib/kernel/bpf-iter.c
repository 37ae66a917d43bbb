/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Loading a BPF iterator and reading what it writes. The program is part of
 * the library, as an object file in memory; libbpf fits it to the types of the
 * running kernel (/sys/kernel/btf/vmlinux).
 *
 * libbpf is opened for as long as it is needed. It writes to standard error,
 * through a callback that belongs to the whole process: it is taken out meanwhile.
 */

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dlfcn.h>
#include <string.h>

/* Generated. The bytes are wanted of it, not the functions that would link libbpf. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wcast-qual"
#pragma GCC diagnostic ignored "-Wconversion"
#include <scan.skel.h>
#pragma GCC diagnostic pop

#include "base/base.h"
#include "base/err.h"
#include "kernel/bpf-iter.h"

#define LIBBPF "libbpf.so.1"

/* So that who makes packages knows (the ELF note of systemd's dlopen metadata). */
__asm__(".pushsection .note.dlopen, \"a\", %note\n"
	"	.balign 4\n"
	"	.long 4, 2f - 1f, 0x407c0c0a\n"
	"	.asciz \"FDO\"\n"
	"1:	.asciz \"[{\\\"feature\\\":\\\"bpf\\\","
	"\\\"description\\\":\\\"Fast scans of many processes\\\","
	"\\\"priority\\\":\\\"suggested\\\",\\\"soname\\\":[\\\"" LIBBPF "\\\"]}]\"\n"
	"2:	.balign 4\n"
	"	.popsection\n");

struct iter {
	void *library;
	struct bpf_object *object;
	__typeof__(libbpf_set_print) *set_print;
	__typeof__(bpf_object__open_mem) *open_mem;
	__typeof__(bpf_object__load) *load;
	__typeof__(bpf_object__close) *close;
	__typeof__(bpf_object__find_program_by_name) *find;
	__typeof__(bpf_program__attach_iter) *attach;
	__typeof__(bpf_link__fd) *link_fd;
	__typeof__(bpf_link__destroy) *destroy_link;
	__typeof__(bpf_iter_create) *create;
};

static int open_library(struct iter *iter, struct libns_error *err)
{
	const struct {
		const char *name;
		void *place;
	} symbols[] = {
		{ "libbpf_set_print", &iter->set_print },
		{ "bpf_object__open_mem", &iter->open_mem },
		{ "bpf_object__load", &iter->load },
		{ "bpf_object__close", &iter->close },
		{ "bpf_object__find_program_by_name", &iter->find },
		{ "bpf_program__attach_iter", &iter->attach },
		{ "bpf_link__fd", &iter->link_fd },
		{ "bpf_link__destroy", &iter->destroy_link },
		{ "bpf_iter_create", &iter->create },
	};

	iter->library = dlopen(LIBBPF, RTLD_NOW | RTLD_LOCAL);
	if (!iter->library)
		return error_say(err, LIBNS_STEP_QUERY, ELIBACC,
				 "BPF needs " LIBBPF ", which cannot be loaded");
	for (size_t i = 0; i < ARRAY_SIZE(symbols); i++) {
		void *symbol = dlsym(iter->library, symbols[i].name);

		if (!symbol)
			return error_say(err, LIBNS_STEP_QUERY, ELIBBAD, LIBBPF " has no %s()",
					 symbols[i].name);
		memcpy(symbols[i].place, &symbol, sizeof(symbol));
	}
	return 0;
}

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
		/* EAGAIN: a million objects without a record; there may be more. */
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

static int run(const struct iter *iter, struct bpf_object *object, char **ret_records,
	       size_t *ret_size, struct libns_error *err)
{
	_cleanup_close_ int fd = -1;
	struct bpf_link *link;
	int r = iter->load(object);

	if (r < 0)
		return error_set(err, LIBNS_STEP_QUERY, -r, "cannot load a BPF program");
	link = iter->attach(iter->find(object, "scan_tasks"), NULL);
	if (!link)
		return error_set(err, LIBNS_STEP_QUERY, errno, "cannot attach a BPF iterator");
	fd = iter->create(iter->link_fd(link));
	r = fd < 0 ? -errno : read_all(fd, ret_records, ret_size);
	iter->destroy_link(link);
	return r < 0 ? error_set(err, LIBNS_STEP_QUERY, -r, "cannot run a BPF iterator") : 0;
}

int bpf_iter_read(char **ret_records, size_t *ret_size, struct libns_error *err)
{
	struct iter iter = { NULL };
	int r = open_library(&iter, err);

	if (r == 0) {
		size_t size;
		const void *bytes = scan_bpf__elf_bytes(&size);
		libbpf_print_fn_t print = iter.set_print(NULL);
		struct bpf_object *object = iter.open_mem(bytes, size, NULL);

		r = object ? run(&iter, object, ret_records, ret_size, err)
			   : error_set(err, LIBNS_STEP_QUERY, errno, "cannot read a BPF program");
		iter.close(object);
		iter.set_print(print);
	}
	if (iter.library)
		dlclose(iter.library);
	return r;
}
