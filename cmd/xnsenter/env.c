/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The environment of the program.
 *
 * Names below make a loader, a C library or a shell read files of the caller's
 * choice. Across a border between file systems they would name files of the
 * other side, and there they are as good as commands.
 *
 * With --env the target says what its environment is. To a program of the
 * container's that is as harmful as the program itself may be, so there only the
 * names below are left out. To a program of the host's it would be a way to
 * choose or steer what runs with the caller's rights, and no list of names is
 * ever complete: there only a few names are taken, and of them only values that
 * cannot be the name of a file.
 */

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "xnsenter/xnsenter.h"

/* As many lines of a passwd file are looked at; a part of a long one counts. */
#define PASSWD_LINES 10000

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* A name ending with an underscore stands for all that begin with it. */
static const char *const dangerous[] = {
	"LD_",           "GLIBC_TUNABLES", "GCONV_PATH",     "GETCONF_DIR",   "HOSTALIASES",
	"LOCALDOMAIN",   "LOCPATH",        "MALLOC_",        "NIS_PATH",      "NLSPATH",
	"RESOLV_",       "RES_OPTIONS",    "BASH_ENV",       "ENV",           "IFS",
	"CDPATH",        "GLOBIGNORE",     "SHELLOPTS",      "BASHOPTS",      "PS4",
	"BASH_FUNC_",    "PROMPT_COMMAND", "FPATH",          "ZDOTDIR",       "TERMINFO",
	"TERMINFO_DIRS", "TERMCAP",        "TERMPATH",       "LESSOPEN",      "LESSCLOSE",
	"PERL5LIB",      "PERL5OPT",       "PERL5DB",        "PERLLIB",       "PYTHONPATH",
	"PYTHONHOME",    "PYTHONSTARTUP",  "PYTHONUSERBASE", "PYTHONINSPECT", "PYTHON_",
	"RUBYLIB",       "RUBYOPT",        "NODE_OPTIONS",   "NODE_PATH",     "JAVA_TOOL_OPTIONS",
};

static const char *const harmless[] = { "TERM", "COLORTERM", "LANG", "LANGUAGE", "LC_", "TZ" };

static bool is_listed(const char *item, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(names[i]);

		if (strncmp(item, names[i], len))
			continue;
		if (names[i][len - 1] == '_' || item[len] == '=')
			return true;
	}
	return false;
}

static bool env_is_dangerous(const char *item)
{
	return is_listed(item, dangerous, sizeof(dangerous) / sizeof(dangerous[0]));
}

static bool env_is_harmless(const char *item)
{
	return is_listed(item, harmless, sizeof(harmless) / sizeof(harmless[0]));
}

/* The child is a copy of this memory, and may be looked into. */
static void forget(char *item)
{
	memset(item, 0, strlen(item));
}

static void filter(bool clean)
{
	char **to = environ;

	for (char **from = environ; from && *from; from++)
		if (clean ? env_is_harmless(*from) : !env_is_dangerous(*from))
			*to++ = *from;
		else
			forget(*from);
	if (to)
		*to = NULL;
}

/*
 * The line of a uid in the passwd file inside: no NSS, which would load its libraries. Of
 * somebody else's file neither the lines nor their length need have an end. Return: 1, 0 if
 * there is none, or -1 with errno.
 */
static int passwd_line(uid_t uid, char *line, size_t size)
{
	int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), found = 0;
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	bool begins = true;

	if (!file) {
		if (fd >= 0)
			file_close(fd);
		return errno == ENOENT ? 0 : -1;
	}
	for (int i = 0; !found && i < PASSWD_LINES && fgets(line, (int)size, file); i++) {
		const char *colon = begins ? strchr(line, ':') : NULL;
		unsigned long id;

		/* What does not fit is a line that goes on, and none that begins. */
		begins = strchr(line, '\n') || feof(file);
		/* The second field, the password, is often empty. */
		colon = colon && begins ? strchr(colon + 1, ':') : NULL;
		found = colon && sscanf(colon, ":%lu:", &id) == 1 && id == uid;
	}
	if (!found && ferror(file))
		found = -1;
	else if (!found && !feof(file))
		errno = E2BIG, found = -1;
	file_close_stream(file);
	return found;
}

static char *field(char **rest)
{
	return *rest ? strsep(rest, ":\n") : NULL;
}

static void set_user(const struct job *job)
{
	char line[1024], *rest = line, *name, *home, *shell;

	int found = passwd_line(geteuid(), line, sizeof(line));

	if (found < 0)
		fprintf(stderr,
			"%s: note: HOME is /, and USER and SHELL are not set: cannot read the "
			"passwd file inside: %s\n",
			job->cli->name, strerror(errno));
	setenv("PATH", DEFAULT_PATH, 1);
	if (found <= 0) {
		setenv("HOME", "/", 1);
		return;
	}
	name = field(&rest);
	for (int i = 0; i < 4; i++)
		field(&rest);
	home = field(&rest);
	shell = field(&rest);
	setenv("USER", name, 1);
	setenv("LOGNAME", name, 1);
	setenv("HOME", home && *home ? home : "/", 1);
	setenv("SHELL", shell && *shell ? shell : "/bin/sh", 1);
}

int env_read_target(struct job *job)
{
	unsigned int patience = job->opts->timeout_ms ? (unsigned int)job->opts->timeout_ms : 3000;
	struct libns_error err = LIBNS_ERROR_INIT;
	int r;

	if (env_is_for_host(job))
		fprintf(stderr,
			"%s: note: the program is the host's: of the target's environment "
			"only TERM, COLORTERM, LANG, LANGUAGE, LC_* and TZ are taken\n",
			job->cli->name);
	r = libns_proc_read_environ(job->proc, patience, &job->target_env, &job->target_env_size,
				    &err);
	if (r == -ETIMEDOUT)
		return cli_error(job->cli, "%s (enter without --env)", libns_error_text(&err));
	return r < 0 ? cli_fail(job->cli, &err) : 0;
}

bool env_is_for_host(const struct job *job)
{
	const struct options *o = job->opts;

	return !o->compat && (!job->crosses_mnt || o->tools || o->host_root);
}

/* Whether an item of the target's may reach a program of the host's. */
static bool is_tame(const char *item)
{
	const char *value = strchr(item, '=') + 1;
	bool zone = !strncmp(item, "TZ=", 3);

	if (!env_is_harmless(item) || strlen(value) > 64 || strstr(value, "..") || *value == '/' ||
	    *value == ':')
		return false;
	for (; *value; value++)
		if (!isalnum((unsigned char)*value) && !strchr("_.,:@+-", *value) &&
		    !(zone && *value == '/'))
			return false;
	return true;
}

/* Of items that set the same name the last one counts; putenv(3) sees to that. */
static void use_target(struct job *job)
{
	char *item = job->target_env, *end = item + job->target_env_size;

	bool for_host = env_is_for_host(job);

	for (char **own = environ; !for_host && own && *own; own++)
		forget(*own);
	if (!for_host)
		clearenv();
	for (; item < end; item += strlen(item) + 1)
		if (strchr(item, '=') && *item != '=' && (!for_host || is_tame(item)))
			putenv(item);
}

void job_environment(struct job *job)
{
	if (job->target_env)
		use_target(job);
	if (job->opts->clean_env)
		filter(true);
	else if ((job->crosses_mnt || (job->target_env && !env_is_for_host(job))) &&
		 !job->opts->compat)
		filter(false);
	if (job->opts->clean_env)
		set_user(job);
}
