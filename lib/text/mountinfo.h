/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_MOUNTINFO_H
#define LIBNS_MOUNTINFO_H

#include <stdbool.h>

#include "text/procfile.h"

/*
 * One line of /proc/PID/mountinfo, see proc_pid_mountinfo(5). Pure. The words
 * point into the line and keep the kernel's octal escapes of odd bytes.
 */
struct mountinfo {
	uint64_t id;
	uint64_t parent;
	struct procfile_word device;  /* of the file system: "0:21" */
	struct procfile_word root;    /* of the mount, inside its file system */
	struct procfile_word point;   /* where it is mounted */
	struct procfile_word options; /* of the mount */
	struct procfile_word tags;    /* "shared:7 master:1", or empty */
	struct procfile_word fstype;
	struct procfile_word source;
	struct procfile_word super; /* options of the file system */
};

/* Return: 0, -EBADMSG. */
int mountinfo_parse(struct procfile_word line, struct mountinfo *ret);

/* Whether a comma-separated list has @name; @ret_value (or NULL) receives what follows its '='. */
bool mountinfo_has_option(struct procfile_word options, const char *name,
			  struct procfile_word *ret_value);

/* The number of a tag "NAME:number"; 0, which no group has, if there is none. */
uint64_t mountinfo_tag(struct procfile_word tags, const char *name);

/* Undoes the escapes. @buf has room for @word and a '\0'. Return: length. */
size_t mountinfo_unescape(struct procfile_word word, char *buf);

/* Finds the mount with that id in a whole file. Return: 0, -ENOENT. */
int mountinfo_find(const char *text, uint64_t id, struct mountinfo *ret);

/* Whether the whole word is @s. */
bool mountinfo_word_is(struct procfile_word word, const char *s);

#endif
