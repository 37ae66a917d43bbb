/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * From the path of a control group to the unit it was made for: the first component below the
 * slices. What is below a unit is its own business and may have any name, but for user@UID.service,
 * below which the manager of that user makes groups in the same way.
 */

#include "text/unit.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/base.h"
#include "text/cgroup-path.h"

static bool ends_with(struct procfile_word w, const char *end)
{
	size_t n = strlen(end);

	return w.n > n && !memcmp(w.s + w.n - n, end, n);
}

static bool is_unit(struct procfile_word w)
{
	static const char *const ends[] = { ".service", ".scope", ".socket", ".mount", ".swap" };

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (ends_with(w, ends[i]))
			return cgroup_is_name(w.s, w.n);
	return false;
}

/* Takes components off a path until one is no slice, nor above the caller's cgroup namespace. */
static struct procfile_word next_unit(struct procfile_word *path)
{
	struct procfile_word w = { NULL, 0 };

	while (path->n) {
		const char *end = memchr(path->s, '/', path->n);
		size_t n = end ? (size_t)(end - path->s) : path->n;

		w = (struct procfile_word){ path->s, n };
		path->s += n + (end != NULL);
		path->n -= n + (end != NULL);
		if (n && !ends_with(w, ".slice") && !(n == 2 && !memcmp(w.s, "..", 2)))
			break;
		w = (struct procfile_word){ NULL, 0 };
	}
	/* A name that the kernel's own files have is written with a line before it. */
	if (w.n > 1 && w.s[0] == '_')
		w = (struct procfile_word){ w.s + 1, w.n - 1 };
	return w.n && is_unit(w) ? w : (struct procfile_word){ NULL, 0 };
}

/* The digits of "user@1000.service", their number 0 for any other unit. */
static struct procfile_word user_of(struct procfile_word unit)
{
	static const char begin[] = "user@", end[] = ".service";
	size_t lead = sizeof(begin) - 1, n = lead + sizeof(end) - 1;
	struct procfile_word user = { NULL, 0 };
	uint32_t uid;

	if (unit.n > n && !memcmp(unit.s, begin, lead) && ends_with(unit, end))
		user = (struct procfile_word){ unit.s + lead, unit.n - n };
	if (user.n && procfile_u32(user.s, user.n, &uid) < 0)
		user.n = 0;
	return user;
}

/* systemd keeps its tree in one hierarchy: its own on cgroup v1, else the unified one. */
static struct procfile_word path_of_systemd(const char *text)
{
	struct procfile_word path, hierarchy, unified = { NULL, 0 };

	while ((path = cgroup_file_next(&text, &hierarchy)).s) {
		if (hierarchy.n == 12 && !memcmp(hierarchy.s, "name=systemd", 12))
			return path;
		if (!hierarchy.n)
			unified = path;
	}
	return unified;
}

/* Appends a word at @at. Return: where the next one goes; beyond @size where it does not fit. */
static size_t append(char *buf, size_t size, size_t at, const char *s, size_t n)
{
	if (at < size && n < size - at)
		memcpy(buf + at, s, n);
	return at + n;
}

int unit_find(const char *text, char *buf, size_t size)
{
	struct procfile_word path = path_of_systemd(text), unit, user, inner = { NULL, 0 };
	size_t n;

	unit = path.s ? next_unit(&path) : path;
	if (!unit.s)
		return 0;
	user = user_of(unit);
	if (user.n)
		inner = next_unit(&path);
	if (inner.s) {
		n = append(buf, size, 0, user.s, user.n);
		n = append(buf, size, n, "/", 1);
		n = append(buf, size, n, inner.s, inner.n);
	} else {
		n = append(buf, size, 0, unit.s, unit.n);
	}
	if (n >= size)
		return -E2BIG;
	buf[n] = '\0';
	return 1;
}
