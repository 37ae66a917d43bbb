/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * libns-ip: stands in for ip(8), so that scripts can be run unchanged. "netns" and what ip
 * takes for it goes to xnetns, everything else to the ip that comes next in PATH. A directory
 * of its own holds it under the name ip; whoever wants it puts that directory first in PATH.
 *
 * Theory of operation. It executes the one or the other in its own place, so that exit code,
 * signals, terminal and parent are theirs. It is a program and not a script because scripts
 * call ip hundreds of times, and because it can tell its own file from others.
 *
 * It never executes itself: not its own file, and if a copy of it comes next, that one knows
 * from LIBNS_IP_SEEN how much of PATH was looked through already. The process id stands there too, so
 * that it means nothing to those who inherit it.
 *
 * A batch is carried out by ip as a whole: its lines change links and names in one order.
 */

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FAILURE = 1, CANNOT_RUN = 126, NOT_FOUND = 127 };

/* The options of ip before the object, in the order in which it tries abbreviations. */
enum kind {
	DROP,      /* means nothing for names */
	DROP_WORD, /* neither it nor the word behind it */
	PASS,      /* xnetns has it too */
	PASS_WORD, /* with the word behind it */
	NEVER,     /* the object does not count */
};

static const struct {
	const char *name;
	enum kind kind;
} options[] = {
	{ "loops", DROP_WORD },  { "family", DROP_WORD },
	{ "4", DROP },           { "6", DROP },
	{ "0", DROP },           { "M", DROP },
	{ "B", DROP },           { "human-readable", DROP },
	{ "iec", DROP },         { "stats", DROP },
	{ "statistics", DROP },  { "details", DROP },
	{ "resolve", DROP },     { "oneline", DROP },
	{ "timestamp", DROP },   { "tshort", DROP },
	{ "Version", NEVER },    { "force", DROP },
	{ "batch", NEVER },      { "brief", DROP },
	{ "json", PASS },        { "pretty", PASS },
	{ "rcvbuf", DROP_WORD }, { "color", DROP },
	{ "help", NEVER },       { "netns", PASS_WORD },
	{ "Numeric", DROP },     { "all", PASS },
	{ "echo", DROP },
};

/* Return: NEVER for what is no option. */
static enum kind kind_of(const char *option)
{
	size_t n = strcspn(option, "=");

	for (size_t i = 0; n && i < sizeof(options) / sizeof(*options); i++)
		if (!strncmp(options[i].name, option, n))
			return option[n] && strcmp(options[i].name, "color") != 0 ? NEVER
										  : options[i].kind;
	return NEVER;
}

/* Whether ip has a command of ip-netns(8) that begins with this word; a word behind it that
 * begins with a dash is then an operand. */
static bool is_command_of_ip(const char *word)
{
	static const char *const commands[] = { "list", "show", "lst",     "list-id",
						"add",  "set",  "delete",  "identify",
						"pids", "exec", "monitor", "attach" };

	for (size_t i = 0; *word && i < sizeof(commands) / sizeof(*commands); i++)
		if (!strncmp(commands[i], word, strlen(word)))
			return true;
	return false;
}

/* What ip takes for "netns": of its objects those before it begin with "ne", none with "net". */
static bool is_netns(const char *word)
{
	return strlen(word) >= 3 && !strncmp("netns", word, strlen(word));
}

/*
 * The command line for xnetns, if that is whose it is. Return: NULL if it is for ip. @ret: room
 * for two words more than there are.
 */
static char **for_xnetns(char **argv, char **ret)
{
	static char name[] = "xnetns", end[] = "--";
	char **to = ret;

	*to++ = name;
	for (argv++; *argv && **argv == '-'; argv++) {
		const char *option = *argv + ((*argv)[1] == '-' ? 2 : 1);
		enum kind kind;

		if (!strcmp(*argv, "--")) {
			argv++;
			break;
		}
		kind = kind_of(option);
		if (kind == NEVER || ((kind == DROP_WORD || kind == PASS_WORD) && !argv[1]))
			return NULL;
		if (kind == PASS || kind == PASS_WORD)
			*to++ = *argv;
		if (kind == PASS_WORD)
			*to++ = argv[1];
		argv += kind == DROP_WORD || kind == PASS_WORD;
	}
	if (!*argv || !is_netns(*argv))
		return NULL;
	*to++ = end;
	argv++;
	if (*argv && argv[1] && *argv[1] == '-' && is_command_of_ip(*argv)) {
		*to++ = *argv++;
		*to++ = end;
	}
	while ((*to++ = *argv++))
		continue;
	return ret;
}

static int fail(const char *what, int code)
{
	fprintf(stderr, "libns-ip: cannot execute '%s': %s\n", what, strerror(code));
	return code == ENOENT ? NOT_FOUND : CANNOT_RUN;
}

/* Executes xnetns: that of the same installation, else that of PATH. */
static int run_xnetns(char **argv)
{
	char path[PATH_MAX + sizeof(XNETNS_PLACE) + 1];
	ssize_t n = *XNETNS_PLACE == '/' ? 0 : readlink("/proc/self/exe", path, PATH_MAX);

	while (n > 0 && path[n - 1] != '/')
		n--;
	if (n >= 0) {
		strcpy(path + n, XNETNS_PLACE);
		execv(path, argv);
	}
	execvp("xnetns", argv);
	return fail("xnetns", errno);
}

/* How many entries of PATH were looked through by copies of this program in this process. */
static unsigned long seen(void)
{
	const char *mark = getenv("LIBNS_IP_SEEN");
	unsigned long n;
	long pid;

	return mark && sscanf(mark, "%ld:%lu", &pid, &n) == 2 && pid == getpid() ? n : 0;
}

static bool is_self(const char *path)
{
	struct stat self, other;

	return stat("/proc/self/exe", &self) == 0 && stat(path, &other) == 0 &&
	       self.st_dev == other.st_dev && self.st_ino == other.st_ino;
}

/* Executes the ip in one directory of PATH. Return: only if that failed; the errno. */
static int try_ip(const char *directory, size_t n, unsigned long number, char **argv)
{
	char path[PATH_MAX], mark[64];
	int length = snprintf(path, sizeof(path), "%.*s%sip", (int)n, directory, n ? "/" : "");

	if (length < 0 || length >= (int)sizeof(path) || is_self(path) || access(path, X_OK) < 0)
		return ENOENT;
	snprintf(mark, sizeof(mark), "%ld:%lu", (long)getpid(), number);
	if (setenv("LIBNS_IP_SEEN", mark, 1) < 0)
		return errno;
	execv(path, argv);
	return errno;
}

/* Executes the next ip in PATH. */
static int run_ip(char **argv)
{
	static char name[] = "ip";
	const char *path = getenv("PATH");
	unsigned long number = 0, first = seen();
	int code = ENOENT;

	argv[0] = name;
	for (path = path ? path : "/usr/sbin:/usr/bin:/sbin:/bin"; path; number++) {
		size_t n = strcspn(path, ":");
		int failure = number < first ? ENOENT : try_ip(path, n, number + 1, argv);

		/* As a shell does it: what may not be executed does not end the search. */
		code = failure == ENOENT ? code : failure;
		path = path[n] ? path + n + 1 : NULL;
	}
	if (code != ENOENT)
		return fail("ip", code);
	fputs("libns-ip: there is no other ip in PATH\n", stderr);
	return NOT_FOUND;
}

int main(int argc, char **argv)
{
	char **words;

	if (getauxval(AT_SECURE)) {
		fputs("libns-ip: it is not made to run with rights of its file\n", stderr);
		return FAILURE;
	}
	words = calloc((size_t)argc + 4, sizeof(*words));
	if (!words || argc < 1)
		return fail("xnetns", words ? EINVAL : ENOMEM);
	return for_xnetns(argv, words) ? run_xnetns(words) : run_ip(argv);
}
