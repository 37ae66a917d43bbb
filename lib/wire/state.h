/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_WIRE_STATE_H
#define LIBNS_WIRE_STATE_H

#include <stdbool.h>

#include <libns/error.h>

/*
 * The directory of what cannot be asked of the kernel: "forwarding/LINK", what a sysctl was before,
 * and "ports/NAME", the published ports. It is also the lock of all that changes the wiring.
 */

/* Opens the directory, which is made where it is missing if that is wanted. Return: descriptor, or
 * -errno with the sentence; -ENOENT where nothing is made, without one; -EPERM where somebody else owns
 * it. */
int wire_state_dir(bool make, struct libns_error *err);

/* Opens it and waits for the lock, at most half a minute. Closing the descriptor releases it.
 * Return: descriptor, or -errno with the sentence; -ETIMEDOUT. */
int wire_state_lock(struct libns_error *err);

#endif
