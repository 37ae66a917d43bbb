/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Programs for a place that has none: a static busybox of the host, which runs below any root,
 * under all the names that it answers to. It is asked for them.
 */

#include <elf.h>
#include <string.h>

#include <libns/tree.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sized.h"
#include "base/sys.h"
#include "kernel/helper.h"

#if UINTPTR_MAX > UINT32_MAX
typedef Elf64_Ehdr elf_header;
typedef Elf64_Phdr elf_segment;
#define OWN_CLASS ELFCLASS64
#else
typedef Elf32_Ehdr elf_header;
typedef Elf32_Phdr elf_segment;
#define OWN_CLASS ELFCLASS32
#endif

static bool is_static(int fd)
{
	elf_header header;
	elf_segment segment;

	if (pread(fd, &header, sizeof(header), 0) != (ssize_t)sizeof(header) ||
	    memcmp(header.e_ident, ELFMAG, SELFMAG) || header.e_ident[EI_CLASS] != OWN_CLASS)
		return false;
	for (int i = 0; i < header.e_phnum; i++) {
		off_t at = (off_t)header.e_phoff + (off_t)i * (off_t)sizeof(segment);

		if (pread(fd, &segment, sizeof(segment), at) != (ssize_t)sizeof(segment) ||
		    segment.p_type == PT_INTERP)
			return false;
	}
	return true;
}

/* Return: descriptor, or -ENOENT. */
static int find(const char **ret_path)
{
	static const char *const places[] = { "/bin/busybox",        "/usr/bin/busybox",
					      "/sbin/busybox",       "/usr/local/bin/busybox",
					      "/bin/busybox.static", "/usr/bin/busybox-static" };

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		int fd = sys_open_at(AT_FDCWD, places[i], O_RDONLY);

		if (fd >= 0 && is_static(fd)) {
			*ret_path = places[i];
			return fd;
		}
		base_close(fd);
	}
	return -ENOENT;
}

static int ask_names(const char *path, struct helper_output *output, struct libns_error *err)
{
	char name[] = "busybox", option[] = "--list";
	char *const argv[] = { name, option, NULL };
	int r = helper_run(path, argv, output, err);

	if (r < 0)
		return r;
	/* An answer that fills the whole buffer may have been cut off within a name. */
	if (output->status || !*output->text || strlen(output->text) == sizeof(output->text) - 1)
		return error_say(err, LIBNS_STEP_HELPER, EIO,
				 "cannot read which programs are in '%s' (%s --list)", path, path);
	return 0;
}

/* Makes a link for each name, beside the program itself. Return: how many files there are. */
static size_t list_files(char *names, int busybox, struct libns_tree_file *files)
{
	size_t n = 0;
	char *name;

	files[n++] = (struct libns_tree_file){ "busybox", busybox, NULL };
	while ((name = strsep(&names, "\n")))
		if (*name && !strchr(name, '/'))
			files[n++] = (struct libns_tree_file){ name, -1, "busybox" };
	return n;
}

LIBNS_PUBLIC int libns_tree_new_busybox(const struct libns_entry *entry,
					const struct libns_tree_files *files,
					struct libns_error *err)
{
	_cleanup_free_ struct libns_tree_file *list = NULL;
	_cleanup_close_ int busybox = -1;
	struct helper_output output;
	struct libns_tree_files ask;
	const char *path;
	int r = base_copy_sized(&ask, sizeof(ask), files, sizeof(ask), "the list of files", err);

	if (r < 0)
		return r;
	busybox = find(&path);
	if (busybox < 0)
		return error_say(err, LIBNS_STEP_OPEN, ENOENT,
				 "there is no static busybox on this host");
	r = ask_names(path, &output, err);
	if (r < 0)
		return r;
	/* There cannot be more names than bytes. */
	list = calloc(sizeof(output.text), sizeof(*list));
	if (!list)
		return error_set(err, LIBNS_STEP_MOUNT, ENOMEM, "cannot list the programs of '%s'",
				 path);
	ask.files = list;
	ask.n_files = list_files(output.text, busybox, list);
	return libns_tree_new_files(entry, &ask, err);
}
