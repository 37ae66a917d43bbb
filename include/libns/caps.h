/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_CAPS_H
#define LIBNS_CAPS_H

#include <stddef.h>
#include <stdint.h>

#include <libns/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Sets of capabilities, see capabilities(7): bit n stands for capability n. Names are those of
 * libcap-ng, which is loaded when the first one is parsed or printed. Numbers do not need it. Parse
 * before you join or clone anything: nothing is loaded afterwards.
 */

/* Enough for the names of 64 capabilities. */
#define LIBNS_CAPS_TEXT_SIZE 1600

/**
 * libns_caps_parse() - a set from a list
 * @list: names or numbers separated by commas, "net_admin,CAP_KILL,41"; or "all" or "none"
 * @ret_set: receives the set; all 64 bits for "all"
 * @err: receives the sentence on failure, or NULL
 *
 * Names are accepted with or without "cap_", in upper or lower case. A number, which may also be
 * written "cap_41", must be one that the running kernel has. libcap-ng need not know it.
 *
 * Affects: process: libcap-ng may be loaded.
 * Return: 0, -EINVAL for a word that is no capability, -ELIBACC or -ELIBBAD where libcap-ng is
 *         needed and cannot be loaded, -EOPNOTSUPP if the library was built without it.
 * Since: 0.1
 */
int libns_caps_parse(const char *list, uint64_t *ret_set, struct libns_error *err);

/**
 * libns_caps_format() - a set as a list
 * @set: the set
 * @buf: receives names separated by commas, or numbers where libcap-ng cannot be loaded or has no
 *       name; "none" for the empty set, and "all" if all 64 bits are set
 * @size: bytes at @buf; LIBNS_CAPS_TEXT_SIZE suffices for every set
 *
 * The result can be read back with libns_caps_parse().
 *
 * Ownership: the string is @buf.
 * Affects: process: libcap-ng may be loaded.
 * Return: @buf, cut off where it is too small.
 * Since: 0.1
 */
char *libns_caps_format(uint64_t set, char *buf, size_t size);

/**
 * libns_caps_limit_bounding() - remove all capabilities but some from the bounding set
 * @keep: what stays, if it is there
 * @err: receives the sentence on failure, or NULL
 *
 * Raw system calls; async-signal-safe.
 *
 * Affects: calling thread.
 * Return: 0, -EPERM without CAP_SETPCAP.
 * Since: 0.1
 */
int libns_caps_limit_bounding(uint64_t keep, struct libns_error *err);

/**
 * libns_caps_limit() - remove all but some from the permitted, effective and inheritable sets
 * @keep: what stays, if it is there
 * @err: receives the sentence on failure, or NULL
 *
 * The ambient set shrinks with them: the kernel keeps it within the permitted and inheritable ones.
 * Makes raw system calls only; async-signal-safe.
 *
 * Affects: calling thread.
 * Return: 0, -EPERM if a filter refuses it.
 * Since: 0.1
 */
int libns_caps_limit(uint64_t keep, struct libns_error *err);

/**
 * libns_caps_set_inherited() - set the inheritable and the ambient set
 * @inheritable: becomes the inheritable set, as far as it is permitted
 * @ambient: becomes the ambient set, as far as it is permitted and inheritable
 * @err: receives the sentence on failure, or NULL
 *
 * Raw system calls; async-signal-safe.
 *
 * Affects: calling thread.
 * Return: 0, -EPERM if a filter refuses it.
 * Since: 0.1
 */
int libns_caps_set_inherited(uint64_t inheritable, uint64_t ambient, struct libns_error *err);

#ifdef __cplusplus
}
#endif

#endif
