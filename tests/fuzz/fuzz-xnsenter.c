/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Command lines of xnsenter up to the point where the target would be looked up: options,
 * ids, parts of --like-target, capability lists. What is named exists if it begins with '/'.
 */

#include <errno.h>
#include <fcntl.h>

#include "command-line.h"
#include "xnsenter/xnsenter.h"

/* No descriptor: closing it does nothing. */
#define NO_FD 1000000

static int fuzz_open(const char *path)
{
	errno = ENOENT;
	return *path == '/' ? NO_FD : -1;
}

/* Files are called by their type: "/net". */
static int fuzz_fd_open(const char *path)
{
	return *path == '/' && path[1] ? NO_FD + path[1] : -ENOENT;
}

static int fuzz_query_type(int fd, uint64_t *ret)
{
	*ret = fd % 2 ? LIBNS_TYPE_NET : LIBNS_TYPE_MNT;
	return 0;
}

static int fuzz_open_id(uint64_t type)
{
	REQUIRE(type && !(type & ~LIBNS_TYPES_ALL));
	return -ENOENT;
}

static int fuzz_fail(void)
{
	return CLI_FAILURE;
}

#define open(path, ...)                             fuzz_open(path)
#define libns_fd_open(dir_fd, path, err)            ((void)(err), fuzz_fd_open(path))
#define libns_fd_query_type(fd, ret, err)           fuzz_query_type(fd, ret)
#define libns_target_open_id(procfs, type, id, err) ((void)(id), (void)(err), fuzz_open_id(type))
#define cli_fail(cli, err)                          fuzz_fail()
#define main                                        tool_main
int tool_main(int argc, char **argv);
#include "xnsenter/xnsenter.c"
#undef main

/* It looks at the machine. */
void suggest_operand(const struct cli *c, int procfs_fd, const char *option, const char *word)
{
	REQUIRE(c && procfs_fd == LIBNS_PROCFS && *option && word);
}

/* What follows the options; never called. */
int job_resolve(struct job *job)
{
	(void)job;
	abort();
}

int job_prepare(struct job *job)
{
	(void)job;
	abort();
}

int job_plan(struct job *job)
{
	(void)job;
	abort();
}

bool job_may_use_stub(const struct job *job)
{
	(void)job;
	abort();
}

int job_seal(struct job *job)
{
	(void)job;
	abort();
}

int job_run(struct job *job)
{
	(void)job;
	abort();
}

void job_free(struct job *job)
{
	(void)job;
	abort();
}

static void require_sound(const struct options *o, struct command_line *c)
{
	char **argv = c->words;

	REQUIRE(o->target || o->file_types);
	REQUIRE(!o->target || command_line_has(c, o->target));
	REQUIRE(o->n_ns_fds <= LIBNS_N_TYPES);
	REQUIRE(o->n_ns_fds == (size_t)__builtin_popcountll(o->file_types));
	REQUIRE(((o->types | o->file_types) & ~LIBNS_TYPES_ALL) == 0);
	REQUIRE(o->n_keep_fds <= sizeof(o->keep_fds) / sizeof(o->keep_fds[0]));
	for (size_t i = 0; i < o->n_keep_fds; i++)
		REQUIRE(o->keep_fds[i] >= 0);
	REQUIRE(o->uid_from != IDS_NUMBER || o->uid != UINT32_MAX);
	REQUIRE(o->gid_from != IDS_NUMBER || o->gid != UINT32_MAX);
	REQUIRE((o->like & ~(LIBNS_CONFINE_ALL | LIBNS_CONFINE_IDS)) == 0);
	REQUIRE(!(o->like & LIBNS_CONFINE_CGROUPS) || o->join_cgroup);
	REQUIRE(!(o->pty && o->no_pty));
	REQUIRE(o->timeout_ms >= 0 && o->net_socket >= -1);
	REQUIRE(o->argv >= &argv[1] && o->argv <= &argv[c->argc]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct options o = { .root_fd = -1, .cwd_fd = -1, .net_socket = -1, .caps = UINT64_MAX };
	char name[] = "xnsenter";
	struct command_line c;
	int code = -1, r;

	command_line_begin(&c, name, data, size);
	r = parse_argv(&o, c.argc, c.words, &code);
	command_line_end(&c);
	REQUIRE(r == 0 ? code == 0 : code == 0 || code == CLI_FAILURE);
	if (r == 0)
		require_sound(&o, &c);
	free(c.text);
	return 0;
}
