/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * execvpe(3) for a child that may not allocate, with PATH taken from the
 * environment the program will have. Order and errors of the search are those
 * of the C library: "permission denied" is remembered while the search goes
 * on, other errors than "not here" end it, and a file the kernel does not know
 * how to run is given to /bin/sh.
 *
 * ENOENT for a file that is there means that its interpreter is not: in a new
 * root the usual reason for a failure, and the least obvious. So that is looked
 * up and named.
 */

#include "kernel/exec.h"

#include <elf.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>

#include <libns/run.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"

#define DEFAULT_PATH "/bin:/usr/bin"

/* Reads a piece of a program's file: its header, or the name in it. */
#define SCRAP 256

#if UINTPTR_MAX > UINT32_MAX
typedef Elf64_Ehdr elf_header;
typedef Elf64_Phdr elf_segment;
#else
typedef Elf32_Ehdr elf_header;
typedef Elf32_Phdr elf_segment;
#endif

static void script_interpreter(char *scrap)
{
	char *name = scrap + 2;

	name += strspn(name, " \t");
	name[strcspn(name, " \t\n")] = '\0';
	memmove(scrap, name, strlen(name) + 1);
}

static void elf_interpreter(int fd, char *scrap)
{
	elf_header header;
	elf_segment segment;

	memcpy(&header, scrap, sizeof(header));
	*scrap = '\0';
	for (unsigned int i = 0; i < header.e_phnum; i++) {
		off_t at = (off_t)header.e_phoff + (off_t)i * (off_t)sizeof(segment);

		if (pread(fd, &segment, sizeof(segment), at) != sizeof(segment))
			return;
		if (segment.p_type != PT_INTERP)
			continue;
		if (pread(fd, scrap, SCRAP - 1, (off_t)segment.p_offset) < 2)
			*scrap = '\0';
		return;
	}
}

/* Finds the interpreter or loader that the file names, or "". */
static void interpreter_of(const char *file, char scrap[SCRAP])
{
	_cleanup_close_ int fd = sys_open_at(AT_FDCWD, file, O_RDONLY | O_NONBLOCK);
	ssize_t n;

	memset(scrap, 0, SCRAP);
	n = fd < 0 ? -1 : pread(fd, scrap, SCRAP - 1, 0);
	if (n > 2 && scrap[0] == '#' && scrap[1] == '!')
		script_interpreter(scrap);
	else if (n >= (ssize_t)sizeof(elf_header) && !memcmp(scrap, ELFMAG, SELFMAG) &&
		 scrap[EI_CLASS] == (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32))
		elf_interpreter(fd, scrap);
	else
		*scrap = '\0';
}

static int refused(const char *file, int code, struct libns_error *err)
{
	char interpreter[SCRAP];

	if (code != ENOENT || faccessat(AT_FDCWD, file, F_OK, 0) < 0)
		return error_set(err, LIBNS_STEP_EXEC, code, "cannot execute '%s'", file);
	interpreter_of(file, interpreter);
	if (!*interpreter || faccessat(AT_FDCWD, interpreter, F_OK, 0) == 0)
		return error_set(err, LIBNS_STEP_EXEC, code, "cannot execute '%s'", file);
	return error_say(err, LIBNS_STEP_EXEC, code,
			 "cannot execute '%s': it needs '%s', which is not there", file,
			 interpreter);
}

size_t exec_count(char *const argv[])
{
	size_t n = 0;

	while (argv[n])
		n++;
	return n;
}

/* The file as an argument of /bin/sh, as execvp(3) does for ENOEXEC. */
static int run_by_shell(const char *file, char *const argv[], char *const envp[], const char **room)
{
	size_t n = exec_count(argv), size = (n + EXEC_ROOM) * sizeof(*room);
	const char **args = room;

	if (!room)
		args = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (args == MAP_FAILED)
		return -ENOMEM;
	args[0] = "/bin/sh";
	args[1] = file;
	for (size_t i = 1; i < n; i++)
		args[i + 1] = argv[i];
	execve(args[0], (char *const *)(uintptr_t)args, envp);
	n = (size_t)errno;
	if (!room)
		munmap(args, size);
	return -(int)n;
}

static int run(const char *file, char *const argv[], char *const envp[], const char **room)
{
	execve(file, argv, envp);
	return errno == ENOEXEC ? run_by_shell(file, argv, envp, room) : -errno;
}

const char *exec_search_path(char *const envp[])
{
	for (; *envp; envp++)
		if (!strncmp(*envp, "PATH=", 5))
			return *envp + 5;
	return DEFAULT_PATH;
}

/* The next file to try; false at the end of the path. */
static bool next_file(const char **path, const char *name, char file[PATH_MAX])
{
	while (*path) {
		const char *dir = *path;
		size_t n = strcspn(dir, ":");

		*path = dir[n] ? dir + n + 1 : NULL;
		if (n + strlen(name) + 2 > PATH_MAX)
			continue;
		memcpy(file, dir, n);
		if (n)
			file[n++] = '/';
		strcpy(file + n, name);
		return true;
	}
	return false;
}

static bool not_here(int r)
{
	return r == -ENOENT || r == -ENOTDIR || r == -ESTALE || r == -ENODEV || r == -ETIMEDOUT;
}

/* Tries one file after the other; leaves the one the result is about in @file. */
static int search(char *const argv[], char *const envp[], const char **room, const char *name,
		  char file[PATH_MAX])
{
	const char *path = exec_search_path(envp);
	int r, result = -ENOENT;

	while (next_file(&path, name, file)) {
		r = run(file, argv, envp, room);
		if (r == -EACCES)
			result = r;
		else if (!not_here(r))
			return r;
	}
	path = exec_search_path(envp);
	/* The file that was refused. For ENOENT it is one that exists, but lacks what it needs. */
	while (next_file(&path, name, file)) {
		r = faccessat(AT_FDCWD, file, result == -EACCES ? X_OK : F_OK, AT_EACCESS);
		if (result == -EACCES ? r < 0 && errno == EACCES : r == 0)
			return result;
	}
	strcpy(file, name);
	return result;
}

int exec_program(const char *path, char *const argv[], char *const envp[], const char **room,
		 struct libns_error *err)
{
	static char *const empty[] = { NULL };
	char file[PATH_MAX];
	int code;

	if (!path)
		path = argv[0];
	if (!envp)
		envp = environ;
	/* clearenv(3) leaves no array at all. */
	if (!envp)
		envp = empty;
	if (!*path)
		return error_say(err, LIBNS_STEP_EXEC, ENOENT,
				 "cannot execute '': the name of the program is empty");
	if (strchr(path, '/'))
		return refused(path, -run(path, argv, envp, room), err);
	if (strlen(path) > NAME_MAX)
		return error_set(err, LIBNS_STEP_EXEC, ENAMETOOLONG, "cannot execute '%s'", path);
	code = -search(argv, envp, room, path, file);
	return refused(file, code, err);
}

LIBNS_PUBLIC int libns_exec(const char *path, char *const argv[], char *const envp[],
			    struct libns_error *err)
{
	return exec_program(path, argv, envp, NULL, err);
}

static void set_cloexec(int fd, void *result)
{
	if (fd > STDERR_FILENO && fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		*(int *)result = -errno;
}

/* Before Linux 5.11, and where a filter refuses close_range(2). */
static int close_listed_on_exec(void)
{
	int list = sys_open_at(AT_FDCWD, "/proc/self/fd", O_RDONLY | O_DIRECTORY), each = 0, r;

	if (list < 0)
		return list;
	r = sys_each_fd(list, set_cloexec, &each);
	close(list);
	return r < 0 ? r : each;
}

LIBNS_PUBLIC int libns_fds_close_on_exec(struct libns_error *err)
{
	const unsigned int cloexec = 4; /* CLOSE_RANGE_CLOEXEC */
	int r = sys_close_range(STDERR_FILENO + 1, ~0U, cloexec);

	if (r < 0)
		r = close_listed_on_exec();
	return r < 0 ? error_set(err, LIBNS_STEP_EXEC, -r, "cannot close the other descriptors")
		     : 0;
}
