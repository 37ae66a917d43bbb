/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_PROCFILE_H
#define LIBNS_PROCFILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Values out of the texts of procfs. Pure: nothing is opened here, nothing is
 * allocated, and all of it is async-signal-safe.
 */

/* A piece of a longer text; not terminated. @s is NULL when there is none. */
struct procfile_word {
	const char *s;
	size_t n;
};

/**
 * procfile_u64() - a whole word as a number
 * @s: first byte
 * @n: bytes
 * @ret: receives the number
 *
 * Decimal digits and nothing else: no sign, no blank, no empty word.
 *
 * Return: 0, -EINVAL, -ERANGE.
 */
int procfile_u64(const char *s, size_t n, uint64_t *ret);

/* As procfile_u64(), -ERANGE above 4294967295. */
int procfile_u32(const char *s, size_t n, uint32_t *ret);

/* As procfile_u64(), for a process id: -ERANGE above 2147483647. */
int procfile_pid(const char *s, size_t n, pid_t *ret);

/**
 * procfile_next_word() - take the next word off a text
 * @text: in: where to look; out: behind the word
 *
 * Words are separated by blanks and tabs and end at a newline, which is not
 * passed.
 *
 * Return: word, its @s NULL when the line has no more.
 */
struct procfile_word procfile_next_word(const char **text);

/**
 * procfile_next_line() - take the next line off a text
 * @text: in: where to look; out: behind the newline
 *
 * Return: line without its newline, its @s NULL at the end of the text.
 */
struct procfile_word procfile_next_line(const char **text);

/**
 * procfile_find() - the value of a "Key:\tvalue" line
 * @text: whole text
 * @key: key without its colon
 *
 * Return: value without blanks around it, perhaps empty; @s NULL without such a line.
 */
struct procfile_word procfile_find(const char *text, const char *key);

/* The value of a "Key:\t123" line. Return: 0, -ENOENT, -EINVAL, -ERANGE. */
int procfile_find_u64(const char *text, const char *key, uint64_t *ret);

/* The value of a "Key:\t00000000a80425fb" line. Return: as procfile_find_u64(). */
int procfile_find_hex(const char *text, const char *key, uint64_t *ret);

/* The value of a "Key:\t0022" line. Return: as procfile_find_u64(). */
int procfile_find_octal(const char *text, const char *key, uint64_t *ret);

/* The @i-th number of a "Key:\t1\t2\t3" line. Return: as procfile_find_u64(). */
int procfile_find_nth_u32(const char *text, const char *key, unsigned int i, uint32_t *ret);

/* Innermost nesting the kernel allows (MAX_PID_NS_LEVEL), plus the outermost. */
#define PROCFILE_MAX_PIDS 33

/**
 * procfile_find_pids() - the ids of a "NSpid:\t12\t1" line
 * @text: whole status file
 * @key: "NSpid", "NStgid", ...
 * @pids: receives them, outermost first
 * @max: number of elements of @pids
 *
 * Return: how many, at least 1; -ENOENT without such a line, -EINVAL or -ERANGE
 *         for one that is malformed, -E2BIG if there are more than @max.
 */
int procfile_find_pids(const char *text, const char *key, pid_t *pids, size_t max);

struct procfile_stat {
	pid_t pid;
	pid_t ppid;
	uint64_t start_time;       /* clock ticks since boot */
	struct procfile_word comm; /* any bytes: ')' and newlines too */
	char state;
};

/**
 * procfile_stat() - the interesting fields of a stat file
 * @text: whole file
 * @ret: receives them; @ret->comm points into @text
 *
 * Return: 0, -EBADMSG.
 */
int procfile_stat(const char *text, struct procfile_stat *ret);

/* Numbers of fields, see proc_pid_stat(5). */
enum {
	STAT_FLAGS = 9,
	STAT_ARG_START = 48,
	STAT_ARG_END = 49,
	STAT_ENV_START = 50,
	STAT_ENV_END = 51
};

/**
 * procfile_stat_u64() - one field behind the name in a stat file
 * @text: whole file
 * @field: its number, from 3 on
 * @ret: receives it
 *
 * Return: 0, -EBADMSG if it is not there or no number.
 */
int procfile_stat_u64(const char *text, int field, uint64_t *ret);

#endif
