/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CMD_XUNSHARE_OPTIONS_H
#define CMD_XUNSHARE_OPTIONS_H

#include "xunshare/xunshare.h"

/* Ids of the options without a letter. Those that are handled together stand together. */
enum {
	OPT_KILL_CHILD = CLI_LONG_BASE,
	OPT_FORWARD_SIGNALS,
	OPT_MOUNT_PROC,
	OPT_MOUNT_BINFMT,
	OPT_MAP_USER,
	OPT_MAP_GROUP,
	OPT_MAP_USERS,
	OPT_MAP_GROUPS,
	OPT_MAP_AUTO,
	OPT_MAP_SUBIDS,
	OPT_OWNER,
	OPT_PROPAGATION,
	OPT_SETGROUPS,
	OPT_KEEP_CAPS,
	OPT_MONOTONIC,
	OPT_BOOTTIME,
	OPT_CLEAR_ENV,
	OPT_WHITELIST_ENV,
	OPT_KEEP_ID,
	OPT_CONTAINER,
	OPT_SANDBOX,
	OPT_WITHOUT,
	OPT_PIVOT_ROOT,
	OPT_BIND,
	OPT_RO_BIND,
	OPT_TMPFS,
	OPT_DIR,
	OPT_FILE,
	OPT_MOUNT_DEV,
	OPT_MOUNT_SYS,
	OPT_MOUNT_MQUEUE,
	OPT_OVERLAY,
	OPT_TMP_OVERLAY,
	OPT_RW,
	OPT_PROTECT,
	OPT_HIDE,
	OPT_SYMLINK,
	OPT_HOSTNAME,
	OPT_DOMAINNAME,
	OPT_LO,
	OPT_CAPS,
	OPT_DROP_CAPS,
	OPT_AMBIENT_CAPS,
	OPT_DISABLE_USERNS,
	OPT_NO_NEW_PRIVS,
	OPT_LANDLOCK,
	OPT_LANDLOCK_BEST_EFFORT,
	OPT_SECCOMP,
	OPT_JOIN_NET,
	OPT_PASTA,
	OPT_INIT,
	OPT_NEW_SESSION,
	OPT_PTY,
	OPT_TIMEOUT,
	OPT_RLIMIT,
	OPT_LIMIT,
	OPT_LIMIT_BELOW,
	OPT_SETUP,
	OPT_FINAL_USER,
	OPT_SETENV,
	OPT_DIE_WITH_PARENT,
	OPT_CLOSE_FDS,
	OPT_PASS_FD,
	OPT_CHECK,
	OPT_STATUS_FD,
	OPT_READY_FD,
	OPT_BLOCK_FD,
	OPT_DRY_RUN,
	OPT_EXPLAIN,
	OPT_EXIT_125,
};

/* The tool's name and all its options. */
extern const struct cli xunshare_cli;

/* Makes room for one more of @n things. Return: the list, which may have moved; NULL once the
 * reason is printed. */
void *value_one_more(const struct request *q, void *list, size_t n, size_t size);

#define MAKE_ROOM(q, list, n)                                                                      \
	({                                                                                         \
		void *room_ = value_one_more(q, list, n, sizeof(*(list)));                         \
		if (room_)                                                                         \
			(list) = room_;                                                            \
		room_ != NULL;                                                                     \
	})

/* Prints which words there are. Return: CLI_BAD. */
int value_bad_word(const struct request *q, const char *option, const char *text,
		   const char *words);

/* The options about ids. Return: 0, or CLI_BAD with the reason printed. */
int ids_take(struct request *q, int id, char *text);
/* When all options are known. Return: CLI_END, or CLI_BAD. */
int ids_finish(struct request *q);

/* Values of several parts. Return: 0, or CLI_BAD with the reason printed. */
int value_timeout(struct request *q, char *text);
int value_rlimit(struct request *q, char *text);
int value_whitelist(struct request *q, char *text);
int value_setenv(struct request *q, const char *text);
int value_pass_fd(struct request *q, int fd);
/* A descriptor of the caller's that is for xunshare: the program does not get it. Return: 0, CLI_BAD. */
int value_own_fd(struct request *q, const char *option, int fd);

/* The commands that set up the namespaces. Return: as above. */
int setup_take(struct request *q, char *text);
int setup_finish(struct request *q);
void setup_free(struct request *q);

/* The control group of the program. Return: as above. */
int limit_take(struct request *q, int id, char *text);
int limit_finish(struct request *q);

/* The options that mount something; in the order of the command line. Return: as above. */
int mounts_take(struct request *q, int id, char *text);
/* What stands before the first colon of a value, to be freed; or NULL. */
char *mounts_first_part(const char *text);
int mounts_take_proc(struct request *q, const char *dir);
/* When all options are known. */
int mounts_finish(struct request *q);

/* --new-session and --pty. Return: as above. */
int terminal_take(struct request *q, int id);

/* What the program may not do. Makes q->confine unless it is there. Return: as above. */
int privilege_need(struct request *q);
int privilege_take(struct request *q, int id, char *text);
/* --landlock and --landlock-best-effort; before privilege_finish(). Return: as above. */
int landlock_take(struct request *q, int id, const char *text);
int landlock_finish(struct request *q);
/* When all options are known: gives q->confine to the plan. */
int privilege_finish(struct request *q);
int seccomp_take(struct request *q, const char *text);

/* The options about the network of the program. Return: as above. */
int network_take(struct request *q, int id, char *text);
/* When all options are known; before the ids, which may read differently afterwards. */
int network_finish(struct request *q);

#endif
