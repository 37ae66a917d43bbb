/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * xnetns --batch: many commands from a file, in one process. Each line is carried out as if it
 * had been given to a process of its own: a program runs in a child, and what a command
 * remembers ends with its line.
 */

#include <errno.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "xnetns/line.h"
#include "xnetns/xnetns.h"

/* The words that ip(8) takes for "netns"; it has other objects that begin with "ne". */
static bool is_netns(const char *word)
{
	return !strcmp(word, "netns") || !strcmp(word, "netn") || !strcmp(word, "net");
}

/* Runs a command in a child, since it takes the place of the process. @in: what lines come from. */
static int run_in_child(struct xnetns *x, FILE *in, int argc, char **argv)
{
	pid_t pid;
	int status;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		/* exit(3) would move the file, which is the parent's too, back to where it stands. */
		__fpurge(in);
		_exit(cli_finish(x->cli, xnetns_run_command(x, argc, argv)));
	}
	if (pid < 0)
		return cli_error(x->cli, "cannot fork: %s", strerror(errno));
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return cli_error(x->cli, "cannot wait: %s", strerror(errno));
	return WIFEXITED(status) ? WEXITSTATUS(status) : CLI_FAILURE;
}

static int run_line(const struct xnetns *x, const struct line_reader *reader)
{
	struct xnetns copy = *x;
	char **words, **argv;
	int n, code = 0;
	int r = line_split(reader->text, &words, &n);

	if (r < 0)
		return cli_error(x->cli, "%s",
				 r == -EINVAL ? "unterminated quoted string" : strerror(-r));
	argv = words;
	if (n > 1 && is_netns(*argv)) {
		argv++;
		n--;
	}
	if (n > 0)
		code = xnetns_takes_our_place(argv[0]) ? run_in_child(&copy, reader->in, n, argv)
						       : xnetns_run_command(&copy, n, argv);
	free(words);
	return code;
}

/* Return: 0, or 1 if a line failed or the file could not be read to its end. */
static int run_lines(const struct xnetns *x, struct line_reader *reader, const char *file,
		     bool go_on)
{
	int code = 0, r;

	while ((r = line_read(reader)) > 0) {
		if (run_line(x, reader) == 0)
			continue;
		code = cli_error(x->cli, "command failed %s:%lu", file, reader->number);
		if (!go_on)
			return code;
	}
	if (r == -ENODATA)
		code = cli_error(x->cli, "missing continuation line %s:%lu", file, reader->number);
	else if (r == -EILSEQ)
		code = cli_error(x->cli, "zero byte in line %s:%lu", file, reader->number + 1);
	else if (r < 0)
		code = cli_error(x->cli, "cannot read file '%s': %s", file, strerror(-r));
	return code;
}

int xnetns_batch(struct xnetns *x, const char *file, bool go_on)
{
	struct line_reader reader = { .in = stdin };
	struct libns_error err = LIBNS_ERROR_INIT;
	bool is_stdin = !strcmp(file, "-");
	int code;

	/* Programs that the lines run keep our standard input. */
	if (!is_stdin && !(reader.in = fopen(file, "re")))
		return cli_error(x->cli, "cannot open file '%s' for reading: %s", file,
				 strerror(errno));
	code = libns_netns_eraser_new(&x->eraser, &err) < 0 ? cli_fail(x->cli, &err)
							    : run_lines(x, &reader, file, go_on);
	x->eraser = libns_netns_eraser_free(x->eraser);
	free(reader.text);
	if (!is_stdin)
		fclose(reader.in);
	return code;
}
