/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The programs that --tools brings along by itself: a static busybox of the host, which runs
 * below any root, and the names that it answers to.
 */

#include <elf.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "xnsenter/xnsenter.h"

static bool is_static(int fd)
{
	Elf64_Ehdr head;
	Elf64_Phdr part;

	if (pread(fd, &head, sizeof(head), 0) != (ssize_t)sizeof(head) ||
	    memcmp(head.e_ident, ELFMAG, SELFMAG) || head.e_ident[EI_CLASS] != ELFCLASS64)
		return false;
	for (int i = 0; i < head.e_phnum; i++) {
		off_t at = (off_t)(head.e_phoff + (size_t)i * sizeof(part));

		if (pread(fd, &part, sizeof(part), at) != (ssize_t)sizeof(part) ||
		    part.p_type == PT_INTERP)
			return false;
	}
	return true;
}

struct listing {
	const char *path;
	int out;
};

/* In a child. */
static int list_applets(void *data)
{
	const struct listing *listing = data;
	char name[] = "busybox", option[] = "--list";
	char *const argv[] = { name, option, NULL };

	if (dup2(listing->out, STDOUT_FILENO) >= 0)
		libns_exec(listing->path, argv, NULL, NULL);
	return CLI_CANNOT_RUN;
}

/* What it prints; NULL if it does not end well. */
static char *read_listing(const char *path, const int ends[2])
{
	struct listing listing = { path, ends[1] };
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_child *child;
	int status = -1;
	char *text;

	plan.main = list_applets;
	plan.main_data = &listing;
	plan.death_signal = SIGKILL;
	if (libns_spawn(&plan, &child, NULL) < 0) {
		close(ends[1]);
		return NULL;
	}
	close(ends[1]);
	text = file_read(ends[0], NULL);
	if (!text)
		libns_child_kill(child, SIGKILL, NULL);
	if (libns_child_wait(child, 0, &status, NULL) < 0 || status) {
		free(text);
		text = NULL;
	}
	libns_child_free(child);
	return text;
}

/* The names that a busybox answers to. */
static int read_applets(struct job *job, const char *path)
{
	struct sigaction old;
	int ends[2];

	cli_default_sigchld(&old);
	if (pipe2(ends, O_CLOEXEC) == 0) {
		job->applets = read_listing(path, ends);
		close(ends[0]);
	}
	sigaction(SIGCHLD, &old, NULL);
	if (!job->applets || !*job->applets)
		return cli_error(job->cli, "cannot read which programs are in '%s' (%s --list)",
				 path, path);
	return 0;
}

int busybox_find(struct job *job)
{
	static const char *const places[] = { "/bin/busybox",        "/usr/bin/busybox",
					      "/sbin/busybox",       "/usr/local/bin/busybox",
					      "/bin/busybox.static", "/usr/bin/busybox-static" };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		int fd = open(places[i], O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			continue;
		if (!is_static(fd)) {
			close(fd);
			continue;
		}
		job->busybox_fd = fd;
		return read_applets(job, places[i]);
	}
	return cli_error(job->cli, "there is no static busybox on this host; name a directory of "
				   "static programs: --tools=DIR");
}
