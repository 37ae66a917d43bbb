/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Presets: what --container and --sandbox stand for. A preset is a list of options, each of which
 * belongs to a part that --without can leave out. They are taken before all other options, wherever
 * the preset stands, so that every other option wins over it, and what is mounted by others comes
 * later.
 */

#include "xunshare/preset.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"
#include "xunshare/options.h"

/* In place of an argument: that of the preset itself. */
static const char OWN[] = "";

/* The version of Landlock that has scopes. */
#define SCOPES_SINCE 6

struct row {
	const char *part; /* NULL: what the preset is nothing without */
	int id;
	const char *arg;
	int (*more)(struct request *q, preset_take_fn take); /* instead of an option */
	const char *needs;    /* left out together with this part; or NULL */
	const char *if_there; /* left out if the new root does not have it; or NULL */
};

struct preset {
	int id;
	const char *option;
	const struct row *rows;
	size_t n;
};

/* A second terminal keeps job control, and nothing that is typed there reaches the first one. */
static int take_terminal(struct request *q, preset_take_fn take)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (isatty(fd))
			return take(q, OPT_PTY, NULL);
	return take(q, OPT_NEW_SESSION, NULL);
}

/* Scopes keep signals and abstract sockets inside. What the kernel lacks is not asked for. */
static int take_landlock(struct request *q, preset_take_fn take)
{
	static char scope[] = "scope";
	struct libns_error err = LIBNS_ERROR_INIT;
	int abi = libns_landlock_abi(&err);

	/* An attempt that fails for another reason says nothing about the kernel. */
	if (abi < 0 && abi != -ENOSYS && abi != -EOPNOTSUPP)
		return cli_fail(&q->cli, &err), CLI_BAD;
	return abi >= SCOPES_SINCE ? take(q, OPT_LANDLOCK, scope) : 0;
}

/*
 * Who is root of the host may write to files that are the host's, whatever rights he has given up,
 * and read what tells of it.
 */
struct cover {
	int id;
	const char *path;
};

static int cover(struct request *q, const struct cover *covers, size_t n, preset_take_fn take)
{
	int r = 0;

	for (size_t i = 0; r == 0 && geteuid() == 0 && i < n; i++) {
		if (access(covers[i].path, F_OK) == 0)
			r = preset_take_copy(q, covers[i].id, covers[i].path, take);
		else if (errno != ENOENT)
			return cli_error(&q->cli, "cannot look at '%s': %s", covers[i].path,
					 strerror(errno)),
			       CLI_BAD;
	}
	return r;
}

static int cover_proc(struct request *q, preset_take_fn take)
{
	static const struct cover covers[] = {
		{ OPT_PROTECT, "/proc/sys" },       { OPT_PROTECT, "/proc/sysrq-trigger" },
		{ OPT_PROTECT, "/proc/irq" },       { OPT_PROTECT, "/proc/bus" },
		{ OPT_PROTECT, "/proc/fs" },        { OPT_PROTECT, "/proc/mtrr" },
		{ OPT_PROTECT, "/proc/scsi" },      { OPT_PROTECT, "/proc/dynamic_debug" },
		{ OPT_PROTECT, "/proc/asound" },    { OPT_PROTECT, "/proc/driver" },
		{ OPT_HIDE, "/proc/acpi" },         { OPT_HIDE, "/proc/kcore" },
		{ OPT_HIDE, "/proc/keys" },         { OPT_HIDE, "/proc/timer_list" },
		{ OPT_HIDE, "/proc/timer_stats" },  { OPT_HIDE, "/proc/sched_debug" },
		{ OPT_HIDE, "/proc/kpagecount" },   { OPT_HIDE, "/proc/kpageflags" },
		{ OPT_HIDE, "/proc/kpagecgroup" },  { OPT_HIDE, "/proc/latency_stats" },
		{ OPT_HIDE, "/proc/slabinfo" },     { OPT_HIDE, "/proc/vmallocinfo" },
		{ OPT_HIDE, "/proc/pagetypeinfo" }, { OPT_HIDE, "/proc/allocinfo" },
	};

	return cover(q, covers, sizeof(covers) / sizeof(covers[0]), take);
}

static int cover_sys(struct request *q, preset_take_fn take)
{
	static const struct cover covers[] = {
		{ OPT_HIDE, "/sys/firmware" },
		{ OPT_HIDE, "/sys/devices/virtual/powercap" },
	};

	return cover(q, covers, sizeof(covers) / sizeof(covers[0]), take);
}

/* A system of its own from one directory. */
static const struct row container[] = {
	{ .part = "user", .id = 'r' },
	{ .part = "pid", .id = 'p' },
	{ .part = "init", .id = OPT_INIT, .needs = "pid" },
	{ .part = "uts", .id = OPT_HOSTNAME, .arg = "localhost" },
	{ .part = "ipc", .id = 'i' },
	{ .part = "cgroup", .id = 'C' },
	{ .part = "net", .id = OPT_LO },
	{ .id = 'f' },
	{ .id = OPT_KILL_CHILD },
	{ .id = OPT_PIVOT_ROOT, .arg = OWN },
	{ .part = "proc", .id = OPT_MOUNT_PROC },
	{ .part = "proc", .more = cover_proc },
	{ .part = "dev", .id = OPT_MOUNT_DEV },
	{ .part = "sys", .id = OPT_MOUNT_SYS, .arg = "ro", .needs = "net", .if_there = "sys" },
	{ .part = "sys", .more = cover_sys, .needs = "net", .if_there = "sys" },
	{ .part = "tmp", .id = OPT_TMPFS, .arg = "/tmp", .if_there = "tmp" },
	{ .part = "run", .id = OPT_TMPFS, .arg = "/run", .if_there = "run" },
	{ .part = "terminal", .more = take_terminal },
	/* chown, dac_override, fowner, fsetid, kill, setgid, setuid, setpcap, net_bind_service,
	 * net_raw, sys_chroot, audit_write and setfcap: as numbers, no library is loaded. */
	{ .part = "caps", .id = OPT_CAPS, .arg = "0,1,3,4,5,6,7,8,10,13,18,29,31" },
	{ .part = "no-new-privs", .id = OPT_NO_NEW_PRIVS },
	{ .part = "seccomp", .id = OPT_SECCOMP, .arg = "default" },
	{ .part = "env", .id = OPT_WHITELIST_ENV, .arg = "TERM,COLORTERM,LANG,LC_ALL,TZ" },
	{ .part = "env",
	  .id = OPT_SETENV,
	  .arg = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
	{ .part = "env", .id = OPT_SETENV, .arg = "HOME=/root", .needs = "user" },
	{ .part = "fds", .id = OPT_CLOSE_FDS },
};

/* What keeps an untrusted program from this host. */
static const struct row sandbox[] = {
	{ .part = "user", .id = 'c' },
	{ .part = "pid", .id = 'p' },
	{ .part = "init", .id = OPT_INIT, .needs = "pid" },
	{ .part = "uts", .id = 'u' },
	{ .part = "ipc", .id = 'i' },
	{ .part = "cgroup", .id = 'C' },
	{ .part = "net", .id = OPT_LO },
	{ .id = 'f' },
	{ .id = OPT_KILL_CHILD },
	{ .id = OPT_PIVOT_ROOT, .arg = "/:ro" },
	{ .part = "proc", .id = OPT_MOUNT_PROC },
	{ .part = "proc", .more = cover_proc },
	{ .part = "dev", .id = OPT_MOUNT_DEV },
	{ .part = "sys", .id = OPT_MOUNT_SYS, .arg = "ro", .needs = "net", .if_there = "sys" },
	/* Otherwise it is the one of the host. */
	{ .part = "sys", .more = cover_sys, .if_there = "sys" },
	{ .part = "tmp", .id = OPT_TMPFS, .arg = "/tmp", .if_there = "tmp" },
	{ .part = "tmp", .id = OPT_TMPFS, .arg = "/var/tmp", .if_there = "var/tmp" },
	{ .part = "run", .id = OPT_TMPFS, .arg = "/run", .if_there = "run" },
	{ .part = "run", .more = sandbox_keep_names, .if_there = "run" },
	{ .part = "cwd", .more = sandbox_keep_cwd },
	{ .part = "secrets", .more = sandbox_hide },
	{ .part = "sockets", .more = sandbox_hide_sockets },
	{ .part = "terminal", .more = take_terminal },
	{ .part = "caps", .id = OPT_CAPS, .arg = "none" },
	{ .part = "no-new-privs", .id = OPT_NO_NEW_PRIVS },
	{ .part = "userns", .id = OPT_DISABLE_USERNS, .needs = "user" },
	{ .part = "seccomp", .id = OPT_SECCOMP, .arg = "default" },
	/* What can be written to is the host's, where such a file has the rights of its owner. */
	{ .part = "seccomp", .id = OPT_SECCOMP, .arg = "nosuid" },
	{ .part = "landlock", .more = take_landlock },
	{ .part = "env",
	  .id = OPT_WHITELIST_ENV,
	  .arg = "PATH,HOME,USER,LOGNAME,SHELL,TERM,COLORTERM,NO_COLOR,LANG,LANGUAGE,LC_ALL,LC_CTYPE,"
		 "LC_COLLATE,LC_MESSAGES,LC_MONETARY,LC_NUMERIC,LC_TIME,TZ,EDITOR,PAGER" },
	{ .part = "fds", .id = OPT_CLOSE_FDS },
};

#define ROWS(table) (table), sizeof(table) / sizeof((table)[0])

static const struct preset presets[] = {
	{ OPT_CONTAINER, "--container", ROWS(container) },
	{ OPT_SANDBOX, "--sandbox", ROWS(sandbox) },
};

bool preset_is(int id)
{
	return id == OPT_CONTAINER || id == OPT_SANDBOX || id == OPT_WITHOUT;
}

static const struct preset *find_preset(int id)
{
	for (size_t i = 0; i < sizeof(presets) / sizeof(presets[0]); i++)
		if (presets[i].id == id)
			return &presets[i];
	return NULL;
}

/* Return: whether a list of words with commas between them has the word. */
static bool has_word(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = list; at; at = strchr(at, ','), at += at != NULL)
		if (!strncmp(at, word, n) && (at[n] == ',' || !at[n]))
			return true;
	return false;
}

bool preset_leaves_out(const struct request *q, const char *part)
{
	if (part && q->preset.joins_net && !strcmp(part, "net"))
		return true;
	for (size_t i = 0; part && i < q->preset.n_without; i++)
		if (has_word(q->preset.without[i], part))
			return true;
	return false;
}

static int check_word(const struct request *q, const struct preset *preset, const char *word)
{
	char parts[512] = "";

	for (size_t i = 0; i < preset->n; i++) {
		const struct row *row = &preset->rows[i];

		if (!row->part || has_word(parts, row->part))
			continue;
		if (!strcmp(row->part, word))
			return 0;
		snprintf(parts + strlen(parts), sizeof(parts) - strlen(parts), "%s%s",
			 *parts ? "," : "", row->part);
	}
	cli_usage(&q->cli, "--without: '%s' is no part of %s: it has %s", word, preset->option,
		  parts);
	return CLI_BAD;
}

/* All words of all --without. */
static int check_words(const struct request *q, const struct preset *preset)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < q->preset.n_without; i++) {
		char *list = strdup(q->preset.without[i]), *rest = list, *word;

		if (!list)
			return cli_error(&q->cli, "%s", strerror(errno)), CLI_BAD;
		while (r == 0 && (word = strsep(&rest, ",")))
			r = check_word(q, preset, word);
		free(list);
	}
	return r;
}

int preset_note(struct request *q, int id, char *text)
{
	struct preset_request *p = &q->preset;

	if (id == OPT_WITHOUT) {
		if (!MAKE_ROOM(q, p->without, p->n_without))
			return CLI_BAD;
		p->without[p->n_without++] = text;
		return 0;
	}
	if (p->id) {
		cli_usage(&q->cli, "there can be only one of --container and --sandbox");
		return CLI_BAD;
	}
	if (text && !*text) {
		cli_usage(&q->cli, "%s: the name of the directory is empty",
			  find_preset(id)->option);
		return CLI_BAD;
	}
	p->id = id;
	p->value = text;
	return 0;
}

/* Options may cut their text into pieces and keep them: it has to last. */
int preset_take_copy(struct request *q, int id, const char *arg, preset_take_fn take)
{
	struct preset_request *p = &q->preset;
	char *copy = NULL;

	if (arg) {
		if (!MAKE_ROOM(q, p->texts, p->n_texts))
			return CLI_BAD;
		copy = strdup(arg);
		if (!copy) {
			cli_error(&q->cli, "%s", strerror(errno));
			return CLI_BAD;
		}
		p->texts[p->n_texts++] = copy;
	}
	return take(q, id, copy);
}

/*
 * Nothing is created in the directory that becomes the root: what it has no place for is left out
 * where a system can do without. Whether a link leads somewhere is seen when it is mounted, and so
 * is what cannot be looked at: nothing is left out for that.
 */
static bool has_place(int root_fd, const struct row *row)
{
	return root_fd < 0 || !row->if_there ||
	       faccessat(root_fd, row->if_there, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ||
	       (errno != ENOENT && errno != ENOTDIR);
}

/* Return: a descriptor of the directory of the preset, or of the host's root; -1 where there is no
 * such one, which the option that needs it says. */
static int open_root(const struct request *q)
{
	char *dir = q->preset.value ? mounts_first_part(q->preset.value) : strdup("/");
	int fd = dir ? open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

	free(dir);
	return fd;
}

static bool leaves_out(const struct request *q, int root_fd, const struct row *row)
{
	return preset_leaves_out(q, row->part) || preset_leaves_out(q, row->needs) ||
	       !has_place(root_fd, row);
}

int preset_take(struct request *q, preset_take_fn take)
{
	const struct preset *preset = find_preset(q->preset.id);
	int root_fd, r;

	if (!preset && q->preset.n_without) {
		cli_usage(&q->cli, "--without needs --container or --sandbox");
		return CLI_BAD;
	}
	if (!preset)
		return 0;
	r = check_words(q, preset);
	root_fd = open_root(q);
	q->preset.is_taken = true;
	for (size_t i = 0; r == 0 && i < preset->n; i++) {
		const struct row *row = &preset->rows[i];

		if (!leaves_out(q, root_fd, row))
			r = row->more
				    ? row->more(q, take)
				    : preset_take_copy(q, row->id,
						       row->arg == OWN ? q->preset.value : row->arg,
						       take);
	}
	q->preset.is_taken = false;
	file_close(root_fd);
	return r;
}

void preset_free(struct request *q)
{
	for (size_t i = 0; i < q->preset.n_texts; i++)
		free(q->preset.texts[i]);
	free(q->preset.texts);
	free(q->preset.without);
}
