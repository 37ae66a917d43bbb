/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_NETNS_ETC_PRIVATE_H
#define LIBNS_NETNS_ETC_PRIVATE_H

#include <libns/netns-enter.h>

/* The files of /etc that a program in a network namespace gets. The caller is in a mount namespace
 * of its own, which gives nothing back. Return: 0, or a negative errno with the sentence. */
int etc_install(const struct libns_netns_enter_options *options, struct libns_error *err);

/* Makes a file that everybody may read. Return: 0 or a negative errno. */
int etc_make_file(int dir_fd, const char *name, const char *text, size_t size);

/* A read-only overlay on /etc, with the files of the namespace above those of the host. @names_fd: the
 * directory in /etc/netns; or -1. */
int etc_overlay(const struct libns_netns_enter_options *options, int names_fd,
		struct libns_error *err);

/* Covers what answers questions about names from outside of the namespace. */
int etc_mask(struct libns_error *err);

#endif
