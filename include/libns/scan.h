/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_SCAN_H
#define LIBNS_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <libns/error.h>
#include <libns/nsfd.h>

#ifdef __cplusplus
extern "C" {
#endif

struct libns_scan;

#ifdef __cplusplus
}
#endif

#endif
