/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* xlsns --holders: everything that keeps one namespace alive, and how to end it. */

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
#include "xlsns/sheet.h"

static const struct sheet_column holder_columns[] = {
	{ "HOLDER", KIND_STRING, SHEET_FOLD }, { "RELEASE", KIND_STRING, SHEET_WHOLE },
	{ "PID", KIND_NUMBER, SHEET_FOLD },    { "TID", KIND_NUMBER, SHEET_FOLD },
	{ "FD", KIND_NUMBER, SHEET_FOLD },     { "NS", KIND_NUMBER, SHEET_FOLD },
	{ "WHERE", KIND_STRING, SHEET_FOLD },  { "COMMAND", KIND_STRING, SHEET_CUT },
};

#define NSFS 0x6e736673 /* file system of namespaces */

enum { HOLDER, RELEASE, PID, TID, FD, NS, WHERE, COMMAND };

#define N_HOLDER_COLUMNS (sizeof(holder_columns) / sizeof(holder_columns[0]))

struct line {
	const char *cells[N_HOLDER_COLUMNS];
	char pid[16], tid[16], fd[16], ns[24];
};

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
static char *release_mount(const struct options *o, const struct libns_scan *scan,
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
	if (!*h->path || !is_on_top(o->procfs_fd, member, h->path, ino))
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
static char *release_process(const struct options *o, const struct libns_scan *scan, pid_t pid)
{
	const struct libns_task *task = libns_scan_find_task(scan, pid);
	const struct libns_node *ns = task ? libns_task_get_ns(task, LIBNS_TYPE_PID) : NULL;
	bool deaf = ns && libns_node_get_first(ns) == task, ended;
	char path[32], *status, *state, *release = NULL;
	const unsigned long long term = 1ULL << (SIGTERM - 1);

	if (pid == 1)
		return NULL;
	snprintf(path, sizeof(path), o->procfs_fd < 0 ? "/proc/%d/status" : "%d/status", pid);
	status = file_read_at(o->procfs_fd < 0 ? AT_FDCWD : o->procfs_fd, path, NULL);
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

static char *release_of(const struct options *o, const struct libns_scan *scan,
			const struct libns_holder *h, uint64_t ino)
{
	char *release = NULL;

	switch (h->kind) {
	case LIBNS_HOLDER_MOUNT:
		return release_mount(o, scan, h, ino);
	case LIBNS_HOLDER_CHILD:
	case LIBNS_HOLDER_OWNED:
		return asprintf(&release, "xlsns --holders %llu",
				(unsigned long long)libns_node_get_id(h->node)->ino) < 0
			       ? NULL
			       : release;
	default:
		return release_process(o, scan, h->pid);
	}
}

static void set_number(const char **cell, char *text, size_t size, long long value)
{
	snprintf(text, size, "%lld", value);
	*cell = text;
}

static bool add_holder(struct sheet *sheet, const struct options *o, const struct libns_scan *scan,
		       const struct libns_holder *h, uint64_t ino)
{
	struct line line = { .cells = { libns_holder_kind_name(h->kind) } };
	const struct libns_task *task = h->pid ? libns_scan_find_task(scan, h->pid) : NULL;
	char where[64], command[80], *release;
	bool done;

	if (h->pid)
		set_number(&line.cells[PID], line.pid, sizeof(line.pid), h->pid);
	if (h->pid && h->tid != h->pid)
		set_number(&line.cells[TID], line.tid, sizeof(line.tid), h->tid);
	if (h->fd >= 0)
		set_number(&line.cells[FD], line.fd, sizeof(line.fd), h->fd);
	if (h->node) {
		set_number(&line.cells[NS], line.ns, sizeof(line.ns),
			   (long long)libns_node_get_id(h->node)->ino);
		snprintf(where, sizeof(where), "%s namespace",
			 libns_type_name(libns_node_get_type(h->node)));
		line.cells[WHERE] = where;
	}
	if (h->path)
		line.cells[WHERE] = h->path;
	line.cells[COMMAND] = command_of(task, command, sizeof(command));
	release = release_of(o, scan, h, ino);
	line.cells[RELEASE] = release;
	done = sheet_add(sheet, line.cells, -1);
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

int show_holders(const struct options *o, struct libns_scan *scan, const struct libns_node *node)
{
	struct sheet sheet = SHEET(holder_columns);
	__attribute__((cleanup(libns_holders_freep))) struct libns_holders *holders = NULL;
	struct libns_error err = LIBNS_ERROR_INIT;
	const struct libns_holder *holder;
	char extra[96];
	bool done = true;

	if (libns_holders_new(scan, node, &holders, &err) < 0 || load(scan, holders, &err) < 0)
		return cli_fail(o->cli, &err);
	for (size_t i = 0; done && (holder = libns_holders_at(holders, i)); i++)
		done = add_holder(&sheet, o, scan, holder, libns_node_get_id(node)->ino);
	snprintf(extra, sizeof(extra), "   \"ns\": %llu,\n   \"type\": \"%s\",\n",
		 (unsigned long long)libns_node_get_id(node)->ino,
		 libns_type_name(libns_node_get_type(node)));
	if (done)
		done = sheet_print(&sheet, o, "holders", scan, extra);
	sheet_clear(&sheet);
	return done ? 0 : cli_error(o->cli, "out of memory");
}
