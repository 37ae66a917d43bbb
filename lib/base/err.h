/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_ERR_H
#define LIBNS_ERR_H

#include <stdarg.h>
#include <stdbool.h>

#include <libns/error.h>

/*
 * How the library writes a struct libns_error. All of this is
 * async-signal-safe: it is used between clone(2) and execve(2).
 *
 * Conversions: %s %d %u %ld %lu %lld %llu %zu %c %%. Bytes of a %s that are
 * control characters come out as \xHH.
 */

/**
 * error_set() - "cannot <verb> <object>: <reason>"
 * @err: destination, or NULL
 * @step: enum libns_step
 * @code: positive errno; its description is appended
 *
 * Return: -@code.
 */
int error_set(struct libns_error *err, unsigned int step, int code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* As error_set(), for a sentence that gives the reason itself. */
int error_say(struct libns_error *err, unsigned int step, int code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * An argument has bits that this library does not know: names the lowest of them. Return: -EINVAL.
 */
int error_unknown(struct libns_error *err, const char *what, uint64_t bits);

/*
 * Makes an error sound that another process has written, so that nothing in its text controls a
 * terminal. Return: whether it is an error at all.
 */
bool error_make_sound(struct libns_error *err);

/* Puts a frame in front: "<words>: <sentence>". */
void error_prefix(struct libns_error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Names the types concerned. Return: @r, to be used as a return expression. */
int error_types(struct libns_error *err, uint64_t types, int r);

/* The description of an errno, untranslated and async-signal-safe. */
const char *error_describe(int code);

/* As snprintf() with the conversions above. Return: @buf. */
char *error_format(char *buf, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
char *error_format_v(char *buf, size_t size, const char *format, va_list ap)
	__attribute__((format(printf, 3, 0)));

#endif
