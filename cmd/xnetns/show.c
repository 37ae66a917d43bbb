/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The commands of xnetns that only look: list, list-id, identify, pids. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xnetns/xnetns.h"

static void freep(void *p)
{
	free(*(void **)p);
}

#define _cleanup_list_  __attribute__((cleanup(libns_netns_list_freep)))
#define _cleanup_nsids_ __attribute__((cleanup(libns_nsids_freep)))
#define _cleanup_proc_  __attribute__((cleanup(libns_proc_freep)))
#define _cleanup_free_  __attribute__((cleanup(freep)))

static void print_entry(struct xnetns *x, const struct libns_netns_entry *entry)
{
	if (x->as_json) {
		json_object(&x->json);
		json_text(&x->json, "name", entry->name);
		if (entry->nsid >= 0)
			json_number(&x->json, "id", entry->nsid);
		if (!entry->id.ino && !entry->elsewhere)
			json_bool(&x->json, "stale", true);
		if (entry->elsewhere)
			json_number(&x->json, "elsewhere", entry->pid);
		json_object_end(&x->json);
		return;
	}
	xnetns_print_name(entry->name);
	if (entry->nsid >= 0)
		printf(" (id: %d)", entry->nsid);
	putchar('\n');
}

/* Says what the list itself does not show. */
static void report_entry(const struct xnetns *x, const struct libns_netns_entry *entry)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int ns_fd;

	if (entry->id.ino)
		return;
	if (!entry->elsewhere) {
		cli_error(x->cli, "no network namespace is bound on '%s'", entry->name);
		return;
	}
	/* The error of opening it says where the namespace is. */
	ns_fd = libns_netns_open(LIBNS_NETNS_RUN, entry->name, &err);
	if (ns_fd < 0)
		cli_error(x->cli, "%s", libns_error_text(&err));
	else
		close(ns_fd);
}

static void report_unknown(const struct xnetns *x, const struct libns_netns_list *list)
{
	const struct libns_netns_entry *entry;
	size_t n = 0;

	for (size_t i = 0; (entry = libns_netns_list_at(list, i)); i++)
		n += entry->nsid == LIBNS_NSID_UNKNOWN;
	if (n)
		cli_error(x->cli,
			  n == 1 ? "the number of %zu name could not be read"
				 : "the numbers of %zu names could not be read",
			  n);
}

int xnetns_list(void *context, int argc, char **argv)
{
	_cleanup_list_ struct libns_netns_list *list = NULL;
	struct libns_error err = LIBNS_ERROR_INIT;
	const struct libns_netns_entry *entry;
	struct xnetns *x = context;

	if (libns_netns_list_new(LIBNS_NETNS_RUN, &list, &err) < 0)
		return xnetns_fail(x, &err, CLI_FAILURE);
	if (x->as_json)
		json_begin(&x->json);
	for (size_t i = 0; (entry = libns_netns_list_at(list, i)); i++)
		print_entry(x, entry);
	if (x->as_json)
		json_end(&x->json);
	for (size_t i = 0; (entry = libns_netns_list_at(list, i)); i++)
		report_entry(x, entry);
	report_unknown(x, list);
	return 0;
}

struct wanted {
	int32_t target;
	int32_t nsid;
};

static bool parse_wanted(const struct xnetns *x, char **argv, struct wanted *ret)
{
	*ret = (struct wanted){ LIBNS_NSID_NONE, LIBNS_NSID_NONE };
	for (char **word = argv + 1; *word; word += 2) {
		bool target = !strcmp(*word, "target-nsid");

		if (!target && strcmp(*word, "nsid") != 0) {
			cli_usage(x->cli, "%s: unknown word '%s'", argv[0], *word);
			return false;
		}
		if (!word[1]) {
			cli_usage(x->cli, "%s: no number after '%s'", argv[0], *word);
			return false;
		}
		if (!cli_fd(x->cli, *word, word[1], target ? &ret->target : &ret->nsid))
			return false;
	}
	return true;
}

static const char *name_by_nsid(const struct libns_netns_list *list, int32_t nsid)
{
	const struct libns_netns_entry *entry;

	for (size_t i = 0; (entry = libns_netns_list_at(list, i)); i++)
		if (nsid >= 0 && entry->nsid == nsid)
			return entry->name;
	return NULL;
}

static void print_nsid(struct xnetns *x, const struct libns_nsid *one, bool with_current,
		       const char *name)
{
	if (x->as_json) {
		json_object(&x->json);
		json_number(&x->json, "nsid", one->nsid);
		if (with_current)
			json_number(&x->json, "current-nsid", one->current);
		if (name)
			json_text(&x->json, "name", name);
		json_object_end(&x->json);
		return;
	}
	if (one->nsid < 0)
		printf("nsid unassigned ");
	else
		printf("nsid %d ", one->nsid);
	if (with_current && one->current < 0)
		printf("current-nsid unassigned ");
	else if (with_current)
		printf("current-nsid %d ", one->current);
	if (name) {
		printf("(iproute2 netns name: ");
		xnetns_print_name(name);
		putchar(')');
	}
	putchar('\n');
}

int xnetns_list_id(void *context, int argc, char **argv)
{
	_cleanup_list_ struct libns_netns_list *list = NULL;
	_cleanup_nsids_ struct libns_nsids *all = NULL;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct xnetns *x = context;
	struct libns_nsid one;
	struct wanted wanted;

	if (!parse_wanted(x, argv, &wanted))
		return XNETNS_USAGE;
	if (wanted.nsid < 0) {
		if (libns_nsids_new(wanted.target, &all, &err) < 0)
			return xnetns_fail(x, &err, CLI_FAILURE);
	} else if (libns_netns_translate_nsid(wanted.nsid, wanted.target, &one.nsid, &one.current,
					      &err) < 0) {
		return xnetns_fail(x, &err, XNETNS_KERNEL);
	}
	if (libns_netns_list_new(LIBNS_NETNS_RUN, &list, &err) < 0)
		return xnetns_fail(x, &err, CLI_FAILURE);
	if (x->as_json)
		json_begin(&x->json);
	for (size_t i = 0; i < (all ? libns_nsids_count(all) : 1); i++) {
		const struct libns_nsid *id = all ? libns_nsids_at(all, i) : &one;

		print_nsid(x, id, wanted.target >= 0, name_by_nsid(list, id->current));
	}
	if (x->as_json)
		json_end(&x->json);
	report_unknown(x, list);
	return 0;
}

static bool netns_of(const struct xnetns *x, pid_t pid, struct libns_id *ret_id)
{
	_cleanup_proc_ struct libns_proc *proc = NULL;
	struct libns_error err = LIBNS_ERROR_INIT;

	if (libns_proc_new(LIBNS_PROCFS, pid, &proc, &err) < 0 ||
	    libns_proc_read_id(proc, LIBNS_TYPE_NET, ret_id, &err) < 0) {
		cli_fail(x->cli, &err);
		return false;
	}
	return true;
}

/*
 * Text is one line, as ip(8) prints it: of several names the last one listed,
 * none is an empty line. JSON has all of them.
 */
int xnetns_identify(void *context, int argc, char **argv)
{
	_cleanup_list_ struct libns_netns_list *list = NULL;
	struct libns_error err = LIBNS_ERROR_INIT;
	const struct libns_netns_entry *entry;
	struct xnetns *x = context;
	const char *last = "";
	pid_t pid = getpid();
	struct libns_id id;

	if (argc > 2) {
		cli_usage(x->cli, "%s: extra arguments specified", argv[0]);
		return CLI_FAILURE;
	}
	if ((argc == 2 && !cli_pid(x->cli, "PID", argv[1], &pid)) || !netns_of(x, pid, &id))
		return CLI_FAILURE;
	if (libns_netns_list_new(LIBNS_NETNS_RUN, &list, &err) < 0)
		return xnetns_fail(x, &err, CLI_FAILURE);
	if (x->as_json)
		json_begin(&x->json);
	for (size_t i = 0; (entry = libns_netns_list_at(list, i)); i++) {
		if (!libns_id_equal(&entry->id, &id))
			continue;
		last = entry->name;
		if (x->as_json)
			print_entry(x, entry);
	}
	if (x->as_json) {
		json_end(&x->json);
		return 0;
	}
	xnetns_print_name(last);
	putchar('\n');
	return 0;
}

static void print_pid(struct xnetns *x, pid_t pid)
{
	if (!x->as_json) {
		printf("%d\n", pid);
		return;
	}
	json_object(&x->json);
	json_number(&x->json, "pid", pid);
	json_object_end(&x->json);
}

int xnetns_pids(void *context, int argc, char **argv)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	_cleanup_free_ pid_t *pids = NULL;
	struct xnetns *x = context;
	size_t n, n_unreadable;
	struct libns_id id;
	int ns_fd, r;

	if (argc != 2) {
		cli_usage(x->cli,
			  argc < 2 ? "%s: no netns name specified"
				   : "%s: extra arguments specified",
			  argv[0]);
		return CLI_FAILURE;
	}
	ns_fd = libns_netns_open(LIBNS_NETNS_RUN, argv[1], &err);
	if (ns_fd < 0)
		return xnetns_fail(x, &err, CLI_FAILURE);
	r = libns_fd_query_id(ns_fd, &id, &err);
	close(ns_fd);
	if (r < 0 || libns_netns_read_pids(LIBNS_PROCFS, &id, &pids, &n, &n_unreadable, &err) < 0)
		return xnetns_fail(x, &err, CLI_FAILURE);
	if (x->as_json)
		json_begin(&x->json);
	for (size_t i = 0; i < n; i++)
		print_pid(x, pids[i]);
	if (x->as_json)
		json_end(&x->json);
	if (n_unreadable)
		cli_error(x->cli,
			  n_unreadable == 1 ? "%zu process is not readable"
					    : "%zu processes are not readable",
			  n_unreadable);
	if (libns_proc_hides_others(LIBNS_PROCFS))
		cli_error(x->cli, "processes of others are hidden by the mount option hidepid");
	return 0;
}
