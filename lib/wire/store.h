/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_WIRE_STORE_H
#define LIBNS_WIRE_STORE_H

#include <stddef.h>
#include <sys/types.h>

#include <libns/error.h>

/*
 * Small files below the state directory that say what is to be undone. They concern one network
 * namespace, that of the calling thread: others have files of their own. Whoever writes holds the
 * lock of the state directory.
 */

#define WIRE_STORE_FORWARDING "forwarding" /* a file for each link */
#define WIRE_STORE_PORTS      "ports"      /* a file for each name */
#define WIRE_STORE_GOING      "going"      /* which namespace of a name goes, with others */
#define WIRE_STORE_SWITCHES   "switches"   /* a file for each switch */

/* The text of the last one: which namespace it is. Return: 0 or -errno. */
#define WIRE_GOING_ROOM 48
int wire_going_text(int ns_fd, char ret[WIRE_GOING_ROOM]);

/* Reads a whole file; free(3) it. Return: 0, -ENOENT, -EBADMSG if it is not a regular file, ... */
int wire_store_read(const char *kind, const char *file, char **ret_text, size_t *ret_size,
		    struct libns_error *err);

/* Writes all of it to a descriptor. Return: 0 or -errno without a sentence. */
int wire_store_write_all(int fd, const char *text, size_t size);

/* The sentence about a file that is there and cannot be understood. Return: -EBADMSG. */
int wire_store_damaged(const char *kind, const char *file, struct libns_error *err);

/* The file has this text afterwards, or what it had before. */
int wire_store_write(const char *kind, const char *file, const char *text, size_t size,
		     struct libns_error *err);

/* Return: 0 also if it is not there. */
int wire_store_remove(const char *kind, const char *file, struct libns_error *err);

/* Calls @one for each file, until it returns something else than 0. It may remove that file. */
int wire_store_each(const char *kind,
		    int (*one)(const char *file, void *data, struct libns_error *err), void *data,
		    struct libns_error *err);

#endif
