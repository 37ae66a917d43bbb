/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_BPF_ITER_H
#define LIBNS_BPF_ITER_H

/*
 * The program of scan.bpf.c in the running kernel, through libbpf, which is loaded
 * on first use: linking it would cost every tool its start-up time.
 */

#include <linux/types.h>
#include <stddef.h>

#include <libns/error.h>

#include "kernel/bpf-record.h"

/*
 * Loads it (some 20 ms) and runs it once. Ownership: free(3) the records.
 * Only where HAVE_BPF.
 */
int bpf_iter_read(char **ret_records, size_t *ret_size, struct libns_error *err);

#endif
