/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_CONTAINER_ARGS_H
#define LIBNS_CONTAINER_ARGS_H

#include "text/container-parse.h"

/*
 * Command lines of the helpers that stay beside a container: shim, conmon,
 * systemd-nspawn, firejail. Pure.
 */

/**
 * container_args_parse() - what a command line says
 * @text: the arguments, each followed by a NUL
 * @n: bytes
 * @state: @runtime says whose helper it is (see container_helper_runtime());
 *         receives id, name, space, and in @place the bundle
 *
 * Return: false if it tells of no container.
 */
bool container_args_parse(const char *text, size_t n, struct container_state *state);

/* Return: "podman" for "conmon"; NULL if a process of that name is no known helper. */
const char *container_helper_runtime(const char *comm, size_t n);

#endif
