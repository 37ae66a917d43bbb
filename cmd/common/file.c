/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* See file.h. */

#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

char *file_read(int fd, size_t *ret_size)
{
	size_t n = 0, size = 4096;
	char *text = malloc(size);

	while (text) {
		ssize_t got = read(fd, text + n, size - n - 1);

		if (got == 0)
			break;
		if (got < 0 && errno != EINTR) {
			free(text);
			return NULL;
		}
		n += got > 0 ? (size_t)got : 0;
		if (size - n < 2) {
			char *more = realloc(text, size * 2);

			if (!more)
				free(text);
			text = more;
			size *= 2;
		}
	}
	if (!text)
		return NULL;
	text[n] = '\0';
	if (ret_size)
		*ret_size = n;
	return text;
}

void file_close(int fd)
{
	int saved = errno;

	close(fd);
	errno = saved;
}

char *file_read_at(int dir_fd, const char *path, size_t *ret_size)
{
	int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	char *text = fd < 0 ? NULL : file_read(fd, ret_size);

	if (fd >= 0)
		file_close(fd);
	return text;
}

char *file_read_link_at(int dir_fd, const char *path)
{
	for (size_t size = 256;; size *= 2) {
		char *text = malloc(size);
		ssize_t n = text ? readlinkat(dir_fd, path, text, size) : -1;

		if (n >= 0 && (size_t)n < size) {
			text[n] = '\0';
			return text;
		}
		free(text);
		if (n < 0)
			return NULL;
	}
}

DIR *file_open_dir(int dir_fd, const char *path)
{
	int fd = openat(dir_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (fd >= 0 && !dir)
		file_close(fd);
	return dir;
}

void file_close_dir(DIR *dir)
{
	int saved = errno;

	closedir(dir);
	errno = saved;
}

void file_close_stream(FILE *file)
{
	int saved = errno;

	fclose(file);
	errno = saved;
}

struct dirent *file_next_entry(DIR *dir)
{
	struct dirent *entry;

	do {
		errno = 0;
		entry = readdir(dir);
	} while (entry && entry->d_name[0] == '.' &&
		 (!entry->d_name[1] || (entry->d_name[1] == '.' && !entry->d_name[2])));
	return entry;
}
