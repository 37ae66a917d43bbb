/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_ACCOUNT_ROOT_H
#define LIBNS_ACCOUNT_ROOT_H

#include <stddef.h>

#include <libns/error.h>

/*
 * Reads @path below a root directory that may be anybody's: links lead nowhere out of it,
 * only a regular file is opened, not more than 16 MiB are read, and not for longer than
 * about four times @patience_ms. Return: 0 and the bytes (free(3) them), or a negative errno
 * with the sentence.
 */
int account_read_in(int root_fd, const char *path, unsigned int patience_ms, char **ret_bytes,
		    size_t *ret_size, struct libns_error *err);

#endif
