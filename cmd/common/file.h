/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CMD_FILE_H
#define CMD_FILE_H

/*
 * Files and directories as the tools read them, so that a failure is never taken for the
 * end: by reading on until there is nothing more, and by looking at errno.
 */

#include <dirent.h>
#include <stddef.h>
#include <stdio.h>

/*
 * All that an open file or a pipe still gives, with a terminator; free(3) it. Its size without
 * that is stored through @ret_size, which may be NULL. Return: NULL with errno.
 */
char *file_read(int fd, size_t *ret_size);

/* Reads a whole file below @dir_fd in the same way. */
char *file_read_at(int dir_fd, const char *path, size_t *ret_size);

/* Reads the target of a link in the same way. */
char *file_read_link_at(int dir_fd, const char *path);

/* Opens a directory below @dir_fd; NULL with errno. */
DIR *file_open_dir(int dir_fd, const char *path);

/* The next entry but "." and ".."; NULL at the end, with errno 0, or on failure. */
struct dirent *file_next_entry(DIR *dir);

/* These close and leave errno as it was. */
void file_close(int fd);
void file_close_dir(DIR *dir);
void file_close_stream(FILE *file);

#endif
