/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Replies of listns(2): a byte says how many ids follow, or, above 128, which errno it is.
 * All ids are looked at, each reply once, and it comes to an end.
 */

#include <errno.h>

#include "base/sys.h"
#include "fuzz.h"
#include "kernel/listns.h"
#include "scan/source.h"

ssize_t __wrap_listns_read(uint64_t after, uint64_t types, uint64_t *ids, size_t n);
int __wrap_listns_open(const struct listns_handle *handle);

static const uint8_t *replies, *end;
static uint64_t last, asked_after;
static size_t n_told, n_opened;
static int refusal;

ssize_t __wrap_listns_read(uint64_t after, uint64_t types, uint64_t *ids, size_t n)
{
	size_t count = 0;

	(void)types;
	/* Behind the last one, and further than before. */
	REQUIRE(after == last && (after > asked_after || !n_told));
	asked_after = after;
	if (replies == end)
		return 0;
	if (*replies > 128) {
		refusal = -(*replies++ - 128);
		return refusal;
	}
	for (size_t wanted = *replies++; wanted && end - replies >= (ptrdiff_t)sizeof(*ids);
	     wanted--) {
		REQUIRE(count < n);
		memcpy(&ids[count], replies, sizeof(*ids));
		replies += sizeof(*ids);
		last = ids[count++];
	}
	n_told += count;
	return (ssize_t)count;
}

int __wrap_listns_open(const struct listns_handle *handle)
{
	REQUIRE(handle->type == 0 && handle->ino == 0);
	n_opened++;
	return -ESTALE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct libns_scan scan = { 0 };
	int r;

	replies = data;
	end = data + size;
	last = asked_after = 0;
	n_told = n_opened = 0;
	refusal = 0;
	r = scan_listns(&scan);
	REQUIRE(n_opened == n_told);
	REQUIRE(r == 0 || r == refusal);
	/* A shortage, or an answer that breaks off, is no list. */
	if (sys_is_shortage(refusal) || (n_told && refusal && refusal != -ENOENT))
		REQUIRE(r == refusal);
	return 0;
}
