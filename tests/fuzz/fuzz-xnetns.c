/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Command lines of xnetns: options spelt as for ip(8), abbreviated commands and their
 * operands. What the commands would do to the machine is replaced.
 */

#include <errno.h>

#include "command-line.h"
#include "xnetns/inside.h"
#include "xnetns/place.h"
#include "xnetns/xnetns.h"

static struct command_line line;

/* The names that commands are given are words of the command line, and so are pids. */
static int fuzz_name(const char *name)
{
	REQUIRE(command_line_has(&line, name));
	return strchr(name, '/') ? -EINVAL : 0;
}

static int fuzz_set_nsid(int32_t nsid)
{
	REQUIRE(nsid >= 0 || nsid == LIBNS_NSID_NONE);
	return 0;
}

static int fuzz_fail(void)
{
	return CLI_FAILURE;
}

#define libns_netns_add(run, name, err)        fuzz_name(name)
#define libns_netns_erase(e, run, name, err)   fuzz_name(name)
#define libns_netns_attach(run, name, fd, err) ((void)(fd), fuzz_name(name))
/* No descriptor: closing it does nothing. */
#define libns_netns_open(run, name, err)       (fuzz_name(name) ? -ENOENT : 1000000)
#define libns_netns_set_nsid(fd, nsid, err)    fuzz_set_nsid(nsid)
#define libns_netns_query_reach(run, ret, err) ((void)(ret), -ENOENT)
#define libns_netns_list_new(run, ret, err)    ((void)(ret), -ENOENT)
#define cli_fail(cli, err)                     fuzz_fail()
#define main                                   tool_main
int tool_main(int argc, char **argv);
#include "xnetns/names.c"
#include "xnetns/xnetns.c"
#undef main

static int take_command(const struct xnetns *x, int argc, char **argv)
{
	REQUIRE(x->cli && argc >= 1 && argv[argc] == NULL);
	return 0;
}

/* Of other files. */
#define COMMAND(name)                                                                              \
	int name(void *context, int argc, char **argv)                                             \
	{                                                                                          \
		return take_command(context, argc, argv);                                          \
	}
/* What the real ones parse themselves is for --help and completion here. */
const struct cli_option xnetns_exec_options[] = { INSIDE_OPTIONS, CLI_OPTIONS_END };
const struct cli_option xnetns_run_options[] = { INSIDE_OPTIONS, CLI_OPTIONS_END };
const struct cli_option xnetns_publish_options[] = { CLI_OPTIONS_END };
const struct cli_option xnetns_unpublish_options[] = { CLI_OPTIONS_END };

COMMAND(xnetns_list)
COMMAND(xnetns_up)
COMMAND(xnetns_down)
const struct cli_option xnetns_up_options[] = { CLI_OPTIONS_END };
const struct cli_option xnetns_down_options[] = { CLI_OPTIONS_END };
COMMAND(xnetns_list_id)
COMMAND(xnetns_identify)
COMMAND(xnetns_pids)
COMMAND(xnetns_exec)
COMMAND(xnetns_monitor)
COMMAND(xnetns_who)
COMMAND(xnetns_connect)
COMMAND(xnetns_disconnect)
COMMAND(xnetns_bridge)
const struct cli_option xnetns_connect_options[] = { CLI_OPTIONS_END };
const struct cli_option xnetns_disconnect_options[] = { CLI_OPTIONS_END };
const struct cli_option xnetns_bridge_options[] = { CLI_OPTIONS_END };
COMMAND(xnetns_run)
COMMAND(xnetns_publish)
COMMAND(xnetns_unpublish)
COMMAND(xnetns_test)
COMMAND(xnetns_doctor)
COMMAND(xnetns_gc)

const struct cli_option xnetns_test_options[] = { CLI_OPTIONS_END };
const struct cli_option xnetns_doctor_options[] = { CLI_OPTIONS_END };
const struct cli_option xnetns_gc_options[] = { CLI_OPTIONS_END };

/* "forward" ends here. */
int place_open(const struct xnetns *x, const char *word, bool names, struct place *ret)
{
	REQUIRE(x->cli && command_line_has(&line, word));
	*ret = (struct place)PLACE_INIT;
	return names ? CLI_FAILURE : 0;
}

void place_done(struct place *place)
{
	*place = (struct place)PLACE_INIT;
}

/* Fuzzed by fuzz-line.c. */
int xnetns_batch(struct xnetns *x, const char *file, bool go_on)
{
	REQUIRE(x->cli && command_line_has(&line, file) && (go_on || !go_on));
	return 0;
}

int xnetns_enter(const struct xnetns *x, const char *name)
{
	(void)x;
	return fuzz_name(name) ? XNETNS_USAGE : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char name[] = "xnetns", *given[MAX_WORDS + 2];
	int code;

	command_line_begin(&line, name, data, size);
	memcpy(given, line.words, sizeof(given));
	code = tool_main(line.argc, line.words);
	command_line_end(&line);
	REQUIRE(code == 0 || code == CLI_FAILURE || code == XNETNS_KERNEL || code == XNETNS_USAGE);
	/* Respelt options are allocated for good. */
	for (int i = 1; i < line.argc; i++) {
		bool is_own = false;

		for (int j = 1; j < line.argc; j++)
			is_own |= line.words[i] == given[j];
		if (!is_own)
			free(line.words[i]);
	}
	free(line.text);
	return 0;
}
