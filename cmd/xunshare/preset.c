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

struct row {
	const char *part; /* NULL: what the preset is nothing without */
	int id;
	const char *arg;
	const char *needs;    /* left out together with this part; or NULL */
	const char *if_there; /* left out if the new root does not have it; or NULL */
};

struct preset {
	int id;
	const char *option;
	const struct row *rows; /* end with an id of 0 */
};

/* A system of its own from one directory. */
static const struct row container[] = {
	{ "user", 'r', NULL, NULL, NULL },
	{ "pid", 'p', NULL, NULL, NULL },
	{ "init", OPT_INIT, NULL, "pid", NULL },
	{ "uts", OPT_HOSTNAME, "localhost", NULL, NULL },
	{ "ipc", 'i', NULL, NULL, NULL },
	{ "cgroup", 'C', NULL, NULL, NULL },
	{ "net", OPT_LO, NULL, NULL, NULL },
	{ NULL, 'f', NULL, NULL, NULL },
	{ NULL, OPT_KILL_CHILD, NULL, NULL, NULL },
	{ NULL, OPT_PIVOT_ROOT, OWN, NULL, NULL },
	{ "proc", OPT_MOUNT_PROC, NULL, NULL, NULL },
	{ "dev", OPT_MOUNT_DEV, NULL, NULL, NULL },
	{ "sys", OPT_MOUNT_SYS, "ro", "net", "sys" },
	{ "tmp", OPT_TMPFS, "/tmp", NULL, "tmp" },
	{ "run", OPT_TMPFS, "/run", NULL, "run" },
	{ "env", OPT_WHITELIST_ENV, "TERM,COLORTERM,LANG,LC_ALL,TZ", NULL, NULL },
	{ "env", OPT_SETENV, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	  NULL, NULL },
	{ "env", OPT_SETENV, "HOME=/root", "user", NULL },
	{ "fds", OPT_CLOSE_FDS, NULL, NULL, NULL },
	{ NULL, 0, NULL, NULL, NULL },
};

static const struct preset presets[] = {
	{ OPT_CONTAINER, "--container", container },
};

bool preset_is(int id)
{
	return id == OPT_CONTAINER || id == OPT_WITHOUT;
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

static bool is_left_out(const struct request *q, const char *part)
{
	for (size_t i = 0; part && i < q->preset.n_without; i++)
		if (has_word(q->preset.without[i], part))
			return true;
	return false;
}

static int check_word(const struct request *q, const struct preset *preset, const char *word)
{
	char parts[512] = "";

	for (const struct row *row = preset->rows; row->id; row++) {
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
static int take_copy(struct request *q, int id, const char *arg, preset_take_fn take)
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
 * where a system can do without. Whether a link leads somewhere is seen when it is mounted.
 */
static bool has_place(const struct request *q, const struct row *row)
{
	int fd, r;

	if (q->preset.id != OPT_CONTAINER || !row->if_there)
		return true;
	fd = open(q->preset.value, O_PATH | O_DIRECTORY | O_CLOEXEC);
	/* That there is no such directory is said by the option that needs it. */
	r = fd < 0 ? 0 : faccessat(fd, row->if_there, F_OK, AT_SYMLINK_NOFOLLOW);
	file_close(fd);
	return r == 0;
}

int preset_take(struct request *q, preset_take_fn take)
{
	const struct preset *preset = find_preset(q->preset.id);
	int r;

	if (!preset && q->preset.n_without) {
		cli_usage(&q->cli, "--without needs --container or --sandbox");
		return CLI_BAD;
	}
	if (!preset)
		return 0;
	r = check_words(q, preset);
	for (const struct row *row = preset->rows; r == 0 && row->id; row++) {
		if (is_left_out(q, row->part) || is_left_out(q, row->needs) || !has_place(q, row))
			continue;
		r = take_copy(q, row->id, row->arg == OWN ? q->preset.value : row->arg, take);
	}
	return r;
}

void preset_free(struct request *q)
{
	for (size_t i = 0; i < q->preset.n_texts; i++)
		free(q->preset.texts[i]);
	free(q->preset.texts);
	free(q->preset.without);
}
