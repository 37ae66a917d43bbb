/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The floor below -Ur: floor-user PROGRAM...
 *
 * Makes the system calls that `unshare -Ur` is for and no other, and is linked as the tools are, but
 * with nothing except the C library. On a machine where starting a program takes long, because its
 * hypervisor answers each cpuid instruction for instance, no dynamic program can be much faster than
 * another one that executes the same. How fast at best, this tells.
 */

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The number says which step it was. */
static void must(long result, int step)
{
	if (result < 0)
		_exit(step);
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	must(fd, 4);
	must(write(fd, text, strlen(text)), 5);
	close(fd);
}

int main(int argc, char **argv)
{
	unsigned int uid = geteuid(), gid = getegid();
	char text[32];

	if (argc < 2)
		return 2;
	must(unshare(CLONE_NEWUSER), 3);
	snprintf(text, sizeof(text), "0 %u 1\n", uid);
	put("/proc/self/uid_map", text);
	put("/proc/self/setgroups", "deny");
	snprintf(text, sizeof(text), "0 %u 1\n", gid);
	put("/proc/self/gid_map", text);
	execvp(argv[1], argv + 1);
	return 127;
}
