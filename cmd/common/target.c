/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* See target.h. */

#include "common/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/suggest.h"

static void say_which_container(const struct cli *cli, const char *word,
				const struct libns_container *c)
{
	const char *last = word + strcspn(word, ":/");

	last = strrchr(word, '/') ? strrchr(word, '/') : last;
	last += *last != '\0';
	if (*c->pod && !strcmp(last, c->pod) && strcmp(last, c->name) && strcmp(last, c->id))
		cli_note(cli, "'%s' is a pod; taking its first container, '%s'", c->pod, c->word);
	if (c->flags & LIBNS_CONTAINER_CREATED)
		cli_note(cli,
			 "container '%s' was created and not started: its process waits for that",
			 c->word);
}

/* As it would be typed before a target: "--compare ", but "--pid-tree=". */
static void option_before(const char *what, char *buf, size_t size)
{
	bool joined = !strcmp(what, "--pid-tree") || !strcmp(what, "--propagation");

	buf[0] = '\0';
	if (what[0] == '-')
		snprintf(buf, size, "%s%s", what, joined ? "=" : " ");
}

/* "docker:web" is "container:docker/web". Return: to be freed, NULL without memory. */
static char *spell_out(const char *word)
{
	static const char *const runtimes[] = { "docker", "podman" };
	char *text;

	for (size_t i = 0; i < sizeof(runtimes) / sizeof(*runtimes); i++) {
		size_t n = strlen(runtimes[i]);

		if (!strncmp(word, runtimes[i], n) && word[n] == ':')
			return asprintf(&text, "container:%s/%s", runtimes[i], word + n + 1) < 0
				       ? NULL
				       : text;
	}
	return strdup(word);
}

static bool find_spelled(const struct cli *cli, const char *what, int procfs_fd, const char *word,
			 bool process, struct libns_target **ret_target)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	const struct libns_container *container;
	char option[32];

	if (libns_target_new(procfs_fd, word, ret_target, &err) < 0) {
		if (err.step == LIBNS_STEP_ARGUMENT)
			cli_error(cli, "%s: %s", what, libns_error_text(&err));
		else
			cli_fail(cli, &err);
		option_before(what, option, sizeof(option));
		suggest_target(procfs_fd, option, word, process, &err);
		return false;
	}
	container = libns_target_get_container(*ret_target);
	if (container)
		say_which_container(cli, word, container);
	return true;
}

static bool find(const struct cli *cli, const char *what, int procfs_fd, const char *word,
		 bool process, struct libns_target **ret_target)
{
	char *text = spell_out(word);
	bool found;

	if (!text)
		return cli_error(cli, "out of memory"), false;
	found = find_spelled(cli, what, procfs_fd, text, process, ret_target);
	free(text);
	return found;
}

bool cli_target(const struct cli *cli, const char *what, int procfs_fd, const char *word,
		struct libns_target **ret_target)
{
	return find(cli, what, procfs_fd, word, false, ret_target);
}

bool cli_target_proc(const struct cli *cli, const char *what, int procfs_fd, const char *word,
		     struct libns_target **ret_target)
{
	if (!find(cli, what, procfs_fd, word, true, ret_target))
		return false;
	if (libns_target_get_proc(*ret_target))
		return true;
	cli_error(cli, "%s: '%s' is one namespace, not a process", what, word);
	*ret_target = libns_target_free(*ret_target);
	return false;
}
