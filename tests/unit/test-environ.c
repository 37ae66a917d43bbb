/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "process.h"

#define PATIENCE 20000

/* Returns when the child runs its program, which gives back what it is given. */
static pid_t run_with(char *const envp[])
{
	int line[2];
	char byte = '.';
	pid_t pid;

	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line), 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(line[1], STDIN_FILENO);
		dup2(line[1], STDOUT_FILENO);
		execle("/bin/cat", "cat", NULL, envp);
		_exit(1);
	}
	tap_keep_child(pid);
	close(line[1]);
	/* Stays open: the end of its input would be the end of the program. */
	tap_keep(line[0]);
	CHECK_INT(write(line[0], &byte, 1), 1);
	CHECK_INT(read(line[0], &byte, 1), 1);
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

/* What a directory that looks like a process holds before, during and after an execve(2). */
static void write_file(int dir_fd, const char *name, const char *text)
{
	int fd = openat(dir_fd, "new", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	CHECK(fd >= 0);
	CHECK_INT(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	CHECK_INT(renameat(dir_fd, "new", dir_fd, name), 0);
}

static void write_stat(int dir_fd, const char *state_and_flags, const char *start, const char *end)
{
	char text[512];
	int n = snprintf(text, sizeof(text), "%d (a b) %s 10 11 12 13", (int)getpid(),
			 state_and_flags);

	for (int field = 14; field < 50; field++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, " %d", field);
	snprintf(text + n, sizeof(text) - (size_t)n, " %s %s 0\n", start, end);
	write_file(dir_fd, "stat", text);
}

static const char sleeping[] = "S 1 2 3 0 -1 4194304", kernel_thread[] = "S 2 0 0 0 -1 2129984",
		  zombie[] = "Z 1 2 3 0 -1 4194304";

struct lookalike {
	char path[32];
	int dir_fd; /* of the process in it, which has the number of this one */
	struct libns_proc *proc;
};

static void forget(void *data)
{
	struct lookalike *it = data;
	char command[64];

	libns_proc_free(it->proc);
	close(it->dir_fd);
	snprintf(command, sizeof(command), "rm -r %s", it->path);
	CHECK_INT(system(command), 0);
}

static struct lookalike *make_lookalike(void)
{
	static struct lookalike it = { .path = "/tmp/libns-environ-XXXXXX" };
	char number[16];
	int fd;

	CHECK(mkdtemp(it.path) != NULL);
	fd = open(it.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	snprintf(number, sizeof(number), "%d", (int)getpid());
	CHECK_INT(mkdirat(fd, number, 0700), 0);
	it.dir_fd = openat(fd, number, O_PATH | O_DIRECTORY | O_CLOEXEC);
	tap_later(forget, &it);
	write_stat(it.dir_fd, sleeping, "0", "0");
	write_file(it.dir_fd, "environ", "");
	CHECK_INT(libns_proc_new(fd, getpid(), &it.proc, NULL), 0);
	close(fd);
	return &it;
}

TEST(a_program_that_is_being_loaded)
{
	struct lookalike *it = make_lookalike();
	struct libns_error err = LIBNS_ERROR_INIT;
	char expected[128], *items = NULL;
	size_t size;
	pid_t pid;

	CHECK_INT(libns_proc_read_environ(it->proc, 50, &items, &size, &err), -ETIMEDOUT);
	snprintf(expected, sizeof(expected),
		 "the environment of process %d cannot be read: its program is still being loaded",
		 (int)getpid());
	CHECK_STR(err.text, expected);
	CHECK(!items);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		usleep(50000);
		write_file(it->dir_fd, "environ", "A=1");
		_exit(0);
	}
	tap_keep_child(pid);
	CHECK_INT(libns_proc_read_environ(it->proc, PATIENCE, &items, &size, NULL), 0);
	CHECK_STR(items, "A=1");
	free(items);
}

TEST(empty_for_good)
{
	struct lookalike *it = make_lookalike();
	size_t size = 1;
	char *items;

	write_stat(it->dir_fd, sleeping, "140000", "140000");
	CHECK_INT(libns_proc_read_environ(it->proc, PATIENCE, &items, &size, NULL), 0);
	CHECK_INT(size, 0);
	free(items);
	write_stat(it->dir_fd, zombie, "0", "0");
	CHECK_INT(libns_proc_read_environ(it->proc, PATIENCE, &items, &size, NULL), 0);
	free(items);
	write_stat(it->dir_fd, kernel_thread, "0", "0");
	CHECK_INT(libns_proc_read_environ(it->proc, PATIENCE, &items, &size, NULL), 0);
	free(items);
	write_file(it->dir_fd, "stat", "7 (a b) S 1");
	CHECK_INT(libns_proc_read_environ(it->proc, PATIENCE, &items, &size, NULL), -EBADMSG);
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
