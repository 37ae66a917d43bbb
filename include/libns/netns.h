/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_NETNS_H
#define LIBNS_NETNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <libns/error.h>

#ifdef __cplusplus
extern "C" {
#endif


#ifdef __cplusplus
}
#endif

#endif
