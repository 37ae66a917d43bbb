/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * See suggest.h. Everything that is suggested has been looked up, and would be found by the word
 * that is printed. Looking costs what it costs: something has failed already.
 */

#include "common/suggest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libns/libns.h>

/* Names of things, as far as a line has room for them. */
struct names {
	char *text; /* "web, db"; NULL without memory */
	size_t size, n, n_left_out, room;
	FILE *out;
};

static void names_begin(struct names *names, size_t room)
{
	*names = (struct names){ .room = room };
	names->out = open_memstream(&names->text, &names->size);
}

static void names_add(struct names *names, const char *name)
{
	if (!names->out || fflush(names->out) != 0)
		return;
	if (names->size + strlen(name) > names->room)
		names->n_left_out++;
	else
		fprintf(names->out, "%s%s", names->n++ ? ", " : "", name);
}

/* Return: whether there is anything to print. */
static bool names_end(struct names *names)
{
	if (names->out && names->n_left_out)
		fprintf(names->out, " and %zu more", names->n_left_out);
	if (names->out)
		fclose(names->out);
	return names->text && names->n;
}

/* Root's state files hold the names; what an ordinary user sees of root's containers is an id. */
static bool is_unnamed(const struct libns_container *c)
{
	return !*c->name && geteuid() != 0 && c->owner == 0 && strcmp(c->runtime, "unknown") != 0;
}

static void list_containers(int procfs_fd)
{
	struct libns_containers *containers = NULL;
	const struct libns_container *c;
	struct names names;
	size_t n_unnamed = 0;

	if (libns_containers_new(procfs_fd, LIBNS_ROOT, &containers, NULL) < 0)
		return;
	names_begin(&names, 200);
	for (size_t i = 0; (c = libns_containers_at(containers, i)); i++) {
		n_unnamed += is_unnamed(c);
		if (c->pid)
			names_add(&names, c->word);
	}
	if (names_end(&names))
		cli_hint("these containers run: %s%s", names.text,
			 n_unnamed ? "; what root's are called, only root may read" : "");
	else
		cli_hint("no container runs here%s",
			 geteuid() ? ", as far as this user may see" : "");
	free(names.text);
	libns_containers_free(containers);
}

static void list_netns(void)
{
	struct libns_netns_list *list = NULL;
	const struct libns_netns_entry *entry;
	struct names names;

	if (libns_netns_list_new(LIBNS_NETNS_RUN, &list, NULL) < 0)
		return;
	names_begin(&names, 200);
	for (size_t i = 0; (entry = libns_netns_list_at(list, i)); i++)
		names_add(&names, entry->name);
	if (names_end(&names))
		cli_hint("network namespaces are called: %s", names.text);
	else
		cli_hint("no network namespace has a name here");
	free(names.text);
	libns_netns_list_free(list);
}

static bool has_target(int procfs_fd, const char *prefix, const char *word)
{
	struct libns_target *target = NULL;
	char *whole;
	bool has;

	if (asprintf(&whole, "%s%s", prefix, word) < 0)
		return false;
	has = libns_target_new(procfs_fd, whole, &target, NULL) == 0;
	libns_target_free(target);
	free(whole);
	return has;
}

static void load_names(struct libns_scan *scan)
{
	size_t n = libns_scan_count_tasks(scan);
	const struct libns_task **tasks = calloc(n ? n : 1, sizeof(struct libns_task *));

	for (size_t i = 0; tasks && i < n; i++)
		tasks[i] = libns_scan_task_at(scan, i);
	if (tasks)
		(void)libns_scan_read_details(scan, tasks, n, LIBNS_DETAIL_STATUS, NULL);
	free(tasks);
}

/* Processes of that name, as pgrep(1) finds them. */
static void suggest_processes(int procfs_fd, const char *option, const char *word)
{
	struct libns_scan_options how = LIBNS_SCAN_OPTIONS_INIT;
	struct libns_scan *scan = NULL;
	const struct libns_task *task;
	struct names names;

	how.sources = LIBNS_SCAN_PROCESSES;
	if (libns_scan_new(procfs_fd, &how, &scan, NULL) < 0)
		return;
	load_names(scan);
	names_begin(&names, 50);
	for (size_t i = 0; (task = libns_scan_task_at(scan, i)); i++) {
		const char *comm = libns_task_get_comm(task);
		char number[16];

		if (!comm || strcmp(comm, word) != 0)
			continue;
		snprintf(number, sizeof(number), "%d", (int)libns_task_get_pid(task));
		names_add(&names, number);
	}
	if (names_end(&names))
		cli_hint("a process is named by its number; '%s' runs as: %s%s", word, option,
			 names.text);
	free(names.text);
	libns_scan_free(scan);
}

static void suggest_prefix(int procfs_fd, const char *option, const char *word, bool process)
{
	static const struct {
		const char *prefix, *what;
		bool path, process;
	} forms[] = {
		{ "container:", "container", false, true },
		{ "netns:", "network namespace", false, false },
		{ "cgroup:", "control group", true, true },
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (forms[i].path != (strchr(word, '/') != NULL) ||
		    (process && !forms[i].process) || !has_target(procfs_fd, forms[i].prefix, word))
			continue;
		cli_hint("there is a %s of that name: %s%s%s", forms[i].what, option,
			 forms[i].prefix, word);
		return;
	}
	suggest_processes(procfs_fd, option, word);
}

/* "crun:web", and whatever else somebody puts before the name of a container. */
static void suggest_runtime(int procfs_fd, const char *option, const char *word)
{
	size_t n = strcspn(word, ":");
	char *whole;
	bool has;

	if (!word[n] || asprintf(&whole, "%.*s/%s", (int)n, word, word + n + 1) < 0)
		return;
	has = has_target(procfs_fd, "container:", whole);
	if (has || has_target(procfs_fd, "container:", word + n + 1))
		cli_hint("there is a container of that name: %scontainer:%s", option,
			 has ? whole : word + n + 1);
	free(whole);
}

/* Whether it is a number as namespaces have it: too large for a process. */
static bool is_inode(const char *word)
{
	size_t n = strspn(word, "0123456789");

	return n && !word[n] && strtoull(word, NULL, 10) > INT32_MAX;
}

/* Why a snapshot need not have everything. Return: @buf, or NULL if it has. */
static const char *why_not_seen(const struct libns_scan *scan, char *buf, size_t size)
{
	if (libns_scan_hides_processes(scan))
		return "processes of others are hidden by the mount option hidepid";
	for (int i = LIBNS_UNSEEN_PROCESSES; i <= LIBNS_UNSEEN_MOUNTS; i++) {
		size_t n = libns_scan_count_unseen(scan, (enum libns_unseen)i);

		if (n)
			return libns_unseen_format((enum libns_unseen)i, n, buf, size);
	}
	return NULL;
}

enum there { THERE, NOT_THERE, NOT_SEEN };

/* Looks for a namespace wherever one may be. @why: see why_not_seen(). */
static enum there look_for_ns(int procfs_fd, const char *inode, char *why, size_t size)
{
	struct libns_scan *scan = NULL;
	enum there there = NOT_SEEN;
	const char *reason;

	snprintf(why, size, "this system cannot be looked through");
	if (libns_scan_new(procfs_fd, NULL, &scan, NULL) < 0)
		return there;
	reason = why_not_seen(scan, why, size);
	if (libns_scan_find(scan, strtoull(inode, NULL, 10)))
		there = THERE;
	else if (!reason)
		there = NOT_THERE;
	else if (reason != why)
		snprintf(why, size, "%s", reason);
	libns_scan_free(scan);
	return there;
}

static void suggest_ns(int procfs_fd, const char *option, const char *word, bool process)
{
	char why[96];
	enum there there = look_for_ns(procfs_fd, word, why, sizeof(why));

	if (there == NOT_THERE)
		cli_hint("so large a number is one of a namespace, and this one is not there");
	else if (there == NOT_SEEN)
		cli_hint("so large a number is one of a namespace, which may be hidden from "
			 "this user: %s",
			 why);
	else if (process)
		cli_hint("this is a namespace: 'xlsns %s' shows its processes", word);
	else
		cli_hint("this is a namespace: %sns:%s", option, word);
}

/* A number that looks like one of a namespace, where the members of none were found by it. */
static void suggest_where(const struct cli *cli, int procfs_fd, const char *inode)
{
	char why[96];
	enum there there = look_for_ns(procfs_fd, inode, why, sizeof(why));

	if (there == THERE)
		cli_hint("it has no process: '%s --holders %s' shows what keeps it alive",
			 cli->name, inode);
	else if (there == NOT_SEEN)
		cli_hint("it may be there and hidden from this user: %s", why);
}

void suggest_target(int procfs_fd, const char *option, const char *word, bool process,
		    const struct libns_error *err)
{
	bool plain = err->step == LIBNS_STEP_ARGUMENT && *word && !strchr(word, ':');

	if (is_inode(word))
		suggest_ns(procfs_fd, option, word, process);
	else if (!strncmp(word, "container:", 10) && strstr(err->text, "there is no container"))
		list_containers(procfs_fd);
	else if (!strncmp(word, "netns:", 6) && err->code == ENOENT)
		list_netns();
	else if (plain && word[strspn(word, "0123456789")])
		suggest_prefix(procfs_fd, option, word, process);
	else if (err->step == LIBNS_STEP_ARGUMENT)
		suggest_runtime(procfs_fd, option, word);
}

void suggest_operand(const struct cli *cli, int procfs_fd, const char *option, const char *word)
{
	const char *prefix = libns_target_is_word(word) ? "" : NULL;

	if (!prefix && has_target(procfs_fd, "container:", word))
		prefix = "container:";
	else if (!prefix && has_target(procfs_fd, "netns:", word))
		prefix = "netns:";
	if (prefix)
		cli_hint("a target has %s before it: %s %s %s%s", option, cli->name, option, prefix,
			 word);
}

void suggest_namespace(const struct cli *cli, int procfs_fd, const char *word)
{
	const struct libns_error none = { .step = LIBNS_STEP_ARGUMENT };

	if (is_inode(word))
		return suggest_where(cli, procfs_fd, word);
	if (!word[strspn(word, "0123456789")] && has_target(procfs_fd, "", word))
		cli_hint("%s is a process: '%s -p %s' shows its namespaces, and 'tid:%s -t "
			 "TYPE' is one of them",
			 word, cli->name, word, word);
	else
		suggest_target(procfs_fd, "", word, false, &none);
}
