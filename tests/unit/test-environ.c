/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "process.h"

#define PATIENCE 20000

/* Whether execve(2) has come to its end, where env_end of proc_pid_stat(5) is set. */
static bool has_environ(pid_t pid)
{
	char path[64], text[2048], *at;
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	CHECK(file != NULL);
	n = fread(text, 1, sizeof(text) - 1, file);
	text[n] = '\0';
	fclose(file);
	CHECK((at = strrchr(text, ')')) != NULL);
	for (int field = 2; field < 51; field++)
		CHECK((at = strchr(at + 1, ' ')) != NULL);
	return !strncmp(strchr(text, '('), "(sleep)", 7) && strtoull(at, NULL, 10);
}

/* Returns when the child runs its program. */
static pid_t run_with(char *const envp[])
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execle("/bin/sleep", "sleep", "1000", NULL, envp);
		_exit(1);
	}
	tap_keep_child(pid);
	while (!has_environ(pid))
		;
	return pid;
}

TEST(items_as_they_were_given)
{
	char *const envp[] = { (char[]){ "A=1" }, (char[]){ "no equals sign" }, (char[]){ "" },
			       (char[]){ "A=2" }, NULL };
	static const char expected[] = "A=1\0no equals sign\0\0A=2";
	struct libns_error err = LIBNS_ERROR_INIT;
	char *items;
	size_t size;

	if (libns_proc_read_environ(pin(run_with(envp)), PATIENCE, &items, &size, &err) < 0)
		TAP_FAIL("%s", err.text);
	CHECK_INT(size, sizeof(expected));
	CHECK(!memcmp(items, expected, size));
	CHECK_INT(items[size], 0);
	free(items);
}

TEST(no_environment)
{
	char *const envp[] = { NULL };
	size_t size = 1;
	char *items;

	CHECK_INT(libns_proc_read_environ(pin(run_with(envp)), PATIENCE, &items, &size, NULL), 0);
	CHECK_INT(size, 0);
	CHECK_INT(*items, 0);
	free(items);
}

/* One that is read in one part, in just two, in a little more, and in many. */
TEST(every_size)
{
	static const size_t sizes[] = { 32768, 65536, 65537, 65536 + 32767, 1000000 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		char *many[32] = { NULL }, *items, *pos;
		size_t left = sizes[i], size, n = 0;

		while (left) {
			size_t len = left > 100000 ? 99000 : left;

			many[n] = calloc(1, len);
			memset(many[n], (int)('a' + n), len - 1);
			left -= len;
			n++;
		}
		CHECK_INT(
			libns_proc_read_environ(pin(run_with(many)), PATIENCE, &items, &size, NULL),
			0);
		CHECK_INT(size, sizes[i]);
		pos = items;
		for (size_t k = 0; k < n; k++) {
			CHECK_STR(pos, many[k]);
			pos += strlen(pos) + 1;
			free(many[k]);
		}
		free(items);
	}
}

/* Says that the own environment is at @start. Return: 0, or -1 with errno. */
static int claim_environ(const char *start, size_t size)
{
	/* Fields of proc_pid_stat(5), from the 26th on. */
	unsigned long long at[26];
	struct prctl_mm_map map = { .exe_fd = (uint32_t)-1 };
	FILE *file = fopen("/proc/self/stat", "re");

	CHECK(file != NULL);
	CHECK_INT(fscanf(file, "%*d (%*[^)]) %*c"), 0);
	for (int i = 4; i < 26; i++)
		CHECK_INT(fscanf(file, "%*s"), 0);
	for (int i = 26; i <= 51; i++)
		CHECK_INT(fscanf(file, "%llu", &at[i - 26]), 1);
	fclose(file);
	map.start_code = at[0];
	map.end_code = at[1];
	map.start_stack = at[2];
	map.start_data = at[45 - 26];
	map.end_data = at[46 - 26];
	map.start_brk = at[47 - 26];
	map.brk = (uintptr_t)sbrk(0);
	map.arg_start = at[48 - 26];
	map.arg_end = at[49 - 26];
	map.env_start = (uintptr_t)start;
	map.env_end = map.env_start + size;
	return prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0UL);
}

TEST(more_than_a_program_can_be_given)
{
	const size_t size = 16 << 20;
	struct libns_error err = LIBNS_ERROR_INIT;
	char *big = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char expected[128], *items;
	size_t got;

	CHECK(big != MAP_FAILED);
	if (claim_environ(big, size) < 0)
		SKIP("needs the right to say where the environment is");
	CHECK_INT(libns_proc_read_environ(pin(getpid()), PATIENCE, &items, &got, &err), -E2BIG);
	snprintf(expected, sizeof(expected),
		 "cannot read the environment of process %d: Argument list too long",
		 (int)getpid());
	CHECK_STR(err.text, expected);
	/* The last one that would do. */
	CHECK_INT(claim_environ(big, (6 << 20) - 1), 0);
	CHECK_INT(libns_proc_read_environ(pin(getpid()), PATIENCE, &items, &got, &err), 0);
	CHECK_INT(got, (6 << 20) - 1);
	free(items);
	munmap(big, size);
}

TEST(a_process_that_is_gone)
{
	char *const envp[] = { NULL };
	struct libns_error err = LIBNS_ERROR_INIT;
	pid_t pid = run_with(envp);
	struct libns_proc *proc = pin(pid);
	char *items = NULL;
	size_t size;

	end(pid);
	CHECK_INT(libns_proc_read_environ(proc, PATIENCE, &items, &size, &err), -ESRCH);
	CHECK_CONTAINS(err.text, "cannot read the environment of process");
	CHECK(!items);
}

TEST(somebody_elses_process)
{
	struct libns_proc *proc;
	char *items;
	size_t size;

	if (geteuid() != 0)
		SKIP("needs root");
	proc = pin(getppid());
	CHECK_INT(setresuid(65533, 65533, 65533), 0);
	CHECK_INT(libns_proc_read_environ(proc, PATIENCE, &items, &size, NULL), -EACCES);
}

TAP_MAIN
