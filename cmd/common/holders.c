/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* See holders.h. */

#include "common/holders.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/file.h"

#define NSFS 0x6e736673 /* file system of namespaces */

const struct holder_column holder_columns[N_HOLDER_CELLS] = {
	[HOLDER_KIND] = { "HOLDER", false },
	[HOLDER_PID] = { "PID", true },
	[HOLDER_TID] = { "TID", true },
	[HOLDER_FD] = { "FD", true },
	[HOLDER_NS] = { "NS", true },
	[HOLDER_WHERE] = { "WHERE", false },
	[HOLDER_RELEASE] = { "RELEASE", false },
	[HOLDER_COMMAND] = { "COMMAND", false },
};

const char *holder_command(const struct libns_task *task, char *buf, size_t size)
{
	const char *command = task ? libns_task_get_command(task) : NULL;

	if (!command || !libns_task_is_blocked(task))
		return command;
	snprintf(buf, size, "%s [blocked]", command);
	return buf;
}

void holders_report_unseen(const struct cli *cli, const struct libns_scan *scan)
{
	fflush(stdout);
	for (int i = 0; i < LIBNS_N_UNSEEN; i++) {
		size_t n = libns_scan_count_unseen(scan, (enum libns_unseen)i);
		char words[96];

		if (n)
			cli_error(
				cli, "%s",
				libns_unseen_format((enum libns_unseen)i, n, words, sizeof(words)));
	}
	if (libns_scan_hides_processes(scan))
		cli_error(cli, "processes of others are hidden by the mount option hidepid; how "
			       "many cannot be known");
}

/*
 * A word for any sh(1): 'it'\\''s'; with bytes that no terminal should get
 * "$(printf '\\033')". NULL without memory, or for what ends with newlines, which that drops.
 */
static char *quote(const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789/._-:@%+,=";
	char *quoted = NULL;
	size_t size = 0, n = strlen(text);
	bool odd = false;
	FILE *out;

	if (*text && !text[strspn(text, plain)])
		return strdup(text);
	for (const char *c = text; *c; c++)
		odd |= *c < ' ' || *c > '~';
	out = n && text[n - 1] == '\n' ? NULL : open_memstream(&quoted, &size);
	if (!out)
		return NULL;
	fputs(odd ? "\"$(printf '" : "'", out);
	for (; *text; text++)
		if (odd && (*text < ' ' || *text > '~' || strchr("\\%'", *text)))
			fprintf(out, "\\%03o", (unsigned char)*text);
		else if (*text == '\'')
			fputs("'\\''", out);
		else
			fputc(*text, out);
	fputs(odd ? "')\"" : "'", out);
	if (fclose(out) == 0)
		return quoted;
	free(quoted);
	return NULL;
}

/* Runs in a child: whether @path leads, in that mount namespace, to the namespace now. */
_Noreturn static void look_at_path(int procfs_fd, const struct libns_task *member, const char *path,
				   uint64_t ino)
{
	char link[48];
	struct statfs fs;
	struct stat st;
	int fd;

	if (member) {
		snprintf(link, sizeof(link), procfs_fd < 0 ? "/proc/%d/ns/mnt" : "%d/ns/mnt",
			 libns_task_get_pid(member));
		fd = openat(procfs_fd < 0 ? AT_FDCWD : procfs_fd, link, O_RDONLY | O_CLOEXEC);
		/* The number may be another process's by now. */
		if (fd < 0 || fstat(fd, &st) < 0 ||
		    st.st_ino !=
			    libns_node_get_id(libns_task_get_ns(member, LIBNS_TYPE_MNT))->ino ||
		    setns(fd, CLONE_NEWNS) < 0)
			_exit(1);
	}
	fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0 || fstatfs(fd, &fs) < 0 || fs.f_type != NSFS || fstat(fd, &st) < 0)
		_exit(1);
	_exit(st.st_ino != ino);
}

/*
 * umount(8) would end what is on top: another bind mount on the same file, or what covers
 * the directory. The path may lead through a server that does not answer, so a child walks.
 */
static bool is_on_top(int procfs_fd, const struct libns_task *member, const char *path,
		      uint64_t ino)
{
	const struct timespec nap = { 0, 2000000 };
	pid_t pid;
	int status;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
		look_at_path(procfs_fd, member, path, ino);
	for (int i = 0; pid > 0 && i < 250; i++) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFEXITED(status) && WEXITSTATUS(status) == 0;
		nanosleep(&nap, NULL);
	}
	if (pid > 0)
		kill(pid, SIGKILL);
	return false;
}

/* The command that ends a bind mount, or NULL if there is no such command. */
static char *release_mount(int procfs_fd, const struct libns_scan *scan,
			   const struct libns_holder *h, uint64_t ino)
{
	const struct libns_task *self = libns_scan_find_task(scan, getpid()), *member = NULL;
	bool named = !strncmp(h->path, "/run/netns/", 11) && !strchr(h->path + 11, '/');
	char *word, *release = NULL;
	int r;

	if (h->node && !(self && libns_task_get_ns(self, LIBNS_TYPE_MNT) == h->node)) {
		member = libns_node_get_leader(h->node);
		if (!member)
			return NULL;
	}
	if (!*h->path || !is_on_top(procfs_fd, member, h->path, ino))
		return NULL;
	named = named && !member;
	word = quote(named ? h->path + 11 : h->path);
	/* Enter by the file and not by the process, whose root directory might be another one. */
	if (!word)
		return NULL;
	if (member)
		r = asprintf(&release, "xnsenter --mount=/proc/%d/ns/mnt umount %s",
			     libns_task_get_pid(member), word);
	else
		r = asprintf(&release, "%s %s", named ? "xnetns del" : "umount", word);
	free(word);
	return r < 0 ? NULL : release;
}

/* The number that follows "\nName:" in a status file, or @missing if it is not there. */
static unsigned long long status_number(const char *status, const char *name, int base,
					unsigned long long missing)
{
	const char *line = status ? strstr(status, name) : NULL;

	return line ? strtoull(line + strlen(name), NULL, base) : missing;
}

/*
 * The command that ends a process. SIGTERM would do nothing, or nothing yet, where the process is
 * stopped, where it ignores or blocks the signal, and where it is the first of a pid namespace:
 * there it is SIGKILL. A zombie cannot be ended, and process 1 must not be. Return: NULL for these.
 */
static char *release_process(int procfs_fd, const struct libns_scan *scan, pid_t pid)
{
	const struct libns_task *task = libns_scan_find_task(scan, pid);
	const struct libns_node *ns = task ? libns_task_get_ns(task, LIBNS_TYPE_PID) : NULL;
	bool deaf = ns && libns_node_get_first(ns) == task, ended;
	char path[32], *status, *state, *release = NULL;
	const unsigned long long term = 1ULL << (SIGTERM - 1);

	if (pid == 1)
		return NULL;
	snprintf(path, sizeof(path), procfs_fd < 0 ? "/proc/%d/status" : "%d/status", pid);
	status = file_read_at(procfs_fd < 0 ? AT_FDCWD : procfs_fd, path, NULL);
	state = status ? strstr(status, "\nState:\t") : NULL;
	deaf |= state && strchr("Tt", state[8]);
	deaf |= ((status_number(status, "\nSigIgn:", 16, 0) |
		  status_number(status, "\nSigBlk:", 16, 0)) &
		 term) != 0;
	/* Perhaps only the first thread has ended, and others go on. */
	ended = state && strchr("ZX", state[8]) && status_number(status, "\nThreads:", 10, 1) <= 1;
	free(status);
	if (ended)
		return NULL;
	return asprintf(&release, deaf ? "kill -KILL %d" : "kill %d", pid) < 0 ? NULL : release;
}

static char *release_of(int procfs_fd, const struct libns_scan *scan, const struct libns_holder *h,
			uint64_t ino)
{
	char *release = NULL;

	switch (h->kind) {
	case LIBNS_HOLDER_MOUNT:
		return release_mount(procfs_fd, scan, h, ino);
	case LIBNS_HOLDER_CHILD:
	case LIBNS_HOLDER_OWNED:
		return asprintf(&release, "xlsns --holders %llu",
				(unsigned long long)libns_node_get_id(h->node)->ino) < 0
			       ? NULL
			       : release;
	default:
		return release_process(procfs_fd, scan, h->pid);
	}
}

struct line {
	const char *cells[N_HOLDER_CELLS];
	char pid[16], tid[16], fd[16], ns[24];
};

static void set_number(const char **cell, char *text, size_t size, long long value)
{
	snprintf(text, size, "%lld", value);
	*cell = text;
}

static bool put_holder(int procfs_fd, const struct libns_scan *scan, const struct libns_holder *h,
		       uint64_t ino, holder_put *put, void *data)
{
	struct line line = { .cells = { libns_holder_kind_name(h->kind) } };
	const struct libns_task *task = h->pid ? libns_scan_find_task(scan, h->pid) : NULL;
	char where[64], command[80], *release;
	bool done;

	if (h->pid)
		set_number(&line.cells[HOLDER_PID], line.pid, sizeof(line.pid), h->pid);
	if (h->pid && h->tid != h->pid)
		set_number(&line.cells[HOLDER_TID], line.tid, sizeof(line.tid), h->tid);
	if (h->fd >= 0)
		set_number(&line.cells[HOLDER_FD], line.fd, sizeof(line.fd), h->fd);
	if (h->node) {
		set_number(&line.cells[HOLDER_NS], line.ns, sizeof(line.ns),
			   (long long)libns_node_get_id(h->node)->ino);
		snprintf(where, sizeof(where), "%s namespace",
			 libns_type_name(libns_node_get_type(h->node)));
		line.cells[HOLDER_WHERE] = where;
	}
	if (h->path)
		line.cells[HOLDER_WHERE] = h->path;
	line.cells[HOLDER_COMMAND] = holder_command(task, command, sizeof(command));
	release = release_of(procfs_fd, scan, h, ino);
	line.cells[HOLDER_RELEASE] = release;
	done = put(line.cells, data);
	free(release);
	return done;
}

/* Reads the command lines of all processes that are holders. */
static int load(struct libns_scan *scan, const struct libns_holders *holders,
		struct libns_error *err)
{
	size_t n = libns_holders_count(holders), n_tasks = 0;
	const struct libns_task **tasks = calloc(n ? n : 1, sizeof(struct libns_task *));
	int r;

	if (!tasks)
		return -1;
	for (size_t i = 0; i < n; i++) {
		pid_t pid = libns_holders_at(holders, i)->pid;

		tasks[n_tasks] = pid ? libns_scan_find_task(scan, pid) : NULL;
		n_tasks += tasks[n_tasks] != NULL;
	}
	r = libns_scan_read_details(scan, tasks, n_tasks, LIBNS_DETAIL_COMMAND, err);
	free(tasks);
	return r;
}

int holders_each(const struct cli *cli, int procfs_fd, struct libns_scan *scan,
		 const struct libns_node *node, holder_put *put, void *data)
{
	__attribute__((cleanup(libns_holders_freep))) struct libns_holders *holders = NULL;
	struct libns_error err = LIBNS_ERROR_INIT;
	const struct libns_holder *holder;

	if (libns_holders_new(scan, node, &holders, &err) < 0 || load(scan, holders, &err) < 0)
		return cli_fail(cli, &err);
	for (size_t i = 0; (holder = libns_holders_at(holders, i)); i++)
		if (!put_holder(procfs_fd, scan, holder, libns_node_get_id(node)->ino, put, data))
			return cli_error(cli, "out of memory");
	return 0;
}
