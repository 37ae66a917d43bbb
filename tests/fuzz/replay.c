/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Stands in for libFuzzer: every file named on the command line, or lying in a
 * directory named there, goes through the target once. Output is TAP.
 */

#include <dirent.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "fuzz.h"

static int n;

static bool replay(const char *path)
{
	FILE *file = fopen(path, "re");
	uint8_t data[65536];
	size_t size;

	if (!file)
		return false;
	size = fread(data, 1, sizeof(data), file);
	fclose(file);
	/* Said beforehand: a crash names its input that way. */
	printf("# %s\n", path);
	fflush(stdout);
	LLVMFuzzerTestOneInput(data, size);
	printf("ok %d %s\n", ++n, strrchr(path, '/') ? strrchr(path, '/') + 1 : path);
	return true;
}

static int is_input(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static bool replay_all(const char *dir)
{
	struct dirent **entries = NULL;
	int n_entries = scandir(dir, &entries, is_input, alphasort);
	bool fine = n_entries > 0;

	for (int i = 0; i < n_entries; i++) {
		char path[4096];

		snprintf(path, sizeof(path), "%s/%s", dir, entries[i]->d_name);
		fine &= replay(path);
		free(entries[i]);
	}
	free(entries);
	return fine;
}

int main(int argc, char **argv)
{
	bool fine = argc > 1;

	for (int i = 1; i < argc; i++) {
		struct stat st;

		fine &= stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode) ? replay_all(argv[i])
								       : replay(argv[i]);
	}
	if (!fine)
		printf("not ok %d inputs to replay\n", ++n);
	printf("1..%d\n", n);
	return fine ? 0 : 1;
}
