/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CMD_XNETNS_H
#define CMD_XNETNS_H

#include <libns/libns.h>

#include "common/cli.h"
#include "xnetns/json.h"

/* What the commands of xnetns share. Exit codes are those of ip-netns(8). */

enum {
	XNETNS_KERNEL = 2,  /* rtnetlink refused */
	XNETNS_USAGE = 255, /* also: the namespace cannot be entered */
};

struct xnetns {
	const struct cli *cli;
	struct json_writer json;
	bool as_json;
	bool all;
	struct libns_netns_eraser *eraser; /* of --batch; or NULL */
};

/* Options of commands that parse them themselves. */
extern const struct cli_option xnetns_exec_options[];
extern const struct cli_option xnetns_test_options[];
extern const struct cli_option xnetns_run_options[];
extern const struct cli_option xnetns_doctor_options[];
extern const struct cli_option xnetns_gc_options[];

/* The commands. Each is called with its own name in argv[0]. */
int xnetns_add(void *context, int argc, char **argv);
int xnetns_attach(void *context, int argc, char **argv);
int xnetns_set(void *context, int argc, char **argv);
int xnetns_delete(void *context, int argc, char **argv);
int xnetns_list(void *context, int argc, char **argv);
int xnetns_list_id(void *context, int argc, char **argv);
int xnetns_identify(void *context, int argc, char **argv);
int xnetns_pids(void *context, int argc, char **argv);
int xnetns_exec(void *context, int argc, char **argv);
int xnetns_monitor(void *context, int argc, char **argv);
int xnetns_up(void *context, int argc, char **argv);
int xnetns_down(void *context, int argc, char **argv);
int xnetns_connect(void *context, int argc, char **argv);
int xnetns_bridge(void *context, int argc, char **argv);
int xnetns_disconnect(void *context, int argc, char **argv);
int xnetns_forward(void *context, int argc, char **argv);

/* Options of commands that have some of their own. */
extern const struct cli_option xnetns_up_options[], xnetns_down_options[];
extern const struct cli_option xnetns_forward_options[];
extern const struct cli_option xnetns_connect_options[], xnetns_disconnect_options[];
extern const struct cli_option xnetns_bridge_options[];
int xnetns_run(void *context, int argc, char **argv);
int xnetns_who(void *context, int argc, char **argv);
int xnetns_test(void *context, int argc, char **argv);
int xnetns_doctor(void *context, int argc, char **argv);
int xnetns_gc(void *context, int argc, char **argv);

/* Heeds an option that all commands share: --all, --json, --pretty. Return: false if it is none. */
bool xnetns_take_option(struct xnetns *x, int id);

/* Carries out a command line that begins with the command. Return: an exit code. */
int xnetns_run_command(struct xnetns *x, int argc, char **argv);

/* Whether a program takes the place of the process that carries out this command. */
bool xnetns_takes_our_place(const char *command);

/* Carries out the commands in a file ("-": standard input). @go_on: also after one that failed.
 * Return: 0, or 1 if one failed. */
int xnetns_batch(struct xnetns *x, const char *file, bool go_on);

/* Prints the sentence. Return: 255 if the word could never be a name, else @code. */
int xnetns_fail(const struct xnetns *x, const struct libns_error *err, int code);

/* Enters a namespace as "exec" does. Return: 0, or an exit code once the reason is printed. */
int xnetns_enter(const struct xnetns *x, const char *name);

/* Prints a name to stdout; on a terminal its control characters are replaced. */
void xnetns_print_name(const char *name);

#endif
