/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Id maps as text: the user's "inner:outer:count", the kernel's uid_map and
 * gid_map, the argument list of newuidmap(1), and the three places subordinate
 * ids are written down in. What a user or an administrator typed is parsed
 * strictly; a file with one bad line still serves its good ones, as with
 * shadow-utils.
 */

#include <string.h>
#include <strings.h>

#include "base/base.h"
#include "base/err.h"
#include "text/idmap-data.h"
#include "text/idmap.h"
#include "text/procfile.h"

/* Parses three numbers with one @separator between them and nothing else. */
static int parse_triple(const char *s, char separator, uint32_t values[3])
{
	const char separators[] = { separator, '\0' };
	int worst = 0;

	for (int i = 0; i < 3; i++) {
		size_t n = strcspn(s, separators);
		int r = procfile_u32(s, n, &values[i]);

		if (r == -EINVAL || s[n] != (i < 2 ? separator : '\0'))
			return -EINVAL;
		if (r < 0)
			worst = r;
		s += n + 1;
	}
	return worst;
}

LIBNS_PUBLIC int libns_idmap_add_text(struct libns_idmap *map, const char *spec,
				      struct libns_error *err)
{
	uint32_t values[3];
	struct libns_idrange range;
	bool legacy;
	int r;

	if (!map || !spec)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "no id map or range");
	legacy = strchr(spec, ',') != NULL;
	r = parse_triple(spec, legacy ? ',' : ':', values);
	if (r == -ERANGE)
		return error_say(err, LIBNS_STEP_ARGUMENT, ERANGE,
				 "id range '%s' has a number above 4294967295", spec);
	if (r < 0)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "id range '%s' is not of the form INNER:OUTER:COUNT", spec);
	range.inner = values[legacy ? 1 : 0];
	range.outer = values[legacy ? 0 : 1];
	range.count = values[2];
	return libns_idmap_add(map, &range, err);
}

ssize_t idmap_format(const struct libns_idmap *map, char *buf, size_t size)
{
	size_t n = 0;

	if (!size)
		return -E2BIG;
	buf[0] = '\0';
	for (size_t i = 0; i < map->n; i++) {
		const struct libns_idrange *range = &map->entries[i].range;
		char line[48];
		size_t n_line;

		error_format(line, sizeof(line), "%u %u %u", range->inner, range->outer,
			     range->count);
		n_line = strlen(line);
		line[n_line++] = '\n';
		if (n + n_line >= size)
			return -E2BIG;
		memcpy(buf + n, line, n_line);
		n += n_line;
		buf[n] = '\0';
	}
	return (ssize_t)n;
}

char **idmap_format_argv(const struct libns_idmap *map, const char *program, pid_t pid)
{
	size_t n_args = 2 + 3 * map->n, n = 0;
	size_t n_pointers = (n_args + 1) * sizeof(char *);
	/* A number has up to ten digits. */
	char **argv = malloc(n_pointers + strlen(program) + 1 + (n_args - 1) * 11);
	char *text;

	if (!argv)
		return NULL;
	text = (char *)argv + n_pointers;
	argv[n++] = strcpy(text, program);
	text += strlen(text) + 1;
	argv[n++] = error_format(text, 11, "%u", (unsigned int)pid);
	for (size_t i = 0; i < map->n; i++) {
		const struct libns_idrange *range = &map->entries[i].range;
		const uint32_t numbers[] = { range->inner, range->outer, range->count };

		for (int j = 0; j < 3; j++) {
			text += strlen(text) + 1;
			argv[n++] = error_format(text, 11, "%u", numbers[j]);
		}
	}
	argv[n] = NULL;
	return argv;
}

int idmap_parse(struct libns_idmap *map, const char *text)
{
	struct procfile_word line;
	int r;

	while ((line = procfile_next_line(&text)).s) {
		const char *s = line.s;
		struct idmap_entry entry;
		uint32_t values[3];

		for (int i = 0; i < 3; i++) {
			struct procfile_word word = procfile_next_word(&s);

			if (procfile_u32(word.s, word.n, &values[i]) < 0)
				return -EBADMSG;
		}
		if (procfile_next_word(&s).s || values[2] == 0)
			return -EBADMSG;
		/* libns_idmap_add() would refuse a second range whose outer side is IDMAP_NO_ID. */
		entry = (struct idmap_entry){ { values[0], values[1], values[2] },
					      map->sources + 1,
					      false };
		r = idmap_push(map, &entry);
		if (r < 0)
			return r == -E2BIG ? -EBADMSG : r;
		map->sources++;
	}
	return 0;
}

static int check_subid(struct procfile_word first, struct procfile_word count,
		       struct idmap_subid *ret)
{
	struct idmap_subid subid;

	if (procfile_u32(first.s, first.n, &subid.first) < 0 ||
	    procfile_u32(count.s, count.n, &subid.count) < 0)
		return -EINVAL;
	if (subid.count == 0 || (uint64_t)subid.first + subid.count > UINT32_MAX)
		return -EINVAL;
	*ret = subid;
	return 0;
}

int idmap_find_subid(const char *text, const char *name, uid_t uid, struct idmap_subid *ret)
{
	struct procfile_word line;

	while ((line = procfile_next_line(&text)).s) {
		struct procfile_word fields[3] = { { NULL, 0 } };
		const char *s = line.s, *end = line.s + line.n;
		uint32_t number;
		bool by_name, by_number;
		int n = 0;

		for (; n < 3; n++) {
			const char *colon = memchr(s, ':', (size_t)(end - s));

			fields[n] =
				(struct procfile_word){ s, (size_t)((colon ? colon : end) - s) };
			if (!colon)
				break;
			s = colon + 1;
		}
		/* Two colons, so that the third field was the one to run out of them. */
		if (n != 2)
			continue;
		by_name = name && strlen(name) == fields[0].n &&
			  !memcmp(name, fields[0].s, fields[0].n);
		by_number = procfile_u32(fields[0].s, fields[0].n, &number) == 0 && number == uid;
		if ((by_name || by_number) && check_subid(fields[1], fields[2], ret) == 0)
			return 0;
	}
	return -ENOENT;
}

int idmap_find_getsubids(const char *text, struct idmap_subid *ret)
{
	struct procfile_word line;

	/* "0: alice 100000 65536" */
	while ((line = procfile_next_line(&text)).s) {
		struct procfile_word words[5];
		const char *s = line.s;

		for (int i = 0; i < 5; i++)
			words[i] = procfile_next_word(&s);
		if (words[3].s && !words[4].s && check_subid(words[2], words[3], ret) == 0)
			return 0;
	}
	return -ENOENT;
}

bool idmap_nsswitch_has_subid(const char *text)
{
	struct procfile_word line;

	while ((line = procfile_next_line(&text)).s) {
		const char *s = line.s + 6;
		struct procfile_word source;

		if (line.n <= 6 || strncasecmp(line.s, "subid:", 6))
			continue;
		/* Only the first source is looked at. A line without any is passed over. */
		source = procfile_next_word(&s);
		if (source.s)
			return source.n != 5 || memcmp(source.s, "files", 5);
	}
	return false;
}
