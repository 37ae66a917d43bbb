/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_SIZED_H
#define LIBNS_SIZED_H

#include <stddef.h>

#include <libns/error.h>

/*
 * Structs of the public interface that begin with their size, so that fields can be added
 * at the end: the program and the library may have been built with different versions.
 */

/**
 * base_copy_sized() - take a struct that the caller filled
 * @to: ours, completed with zeros where the caller's is shorter
 * @size: of @to
 * @from: the caller's, or NULL; its first member is its size, a size_t
 * @least: bytes that every version has
 * @what: names it in the sentence: "the plan"
 * @err: receives the sentence on failure, or NULL
 *
 * Return: 0, -EINVAL if @from has no size, -E2BIG if it asks for what only a newer library
 *         knows.
 */
int base_copy_sized(void *to, size_t size, const void *from, size_t least, const char *what,
		    struct libns_error *err);

/**
 * base_check_sized() - whether the library may fill a struct of the caller's
 * @to: the caller's, or NULL; its first member is its size, a size_t
 * @least: bytes that every version has
 * @what: names it in the sentence: "the account"
 * @err: receives the sentence on failure, or NULL
 *
 * Return: 0, -EINVAL if it has no size.
 */
int base_check_sized(const void *to, size_t least, const char *what, struct libns_error *err);

/* Fills the caller's struct from ours of @size bytes. Fields that only the caller knows stay as
 * they are. */
void base_fill_sized(void *to, const void *from, size_t size);

#endif
