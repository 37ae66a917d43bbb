/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The environment of the program.
 *
 * Names below make a loader, a C library or a shell read files of the caller's
 * choice. Across a border between file systems they would name files of the
 * other side, and there they are as good as commands. The same names coming out
 * of the target (--env) are a way to run its code with more rights than it has.
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xnsenter.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* A name ending with an underscore stands for all that begin with it. */
static const char *const dangerous[] = {
	"LD_",	     "GLIBC_TUNABLES", "GCONV_PATH",  "GETCONF_DIR", "HOSTALIASES", "LOCALDOMAIN",
	"LOCPATH",   "MALLOC_",	       "NIS_PATH",    "NLSPATH",     "RESOLV_",	    "RES_OPTIONS",
	"BASH_ENV",  "ENV",	       "IFS",	      "SHELLOPTS",   "BASHOPTS",    "PS4",
	"BASH_FUNC", "PERL5LIB",       "PERL5OPT",    "PERLLIB",     "PYTHONPATH",  "PYTHONHOME",
	"PYTHON_",   "RUBYLIB",	       "RUBYOPT",     "NODE_OPTIONS", "NODE_PATH",  "ZDOTDIR",
};

static const char *const harmless[] = { "TERM", "COLORTERM", "LANG", "LANGUAGE", "LC_", "TZ" };

static bool is_listed(const char *item, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(names[i]);

		if (strncmp(item, names[i], len))
			continue;
		if (names[i][len - 1] == '_' || item[len] == '=' || item[len] == '%')
			return true;
	}
	return false;
}

bool env_is_dangerous(const char *item)
{
	return is_listed(item, dangerous, sizeof(dangerous) / sizeof(dangerous[0]));
}

static bool env_is_harmless(const char *item)
{
	return is_listed(item, harmless, sizeof(harmless) / sizeof(harmless[0]));
}

static void filter(bool clean)
{
	char **to = environ;

	for (char **from = environ; from && *from; from++)
		if (clean ? env_is_harmless(*from) : !env_is_dangerous(*from))
			*to++ = *from;
	if (to)
		*to = NULL;
}

/* The line of a uid in the passwd file inside: no NSS, which would load its libraries. */
static bool passwd_line(uid_t uid, char *line, size_t size)
{
	int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	bool found = false;

	for (int i = 0; file && !found && i < 10000 && fgets(line, (int)size, file); i++) {
		unsigned long id;

		found = sscanf(line, "%*[^:]:%*[^:]:%lu:", &id) == 1 && id == uid;
	}
	if (file)
		fclose(file);
	return found;
}

static char *field(char **rest)
{
	return *rest ? strsep(rest, ":\n") : NULL;
}

static void set_user(void)
{
	char line[1024], *rest = line, *name, *home, *shell;

	setenv("PATH", DEFAULT_PATH, 1);
	if (!passwd_line(geteuid(), line, sizeof(line))) {
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

void job_environment(struct job *job)
{
	if (job->opts->clean_env)
		filter(true);
	else if (job->crosses_mnt && !job->opts->compat)
		filter(false);
	if (job->opts->clean_env)
		set_user();
}
