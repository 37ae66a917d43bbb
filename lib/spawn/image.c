/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The stub as files in memory. The program is an ELF file of two segments: its code, which is always
 * the same, and the child's data. Neither is both writable and executable, and the stack is not
 * executable. The file is sealed, so that nobody who gets hold of it can change it.
 */

#include "spawn/image.h"

#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/uio.h>

#include "base/base.h"
#include "base/sys.h"
#include "kernel/sealed.h"

#if HAVE_STUB
static const unsigned char stub_code[] = {
#include <stub.inc>
};
#else
static const unsigned char stub_code[1];
#endif

bool image_is_known(void)
{
	return HAVE_STUB;
}

void image_begin(struct image_part *part, uint64_t base, size_t n_header)
{
	part->base = base;
	part->bytes = NULL;
	part->n_bytes = part->room = part->n_ops = 0;
	part->code = 0;
	image_add(part, NULL, n_header);
}

void image_end(struct image_part *part)
{
	free(part->bytes);
}

static bool make_room(struct image_part *part, size_t n)
{
	size_t room = part->room ? part->room : 4096;
	char *bytes;

	while (room - part->n_bytes < n)
		room *= 2;
	if (room == part->room)
		return true;
	bytes = realloc(part->bytes, room);
	if (!bytes) {
		part->code = -ENOMEM;
		return false;
	}
	part->bytes = bytes;
	part->room = room;
	return true;
}

uint64_t image_add(struct image_part *part, const void *data, size_t n)
{
	size_t at = (part->n_bytes + 7) & ~(size_t)7, gap = at - part->n_bytes;

	if (part->code || !make_room(part, gap + n))
		return 0;
	memset(part->bytes + part->n_bytes, 0, gap);
	if (data)
		memcpy(part->bytes + at, data, n);
	else
		memset(part->bytes + at, 0, n);
	part->n_bytes = at + n;
	return part->base + at;
}

uint64_t image_text(struct image_part *part, const char *text)
{
	return image_add(part, text, strlen(text) + 1);
}

uint64_t image_words(struct image_part *part, char *const *words)
{
	size_t n = 0;
	uint64_t list;

	while (words[n])
		n++;
	list = image_add(part, NULL, (n + 2) * sizeof(uint64_t));
	for (size_t i = 0; i < n && !part->code; i++) {
		uint64_t word = image_text(part, words[i]);
		size_t at = (size_t)(list - part->base) + (i + 1) * sizeof(word);

		if (word)
			memcpy(part->bytes + at, &word, sizeof(word));
	}
	return list + sizeof(uint64_t);
}

void image_op(struct image_part *part, const struct stub_op *op)
{
	if (part->n_ops == IMAGE_MAX_OPS)
		part->code = -E2BIG;
	else
		part->ops[part->n_ops++] = *op;
}

/* Whether a file may be so large. If it may not, writing it would send a signal that ends the caller. */
static bool fits(size_t n)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_FSIZE, &limit) == 0 && n <= limit.rlim_cur;
}

static int write_all(int fd, const struct iovec *parts, int n)
{
	size_t size = 0;
	ssize_t r;

	for (int i = 0; i < n; i++)
		size += parts[i].iov_len;
	if (!fits(size))
		return -EFBIG;
	r = writev(fd, parts, n);
	if (r < 0)
		return -errno;
	return (size_t)r == size ? 0 : -EIO;
}

int image_open_work(struct image_part *helper)
{
	uint64_t ops = image_add(helper, helper->ops, helper->n_ops * sizeof(*helper->ops));
	struct stub_work work = { .n_ops = (uint32_t)helper->n_ops, .ops = ops };
	_cleanup_close_ int fd = -1;
	int r;

	if (helper->code)
		return helper->code;
	memcpy(helper->bytes, &work, sizeof(work));
	fd = memfd_create("libns", MFD_CLOEXEC);
	fd = fd < 0 ? -errno : sys_fd_above_stdio(fd);
	r = fd < 0 ? fd : write_all(fd, &(struct iovec){ helper->bytes, helper->n_bytes }, 1);
	return r < 0 ? r : TAKE_FD(fd);
}

static void fill_headers(char page[STUB_DATA_AT], size_t n_data)
{
	const Elf64_Ehdr header = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = ET_EXEC,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_entry = STUB_CODE + STUB_ENTRY,
		.e_phoff = sizeof(header),
		.e_ehsize = sizeof(header),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 3,
	};
	const Elf64_Phdr segments[] = {
		{ PT_LOAD, PF_R | PF_X, 0, STUB_CODE, STUB_CODE, STUB_DATA_AT, STUB_DATA_AT, 4096 },
		{ PT_LOAD, PF_R | PF_W, STUB_DATA_AT, STUB_DATA, STUB_DATA, n_data, n_data, 4096 },
		{ .p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W, .p_align = 16 },
	};

	memset(page, 0, STUB_DATA_AT);
	memcpy(page, &header, sizeof(header));
	memcpy(page + sizeof(header), segments, sizeof(segments));
	memcpy(page + STUB_ENTRY, stub_code, sizeof(stub_code));
}

int image_open_stub(struct image_part *child, const struct stub_data *data)
{
	_cleanup_close_ int fd = -1;
	char page[STUB_DATA_AT];
	int r;

	if (child->code)
		return child->code;
	memcpy(child->bytes, data, sizeof(*data));
	fd = sealed_new(data->name);
	if (fd < 0)
		return fd;
	fill_headers(page, child->n_bytes);
	r = write_all(
		fd,
		(const struct iovec[]){ { page, sizeof(page) }, { child->bytes, child->n_bytes } },
		2);
	if (r == 0)
		r = sealed_close(fd);
	return r < 0 ? r : TAKE_FD(fd);
}
