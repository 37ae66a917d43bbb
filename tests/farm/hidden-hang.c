/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The cases of tests/farm/hidden.c in which a careless reader never comes back,
 * some not even when it is killed.
 *
 * Whatever waits, waits for a FUSE server. The server is a process of its own,
 * which has nothing on its file system open: when it ends, by whatever death,
 * the kernel gives the file system up and everybody is released. It dies with
 * the holder, and in any case after half a minute.
 */

#include <linux/fuse.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "hidden.h"

#define SERVER_SECONDS 30

/* The least server that lets a file be opened and mapped. */
static void answer(int server, const struct fuse_in_header *request, const void *body, size_t n)
{
	char buf[256];
	struct fuse_out_header *out = (void *)buf;

	*out = (struct fuse_out_header){
		.len = (uint32_t)(sizeof(*out) + n),
		.error = body || !n ? 0 : -ENOSYS,
		.unique = request->unique,
	};
	if (out->error)
		out->len = sizeof(*out);
	else
		memcpy(buf + sizeof(*out), body, n);
	MUST(write(server, buf, out->len));
}

static struct fuse_attr attributes(uint64_t node)
{
	return (struct fuse_attr){
		.ino = node,
		.mode = node == FUSE_ROOT_ID ? S_IFDIR | 0755 : S_IFREG | 0644,
		.nlink = 1,
		.size = 4096,
		.blksize = 4096,
	};
}

static void serve(int server, const struct fuse_in_header *request)
{
	struct fuse_init_out init = {
		.major = 7,
		.minor = 31,
		.max_write = 4096,
		.time_gran = 1,
	};
	struct fuse_entry_out entry = {
		.nodeid = 2,
		.entry_valid = 600,
		.attr_valid = 600,
		.attr = attributes(2),
	};
	struct fuse_attr_out attr = {
		.attr_valid = 600,
		.attr = attributes(request->nodeid),
	};
	struct fuse_open_out open = { .fh = 1 };

	if (request->opcode == FUSE_INIT)
		answer(server, request, &init, sizeof(init));
	else if (request->opcode == FUSE_LOOKUP)
		answer(server, request, &entry, sizeof(entry));
	else if (request->opcode == FUSE_GETATTR)
		answer(server, request, &attr, sizeof(attr));
	else if (request->opcode == FUSE_OPEN)
		answer(server, request, &open, sizeof(open));
	else
		answer(server, request, NULL, 1);
}

/* Shared between server and holder. */
struct silence {
	atomic_bool begins; /* no more answers */
	bool talks;         /* there are answers before */
};

/*
 * The server, in the mount namespace of the holder. It takes no request out of
 * the queue that it will not answer: such a request could not be killed.
 */
static void run_server(void *data)
{
	_Alignas(8) static char request[FUSE_MIN_READ_BUFFER + 4096];
	struct silence *silence = data;
	char options[128];
	pid_t pid;
	int server;

	alarm(SERVER_SECONDS);
	server = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (server < 0)
		cannot("/dev/fuse");
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", server);
	if (mount("silent", dir, "fuse", 0, options) < 0)
		cannot("mount fuse");
	if (!silence->talks)
		return;
	/* The helper has to come back to its caller; a child of it answers. */
	pid = MUST(fork());
	if (pid)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(SERVER_SECONDS);
	while (!atomic_load(&silence->begins)) {
		struct pollfd wait = { server, POLLIN, 0 };

		if (poll(&wait, 1, 5) == 1 && read(server, request, sizeof(request)) > 0)
			serve(server, (const struct fuse_in_header *)request);
	}
	_exit(0);
}

static struct silence *start_server(bool talks)
{
	struct silence *silence = mmap(NULL, sizeof(*silence), PROT_READ | PROT_WRITE,
				       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (silence == MAP_FAILED)
		die("mmap");
	silence->talks = talks;
	own_dir(true);
	helper(run_server, silence);
	return silence;
}

/*
 * A descriptor on a file system whose server never says a word: stat(2) through
 * it waits, readlink(2) of it does not.
 */
void case_60(void)
{
	start_server(false);
	MUST(open(dir, O_PATH | O_CLOEXEC));
	report("net", new_ns("net"));
}

/* ------------------------------------------------------------ a locked address space */

/* A page that nobody will ever provide. */
static void *map_file(void)
{
	struct silence *silence = start_server(true);
	char path[256];
	void *page;
	int fd;

	snprintf(path, sizeof(path), "%s/file", dir);
	fd = MUST(open(path, O_RDONLY | O_CLOEXEC));
	page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	if (page == MAP_FAILED)
		die("mmap");
	/* Now, or the end of the process waits for the answer to its FLUSH. */
	close(fd);
	atomic_store(&silence->begins, true);
	/* The server looks every five milliseconds. */
	usleep(20000);
	return page;
}

/* Threads that wait in the kernel once they have told their number. */
static struct {
	void *page;
	atomic_bool go;
	atomic_int holder;
	atomic_int writer;
} lock;

static bool waits(int tid)
{
	char path[64], text[512];
	const char *state;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	state = strrchr(text, ')');
	return state && (state[2] == 'S' || state[2] == 'D');
}

static void await(const atomic_int *tid)
{
	while (!atomic_load(tid) || !waits(atomic_load(tid)))
		usleep(5000);
}

/* Reads the page by way of /proc: waits for the server with the lock held for reading. */
static void *hold_lock(void *data)
{
	int fd = MUST(open("/proc/self/mem", O_RDONLY | O_CLOEXEC));
	char byte;

	while (!atomic_load(&lock.go))
		usleep(1000);
	atomic_store(&lock.holder, (int)syscall(SYS_gettid));
	(void)!pread(fd, &byte, 1, (off_t)(uintptr_t)lock.page);
	stay();
}

/* Asks for the lock for writing: whoever comes later, even to read, waits behind. */
static void *want_lock(void *data)
{
	await(&lock.holder);
	atomic_store(&lock.writer, (int)syscall(SYS_gettid));
	mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	stay();
}

void case_61(void)
{
	pthread_t threads[2];

	report("net", new_ns("net"));
	lock.page = map_file();
	/* Both before the lock is taken: making a thread needs it. */
	if (pthread_create(&threads[0], NULL, hold_lock, NULL) ||
	    pthread_create(&threads[1], NULL, want_lock, NULL))
		die("thread");
	atomic_store(&lock.go, true);
	await(&lock.writer);
}
