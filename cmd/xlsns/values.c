/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* See values.h. */

#include "xlsns/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The types there are. Whoever comes from xnsenter means a target by -t. */
static void hint_type(const char *text)
{
	bool target = strchr(text, ':') || !text[strspn(text, "0123456789")];

	if (target && *text)
		cli_hint("--type takes a type; the namespaces of a process: -p %s", text);
	else
		cli_hint("the types are mnt, net, ipc, user, pid, uts, cgroup and time");
}

bool parse_types(const struct cli *cli, const char *text, uint64_t *types)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	uint64_t more;

	if (libns_types_parse(text, &more, &err) < 0) {
		cli_error(cli, "unknown namespace type: '%s'", text);
		hint_type(text);
		return false;
	}
	*types |= more;
	return true;
}

bool parse_tree(const struct cli *cli, const char *text, enum tree *tree)
{
	/* "-T=parent", as lsns takes it. */
	if (text && *text == '=')
		text++;
	if (!text || !strcmp(text, "owner"))
		*tree = TREE_OWNER;
	else if (!strcmp(text, "parent"))
		*tree = TREE_PARENT;
	else if (!strcmp(text, "process"))
		*tree = TREE_PROCESS;
	else {
		cli_error(cli, "unknown tree type: '%s'", text);
		cli_hint("--tree takes owner, parent or process");
		return false;
	}
	return true;
}

bool parse_without(const struct cli *cli, const char *list, uint64_t *without)
{
	static const char *const words[] = {
		/* in the order of LIBNS_SCAN_* */
		"processes", "for_children", "threads",      "fds",       "sockets", "queued",
		"io_uring",  "own_mounts",   "other_mounts", "relations", "listns",
	};

	for (const char *word = list;; word++) {
		size_t n = strcspn(word, ","), i = 1;

		/* The processes cannot be left out: without them there is nothing to show. */
		while (i < 11 && (strncmp(words[i], word, n) != 0 || words[i][n]))
			i++;
		if (i == 11) {
			cli_error(cli, "--without: unknown source: '%.*s'", (int)n, word);
			cli_hint("the sources are threads, for_children, fds, sockets, queued, "
				 "io_uring, own_mounts, other_mounts, relations and listns");
			return false;
		}
		*without |= UINT64_C(1) << i;
		word += n;
		if (!*word)
			return true;
	}
}

bool color_terminal(void)
{
	const char *term = getenv("TERM"), *no = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0 && (!no || !*no);
}

bool parse_color(const struct cli *cli, const char *when, bool *color)
{
	if (!when || !strcmp(when, "always"))
		*color = true;
	else if (!strcmp(when, "never"))
		*color = false;
	else if (!strcmp(when, "auto"))
		*color = color_terminal();
	else
		return cli_error(cli, "--color: auto, always or never, not '%s'", when), false;
	return true;
}

bool parse_bpf(const struct cli *cli, const char *text, unsigned int *bpf)
{
	if (!strcmp(text, "auto"))
		*bpf = LIBNS_SCAN_BPF_AUTO;
	else if (!strcmp(text, "never"))
		*bpf = LIBNS_SCAN_BPF_NEVER;
	else if (!strcmp(text, "always"))
		*bpf = LIBNS_SCAN_BPF_ALWAYS;
	else
		return cli_error(cli, "--bpf: auto, never or always, not '%s'", text), false;
	return true;
}
