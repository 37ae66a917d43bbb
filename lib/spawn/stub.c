/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The program that joins in place of the caller (stub-spawn.c). It has no C library and no data of
 * its own, and nothing in it is of use to a stranger. It is compiled separately; the library holds
 * its bytes.
 *
 * It works off the helper's list, makes the child, and ends. The child works off its own list and
 * becomes the program. A failure ends it, and the caller finds the sentence for that. For screen.c
 * there is no helper, and it only becomes the program.
 *
 * A program that begins with "#!/proc/self/exe" can have the child execute this file once more. Then
 * there are at least two arguments, and it ends at once.
 */

#include "spawn/stub.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DATA ((struct stub_data *)STUB_DATA)
#define WORK ((struct stub_work *)STUB_WORK)

__asm__(".section .text.start, \"ax\", @progbits\n"
	".globl _start\n"
	"_start:\n"
	"	xor %ebp, %ebp\n"
	"	mov %rsp, %rdi\n"
	"	and $-16, %rsp\n"
	"	call stub_main\n"
	"	hlt\n"
	".previous\n");

static long call(long number, const uint64_t *args)
{
	register uint64_t fourth __asm__("r10") = args[3];
	register uint64_t fifth __asm__("r8") = args[4];
	register uint64_t sixth __asm__("r9") = args[5];
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(args[0]), "S"(args[1]), "d"(args[2]), "r"(fourth),
			   "r"(fifth), "r"(sixth)
			 : "rcx", "r11", "memory");
	return result;
}

#define CALL(number, ...) call(number, (const uint64_t[6]){ __VA_ARGS__ })

static _Noreturn void end(int status)
{
	for (;;)
		CALL(SYS_exit_group, (uint64_t)status);
}

/* Compares two struct statx of the kernel, as sys_statx_same() does. */
static bool is_same(const char *a, const char *b)
{
	const uint64_t *ino_a = (const void *)(a + 32), *ino_b = (const void *)(b + 32);
	const uint64_t *dev_a = (const void *)(a + 136), *dev_b = (const void *)(b + 136);
	const uint64_t *mnt_a = (const void *)(a + 144), *mnt_b = (const void *)(b + 144);
	const uint32_t both =
		*(const uint32_t *)(const void *)a & *(const uint32_t *)(const void *)b;

	return *ino_a == *ino_b && *dev_a == *dev_b && (!(both & 0x1000) || *mnt_a == *mnt_b);
}

/* Return: 0, or a negative errno. @skip: receives how many of the next operations are left out. */
static long take(const struct stub_op *op, uint64_t *skip)
{
	long result;

	*skip = 0;
	if (op->kind == STUB_MASK) {
		*(uint32_t *)op->args[0] &= (uint32_t)op->args[1];
		return 0;
	}
	if (op->kind == STUB_SKIP_IF_SAME) {
		if (is_same((const char *)op->args[0], (const char *)op->args[1]))
			*skip = op->args[2];
		return 0;
	}
	result = call(op->number, op->args);
	if (op->kind == STUB_EXPECT)
		return result == op->result ? 0 : result < 0 ? result : -EIO;
	return op->kind == STUB_TRY || result >= 0 || result == op->result ? 0 : result;
}

static void work_off_helper(struct stub_work *work)
{
	const struct stub_op *ops = (const struct stub_op *)work->ops;
	uint64_t skip;
	long r;

	for (uint64_t i = 0; i < work->n_ops; i += 1 + skip) {
		work->at = (uint32_t)i;
		r = take(&ops[i], &skip);
		if (r < 0) {
			work->code = (int32_t)-r;
			end(STUB_FAILED);
		}
	}
	work->at = work->n_ops;
}

/* ------------------------------------------------ an interpreter that is missing */

static void note(const char *name, const char *end)
{
	char *to = (char *)DATA->needs;
	size_t n = 0;

	while (name < end && *name && *name != ' ' && *name != '\t' && *name != '\n' &&
	       n + 1 < STUB_NEEDS)
		to[n++] = *name++;
	to[n] = '\0';
	/* If the interpreter exists, something else was missing. */
	if (CALL(SYS_faccessat, (uint64_t)AT_FDCWD, DATA->needs, F_OK) == 0)
		*to = '\0';
}

static void note_of_elf(const char *begin, const char *end)
{
	const Elf64_Ehdr *header = (const void *)begin;
	const Elf64_Phdr *segment;

	for (uint64_t i = 0; i < header->e_phnum; i++) {
		uint64_t at = header->e_phoff + i * sizeof(*segment);

		if (at & 7 || at + sizeof(*segment) > (uint64_t)(end - begin))
			return;
		segment = (const void *)(begin + at);
		if (segment->p_type == PT_INTERP && segment->p_offset < (uint64_t)(end - begin))
			note(begin + segment->p_offset, end);
	}
}

/* Finds out what is missing where a file exists and execve(2) has failed with ENOENT. */
static void note_needs(const char *file)
{
	_Alignas(8) char begin[4096];
	long fd, n;

	if (!DATA->needs)
		return;
	fd = CALL(SYS_openat, (uint64_t)AT_FDCWD, (uint64_t)file,
		  O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	n = fd < 0 ? fd : CALL(SYS_read, (uint64_t)fd, (uint64_t)begin, sizeof(begin));
	if (n > 2 && begin[0] == '#' && begin[1] == '!') {
		long at = 2;

		while (at < n && (begin[at] == ' ' || begin[at] == '\t'))
			at++;
		note(begin + at, begin + n);
	} else if (n > (long)sizeof(Elf64_Ehdr) && begin[0] == 0x7f && begin[1] == 'E' &&
		   begin[EI_CLASS] == ELFCLASS64) {
		note_of_elf(begin, begin + n);
	}
	if (fd >= 0)
		CALL(SYS_close, (uint64_t)fd);
}

/* ------------------------------------------------ the program, as kernel/exec.c has it */

static size_t length(const char *text)
{
	size_t n = 0;

	while (text[n])
		n++;
	return n;
}

static size_t until(const char *text, char mark)
{
	size_t n = 0;

	while (text[n] && text[n] != mark)
		n++;
	return n;
}

static long run(const struct stub_program *program, const char *file)
{
	uint64_t *argv = (uint64_t *)program->argv, name = argv[0];
	long r = CALL(SYS_execve, (uint64_t)file, (uint64_t)argv, DATA->envp);

	if (r == -ENOENT)
		note_needs(file);
	if (r != -ENOEXEC)
		return r;
	argv[-1] = DATA->shell;
	argv[0] = (uint64_t)file;
	r = CALL(SYS_execve, DATA->shell, (uint64_t)(argv - 1), DATA->envp);
	argv[0] = name;
	return r;
}

static bool not_here(long r)
{
	return r == -ENOENT || r == -ENOTDIR || r == -ESTALE || r == -ENODEV || r == -ETIMEDOUT;
}

static size_t put(char *to, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = text[i];
	return n;
}

static long search(const struct stub_program *program, const char *name)
{
	const char *dir = (const char *)DATA->search;
	size_t n_name = length(name), n, end_of_dir;
	char file[PATH_MAX];
	long r, result = -ENOENT;

	for (;; dir += end_of_dir + 1) {
		end_of_dir = until(dir, ':');
		if (end_of_dir + n_name + 2 <= PATH_MAX) {
			n = put(file, dir, end_of_dir);
			if (n)
				file[n++] = '/';
			put(file + n, name, n_name + 1);
			r = run(program, file);
			if (r == -EACCES)
				result = r;
			else if (!not_here(r))
				return r;
		}
		if (!dir[end_of_dir])
			return result;
	}
}

static long find_and_run(const struct stub_program *program)
{
	const char *path = (const char *)program->path;

	if (!*path)
		return -ENOENT;
	if (path[until(path, '/')])
		return run(program, path);
	return length(path) > NAME_MAX ? -ENAMETOOLONG : search(program, path);
}

static _Noreturn void be_child(void)
{
	const struct stub_op *ops = (const struct stub_op *)DATA->ops;
	const struct stub_program *programs = (const struct stub_program *)DATA->programs;
	uint64_t skip;
	long r = 0;

	for (uint64_t i = 0; i < DATA->n_ops && r == 0; i += 1 + skip)
		r = take(&ops[i], &skip);
	r = r ? -EIO : -ENOENT;
	for (uint64_t i = 0; i < DATA->n_programs && r == -ENOENT; i++)
		r = find_and_run(&programs[i]);
	if (DATA->code)
		*(int32_t *)DATA->code = (int32_t)-r;
	CALL(SYS_sendto, (uint64_t)DATA->line, DATA->message, DATA->n_message, MSG_NOSIGNAL);
	end(STUB_CANNOT_RUN);
}

static _Noreturn void refuse_script(void)
{
	static const char words[] = "/proc/self/exe cannot be the interpreter of a script here\n";

	CALL(SYS_write, 2, (uint64_t)words, sizeof(words) - 1);
	end(STUB_FAILED);
}

_Noreturn void stub_main(const long *stack);

_Noreturn void stub_main(const long *stack)
{
	const uint64_t flags = CLONE_PARENT | CLONE_PARENT_SETTID;
	long r;

	if (stack[0] != 1)
		refuse_script();
	if (DATA->work_fd < 0)
		be_child();
	/* Nobody may look into this process once it has joined namespaces of somebody else. */
	r = CALL(SYS_prctl, PR_SET_DUMPABLE, 0);
	CALL(SYS_prctl, PR_SET_NAME, (uint64_t)DATA->name);
	if (r < 0 ||
	    CALL(SYS_mmap, STUB_WORK, DATA->work_size, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_FIXED_NOREPLACE, (uint64_t)DATA->work_fd) != (long)STUB_WORK ||
	    CALL(SYS_madvise, STUB_WORK, DATA->work_size, MADV_DONTFORK) < 0 ||
	    CALL(SYS_close, (uint64_t)DATA->work_fd) < 0)
		end(STUB_FAILED);
	work_off_helper(WORK);
	/* The child does not have this memory: who traces it cannot write another number there. */
	r = CALL(SYS_clone, flags, 0, (uint64_t)&WORK->pid);
	if (r == 0)
		be_child();
	if (r < 0)
		WORK->code = (int32_t)-r;
	end(r < 0 ? STUB_FAILED : 0);
}
