/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that say what is to be undone, in a network and with a /run of the case's own. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "own-net.h"
#include "wire/dns.h"
#include "wire/store.h"

#define KIND WIRE_STORE_SWITCHES

static struct libns_error err = LIBNS_ERROR_INIT;

static void make(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	CHECK(fd >= 0);
	close(fd);
}

static int count(const char *file, void *data, struct libns_error *why)
{
	++*(int *)data;
	return 0;
}

static int n_files(void)
{
	int n = 0;

	CHECK_INT(wire_store_each(KIND, count, &n, &err), 0);
	return n;
}

TEST(a_file_is_written_read_and_removed)
{
	char *text;
	size_t size;

	own_net_and_run();
	CHECK_INT(wire_store_read(KIND, "sw", &text, &size, &err), -ENOENT);
	CHECK_INT(wire_store_write(KIND, "sw", "text", 4, &err), 0);
	CHECK_INT(wire_store_write(KIND, "a name with spaces", "", 0, &err), 0);
	CHECK_INT(n_files(), 2);
	CHECK_INT(wire_store_read(KIND, "sw", &text, &size, &err), 0);
	CHECK_STR(text, "text");
	free(text);
	CHECK_INT(wire_store_remove(KIND, "sw", &err), 0);
	CHECK_INT(wire_store_remove(KIND, "sw", &err), 0);
	CHECK_INT(wire_store_remove(KIND, "a name with spaces", &err), 0);
	/* The directories go with the last file. */
	CHECK(access("/run/xnetns/" KIND, F_OK) < 0);
}

TEST(a_name_leads_to_no_other_directory)
{
	static const char *const names[] = {
		"", ".", "..", "../x", "../../../victim", "/run/victim", "a/b", "sub/"
	};
	char *text;
	size_t size;

	own_net_and_run();
	make("/run/victim");
	CHECK_INT(wire_store_write(KIND, "sw", "", 0, &err), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		CHECK_INT(wire_store_write(KIND, names[i], "", 0, &err), -EINVAL);
		CHECK_CONTAINS(err.text, "cannot be the name of a file");
		CHECK_INT(wire_store_read(KIND, names[i], &text, &size, &err), -EINVAL);
		CHECK_INT(wire_store_remove(KIND, names[i], &err), -EINVAL);
		/* The same of the files of name servers. */
		CHECK_INT(wire_dns_remove(names[i], 0, NULL, &err), -EINVAL);
		CHECK(!wire_dns_is_ours(names[i]));
	}
	CHECK_INT(access("/run/victim", F_OK), 0);
	CHECK_INT(n_files(), 1);
}

TEST(what_is_no_file_is_damaged_and_nobody_waits_for_it)
{
	char path[256] = "", *text;
	size_t size;
	FILE *find;

	own_net_and_run();
	CHECK_INT(wire_store_write(KIND, "sw", "", 0, &err), 0);
	find = popen("ls -d /run/xnetns/" KIND "/*", "r");
	CHECK(find && fscanf(find, "%240s", path) == 1);
	pclose(find);
	strcat(path, "/pipe");
	CHECK_INT(mkfifo(path, 0600), 0);
	CHECK_INT(wire_store_read(KIND, "pipe", &text, &size, &err), -EBADMSG);
	CHECK_CONTAINS(err.text, "/pipe' is damaged");
	/* What a killed writer has left is not written to either. */
	CHECK_INT(mkfifo("/run/xnetns/new", 0600), 0);
	CHECK_INT(wire_store_write(KIND, "pipe", "text", 4, &err), 0);
	CHECK_INT(wire_store_read(KIND, "pipe", &text, &size, &err), 0);
	CHECK_STR(text, "text");
	free(text);
}

TAP_MAIN
