/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * mountinfo without libmount: for the tables of all mount namespaces, of which a few words
 * are wanted (5,000 lines take this reader half a millisecond and libmount 9), and where
 * nothing may be loaded. The mounts of one process are read by kernel/mounts.c.
 */

#include "text/mountinfo.h"

#include <string.h>

#include "base/base.h"

/* As procfile_next_word(), but an empty word between two blanks is a word: a source may be "". */
static struct procfile_word next_field(const char **text, const char *end)
{
	const char *s = *text, *blank;

	if (s >= end)
		return (struct procfile_word){ NULL, 0 };
	blank = memchr(s, ' ', (size_t)(end - s));
	*text = blank ? blank + 1 : end;
	return (struct procfile_word){ s, (size_t)((blank ? blank : end) - s) };
}

bool mountinfo_word_is(struct procfile_word word, const char *s)
{
	return word.s && strlen(s) == word.n && !memcmp(word.s, s, word.n);
}

int mountinfo_parse(struct procfile_word line, struct mountinfo *ret)
{
	const char *s = line.s, *end = line.s + line.n;
	struct procfile_word id = next_field(&s, end), parent = next_field(&s, end), tag;
	struct mountinfo info;

	if (procfile_u64(id.s, id.n, &info.id) < 0 ||
	    procfile_u64(parent.s, parent.n, &info.parent) < 0)
		return -EBADMSG;
	info.device = next_field(&s, end);
	info.root = next_field(&s, end);
	info.point = next_field(&s, end);
	info.options = next_field(&s, end);
	/* There may be any number of tags: "shared:1 master:2". */
	info.tags = (struct procfile_word){ s, 0 };
	while ((tag = next_field(&s, end)).s && !mountinfo_word_is(tag, "-"))
		info.tags.n = (size_t)(tag.s + tag.n - info.tags.s);
	info.fstype = next_field(&s, end);
	info.source = next_field(&s, end);
	info.super = next_field(&s, end);
	if (!info.super.s)
		return -EBADMSG;
	*ret = info;
	return 0;
}

bool mountinfo_has_option(struct procfile_word options, const char *name,
			  struct procfile_word *ret_value)
{
	const char *s = options.s, *end = s ? s + options.n : NULL;
	size_t n_name = strlen(name);

	while (s < end) {
		const char *comma = memchr(s, ',', (size_t)(end - s));
		size_t n = (size_t)((comma ? comma : end) - s);

		if (n >= n_name && !memcmp(s, name, n_name) && (n == n_name || s[n_name] == '=')) {
			size_t skip = n_name + (n > n_name);

			if (ret_value)
				*ret_value = (struct procfile_word){ s + skip, n - skip };
			return true;
		}
		s += n + 1;
	}
	return false;
}

uint64_t mountinfo_tag(struct procfile_word tags, const char *name)
{
	const char *s = tags.s, *end = s ? s + tags.n : NULL;
	size_t n = strlen(name);
	struct procfile_word tag;
	uint64_t number;

	while ((tag = next_field(&s, end)).s)
		if (tag.n > n && !memcmp(tag.s, name, n) && tag.s[n] == ':' &&
		    procfile_u64(tag.s + n + 1, tag.n - n - 1, &number) == 0)
			return number;
	return 0;
}

static bool is_escape(const char *s, size_t n)
{
	return n >= 4 && s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' &&
	       s[3] >= '0' && s[3] <= '7';
}

size_t mountinfo_unescape(struct procfile_word word, char *buf)
{
	size_t n = 0;

	for (size_t i = 0; i < word.n; i++) {
		const char *s = word.s + i;

		buf[n++] = *s;
		if (is_escape(s, word.n - i)) {
			buf[n - 1] = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			i += 3;
		}
	}
	buf[n] = '\0';
	return n;
}

int mountinfo_find(const char *text, uint64_t id, struct mountinfo *ret)
{
	struct procfile_word line;
	struct mountinfo mount;

	while ((line = procfile_next_line(&text)).s)
		if (mountinfo_parse(line, &mount) == 0 && mount.id == id) {
			*ret = mount;
			return 0;
		}
	return -ENOENT;
}
