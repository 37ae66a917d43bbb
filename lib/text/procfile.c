/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Turns bytes of procfs into values, without policy: the caller decides what a
 * missing line means. The kernel writes these texts, but two of them contain
 * the command name, which a stranger chose. In status it is escaped, so lines
 * can be trusted; in stat it is not, and only the last ')' ends it.
 *
 * Numbers are parsed strictly. sscanf() and strtoul() accept signs and blanks,
 * and wrap or clamp silently; in another program an id of 4294967296 became 0
 * and mapped root.
 */

#include "text/procfile.h"

#include <string.h>

#include "base/base.h"

int procfile_u64(const char *s, size_t n, uint64_t *ret)
{
	uint64_t value = 0;
	bool fits = true;

	if (n == 0)
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		uint64_t digit = (uint64_t)(unsigned char)s[i] - '0';

		if (digit > 9)
			return -EINVAL;
		if (value > (UINT64_MAX - digit) / 10)
			fits = false;
		value = value * 10 + digit;
	}
	if (!fits)
		return -ERANGE;
	*ret = value;
	return 0;
}

static int number_up_to(const char *s, size_t n, uint64_t max, uint64_t *ret)
{
	uint64_t value;
	int r = procfile_u64(s, n, &value);

	if (r < 0)
		return r;
	if (value > max)
		return -ERANGE;
	*ret = value;
	return 0;
}

int procfile_u32(const char *s, size_t n, uint32_t *ret)
{
	uint64_t value;
	int r = number_up_to(s, n, UINT32_MAX, &value);

	if (r == 0)
		*ret = (uint32_t)value;
	return r;
}

int procfile_pid(const char *s, size_t n, pid_t *ret)
{
	uint64_t value;
	int r = number_up_to(s, n, INT32_MAX, &value);

	if (r == 0)
		*ret = (pid_t)value;
	return r;
}

struct procfile_word procfile_next_word(const char **text)
{
	const char *s = *text + strspn(*text, " \t");
	size_t n = strcspn(s, " \t\n");

	*text = s + n;
	return n ? (struct procfile_word){ s, n } : (struct procfile_word){ NULL, 0 };
}

struct procfile_word procfile_next_line(const char **text)
{
	const char *s = *text;
	size_t n = strcspn(s, "\n");

	if (!*s)
		return (struct procfile_word){ NULL, 0 };
	*text = s + n + (s[n] == '\n');
	return (struct procfile_word){ s, n };
}

struct procfile_word procfile_find(const char *text, const char *key)
{
	size_t n_key = strlen(key);
	struct procfile_word line;

	while ((line = procfile_next_line(&text)).s) {
		const char *s = line.s, *end = line.s + line.n;

		if (line.n <= n_key || memcmp(s, key, n_key) || s[n_key] != ':')
			continue;
		s += n_key + 1;
		while (s < end && (*s == ' ' || *s == '\t'))
			s++;
		while (end > s && (end[-1] == ' ' || end[-1] == '\t'))
			end--;
		return (struct procfile_word){ s, (size_t)(end - s) };
	}
	return (struct procfile_word){ NULL, 0 };
}

int procfile_find_u64(const char *text, const char *key, uint64_t *ret)
{
	struct procfile_word value = procfile_find(text, key);

	return value.s ? procfile_u64(value.s, value.n, ret) : -ENOENT;
}

/* @bits: how many bits a digit has: 4 for hexadecimal, 3 for octal numbers. */
static int find_in_base(const char *text, const char *key, unsigned int bits, uint64_t *ret)
{
	static const char digits[] = "0123456789abcdef";
	struct procfile_word word = procfile_find(text, key);
	uint64_t value = 0;

	if (!word.s)
		return -ENOENT;
	if (word.n == 0)
		return -EINVAL;
	for (size_t i = 0; i < word.n; i++) {
		const char *digit = word.s[i] ? strchr(digits, word.s[i]) : NULL;

		if (!digit || (digit - digits) >> bits)
			return -EINVAL;
		if (value >> (64 - bits))
			return -ERANGE;
		value = value << bits | (uint64_t)(digit - digits);
	}
	*ret = value;
	return 0;
}

int procfile_find_hex(const char *text, const char *key, uint64_t *ret)
{
	return find_in_base(text, key, 4, ret);
}

int procfile_find_octal(const char *text, const char *key, uint64_t *ret)
{
	return find_in_base(text, key, 3, ret);
}

int procfile_find_nth_u32(const char *text, const char *key, unsigned int i, uint32_t *ret)
{
	const char *s = procfile_find(text, key).s;
	struct procfile_word word = { NULL, 0 };

	if (!s)
		return -ENOENT;
	for (unsigned int j = 0; j <= i; j++)
		word = procfile_next_word(&s);
	return procfile_u32(word.s, word.n, ret);
}

int procfile_find_pids(const char *text, const char *key, pid_t *pids, size_t max)
{
	const char *s = procfile_find(text, key).s;
	struct procfile_word word;
	size_t n = 0;

	if (!s)
		return -ENOENT;
	while ((word = procfile_next_word(&s)).s) {
		pid_t pid;
		int r = procfile_pid(word.s, word.n, &pid);

		if (r < 0)
			return r;
		if (n == max)
			return -E2BIG;
		pids[n++] = pid;
	}
	return n ? (int)n : -EINVAL;
}

/* Field numbers as in proc_pid_stat(5); the state, number 3, follows the name. */
enum { STAT_STATE = 3, STAT_PPID = 4, STAT_START_TIME = 22 };

int procfile_stat(const char *text, struct procfile_stat *ret)
{
	const char *open = strchr(text, '('), *close = strrchr(text, ')'), *s;
	struct procfile_stat stat;

	if (!open || !close || close < open || open - text < 2 || open[-1] != ' ')
		return -EBADMSG;
	if (procfile_pid(text, (size_t)(open - 1 - text), &stat.pid) < 0)
		return -EBADMSG;
	stat.comm = (struct procfile_word){ open + 1, (size_t)(close - open - 1) };

	s = close + 1;
	for (int field = STAT_STATE; field <= STAT_START_TIME; field++) {
		struct procfile_word word = procfile_next_word(&s);

		if (!word.s)
			return -EBADMSG;
		if (field == STAT_STATE && word.n == 1)
			stat.state = word.s[0];
		else if (field == STAT_STATE)
			return -EBADMSG;
		if (field == STAT_PPID && procfile_pid(word.s, word.n, &stat.ppid) < 0)
			return -EBADMSG;
		if (field == STAT_START_TIME && procfile_u64(word.s, word.n, &stat.start_time) < 0)
			return -EBADMSG;
	}
	*ret = stat;
	return 0;
}

int procfile_stat_u64(const char *text, int field, uint64_t *ret)
{
	const char *s = strrchr(text, ')');
	struct procfile_word word = { 0 };

	if (!s)
		return -EBADMSG;
	s++;
	for (int i = STAT_STATE; i <= field; i++)
		word = procfile_next_word(&s);
	return word.s && procfile_u64(word.s, word.n, ret) == 0 ? 0 : -EBADMSG;
}
