/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_JSON_SCAN_H
#define LIBNS_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Reading values out of JSON (RFC 8259) that somebody else wrote. Pure: no
 * allocation, no recursion; values are pieces of the text.
 *
 * A library was weighed: four small files of known shape do not pay for a
 * dependency that would parse, as root, what ordinary users have written.
 */

struct json_value {
	const char *s; /* NULL: no such value */
	size_t n;
};

#define JSON_MAX_DEPTH 64

/* Checks the whole text. Return: the value in it, without blanks around. */
struct json_value json_parse(const char *text, size_t n);

/* The member of an object; the last one, if its name occurs again. */
struct json_value json_member(struct json_value object, const char *name);

/* Goes from member to member by the names "a", "b", NULL. */
struct json_value json_path(struct json_value object, const char *const *names);

/* The first item of an array, or the value of the first member of an object. */
struct json_value json_first(struct json_value array);

/* The item after @item, which json_first() or json_next() returned for @array. */
struct json_value json_next(struct json_value array, struct json_value item);

/* Copies the bytes of a string with a terminator. A string with a NUL in it is refused.
 * Return: 0, -EINVAL, -E2BIG. */
int json_string(struct json_value value, char *buf, size_t size);

/* A number without fraction and exponent. Return: 0, -EINVAL, -ERANGE. */
int json_u64(struct json_value value, uint64_t *ret);

#endif
