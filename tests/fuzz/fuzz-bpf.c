/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What the BPF iterator writes, as scan-bpf.c takes it: cut off anywhere, of any kind, in
 * any order. Nothing is asked of a procfs, there is none.
 */

#include "fuzz.h"
#include "scan/bpf.c"

#if HAVE_BPF

/* All that are whole are decoded, wherever they lie. */
static size_t count_tasks(const char *records, size_t size)
{
	size_t n = 0, at = 0;
	uint32_t kind;

	while (size - at >= sizeof(struct bpf_file)) {
		memcpy(&kind, records + at, sizeof(kind));
		if (kind == BPF_TASK && size - at < sizeof(struct bpf_task))
			break;
		n += kind == BPF_TASK;
		at += kind == BPF_TASK ? sizeof(struct bpf_task) : sizeof(struct bpf_file);
	}
	return n;
}

static void require_sound(const struct decoder *d, const char *records, size_t size)
{
	for (size_t i = 0; i < d->n_entries; i++) {
		const struct entry *entry = &d->entries[i];
		const char *task = (const char *)entry->task, *files = (const char *)entry->files;

		REQUIRE(task >= records && task + sizeof(*entry->task) <= records + size);
		REQUIRE(files >= records && files + entry->n_files * sizeof(*entry->files) <= task);
		REQUIRE(i == 0 || by_task(entry - 1, entry) <= 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct libns_scan *scan = calloc(1, sizeof(*scan));
	struct decoder d = { .scan = scan, .links = LIBNS_TYPES_ALL, .worker = { .scan = scan } };
	/* Of exactly this size: a sanitizer sees its end. */
	char *records = malloc(size ? size : 1);

	REQUIRE(scan && records);
	memcpy(records, data, size);
	scan->procfs_fd = -1;
	scan->threads = 1;
	scan->sources =
		LIBNS_SCAN_PROCESSES | LIBNS_SCAN_THREADS | LIBNS_SCAN_FDS | LIBNS_SCAN_RELATIONS;
	REQUIRE(find_entries(&d, records, size) == 0);
	REQUIRE(d.n_entries == count_tasks(records, size));
	require_sound(&d, records, size);
	if (take_entries(&d) == 0)
		(void)merge(&d);
	REQUIRE(d.n <= d.n_entries);
	free(d.entries);
	free(d.listed.list);
	free(d.pids);
	free(d.processes);
	scan_free_worker(&d.worker);
	libns_scan_free(scan);
	free(records);
	return 0;
}

#else

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	(void)data;
	(void)size;
	return 0;
}

#endif
