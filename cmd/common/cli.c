/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Shared by the tools, see cli.h. One table per tool feeds getopt_long(3),
 * --help and --completion, so they cannot drift apart.
 */

#include "common/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libns/libns.h>

#include "common/completion.h"
#include "common/help.h"
#include "common/text.h"
#include "common/version.h"

#define MAX_OPTIONS 128

uint64_t cli_type_of(int id)
{
	static const struct {
		int letter;
		uint64_t type;
	} types[] = {
		{ 'm', LIBNS_TYPE_MNT },    { 'u', LIBNS_TYPE_UTS },  { 'i', LIBNS_TYPE_IPC },
		{ 'n', LIBNS_TYPE_NET },    { 'p', LIBNS_TYPE_PID },  { 'U', LIBNS_TYPE_USER },
		{ 'C', LIBNS_TYPE_CGROUP }, { 'T', LIBNS_TYPE_TIME },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].letter == id)
			return types[i].type;
	return 0;
}

void cli_init(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			/* open(2) returns the lowest free number, which is the missing one. */
			(void)!open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

const struct cli_option cli_standard_options[] = {
	{ 'h', "help", CLI_LONG_OPT_ARG, "all", "show this text; all: with every option", "all" },
	{ 'V', "version", CLI_LONG_OPT_ARG, "full",
	  "show the version; full: for a report of a defect", "full" },
	CLI_OPTIONS_END,
};

/* Makes the short and the long options that getopt_long(3) takes from the one table. */
struct spelling {
	struct option longs[MAX_OPTIONS + 1];
	char shorts[3 * MAX_OPTIONS + 3];
};

static int has_arg(const struct cli_option *o)
{
	if (o->arg == CLI_NO_ARG)
		return no_argument;
	return o->arg == CLI_ARG ? required_argument : optional_argument;
}

static void spell(const struct cli *cli, struct spelling *s)
{
	const struct cli_option *tables[] = { cli->options, cli_standard_options };
	char *c = s->shorts;
	size_t n = 0;

	if (!cli->permute)
		*c++ = '+';
	/* It says nothing itself, for it would print what was typed as it is. */
	*c++ = ':';
	for (size_t t = 0; t < 2; t++) {
		for (const struct cli_option *o = tables[t]; o->help && n < MAX_OPTIONS - 1; o++) {
			if (!o->name)
				continue;
			s->longs[n++] = (struct option){ o->name, has_arg(o), NULL, o->id };
			if (o->id >= CLI_LONG_BASE)
				continue;
			*c++ = (char)o->id;
			for (int i = 0; o->arg != CLI_LONG_OPT_ARG && i < has_arg(o); i++)
				*c++ = ':';
		}
	}
	if (!cli->command)
		s->longs[n++] = (struct option){ "completion", required_argument, NULL, INT16_MAX };
	s->longs[n] = (struct option){ NULL, 0, NULL, 0 };
	*c = '\0';
}

void cli_default_sigchld(struct sigaction *ret_old)
{
	const struct sigaction action = { .sa_handler = SIG_DFL };

	sigaction(SIGCHLD, &action, ret_old);
}

static void print_try(const struct cli *cli)
{
	fprintf(stderr, "Try '%s%s%s --help' for more information.\n", cli->name,
		cli->command ? " " : "", cli->command ? cli->command->name : "");
}

/* Says as getopt_long(3) does why a long option is none. @word: as it was typed, with the dashes. */
static void refuse_long(const struct cli *cli, const struct spelling *s, const char *word)
{
	size_t n = strcspn(word + 2, "="), size;
	char *names = NULL;
	FILE *out = open_memstream(&names, &size);
	int n_names = 0;

	for (const struct option *o = s->longs; out && o->name; o++)
		if (!strncmp(o->name, word + 2, n) && ++n_names)
			fprintf(out, " '--%s'", o->name);
	if (out)
		fclose(out);
	if (names && n_names > 1)
		cli_error(cli, "option '%s' is ambiguous; possibilities:%s", word, names);
	else
		cli_error(cli, "unrecognized option '%s'", word);
	free(names);
}

/* Says what getopt_long(3) has refused with @answer: ':' for want of an argument, else '?'. */
static void refuse_option(const struct cli *cli, const struct spelling *s, int answer,
			  const char *word)
{
	const char letter[] = { (char)optopt, '\0' };
	const struct option *o = s->longs;

	while (o->name && o->val != optopt)
		o++;
	/* The letter of an option that there is, is refused only if an argument is missing. */
	if (answer == ':' && strncmp(word, "--", 2) != 0)
		cli_error(cli, "option requires an argument -- '%s'", letter);
	else if (answer == ':')
		cli_error(cli, "option '--%s' requires an argument", o->name);
	else if (!optopt)
		refuse_long(cli, s, word);
	else if (o->name)
		cli_error(cli, "option '--%s' doesn't allow an argument", o->name);
	else
		cli_error(cli, "invalid option -- '%s'", letter);
}

static int next_option(const struct cli *cli, int argc, char **argv)
{
	struct spelling s;
	int id;

	spell(cli, &s);
	id = getopt_long(argc, argv, s.shorts, s.longs, NULL);
	if (id == '?' || id == ':') {
		refuse_option(cli, &s, id, argv[optind - 1]);
		id = '?';
	}
	return id;
}

int cli_next(const struct cli *cli, int argc, char **argv)
{
	int id = next_option(cli, argc, argv);

	switch (id) {
	case -1:
		return CLI_END;
	case 'h':
		if (!optarg || !strcmp(optarg, "all")) {
			help_print(cli, optarg);
			return CLI_DONE;
		}
		cli_usage(cli, "--help: all, or nothing, not '%s'", optarg);
		return CLI_BAD;
	case 'V':
		if (!optarg || !strcmp(optarg, "full")) {
			version_print(cli, optarg);
			return CLI_DONE;
		}
		cli_usage(cli, "--version: full, or nothing, not '%s'", optarg);
		return CLI_BAD;
	case INT16_MAX:
		if (completion_print(cli, optarg))
			return CLI_DONE;
		cli_usage(cli, "--completion: bash, zsh or fish, not '%s'", optarg);
		return CLI_BAD;
	case '?':
		print_try(cli);
		if (cli->command)
			cli_hint("an operand that begins with '-' goes after '--'");
		return CLI_BAD;
	default:
		return id;
	}
}

struct cli cli_of_command(const struct cli *cli, const struct cli_command *command)
{
	static const struct cli_option none[] = { CLI_OPTIONS_END };

	/* Another spelling is explained by the row that has the words. */
	for (const struct cli_command *c = cli->commands; c->name && !command->help; c++)
		if (c->help && c->run == command->run)
			command = c;
	/* getopt_long(3) begins anew. */
	optind = 0;
	return (struct cli){
		.name = cli->name,
		.usage = command->args,
		.summary = command->summary,
		.options = command->options ? command->options : none,
		.permute = command->permute,
		.failure = cli->failure,
		.command = command,
	};
}

const struct cli_command *cli_find_command(const struct cli *cli, const char *word)
{
	size_t n = strlen(word);

	for (const struct cli_command *c = cli->commands; n && c->name; c++)
		if (!strncmp(c->name, word, n))
			return c;
	return NULL;
}

static int failure(const struct cli *cli)
{
	return cli->failure ? cli->failure : CLI_FAILURE;
}

/*
 * The one place where sentences are printed. Words in them are what a user typed, or what others
 * have called their things: none of it reaches the terminal that it would obey.
 */
static void print_line(const char *head, const char *kind, const char *text)
{
	char *clean = text_clean(text, true);

	fflush(stdout);
	fprintf(stderr, "%s: %s%s\n", head, kind, clean ? clean : "out of memory");
	free(clean);
}

static void print_format(const char *head, const char *kind, const char *format, va_list ap)
{
	char *text;

	if (vasprintf(&text, format, ap) < 0)
		text = NULL;
	print_line(head, kind, text ? text : "out of memory");
	free(text);
}

/* The last failure that was printed; code 0: none was. */
static struct libns_error last_error = LIBNS_ERROR_INIT;

const struct libns_error *cli_last_error(void)
{
	return last_error.code ? &last_error : NULL;
}

static void print_error(const struct cli *cli, const char *format, va_list ap)
{
	va_list again;

	last_error = (struct libns_error){ .code = EINVAL, .step = LIBNS_STEP_NONE };
	va_copy(again, ap);
	vsnprintf(last_error.text, sizeof(last_error.text), format, again);
	va_end(again);
	print_format(cli->name, "", format, ap);
}

int cli_error(const struct cli *cli, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	print_error(cli, format, ap);
	va_end(ap);
	return failure(cli);
}

int cli_usage(const struct cli *cli, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	print_error(cli, format, ap);
	va_end(ap);
	print_try(cli);
	return failure(cli);
}

void cli_hint(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	print_format("hint", "", format, ap);
	va_end(ap);
}

void cli_note(const struct cli *cli, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	print_format(cli->name, "note: ", format, ap);
	va_end(ap);
}

int cli_fail(const struct cli *cli, const struct libns_error *err)
{
	char hint[512];

	last_error = *err;
	print_line(cli->name, "", libns_error_text(err));
	if (!cli->no_hint && libns_error_hint(err, hint, sizeof(hint)) > 0)
		print_line("hint", "", hint);
	return failure(cli);
}

int cli_fail_exec(const struct cli *cli, const struct libns_error *err)
{
	cli_fail(cli, err);
	return err->code == ENOENT ? CLI_NOT_FOUND : CLI_CANNOT_RUN;
}

int cli_exec(const struct cli *cli, char *const argv[])
{
	int code;

	fflush(stdout);
	execvp(argv[0], argv);
	code = errno;
	cli_error(cli, "cannot execute '%s': %s", argv[0], strerror(code));
	return code == ENOENT ? CLI_NOT_FOUND : CLI_CANNOT_RUN;
}

void cli_shell_set(struct cli_shell *ret_shell, const char *path)
{
	snprintf(ret_shell->path, sizeof(ret_shell->path), "%s", path);
	snprintf(ret_shell->argv0, sizeof(ret_shell->argv0), "-%s", base_name(path));
	ret_shell->argv[0] = ret_shell->argv0;
	ret_shell->argv[1] = NULL;
}

void cli_shell(struct cli_shell *ret_shell, uid_t uid)
{
	const char *path = getenv("SHELL");
	struct libns_account account = LIBNS_ACCOUNT_INIT;
	char number[16];

	if (!path || !*path) {
		snprintf(number, sizeof(number), "%u", uid);
		path = libns_account_find(LIBNS_ACCOUNT_USER, number, &account, NULL) == 0 &&
				       *account.shell
			       ? account.shell
			       : "/bin/sh";
	}
	cli_shell_set(ret_shell, path);
}

void cli_end_as(int wait_status)
{
	if (WIFSIGNALED(wait_status)) {
		int sig = WTERMSIG(wait_status);
		struct rlimit no_core = { 0, 0 };
		sigset_t set;

		/* The program may have left a core file, which one of our own would replace. */
		setrlimit(RLIMIT_CORE, &no_core);
		sigemptyset(&set);
		sigaddset(&set, sig);
		signal(sig, SIG_DFL);
		sigprocmask(SIG_UNBLOCK, &set, NULL);
		raise(sig);
		_exit(128 + sig);
	}
	exit(WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : CLI_FAILURE);
}

/*
 * Why the output is not whole, or 0. Where something in the middle could not be written stdio has
 * lost it, and errno is somebody else's by now: the same fails once more.
 */
static int output_error(void)
{
	if (fflush(stdout))
		return errno;
	if (!ferror(stdout))
		return 0;
	return write(STDOUT_FILENO, "\n", 1) < 0 ? errno : EIO;
}

int cli_finish(const struct cli *cli, int code)
{
	int why = output_error(), failure = 0;

	if (why)
		failure = cli_error(cli, "write error: %s", strerror(why));
	return code ? code : failure;
}
