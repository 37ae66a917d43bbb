/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * churn: processes that come and go, for listers to stumble over.
 *
 *   churn COUNT
 *
 * At any time COUNT children live, each 1 to 21 ms and half of them in a uts
 * namespace of their own; whoever ends is replaced. Until it is killed.
 */

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void start_one(void)
{
	struct timespec life = { 0, 1000000 + rand() % 20000001 };
	int own = rand() % 2;

	if (fork())
		return;
	/* An ordinary user may not: then it just lives. */
	if (own && unshare(CLONE_NEWUTS) < 0)
		own = 0;
	nanosleep(&life, NULL);
	_exit(0);
}

int main(int argc, char **argv)
{
	int count = argc == 2 ? atoi(argv[1]) : 0;

	if (count < 1) {
		fprintf(stderr, "usage: churn COUNT\n");
		return 2;
	}
	for (int i = 0; i < count; i++)
		start_one();
	while (wait(NULL) > 0)
		start_one();
	return 1;
}
