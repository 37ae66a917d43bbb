/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_DL_H
#define LIBNS_DL_H

/*
 * Libraries that are loaded when they are first used. Linking them would cost every program
 * their start-up time, and a machine without one of them could not run the others' work.
 *
 * A library is described once, in the only file that uses it:
 *
 *	#define FUNCTIONS(X) X(mnt_new_table) X(mnt_unref_table)
 *	struct libmount { FUNCTIONS(DL_MEMBER) };
 *	static const char *const names[] = { FUNCTIONS(DL_NAME) };
 *	DL_NOTE("mount", "Mounts of a process", "recommended", "libmount.so.1");
 *	DL_REGISTER(library);
 *
 *	struct libmount lib;
 *	r = dl_load(&library, &lib, sizeof(lib), err);
 *	lib.mnt_new_table();
 *
 * The table holds pointers of the types that the library's own header declares. It belongs
 * to whoever uses it; a library stays loaded until the process ends.
 */

#include <stddef.h>

#include <libns/error.h>

struct dl_library {
	const char *soname;  /* "libmount.so.1" */
	const char *package; /* the Debian package that has it */
	const char *use;     /* what cannot be done without it: "reading mounts" */
	const char *const *functions;
	size_t n_functions;
};

#define DL_MEMBER(function) __typeof__(function) *function;
#define DL_NAME(function)   #function,

/*
 * Puts a library in the list of those that this one may load. Each of them stands in one file only,
 * and the linker makes the list.
 */
#define DL_REGISTER(library)                                                                       \
	static const struct dl_library *const dl_registered                                        \
		__attribute__((used, section("libns_libraries"))) = &(library)

/* Library @i of that list, or NULL beyond its end. */
const struct dl_library *dl_at(size_t i);

/* How these functions are declared elsewhere: a library for @names, which is an array. */
#define DL_LIBRARY(soname, package, use, names)                                                    \
	{                                                                                          \
		soname, package, use, names, sizeof(names) / sizeof((names)[0])                    \
	}

/*
 * A note in the object file, from which those who make packages learn which libraries may be
 * loaded: https://uapi-group.org/specifications/specs/elf_dlopen_metadata/
 */
#define DL_NOTE(feature, description, priority, soname)                                            \
	__asm__(".pushsection .note.dlopen, \"a\", %note\n"                                        \
		"	.balign 4\n"                                                                     \
		"	.long 4, 2f - 1f, 0x407c0c0a\n"                                                  \
		"	.asciz \"FDO\"\n"                                                                \
		"1:	.asciz \"[{\\\"feature\\\":\\\"" feature "\\\","                           \
		"\\\"description\\\":\\\"" description "\\\","                                     \
		"\\\"priority\\\":\\\"" priority "\\\",\\\"soname\\\":[\\\"" soname "\\\"]}]\"\n"  \
		"2:	.balign 4\n"                                                                   \
		"	.popsection\n")

/*
 * Loads @library, and fills the table @ret of @size bytes with its functions.
 * Return: 0; -ELIBACC if it cannot be loaded, which the sentence explains; -ELIBBAD if it
 * lacks a function.
 */
int dl_load(const struct dl_library *library, void *ret, size_t size, struct libns_error *err);

/*
 * From now on nothing is loaded in this process. Called where a namespace was joined that
 * others may control (a library would be taken from their files), and by every process that
 * was made and has not executed a program yet (a lock of the loader may be held by a thread
 * that it has not got). Async-signal-safe.
 */
void dl_forbid(void);

#endif
