/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Rules of nftables.
 *
 * A change is a text for nft(8) that becomes one transaction of the kernel. libnftables does it in
 * this process; it is loaded only now, since loading it takes half a millisecond. Where it is
 * missing, or nothing may be loaded, the program nft does the same.
 *
 * libnftables ends the process if it gets no netlink socket. So one is opened before, and whatever
 * is wrong with it is an error of ours.
 */

#include "kernel/nft.h"

#include <linux/netlink.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/base.h"
#include "base/dl.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/helper.h"
#include "kernel/netlink.h"

/* The first words of nft about what it was given, without the place in the text. */
static int refused(const char *words, struct libns_error *err)
{
	const char *at = strstr(words, "Error: ");
	char line[240];
	size_t n;

	if (at)
		words = at + strlen("Error: ");
	n = strcspn(words, "\n");
	if (n >= sizeof(line))
		n = sizeof(line) - 1;
	memcpy(line, words, n);
	line[n] = '\0';
	return error_say(err, LIBNS_STEP_NETLINK, EIO, "nft refuses: %s",
			 n ? line : "it gives no reason");
}

#if HAVE_LIBNFTABLES

#include <nftables/libnftables.h>

DL_NOTE("nftables", "Rules of network namespaces that are wired", "recommended",
	"libnftables.so.1");

#define NFT_FUNCTIONS(X)                                                                           \
	X(nft_ctx_new)                                                                             \
	X(nft_ctx_free)                                                                            \
	X(nft_ctx_output_set_flags)                                                                \
	X(nft_ctx_buffer_output)                                                                   \
	X(nft_ctx_buffer_error)                                                                    \
	X(nft_ctx_get_output_buffer)                                                               \
	X(nft_ctx_get_error_buffer)                                                                \
	X(nft_run_cmd_from_buffer)

struct nftables {
	NFT_FUNCTIONS(DL_MEMBER)
};

static const char *const names[] = { NFT_FUNCTIONS(DL_NAME) };
static const struct dl_library library =
	DL_LIBRARY("libnftables.so.1", "libnftables1", "changing rules of nftables", names);
DL_REGISTER(library);

static int run_in(const struct nftables *lib, struct nft_ctx *ctx, const char *commands,
		  char **ret_output, struct libns_error *err)
{
	if (lib->nft_ctx_buffer_error(ctx) || lib->nft_ctx_buffer_output(ctx))
		return error_set(err, LIBNS_STEP_NETLINK, ENOMEM, "cannot use libnftables");
	if (ret_output)
		lib->nft_ctx_output_set_flags(ctx, NFT_CTX_OUTPUT_JSON | NFT_CTX_OUTPUT_TERSE);
	if (lib->nft_run_cmd_from_buffer(ctx, commands))
		return refused(lib->nft_ctx_get_error_buffer(ctx), err);
	if (!ret_output)
		return 0;
	*ret_output = strdup(lib->nft_ctx_get_output_buffer(ctx));
	return *ret_output ? 0
			   : error_set(err, LIBNS_STEP_NETLINK, ENOMEM, "cannot read the rules");
}

/* Return: as nft_run(). */
static int run_by_library(const char *commands, char **ret_output, struct libns_error *err)
{
	struct nftables lib;
	struct nft_ctx *ctx;
	int r = dl_load(&library, &lib, sizeof(lib), err);

	if (r < 0)
		return -ELIBACC;
	ctx = lib.nft_ctx_new(NFT_CTX_DEFAULT);
	if (!ctx)
		return error_set(err, LIBNS_STEP_NETLINK, ENOMEM, "cannot use libnftables");
	r = run_in(&lib, ctx, commands, ret_output, err);
	lib.nft_ctx_free(ctx);
	return r;
}

#else

static int run_by_library(const char *commands, char **ret_output, struct libns_error *err)
{
	return error_say(err, LIBNS_STEP_QUERY, ELIBACC, "this build of libns has no libnftables");
}

#endif

/* A file in memory, with @text in it. */
static int make_file(const char *text)
{
	int fd = memfd_create("nft", MFD_CLOEXEC);
	size_t n = strlen(text);

	if (fd < 0)
		return -errno;
	fd = sys_fd_above_stdio(fd);
	while (fd >= 0 && n) {
		ssize_t done = write(fd, text, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0) {
			int r = done < 0 ? -errno : -EIO;

			base_close(fd);
			return r;
		}
		text += done;
		n -= (size_t)done;
	}
	if (fd >= 0 && lseek(fd, 0, SEEK_SET) < 0)
		fd = base_close(fd);
	return fd;
}

static int read_file(int fd, char **ret_text)
{
	_cleanup_free_ char *text = NULL;
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		return -errno;
	text = malloc((size_t)st.st_size + 1);
	if (!text)
		return -ENOMEM;
	n = sys_read_full(fd, text, (size_t)st.st_size, 0);
	if (n < 0)
		return (int)n;
	text[n] = '\0';
	*ret_text = TAKE_PTR(text);
	return 0;
}

/* @why: why there is no library. */
static int no_nft(const struct libns_error *why, struct libns_error *err)
{
	return error_say(err, LIBNS_STEP_HELPER, ELIBACC,
			 "%s; the program nft (package nftables) would do, but is not there either",
			 why->text);
}

static int run_by_program(const char *commands, char **ret_output, const struct libns_error *why,
			  struct libns_error *err)
{
	char name[] = "nft", terse[] = "-jt", from[] = "-f", input[] = "-", path[PATH_MAX];
	char *reading[] = { name, terse, from, input, NULL };
	char *changing[] = { name, from, input, NULL };
	_cleanup_close_ int text_fd = -1;
	_cleanup_close_ int out_fd = -1;
	struct helper_output out;
	int r;

	if (helper_find(name, path, sizeof(path)) < 0)
		return no_nft(why, err);
	text_fd = make_file(commands);
	out_fd = text_fd < 0 || !ret_output ? -1 : make_file("");
	if (text_fd < 0 || (ret_output && out_fd < 0))
		return error_set(err, LIBNS_STEP_HELPER, text_fd < 0 ? -text_fd : -out_fd,
				 "cannot make a file in memory for nft");
	r = helper_run_on(path, ret_output ? reading : changing, text_fd, out_fd, &out, err);
	if (r < 0)
		return r;
	if (out.status)
		return refused(out.words, err);
	r = ret_output ? read_file(out_fd, ret_output) : 0;
	return r < 0 ? error_set(err, LIBNS_STEP_HELPER, -r, "cannot read what nft has written")
		     : 0;
}

static int run(const char *commands, char **ret_output, struct libns_error *err)
{
	struct libns_error why = LIBNS_ERROR_INIT;
	int r = netlink_open(NETLINK_NETFILTER, NETLINK_HERE, err);

	if (r < 0)
		return r;
	base_close(r);
	r = run_by_library(commands, ret_output, &why);
	if (r == -ELIBACC)
		return run_by_program(commands, ret_output, &why, err);
	if (r < 0 && err)
		*err = why;
	return r;
}

int nft_run(const char *commands, struct libns_error *err)
{
	return run(commands, NULL, err);
}

int nft_read(char **ret_json, struct libns_error *err)
{
	return run("list ruleset\n", ret_json, err);
}

/* A kernel without nftables does not know the number of its messages. */
static int fail(struct netlink_call *call, int r, const char *words, struct libns_error *err)
{
	if (r == -EINVAL || r == -EPROTONOSUPPORT)
		return error_say(err, LIBNS_STEP_NETLINK, EOPNOTSUPP,
				 "cannot %s: this kernel has no nftables", words);
	return netlink_fail(call, r, words, err);
}

static int ask(struct netlink_call *call, struct netlink_msg *msg, struct libns_error *err)
{
	int r;

	call->fd = netlink_open(NETLINK_NETFILTER, NETLINK_HERE, err);
	if (call->fd < 0)
		return call->fd;
	r = netlink_transact(call, msg);
	call->fd = base_close(call->fd);
	if (r < 0 && r != -ENOENT)
		return fail(call, r, "read the rules of nftables", err);
	return r;
}

struct counting {
	const char *comment;
	size_t n;
};

static int count_rule(const struct netlink_item *item, void *data)
{
	struct counting *counting = data;

	counting->n += nft_msg_has_comment(item, counting->comment);
	return 0;
}

static void count_again(void *data)
{
	((struct counting *)data)->n = 0;
}

int nft_count_rules(const char *table, const char *comment, size_t *ret_n, struct libns_error *err)
{
	struct counting counting = { comment, 0 };
	struct netlink_call call = { .reply = { .answer = count_rule, .data = &counting },
				     .again = count_again };
	struct netlink_msg msg;
	int r;

	nft_msg_ask_rules(&msg, table);
	r = ask(&call, &msg, err);
	if (r < 0 && r != -ENOENT)
		return r;
	*ret_n = counting.n;
	return 0;
}

int nft_has_table(const char *table, struct libns_error *err)
{
	struct netlink_call call = { .fd = -1 };
	struct netlink_msg msg;
	int r;

	nft_msg_ask_table(&msg, table);
	r = ask(&call, &msg, err);
	return r == 0 ? 1 : r == -ENOENT ? 0 : r;
}

int nft_has_set(const char *table, const char *set, struct libns_error *err)
{
	struct netlink_call call = { .fd = -1 };
	struct netlink_msg msg;
	int r;

	nft_msg_ask_set(&msg, table, set);
	r = ask(&call, &msg, err);
	return r == 0 ? 1 : r == -ENOENT ? 0 : r;
}

struct comparing {
	const struct nft_words *value;
	int found;
};

static int compare_element(const struct netlink_item *item, void *data)
{
	struct comparing *comparing = data;

	comparing->found =
		nft_msg_is_value(item, comparing->value) ? NFT_FOUND_SAME : NFT_FOUND_OTHER;
	return 0;
}

int nft_find_element(const char *table, const char *map, const struct nft_words *key,
		     const struct nft_words *value, struct libns_error *err)
{
	struct comparing comparing = { value, NFT_FOUND_NONE };
	struct netlink_call call = { .reply = { .answer = compare_element, .data = &comparing } };
	struct netlink_msg msg;
	int r;

	nft_msg_ask_element(&msg, table, map, key);
	r = ask(&call, &msg, err);
	return r < 0 && r != -ENOENT ? r : comparing.found;
}
